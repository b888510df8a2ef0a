package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
)

// readBody returns the keys of the JSON object that is r's body.
func readBody(r *http.Request) (map[string]json.RawMessage, error) {
	var keys map[string]json.RawMessage
	if err := readJSON(r, &keys, errNotAnObject); err != nil {
		return nil, err
	}
	if keys == nil { // null
		return nil, errNotAnObject
	}
	return keys, nil
}

// readJSON decodes r's body into what into points to; a body of another type is refused with otherType.
func readJSON(r *http.Request, into any, otherType *apiError) error {
	text, err := io.ReadAll(r.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return errBodyTooLarge
	}
	if err != nil {
		return errBodyCutOff
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return errEmptyBody
	}
	err = json.Unmarshal(text, into)
	if broken, ok := errors.AsType[*json.SyntaxError](err); ok {
		return refuse(http.StatusBadRequest, fmt.Sprintf("request body contains badly-formed JSON (at position %d)", broken.Offset))
	}
	if err != nil {
		return otherType
	}
	return nil
}

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

// either returns what p points to, or fallback where it points nowhere.
func either[T any](p *T, fallback T) T {
	if p == nil {
		return fallback
	}
	return *p
}
