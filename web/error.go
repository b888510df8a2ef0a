package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Error keeps what a person is told apart from what the log is told.
type Error struct {
	Status int    // of the answer, 400 to 599
	What   string // what happened, one sentence
	Why    string // the cause; may be empty
	Do     string // what to do next; may be empty
	Link   string // a local path that helps, such as an operation's; may be empty
	Word   string // the link's words

	// RetryAfter is how long to wait before trying again; 0 says nothing about it.
	RetryAfter time.Duration
	// Err is the cause for the log. It is never shown.
	Err error
	// Logged says that the cause stands in the log already, so that nobody writes it twice.
	Logged bool
}

// Error is for the log: the status, what happened, and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", e.Status)
	what := e.What
	if what == "" {
		what = http.StatusText(e.Status)
	}
	if what = strings.TrimSuffix(what, "."); what != "" {
		b.WriteString(" " + what)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
