package sandbox

import (
	"encoding/csv"
	"strings"
	"time"
)

// chatHeader is the first line of a recorded chat (documentation: Recordings, "Chat").
const chatHeader = "SenderPeerID,SenderName,SenderUserID,Roles,SentAt,Type,Message\n"

// chat is the file of a recorded chat: what was said to everybody or to a role while its job recorded, never to one peer alone.
func (st *state) chat(a *asset) string {
	var out strings.Builder
	out.WriteString(chatHeader)
	lines := csv.NewWriter(&out)
	from, to := st.recordedFrom(a)
	for _, m := range until(since(st.roomMessages[a.RoomID], from), to) {
		if m.SessionID == a.SessionID && m.To == "" && m.Type == messageChat {
			_ = lines.Write(st.chatLine(m)) // a Builder takes everything
		}
	}
	lines.Flush()
	return out.String()
}

// chatLine is a message as a recorded chat has it. What a call of the API sent has no sender.
func (st *state) chatLine(m *message) []string {
	sender := st.peers.at(m.From)
	if sender == nil {
		sender = &peer{}
	}
	return []string{sender.ID, sender.Name, sender.UserID, "[" + m.Role + "]", m.At.Format(time.RFC3339), m.Type, m.Text}
}

// recordedFrom is when the recording that an asset came of began and ended.
func (st *state) recordedFrom(a *asset) (from, to time.Time) {
	if b := st.beams.at(a.JobID); b != nil {
		return b.StartedAt, b.StoppedAt
	}
	se := st.sessions.at(a.SessionID)
	return se.CreatedAt, se.UpdatedAt
}
