package sandbox

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var templateRows = slices.Concat(templateCallRows, templateQuirkRows, templateParamRows(), templatePartRows(), templateReadingRows)

// wholeAnswer is wholeTemplate as it is answered, but for ids and times.
func wholeAnswer(t testing.TB) object {
	o := decodedText(t, wholeTemplate).(object)
	o["settings"].(object)["retry"] = object{}
	permissions := treeAt(t, o, "roles.lead.permissions").(object)
	permissions["browserRecording"], permissions["hlsStreaming"] = true, true
	setTreeAt(t, o, "roles.nurse", tableRole("nurse", "lead", "nurse"))
	o["customerId"], o["customer"] = customerID, customerID
	return o
}

// known returns an answer without what it got from the sandbox, after a look at that.
func known(t testing.TB, answer object, created, updated string) object {
	t.Helper()
	if id, _ := answer["id"].(string); !isID(id) || answer["_id"] != answer["id"] {
		t.Errorf("ids %v and %v", answer["id"], answer["_id"])
	}
	equal(t, "times", []any{answer["createdAt"], answer["updatedAt"]}, []any{created, updated})
	rest := maps.Clone(answer)
	maps.DeleteFunc(rest, func(key string, _ any) bool {
		return slices.Contains([]string{"id", "_id", "createdAt", "updatedAt"}, key)
	})
	return rest
}

const (
	startStamp = "2025-03-04T09:30:00.123Z" // testStart
	zeroStamp  = "0001-01-01T00:00:00Z"
	rolePath   = "/templates/{template_id}/roles/{role_name}"
)

var templateCallRows = []row{
	{kind: anEndpoint, call: "POST /templates", page: "Templates: create", test: func(b *box) {
		made := b.call(200, "POST", "/templates", wholeTemplate)
		equal(b.t, "answer", known(b.t, made, startStamp, startStamp), wholeAnswer(b.t))
		equal(b.t, "kept", b.call(200, "GET", "/templates/"+made["id"].(string), ""), made)
	}},
	{kind: anEndpoint, call: "GET /templates", page: "Templates: list", test: func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		whole := b.call(200, "GET", path, "")
		list := b.call(200, "GET", "/templates", "")
		data := list["data"].([]any)
		equal(b.t, "newest", data[0], any(whole))
		equal(b.t, "order", []any{data[1].(object)["id"], data[2].(object)["id"]}, []any{webinarID, classroomID})
		delete(list, "data")
		equal(b.t, "envelope", list, object{"limit": 10.0, "last": classroomID})
	}},
	{kind: anEndpoint, call: "GET /templates/{template_id}", page: "Templates: get", test: func(b *box) {
		got := b.call(200, "GET", "/templates/"+webinarID, "")
		equal(b.t, "keys", slices.Sorted(maps.Keys(got)), []string{
			"_id", "createdAt", "customer", "customerId", "destinations", "id", "name", "roles", "settings", "updatedAt",
		})
		equal(b.t, "none", b.call(404, "GET", "/templates/"+absentID, ""), failure(404, "Template not found"))
	}},
	{kind: anEndpoint, call: "POST /templates/{template_id}", page: "Templates: update", test: func(b *box) {
		path := b.makeTemplate(`{"name":"before"}`)
		b.advance(90 * time.Second)
		equal(b.t, "answer", known(b.t, b.call(200, "POST", path, wholeTemplate), zeroStamp, zeroStamp), wholeAnswer(b.t))
		equal(b.t, "kept", known(b.t, b.call(200, "GET", path, ""), startStamp, "2025-03-04T09:31:30.123Z"), wholeAnswer(b.t))
		equal(b.t, "none", b.call(404, "POST", "/templates/"+absentID, wholeTemplate), failure(404, "Template not found"))
	}},
	{kind: anEndpoint, call: "POST " + rolePath, page: "Templates: create or modify a role", test: func(b *box) {
		path := b.makeTemplate(`{"name":"t"}`)
		made := b.call(200, "POST", path+"/roles/night%20watch", `{}`)
		equal(b.t, "new", made, tableRole("night watch", "guest", "host", "night watch"))
		changed := maps.Clone(made)
		changed["priority"], changed["publishParams"] = 4.0, object{"allowed": []any{"audio"}}
		equal(b.t, "changed", b.call(200, "POST", path+"/roles/night%20watch", `{"priority":4,"publishParams":{"allowed":["audio"]}}`), changed)
		equal(b.t, "kept", treeAt(b.t, b.call(200, "GET", path, ""), "roles.night watch"), any(changed))
		equal(b.t, "none", b.call(404, "POST", "/templates/"+absentID+"/roles/x", `{}`), failure(404, "Template not found"))
	}},
	{kind: anEndpoint, call: "GET " + rolePath, page: "Templates: get a role", test: func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		equal(b.t, "role", b.call(200, "GET", path+"/roles/lead", ""), treeAt(b.t, wholeAnswer(b.t), "roles.lead").(object))
		equal(b.t, "no role", b.call(404, "GET", path+"/roles/Lead", ""), failure(404, "Role not found"))
		equal(b.t, "none", b.call(404, "GET", "/templates/"+absentID+"/roles/lead", ""), failure(404, "Template not found"))
	}},
	{kind: anEndpoint, call: "DELETE " + rolePath, page: "Templates: delete a role", test: func(b *box) {
		path := b.makeTemplate(`{"roles":{"host":{},"guest":{}}}`)
		w := b.do("DELETE", path+"/roles/guest", "")
		equal(b.t, "answer", []any{w.Code, w.Body.String()}, []any{204, ""})
		equal(b.t, "again", b.call(404, "DELETE", path+"/roles/guest", ""), failure(404, "Role not found"))
		equal(b.t, "gone", b.call(404, "GET", path+"/roles/guest", ""), failure(404, "Role not found"))
		equal(b.t, "the others", b.call(200, "GET", path, "")["roles"], any(object{"host": tableRole("host", "host")}))
		equal(b.t, "last", b.do("DELETE", path+"/roles/host", "").Code, 204)
		equal(b.t, "none", b.call(404, "DELETE", "/templates/"+absentID+"/roles/host", ""), failure(404, "Template not found"))
	}},
	{kind: anEndpoint, call: "GET /templates/{template_id}/settings", page: "Templates: get settings", test: func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		equal(b.t, "settings", b.call(200, "GET", path+"/settings", ""), treeAt(b.t, wholeAnswer(b.t), "settings").(object))
		equal(b.t, "without storage", b.call(200, "GET", "/templates/"+webinarID+"/settings", ""), object{
			"region": "auto", "recording": nil, "retry": object{},
			"roomState": object{"messageInterval": 10.0, "sendPeerList": false, "stopRoomStateOnJoin": true, "enabled": false},
		})
		equal(b.t, "none", b.call(404, "GET", "/templates/"+absentID+"/settings", ""), failure(404, "Template not found"))
	}},
	{kind: anEndpoint, call: "POST /templates/{template_id}/settings", page: "Templates: update settings", test: func(b *box) {
		path := b.makeTemplate(`{"name":"t"}`)
		body := `{"region":"us","roomState":{"messageInterval":20,"sendPeerList":false,"stopRoomStateOnJoin":true,"enabled":true}}`
		want := decodedText(b.t, body).(object)
		want["recording"], want["retry"] = nil, object{}
		equal(b.t, "answer", b.call(200, "POST", path+"/settings", body), want)
		equal(b.t, "kept", b.call(200, "GET", path+"/settings", ""), want)
		equal(b.t, "replaced", b.call(200, "POST", path+"/settings", `{}`), object{"region": "auto", "recording": nil, "retry": object{}})
		equal(b.t, "none", b.call(404, "POST", "/templates/"+absentID+"/settings", `{}`), failure(404, "Template not found"))
	}},
	{kind: anEndpoint, call: "GET /templates/{template_id}/destinations", page: "Templates: get destinations", test: func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		equal(b.t, "destinations", b.call(200, "GET", path+"/destinations", ""), treeAt(b.t, wholeAnswer(b.t), "destinations").(object))
		equal(b.t, "no destinations", b.call(200, "GET", "/templates/"+webinarID+"/destinations", ""), object{})
		equal(b.t, "none", b.call(404, "GET", "/templates/"+absentID+"/destinations", ""), failure(404, "Template not found"))
	}},
	{kind: anEndpoint, call: "POST /templates/{template_id}/destinations", page: "Templates: update destinations", test: func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		body := `{"rtmpDestinations":{"radio":{"name":"radio","maxDuration":600,"rtmpUrls":["rtmps://r.example.org/x"]}}}`
		want := decodedText(b.t, body).(object)
		equal(b.t, "answer", b.call(200, "POST", path+"/destinations", body), want)
		whole := b.call(200, "GET", path, "")
		equal(b.t, "kept", whole["destinations"], any(want))
		equal(b.t, "plugins are not part of it", whole["plugins"], wholeAnswer(b.t)["plugins"])
		equal(b.t, "none", b.call(404, "POST", "/templates/"+absentID+"/destinations", `{}`), failure(404, "Template not found"))
	}},
	{kind: anEndpoint, call: "GET /templates/{template_id}/recordings", page: "Templates: get recordings", test: func(b *box) {
		equal(b.t, "seeded", b.callList("GET", "/templates/"+classroomID+"/recordings", ""), []any{object{
			"name": "lesson", "role": "teacher", "maxDuration": 7200.0, "trackRecording": object{}, "streamRecording": object{},
			"compositeRecording": object{
				"browserComposite": object{"autoStopTimeout": 180.0, "width": 1280.0, "height": 720.0}, "customComposite": object{},
			},
		}})
		equal(b.t, "none yet", b.callList("GET", b.makeTemplate(wholeTemplate)+"/recordings", ""), []any{})
		equal(b.t, "none", b.call(404, "GET", "/templates/"+absentID+"/recordings", ""), failure(404, "Template not found"))
	}},
	{kind: anEndpoint, call: "POST /templates/{template_id}/recordings", page: "Templates: configure recordings", test: func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		body := `[{"name":"rounds","role":"nurse","maxDuration":4800,"presignDuration":9000,
			"thumbnails":{"enabled":true,"width":480,"height":270,"offsets":[7,70],"fps":12},
			"compositeRecording":{"browserComposite":{"autoStart":true,"autoStopTimeout":200,"width":1920,"height":1080},
				"customComposite":{"enabled":true}},
			"trackRecording":{"enabled":true},"streamRecording":{"enabled":true,"width":854,"height":480}}]`
		equal(b.t, "answer", b.callList("POST", path+"/recordings", body), decodedText(b.t, body).([]any))
		equal(b.t, "kept", b.callList("GET", path+"/recordings", ""), decodedText(b.t, body).([]any))
		equal(b.t, "replaced", b.callList("POST", path+"/recordings", `[{"name":"r","role":"lead"}]`), []any{object{"name": "r", "role": "lead"}})
		equal(b.t, "the template is as before", known(b.t, b.call(200, "GET", path, ""), startStamp, "2025-03-04T09:30:00.125Z"), wholeAnswer(b.t))
		equal(b.t, "none", b.call(404, "POST", "/templates/"+absentID+"/recordings", body), failure(404, "Template not found"))
	}},
	{kind: aParameter, call: "GET /templates", what: "limit", page: "Templates: list", test: func(b *box) {
		for range 12 {
			b.makeTemplate(`{}`)
		}
		equal(b.t, "default", len(b.call(200, "GET", "/templates", "")["data"].([]any)), 10)
		page := b.call(200, "GET", "/templates?limit=13", "")
		equal(b.t, "asked for", []any{len(page["data"].([]any)), page["limit"]}, []any{13, 13.0})
		equal(b.t, "too many", b.call(400, "GET", "/templates?limit=101", ""), failure(400, "Invalid query parameter"))
	}},
	{kind: aParameter, call: "GET /templates", what: "start", page: "Templates: list", test: func(b *box) {
		page := b.call(200, "GET", "/templates?start="+webinarID, "")
		equal(b.t, "older ones", []any{len(page["data"].([]any)), page["last"]}, []any{1, classroomID})
		equal(b.t, "end", b.call(200, "GET", "/templates?start="+classroomID, ""), object{"limit": 10.0, "data": nil, "last": ""})
	}},
}

var templateQuirkRows = []row{
	quirkOf("POST /templates", "_id and customer are twins of id and customerId", "Templates: object", func(b *box) {
		got := b.call(200, "POST", "/templates", `{}`)
		equal(b.t, "twins", []any{got["_id"], got["customer"], got["customerId"]}, []any{got["id"], customerID, customerID})
	}),
	quirkOf("POST /templates", "a missing name is made up", "Templates: create", func(b *box) {
		for _, body := range []string{`{}`, `{"name":""}`, `{"name":null}`} {
			name := b.call(200, "POST", "/templates", body)["name"].(string)
			if !regexp.MustCompile(`^default_videoconf_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(name) {
				b.t.Errorf("%s: name %q", body, name)
			}
		}
	}),
	quirkOf("POST /templates", "a name that exists is overwritten", "Templates: create", func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		b.callList("POST", path+"/recordings", `[{"name":"r","role":"nurse"}]`)
		b.advance(time.Minute)
		over := b.call(200, "POST", "/templates", `{"name":"Ward rounds: v1.2_b-c","roles":{"nurse":{}}}`)
		equal(b.t, "id", "/templates/"+over["id"].(string), path)
		equal(b.t, "answer", known(b.t, over, startStamp, "2025-03-04T09:31:00.123Z"), object{
			"name": "Ward rounds: v1.2_b-c", "customerId": customerID, "customer": customerID, "destinations": object{},
			"roles":    object{"nurse": tableRole("nurse", "nurse")},
			"settings": object{"region": "auto", "recording": nil, "retry": object{}},
		})
		equal(b.t, "kept", b.call(200, "GET", path, ""), over)
		equal(b.t, "recordings stay", b.callList("GET", path+"/recordings", ""), []any{object{"name": "r", "role": "nurse"}})
		equal(b.t, "one", len(b.call(200, "GET", "/templates", "")["data"].([]any)), 3)
		equal(b.t, "another case", b.makeTemplate(`{"name":"ward rounds: v1.2_b-c"}`) != path, true)
	}),
	quirkOf("POST /templates", "empty roles come back with the defaults", "Templates: create", func(b *box) {
		want := object{"guest": tableRole("guest", "guest", "host"), "host": tableRole("host", "guest", "host")}
		equal(b.t, "sent", b.call(200, "POST", "/templates", `{"roles":{"host":{},"guest":{}}}`)["roles"], any(want))
		equal(b.t, "not sent", b.call(200, "POST", "/templates", `{}`)["roles"], any(want))
		equal(b.t, "none", b.call(200, "POST", "/templates", `{"roles":{}}`)["roles"], any(object{}))
		equal(b.t, "null", b.call(200, "POST", "/templates", `{"roles":{"host":null}}`)["roles"], any(object{}))
	}),
	quirkOf("POST /templates", "a role without allowed publishes nothing", "Templates: create", func(b *box) {
		viewer := `{"roles":{"viewer":{"name":"other","subscribeParams":{"subscribeToRoles":[]}}}}`
		equal(b.t, "viewer", treeAt(b.t, b.call(200, "POST", "/templates", viewer), "roles.viewer"), any(object{
			"name": "viewer", "publishParams": object{}, "subscribeParams": object{"subscribeToRoles": []any{}}, "priority": 1.0, "maxPeerCount": 0.0,
			"permissions": object{"browserRecording": true, "rtmpStreaming": true, "hlsStreaming": true},
		}))
	}),
	quirkOf("", "three permissions are always filled in, others only shown when sent", "Templates: object", func(b *box) {
		got := b.call(200, "POST", "/templates", `{"roles":{"a":{"permissions":{"hlsStreaming":false,"mute":false,"unmute":true}}}}`)
		want := any(object{"hlsStreaming": false, "mute": false, "unmute": true, "browserRecording": true, "rtmpStreaming": true})
		equal(b.t, "template", treeAt(b.t, got, "roles.a.permissions"), want)
		role := b.call(200, "POST", "/templates/"+got["id"].(string)+"/roles/a", `{"permissions":{}}`)
		equal(b.t, "role", role["permissions"], any(object{"hlsStreaming": true, "browserRecording": true, "rtmpStreaming": true}))
	}),
	quirkOf("POST /templates/{template_id}", "the answer has zero times", "Templates: update", func(b *box) {
		got := b.call(200, "POST", "/templates/"+webinarID, `{"roles":{},"settings":{}}`)
		equal(b.t, "times", []any{got["createdAt"], got["updatedAt"]}, []any{zeroStamp, zeroStamp})
		kept := b.call(200, "GET", "/templates/"+webinarID, "")
		equal(b.t, "kept", []any{kept["createdAt"], kept["updatedAt"]}, []any{"2024-02-07T16:57:06.203Z", startStamp})
	}),
	quirkOf("POST /templates/{template_id}", "what is left out is emptied, but the name stays", "Templates: update", func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		b.call(200, "POST", path, `{"roles":{"lead":{}},"settings":{"region":"in"}}`)
		equal(b.t, "kept", known(b.t, b.call(200, "GET", path, ""), startStamp, "2025-03-04T09:30:00.124Z"), object{
			"name": "Ward rounds: v1.2_b-c", "customerId": customerID, "customer": customerID, "destinations": object{},
			"roles":    object{"lead": tableRole("lead", "lead")},
			"settings": object{"region": "in", "recording": nil, "retry": object{}},
		})
	}),
	quirkOf("POST /templates/{template_id}", "what was read can be sent back", "Templates: update", func(b *box) {
		for _, id := range []string{classroomID, webinarID, strings.TrimPrefix(b.makeTemplate(wholeTemplate), "/templates/")} {
			before := b.call(200, "GET", "/templates/"+id, "")
			b.call(200, "POST", "/templates/"+id, encodedText(b.t, before))
			after := b.call(200, "GET", "/templates/"+id, "")
			delete(before, "updatedAt")
			delete(after, "updatedAt")
			equal(b.t, "template", after, before)
		}
	}),
	quirkOf("POST /templates/{template_id}", "another template's name is an overwrite error", "Templates: update", func(b *box) {
		before := b.call(200, "GET", "/templates/"+webinarID, "")
		equal(b.t, "answer", b.call(400, "POST", "/templates/"+webinarID, `{"name":"classroom","roles":{},"settings":{}}`),
			failure(400, "overwrite error"))
		equal(b.t, "nothing changed", b.call(200, "GET", "/templates/"+webinarID, ""), before)
		b.call(200, "POST", "/templates/"+webinarID, `{"name":"seminar","roles":{},"settings":{}}`)
		b.call(200, "POST", "/templates/"+classroomID, `{"name":"webinar","roles":{},"settings":{}}`)
	}),
	quirkOf("POST "+rolePath, "another name in the body renames the role", "Templates: create or modify a role", renameRoleTest),
	quirkOf("POST "+rolePath, "a rename onto another role is an overwrite error", "Templates: create or modify a role", func(b *box) {
		path := b.makeTemplate(`{}`)
		equal(b.t, "existing", b.call(400, "POST", path+"/roles/host", `{"name":"guest"}`), failure(400, "overwrite error"))
		equal(b.t, "new", b.call(400, "POST", path+"/roles/third", `{"name":"guest"}`), failure(400, "overwrite error"))
		equal(b.t, "new with another name", b.call(200, "POST", path+"/roles/third", `{"name":"fourth"}`)["name"], any("fourth"))
		equal(b.t, "roles", slices.Sorted(maps.Keys(b.call(200, "GET", path, "")["roles"].(object))), []string{"fourth", "guest", "host"})
	}),
	quirkOf("DELETE "+rolePath, "lists of roles lose a role that is deleted", "Templates: delete a role", func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		equal(b.t, "status", b.do("DELETE", path+"/roles/nurse", "").Code, 204)
		got := b.call(200, "GET", path, "")
		equal(b.t, "subscribers", treeAt(b.t, got, "roles.lead.subscribeParams.subscribeToRoles"), any([]any{"lead"}))
		equal(b.t, "whiteboard", treeAt(b.t, got, "plugins.whiteboard.permissions"),
			any(object{"admin": []any{"lead"}, "writer": []any{"lead"}, "reader": []any{}}))
		equal(b.t, "languages", treeAt(b.t, got, "destinations.transcriptions.notes.translation.roleLanguages"), any(object{}))
		b.call(200, "POST", path, encodedText(b.t, got))
		equal(b.t, "status", b.do("DELETE", path+"/roles/lead", "").Code, 204)
		equal(b.t, "what acts as it stays", treeAt(b.t, b.call(200, "GET", path, ""), "destinations.transcriptions.notes.role"), any("lead"))
	}),
	quirkOf("POST /templates/{template_id}/settings", "the answer calls the secret secret", "Templates: update settings", func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		answer := b.call(200, "POST", path+"/settings", encodedText(b.t, b.call(200, "GET", path+"/settings", "")))
		equal(b.t, "answer", treeAt(b.t, answer, "recording.upload.credentials"), any(object{"key": "WARDKEY", "secret": "ward-secret"}))
		b.call(200, "POST", path+"/settings", encodedText(b.t, answer))
		equal(b.t, "kept", b.call(200, "GET", path+"/settings", ""), treeAt(b.t, wholeAnswer(b.t), "settings").(object))
	}),
	quirkOf("", "credentials come back in clear", "Templates: object", func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		for _, got := range []any{
			b.call(200, "GET", path, "")["settings"], b.call(200, "GET", path+"/settings", ""),
			b.call(200, "GET", "/templates", "")["data"].([]any)[0].(object)["settings"],
		} {
			equal(b.t, "credentials", treeAt(b.t, got, "recording.upload.credentials"), any(object{"key": "WARDKEY", "secretKey": "ward-secret"}))
		}
	}),
	quirkOf("", "recording is null without storage of one's own, retry {}", "Templates: object", func(b *box) {
		settings := b.call(200, "POST", "/templates", `{"settings":{"recording":null,"retry":{"times":3}}}`)["settings"]
		equal(b.t, "settings", settings, any(object{"region": "auto", "recording": nil, "retry": object{}}))
	}),
	quirkOf("POST /templates/{template_id}/recordings", "false is dropped", "Templates: configure recordings", func(b *box) {
		path := "/templates/" + webinarID + "/recordings"
		body := `[{"name":"r","role":"host","maxDuration":0,"thumbnails":{"enabled":false,"width":640,"offsets":[]},
			"compositeRecording":{"browserComposite":{"autoStart":false,"autoStopTimeout":240},
			"customComposite":{"enabled":false}},"trackRecording":{"enabled":false},"streamRecording":{"enabled":false,"width":640}}]`
		want := []any{object{
			"name": "r", "role": "host", "maxDuration": 0.0, "thumbnails": object{"width": 640.0, "offsets": []any{}},
			"compositeRecording": object{"browserComposite": object{"autoStopTimeout": 240.0}, "customComposite": object{}},
			"trackRecording":     object{}, "streamRecording": object{"width": 640.0},
		}}
		equal(b.t, "answer", b.callList("POST", path, body), want)
		equal(b.t, "read", b.callList("GET", path, ""), want)
	}),
	quirkOf("POST /templates/{template_id}/recordings", "exactly one element", "Templates: configure recordings", func(b *box) {
		for _, body := range []string{`[]`, `[{"name":"a","role":"host"},{"name":"b","role":"host"}]`} {
			equal(b.t, body, b.call(400, "POST", "/templates/"+webinarID+"/recordings", body),
				badParamFailure("there must be exactly one recording configuration"))
		}
	}),
	quirkOf("", "plugins are taken inside destinations too", "Templates: create", func(b *box) {
		plugins := `{"whiteboard":{"permissions":{"admin":["host"]}}}`
		got := b.call(200, "POST", "/templates", `{"name":"p","destinations":{"plugins":`+plugins+`}}`)
		equal(b.t, "lifted", []any{got["plugins"], got["destinations"]}, []any{decodedText(b.t, plugins), object{}})
		both := b.call(200, "POST", "/templates", `{"name":"q","plugins":{},"destinations":{"plugins":`+plugins+`}}`)
		equal(b.t, "the top wins", both["plugins"], any(object{}))
		path := "/templates/" + both["id"].(string)
		equal(b.t, "destinations", b.call(200, "POST", path+"/destinations", `{"plugins":`+plugins+`}`), object{})
		equal(b.t, "kept", b.call(200, "GET", path, "")["plugins"], decodedText(b.t, plugins))
	}),
	quirkOf("", "a zipped recording needs a bucket of one's own", "Templates: create", func(b *box) {
		zip := `{"hlsDestinations":{"z":{"name":"z","recording":{"enableZipUpload":true}}}}`
		refusal := badParamFailure("destinations.hlsDestinations.z.recording.enableZipUpload needs settings.recording.upload")
		bucket := `{"recording":{"upload":{"type":"oss","location":"l","credentials":{"key":"k","secretKey":"s"}}}}`
		equal(b.t, "create", b.call(400, "POST", "/templates", `{"destinations":`+zip+`}`), refusal)
		path := b.makeTemplate(`{}`)
		equal(b.t, "update", b.call(400, "POST", path, `{"roles":{},"settings":{},"destinations":`+zip+`}`), refusal)
		equal(b.t, "destinations", b.call(400, "POST", path+"/destinations", zip), refusal)
		b.call(200, "POST", path+"/settings", bucket)
		b.call(200, "POST", path+"/destinations", zip)
		equal(b.t, "bucket taken away", b.call(400, "POST", path+"/settings", `{}`), refusal)
	}),
}

// quirkOf is the row of a quirk; a call of "" stands for several.
func quirkOf(call, what, page string, test func(b *box)) row {
	return row{kind: aQuirk, call: call, what: what, page: page, test: test}
}

// renameRoleTest renames the role that everything names.
func renameRoleTest(b *box) {
	path := b.makeTemplate(wholeTemplate)
	b.callList("POST", path+"/recordings", `[{"name":"r","role":"lead"}]`)
	role := b.call(200, "GET", path+"/roles/lead", "")
	role["name"] = "chief"
	got := b.call(200, "POST", path+"/roles/lead", encodedText(b.t, role))
	setTreeAt(b.t, role, "subscribeParams.subscribeToRoles", []any{"chief", "nurse"})
	equal(b.t, "answer", got, role)
	want := decodedText(b.t, strings.ReplaceAll(encodedText(b.t, wholeAnswer(b.t)), `"lead"`, `"chief"`))
	equal(b.t, "everywhere", any(known(b.t, b.call(200, "GET", path, ""), startStamp, "2025-03-04T09:30:00.125Z")), want)
	equal(b.t, "recordings", b.callList("GET", path+"/recordings", ""), []any{object{"name": "r", "role": "chief"}})
	equal(b.t, "old name", b.call(404, "GET", path+"/roles/lead", ""), failure(404, "Role not found"))
	b.call(200, "POST", path+"/roles/nurse", `{"name":"sister"}`)
	languages := treeAt(b.t, b.call(200, "GET", path, ""), "destinations.transcriptions.notes.translation.roleLanguages")
	equal(b.t, "languages", languages, any(object{"sister": "pl"}))
}
