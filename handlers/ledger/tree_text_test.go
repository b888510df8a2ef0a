package ledger

import (
	"encoding/json"
	"testing"
)

// TestTreeByHand: what is written by hand is what encoding/json writes.
func TestTreeByHand(t *testing.T) {
	for name, v := range map[string]any{
		"empty":        map[string]any{},
		"nothing":      map[string]any(nil),
		"empty list":   []any{},
		"no list":      []any(nil),
		"order":        map[string]any{"b": true, "a": false, "B": nil, "a.b": "x", "": []any{"z", map[string]any{"d": "1", "c": "2"}, "y"}},
		"texts":        []any{"", "plain", `<a href="x">&'\`, "tab\tline\n", "\x00\x1f\x7f", "Zoë", "\u2028\u2029", "\xff\xfe", "🎥"},
		"keys":         map[string]any{`"quoted"`: "1", "ключ": "2", "<&>": "3"},
		"numbers":      []any{json.Number("0"), json.Number("17"), json.Number("-1"), json.Number("30.0"), json.Number("1e9"), json.Number("")},
		"other types":  map[string]any{"float": 1.5, "whole": 7, "list": []string{"a", "<"}, "object": struct{ A int }{1}},
		"inner nil":    map[string]any{"o": map[string]any(nil), "l": []any(nil)},
		"deep objects": map[string]any{"a": map[string]any{"z": map[string]any{"y": "1", "x": "2"}, "b": "3"}, "c": "4"},
	} {
		if got, want := encode(v), encodeAny(v); got != want {
			t.Errorf("%s: %s by hand, %s by encoding/json", name, got, want)
		}
	}
}

// TestTreeWithoutValue: what can't be written is hidden.
func TestTreeWithoutValue(t *testing.T) {
	for _, v := range []any{json.Number("01"), json.Number("1-2"), json.Number("x"), func() {}} {
		if got, want := encode(map[string]any{"a": v, "b": "1"}), `{"a":"`+hidden+`","b":"1"}`; got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}
