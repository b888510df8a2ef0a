package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// readFields returns the fields of the JSON object that is r's body.
func readFields(r *http.Request) (fields, error) {
	raw, err := readBody(r)
	return fieldsOf(r, raw), err
}

// fieldsOf returns the fields of r's body that was read already.
func fieldsOf(r *http.Request, raw map[string]json.RawMessage) fields {
	f := newFields(raw)
	if known, ok := r.Context().Value(knownKeys{}).([]string); ok {
		f.only(known...)
	}
	return f
}

// readFieldsSent is readFields for a body that may be missing: its fields are missing as well then.
func readFieldsSent(r *http.Request) (fields, error) {
	f, err := readFields(r)
	if errors.Is(err, errEmptyBody) {
		err = nil
	}
	return f, err
}

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
