package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault is one thing to go wrong. It begins with Hook and Delay; then, in this order of precedence: CutBefore, CutAfter, an
// answer of its own (Status or Body), or the usual answer with Header added.
type Fault struct {
	Method, Path string // which requests; Path is a prefix of the path after /v2; "" any
	Times        int    // how many of them; 0: one
	Skip         int    // how many matching requests pass unharmed before

	Hook  func()        // runs before the request is handled
	Delay time.Duration // waited before it is handled; ends with the request

	Status      int    // answered instead; 0 with a Body: 200
	Body        string // as it stands
	ContentType string // of Body; "" is application/json
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

func (s *Server) serveFault(w http.ResponseWriter, r *http.Request, f Fault) {
	if f.Hook != nil {
		f.Hook()
	}
	if !pause(r, f.Delay) {
		return
	}
	own := f.Status != 0 || f.Body != ""
	if f.CutAfter || (own && f.Handle && !f.CutBefore) {
		s.serve(&unheard{header: http.Header{}}, r)
	}
	switch {
	case f.CutBefore, f.CutAfter:
		cut(w)
	case own:
		s.replyFault(w, r, f)
	default:
		maps.Copy(w.Header(), f.Header)
		s.serve(w, r)
	}
}

func (s *Server) replyFault(w http.ResponseWriter, r *http.Request, f Fault) {
	w.Header().Set("Content-Type", "application/json")
	if f.ContentType != "" {
		w.Header().Set("Content-Type", f.ContentType)
	}
	maps.Copy(w.Header(), f.Header)
	if f.Status == 0 {
		f.Status = http.StatusOK
	}
	w.WriteHeader(f.Status)
	if _, err := w.Write([]byte(f.Body)); err != nil {
		s.log.DebugContext(r.Context(), "sandbox: the client went away", "path", r.URL.Path, "err", err)
	}
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
