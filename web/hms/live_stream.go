package hms

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"log/slog"
	"net/http"
)

// LiveStream is one HLS stream of a room (documentation: Live streams).
type LiveStream struct {
	Job
	Playback  Playback             `json:"playback"`
	Recording *LiveStreamRecording `json:"recording,omitzero"` // nil: not recorded
}

// Playback is where a live stream is watched.
type Playback struct {
	URL string `json:"url"` // the master manifest, m3u8
}

// LiveStreamRecording says what is kept of a live stream.
type LiveStreamRecording struct {
	HLSVOD             bool `json:"hls_vod"`               // a playlist to watch later
	SingleFilePerLayer bool `json:"single_file_per_layer"` // an mp4 for each quality
}

// liveStreamWire is a live stream as it comes.
type liveStreamWire struct {
	plainLiveStream
	jobTimes
	Recording liveRecordingWire `json:"recording"`
}

type plainLiveStream LiveStream

func (w liveStreamWire) value() LiveStream {
	stream := LiveStream(w.plainLiveStream)
	stream.Job = w.within(stream.Job)
	stream.Recording = w.Recording.LiveStreamRecording
	return stream
}

// liveRecordingWire is what is kept of a live stream, as it comes: an object, or a bool as with external streams.
type liveRecordingWire struct {
	*LiveStreamRecording
}

// UnmarshalJSON reads an object, a bool or null. A mere true doesn't say what is kept.
func (w *liveRecordingWire) UnmarshalJSON(b []byte) error {
	var on bool
	if err := json.Unmarshal(b, &on); err != nil {
		return json.Unmarshal(b, &w.LiveStreamRecording)
	}
	if on {
		w.LiveStreamRecording = &LiveStreamRecording{}
	}
	return nil
}

// UnmarshalJSON reads a live stream with all the quirks of the API's answers.
func (l *LiveStream) UnmarshalJSON(b []byte) (err error) {
	*l, err = decode[LiveStream, liveStreamWire](b)
	return err
}

// LiveStreamParams says how to stream. What is not set is left out of the request. It prints without its MeetingURL.
type LiveStreamParams struct {
	MeetingURL    string               `json:"meeting_url,omitzero"` // needed where the template has no Prebuilt link
	Recording     *LiveStreamRecording `json:"recording,omitzero"`
	Destination   string               `json:"destination,omitzero"` // needed where the template has several
	Transcription *TranscriptionParams `json:"transcription,omitzero"`
}

// String names the destination, never the MeetingURL, which may carry a token.
func (p LiveStreamParams) String() string { return "hms.LiveStreamParams{" + p.Destination + "}" }

// GoString is String.
func (p LiveStreamParams) GoString() string { return p.String() }

// LogValue is String for log/slog.
func (p LiveStreamParams) LogValue() slog.Value { return slog.StringValue(p.String()) }

// StartLiveStream begins to stream a room. It is sent once: when it is repeated after a lost answer the first try may be
// running already. Its refusals are not documented; those of StartRecording are likely, and HIPAA workspaces can't stream.
func (c *Client) StartLiveStream(ctx context.Context, roomID string, p LiveStreamParams) (LiveStream, error) {
	return fetch(ctx, c, request{
		op: "StartLiveStream", method: http.MethodPost, segments: []string{"live-streams", "room", roomID, "start"},
		params: p, secrets: queryOf(p.MeetingURL),
	}, decodeOne[LiveStream, liveStreamWire])
}

// StopRoomLiveStreams stops all live streams of a room and returns them. When only some could be stopped both are returned:
// these and an *Error that says why, with Status 200. None running is 404 "hls not running". It is sent once: a repetition
// could stop what was started in between.
func (c *Client) StopRoomLiveStreams(ctx context.Context, roomID string) ([]LiveStream, error) {
	return fetch(ctx, c, request{
		op: "StopRoomLiveStreams", method: http.MethodPost, segments: []string{"live-streams", "room", roomID, "stop"},
		partial: true,
	}, decodeStopped[LiveStream, liveStreamWire])
}

// StopLiveStream stops one live stream. What has ended never starts again, so this is safe to repeat.
func (c *Client) StopLiveStream(ctx context.Context, id string) (LiveStream, error) {
	return fetch(ctx, c, request{
		op: "StopLiveStream", method: http.MethodPost, segments: []string{"live-streams", id, "stop"}, repeat: true,
	}, decodeOne[LiveStream, liveStreamWire])
}

// LiveStream returns one live stream with its assets; an error that Is ErrNotFound when there is none.
func (c *Client) LiveStream(ctx context.Context, id string) (LiveStream, error) {
	return fetch(ctx, c, request{
		op: "LiveStream", method: http.MethodGet, segments: []string{"live-streams", id}, repeat: true,
	}, decodeOne[LiveStream, liveStreamWire])
}

// ListLiveStreams returns one page of live streams, newest first and without their assets.
func (c *Client) ListLiveStreams(ctx context.Context, q JobQuery) (Page[LiveStream], error) {
	return c.listLiveStreams(ctx, "ListLiveStreams", q)
}

func (c *Client) listLiveStreams(ctx context.Context, op string, q JobQuery) (Page[LiveStream], error) {
	return fetch(ctx, c, request{
		op: op, method: http.MethodGet, segments: []string{"live-streams"}, query: q.values(), repeat: true,
	}, decodePage[LiveStream, liveStreamWire])
}

// AllLiveStreams walks the live streams that q selects, newest first, in the largest pages unless q.Limit says otherwise.
// An error is the last thing it yields.
func (c *Client) AllLiveStreams(ctx context.Context, q JobQuery) iter.Seq2[LiveStream, error] {
	q.Limit = cmp.Or(q.Limit, maxLimit)
	return all(q.Start, func(start string) (Page[LiveStream], error) {
		page := q
		page.Start = start
		return c.listLiveStreams(ctx, "AllLiveStreams", page)
	})
}

// TimedMetadata is a text for the players of a live stream.
type TimedMetadata struct {
	Payload  string `json:"payload"`  // at most 100 characters
	Duration int    `json:"duration"` // seconds
}

// SendTimedMetadata puts a text into a live stream, for players to show at that point. It is sent once: viewers would see
// it twice.
func (c *Client) SendTimedMetadata(ctx context.Context, streamID string, m TimedMetadata) (LiveStream, error) {
	return fetch(ctx, c, request{
		op: "SendTimedMetadata", method: http.MethodPost, segments: []string{"live-streams", streamID, "timed-metadata"},
		params: m,
	}, decodeOne[LiveStream, liveStreamWire])
}

// PauseLiveStreamRecording pauses the recording of a live stream; the stream goes on. The answer's Status stays
// JobRunning. It is sent once, as somebody may resume in between.
func (c *Client) PauseLiveStreamRecording(ctx context.Context, streamID string) (LiveStream, error) {
	return fetch(ctx, c, request{
		op: "PauseLiveStreamRecording", method: http.MethodPost, segments: []string{"live-streams", streamID, "pause-recording"},
	}, decodeOne[LiveStream, liveStreamWire])
}

// ResumeLiveStreamRecording goes on with a paused recording of a live stream. It is sent once, as
// PauseLiveStreamRecording is.
func (c *Client) ResumeLiveStreamRecording(ctx context.Context, streamID string) (LiveStream, error) {
	return fetch(ctx, c, request{
		op: "ResumeLiveStreamRecording", method: http.MethodPost, segments: []string{"live-streams", streamID, "resume-recording"},
	}, decodeOne[LiveStream, liveStreamWire])
}

// onOff is a bool that may come as an object of bools, as with live streams: on when any of them is.
type onOff bool

// UnmarshalJSON reads a bool, an object of bools, or null.
func (o *onOff) UnmarshalJSON(b []byte) error {
	if !bytes.HasPrefix(b, []byte("{")) {
		return json.Unmarshal(b, (*bool)(o))
	}
	var kinds map[string]bool
	if err := json.Unmarshal(b, &kinds); err != nil {
		return err
	}
	for _, on := range kinds {
		*o = *o || onOff(on)
	}
	return nil
}
