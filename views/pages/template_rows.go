package pages

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"roomledger/views/components"
	"roomledger/web/blueprint"
)

// drawnRow is one row as it is drawn.
type drawnRow struct {
	At     string
	Number int // as people count
	Was    string
	Old    bool // it was there when the form was drawn first
	Title  string
	Detail string
	Open   bool
	Kept   bool // its fields aren't drawn
	Bad    bool
}

// list are the rows of a node.
func (w *drawing) list(at string, n blueprint.Node) []drawnRow {
	rows := make([]drawnRow, 0, len(w.rows[at]))
	for i, number := range w.rows[at] {
		r := drawnRow{At: at + "." + strconv.Itoa(number), Number: i + 1}
		r.Was, r.Old, r.Bad = w.Values.Get(r.At+".was"), w.Values.Has(r.At+".was"), w.bad[r.At]
		r.Title = strings.TrimSpace(w.Values.Get(r.At + ".name"))
		if r.Title == "" {
			r.Title = "New " + n.Row
		}
		if n.Key == "roles" {
			r.Detail = w.mayDo(r.At)
		}
		inFocus := w.focus == at && i == len(w.rows[at])-1 && !r.Old || strings.HasPrefix(w.focus, r.At+".")
		r.Open = r.Bad || inFocus || !r.Old && (!w.fresh || r.Title == "New "+n.Row)
		if r.Kept = !r.Open && w.Kept(r.At); r.Kept && !w.Values.Has(r.At+".name") {
			r.Title, r.Detail = w.shown(r.At), "as it is in the template"
		}
		rows = append(rows, r)
	}
	return rows
}

// full says whether no more rows may be added.
func (w *drawing) full(at string, n blueprint.Node) bool {
	most := n.MaxRows
	if most == 0 {
		most = 100
	}
	return len(w.rows[at]) >= most
}

// mayDo says in a few words what a role may.
func (w *drawing) mayDo(at string) string {
	said := []string{"publishes nothing", "receives nobody"}
	if sent := w.Values[at+".publishParams.allowed"]; len(sent) > 0 {
		said[0] = "publishes " + strings.Join(sent, ", ")
	}
	switch heard := w.Values[at+".subscribeParams.subscribeToRoles"]; {
	case len(heard) > 3:
		said[1] = "receives " + components.Plural(len(heard), "role", "roles")
	case len(heard) > 0:
		said[1] = "receives " + strings.Join(heard, ", ")
	}
	n := 0
	may, _ := nodeAt("roles.permissions")
	for _, kid := range may.Kids {
		if w.Values.Get(at+".permissions."+kid.Key) != "" {
			n++
		}
	}
	if n == 0 {
		return strings.Join(append(said, "no permissions"), " · ")
	}
	return strings.Join(append(said, components.Plural(n, "permission", "permissions")), " · ")
}

// shown is the name by which the other fields of the form mean a role.
func (w *drawing) shown(at string) string {
	if name := strings.TrimSpace(w.Values.Get(at + ".name")); name != "" {
		return name
	}
	return w.Values.Get(at + ".shown")
}

// message is that of a part which isn't a control itself.
func (w *drawing) message(at string) string {
	if !w.bad[at] {
		return ""
	}
	return w.Errors.Of(at)
}

// drawnSection is a part of the form with a heading.
type drawnSection struct {
	ID, Label, Help string
	Nodes           []blueprint.Node
	Rows            []drawnRow // of roles
	Count           int
	Bad             bool
}

// sectionBasics is the section of the name.
const sectionBasics = "section-basics"

// named is the control of the template's name, which says while one types whether it may be used.
func (w *drawing) named(n blueprint.Node, s TemplateNameState) components.Field {
	f := w.control(n.Key, n)
	f.By = "name-state"
	f.Attrs = maps.Clone(f.Attrs)
	maps.Copy(f.Attrs, templ.Attributes{
		"hx-get": "/templates/new?of=" + s.Of, "hx-select": "#name-state", "hx-target": "#name-state", "hx-swap": "outerHTML",
		"hx-sync": "this:replace", "hx-trigger": "input changed delay:300ms",
	})
	return f
}

// sections are the parts of the form: the plain values at the top, then each object and list of the table.
func (w *drawing) sections() []drawnSection {
	list := []drawnSection{{ID: sectionBasics, Label: "Basics", Help: "What it is called."}}
	for _, n := range blueprint.Schema() {
		if isValue(n) {
			list[0].Nodes = append(list[0].Nodes, n)
			list[0].Bad = list[0].Bad || w.bad[n.Key]
			continue
		}
		s := drawnSection{ID: "section-" + n.Key, Label: n.Label, Help: n.Help, Nodes: []blueprint.Node{n}, Bad: w.bad[n.Key]}
		if n.Kind == blueprint.Object {
			s.Nodes = n.Kids
		}
		if n.Key == "roles" {
			s.Rows = w.list(n.Key, n)
		}
		s.Count = w.countIn(n)
		list = append(list, s)
	}
	return list
}

// countIn is how many rows a section has.
func (w *drawing) countIn(n blueprint.Node) int {
	if isRows(n) {
		return len(w.rows[n.Key])
	}
	all := 0
	for _, kid := range n.Kids {
		if isRows(kid) {
			all += len(w.rows[n.Key+"."+kid.Key])
		}
	}
	return all
}

// base is the path below which the nodes of a section stand.
func (s drawnSection) base() string {
	if len(s.Nodes) == 1 && s.ID == "section-"+s.Nodes[0].Key || s.ID == sectionBasics {
		return ""
	}
	return strings.TrimPrefix(s.ID, "section-")
}

// templateProblems are the messages of the form, with the row and part that each is about; those at something that isn't drawn are
// no links.
func templateProblems(w *drawing) []components.Message {
	list := problems(w.Errors)
	for i, m := range list {
		if _, ok := nodeAt(m.Field); m.Field != "" && (!ok || !w.drawn(m.Field)) {
			list[i].Field = ""
		}
		if strings.Contains(m.Field, ".") {
			list[i].Where = w.Label(m.Field)
		}
	}
	return list
}

// drawn says whether the rows that a path goes through are drawn.
func (w *drawing) drawn(path string) bool {
	parts := strings.Split(path, ".")
	for i, part := range parts {
		if row, ok := rowNumberOf(part); ok && !slices.Contains(w.rows[strings.Join(parts[:i], ".")], row) {
			return false
		}
	}
	return true
}

func addWords(n blueprint.Node) string {
	switch n.Row[0] {
	case 'a', 'e', 'i', 'o', 'u', 'H', 'R':
		return "Add an " + n.Row
	}
	return "Add a " + n.Row
}

func (r drawnRow) named() string {
	if strings.HasPrefix(r.Title, "New ") {
		return rowIndex(r.Number)
	}
	return r.Title
}

func (r drawnRow) heading(n blueprint.Node) string {
	word := []rune(n.Row)
	return strings.ToUpper(string(word[:1])) + string(word[1:]) + " " + rowIndex(r.Number)
}

func (r drawnRow) fold(w *drawing) string {
	return parentPath(r.At) + " " + w.shown(r.At)
}
