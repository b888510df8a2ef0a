package blueprint

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"roomledger/web/form"
)

// Form is what was typed about a template: values by the path of each field, rows counted from 0. Base is the template that
// is being changed; nil for a new one.
type Form struct {
	Values url.Values
	Base   Tree
	Errors form.Errors
}

// NewForm is a form with what was typed. Roles that were kept have their fields from base, or are left out where they aren't there
// any more. Names of roles that were renamed are the new ones from then on.
func NewForm(base Tree, values url.Values) *Form {
	f := &Form{Values: values, Base: base}
	f.fillKept()
	f.followRenames()
	return f
}

// FormOf is the form of a template as it is.
func FormOf(base Tree) *Form { return &Form{Values: Flatten(base), Base: base} }

// Flatten is a template as the values of a form. Secrets are left out, and each row says what it is by its field "was".
func Flatten(tree Tree) url.Values { return flattened(tree, schema) }

// flattened are the values of those fields.
func flattened(tree Tree, nodes []Node) url.Values {
	const most = 120 // values of a role, roughly; large templates have thousands in all
	lifted, _ := lift(tree)
	values := make(url.Values, most*(1+len(object(lifted["roles"]))))
	flatten(values, "", nodes, lifted)
	return values
}

func flatten(to url.Values, path string, nodes []Node, from map[string]any) {
	for _, n := range nodes {
		at := join(path, n.Key)
		v := n.of(from)
		switch {
		case n.Kind == Object:
			flatten(to, at, n.Kids, object(v))
			flattenPresence(to, at, n, v)
		case n.rows():
			for i, p := range parts(n, v) {
				flattenRow(to, at+"."+place(i), n, p)
			}
		default:
			if list := texts(n, v); len(list) > 0 {
				to[at] = list
			}
		}
	}
}

// flattenPresence ticks what stands for an object's being there.
func flattenPresence(to url.Values, at string, n Node, v any) {
	for _, kid := range n.Kids {
		if kid.Silent && object(v) != nil {
			to.Set(join(at, kid.Key), "on")
		}
	}
}

func flattenRow(to url.Values, at string, n Node, p part) {
	to.Set(at+"."+was, p.was)
	if n.scalarRows() {
		if list := texts(n.Kids[0], p.value); len(list) > 0 {
			to[at] = list
		}
		return
	}
	flatten(to, at, n.Kids, object(p.value))
	if n.Kind == ByName {
		to.Set(at+".name", nameOf(p))
	}
	if n.Key == "roles" {
		to.Set(at+"."+shown, nameOf(p))
	}
}

// nameOf is what a row that is kept by name calls itself; most repeat the name that they are kept by.
func nameOf(p part) string {
	if name := text(object(p.value)["name"]); name != "" {
		return name
	}
	return p.was
}

// texts are a value as a form has it: one text, or several where the field is repeated.
func texts(n Node, v any) []string {
	switch n.Kind {
	case Secret:
		return nil
	case Switch:
		if on, ok := v.(bool); ok && on || v == nil && n.On {
			return []string{"on"}
		}
		return nil
	case Choices, Roles:
		return items(v)
	case Lines:
		return single(strings.Join(items(v), "\n"))
	case Wholes:
		return single(strings.Join(items(v), ", "))
	case Pairs:
		return single(pairText(object(v)))
	}
	return single(text(v))
}

func single(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// text is a plain value as text.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case float64: // of a tree that was read otherwise
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func items(v any) []string {
	list, _ := v.([]any)
	if len(list) == 0 {
		return nil
	}
	out := make([]string, len(list))
	for i, item := range list {
		out[i] = text(item)
	}
	return out
}

// has says whether a text is one of a list's items.
func has(v any, s string) bool {
	list, _ := v.([]any)
	return slices.ContainsFunc(list, func(item any) bool { return text(item) == s })
}

func pairText(o map[string]any) string {
	var lines []string
	for key, v := range o {
		lines = append(lines, key+": "+text(v))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
