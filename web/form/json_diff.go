package form

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// DiffJSON compares two JSON objects of the record field by field, by path, in alphabetical order. It shows what they
// hold: both have to be redacted already.
func DiffJSON(before, after string) ([]Change, error) {
	have, err := flatten(before)
	if err != nil {
		return nil, fmt.Errorf("state before: %w", err)
	}
	is, err := flatten(after)
	if err != nil {
		return nil, fmt.Errorf("state after: %w", err)
	}
	var changes []Change
	paths := maps.Clone(have)
	maps.Copy(paths, is)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if have[path] != is[path] {
			changes = append(changes, Change{Field: path, Have: have[path], Will: is[path]})
		}
	}
	return changes, nil
}

// flatten gives the plain values of a JSON object by path.
func flatten(text string) (map[string]string, error) {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return nil, err
	}
	flat := map[string]string{}
	flattenInto(flat, "", v)
	return flat, nil
}

func flattenInto(flat map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, field := range v {
			flattenInto(flat, joinPath(path, k), field)
		}
	case []any:
		for i, item := range v {
			flattenInto(flat, joinPath(path, strconv.Itoa(i)), item)
		}
	case float64:
		flat[path] = strconv.FormatFloat(v, 'f', -1, 64)
	case nil: // the same as missing
	default:
		flat[path] = fmt.Sprint(v)
	}
}

func joinPath(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
