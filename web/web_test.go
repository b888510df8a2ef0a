package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// plainPage stands in for the handlers' error page: it says the error's own words.
func plainPage(w http.ResponseWriter, _ *http.Request, err error) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		http.Error(w, "not an *Error", http.StatusTeapot)
		return
	}
	http.Error(w, e.What, e.Status)
}

// get answers one request without a network.
func get(t *testing.T, h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func request(t *testing.T, method, target string) *http.Request {
	t.Helper()
	return httptest.NewRequestWithContext(t.Context(), method, target, nil)
}

func TestChainRunsTheFirstOutermost(t *testing.T) {
	var order []string
	note := func(name string) Middleware {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				order = append(order, name)
				next.ServeHTTP(w, r)
			})
		}
	}
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { order = append(order, "handler") })
	get(t, Chain(h, note("first"), note("second")), request(t, "GET", "/"))
	if diff := cmp.Diff([]string{"first", "second", "handler"}, order); diff != "" {
		t.Error(diff)
	}
}

func TestError(t *testing.T) {
	cause := errors.New("disk full")
	tests := []struct {
		err  *Error
		want string
	}{
		{&Error{Status: 503, What: "History can't be written.", Why: "secret why", Err: cause}, "503 History can't be written: disk full"},
		{&Error{Status: 404}, "404 Not Found"},
		{&Error{Status: 599}, "599"},
		{&Error{Status: 429, What: "Wait.", RetryAfter: time.Minute}, "429 Wait"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	if !errors.Is(tests[0].err, cause) {
		t.Error("the cause can't be found")
	}
}

func TestCookieName(t *testing.T) {
	if got := CookieName("session", true); got != "__Host-session" {
		t.Errorf("over https: %q", got)
	}
	if got := CookieName("session", false); got != "session" {
		t.Errorf("over http: %q", got)
	}
}
