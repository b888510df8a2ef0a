package sandbox

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestAutoStart: a template can have its bot start with the session.
func TestAutoStart(t *testing.T) {
	auto := strings.Replace(beamDoc, `"autoStopTimeout":240`, `"autoStopTimeout":240,"autoStart":true`, 1)
	for _, tc := range []struct {
		name string
		o    Options
		doc  string
		want int
	}{
		{"it says so", Options{}, auto, 1},
		{"it doesn't", Options{}, beamDoc, 0},
		{"it has no recordings", Options{}, `{"recordings":null}`, 0},
		{"it has no link", Options{}, strings.Replace(auto, "{", `{"subdomain":"",`, 1), 0},
		{"the page is not known", otherwise(ReadingMeetingURLMandatory), auto, 0},
		{"HIPAA with a bucket", Options{HIPAA: true}, auto, 1},
		{"HIPAA without", Options{HIPAA: true}, strings.Replace(auto, "{", `{"settings":{"recording":{"enabled":true}},`, 1), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBox(t, tc.o)
			b.patched(classroomID, tc.doc)
			room := b.make(`{}`)
			b.joined(room, "teacher", time.Hour)
			list := items(b.call(200, "GET", "/recordings?room_id="+room, ""))
			equal(t, "recordings", len(list), tc.want)
			if tc.want > 0 {
				equal(t, "recording", only(list[0], "meeting_url", "started_by"), object{"meeting_url": classroomPage(room, "teacher"), "started_by": ""})
			}
		})
	}
}

// TestAutoStartBesideStart: a recording that opens the session takes the place of the one that would start with it.
func TestAutoStartBesideStart(t *testing.T) {
	b := newBox(t, Options{})
	b.patched(classroomID, strings.Replace(beamDoc, `"autoStopTimeout":240`, `"autoStart":true`, 1))
	room := b.make(`{}`)
	b.started("live-streams", room, `{}`)
	b.joined(room, "teacher", time.Hour)
	equal(t, "recordings", len(items(b.call(200, "GET", "/recordings", ""))), 0)
}

// TestBeamsOfPeers: those in a room can record and stream it.
func TestBeamsOfPeers(t *testing.T) {
	for kind, group := range map[string]string{beamRecording: "recordings", beamLive: "live-streams", beamExternal: "external-streams"} {
		b := newBox(t, Options{Mute: true})
		room := b.beamed()
		peer := b.joined(room, "teacher", 0)
		b.change(func(tx *tx) {
			if _, err := tx.startByPeer(kind, tx.rooms.at(room), peer); err != nil {
				t.Fatal(kind, err)
			}
			if _, err := tx.startByPeer(kind, tx.rooms.at(room), peer); !errors.Is(err, errBeamStarted) {
				t.Error(kind, err)
			}
		})
		b.elapse(time.Minute)
		b.change(func(tx *tx) { tx.stopByPeer(kind, tx.rooms.at(room), peer) })
		b.change(func(tx *tx) { tx.stopByPeer(kind, tx.rooms.at(room), "another") })
		got := items(b.call(200, "GET", "/"+group, ""))[0]
		equal(t, kind, only(got, "started_by", "stopped_by", "status"), object{"started_by": peer, "stopped_by": peer, "status": "stopping"})
	}
}

// TestPagesOfPeers: what somebody in a room starts opens the template's own link, and a page that the client knows where there is none.
func TestPagesOfPeers(t *testing.T) {
	b := newBox(t, Options{})
	linked, plain := b.beamed(), b.plain()
	for room, want := range map[string]string{linked: classroomPage(linked, "teacher"), plain: plainPage(plain)} {
		b.change(func(tx *tx) {
			got, err := tx.startByPeer(beamRecording, tx.rooms.at(room), "")
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "page", got.MeetingURL, want)
		})
	}
	nowhere := b.plain()
	b.change(func(tx *tx) {
		if _, err := tx.startByPeer(beamExternal, tx.rooms.at(nowhere), ""); err == nil {
			t.Error("a stream goes nowhere")
		}
	})
}

// TestPeersOfHIPAA: what HIPAA workspaces refuse they refuse those in a room too.
func TestPeersOfHIPAA(t *testing.T) {
	b := newBox(t, Options{HIPAA: true, Mute: true})
	own, none := b.beamed(), b.make(`{"template_id":"`+webinarID+`"}`)
	for _, tc := range []struct {
		kind, room string
		want       error
	}{
		{beamLive, own, errHIPAAStream},
		{beamExternal, own, errHIPAAStream},
		{beamRecording, none, errHIPAARecording},
		{beamRecording, own, nil}, // into a bucket of its own
	} {
		b.change(func(tx *tx) {
			if _, err := tx.startByPeer(tc.kind, tx.rooms.at(tc.room), ""); !errors.Is(err, tc.want) {
				t.Errorf("%s: %v, want %v", tc.kind, err, tc.want)
			}
		})
	}
}

// TestCaptures: who decides on what a session records by itself.
func TestCaptures(t *testing.T) {
	for _, tc := range []struct {
		name, room, doc            string
		hipaa                      bool
		composite, tracks, streams bool
	}{
		{"the template's settings", `{}`, `{}`, false, true, false, false},
		{"the room against it", `{"recording_info":{"enabled":false}}`, `{}`, false, false, false, false},
		{"the room alone", `{"recording_info":{"enabled":true}}`, `{"settings":{}}`, false, true, false, false},
		{"the configuration", `{}`, `{"settings":{},"recordings":[{"compositeRecording":{"customComposite":{"enabled":true}}}]}`, false, true, false, false},
		{"tracks and streams", `{}`, `{"settings":{},"recordings":[{"trackRecording":{"enabled":true},"streamRecording":{"enabled":true}}]}`, false, false, true, true},
		{
			"not in HIPAA workspaces", `{}`,
			`{"settings":{"recording":{"upload":{"type":"s3","location":"b"}}},"recordings":[{"trackRecording":{"enabled":true},"streamRecording":{"enabled":true}}]}`,
			true, false, false, false,
		},
		{"values of another type say nothing", `{}`, `{"settings":{"recording":{"enabled":"yes"}},"recordings":{"trackRecording":1}}`, false, false, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBox(t, Options{HIPAA: tc.hipaa})
			b.patched(classroomID, tc.doc)
			room := b.make(tc.room)
			b.joined(room, "teacher", time.Hour)
			b.change(func(tx *tx) {
				c := tx.captures.at(tx.running[room].ID)
				if c == nil {
					c = &capture{}
				}
				equal(t, "captured", []bool{c.Composite, c.Tracks, c.Streams}, []bool{tc.composite, tc.tracks, tc.streams})
			})
		})
	}
}

// TestRoomsBucket: a room's own bucket is for what its sessions record by themselves.
func TestRoomsBucket(t *testing.T) {
	b := newBox(t, Options{})
	room := b.make(`{"recording_info":{"enabled":true,"upload_info":{"type":"gs","location":"ward","prefix":"/seven/"}}}`)
	b.change(func(tx *tx) {
		rm := tx.rooms.at(room)
		config := readBeamConfig(tx.templates.at(rm.TemplateID))
		equal(t, "session", config.sessionBucket(rm).path("x"), "gs://ward/seven/x")
		equal(t, "bot", config.bucket().path("x"), "s3://lessons-of-the-demo-school/classroom/x")
	})
}

// TestStreams: what peers publish falls into streams.
func TestStreams(t *testing.T) {
	p := &peer{Tracks: []track{
		{StreamID: "a", Type: "audio", Source: "regular"},
		{StreamID: "b", Type: "audio", Source: "regular"},
		{StreamID: "b", Type: "video", Source: "regular"},
		{StreamID: "c", Type: "video", Source: "screen"},
	}}
	var got []string
	for _, s := range p.streams() {
		got = append(got, fmt.Sprint(s.id, " ", s.kind, " ", s.kbps))
	}
	equal(t, "streams", got, []string{"a audio 32", "b regular 332", "c screen 300"})
}

// TestStartsTogether: of many starts at once in one room one wins.
func TestStartsTogether(t *testing.T) {
	b := newBox(t, Options{})
	room := b.beamed()
	var mu sync.Mutex
	var wg sync.WaitGroup
	codes := map[int]int{}
	for i := range 24 {
		group := []string{"recordings", "live-streams", "external-streams"}[i%3]
		wg.Go(func() {
			code := b.do("POST", "/"+group+"/room/"+room+"/start", `{}`).Code
			b.do("GET", "/"+group, "")
			b.do("GET", "/recording-assets", "")
			mu.Lock()
			defer mu.Unlock()
			codes[code]++
		})
	}
	wg.Wait()
	equal(t, "codes", codes, map[int]int{200: 1, 409: 23})
}

// TestLargeNumbers: templates can say anything; times and sizes stay what they are.
func TestLargeNumbers(t *testing.T) {
	b := newBox(t, Options{})
	b.patched(classroomID, `{"destinations":{"hlsDestinations":{"x":{"maxDuration":9223372036854775807,"autoStopTimeout":-5,"layers":[
		{"width":9223372036854775807,"height":9223372036854775807,"videoBitrate":9223372036854775807}],"recording":{"hlsVod":true,"singleFilePerLayer":true}}}}}`)
	id := b.started("live-streams", b.make(`{}`), `{}`)
	b.elapse(24 * time.Hour)
	equal(t, "status", b.status(id), "completed")
	for _, a := range items(b.call(200, "GET", "/recording-assets", "")) {
		if a["size"].(float64) < 0 {
			t.Errorf("size %v", a["size"])
		}
	}
}

// FuzzBeamBodies: no body makes a start fail by the sandbox's own fault, nor what comes of it.
func FuzzBeamBodies(f *testing.F) {
	for _, body := range []string{
		`{}`, ``, `null`, `{"meeting_url":"https://x.example.org","resolution":{"width":500,"height":480}}`,
		`{"rtmp_urls":["rtmp://a"],"recording":true,"destination":"tv"}`, `{"recording":{"hls_vod":true},"transcription":{"enabled":true,"modes":["live"]}}`,
		`{"transcription":{"enabled":true,"summary":{"enabled":true,"sections":[{"title":"a","format":"bullets"}],"temperature":0.5}}}`,
		`{"payload":"x","duration":1}`, `{"error_type":"UPLOAD_ERROR"}`, `{"meeting_url":"http://[::1","audio_only":true}`,
	} {
		f.Add(body)
	}
	b := newBox(f, Options{Mute: true})
	b.patched(classroomID, beamDoc)
	room := b.make(`{"name":"fuzzed","webhook":{"url":"http://hooks.example.org/"}}`)
	f.Fuzz(func(t *testing.T, body string) {
		b.t = t
		for _, group := range []string{"recordings", "live-streams", "external-streams"} {
			w := b.do("POST", "/"+group+"/room/"+room+"/start", body)
			if w.Code >= 500 {
				t.Fatalf("%s: %d %s", group, w.Code, w.Body)
			}
			if w.Code != 200 {
				continue
			}
			id := decodeObject(t, w.Body.Bytes())["id"].(string)
			if code := b.do("POST", "/live-streams/"+id+"/timed-metadata", body).Code; code >= 500 {
				t.Fatalf("timed metadata: %d", code)
			}
			b.elapse(time.Minute)
			b.do("POST", "/"+group+"/"+id+"/stop", body)
			b.elapse(time.Hour)
			if status := b.status(id); status != beamCompleted && status != beamFailed {
				t.Fatalf("%s: %s", group, status)
			}
		}
	})
}
