package sandbox

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// same compares values with fields of our own.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	every := cmp.AllowUnexported(
		roleRules{}, recordingConfig{}, thumbnails{}, hlsDestination{}, hlsLayer{}, rtmpDestination{}, transcription{}, summarySection{},
	)
	if diff := cmp.Diff(want, got, every); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// kept returns the template whose calls have this path.
func (b *box) kept(path string) *template {
	return b.state.templates.at(strings.TrimPrefix(path, "/templates/"))
}

func TestTemplateView(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	path := b.makeTemplate(wholeTemplate)
	for range 2 { // as it was made, and as it is read again
		whole := b.kept(path)
		same(t, "roles", whole.roles, []string{"lead", "nurse"})
		same(t, "lead", whole.role("lead"), roleRules{
			allowed: []string{"audio", "video", "screen", "simulcast"}, subscribes: []string{"lead", "nurse"}, priority: 2, maxPeerCount: 3,
			permissions: []string{
				"browserRecording", "changeRole", "endRoom", "hlsStreaming", "mute", "pollRead", "pollWrite", "removeOthers", "unmute",
			},
		})
		same(t, "nobody", whole.role("ghost"), roleRules{})
		same(t, "upload", whole.upload(), &uploadInfo{
			Type: "s3", Location: "ward-films", Prefix: "north",
			Credentials: &credentials{Key: "WARDKEY", Secret: "ward-secret"}, Options: &uploadOptions{Region: "eu-central-1"},
		})
		same(t, "live", whole.hlsDestinations(), []hlsDestination{{
			name: "big", maxDuration: 7300 * time.Second, layers: []hlsLayer{{1280, 720, 1900, 64}, {640, 360, 450, 48}, {}},
			playlistType: "live", segments: 9, metadata: true, staticURL: true, autoStopTimeout: 75 * time.Second,
			vod: true, singleFilePerLayer: true, zip: true, recordedLayers: []hlsLayer{{width: 640, height: 360}},
			thumbnails: thumbnails{true, 320, 180, []int{3, 33}, 2}, presignDuration: 24 * time.Hour,
		}})
		same(t, "external", whole.rtmpDestinations(), []rtmpDestination{{
			name: "tv", width: 1280, height: 720, maxDuration: 40 * time.Minute, urls: []string{"rtmp://tv.example.org/in/k1"},
			recorded: true, autoStopTimeout: 90 * time.Second,
		}})
		same(t, "transcriptions", whole.transcriptions(), []transcription{{
			name: "notes", role: "lead", modes: []string{"recorded", "caption"}, outputModes: []string{"txt", "srt"}, vocabulary: []string{"stent"},
			summary: true, context: "A round.", temperature: 0.7, sections: []summarySection{{"Findings", "bullets"}},
		}})
		same(t, "recording", whole.recordingConfig(), &recordingConfig{
			name: "old", role: "lead", maxDuration: 3000 * time.Second, presignDuration: 4000 * time.Second,
			thumbnails: thumbnails{true, 320, 180, []int{5}, 1},
			composite:  true, autoStart: true, autoStopTimeout: 45 * time.Second, width: 1280, height: 720,
		})
		b.kill()
		b = newBox(t, Options{Dir: dir})
	}
}

func TestRecordingConfig(t *testing.T) {
	b := newBox(t, Options{})
	for _, tc := range []struct {
		name, template, recordings string
		want                       *recordingConfig
	}{
		{"none", `{}`, "", nil},
		{"older kind", `{"settings":{"recording":{"enabled":true}}}`, "", &recordingConfig{custom: true}},
		{"switched off", `{"settings":{"recording":{"enabled":false}}}`, "", nil},
		{"wins", wholeTemplate, `[{"name":"r","role":"nurse","maxDuration":60}]`, &recordingConfig{name: "r", role: "nurse", maxDuration: time.Minute}},
		{
			"there is on", `{}`, `[{"name":"r","role":"host","compositeRecording":{"browserComposite":{"width":854,"height":480}}}]`,
			&recordingConfig{name: "r", role: "host", composite: true, width: 854, height: 480},
		},
		{
			"said to be off", `{}`, `[{"name":"r","role":"host","compositeRecording":{"browserComposite":{"enabled":false,"autoStart":true}}}]`,
			&recordingConfig{name: "r", role: "host"},
		},
		{
			"others", `{}`, `[{"name":"r","role":"host","compositeRecording":{"customComposite":{"enabled":true}},
				"trackRecording":{"enabled":true},"streamRecording":{"enabled":true}}]`,
			&recordingConfig{name: "r", role: "host", custom: true, track: true, stream: true},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b.t = t
			path := b.makeTemplate(tc.template)
			if tc.recordings != "" {
				b.callList("POST", path+"/recordings", tc.recordings)
			}
			same(t, "configuration", b.kept(path).recordingConfig(), tc.want)
		})
	}
}

func TestViewDefaults(t *testing.T) {
	b := newBox(t, Options{})
	path := b.makeTemplate(`{"destinations":{"hlsDestinations":{"b":{"name":"second"},"a":{"name":"first"}},
		"transcriptions":{"x":{"name":"x","role":"host","summary":{"enable":true}}}}}`)
	same(t, "live", b.kept(path).hlsDestinations(), []hlsDestination{{name: "first", segments: 5}, {name: "second", segments: 5}})
	same(t, "transcriptions", b.kept(path).transcriptions(), []transcription{{name: "x", role: "host", summary: true, temperature: 0.5}})
	same(t, "external", b.kept(path).rtmpDestinations(), []rtmpDestination(nil))
	same(t, "upload", b.kept(path).upload(), (*uploadInfo)(nil))
}

// TestShowcase: all the templates that can be planted are right by the rules of the API, of different kinds and in the order of their age.
func TestShowcase(t *testing.T) {
	b := newBox(t, Options{})
	files := append([]string{"seed/classroom.json", "seed/webinar.json"}, showcaseTemplates...)
	b.change(func(tx *tx) {
		if err := tx.plantTemplates(files); err != nil {
			t.Fatal(err)
		}
	})
	var names, subdomains []string
	for _, planted := range b.state.templates.list {
		names, subdomains = append(names, planted.name), append(subdomains, planted.subdomain)
		path := "/templates/" + planted.id
		got := b.call(200, "GET", path, "")
		equal(t, planted.name+": twins", []any{got["_id"], got["customer"], got["customerId"]}, []any{planted.id, customerID, customerID})
		equal(t, planted.name+": the rest is elsewhere", []any{got["subdomain"], got["recordings"]}, []any{nil, nil})
		for name, role := range got["roles"].(object) {
			checkRole(t, got["roles"].(object), name, role.(object))
		}
		b.call(200, "POST", path, encodedText(t, got))
		again := b.call(200, "GET", path, "")
		delete(got, "updatedAt")
		delete(again, "updatedAt")
		equal(t, planted.name, again, got)
		if recordings := b.callList("GET", path+"/recordings", ""); len(recordings) > 0 {
			equal(t, planted.name+": recordings", b.callList("POST", path+"/recordings", encodedText(t, recordings)), recordings)
		}
	}
	equal(t, "names", names, []string{"classroom", "webinar", "telehealth", "audio room", "live shopping", "town hall"})
	equal(t, "subdomains", subdomains, []string{
		"classroom-demo", "webinar-demo", "telehealth-demo", "audio-room-demo", "live-shopping-demo", "town-hall-demo",
	})
	equal(t, "a room of none", b.call(200, "GET", "/rooms/"+b.make(`{}`), "")["template"], any("classroom"))
}

// TestTemplatesAtOnce: of many creates by one name there is one template, with the roles of one of them.
func TestTemplatesAtOnce(t *testing.T) {
	b := newBox(t, Options{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, call := range [][2]string{
				{"/templates", `{"name":"busy","roles":{"a":{},"b":{}}}`},
				{"/templates/" + webinarID + "/roles/host", `{"priority":3}`},
				{"/templates/" + webinarID + "/settings", `{"region":"in"}`},
				{"/templates/" + webinarID + "/recordings", `[{"name":"r","role":"host"}]`},
			} {
				b.do("POST", call[0], call[1])
				b.do("GET", call[0], "")
			}
		})
	}
	all.Wait()
	equal(t, "templates", len(b.call(200, "GET", "/templates", "")["data"].([]any)), 3)
	got := b.call(200, "GET", "/templates/"+webinarID, "")
	equal(t, "all changes are there", []any{treeAt(t, got, "roles.host.priority"), treeAt(t, got, "settings.region")}, []any{3.0, "in"})
}

// FuzzTemplates: no body makes a call of templates fail by itself, and what it made can be read again.
func FuzzTemplates(f *testing.F) {
	f.Add(wholeTemplate)
	f.Add(`{"roles":{"a":null,"b":{}},"settings":null,"destinations":{"plugins":{"whiteboard":null}}}`)
	f.Add(`[{"name":"r","role":"host","compositeRecording":{"browserComposite":{}}}]`)
	f.Add(`{"name":"x","publishParams":{"simulcast":{"layers":[{"rid":"f","scaleResolutionDownBy":1e0,"maxFramerate":-0}]}}}`)
	f.Add(`{"recording":{"upload":{"credentials":{"secret":{}}}},"Region":[],"_id":1,"x":1e999999}`)
	f.Fuzz(func(t *testing.T, body string) {
		b := newBox(t, Options{Dir: t.TempDir()})
		path := "/templates/" + classroomID
		for _, call := range []string{
			"/templates", path, path + "/roles/teacher", path + "/roles/new", path + "/settings", path + "/destinations", path + "/recordings",
		} {
			w := b.do("POST", call, body)
			if w.Code != 200 && w.Code != 400 {
				t.Fatalf("%s: status %d: %s", call, w.Code, w.Body)
			}
		}
		list, recordings := b.do("GET", "/templates", "").Body.String(), b.do("GET", path+"/recordings", "").Body.String()
		dir := b.Server.state.journal.file.Name()
		b.kill()
		again := newBox(t, Options{Dir: strings.TrimSuffix(dir, "/"+stateName)})
		equal(t, "list", again.do("GET", "/templates", "").Body.String(), list)
		equal(t, "recordings", again.do("GET", path+"/recordings", "").Body.String(), recordings)
	})
}
