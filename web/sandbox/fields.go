package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// fields reads the keys of an object one by one and remembers the first that has the wrong type. A null counts as not sent
// (see choices.go). Keys are told apart by case.
type fields struct {
	path string // of the object in the body, with a dot at its end; empty for the body itself
	raw  map[string]json.RawMessage
	err  *error // shared with the objects inside
}

func newFields(raw map[string]json.RawMessage) fields {
	return fields{raw: raw, err: new(error)}
}

// only notes a key that isn't among the known ones.
func (f fields) only(known ...string) {
	for _, key := range slices.Sorted(maps.Keys(f.raw)) {
		if *f.err == nil && !slices.Contains(known, key) {
			*f.err = badParam(fmt.Sprintf(textUnknownKey, f.path+key))
		}
	}
}

func (f fields) wrongType(key, want string) {
	if *f.err == nil {
		*f.err = badParam(fmt.Sprintf(textWrongType, f.path+key, want))
	}
}

// sent returns a key's value; ok is false when it is missing or null.
func (f fields) sent(key string) (raw json.RawMessage, ok bool) {
	raw, ok = f.raw[key]
	return raw, ok && !isNull(raw)
}

func isNull(raw json.RawMessage) bool {
	return string(raw) == "null"
}

func (f fields) text(key string) *string {
	raw, ok := f.sent(key)
	if !ok {
		return nil
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		f.wrongType(key, "a string")
		return nil
	}
	return &text
}

func (f fields) flag(key string) *bool {
	raw, ok := f.sent(key)
	if !ok {
		return nil
	}
	var flag bool
	if json.Unmarshal(raw, &flag) != nil {
		f.wrongType(key, "a boolean")
		return nil
	}
	return &flag
}

// integer reads a whole number; one that no int holds becomes the greatest or smallest, so that the rule about its range speaks.
func (f fields) integer(key string) *int {
	raw, ok := f.sent(key)
	if !ok {
		return nil
	}
	text := string(raw)
	if strings.Trim(text, "-0123456789") != "" {
		f.wrongType(key, "an integer")
		return nil
	}
	var n int
	if json.Unmarshal(raw, &n) != nil {
		n = math.MaxInt
		if strings.HasPrefix(text, "-") {
			n = math.MinInt
		}
	}
	return &n
}

// number reads a number with or without a fraction.
func (f fields) number(key string) *float64 {
	raw, ok := f.sent(key)
	if !ok {
		return nil
	}
	var n float64
	if json.Unmarshal(raw, &n) != nil {
		f.wrongType(key, "a number")
		return nil
	}
	return &n
}

// wait reads a length of time such as "90s", which must not be negative nor longer than most.
func (f fields) wait(key string, most time.Duration) *time.Duration {
	text := f.text(key)
	if text == nil {
		return nil
	}
	d, err := readWait(*text)
	if err != nil || d > most {
		want := "a length of time such as 1m30s"
		if most < forEver {
			want += fmt.Sprintf(", at most %gh", most.Hours())
		}
		f.wrongType(key, want)
		return nil
	}
	return &d
}

// forEver is the longest length of time.
const forEver time.Duration = math.MaxInt64

// time reads an RFC 3339 time; the zero time when it is missing or null.
func (f fields) time(key string) time.Time {
	text := either(f.text(key), "")
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil && *f.err == nil {
		*f.err = badParam(fmt.Sprintf(textTime, f.path+key))
	}
	return t
}

// oneOf reads one of some texts; fallback when it is missing.
func (f fields) oneOf(key, fallback string, texts []string) string {
	text := either(f.text(key), fallback)
	if text != fallback && !slices.Contains(texts, text) {
		f.wrongType(key, "one of "+strings.Join(texts, ", "))
	}
	return text
}

// object returns the object at key; ok is false when it is missing, null or of another type.
func (f fields) object(key string) (inner fields, ok bool) {
	raw, ok := f.sent(key)
	if !ok {
		return fields{}, false
	}
	inner = fields{path: f.path + key + ".", err: f.err}
	if json.Unmarshal(raw, &inner.raw) != nil {
		f.wrongType(key, "an object")
		return fields{}, false
	}
	return inner, true
}

// texts returns the strings of an array, nil when it is missing, null or of another type.
func (f fields) texts(key string) []string {
	raw, ok := f.sent(key)
	if !ok {
		return nil
	}
	var all []*string
	if json.Unmarshal(raw, &all) != nil {
		f.wrongType(key, "an array of strings")
		return nil
	}
	texts := make([]string, 0, len(all))
	for _, text := range all {
		if text == nil {
			f.wrongType(key, "an array of strings")
			return nil
		}
		texts = append(texts, *text)
	}
	return texts
}

// textMap returns the strings of an object, nil when it is missing, null or of another type.
func (f fields) textMap(key string) map[string]string {
	inner, ok := f.object(key)
	if !ok {
		return nil
	}
	texts := make(map[string]string, len(inner.raw))
	for name := range inner.raw {
		text := inner.text(name)
		if text == nil {
			f.wrongType(key, "an object of strings")
			return nil
		}
		texts[name] = *text
	}
	return texts
}

// values returns the object at key as it is, nil when it is missing, null or of another type.
func (f fields) values(key string) (values object) {
	raw, ok := f.sent(key)
	if ok && json.Unmarshal(raw, &values) != nil {
		f.wrongType(key, "an object")
	}
	return values
}

// items returns the elements of an array, nil when it is missing, null or of another type.
func (f fields) items(key, want string) []json.RawMessage {
	raw, ok := f.sent(key)
	if !ok {
		return nil
	}
	items := []json.RawMessage{}
	if json.Unmarshal(raw, &items) != nil {
		f.wrongType(key, want)
		return nil
	}
	return items
}

// inside returns the fields of an element of an array.
func (f fields) inside(key string, i int, item json.RawMessage) fields {
	place := fmt.Sprintf("%s[%d]", key, i)
	inner := fields{path: f.path + place + ".", err: f.err}
	if json.Unmarshal(item, &inner.raw) != nil || inner.raw == nil {
		f.wrongType(place, "an object")
	}
	return inner
}

// objects returns the objects of an array, nil when it is missing, null or of another type.
func (f fields) objects(key string) []fields {
	items := f.items(key, "an array of objects")
	if items == nil {
		return nil
	}
	all := make([]fields, len(items))
	for i, item := range items {
		all[i] = f.inside(key, i, item)
	}
	return all
}

// integers returns the whole numbers of an array, nil when it is missing, null or of another type.
func (f fields) integers(key string) []int {
	var numbers []int
	items := f.items(key, "an array of integers")
	for _, item := range items {
		n := fields{raw: map[string]json.RawMessage{key: item}, err: new(error)}.integer(key)
		if n == nil {
			f.wrongType(key, "an array of integers")
			return nil
		}
		numbers = append(numbers, *n)
	}
	if items != nil && numbers == nil {
		return []int{}
	}
	return numbers
}

// required notes that a key has to be there and isn't.
func (f fields) required(key string, there bool) {
	if !there && *f.err == nil {
		*f.err = badParam(fmt.Sprintf(textRequired, f.path+key))
	}
}

// refuse remembers that a key breaks a rule; text names the key first.
func (f fields) refuse(text, key string, more ...any) {
	if *f.err == nil {
		*f.err = badParam(fmt.Sprintf(text, append([]any{f.path + key}, more...)...))
	}
}

// either returns what p points to, or fallback where it points nowhere.
func either[T any](p *T, fallback T) T {
	if p == nil {
		return fallback
	}
	return *p
}
