// Package blueprint knows what a template is made of: every documented field with its control, its range and its words in
// one table, and from that table how a template becomes a form, a form becomes a template again, and two of them differ.
//
// A template is handled as the JSON tree that the API gave, with its recording configurations beside it under the key
// "recordings". What the table doesn't name is left where it is. The package knows the API's fields (web/hms) and the
// messages of forms (web/form); it must not know requests, pages or the database.
package blueprint

import (
	"slices"
	"strings"
)

// Kind says what a value is, and so how it is asked for.
type Kind int

// The kinds. Where a form has a list as one text, the kind says what stands between the items.
const (
	Object   Kind = iota // its fields are asked for
	ByName               // an object of objects by name: rows
	InOrder              // a list of objects, or of values: rows
	Text                 // one line
	Whole                // a whole number
	Number               // a number
	Switch               // on or off
	Choice               // one of some values
	Choices              // any of some values
	RoleName             // the name of one of the template's roles
	Roles                // names of some of them
	Lines                // a list of texts, a line each
	Wholes               // a list of whole numbers, parted by commas
	Pairs                // values by name, a line each: "name: value"
	Secret               // one line that is never shown again
)

// Option is one value that may be chosen.
type Option struct {
	Value, Label string
}

// Node is one part of a template: a value, or an object or rows with parts of their own.
type Node struct {
	Kind    Kind
	Key     string // in the object that it stands in; "" for a row that is a value itself
	Alias   string // another key by which answers are known to have it
	Label   string
	Help    string // range and default, in words
	Kids    []Node // of an object, or of each row
	Options []Option

	Min, Max float64 // of numbers, and of lengths in characters for texts; both 0: any
	Step     int     // what a whole number must be a multiple of; 0: any
	Unit     string
	Row      string   // what one row is called, such as "role"
	MaxRows  int      // 0: maxRows
	Stays    bool     // a row that the API can\'t be told to take away
	Required bool     // in a row or object that is there
	On       bool     // a switch that is on when the API doesn't mention it
	Presence bool     // a value without which the object that it stands in isn't there
	Silent   bool     // a Presence that isn't sent itself
	Always   bool     // a list that is sent when it is empty, too
	Implied  bool     // an object that isn't named where its fields are: they speak for themselves
	Words    []Option // numbers that stand for something else, in words
}

// maxRows bounds rows that the API doesn't bound; ours.
const maxRows = 100

// was is the field of a row that says which part of the template it was, by name or place. It is what keeps a row's unknown
// fields with it when it is renamed or moved.
const was = "was"

// shown is the field of a role that says what it was called when the form was drawn: that is the name by which other fields of the
// form mean it.
const shown = "shown"

// kept is the field of a role that says that the page left its other fields out: the role stays as it is in the template.
const kept = "kept"

// limit is how many rows there may be.
func (n Node) limit() int {
	if n.MaxRows > 0 {
		return n.MaxRows
	}
	return maxRows
}

// keyIn is the key by which a value stands in an object, which may know it by its other name.
func (n Node) keyIn(o map[string]any) string {
	if n.Alias != "" && o[n.Key] == nil && o[n.Alias] != nil {
		return n.Alias
	}
	return n.Key
}

// of is what an object has for a node.
func (n Node) of(o map[string]any) any { return o[n.keyIn(o)] }

// rows says whether a node is made of rows.
func (n Node) rows() bool { return n.Kind == ByName || n.Kind == InOrder }

// scalarRows says whether each row is a value by itself.
func (n Node) scalarRows() bool { return n.Kind == InOrder && len(n.Kids) == 1 && n.Kids[0].Key == "" }

// presence is the field that decides whether an object is there, if it has one.
func (n Node) presence() (Node, bool) {
	i := slices.IndexFunc(n.Kids, func(kid Node) bool { return kid.Presence })
	if i < 0 {
		return Node{}, false
	}
	return n.Kids[i], true
}

// multiple says whether a value is sent as a field that is repeated.
func (n Node) multiple() bool { return n.Kind == Choices || n.Kind == Roles }

// Field is a value of the table with where it stands, such as roles.*.publishParams.video.bitRate: * is a row.
type Field struct {
	Path string
	Node Node
}

// Fields lists all values of the table in the order of the form.
func Fields() []Field {
	var list []Field
	var walk func(path string, nodes []Node)
	walk = func(path string, nodes []Node) {
		for _, n := range nodes {
			at := join(path, n.Key)
			switch {
			case n.rows():
				walk(at+".*", n.Kids)
			case n.Kind == Object:
				walk(at, n.Kids)
			default:
				list = append(list, Field{Path: at, Node: n})
			}
		}
	}
	walk("", schema)
	return list
}

// Schema is the table: the parts of a template in the order of the form. It must not be changed.
func Schema() []Node { return schema }

func join(path, key string) string {
	if path == "" || key == "" {
		return path + key
	}
	return path + "." + key
}

// nodeAt finds the node of a field's name in a form or a path in a template, where each row is a number or a name.
func nodeAt(path string) (Node, bool) {
	nodes := schema
	parts := strings.Split(path, ".")
	for i := 0; i < len(parts); i++ {
		n, ok := child(nodes, parts[i])
		switch {
		case !ok:
			return Node{}, false
		case i == len(parts)-1:
			return n, true
		case n.rows():
			i++
			if n.scalarRows() {
				return n.Kids[0], i == len(parts)-1
			}
			if i == len(parts)-1 {
				return n, true
			}
		}
		nodes = n.Kids
	}
	return Node{}, false
}

func child(nodes []Node, key string) (Node, bool) {
	for _, n := range nodes {
		if n.Key == key {
			return n, true
		}
	}
	return Node{}, false
}

// tooMany says how many rows there may be.
func tooMany(n Node) string {
	if n.limit() == 1 {
		return "There can be one " + n.Row + " only."
	}
	return "There can be at most " + place(n.limit()) + " of these. Remove some."
}
