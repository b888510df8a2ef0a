package blueprint

import (
	"encoding/json"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Tree is the template that the form asks for: Base with what was changed. What was typed as it was, and what the form doesn't
// know, stays as it stands there. Values that break a rule may be left out: Valid is to be asked first.
func (f *Form) Tree() Tree {
	tree := Tree{}
	if f.Base != nil {
		tree = clone(f.Base).(Tree)
	}
	a := applier{f.Values}
	a.fields(tree, "", schema, f.Base == nil)
	return tree
}

// applier puts the values of a form into a template.
type applier struct{ values url.Values }

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
	for _, kid := range n.Kids {
		if !kid.Presence {
			continue
		}
		typed, sent := a.values[join(at, kid.Key)]
		return sent && strings.TrimSpace(strings.Join(typed, "")) != "", sent || kid.Kind == Switch
	}
	return false, false
}

// byName changes an object of objects. A row keeps what it was, under its new name; rows that are gone are taken away.
func (a applier) byName(into map[string]any, at string, n Node) {
	have := object(into[n.Key])
	rows := make(map[string]any, len(have))
	for _, row := range a.rows(at, n) {
		typed := strings.TrimSpace(a.values.Get(row + ".name"))
		key, known := a.values.Get(row+"."+was), a.values.Has(row+"."+was)
		if !known {
			key = typed
		}
		old, had := have[key].(map[string]any)
		value := maps.Clone(old)
		if value == nil {
			value = map[string]any{}
		}
		name := nameOf(part{key, old})
		a.fields(value, row, n.Kids, !had)
		if had && old["name"] == nil && typed == key {
			delete(value, "name") // it was known by its key alone, and still is
		}
		if typed != "" && (!had || typed != name && key == name) {
			key = typed
		}
		rows[key] = value
	}
	put(into, n.Key, rows, len(rows) == 0)
}

// inOrder changes a list.
func (a applier) inOrder(into map[string]any, at string, n Node) {
	have, _ := into[n.Key].([]any)
	list := []any{}
	for _, row := range a.rows(at, n) {
		var old any
		if i, err := strconv.Atoi(a.values.Get(row + "." + was)); err == nil && i >= 0 && i < len(have) {
			old = have[i]
		}
		if n.scalarRows() {
			holder := map[string]any{"": old}
			a.value(holder, row, n.Kids[0], old == nil)
			if holder[""] != nil {
				list = append(list, holder[""])
			}
			continue
		}
		value := maps.Clone(object(old))
		if value == nil {
			value = map[string]any{}
		}
		a.fields(value, row, n.Kids, old == nil)
		list = append(list, value)
	}
	put(into, n.Key, list, len(list) == 0)
}

// put sets a key, unless that would only put nothing where there was nothing.
func put(into map[string]any, key string, v any, empty bool) {
	old, had := into[key]
	if had && reflect.DeepEqual(old, v) || empty && (!had || old == nil) {
		return
	}
	into[key] = v
}

// rows are the paths of the rows that count: those of the template as it was, and new ones in which something was typed.
func (a applier) rows(at string, n Node) []string {
	var list []string
	for i := range count(a.values, at) {
		row := at + "." + place(i)
		if a.values.Has(row+"."+was) || typedIn(a.values, row) {
			list = append(list, row)
		}
	}
	return list
}

// typedIn says whether a row has anything in it.
func typedIn(values url.Values, row string) bool {
	for name, typed := range values {
		if name == row+"."+shown || name != row && !strings.HasPrefix(name, row+".") {
			continue
		}
		if strings.TrimSpace(strings.Join(typed, "")) != "" {
			return true
		}
	}
	return false
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
	had := texts(n, into[n.Key])
	if slices.Equal(trimmed(n, typed), had) || !n.multiple() && blank(typed) && len(had) == 0 {
		return
	}
	v, ok := parse(n, typed)
	switch {
	case ok:
		into[n.Key] = v
	case blank(typed):
		delete(into, n.Key)
	}
}

// ticked changes a list of values to tick. Their order means nothing, so it is left alone where the same ones are ticked.
func (a applier) ticked(into map[string]any, n Node, typed []string, fresh bool) {
	had := items(into[n.Key])
	if sameSet(had, typed) && (len(typed) > 0 || into[n.Key] != nil || !(fresh && n.Always)) {
		return
	}
	list := []any{}
	for _, s := range typed {
		list = append(list, s)
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
	return single(strings.TrimSpace(strings.ReplaceAll(typed[0], "\r\n", "\n")))
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

// number reads a number. Thousands may be parted, as where they are shown.
func number(n Node, s string) (any, bool) {
	s = strings.ReplaceAll(strings.TrimSpace(s), ",", "")
	if n.Kind == Whole {
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return json.Number(strconv.FormatInt(i, 10)), true
		}
		return nil, false
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v-v != 0 { // not a number that JSON has
		return nil, false
	}
	return json.Number(strconv.FormatFloat(v, 'f', -1, 64)), true
}

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
		if strings.TrimSpace(line) == "" {
			continue
		}
		i := strings.LastIndexByte(line, ':')
		if i < 0 || strings.TrimSpace(line[:i]) == "" || strings.TrimSpace(line[i+1:]) == "" {
			return nil, false
		}
		out[strings.TrimSpace(line[:i])] = strings.TrimSpace(line[i+1:])
	}
	return out, len(out) > 0
}
