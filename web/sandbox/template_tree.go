package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// A tree is a JSON value as templates keep it: an object is a map, an array a []any, and a number keeps its digits. Templates
// hold keys that nobody here knows, and a struct would lose those, or take "Region" for "region".

// depthMax bounds how deep a body of trees may be nested: what is kept stands a few levels deeper in the state's file, which has
// to be read again.
const depthMax = 64

// readTree returns the object that is r's body.
func readTree(r *http.Request) (object, error) {
	raw, err := readBody(r)
	if err != nil {
		return nil, err
	}
	tree := make(object, len(raw))
	for key, text := range raw {
		if tree[key], err = readPart(text); err != nil {
			return nil, err
		}
	}
	return tree, nil
}

// readTrees returns the array that is r's body.
func readTrees(r *http.Request) ([]any, error) {
	var raw []json.RawMessage
	if err := readJSON(r, &raw, errNotAnArray); err != nil {
		return nil, err
	}
	if raw == nil { // null
		return nil, errNotAnArray
	}
	trees := make([]any, 0, len(raw))
	for _, text := range raw {
		v, err := readPart(text)
		if err != nil {
			return nil, err
		}
		trees = append(trees, v)
	}
	return trees, nil
}

// readPart decodes a part of a body.
func readPart(text []byte) (any, error) {
	v, err := decodeTree(text)
	if err == nil && deeperThan(v, depthMax) {
		err = errTooDeep
	}
	return v, err
}

func decodeTree(text []byte) (any, error) {
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	var v any
	if err := in.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return v, nil
}

func deeperThan(v any, depth int) bool {
	switch v := v.(type) {
	case object:
		for _, inner := range v {
			if depth == 0 || deeperThan(inner, depth-1) {
				return true
			}
		}
	case []any:
		for _, inner := range v {
			if depth == 0 || deeperThan(inner, depth-1) {
				return true
			}
		}
	}
	return false
}

// cloneTree returns a copy of v that can be changed.
func cloneTree(v any) any {
	switch v := v.(type) {
	case object:
		return cloneObject(v)
	case []any:
		clone := make([]any, len(v))
		for i, item := range v {
			clone[i] = cloneTree(item)
		}
		return clone
	}
	return v
}

func cloneObject(o object) object {
	clone := make(object, len(o))
	for key, v := range o {
		clone[key] = cloneTree(v)
	}
	return clone
}

// withoutFalse returns v without the keys that are false, at any depth.
func withoutFalse(v any) any {
	switch v := v.(type) {
	case object:
		kept := make(object, len(v))
		for key, inner := range v {
			if inner != false {
				kept[key] = withoutFalse(inner)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i, item := range v {
			kept[i] = withoutFalse(item)
		}
		return kept
	}
	return v
}

// The following read a key of an object; what is missing or of another type is the zero value.

func objectAt(o object, key string) object {
	inner, _ := o[key].(object)
	return inner
}

func listAt(o object, key string) []any {
	items, _ := o[key].([]any)
	return items
}

func textAt(o object, key string) string {
	text, _ := o[key].(string)
	return text
}

func flagAt(o object, key string) bool {
	flag, _ := o[key].(bool)
	return flag
}

func wholeAt(o object, key string) int {
	n, err := strconv.Atoi(string(digitsAt(o, key)))
	if err != nil {
		return 0
	}
	return n
}

func numberAt(o object, key string) float64 {
	n, err := digitsAt(o, key).Float64()
	if err != nil {
		return 0
	}
	return n
}

func digitsAt(o object, key string) json.Number {
	digits, _ := o[key].(json.Number)
	return digits
}

func textsAt(o object, key string) []string {
	var texts []string
	for _, item := range listAt(o, key) {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// objectsAt returns the objects of an array.
func objectsAt(o object, key string) []object {
	var objects []object
	for _, item := range listAt(o, key) {
		if inner, ok := item.(object); ok {
			objects = append(objects, inner)
		}
	}
	return objects
}
