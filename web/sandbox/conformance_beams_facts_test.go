package sandbox

import (
	"fmt"
	"strings"
	"time"
)

// stopReasons are the documented reasons for which a beam stops, and what brings each of them about while it runs.
var stopReasons = []struct {
	reason string
	stop   func(b *box, room, id string)
}{
	{"client request", func(b *box, _, id string) { b.call(200, "POST", "/recordings/"+id+"/stop", "") }},
	{"client request", func(b *box, room, _ string) { b.call(200, "POST", "/active-rooms/"+room+"/end-room", `{}`) }},
	{"max duration reached", func(b *box, _, _ string) { b.elapse(beamDurationMax * time.Second) }},
	{"room ended", func(b *box, room, _ string) { b.change(func(tx *tx) { tx.endSession(tx.running[room], "") }) }},
	{"last peer left", func(b *box, room, _ string) {
		b.call(200, "POST", "/active-rooms/"+room+"/remove-peers", `{"role":"teacher"}`)
		b.elapse(time.Second + beamAloneMax*time.Second)
	}},
	{"failure: INTERNAL_ERROR", func(b *box, _, id string) { b.force(200, "/beams/"+id+"/fail", "") }},
}

// beamFactRows are facts of the pages about recordings that belong to no single call.
var beamFactRows = []row{
	{kind: aQuirk, what: "the reasons for which recordings stop", page: "Webhooks: beam stop reasons", box: Options{Mute: true}, test: func(b *box) {
		b.patched(classroomID, `{"recordings":[{"name":"lessons","role":"teacher","compositeRecording":{"browserComposite":{}}}]}`)
		for i, tc := range stopReasons {
			room := b.make(fmt.Sprintf(`{"name":"stops-%d","webhook":{"url":"http://hooks.example.org/"}}`, i))
			b.joined(room, "teacher", 0)
			id := b.started("recordings", room, `{}`)
			b.elapse(beamJoinTime)
			tc.stop(b, room, id)
			b.elapse(time.Second + beamLeaveTime)
			equal(b.t, tc.reason, b.lastTold(room, "beam.stopped.success")["reason"], any(tc.reason))
		}
	}},
	{kind: aQuirk, what: "files go to the template's storage of any type, else to the vendor's", page: "Recordings: storage", box: Options{Mute: true}, test: func(b *box) {
		for _, scheme := range []string{"s3", "gs", "oss", "azure", ""} {
			upload, begins := `null`, "s3://sandbox-storage/"+customerID+"/beam/"
			if scheme != "" {
				upload, begins = `{"type":"`+scheme+`","location":"files","prefix":"lessons"}`, scheme+"://files/lessons/beam/"
			}
			b.patched(classroomID, `{"settings":{"recording":{"upload":`+upload+`}}}`)
			room := b.make(`{"name":"to-` + scheme + `"}`)
			id := b.started("recordings", room, `{"meeting_url":"https://rooms.example.org/"}`)
			b.elapse(time.Minute)
			b.call(200, "POST", "/recordings/"+id+"/stop", "")
			b.elapse(time.Hour)
			composite := items(b.call(200, "GET", "/recording-assets?asset_type=room-composite&room_id="+room, ""))[0]
			if path := composite["path"].(string); !strings.HasPrefix(path, begins+room+"/20250304/Rec-"+room+"-") {
				b.t.Errorf("%s does not begin with %s", path, begins)
			}
		}
	}},
}
