package sandbox

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// pagesOf checks that a list of beams goes on from page to page, newest first.
func (b *box) pagesOf(group, path string) {
	b.t.Helper()
	b.patched(classroomID, beamDoc)
	var ids []string
	for i := range 23 {
		ids = append(ids, b.started(group, b.make(fmt.Sprintf(`{"name":"paged-%d"}`, i)), `{}`))
	}
	slices.Reverse(ids)
	equal(b.t, "ids", b.walk(path, url.Values{}, "id"), ids)
	b.refused(errBadQuery, "GET", path+"?start=x", "")
	end := b.call(200, "GET", path+"?start="+ids[len(ids)-1], "")
	equal(b.t, "after the end", end, object{"limit": 10.0, "data": nil, "last": ""})
}

// limits checks the range of a list's limit.
func (b *box) limits(path string) {
	b.t.Helper()
	equal(b.t, "none", b.call(200, "GET", path, ""), object{"limit": 10.0, "data": []any{}, "last": ""})
	equal(b.t, "most", b.call(200, "GET", path+"?limit=100", "")["limit"], any(100.0))
	for _, limit := range []string{"9", "101", "x"} {
		b.refused(errBadQuery, "GET", path+"?limit="+limit, "")
	}
}

// transcriptionRows are about the object that starts of recordings and live streams share.
var transcriptionRows = []row{
	{kind: aQuirk, call: callStartRecording, what: "the parts of transcription have ranges", page: "Recordings: start", test: func(b *box) {
		room := b.beamed()
		for _, tc := range [][2]string{
			{`{"enabled":"yes"}`, "transcription.enabled must be a boolean"},
			{`{"output_modes":["pdf"]}`, `transcription.output_modes may contain ["txt" "srt" "json"] only`},
			{`{"custom_vocabulary":"100ms"}`, "transcription.custom_vocabulary must be an array of strings"},
			{`{"summary":{"temperature":0.05}}`, "transcription.summary.temperature must be from 0.1 to 1.0"},
			{`{"summary":{"temperature":1.1}}`, "transcription.summary.temperature must be from 0.1 to 1.0"},
			{`{"summary":{"temperature":"warm"}}`, "transcription.summary.temperature must be a number"},
			{`{"summary":{"context":"` + accents(301) + `"}}`, "transcription.summary.context is longer than 300 characters"},
			{`{"summary":{"sections":` + sectionsJSON(7, "x") + `}}`, "transcription.summary.sections has more than 6 items"},
			{`{"summary":{"sections":` + sectionsJSON(1, "") + `}}`, "transcription.summary.sections[0].title is required"},
			{`{"summary":{"sections":` + sectionsJSON(2, accents(101)) + `}}`, "transcription.summary.sections[0].title is longer than 100 characters"},
			{`{"summary":{"sections":[{"title":"x"}]}}`, `transcription.summary.sections[0].format must be one of ["bullets" "paragraph"]`},
			{`{"summary":{"sections":{}}}`, "transcription.summary.sections must be an array of objects"},
		} {
			b.bad("recordings", room, `{"transcription":`+tc[0]+`}`, tc[1])
		}
		b.started("recordings", room, `{"transcription":{"enabled":true,"custom_vocabulary":["hms"],"summary":{"enabled":true,"context":"`+accents(300)+
			`","temperature":0.1,"sections":`+sectionsJSON(6, accents(100))+`}}}`)
	}},
	{kind: aQuirk, call: callStartRecording, what: "without transcription the template's holds, if its role is the bot's", page: "Recordings: start", test: func(b *box) {
		b.patched(classroomID, beamDoc)
		for role, want := range map[string][]any{
			"teacher": {"room-composite", "chat", "transcript", "summary"}, "student": {"room-composite", "chat"},
		} {
			b.patched(classroomID, `{"destinations":{"transcriptions":{"notes":{"name":"notes","role":"`+role+`","modes":["recorded"],"outputModes":["srt"],"summary":{"enabled":true}}}}}`)
			room := b.make(fmt.Sprintf(`{"name":%q}`, role))
			equal(b.t, role, b.call(200, "POST", "/recordings/room/"+room+"/start", `{}`)["asset_types"], any(want))
		}
		room := b.make(`{"name":"off"}`)
		got := b.call(200, "POST", "/recordings/room/"+room+"/start", `{"transcription":{"enabled":false}}`)
		equal(b.t, "switched off", got["asset_types"], any([]any{"room-composite", "chat"}))
	}},
	{kind: aQuirk, call: "POST /live-streams/room/{room_id}/start", what: "modes are recorded and live", page: "Live streams: start", test: func(b *box) {
		room := b.beamed()
		b.bad("live-streams", room, `{"transcription":{"enabled":true,"modes":["caption"]}}`, `transcription.modes may contain ["recorded" "live"] only`)
		id := b.started("live-streams", room, `{"transcription":{"enabled":true,"modes":["live"]}}`)
		b.change(func(tx *tx) {
			t := tx.beams.at(id).Transcription
			equal(b.t, "wanted", []bool{t.wanted(modeLive), t.wanted(modeRecorded)}, []bool{true, false})
		})
	}},
}

// accents is a text of n characters, each of more than a byte.
func accents(n int) string {
	return strings.Repeat("é", n)
}

// sectionsJSON are n sections of a summary with a title.
func sectionsJSON(n int, title string) string {
	one := `{"title":"` + title + `","format":"bullets"}`
	return "[" + strings.Repeat(one+",", n-1) + one + "]"
}
