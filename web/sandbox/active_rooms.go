package sandbox

import (
	"errors"
	"net/http"
	"time"
)

// shownPeer is a peer as the calls about active rooms answer it. Its name is never hashed.
type shownPeer struct {
	ID       string                `json:"id"`
	Name     string                `json:"name"`
	UserID   string                `json:"user_id"`
	Metadata string                `json:"metadata"`
	Role     string                `json:"role"`
	JoinedAt time.Time             `json:"joined_at"`
	Tracks   map[string]shownTrack `json:"tracks,omitzero"` // by id; nil in lists, which don't have them
}

type shownTrack struct {
	ID          string    `json:"id"`
	StreamID    string    `json:"stream_id"`
	Mute        bool      `json:"mute"`
	Type        string    `json:"type"`
	Source      string    `json:"source"`
	StartedAt   time.Time `json:"started_at"`
	Description string    `json:"description"`
}

// listed is the peer as lists show it.
func (p *peer) listed() shownPeer {
	return shownPeer{ID: p.ID, Name: p.Name, UserID: p.UserID, Metadata: p.Metadata, Role: p.Role, JoinedAt: p.JoinedAt}
}

// shown is the peer with what it publishes now.
func (p *peer) shown() shownPeer {
	reply := p.listed()
	reply.Tracks = map[string]shownTrack{}
	for _, t := range p.Tracks {
		if t.on() {
			reply.Tracks[t.ID] = shownTrack{t.ID, t.StreamID, t.Mute, t.Type, t.Source, t.StartedAt, t.Description}
		}
	}
	return reply
}

// activeSession returns the session that runs in the room of a call.
func (st *state) activeSession(r *http.Request) (*session, error) {
	se := st.running[r.PathValue("room_id")]
	switch {
	case se != nil:
		return se, nil
	case st.conf.reads(ReadingSessionNotActive):
		return nil, errSessionNotActive
	}
	return nil, errRoomNotActive
}

// activePeerOf returns the peer of a call, who has to be connected to its room.
func (st *state) activePeerOf(r *http.Request) (*peer, error) {
	se, err := st.activeSession(r)
	if err != nil {
		return nil, err
	}
	return st.peerIn(se.RoomID, r.PathValue("peer_id"))
}

// peerIn returns a peer who is connected to a room.
func (st *state) peerIn(roomID, peerID string) (*peer, error) {
	p := st.peers.at(peerID)
	if p == nil || p.RoomID != roomID || !p.connected() {
		return nil, errPeerNotFound
	}
	return p, nil
}

func (s *Server) activeRoom(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		se, err := st.activeSession(r)
		if err != nil {
			return err
		}
		ids := []string{}
		for _, p := range st.present[se.RoomID] {
			ids = append(ids, p.ID)
		}
		reply = object{
			"id": se.RoomID, "name": st.conf.shownName(st.rooms.at(se.RoomID).Name), "customer_id": customerID,
			"session": object{"id": se.ID, "created_at": se.CreatedAt, "peers": ids},
		}
		return nil
	})
}

func (s *Server) activePeers(r *http.Request) (reply any, err error) {
	userID, role := r.URL.Query().Get("user_id"), r.URL.Query().Get("role")
	return reply, s.view(func(st *state) error {
		se, err := st.activeSession(r)
		if err != nil {
			return err
		}
		peers := map[string]shownPeer{}
		for _, p := range st.present[se.RoomID] {
			if (userID == "" || p.UserID == userID) && (role == "" || p.Role == role) {
				peers[p.ID] = p.listed()
			}
		}
		reply = object{"peers": peers}
		return nil
	})
}

func (s *Server) activePeer(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		p, err := st.activePeerOf(r)
		if err != nil {
			return err
		}
		reply = p.shown()
		return nil
	})
}

// updatePeer changes what the body names. A role that is refused is told to webhooks, which is a change as well.
func (s *Server) updatePeer(r *http.Request) (reply any, err error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	change := peerChange{name: f.text("name"), metadata: f.text("metadata"), role: either(f.text("role"), "")}
	if *f.err != nil {
		return nil, *f.err
	}
	return s.noting(func(tx *tx) (any, error) {
		p, err := tx.activePeerOf(r)
		if err != nil {
			return nil, err
		}
		next, err := tx.changePeer(p, change)
		if errors.Is(err, errRoleLimit) && tx.conf.reads(ReadingRoleChangeSubmitted) {
			return p.shown(), nil
		}
		if err != nil {
			return nil, err
		}
		return next.shown(), nil
	})
}

// noting runs f as one change and answers what it returns. Unlike with update, what f has put is kept also when it refuses: a
// refusal can be an event of its own.
func (s *Server) noting(f func(*tx) (any, error)) (reply any, err error) {
	var refused error
	err = s.update(func(tx *tx) error {
		reply, refused = f(tx)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return reply, refused
}

// whom is who a call is about: one peer, or else those of a role, or else everybody.
type whom struct {
	peerID, role string
}

func readWhom(f fields) whom {
	to := whom{peerID: either(f.text("peer_id"), ""), role: either(f.text("role"), "")}
	if to.peerID != "" { // it wins
		to.role = ""
	}
	return to
}

// peersFor returns the connected peers that a call is about.
func (st *state) peersFor(roomID string, to whom) ([]*peer, error) {
	if to.peerID != "" {
		p, err := st.peerIn(roomID, to.peerID)
		switch {
		case err == nil:
			return []*peer{p}, nil
		case st.conf.reads(ReadingAbsentPeerAccepted):
			return nil, nil
		}
		return nil, err
	}
	var found []*peer
	for _, p := range st.connected(roomID) {
		if to.role == "" || p.Role == to.role {
			found = append(found, p)
		}
	}
	return found, nil
}

func (s *Server) sendMessage(r *http.Request) (reply any, err error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	text, to, kind := either(f.text("message"), ""), readWhom(f), either(f.text("type"), "")
	if *f.err == nil && text == "" {
		return nil, errNoMessage
	}
	if *f.err != nil {
		return nil, *f.err
	}
	return object{"message": "message sent"}, s.update(func(tx *tx) error {
		se, err := tx.activeSession(r)
		if err != nil {
			return err
		}
		if _, err := tx.peersFor(se.RoomID, to); err != nil {
			return err
		}
		tx.send(se, message{To: to.peerID, Role: to.role, Type: kind, Text: text})
		return nil
	})
}

// removePeers has peers removed a moment later.
func (s *Server) removePeers(r *http.Request) (reply any, err error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	who, reason := readWhom(f), either(f.text("reason"), "")
	if *f.err == nil && who == (whom{}) {
		return nil, errNobody
	}
	if *f.err != nil {
		return nil, *f.err
	}
	return object{"message": "peer remove request submitted"}, s.update(func(tx *tx) error {
		se, err := tx.activeSession(r)
		if err != nil {
			return err
		}
		peers, err := tx.peersFor(se.RoomID, who)
		if err != nil {
			return err
		}
		for _, p := range peers {
			tx.kick(p, reason)
		}
		return nil
	})
}

// endRoom has a session ended a moment later. Where none runs, webhooks are told so.
func (s *Server) endRoom(r *http.Request) (reply any, err error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	how := ending{Reason: either(f.text("reason"), ""), Lock: either(f.flag("lock"), false)}
	if *f.err != nil {
		return nil, *f.err
	}
	return s.noting(func(tx *tx) (any, error) {
		se, err := tx.activeSession(r)
		if err == nil {
			tx.askToEnd(se, how)
			return object{"message": "session is ending"}, nil
		}
		if rm := tx.rooms.at(r.PathValue("room_id")); rm != nil {
			tx.noSessionToEnd(rm, how)
		}
		return nil, err
	})
}
