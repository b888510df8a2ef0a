package hms

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// AuthToken lets one person join a room in a role: what a client SDK takes. Token is a secret, and prints without it.
type AuthToken struct {
	Token     string    `json:"token"`
	RoomID    string    `json:"room_id,omitzero"`
	Role      string    `json:"role,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero"` // zero: not said
}

// String names what the token is for, never the token.
func (t AuthToken) String() string {
	return "hms.AuthToken{room " + t.RoomID + ", role " + t.Role + "}"
}

// GoString is String.
func (t AuthToken) GoString() string { return t.String() }

// LogValue is String for log/slog.
func (t AuthToken) LogValue() slog.Value { return slog.StringValue(t.String()) }

func (t AuthToken) key() string { return t.Token }

// authTokenWire is an auth token as it comes.
type authTokenWire struct {
	plainAuthToken
	ExpiresAt instant `json:"expires_at"`
}

type plainAuthToken AuthToken

func (w authTokenWire) value() AuthToken {
	token := AuthToken(w.plainAuthToken)
	token.ExpiresAt = time.Time(w.ExpiresAt)
	return token
}

// UnmarshalJSON reads an auth token with all the quirks of the API's answers.
func (t *AuthToken) UnmarshalJSON(b []byte) (err error) {
	*t, err = decode[AuthToken, authTokenWire](b)
	return err
}

// ExchangeRoomCode returns an auth token for the room and role of a code. userID is the customer's own name for the person,
// or "". It needs no management token and goes to Config.AuthURL. The server documentation doesn't have it: it is what the
// vendor's web client calls. A refusal is {code, message}, its texts are not documented, and none Is ErrNotFound: an unknown
// code can't be told from a wrong address. A token more does no harm, so it is safe to repeat.
func (c *Client) ExchangeRoomCode(ctx context.Context, code, userID string) (AuthToken, error) {
	return fetch(ctx, c.auth, request{
		op: "ExchangeRoomCode", method: http.MethodPost, segments: []string{"token"}, repeat: true,
		token: new(""), secrets: []string{code},
		params: struct {
			Code   string `json:"code"`
			UserID string `json:"user_id,omitzero"`
		}{code, userID},
	}, decodeOne[AuthToken, authTokenWire])
}

var errNoPlace = errors.New("hms: an auth token needs a room and a role")

// AuthToken signs an auth token here, without asking the API: nobody checks that the room and the role exist until the
// token is used. It fails when either is missing. userID may be "". lifetime is at most 90 days by the vendor's word; 0
// means a day (documentation: "Security and tokens").
func (c *Client) AuthToken(roomID, role, userID string, lifetime time.Duration) (AuthToken, error) {
	if roomID == "" || role == "" {
		return AuthToken{}, errNoPlace
	}
	lifetime = cmp.Or(lifetime, tokenLife)
	content := claims{Type: "app", RoomID: roomID, Role: role, UserID: userID}.lasting(c.now(), lifetime)
	text, err := c.tokens.sign(content)
	if err != nil {
		return AuthToken{}, fmt.Errorf("sign an auth token: %w", err)
	}
	return AuthToken{Token: text, RoomID: roomID, Role: role, ExpiresAt: content.ExpiresAt.Time.UTC()}, nil
}
