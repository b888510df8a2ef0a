package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// beamDoc is what the classroom's template says about beams in these tests.
const beamDoc = `{
	"recordings":[{"name":"lessons","role":"teacher","maxDuration":5400,"presignDuration":7200,"compositeRecording":{
		"browserComposite":{"autoStopTimeout":240,"width":854,"height":480},"customComposite":{}},"trackRecording":{},"streamRecording":{}}],
	"destinations":{
		"hlsDestinations":{"stage":{"name":"stage","maxDuration":7200,"autoStopTimeout":120,"layers":[
			{"width":1280,"height":720,"videoBitrate":2048,"audioBitrate":64},{"width":640,"height":360,"videoBitrate":500,"audioBitrate":64}],
			"recording":{"hlsVod":true,"singleFilePerLayer":true,"thumbnails":{"enabled":true,"width":320,"height":180,"offsets":[5,60]}}}},
		"rtmpDestinations":{"tv":{"name":"tv","width":1920,"height":1080,"rtmpUrls":["rtmp://tv.example.org/live/k1"],"recordingEnabled":true}}}}`

// patched puts keys over those of a template, as a seed's file has them: recordings and subdomain are among them, and null takes one
// away.
func (b *box) patched(templateID, keys string) {
	b.t.Helper()
	b.change(func(tx *tx) {
		t := tx.templates.at(templateID)
		var doc object
		if err := json.Unmarshal(t.doc, &doc); err != nil {
			b.t.Fatal(err)
		}
		doc["subdomain"] = t.subdomain
		if t.recording != nil {
			doc["recordings"] = []object{t.recording}
		}
		if err := json.Unmarshal([]byte(keys), &doc); err != nil {
			b.t.Fatal(err)
		}
		text, err := json.Marshal(doc)
		if err != nil {
			b.t.Fatal(err)
		}
		next, err := seedTemplate(text)
		if err != nil {
			b.t.Fatal(err)
		}
		next.isDefault = t.isDefault
		tx.templates.put(tx, next)
	})
}

// beamed makes a room whose template says how to record and stream. In a mute sandbox it has a webhook, so that events are kept.
func (b *box) beamed() (roomID string) {
	b.t.Helper()
	b.patched(classroomID, beamDoc)
	if !b.mute {
		return b.make(`{"name":"beamed"}`)
	}
	return b.make(`{"name":"beamed","webhook":{"url":"http://hooks.example.org/"}}`)
}

// plain makes a room of a template that was made by the API, and says nothing about recordings and streams.
func (b *box) plain() (roomID string) {
	b.t.Helper()
	return b.make(`{"template_id":"` + b.call(200, "POST", "/templates", `{}`)["id"].(string) + `"}`)
}

// plainPage is the page into such a room: its template has no subdomain of its own.
func plainPage(roomID string) string {
	return "https://sandbox.app.100ms.live/preview/" + roomID + "/__internal_recorder?skip_preview=true"
}

// started starts a beam in a room and returns its id.
func (b *box) started(group, roomID, body string) (id string) {
	b.t.Helper()
	return b.call(200, "POST", "/"+group+"/room/"+roomID+"/start", body)["id"].(string)
}

// status is where a beam stands.
func (b *box) status(id string) string {
	b.t.Helper()
	var status string
	b.change(func(tx *tx) { status = tx.beams.at(id).Status })
	return status
}

// toldTypes are the events of a room, in their order.
func (b *box) toldTypes(roomID string) (types []string) {
	b.t.Helper()
	b.change(func(tx *tx) {
		for _, e := range tx.events.list {
			if e.RoomID == roomID {
				types = append(types, e.Type)
			}
		}
	})
	return types
}

// lastTold is the data of the last event of a type in a room, without the room's name, which is in all of them.
func (b *box) lastTold(roomID, kind string) object {
	b.t.Helper()
	var text []byte
	b.change(func(tx *tx) {
		for _, e := range tx.events.list {
			if e.RoomID == roomID && e.Type == kind {
				var err error
				if text, err = json.Marshal(e.Data); err != nil {
					b.t.Fatal(err)
				}
			}
		}
	})
	if text == nil {
		b.t.Fatalf("there was no %s, only %q", kind, b.toldTypes(roomID))
	}
	var data object
	if err := json.Unmarshal(text, &data); err != nil {
		b.t.Fatal(err)
	}
	delete(data, "room_name")
	return data
}

// force makes a call below adminPath, which makes something happen.
func (b *box) force(status int, path, body string) object {
	b.t.Helper()
	r := httptest.NewRequest("POST", adminPath+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+b.token)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	if w.Code != status {
		b.t.Fatalf("%s: status %d, want %d: %s", path, w.Code, status, w.Body)
	}
	var out object
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		b.t.Fatal(err)
	}
	return out
}

// only keeps some keys of an answer.
func only(o object, keys ...string) object {
	kept := object{}
	for _, key := range keys {
		if v, ok := o[key]; ok {
			kept[key] = v
		}
	}
	return kept
}

// items are those of a list.
func items(o object) []object {
	var all []object
	for _, item := range o["data"].([]any) {
		all = append(all, item.(object))
	}
	return all
}

// beamExamples calls each route of beams as it should be called, in an order in which they can be.
func beamExamples(b *box) map[string][2]string {
	room := b.beamed()
	hls, tv := b.make(`{"name":"hls"}`), b.make(`{"name":"tv"}`)
	recorded, shown := b.make(`{"name":"recorded"}`), b.make(`{"name":"shown"}`)
	over := b.started("recordings", shown, `{}`)
	b.elapse(time.Minute)
	b.call(200, "POST", "/recordings/"+over+"/stop", "")
	b.elapse(5 * time.Minute)
	recording, stream, external := b.started("recordings", recorded, `{}`), b.started("live-streams", hls, `{}`), b.started("external-streams", tv, `{}`)
	asset := items(b.call(200, "GET", "/recording-assets", ""))[0]["id"].(string)
	more := func(name string) string { return b.make(fmt.Sprintf(`{"name":%q}`, name)) }
	paused, stopped, toStop := more("paused"), more("stopped"), more("to-stop")
	b.started("recordings", paused, `{}`)
	b.started("recordings", stopped, `{}`)
	b.started("live-streams", toStop, `{}`)
	tvStop, keyed, keyGone := more("tv-stop"), more("keyed"), more("key-gone")
	b.started("external-streams", tvStop, `{}`)
	b.call(200, "POST", "/stream-keys/room/"+keyed, "")
	b.call(200, "POST", "/stream-keys/room/"+keyGone, "")
	metadata, once := more("metadata"), more("once")
	timed, oneStream := b.started("live-streams", metadata, `{}`), b.started("live-streams", once, `{}`)
	return map[string][2]string{
		"POST /recordings/room/{room_id}/start":           {"/recordings/room/" + room + "/start", `{}`},
		"POST /recordings/room/{room_id}/stop":            {"/recordings/room/" + stopped + "/stop", ""},
		"POST /recordings/room/{room_id}/pause":           {"/recordings/room/" + paused + "/pause", ""},
		"POST /recordings/room/{room_id}/resume":          {"/recordings/room/" + paused + "/resume", ""},
		"POST /recordings/{recording_id}/stop":            {"/recordings/" + recording + "/stop", ""},
		"GET /recordings/{recording_id}":                  {"/recordings/" + over, ""},
		"GET /recordings":                                 {"/recordings", ""},
		"GET /recording-assets":                           {"/recording-assets", ""},
		"GET /recording-assets/{asset_id}":                {"/recording-assets/" + asset, ""},
		"GET /recording-assets/{asset_id}/presigned-url":  {"/recording-assets/" + asset + "/presigned-url", ""},
		"POST /live-streams/room/{room_id}/start":         {"/live-streams/room/" + shown + "/start", `{}`},
		"POST /live-streams/room/{room_id}/stop":          {"/live-streams/room/" + toStop + "/stop", ""},
		"POST /live-streams/{stream_id}/stop":             {"/live-streams/" + oneStream + "/stop", ""},
		"GET /live-streams/{stream_id}":                   {"/live-streams/" + stream, ""},
		"GET /live-streams":                               {"/live-streams", ""},
		"POST /live-streams/{stream_id}/timed-metadata":   {"/live-streams/" + timed + "/timed-metadata", `{"payload":"goal","duration":3}`},
		"POST /live-streams/{stream_id}/pause-recording":  {"/live-streams/" + timed + "/pause-recording", ""},
		"POST /live-streams/{stream_id}/resume-recording": {"/live-streams/" + timed + "/resume-recording", ""},
		"POST /external-streams/room/{room_id}/start":     {"/external-streams/room/" + keyed + "/start", `{}`},
		"POST /external-streams/room/{room_id}/stop":      {"/external-streams/room/" + tvStop + "/stop", ""},
		"POST /external-streams/{stream_id}/stop":         {"/external-streams/" + external + "/stop", ""},
		"GET /external-streams/{stream_id}":               {"/external-streams/" + external, ""},
		"GET /external-streams":                           {"/external-streams", ""},
		"POST /stream-keys/room/{room_id}":                {"/stream-keys/room/" + once, ""},
		"GET /stream-keys/room/{room_id}":                 {"/stream-keys/room/" + keyed, ""},
		"POST /stream-keys/room/{room_id}/disable":        {"/stream-keys/room/" + keyGone + "/disable", ""},
	}
}

// TestBeamRoutes walks the routes: each call answers with a good token, and refuses without one and with another method.
func TestBeamRoutes(t *testing.T) {
	b := newBox(t, Options{Mute: true})
	examples := beamExamples(b)
	for _, rt := range beamRoutes() {
		name := rt.method + " " + rt.path
		ex, ok := examples[name]
		if !ok {
			t.Errorf("%s has no example", name)
			continue
		}
		if w := b.do("PATCH", ex[0], ex[1]); w.Code != 405 {
			t.Errorf("%s: PATCH is answered %d", name, w.Code)
		}
		token := b.token
		b.token = "x.y.z"
		b.call(401, rt.method, ex[0], ex[1])
		b.token = token
		if w := b.do(rt.method, ex[0], ex[1]); w.Code != 200 && w.Code != 201 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	equal(t, "examples", len(examples), len(beamRoutes()))
}

// TestBeamCourse: a recording goes through its states by itself, each at its time.
func TestBeamCourse(t *testing.T) {
	b := newBox(t, Options{Mute: true})
	room := b.beamed()
	b.joined(room, "teacher", 0)
	id := b.started("recordings", room, `{"transcription":{"enabled":true,"summary":{"enabled":true}}}`)
	steps := []struct {
		wait   time.Duration
		status string
	}{
		{beamJoinTime - time.Millisecond, "starting"},
		{time.Millisecond, "running"},
		{90*time.Minute - time.Millisecond, "running"}, // the template's maxDuration
		{time.Millisecond, "stopping"},
		{beamLeaveTime, "post_processing"},
		{beamFilesTime, "completed"},
	}
	for _, step := range steps {
		b.elapse(step.wait)
		equal(t, "status", b.status(id), step.status)
	}
	equal(t, "transcripts", only(b.transcript(id), "status", "size"), object{"status": "processing", "size": 0.0})
	b.elapse(18 * time.Minute)
	equal(t, "just before", b.transcript(id)["status"], any("processing"))
	b.elapse(beamLeaveTime / transcriptShare)
	equal(t, "a fifth of the length later", b.transcript(id)["status"], any("completed"))
	equal(t, "events", b.toldTypes(room), []string{
		"session.open.success", "peer.join.success", "track.add.success", "track.add.success",
		"beam.started.success", "beam.stopped.success", "beam.recording.success",
		"transcription.started.success", "transcription.success",
	})
	equal(t, "reason", b.lastTold(room, "beam.stopped.success")["reason"], any("max duration reached"))
}

// transcript is the first transcript of a recording, as it is embedded.
func (b *box) transcript(id string) object {
	b.t.Helper()
	for _, a := range b.call(200, "GET", "/recordings/"+id, "")["recording_assets"].([]any) {
		if a.(object)["type"] == assetTranscript {
			return a.(object)
		}
	}
	b.t.Fatal("there is no transcript")
	return nil
}

// TestBeamReasons: why beams stop by themselves.
func TestBeamReasons(t *testing.T) {
	for _, tc := range []struct {
		name   string
		do     func(b *box, room string)
		wait   time.Duration
		reason string
	}{
		{"nobody comes", func(*box, string) {}, beamJoinTime + 240*time.Second, "last peer left"},
		{"the last one leaves", func(b *box, room string) { b.joined(room, "teacher", time.Hour) }, time.Hour + 240*time.Second, "last peer left"},
		{"somebody comes back", func(b *box, room string) {
			b.joined(room, "teacher", time.Minute)
			b.elapse(2 * time.Minute)
			b.joined(room, "teacher", time.Hour)
		}, time.Hour + 240*time.Second, "last peer left"},
		{"the session ends", func(b *box, room string) {
			b.joined(room, "teacher", 0)
			b.change(func(tx *tx) { tx.endSession(tx.running[room], "over") })
		}, 0, "room ended"},
		{"it was asked to", func(b *box, room string) { b.call(200, "POST", "/recordings/room/"+room+"/stop", "") }, 0, "client request"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBox(t, Options{Mute: true})
			room := b.beamed()
			id := b.started("recordings", room, `{}`)
			b.elapse(beamJoinTime)
			start := b.clock.now()
			tc.do(b, room)
			b.elapse(max(0, tc.wait-beamJoinTime-time.Millisecond))
			if tc.wait > 0 {
				equal(t, "before", b.status(id), "running")
			}
			b.elapse(time.Millisecond + beamJoinTime + beamLeaveTime)
			equal(t, "after", b.status(id), "post_processing")
			equal(t, "reason", b.lastTold(room, "beam.stopped.success")["reason"], any(tc.reason))
			b.change(func(tx *tx) {
				if tx.running[room] != nil {
					t.Error("the session goes on", tx.now.Sub(start))
				}
			})
		})
	}
}

// TestBeamsAndSessions: a bot keeps the session of a room open that it is in, and opens it where there is none.
func TestBeamsAndSessions(t *testing.T) {
	b := newBox(t, Options{Mute: true})
	room := b.beamed()
	id := b.started("recordings", room, `{}`)
	session := b.call(200, "GET", "/recordings/"+id, "")["session_id"]
	b.joined(room, "teacher", time.Minute)
	b.elapse(2 * time.Minute)
	b.change(func(tx *tx) { equal(t, "session", any(tx.running[room].ID), session) })
	b.call(200, "POST", "/recordings/"+id+"/stop", "")
	b.elapse(beamLeaveTime)
	b.change(func(tx *tx) {
		if tx.running[room] != nil {
			t.Error("the session goes on without anybody")
		}
	})
	equal(t, "closed once", len(slices.DeleteFunc(b.toldTypes(room), func(e string) bool { return e != "session.close.success" })), 1)
}

// TestBeamsAfterRestart: beams go on where they were, and what came of them is as it was.
func TestBeamsAfterRestart(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir, Mute: true})
	room, keyed := b.beamed(), b.make(`{"name":"keyed"}`)
	id := b.started("recordings", room, `{"transcription":{"enabled":true}}`)
	key := b.call(200, "POST", "/stream-keys/room/"+keyed, "")["key"].(string)
	b.force(200, "/stream-keys/"+key+"/ingest/start", "")
	b.elapse(time.Minute)
	b.call(200, "POST", "/recordings/"+id+"/stop", "")
	seen := func() (all []any) {
		for _, path := range []string{"/recordings", "/recordings/" + id, "/recording-assets", "/live-streams", "/stream-keys/room/" + keyed} {
			all = append(all, b.call(200, "GET", path, ""))
		}
		return all
	}
	for _, wait := range []time.Duration{0, time.Minute, 10 * time.Minute} {
		b.elapse(wait)
		want := seen()
		b.kill()
		b = newBox(t, Options{Dir: dir, Mute: true})
		equal(t, "state", seen(), want)
	}
	equal(t, "status", b.status(id), "completed")
	equal(t, "transcript", b.transcript(id)["status"], any("completed"))
	b.force(200, "/stream-keys/"+key+"/ingest/stop", "")
}

// TestBrokenBeams: a state whose beams refer to nothing is refused.
func TestBrokenBeams(t *testing.T) {
	for _, tc := range []struct {
		what string
		put  func(st *state)
	}{
		{"beam", func(st *state) { st.beams.move(nil, new(&beam{ID: "1", RoomID: "r"})) }},
		{"capture", func(st *state) { st.captures.move(nil, new(&capture{ID: "1", RoomID: "r"})) }},
		{"stream key", func(st *state) { st.streamKeys.move(nil, new(&streamKey{ID: "1", RoomID: "none"})) }},
		{"ingest", func(st *state) { st.ingests.move(nil, new(&ingest{ID: "1", RoomID: "r"})) }},
	} {
		st := newState(conf{})
		st.rooms.move(nil, new(&room{ID: "r"}))
		equal(t, "whole", st.checkBeams(), error(nil))
		tc.put(st)
		if st.checkBeams() == nil {
			t.Errorf("a %s that refers to nothing is taken", tc.what)
		}
	}
}
