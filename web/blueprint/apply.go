package blueprint

import (
	"encoding/json"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Tree is the template that the form asks for: Base with what was changed. What was typed as it was, and what the form doesn't
// know, stays as it stands there. Values that break a rule may be left out: Valid is to be asked first.
func (f *Form) Tree() Tree {
	base, moved := lift(f.Base)
	tree := Tree{}
	if base != nil {
		tree = clone(base).(Tree)
	}
	newApplier(f.Values).fields(tree, "", schema, base == nil)
	if moved {
		lower(tree)
	}
	return tree
}

// applier puts the values of a form into a template.
type applier struct {
	values url.Values
	places places
}

func newApplier(values url.Values) applier { return applier{values, placesOf(values)} }

// fields puts the values below path into an object. Fresh says that it is new: what isn't ticked is then said, too.
func (a applier) fields(into map[string]any, path string, nodes []Node, fresh bool) {
	for _, n := range nodes {
		at := join(path, n.Key)
		switch {
		case n.Kind == Object:
			a.object(into, at, n, fresh)
		case n.Kind == ByName:
			a.byName(into, at, n)
		case n.Kind == InOrder:
			a.inOrder(into, at, n)
		default:
			a.value(into, at, n, fresh)
		}
	}
}

// object changes an object within another. One that gets its first field is made, one that loses its last is taken away.
func (a applier) object(into map[string]any, at string, n Node, fresh bool) {
	inner := object(into[n.Key])
	if there, said := a.present(at, n); said && !there {
		if inner != nil {
			delete(into, n.Key)
		}
		return
	} else if there && inner == nil {
		inner = map[string]any{}
		into[n.Key] = inner
	}
	had := len(inner)
	if inner == nil {
		inner = map[string]any{}
	}
	a.fields(inner, at, n.Kids, fresh)
	switch {
	case len(inner) > 0:
		into[n.Key] = inner
	case had > 0:
		delete(into, n.Key)
	}
}

// present says whether an object is to be there, where it has a field that decides so and the form says something of it.
func (a applier) present(at string, n Node) (there, said bool) {
	first, decides := n.presence()
	if !decides {
		return false, false
	}
	typed, sent := a.values[join(at, first.Key)]
	return !blank(typed), sent || first.Kind == Switch
}

// byName changes an object of objects. A row keeps what it was, under its new name; rows that are gone are taken away.
func (a applier) byName(into map[string]any, at string, n Node) {
	have := object(into[n.Key])
	rows := make(map[string]any, len(have))
	for _, row := range a.rows(at) {
		key, next := a.keys(row, have)
		old, had := have[key]
		value := a.row(row, n, old, !had)
		if said := object(old)["name"]; had && next == key && text(said) == "" {
			delete(value, "name") // it was known by its key alone, and still is
			if _, there := object(old)["name"]; there {
				value["name"] = said
			}
		}
		rows[next] = value
		if had && object(old) == nil && len(value) == 0 {
			rows[next] = old // nothing that a form could show, and nothing was typed
		}
	}
	put(into, n, rows, len(rows) == 0)
}

// row is what a row was, with what was typed in it.
func (a applier) row(row string, n Node, old any, fresh bool) map[string]any {
	value := maps.Clone(object(old))
	if value == nil {
		value = map[string]any{}
	}
	a.fields(value, row, n.Kids, fresh)
	return value
}

// keys are the names by which a row is kept: in the template as it was, and from now on. A row that is kept by its name is
// kept by its new one; one that is kept by something else stays there.
func (a applier) keys(row string, have map[string]any) (key, next string) {
	typed := a.name(row)
	key = typed
	if a.values.Has(row + "." + was) {
		key = a.values.Get(row + "." + was)
	}
	old, had := have[key]
	name := nameOf(part{key, old})
	if typed != "" && (!had || key == name && typed != oneLine(name)) {
		return key, typed
	}
	return key, key
}

// name is what a row calls itself.
func (a applier) name(row string) string { return oneLine(a.values.Get(row + ".name")) }

// inOrder changes a list.
func (a applier) inOrder(into map[string]any, at string, n Node) {
	have, _ := into[n.Key].([]any)
	list := []any{}
	for _, row := range a.rows(at) {
		var old any
		i, had := placeOf(a.values.Get(row + "." + was))
		if had = had && i < len(have); had {
			old = have[i]
		}
		if n.scalarRows() {
			holder := map[string]any{"": old}
			if a.value(holder, row, n.Kids[0], !had); had || holder[""] != nil {
				list = append(list, holder[""])
			}
			continue
		}
		value := a.row(row, n, old, !had)
		if had && object(old) == nil && len(value) == 0 {
			list = append(list, old)
		} else {
			list = append(list, value)
		}
	}
	put(into, n, list, len(list) == 0)
}

// put sets what rows stand in, unless that would only put nothing where there was nothing that a form could show.
func put(into map[string]any, n Node, v any, empty bool) {
	old, had := into[n.Key]
	if had && reflect.DeepEqual(old, v) || empty && (!had || len(parts(n, old)) == 0) {
		return
	}
	into[n.Key] = v
}

// rows are the paths of the rows that count: those of the template as it was, and new ones in which something was typed.
func (a applier) rows(at string) []string {
	var list []string
	for _, row := range a.places.rows(at) {
		if a.values.Has(row+"."+was) || a.places.typed[row] {
			list = append(list, row)
		}
	}
	return list
}

// value changes one value. What a form leaves out altogether stays, but for what is ticked: browsers leave out what isn't.
func (a applier) value(into map[string]any, at string, n Node, fresh bool) {
	typed, sent := a.values[at]
	switch {
	case n.Silent, !sent && n.Kind != Switch && !n.multiple(), n.Kind == Secret && blank(typed):
		return
	case n.multiple():
		a.ticked(into, n, typed, fresh)
		return
	}
	key := n.keyIn(into)
	had := texts(n, into[key])
	unsaid := fresh && n.On && into[key] == nil // what is new says it, so that it is what the form shows
	if sameAs(n, typed, had) && !unsaid || blank(typed) && len(had) == 0 {
		return
	}
	v, ok := parse(n, typed)
	switch {
	case ok:
		into[key] = v
	case blank(typed):
		delete(into, key)
	}
}

// ticked changes a list of values to tick. Their order means nothing, so it is left alone where the same ones are ticked.
func (a applier) ticked(into map[string]any, n Node, typed []string, fresh bool) {
	had := items(into[n.Key])
	if sameSet(had, typed) && (len(typed) > 0 || into[n.Key] != nil || !(fresh && n.Always)) {
		return
	}
	list := []any{}
	seen := map[string]bool{}
	for _, s := range typed {
		if !seen[s] {
			seen[s] = true
			list = append(list, s)
		}
	}
	into[n.Key] = list
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

func blank(typed []string) bool { return strings.TrimSpace(strings.Join(typed, "")) == "" }

// trimmed is a typed value as texts gives one.
func trimmed(n Node, typed []string) []string {
	if len(typed) == 0 {
		return nil
	}
	if n.Kind == Lines || n.Kind == Pairs {
		return single(strings.TrimSpace(strings.ReplaceAll(typed[0], "\r\n", "\n")))
	}
	return single(oneLine(typed[0]))
}

// oneLine is a text as a browser sends it from a field of one line, without blanks at its ends.
func oneLine(s string) string {
	if strings.ContainsAny(s, "\r\n") {
		s = lineEnds.Replace(s)
	}
	return strings.TrimSpace(s)
}

var lineEnds = strings.NewReplacer("\n", "", "\r", "")

// sameAs says whether a typed value is what was there. Browsers take line ends out of what is one line to them, and blanks at the
// ends are nothing that people see.
func sameAs(n Node, typed, had []string) bool {
	return slices.Equal(trimmed(n, typed), trimmed(n, had))
}

// parse turns what was typed into a JSON value; not ok where it is blank or none of its kind.
func parse(n Node, typed []string) (any, bool) {
	s := strings.Join(trimmed(n, typed), "")
	switch n.Kind {
	case Switch:
		return s != "", true
	case Whole, Number:
		return number(n, s)
	case Lines:
		return list(strings.Split(s, "\n"), func(line string) (any, bool) { return line, true })
	case Wholes:
		return list(strings.Split(s, ","), func(item string) (any, bool) { return number(Node{Kind: Whole}, item) })
	case Pairs:
		return pairs(s)
	}
	return s, s != ""
}

// number reads a number, as people and JSON write one; more than that, such as 0x1F or 1e3, is none. Thousands may be parted, as
// where they are shown, but 1,5 isn't 15.
func number(n Node, s string) (any, bool) {
	const enough = 32
	s = strings.TrimSpace(s)
	if len(s) > enough || !numeral.MatchString(s) {
		return nil, false
	}
	s = strings.ReplaceAll(s, ",", "")
	if n.Kind == Whole {
		i, err := strconv.ParseInt(s, 10, 64)
		return json.Number(strconv.FormatInt(i, 10)), err == nil
	}
	v, err := strconv.ParseFloat(s, 64)
	return json.Number(strconv.FormatFloat(v, 'f', -1, 64)), err == nil
}

var numeral = regexp.MustCompile(`^-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?$`)

func list(typed []string, read func(string) (any, bool)) (any, bool) {
	out := []any{}
	for _, item := range typed {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		v, ok := read(item)
		if !ok {
			return nil, false
		}
		out = append(out, v)
	}
	return out, len(out) > 0
}

// pairs reads a line for each name.
func pairs(s string) (any, bool) {
	out := map[string]any{}
	for line := range strings.Lines(s) {
		name, value, ok := cutPair(line)
		switch {
		case ok:
			out[name] = value
		case strings.TrimSpace(line) != "":
			return nil, false
		}
	}
	return out, len(out) > 0
}

// cutPair parts a line at its last colon, since names may have one.
func cutPair(line string) (name, value string, ok bool) {
	name, value, _ = cutAt(line, strings.LastIndexByte(line, ':'))
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	return name, value, name != "" && value != ""
}

// cutAt parts a text around the byte at i.
func cutAt(s string, i int) (before, after string, found bool) {
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}
