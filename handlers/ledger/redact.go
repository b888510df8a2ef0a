package ledger

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sort"
	"strings"

	"roomledger/db"
	"roomledger/web/hms"
)

// What stands in history for a value that isn't shown.
const (
	hidden = "[hidden]" // a field we don't know: its name stays, its value may be anything
	secret = "[secret]" // a secret too short or too plain for a mark
	mark   = "hmac-sha256:"
)

// shape is the allow-list of one API object: what isn't listed is hidden.
type shape map[string]rule

// rule says what becomes of a field's value. The zero rule hides it.
type rule struct {
	how    how
	fields shape // for objects and lists of objects
}

type how int

const (
	hide    how = iota
	keep        // a plain value, or a list of plain values
	masked      // a secret
	address     // a URL whose query is a secret
	object      // an object, by its own shape
	values      // an object whose keys are kept and whose values are secrets
)

var roomShape = shape{
	"id": {how: keep}, "name": {how: keep}, "enabled": {how: keep}, "description": {how: keep},
	"customer_id": {how: keep}, "customer": {how: keep}, "app_id": {how: keep}, "key": {how: keep},
	"recording_source_template": {how: keep}, "enabled_source_template": {how: keep},
	"recording_info": {how: object, fields: recordingShape}, "recording": {how: object, fields: recordingShape},
	"template_id": {how: keep}, "template": {how: keep}, "region": {how: keep}, "size": {how: keep},
	"large_room": {how: keep}, "max_duration_seconds": {how: keep}, "polls": {how: keep},
	"webhook":    {how: object, fields: shape{"url": {how: address}, "headers": {how: values}}},
	"created_at": {how: keep}, "updated_at": {how: keep},
}

var recordingShape = shape{
	"enabled": {how: keep}, "polls": {how: keep},
	"upload_info": {how: object, fields: shape{
		"type": {how: keep}, "location": {how: keep}, "prefix": {how: keep},
		"options":     {how: object, fields: shape{"region": {how: keep}}},
		"credentials": {how: object, fields: shape{"key": {how: masked}, "secret": {how: masked}}},
	}},
}

var codeFields = shape{
	"code": {how: keep}, "room_id": {how: keep}, "role": {how: keep}, "enabled": {how: keep},
	"created_at": {how: keep}, "updated_at": {how: keep},
}

var codeShape = shape{
	"data": {how: object, fields: codeFields},
	"code": {how: keep}, "room_id": {how: keep}, "role": {how: keep}, "enabled": {how: keep},
	"created_at": {how: keep}, "updated_at": {how: keep},
}

// redactor turns API objects into what history may hold.
type redactor struct{ key []byte }

// hash is the keyed hash of s in hex.
func (r redactor) hash(s string) string {
	m := hmac.New(sha256.New, r.key)
	m.Write([]byte(s))
	return hex.EncodeToString(m.Sum(nil))
}

// mask returns the mark of a secret, so that equal secrets can be told to be equal; one that could be guessed by trying
// gets no mark.
func (r redactor) mask(s string) string {
	if s == "" {
		return ""
	}
	if guessable(s) {
		return secret
	}
	return mark + r.hash(s)
}

// guessable: under 16 characters, or made of few different ones, or digits alone.
func guessable(s string) bool {
	distinct := map[rune]bool{}
	digits := true
	for _, c := range s {
		distinct[c] = true
		digits = digits && c >= '0' && c <= '9'
	}
	return len(s) < 16 || len(distinct) < 8 || digits
}

// value redacts a request's body; nil gives "".
func (r redactor) value(v any, s shape) string {
	if v == nil {
		return ""
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return encode(hidden)
	}
	return r.json(raw, s)
}

// json redacts an answer; what isn't JSON is hidden as a whole, an empty answer gives "".
func (r redactor) json(raw []byte, s shape) string {
	if len(bytes.TrimSpace(raw)) == 0 {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return encode(hidden)
	}
	return encode(r.apply(v, rule{how: object, fields: s}))
}

func (r redactor) apply(v any, by rule) any {
	if v == nil {
		return nil
	}
	switch by.how {
	case keep:
		return kept(v)
	case masked:
		return r.text(v, r.mask)
	case address:
		return r.text(v, r.address)
	case object:
		return r.object(v, by.fields)
	case values:
		return r.values(v)
	}
	return hidden
}

func (r redactor) object(v any, s shape) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, field := range v {
			out[k] = r.apply(field, s[k])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = r.object(v[i], s)
		}
		return out
	}
	return hidden
}

func (r redactor) values(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return hidden
	}
	out := make(map[string]any, len(m))
	for k, value := range m {
		out[k] = r.text(value, r.mask)
	}
	return out
}

func (r redactor) text(v any, f func(string) string) any {
	s, ok := v.(string)
	if !ok {
		return hidden
	}
	return f(s)
}

// address keeps a URL but for its query and user, which may hold keys.
func (r redactor) address(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return hidden
	}
	if u.User != nil {
		u.User = url.User(secret)
	}
	query := u.RawQuery
	u.RawQuery, u.Fragment, u.RawFragment = "", "", ""
	if query == "" {
		return u.String()
	}
	return u.String() + "?" + r.mask(query)
}

// kept passes plain values and lists of them.
func kept(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return hidden
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = hidden
			if _, nested := v[i].([]any); !nested {
				out[i] = kept(v[i])
			}
		}
		return out
	default:
		return v
	}
}

// failure is the redacted answer of a failed call; "" when the API didn't answer.
func (r redactor) failure(err error, secrets []string) string {
	e, ok := errors.AsType[*hms.Error](err)
	if !ok || e.Status == 0 {
		return ""
	}
	details := make([]string, len(e.Details))
	for i := range e.Details {
		details[i] = scrub(e.Details[i], secrets)
	}
	return encode(map[string]any{"code": e.Status, "message": scrub(e.Message, secrets), "details": details})
}

// failureOf is failure's way back: the error that an outcome row tells of.
func failureOf(row db.Row) error {
	if row.Phase == db.PhaseSettled {
		return fmt.Errorf("%w: %s", ErrNotMade, row.Error)
	}
	e := &hms.Error{Op: row.Action, Method: row.APIMethod, Path: row.APIPath, Status: row.APIStatus, Attempts: row.Attempts}
	var answer struct {
		Code    int
		Message string
		Details []string
	}
	if err := json.Unmarshal([]byte(row.Response), &answer); err != nil {
		e.Err = errors.New(row.Error)
		return e
	}
	e.Code, e.Message, e.Details = answer.Code, answer.Message, answer.Details
	return e
}

// scrub removes secrets that a text echoes, longest first so that no part of a longer one is left.
func scrub(text string, secrets []string) string {
	long := append([]string(nil), secrets...)
	sort.Slice(long, func(i, j int) bool { return len(long[i]) > len(long[j]) })
	for _, s := range long {
		if len(s) >= 3 {
			text = strings.ReplaceAll(text, s, secret)
		}
	}
	return text
}

// plain encodes what holds no secret; nil gives "".
func plain(v any) string {
	if v == nil {
		return ""
	}
	return encode(v)
}

// encode writes v as compact JSON with sorted keys and readable text.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return `"` + hidden + `"`
	}
	return strings.TrimSuffix(b.String(), "\n")
}
