package blueprint

import (
	"slices"
	"strings"
)

// Section is one part of a template besides its roles, such as its destinations, in words.
type Section struct {
	Key    string // in a template
	Title  string
	Help   string
	Told   bool // the template mentions it
	Values []Value
	Rows   []SectionRow // what there may be several of
}

// SectionRow is one of several things that have names, such as an HLS stream.
type SectionRow struct {
	Kind, Name string
	Values     []Value
}

// Value is a value that is set, in words. What it says is several lines where it stands for several things.
type Value struct{ Label, Text string }

// SectionsOf are the parts of a template in the order of the table. It may be redacted; of secrets they say no more than
// that they are there.
func SectionsOf(tree Tree) []Section {
	tree, _ = lift(tree)
	var list []Section
	for _, n := range schema {
		if n.Kind != Text && n.Key != "roles" {
			list = append(list, sectionOf(n, tree[n.Key]))
		}
	}
	return list
}

func sectionOf(n Node, v any) Section {
	s := Section{Key: n.Key, Title: n.Label, Help: n.Help, Told: v != nil}
	if n.rows() {
		s.Rows = sectionRows(n, v)
		return s
	}
	for _, kid := range n.Kids {
		if kid.rows() {
			s.Rows = append(s.Rows, sectionRows(kid, kid.of(object(v)))...)
		} else {
			s.Values = append(s.Values, valuesOf("", kid, kid.of(object(v)))...)
		}
	}
	return s
}

// sectionRows are the rows of a node that are called by their names.
func sectionRows(n Node, v any) []SectionRow {
	var rows []SectionRow
	for _, p := range parts(n, v) {
		row := SectionRow{Kind: strings.ToUpper(n.Row[:1]) + n.Row[1:], Name: nameOf(p)}
		for _, kid := range n.Kids {
			if kid.Key != "name" {
				row.Values = append(row.Values, valuesOf("", kid, kid.of(object(p.value)))...)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// valuesOf are the values at and below a node that are set; within is the label of the object that they stand in.
func valuesOf(within string, n Node, v any) []Value {
	label := n.Label
	if within != "" {
		label = within + ": " + n.Label
	}
	switch {
	case v == nil:
		return nil
	case n.Kind == Object:
		return objectValues(n, object(v))
	case n.rows():
		return rowLines(label, n, v)
	case len(texts(n, v)) == 0 && n.Kind != Secret && n.Kind != Switch && !n.Always:
		return nil
	}
	return []Value{{label, words(n, v)}}
}

// objectValues are the values of an object that is there, by which some objects mean something.
func objectValues(n Node, o map[string]any) []Value {
	within := n.Label
	if n.Implied {
		within = ""
	}
	var list []Value
	for _, kid := range n.Kids {
		v := kid.of(o)
		if kid.Silent {
			v = true
		}
		list = append(list, valuesOf(within, kid, v)...)
	}
	return list
}

// rowLines are rows within something else, a line each: layers, addresses, sections of a summary.
func rowLines(label string, n Node, v any) []Value {
	var lines []string
	for _, p := range parts(n, v) {
		if n.scalarRows() {
			lines = append(lines, words(n.Kids[0], p.value))
			continue
		}
		var told []string
		for _, kid := range n.Kids {
			for _, value := range valuesOf("", kid, kid.of(object(p.value))) {
				told = append(told, value.Label+" "+value.Text)
			}
		}
		lines = append(lines, strings.Join(told, ", "))
	}
	lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
	if len(lines) == 0 {
		return nil
	}
	return []Value{{label, strings.Join(lines, "\n")}}
}
