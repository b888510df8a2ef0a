package blueprint_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/blueprint"
)

// random makes templates; odd ones have values of kinds that nothing is documented to have.
type random struct {
	*rand.Rand
	odd bool
}

// anyTemplate is a random template: any of the table's fields, and fields that the table doesn't know at every level.
func anyTemplate(r random) blueprint.Tree {
	tree := anyObject(r, blueprint.Schema())
	tree["id"] = "64d2a7b1c94e0f52a6b3d801"
	if destinations, ok := tree["destinations"].(map[string]any); ok && r.IntN(4) == 0 && tree["plugins"] != nil {
		destinations["plugins"] = tree["plugins"] // where answers were seen to have them
		delete(tree, "plugins")
	}
	return tree
}

func anyObject(r random, nodes []blueprint.Node) map[string]any {
	o := map[string]any{}
	for _, n := range nodes {
		switch {
		case r.IntN(4) == 0 || n.Silent:
		case n.Alias != "" && r.IntN(2) == 0:
			o[n.Alias] = anyValue(r, n)
		default:
			o[n.Key] = anyValue(r, n)
		}
	}
	for range r.IntN(3) {
		o["x"+strconv.Itoa(r.IntN(100))] = []any{json.Number("1e3"), nil, map[string]any{"deep": "thing"}, true, "", " a "}[r.IntN(6)]
	}
	return o
}

func anyValue(r random, n blueprint.Node) any {
	if r.odd && r.IntN(30) == 0 {
		return []any{nil, true, json.Number("7"), "text", []any{}, map[string]any{}}[r.IntN(6)] // of whatever kind
	}
	switch n.Kind {
	case blueprint.Object:
		if r.IntN(10) == 0 {
			return nil
		}
		return anyObject(r, n.Kids)
	case blueprint.ByName:
		o := map[string]any{}
		for range r.IntN(4) {
			key := "n" + strconv.Itoa(r.IntN(9))
			o[key] = anyObject(r, n.Kids)
			if r.IntN(3) > 0 {
				o[key].(map[string]any)["name"] = key
			}
		}
		return o
	case blueprint.InOrder:
		list := []any{}
		for range r.IntN(4) {
			if n.Kids[0].Key == "" {
				list = append(list, anyText(r))
			} else {
				list = append(list, anyObject(r, n.Kids))
			}
		}
		return list
	case blueprint.Switch:
		return r.IntN(2) == 0
	case blueprint.Whole:
		return json.Number([]string{"0", "7", "-1", "123456789"}[r.IntN(4)])
	case blueprint.Number:
		return json.Number([]string{"0", "7", "-1", "1.50", "2e2", "123456789"}[r.IntN(6)])
	case blueprint.Choices, blueprint.Roles, blueprint.Lines:
		list := []any{}
		for range r.IntN(3) {
			list = append(list, anyText(r))
		}
		return list
	case blueprint.Wholes:
		return []any{json.Number("4"), json.Number("60")}
	case blueprint.Pairs:
		return map[string]any{anyText(r): "es"}
	}
	return anyText(r)
}

func anyText(r random) string {
	return []string{"a", "b c", "n1", "n2", "n:3", " blanks ", "line\nand line", "x-" + strconv.Itoa(r.IntN(1000))}[r.IntN(8)]
}

// TestUntouched: a form that is sent as it was drawn changes nothing at all.
func TestUntouched(t *testing.T) {
	for seed := range 300 {
		r := random{rand.New(rand.NewPCG(uint64(seed), 1)), true}
		tree := anyTemplate(r)
		values := blueprint.Flatten(tree)
		for name, typed := range values {
			if n, ok := blueprint.NodeAt(name); ok && n.Kind == blueprint.Text {
				typed[0] = strings.ReplaceAll(typed[0], "\n", "") // as browsers do
			}
		}
		f := blueprint.NewForm(tree, values)
		if d := cmp.Diff(tree, f.Tree()); d != "" {
			t.Fatalf("seed %d: (-read +sent)\n%s", seed, d)
		}
		if !f.Valid() {
			t.Fatalf("seed %d: %v\n%s", seed, messages(f), toJSON(t, tree))
		}
	}
}

// TestOneField: a form with one field changed changes that field, and nothing else, wherever it stands and whatever it is.
func TestOneField(t *testing.T) {
	kinds := map[blueprint.Kind]int{}
	for seed := range 1000 {
		r := random{rand.New(rand.NewPCG(uint64(seed), 2)), false}
		tree := anyTemplate(r)
		values := blueprint.Flatten(tree)
		name := anyField(r, values)
		n, ok := blueprint.NodeAt(name)
		if !ok || n.Presence || strings.HasSuffix(name, ".name") && !strings.HasPrefix(name, "recordings") || strings.HasSuffix(name, ".was") || strings.HasSuffix(name, ".shown") {
			continue
		}
		if at, _, in := strings.Cut(name, "browserComposite."); in && !values.Has(at+"browserComposite.enabled") {
			continue // isn't there
		}
		if strings.Contains(name, ".upload.") && !values.Has("settings.recording.upload.type") {
			continue
		}
		before := leaves(tree)
		change(n, values, name)
		sent := blueprint.NewForm(tree, maps.Clone(values)).Tree()
		var changed []string
		for path, now := range leaves(sent) {
			if before[path] != now {
				changed = append(changed, path)
			}
			delete(before, path)
		}
		changed = slices.AppendSeq(changed, maps.Keys(before))
		if len(changed) != 1 || !strings.HasSuffix("."+changed[0], "."+n.Key) && !strings.HasSuffix(changed[0], "."+n.Alias) {
			t.Fatalf("seed %d: %s changed %q: %v", seed, name, changed, cmp.Diff(tree, sent))
		}
		if d := cmp.Diff(values, blueprint.Flatten(sent)); d != "" && n.Kind != blueprint.Secret {
			t.Fatalf("seed %d, %s: (-typed +sent)\n%s", seed, name, d)
		}
		kinds[n.Kind]++
	}
	for _, f := range blueprint.Fields() {
		if kinds[f.Node.Kind] == 0 {
			t.Errorf("%s: no field of its kind was changed", f.Path)
		}
	}
}

// anyField is a field of a form, there or not.
func anyField(r random, values url.Values) string {
	fields := blueprint.Fields()
	names := slices.Sorted(maps.Keys(values))
	if len(names) > 0 && r.IntN(2) == 0 {
		return names[r.IntN(len(names))]
	}
	path := fields[r.IntN(len(fields))].Path
	row := "0"
	at, _, inRows := strings.Cut(path, ".*")
	if inRows && !values.Has(at+".0.was") || strings.Count(path, "*") > 1 {
		return "name"
	}
	return strings.ReplaceAll(path, "*", row)
}

// change types something else into a field.
func change(n blueprint.Node, values url.Values, name string) {
	switch n.Kind {
	case blueprint.Switch:
		if values.Has(name) {
			values.Del(name)
		} else {
			values.Set(name, "on")
		}
	case blueprint.Choices, blueprint.Roles:
		values[name] = []string{"n7", "new"}
	case blueprint.Wholes:
		values.Set(name, "7, 77")
	case blueprint.Pairs:
		values.Set(name, "n1: de")
	case blueprint.Whole, blueprint.Number:
		values.Set(name, "777")
	default:
		values.Set(name, "something new")
	}
}

// leaves are the values of a tree by path; what is null counts as missing, and a list of plain values is one.
func leaves(tree blueprint.Tree) map[string]string {
	found := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case nil:
			return
		case map[string]any:
			if strings.HasSuffix(path, ".roleLanguages") { // one value to the form
				break
			}
			for key, inner := range v {
				walk(strings.TrimPrefix(path+"."+key, "."), inner)
			}
			return
		case []any:
			if len(v) > 0 {
				if _, deep := v[0].(map[string]any); deep {
					for i, inner := range v {
						walk(path+"."+strconv.Itoa(i), inner)
					}
					return
				}
			}
		}
		raw, _ := json.Marshal(v)
		found[path] = string(raw)
	}
	walk("", tree)
	return found
}
