package sandbox

import (
	"encoding/json"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// wholeTemplate is the body of a template with everything that the documents have.
const wholeTemplate = `{
"name":"Ward rounds: v1.2_b-c",
"roles":{
 "lead":{"name":"lead","publishParams":{"allowed":["audio","video","screen","simulcast"],
   "audio":{"bitRate":40,"codec":"opus"},"video":{"bitRate":610,"codec":"vp8","frameRate":24,"width":848,"height":480},
   "screen":{"bitRate":1500,"codec":"vp8","frameRate":12,"width":1440,"height":810},
   "simulcast":{"video":{"layers":[{"rid":"f","scaleResolutionDownBy":1,"maxBitrate":610,"maxFramerate":24},
     {"rid":"h","scaleResolutionDownBy":2.5,"maxBitrate":210,"maxFramerate":18},
     {"rid":"q","scaleResolutionDownBy":4,"maxFramerate":9}]},"screen":{}}},
  "subscribeParams":{"subscribeToRoles":["lead","nurse"],"maxSubsBitRate":2900,
   "subscribeDegradation":{"packetLossThreshold":35,"degradeGracePeriodSeconds":3,"recoverGracePeriodSeconds":6,"videoAlwaysEnabled":true}},
  "permissions":{"endRoom":true,"removeOthers":true,"mute":true,"unmute":true,"changeRole":true,
   "sendRoomState":false,"pollRead":true,"pollWrite":true,"rtmpStreaming":false},
  "priority":2,"maxPeerCount":3},
 "nurse":{}},
"settings":{"region":"eu",
 "recording":{"enabled":true,"upload":{"type":"s3","location":"ward-films","prefix":"north","options":{"region":"eu-central-1"},
   "credentials":{"key":"WARDKEY","secretKey":"ward-secret"}}},
 "roomState":{"messageInterval":15,"sendPeerList":true,"stopRoomStateOnJoin":true,"enabled":false}},
"destinations":{
 "rtmpDestinations":{"tv":{"name":"tv","width":1280,"height":720,"maxDuration":2400,
   "rtmpUrls":["rtmp://tv.example.org/in/k1"],"recordingEnabled":true,"autoStopTimeout":90}},
 "hlsDestinations":{"big":{"name":"big","role":"__internal_recorder","maxDuration":7300,
   "layers":[{"width":1280,"height":720,"videoBitrate":1900,"audioBitrate":64},{"width":640,"height":360,"videoBitrate":450,"audioBitrate":48},{}],
   "playlistType":"live","numPlaylistSegments":9,"videoFrameRate":25,"enableMetadataInsertion":true,"enableStaticUrl":true,
   "recording":{"hlsVod":true,"singleFilePerLayer":true,"enableZipUpload":true,"layers":[{"width":640,"height":360}],
     "thumbnails":{"enabled":true,"width":320,"height":180,"offsets":[3,33],"fps":2},"presignDuration":86400},
   "autoStopTimeout":75}},
 "transcriptions":{"notes":{"name":"notes","role":"lead","modes":["recorded","caption"],
   "outputModes":["txt","srt"],"customVocabulary":["stent"],
   "summary":{"enabled":true,"context":"A round.","temperature":0.7,"sections":[{"title":"Findings","format":"bullets"}]},
   "translation":{"enabled":true,"roleLanguages":{"nurse":"pl"}}}},
 "browserRecordings":{"old":{"name":"old","role":"lead","width":1280,"height":720,"maxDuration":3000,
   "thumbnails":{"enabled":true,"width":320,"height":180,"offsets":[5],"fps":1},
   "presignDuration":4000,"autoStart":true,"autoStopTimeout":45}}},
"plugins":{"whiteboard":{"permissions":{"admin":["lead"],"writer":["lead","nurse"],"reader":["nurse"]}},
 "transcriptions":{"permissions":{"admin":["lead"]},"mode":"caption"}}}`

// tableRole is a role that was sent as {} in a template with these roles.
func tableRole(name string, all ...any) object {
	return object{
		"name": name,
		"publishParams": object{
			"allowed": []any{"audio", "video", "screen"}, "audio": object{"bitRate": 32.0, "codec": "opus"},
			"video":  object{"bitRate": 256.0, "codec": "vp8", "frameRate": 25.0, "width": 320.0, "height": 180.0},
			"screen": object{"bitRate": 1024.0, "codec": "vp8", "frameRate": 10.0, "width": 1280.0, "height": 720.0},
		},
		"subscribeParams": object{
			"subscribeToRoles": all, "maxSubsBitRate": 3200.0,
			"subscribeDegradation": object{"packetLossThreshold": 50.0, "degradeGracePeriodSeconds": 1.0, "recoverGracePeriodSeconds": 4.0},
		},
		"permissions": object{"browserRecording": true, "rtmpStreaming": true, "hlsStreaming": true},
		"priority":    1.0, "maxPeerCount": 0.0,
	}
}

// decodedText is a JSON text as answers are decoded.
func decodedText(t testing.TB, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// encodedText is a value as a body.
func encodedText(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// makeTemplate creates a template and returns the path of its calls.
func (b *box) makeTemplate(body string) string {
	b.t.Helper()
	return "/templates/" + b.call(200, "POST", "/templates", body)["id"].(string)
}

// callList sends a request that is answered with an array.
func (b *box) callList(method, path, body string) []any {
	b.t.Helper()
	w := b.do(method, path, body)
	if w.Code != 200 {
		b.t.Fatalf("%s %s %s: status %d: %s", method, path, body, w.Code, w.Body)
	}
	list, ok := decodedText(b.t, w.Body.String()).([]any)
	if !ok && strings.TrimSpace(w.Body.String()) != "null" {
		b.t.Fatalf("%s %s: no array: %s", method, path, w.Body)
	}
	return list
}

// dashboard makes a call of those beside the API.
func (b *box) dashboard(status int, method, path, body string) object {
	b.t.Helper()
	r := httptest.NewRequest(method, adminPath+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+b.token)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	if w.Code != status {
		b.t.Fatalf("%s %s %s: status %d, want %d: %s", method, path, body, w.Code, status, w.Body)
	}
	return decodedText(b.t, w.Body.String()).(object)
}

// treeAt returns what stands at a path like roles.lead.publishParams or layers[1].rid.
func treeAt(t testing.TB, v any, path string) any {
	t.Helper()
	for step := range strings.SplitSeq(strings.ReplaceAll(path, "[", ".["), ".") {
		if index, ok := strings.CutPrefix(step, "["); ok {
			i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			if items, _ := v.([]any); err == nil && i < len(items) {
				v = items[i]
				continue
			}
			t.Fatalf("there is no %s of %s", step, path)
		}
		o, _ := v.(object)
		v = o[step]
	}
	return v
}

// setTreeAt puts a value at a path of an object; a nil takes away what is there.
func setTreeAt(t testing.TB, o object, path string, v any) {
	t.Helper()
	cut := strings.LastIndexAny(path, ".")
	parent := o
	if cut >= 0 {
		parent = treeAt(t, o, path[:cut]).(object)
	}
	key := path[cut+1:]
	if name, index, ok := strings.Cut(key, "["); ok {
		i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
		if err != nil {
			t.Fatal(err)
		}
		parent[name].([]any)[i] = v
		return
	}
	if parent[key] = v; v == nil {
		delete(parent, key)
	}
}

func TestTemplateTrees(t *testing.T) {
	b := newBox(t, Options{})
	deep := strings.Repeat(`{"a":`, depthMax+1) + "1" + strings.Repeat("}", depthMax+1)
	for _, tc := range []struct {
		name, path, body string
		want             object
	}{
		{"nothing", "/templates", "", failure(400, "request body must not be empty")},
		{"broken", "/templates", `{"name":}`, failure(400, "request body contains badly-formed JSON (at position 9)")},
		{"an array", "/templates", `[]`, failure(400, "request body must be a JSON object")},
		{"null", "/templates", `null`, failure(400, "request body must be a JSON object")},
		{"deep object", "/templates", `{"more":` + deep + `}`, failure(400, "request body is nested too deeply")},
		{"deep array", "/templates", `{"more":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`, failure(400, "request body is nested too deeply")},
		{"recordings: nothing", "/templates/" + webinarID + "/recordings", "", failure(400, "request body must not be empty")},
		{"recordings: an object", "/templates/" + webinarID + "/recordings", `{}`, failure(400, "request body must be a JSON array")},
		{"recordings: null", "/templates/" + webinarID + "/recordings", `null`, failure(400, "request body must be a JSON array")},
		{"recordings: deep", "/templates/" + webinarID + "/recordings", `[` + deep + `]`, failure(400, "request body is nested too deeply")},
		{"recordings: of texts", "/templates/" + webinarID + "/recordings", `["x"]`, badParamFailure("[0] must be an object")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b.t = t
			equal(t, "answer", b.call(400, "POST", tc.path, tc.body), tc.want)
		})
	}
	b.t = t
	b.makeTemplate(`{"more":` + deep[len(`{"a":`):len(deep)-1] + `}`)
}

// TestUnknownKeysKeepTheirSpelling: keys that differ from known ones by case alone are others, and numbers keep their digits.
func TestUnknownKeysKeepTheirSpelling(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	path := b.makeTemplate(`{"Name":7,"Settings":5,"settings":{"Region":5,"region":"us"},"Roles":[],
		"more":{"digits":12345678901234567890.50,"none":null}}`)
	for range 2 {
		text := b.do("GET", path, "").Body.String()
		for _, part := range []string{
			`"Name":7`, `"Settings":5`, `"Region":5`, `"region":"us"`, `"Roles":[]`, `"digits":12345678901234567890.50`, `"none":null`,
		} {
			if !strings.Contains(text, part) {
				t.Errorf("no %s in %s", part, text)
			}
		}
		b.kill()
		b = newBox(t, Options{Dir: dir})
	}
	id := b.make(`{"template_id":"` + strings.TrimPrefix(path, "/templates/") + `"}`)
	equal(t, "region", b.call(200, "GET", "/rooms/"+id, "")["region"], any("us"))
}

// templatesOf is all that a client can see of b's templates.
func templatesOf(b *box) []any {
	b.t.Helper()
	seen := []any{b.call(200, "GET", "/templates?limit=100", "")}
	for _, item := range seen[0].(object)["data"].([]any) {
		path := "/templates/" + item.(object)["id"].(string)
		seen = append(seen, b.callList("GET", path+"/recordings", ""))
		seen = append(seen, b.call(200, "GET", path+"/settings", ""), b.call(200, "GET", path+"/destinations", ""))
	}
	return seen
}

// TestTemplatesRestart: what was answered is there after the end of the process.
func TestTemplatesRestart(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	path := b.makeTemplate(wholeTemplate)
	b.call(200, "POST", path+"/roles/porter", `{"maxPeerCount":-1}`)
	b.call(200, "POST", path+"/roles/porter", `{"name":"driver"}`)
	b.callList("POST", path+"/recordings", `[{"name":"r","role":"driver","trackRecording":{"enabled":true}}]`)
	b.call(200, "POST", "/templates/"+classroomID+"/settings", `{"region":"in"}`)
	equal(t, "status", b.do("DELETE", "/templates/"+webinarID+"/roles/speaker", "").Code, 204)
	want := templatesOf(b)
	for range 2 { // from the changes, then from the file that was written anew
		b.kill()
		b = newBox(t, Options{Dir: dir})
		equal(t, "templates", templatesOf(b), want)
	}
	equal(t, "a name is still known", "/templates/"+b.call(200, "POST", "/templates", wholeTemplate)["id"].(string), path)
	equal(t, "the default", b.call(200, "GET", "/rooms/"+b.make(`{}`), "")["template_id"], any(classroomID))
}

// TestTemplatesThatCantBeKept: a change that can't be written down is refused and not made.
func TestTemplatesThatCantBeKept(t *testing.T) {
	b := newBox(t, Options{Dir: t.TempDir()})
	path := b.makeTemplate(`{"name":"before"}`)
	want := templatesOf(b)
	b.kill()
	for _, call := range []struct{ method, path, body string }{
		{"POST", "/templates", `{"name":"after"}`},
		{"POST", "/templates", `{"name":"before","plugins":{}}`},
		{"POST", path, `{"name":"after","roles":{},"settings":{}}`},
		{"POST", path + "/roles/host", `{"name":"after"}`},
		{"DELETE", path + "/roles/host", ""},
		{"POST", path + "/settings", `{"region":"eu"}`},
		{"POST", path + "/destinations", `{"plugins":{"whiteboard":{}}}`},
		{"POST", path + "/recordings", `[{"name":"after","role":"host"}]`},
	} {
		equal(t, call.method+" "+call.path, b.call(500, call.method, call.path, call.body), failure(500, "internal server error"))
	}
	equal(t, "templates", templatesOf(b), want)
	equal(t, "names", b.namedTemplateID("before"), path)
	equal(t, "no new name", b.namedTemplateID("after"), "")
}

// namedTemplateID is the path of the template that the state finds by a name; empty for none.
func (b *box) namedTemplateID(name string) string {
	t := b.state.namedTemplate(name)
	if t == nil {
		return ""
	}
	return "/templates/" + t.id
}

// TestRoomsFollowTheirTemplate: what a room takes from its template changes with it.
func TestRoomsFollowTheirTemplate(t *testing.T) {
	b := newBox(t, Options{})
	path := b.makeTemplate(`{"name":"first","settings":{"region":"in"}}`)
	id := b.make(`{"template_id":"` + strings.TrimPrefix(path, "/templates/") + `"}`)
	fixed := b.make(`{"region":"us","template_id":"` + strings.TrimPrefix(path, "/templates/") + `"}`)
	shown := func(id string) []any {
		rm := b.call(200, "GET", "/rooms/"+id, "")
		return []any{rm["region"], rm["template"]}
	}
	equal(t, "before", shown(id), []any{"in", "first"})
	b.call(200, "POST", path, `{"name":"second","roles":{"host":{},"guest":{}},"settings":{"region":"eu"}}`)
	equal(t, "after", shown(id), []any{"eu", "second"})
	equal(t, "of its own", shown(fixed), []any{"us", "second"})
	b.call(200, "POST", path+"/settings", `{}`)
	equal(t, "without a region", shown(id), []any{"auto", "second"})

	b.call(200, "POST", "/room-codes/room/"+id, "")
	equal(t, "status", b.do("DELETE", path+"/roles/guest", "").Code, 204)
	b.call(200, "POST", path+"/roles/cohost", `{}`)
	equal(t, "codes", roles(b.call(200, "POST", "/room-codes/room/"+id, "")), []string{"cohost", "host"})
	equal(t, "disabled", roles(b.call(200, "GET", "/room-codes/room/"+id+"?enabled=false", "")), []string{"guest"})
	equal(t, "one code", b.call(404, "POST", "/room-codes/room/"+id+"/role/guest", ""), failure(404, "Role not found"))
}

// TestDefaultTemplate: the workspace's default stays that while it is changed, until somebody in the dashboard makes it another.
func TestDefaultTemplate(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	ofNewRoom := func() any { return b.call(200, "GET", "/rooms/"+b.make(`{}`), "")["template"] }
	b.call(200, "POST", "/templates/"+classroomID, `{"name":"school","roles":{"teacher":{}},"settings":{}}`)
	equal(t, "renamed", ofNewRoom(), any("school"))
	b.call(200, "POST", "/templates", `{"name":"school"}`)
	equal(t, "overwritten", ofNewRoom(), any("school"))

	equal(t, "answer", b.dashboard(200, "POST", "/templates/"+webinarID+"/default", ""),
		object{"id": webinarID, "name": "webinar", "default": true, "subdomain": "webinar-demo"})
	equal(t, "made default", ofNewRoom(), any("webinar"))
	b.dashboard(200, "POST", "/templates/"+webinarID+"/default", "")
	equal(t, "twice", ofNewRoom(), any("webinar"))
	b.call(200, "POST", "/templates/"+classroomID+"/settings", `{}`)
	for range 2 {
		b.kill()
		b = newBox(t, Options{Dir: dir})
		equal(t, "after a restart", ofNewRoom(), any("webinar"))
	}
	equal(t, "none", b.dashboard(404, "POST", "/templates/"+absentID+"/default", ""), failure(404, "Template not found"))
}

func TestSubdomain(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	path := b.makeTemplate(`{"name":"clinic"}`)
	id := strings.TrimPrefix(path, "/templates/")
	equal(t, "of the API", b.state.templates.at(id).subdomain, "")
	equal(t, "answer", b.dashboard(200, "POST", path+"/subdomain", `{"subdomain":"clinic-7"}`),
		object{"id": id, "name": "clinic", "default": false, "subdomain": "clinic-7"})
	equal(t, "bad", b.dashboard(400, "POST", path+"/subdomain", `{"subdomain":"a.b"}`), failure(400, "subdomain may contain a-z 0-9 - only"))
	equal(t, "no text", b.dashboard(400, "POST", path+"/subdomain", `{"subdomain":1}`), badParamFailure("subdomain must be a string"))
	b.dashboard(400, "POST", path+"/subdomain", `[]`)
	equal(t, "none", b.dashboard(404, "POST", "/templates/"+absentID+"/subdomain", `{}`), failure(404, "Template not found"))
	b.call(200, "POST", path+"/settings", `{}`)
	b.kill()
	b = newBox(t, Options{Dir: dir})
	equal(t, "kept", b.state.templates.at(id).subdomain, "clinic-7")
}
