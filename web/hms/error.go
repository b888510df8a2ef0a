package hms

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrNotFound is what errors.Is finds in the error of an operation whose target doesn't exist.
var ErrNotFound = errors.New("not found at 100ms")

// Error is why an operation failed: the API refused it, or no usable answer came. Get it with errors.AsType[*hms.Error].
//
// It holds no key, no token, no query and no body; values that the request marked as secret are masked in its texts.
type Error struct {
	Op     string // the method of Client, e.g. "CreateRoom"
	Method string // HTTP method
	Path   string // as in Call

	// Status is the HTTP status; for an error inside a 200 answer, the status that it names. 0 when no answer came.
	// 429 with no Attempts means that the request was held back: the wait of an earlier 429, or the queue after one, is too
	// long. See ErrUnavailable for the other reason to hold one back.
	Status int
	Code   int // the "code" of the answer's body; 0 when it has none

	Message    string        // the vendor's words, or what was wrong with the answer; may be empty
	Details    []string      // the vendor's further words
	RetryAfter time.Duration // how long the API asks to wait, or we for it; 0 when nobody says
	Attempts   int           // how often the request was sent
	Err        error         // the failure beneath: network, context, decoding; nil for a clear answer

	maybe      bool // see MaybeDone
	cut        bool // the connection broke or timed out: worth another try where repeating is safe
	collection bool // the path names no single thing that could be missing
}

// Error says what was tried and what came back in one short line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Method + " " + e.Path + ": ")
	switch {
	case e.Status == 0 && e.Attempts == 0:
		b.WriteString("not sent")
	case e.Status == 0:
		b.WriteString("no answer")
	default:
		b.WriteString(strings.TrimSpace(strconv.Itoa(e.Status) + " " + http.StatusText(e.Status)))
	}
	if texts := e.Texts(); len(texts) > 0 {
		b.WriteString(": " + shorten(strings.Join(texts, ": "), 300))
	}
	if e.Err != nil {
		b.WriteString(": " + shorten(e.Err.Error(), 200))
	}
	if e.Attempts > 1 {
		b.WriteString(" (" + strconv.Itoa(e.Attempts) + " attempts)")
	}
	return b.String()
}

// Unwrap returns the failure beneath, or nil.
func (e *Error) Unwrap() error { return e.Err }

// Is makes a 404 an ErrNotFound, unless the path names a whole collection: there it means that the address is wrong, and not
// that, say, a name is free.
func (e *Error) Is(target error) bool {
	return target == ErrNotFound && e.Status == http.StatusNotFound && !e.collection
}

// Texts returns the message and the details, each once: the words to look for a documented error in.
func (e *Error) Texts() []string {
	var texts []string
	for _, text := range append([]string{e.Message}, e.Details...) {
		if text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

// MaybeDone says whether the change may have been made although no clear answer came.
//
// That is so when a connection was had and then broke, timed out or was given up; when the answer was cut or made no
// sense; and after 408, 302, 303 and every 5xx. It isn't when no connection came about, after any other 4xx (429 and 401
// are refused before anything is done), nor after a 503 that says when to come back: who can say that has shed the
// request on purpose. One unclear attempt among several makes the whole unclear. Reading changes nothing.
func (e *Error) MaybeDone() bool { return e.maybe }

// IsAuth says whether the API refused our key rather than this request.
func (e *Error) IsAuth() bool {
	switch e.Status {
	case http.StatusUnauthorized:
		return true
	case http.StatusForbidden:
		return slices.ContainsFunc(e.Texts(), func(text string) bool {
			return strings.Contains(strings.ToLower(text), "insufficient permissions")
		})
	}
	return false
}

// unclear says whether a status leaves open if a change was made. See MaybeDone.
func unclear(status int, retryAfter time.Duration) bool {
	switch status {
	case http.StatusFound, http.StatusSeeOther, http.StatusRequestTimeout:
		return true
	case http.StatusServiceUnavailable:
		return retryAfter == 0
	}
	return status >= 500 || status < 300
}

// retryable says whether another attempt may end better.
func (e *Error) retryable() bool {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return e.cut
}

// shorten cuts text to at most n bytes, on a rune boundary.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "…"
}
