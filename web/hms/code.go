package hms

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// RoomCode is a short public code that stands for one room and role (documentation: room codes).
type RoomCode struct {
	Code      string    `json:"code"`
	RoomID    string    `json:"room_id"`
	Role      string    `json:"role"`
	Enabled   bool      `json:"enabled"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// codeWire is a room code as it comes.
type codeWire struct {
	plainCode
	CreatedAt moment `json:"created_at"`
	UpdatedAt moment `json:"updated_at"`
}

// plainCode is RoomCode without its methods.
type plainCode RoomCode

func (w codeWire) value() RoomCode {
	code := RoomCode(w.plainCode)
	code.CreatedAt, code.UpdatedAt = time.Time(w.CreatedAt), time.Time(w.UpdatedAt)
	return code
}

// UnmarshalJSON reads a room code with all the quirks of the API's answers.
func (r *RoomCode) UnmarshalJSON(b []byte) (err error) {
	*r, err = decode[RoomCode, codeWire](b)
	return err
}

func decodeCode(body []byte) (RoomCode, error) {
	code, err := decode[RoomCode, codeWire](body)
	if err == nil && code.Code == "" {
		err = errIncomplete
	}
	return code, err
}

// CreateRoomCodes makes a code for each role of the room's template that is new, disables those of roles that are gone, and
// returns the codes. It fails with 404 "Room not found" and 403 "Room is disabled".
func (c *Client) CreateRoomCodes(ctx context.Context, roomID string) ([]RoomCode, error) {
	page, err := fetch(ctx, c, request{
		op: "CreateRoomCodes", method: http.MethodPost, segments: []string{"room-codes", "room", roomID},
	}, decodePage[RoomCode, codeWire])
	return page.Data, err
}

// CreateRoomCode makes one more code for a role. It fails like CreateRoomCodes, and with 404 "Role not found".
func (c *Client) CreateRoomCode(ctx context.Context, roomID, role string) (RoomCode, error) {
	return fetch(ctx, c, request{
		op: "CreateRoomCode", method: http.MethodPost, segments: []string{"room-codes", "room", roomID, "role", role},
	}, decodeCode)
}

// RoomCodeFilter narrows a list of room codes. Without one, codes of all roles are listed, enabled and disabled.
type RoomCodeFilter func(url.Values)

// CodesOfRole lists the codes of one role only. The list then fails with 404 "Role not found" when the room's template
// has no such role.
func CodesOfRole(role string) RoomCodeFilter {
	return func(v url.Values) { setText(v, "role", role) }
}

// CodesEnabled lists either the enabled codes only or the disabled ones only.
func CodesEnabled(enabled bool) RoomCodeFilter {
	return func(v url.Values) { setFlag(v, "enabled", &enabled) }
}

// ListRoomCodes returns one page of a room's codes; start is Page.Last of the page before, or "". The codes of a disabled
// room can't be listed: 403 "Room is disabled".
func (c *Client) ListRoomCodes(
	ctx context.Context, roomID, start string, only ...RoomCodeFilter,
) (Page[RoomCode], error) {
	return c.listRoomCodes(ctx, "ListRoomCodes", roomID, start, only)
}

func (c *Client) listRoomCodes(
	ctx context.Context, op, roomID, start string, only []RoomCodeFilter,
) (Page[RoomCode], error) {
	query := url.Values{}
	for _, narrow := range only {
		narrow(query)
	}
	setPage(query, maxLimit, start) // a room has at most a hundred codes, so this is all of them
	return fetch(ctx, c, request{
		op: op, method: http.MethodGet, segments: []string{"room-codes", "room", roomID}, query: query, repeat: true,
	}, decodePage[RoomCode, codeWire])
}

// AllRoomCodes walks the codes of a room. An error is the last thing it yields.
func (c *Client) AllRoomCodes(
	ctx context.Context, roomID string, only ...RoomCodeFilter,
) iter.Seq2[RoomCode, error] {
	return all("", func(start string) (Page[RoomCode], error) {
		return c.listRoomCodes(ctx, "AllRoomCodes", roomID, start, only)
	})
}

// SetRoomCodeEnabled enables or disables a code. It fails with 404 "Code not found", and with 403 when the role or room of a
// code to be enabled is gone.
func (c *Client) SetRoomCodeEnabled(ctx context.Context, code string, enabled bool) (RoomCode, error) {
	return fetch(ctx, c, request{
		op: "SetRoomCodeEnabled", method: http.MethodPost, segments: []string{"room-codes", "code"},
		params: struct {
			Code    string `json:"code"`
			Enabled bool   `json:"enabled"`
		}{code, enabled},
	}, decodeCode)
}
