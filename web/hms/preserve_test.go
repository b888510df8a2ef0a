package hms_test

import (
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

// open are the objects of a template whose keys are names and not fields: anything put there would be known.
var open = []string{
	"roles", "permissions", "rtmpDestinations", "hlsDestinations", "transcriptions", "browserRecordings", "roleLanguages",
}

// vary makes a variation of a template: members go, become null, zero or 30.0, and others come that nobody knows.
func vary(r *rand.Rand, key string, tree any) any {
	switch tree := tree.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(tree)) { // in order, so that a seed gives the same again
			value := tree[name]
			switch r.IntN(12) {
			case 0:
				continue
			case 1:
				out[name] = nil
			default:
				out[name] = vary(r, name, value)
			}
		}
		if !slices.Contains(open, key) && r.IntN(3) == 0 {
			out["unknown"+strconv.Itoa(r.IntN(9))] = odd(r)
		}
		return out
	case []any:
		out := []any{}
		for _, value := range tree {
			if _, ok := value.(map[string]any); ok && r.IntN(12) == 0 {
				value = nil
			}
			out = append(out, vary(r, "", value))
		}
		return out
	case json.Number:
		return []any{tree, json.Number("0"), json.Number("30.0"), json.Number("7")}[r.IntN(4)]
	case bool:
		return r.IntN(2) == 0
	}
	return tree
}

// odd returns a value that no field is meant for.
func odd(r *rand.Rand) any {
	return []any{
		nil, false, "", "text", json.Number("1.50"), json.Number("12345678901234567890"),
		[]any{},
		map[string]any{},
		[]any{map[string]any{"x": nil}, json.Number("0")},
		map[string]any{"enabled": true, "deeper": []any{"a"}},
	}[r.IntN(10)]
}

// variation is a template as it might be answered one day. What every template has, and the places of named things, stay.
func variation(t *testing.T, r *rand.Rand) map[string]any {
	whole := treeOf(t, readFile(t, "testdata/template/whole.json")).(map[string]any)
	out := vary(r, "", whole).(map[string]any)
	out["id"] = "t1"
	roles, _ := out["roles"].(map[string]any)
	if roles == nil {
		roles = map[string]any{}
	}
	if _, ok := roles["tutor"]; !ok {
		roles["tutor"] = nil
	}
	out["roles"] = roles
	rename(r, out, "settings/recording/upload/credentials", "secretKey", "secret")
	if _, ok := out["destinations"].(map[string]any); ok && r.IntN(4) == 0 {
		out["destinations"].(map[string]any)["plugins"] = out["plugins"]
		delete(out, "plugins")
	}
	return out
}

// rename gives a member its second name now and then.
func rename(r *rand.Rand, tree map[string]any, path, from, to string) {
	object, ok := look(tree, path).(map[string]any)
	if value, found := object[from]; ok && found && r.IntN(3) == 0 {
		delete(object, from)
		object[to] = value
	}
}

// look returns what stands at a path; nil when nothing does.
func look(tree any, path string) any {
	for key := range strings.SplitSeq(path, "/") {
		object, _ := tree.(map[string]any)
		tree = object[key]
	}
	return tree
}

// put returns tree with value at a path. Objects on the way that are missing or null are made.
func put(tree any, path string, value any) any {
	key, rest, deeper := strings.Cut(path, "/")
	if list, ok := tree.([]any); ok {
		i, _ := strconv.Atoi(key)
		list[i] = put(list[i], rest, value)
		return list
	}
	object, _ := tree.(map[string]any)
	if object == nil {
		object = map[string]any{}
	}
	if deeper {
		value = put(object[key], rest, value)
	}
	object[key] = value
	return object
}

// place is where a change of d stands in a template that was answered as tree: the second name, or the other place, where
// the answer used that.
func place(tree map[string]any, d difference) string {
	keys, _ := look(tree, "settings/recording/upload/credentials").(map[string]any)
	if keys["secret"] != nil {
		d.path = strings.Replace(d.path, "/secretKey", "/secret", 1)
	}
	if tree["plugins"] == nil && look(tree, "destinations/plugins") != nil && strings.HasPrefix(d.path, "plugins/") {
		return "destinations/" + d.path
	}
	return d.path
}

// TestTemplateSurvives: what was read is written again, with one field changed and nothing else.
func TestTemplateSurvives(t *testing.T) {
	applied := make([]int, len(edits))
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		want := variation(t, r)
		template := decodeAs[hms.Template](t, encode(t, want))
		if diff := cmp.Diff(any(want), treeOf(t, encode(t, template))); diff != "" {
			t.Fatalf("seed %d, unchanged: %s", seed, diff)
		}
		i := r.IntN(len(edits))
		made := edits[i](&template)
		if made == nil {
			continue
		}
		applied[i]++
		path := place(want, *made)
		if diff := cmp.Diff(put(want, path, made.value), treeOf(t, encode(t, template))); diff != "" {
			t.Fatalf("seed %d, edit %d, %s: %s", seed, i, path, diff)
		}
	}
	if i := slices.Index(applied, 0); i >= 0 {
		t.Errorf("edit %d was never tried", i)
	}
}

// TestTemplateSent: what is sent is what was read, but for what only the API sets, and with what requests document under
// another name or in another place.
func TestTemplateSent(t *testing.T) {
	var body []byte
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		io.WriteString(w, `{"id":"t1"}`)
	})
	for seed := range uint64(100) {
		want := variation(t, rand.New(rand.NewPCG(seed, 8)))
		template := decodeAs[hms.Template](t, encode(t, want))
		before := encode(t, template)
		if _, err := client.UpdateTemplate(t.Context(), "t1", template); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"id", "_id", "customerId", "customer", "appId", "default", "createdAt", "updatedAt"} {
			delete(want, key)
		}
		keys, _ := look(want, "settings/recording/upload/credentials").(map[string]any)
		if secret := keys["secret"]; secret != nil && keys["secretKey"] == nil {
			keys["secretKey"] = secret
		}
		if plugins := look(want, "destinations/plugins"); plugins != nil && want["plugins"] == nil {
			want["plugins"] = plugins
		}
		if diff := cmp.Diff(any(want), treeOf(t, body)); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
		if after := encode(t, template); string(before) != string(after) {
			t.Fatalf("seed %d: sending changed the template from %s to %s", seed, before, after)
		}
	}
}
