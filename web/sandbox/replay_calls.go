package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// replayMax is how many deliveries one replay sends at most (documentation: webhooks, "Replay").
const replayMax = 50_000

// newWorkflowID returns an id as replays have it.
func (tx *tx) newWorkflowID() string {
	for {
		id := fmt.Sprintf("webhook-replay-%s-%08x", customerID, tx.random.Uint32())
		if tx.replays.at(id) == nil {
			return id
		}
	}
}

// readReplay reads what is to be replayed from the body and the query. The times that weren't asked for are still to be filled in.
func (s *Server) readReplay(r *http.Request) (replayRun, error) {
	raw, err := s.readReplayKeys(r)
	if err != nil {
		return replayRun{}, err
	}
	f := fieldsOf(r, raw)
	rp := replayRun{
		Filter: deliveryFilter{
			Start: f.time("start_time"), End: f.time("end_time"), RoomID: either(f.text("room_id"), ""), Names: f.texts("event_names"),
			Status: either(f.text("status"), deliveryFailed),
		},
		Limit: either(f.integer("limit"), replayMax), Offset: either(f.integer("offset"), 0),
	}
	if *f.err != nil {
		return replayRun{}, *f.err
	}
	switch {
	case rp.Filter.badStatus():
		return replayRun{}, badParam(textReplayState)
	case rp.Filter.badNames():
		return replayRun{}, badParam(textEventNames)
	case rp.Limit < 1 || rp.Limit > replayMax:
		return replayRun{}, badParam(textReplayLimit)
	case rp.Offset < 0:
		return replayRun{}, badParam(textOffset)
	}
	if len(rp.Filter.Names) == 0 {
		rp.Filter.Names = nil
	}
	asked, err := json.Marshal([]any{rp.Filter, rp.Limit, rp.Offset})
	rp.Asked = string(asked)
	return rp, err
}

// readReplayKeys returns the keys of the body with those of the query that it lacks.
func (s *Server) readReplayKeys(r *http.Request) (raw map[string]json.RawMessage, err error) {
	body := bufio.NewReader(r.Body)
	_, err = body.Peek(1)
	r.Body = replay{body, r.Body}
	raw = map[string]json.RawMessage{}
	if !errors.Is(err, io.EOF) && !s.state.conf.reads(ReadingReplayQuery) {
		if raw, err = readBody(r); err != nil {
			return nil, err
		}
	}
	for key, values := range r.URL.Query() {
		values = slices.DeleteFunc(values, func(text string) bool { return text == "" })
		if _, sent := raw[key]; sent || len(values) == 0 {
			continue
		}
		if raw[key], err = queryAsJSON(key, values); err != nil {
			return nil, err
		}
	}
	return raw, nil
}

// queryAsJSON is a query parameter of a replay as its body would have it.
func queryAsJSON(key string, values []string) (json.RawMessage, error) {
	switch key {
	case "event_names":
		return json.Marshal(values)
	case "limit", "offset":
		if strings.Trim(values[0], "-0123456789") == "" {
			return json.RawMessage(values[0]), nil
		}
	}
	return json.Marshal(values[0])
}

// startReplay sends deliveries again, or names the replay that does so already.
func (s *Server) startReplay(r *http.Request) (reply any, err error) {
	if s.state.conf.reads(ReadingReplayPath) && !strings.HasPrefix(r.URL.Path, basePath+"/analytics/events/") {
		return nil, errNoSuchPath
	}
	if err := s.takeHistoryCall(); err != nil {
		return nil, err
	}
	if s.replayOutage.Load() {
		return nil, errReplayOutage
	}
	asked, err := s.readReplay(r)
	if err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		if err := asked.Filter.settle(tx.now); err != nil {
			return err
		}
		tx.forgetOld(tx.now)
		status, message := "already_running", "Webhook replay is already running"
		rp := tx.runningReplay(asked.Asked)
		if rp == nil {
			rp = tx.newReplay(asked)
			status, message = "started", "Webhook replay has been queued for processing"
		}
		reply = object{"workflow_id": rp.ID, "status": status, "message": message, "filters": tx.conf.replayFilters(rp)}
		return nil
	})
}

// replayFilters are the filters of a replay as its start answers them.
func (c conf) replayFilters(rp *replayRun) object {
	names := "event_types"
	if c.reads(ReadingReplayNames) {
		names = "event_names"
	}
	return object{
		"start_time": rp.Filter.Start.UTC().Truncate(time.Second), "end_time": rp.Filter.End.UTC().Truncate(time.Second),
		"room_id": rp.Filter.RoomID, names: append([]string{}, rp.Filter.Names...),
	}
}

// replayStatus answers how far a replay is.
func (s *Server) replayStatus(r *http.Request) (reply any, err error) {
	id := r.PathValue("workflow_id")
	if id != "" && s.state.conf.reads(ReadingReplayStatus) {
		return nil, errNoSuchPath
	}
	if s.replayOutage.Load() {
		return nil, errReplayOutage
	}
	if id == "" {
		id = r.URL.Query().Get("workflow_id")
	}
	return reply, s.view(func(st *state) error {
		rp := st.replays.at(id)
		if rp == nil {
			return errReplayNotFound
		}
		reply = st.replayReply(rp)
		return nil
	})
}

func (st *state) replayReply(rp *replayRun) object {
	filters := st.conf.replayFilters(rp)
	filters["limit"], filters["offset"] = rp.Limit, rp.Offset
	reply := object{
		"workflow_id": rp.ID, "status": rp.Status, "started_at": rp.StartedAt.Truncate(time.Second), "filters": filters,
	}
	if rp.Status == replayRunning {
		tally := st.replayTallies[rp.ID]
		reply["progress"] = object{"total": rp.Total, "completed": tally.arrived, "failed": tally.failed}
		return reply
	}
	reply["completed_at"] = rp.CompletedAt.Truncate(time.Second)
	reply["progress"] = object{"total": rp.Total, "completed": rp.Arrived, "failed": rp.Failed}
	reply["result"] = object{
		"total": rp.Total, "completed": rp.Arrived, "failed": rp.Failed, "failed_events": append([]string{}, rp.FailedIDs...),
	}
	return reply
}
