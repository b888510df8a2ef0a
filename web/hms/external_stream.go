package hms

import (
	"cmp"
	"context"
	"iter"
	"log/slog"
	"net/http"
	"strings"
)

// ExternalStream is one stream of a room to other services by RTMP (documentation: External streams). It prints without
// its RTMPURLs: these end with the stream keys of those services.
type ExternalStream struct {
	Job
	RTMPURLs   []string    `json:"rtmp_urls"`
	Recording  bool        `json:"recording"`
	Resolution *Resolution `json:"resolution,omitzero"`
}

// externalStreamWire is an external stream as it comes.
type externalStreamWire struct {
	plainExternalStream
	jobTimes
	Recording  onOff           `json:"recording"`
	Resolution *resolutionWire `json:"resolution"`
}

type plainExternalStream ExternalStream

func (w externalStreamWire) value() ExternalStream {
	stream := ExternalStream(w.plainExternalStream)
	stream.Job = w.within(stream.Job)
	stream.Recording = bool(w.Recording)
	stream.Resolution = w.Resolution.value()
	return stream
}

// UnmarshalJSON reads an external stream with all the quirks of the API's answers.
func (e *ExternalStream) UnmarshalJSON(b []byte) (err error) {
	*e, err = decode[ExternalStream, externalStreamWire](b)
	return err
}

// ExternalStreamParams says where to stream. What is not set is left out of the request. It prints without its RTMPURLs.
type ExternalStreamParams struct {
	RTMPURLs    []string    `json:"rtmp_urls,omitzero"`   // rtmp or rtmps, server and key; at most 5, by other pages 3
	MeetingURL  string      `json:"meeting_url,omitzero"` // needed where the template has no Prebuilt link or the feature is off
	Recording   *bool       `json:"recording,omitzero"`
	Resolution  *Resolution `json:"resolution,omitzero"`  // 500×480-1920×1080, or 500×500-1080×1920; nil: 1280×720
	Destination string      `json:"destination,omitzero"` // needed where the template has several
}

// String names the destination, never the addresses.
func (p ExternalStreamParams) String() string {
	return "hms.ExternalStreamParams{" + p.Destination + "}"
}

// GoString is String.
func (p ExternalStreamParams) GoString() string { return p.String() }

// LogValue is String for log/slog.
func (p ExternalStreamParams) LogValue() slog.Value { return slog.StringValue(p.String()) }

// secrets lists the values that must not show up in an error: each RTMP URL, the key at its end, and its query.
func (p ExternalStreamParams) secrets() []string {
	values := queryOf(p.MeetingURL)
	for _, address := range p.RTMPURLs {
		values = append(values, address, address[strings.LastIndexByte(address, '/')+1:])
		values = append(values, queryOf(address)...)
	}
	return values
}

// StartExternalStream begins to stream a room to other services. It is sent once: when it is repeated after a lost answer
// the first try may be running already. Its refusals are not documented; those of StartRecording are likely.
func (c *Client) StartExternalStream(ctx context.Context, roomID string, p ExternalStreamParams) (ExternalStream, error) {
	return fetch(ctx, c, request{
		op: "StartExternalStream", method: http.MethodPost, segments: []string{"external-streams", "room", roomID, "start"},
		params: p, secrets: p.secrets(),
	}, decodeOne[ExternalStream, externalStreamWire])
}

// StopRoomExternalStreams stops all external streams of a room and returns them. When only some could be stopped both are
// returned: these and an *Error that says why, with Status 200. It is sent once: a repetition could stop what was started
// in between.
func (c *Client) StopRoomExternalStreams(ctx context.Context, roomID string) ([]ExternalStream, error) {
	return fetch(ctx, c, request{
		op: "StopRoomExternalStreams", method: http.MethodPost, segments: []string{"external-streams", "room", roomID, "stop"},
		partial: true,
	}, decodeStopped[ExternalStream, externalStreamWire])
}

// StopExternalStream stops one external stream. What has ended never starts again, so this is safe to repeat.
func (c *Client) StopExternalStream(ctx context.Context, id string) (ExternalStream, error) {
	return fetch(ctx, c, request{
		op: "StopExternalStream", method: http.MethodPost, segments: []string{"external-streams", id, "stop"}, repeat: true,
	}, decodeOne[ExternalStream, externalStreamWire])
}

// ExternalStream returns one external stream with its assets; an error that Is ErrNotFound when there is none.
func (c *Client) ExternalStream(ctx context.Context, id string) (ExternalStream, error) {
	return fetch(ctx, c, request{
		op: "ExternalStream", method: http.MethodGet, segments: []string{"external-streams", id}, repeat: true,
	}, decodeOne[ExternalStream, externalStreamWire])
}

// ListExternalStreams returns one page of external streams with their assets, newest first.
func (c *Client) ListExternalStreams(ctx context.Context, q JobQuery) (Page[ExternalStream], error) {
	return c.listExternalStreams(ctx, "ListExternalStreams", q)
}

func (c *Client) listExternalStreams(ctx context.Context, op string, q JobQuery) (Page[ExternalStream], error) {
	return fetch(ctx, c, request{
		op: op, method: http.MethodGet, segments: []string{"external-streams"}, query: q.values(), repeat: true,
	}, decodePage[ExternalStream, externalStreamWire])
}

// AllExternalStreams walks the external streams that q selects, newest first, in the largest pages unless q.Limit says
// otherwise. An error is the last thing it yields.
func (c *Client) AllExternalStreams(ctx context.Context, q JobQuery) iter.Seq2[ExternalStream, error] {
	q.Limit = cmp.Or(q.Limit, maxLimit)
	return all(q.Start, func(start string) (Page[ExternalStream], error) {
		page := q
		page.Start = start
		return c.listExternalStreams(ctx, "AllExternalStreams", page)
	})
}
