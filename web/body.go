package web

import (
	"errors"
	"io"
	"net/http"
	"strings"
)

// drainBytes is how much of a body that nobody wants gets read and dropped. A browser reads our answer only after it has sent
// everything; cut off in the middle it shows a broken connection instead. The time that a request has bounds it as well.
const drainBytes = 64 << 20

// BodyLimit cuts request bodies off after n bytes: reading further gives *http.MaxBytesError. What is left of a body once it is
// answered is read and dropped, within bounds, so that the answer arrives.
func BodyLimit(n int64) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := limitBody(w, r.Body, n)
			limited := *r
			limited.Body = body
			next.ServeHTTP(w, &limited)
			if body.begun || !waits(r) {
				body.drain()
			}
		})
	}
}

// waits says whether the client sends the body only once it is asked to: told no instead, it never does.
func waits(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Expect"), "100-continue")
}

// limitedBody is a body with a limit, which it drains once the limit is reached.
type limitedBody struct {
	io.ReadCloser           // ends at the limit
	whole         io.Reader // doesn't
	begun         bool
	drained       bool
}

func limitBody(w http.ResponseWriter, body io.ReadCloser, n int64) *limitedBody {
	return &limitedBody{ReadCloser: http.MaxBytesReader(w, body, n), whole: body}
}

// Read reads up to the limit.
func (b *limitedBody) Read(p []byte) (int, error) {
	b.begun = true
	n, err := b.ReadCloser.Read(p)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		b.drain()
	}
	return n, err
}

// drain reads the rest and drops it. How far this gets changes nothing: the answer is the same.
func (b *limitedBody) drain() {
	if !b.drained {
		b.drained = true
		io.CopyN(io.Discard, b.whole, drainBytes)
	}
}
