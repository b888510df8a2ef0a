package blueprint_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/blueprint"
	"roomledger/web/hms"
)

// TestExport: all of the table but its secrets, in the API's shape, and nothing else.
func TestExport(t *testing.T) {
	tree := full(t)
	tree["id"], tree["customerId"], tree["createdAt"], tree["unknown"] = "64d2a7b1c94e0f52a6b3d801", "c", "2026-01-01T00:00:00Z", "token-canary"
	tree["roles"].(map[string]any)["tutor"].(map[string]any)["x"] = map[string]any{"deep": "token-canary"}
	tree["settings"].(map[string]any)["retry"] = map[string]any{}
	want := full(t)
	delete(want["settings"].(map[string]any)["recording"].(map[string]any)["upload"].(map[string]any), "credentials")
	delete(want["destinations"].(map[string]any)["rtmpDestinations"].(map[string]any)["relay"].(map[string]any), "rtmpUrls")
	got := blueprint.Export(tree)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-wanted +exported)\n%s", d)
	}
	for _, secret := range secrets {
		if text := toJSON(t, got); strings.Contains(text, secret) || strings.Contains(text, "canary") {
			t.Errorf("a secret left: %s", text)
		}
	}
	got["roles"].(map[string]any)["tutor"].(map[string]any)["publishParams"].(map[string]any)["allowed"].([]any)[0] = "changed"
	if d := cmp.Diff(full(t)["roles"].(map[string]any)["pupil"], tree["roles"].(map[string]any)["pupil"]); d != "" {
		t.Error("the export shares what it was made of")
	}
	odd := parse(t, `{"roles":{"a":7,"b":{"priority":{"x":1},"permissions":[],"publishParams":{"allowed":[{}]}}},"settings":[],"recordings":{},"name":null}`)
	if d := cmp.Diff(parse(t, `{"roles":{"a":{},"b":{}}}`), blueprint.Export(odd)); d != "" {
		t.Error(d)
	}
}

// TestImportExport: what was exported comes back but for its secrets, which are asked for.
func TestImportExport(t *testing.T) {
	exported := toJSON(t, blueprint.Export(full(t)))
	got, err := blueprint.Import([]byte("\ufeff" + exported + "\n"))
	if err != nil || len(got.Unknown) > 0 {
		t.Fatal(err, got.Unknown)
	}
	var fields []string
	for _, m := range messages(got.Form) {
		fields = append(fields, m.Field)
	}
	want := []string{"settings.recording.upload.credentials.key", "settings.recording.upload.credentials.secretKey"}
	if d := cmp.Diff(want, fields); d != "" {
		t.Errorf("messages: %s", d)
	}
	if d := cmp.Diff(parse(t, exported), got.Form.Tree()); d != "" {
		t.Error(d)
	}
	for name, secret := range secrets {
		got.Values.Set(name, secret)
	}
	if f := blueprint.NewForm(nil, got.Values); !f.Valid() {
		t.Error(messages(f))
	} else if d := cmp.Diff(full(t), f.Tree()); d != "" {
		t.Error(d)
	}
}

// TestImportUnknown: what isn't taken is named, but for what the API says by itself.
func TestImportUnknown(t *testing.T) {
	text := `{
		"id":"1","_id":"1","customer":"c","customerId":"c","createdAt":"x","updatedAt":"x","default":true,
		"name":["a"],"theme":"dark","roles":{"a.b":{"priority":"3","hue":1,"permissions":{"endRoom":"yes","fly":true},
			"publishParams":{"allowed":["audio",{}],"video":7,"simulcast":{"layers":[]}}},"c":7},
		"settings":{"retry":{},"region":"eu","recording":{"upload":{"type":"s3","location":"abc","credentials":{"key":"[secret]","secret":"x"}}}},
		"destinations":{"plugins":{"whiteboard":{"permissions":{"reader":["a.b"]}}},"rtmpDestinations":{"r":{"name":"r","rtmpUrls":["rtmp://h/k"]}},
			"hlsDestinations":{"h":{"role":"__internal_recorder"}},"transcriptions":[]},
		"recordings":["y"],"plugins":null}`
	got, err := blueprint.Import([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"name", "roles.a.b.publishParams.allowed", "roles.a.b.publishParams.video", "roles.a.b.publishParams.simulcast.layers",
		"roles.a.b.permissions.endRoom", "roles.a.b.permissions.fly", "roles.a.b.hue", "roles.c",
		"settings.recording.upload.credentials.key", "settings.recording.upload.credentials.secret",
		"destinations.rtmpDestinations.r.rtmpUrls.0", "destinations.transcriptions", "recordings.0", "theme",
	}
	if d := cmp.Diff(want, got.Unknown); d != "" {
		t.Error(d)
	}
	if got.Values.Get("roles.0.priority") != "3" || got.Values.Get("plugins.whiteboard.permissions.reader") != "a.b" {
		t.Error(got.Values)
	}
}

// hostileImports are no templates.
var hostileImports = []string{
	"", " \n", "null", "[]", `"text"`, "7", "{", `{"a":}`, `{}{}`, "{} x", "\xff\xfe", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`,
	strings.Repeat(`{"a":`, 100_000), strings.Repeat("[", 100_000),
	`{"roles":{` + strings.TrimSuffix(strings.Repeat(`"r":{},`, 5), ",") + `}} trailing`,
	`{"recordings":[{},{}]}`, manyRoles(101),
}

func manyRoles(n int) string {
	var b strings.Builder
	b.WriteString(`{"roles":{`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"r` + strings.Repeat("x", i) + `":{}`)
	}
	return b.String() + `}}`
}

func TestImportRefuses(t *testing.T) {
	for _, text := range hostileImports {
		got, err := blueprint.Import([]byte(text))
		if err == nil {
			t.Errorf("%.40q was taken: %v", text, got.Values)
			continue
		}
		if said := err.Error(); !strings.HasSuffix(said, ".") || strings.Contains(said, "json:") || strings.Contains(said, "invalid character") {
			t.Errorf("%.40q: %s", text, said)
		}
	}
	_, err := blueprint.Import([]byte("{\n\"roles\": {\n\"a\": nothing}}"))
	if err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("got %v", err)
	}
	var many bytes.Buffer
	many.WriteString(`{"x":1`)
	for i := range 500 {
		many.WriteString(`,"k` + strings.Repeat("y", i) + `":1`)
	}
	many.WriteString("}")
	if got, err := blueprint.Import(many.Bytes()); err != nil || len(got.Unknown) != 101 || got.Unknown[100] != "and 401 more" || len(got.Unknown[99]) > 300 {
		t.Errorf("got %v, %v", got.Unknown, err)
	}
}

// TestPresets: each is valid, says nothing that the table doesn't know, and is taken by the API as it is.
func TestPresets(t *testing.T) {
	keys := map[string]bool{}
	for _, p := range blueprint.Presets() {
		t.Run(p.Key, func(t *testing.T) {
			keys[p.Key] = true
			if p.Name == "" || p.Help == "" || p.Tree["name"] != nil {
				t.Errorf("got %+v", p)
			}
			got, err := blueprint.Import([]byte(toJSON(t, p.Tree)))
			if err != nil || len(got.Unknown) > 0 || len(messages(got.Form)) > 0 {
				t.Fatal(err, got.Unknown, messages(got.Form))
			}
			tree := got.Form.Tree()
			if d := cmp.Diff(blueprint.Flatten(p.Tree), blueprint.Flatten(tree)); d != "" {
				t.Errorf("(-preset +form)\n%s", d)
			}
			tree["name"] = "Preset " + p.Key
			made := create(t, tree)
			changes, err := blueprint.Diff(toJSON(t, tree), toJSON(t, made))
			if err != nil || len(changes) > 0 {
				t.Error(err, changes)
			}
		})
	}
	for _, key := range []string{"video-conference", "webinar", "classroom", "audio-room", "live-stream", "telehealth"} {
		if !keys[key] {
			t.Errorf("there is no preset %s", key)
		}
	}
	blueprint.Presets()[0].Tree["roles"] = nil
	if blueprint.Presets()[0].Tree["roles"] == nil {
		t.Error("presets are shared")
	}
}

// TestFullIsTaken: the API takes a template with every field of the table, and answers the same.
func TestFullIsTaken(t *testing.T) {
	changes, err := blueprint.Diff(toJSON(t, full(t)), toJSON(t, create(t, full(t))))
	if err != nil || len(changes) > 0 {
		t.Error(err, changes)
	}
}

// create makes a template on a sandbox, and reads it and its recording configuration back.
func create(t *testing.T, tree blueprint.Tree) blueprint.Tree {
	t.Helper()
	client := sandboxClient(t)
	var template hms.Template
	decode(t, toJSON(t, tree), &template)
	var configs []hms.RecordingConfig
	if tree["recordings"] != nil {
		decode(t, toJSON(t, tree["recordings"]), &configs)
	}
	made, err := client.CreateTemplate(t.Context(), template)
	if err != nil {
		t.Fatal(err)
	}
	if len(configs) > 0 {
		if _, err := client.UpdateRecordingConfigs(t.Context(), made.ID, configs); err != nil {
			t.Fatal(err)
		}
	}
	made, err = client.Template(t.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if configs, err = client.RecordingConfigs(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	read := parse(t, toJSON(t, made))
	if tree["recordings"] != nil {
		var list []any
		decode(t, toJSON(t, configs), &list)
		read["recordings"] = parse(t, `{"list":`+toJSON(t, configs)+`}`)["list"]
	}
	return read
}

// TestImportTakesEachKeyOnce: of two roles of one name only one would be taken, and people who read the file may think of the other.
func TestImportTakesEachKeyOnce(t *testing.T) {
	for text, said := range map[string]string{
		`{"name":"a","name":"b","roles":{"host":{}}}`:                                                     `“name” is twice in the same place: look near line 1`,
		"{\"roles\":{\"host\":{},\n\"guest\":{},\n\"host\":{\"priority\":1}}}":                            `“host” is twice in the same place: look near line 3`,
		`{"roles":{"host":{"permissions":{"mute":false,"\u006dute":true}}}}`:                              `“mute” is twice`,
		`{"roles":{"host":{}},"recordings":[{"name":"a"},{"name":"b","role":"host","role":"host"}]}`:      `“role” is twice`,
		`{"roles":{"host":{}},"` + strings.Repeat("x", 300) + `":1,"` + strings.Repeat("x", 300) + `":1}`: strings.Repeat("x", 200) + "…” is twice",
	} {
		_, err := blueprint.Import([]byte(text))
		if wrong, ok := errors.AsType[*blueprint.ImportError](err); !ok || !strings.Contains(wrong.Text, said) {
			t.Errorf("%.80s: %v, which doesn't say %s", text, err, said)
		}
	}
	once := `{"name":"name","roles":{"host":{"name":"name"},"name":{"name":"host"}},"recordings":[{"name":"name"}],"x":["name","name",{"name":1},{"name":1},[]]}`
	if _, err := blueprint.Import([]byte(once)); err != nil {
		t.Errorf("what stands in different places is refused: %v", err)
	}
}
