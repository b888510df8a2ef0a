package sandbox

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// pause waits for d or for the end of the request, and reports whether the wait was a whole one.
func pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return r.Context().Err() == nil
	}
	r.Body = readAhead(r.Body)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// readAhead takes a body off the connection and gives it back from memory: net/http notices that a client has gone only
// once the body was read.
func readAhead(body io.ReadCloser) io.ReadCloser {
	text, err := io.ReadAll(body)
	return replay{io.MultiReader(bytes.NewReader(text), failing{err}), body}
}

type replay struct {
	io.Reader
	io.Closer
}

// failing ends a body the way it ended when it was read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}
