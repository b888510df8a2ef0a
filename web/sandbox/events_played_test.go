package sandbox

import (
	"maps"
	"slices"
	"testing"
	"time"
)

// clientEvents are what only a real client can come to. Nobody's runs in the sandbox, so that they are made by hand alone.
var clientEvents = []string{"client.connect.failed", "client.join.failed", "client.publish.failed", "client.subscribe.failed"}

// TestPlayedEventKeys: whatever follows from calls, scenarios and mishaps has the documented keys, and all documented events can come
// of them.
func TestPlayedEventKeys(t *testing.T) {
	b := newBox(t, Options{Mute: true})
	b.admin("POST", "/webhook", `{"url":"http://127.0.0.1:9/hook"}`)
	for _, play := range []func(*box){
		(*box).playBuiltIns, (*box).playPeople, (*box).playRecordings, (*box).playStreams, (*box).playCaptures, (*box).playIngests, (*box).playPolls,
	} {
		play(b)
		b.elapse(time.Hour)
	}
	checkEventKeys(b)
	came := map[string]bool{}
	b.read(func(st *state) {
		for _, e := range st.events.list {
			came[e.Type] = true
		}
	})
	want := slices.DeleteFunc(slices.Sorted(maps.Keys(eventTypes)), func(kind string) bool { return slices.Contains(clientEvents, kind) })
	equal(t, "events that came", slices.Sorted(maps.Keys(came)), want)
}

// playBuiltIns plays each built-in scenario in each seeded template.
func (b *box) playBuiltIns() {
	b.t.Helper()
	for _, sc := range builtIns {
		for _, template := range []string{classroomID, webinarID} {
			b.plays(b.hall(`"template_id":"`+template+`"`), `"name":"`+sc.name+`","seed":3`)
		}
	}
	b.elapse(time.Hour)
}

// playPeople has people come, change and go, and fail to.
func (b *box) playPeople() {
	b.t.Helper()
	room := b.make(`{"name":"people"}`)
	b.plays(room, `"steps":[
		{"do":"join","peer":"Asha","role":"teacher"},
		{"do":"join","peer":"Bo","role":"headmaster"},
		{"at":"1m","do":"join","peer":"Bo","role":"student"},
		{"at":"2m","do":"role","peer":"Bo","role":"assistant","by":"Asha"},
		{"at":"2m","do":"role","peer":"Bo","role":"headmaster"},
		{"at":"3m","do":"mute","peer":"Bo"},
		{"at":"4m","do":"share","peer":"Asha"},
		{"at":"5m","do":"kick","peer":"Bo","reason":"noise"},
		{"at":"6m","do":"end","by":"Asha","reason":"over"},
		{"at":"7m","do":"end","reason":"once more"}
	]`)
	b.elapse(10 * time.Minute)
	asha := b.lastTold(room, "room.end.success")
	b.operate(404, "POST", "/peers/"+asha["peer_id"].(string)+"/leave", "")
}

// playRecordings records with transcripts that are made, with some that aren't, and into a storage that can't be reached.
func (b *box) playRecordings() {
	b.t.Helper()
	const spoken = `{"transcription":{"enabled":true,"summary":{"enabled":true}}}`
	b.recordedOver(spoken)
	b.elapse(transcriptTime)
	_, id := b.recordedOver(spoken)
	b.force(200, "/beams/"+id+"/fail", "")
	_, id = b.recordedOver(`{"audio_only":true}`)
	b.force(409, "/beams/"+id+"/fail", "") // it is over
	_, id = b.begun(`{}`)
	b.force(200, "/beams/"+id+"/fail", `{"error_type":"UPLOAD_ERROR"}`)
}

// playStreams streams to viewers, with and without recordings, and to RTMP addresses, and fails to.
func (b *box) playStreams() {
	b.t.Helper()
	room := b.beamed()
	for _, start := range [][2]string{
		{"live-streams", `{}`},
		{"live-streams", `{"recording":{"hls_vod":false,"single_file_per_layer":true}}`},
		{"live-streams", `{"transcription":{"enabled":true,"modes":["recorded","live"]}}`},
		{"live-streams", `{"meeting_url":"https://gone.invalid/x"}`},
		{"external-streams", `{}`},
		{"external-streams", `{"recording":false}`},
		{"external-streams", `{"meeting_url":"https://gone.invalid/x"}`},
	} {
		b.started(start[0], room, start[1])
		b.elapse(time.Hour)
	}
}

// playCaptures has sessions record themselves, their tracks and their streams, to an end good and bad.
func (b *box) playCaptures() {
	b.t.Helper()
	room, _, _ := b.captured(`{"recordings":[{"name":"all","role":"teacher","trackRecording":{"enabled":true},"streamRecording":{"enabled":true}}]}`)
	b.joined(room, "teacher", time.Minute)
	b.force(200, "/sessions/"+b.sessionOf(room)+"/recordings/fail", "")
}

// playIngests connects an encoder that is refused, goes, comes again, and loses its key.
func (b *box) playIngests() {
	b.t.Helper()
	room, key := b.keyed()
	ingest := "/stream-keys/" + key + "/ingest/"
	b.force(200, ingest+"start", "")
	b.force(409, ingest+"start", "")
	b.elapse(time.Minute)
	b.force(200, ingest+"stop", "")
	b.elapse(time.Hour)
	b.force(200, ingest+"start", "")
	b.elapse(time.Minute)
	b.call(201, "POST", "/stream-keys/room/"+room+"/disable", "")
}

// playPolls lets people answer a poll.
func (b *box) playPolls() {
	b.t.Helper()
	b.crowd()
}
