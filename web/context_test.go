package web

import (
	"net/http"
	"testing"
)

func TestRequestIDsAreOurOwn(t *testing.T) {
	seen := map[string]bool{}
	h := RequestIDs(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen[RequestID(r.Context())] = true }))
	for range 3 {
		r := request(t, "GET", "/")
		r.Header.Set("X-Request-Id", "theirs")
		id := get(t, h, r).Header().Get("X-Request-Id")
		if len(id) < 20 || !seen[id] {
			t.Errorf("id %q: too short, or not the one in the context", id)
		}
	}
	if len(seen) != 3 || seen["theirs"] {
		t.Errorf("ids %v: want three, none of them the client's", seen)
	}
}

func TestContextWithoutMiddleware(t *testing.T) {
	ctx := t.Context()
	SetUser(ctx, "nobody listens")
	if RequestID(ctx) != "" || ClientIP(ctx) != "" || HTTPS(ctx) || Stopping(ctx) != nil {
		t.Error("a bare context knows something")
	}
}

func TestPatternStaysOneOfFew(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /rooms/{id}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/files/{dir}/", func(http.ResponseWriter, *http.Request) {})
	tests := []struct{ method, path, want string }{
		{"GET", "/rooms/65a1?q=secret", "/rooms/{id}"},
		{"HEAD", "/rooms/65a1", "/rooms/{id}"},
		{"POST", "/rooms/65a1", unmatched},
		{"GET", "/nowhere", unmatched},
		{"GET", "/files/a/b", "/files/{dir}/"},
		{"GET", "/files/anything", "/files/{dir}/"},
		{"CONNECT", "/files/anything", unmatched},
	}
	for _, tt := range tests {
		var got string
		outer := func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r, s := withSlot(r)
				next.ServeHTTP(w, r)
				got = s.route()
			})
		}
		get(t, Chain(mux, outer, BodyLimit(10)), request(t, tt.method, tt.path))
		if got != tt.want {
			t.Errorf("%s %s: pattern %q, want %q", tt.method, tt.path, got, tt.want)
		}
	}
}

func TestMethodStaysOneOfFew(t *testing.T) {
	r := request(t, "GET", "/")
	r.Method = "BREW"
	if got := methodOf(r); got != "OTHER" {
		t.Errorf("got %q", got)
	}
}
