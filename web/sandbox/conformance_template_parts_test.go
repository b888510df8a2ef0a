package sandbox

// templatePart is a key of the body of a call that has no test of its values elsewhere: a value that it takes, and what stands
// there after a body without it.
type templatePart struct {
	call, page string // of the documents
	path       string // below the template
	key, value string
	without    any    // what is answered when the key is left out; nil: it is not there
	rest       string // of the body, with a comma at its end
	bad        string // a value that it refuses ...
	rule       string // ... with this text, after the key
}

const (
	updatePage   = "Templates: update"
	rolePage     = "Templates: create or modify a role"
	settingsPage = "Templates: update settings"
	destPage     = "Templates: update destinations"
	settingsCall = "POST /templates/{template_id}/settings"
	destCall     = "POST /templates/{template_id}/destinations"
)

var templateParts = []templatePart{
	{
		"POST /templates/{template_id}", updatePage, "", "name", `"renamed"`, "renamed",
		`"roles":{},"settings":{},`, `"a*b"`, "may contain a-z A-Z 0-9 space . - : _ only",
	},
	{
		"POST /templates/{template_id}", updatePage, "", "destinations", `{"rtmpDestinations":{"a":{"name":"a"}}}`,
		object{},
		`"roles":{},"settings":{},`, `[]`, "must be an object",
	},
	{
		"POST /templates/{template_id}", updatePage, "", "plugins", `{"whiteboard":{"permissions":{"admin":["host"]}}}`, nil,
		`"roles":{"host":{}},"settings":{},`, `[]`, "must be an object",
	},
	{"POST " + rolePath, rolePage, "/roles/host", "name", `"host"`, "host", "", `7`, "must be a string"},
	{"POST " + rolePath, rolePage, "/roles/host", "publishParams", `{"allowed":["screen"]}`, object{"allowed": []any{"screen"}}, "", `7`, "must be an object"},
	{
		"POST " + rolePath, rolePage, "/roles/host", "subscribeParams", `{"subscribeToRoles":["guest"]}`,
		object{"subscribeToRoles": []any{"guest"}},
		"", `{"subscribeToRoles":["ghost"]}`, ".subscribeToRoles[0] must be a role of the template",
	},
	{
		"POST " + rolePath, rolePage, "/roles/host", "permissions", `{"mute":true,"browserRecording":false,"hlsStreaming":true,"rtmpStreaming":true}`,
		object{"mute": true, "browserRecording": false, "hlsStreaming": true, "rtmpStreaming": true},
		"", `{"mute":1}`, ".mute must be a boolean",
	},
	{"POST " + rolePath, rolePage, "/roles/host", "priority", `5`, 5.0, "", `6`, "must be from 1 to 5"},
	{"POST " + rolePath, rolePage, "/roles/host", "maxPeerCount", `-1`, -1.0, "", `-2`, "must be -1 or more"},
	{settingsCall, settingsPage, "/settings", "region", `"us"`, "auto", "", `"mars"`, "must be one of in, us, eu, auto"},
	{settingsCall, settingsPage, "/settings", "recording", `{"enabled":true}`, nil, "", `{"upload":{}}`, ".upload.credentials is required"},
	{settingsCall, settingsPage, "/settings", "roomState", `{"messageInterval":3600}`, nil, "", `{"messageInterval":3605}`, ".messageInterval must be from 5 to 3600"},
	{destCall, destPage, "/destinations", "rtmpDestinations", `{"a":{"name":"a"}}`, nil, "", `{"a":{}}`, ".a.name is required"},
	{destCall, destPage, "/destinations", "hlsDestinations", `{"a":{"name":"b"}}`, nil, "", `{"a":1}`, ".a must be an object"},
	{
		destCall, destPage, "/destinations", "transcriptions", `{"a":{"name":"a","role":"host","translation":{"enabled":false}}}`, nil, "",
		`{"a":{"name":"a","role":"host","translation":{"enabled":true}}}`, ".a.translation.enabled needs caption among the modes",
	},
	{destCall, destPage, "/destinations", "browserRecordings", `{"a":{"name":"a","role":"guest"}}`, nil, "", `{"a":{"name":"a","role":"x"}}`, ".a.role must be a role of the template"},
}

// templatePartRows are the rows of the parameters of the calls for the parts of a template.
func templatePartRows() []row {
	rows := []row{
		{kind: aParameter, call: "POST /templates/{template_id}", what: "roles", page: updatePage, test: neededByUpdate("roles")},
		{kind: aParameter, call: "POST /templates/{template_id}", what: "settings", page: updatePage, test: neededByUpdate("settings")},
	}
	for _, p := range templateParts {
		rows = append(rows, row{kind: aParameter, call: p.call, what: p.key, page: p.page, test: p.test})
	}
	for _, p := range recordingParts {
		rows = append(rows, row{kind: aParameter, call: "POST /templates/{template_id}/recordings", what: p.key, page: "Templates: configure recordings", test: p.test})
	}
	return rows
}

func (p templatePart) test(b *box) {
	path := b.makeTemplate(`{"name":"before"}`)
	with := "{" + p.rest + `"` + p.key + `":` + p.value + "}"
	equal(b.t, "with it", b.call(200, "POST", path+p.path, with)[p.key], decodedText(b.t, p.value))
	equal(b.t, "read", b.call(200, "GET", path+p.path, "")[p.key], decodedText(b.t, p.value))
	without := "{" + p.rest + `"more":1}`
	b.call(200, "POST", path+p.path, without)
	equal(b.t, "without it", b.call(200, "GET", path+p.path, "")[p.key], p.without)
	text := p.key + " " + p.rule
	if p.rule[0] == '.' {
		text = p.key + p.rule
	}
	equal(b.t, p.bad, b.call(400, "POST", path+p.path, "{"+p.rest+`"`+p.key+`":`+p.bad+"}"), badParamFailure(text))
}

// neededByUpdate tests a key that an update has to have.
func neededByUpdate(key string) func(b *box) {
	return func(b *box) {
		path := b.makeTemplate(`{"name":"before"}`)
		body := object{"roles": object{"cook": object{}}, "settings": object{"region": "in"}}
		b.call(200, "POST", path, encodedText(b.t, body))
		want := map[string]any{"roles": object{"cook": tableRole("cook", "cook")}, "settings": object{"region": "in", "recording": nil, "retry": object{}}}
		equal(b.t, "kept", b.call(200, "GET", path, "")[key], want[key])
		delete(body, key)
		equal(b.t, "left out", b.call(400, "POST", path, encodedText(b.t, body)), badParamFailure(key+" is required"))
		body[key] = nil
		equal(b.t, "null", b.call(400, "POST", path, encodedText(b.t, body)), badParamFailure(key+" is required"))
	}
}

// recordingPart is a key of a recording configuration.
type recordingPart struct {
	key, value string
	bad, rule  string // a value that it refuses, with this text after the key
	required   bool
}

var recordingParts = []recordingPart{
	{"name", `"films"`, `""`, " is required", true},
	{"role", `"guest"`, `"ghost"`, " must be a role of the template", true},
	{"maxDuration", `14400`, `"4h"`, " must be an integer", false},
	{"presignDuration", `60`, `-1`, " must be 0 or more", false},
	{"thumbnails", `{"enabled":true,"width":160,"height":90,"offsets":[1,2],"fps":1}`, `{"offsets":["1s"]}`, ".offsets[0] must be an integer", false},
	{
		"compositeRecording", `{"browserComposite":{"enabled":true,"autoStart":true,"autoStopTimeout":1,"width":2,"height":3},"customComposite":{"enabled":true}}`,
		`{"browserComposite":{"autoStart":"yes"}}`, ".browserComposite.autoStart must be a boolean", false,
	},
	{"trackRecording", `{"enabled":true}`, `{"enabled":1}`, ".enabled must be a boolean", false},
	{"streamRecording", `{"enabled":true,"width":1280,"height":720}`, `{"width":"1280"}`, ".width must be an integer", false},
}

func (p recordingPart) test(b *box) {
	path := b.makeTemplate(`{}`) + "/recordings"
	body := object{"name": "r", "role": "host", p.key: decodedText(b.t, p.value)}
	got := b.callList("POST", path, encodedText(b.t, []any{body}))
	equal(b.t, "answer", got, []any{body})
	equal(b.t, "read", b.callList("GET", path, ""), []any{body})
	body[p.key] = decodedText(b.t, p.bad)
	equal(b.t, p.bad, b.call(400, "POST", path, encodedText(b.t, []any{body})), badParamFailure("[0]."+p.key+p.rule))
	delete(body, p.key)
	if p.required {
		equal(b.t, "left out", b.call(400, "POST", path, encodedText(b.t, []any{body})), badParamFailure("[0]."+p.key+" is required"))
		return
	}
	equal(b.t, "left out", b.callList("POST", path, encodedText(b.t, []any{body})), []any{body})
}
