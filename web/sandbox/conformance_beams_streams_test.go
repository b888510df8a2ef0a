package sandbox

import (
	"fmt"
	"time"
)

const (
	callStartLive     = "POST /live-streams/room/{room_id}/start"
	callListLive      = "GET /live-streams"
	callMetadata      = "POST /live-streams/{stream_id}/timed-metadata"
	callStartExternal = "POST /external-streams/room/{room_id}/start"
	callListExternal  = "GET /external-streams"
)

// liveStreamOf is a live stream just started, as a start answers.
func liveStreamOf(got object, roomID string) object {
	return object{
		"id": got["id"], "room_id": roomID, "session_id": got["session_id"], "status": "starting",
		"meeting_url": classroomPage(roomID, "__internal_recorder"),
		"playback":    object{"url": "https://cdn.100ms.live/beam/" + customerID + "/" + roomID + "/20250304/1741080600123/master.m3u8"},
		"recording":   object{"hls_vod": true, "single_file_per_layer": true}, "destination": "stage",
		"created_at": beamNow, "started_at": nil, "updated_at": beamNow, "started_by": "", "stopped_at": nil, "stopped_by": "",
		"recording_assets": nil,
	}
}

// externalStreamOf is an external stream just started, as a start answers.
func externalStreamOf(got object, roomID string) object {
	return object{
		"id": got["id"], "room_id": roomID, "session_id": got["session_id"], "status": "starting", "destination": "tv",
		"rtmp_urls": []any{"rtmp://tv.example.org/live/k1"}, "meeting_url": classroomPage(roomID, "__internal_recorder"), "recording": true,
		"resolution": object{"width": 1920.0, "height": 1080.0},
		"created_at": beamNow, "started_at": nil, "updated_at": beamNow, "started_by": "", "stopped_at": nil, "stopped_by": "",
		"recording_assets": nil,
	}
}

// runningAt are the times of a stream that has just begun to run, in whole milliseconds.
var runningAt = object{
	"status": "running", "created_at": beamNowMillis, "started_at": "2025-03-04T09:30:04.123Z", "updated_at": "2025-03-04T09:30:04.123Z",
}

// streaming starts a stream and lets it run.
func (b *box) streaming(group string) (roomID, id string) {
	b.t.Helper()
	roomID = b.beamed()
	id = b.started(group, roomID, `{}`)
	b.elapse(beamJoinTime)
	return roomID, id
}

// wholeSeconds checks a call that answers with a running live stream and times without fractions.
func (b *box) wholeSeconds(call, body string) {
	b.t.Helper()
	room, id := b.streaming("live-streams")
	got := b.call(200, "POST", "/live-streams/"+id+"/"+call, body)
	equal(b.t, call, got, with(liveStreamOf(got, room), object{
		"status": "running", "created_at": "2025-03-04T09:30:00Z", "started_at": "2025-03-04T09:30:04Z", "updated_at": "2025-03-04T09:30:04Z",
	}))
}

var liveStreamRows = []row{
	{kind: anEndpoint, call: callStartLive, page: "Live streams: start", test: func(b *box) {
		room := b.beamed()
		got := b.call(200, "POST", "/live-streams/room/"+room+"/start", `{}`)
		equal(b.t, "stream", got, liveStreamOf(got, room))
	}},
	{kind: anEndpoint, call: "POST /live-streams/room/{room_id}/stop", page: "Live streams: stop all of a room", test: func(b *box) {
		room, id := b.streaming("live-streams")
		got := b.call(200, "POST", "/live-streams/room/"+room+"/stop", "")
		equal(b.t, "stopped", got, object{"error": "", "limit": 10.0, "last": id, "data": []any{
			with(with(liveStreamOf(items(got)[0], room), runningAt), object{"status": "stopping"}),
		}})
	}},
	{kind: anEndpoint, call: "POST /live-streams/{stream_id}/stop", page: "Live streams: stop", test: func(b *box) {
		room, id := b.streaming("live-streams")
		got := b.call(200, "POST", "/live-streams/"+id+"/stop", "")
		equal(b.t, "stopped", got, with(with(liveStreamOf(got, room), runningAt), object{"status": "stopping"}))
	}},
	{kind: anEndpoint, call: "GET /live-streams/{stream_id}", page: "Live streams: get", test: func(b *box) {
		room, id := b.streaming("live-streams")
		got := b.call(200, "GET", "/live-streams/"+id, "")
		equal(b.t, "running", got, with(liveStreamOf(got, room), runningAt))
		b.call(200, "POST", "/live-streams/"+id+"/stop", "")
		b.elapse(beamLeaveTime + beamFilesTime)
		var types []any
		for _, a := range b.call(200, "GET", "/live-streams/"+id, "")["recording_assets"].([]any) {
			types = append(types, a.(object)["type"])
		}
		equal(b.t, "assets", types, []any{"room-vod", "room-composite", "room-composite", "chat"})
	}},
	{kind: anEndpoint, call: callListLive, page: "Live streams: list", test: func(b *box) {
		room, id := b.streaming("live-streams")
		got := b.call(200, "GET", "/live-streams", "")
		equal(b.t, "list", got, object{"limit": 10.0, "last": id, "data": []any{with(liveStreamOf(items(got)[0], room), runningAt)}})
	}},
	{kind: anEndpoint, call: callMetadata, page: "Live streams: timed metadata", test: func(b *box) {
		b.wholeSeconds("timed-metadata", `{"payload":"goal","duration":5000}`)
	}},
	{kind: anEndpoint, call: "POST /live-streams/{stream_id}/pause-recording", page: "Live streams: pause recording", test: func(b *box) {
		b.wholeSeconds("pause-recording", "")
	}},
	{kind: anEndpoint, call: "POST /live-streams/{stream_id}/resume-recording", page: "Live streams: resume recording", test: func(b *box) {
		b.wholeSeconds("resume-recording", "{}")
	}},

	{kind: aParameter, call: callStartLive, what: "meeting_url", page: "Live streams: start", test: func(b *box) {
		room := b.make(`{}`)
		b.bad("live-streams", room, `{"meeting_url":"//x"}`, textMeetingURL)
		got := b.call(200, "POST", "/live-streams/room/"+room+"/start", `{"meeting_url":"http://x.example.org/"}`)
		equal(b.t, "stream", only(got, "meeting_url", "destination", "recording"), object{
			"meeting_url": "http://x.example.org/", "destination": "", "recording": object{"hls_vod": false, "single_file_per_layer": false},
		})
	}},
	{kind: aParameter, call: callStartLive, what: "recording", page: "Live streams: start", test: func(b *box) {
		room := b.beamed()
		b.bad("live-streams", room, `{"recording":true}`, "recording must be an object")
		b.bad("live-streams", room, `{"recording":{"hls_vod":1}}`, "recording.hls_vod must be a boolean")
		got := b.call(200, "POST", "/live-streams/room/"+room+"/start", `{"recording":{"hls_vod":false}}`)
		equal(b.t, "recording", got["recording"], any(object{"hls_vod": false, "single_file_per_layer": true}))
	}},
	{kind: aParameter, call: callStartLive, what: "destination", page: "Live streams: start", test: func(b *box) {
		b.patched(classroomID, `{"destinations":{"hlsDestinations":{"one":{"name":"one"},"two":{"name":"two","role":"host","enableStaticUrl":true}}}}`)
		room := b.make(`{}`)
		b.bad("live-streams", room, `{}`, textDestinations)
		b.bad("live-streams", room, `{"destination":"three"}`, `destination "three" is not in the template`)
		got := b.call(200, "POST", "/live-streams/room/"+room+"/start", `{"destination":"two"}`)
		equal(b.t, "stream", only(got, "meeting_url", "destination", "playback"), object{
			"meeting_url": classroomPage(room, "host"), "destination": "two",
			"playback": object{"url": "https://cdn.100ms.live/beam/" + customerID + "/" + room + "/master.m3u8"}, // always the same
		})
	}},
	{kind: aParameter, call: callStartLive, what: "transcription", page: "Live streams: start", test: func(b *box) {
		room := b.beamed()
		b.bad("live-streams", room, `{"transcription":[]}`, "transcription must be an object")
		id := b.started("live-streams", room, `{"transcription":{"enabled":true,"output_modes":["json","txt"],"modes":["recorded"]}}`)
		b.change(func(tx *tx) { equal(b.t, "files", tx.beams.at(id).Transcription.outputs(), []string{"txt", "json"}) })
	}},
	{kind: aParameter, call: callListLive, what: "room_id", page: "Live streams: list", test: func(b *box) { b.filtered("live-streams", "room_id") }},
	{kind: aParameter, call: callListLive, what: "session_id", page: "Live streams: list", test: func(b *box) { b.filtered("live-streams", "session_id") }},
	{kind: aParameter, call: callListLive, what: "status", page: "Live streams: list", test: func(b *box) { b.filtered("live-streams", "status") }},
	{kind: aParameter, call: callListLive, what: "start", page: "Live streams: list", test: func(b *box) { b.pagesOf("live-streams", "/live-streams") }},
	{kind: aParameter, call: callListLive, what: "limit", page: "Live streams: list", test: func(b *box) { b.limits("/live-streams") }},
	{kind: aParameter, call: callMetadata, what: "payload", page: "Live streams: timed metadata", test: func(b *box) {
		_, id := b.streaming("live-streams")
		for body, text := range map[string]string{
			`{"duration":1}`:                                         "payload is required",
			`{"payload":"","duration":1}`:                            "payload is required",
			fmt.Sprintf(`{"payload":%q,"duration":1}`, accents(101)): "payload is longer than 100 characters",
			`{"payload":{"goal":1},"duration":1}`:                    "payload must be a string",
		} {
			equal(b.t, body, b.call(400, "POST", "/live-streams/"+id+"/timed-metadata", body), badParamFailure(text))
		}
		b.call(200, "POST", "/live-streams/"+id+"/timed-metadata", fmt.Sprintf(`{"payload":%q,"duration":1}`, accents(100)))
	}},
	{kind: aParameter, call: callMetadata, what: "duration", page: "Live streams: timed metadata", test: func(b *box) {
		_, id := b.streaming("live-streams")
		for body, text := range map[string]string{
			`{"payload":"a"}`:                "duration is required",
			`{"payload":"a","duration":0}`:   "duration must be 1 or more",
			`{"payload":"a","duration":"5"}`: "duration must be an integer",
		} {
			equal(b.t, body, b.call(400, "POST", "/live-streams/"+id+"/timed-metadata", body), badParamFailure(text))
		}
	}},

	{kind: aRefusal, call: "POST /live-streams/room/{room_id}/stop", what: "hls not running", page: "Live streams: stop", test: func(b *box) {
		room, id := b.streaming("live-streams")
		b.call(200, "POST", "/live-streams/"+id+"/stop", "")
		for _, call := range []string{
			"room/" + room + "/stop", id + "/stop", id + "/pause-recording", id + "/resume-recording", absentID + "/stop",
		} {
			b.refused(errHLSNotRunning, "POST", "/live-streams/"+call, "")
		}
		b.refused(errHLSNotRunning, "POST", "/live-streams/"+id+"/timed-metadata", `{"payload":"a","duration":1}`)
		b.refused(errNoSuchStream, "GET", "/live-streams/"+absentID, "")
	}},
	{kind: aQuirk, what: "HIPAA workspaces have no streams", page: "HIPAA workspace", box: Options{HIPAA: true}, test: func(b *box) {
		room := b.beamed()
		for _, group := range []string{"live-streams", "external-streams"} {
			b.refused(errHIPAAStream, "POST", "/"+group+"/room/"+room+"/start", `{}`)
			b.refused(errHIPAAStream, "POST", "/"+group+"/room/"+room+"/stop", "")
		}
		b.refused(errHIPAAStream, "POST", "/external-streams/"+absentID+"/stop", "")
		b.refused(errHIPAAStream, "POST", "/live-streams/"+absentID+"/stop", "")
	}},
	{kind: aQuirk, call: "POST /live-streams/{stream_id}/pause-recording", what: "a pause is not part of the recording", page: "Live streams: pause recording", test: func(b *box) {
		_, id := b.streaming("live-streams")
		b.elapse(10 * time.Second)
		b.call(200, "POST", "/live-streams/"+id+"/pause-recording", "")
		b.elapse(20 * time.Second)
		b.call(200, "POST", "/live-streams/"+id+"/stop", "")
		b.elapse(beamLeaveTime + beamFilesTime)
		vod := b.call(200, "GET", "/live-streams/"+id, "")["recording_assets"].([]any)[0].(object)
		equal(b.t, "length", vod["duration"], any(10.0))
	}},
}

var externalStreamRows = []row{
	{kind: anEndpoint, call: callStartExternal, page: "External streams: start", test: func(b *box) {
		room := b.beamed()
		got := b.call(200, "POST", "/external-streams/room/"+room+"/start", `{}`)
		equal(b.t, "stream", got, externalStreamOf(got, room))
	}},
	{kind: anEndpoint, call: "POST /external-streams/room/{room_id}/stop", page: "External streams: stop all of a room", test: func(b *box) {
		room, id := b.streaming("external-streams")
		got := b.call(200, "POST", "/external-streams/room/"+room+"/stop", "")
		equal(b.t, "stopped", got, object{"error": "", "limit": 10.0, "last": id, "data": []any{
			with(with(externalStreamOf(items(got)[0], room), runningAt), object{"status": "stopping"}),
		}})
	}},
	{kind: anEndpoint, call: "POST /external-streams/{stream_id}/stop", page: "External streams: stop", test: func(b *box) {
		room, id := b.streaming("external-streams")
		got := b.call(200, "POST", "/external-streams/"+id+"/stop", "")
		equal(b.t, "stopped", got, with(with(externalStreamOf(got, room), runningAt), object{"status": "stopping", "recording_assets": []any{}}))
	}},
	{kind: anEndpoint, call: "GET /external-streams/{stream_id}", page: "External streams: get", test: func(b *box) {
		room, id := b.streaming("external-streams")
		got := b.call(200, "GET", "/external-streams/"+id, "")
		equal(b.t, "running", got, with(with(externalStreamOf(got, room), runningAt), object{"recording_assets": []any{}}))
	}},
	{kind: anEndpoint, call: callListExternal, page: "External streams: list", test: func(b *box) {
		_, id := b.streaming("external-streams")
		b.call(200, "POST", "/external-streams/"+id+"/stop", "")
		b.elapse(beamLeaveTime + beamFilesTime)
		assets := items(b.call(200, "GET", "/external-streams", ""))[0]["recording_assets"].([]any) // which lists of live streams lack
		equal(b.t, "assets", []any{assets[0].(object)["type"], assets[1].(object)["type"]}, []any{"room-composite", "chat"})
	}},
	{kind: aParameter, call: callStartExternal, what: "rtmp_urls", page: "External streams: start", test: func(b *box) {
		room := b.make(`{}`)
		const page = `"meeting_url":"https://x.example.org"`
		b.bad("external-streams", room, `{`+page+`}`, "rtmp_urls is required")
		b.bad("external-streams", room, `{"rtmp_urls":[],`+page+`}`, "rtmp_urls is required")
		b.bad("external-streams", room, `{"rtmp_urls":"rtmp://a/b",`+page+`}`, "rtmp_urls must be an array of strings")
		b.bad("external-streams", room, `{"rtmp_urls":["https://a/b"],`+page+`}`, textRTMPURL)
		b.bad("external-streams", room, `{"rtmp_urls":["rtmp:///b"],`+page+`}`, textRTMPURL)
		b.bad("external-streams", room, `{"rtmp_urls":["rtmp://a","rtmp://b","rtmp://c","rtmp://d","rtmp://e","rtmp://f"],`+page+`}`, "rtmp_urls has more than 5 items")
		got := b.call(200, "POST", "/external-streams/room/"+room+"/start", `{"rtmp_urls":["rtmp://a/1","rtmps://b/2","rtmp://c","rtmp://d","rtmp://e"],`+page+`}`)
		equal(b.t, "urls", got["rtmp_urls"], any([]any{"rtmp://a/1", "rtmps://b/2", "rtmp://c", "rtmp://d", "rtmp://e"}))
		equal(b.t, "defaults", only(got, "recording", "resolution"), object{"recording": false, "resolution": object{"width": 1280.0, "height": 720.0}})
	}},
	{kind: aParameter, call: callStartExternal, what: "meeting_url", page: "External streams: start", test: func(b *box) {
		room := b.make(`{}`)
		b.refused(errInvalidInput, "POST", "/external-streams/room/"+room+"/start", `{"rtmp_urls":["rtmp://a/b"]}`)
		b.bad("external-streams", room, `{"rtmp_urls":["rtmp://a/b"],"meeting_url":"x"}`, textMeetingURL)
	}},
	{kind: aParameter, call: callStartExternal, what: "recording", page: "External streams: start", test: func(b *box) {
		room := b.beamed()
		b.bad("external-streams", room, `{"recording":{}}`, "recording must be a boolean")
		id := b.started("external-streams", room, `{"recording":false}`)
		b.elapse(beamJoinTime)
		b.call(200, "POST", "/external-streams/"+id+"/stop", "")
		b.elapse(beamLeaveTime)
		equal(b.t, "without files it is over at once", b.status(id), "completed")
	}},
	{kind: aParameter, call: callStartExternal, what: "resolution", page: "External streams: start", test: func(b *box) { b.resolutions("external-streams") }},
	{kind: aParameter, call: callStartExternal, what: "destination", page: "External streams: start", test: func(b *box) {
		b.patched(classroomID, `{"destinations":{"rtmpDestinations":{"one":{"rtmpUrls":["rtmp://one"]},"two":{"rtmpUrls":["rtmp://two"]}}}}`)
		room := b.make(`{}`)
		b.bad("external-streams", room, `{}`, textDestinations)
		b.bad("external-streams", room, `{"destination":"three"}`, `destination "three" is not in the template`)
		got := b.call(200, "POST", "/external-streams/room/"+room+"/start", `{"destination":"two"}`)
		equal(b.t, "urls", only(got, "destination", "rtmp_urls"), object{"destination": "two", "rtmp_urls": []any{"rtmp://two"}})
	}},
	{kind: aParameter, call: callListExternal, what: "room_id", page: "External streams: list", test: func(b *box) { b.filtered("external-streams", "room_id") }},
	{kind: aParameter, call: callListExternal, what: "session_id", page: "External streams: list", test: func(b *box) { b.filtered("external-streams", "session_id") }},
	{kind: aParameter, call: callListExternal, what: "status", page: "External streams: list", test: func(b *box) { b.filtered("external-streams", "status") }},
	{kind: aParameter, call: callListExternal, what: "start", page: "External streams: list", test: func(b *box) { b.pagesOf("external-streams", "/external-streams") }},
	{kind: aParameter, call: callListExternal, what: "limit", page: "External streams: list", test: func(b *box) { b.limits("/external-streams") }},
	{kind: aRefusal, call: "POST /external-streams/room/{room_id}/stop", what: "beam not found", page: "Recordings: stop", test: func(b *box) {
		room, id := b.streaming("external-streams")
		b.call(200, "POST", "/external-streams/"+id+"/stop", "")
		b.refused(errBeamNotFound, "POST", "/external-streams/room/"+room+"/stop", "")
		b.refused(errBeamNotFound, "POST", "/external-streams/"+id+"/stop", "")
		b.refused(errNoSuchStream, "GET", "/external-streams/"+absentID, "")
	}},
}
