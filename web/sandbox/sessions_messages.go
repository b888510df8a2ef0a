package sandbox

import (
	"cmp"
	"net/http"
	"time"
)

// message is what was sent to the peers of a room: kept so that whoever tests an app can see what it sent, and because the chat
// of a session can be recorded.
type message struct {
	ID        string    `json:"id"`
	RoomID    string    `json:"room_id"`
	SessionID string    `json:"session_id"`
	From      string    `json:"from,omitzero"`    // the peer; empty: a call of the API
	To        string    `json:"peer_id,omitzero"` // the peer; empty: those of the role
	Role      string    `json:"role,omitzero"`    // empty: everybody
	Type      string    `json:"type"`
	Text      string    `json:"message"`
	At        time.Time `json:"sent_at"`
}

func (m *message) key() string   { return m.ID }
func (m *message) order() string { return m.ID }

func (m *message) made() time.Time { return m.At }

// messageChat is the type of a message that names none.
const messageChat = "chat"

// send keeps a message to the peers of a session.
func (tx *tx) send(se *session, m message) {
	m.ID, m.RoomID, m.SessionID, m.At = tx.newID(), se.RoomID, se.ID, tx.now
	m.Type = cmp.Or(m.Type, messageChat)
	tx.forgetOld(tx.now)
	tx.messages.put(tx, &m)
}

// messagesShown is how many messages of a room are shown at most.
const messagesShown = 100

// roomMessages shows the newest messages of a room, the newest first.
func (s *Server) roomMessages(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		rm := st.rooms.at(r.PathValue("room_id"))
		if rm == nil {
			return errRoomNotFound
		}
		found := st.roomMessages[rm.ID].newest(messagesShown, func(*message) bool { return true })
		if found == nil {
			found = []*message{}
		}
		reply = object{"messages": found}
		return nil
	})
}
