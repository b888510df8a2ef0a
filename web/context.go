package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
)

// slot is what becomes known about a request on its way in. It hangs in the context as a pointer, because the middlewares
// outside want to know what those inside found out.
type slot struct {
	id      string
	ip      string
	https   bool
	user    string
	pattern string
}

type slotKey struct{}

func slotOf(ctx context.Context) *slot {
	s, _ := ctx.Value(slotKey{}).(*slot)
	return s
}

// withSlot returns the request's slot, and the request that carries it.
func withSlot(r *http.Request) (*http.Request, *slot) {
	if s := slotOf(r.Context()); s != nil {
		return r, s
	}
	s := &slot{https: r.TLS != nil}
	return r.WithContext(context.WithValue(r.Context(), slotKey{}, s)), s
}

// RequestID is the id RequestIDs gave to the request, or "".
func RequestID(ctx context.Context) string {
	if s := slotOf(ctx); s != nil {
		return s.id
	}
	return ""
}

// ClientIP is the address Clients found for the request, without port or zone, or "" where there is none.
func ClientIP(ctx context.Context) string {
	if s := slotOf(ctx); s != nil {
		return s.ip
	}
	return ""
}

// HTTPS says whether the person's browser speaks https, to us or to a proxy we trust. Clients finds out.
func HTTPS(ctx context.Context) bool {
	s := slotOf(ctx)
	return s != nil && s.https
}

// SetUser tells the request's log line who is signed in. Call it from the request's own goroutine.
func SetUser(ctx context.Context, id string) {
	if s := slotOf(ctx); s != nil {
		s.user = id
	}
}

// RequestIDs gives every request a random id of our own and says it in X-Request-Id. An id the client sends is not
// taken over: it could be anything, and would stand in the history.
func RequestIDs(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, s := withSlot(r)
		s.id = rand.Text()
		w.Header().Set("X-Request-Id", s.id)
		next.ServeHTTP(w, r)
	})
}

// notePattern keeps the pattern the router picked in the slot. The router writes it on the request it was given, and
// that may be a copy the outer middlewares never see.
func notePattern(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s := slotOf(r.Context()); s != nil {
			defer func() { s.pattern = patternOf(r) }()
		}
		next.ServeHTTP(w, r)
	})
}

// unmatched stands for the pattern of requests that no route took.
const unmatched = "unmatched"

// patternOf is the route's pattern without its method: one of few, whatever is asked for.
func patternOf(r *http.Request) string {
	// Where ServeMux adds a missing slash for a CONNECT, its "pattern" is the path that was asked for: not one of few.
	if r.Pattern == "" || r.Pattern == r.URL.Path+"/" {
		return unmatched
	}
	if _, path, ok := strings.Cut(r.Pattern, " "); ok {
		return path
	}
	return r.Pattern
}

// methodOf is the request's method, or OTHER for one that nobody uses, so that labels stay few.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "OTHER"
}
