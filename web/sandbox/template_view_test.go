package sandbox

import (
	"strings"
	"sync"
	"testing"
)

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
		equal(t, "roles", whole.roles, []string{"lead", "nurse"})
		lead := whole.role("lead")
		equal(t, "allowed", lead.allowed, []string{"audio", "video", "screen", "simulcast"})
		equal(t, "most", lead.maxPeerCount, 3)
		equal(t, "permissions", lead.permissions, []string{
			"browserRecording", "changeRole", "endRoom", "hlsStreaming", "mute", "pollRead", "pollWrite", "removeOthers", "unmute",
		})
		if ghost := whole.role("ghost"); ghost.may("endRoom") || ghost.mayPublish(trackAudio) {
			t.Error("a role that isn't there may do something")
		}
		b.kill()
		b = newBox(t, Options{Dir: dir})
	}
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
