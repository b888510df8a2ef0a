package sandbox

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// The documented limits of the delivery history and of replays.
const (
	historyWindow       = 24 * time.Hour      // when no times are given
	historyWindowMax    = 14 * 24 * time.Hour // from start to end
	historyLimitDefault = 50
	historyLimitMax     = 100
)

// The limit that the calls of history and replay have with ReadingHistoryLimit; the documents don't say which.
const (
	historyCallsPer = time.Minute
	historyCallsMax = 60
)

// historyTypes are the events that history and replay can be asked for by name.
var historyTypes = []string{
	"session.open.success", "session.close.success", "peer.join.success", "peer.leave.success", "recording.success", "recording.failed",
	"transcription.success", "beam.started.success", "beam.stopped.success", "beam.recording.success", "hls.recording.success",
	"stream.recording.success",
}

// The documented refusals of history and replay.
var (
	errHistoryStart   = documented("Webhooks: history", http.StatusBadRequest, "start_time must be within the last 30 days")
	errHistoryEnd     = documented("Webhooks: history", http.StatusBadRequest, "end_time must be within 14 days after start_time")
	errInsufficient   = documented("Webhooks: history", http.StatusForbidden, "insufficient permissions")
	_                 = documented("Webhooks: history", http.StatusTooManyRequests, errRate(45).Error()) // with any number
	errReplayOutage   = documented("Webhooks: replay", http.StatusServiceUnavailable, "webhook replay service unavailable")
	errReplayNotFound = documented("Webhooks: replay", http.StatusNotFound, "workflow not found")
)

// isHistoryPath says whether a path is of the calls that refuse a bad token in their own way.
func isHistoryPath(path string) bool {
	return strings.HasPrefix(path, basePath+"/analytics/webhooks") || strings.HasPrefix(path, basePath+"/analytics/events/webhooks")
}

func webhookRoutes() []route {
	body := []string{"start_time", "end_time", "room_id", "event_names", "limit", "offset", "status"}
	return []route{
		{
			method: "GET", path: "/analytics/webhooks", page: "Webhooks: history", handle: (*Server).listDeliveries,
			query: []string{"start_time", "end_time", "room_id", "status", "event_names", "limit", "page"},
		},
		{method: "POST", path: "/analytics/webhooks/replay", page: "Webhooks: replay", handle: (*Server).startReplay, query: body, body: body},
		{method: "POST", path: "/analytics/events/webhooks/replay", page: "Webhooks: replay", handle: (*Server).startReplay, body: body},
		{method: "GET", path: "/analytics/webhooks/replay/{workflow_id}", page: "Webhooks: replay status", handle: (*Server).replayStatus},
		{
			method: "GET", path: "/analytics/webhooks/replay", page: "Webhooks: replay status", handle: (*Server).replayStatus,
			query: []string{"workflow_id"},
		},
	}
}

// callWindow counts calls a minute.
type callWindow struct {
	mu    sync.Mutex
	began time.Time
	calls int
}

// takeHistoryCall refuses a call of history or replay that is one too many, where they have a limit.
func (s *Server) takeHistoryCall() error {
	if !s.state.conf.reads(ReadingHistoryLimit) {
		return nil
	}
	return s.historyCalls.take(s.clock.real())
}

// take counts one call at now and returns its refusal when it is one too many.
func (w *callWindow) take(now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.began) >= historyCallsPer {
		w.began, w.calls = now, 0
	}
	w.calls++
	if w.calls <= historyCallsMax {
		return nil
	}
	left := historyCallsPer - now.Sub(w.began)
	return errRate(int(math.Ceil(left.Seconds())))
}

// deliveryFilter says which deliveries are meant.
type deliveryFilter struct {
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	RoomID string    `json:"room_id,omitzero"`
	Names  []string  `json:"names,omitzero"` // of events; nil: all
	Status string    `json:"status"`         // all, failed or success
}

// settle fills in the times that weren't asked for and checks the window.
func (f *deliveryFilter) settle(now time.Time) error {
	if f.Start.IsZero() {
		f.Start = now.Add(-historyWindow)
	}
	if f.End.IsZero() {
		f.End = now
	}
	switch {
	case f.Start.Before(now.Add(-eventAge)), f.Start.After(now):
		return errHistoryStart
	case f.End.After(f.Start.Add(historyWindowMax)):
		return errHistoryEnd
	case f.End.Before(f.Start):
		return errEndBeforeStart
	}
	return nil
}

// badNames says whether events are asked for that can't be.
func (f *deliveryFilter) badNames() bool {
	return slices.ContainsFunc(f.Names, func(name string) bool { return !slices.Contains(historyTypes, name) })
}

func (f *deliveryFilter) badStatus() bool {
	return !slices.Contains([]string{"all", deliveryFailed, deliverySuccess}, f.Status)
}

func (f *deliveryFilter) wants(d *delivery) bool {
	return d.Status != deliveryPending && (f.Status == "all" || f.Status == d.Status) &&
		(len(f.Names) == 0 || slices.Contains(f.Names, d.Type))
}

// findDeliveries returns the deliveries that a filter means, oldest first.
func (st *state) findDeliveries(f deliveryFilter) []*delivery {
	all := st.deliveries.list
	if f.RoomID != "" {
		all = st.roomDeliveries[f.RoomID]
	}
	var found []*delivery
	for _, d := range since(until(all, f.End), f.Start) {
		if f.wants(d) {
			found = append(found, d)
		}
	}
	return found
}

// historyQuery is what the history is asked for.
type historyQuery struct {
	deliveryFilter
	limit, page int
}

func (s *Server) readHistoryQuery(r *http.Request) (historyQuery, error) {
	q := s.query(r)
	page, pageFits := q.bounded("page", 1, 1, math.MaxInt32)
	hq := historyQuery{
		deliveryFilter: deliveryFilter{
			Start: q.time("start_time"), End: q.time("end_time"), RoomID: q.values.Get("room_id"),
			Names:  slices.DeleteFunc(q.values["event_names"], func(name string) bool { return name == "" }),
			Status: cmp.Or(q.values.Get("status"), "all"),
		},
		limit: q.limitWithin(historyLimitDefault, 1, historyLimitMax),
		page:  page,
	}
	if q.bad || !pageFits || hq.badNames() || hq.badStatus() {
		return historyQuery{}, errBadQuery
	}
	return hq, nil
}

// listDeliveries answers with a page of what became of webhooks, newest first.
func (s *Server) listDeliveries(r *http.Request) (reply any, err error) {
	if err := s.takeHistoryCall(); err != nil {
		return nil, err
	}
	q, err := s.readHistoryQuery(r)
	if err != nil {
		return nil, err
	}
	if err := q.settle(s.clock.now()); err != nil {
		return nil, err
	}
	return reply, s.view(func(st *state) error {
		found := st.findDeliveries(q.deliveryFilter)
		slices.Reverse(found)
		reply = st.historyPage(found, q.limit, q.page)
		return nil
	})
}

// historyReply is a page of the history (documentation: README, pagination of pages).
type historyReply struct {
	Events     []object `json:"events"`
	Pagination struct {
		CurrentPage int  `json:"current_page"`
		PageSize    int  `json:"page_size"`
		TotalPages  int  `json:"total_pages"`
		TotalItems  int  `json:"total_items"`
		HasNext     bool `json:"has_next"`
		HasPrev     bool `json:"has_prev"`
	} `json:"pagination"`
	Summary struct {
		TotalEvents int `json:"total_events"`
	} `json:"summary"`
}

func (st *state) historyPage(found []*delivery, limit, page int) historyReply {
	reply := historyReply{Events: []object{}}
	first := min((page-1)*limit, len(found))
	for _, d := range found[first:min(first+limit, len(found))] {
		reply.Events = append(reply.Events, st.historyEntry(d))
	}
	p := &reply.Pagination
	p.CurrentPage, p.PageSize, p.TotalItems = page, limit, len(found)
	p.TotalPages = (len(found) + limit - 1) / limit
	p.HasNext, p.HasPrev = page < p.TotalPages, page > 1
	reply.Summary.TotalEvents = len(found)
	return reply
}

func (st *state) historyEntry(d *delivery) object {
	name := "reporter.webhook.delivery." + d.Status
	if d.Status == deliverySuccess && st.conf.reads(ReadingHistorySuccess) {
		name = "reporter.webhook.delivery.succeeded"
	}
	payload := object{"event_data": st.historyData(d), "webhook_url": d.URL, "original_event_name": d.Type}
	if d.Reason != "" {
		payload["error_reason"] = d.Reason
	}
	return object{
		"event_id": historyID(d.ID), "event_name": name, "room_id": d.RoomID,
		"event_timestamp": d.At.Truncate(time.Second), "payload": payload,
	}
}

// historyData is what the history says of the event itself.
func (st *state) historyData(d *delivery) object {
	e := st.events.at(d.EventID)
	if e == nil {
		return object{}
	}
	if st.conf.reads(ReadingHistoryData) {
		return e.Data
	}
	return object{"session_id": e.SessionID, "peer_id": e.PeerID, "user_id": e.UserID}
}
