package sandbox

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"testing"
	"time"
)

const (
	pageHistory = "Webhooks: history"
	pageReplay  = "Webhooks: replay"
	pageStatus  = "Webhooks: replay status"
	callHistory = "GET /analytics/webhooks"
)

// history makes four deliveries an hour apart: to room a two that fail, to room c one that fails, and to room a one that arrives.
func history(b *box) (hook *receiver, a, c string) {
	b.t.Helper()
	hook = newReceiver(b.t, slices.Repeat([]int{500}, 12)...)
	a, c = b.hooked("ward-a", hook), b.hooked("ward-c", hook)
	for _, made := range []struct{ room, kind string }{
		{a, "session.open.success"}, {a, "peer.join.success"}, {c, "session.open.success"}, {a, "session.close.success"},
	} {
		b.happens(made.room, made.kind, object{"session_id": "65a0b40ed5e6f708192a3c11", "peer_id": "", "user_id": "nurse-4"})
		b.elapse(time.Hour)
	}
	return hook, a, c
}

// atHour is a time of the history's as a query has it.
func atHour(n int) string {
	return testStart.Add(time.Duration(n) * time.Hour).Format(time.RFC3339Nano)
}

// names are the events of a page of the history.
func (b *box) names(query url.Values) (names []string) {
	b.t.Helper()
	for _, e := range b.call(200, "GET", "/analytics/webhooks?"+query.Encode(), "")["events"].([]any) {
		names = append(names, e.(object)["payload"].(object)["original_event_name"].(string))
	}
	return names
}

// historyRow tests what a query of the history finds.
func historyRow(name string, query url.Values, want ...string) row {
	return row{kind: aParameter, call: callHistory, what: name, page: pageHistory, test: func(b *box) {
		_, a, _ := history(b)
		asked := maps.Clone(query)
		if asked.Has("room_id") {
			asked.Set("room_id", a)
		}
		equal(b.t, "names", b.names(asked), want)
	}}
}

var historyRows = []row{
	{kind: anEndpoint, call: callHistory, page: pageHistory, test: func(b *box) {
		hook, a, _ := history(b)
		got := b.call(200, "GET", "/analytics/webhooks?limit=1&page=4", "")
		entry := got["events"].([]any)[0].(object)
		var id string
		b.read(func(st *state) { id = historyID(st.deliveries.list[0].ID) })
		equal(b.t, "entry", entry, object{
			"event_id": id, "event_name": "reporter.webhook.delivery.failed", "room_id": a,
			"event_timestamp": "2025-03-04T09:30:00Z", "payload": object{
				"event_data":  object{"session_id": "65a0b40ed5e6f708192a3c11", "peer_id": "", "user_id": "nurse-4"},
				"webhook_url": hook.URL, "original_event_name": "session.open.success", "error_reason": "status code 500",
			},
		})
		delete(got, "events")
		equal(b.t, "page", got, object{
			"pagination": object{"current_page": 4.0, "page_size": 1.0, "total_pages": 4.0, "total_items": 4.0, "has_next": false, "has_prev": true},
			"summary":    object{"total_events": 4.0},
		})
	}},
	historyRow("start_time", url.Values{"start_time": {atHour(2)}}, "session.close.success", "session.open.success"),
	historyRow("end_time", url.Values{"end_time": {atHour(1)}}, "peer.join.success", "session.open.success"),
	historyRow("room_id", url.Values{"room_id": {""}}, "session.close.success", "peer.join.success", "session.open.success"),
	historyRow("status", url.Values{"status": {"success"}}, "session.close.success"),
	historyRow("event_names", url.Values{"event_names": {"session.close.success", "peer.join.success"}}, "session.close.success", "peer.join.success"),
	historyRow("limit", url.Values{"limit": {"1"}}, "session.close.success"),
	historyRow("page", url.Values{"limit": {"3"}, "page": {"2"}}, "session.open.success"),
	{kind: aQuirk, call: callHistory, what: "nothing found is an empty page", page: pageHistory, test: func(b *box) {
		equal(b.t, "empty", b.call(200, "GET", "/analytics/webhooks", ""), object{
			"events":     []any{},
			"pagination": object{"current_page": 1.0, "page_size": 50.0, "total_pages": 0.0, "total_items": 0.0, "has_next": false, "has_prev": false},
			"summary":    object{"total_events": 0.0},
		})
	}},
	{kind: aQuirk, call: callHistory, what: "without times the last 24 hours, all statuses", page: pageHistory, test: func(b *box) {
		history(b)
		equal(b.t, "all", len(b.names(nil)), 4)
		b.elapse(22*time.Hour - time.Nanosecond)
		equal(b.t, "a day later", len(b.names(nil)), 2)
	}},
	{kind: aQuirk, call: callHistory, what: "one on its way isn't listed, one that arrived has no error_reason", page: pageHistory, test: func(b *box) {
		hook := newReceiver(b.t, 500)
		b.happens(b.hooked("slow", hook), "session.open.success", nil)
		equal(b.t, "on its way", len(b.names(nil)), 0)
		b.elapse(time.Second)
		entry := b.call(200, "GET", "/analytics/webhooks", "")["events"].([]any)[0].(object)
		equal(b.t, "name", entry["event_name"], any("reporter.webhook.delivery.success"))
		_, has := entry["payload"].(object)["error_reason"]
		equal(b.t, "reason", has, false)
	}},
	{kind: aQuirk, call: callHistory, what: "ranges: limit 1 to 100, page from 1, the named events", page: pageHistory, test: func(b *box) {
		for _, query := range []string{
			"limit=0", "limit=101", "limit=x", "page=0", "page=-1", "status=open", "event_names=room.end.success", "start_time=yesterday", "end_time=1",
		} {
			b.refused(errBadQuery, "GET", "/analytics/webhooks?"+query, "")
		}
		b.call(200, "GET", "/analytics/webhooks?limit=100&status=all&event_names=", "")
	}},
	{kind: aRefusal, call: callHistory, what: errHistoryStart.Message, page: pageHistory, test: func(b *box) {
		b.call(200, "GET", "/analytics/webhooks?start_time="+atHour(-24*30)+"&end_time="+atHour(-24*20), "")
		b.refused(errHistoryStart, "GET", "/analytics/webhooks?start_time="+atHour(-24*30-1), "")
		b.refused(errHistoryStart, "GET", "/analytics/webhooks?start_time="+atHour(1), "")
		b.refused(errHistoryStart, "POST", "/analytics/webhooks/replay", `{"start_time":"`+atHour(-24*31)+`"}`)
	}},
	{kind: aRefusal, call: callHistory, what: errHistoryEnd.Message, page: pageHistory, test: func(b *box) {
		start := "/analytics/webhooks?start_time=" + atHour(-24*20)
		b.call(200, "GET", start+"&end_time="+atHour(-24*6), "")
		b.refused(errHistoryEnd, "GET", start+"&end_time="+atHour(-24*6+1), "")
		b.refused(errHistoryEnd, "GET", start, "")
		b.refused(errHistoryEnd, "POST", "/analytics/webhooks/replay", `{"start_time":"`+atHour(-24*15)+`"}`)
		b.refused(errEndBeforeStart, "GET", "/analytics/webhooks?end_time="+atHour(-25), "")
	}},
	{kind: aRefusal, call: callHistory, what: errInsufficient.Message, page: pageHistory, test: func(b *box) {
		b.token = "x.y.z"
		for _, path := range []string{"/analytics/webhooks", "/analytics/webhooks/replay/x"} {
			b.refused(errInsufficient, "GET", path, "")
		}
		for _, path := range []string{"/analytics/webhooks/replay", "/analytics/events/webhooks/replay"} {
			b.refused(errInsufficient, "POST", path, "")
		}
		b.call(401, "GET", "/analytics/events?room_id=x", "")
	}},
	{kind: aRefusal, call: callHistory, what: "rate limit exceeded, retry after 45 seconds", page: pageHistory, box: otherwise(ReadingHistoryLimit), test: limitedHistory},
	{kind: aReading, call: callHistory, what: string(ReadingHistoryLimit), page: pageHistory, box: otherwise(ReadingHistoryLimit), test: limitedHistory},
	{kind: aQuirk, call: callHistory, what: "history and replay have no limit unless one is asked for", page: "Limits", test: func(b *box) {
		for range historyCallsMax + 1 {
			b.call(200, "GET", "/analytics/webhooks", "")
			b.call(200, "POST", "/analytics/webhooks/replay", "")
		}
	}},
	{kind: aReading, call: callHistory, what: string(ReadingHistorySuccess), page: pageHistory, box: otherwise(ReadingHistorySuccess), test: func(b *box) {
		history(b)
		entry := b.call(200, "GET", "/analytics/webhooks?status=success", "")["events"].([]any)[0].(object)
		equal(b.t, "name", entry["event_name"], any("reporter.webhook.delivery.succeeded"))
	}},
	{kind: aReading, call: callHistory, what: string(ReadingHistoryData), page: pageHistory, box: otherwise(ReadingHistoryData), test: func(b *box) {
		_, a, _ := history(b)
		entry := b.call(200, "GET", "/analytics/webhooks?status=success", "")["events"].([]any)[0].(object)
		equal(b.t, "room", entry["payload"].(object)["event_data"].(object)["room_id"], any(a))
	}},
}

// limitedHistory makes one call more than a minute has.
func limitedHistory(b *box) {
	for range historyCallsMax - 1 {
		b.call(200, "GET", "/analytics/webhooks", "")
	}
	b.call(200, "POST", "/analytics/webhooks/replay", "")
	b.advance(15 * time.Second)
	want := failure(429, "rate limit exceeded, retry after 45 seconds")
	equal(b.t, "history", b.call(429, "GET", "/analytics/webhooks", ""), want)
	equal(b.t, "replay", b.call(429, "POST", "/analytics/webhooks/replay", ""), want)
	b.advance(45 * time.Second)
	b.call(200, "GET", "/analytics/webhooks", "")
}

// TestHistoryAfterRestart: deliveries, and a replay in the middle, are kept.
func TestHistoryAfterRestart(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	hook, _, _ := history(b)
	id := b.call(200, "POST", "/analytics/webhooks/replay", `{"status":"all"}`)["workflow_id"].(string)
	b.elapse(100 * time.Millisecond)
	want := b.call(200, "GET", "/analytics/webhooks", "")
	status := b.call(200, "GET", "/analytics/webhooks/replay/"+id, "")
	equal(t, "halfway", status["progress"], any(object{"total": 4.0, "completed": 2.0, "failed": 0.0}))
	for range 2 {
		b.kill()
		b = newBox(t, Options{Dir: dir})
		equal(t, "history", b.call(200, "GET", "/analytics/webhooks", ""), want)
		equal(t, "status", b.call(200, "GET", "/analytics/webhooks/replay/"+id, ""), status)
	}
	b.elapse(time.Minute)
	equal(t, "at the end", b.call(200, "GET", "/analytics/webhooks/replay/"+id, "")["status"], any("completed"))
	equal(t, "came", len(hook.types()), 13+4)
	b.kill()
	b = newBox(t, Options{Dir: dir})
	equal(t, "kept", fmt.Sprint(b.call(200, "GET", "/analytics/webhooks/replay/"+id, "")["progress"]), "map[completed:4 failed:0 total:4]")
}
