package hms

import (
	"log/slog"
	"net/url"
	"strings"
	"time"
)

// JobStatus is how far a recording or a stream has come. There is no status for a paused one.
type JobStatus string

// The documented states, in their order; a job ends as one of the last two.
const (
	JobStarting       JobStatus = "starting"
	JobRunning        JobStatus = "running"
	JobStopping       JobStatus = "stopping"
	JobPostProcessing JobStatus = "post_processing"
	JobCompleted      JobStatus = "completed"
	JobFailed         JobStatus = "failed"
)

// Job is what recordings, live streams and external streams have in common: a browser that joins the room and passes on
// what it sees. A room has one at a time. It prints without its MeetingURL, which may carry a token.
type Job struct {
	ID              string    `json:"id"`
	RoomID          string    `json:"room_id"`
	SessionID       string    `json:"session_id"`
	Status          JobStatus `json:"status"`
	MeetingURL      string    `json:"meeting_url"` // the page that the browser opens
	Destination     string    `json:"destination,omitzero"`
	CreatedAt       time.Time `json:"created_at"`
	StartedAt       time.Time `json:"started_at,omitzero"` // zero: not yet
	UpdatedAt       time.Time `json:"updated_at"`
	StoppedAt       time.Time `json:"stopped_at,omitzero"` // zero: not yet
	StartedBy       string    `json:"started_by"`          // a peer's id; "": the server side
	StoppedBy       string    `json:"stopped_by"`
	RecordingAssets []Asset   `json:"recording_assets,omitzero"` // without job, room and session id; lists may leave them out
}

// String names the job and its state.
func (j Job) String() string { return "hms.Job{" + j.ID + " " + string(j.Status) + "}" }

// GoString is String.
func (j Job) GoString() string { return j.String() }

// LogValue is String for log/slog.
func (j Job) LogValue() slog.Value { return slog.StringValue(j.String()) }

func (j Job) key() string { return j.ID }

// jobTimes are the times of a job as they come.
type jobTimes struct {
	CreatedAt moment `json:"created_at"`
	UpdatedAt moment `json:"updated_at"`
	StartedAt moment `json:"started_at"`
	StoppedAt moment `json:"stopped_at"`
}

// within returns the job with these times.
func (w jobTimes) within(j Job) Job {
	j.CreatedAt, j.UpdatedAt = time.Time(w.CreatedAt), time.Time(w.UpdatedAt)
	j.StartedAt, j.StoppedAt = time.Time(w.StartedAt), time.Time(w.StoppedAt)
	return j
}

// JobQuery filters a list of recordings, live streams or external streams. The zero value asks for all, ten a page.
type JobQuery struct {
	RoomID    string
	SessionID string
	Status    JobStatus
	Limit     int    // 10-100
	Start     string // Page.Last of the page before
}

func (q JobQuery) values() url.Values {
	v := url.Values{}
	setText(v, "room_id", q.RoomID)
	setText(v, "session_id", q.SessionID)
	setText(v, "status", string(q.Status))
	setPage(v, q.Limit, q.Start)
	return v
}

// Resolution is the size of a picture in pixels.
type Resolution struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// resolutionWire is a resolution as it comes.
type resolutionWire struct {
	Width  whole `json:"width"`
	Height whole `json:"height"`
}

func (w *resolutionWire) value() *Resolution {
	if w == nil {
		return nil
	}
	return &Resolution{Width: int(w.Width), Height: int(w.Height)}
}

// queryOf returns the query of an address, where a token may stand, and each value in it that is as long as a token. Short
// ones like "true" are no secrets, and masking them would shred the texts.
func queryOf(address string) []string {
	const shortest = 8
	_, query, ok := strings.Cut(address, "?")
	if !ok {
		return nil
	}
	found := []string{query}
	for part := range strings.SplitSeq(query, "&") {
		if _, value, _ := strings.Cut(part, "="); len(value) >= shortest {
			found = append(found, value)
		}
	}
	return found
}
