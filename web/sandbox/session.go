package sandbox

import (
	"slices"
	"time"
)

// sessionMax is how long a session can be (documentation: Sessions, "Session object").
const sessionMax = 12 * time.Hour

// session is one continuous call in a room, from the first join to the last leave.
type session struct {
	ID        string    `json:"id"`
	RoomID    string    `json:"room_id"`
	Active    bool      `json:"active,omitzero"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`       // its end, once it is over
	EndsAt    time.Time `json:"ends_at,omitzero"` // at the latest
}

func (se *session) key() string     { return se.ID }
func (se *session) order() string   { return se.ID }
func (se *session) made() time.Time { return se.CreatedAt }

func (se *session) due() time.Time {
	if !se.Active {
		return time.Time{}
	}
	return se.EndsAt
}

// step ends a session that has reached its length.
func (se *session) step(tx *tx) {
	tx.endSession(se, "session ended")
}

func (st *state) movedSession(old, next **session) {
	if old != nil && st.running[(*old).RoomID] == *old {
		delete(st.running, (*old).RoomID)
	}
	if next != nil && (*next).Active {
		st.running[(*next).RoomID] = *next
	}
	st.roomSessions.move(old, next, func(se *session) string { return se.RoomID })
	schedule(st, "session", old, next)
}

// peer is somebody in a session, or who was.
type peer struct {
	ID        string    `json:"id"`  // a UUID, new with every join
	Seq       string    `json:"seq"` // its place among the peers
	SessionID string    `json:"session_id"`
	RoomID    string    `json:"room_id"`
	Name      string    `json:"name,omitzero"`
	UserID    string    `json:"user_id,omitzero"` // the customer's own
	Role      string    `json:"role"`
	Metadata  string    `json:"metadata,omitzero"`
	Kind      string    `json:"kind"` // regular or sip
	JoinedAt  time.Time `json:"joined_at"`
	LeftAt    time.Time `json:"left_at,omitzero"`   // zero: connected
	LeavesAt  time.Time `json:"leaves_at,omitzero"` // when it will leave by itself; zero: it stays
	Tracks    []track   `json:"tracks,omitzero"`
}

// track is an audio or video track that a peer publishes.
type track struct {
	ID          string    `json:"id"`
	StreamID    string    `json:"stream_id"`
	Mute        bool      `json:"mute"`
	Type        string    `json:"type"`   // audio or video
	Source      string    `json:"source"` // regular or screen
	StartedAt   time.Time `json:"started_at"`
	Description string    `json:"description"`
}

func (p *peer) key() string     { return p.ID }
func (p *peer) order() string   { return p.Seq }
func (p *peer) connected() bool { return p.LeftAt.IsZero() }

func (p *peer) due() time.Time {
	if !p.connected() {
		return time.Time{}
	}
	return p.LeavesAt
}

// step lets a peer go whose time has come.
func (p *peer) step(tx *tx) {
	tx.leave(p, leftByItself, "")
}

func (st *state) movedPeer(old, next **peer) {
	st.sessionPeers.move(old, next, func(p *peer) string { return p.SessionID })
	schedule(st, "peer", old, next)
}

// connected returns the peers that are in a room now, in the order of their joining.
func (st *state) connected(roomID string) []*peer {
	se := st.running[roomID]
	if se == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(st.sessionPeers[se.ID]), func(p *peer) bool { return !p.connected() })
}

// Why a peer left, as webhooks say it.
const (
	leftByItself = "client request"
	leftKicked   = "peer kicked"
)

// openSession returns the session that runs in a room, after opening one where none does.
func (tx *tx) openSession(rm *room) *session {
	if se := tx.running[rm.ID]; se != nil {
		return se
	}
	length := sessionMax
	if rm.MaxDuration > 0 {
		length = time.Duration(rm.MaxDuration) * time.Second
	}
	se := &session{ID: tx.newID(), RoomID: rm.ID, Active: true, CreatedAt: tx.now, UpdatedAt: tx.now, EndsAt: tx.now.Add(length)}
	tx.sessions.put(tx, se)
	tx.happen(rm, "session.open.success", object{"session_id": se.ID, "session_started_at": se.CreatedAt})
	tx.startPolls(rm, se)
	return se
}

// joining is who wants to join.
type joining struct {
	name, userID, role, metadata string
	kind                         string    // regular or sip; empty: regular
	leavesAt                     time.Time // when it will leave by itself; zero: it stays
}

// join lets somebody into a room, which opens its session where none runs. The role must be one of the room's template.
func (tx *tx) join(rm *room, who joining) *peer {
	se := tx.openSession(rm)
	p := &peer{
		ID: tx.newUUID(), Seq: tx.newID(), SessionID: se.ID, RoomID: rm.ID, Name: who.name, UserID: who.userID, Role: who.role,
		Metadata: who.metadata, Kind: who.kind, JoinedAt: tx.now, LeavesAt: who.leavesAt,
	}
	if p.Kind == "" {
		p.Kind = "regular"
	}
	tx.peers.put(tx, p)
	tx.happen(rm, "peer.join.success", tx.peerData(p))
	return p
}

// leave lets a peer go. The last one to leave ends the session, unless a recording or stream goes on.
func (tx *tx) leave(p *peer, reason, message string) {
	gone := *p
	gone.LeftAt = tx.now
	tx.peers.put(tx, &gone)
	data := tx.peerData(&gone)
	data["left_at"] = gone.LeftAt
	data["duration"] = seconds(gone.LeftAt.Sub(gone.JoinedAt))
	data["reason"], data["message"] = reason, message
	tx.happen(tx.rooms.at(p.RoomID), "peer.leave.success", data)
	if len(tx.connected(p.RoomID)) > 0 {
		return
	}
	if !tx.beamsAlone(p.RoomID) {
		tx.closeSession(tx.sessions.at(p.SessionID))
	}
}

// endSession makes everybody leave and stops what records or streams.
func (tx *tx) endSession(se *session, message string) {
	tx.endBeams(se.RoomID, beamRoomEnded)
	for _, p := range tx.connected(se.RoomID) {
		tx.leave(p, leftByItself, message)
	}
	if now := tx.sessions.at(se.ID); now.Active {
		tx.closeSession(now)
	}
}

// closeSession ends a session that nobody is in any more.
func (tx *tx) closeSession(se *session) {
	over := *se
	over.Active, over.UpdatedAt = false, tx.now
	tx.sessions.put(tx, &over)
	tx.stopPolls(&over)
	tx.happen(tx.rooms.at(se.RoomID), "session.close.success", object{
		"session_id": se.ID, "session_started_at": se.CreatedAt, "session_stopped_at": tx.now,
		"session_duration": seconds(tx.now.Sub(se.CreatedAt)),
	})
}

// peerData is what webhooks say about a peer.
func (tx *tx) peerData(p *peer) object {
	return object{
		"session_id": p.SessionID, "session_started_at": tx.sessions.at(p.SessionID).CreatedAt,
		"peer_id": p.ID, "user_id": p.UserID, "user_name": p.Name, "user_data": p.Metadata, "role": p.Role, "type": p.Kind,
		"joined_at": p.JoinedAt,
	}
}

// seconds is d in whole seconds, as the API counts durations.
func seconds(d time.Duration) int { return int(d / time.Second) }

func sessionRoutes() []route { return nil }

func sessionAdmin() []adminRoute { return nil }
