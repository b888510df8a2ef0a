package ledger

import (
	"encoding/json"
	"slices"
	"strconv"
)

// treeText writes a JSON tree as encode does. It does it by hand because templates are trees of thousands of values, on which
// reflection spends most of its time; what isn't plain goes to encoding/json value by value.
type treeText struct {
	b    []byte
	keys []string // of the objects that are being written, outermost first
}

func (t *treeText) value(v any) {
	switch v := v.(type) {
	case map[string]any:
		t.object(v)
	case []any:
		t.list(v)
	case string:
		t.text(v)
	case json.Number:
		t.number(v)
	case bool:
		t.b = strconv.AppendBool(t.b, v)
	case nil:
		t.b = append(t.b, "null"...)
	default:
		t.b = append(t.b, encodeAny(v)...)
	}
}

// object writes the members by the order of their keys.
func (t *treeText) object(o map[string]any) {
	if o == nil {
		t.b = append(t.b, "null"...)
		return
	}
	from := len(t.keys)
	for key := range o {
		t.keys = append(t.keys, key)
	}
	keys := t.keys[from:] // inner objects append behind them
	slices.Sort(keys)
	t.b = append(t.b, '{')
	for i, key := range keys {
		if i > 0 {
			t.b = append(t.b, ',')
		}
		t.text(key)
		t.b = append(t.b, ':')
		t.value(o[key])
	}
	t.b = append(t.b, '}')
	t.keys = t.keys[:from]
}

func (t *treeText) list(items []any) {
	if items == nil {
		t.b = append(t.b, "null"...)
		return
	}
	t.b = append(t.b, '[')
	for i, item := range items {
		if i > 0 {
			t.b = append(t.b, ',')
		}
		t.value(item)
	}
	t.b = append(t.b, ']')
}

func (t *treeText) text(s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			t.b = append(t.b, encodeAny(s)...)
			return
		}
	}
	t.b = append(t.b, '"')
	t.b = append(t.b, s...)
	t.b = append(t.b, '"')
}

// number writes a number as it was read; one that was made by somebody may be none.
func (t *treeText) number(n json.Number) {
	for i := range len(n) {
		if n[i] < '0' || n[i] > '9' || n[0] == '0' && len(n) > 1 {
			t.b = append(t.b, encodeAny(n)...)
			return
		}
	}
	if n == "" {
		n = "0" // as encoding/json has it
	}
	t.b = append(t.b, n...)
}
