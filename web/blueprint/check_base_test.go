package blueprint_test

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/blueprint"
)

// TestAsItWas: a template that breaks today's rules can be changed elsewhere.
func TestAsItWas(t *testing.T) {
	old := parse(t, `{"name":"Old & odd","roles":{
		"a/b":{"priority":9,"publishParams":{"allowed":["audio","smell"],"video":{"codec":"h264","bitRate":9000},
			"simulcast":{"video":{"layers":[{"rid":"q"},{"rid":"f","scaleResolutionDownBy":0}]}}},
			"subscribeParams":{"subscribeToRoles":["ghost","a/b"]}},
		"c":{}},
		"settings":{"region":"moon","recording":{"upload":{"type":"ftp","location":"X"}},"roomState":{"messageInterval":7}},
		"destinations":{"hlsDestinations":{"k1":{"name":"same","numPlaylistSegments":5,"layers":[{"width":11}]},"k2":{"name":"same"}},
			"transcriptions":{"t":{"role":"c","translation":{"enabled":true,"roleLanguages":{"ghost":"es"}}}}},
		"recordings":[{"name":"","role":"a/b"}]}`)
	f := blueprint.FormOf(old)
	if !f.Valid() {
		t.Fatal(messages(f))
	}
	f.Values.Set("roles.1.priority", "2")
	if !f.Valid() {
		t.Error("another field was changed:", messages(f))
	}
	cases := []struct{ name, field, typed string }{
		{"its own value", "roles.0.priority", "8"},
		{"one layer of several", "roles.0.publishParams.simulcast.video.layers.1.scaleResolutionDownBy", "1"},
		{"another codec", "roles.0.publishParams.video.codec", "h265"},
		{"half of the keys", "settings.recording.upload.credentials.key", "AKIA"},
		{"a role that isn't the recording's", "destinations.transcriptions.0.role", "ghost2"},
		{"no name", "name", ""},
	}
	for _, tc := range cases {
		values := blueprint.Flatten(old)
		values.Set(tc.field, tc.typed)
		if f := blueprint.NewForm(old, values); f.Valid() {
			t.Errorf("%s: %s = %q was taken", tc.name, tc.field, tc.typed)
		}
	}
}

// TestRolesGone: who takes a role away has to say what becomes of what acts as it; lists just lose it.
func TestRolesGone(t *testing.T) {
	f := blueprint.FormOf(full(t))
	if !f.EditRows(url.Values{"remove": {"roles.1"}}) || len(messages(f)) > 0 {
		t.Fatal(messages(f))
	}
	f = blueprint.NewForm(full(t), f.Values)
	f.Valid()
	want := []string{"destinations.transcriptions.0.role", "destinations.browserRecordings.0.role", "recordings.0.role"}
	var got []string
	for _, m := range messages(f) {
		got = append(got, m.Field)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]blueprint.RoleChange{{Was: "tutor"}}, f.Roles()); d != "" {
		t.Error(d)
	}
	f.EditRows(url.Values{"remove": {"roles.0"}})
	if f.Valid() || f.Errors.Of("roles") == "" {
		t.Error("a template without roles:", messages(f))
	}
}

// TestRolesRenamed: everything that names a role follows, so that nothing is wrong afterwards.
func TestRolesRenamed(t *testing.T) {
	values := blueprint.Flatten(full(t))
	values.Set("roles.1.name", "pupil") // they swap names
	values.Set("roles.0.name", "tutor")
	values.Set("roles.2.name", "guest")
	f := blueprint.NewForm(full(t), values)
	if !f.Valid() {
		t.Fatal(messages(f))
	}
	want := []blueprint.RoleChange{{"pupil", "tutor"}, {"tutor", "pupil"}, {"", "guest"}}
	if d := cmp.Diff(want, f.Roles()); d != "" {
		t.Error(d)
	}
	swapped := strings.NewReplacer(`"tutor"`, `"pupil"`, `"pupil"`, `"tutor"`).Replace(string(fullJSON))
	wanted := parse(t, swapped)
	wanted["roles"].(map[string]any)["guest"] = f.Tree()["roles"].(map[string]any)["guest"]
	if d := cmp.Diff(flatSets(wanted), flatSets(f.Tree())); d != "" {
		t.Error(d)
	}
}

// flatSets are the values of a template with those that are ticked in one order.
func flatSets(tree blueprint.Tree) url.Values {
	values := blueprint.Flatten(tree)
	for _, list := range values {
		slices.Sort(list)
	}
	return values
}

// TestStays: what the API can't take away isn't taken away silently, and what would be lost is told.
func TestStays(t *testing.T) {
	f := blueprint.FormOf(full(t))
	f.EditRows(url.Values{"remove": {"recordings.0"}})
	if f.Valid() || f.Errors.Of("recordings") == "" {
		t.Error("the recording configuration was taken away:", messages(f))
	}
	values := blueprint.Flatten(full(t))
	values.Set("settings.recording.upload.type", "gs")
	f = blueprint.NewForm(full(t), values)
	if f.Valid() || f.Errors.Of("settings.recording.upload.credentials.key") == "" || f.Errors.Of("settings.recording.upload.credentials.secretKey") == "" {
		t.Error("another kind of bucket keeps the old keys:", messages(f))
	}
	values = blueprint.Flatten(full(t))
	values.Set("settings.recording.upload.type", "")
	values.Del("destinations.hlsDestinations.0.recording.enableZipUpload")
	f = blueprint.NewForm(full(t), values)
	if !f.Valid() || strings.Contains(toJSON(t, f.Tree()), "evening-lessons") {
		t.Error("the bucket isn't given up:", messages(f))
	}
}

// TestOldAndOdd: whatever a template has, a good change elsewhere is taken.
func TestOldAndOdd(t *testing.T) {
	for seed := range 200 {
		r := random{rand.New(rand.NewPCG(uint64(seed), 3)), seed%2 == 0}
		tree := anyTemplate(r)
		f := blueprint.FormOf(tree)
		f.Values.Set("settings.region", "eu")
		f.Values.Set("name", "New name")
		for _, row := range f.Rows("roles") {
			f.Values.Set(row+".priority", "2")
			f.Values.Set(row+".publishParams.audio.bitRate", "64")
		}
		for _, row := range f.Rows("destinations.transcriptions") {
			f.Values.Set(row+".summary.temperature", "0.7")
		}
		if !f.Valid() {
			t.Fatalf("seed %d: %v\n%s", seed, messages(f), toJSON(t, tree))
		}
	}
}
