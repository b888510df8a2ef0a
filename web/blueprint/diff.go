package blueprint

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"roomledger/web/form"
)

// Change is one line of the difference between two templates.
type Change struct {
	Path  string // in the template, rows by what they are kept by: roles.host.priority
	Label string // Path in words: "Role host: Priority"
	Have  string // as it is, in words
	Will  string // as it will be
}

// Diff says what changes from one template to another in the order of the table; both are redacted JSON. A row that is added or
// removed has a line of its own, and one that is added its values after it. What only the API says (ids, times, customer) is left out, and
// recordings are where one of the two doesn't mention them.
func Diff(have, will string) ([]Change, error) { return diff(have, will, nil) }

// Diff is the difference that the form makes, with roles followed where they are renamed and changed at once. Have and will
// are the redacted JSON of Base and of Tree.
func (f *Form) Diff(have, will string) ([]Change, error) {
	renamed := map[string]string{}
	for _, role := range f.Roles() {
		if role.Was != "" && role.Now != "" {
			renamed[role.Was] = role.Now
		}
	}
	return diff(have, will, renamed)
}

func diff(have, will string, renamed map[string]string) ([]Change, error) {
	old, err := ParseTree([]byte(have))
	if err != nil {
		return nil, fmt.Errorf("the template as it is: %w", err)
	}
	next, err := ParseTree([]byte(will))
	if err != nil {
		return nil, fmt.Errorf("the template as it will be: %w", err)
	}
	old, _ = lift(old)
	next, _ = lift(next)
	if old["recordings"] == nil || next["recordings"] == nil {
		delete(old, "recordings")
		delete(next, "recordings")
	}
	d := differ{renamed: renamed}
	d.nodes(spot{}, schema, old, next)
	return d.changes, nil
}

type differ struct {
	renamed map[string]string
	known   bool // what the table doesn't know isn't looked at
	changes []Change
}

// spot is where a difference is: its path, the same with * for rows, and in words.
type spot struct {
	path, like string
	words      trail
}

func (s spot) to(n Node) spot {
	return spot{join(s.path, n.Key), join(s.like, n.Key), s.words.to(n.Label)}
}

func (s spot) into(n Node) spot {
	return spot{join(s.path, n.Key), join(s.like, n.Key), s.words.into(n)}
}

// row is a row of n by its key and by what it is called.
func (s spot) row(n Node, key, name string) spot {
	return spot{join(join(s.path, n.Key), key), join(s.like, n.Key) + ".*", s.words.row(n, name)}
}

func (d *differ) add(at spot, have, will string) {
	d.changes = append(d.changes, Change{at.path, at.words.String(), have, will})
}

func (d *differ) nodes(at spot, nodes []Node, have, will map[string]any) {
	for _, n := range nodes {
		old, next := n.of(have), n.of(will)
		switch n.Kind {
		case Object:
			d.nodes(at.into(n), n.Kids, object(old), object(next))
		case ByName:
			d.byName(at, n, object(old), object(next))
		case InOrder:
			d.inOrder(at, n, parts(n, old), parts(n, next))
		default:
			if n.Silent {
				old, next = have != nil, will != nil
			}
			d.value(at.to(n), n, old, next)
		}
	}
	if !d.known {
		d.unknown(at, nodes, have, will)
	}
}

// value compares two values as people see them: what is off, blank or missing is the same but for lists that mean something
// when they are empty.
func (d *differ) value(at spot, n Node, old, next any) {
	if alike(n, old, next) {
		return
	}
	have, will := words(n, old), words(n, next)
	if n.Kind == Secret && have == will {
		will = newSecret(will)
	}
	d.add(at, have, will)
}

// alike says whether two values are the same to people.
func alike(n Node, a, b any) bool {
	switch n.Kind {
	case Choices, Roles:
		return sameSet(items(a), items(b)) && (!n.Always || (a == nil) == (b == nil))
	case Secret:
		return text(a) == text(b)
	case Whole, Number:
		x, isNumber := number(Node{Kind: Number}, cmp.Or(text(a), "0")) // zero is as good as nothing to the API
		y, areBoth := number(Node{Kind: Number}, cmp.Or(text(b), "0"))
		if isNumber && areBoth {
			return x == y
		}
	}
	return slices.Equal(texts(n, a), texts(n, b))
}

// newSecret is how a secret is shown that takes the place of one that looks the same.
func newSecret(shown string) string {
	return shown[:len(shown)-len(form.HiddenValue)] + form.HiddenNew
}

// byName compares rows that are kept by name, in the order of the names.
func (d *differ) byName(at spot, n Node, have, will map[string]any) {
	moved := d.renames(n, have, will)
	taken := map[string]bool{}
	for _, to := range moved {
		taken[to] = true
	}
	for _, key := range keysOf(have, will) {
		old, had := have[key]
		next, has := will[key]
		has = has && !taken[key]
		switch to, renamed := moved[key]; {
		case renamed:
			d.add(at.row(n, key, key), key, to+" (renamed)")
			d.nodes(at.row(n, to, to), n.Kids, named(to, old), named(to, will[to]))
		case had && has:
			d.nodes(at.row(n, key, nameOf(part{key, old})), n.Kids, named(nameOf(part{key, old}), old), named(nameOf(part{key, next}), next))
		case had:
			d.add(at.row(n, key, nameOf(part{key, old})), there, removed)
		case has:
			d.added(at.row(n, key, nameOf(part{key, next})), n, next)
		}
	}
}

// keysOf are the keys of both objects, in order.
func keysOf(a, b map[string]any) []string {
	keys := slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b)))
	slices.Sort(keys)
	return slices.Compact(keys)
}

// added says that a row is new, and what is in it.
func (d *differ) added(at spot, n Node, next any) {
	d.add(at, notThere, added)
	var have map[string]any
	if name := object(next)["name"]; n.Kind == ByName && name != nil {
		have = map[string]any{"name": name} // at says it
	}
	d.nodes(at, n.Kids, have, object(next))
}

// named is a row as it would be under a name.
func named(name string, v any) map[string]any {
	o := maps.Clone(object(v))
	if o == nil {
		o = map[string]any{}
	}
	o["name"] = name
	return o
}

// renames pairs roles that are gone with those that are new: as they are known to be renamed, or else where all but the name is
// the same.
func (d *differ) renames(n Node, have, will map[string]any) map[string]string {
	moved := map[string]string{}
	if n.Key != "roles" {
		return moved
	}
	for was, now := range d.renamed {
		if have[was] != nil && will[now] != nil {
			moved[was] = now
		}
	}
	if d.renamed != nil {
		return moved
	}
	fresh := slices.DeleteFunc(slices.Sorted(maps.Keys(will)), func(key string) bool { return have[key] != nil })
	for _, key := range slices.Sorted(maps.Keys(have)) {
		i := slices.IndexFunc(fresh, func(to string) bool { return sameButName(have[key], will[to]) })
		if will[key] == nil && i >= 0 {
			moved[key] = fresh[i]
			fresh = slices.Delete(fresh, i, i+1)
		}
	}
	return moved
}

// sameButName says whether two roles are the same but for what they, and those that they receive, are called; ones without anything
// in them tell nothing.
func sameButName(a, b any) bool {
	x, y := nameless(object(a)), nameless(object(b))
	return len(x) > 0 && reflect.DeepEqual(x, y)
}

// nameless is a role without the names of roles in it: most receive themselves, so that their lists change with their names.
func nameless(role map[string]any) map[string]any {
	out := maps.Clone(role)
	delete(out, "name")
	if receives, ok := out["subscribeParams"].(map[string]any); ok {
		receives = maps.Clone(receives)
		delete(receives, "subscribeToRoles")
		out["subscribeParams"] = receives
	}
	return out
}

// inOrder compares rows by their places.
func (d *differ) inOrder(at spot, n Node, have, will []part) {
	for i := range max(len(have), len(will)) {
		row := at.row(n, place(i), place(i+1))
		switch {
		case n.scalarRows():
			d.value(row, n.Kids[0], valueAt(have, i), valueAt(will, i))
		case i >= len(will):
			d.add(row, there, removed)
		case i >= len(have):
			d.added(row, n, will[i].value)
		default:
			d.nodes(row, n.Kids, object(have[i].value), object(will[i].value))
		}
	}
}

func valueAt(list []part, i int) any {
	if i < len(list) {
		return list[i].value
	}
	return nil
}

// unknown compares what the table doesn't know, by the keys as they are.
func (d *differ) unknown(at spot, nodes []Node, have, will map[string]any) {
	for _, key := range keysOf(have, will) {
		if answersOnly(at.like, key) || slices.ContainsFunc(nodes, func(n Node) bool { return n.Key == key || n.Alias == key }) {
			continue
		}
		if old, next := have[key], will[key]; !reflect.DeepEqual(old, next) {
			d.add(at.to(Node{Key: key, Label: key}), raw(old), raw(next))
		}
	}
}

// raw is a value that the table doesn't know, as JSON.
func raw(v any) string {
	if s, ok := v.(string); ok || v == nil {
		return textWords(s)
	}
	const enough = 200 // characters
	text, err := json.Marshal(v)
	if err != nil {
		return form.HiddenValue
	}
	if r := []rune(string(text)); len(r) > enough {
		return string(r[:enough]) + "…"
	}
	return string(text)
}
