package sandbox

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	callReplay      = "POST /analytics/webhooks/replay"
	callReplayToo   = "POST /analytics/events/webhooks/replay"
	callStatus      = "GET /analytics/webhooks/replay/{workflow_id}"
	callStatusQuery = "GET /analytics/webhooks/replay"
)

// replays starts a replay on a path, lets it end and returns its last status.
func (b *box) replays(path, body string) object {
	b.t.Helper()
	id := b.call(200, "POST", path, body)["workflow_id"].(string)
	b.elapse(time.Minute)
	return b.call(200, "GET", "/analytics/webhooks/replay/"+id, "")
}

// replayed are the types of what a receiver got from a replay.
func (rc *receiver) replayed() (types []string) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	for _, body := range rc.got {
		if body["is_replay"] == true {
			types = append(types, body["type"].(string))
		}
	}
	return types
}

// replayParameters tests what each key of a replay does, in the body and in the query.
func replayParameters(call string) (rows []row) {
	path := strings.TrimPrefix(call, "POST ")
	for _, tc := range []struct {
		name, body string
		want       []string // sorted
	}{
		{"start_time", `{"start_time":"` + atHour(1) + `"}`, []string{"peer.join.success", "session.open.success"}},
		{"end_time", `{"end_time":"` + atHour(0) + `"}`, []string{"session.open.success"}},
		{"room_id", `{"room_id":"ROOM"}`, []string{"session.open.success"}},
		{"event_names", `{"event_names":["peer.join.success"]}`, []string{"peer.join.success"}},
		{"limit", `{"limit":2}`, []string{"peer.join.success", "session.open.success"}},
		{"offset", `{"offset":1,"limit":1}`, []string{"peer.join.success"}},
		{"status", `{"status":"success"}`, []string{"session.close.success"}},
	} {
		rows = append(rows, row{kind: aParameter, call: call, what: tc.name, page: pageReplay, test: func(b *box) {
			hook, _, c := history(b)
			body := strings.ReplaceAll(tc.body, "ROOM", c)
			b.replays(path, body)
			equal(b.t, "by body", slices.Sorted(slices.Values(hook.replayed())), tc.want)
		}})
	}
	return rows
}

var replayRows = slices.Concat(replayParameters(callReplay), replayParameters(callReplayToo), []row{
	{kind: anEndpoint, call: callReplay, page: pageReplay, test: func(b *box) {
		_, a, _ := history(b)
		body := `{"start_time":"` + atHour(0) + `","end_time":"` + atHour(3) + `","room_id":"` + a + `","event_names":["peer.join.success"]}`
		got := b.call(200, "POST", "/analytics/webhooks/replay", body)
		id := got["workflow_id"].(string)
		if tail, ok := strings.CutPrefix(id, "webhook-replay-"+customerID+"-"); !ok || len(tail) != 8 {
			b.t.Errorf("workflow id %s", id)
		}
		want := object{
			"workflow_id": id, "status": "started", "message": "Webhook replay has been queued for processing",
			"filters": object{
				"start_time": "2025-03-04T09:30:00Z", "end_time": "2025-03-04T12:30:00Z", "room_id": a, "event_types": []any{"peer.join.success"},
			},
		}
		equal(b.t, "first", got, want)
		want["status"], want["message"] = "already_running", "Webhook replay is already running"
		equal(b.t, "again", b.call(200, "POST", "/analytics/webhooks/replay", body), want)
		b.elapse(time.Minute)
		equal(b.t, "after its end", b.call(200, "POST", "/analytics/webhooks/replay", body)["status"], any("started"))
	}},
	{kind: anEndpoint, call: callReplayToo, page: pageReplay, test: func(b *box) {
		got := b.call(200, "POST", "/analytics/events/webhooks/replay", `{}`)
		equal(b.t, "filters", got["filters"], any(object{
			"start_time": "2025-03-03T09:30:00Z", "end_time": "2025-03-04T09:30:00Z", "room_id": "", "event_types": []any{},
		}))
	}},
	{kind: anEndpoint, call: callStatus, page: pageStatus, test: func(b *box) {
		hook, _, _ := history(b)
		hook.answers = append([]int{500}, slices.Repeat([]int{200}, 2)...) // the first is tried again
		id := b.call(200, "POST", "/analytics/webhooks/replay", "")["workflow_id"].(string)
		b.elapse(200 * time.Millisecond)
		want := object{
			"workflow_id": id, "status": "Running", "started_at": "2025-03-04T13:30:00Z",
			"filters": object{
				"start_time": "2025-03-03T13:30:00Z", "end_time": "2025-03-04T13:30:00Z", "room_id": "", "event_types": []any{}, "limit": 50000.0, "offset": 0.0,
			},
			"progress": object{"total": 3.0, "completed": 2.0, "failed": 0.0},
		}
		equal(b.t, "running", b.call(200, "GET", "/analytics/webhooks/replay/"+id, ""), want)
		b.elapse(time.Minute)
		want["status"], want["completed_at"] = "completed", "2025-03-04T13:30:01Z"
		want["progress"] = object{"total": 3.0, "completed": 3.0, "failed": 0.0}
		want["result"] = object{"total": 3.0, "completed": 3.0, "failed": 0.0, "failed_events": []any{}}
		equal(b.t, "completed", b.call(200, "GET", "/analytics/webhooks/replay/"+id, ""), want)
	}},
	{kind: anEndpoint, call: callStatusQuery, page: pageStatus, test: func(b *box) {
		got := b.replays("/analytics/webhooks/replay", "")
		equal(b.t, "by query", b.call(200, "GET", "/analytics/webhooks/replay?workflow_id="+got["workflow_id"].(string), ""), got)
	}},
	{kind: aParameter, call: callStatusQuery, what: "workflow_id", page: pageStatus, test: func(b *box) {
		b.refused(errReplayNotFound, "GET", "/analytics/webhooks/replay", "")
	}},
	{kind: aQuirk, call: callReplay, what: "some failures: completed_with_failures, and the history names them", page: pageStatus, test: func(b *box) {
		hook, _, _ := history(b)
		first := b.failed()[2]
		hook.answers = []int{500, 200, 200, 500, 500, 500}
		got := b.replays("/analytics/webhooks/replay", "")
		equal(b.t, "status", got["status"], any("completed_with_failures"))
		equal(b.t, "result", got["result"], any(object{"total": 3.0, "completed": 2.0, "failed": 1.0, "failed_events": []any{first}}))
		equal(b.t, "history", b.failed(), []any{first})
	}},
	{kind: aQuirk, call: callReplay, what: "all failed: failed; nothing to do: completed", page: pageStatus, test: func(b *box) {
		equal(b.t, "nothing", b.replays("/analytics/webhooks/replay", "")["status"], any("completed"))
		hook, _, _ := history(b)
		hook.answers = slices.Repeat([]int{500}, 12)
		equal(b.t, "all", b.replays("/analytics/webhooks/replay", "")["status"], any("failed"))
	}},
	{kind: aQuirk, call: callReplay, what: "ten events a second, oldest first, to the webhook of now, marked is_replay", page: pageReplay, test: func(b *box) {
		old, a, _ := history(b)
		hook := newReceiver(b.t)
		b.call(200, "POST", "/rooms/"+a, `{"webhook":{"url":"`+hook.URL+`"}}`)
		b.call(200, "POST", "/analytics/webhooks/replay", `{"status":"all","room_id":"`+a+`"}`)
		for i, kind := range []string{"session.open.success", "peer.join.success", "session.close.success"} {
			b.elapse(0)
			equal(b.t, "came", len(hook.replayed()), i+1)
			equal(b.t, "last", hook.replayed()[i], kind)
			b.elapse(99 * time.Millisecond)
			equal(b.t, "no more yet", len(hook.replayed()), i+1)
			b.elapse(time.Millisecond)
		}
		equal(b.t, "same id", hook.got[0]["id"], old.got[0]["id"])
	}},
	{kind: aQuirk, call: callReplay, what: "the query counts for what the body lacks", page: pageReplay, test: func(b *box) {
		hook, _, _ := history(b)
		query := url.Values{"event_names": {"peer.join.success", "session.close.success"}, "status": {"all"}, "limit": {"1"}, "offset": {"1"}, "end_time": {atHour(3)}}
		b.replays("/analytics/webhooks/replay?"+query.Encode(), "")
		equal(b.t, "by query", hook.replayed(), []string{"session.close.success"})
		b.replays("/analytics/webhooks/replay?"+query.Encode(), `{"offset":0}`)
		equal(b.t, "by both", hook.replayed(), []string{"session.close.success", "peer.join.success"})
	}},
	{kind: aQuirk, call: callReplay, what: "ranges of its keys", page: pageReplay, test: func(b *box) {
		for body, text := range map[string]string{
			`{"limit":0}`: textReplayLimit, `{"limit":50001}`: textReplayLimit, `{"offset":-1}`: textOffset, `{"status":"open"}`: textReplayState,
			`{"event_names":["room.end.success"]}`: textEventNames, `{"start_time":"now"}`: fmt.Sprintf(textTime, "start_time"),
			`{"limit":"5"}`: fmt.Sprintf(textWrongType, "limit", "an integer"),
		} {
			equal(b.t, body, b.call(400, "POST", "/analytics/webhooks/replay", body), badParamFailure(text))
		}
	}},
	{kind: aQuirk, call: callStatus, what: "Canceled and Terminated, by hand", page: pageStatus, test: func(b *box) {
		for i, status := range []string{"Canceled", "Terminated"} {
			hook, _, _ := history(b)
			id := b.call(200, "POST", "/analytics/webhooks/replay", fmt.Sprintf(`{"limit":%d}`, 2+i))["workflow_id"].(string)
			b.elapse(0)
			code, _ := b.admin("POST", "/replays/"+id, `{"status":"`+status+`"}`)
			equal(b.t, "code", code, 200)
			b.elapse(time.Minute)
			got := b.call(200, "GET", "/analytics/webhooks/replay/"+id, "")
			equal(b.t, "status", got["status"], any(status))
			equal(b.t, "sent", len(hook.replayed()), 1)
			code, _ = b.admin("POST", "/replays/"+id, `{"status":"`+status+`"}`)
			equal(b.t, "again", code, 409)
			b.elapse(30 * time.Hour)
		}
	}},
	{kind: aRefusal, call: callStatus, what: errReplayNotFound.Message, page: pageStatus, test: func(b *box) {
		b.refused(errReplayNotFound, "GET", "/analytics/webhooks/replay/webhook-replay-x", "")
	}},
	{kind: aRefusal, call: callReplay, what: errReplayOutage.Message, page: pageReplay, test: func(b *box) {
		id := b.call(200, "POST", "/analytics/webhooks/replay", "")["workflow_id"].(string)
		b.admin("POST", "/replay-outage", "")
		b.refused(errReplayOutage, "POST", "/analytics/webhooks/replay", "{}")
		b.refused(errReplayOutage, "GET", "/analytics/webhooks/replay/"+id, "")
		b.call(200, "GET", "/analytics/webhooks", "")
		b.admin("DELETE", "/replay-outage", "")
		b.call(200, "GET", "/analytics/webhooks/replay/"+id, "")
	}},
	{kind: aReading, call: callReplay, what: string(ReadingReplayMark), page: pageReplay, box: otherwise(ReadingReplayMark), test: func(b *box) {
		hook, _, _ := history(b)
		b.replays("/analytics/webhooks/replay", `{"limit":1}`)
		last := hook.got[len(hook.got)-1]
		equal(b.t, "in data", last["data"].(object)["is_replay"], any(true))
		equal(b.t, "beside", last["is_replay"], nil)
	}},
	{kind: aReading, call: callReplay, what: string(ReadingReplayPath), page: pageReplay, box: otherwise(ReadingReplayPath), test: func(b *box) {
		b.refused(errNoSuchPath, "POST", "/analytics/webhooks/replay", "{}")
		b.call(200, "POST", "/analytics/events/webhooks/replay", "{}")
	}},
	{kind: aReading, call: callReplay, what: string(ReadingReplayQuery), page: pageReplay, box: otherwise(ReadingReplayQuery), test: func(b *box) {
		got := b.call(200, "POST", "/analytics/webhooks/replay?room_id=q", `{"room_id":"b","limit":"ignored"}`)
		equal(b.t, "room", got["filters"].(object)["room_id"], any("q"))
	}},
	{kind: aReading, call: callReplay, what: string(ReadingReplayNames), page: pageReplay, box: otherwise(ReadingReplayNames), test: func(b *box) {
		filters := b.call(200, "POST", "/analytics/webhooks/replay", `{"event_names":["recording.failed"]}`)["filters"].(object)
		equal(b.t, "names", filters["event_names"], any([]any{"recording.failed"}))
		equal(b.t, "types", filters["event_types"], nil)
	}},
	{kind: aReading, call: callReplay, what: string(ReadingReplayCompleted), page: pageStatus, box: otherwise(ReadingReplayCompleted), test: func(b *box) {
		hook, _, _ := history(b)
		hook.answers = slices.Repeat([]int{500}, 12)
		got := b.replays("/analytics/webhooks/replay", "")
		equal(b.t, "status", got["status"], any("completed"))
		equal(b.t, "failed", got["progress"].(object)["failed"], any(3.0))
	}},
	{kind: aReading, call: callStatus, what: string(ReadingReplayStatus), page: pageStatus, box: otherwise(ReadingReplayStatus), test: func(b *box) {
		id := b.call(200, "POST", "/analytics/webhooks/replay", "")["workflow_id"].(string)
		b.refused(errNoSuchPath, "GET", "/analytics/webhooks/replay/"+id, "")
		b.call(200, "GET", "/analytics/webhooks/replay?workflow_id="+id, "")
	}},
})

// failed are the ids of the deliveries that the history says failed, newest first.
func (b *box) failed() (ids []any) {
	b.t.Helper()
	for _, e := range b.call(200, "GET", "/analytics/webhooks?status=failed", "")["events"].([]any) {
		ids = append(ids, e.(object)["event_id"])
	}
	return ids
}
