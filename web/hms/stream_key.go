package hms

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"
)

// StreamKey lets an encoder stream into a room by RTMP (documentation: Stream keys). Key is a secret, and prints without it.
type StreamKey struct {
	ID         string    `json:"id"`
	URL        string    `json:"url"` // may change: read it again before each stream
	Key        string    `json:"key"`
	RoomID     string    `json:"room_id"`
	CustomerID string    `json:"customer_id"`
	AppID      string    `json:"app_id"`
	Enabled    bool      `json:"enabled"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// String names the key by its id.
func (k StreamKey) String() string { return "hms.StreamKey{" + k.ID + "}" }

// GoString is String.
func (k StreamKey) GoString() string { return k.String() }

// LogValue is String for log/slog.
func (k StreamKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

func (k StreamKey) key() string { return k.ID }

// streamKeyWire is a stream key as it comes.
type streamKeyWire struct {
	plainStreamKey
	CreatedAt moment `json:"created_at"`
	UpdatedAt moment `json:"updated_at"`
}

type plainStreamKey StreamKey

func (w streamKeyWire) value() StreamKey {
	key := StreamKey(w.plainStreamKey)
	key.CreatedAt, key.UpdatedAt = time.Time(w.CreatedAt), time.Time(w.UpdatedAt)
	return key
}

// UnmarshalJSON reads a stream key with all the quirks of the API's answers.
func (k *StreamKey) UnmarshalJSON(b []byte) (err error) {
	*k, err = decode[StreamKey, streamKeyWire](b)
	return err
}

// errNoKey is the answer of a room that has no stream key, should it come as an empty list instead of a 404.
var errNoKey = fmt.Errorf("no active key found: %w", ErrNotFound)

// decodeActiveKey reads a list of keys and picks the enabled one: a room has one at most.
func decodeActiveKey(body []byte) (StreamKey, error) {
	page, err := decodePage[StreamKey, streamKeyWire](body)
	if err != nil {
		return StreamKey{}, err
	}
	i := slices.IndexFunc(page.Data, func(k StreamKey) bool { return k.Enabled })
	if i < 0 {
		return StreamKey{}, errNoKey
	}
	return page.Data[i], nil
}

// CreateStreamKey makes a room's stream key. It fails with 400 "Active key already exists", 404 "Room not found" and 403
// "Room is disabled (not active)". It is sent once: after a lost answer StreamKey tells whether it was made.
func (c *Client) CreateStreamKey(ctx context.Context, roomID string) (StreamKey, error) {
	return fetch(ctx, c, request{
		op: "CreateStreamKey", method: http.MethodPost, segments: []string{"stream-keys", "room", roomID},
	}, decodeOne[StreamKey, streamKeyWire])
}

// StreamKey returns the active key of a room; an error that Is ErrNotFound when there is none: 404 "No active key found",
// or 404 "Room not found". It fails with 403 "Room is disabled (not active)" too.
func (c *Client) StreamKey(ctx context.Context, roomID string) (StreamKey, error) {
	return fetch(ctx, c, request{
		op: "StreamKey", method: http.MethodGet, segments: []string{"stream-keys", "room", roomID}, repeat: true,
	}, decodeActiveKey)
}

// DisableStreamKey makes a room's stream key useless for ever; CreateStreamKey makes another. It fails with 404 "Key not
// found" or "Room not found" and 403 "Room is disabled (not active)". It is sent once: a repetition could disable a key
// that was made in between.
func (c *Client) DisableStreamKey(ctx context.Context, roomID string) error {
	_, err := fetch(ctx, c, request{
		op: "DisableStreamKey", method: http.MethodPost, segments: []string{"stream-keys", "room", roomID, "disable"},
	}, acknowledged)
	return err
}
