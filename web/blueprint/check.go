package blueprint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"roomledger/web/form"
)

// Valid checks every rule of the table and those across fields, and leaves the messages in Errors in the order of the form; calling
// it again starts afresh. What is as it was in Base isn't checked, unless a field that was changed makes it wrong: templates may be
// older than the rules.
func (f *Form) Valid() bool {
	f.Errors = form.Errors{}
	base, _ := lift(f.Base)
	c := newChecker(f, base)
	c.strangers()
	c.nodes("", "", schema, base, false)
	if text(base["name"]) != "" && f.Values.Has("name") && blank(f.Values["name"]) {
		c.add("name", "Give the template a name. Left blank, 100ms would keep the old one.")
	}
	c.sort()
	return !f.Errors.Any()
}

// checker goes through a form once.
type checker struct {
	applier
	form    *Form
	base    Tree
	names   map[string]bool   // of the roles in the form
	had     map[string]bool   // of the roles in Base
	renamed map[string]string // of roles that are called otherwise now
	rank    map[string]int    // of the fields in the order of the form
	said    map[string]bool   // fields that have their message
}

func newChecker(f *Form, base Tree) *checker {
	c := &checker{
		applier: newApplier(f.Values), form: f, base: base, names: map[string]bool{}, had: map[string]bool{},
		renamed: map[string]string{}, rank: make(map[string]int, 2*len(f.Values)), said: map[string]bool{},
	}
	for _, name := range c.roleNames() {
		c.names[name] = true
	}
	for key, role := range object(base["roles"]) {
		c.had[oneLine(nameOf(part{key, role}))] = true
	}
	for _, role := range f.roles(c.applier) {
		if role.Was != "" && role.Now != "" {
			c.renamed[role.Was] = role.Now
		}
	}
	return c
}

// add puts a message at a field; the first one stays. Errors.Add would look through all of them each time.
func (c *checker) add(field, text string) {
	if text == "" || c.said[field] {
		return
	}
	c.said[field] = true
	c.form.Errors.List = append(c.form.Errors.List, form.Message{Field: field, Text: text})
}

// sort puts the messages into the order of the form; those of the form as a whole come first.
func (c *checker) sort() {
	slices.SortStableFunc(c.form.Errors.List, func(a, b form.Message) int {
		return cmp.Compare(c.rank[a.Field], c.rank[b.Field])
	})
}

func (c *checker) ranked(field string) { c.rank[field] = len(c.rank) + 1 }

// strangers finds fields that look like a template's but are none of the table's: they would be lost without a word. Other fields
// of the page (reason, version) are not looked at.
func (c *checker) strangers() {
	stranger := ""
	for name, typed := range c.values {
		top, _, _ := strings.Cut(name, ".")
		if _, ours := child(schema, top); !ours {
			continue
		}
		known, once := fieldOf(name)
		if !known && (stranger == "" || name < stranger) {
			stranger = name
		}
		if once && len(typed) > 1 {
			c.add("", rowTwice)
		}
	}
	if stranger != "" {
		c.add("", fmt.Sprintf("This form has a field that templates don't have: %s. Load the form again.", short(stranger)))
	}
}

const rowTwice = "This form holds a row twice. Load the form again."

// fieldOf says whether a name is that of a field in a form, and whether it is one that says something of its row.
func fieldOf(name string) (known, ofRow bool) {
	return fieldIn(schema, strings.SplitN(name, ".", deepest))
}

func fieldIn(nodes []Node, parts []string) (known, ofRow bool) {
	n, ok := child(nodes, parts[0])
	rest := parts[1:]
	switch {
	case !ok, n.rows() && len(rest) == 0:
		return false, false
	case n.rows():
		return fieldInRow(n, rest)
	case len(rest) == 0:
		return n.Kind != Object, false
	}
	return fieldIn(n.Kids, rest)
}

func fieldInRow(n Node, parts []string) (known, ofRow bool) {
	_, isPlace := placeOf(parts[0])
	rest := parts[1:]
	switch {
	case !isPlace:
		return false, false
	case len(rest) == 0:
		return n.scalarRows(), false
	case len(rest) == 1 && (rest[0] == was || (rest[0] == shown || rest[0] == kept) && n.Key == "roles"):
		return true, true
	}
	return fieldIn(n.Kids, rest)
}

// nodes checks the fields below a path; like is the same path with * for each row. Required says whether they stand in something that
// is there.
func (c *checker) nodes(path, like string, nodes []Node, base map[string]any, required bool) {
	for _, n := range nodes {
		at, kind := join(path, n.Key), join(like, n.Key)
		c.ranked(at)
		switch {
		case n.Kind == Object:
			c.object(at, kind, n, base, required)
		case n.rows():
			c.rowsOf(at, kind, n, base)
		default:
			c.value(at, kind, n, base, required)
		}
	}
}

func (c *checker) object(at, like string, n Node, base map[string]any, required bool) {
	inner := object(base[n.Key])
	there, said := c.present(at, n)
	if first, decides := n.presence(); decides && !there && (said || inner == nil) {
		if inner == nil {
			c.absent(at, first, n)
		}
		return
	}
	c.nodes(at, like, n.Kids, inner, required || there)
	c.across(at, like, n, inner)
}

// absent checks an object that wasn't there and isn't to be: what is filled in though would be lost without a word.
func (c *checker) absent(at string, first, n Node) {
	for _, kid := range n.Kids {
		if !kid.Presence && c.filled(join(at, kid.Key), kid) {
			c.ranked(join(at, first.Key))
			c.add(join(at, first.Key), "Choose this, or clear what is filled in with it.")
			return
		}
	}
}

// filled says whether anything was typed or ticked at a path or below it.
func (c *checker) filled(at string, n Node) bool {
	switch {
	case n.rows():
		return len(c.rows(at)) > 0
	case n.Kind == Object:
		return slices.ContainsFunc(n.Kids, func(kid Node) bool { return c.filled(join(at, kid.Key), kid) })
	}
	return !blank(c.values[at])
}

// rowsOf checks the rows of a list.
func (c *checker) rowsOf(at, like string, n Node, base map[string]any) {
	rows := c.rows(at)
	if limit := max(n.limit(), len(parts(n, base[n.Key]))); len(rows) > limit {
		c.add(at, tooMany(n))
		rows = rows[:limit]
	}
	seen, kept := map[string]bool{}, map[string]bool{}
	for _, row := range rows {
		c.ranked(row)
		if key := c.values.Get(row + "." + was); c.values.Has(row + "." + was) {
			if seen[key] {
				c.add("", rowTwice)
			}
			seen[key] = true
		}
		old := c.old(n, row, base[n.Key])
		if n.scalarRows() {
			c.value(row, like+".*", n.Kids[0], old, false)
			continue
		}
		c.nodes(row, like+".*", n.Kids, old, true)
		c.across(row, like+".*", Node{Kind: Object, Kids: n.Kids}, old)
		if n.Kind == ByName {
			c.unique(row, object(base[n.Key]), old, kept)
		}
	}
	c.across(at, like, n, base)
}

// old is what a row was in Base, as an object; nil for a new one. A row that is a value stands under "".
func (c *checker) old(n Node, row string, have any) map[string]any {
	key, known := c.values.Get(row+"."+was), c.values.Has(row+"."+was)
	if !known && n.Kind == ByName {
		key = c.name(row)
	}
	list := parts(n, have)
	i := slices.IndexFunc(list, func(p part) bool { return p.was == key })
	switch {
	case i < 0:
		return nil
	case n.scalarRows():
		return map[string]any{"": list[i].value}
	case n.Kind != ByName:
		return maps.Collect(maps.All(object(list[i].value))) // never nil: it was there, whatever it is
	}
	old := map[string]any{"name": nameOf(list[i])}
	for k, v := range object(list[i].value) {
		if k != "name" {
			old[k] = v
		}
	}
	return old
}

// unique checks that no other row goes by the name of this one, unless they did before. Kept has the names so far, and whether each is
// new.
func (c *checker) unique(row string, have, old map[string]any, kept map[string]bool) {
	name := c.name(row)
	_, next := c.keys(row, have)
	fresh := old == nil || name != text(old["name"])
	for _, key := range []string{"name " + name, "key " + next} {
		earlier, twice := kept[key]
		if twice && (fresh || earlier) && name != "" {
			c.add(row+".name", fmt.Sprintf("Choose another name: %s is there already.", short(name)))
		}
		kept[key] = fresh || earlier
	}
}

// same says whether what the form has at a path is what Base has there.
func (c *checker) same(at string, n Node, base map[string]any) bool {
	switch {
	case n.Kind == Object:
		inner := object(base[n.Key])
		return !slices.ContainsFunc(n.Kids, func(kid Node) bool { return !c.same(join(at, kid.Key), kid, inner) })
	case n.rows():
		return c.sameRows(at, n, base[n.Key])
	case n.Kind == Secret || n.Silent:
		return blank(c.values[at]) || n.Silent
	}
	return c.unchanged(at, n, base)
}

func (c *checker) sameRows(at string, n Node, have any) bool {
	rows, old := c.rows(at), parts(n, have)
	if len(rows) != len(old) {
		return false
	}
	for i, row := range rows {
		if c.values.Get(row+"."+was) != old[i].was {
			return false
		}
		inner := c.old(n, row, have)
		if slices.ContainsFunc(n.Kids, func(kid Node) bool { return !c.same(join(row, kid.Key), kid, inner) }) {
			return false
		}
	}
	return true
}

// unchanged says whether a value is as it is in Base.
func (c *checker) unchanged(at string, n Node, base map[string]any) bool {
	typed, sent := c.values[at]
	switch had := texts(n, n.of(base)); {
	case n.multiple():
		return sameSet(had, typed)
	case !sent && n.Kind != Switch:
		return true
	default:
		return sameAs(n, typed, had)
	}
}
