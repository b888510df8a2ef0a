package sandbox

import (
	"net/http"
	"time"
)

// sessionReply is a session as the API answers it.
type sessionReply struct {
	ID         string    `json:"id"`
	RoomID     string    `json:"room_id"`
	CustomerID string    `json:"customer_id"`
	AppID      string    `json:"app_id,omitzero"`
	Active     bool      `json:"active"`
	Peers      any       `json:"peers"` // by id, those who left too
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// sessionPeer is a peer in the answers about sessions.
type sessionPeer struct {
	ID        string    `json:"id"`
	SessionID string    `json:"session_id"`
	Name      string    `json:"name"`
	Role      string    `json:"role"`
	UserID    string    `json:"user_id"`
	User      string    `json:"user,omitzero"` // made by the API
	JoinedAt  time.Time `json:"joined_at"`
	LeftAt    any       `json:"left_at,omitzero"`
}

// shownSession is a session as it is answered, with everybody who was in it.
func (st *state) shownSession(se *session) sessionReply {
	reply := sessionReply{
		ID: se.ID, RoomID: se.RoomID, CustomerID: customerID, Active: se.Active, Peers: st.shownPeers(se),
		CreatedAt: se.CreatedAt.Truncate(time.Millisecond), UpdatedAt: se.UpdatedAt.Truncate(time.Millisecond),
	}
	if st.conf.reads(ReadingSessionAppID) {
		reply.AppID = appID
	}
	return reply
}

func (st *state) shownPeers(se *session) any {
	all := make([]sessionPeer, 0, len(st.sessionPeers[se.ID]))
	for _, p := range st.sessionPeers[se.ID] {
		all = append(all, st.conf.sessionPeer(p))
	}
	if st.conf.reads(ReadingSessionPeersArray) {
		return all
	}
	byID := make(map[string]sessionPeer, len(all))
	for _, p := range all {
		byID[p.ID] = p
	}
	return byID
}

func (c conf) sessionPeer(p *peer) sessionPeer {
	shown := sessionPeer{
		ID: p.ID, SessionID: p.SessionID, Name: c.shownName(p.Name), Role: p.Role, UserID: p.UserID,
		JoinedAt: p.JoinedAt.Truncate(time.Millisecond),
	}
	if c.reads(ReadingSessionPeerUser) {
		shown.User = p.Seq
	}
	switch {
	case !p.connected():
		shown.LeftAt = p.LeftAt.Truncate(time.Millisecond)
	case c.reads(ReadingLeftAtNull):
		shown.LeftAt = (*time.Time)(nil) // null, not missing
	}
	return shown
}

// sessionQuery is what a list of sessions is asked for.
type sessionQuery struct {
	active, eitherState bool
	roomID              string
	after, before       time.Time // of the start, inclusive
	limit               int
	start               string
}

func (s *Server) readSessionQuery(r *http.Request) (sessionQuery, error) {
	q := s.query(r)
	active, sent := q.flag("active")
	sq := sessionQuery{
		active: active, eitherState: !sent, roomID: q.values.Get("room_id"),
		after: q.time("after"), before: q.time("before"), limit: q.limit(limitDefault), start: q.id("start"),
	}
	if !sent && s.state.conf.reads(ReadingSessionsActiveByDefault) {
		sq.active, sq.eitherState = true, false
	}
	if q.bad {
		return sessionQuery{}, errBadQuery
	}
	return sq, nil
}

func (s *Server) listSessions(r *http.Request) (reply any, err error) {
	q, err := s.readSessionQuery(r)
	if err != nil {
		return nil, err
	}
	return reply, s.view(func(st *state) error {
		reply = pageOf(st.conf, q.limit, q.start, st.findSessions(q), func(se *session) any { return st.shownSession(se) })
		return nil
	})
}

// findSessions returns a page of sessions, newest first. It walks the shortest list that has them.
func (st *state) findSessions(q sessionQuery) []*session {
	sessions := st.sessions.list
	switch {
	case q.roomID != "":
		sessions = st.roomSessions[q.roomID]
	case q.active && !q.eitherState:
		sessions = st.runningNow
	}
	sessions = since(until(sessions.before(q.start), q.before), q.after)
	return sessions.newest(q.limit, func(se *session) bool { return q.eitherState || se.Active == q.active })
}

func (s *Server) session(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		se := st.sessions.at(r.PathValue("session_id"))
		switch {
		case se != nil:
			reply = st.shownSession(se)
		case st.conf.reads(ReadingSessionErrorData):
			e := errSessionNotFound
			reply = answer{e.Code, object{"code": e.Code, "message": e.Message, "data": object{"description": e.Message}}}
		default:
			return errSessionNotFound
		}
		return nil
	})
}
