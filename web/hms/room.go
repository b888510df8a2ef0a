package hms

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Room is a room as the API answers it (documentation: Rooms, "Get a room"). Keys that the API leaves out, or sends as
// null or zero, decode to the zero value.
type Room struct {
	ID                      string         `json:"id"`
	Name                    string         `json:"name"`
	Enabled                 bool           `json:"enabled"`
	Description             string         `json:"description"`
	CustomerID              string         `json:"customer_id,omitzero"`
	AppID                   string         `json:"app_id,omitzero"`
	RecordingSourceTemplate bool           `json:"recording_source_template,omitzero"`
	EnabledSourceTemplate   bool           `json:"enabled_source_template,omitzero"`
	RecordingInfo           *RecordingInfo `json:"recording_info,omitzero"` // "recording" in lists is the same key
	TemplateID              string         `json:"template_id"`
	Template                string         `json:"template,omitzero"` // the template's name
	Region                  string         `json:"region"`
	Size                    int            `json:"size,omitzero"`
	LargeRoom               bool           `json:"large_room,omitzero"`
	MaxDurationSeconds      int            `json:"max_duration_seconds,omitzero"`
	Polls                   []string       `json:"polls,omitzero"`
	Webhook                 *Webhook       `json:"webhook,omitzero"`
	CreatedAt               time.Time      `json:"created_at"`
	UpdatedAt               time.Time      `json:"updated_at"`
}

// RecordingInfo is atomic: sending it cuts the room's link to its template's recording settings and replaces the whole.
type RecordingInfo struct {
	Enabled    bool        `json:"enabled"`
	UploadInfo *UploadInfo `json:"upload_info,omitzero"`
}

// UploadInfo names the bucket that recordings go to; without it 100ms keeps them for 15 days.
type UploadInfo struct {
	Type        string         `json:"type"` // s3, gs, oss or azure
	Location    string         `json:"location"`
	Prefix      string         `json:"prefix,omitzero"`
	Options     *UploadOptions `json:"options,omitzero"`
	Credentials *Credentials   `json:"credentials,omitzero"`
}

// UploadOptions holds the bucket's region.
type UploadOptions struct {
	Region string `json:"region,omitzero"`
}

// Credentials are secrets: the API echoes them in clear.
type Credentials struct {
	Key    string `json:"key"`
	Secret string `json:"secret"`
}

// Webhook is a room's own endpoint; it silences the workspace's for that room. Header values are secrets.
type Webhook struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitzero"`
}

// RoomParams is the body of a create or an update. What is nil, or an empty text, is left out of the request; an empty
// list that isn't nil is sent.
type RoomParams struct {
	Name               string         `json:"name,omitzero"`
	Description        *string        `json:"description,omitzero"`
	TemplateID         string         `json:"template_id,omitzero"`
	Region             string         `json:"region,omitzero"` // auto, in, us or eu
	LargeRoom          *bool          `json:"large_room,omitzero"`
	Size               *int           `json:"size,omitzero"`                 // 0-2500, with LargeRoom 0-20000
	MaxDurationSeconds *int           `json:"max_duration_seconds,omitzero"` // 120-43200
	RecordingInfo      *RecordingInfo `json:"recording_info,omitzero"`
	Webhook            *Webhook       `json:"webhook,omitzero"`
	Polls              []string       `json:"polls,omitzero"`
	Enabled            *bool          `json:"enabled,omitzero"`
}

// RoomQuery filters a list of rooms. The zero value asks for the API's own defaults: enabled rooms, ten a page.
type RoomQuery struct {
	Enabled       *bool
	Name          string
	TemplateID    string
	After, Before time.Time // of created_at, inclusive
	Limit         int       // 10-100
	Start         string    // Page.Last of the page before
}

// roomWire is a room as it comes.
type roomWire struct {
	plainRoom
	Recording          *RecordingInfo `json:"recording"`
	Size               whole          `json:"size"`
	MaxDurationSeconds whole          `json:"max_duration_seconds"`
	CreatedAt          moment         `json:"created_at"`
	UpdatedAt          moment         `json:"updated_at"`
}

// plainRoom is Room without its methods.
type plainRoom Room

func (w roomWire) value() Room {
	room := Room(w.plainRoom)
	room.RecordingInfo = cmp.Or(room.RecordingInfo, w.Recording)
	room.Size = int(w.Size)
	room.MaxDurationSeconds = int(w.MaxDurationSeconds)
	room.CreatedAt, room.UpdatedAt = time.Time(w.CreatedAt), time.Time(w.UpdatedAt)
	return room
}

// UnmarshalJSON reads a room with all the quirks of the API's answers.
func (r *Room) UnmarshalJSON(b []byte) (err error) {
	*r, err = decode[Room, roomWire](b)
	return err
}

func decodeRoom(body []byte) (Room, error) {
	room, err := decode[Room, roomWire](body)
	if err == nil && room.ID == "" {
		err = errIncomplete
	}
	return room, err
}

// secrets lists the values that must not show up in an error, should the API repeat them.
func (p RoomParams) secrets() []string {
	var values []string
	if p.RecordingInfo != nil && p.RecordingInfo.UploadInfo != nil && p.RecordingInfo.UploadInfo.Credentials != nil {
		keys := p.RecordingInfo.UploadInfo.Credentials
		values = append(values, keys.Key, keys.Secret)
	}
	if p.Webhook != nil {
		for _, value := range p.Webhook.Headers {
			values = append(values, value)
		}
		values = append(values, queryOf(p.Webhook.URL)...)
	}
	return values
}

// CreateRoom makes a room. Beware: when the name exists in any case, that room is changed and returned instead. FindRoom
// tells beforehand. With a name the request is safe to repeat, and is repeated; without one it is sent once.
func (c *Client) CreateRoom(ctx context.Context, p RoomParams) (Room, error) {
	return fetch(ctx, c, request{
		op: "CreateRoom", method: http.MethodPost, segments: []string{"rooms"},
		params: p, repeat: p.Name != "", secrets: p.secrets(),
	}, decodeRoom)
}

// Room returns one room; an error that Is ErrNotFound when there is none.
func (c *Client) Room(ctx context.Context, id string) (Room, error) {
	return fetch(ctx, c, request{
		op: "Room", method: http.MethodGet, segments: []string{"rooms", id}, repeat: true,
	}, decodeRoom)
}

// UpdateRoom changes what p names and nothing else; RecordingInfo is replaced as a whole. The API doesn't take a TemplateID
// here: CreateRoom with the room's name switches it.
func (c *Client) UpdateRoom(ctx context.Context, id string, p RoomParams) (Room, error) {
	return fetch(ctx, c, request{
		op: "UpdateRoom", method: http.MethodPost, segments: []string{"rooms", id}, params: p, secrets: p.secrets(),
	}, decodeRoom)
}

// SetRoomEnabled enables or disables a room. The answer's Template, TemplateID and Region may be blank although the room
// has them: don't keep them.
func (c *Client) SetRoomEnabled(ctx context.Context, id string, enabled bool) (Room, error) {
	return fetch(ctx, c, request{
		op: "SetRoomEnabled", method: http.MethodPost, segments: []string{"rooms", id},
		params: RoomParams{Enabled: &enabled},
	}, decodeRoom)
}

// ListRooms returns one page of rooms, newest first. Unless q.Enabled says otherwise the API hides disabled ones.
func (c *Client) ListRooms(ctx context.Context, q RoomQuery) (Page[Room], error) {
	return c.listRooms(ctx, "ListRooms", q)
}

func (c *Client) listRooms(ctx context.Context, op string, q RoomQuery) (Page[Room], error) {
	return fetch(ctx, c, request{
		op: op, method: http.MethodGet, segments: []string{"rooms"}, query: q.values(), repeat: true,
	}, decodePage[Room, roomWire])
}

// AllRooms walks the rooms that q selects, newest first, in the largest pages unless q.Limit says otherwise. An error is
// the last thing it yields.
func (c *Client) AllRooms(ctx context.Context, q RoomQuery) iter.Seq2[Room, error] {
	return c.allRooms(ctx, "AllRooms", q)
}

func (c *Client) allRooms(ctx context.Context, op string, q RoomQuery) iter.Seq2[Room, error] {
	q.Limit = cmp.Or(q.Limit, maxLimit)
	return all(q.Start, func(start string) (Page[Room], error) {
		page := q
		page.Start = start
		return c.listRooms(ctx, op, page)
	})
}

// FindRoom returns the room with this name in any case, enabled or not. When there is none the error Is ErrNotFound; any
// other error means that we don't know.
func (c *Client) FindRoom(ctx context.Context, name string) (Room, error) {
	var (
		wg    sync.WaitGroup
		found [2]lookup
	)
	wg.Go(func() { found[1] = c.lookUp(ctx, name, false) })
	found[0] = c.lookUp(ctx, name, true)
	wg.Wait()
	best := found[0]
	if found[1].decides(best) {
		best = found[1]
	}
	if into := callOf(ctx); into != nil {
		*into = best.call
		into.Attempts = found[0].call.Attempts + found[1].call.Attempts
	}
	return best.room, best.err
}

// lookup is the search for a name among the enabled or the disabled rooms.
type lookup struct {
	room Room
	err  error
	call Call
}

// decides says whether l settles what other leaves open: a room outweighs a failure, and a failure outweighs a "not there".
func (l lookup) decides(other lookup) bool {
	return weight(l.err) > weight(other.err)
}

func weight(err error) int {
	switch {
	case err == nil:
		return 2
	case errors.Is(err, errNoRoom):
		return 0
	}
	return 1
}

// errNoRoom is the answer of a search that went through and found nothing.
var errNoRoom = fmt.Errorf("no room has this name: %w", ErrNotFound)

// lookUp searches all pages: whether the API matches a name exactly or in part is not documented.
func (c *Client) lookUp(ctx context.Context, name string, enabled bool) lookup {
	var l lookup
	q := RoomQuery{Name: name, Enabled: &enabled}
	for room, err := range c.allRooms(WithCall(ctx, &l.call), "FindRoom", q) {
		if err != nil {
			l.err = err
			return l
		}
		if sameName(room.Name, name) {
			l.room = room
			return l
		}
	}
	l.err = errNoRoom
	return l
}

// sameName says whether a room's name is name as the API compares them. Accounts under HIPAA get the hash instead of the
// name; which case is hashed is not documented.
func sameName(have, name string) bool {
	if strings.EqualFold(have, name) {
		return true
	}
	if len(have) < 2*sha256.Size {
		return false
	}
	digest := have[len(have)-2*sha256.Size:]
	return strings.EqualFold(digest, hashOf(name)) || strings.EqualFold(digest, hashOf(strings.ToLower(name)))
}

func hashOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

// values is the query of a list of rooms.
func (q RoomQuery) values() url.Values {
	v := url.Values{}
	setFlag(v, "enabled", q.Enabled)
	setText(v, "name", q.Name)
	setText(v, "template_id", q.TemplateID)
	setPeriod(v, q.After, q.Before)
	setPage(v, q.Limit, q.Start)
	return v
}
