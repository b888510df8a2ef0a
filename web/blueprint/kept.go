package blueprint

import (
	"slices"
	"strings"
	"sync"
)

// A role has about a hundred fields. A page that has many roles may leave out those of a role that nobody has unfolded: a hidden
// field says that the role is kept as it is.

// FoldedFormOf is the form of a template as it is. With more roles than so many, all of them are kept; of their fields it has those
// alone that tell one role from another: name, what they publish and receive, and permissions.
func FoldedFormOf(base Tree, moreThan int) *Form {
	if len(object(base["roles"])) <= moreThan {
		return FormOf(base)
	}
	f := &Form{Values: flattened(base, foldedSchema()), Base: base}
	for _, row := range f.Rows("roles") {
		f.Values.Set(row+"."+kept, "on")
	}
	return f
}

// foldedSchema is the table without the fields of roles that a kept role isn't shown with.
var foldedSchema = sync.OnceValue(func() []Node {
	nodes := slices.Clone(schema)
	for i, n := range nodes {
		if n.Key == "roles" {
			nodes[i].Kids = []Node{only(n, "publishParams", "allowed"), only(n, "subscribeParams", "subscribeToRoles"), only(n, "permissions")}
		}
	}
	return nodes
})

// only is a part of a node with those of its own parts alone; with none named, with all.
func only(n Node, key string, keys ...string) Node {
	part, _ := child(n.Kids, key)
	if len(keys) > 0 {
		part.Kids = slices.DeleteFunc(slices.Clone(part.Kids), func(kid Node) bool { return !slices.Contains(keys, kid.Key) })
	}
	return part
}

// Kept says whether the fields of a row may be left out, since the row is as it is in the template.
func (f *Form) Kept(row string) bool { return f.Values.Has(row + "." + kept) }

// open lets the fields of a role be drawn.
func (f *Form) open(row string) { f.Values.Del(row + "." + kept) }

// fillKept gives roles that are kept the fields that they have in the template, but for those that were sent after all.
func (f *Form) fillKept() {
	rows := f.keptRows()
	if len(rows) == 0 || f.Base == nil { // nobody knows what they have: they stay as they were sent
		return
	}
	f.openTyped(rows)
	have := Flatten(f.Base)
	to := map[string]string{} // row of the form by that of the template
	for _, from := range placesOf(have).rows("roles") {
		if row, ok := rows[have.Get(from+"."+was)]; ok {
			to[from] = row
			delete(rows, have.Get(from+"."+was))
		}
	}
	for name, list := range have {
		from, field := roleField(name)
		if row, ok := to[from]; ok && !f.Values.Has(row+"."+field) {
			f.Values[row+"."+field] = list
		}
	}
	for _, row := range rows { // what is left isn't there any more
		for _, field := range []string{was, shown, kept} {
			f.Values.Del(row + "." + field)
		}
	}
}

// keptRows are the roles that were sent as kept, by what they were called.
func (f *Form) keptRows() map[string]string {
	rows := map[string]string{}
	for name := range f.Values {
		if row, field := roleField(name); field == kept {
			rows[f.Values.Get(row+"."+was)] = row
		}
	}
	return rows
}

// openTyped opens the roles of which more was sent than that they are kept.
func (f *Form) openTyped(rows map[string]string) {
	said := map[string]bool{}
	for _, row := range rows {
		said[row] = true
	}
	for name := range f.Values {
		if row, field := roleField(name); said[row] && field != was && field != shown && field != kept {
			f.open(row)
		}
	}
}

// roleField parts the name of a role's field into the role's row and the rest; both "" for other fields.
func roleField(name string) (row, field string) {
	rest, ok := strings.CutPrefix(name, "roles.")
	number, field, deeper := strings.Cut(rest, ".")
	if _, isRow := placeOf(number); !ok || !deeper || !isRow {
		return "", ""
	}
	return name[:len("roles.")+len(number)], field
}
