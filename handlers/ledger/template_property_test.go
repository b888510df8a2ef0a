package ledger_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

// objects are those in a tree, by path. Lists of unknown things count as values.
func objects(v any, path string, into map[string]map[string]any) {
	switch v := v.(type) {
	case map[string]any:
		into[path] = v
		for key, value := range v {
			objects(value, path+"."+key, into)
		}
	case []any:
		for i := range v {
			objects(v[i], path+"."+strconv.Itoa(i), into)
		}
	}
}

// leaves are the plain values in a tree, by path.
func leaves(v any, path string, into map[string]any) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			leaves(value, path+"."+key, into)
		}
	case []any:
		for i := range v {
			leaves(v[i], path+"."+strconv.Itoa(i), into)
		}
	default:
		into[path] = v
	}
	return into
}

// unknowns puts fields that nobody knows into some objects of a tree, those whose keys aren't names.
func unknowns(rng *rand.Rand, tree map[string]any) {
	all := map[string]map[string]any{}
	objects(tree, "", all)
	for i, path := range slices.Sorted(maps.Keys(all)) {
		named := slices.Contains([]string{".roles", ".destinations.rtmpDestinations"}, path) || strings.HasSuffix(path, ".permissions")
		if named || rng.IntN(3) > 0 {
			continue
		}
		all[path]["x"+strconv.Itoa(i)] = []any{
			"text", true, json.Number("12.50"), []any{json.Number("1"), map[string]any{"y": "z"}}, map[string]any{"deep": map[string]any{"er": nil}},
		}[rng.IntN(5)]
	}
}

// fields are those that the property changes one of, each with values that the API takes.
var fields = map[string][]any{
	"name":                                              {"other name", "third name"},
	"settings.region":                                   {"us", "in"},
	"settings.recording.upload.prefix":                  {"q", "r/s"},
	"roles.host.priority":                               {json.Number("2"), json.Number("3")},
	"roles.host.maxPeerCount":                           {json.Number("7"), json.Number("8")},
	"roles.host.permissions.mute":                       {true},
	"roles.host.permissions.browserRecording":           {false},
	"roles.host.publishParams.video.bitRate":            {json.Number("301"), json.Number("600")},
	"roles.guest.subscribeParams.maxSubsBitRate":        {json.Number("1000"), json.Number("2000")},
	"destinations.rtmpDestinations.tv.maxDuration":      {json.Number("600"), json.Number("700")},
	"destinations.rtmpDestinations.tv.recordingEnabled": {true},
	"recordings.0.maxDuration":                          {json.Number("500"), json.Number("800")},
	"recordings.0.role":                                 {"guest"},
}

// set puts a value at a path of keys and places.
func set(v any, path []string, value any) {
	if list, ok := v.([]any); ok {
		i, err := strconv.Atoi(path[0])
		if err == nil && i < len(list) {
			set(list[i], path[1:], value)
		}
		return
	}
	object, _ := v.(map[string]any)
	if len(path) == 1 {
		object[path[0]] = value
		return
	}
	if object[path[0]] == nil {
		object[path[0]] = map[string]any{}
	}
	set(object[path[0]], path[1:], value)
}

// TestOneFieldChangesOneField reads random templates with fields that nobody knows, changes one field and writes them: exactly that
// field is another one at the API, and history tells of exactly that.
func TestOneFieldChangesOneField(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 7))
		base := recorded(desk(fmt.Sprintf("plan %d", seed)), "host")
		unknowns(rng, base)
		id := b.makeTemplate(base, "").ID
		paths := slices.Sorted(maps.Keys(fields))
		path := paths[rng.IntN(len(paths))]
		value := fields[path][rng.IntN(len(fields[path]))]
		if path == "name" {
			value = fmt.Sprint(value, " ", seed)
		}
		before := b.apiTree(id)
		if _, err := b.edit(id, func(tree map[string]any) { set(tree, strings.Split(path, "."), value) }); err != nil {
			t.Fatalf("seed %d, %s: %v", seed, path, err)
		}
		want, got := leaves(before, "", map[string]any{}), leaves(b.apiTree(id), "", map[string]any{})
		want["."+path] = value
		delete(want, ".updatedAt")
		delete(got, ".updatedAt")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d, %s (-want +got):\n%s", seed, path, diff)
		}
		list, _ := b.versions(id)
		if len(list) != 2 {
			t.Errorf("seed %d, %s: %d versions", seed, path, len(list))
			continue
		}
		was, is := leaves(tree(list[0].Data), "", map[string]any{}), leaves(tree(list[1].Data), "", map[string]any{})
		was["."+path] = value
		for _, unowned := range []string{".updatedAt", ".createdAt"} {
			delete(was, unowned)
			delete(is, unowned)
		}
		if diff := cmp.Diff(was, is); diff != "" {
			t.Errorf("seed %d, %s: versions (-want +got):\n%s", seed, path, diff)
		}
	}
	b.noSecrets()
}

// apiTree is a template as the API answers it, with its recording configurations.
func (b *bench) apiTree(id string) map[string]any {
	b.t.Helper()
	b.clock.pass(time.Second)
	t, err := b.client.Template(b.t.Context(), id)
	var configs []hms.RecordingConfig
	if err == nil {
		configs, err = b.client.RecordingConfigs(b.t.Context(), id)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	out := tree(string(encoded(b.t, t)))
	out["recordings"] = tree(string(encoded(b.t, map[string]any{"recordings": configs})))["recordings"]
	return out
}
