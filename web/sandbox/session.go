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
	Ending    *ending   `json:"ending,omitzero"`  // what was asked for and is about to be done; nil: nothing
}

// ending is the end of a session that somebody asked for.
type ending struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitzero"`
	Lock   bool      `json:"lock,omitzero"`    // the room was disabled as well
	PeerID string    `json:"peer_id,omitzero"` // who asked for it; empty: a call of the API
}

func (se *session) key() string   { return se.ID }
func (se *session) order() string { return se.ID }

// made is the start as answers show it: lists are cut by what is shown.
func (se *session) made() time.Time { return se.CreatedAt.Truncate(time.Millisecond) }

func (se *session) due() time.Time {
	switch {
	case !se.Active:
		return time.Time{}
	case se.Ending != nil && se.Ending.At.Before(se.EndsAt):
		return se.Ending.At
	}
	return se.EndsAt
}

// step ends a session that has reached its length, or whose end was asked for.
func (se *session) step(tx *tx) {
	if se.Ending == nil {
		tx.endSession(se, messageTimeUp)
		return
	}
	tx.happen(tx.rooms.at(se.RoomID), "room.end.success", tx.endData(se, *se.Ending))
	// Who ends a room asks its recordings and streams to stop, which is another reason than finding the room ended.
	tx.endBeams(se.RoomID, beamClientRequest)
	tx.endSession(se, se.Ending.Reason)
}

func (st *state) movedSession(old, next **session) {
	if old != nil && st.running[(*old).RoomID] == *old {
		delete(st.running, (*old).RoomID)
	}
	if next != nil && (*next).Active {
		st.running[(*next).RoomID] = *next
	}
	st.runningNow.move(old, next, func(se *session) bool { return se.Active })
	st.roomSessions.move(old, next, func(se *session) string { return se.RoomID })
	schedule(st, "session", old, next)
}

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
	tx.autoStart(rm, se)
	return se
}

// askToEnd has a session ended a moment later. What was asked first counts; a room is locked at once, lest somebody joins again.
func (tx *tx) askToEnd(se *session, how ending) {
	if how.Lock {
		tx.lock(tx.rooms.at(se.RoomID))
	}
	if se.Ending != nil {
		return
	}
	how.At = tx.now.Add(submitDelay)
	next := *se
	next.Ending = &how
	tx.sessions.put(tx, &next)
}

// lock disables a room.
func (tx *tx) lock(rm *room) {
	if !rm.Enabled {
		return
	}
	next := *rm
	next.Enabled, next.UpdatedAt = false, after(rm, tx.now)
	tx.rooms.put(tx, &next)
	tx.silence(&next)
}

// endSession makes everybody leave and stops what records or streams.
func (tx *tx) endSession(se *session, message string) {
	tx.endBeams(se.RoomID, beamRoomEnded)
	for _, p := range tx.connected(se.RoomID) {
		tx.leave(p, leftByItself, message)
	}
	tx.closeSession(se)
}

// closeSession ends a session that nobody is in any more; one that is over stays as it is.
func (tx *tx) closeSession(se *session) {
	over := *tx.sessions.at(se.ID)
	if !over.Active {
		return
	}
	over.Active, over.UpdatedAt = false, tx.now
	tx.sessions.put(tx, &over)
	tx.stopPolls(&over)
	tx.autoStop(&over)
	tx.happen(tx.rooms.at(se.RoomID), "session.close.success", object{
		"session_id": se.ID, "session_started_at": se.CreatedAt, "session_stopped_at": tx.now,
		"session_duration": seconds(tx.now.Sub(se.CreatedAt)),
	})
}

// endData is what the events about the end of a room say: who asked for it, which for a call of the API is nobody.
func (tx *tx) endData(se *session, how ending) object {
	data := object{
		"session_id": se.ID, "session_started_at": se.CreatedAt, "lock_room": how.Lock, "reason": how.Reason,
		"source": endedByCall, "peer_id": "", "user_id": "", "user_name": "", "role": "",
	}
	if p := tx.peers.at(how.PeerID); p != nil {
		data["source"], data["peer_id"], data["user_id"] = endedByPeer, p.ID, p.UserID
		data["user_name"], data["role"] = tx.conf.shownName(p.Name), p.Role
	}
	return data
}

// noSessionToEnd tells that a room was to be ended in which nothing runs.
func (tx *tx) noSessionToEnd(rm *room, how ending) {
	data := tx.endData(&session{}, how)
	delete(data, "session_id")
	delete(data, "session_started_at")
	data["error_code"], data["error_message"] = 404, "session not found"
	tx.happen(rm, "room.end.failure", data)
}

// connected returns the peers that are in a room now, in the order of their joining.
func (st *state) connected(roomID string) []*peer {
	return slices.Clone(st.present[roomID])
}

// seconds is d in whole seconds, as the API counts durations.
func seconds(d time.Duration) int { return int(d / time.Second) }

func sessionRoutes() []route {
	return []route{
		{
			method: "GET", path: "/sessions", page: "Sessions: list", handle: (*Server).listSessions,
			query: []string{"active", "room_id", "after", "before", "limit", "start"},
		},
		{method: "GET", path: "/sessions/{$}", page: "Sessions: list", handle: (*Server).listSessions},
		{method: "GET", path: "/sessions/{session_id}", page: "Sessions: get", handle: (*Server).session},
		{method: "GET", path: "/active-rooms/{room_id}", page: "Active rooms: get", handle: (*Server).activeRoom},
		{
			method: "GET", path: "/active-rooms/{room_id}/peers", page: "Active rooms: list peers", handle: (*Server).activePeers,
			query: []string{"user_id", "role"},
		},
		{method: "GET", path: "/active-rooms/{room_id}/peers/{peer_id}", page: "Active rooms: get a peer", handle: (*Server).activePeer},
		{
			method: "POST", path: "/active-rooms/{room_id}/peers/{peer_id}", page: "Active rooms: update a peer", handle: (*Server).updatePeer,
			body: []string{"name", "role", "metadata"},
		},
		{
			method: "POST", path: "/active-rooms/{room_id}/send-message", page: "Active rooms: send message", handle: (*Server).sendMessage,
			body: []string{"message", "peer_id", "role", "type"},
		},
		{
			method: "POST", path: "/active-rooms/{room_id}/remove-peers", page: "Active rooms: remove peers", handle: (*Server).removePeers,
			body: []string{"peer_id", "role", "reason"},
		},
		{
			method: "POST", path: "/active-rooms/{room_id}/end-room", page: "Active rooms: end room", handle: (*Server).endRoom,
			body: []string{"reason", "lock"},
		},
	}
}
