package web

import "net/http"

// recorder remembers what was answered: the status (0 before the answer begins) and the bytes of the body.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// record wraps w, unless it is a recorder already.
func record(w http.ResponseWriter) *recorder {
	if rec, ok := w.(*recorder); ok {
		return rec
	}
	return &recorder{ResponseWriter: w}
}

// WriteHeader remembers the final status; 1xx answers come before it.
func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		rec.status = status
	}
	rec.ResponseWriter.WriteHeader(status)
}

// Write counts what went out.
func (rec *recorder) Write(p []byte) (int, error) {
	rec.begin()
	n, err := rec.ResponseWriter.Write(p)
	rec.bytes += int64(n)
	return n, err
}

// FlushError begins the answer, as net/http does. http.ResponseController calls it.
func (rec *recorder) FlushError() error {
	rec.begin()
	return http.NewResponseController(rec.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

func (rec *recorder) begin() {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
}

// answered is the status the client got: 200 where the handler ended without a word, 0 where it broke off before one.
func (rec *recorder) answered(whole bool) int {
	if rec.status == 0 && whole {
		return http.StatusOK
	}
	return rec.status
}
