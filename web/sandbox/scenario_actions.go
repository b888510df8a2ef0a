package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// action is something that a step can do. One that fails has changed nothing, though webhooks may tell of it.
type action struct {
	about string
	peer  bool                // it needs the name of a peer
	role  bool                // it needs a role
	among map[string][]string // the values that a key can have, where not any text will do
	do    func(*tx, *room, step) error
}

// actions lists them all, by the name that steps use.
var actions = map[string]action{
	"join": {
		about: "the peer joins with the role; with fail it can't", peer: true, role: true, do: (*tx).stepJoin,
		among: map[string][]string{"fail": joinFailures},
	},
	"leave": {
		about: "the peer leaves, for the reason; a client that lost its connection reports so", peer: true, do: (*tx).stepLeave,
		among: map[string][]string{"reason": leaveReasons},
	},
	"mute": {
		about: "the peer mutes its audio, or its track of the type", peer: true, do: (*tx).stepMute,
		among: map[string][]string{"type": trackTypes},
	},
	"unmute": {
		about: "the peer unmutes it", peer: true, do: (*tx).stepUnmute,
		among: map[string][]string{"type": trackTypes},
	},
	"share":   {about: "the peer shares its screen", peer: true, do: (*tx).stepShare},
	"unshare": {about: "the peer ends that", peer: true, do: (*tx).stepUnshare},
	"role":    {about: "the peer gets the role", peer: true, role: true, do: (*tx).stepRole},
	"kick":    {about: "the peer is removed, for the reason", peer: true, do: (*tx).stepKick},
	"message": {about: "the peer sends the message to those of the role, or to everybody", peer: true, do: (*tx).stepMessage},
	"record": {
		about: "the peer starts a recording; with fail it comes to that error", peer: true, do: (*tx).stepRecord,
		among: map[string][]string{"fail": slices.Sorted(maps.Keys(beamErrors))},
	},
	"stream": {about: "the peer starts a live stream", peer: true, do: (*tx).stepStream},
	"stop": {
		about: "the peer stops what is recorded or streamed, by the type", peer: true, do: (*tx).stepStop,
		among: map[string][]string{"type": beamTypes},
	},
	"key": {about: "the room gets a stream key", do: (*tx).stepKey},
	"end": {about: "the session is ended, for the reason, with lock the room disabled", do: (*tx).stepEnd},
}

// act does a step in a room.
func (tx *tx) act(rm *room, st step) error {
	a, found := actions[st.Do]
	if !found { // a script may have been kept by a newer version
		return fmt.Errorf("there is no action %q", st.Do)
	}
	return a.do(tx, rm, st)
}

// errAbsent is why a step of somebody who isn't in the room can't be done.
var errAbsent = errors.New("nobody of this name is in the room")

// named returns the peer of a name who is in a room; of several the one who joined last.
func (st *state) named(rm *room, name string) (*peer, error) {
	for _, p := range slices.Backward(st.present[rm.ID]) {
		if p.Name == name {
			return p, nil
		}
	}
	return nil, errAbsent
}

// asker returns the id of the peer who asks for a step; empty when it names none.
func (st *state) asker(rm *room, wish step) (id string, err error) {
	if wish.By == "" {
		return "", nil
	}
	p, err := st.named(rm, wish.By)
	if err != nil {
		return "", err
	}
	return p.ID, nil
}

func (tx *tx) stepJoin(rm *room, st step) error {
	who := joining{name: st.Peer, userID: cmp.Or(st.UserID, st.Peer), role: st.Role, metadata: st.Metadata}
	if st.Fail != "" {
		tx.joinFailed(rm, who, st.Fail)
		return nil
	}
	_, err := tx.admit(rm, who)
	return err
}

func (tx *tx) stepLeave(rm *room, st step) error {
	p, err := tx.named(rm, st.Peer)
	if err != nil {
		return err
	}
	if slices.Contains(lossReasons, st.Reason) {
		tx.clientFails(rm, p, "client.disconnected", nil)
	}
	tx.leave(p, cmp.Or(st.Reason, leftByItself), st.Message)
	return nil
}

// lossReasons are those of leavings that nobody wanted, which a client notices as a loss of its connection.
var lossReasons = []string{leftNetwork, leftMedia, leftServer}

func (tx *tx) stepMute(rm *room, st step) error   { return tx.stepTrack(rm, st, true) }
func (tx *tx) stepUnmute(rm *room, st step) error { return tx.stepTrack(rm, st, false) }

func (tx *tx) stepTrack(rm *room, st step, mute bool) error {
	p, err := tx.named(rm, st.Peer)
	if err != nil {
		return err
	}
	at := p.live(cmp.Or(st.Type, trackAudio), sourceRegular)
	if at < 0 {
		return errNoTrack
	}
	tx.muteTrack(p, at, mute)
	return nil
}

func (tx *tx) stepShare(rm *room, st step) error   { return tx.stepScreen(rm, st, false) }
func (tx *tx) stepUnshare(rm *room, st step) error { return tx.stepScreen(rm, st, true) }

func (tx *tx) stepScreen(rm *room, st step, stop bool) error {
	p, err := tx.named(rm, st.Peer)
	if err != nil {
		return err
	}
	_, err = tx.applyTrack(p, trackRequest{kind: trackVideo, source: sourceScreen, stop: stop})
	return err
}

func (tx *tx) stepRole(rm *room, st step) error {
	p, err := tx.named(rm, st.Peer)
	if err != nil {
		return err
	}
	by, err := tx.asker(rm, st)
	if err != nil {
		return err
	}
	_, err = tx.changePeer(p, peerChange{role: st.Role, by: by})
	return err
}

func (tx *tx) stepKick(rm *room, st step) error {
	p, err := tx.named(rm, st.Peer)
	if err == nil {
		tx.kick(p, st.Reason)
	}
	return err
}

func (tx *tx) stepMessage(rm *room, st step) error {
	p, err := tx.named(rm, st.Peer)
	if err == nil {
		tx.send(tx.sessions.at(p.SessionID), message{From: p.ID, Role: st.Role, Type: st.Type, Text: st.Message})
	}
	return err
}

func (tx *tx) stepEnd(rm *room, st step) error {
	by, err := tx.asker(rm, st)
	if err != nil {
		return err
	}
	how := ending{Reason: st.Reason, Lock: st.Lock, PeerID: by}
	se := tx.running[rm.ID]
	if se == nil {
		tx.noSessionToEnd(rm, how)
		return errRoomNotActive
	}
	tx.askToEnd(se, how)
	return nil
}
