package hms

import (
	"cmp"
	"context"
	"iter"
	"log/slog"
	"net/http"
)

// Recording is one recording of a room by a browser (documentation: Recordings). Other kinds of recording, which the
// template starts by itself, show up as assets only.
type Recording struct {
	Job
	AssetTypes []AssetType `json:"asset_types,omitzero"` // what will come of it; not in every answer
}

// recordingWire is a recording as it comes.
type recordingWire struct {
	plainRecording
	jobTimes
}

type plainRecording Recording

func (w recordingWire) value() Recording {
	recording := Recording(w.plainRecording)
	recording.Job = w.within(recording.Job)
	return recording
}

// UnmarshalJSON reads a recording with all the quirks of the API's answers.
func (r *Recording) UnmarshalJSON(b []byte) (err error) {
	*r, err = decode[Recording, recordingWire](b)
	return err
}

// RecordingParams says how to record. What is not set is left out of the request. It prints without its MeetingURL: that
// page must enter the room without a click, and its query may carry a token.
type RecordingParams struct {
	MeetingURL    string               `json:"meeting_url,omitzero"` // needed where the template has no Prebuilt link
	Resolution    *Resolution          `json:"resolution,omitzero"`  // 500×480-1920×1080, or 500×500-1080×1920; nil: 1280×720
	Destination   string               `json:"destination,omitzero"` // needed where the template has several
	AudioOnly     *bool                `json:"audio_only,omitzero"`
	Transcription *TranscriptionParams `json:"transcription,omitzero"`
}

// String names the destination, never the MeetingURL, which may carry a token.
func (p RecordingParams) String() string { return "hms.RecordingParams{" + p.Destination + "}" }

// GoString is String.
func (p RecordingParams) GoString() string { return p.String() }

// LogValue is String for log/slog.
func (p RecordingParams) LogValue() slog.Value { return slog.StringValue(p.String()) }

// StartRecording begins to record a room, also an empty one. It is sent once: when it is repeated after a lost answer the
// first try may be running already. Seen, though not documented: 409 "beam already started" when one is running, 400
// "invalid input" without any meeting URL, 403 "user does not have required permission" for a room that isn't ours.
// Documented: 500 "hipaa enabled: recording config is not provided".
func (c *Client) StartRecording(ctx context.Context, roomID string, p RecordingParams) (Recording, error) {
	return fetch(ctx, c, request{
		op: "StartRecording", method: http.MethodPost, segments: []string{"recordings", "room", roomID, "start"},
		params: p, secrets: queryOf(p.MeetingURL),
	}, decodeOne[Recording, recordingWire])
}

// StopRoomRecordings stops what records the room and returns it. When the API says within a good answer that something
// went wrong, both are returned: what was stopped and an *Error. None running is 404 "beam not found" (seen, not
// documented). It is sent once: a repetition could stop what was started in between.
func (c *Client) StopRoomRecordings(ctx context.Context, roomID string) ([]Recording, error) {
	return fetch(ctx, c, request{
		op: "StopRoomRecordings", method: http.MethodPost, segments: []string{"recordings", "room", roomID, "stop"},
		partial: true,
	}, decodeStopped[Recording, recordingWire])
}

// StopRecording stops one recording. What has ended never starts again, so this is safe to repeat.
func (c *Client) StopRecording(ctx context.Context, id string) (Recording, error) {
	return fetch(ctx, c, request{
		op: "StopRecording", method: http.MethodPost, segments: []string{"recordings", id, "stop"}, repeat: true,
	}, decodeOne[Recording, recordingWire])
}

// PauseRoomRecording pauses what records the room. The answer's Status stays JobRunning, and no answer tells a paused
// recording from another: whoever needs to know must remember. It is sent once, as somebody may resume in between.
func (c *Client) PauseRoomRecording(ctx context.Context, roomID string) (Recording, error) {
	return fetch(ctx, c, request{
		op: "PauseRoomRecording", method: http.MethodPost, segments: []string{"recordings", "room", roomID, "pause"},
	}, decodeOne[Recording, recordingWire])
}

// ResumeRoomRecording goes on with a paused recording. It is sent once, as PauseRoomRecording is.
func (c *Client) ResumeRoomRecording(ctx context.Context, roomID string) (Recording, error) {
	return fetch(ctx, c, request{
		op: "ResumeRoomRecording", method: http.MethodPost, segments: []string{"recordings", "room", roomID, "resume"},
	}, decodeOne[Recording, recordingWire])
}

// Recording returns one recording with its assets; an error that Is ErrNotFound when there is none.
func (c *Client) Recording(ctx context.Context, id string) (Recording, error) {
	return fetch(ctx, c, request{
		op: "Recording", method: http.MethodGet, segments: []string{"recordings", id}, repeat: true,
	}, decodeOne[Recording, recordingWire])
}

// ListRecordings returns one page of recordings, newest first and without their assets.
func (c *Client) ListRecordings(ctx context.Context, q JobQuery) (Page[Recording], error) {
	return c.listRecordings(ctx, "ListRecordings", q)
}

func (c *Client) listRecordings(ctx context.Context, op string, q JobQuery) (Page[Recording], error) {
	return fetch(ctx, c, request{
		op: op, method: http.MethodGet, segments: []string{"recordings"}, query: q.values(), repeat: true,
	}, decodePage[Recording, recordingWire])
}

// AllRecordings walks the recordings that q selects, newest first, in the largest pages unless q.Limit says otherwise. An
// error is the last thing it yields.
func (c *Client) AllRecordings(ctx context.Context, q JobQuery) iter.Seq2[Recording, error] {
	q.Limit = cmp.Or(q.Limit, maxLimit)
	return all(q.Start, func(start string) (Page[Recording], error) {
		page := q
		page.Start = start
		return c.listRecordings(ctx, "AllRecordings", page)
	})
}
