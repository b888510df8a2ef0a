package hms_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

// writtenOver shows what becomes of each kind of change.
var writtenOver = []struct {
	name, read string
	change     func(*hms.Template)
	want       string
}{
	{"to zero", `{"id":"t","roles":{"a":{"priority":3,"maxPeerCount":4.0}}}`, func(t *hms.Template) {
		t.Roles["a"] = hms.Role{Origin: t.Roles["a"].Origin, Name: "a", MaxPeerCount: 4}
	}, `{"id":"t","roles":{"a":{"priority":0,"maxPeerCount":4.0}}}`},
	{"zero where nothing was", `{"id":"t","settings":{"x":1}}`, func(t *hms.Template) {
		t.Settings.Region = ""
		t.Settings.RoomState = &hms.TemplateRoomState{}
	}, `{"id":"t","settings":{"x":1,"roomState":{}}}`},
	{"taken out", `{"id":"t","roles":{"a":{"permissions":{},"publishParams":{"allowed":["audio"],"video":{"x":1}}}},"plugins":{"x":1}}`, func(t *hms.Template) {
		role := t.Roles["a"]
		role.Permissions, role.PublishParams.Allowed, role.PublishParams.Video = nil, nil, nil
		t.Roles["a"], t.Plugins = role, nil
	}, `{"id":"t","roles":{"a":{"publishParams":{}}}}`},
	{"emptied", `{"id":"t","roles":{"a":{"subscribeParams":{"subscribeToRoles":["b"]}},"b":{"subscribeParams":{"subscribeToRoles":null}}}}`, func(t *hms.Template) {
		for key, role := range t.Roles {
			role.SubscribeParams.SubscribeToRoles = []string{}
			t.Roles[key] = role
		}
	}, `{"id":"t","roles":{"a":{"subscribeParams":{"subscribeToRoles":[]}},"b":{"subscribeParams":{"subscribeToRoles":[]}}}}`},
	{"made by hand, over what stood there", `{"id":"t","settings":{"x":1,"recording":{"y":2,"enabled":true,"upload":{"type":"s3"}}}}`, func(t *hms.Template) {
		t.Settings = hms.TemplateSettings{Region: "eu", Recording: &hms.TemplateRecording{Enabled: true}}
	}, `{"id":"t","settings":{"x":1,"region":"eu","recording":{"y":2,"enabled":true}}}`},
	{"moved to another name", `{"id":"t","roles":{"a":{"x":1,"name":"a"},"b":{}}}`, func(t *hms.Template) {
		role := t.Roles["a"]
		role.Name = "c"
		t.Roles["c"] = role
		delete(t.Roles, "a")
	}, `{"id":"t","roles":{"b":{},"c":{"x":1,"name":"c"}}}`},
	{"moved in a list", `{"id":"t","destinations":{"hlsDestinations":{"h":{"layers":[{"width":1,"x":1},{"width":2,"x":2},{"width":3}]}}}}`, func(t *hms.Template) {
		h := t.Destinations.HLS["h"]
		h.Layers = append(slices.Clone(h.Layers[1:]), h.Layers[0], hms.HLSDestinationLayer{Height: 4})
		t.Destinations.HLS["h"] = h
	}, `{"id":"t","destinations":{"hlsDestinations":{"h":{"layers":[{"width":2,"x":2},{"width":3},{"width":1,"x":1},{"height":4}]}}}}`},
	{"both names", `{"id":"t","_id":"t","settings":{"recording":{"upload":{"credentials":{"secret":"s","secretKey":"s"}}}}}`, func(t *hms.Template) {
		t.Settings.Recording.Upload.Credentials.SecretKey = "new"
	}, `{"id":"t","_id":"t","settings":{"recording":{"upload":{"credentials":{"secret":"new","secretKey":"new"}}}}}`},
	{"second names", `{"_id":"t","customer":"c","destinations":{"transcriptions":{"m":{"summary":{"enable":false}}}}}`, func(t *hms.Template) {
		t.CustomerID = "d"
		t.Destinations.Transcriptions["m"].Summary.Enabled = true
	}, `{"_id":"t","customer":"d","destinations":{"transcriptions":{"m":{"summary":{"enable":true}}}}}`},
	{"other kinds stay", `{"id":"t","name":7,"roles":{"a":5,"b":{"priority":"high","permissions":{"mute":"yes","x":true}}},"createdAt":8}`, func(t *hms.Template) {
		t.Roles["b"].Permissions["x"] = false
		t.CreatedAt = time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)
	}, `{"id":"t","name":7,"roles":{"a":5,"b":{"priority":"high","permissions":{"mute":"yes","x":false}}},"createdAt":"2026-01-02T03:04:05.006Z"}`},
	{"plugins among the destinations", `{"id":"t","destinations":{"plugins":{"x":1,"whiteboard":{"permissions":{"admin":[]}}}}}`, func(t *hms.Template) {
		t.Plugins.Whiteboard.Permissions.Admin = []string{"a"}
	}, `{"id":"t","destinations":{"plugins":{"x":1,"whiteboard":{"permissions":{"admin":["a"]}}}}}`},
	{"no plugins any more", `{"id":"t","destinations":{"plugins":{}}}`, func(t *hms.Template) { t.Plugins = nil }, `{"id":"t","destinations":{}}`},
}

func TestWrittenOver(t *testing.T) {
	for _, tc := range writtenOver {
		t.Run(tc.name, func(t *testing.T) {
			template := decodeAs[hms.Template](t, []byte(tc.read))
			if diff := cmp.Diff(treeOf(t, []byte(tc.read)), treeOf(t, encode(t, template))); diff != "" {
				t.Errorf("unchanged: %s", diff)
			}
			tc.change(&template)
			if diff := cmp.Diff(treeOf(t, []byte(tc.want)), treeOf(t, encode(t, template))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNotWrittenOver: what couldn't be read isn't replaced by something larger than a plain value.
func TestNotWrittenOver(t *testing.T) {
	cases := map[string]func(*hms.Template){
		`{"settings":[1]}`:                          func(t *hms.Template) { t.Settings.Region = "eu" },
		`{"settings":{"recording":"on"}}`:           func(t *hms.Template) { t.Settings.Recording = &hms.TemplateRecording{} },
		`{"destinations":{"rtmpDestinations":[1]}}`: func(t *hms.Template) { t.Destinations.RTMP = map[string]hms.RTMPDestination{"a": {}} },
		`{"roles":{"a":{"publishParams":{"allowed":["audio",1]}}}}`: func(t *hms.Template) {
			role := t.Roles["a"]
			role.PublishParams.Allowed = []string{"video"}
			t.Roles["a"] = role
		},
		`{"destinations":{"hlsDestinations":{"h":{"layers":[{}, 7]}}}}`: func(t *hms.Template) {
			t.Destinations.HLS["h"] = hms.HLSDestination{Layers: []hms.HLSDestinationLayer{{Width: 2}}}
		},
	}
	for read, change := range cases {
		template := decodeAs[hms.Template](t, []byte(read))
		if diff := cmp.Diff(treeOf(t, []byte(read)), treeOf(t, encode(t, template))); diff != "" {
			t.Errorf("%s, unchanged: %s", read, diff)
		}
		change(&template)
		if body, err := json.Marshal(template); err == nil || !strings.Contains(err.Error(), "isn't overwritten") {
			t.Errorf("%s became %s, %v", read, body, err)
		}
	}
}

func TestOriginEqual(t *testing.T) {
	const body = `{"id":"t","roles":{"a":{"x":1}}}`
	one, same := decodeAs[hms.Template](t, []byte(body)), decodeAs[hms.Template](t, []byte(body))
	if diff := cmp.Diff(one, same); diff != "" {
		t.Error(diff)
	}
	other := decodeAs[hms.Template](t, []byte(`{"id":"t","roles":{"a":{"x":2}}}`))
	if cmp.Equal(one, other) || !cmp.Equal(one, other, fieldsOnly) {
		t.Error("an unknown member is to make the one difference")
	}
}

func TestNoTemplate(t *testing.T) {
	for _, body := range []string{`[]`, `"text"`, `7`, `{"id":"t","roles":[]}`, `{"id":"t","roles":"all"}`} {
		if err := json.Unmarshal([]byte(body), new(hms.Template)); err == nil {
			t.Errorf("%s was read as a template", body)
		}
	}
	for _, body := range []string{`{"a":1}`, `[1]`, `"x"`} {
		if err := json.Unmarshal([]byte(body), new([]hms.RecordingConfig)); err == nil {
			t.Errorf("%s was read as recording configurations", body)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		`{"id":"t1","roles":{"a":null,"b":{"priority":1e3,"publishParams":{"simulcast":{"video":{"layers":[null,{"rid":1}]}}}}},"":{"":[]}}`,
		`{"_id":"t1","roles":{},"settings":{"recording":{"upload":{"credentials":{"secret":"s","x":9e999}}}},"createdAt":"0000-13-99"}`,
		`{"id":"t1","id":"t2","destinations":{"plugins":{"whiteboard":[]},"rtmpDestinations":{"":{"rtmpUrls":[null]}}}}`,
		`{"roles":{"a":{"name":"","name":null}},"plugins":null,"destinations":{"plugins":{}}}`,
		`{"default":"yes","updatedAt":7,"settings":{"roomState":{"enabled":["a"]}}}`,
		`null`, `{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var template hms.Template
		if json.Unmarshal(body, &template) != nil {
			return
		}
		want := treeOf(t, body)
		if want == nil {
			want = map[string]any{} // null has no members, and a template is an object
		}
		if diff := cmp.Diff(want, treeOf(t, encode(t, template))); diff != "" {
			t.Error(diff)
		}
		shown := template.WithoutSecrets()
		back := decodeAs[hms.Template](t, encode(t, shown))
		if diff := cmp.Diff(shown, back, fieldsOnly); diff != "" {
			t.Error(diff)
		}
	})
}
