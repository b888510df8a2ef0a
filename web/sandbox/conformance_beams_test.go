package sandbox

import (
	"fmt"
	"slices"
	"time"
)

var beamRows = slices.Concat(recordingRows, transcriptionRows, liveStreamRows, externalStreamRows, assetRows, streamKeyRows, beamEventRows, beamFactRows, beamReadingRows)

const (
	callStartRecording = "POST /recordings/room/{room_id}/start"
	callListRecordings = "GET /recordings"
	beamNow            = "2025-03-04T09:30:00.123456789Z" // testStart, as starts show it
	beamNowMillis      = "2025-03-04T09:30:00.123Z"       // as all else does
)

// classroomPage is the page of the classroom's own link to a room.
func classroomPage(roomID, role string) string {
	return "https://classroom-demo.app.100ms.live/preview/" + roomID + "/" + role + "?skip_preview=true"
}

// recordingOf is a recording just started, as a start answers.
func recordingOf(got object, roomID string) object {
	return object{
		"id": got["id"], "room_id": roomID, "session_id": got["session_id"], "status": "starting",
		"created_at": beamNow, "started_at": nil, "updated_at": beamNow, "stopped_at": nil,
		"meeting_url": classroomPage(roomID, "teacher"), "destination": "lessons", "started_by": "", "stopped_by": "",
		"asset_types": []any{"room-composite", "chat"}, "recording_assets": nil,
	}
}

// without is an answer without some of its keys.
func without(o object, keys ...string) object {
	rest := with(o, object{})
	for _, key := range keys {
		delete(rest, key)
	}
	return rest
}

// begun starts a recording and lets it run.
func (b *box) begun(body string) (roomID, id string) {
	b.t.Helper()
	roomID = b.beamed()
	id = b.started("recordings", roomID, body)
	b.elapse(beamJoinTime)
	return roomID, id
}

// recordedOver is a recording of a minute with its files.
func (b *box) recordedOver(body string) (roomID, id string) {
	b.t.Helper()
	roomID, id = b.begun(body)
	b.elapse(time.Minute - beamLeaveTime)
	b.call(200, "POST", "/recordings/"+id+"/stop", "")
	b.elapse(beamLeaveTime + beamFilesTime)
	return roomID, id
}

// bad makes a start that has to be refused in the validation shape.
func (b *box) bad(group, roomID, body, text string) {
	b.t.Helper()
	equal(b.t, body, b.call(400, "POST", "/"+group+"/room/"+roomID+"/start", body), badParamFailure(text))
}

var recordingRows = []row{
	{kind: anEndpoint, call: callStartRecording, page: "Recordings: start", test: func(b *box) {
		room := b.beamed()
		got := b.call(200, "POST", "/recordings/room/"+room+"/start", `{}`)
		equal(b.t, "recording", got, recordingOf(got, room))
	}},
	{kind: anEndpoint, call: "POST /recordings/room/{room_id}/stop", page: "Recordings: stop all of a room", test: func(b *box) {
		room, id := b.begun(`{}`)
		b.elapse(time.Minute)
		got := b.call(200, "POST", "/recordings/room/"+room+"/stop", "")
		one := recordingOf(items(got)[0], room)
		equal(b.t, "stopped", got, object{"limit": 1.0, "last": id, "data": []any{with(without(one, "destination", "recording_assets"), object{
			"status": "stopping", "created_at": beamNowMillis, "started_at": "2025-03-04T09:30:04.123Z", "updated_at": "2025-03-04T09:31:04.123Z",
		})}})
	}},
	{kind: anEndpoint, call: "POST /recordings/room/{room_id}/pause", page: "Recordings: pause", test: func(b *box) { b.switched("pause") }},
	{kind: anEndpoint, call: "POST /recordings/room/{room_id}/resume", page: "Recordings: resume", test: func(b *box) { b.switched("resume") }},
	{kind: anEndpoint, call: "POST /recordings/{recording_id}/stop", page: "Recordings: stop", test: func(b *box) {
		_, id := b.begun(`{}`)
		equal(b.t, "stopped", only(b.call(200, "POST", "/recordings/"+id+"/stop", ""), "id", "status", "stopped_at", "stopped_by"),
			object{"id": id, "status": "stopping", "stopped_at": nil, "stopped_by": ""})
		b.elapse(beamLeaveTime)
		equal(b.t, "then", only(b.call(200, "GET", "/recordings/"+id, ""), "status", "stopped_at"),
			object{"status": "post_processing", "stopped_at": "2025-03-04T09:30:06.123Z"})
	}},
	{kind: anEndpoint, call: "GET /recordings/{recording_id}", page: "Recordings: get", test: func(b *box) {
		room, id := b.recordedOver(`{}`)
		got := b.call(200, "GET", "/recordings/"+id, "")
		assets := got["recording_assets"].([]any)
		base := "s3://lessons-of-the-demo-school/classroom/%s/" + room + "/20250304/Rec-" + room + "-1741080604123.%s"
		made := object{"status": "completed", "created_at": "2025-03-04T09:32:44.123Z", "thumbnails": nil}
		equal(b.t, "recording", got, with(without(recordingOf(got, room), "destination"), object{
			"status": "completed", "created_at": beamNowMillis, "started_at": "2025-03-04T09:30:04.123Z",
			"updated_at": "2025-03-04T09:32:44.123Z", "stopped_at": "2025-03-04T09:31:04.123Z",
			"recording_assets": []any{
				with(made, object{
					"id": assets[0].(object)["id"], "type": "room-composite", "metadata": object{"resolution": object{"width": 854.0, "height": 480.0}},
					"duration": 60.0, "size": 60 * (64.0 + 409) * 125, "path": fmt.Sprintf(base, "beam", "mp4"),
				}),
				with(made, object{
					"id": assets[1].(object)["id"], "type": "chat", "metadata": object{}, "duration": 0.0, "size": float64(len(chatHeader)),
					"path": fmt.Sprintf(base, "chat", "csv"),
				}),
			},
		}))
	}},
	{kind: anEndpoint, call: callListRecordings, page: "Recordings: list", test: func(b *box) {
		room, id := b.begun(`{}`)
		got := b.call(200, "GET", "/recordings", "")
		equal(b.t, "list", got, object{"limit": 10.0, "last": id, "data": []any{
			with(without(recordingOf(items(got)[0], room), "destination", "recording_assets"), object{
				"status": "running", "created_at": beamNowMillis, "started_at": "2025-03-04T09:30:04.123Z", "updated_at": "2025-03-04T09:30:04.123Z",
			}),
		}})
	}},

	{kind: aParameter, call: callStartRecording, what: "meeting_url", page: "Recordings: start", test: func(b *box) {
		room := b.plain() // there is no other URL
		b.bad("recordings", room, `{"meeting_url":"lesson.example.org"}`, textMeetingURL)
		b.bad("recordings", room, `{"meeting_url":"ftp://lesson.example.org"}`, textMeetingURL)
		b.bad("recordings", room, `{"meeting_url":7}`, "meeting_url must be a string")
		got := b.call(200, "POST", "/recordings/room/"+room+"/start", `{"meeting_url":"https://lesson.example.org/x?auth_token=a"}`)
		equal(b.t, "recording", only(got, "meeting_url", "destination"), object{"meeting_url": "https://lesson.example.org/x?auth_token=a", "destination": ""})
	}},
	{kind: aParameter, call: callStartRecording, what: "resolution", page: "Recordings: start", test: func(b *box) { b.resolutions("recordings") }},
	{kind: aParameter, call: callStartRecording, what: "destination", page: "Recordings: start", test: func(b *box) {
		b.patched(classroomID, beamDoc)
		b.patched(classroomID, `{"destinations":{"browserRecordings":{"older":{"name":"older","role":"student"}}}}`)
		room := b.make(`{}`)
		b.bad("recordings", room, `{}`, textDestinations)
		b.bad("recordings", room, `{"destination":"none"}`, `destination "none" is not in the template`)
		got := b.call(200, "POST", "/recordings/room/"+room+"/start", `{"destination":"older"}`)
		equal(b.t, "recording", only(got, "meeting_url", "destination"), object{"meeting_url": classroomPage(room, "student"), "destination": "older"})
	}},
	{kind: aParameter, call: callStartRecording, what: "audio_only", page: "Recordings: start", test: func(b *box) {
		_, id := b.recordedOver(`{"audio_only":true}`)
		asset := b.call(200, "GET", "/recordings/"+id, "")["recording_assets"].([]any)[0].(object)
		equal(b.t, "asset", only(asset, "type", "size", "metadata"), object{"type": "room-composite", "size": 60 * 64.0 * 125, "metadata": object{}})
	}},
	{kind: aParameter, call: callStartRecording, what: "transcription", page: "Recordings: start", test: func(b *box) {
		room := b.beamed()
		got := b.call(200, "POST", "/recordings/room/"+room+"/start", `{"transcription":{"enabled":true,"output_modes":["txt"],"summary":{"enabled":true}}}`)
		equal(b.t, "types", got["asset_types"], any([]any{"room-composite", "chat", "transcript", "summary"}))
	}},
	{kind: aParameter, call: callListRecordings, what: "room_id", page: "Recordings: list", test: func(b *box) { b.filtered("recordings", "room_id") }},
	{kind: aParameter, call: callListRecordings, what: "session_id", page: "Recordings: list", test: func(b *box) { b.filtered("recordings", "session_id") }},
	{kind: aParameter, call: callListRecordings, what: "status", page: "Recordings: list", test: func(b *box) { b.filtered("recordings", "status") }},
	{kind: aParameter, call: callListRecordings, what: "start", page: "Recordings: list", test: func(b *box) { b.pagesOf("recordings", "/recordings") }},
	{kind: aParameter, call: callListRecordings, what: "limit", page: "Recordings: list", test: func(b *box) { b.limits("/recordings") }},

	{kind: aRefusal, call: callStartRecording, what: "beam already started", page: "Recordings: start", test: func(b *box) {
		room := b.beamed()
		for _, group := range []string{"recordings", "live-streams", "external-streams"} {
			id := b.started(group, room, `{}`)
			for _, other := range []string{"recordings", "live-streams", "external-streams"} {
				b.refused(errBeamStarted, "POST", "/"+other+"/room/"+room+"/start", `{}`)
			}
			b.elapse(beamJoinTime)
			b.call(200, "POST", "/"+group+"/"+id+"/stop", "")
			b.refused(errBeamStarted, "POST", "/"+group+"/room/"+room+"/start", `{}`) // it has not left yet
			b.elapse(beamLeaveTime)
		}
	}},
	{kind: aRefusal, call: callStartRecording, what: "invalid input", page: "Recordings: start", test: func(b *box) {
		room := b.plain()
		for _, body := range []string{`{}`, `{"meeting_url":""}`, `{"meeting_url":null}`} {
			b.refused(errInvalidInput, "POST", "/recordings/room/"+room+"/start", body)
			b.refused(errInvalidInput, "POST", "/live-streams/room/"+room+"/start", body)
		}
	}},
	{kind: aRefusal, call: callStartRecording, what: "user does not have required permission", page: "Recordings: start", test: func(b *box) {
		for _, id := range []string{"1", "00000000000", absentID} {
			b.refused(errNoPermission, "POST", "/recordings/room/"+id+"/start", `{}`)
		}
	}},
	{kind: aRefusal, call: callStartRecording, what: "request body must not be empty", page: "Recordings: start", test: func(b *box) {
		b.refused(errEmptyBody, "POST", "/recordings/room/"+b.beamed()+"/start", "")
	}},
	{kind: aRefusal, call: callStartRecording, what: "request body contains badly-formed JSON (at position N)", page: "Recordings: start", test: func(b *box) {
		equal(b.t, "trailing comma", b.call(400, "POST", "/recordings/room/"+b.beamed()+"/start", `{"audio_only":true,}`),
			failure(400, "request body contains badly-formed JSON (at position 20)"))
	}},
	{kind: aRefusal, call: callStartRecording, what: "Room is disabled", page: "Recordings: start", test: func(b *box) {
		room := b.beamed()
		b.call(200, "POST", "/rooms/"+room, `{"enabled":false}`)
		b.refused(errRoomDisabled, "POST", "/recordings/room/"+room+"/start", `{}`)
	}},
	{
		kind: aRefusal, call: callStartRecording, what: "hipaa enabled: recording config is not provided", page: "HIPAA workspace", box: Options{HIPAA: true},
		test: func(b *box) {
			room := b.make(`{"template_id":"` + webinarID + `"}`)
			equal(b.t, "the short shape", b.call(500, "POST", "/recordings/room/"+room+"/start", `{"meeting_url":"https://x.example.org"}`),
				object{"code": 500.0, "message": "hipaa enabled: recording config is not provided"})
			b.started("recordings", b.beamed(), `{}`) // into a bucket of its own
		},
	},
	{kind: aRefusal, call: "POST /recordings/room/{room_id}/stop", what: "beam not found", page: "Recordings: stop", test: func(b *box) {
		room, id := b.recordedOver(`{}`)
		for _, call := range []string{"room/" + room + "/stop", "room/" + room + "/pause", "room/" + room + "/resume", id + "/stop", absentID + "/stop"} {
			b.refused(errBeamNotFound, "POST", "/recordings/"+call, "")
		}
		b.refused(errBeamNotFound, "GET", "/recordings/"+absentID, "")
		b.refused(errNoPermission, "POST", "/recordings/room/"+absentID+"/stop", "")
		stream := b.started("live-streams", room, `{}`)
		b.refused(errBeamNotFound, "GET", "/recordings/"+stream, "") // of another kind
	}},

	{kind: aQuirk, what: "starting a recording in an empty room opens its session", page: "Recordings: start", test: func(b *box) {
		room := b.beamed()
		got := b.call(200, "POST", "/recordings/room/"+room+"/start", `{}`)
		b.change(func(tx *tx) { equal(b.t, "session", any(tx.running[room].ID), got["session_id"]) })
	}},
	{kind: aQuirk, what: "there is no paused status, and a pause is not part of the length", page: "Recordings: pause", test: func(b *box) {
		room, id := b.begun(`{}`)
		for _, step := range []string{"pause", "pause", "resume", "resume"} {
			equal(b.t, step, b.call(200, "POST", "/recordings/room/"+room+"/"+step, "")["status"], any("running"))
			b.elapse(10 * time.Second)
		}
		b.call(200, "POST", "/recordings/"+id+"/stop", "")
		b.elapse(beamLeaveTime + beamFilesTime)
		asset := b.call(200, "GET", "/recordings/"+id, "")["recording_assets"].([]any)[0].(object)
		equal(b.t, "length", asset["duration"], any(22.0))
	}},
	{kind: aQuirk, what: "a template made by API has no link of its own", page: "Templates: object", test: func(b *box) {
		made := b.call(200, "POST", "/templates", `{}`)["id"].(string)
		config := `[{"name":"lessons","role":"host","compositeRecording":{"browserComposite":{}}}]`
		if w := b.do("POST", "/templates/"+made+"/recordings", config); w.Code != 200 {
			b.t.Fatal(w.Body)
		}
		room := b.make(`{"template_id":"` + made + `"}`)
		b.refused(errInvalidInput, "POST", "/recordings/room/"+room+"/start", `{}`)
		got := b.call(200, "POST", "/recordings/room/"+room+"/start", `{"meeting_url":"https://x.example.org"}`)
		equal(b.t, "all else it says", got["destination"], any("lessons"))
	}},
	{kind: aQuirk, what: "recording_assets is null until it is done", page: "Recordings: object", test: func(b *box) {
		_, id := b.begun(`{}`)
		if assets, sent := b.call(200, "GET", "/recordings/"+id, "")["recording_assets"]; !sent || assets != nil {
			b.t.Errorf("recording_assets is %v", assets)
		}
	}},
	{kind: aQuirk, what: "a recording that is stopped too early fails", page: "Webhooks: events", box: Options{Mute: true}, test: func(b *box) {
		room := b.beamed()
		id := b.started("recordings", room, `{}`)
		equal(b.t, "at first", b.call(200, "POST", "/recordings/"+id+"/stop", "")["status"], any("stopping"))
		b.elapse(beamLeaveTime)
		equal(b.t, "then", b.status(id), "failed")
		equal(b.t, "why", b.lastTold(room, "beam.failure")["error_type"], any("BEAM_STOPPED"))
	}},
	{kind: aQuirk, what: "the limit of a plain start is four hours, and a bot may be alone for five minutes", page: "Webhooks: events", test: func(b *box) {
		room := b.plain()
		id := b.started("recordings", room, `{"meeting_url":"https://x.example.org"}`)
		b.change(func(tx *tx) {
			equal(b.t, "limits", []int{tx.beams.at(id).MaxDuration, tx.beams.at(id).AutoStop}, []int{14400, 300})
		})
	}},
}

// switched checks pausing or resuming.
func (b *box) switched(how string) {
	b.t.Helper()
	room, _ := b.begun(`{}`)
	got := b.call(200, "POST", "/recordings/room/"+room+"/"+how, "{}")
	equal(b.t, how, got, with(recordingOf(got, room), object{
		"status": "running", "asset_types": nil, "created_at": beamNowMillis,
		"started_at": "2025-03-04T09:30:04.123Z", "updated_at": "2025-03-04T09:30:04.123Z",
	}))
}

// resolutions checks the documented range of a bot's window.
func (b *box) resolutions(group string) {
	b.t.Helper()
	room := b.beamed()
	for _, size := range [][2]int{{499, 500}, {500, 479}, {1921, 1080}, {1920, 1081}, {1081, 1920}, {1080, 1921}, {499, 1080}, {1081, 1081}, {490, 490}} {
		b.bad(group, room, fmt.Sprintf(`{"resolution":{"width":%d,"height":%d}}`, size[0], size[1]), fmt.Sprintf(textResolution, "resolution"))
	}
	b.bad(group, room, `{"resolution":{"width":1280}}`, "resolution needs a width and a height")
	b.bad(group, room, `{"resolution":{"height":720}}`, "resolution needs a width and a height")
	b.bad(group, room, `{"resolution":"720p"}`, "resolution must be an object")
	for _, size := range [][2]int{{500, 480}, {500, 500}, {1920, 1080}, {1080, 1920}, {1080, 1080}} {
		id := b.started(group, room, fmt.Sprintf(`{"resolution":{"width":%d,"height":%d}}`, size[0], size[1]))
		b.change(func(tx *tx) { equal(b.t, "size", [2]int{tx.beams.at(id).Width, tx.beams.at(id).Height}, size) })
		b.elapse(beamJoinTime)
		b.call(200, "POST", "/"+group+"/"+id+"/stop", "")
		b.elapse(beamLeaveTime)
	}
}

// filtered checks a filter of a list of beams.
func (b *box) filtered(group, name string) {
	b.t.Helper()
	room := b.beamed()
	first := b.call(200, "POST", "/"+group+"/room/"+room+"/start", `{}`)
	b.elapse(beamJoinTime)
	b.call(200, "POST", "/"+group+"/room/"+room+"/stop", "")
	b.elapse(time.Hour)
	second := b.call(200, "POST", "/"+group+"/room/"+b.make(`{}`)+"/start", `{}`)
	value := first[name]
	if name == "status" {
		value = "completed"
		b.refused(errBadQuery, "GET", "/"+group+"?status=paused", "")
	}
	ids := func(query string) (ids []any) {
		for _, one := range items(b.call(200, "GET", "/"+group+"?"+query, "")) {
			ids = append(ids, one["id"])
		}
		return ids
	}
	equal(b.t, "filtered", ids(fmt.Sprintf("%s=%s", name, value)), []any{first["id"]})
	equal(b.t, "not filtered", ids(""), []any{second["id"], first["id"]})
	equal(b.t, "together", ids(fmt.Sprintf("room_id=%s&session_id=%s", room, first["session_id"])), []any{first["id"]})
	equal(b.t, "apart", ids(fmt.Sprintf("room_id=%s&session_id=%s", second["room_id"], first["session_id"])), []any(nil))
	equal(b.t, "nothing", ids("session_id="+absentID), []any(nil))
}
