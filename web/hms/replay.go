package hms

import (
	"context"
	"net/http"
	"time"
)

// ReplayState is how far a replay of webhooks has come. The API mixes its cases.
type ReplayState string

// The documented states: the first two answer the start, the others tell what became of it.
const (
	ReplayStarted             ReplayState = "started"
	ReplayAlreadyRunning      ReplayState = "already_running" // the same filters reuse a running replay
	ReplayRunning             ReplayState = "Running"
	ReplayCompleted           ReplayState = "completed" // some may have failed all the same
	ReplayCompletedWithErrors ReplayState = "completed_with_failures"
	ReplayFailed              ReplayState = "failed"
	ReplayCanceled            ReplayState = "Canceled"
	ReplayTerminated          ReplayState = "Terminated"
)

// ReplayParams selects the webhooks to send again. What is not set is left out of the request, and then means: those that
// failed within the last 24 hours.
type ReplayParams struct {
	StartTime  time.Time      `json:"start_time,omitzero"` // within the last 30 days
	EndTime    time.Time      `json:"end_time,omitzero"`   // at most 14 days after StartTime
	RoomID     string         `json:"room_id,omitzero"`
	EventNames []string       `json:"event_names,omitzero"` // original names
	Limit      *int           `json:"limit,omitzero"`       // at most 50000
	Offset     *int           `json:"offset,omitzero"`      // so many are skipped
	Status     DeliveryStatus `json:"status,omitzero"`      // "": DeliveryFailed
}

// Replay is a replay that was asked for (documentation: Analytics, "Replay webhook events").
type Replay struct {
	WorkflowID string        `json:"workflow_id"`
	Status     ReplayState   `json:"status"`
	Message    string        `json:"message"`
	Filters    ReplayFilters `json:"filters"`
}

// ReplayFilters says what is replayed, as the API understood it.
type ReplayFilters struct {
	StartTime  time.Time `json:"start_time"`
	EndTime    time.Time `json:"end_time"`
	RoomID     string    `json:"room_id"`
	EventTypes []string  `json:"event_types,omitzero"`
}

// ReplayRun is what became of a replay (documentation: Analytics, "Replay webhook events", the status of a workflow).
type ReplayRun struct {
	WorkflowID  string        `json:"workflow_id"`
	Status      ReplayState   `json:"status"`
	StartedAt   time.Time     `json:"started_at"`
	CompletedAt time.Time     `json:"completed_at,omitzero"` // zero: not yet
	Filters     ReplayScope   `json:"filters"`
	Progress    *ReplayCounts `json:"progress,omitzero"`
	Result      *ReplayResult `json:"result,omitzero"` // nil: not yet
}

// ReplayScope is what is replayed, and which part of it.
type ReplayScope struct {
	ReplayFilters
	Limit  int `json:"limit"`
	Offset int `json:"offset"`
}

// ReplayCounts counts webhooks.
type ReplayCounts struct {
	Total     int `json:"total"`
	Completed int `json:"completed"`
	Failed    int `json:"failed"`
}

// ReplayResult is the end of a replay.
type ReplayResult struct {
	ReplayCounts
	FailedEvents []string `json:"failed_events,omitzero"` // their ids
}

func (r Replay) key() string { return r.WorkflowID }

func (r ReplayRun) key() string { return r.WorkflowID }

// replayFiltersWire is the selection of a replay as it comes.
type replayFiltersWire struct {
	plainReplayFilters
	StartTime moment `json:"start_time"`
	EndTime   moment `json:"end_time"`
}

type plainReplayFilters ReplayFilters

func (w replayFiltersWire) value() ReplayFilters {
	filters := ReplayFilters(w.plainReplayFilters)
	filters.StartTime, filters.EndTime = time.Time(w.StartTime), time.Time(w.EndTime)
	return filters
}

// replayWire is the answer to a replay's start as it comes.
type replayWire struct {
	plainReplay
	Filters replayFiltersWire `json:"filters"`
}

type plainReplay Replay

func (w replayWire) value() Replay {
	replay := Replay(w.plainReplay)
	replay.Filters = w.Filters.value()
	return replay
}

// UnmarshalJSON reads a replay with all the quirks of the API's answers.
func (r *Replay) UnmarshalJSON(b []byte) (err error) {
	*r, err = decode[Replay, replayWire](b)
	return err
}

// replayCountsWire are counts as they come.
type replayCountsWire struct {
	Total     whole `json:"total"`
	Completed whole `json:"completed"`
	Failed    whole `json:"failed"`
}

func (w replayCountsWire) value() ReplayCounts {
	return ReplayCounts{Total: int(w.Total), Completed: int(w.Completed), Failed: int(w.Failed)}
}

// replayRunWire is the state of a replay as it comes.
type replayRunWire struct {
	plainReplayRun
	StartedAt   moment `json:"started_at"`
	CompletedAt moment `json:"completed_at"`
	Filters     struct {
		replayFiltersWire
		Limit  whole `json:"limit"`
		Offset whole `json:"offset"`
	} `json:"filters"`
	Progress *replayCountsWire `json:"progress"`
	Result   *struct {
		replayCountsWire
		FailedEvents []string `json:"failed_events"`
	} `json:"result"`
}

type plainReplayRun ReplayRun

func (w replayRunWire) value() ReplayRun {
	run := ReplayRun(w.plainReplayRun)
	run.StartedAt, run.CompletedAt = time.Time(w.StartedAt), time.Time(w.CompletedAt)
	run.Filters = ReplayScope{w.Filters.value(), int(w.Filters.Limit), int(w.Filters.Offset)}
	if w.Progress != nil {
		run.Progress = new(w.Progress.value())
	}
	if w.Result != nil {
		run.Result = &ReplayResult{w.Result.value(), w.Result.FailedEvents}
	}
	return run
}

// UnmarshalJSON reads the state of a replay with all the quirks of the API's answers.
func (r *ReplayRun) UnmarshalJSON(b []byte) (err error) {
	*r, err = decode[ReplayRun, replayRunWire](b)
	return err
}

// ReplayWebhookEvents asks to send webhooks again, ten a second. It fails like ListWebhookEvents, and with 503 "webhook
// replay service unavailable". It is sent once: a replay that has ended meanwhile would start anew, and send all twice.
func (c *Client) ReplayWebhookEvents(ctx context.Context, p ReplayParams) (Replay, error) {
	p.StartTime = p.StartTime.UTC().Truncate(time.Millisecond)
	p.EndTime = p.EndTime.UTC().Truncate(time.Millisecond)
	return fetch(ctx, c, request{
		op: "ReplayWebhookEvents", method: http.MethodPost, segments: []string{"analytics", "webhooks", "replay"},
		params: p, list: true,
	}, decodeOne[Replay, replayWire])
}

// WebhookReplay returns what became of a replay; an error that Is ErrNotFound, 404 "workflow not found", when there is none.
func (c *Client) WebhookReplay(ctx context.Context, workflowID string) (ReplayRun, error) {
	return fetch(ctx, c, request{
		op: "WebhookReplay", method: http.MethodGet, segments: []string{"analytics", "webhooks", "replay", workflowID}, repeat: true,
	}, decodeOne[ReplayRun, replayRunWire])
}
