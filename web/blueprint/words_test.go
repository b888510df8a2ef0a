package blueprint_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/blueprint"
)

func TestLabel(t *testing.T) {
	for path, want := range map[string]string{
		"name":                                   "Name",
		"roles":                                  "Roles",
		"roles.host":                             "Role host",
		"roles.0":                                "Role 1",
		"roles.host.publishParams.video.bitRate": "Role host: Video, Bit rate",
		"roles.0.publishParams.video.bitRate":    "Role 1: Video, Bit rate",
		"roles.co.host.priority":                 "Role co.host: Priority",
		"roles.priority.priority":                "Role priority: Priority",
		"roles.host.permissions.endRoom":         "Role host: Permissions, End the session",
		"roles.host.subscribeParams.subscribeToRoles":                  "Role host: Receives",
		"roles.host.publishParams.simulcast.video.layers.1.maxBitrate": "Role host: Simulcast of video, Layer 2, Most bits",
		"settings.region":                                            "Region",
		"settings.recording.upload.location":                         "Storage of recordings, Bucket",
		"settings.roomState.messageInterval":                         "Room state before joining, How often",
		"destinations.rtmpDestinations.tv.rtmpUrls.2":                "RTMP stream tv: Address 3",
		"destinations.hlsDestinations.live.recording.layers.0.width": "HLS stream live: Recording of the stream, Layer 1, Width",
		"recordings.0.role":                                          "Recording configuration: Role",
		"plugins.whiteboard.permissions.writer":                      "Whiteboard, Draw",
		"theme":                                                      "theme",
		"roles.host.hue":                                             "roles.host.hue",
		"":                                                           "",
		"..":                                                         "..",
		strings.Repeat("roles.", 50):                                 strings.Repeat("roles.", 50),
	} {
		if got := blueprint.Label(path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	f := blueprint.FormOf(full(t))
	for field, want := range map[string]string{
		"roles.0.priority": "Role pupil: Priority",
		"roles.7.priority": "Role 8: Priority",
		"destinations.hlsDestinations.0.layers.1.width": "HLS stream watch: Layers, Layer 2, Width",
	} {
		if got := f.Label(field); got != want && got != strings.Replace(want, "Layers, ", "", 1) {
			t.Errorf("%s: got %q, want %q", field, got, want)
		}
	}
}

type changes = []blueprint.Change

func TestDiff(t *testing.T) {
	cases := []struct {
		name, have, will string
		want             changes
	}{
		{"nothing", `{}`, `{"id":"1","roles":{},"settings":{"retry":{},"recording":null},"createdAt":"x","customer":"c"}`, nil},
		{"what is off is the same as missing", `{"settings":{"recording":{"enabled":false}},"plugins":{"whiteboard":{}}}`, `{}`, nil},
		{"numbers as they are written", `{"roles":{"a":{"priority":1}}}`, `{"roles":{"a":{"priority":1.0}}}`, nil},
		{"a default permission", `{"roles":{"a":{"x":1}}}`, `{"roles":{"a":{"x":1,"permissions":{"hlsStreaming":true,"mute":false}}}}`, nil},
		{"permissions", `{"roles":{"a":{"permissions":{"mute":true}}}}`, `{"roles":{"a":{"name":"a","permissions":{"hlsStreaming":false}}}}`, changes{
			{"roles.a.permissions.mute", "Role a: Permissions, Mute others", "on", "off"},
			{"roles.a.permissions.hlsStreaming", "Role a: Permissions, Stream by HLS", "on", "off"},
		}},
		{
			"values in words in the order of the table",
			`{"plugins":{"transcriptions":{"mode":"caption"}},"settings":{"region":"eu"},"roles":{"b":{"maxPeerCount":0,"publishParams":{"audio":{"bitRate":64}}},"a":{"subscribeParams":{"subscribeToRoles":["b"]}}},"name":"x"}`,
			`{"plugins":{"transcriptions":{"mode":"new"}},"settings":{"region":"in"},"roles":{"b":{"maxPeerCount":12000,"publishParams":{"allowed":["video","smell","audio"]}},"a":{"subscribeParams":{"subscribeToRoles":[]}}},"name":"y"}`,
			changes{
				{"name", "Name", "x", "y"},
				{"roles.a.subscribeParams.subscribeToRoles", "Role a: Receives", "b", "nobody"},
				{"roles.b.maxPeerCount", "Role b: Most people", "any number", "12,000"},
				{"roles.b.publishParams.allowed", "Role b: May publish", "not set", "Audio, Video, smell"},
				{"roles.b.publishParams.audio.bitRate", "Role b: Audio, Bit rate", "64 kbit/s", "not set"},
				{"settings.region", "Region", "Europe", "India"},
				{"plugins.transcriptions.mode", "Captions, Mode", "Captions in the room", "new"},
			},
		},
		{"order of what is ticked", `{"roles":{"a":{"publishParams":{"allowed":["audio","video"]}}}}`, `{"roles":{"a":{"publishParams":{"allowed":["video","audio"]}}}}`, nil},
		{"a role more and one less", `{"roles":{"a":{"priority":1},"b":{"priority":2}}}`, `{"roles":{"a":{"priority":1},"c":{"name":"c","priority":3,"permissions":{"mute":true}}}}`, changes{
			{"roles.b", "Role b", "there", "removed"},
			{"roles.c", "Role c", "not there", "added"},
			{"roles.c.priority", "Role c: Priority", "not set", "3"},
			{"roles.c.permissions.mute", "Role c: Permissions, Mute others", "off", "on"},
		}},
		{"a role renamed", `{"roles":{"a":{"name":"a","priority":2},"b":{"priority":1}}}`, `{"roles":{"c":{"name":"c","priority":2},"b":{"priority":1}}}`, changes{
			{"roles.a", "Role a", "a", "c (renamed)"},
		}},
		{"destinations", `{"destinations":{"hlsDestinations":{"k1":{"name":"one","maxDuration":30}},"rtmpDestinations":{"r":{"name":"r"}}}}`, `{"destinations":{"hlsDestinations":{"k1":{"name":"two","maxDuration":5400,"role":"x"}}}}`, changes{
			{"destinations.rtmpDestinations.r", "RTMP stream r", "there", "removed"},
			{"destinations.hlsDestinations.k1.name", "HLS stream one: Name", "one", "two"},
			{"destinations.hlsDestinations.k1.maxDuration", "HLS stream one: Longest", "30 s", "5,400 s (1 h 30 min)"},
		}},
		{
			"layers", `{"roles":{"a":{"publishParams":{"simulcast":{"video":{"layers":[{"rid":"f","maxBitrate":0}]}}}}}}`,
			`{"roles":{"a":{"publishParams":{"simulcast":{"video":{"layers":[{"rid":"f","maxBitrate":300},{"rid":"h"}]}}}}}}`,
			changes{
				{"roles.a.publishParams.simulcast.video.layers.0.maxBitrate", "Role a: Simulcast of video, Layer 1, Most bits", "no limit", "300 kbit/s"},
				{"roles.a.publishParams.simulcast.video.layers.1", "Role a: Simulcast of video, Layer 2", "not there", "added"},
				{"roles.a.publishParams.simulcast.video.layers.1.rid", "Role a: Simulcast of video, Layer 2, Layer", "not set", "Half"},
			},
		},
		{
			"secrets",
			`{"settings":{"recording":{"upload":{"type":"s3","credentials":{"key":"hmac-sha256:aa","secret":"hmac-sha256:bb"}}}},"destinations":{"rtmpDestinations":{"r":{"rtmpUrls":["rtmp://a.example/hmac-sha256:cc","[secret]"]}}}}`,
			`{"settings":{"recording":{"upload":{"type":"s3","credentials":{"key":"hmac-sha256:ab","secretKey":"hmac-sha256:bb"}}}},"destinations":{"rtmpDestinations":{"r":{"rtmpUrls":["rtmp://a.example/hmac-sha256:dd"]}}}}`,
			changes{
				{"settings.recording.upload.credentials.key", "Storage of recordings, Access key", "•••• (kept hidden)", "•••• (a new value, kept hidden)"},
				{"destinations.rtmpDestinations.r.rtmpUrls.0", "RTMP stream r: Address 1", "rtmp://a.example/•••• (kept hidden)", "rtmp://a.example/•••• (a new value, kept hidden)"},
				{"destinations.rtmpDestinations.r.rtmpUrls.1", "RTMP stream r: Address 2", "•••• (kept hidden)", "not set"},
			},
		},
		{"what nobody documented", `{"roles":{"a":{"x":[1,{"y":2}],"z":"[hidden]"}},"theme":"dark"}`, `{"roles":{"a":{"x":[1,{"y":3}],"w":"[hidden]"}}}`, changes{
			{"roles.a.w", "Role a: w", "not set", "•••• (kept hidden)"},
			{"roles.a.x", "Role a: x", `[1,{"y":2}]`, `[1,{"y":3}]`},
			{"roles.a.z", "Role a: z", "•••• (kept hidden)", "not set"},
			{"theme", "theme", "dark", "not set"},
		}},
		{"recordings that one doesn't mention", `{"recordings":[{"name":"x"}]}`, `{}`, nil},
		{"recordings", `{"recordings":[]}`, `{"recordings":[{"name":"x","role":"a","compositeRecording":{"browserComposite":{}},"thumbnails":{"offsets":[4,60]}}]}`, changes{
			{"recordings.0", "Recording configuration", "not there", "added"},
			{"recordings.0.name", "Recording configuration: Name", "not set", "x"},
			{"recordings.0.role", "Recording configuration: Role", "not set", "a"},
			{"recordings.0.compositeRecording.browserComposite.enabled", "Recording configuration: As a browser shows it, Record what a browser shows", "off", "on"},
			{"recordings.0.thumbnails.offsets", "Recording configuration: Thumbnails, At", "not set", "4, 60 s"},
		}},
		{"plugins in two places", `{"plugins":{"whiteboard":{"permissions":{"admin":["a"]}}}}`, `{"destinations":{"plugins":{"whiteboard":{"permissions":{"admin":["a"]}}}}}`, nil},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			got, err := blueprint.Diff(tc.have, tc.will)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	for _, bad := range [][2]string{{"", "{}"}, {"{}", "[]"}, {"null", "{}"}} {
		if _, err := blueprint.Diff(bad[0], bad[1]); err == nil {
			t.Errorf("%q was compared", bad)
		}
	}
}

// TestDiffRenames: a role that is renamed and changed at once is followed by the form that does it, also where names go round.
func TestDiffRenames(t *testing.T) {
	have := `{"roles":{"a":{"name":"a","priority":1},"b":{"name":"b","priority":2},"c":{"name":"c"}}}`
	values := blueprint.Flatten(parse(t, have))
	values.Set("roles.0.name", "b")
	values.Set("roles.1.name", "a")
	values.Set("roles.1.priority", "4")
	values.Set("roles.2.name", "d")
	f := blueprint.NewForm(parse(t, have), values)
	got, err := f.Diff(have, toJSON(t, f.Tree()))
	want := changes{
		{"roles.a", "Role a", "a", "b (renamed)"},
		{"roles.b", "Role b", "b", "a (renamed)"},
		{"roles.a.priority", "Role a: Priority", "2", "4"},
		{"roles.c", "Role c", "c", "d (renamed)"},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
	values.Set("roles.1.was", "b")
	for name := range values {
		if strings.HasPrefix(name, "roles.1.") {
			values.Del(name)
		}
	}
	f = blueprint.NewForm(parse(t, have), values)
	if got, err = f.Diff(have, toJSON(t, f.Tree())); err != nil || len(got) < 2 || got[1] != (blueprint.Change{Path: "roles.b", Label: "Role b", Have: "there", Will: "removed"}) {
		t.Error(err, got)
	}
}

// TestDiffOfEachField: a difference in any field of the table is told, with its label and without its secret.
func TestDiffOfEachField(t *testing.T) {
	names := fieldsOf(newValues(t))
	for _, field := range blueprint.Fields() {
		values := newValues(t)
		name := names[field.Path]
		switch field.Node.Kind {
		case blueprint.Switch:
			if values.Del(name); field.Node.Silent {
				continue // it takes the object away that it stands in
			}
		case blueprint.Choices, blueprint.Roles, blueprint.Choice:
			values[name] = []string{"other"}
		case blueprint.Whole, blueprint.Number, blueprint.Wholes:
			values.Set(name, "77")
		case blueprint.Pairs:
			values.Set(name, "tutor: en")
		default:
			values.Set(name, "another-secret-text")
		}
		f := blueprint.NewForm(nil, values)
		got, err := blueprint.Diff(string(fullJSON), toJSON(t, f.Tree()))
		if err != nil || len(got) == 0 {
			t.Errorf("%s: no difference: %v", field.Path, err)
			continue
		}
		told := got[len(got)-1]
		if !strings.HasSuffix(told.Label, field.Node.Label) && !strings.Contains(told.Will, "renamed") && told.Will != "added" && told.Label != "RTMP stream relay: Address 1" && field.Node.Key != "name" {
			t.Errorf("%s: %+v", field.Path, got)
		}
		if field.Node.Kind == blueprint.Secret && strings.Contains(told.Have+told.Will, "secret-") {
			t.Errorf("%s shows its secret: %+v", field.Path, told)
		}
	}
}

func TestGlance(t *testing.T) {
	want := blueprint.Glance{
		Roles: []blueprint.RoleGlance{
			{Name: "pupil", Publishes: []string{"Audio"}, Receives: []string{"tutor"}, May: []string{"Record", "Stream by RTMP", "Stream by HLS"}, Priority: "3", Most: "any number"},
			{
				Name: "tutor", Publishes: []string{"Audio", "Video", "Screen"}, Simulcast: true, Receives: []string{"pupil", "tutor"},
				May: []string{
					"End the session", "Remove people", "Mute others", "Ask others to unmute", "Change roles", "Sees the room before joining",
					"Read and answer polls", "Make polls", "Record", "Stream by HLS",
				},
				Priority: "1", Most: "2",
			},
		},
		Region: "Europe", Storage: "s3://evening-lessons/term-1",
		Settings: []blueprint.GlanceLine{
			{Label: "Storage of recordings, Record tracks (deprecated)", Detail: "on"},
			{Label: "Room state before joining, Tell the state of the room before joining", Detail: "on"},
			{Label: "Room state before joining, How often", Detail: "10 s"},
			{Label: "Room state before joining, With the list of people, not only how many", Detail: "on"},
			{Label: "Room state before joining, Until somebody has joined", Detail: "on"},
		},
		Destinations: []blueprint.GlanceLine{
			{"RTMP stream", "relay", "relay.example.org, recorded"},
			{"HLS stream", "watch", "recorded"},
			{"Transcription", "notes", "After a recording, As captions in the room"},
			{"Browser recording", "old", ""},
		},
		Plugins: []blueprint.GlanceLine{
			{Label: "Whiteboard, Open and close it", Detail: "tutor"},
			{Label: "Whiteboard, Draw", Detail: "tutor, pupil"},
			{Label: "Whiteboard, See it", Detail: "pupil"},
			{Label: "Captions, Switch captions on and off", Detail: "tutor"},
			{Label: "Captions, Mode", Detail: "Captions in the room"},
		},
		Recordings: []blueprint.RecordingGlance{{
			Name: "lesson", Role: "tutor", AutoStart: true, Kinds: []string{"What a browser shows", "Without a browser", "Each track", "Each person"},
		}},
	}
	tree := full(t)
	tree["settings"].(map[string]any)["unknown"] = "token-canary"
	if d := cmp.Diff(want, blueprint.GlanceOf(tree)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(blueprint.Glance{}, blueprint.GlanceOf(nil)); d != "" {
		t.Error(d)
	}
	odd := parse(t, `{"roles":{"a":null,"b":[1]},"settings":7,"destinations":{"rtmpDestinations":{"r":{"rtmpUrls":["[hidden]",4,null]}}},"recordings":[null,3],"plugins":[]}`)
	if g := blueprint.GlanceOf(odd); len(g.Roles) != 2 || len(g.Recordings) != 2 || g.Destinations[0].Detail != "" {
		t.Errorf("got %+v", g)
	}
}

func TestMatrix(t *testing.T) {
	one := parse(t, `{"roles":{"host":{"priority":1,"publishParams":{"allowed":["audio"]},"subscribeParams":{"subscribeToRoles":["guest"]},"permissions":{"mute":true}},"guest":null},
		"plugins":{"whiteboard":{"permissions":{"writer":["host"]}}}}`)
	two := parse(t, `{"roles":{"host":{"priority":1,"publishParams":{"allowed":["audio","video"]},"subscribeParams":{"subscribeToRoles":["guest"]}},"viewer":{"maxPeerCount":-1}},
		"destinations":{"plugins":{"whiteboard":{"permissions":{"writer":["host"]}}}}}`)
	m := blueprint.MatrixOf(one, two)
	wantRoles := []blueprint.MatrixRole{{"guest", []bool{true, false}}, {"host", []bool{true, true}}, {"viewer", []bool{false, true}}}
	if d := cmp.Diff(wantRoles, m.Roles); d != "" {
		t.Error(d)
	}
	got := map[string]string{}
	for _, group := range m.Groups {
		for _, row := range group.Rows {
			got[group.Title+"/"+row.Label] = marks(row)
		}
	}
	for label, want := range map[string]string{
		"Publishes/Audio":          ". _ | x x | _ .",
		"Publishes/Video":          ". _ | . x! | _ .",
		"Receives/guest":           ". _ | x x | _ .",
		"Receives/viewer":          ". _ | . . | _ .",
		"May/Mute others":          ". _ | x .! | _ .",
		"May/Record":               "x _ | x x | _ x",
		"Plugins/Whiteboard: Draw": ". _ | x x | _ .",
		"Limits/Priority":          "not set _ | 1 1 | _ not set",
		"Limits/Most people":       "not set _ | not set not set | _ nobody",
	} {
		if got[label] != want {
			t.Errorf("%s: got %q, want %q", label, got[label], want)
		}
	}
	if len(blueprint.MatrixOf().Roles) != 0 || len(blueprint.MatrixOf(nil).Roles) != 0 {
		t.Error("roles of nothing")
	}
}

// marks are the cells of a row: x may, . may not, _ isn't there, and ! where they differ.
func marks(row blueprint.MatrixRow) string {
	var cells []string
	for _, cell := range row.Cells {
		var list []string
		for _, m := range cell.Marks {
			switch {
			case !m.There:
				list = append(list, "_")
			case m.Text != "":
				list = append(list, m.Text)
			case m.On:
				list = append(list, "x")
			default:
				list = append(list, ".")
			}
		}
		text := strings.Join(list, " ")
		if cell.Differs {
			text += "!"
		}
		cells = append(cells, text)
	}
	return strings.Join(cells, " | ")
}
