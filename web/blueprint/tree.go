package blueprint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Tree is a template as JSON: what the API gave, with "recordings" beside it. Numbers are json.Number, so that they stay as they
// were written.
type Tree = map[string]any

// ParseTree reads one JSON object.
func ParseTree(raw []byte) (Tree, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var tree Tree
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("read the template: something follows it")
	}
	if tree == nil {
		return nil, fmt.Errorf("read the template: it is null")
	}
	return tree, nil
}

// clone is a copy of a JSON value that shares nothing that can be changed.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, inner := range v {
			out[key] = clone(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = clone(inner)
		}
		return out
	}
	return v
}

// part is one row of a template: its name or place, and what stands there.
type part struct {
	was   string
	value any
}

// parts are the rows that stand at a node: objects by name in the order of the names, lists as they are.
func parts(n Node, v any) []part {
	var list []part
	switch v := v.(type) {
	case map[string]any:
		if n.Kind != ByName {
			return nil
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			list = append(list, part{key, v[key]})
		}
	case []any:
		if n.Kind != InOrder {
			return nil
		}
		for i, item := range v {
			list = append(list, part{place(i), item})
		}
	}
	return list
}

// object is v where that is an object, and else nil.
func object(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}

// lift puts plugins where requests have them. An answer has been seen to have them inside the destinations.
func lift(tree Tree) (lifted Tree, moved bool) {
	inside := object(tree["destinations"])["plugins"]
	if inside == nil || tree["plugins"] != nil {
		return tree, false
	}
	lifted = maps.Clone(tree)
	destinations := maps.Clone(object(tree["destinations"]))
	delete(destinations, "plugins")
	lifted["plugins"], lifted["destinations"] = inside, destinations
	return lifted, true
}

// lower undoes lift.
func lower(tree Tree) {
	destinations := object(tree["destinations"])
	if destinations == nil {
		destinations = map[string]any{}
	}
	if tree["plugins"] != nil {
		destinations["plugins"] = tree["plugins"]
	}
	tree["destinations"] = destinations
	delete(tree, "plugins")
}
