package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
)

// basePath is where the API begins.
const basePath = "/v2"

// bodyLimit is the longest request body that is read, in bytes.
const bodyLimit = 1 << 20

// ServeHTTP answers one request: counted, delayed, spoiled by a fault where one is pending, checked for its token and the rate,
// then handed to its route.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.recoverPanic(w, r)
	// Clients tell the API's clock by this header, so it has to agree with the times in the bodies.
	w.Header().Set("Date", s.clock.now().Format(http.TimeFormat))
	r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
	if r.URL.Path == adminPath || strings.HasPrefix(r.URL.Path, adminPath+"/") {
		s.serveAdmin(w, r)
		return
	}
	apiPath := strings.TrimPrefix(r.URL.Path, basePath)
	s.calls.add(r.Method, apiPath)
	how := s.behaviour()
	if !pause(r, how.Latency+jitter(how.Jitter)) {
		return
	}
	fault, ok, err := ownFault(r)
	if err != nil {
		s.reply(w, r, nil, err)
		return
	}
	if !ok {
		fault, ok = s.faults.take(r.Method, apiPath)
	}
	if ok {
		s.serveFault(w, r, fault)
		return
	}
	s.serve(w, r)
}

// serve answers r by the rules of the API alone.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, filesPath+"/") { // signed, so that no token is needed
		s.serveFile(w, r)
		return
	}
	if fault := s.mayCall(r); fault != nil {
		s.reply(w, r, nil, fault)
		return
	}
	if fault := s.limitRate(); fault != nil {
		s.reply(w, r, nil, fault)
		return
	}
	s.dispatch(w, r)
}

// dispatch hands r to its route. ServeMux would redirect //rooms and /./rooms; the API knows no redirects. A slash at the end is
// for the routes to judge.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	if p := r.URL.EscapedPath(); path.Clean(p) != strings.TrimSuffix(p, "/") {
		s.reply(w, r, nil, errNoSuchPath)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) recoverPanic(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause) // the way to cut a connection, see cut
	}
	s.log.ErrorContext(r.Context(), "sandbox: panic", "method", r.Method, "path", r.URL.Path, "cause", cause, "stack", string(debug.Stack()))
	s.reply(w, r, nil, errInternal)
}

// mayCall returns why r is refused whatever it asks for, or nil.
func (s *Server) mayCall(r *http.Request) error {
	if s.open[r.Method+" "+r.URL.Path] {
		return nil
	}
	return s.authenticate(r)
}

// serveAdmin answers a request below adminPath.
func (s *Server) serveAdmin(w http.ResponseWriter, r *http.Request) {
	if fault := s.mayAdmin(r); fault != nil {
		s.reply(w, r, nil, fault)
		return
	}
	s.dispatch(w, r)
}

// limitRate returns the answer to a request that is over the rate, or nil.
func (s *Server) limitRate() error {
	limiter := s.limiter.Load()
	if limiter == nil {
		return nil
	}
	now := s.clock.real()
	slot := limiter.ReserveN(now, 1)
	wait := slot.DelayFrom(now)
	if wait <= 0 {
		return nil
	}
	slot.CancelAt(now)
	return errRate(max(1, int(math.Ceil(wait.Seconds()))))
}

// reply writes body as 200, or err as its own status: an *apiError as it stands, anything else as a 500 that keeps its cause to
// the log.
func (s *Server) reply(w http.ResponseWriter, r *http.Request, body any, err error) {
	status := http.StatusOK
	if err != nil {
		refused, ok := errors.AsType[*apiError](err)
		if !ok {
			s.log.ErrorContext(r.Context(), "sandbox: request failed", "method", r.Method, "path", r.URL.Path, "err", err)
			refused = errInternal
		}
		status, body = refused.Code, refused
	}
	if own, ok := body.(answer); ok {
		status, body = own.status, own.body
	}
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	if text, ok := body.(plainText); ok {
		s.write(w, r, status, "text/plain; charset=utf-8", []byte(text))
		return
	}
	text, err := json.Marshal(body)
	if err != nil {
		s.log.ErrorContext(r.Context(), "sandbox: encode answer", "method", r.Method, "path", r.URL.Path, "err", err)
		status, text = http.StatusInternalServerError, []byte(`{"code":500,"message":"internal server error","details":[]}`)
	}
	s.write(w, r, status, typeJSON, append(text, '\n'))
}

// typeJSON is the content type of answers.
const typeJSON = "application/json"

// write sends an answer; a content type that its header has already wins.
func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, contentType string, text []byte) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", contentType)
	}
	w.WriteHeader(status)
	if _, err := w.Write(text); err != nil {
		s.log.DebugContext(r.Context(), "sandbox: the client went away", "path", r.URL.Path, "err", err)
	}
}

// plainText is an answer that isn't JSON.
type plainText string

// answer is what a call is answered that isn't a 200.
type answer struct {
	status int
	body   any // nothing with 204
}

// errRate is the documented text of a 429; it is the only place that names the wait.
func errRate(seconds int) *apiError {
	return &apiError{Code: http.StatusTooManyRequests, Message: fmt.Sprintf("rate limit exceeded, retry after %d seconds", seconds), Details: []string{}}
}
