package blueprint_test

import (
	"maps"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/blueprint"
)

// folded are the values that a browser sends of a form whose roles are kept, but for those that were opened.
func folded(tree blueprint.Tree, opened ...string) url.Values {
	sent := sentOf(blueprint.FoldedFormOf(tree, 0))
	all := blueprint.Flatten(tree)
	for _, row := range opened {
		sent.Del(row + ".kept")
		for name, list := range all {
			if strings.HasPrefix(name, row+".") {
				sent[name] = list
			}
		}
	}
	return sent
}

// sentOf are the values that a browser sends of a form: without those that its page leaves out.
func sentOf(f *blueprint.Form) url.Values {
	sent := maps.Clone(f.Values)
	for _, row := range f.Rows("roles") {
		if f.Kept(row) {
			maps.DeleteFunc(sent, func(name string, _ []string) bool {
				rest, in := strings.CutPrefix(name, row+".")
				return in && rest != "was" && rest != "shown" && rest != "kept"
			})
		}
	}
	return sent
}

// TestKeptUntouched: roles that were left folded are sent as they are.
func TestKeptUntouched(t *testing.T) {
	for seed := range 300 {
		tree := anyTemplate(random{rand.New(rand.NewPCG(uint64(seed), 7)), false})
		f := blueprint.NewForm(tree, folded(tree))
		if d := cmp.Diff(tree, f.Tree()); d != "" {
			t.Fatalf("seed %d: (-read +sent)\n%s", seed, d)
		}
		drawn := blueprint.NewForm(tree, blueprint.Flatten(tree))
		if f.Valid() != drawn.Valid() || len(f.Roles()) > 0 {
			t.Fatalf("seed %d: %v, with all drawn %v, roles %v", seed, messages(f), messages(drawn), f.Roles())
		}
	}
}

// TestKeptAsDrawn: a form makes the same of a template whether the roles that nobody touched were drawn or left folded, also when a
// role is renamed that others name, and when one is added or removed.
func TestKeptAsDrawn(t *testing.T) {
	renamed, removed := 0, 0
	for seed := range 600 {
		r := random{rand.New(rand.NewPCG(uint64(seed), 8)), false}
		tree := anyTemplate(r)
		rows := blueprint.FormOf(tree).Rows("roles")
		if len(rows) == 0 {
			continue
		}
		row := rows[r.IntN(len(rows))]
		drawn, short := blueprint.Flatten(tree), folded(tree, row)
		var edit url.Values
		for _, values := range []url.Values{drawn, short} {
			switch seed % 3 {
			case 0:
				values.Set(row+".name", "renamed")
				renamed++
			case 1:
				values.Set(row+".priority", "2")
			case 2:
				edit = url.Values{"remove": {row}, "add": {"roles"}}
				removed++
			}
		}
		want, got := blueprint.NewForm(tree, drawn), blueprint.NewForm(tree, short)
		want.EditRows(edit)
		got.EditRows(edit)
		if d := cmp.Diff(want.Tree(), got.Tree()); d != "" {
			t.Fatalf("seed %d: (-all drawn +folded)\n%s", seed, d)
		}
		again := blueprint.NewForm(tree, sentOf(got)) // as the page draws it then, sent once more
		if d := cmp.Diff(want.Tree(), again.Tree()); d != "" {
			t.Fatalf("seed %d, sent again: (-all drawn +folded)\n%s", seed, d)
		}
	}
	if renamed == 0 || removed == 0 {
		t.Errorf("%d roles were renamed and %d removed", renamed, removed)
	}
}

// TestKeptEnds: what is sent of a role after all counts, and a role that isn't there any more stays away.
func TestKeptEnds(t *testing.T) {
	tree := parse(t, `{"name":"class","roles":{"host":{"name":"host","priority":2},"guest":{"name":"guest","priority":3}}}`)
	sent := folded(tree)
	sent.Set("roles.1.priority", "5")
	f := blueprint.NewForm(tree, sent)
	if got := f.Values.Get("roles.1.priority"); got != "5" || f.Values.Get("roles.1.name") != "host" || f.Kept("roles.1") || !f.Kept("roles.0") {
		t.Errorf("the priority is %q; kept: %v and %v", got, f.Kept("roles.0"), f.Kept("roles.1"))
	}
	without := parse(t, `{"name":"class","roles":{"host":{"name":"host","priority":4}}}`)
	f = blueprint.NewForm(without, folded(tree))
	if d := cmp.Diff(without, f.Tree()); d != "" {
		t.Errorf("one role was taken away elsewhere, the other changed: (-is +sent)\n%s", d)
	}
	if f := blueprint.NewForm(nil, folded(tree)); len(f.Rows("roles")) != 2 {
		t.Errorf("where nobody knows the template the form has the roles %v", f.Rows("roles"))
	}
	f = blueprint.NewForm(tree, folded(tree))
	if f.EditRows(url.Values{"open": {"roles.0"}}); f.Kept("roles.0") || f.Values.Get("roles.0.priority") != "4" && f.Values.Get("roles.0.priority") != "3" {
		t.Errorf("opened, the role is %v", f.Values)
	}
	twice := folded(tree)
	twice.Set("roles.1.was", "guest")
	twice.Set("roles.0.was", "guest")
	if f := blueprint.NewForm(tree, twice); f.Valid() {
		t.Error("a form that holds a role twice passes")
	}
}
