package hms_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

func playEvents(a *account) {
	ctx := a.t.Context()
	room := a.room("a")
	asha := a.join(room.ID, "teacher", "asha")
	for range 4 {
		a.pass(time.Second)
		a.admin("/peers/"+asha+"/tracks", `{"type":"video","mute":true}`)
		a.pass(time.Second)
		a.admin("/peers/"+asha+"/tracks", `{"type":"video","mute":false}`)
	}
	recording := must(a.StartRecording(ctx, room.ID, hms.RecordingParams{MeetingURL: beamPage}))
	a.pass(time.Minute)
	must(a.StopRecording(ctx, recording.ID))
	a.pass(time.Hour)
	a.fetch("POST", "/sandbox/events", `{"room_id":"`+room.ID+`","type":"client.publish.failed","data":{"peer_id":"`+asha+`","error_code":3001}}`, 200)
	a.leave(asha)

	all := every(a.AllEvents(ctx, hms.EventQuery{RoomID: room.ID}))
	var pages []hms.Event
	q := hms.EventQuery{RoomID: room.ID, Limit: 5}
	for range 10 {
		page := must(a.ListEvents(ctx, q))
		a.equal("total", page.Total, len(all))
		pages = append(pages, page.Data...)
		if q.Start = page.Last; q.Start == "" {
			break
		}
	}
	a.equal("in pages of five", eventIDs(pages), eventIDs(all))
	a.equal("by an iterator", eventIDs(every(a.AllEvents(ctx, hms.EventQuery{RoomID: room.ID, Limit: 3}))), eventIDs(all))
	if len(all) < 14 { // two tracks came and went, one was muted eight times, a recording and a failure
		a.t.Fatalf("got %d events", len(all))
	}
	oldest := all[0].Timestamp.Before(all[len(all)-1].Timestamp)
	a.equal("oldest first", oldest, a.reads[sandbox.ReadingAnalyticsOldest])
	readEvents(a, room, asha, recording.ID)
}

func eventIDs(events []hms.Event) (ids []string) {
	for _, event := range events {
		ids = append(ids, event.ID)
	}
	return ids
}

// readEvents selects events by their kind, and reads what they are about.
func readEvents(a *account, room hms.Room, asha, beamID string) {
	ctx := a.t.Context()
	removed := must(a.ListEvents(ctx, hms.EventQuery{RoomID: room.ID, PeerID: asha, UserID: "asha", Types: []hms.EventType{hms.EventTrackRemove}}))
	track := must(removed.Data[0].Track())
	a.equal("removed", []any{len(removed.Data), track.PeerID, track.UserName, track.Role, track.RoomName, track.StoppedAt.After(track.StartedAt)}, []any{
		2, asha, "asha", "teacher", room.Name, true,
	})
	both := must(a.ListEvents(ctx, hms.EventQuery{RoomID: room.ID, Types: []hms.EventType{hms.EventTrackAdd, hms.EventTrackRemove}}))
	a.equal("of two kinds", len(both.Data), 4)
	failures := must(a.ListEvents(ctx, hms.EventQuery{RoomID: room.ID, Errors: true}))
	failure := must(failures.Data[0].ClientError())
	a.equal("failures", []any{len(failures.Data), failure.ErrorCode, failure.Action, failure.PeerID}, []any{1, 3001, "PUBLISH", asha})

	byBeam := hms.EventQuery{RoomID: room.ID, BeamID: beamID, Types: []hms.EventType{hms.EventBeamRecording}}
	recorded := must(must(a.ListEvents(ctx, byBeam)).Data[0].Recording())
	a.equal("recorded", []any{recorded.BeamID, recorded.MaxWidth, recorded.Duration > 0, recorded.Size > 0}, []any{beamID, 1280, true, true})
	byBeam.Types = nil
	page, err := a.ListEvents(ctx, byBeam)
	if a.reads[sandbox.ReadingBeamNeedsType] {
		a.refused("of a beam", err, 400, "")
	} else {
		succeeds(err)
		a.equal("of a beam", len(page.Data), 1)
	}
	_, err = a.ListEvents(ctx, hms.EventQuery{})
	a.refused("without a room", err, 400, "")
	_, err = a.ListEvents(ctx, hms.EventQuery{RoomID: room.ID, Start: "stale"})
	a.refused("no cursor", err, 400, "")
}

// hook receives webhooks; as long as it is broken it answers 500.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	broken bool
	got    []string // the types of what it took
	again  int      // how many of them said to be replayed
}

func (a *account) hook() *hook {
	h := &hook{broken: true}
	h.Server = httptest.NewServer(h)
	a.t.Cleanup(h.Close)
	return h
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var body struct {
		Type     string `json:"type"`
		IsReplay bool   `json:"is_replay"`
		Data     struct {
			IsReplay bool `json:"is_replay"`
		} `json:"data"`
	}
	if h.broken || json.NewDecoder(r.Body).Decode(&body) != nil || r.Header.Get("X-Auth") != "hook-secret" {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	h.got = append(h.got, body.Type)
	if body.IsReplay || body.Data.IsReplay {
		h.again++
	}
}

func (h *hook) mend() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.broken = false
}

func (h *hook) taken() (types []string, again int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(slices.Values(h.got)), h.again
}

// meetingEvents are the webhooks of somebody who came and went, sorted.
var meetingEvents = []string{"peer.join.success", "peer.leave.success", "session.close.success", "session.open.success"}

// meets lets somebody come to a room and go, whose webhooks the receiver gets or not.
func (a *account) meets(name string, h *hook) hms.Room {
	room := must(a.CreateRoom(a.t.Context(), hms.RoomParams{
		Name: name, TemplateID: classroomID, RecordingInfo: &hms.RecordingInfo{},
		Webhook: &hms.Webhook{URL: h.URL, Headers: map[string]string{"X-Auth": "hook-secret"}},
	}))
	peer := a.join(room.ID, "teacher", "asha")
	a.pass(time.Minute)
	a.leave(peer)
	a.pass(time.Minute) // three more tries
	return room
}

func playWebhooks(a *account) {
	ctx := a.t.Context()
	h, other := a.hook(), a.hook()
	room := a.meets("a", h)
	a.meets("b", other)
	q := hms.WebhookQuery{
		StartTime: sandboxStart.Add(-time.Hour), EndTime: sandboxStart.Add(time.Hour), RoomID: room.ID,
		Status: hms.DeliveryFailed, EventNames: meetingEvents,
	}
	page := must(a.ListWebhookEvents(ctx, q))
	a.equal("page", page.Pagination, hms.Pagination{CurrentPage: 1, PageSize: 50, TotalPages: 1, TotalItems: 4})
	a.equal("failed", page.Summary.TotalEvents, 4)
	entry := page.Events[0]
	a.equal("entry", []any{entry.EventName, entry.RoomID, entry.Payload.OriginalEventName, entry.Payload.WebhookURL, entry.Payload.ErrorReason}, []any{
		"reporter.webhook.delivery.failed", room.ID, "session.close.success", h.URL, "status code 500",
	})
	a.equal("whose session", entry.Payload.EventData.SessionID != "", true)
	q.Limit = 1
	walked := every(a.AllWebhookEvents(ctx, q))
	a.equal("page by page", walked, page.Events)
	for _, refused := range []struct {
		from, to time.Time
		text     string
	}{
		{sandboxStart.Add(-31 * 24 * time.Hour), sandboxStart, "start_time must be within the last 30 days"},
		{sandboxStart.Add(-20 * 24 * time.Hour), sandboxStart, "end_time must be within 14 days after start_time"},
	} {
		_, err := a.ListWebhookEvents(ctx, hms.WebhookQuery{StartTime: refused.from, EndTime: refused.to})
		a.refused("a wrong time", err, 400, refused.text)
	}
	h.mend()
	other.mend()
	replay(a, room, h, other)
}

// replay sends what one room's receiver missed once more.
func replay(a *account, room hms.Room, h, other *hook) {
	ctx := a.t.Context()
	params := hms.ReplayParams{StartTime: sandboxStart, RoomID: room.ID, EventNames: meetingEvents}
	started, err := a.ReplayWebhookEvents(ctx, params)
	if a.reads[sandbox.ReadingReplayPath] {
		a.refused("on another path", err, 404, "")
		return
	}
	succeeds(err)
	a.equal("started", started.Status, hms.ReplayStarted)
	again := must(a.ReplayWebhookEvents(ctx, params))
	a.equal("again", []any{again.WorkflowID, again.Status}, []any{started.WorkflowID, hms.ReplayAlreadyRunning})
	a.pass(time.Minute)

	want := meetingEvents
	byQuery := a.reads[sandbox.ReadingReplayQuery] // what the body says isn't looked at: all failures of all rooms
	types, replayed := h.taken()
	a.equal("replayed", []any{types, replayed}, []any{want, 4})
	_, theirs := other.taken()
	a.equal("of the other room", theirs, map[bool]int{false: 0, true: 4}[byQuery])
	if !byQuery {
		a.equal("filters", []any{started.Filters.RoomID, started.Filters.StartTime}, []any{room.ID, sandboxStart})
		a.equal("names", started.Filters.EventTypes == nil, a.reads[sandbox.ReadingReplayNames])
	}
	status(a, started, 4+theirs)
	failed := must(a.ListWebhookEvents(ctx, hms.WebhookQuery{RoomID: room.ID, Status: hms.DeliveryFailed}))
	arrived := must(a.ListWebhookEvents(ctx, hms.WebhookQuery{RoomID: room.ID, Status: hms.DeliverySuccess}))
	a.equal("history", []int{failed.Summary.TotalEvents, arrived.Summary.TotalEvents}, []int{0, 4})
	name := "reporter.webhook.delivery.success"
	if a.reads[sandbox.ReadingHistorySuccess] {
		name = "reporter.webhook.delivery.succeeded"
	}
	a.equal("name of the delivery", arrived.Events[0].EventName, name)
}

func status(a *account, started hms.Replay, total int) {
	run, err := a.WebhookReplay(a.t.Context(), started.WorkflowID)
	if a.reads[sandbox.ReadingReplayStatus] {
		a.refused("status by path", err, 404, "")
		return
	}
	succeeds(err)
	a.equal("run", []any{run.Status, run.Progress, !run.CompletedAt.Before(run.StartedAt)}, []any{
		hms.ReplayCompleted, &hms.ReplayCounts{Total: total, Completed: total}, true,
	})
	a.equal("result", run.Result.Completed, total)
	_, err = a.WebhookReplay(a.t.Context(), "webhook-replay-x-00000000")
	a.equal("no replay", errors.Is(err, hms.ErrNotFound), true)
}
