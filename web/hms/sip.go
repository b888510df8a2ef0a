package hms

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// callPatience is how long a call may ring: the API answers only when it was taken or refused.
const callPatience = 2 * time.Minute

// TrunkParams is the way to somebody's telephone exchange (documentation: Session Initiation Protocol, "SIP outbound"). It
// prints without its password.
type TrunkParams struct {
	Username string `json:"username,omitzero"`
	Password string `json:"password,omitzero"`
	Address  string `json:"address,omitzero"`
	From     string `json:"from,omitzero"` // the number that is shown
}

// String names the address, never who signs in there.
func (p TrunkParams) String() string { return "hms.TrunkParams{" + p.Address + "}" }

// GoString is String.
func (p TrunkParams) GoString() string { return p.String() }

// LogValue is String for log/slog.
func (p TrunkParams) LogValue() slog.Value { return slog.StringValue(p.String()) }

// SIPHandle is the id of a trunk or of a call: all that the API says of either. Trunks can't be listed or deleted.
type SIPHandle struct {
	ID string `json:"id"`
}

func (h SIPHandle) key() string { return h.ID }

// value makes a handle its own wire type: it has no quirks.
func (h SIPHandle) value() SIPHandle { return h }

// CreateTrunk makes a trunk. It is sent once: a repetition would make another.
func (c *Client) CreateTrunk(ctx context.Context, p TrunkParams) (SIPHandle, error) {
	return fetch(ctx, c, request{
		op: "CreateTrunk", method: http.MethodPost, segments: []string{"sip", "outbound", "trunks"},
		params: p, secrets: []string{p.Password}, list: true,
	}, decodeOne[SIPHandle, SIPHandle])
}

// UpdateTrunk replaces a trunk. The same twice is the same as once, so it is safe to repeat.
func (c *Client) UpdateTrunk(ctx context.Context, id string, p TrunkParams) (SIPHandle, error) {
	return fetch(ctx, c, request{
		op: "UpdateTrunk", method: http.MethodPost, segments: []string{"sip", "outbound", "trunks", id},
		params: p, secrets: []string{p.Password}, repeat: true,
	}, decodeOne[SIPHandle, SIPHandle])
}

// CallParams says whom to call into a room. To, RoomCode and TrunkID are required. It prints without its secrets.
type CallParams struct {
	To       string            `json:"to,omitzero"`
	RoomCode string            `json:"room_code,omitzero"`
	TrunkID  string            `json:"trunk_id,omitzero"`
	Name     string            `json:"name,omitzero"`    // of the peer
	UserID   string            `json:"user_id,omitzero"` // of the peer
	Video    *bool             `json:"video,omitzero"`
	Headers  map[string]string `json:"headers,omitzero"` // X-…; the reserved ones are ignored
}

// String names the trunk, never who is called or how they get in.
func (p CallParams) String() string { return "hms.CallParams{" + p.TrunkID + "}" }

// GoString is String.
func (p CallParams) GoString() string { return p.String() }

// LogValue is String for log/slog.
func (p CallParams) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Call rings somebody, and returns when the call was taken or refused: give ctx the time for it. It fails with 408 "timed
// out" and 400 "to is mandatory", "room_code is mandatory" and "trunk_id is mandatory". It is sent once: a repetition would
// ring again.
func (c *Client) Call(ctx context.Context, p CallParams) (SIPHandle, error) {
	return fetch(ctx, c.patient(callPatience), request{
		op: "Call", method: http.MethodPost, segments: []string{"sip", "outbound", "call"},
		params: p, secrets: append(slices.Collect(maps.Values(p.Headers)), p.RoomCode), list: true,
	}, decodeOne[SIPHandle, SIPHandle])
}

// SendDTMF sends tones to all telephones in the room that token, an auth token, is for: the API takes no management token
// here. digits are 0-9, *, # and a-d. It fails with 400 "invalid digit" and "digits are mandatory" (documentation: Session
// Initiation Protocol, "SIP DTMF transmission"). It is sent once: they would be dialled twice.
func (c *Client) SendDTMF(ctx context.Context, token AuthToken, digits string) error {
	_, err := fetch(ctx, c, request{
		op: "SendDTMF", method: http.MethodPost, segments: []string{"sip", "dtmf"},
		token: &token.Token, secrets: []string{digits}, list: true,
		params: struct {
			Digits []string `json:"digits"`
		}{strings.Split(digits, "")},
	}, nothing)
	return err
}
