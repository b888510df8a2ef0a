package blueprint_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/blueprint"
)

// anyTemplate is a random template: any of the table's fields, and fields that the table doesn't know at every level.
func anyTemplate(r *rand.Rand) blueprint.Tree {
	tree := anyObject(r, blueprint.Schema())
	tree["id"] = "64d2a7b1c94e0f52a6b3d801"
	return tree
}

func anyObject(r *rand.Rand, nodes []blueprint.Node) map[string]any {
	o := map[string]any{}
	for _, n := range nodes {
		if r.IntN(4) > 0 && !n.Silent {
			o[n.Key] = anyValue(r, n)
		}
	}
	for range r.IntN(3) {
		o["x"+strconv.Itoa(r.IntN(100))] = []any{json.Number("1e3"), nil, map[string]any{"deep": "thing"}, true, "", " a "}[r.IntN(6)]
	}
	return o
}

func anyValue(r *rand.Rand, n blueprint.Node) any {
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

func anyText(r *rand.Rand) string {
	return []string{"a", "b c", "n1", "n2", "n:3", "x-" + strconv.Itoa(r.IntN(1000))}[r.IntN(6)]
}

// TestUntouched: a form that is sent as it was drawn changes nothing at all.
func TestUntouched(t *testing.T) {
	for seed := range 300 {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		tree := anyTemplate(r)
		f := blueprint.FormOf(tree)
		if d := cmp.Diff(tree, f.Tree()); d != "" {
			t.Fatalf("seed %d: (-read +sent)\n%s", seed, d)
		}
	}
}

// TestOneField: a form with one field changed changes that field, and nothing else.
func TestOneField(t *testing.T) {
	for seed := range 1000 {
		r := rand.New(rand.NewPCG(uint64(seed), 2))
		tree := anyTemplate(r)
		values := blueprint.Flatten(tree)
		fields := slices.Sorted(maps.Keys(values))
		name := fields[r.IntN(len(fields))]
		n, ok := blueprint.NodeAt(name)
		if !ok || n.Kind != blueprint.Text && n.Kind != blueprint.Whole || n.Key == "name" {
			continue
		}
		values.Set(name, "77")
		sent := blueprint.NewForm(tree, values).Tree()
		changed := blueprint.Flatten(sent)
		want := maps.Clone(values)
		if d := cmp.Diff(url.Values(want), changed); d != "" {
			t.Fatalf("seed %d, %s: (-typed +sent)\n%s", seed, name, d)
		}
		undone := maps.Clone(changed)
		undone[name] = blueprint.Flatten(tree)[name]
		if d := cmp.Diff(tree, blueprint.NewForm(sent, undone).Tree()); d != "" {
			t.Fatalf("seed %d, %s: (-read +changed back)\n%s", seed, name, d)
		}
	}
}
