package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault is one thing to go wrong. It begins with Hook and Delay; then, in this order of precedence: CutBefore, CutAfter, Expired,
// an answer of its own (Status or Body), or the usual answer with Header added and its body spoiled.
type Fault struct {
	Method, Path string // which requests; Path is a prefix of the path after /v2; "" any
	Times        int    // how many of them; 0: one
	Skip         int    // how many matching requests pass unharmed before
	Chance       int    // of each of them, in percent; 0: 100

	Hook   func()        // runs before the request is handled
	Delay  time.Duration // waited before it is handled; ends with the request
	Jitter time.Duration // waited besides, from nothing to so much
	Skew   time.Duration // how far off the clock is that the token is checked by and the date said

	Expired     bool   // refuse the token as one that has expired
	Status      int    // answered instead; 0 with a Body: 200
	Body        string // as it stands; "" with a Status: the API's own shape of an error
	Retry       int    // seconds that the text of a 429 asks to wait; 0: 45
	Spoil       string // of the usual answer: "broken" JSON, "html" or an "empty" body
	ContentType string // of the answer; "" is application/json
	Header      http.Header
	Handle      bool // with an answer of its own: handle the request first, so that its change is made all the same

	CutBefore bool // cut the connection, the change not made
	CutAfter  bool // make the change, then cut the connection
}

func (f *Fault) matches(method, path string) bool {
	return (f.Method == "" || f.Method == method) && strings.HasPrefix(path, f.Path)
}

// faults are the pending ones, in the order they were asked for.
type faults struct {
	mu      sync.Mutex
	pending []Fault
}

// FailNext spoils coming requests. Pending faults are looked at in order; a request gets the first one that matches it.
func (s *Server) FailNext(f Fault) {
	f.Times = max(f.Times, 1)
	f.Header = f.Header.Clone()
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.pending = append(s.faults.pending, f)
}

// ClearFaults forgets the pending faults and returns how many there were.
func (s *Server) ClearFaults() int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	n := len(s.faults.pending)
	s.faults.pending = nil
	return n
}

// take uses up one turn of the first matching fault; a turn of Skip lets the request pass that fault and look at the next.
func (fs *faults) take(method, path string) (Fault, bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for i := range fs.pending {
		f := &fs.pending[i]
		if !f.matches(method, path) {
			continue
		}
		if f.Chance > 0 && rand.IntN(100) >= f.Chance {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		taken := *f
		if f.Times--; f.Times == 0 {
			fs.pending = slices.Delete(fs.pending, i, i+1)
		}
		return taken, true
	}
	return Fault{}, false
}

// Faults returns the pending faults, in the order in which they are looked at.
func (s *Server) Faults() []Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return slices.Clone(s.faults.pending)
}

// The ways to spoil a body.
const (
	spoilBroken = "broken"
	spoilHTML   = "html"
	spoilEmpty  = "empty"
)

func (s *Server) serveFault(w http.ResponseWriter, r *http.Request, f Fault) {
	if f.Hook != nil {
		f.Hook()
	}
	if !pause(r, f.Delay+jitter(f.Jitter)) {
		return
	}
	if f.Skew != 0 {
		r = r.WithContext(context.WithValue(r.Context(), skewKey{}, f.Skew))
		w.Header().Set("Date", s.clock.now().Add(f.Skew).Format(http.TimeFormat))
	}
	own := f.Status != 0 || f.Body != ""
	if f.CutAfter || (own && f.Handle && !f.CutBefore) {
		s.serve(&unheard{header: http.Header{}}, r)
	}
	switch {
	case f.CutBefore, f.CutAfter:
		cut(w)
	case f.Expired:
		s.reply(w, r, nil, refusedToken(r, errToken("token is expired")))
	case own:
		s.replyFault(w, r, &f)
	case f.Spoil != "" || f.ContentType != "":
		s.spoil(w, r, f)
	default:
		maps.Copy(w.Header(), f.Header)
		s.serve(w, r)
	}
}

// jitter is a wait from nothing to most, by chance.
func jitter(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return rand.N(most)
}

func (s *Server) replyFault(w http.ResponseWriter, r *http.Request, f *Fault) {
	if f.Status == 0 {
		f.Status = http.StatusOK
	}
	if f.Body == "" {
		f.Body = f.spoiled(usualBody(*f))
	}
	s.writeFault(w, r, *f, f.Body)
}

// usualBody is what an error of this status says: the documented text of a 429, else the status's own.
func usualBody(f Fault) string {
	e := refuse(f.Status, strings.ToLower(http.StatusText(f.Status)))
	if f.Status == http.StatusTooManyRequests {
		e = errRate(cmp.Or(f.Retry, retryUsual))
	}
	text, err := json.Marshal(e)
	if err != nil {
		return "{}" // texts and numbers: it can always be encoded
	}
	return string(text)
}

// retryUsual are the seconds that the documents' sample of a 429 asks to wait.
const retryUsual = 45

// spoil handles the request and answers it with a spoiled body, or content type.
func (s *Server) spoil(w http.ResponseWriter, r *http.Request, f Fault) {
	usual := &overheard{header: http.Header{}, status: http.StatusOK}
	s.serve(usual, r)
	f.Status = usual.status
	text := f.spoiled(usual.body.String())
	s.writeFault(w, r, f, text)
}

// spoiled is a body the way f spoils it.
func (f *Fault) spoiled(text string) string {
	switch f.Spoil {
	case spoilBroken:
		return text[:len(text)/2]
	case spoilEmpty:
		return ""
	case spoilHTML:
		f.ContentType = cmp.Or(f.ContentType, "text/html; charset=utf-8")
		return "<!DOCTYPE html><title>Bad gateway</title><h1>Bad gateway</h1>"
	}
	return text
}

// writeFault answers with a fault's header and status.
func (s *Server) writeFault(w http.ResponseWriter, r *http.Request, f Fault, text string) {
	maps.Copy(w.Header(), f.Header)
	s.write(w, r, f.Status, cmp.Or(f.ContentType, typeJSON), []byte(text))
}

// skewKey finds how far off the clock is for one request.
type skewKey struct{}

// tokenTime is the time that a request's token is checked by.
func (s *Server) tokenTime(r *http.Request) time.Time {
	skew, _ := r.Context().Value(skewKey{}).(time.Duration)
	return s.clock.real().Add(skew)
}

// cut closes the connection without an answer.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil || conn.Close() != nil {
		panic(http.ErrAbortHandler) // net/http's own way to end a connection; nothing is logged for it
	}
}

// unheard is the answer to a request whose client will never get it.
type unheard struct{ header http.Header }

func (u *unheard) Header() http.Header         { return u.header }
func (u *unheard) Write(p []byte) (int, error) { return len(p), nil }
func (u *unheard) WriteHeader(int)             {}

// overheard is the usual answer to a request that gets another one.
type overheard struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (o *overheard) Header() http.Header         { return o.header }
func (o *overheard) Write(p []byte) (int, error) { return o.body.Write(p) }
func (o *overheard) WriteHeader(status int)      { o.status = status }
