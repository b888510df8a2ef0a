package web

import (
	"errors"
	"io"
	"net/http"
)

// drainBytes is how much more of a body that is too large gets read and dropped. A browser reads our answer only after it has sent
// everything; cut off in the middle it shows a broken connection instead.
const drainBytes = 8 << 20

// BodyLimit cuts request bodies off after n bytes: reading further gives *http.MaxBytesError.
func BodyLimit(n int64) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			limited := *r
			limited.Body = limitBody(w, r.Body, n)
			next.ServeHTTP(w, &limited)
		})
	}
}

// limitedBody is a body with a limit, which it drains once the limit is reached.
type limitedBody struct {
	io.ReadCloser           // ends at the limit
	whole         io.Reader // doesn't
	drained       bool
}

func limitBody(w http.ResponseWriter, body io.ReadCloser, n int64) io.ReadCloser {
	return &limitedBody{ReadCloser: http.MaxBytesReader(w, body, n), whole: body}
}

// Read reads up to the limit.
func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge && !b.drained {
		b.drained = true
		// How far this gets changes nothing: the answer is the same.
		io.CopyN(io.Discard, b.whole, drainBytes)
	}
	return n, err
}
