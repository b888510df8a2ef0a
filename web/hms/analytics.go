package hms

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// EventType is the name of an analytics event.
type EventType string

// The documented events.
const (
	EventTrackAdd        EventType = "track.add.success"
	EventTrackUpdate     EventType = "track.update.success"
	EventTrackRemove     EventType = "track.remove.success"
	EventBeamRecording   EventType = "beam.recording.success"
	EventPublishFailed   EventType = "client.publish.failed"
	EventSubscribeFailed EventType = "client.subscribe.failed"
	EventJoinFailed      EventType = "client.join.failed"
	EventDisconnected    EventType = "client.disconnected"
	EventConnectFailed   EventType = "client.connect.failed"
)

// Event is something that happened in a room (documentation: Analytics, "Overview"). Data is as it came; Track, Recording
// and ClientError read it. It prints without Data, which may hold presigned URLs and stream keys.
type Event struct {
	Version   string          `json:"version"`
	ID        string          `json:"id"`
	Timestamp time.Time       `json:"timestamp"`
	Type      EventType       `json:"type"`
	Data      json.RawMessage `json:"data,omitzero"`
}

// String names the event.
func (e Event) String() string { return "hms.Event{" + e.ID + " " + string(e.Type) + "}" }

// GoString is String.
func (e Event) GoString() string { return e.String() }

// LogValue is String for log/slog.
func (e Event) LogValue() slog.Value { return slog.StringValue(e.String()) }

// eventWire is an event as it comes.
type eventWire struct {
	plainEvent
	Timestamp moment `json:"timestamp"`
}

type plainEvent Event

func (w eventWire) value() Event {
	event := Event(w.plainEvent)
	event.Timestamp = time.Time(w.Timestamp)
	return event
}

// UnmarshalJSON reads an event with all the quirks of the API's answers.
func (e *Event) UnmarshalJSON(b []byte) (err error) {
	*e, err = decode[Event, eventWire](b)
	return err
}

// EventQuery selects events of the last 30 days. RoomID is required.
type EventQuery struct {
	RoomID    string
	Types     []EventType // none: all
	SessionID string
	PeerID    string
	UserID    string
	BeamID    string // with EventBeamRecording only
	Errors    bool   // only events of failures
	Limit     int    // 1-100
	Start     string // EventPage.Last of the page before; dies after 24 h
}

func (q EventQuery) values() url.Values {
	v := url.Values{}
	setText(v, "room_id", q.RoomID)
	for _, kind := range q.Types {
		v.Add("type", string(kind))
	}
	setText(v, "session_id", q.SessionID)
	setText(v, "peer_id", q.PeerID)
	setText(v, "user_id", q.UserID)
	setText(v, "beam_id", q.BeamID)
	if q.Errors {
		v.Set("error", "true")
	}
	setPage(v, q.Limit, q.Start)
	return v
}

// EventPage is one page of events. Its Limit is how many it has, its Last is empty on the last page, and the whole list
// stays as it was when the first page was asked for.
type EventPage struct {
	Page[Event]
	Total int // of all pages
}

// eventPageWire is a page of events as it comes.
type eventPageWire struct {
	Limit  whole        `json:"limit"`
	Total  whole        `json:"total"`
	Next   string       `json:"next"`
	Events *[]eventWire `json:"events"`
}

func decodeEvents(body []byte) (EventPage, error) {
	var in eventPageWire
	if err := json.Unmarshal(body, &in); err != nil {
		return EventPage{}, err
	}
	if in.Events == nil && !hasKey(body, "limit", "total", "next", "events") {
		return EventPage{}, errIncomplete
	}
	page := EventPage{Page: Page[Event]{Limit: int(in.Limit), Last: in.Next, Data: []Event{}}, Total: int(in.Total)}
	if in.Events != nil {
		page.Data = values[Event](*in.Events)
	}
	return page, nil
}

// ListEvents returns one page of the events that q selects.
func (c *Client) ListEvents(ctx context.Context, q EventQuery) (EventPage, error) {
	return c.listEvents(ctx, "ListEvents", q)
}

func (c *Client) listEvents(ctx context.Context, op string, q EventQuery) (EventPage, error) {
	return fetch(ctx, c, request{
		op: op, method: http.MethodGet, segments: []string{"analytics", "events"}, query: q.values(), repeat: true, list: true,
	}, decodeEvents)
}

// AllEvents walks the events that q selects, in the largest pages unless q.Limit says otherwise. An error is the last thing
// it yields.
func (c *Client) AllEvents(ctx context.Context, q EventQuery) iter.Seq2[Event, error] {
	q.Limit = cmp.Or(q.Limit, maxLimit)
	return all(q.Start, func(start string) (Page[Event], error) {
		next := q
		next.Start = start
		page, err := c.listEvents(ctx, "AllEvents", next)
		page.Limit = 0 // it says how many came: a short page isn't the last one here
		return page.Page, err
	})
}
