package sandbox

import (
	"cmp"
	"time"
)

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
	LeavesAt  time.Time `json:"leaves_at,omitzero"` // when it will leave without a further call; zero: it stays
	Kicked    *kick     `json:"kicked,omitzero"`    // why it will leave then; nil: by itself
	Tracks    []track   `json:"tracks,omitzero"`    // those that ended too
}

// kick is the removal of a peer.
type kick struct {
	Message string `json:"message,omitzero"` // the reason that was given
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
	if p.Kicked != nil {
		tx.leave(p, leftKicked, p.Kicked.Message)
		return
	}
	tx.leave(p, leftByItself, "")
}

func (st *state) movedPeer(old, next **peer) {
	st.sessionPeers.move(old, next, func(p *peer) string { return p.SessionID })
	st.present.move(ifConnected(old), ifConnected(next), func(p *peer) string { return p.RoomID })
	schedule(st, "peer", old, next)
}

func ifConnected(p **peer) **peer {
	if p == nil || !(*p).connected() {
		return nil
	}
	return p
}

// Why a peer left, as webhooks say it (documentation: webhooks, "peer.leave.success").
const (
	leftByItself = "client request"
	leftKicked   = "peer kicked"
	leftNetwork  = "websocket closed"
	leftMedia    = "ice connection state closed"
	leftServer   = "server removed peer"
)

// submitDelay is how much later than their answers the calls are done that only submit something.
const submitDelay = 500 * time.Millisecond

// joining is who wants to join.
type joining struct {
	name, userID, role, metadata string
	kind                         string    // regular or sip; empty: regular
	leavesAt                     time.Time // when it will leave by itself; zero: it stays
}

// join lets somebody into a room, which opens its session where none runs, and has it publish what its role may. The role must be
// one of the room's template; see admit.
func (tx *tx) join(rm *room, who joining) *peer {
	se := tx.openSession(rm)
	p := &peer{
		ID: tx.newUUID(), Seq: tx.newID(), SessionID: se.ID, RoomID: rm.ID, Name: who.name, UserID: who.userID, Role: who.role,
		Metadata: who.metadata, Kind: cmp.Or(who.kind, "regular"), JoinedAt: tx.now, LeavesAt: who.leavesAt,
	}
	tx.peers.put(tx, p)
	tx.happen(rm, "peer.join.success", tx.peerData(p))
	return tx.publish(p)
}

// leave lets a peer go; one that is gone stays so. The last one to leave ends the session, unless a recording or stream goes on.
func (tx *tx) leave(p *peer, reason, message string) {
	p = tx.peers.at(p.ID)
	if !p.connected() {
		return
	}
	p = tx.stopTracks(p, func(track) bool { return true })
	gone := *p
	gone.LeftAt = tx.now
	tx.peers.put(tx, &gone)
	data := tx.peerData(&gone)
	data["left_at"] = gone.LeftAt
	data["duration"] = seconds(gone.LeftAt.Sub(gone.JoinedAt))
	data["reason"], data["message"] = reason, message
	tx.happen(tx.rooms.at(p.RoomID), "peer.leave.success", data)
	if len(tx.present[p.RoomID]) == 0 && !tx.beamsAlone(p.RoomID) {
		tx.closeSession(tx.sessions.at(p.SessionID))
	}
}

// notJoined tells that somebody who isn't in a room any more was to leave it.
func (tx *tx) notJoined(p *peer) {
	data := tx.peerData(p)
	delete(data, "session_id")
	delete(data, "session_started_at")
	data["left_at"], data["duration"] = time.Time{}, 0
	tx.happen(tx.rooms.at(p.RoomID), "peer.leave.failure", data)
}

// kick has a peer removed a moment later.
func (tx *tx) kick(p *peer, reason string) {
	if p.Kicked != nil {
		return
	}
	next := *p
	next.LeavesAt, next.Kicked = tx.now.Add(submitDelay), &kick{reason}
	tx.peers.put(tx, &next)
}

// peerChange is what is to become of a peer. A nil pointer leaves it as it is.
type peerChange struct {
	name, metadata *string
	role           string // empty: as it is
	by             string // the peer who wants another role for it; empty: a call of the API
}

// changePeer changes a peer, unless the new role is refused: then nothing changes, and webhooks tell so.
func (tx *tx) changePeer(p *peer, c peerChange) (*peer, error) {
	next := *p
	next.Name, next.Metadata = either(c.name, p.Name), either(c.metadata, p.Metadata)
	next.Role = cmp.Or(c.role, p.Role)
	rm := tx.rooms.at(p.RoomID)
	if next.Role != p.Role {
		if err := tx.mayTakeRole(rm, next.Role); err != nil {
			tx.roleRefused(rm, &next, c.by, err)
			return nil, err
		}
	}
	tx.peers.put(tx, &next)
	if next.Role == p.Role {
		return &next, nil
	}
	data := tx.roleData(&next, c.by)
	data["previous_role"], data["role_changed_at"] = p.Role, tx.now
	tx.happen(rm, "role.change.success", data)
	return tx.publish(&next), nil
}

// roleRefused tells that a peer was refused the role that it should have had.
func (tx *tx) roleRefused(rm *room, wanted *peer, by string, why error) {
	data := tx.roleData(wanted, by)
	data["error_message"] = why.Error()
	tx.happen(rm, "role.change.failure", data)
}

// roleData is what the events about a change of role say.
func (tx *tx) roleData(p *peer, by string) object {
	data := tx.peerData(p)
	delete(data, "type")
	if by != "" {
		data["role_change_requested_by"] = by
	}
	return data
}

// peerData is what webhooks say about a peer.
func (tx *tx) peerData(p *peer) object {
	return object{
		"session_id": p.SessionID, "session_started_at": tx.sessions.at(p.SessionID).CreatedAt,
		"peer_id": p.ID, "user_id": p.UserID, "user_name": tx.conf.shownName(p.Name), "user_data": p.Metadata, "role": p.Role, "type": p.Kind,
		"joined_at": p.JoinedAt,
	}
}
