package sandbox

import (
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"testing"
	"time"
)

const (
	pageAnalytics = "Analytics: events"
	pageErrors    = "Analytics: error events"
	pageStats     = "Analytics: peer quality"
	callEvents    = "GET /analytics/events"
	callStats     = "GET /analytics/peer-stats"
)

// observed makes a room in which five events happen that analytics list, and one that they don't, a minute apart.
func observed(b *box) (id string) {
	b.t.Helper()
	id = b.make(`{"name":"ward-5"}`)
	for _, made := range []struct {
		kind string
		data object
	}{
		{"track.add.success", object{"peer_id": "p-1", "user_id": "u-1", "session_id": "s-1"}},
		{"track.update.success", object{"peer_id": "p-2", "user_id": "u-2", "session_id": "s-1"}},
		{"peer.join.success", object{"peer_id": "p-1", "user_id": "u-1", "session_id": "s-1"}},
		{"client.disconnected", object{"peer_id": "p-1", "user_id": "u-1"}},
		{"beam.recording.success", object{"beam_id": "b-1", "peer_id": "p-3", "session_id": "s-2"}},
		{"beam.recording.success", object{"beam_id": "b-2", "peer_id": "p-3", "session_id": "s-2"}},
	} {
		b.change(func(tx *tx) { tx.observe(tx.rooms.at(id), made.kind, made.data) })
		b.elapse(time.Minute)
	}
	return id
}

// eventPage asks for a page of the events of a room.
func (b *box) eventPage(id string, query url.Values) object {
	b.t.Helper()
	q := url.Values{"room_id": {id}}
	maps.Copy(q, query)
	return b.call(200, "GET", "/analytics/events?"+q.Encode(), "")
}

func typesOf(page object) (types []string) {
	for _, e := range page["events"].([]any) {
		types = append(types, e.(object)["type"].(string))
	}
	return types
}

// eventsRow tests what a query of the events finds.
func eventsRow(name string, query url.Values, want ...string) row {
	return row{kind: aParameter, call: callEvents, what: name, page: pageAnalytics, test: func(b *box) {
		equal(b.t, "types", typesOf(b.eventPage(observed(b), query)), want)
	}}
}

var analyticsRows = []row{
	{kind: anEndpoint, call: callEvents, page: pageAnalytics, test: func(b *box) {
		id := b.make(`{"name":"ward-6"}`)
		var made *event
		b.change(func(tx *tx) {
			made = tx.observe(tx.rooms.at(id), "track.add.success", object{
				"session_id": "65a0b40ed5e6f708192a3c11", "peer_id": "0a1b2c3d-0000-4000-8000-000000000001", "user_id": "nurse-4", "user_name": "Ravi",
				"joined_at": testStart.Add(-time.Minute), "role": "teacher", "track_id": "t-1", "stream_id": "s-1", "type": "video", "source": "screen",
				"mute": true, "started_at": testStart,
			})
		})
		equal(b.t, "reply", b.call(200, "GET", "/analytics/events?room_id="+id, ""), object{
			"limit": 1.0, "total": 1.0, "next": "", "events": []any{object{
				"version": "2.0", "id": made.ID, "timestamp": "2025-03-04T09:30:00.123456789Z", "type": "track.add.success", "data": object{
					"room_id": id, "room_name": "ward-6", "session_id": "65a0b40ed5e6f708192a3c11", "peer_id": "0a1b2c3d-0000-4000-8000-000000000001",
					"user_id": "nurse-4", "user_name": "Ravi", "joined_at": "2025-03-04T09:29:00.123456789Z", "role": "teacher", "track_id": "t-1",
					"stream_id": "s-1", "type": "video", "source": "screen", "mute": true, "started_at": "2025-03-04T09:30:00.123456789Z",
				},
			}},
		})
	}},
	{kind: aParameter, call: callEvents, what: "room_id", page: pageAnalytics, test: func(b *box) {
		observed(b)
		b.refused(errBadQuery, "GET", "/analytics/events", "")
		equal(b.t, "another", b.eventPage(absentID, nil), object{"limit": 0.0, "total": 0.0, "next": "", "events": []any{}})
	}},
	eventsRow("type", url.Values{"type": {"track.add.success", "client.disconnected"}}, "client.disconnected", "track.add.success"),
	eventsRow("session_id", url.Values{"session_id": {"s-1"}}, "track.update.success", "track.add.success"),
	eventsRow("peer_id", url.Values{"peer_id": {"p-1"}}, "client.disconnected", "track.add.success"),
	eventsRow("user_id", url.Values{"user_id": {"u-2"}}, "track.update.success"),
	eventsRow("beam_id", url.Values{"beam_id": {"b-2"}}, "beam.recording.success"),
	eventsRow("error", url.Values{"error": {"true"}}, "client.disconnected"),
	eventsRow("limit", url.Values{"limit": {"1"}}, "beam.recording.success"),
	{kind: aParameter, call: callEvents, what: "start", page: pageAnalytics, test: func(b *box) {
		id := observed(b)
		var types []string
		query := url.Values{"limit": {"2"}}
		for i := range 3 {
			page := b.eventPage(id, query)
			types = append(types, typesOf(page)...)
			equal(b.t, "total", page["total"], any(5.0))
			equal(b.t, "last page", page["next"] == "", i == 2)
			query.Set("start", page["next"].(string))
		}
		equal(b.t, "types", types, []string{
			"beam.recording.success", "beam.recording.success", "client.disconnected", "track.update.success", "track.add.success",
		})
	}},
	{kind: aQuirk, call: callEvents, what: "the pages are those of the first query, its filters too", page: pageAnalytics, test: func(b *box) {
		id := observed(b)
		next := b.eventPage(id, url.Values{"limit": {"1"}, "peer_id": {"p-1"}})["next"].(string)
		b.happens(id, "track.add.success", object{"peer_id": "p-1"})
		page := b.eventPage(id, url.Values{"limit": {"5"}, "start": {next}, "peer_id": {"p-2"}})
		equal(b.t, "types", typesOf(page), []string{"track.add.success"})
		equal(b.t, "total", page["total"], any(2.0))
		equal(b.t, "limit", page["limit"], any(1.0))
	}},
	{kind: aQuirk, call: callEvents, what: "next is good for 24 hours", page: pageAnalytics, test: func(b *box) {
		id := observed(b)
		next := url.QueryEscape(b.eventPage(id, url.Values{"limit": {"2"}})["next"].(string))
		b.elapse(24*time.Hour - 1)
		b.call(200, "GET", "/analytics/events?room_id="+id+"&start="+next, "")
		b.elapse(1)
		b.refused(errBadQuery, "GET", "/analytics/events?room_id="+id+"&start="+next, "")
	}},
	{kind: aQuirk, call: callEvents, what: "events of the last 30 days", page: pageAnalytics, test: func(b *box) {
		id := observed(b)
		b.elapse(eventAge - 5*time.Minute)
		equal(b.t, "left", b.eventPage(id, nil)["total"], any(4.0))
	}},
	{kind: aQuirk, call: callEvents, what: "ranges: limit 1 to 100, the supported types", page: pageAnalytics, test: func(b *box) {
		for _, query := range []string{
			"limit=0", "limit=101", "error=yes", "type=peer.join.success", "beam_id=b&type=track.add.success", "start=%21",
			"start=" + base64.RawURLEncoding.EncodeToString([]byte(`{"r":"x","k":-1}`)), "start=bnVsbA",
		} {
			b.refused(errBadQuery, "GET", "/analytics/events?room_id=x&"+query, "")
		}
		b.call(200, "GET", "/analytics/events?room_id=x&limit=100&error=false&beam_id=b&type=beam.recording.success", "")
	}},
	{kind: aQuirk, call: callEvents, what: "beam.recording.success has fewer keys than its webhook", page: "Analytics: recording events", test: func(b *box) {
		page := b.eventPage(observed(b), url.Values{"beam_id": {"b-1"}})
		var keys []string
		for key := range page["events"].([]any)[0].(object)["data"].(object) {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		equal(b.t, "keys", keys, []string{
			"beam_id", "created_at", "duration", "max_height", "max_width", "meeting_url", "peer_id", "recording_path", "recording_presigned_url",
			"room_id", "rtmp", "session_id", "session_started_at", "size", "started_at", "stopped_at", "template_id",
		})
	}},
	{kind: aQuirk, call: callEvents, what: "errors that clients report, with their documented codes", page: pageErrors, test: func(b *box) {
		id := b.make(`{"name":"flaky"}`)
		peer := b.joined(id, "teacher", 0)
		for kind := range clientErrors {
			status, made := b.admin("POST", "/events", `{"room_id":"`+id+`","type":"`+kind+`","data":{"peer_id":"`+peer+`"}}`)
			equal(b.t, "status", status, 200)
			listed := b.eventPage(id, url.Values{"type": {kind}, "error": {"true"}})["events"].([]any)[0].(object)
			equal(b.t, "event", listed, made)
			data := listed["data"].(object)
			if err := checkKeys(kind, data); err != nil {
				b.t.Errorf("%s: %v", kind, err)
			}
			equal(b.t, "peer", []any{data["peer_id"], data["user_id"]}, []any{peer, "u-1"})
			action := map[string]string{
				"client.publish.failed": "PUBLISH", "client.subscribe.failed": "SUBSCRIBE", "client.join.failed": "JOIN",
				"client.disconnected": "RECONNECT_SIGNAL", "client.connect.failed": "INIT",
			}[kind]
			equal(b.t, "action", data["action"], any(action))
		}
	}},
	{kind: aReading, call: callEvents, what: string(ReadingAnalyticsOldest), page: pageAnalytics, box: otherwise(ReadingAnalyticsOldest), test: func(b *box) {
		equal(b.t, "types", typesOf(b.eventPage(observed(b), url.Values{"limit": {"2"}})), []string{"track.add.success", "track.update.success"})
	}},
	{kind: aReading, call: callEvents, what: string(ReadingBeamNeedsType), page: pageAnalytics, box: otherwise(ReadingBeamNeedsType), test: func(b *box) {
		b.refused(errBadQuery, "GET", "/analytics/events?room_id=x&beam_id=b", "")
		b.call(200, "GET", "/analytics/events?room_id=x&beam_id=b&type=beam.recording.success", "")
	}},
}

// met lets a host and an attendee of a webinar meet for some minutes; the host publishes sound, a video and, for a minute, the
// screen, the attendee nothing.
func met(b *box, end bool) (host, attendee, session string) {
	b.t.Helper()
	id := b.make(`{"name":"met","template_id":"` + webinarID + `"}`)
	host, attendee = b.joined(id, "host", 0), b.joined(id, "attendee", 0)
	session = b.sessionOf(id)
	b.operate(200, "POST", "/peers/"+host+"/tracks", `{"type":"video","source":"screen"}`)
	b.elapse(time.Minute)
	b.operate(200, "POST", "/peers/"+host+"/tracks", `{"type":"video","source":"screen","stop":true}`)
	b.elapse(2 * time.Minute)
	if end {
		b.change(func(tx *tx) { tx.endSession(tx.running[id], "") })
	}
	return host, attendee, session
}

func (b *box) statsOf(peer, session string) object {
	b.t.Helper()
	return b.call(200, "GET", "/analytics/peer-stats?peer_id="+peer+"&session_id="+session, "")
}

// entriesOf are the entries of one side and kind, with the keys of each series in the place of its values.
func entriesOf(b *box, stats object, side, kind string) (entries []object) {
	for _, e := range stats[side].(object)[kind].([]any) {
		entry := e.(object)
		entry["track_id"] = len(entry["track_id"].(string)) // a UUID
		series := entry["time_series"].(object)
		n := len(series["timestamps"].([]any))
		var keys []string
		for key, values := range series {
			equal(b.t, "length of "+key, len(values.([]any)), n)
			keys = append(keys, key)
		}
		slices.Sort(keys)
		entry["time_series"] = keys
		entries = append(entries, entry)
	}
	return entries
}

var noSeries = object{"video": []any{}, "audio": []any{}}

var statsRows = []row{
	{kind: anEndpoint, call: callStats, page: pageStats, test: func(b *box) {
		teacher, student, session := met(b, true)
		got := b.statsOf(teacher, session)
		equal(b.t, "ids", []any{got["peer_id"], got["session_id"]}, []any{teacher, session})
		equal(b.t, "subscriber", got["subscriber"], any(noSeries))
		video := got["publisher"].(object)["video"].([]any)
		stamps := video[0].(object)["time_series"].(object)["timestamps"]
		minute := func(n int) any {
			return float64(testStart.Truncate(time.Minute).Add(time.Duration(n) * time.Minute).UnixMilli())
		}
		equal(b.t, "whole minutes", stamps, any([]any{minute(1), minute(2), minute(3)}))
		equal(b.t, "screen's", video[3].(object)["time_series"].(object)["timestamps"], any([]any{minute(1)}))
		keys := []string{"bitrate", "fps", "packet_loss_percent", "rtt_ms", "timestamps"}
		equal(b.t, "video", entriesOf(b, got, "publisher", "video"), []object{
			{"track_id": 36, "type": "regular", "rid": "h", "time_series": keys},
			{"track_id": 36, "type": "regular", "rid": "m", "time_series": keys},
			{"track_id": 36, "type": "regular", "rid": "l", "time_series": keys},
			{"track_id": 36, "type": "screen", "rid": nil, "time_series": keys},
		})
		equal(b.t, "audio", entriesOf(b, got, "publisher", "audio"), []object{
			{"track_id": 36, "time_series": []string{"bitrate", "jitter_ms", "packet_loss_percent", "rtt_ms", "timestamps"}},
		})
		other := b.statsOf(student, session)
		equal(b.t, "publisher", other["publisher"], any(noSeries))
		keys = []string{"bitrate", "fps", "freeze_count", "timestamps"}
		equal(b.t, "seen", entriesOf(b, other, "subscriber", "video"), []object{
			{"track_id": 36, "type": "regular", "time_series": keys}, {"track_id": 36, "type": "screen", "time_series": keys},
		})
		equal(b.t, "heard", entriesOf(b, other, "subscriber", "audio"), []object{
			{"track_id": 36, "time_series": []string{"bitrate", "concealed_samples", "packet_loss_percent", "timestamps"}},
		})
	}},
	{kind: aParameter, call: callStats, what: "peer_id", page: pageStats, test: func(b *box) {
		_, _, session := met(b, true)
		b.refused(errBadQuery, "GET", "/analytics/peer-stats?session_id="+session, "")
		b.refused(errNoStats, "GET", "/analytics/peer-stats?peer_id=x&session_id="+session, "")
	}},
	{kind: aParameter, call: callStats, what: "session_id", page: pageStats, test: func(b *box) {
		teacher, _, _ := met(b, true)
		b.refused(errBadQuery, "GET", "/analytics/peer-stats?peer_id="+teacher, "")
		b.refused(errNoStats, "GET", "/analytics/peer-stats?session_id="+absentID+"&peer_id="+teacher, "")
	}},
	{kind: aQuirk, call: callStats, what: "only after the session has ended", page: pageStats, test: func(b *box) {
		teacher, _, session := met(b, false)
		b.refused(errNoStats, "GET", "/analytics/peer-stats?peer_id="+teacher+"&session_id="+session, "")
	}},
	{kind: aQuirk, call: callStats, what: "the same every time", page: pageStats, test: func(b *box) {
		teacher, _, session := met(b, true)
		want := b.statsOf(teacher, session)
		b.elapse(time.Hour)
		equal(b.t, "later", b.statsOf(teacher, session), want)
	}},
	{kind: aReading, call: callStats, what: string(ReadingStatsRunning), page: pageStats, box: otherwise(ReadingStatsRunning), test: func(b *box) {
		teacher, _, session := met(b, false)
		equal(b.t, "publisher", b.statsOf(teacher, session)["publisher"], any(noSeries))
	}},
	{kind: aReading, call: callStats, what: string(ReadingStatsLayers), page: pageStats, box: otherwise(ReadingStatsLayers), test: func(b *box) {
		teacher, _, session := met(b, true)
		var rids []any
		for _, e := range entriesOf(b, b.statsOf(teacher, session), "publisher", "video") {
			rids = append(rids, e["rid"])
		}
		equal(b.t, "rids", rids, []any{"f", "h", "q", nil})
	}},
}

// FuzzReplay: no body and no query breaks the calls of history and replay.
func FuzzReplay(f *testing.F) {
	for _, body := range []string{`{"limit":1e9}`, `{"start_time":"2025-03-04T00:00:00Z","event_names":[null]}`, `{"status":"all"}`, "", " ", "null"} {
		f.Add(body, "limit=1&offset=2&start=x&room_id=y")
	}
	b := newBox(f, Options{Mute: true})
	id := b.make(`{"webhook":{"url":"http://127.0.0.1:9"}}`)
	f.Fuzz(func(t *testing.T, body, query string) {
		b.t = t
		b.happens(id, "session.open.success", nil)
		b.historyCalls = callWindow{}
		q := url.Values{"start": {query}, "end_time": {query}, "page": {body}}.Encode()
		if parsed, err := url.ParseQuery(query); err == nil {
			q = parsed.Encode()
		}
		for _, call := range []struct{ method, path string }{
			{"POST", "/analytics/webhooks/replay"}, {"GET", "/analytics/webhooks"}, {"GET", "/analytics/events"}, {"GET", "/analytics/peer-stats"},
		} {
			if w := b.do(call.method, call.path+"?"+q, body); w.Code >= 500 {
				t.Errorf("%s %s: %d %s", call.method, call.path, w.Code, w.Body)
			}
		}
		for _, path := range []string{"/webhook", "/events", "/replays/x"} {
			if status, reply := b.admin("POST", path, body); status >= 500 {
				t.Errorf("%s: %d %v", path, status, reply)
			}
		}
	})
}
