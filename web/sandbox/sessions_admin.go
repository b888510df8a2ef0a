package sandbox

import (
	"cmp"
	"net/http"
	"time"
)

func sessionAdmin() []adminRoute {
	return []adminRoute{
		{
			method: "POST", path: "/rooms/{room_id}/join", handle: (*Server).joinRoom,
			help: `somebody joins: {"name","user_id","role","metadata","stay":"10m","fail":"network disconnection"}, or {"token"} instead of role and user_id`,
		},
		{method: "GET", path: "/rooms/{room_id}/messages", handle: (*Server).roomMessages, help: "the messages that were sent in a room, the newest first"},
		{method: "POST", path: "/peers/{peer_id}/leave", handle: (*Server).leaveRoom, help: `somebody leaves: {"reason":"websocket closed"}`},
		{
			method: "POST", path: "/peers/{peer_id}/tracks", handle: (*Server).changeTrack,
			help: `somebody publishes, mutes or stops a track: {"type":"video","source":"screen","mute":false,"stop":false}`,
		},
		{method: "GET", path: "/scenarios", handle: (*Server).listScenarios, help: "the scenarios that play or have played, and those to choose from"},
		{
			method: "POST", path: "/scenarios", handle: (*Server).playScenario,
			help: `a scenario begins: {"room_id","name":"lesson","seed":7}, or {"room_id","steps":[{"at":"90s","do":"join","peer":"Asha","role":"host"}]}`,
		},
		{method: "GET", path: "/scenarios/{id}", handle: (*Server).scenario, help: "one scenario with its steps, and what went wrong"},
		{method: "DELETE", path: "/scenarios/{id}", handle: (*Server).stopScenario, help: "a scenario stops; who is in the room stays there"},
	}
}

// joinRequest is the body of a join.
type joinRequest struct {
	joining
	stay  time.Duration // 0: for good
	fail  string        // with what it fails; empty: it doesn't
	token string
}

func readJoin(r *http.Request) (joinRequest, error) {
	f, err := readFieldsSent(r)
	if err != nil {
		return joinRequest{}, err
	}
	in := joinRequest{
		joining: joining{
			name: either(f.text("name"), ""), userID: either(f.text("user_id"), ""), role: either(f.text("role"), ""),
			metadata: either(f.text("metadata"), ""),
		},
		stay: either(f.wait("stay", sessionMax), 0), fail: f.oneOf("fail", "", joinFailures), token: either(f.text("token"), ""),
	}
	return in, *f.err
}

// joinFailures are what a join can be made to fail with.
var joinFailures = []string{joinNotAllowed, joinNetwork, joinDuplicate}

// joinRoom lets somebody join as an app would.
func (s *Server) joinRoom(r *http.Request) (reply any, err error) {
	in, err := readJoin(r)
	if err != nil {
		return nil, err
	}
	if in.token != "" {
		claims, err := s.parseAuthToken(in.token)
		if err != nil {
			return nil, err
		}
		if claims.RoomID != r.PathValue("room_id") {
			return nil, errToken("not an auth token for this room")
		}
		in.role, in.userID = claims.Role, cmp.Or(claims.UserID, in.userID)
	}
	return s.noting(func(tx *tx) (any, error) {
		rm := tx.rooms.at(r.PathValue("room_id"))
		if rm == nil {
			return nil, errRoomNotFound
		}
		if in.fail != "" {
			tx.joinFailed(rm, in.joining, in.fail)
			return nil, refuse(http.StatusConflict, in.fail)
		}
		if in.stay > 0 {
			in.leavesAt = tx.now.Add(in.stay)
		}
		p, err := tx.admit(rm, in.joining)
		if err != nil {
			return nil, err
		}
		return p.shown(), nil
	})
}

// leaveReasons are what a peer can leave for.
var leaveReasons = []string{leftByItself, leftKicked, leftNetwork, leftMedia, leftServer}

// leaveRoom lets a peer leave. One who isn't there any more is told to webhooks.
func (s *Server) leaveRoom(r *http.Request) (any, error) {
	f, err := readFieldsSent(r)
	if err != nil {
		return nil, err
	}
	reason, text := f.oneOf("reason", leftByItself, leaveReasons), either(f.text("message"), "")
	if *f.err != nil {
		return nil, *f.err
	}
	return s.noting(func(tx *tx) (any, error) {
		p := tx.peers.at(r.PathValue("peer_id"))
		if p == nil {
			return nil, errPeerNotFound
		}
		if !p.connected() {
			tx.notJoined(p)
			return nil, errPeerNotFound
		}
		tx.leave(p, reason, text)
		return tx.conf.sessionPeer(tx.peers.at(p.ID)), nil
	})
}

// trackRequest is what is to become of a track.
type trackRequest struct {
	kind, source string
	mute         *bool
	stop         bool
}

func readTrack(r *http.Request) (trackRequest, error) {
	f, err := readFieldsSent(r)
	if err != nil {
		return trackRequest{}, err
	}
	in := trackRequest{
		kind: f.oneOf("type", trackVideo, trackTypes), source: f.oneOf("source", sourceRegular, trackSources),
		mute: f.flag("mute"), stop: either(f.flag("stop"), false),
	}
	return in, *f.err
}

// changeTrack adds a track of a peer, or mutes, unmutes or stops the one of this kind that there is.
func (s *Server) changeTrack(r *http.Request) (reply any, err error) {
	in, err := readTrack(r)
	if err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		p := tx.peers.at(r.PathValue("peer_id"))
		if p == nil || !p.connected() {
			return errPeerNotFound
		}
		next, err := tx.applyTrack(p, in)
		if err != nil {
			return err
		}
		reply = next.shown()
		return nil
	})
}

func (tx *tx) applyTrack(p *peer, in trackRequest) (*peer, error) {
	at := p.live(in.kind, in.source)
	switch {
	case at >= 0 && in.stop:
		id := p.Tracks[at].ID
		return tx.stopTracks(p, func(t track) bool { return t.ID == id }), nil
	case at >= 0:
		return tx.muteTrack(p, at, either(in.mute, p.Tracks[at].Mute)), nil
	case in.stop:
		return nil, errNoTrack
	}
	t := track{Type: in.kind, Source: in.source, Mute: either(in.mute, false)}
	if rules, _ := tx.ruleOf(tx.rooms.at(p.RoomID), p.Role); !rules.mayPublish(t.needs()) {
		return nil, errMayNotPublish
	}
	return tx.addTracks(p, t), nil
}

// Refusals of the calls below adminPath.
var (
	errNoTrack       = refuse(http.StatusNotFound, "this peer publishes no such track")
	errMayNotPublish = refuse(http.StatusForbidden, "the role of this peer may not publish such a track")
)
