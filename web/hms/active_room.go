package hms

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// ActiveRoom says who is in a room now (documentation: Active rooms, "Get active room").
type ActiveRoom struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	CustomerID string            `json:"customer_id"`
	Session    ActiveRoomSession `json:"session"`
}

// ActiveRoomSession is the running session of a room.
type ActiveRoomSession struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"created_at"`
	Peers     []string  `json:"peers"` // ids of those connected
}

func (r ActiveRoom) key() string { return r.ID }

// activeRoomWire is an active room as it comes.
type activeRoomWire struct {
	plainActiveRoom
	Session struct {
		plainActiveRoomSession
		CreatedAt moment `json:"created_at"`
	} `json:"session"`
}

type (
	plainActiveRoom        ActiveRoom
	plainActiveRoomSession ActiveRoomSession
)

func (w activeRoomWire) value() ActiveRoom {
	room := ActiveRoom(w.plainActiveRoom)
	room.Session = ActiveRoomSession(w.Session.plainActiveRoomSession)
	room.Session.CreatedAt = time.Time(w.Session.CreatedAt)
	return room
}

// UnmarshalJSON reads an active room with all the quirks of the API's answers.
func (r *ActiveRoom) UnmarshalJSON(b []byte) (err error) {
	*r, err = decode[ActiveRoom, activeRoomWire](b)
	return err
}

// ActiveRoom returns who is in a room now. Nobody is an error; it is not documented, and likely Is ErrNotFound with the
// text "room not active", "session not active" or "session not found". This goes for each operation on an active room.
func (c *Client) ActiveRoom(ctx context.Context, roomID string) (ActiveRoom, error) {
	return fetch(ctx, c, request{
		op: "ActiveRoom", method: http.MethodGet, segments: []string{"active-rooms", roomID}, repeat: true,
	}, decodeOne[ActiveRoom, activeRoomWire])
}

// acknowledged reads the answer of an operation that only says, in words, that it took the order.
func acknowledged(body []byte) (struct{}, error) {
	var in map[string]any
	if err := json.Unmarshal(body, &in); err != nil {
		return struct{}{}, err
	}
	if in == nil {
		return struct{}{}, errIncomplete
	}
	return struct{}{}, nil
}

// MessageParams is a message to people in a room: to one peer, or else to those of a role, or else to all.
type MessageParams struct {
	Message string `json:"message"`
	PeerID  string `json:"peer_id,omitzero"` // wins over Role
	Role    string `json:"role,omitzero"`
	Type    string `json:"type,omitzero"` // chat, or the name of a custom event
}

// SendMessage sends a message to people in a room. It is sent once: they would read it twice.
func (c *Client) SendMessage(ctx context.Context, roomID string, p MessageParams) error {
	_, err := fetch(ctx, c, request{
		op: "SendMessage", method: http.MethodPost, segments: []string{"active-rooms", roomID, "send-message"}, params: p,
	}, acknowledged)
	return err
}

// RemoveParams says whom to remove from a room: one peer, or else all of a role. One of the two is needed.
type RemoveParams struct {
	PeerID string `json:"peer_id,omitzero"` // wins over Role
	Role   string `json:"role,omitzero"`
	Reason string `json:"reason,omitzero"` // shown to them
}

// RemovePeers asks to remove people from a room; it happens a little later, and they can come back. With a PeerID it is
// safe to repeat, as who comes back is another peer; a role is sent once.
func (c *Client) RemovePeers(ctx context.Context, roomID string, p RemoveParams) error {
	_, err := fetch(ctx, c, request{
		op: "RemovePeers", method: http.MethodPost, segments: []string{"active-rooms", roomID, "remove-peers"},
		params: p, repeat: p.PeerID != "",
	}, acknowledged)
	return err
}

// EndParams says how to end a session.
type EndParams struct {
	Reason string `json:"reason,omitzero"`
	Lock   *bool  `json:"lock,omitzero"` // true: the room is disabled too; nil: false
}

// EndRoom asks to end the running session of a room; it happens a little later, with its recordings and streams. It is sent
// once: a repetition could end the next session.
func (c *Client) EndRoom(ctx context.Context, roomID string, p EndParams) error {
	_, err := fetch(ctx, c, request{
		op: "EndRoom", method: http.MethodPost, segments: []string{"active-rooms", roomID, "end-room"}, params: p,
	}, acknowledged)
	return err
}
