package blueprint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Imported is a template that was read from a file.
type Imported struct {
	Values  url.Values // of the form of a new template
	Unknown []string   // paths of what wasn't taken: fields that the table doesn't know, values of another kind, and secrets
	Form    *Form      // of Values, checked
}

// Bounds of what is imported.
const (
	maxImport  = 1 << 20 // bytes; a template of 100 roles has some 200,000
	maxUnknown = 100     // paths that are told one by one
)

// ImportError says in words what is wrong with what is to be imported.
type ImportError struct{ Text string }

func (e *ImportError) Error() string { return e.Text }

func refused(format string, args ...any) error { return &ImportError{fmt.Sprintf(format, args...)} }

// Import reads a template as JSON, as Export or the API writes it. The error is an *ImportError about it as a whole; what is wrong
// with a field is in Form.Errors. Ids, times and the like belong to the template that was exported and aren't told of.
func Import(raw []byte) (Imported, error) {
	tree, err := readImport(bytes.TrimPrefix(raw, []byte("\ufeff")))
	if err != nil {
		return Imported{}, err
	}
	tree, _ = lift(tree)
	taken := importer{}
	tree = taken.nodes("", "", schema, tree)
	if taken.err != nil {
		return Imported{}, taken.err
	}
	values := Flatten(tree)
	maps.DeleteFunc(values, func(name string, _ []string) bool { return strings.HasSuffix(name, "."+was) })
	f := NewForm(nil, values)
	f.Valid()
	return Imported{Values: f.Values, Unknown: taken.told(), Form: f}, nil
}

func readImport(raw []byte) (Tree, error) {
	switch {
	case len(raw) > maxImport:
		return nil, refused("This is larger than 1 MB, and no template is. Choose another file.")
	case len(bytes.TrimSpace(raw)) == 0:
		return nil, refused("There is nothing in it. Choose the file of a template, or paste its text.")
	case !utf8.Valid(raw):
		return nil, refused("This is not text in UTF-8. Export the template again.")
	}
	tree, err := ParseTree(raw)
	if err == nil {
		return tree, onceEach(raw)
	}
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		line := 1 + bytes.Count(raw[:min(int(wrong.Offset), len(raw))], []byte("\n"))
		return nil, refused("This is not JSON: look at line %d. Export the template again, or mend it there.", line)
	}
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return nil, refused("This holds no template: that is one JSON object, in braces, with roles and settings.")
	}
	return nil, refused("This is not one JSON object, whole and alone. Export the template again.")
}

// onceEach is an error when an object in the JSON text has a key twice: people who read the file see both, and only one would be taken.
func onceEach(raw []byte) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var open []map[string]bool // keys of the objects that the text is in; nil for a list
	key := false               // whether a key comes next
	for {
		token, err := dec.Token()
		if err != nil {
			return nil // the end: the text was parsed before
		}
		switch in := len(open) - 1; {
		case token == json.Delim('{'):
			open = append(open, map[string]bool{})
		case token == json.Delim('['):
			open = append(open, nil)
		case token == json.Delim('}'), token == json.Delim(']'):
			open = open[:in]
		case key:
			name, _ := token.(string)
			if open[in][name] {
				return refused("“%s” is twice in the same place: look near line %d. Leave one of them.", shortened(name),
					1+bytes.Count(raw[:dec.InputOffset()], []byte("\n")))
			}
			open[in][name] = true
			key = false
			continue
		}
		key = len(open) > 0 && open[len(open)-1] != nil
	}
}

// shortened is a text of the file, as long as anybody reads.
func shortened(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}

// importer takes over what the table knows.
type importer struct {
	unknown []string
	err     error
}

func (i *importer) nodes(path, like string, nodes []Node, from map[string]any) map[string]any {
	out := map[string]any{}
	for _, n := range nodes {
		if v := n.of(from); v != nil {
			i.value(out, join(path, n.keyIn(from)), join(like, n.Key), n, v)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(from)) {
		known := slices.ContainsFunc(nodes, func(n Node) bool { return n.Key == key || n.Alias == key })
		if !known && from[key] != nil && !answersOnly(like, key) {
			i.unknown = append(i.unknown, join(path, key))
		}
	}
	return out
}

func (i *importer) value(out map[string]any, at, like string, n Node, v any) {
	o, isObject := v.(map[string]any)
	list, isList := v.([]any)
	switch {
	case n.Kind == Object && isObject:
		out[n.Key] = i.nodes(at, like, n.Kids, o)
	case n.rows() && len(o)+len(list) > n.limit():
		i.err = refused("%s: there are %d of these in it, and there can be at most %d.", Label(at), len(o)+len(list), n.limit())
	case n.Kind == ByName && isObject:
		rows := map[string]any{}
		for _, p := range parts(n, o) {
			i.row(at+"."+p.was, like+".*", n, p.value, func(row any) { rows[p.was] = row })
		}
		out[n.Key] = rows
	case n.Kind == InOrder && isList:
		rows := []any{}
		for _, p := range parts(n, list) {
			i.row(at+"."+p.was, like+".*", n, p.value, func(row any) { rows = append(rows, row) })
		}
		out[n.Key] = rows
	case n.Kind != Object && !n.rows() && n.Kind != Secret && fits(n, v):
		out[n.Key] = v
	default:
		i.unknown = append(i.unknown, at)
	}
}

func (i *importer) row(at, like string, n Node, v any, take func(any)) {
	o, isObject := v.(map[string]any)
	if n.scalarRows() || !isObject {
		i.unknown = append(i.unknown, at) // rows that are values are secrets
		return
	}
	take(i.nodes(at, like, n.Kids, o))
}

// told are the paths of what wasn't taken, as many as anybody reads.
func (i *importer) told() []string {
	for at, path := range i.unknown {
		i.unknown[at] = shortened(path)
	}
	if more := len(i.unknown) - maxUnknown; more > 0 {
		return append(i.unknown[:maxUnknown:maxUnknown], fmt.Sprintf("and %d more", more))
	}
	return i.unknown
}

// fits says whether a JSON value is of a kind that the form can show.
func fits(n Node, v any) bool {
	switch n.Kind {
	case Switch:
		_, ok := v.(bool)
		return ok
	case Choices, Roles, Lines, Wholes:
		list, ok := v.([]any)
		return ok && !slices.ContainsFunc(list, func(item any) bool { return !isPlain(item) })
	case Pairs:
		o, ok := v.(map[string]any)
		return ok && !slices.ContainsFunc(slices.Collect(maps.Values(o)), func(item any) bool { return !isPlain(item) })
	}
	return isPlain(v)
}

// isPlain says whether a JSON value is a text or a number.
func isPlain(v any) bool {
	switch v.(type) {
	case string, json.Number, float64:
		return true
	}
	return false
}
