package hms

import (
	"bytes"
	"cmp"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const (
	maxTexts = 20  // of one refusal
	maxText  = 500 // bytes of one text
)

// refusal is what the body of an error answer says, whichever of the documented shapes it has.
type refusal struct {
	code    int // 0 when the body has none
	message string
	details []string
}

// refusalBody is the union of all shapes. Every key is read by hand, so that a key of an unexpected type spoils nothing.
type refusalBody struct {
	Code    json.RawMessage `json:"code"`
	Message json.RawMessage `json:"message"`
	Details json.RawMessage `json:"details"`
	Error   json.RawMessage `json:"error"`
	Data    json.RawMessage `json:"data"`
}

// readRefusal reads the body of an answer that isn't a 2xx. What isn't JSON never becomes part of it: a proxy's HTML page
// says nothing to a person and may be long.
func readRefusal(header http.Header, body []byte) refusal {
	if !json.Valid(body) {
		return refusal{message: misfit(header, body)}
	}
	var shape refusalBody
	if err := json.Unmarshal(body, &shape); err != nil {
		texts := textsIn(body) // not an object: a bare text or a list of them
		return newRefusal(0, texts)
	}
	texts := textsIn(shape.Message)
	texts = append(texts, textsIn(shape.Error)...)
	texts = append(texts, textsIn(shape.Details)...)
	if len(texts) == 0 {
		texts = textsIn(shape.Data)
	}
	return newRefusal(numberIn(shape.Code), texts)
}

func newRefusal(code int, texts []string) refusal {
	r := refusal{code: code}
	if len(texts) > 0 {
		r.message, r.details = texts[0], texts[1:min(len(texts), maxTexts)]
	}
	return r
}

// readInBand finds an error inside a 2xx answer: {"code":400,"message":…} or {"error":…}. A room code's "code" is a text
// of letters, so it isn't mistaken for one.
func readInBand(body []byte) (refusal, bool) {
	if !bytes.Contains(body, []byte(`"code"`)) && !bytes.Contains(body, []byte(`"error"`)) {
		return refusal{}, false // the usual case, without a second pass over a long list
	}
	var shape refusalBody
	if err := json.Unmarshal(body, &shape); err != nil {
		return refusal{}, false // no object at all: the decoder of the expected answer says so better
	}
	code := numberIn(shape.Code)
	named := code >= 400 && code <= 599 && len(textsIn(shape.Message)) > 0
	if !named && len(textsIn(shape.Error)) == 0 {
		return refusal{}, false
	}
	return readRefusal(nil, body), true
}

// misfit says what was wrong with an answer that should have been JSON.
func misfit(header http.Header, body []byte) string {
	if len(bytes.TrimSpace(body)) == 0 {
		return "answered with an empty body"
	}
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		kind = "" // said wrongly or not at all: what the bytes look like counts
	}
	kind, _, _ = strings.Cut(cmp.Or(kind, http.DetectContentType(body)), ";")
	if kind == "application/json" || strings.HasSuffix(kind, "+json") {
		return "answered with broken JSON"
	}
	return "answered with " + shorten(kind, 60) + " instead of JSON"
}

// textsIn returns the texts of a JSON value: of a string, of a list, or of the members of an object that carry words.
func textsIn(raw json.RawMessage) []string {
	var value any
	if len(raw) == 0 || json.Unmarshal(raw, &value) != nil {
		return nil
	}
	return collect(nil, value)
}

func collect(texts []string, value any) []string {
	switch v := value.(type) {
	case string:
		if text := tidy(v); text != "" {
			texts = append(texts, text)
		}
	case []any:
		for _, item := range v {
			if len(texts) >= maxTexts {
				break
			}
			texts = collect(texts, item)
		}
	case map[string]any:
		for _, key := range []string{"message", "description", "error", "detail"} {
			texts = collect(texts, v[key])
		}
	}
	return texts
}

// numberIn returns a JSON whole number, quoted or not, or 0.
func numberIn(raw json.RawMessage) int {
	var n whole
	text := strings.Trim(string(raw), `"`)
	if _, err := strconv.ParseFloat(text, 64); err != nil || n.UnmarshalJSON([]byte(text)) != nil {
		return 0
	}
	return int(n)
}

// tidy makes a vendor's text fit for one line of a log or a page. It is cut only once secrets are masked: half a secret
// wouldn't be found.
func tidy(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}

// mask hides secrets in the refusal's texts and cuts these to their limit. Those under four bytes stay: masking them would shred the text, and they
// guard nothing.
func (r refusal) mask(secrets []string) refusal {
	var pairs []string
	byLength := slices.SortedFunc(slices.Values(secrets), func(a, b string) int { return len(b) - len(a) })
	for _, secret := range byLength { // the longest first: one may begin with another
		if len(secret) >= 4 {
			pairs = append(pairs, secret, "[hidden]")
		}
	}
	hide := strings.NewReplacer(pairs...)
	masked := refusal{code: r.code, message: shorten(hide.Replace(r.message), maxText)}
	for _, detail := range r.details {
		masked.details = append(masked.details, shorten(hide.Replace(detail), maxText))
	}
	return masked
}
