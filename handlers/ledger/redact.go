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
	"slices"
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

// tree redacts an answer that was read into a JSON tree.
func (r redactor) tree(tree map[string]any, s shape) string {
	return encode(r.object(tree, s))
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
		return text(v, r.mask)
	case address:
		return texts(v, r.address)
	case stream:
		return texts(v, r.stream)
	case object:
		return r.object(v, by.fields)
	case named:
		return eachValue(v, func(v any) any { return r.object(v, by.fields) })
	case values:
		return eachValue(v, func(v any) any { return text(v, r.mask) })
	case flags:
		return eachValue(v, flag)
	case words:
		return eachValue(v, word)
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

// eachValue keeps the keys of an object and redacts its values.
func eachValue(v any, by func(any) any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return hidden
	}
	out := make(map[string]any, len(m))
	for k, value := range m {
		out[k] = by(value)
	}
	return out
}

// flag passes true and false.
func flag(v any) any {
	if on, ok := v.(bool); ok {
		return on
	}
	return hidden
}

// word passes a short text without blanks, such as a language code.
func word(v any) any {
	if s, ok := v.(string); ok && len(s) <= 16 && !strings.ContainsAny(s, " \t\n") {
		return s
	}
	return hidden
}

func text(v any, f func(string) string) any {
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

// texts redacts a text, or each of a list.
func texts(v any, f func(string) string) any {
	list, ok := v.([]any)
	if !ok {
		return text(v, f)
	}
	out := make([]any, len(list))
	for i := range list {
		out[i] = text(list[i], f)
	}
	return out
}

// stream keeps scheme and host of a stream's URL: what follows is, or ends in, the stream key.
func (r redactor) stream(s string) string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return hidden
	}
	at := u.Scheme + "://" + u.Host
	_, rest, _ := strings.Cut(s, "//")
	if _, key, found := strings.Cut(rest, "/"); found {
		return at + "/" + r.mask(key)
	}
	return at
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

// secretsOf are the secrets that a room has by itself: what 100ms says about it may repeat them.
func secretsOf(r hms.Room) []string {
	var all []string
	if r.Webhook != nil {
		for _, value := range r.Webhook.Headers {
			_, token, _ := strings.Cut(value, " ") // after a word such as Bearer
			all = append(all, value, telling(token))
		}
		_, query, _ := strings.Cut(r.Webhook.URL, "?")
		all = append(all, query)
		for pair := range strings.SplitSeq(query, "&") {
			_, value, _ := strings.Cut(pair, "=")
			all = append(all, telling(value))
		}
	}
	if r.RecordingInfo != nil && r.RecordingInfo.UploadInfo != nil && r.RecordingInfo.UploadInfo.Credentials != nil {
		all = append(all, r.RecordingInfo.UploadInfo.Credentials.Key, r.RecordingInfo.UploadInfo.Credentials.Secret)
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// telling is a part of a secret, or "" where it is so short that it would be found in any text.
func telling(part string) string {
	const least = 6
	if len(part) < least {
		return ""
	}
	return part
}

// scrubbed is an error of the API's without the secrets that its texts repeat.
func scrubbed(err error, secrets []string) error {
	e, ok := errors.AsType[*hms.Error](err)
	if !ok {
		return err
	}
	clean := *e
	clean.Message = scrub(e.Message, secrets)
	clean.Details = slices.Clone(e.Details)
	for i := range clean.Details {
		clean.Details[i] = scrub(clean.Details[i], secrets)
	}
	if e.Err != nil && scrub(e.Err.Error(), secrets) != e.Err.Error() {
		clean.Err = errors.New(scrub(e.Err.Error(), secrets))
	}
	return &clean
}

// failure is the answer of a failed call, of an error that is scrubbed; "" when the API didn't answer.
func failure(err error) string {
	e, ok := errors.AsType[*hms.Error](err)
	if !ok || e.Status == 0 {
		return ""
	}
	details := e.Details
	if details == nil {
		details = []string{}
	}
	return encode(map[string]any{"code": e.Status, "message": e.Message, "details": details})
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
	switch v := v.(type) {
	case map[string]any, []any:
		var t treeText
		t.value(v)
		return string(t.b)
	}
	return encodeAny(v)
}

// encodeAny is encode for a value of any type.
func encodeAny(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return `"` + hidden + `"`
	}
	return strings.TrimSuffix(b.String(), "\n")
}
