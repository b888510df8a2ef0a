package sandbox

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// seeds are what the fuzzing begins with; each call gets one of them.
var seeds = []struct{ query, id, body string }{
	{"", "", `{}`},
	{"limit=10&start=x&enabled=true", classroomID, fullBody},
	{"room_id=", "a/b", `[{"name":"default","role":"host"}]`},
	{"limit=100", absentID, `{"name":"x","enabled":true,"role":"student","message":"m","meeting_url":"https://h","payload":"p","duration":5}`},
}

// FuzzCalls makes any call of the API or of the admin with any parameters: whatever comes, it is answered, with no fault of the
// sandbox's own, and the state can be read again.
func FuzzCalls(f *testing.F) {
	for i := range allCalls() {
		seed := seeds[i%len(seeds)]
		f.Add(uint(i), seed.query, seed.id, seed.body)
	}
	f.Fuzz(func(t *testing.T, which uint, query, id, body string) {
		dir := t.TempDir()
		b := newBox(t, Options{Dir: dir, Mute: true})
		live := b.fuzzed()
		c := allCalls()[which%uint(len(allCalls()))]
		for _, path := range []string{c.fill(func(string) string { return id }), c.fill(func(name string) string { return live[name] })} {
			r, err := http.NewRequest(c.method, "http://localhost"+path, strings.NewReader(body))
			if err != nil {
				return // no path that a client could ask for
			}
			r.URL.RawQuery = query
			r.RemoteAddr = "127.0.0.1:1"
			r.Header.Set("Authorization", "Bearer "+b.token)
			w := httptest.NewRecorder()
			b.ServeHTTP(w, r)
			if w.Code >= 500 || (w.Code != http.StatusNoContent && !strings.Contains(path, "/files/") && !json.Valid(w.Body.Bytes())) {
				t.Fatalf("%s %s?%s %s: %d %s", c.method, path, query, body, w.Code, w.Body)
			}
		}
		b.elapse(0)
		b.kill()
		newBox(t, Options{Dir: dir, Mute: true})
	})
}

// aCall is a call of the API or the admin.
type aCall struct{ method, path string }

func allCalls() []aCall {
	var all []aCall
	for _, rt := range routes() {
		all = append(all, aCall{rt.method, basePath + rt.path})
	}
	for _, rt := range adminRoutes() {
		all = append(all, aCall{rt.method, adminPath + rt.path})
	}
	return all
}

// fill puts values in the place of the path's parameters.
func (c aCall) fill(value func(name string) string) string {
	parts := strings.Split(c.path, "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			parts[i] = value(strings.TrimSuffix(name, "}"))
		}
	}
	return strings.Join(parts, "/")
}

// fuzzed fills b with one of each and returns their ids by the parameters' names.
func (b *box) fuzzed() map[string]string {
	b.t.Helper()
	id, over := b.make(`{"name":"fuzzed"}`), b.make(`{"name":"over"}`)
	live := map[string]string{
		"room_id": id, "template_id": classroomID, "role": "teacher", "role_name": "teacher", "question_id": "1", "option_id": "1",
		"poll_id":  b.newPoll(`{"questions":[{"index":1,"text":"?","type":"single-choice","options":[{"index":1,"text":"!"}]}]}`),
		"trunk_id": b.call(200, "POST", "/sip/outbound/trunks", `{"username":"u","password":"p","address":"a","from":"1"}`)["id"].(string),
	}
	b.joined(over, "teacher", time.Minute)
	b.call(200, "POST", "/recordings/room/"+over+"/start", `{}`)
	b.elapse(time.Hour)
	live["peer_id"] = b.joined(id, "teacher", 0)
	live["session_id"] = b.sessionOf(id)
	live["asset_id"] = b.call(200, "GET", "/recording-assets", "")["data"].([]any)[0].(object)["id"].(string)
	live["recording_id"] = b.call(200, "POST", "/recordings/room/"+id+"/start", `{}`)["id"].(string)
	live["beam_id"] = live["recording_id"]
	live["stream_id"] = b.call(200, "POST", "/live-streams/room/"+over+"/start", `{"meeting_url":"https://rooms.example.org/x"}`)["id"].(string)
	live["id"] = b.operate(200, "POST", "/scenarios", `{"room_id":"`+id+`","name":"standup"}`)["id"].(string)
	live["key"] = b.call(200, "POST", "/stream-keys/room/"+id, "")["key"].(string)
	live["workflow_id"] = b.call(200, "POST", "/analytics/webhooks/replay", `{}`)["workflow_id"].(string)
	return live
}
