package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestBodyLimit(t *testing.T) {
	for body, want := range map[string]int64{"12345": 0, "123456": 5} {
		var err error
		h := BodyLimit(5)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, err = io.ReadAll(r.Body) }))
		get(t, h, httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(body)))
		var limit int64
		if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
			limit = large.Limit
		}
		if limit != want {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestParseFormTellsTheLimitInFront(t *testing.T) {
	var err error
	h := BodyLimit(10 << 10)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, err = ParseForm(w, r) }))
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader("a="+strings.Repeat("a", 10<<10)))
	r.Header.Set("Content-Type", urlencoded)
	get(t, h, r)
	checkError(t, err, 413)
	if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.Why, "10 kB") {
		t.Errorf("the error doesn't tell the limit: %v", err)
	}
}

// formServer answers with the status ParseForm asks for.
func formServer(t *testing.T, middlewares ...Middleware) net.Conn {
	t.Helper()
	srv := httptest.NewServer(Chain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := ParseForm(w, r); err != nil {
			plainPage(w, r, err)
		}
	}), middlewares...))
	t.Cleanup(srv.Close)
	return dial(t, srv)
}

func dial(t *testing.T, srv *httptest.Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// post sends the head and the body in one go and only then reads the answer, as browsers do.
func post(t *testing.T, c net.Conn, announced int, body string) int {
	t.Helper()
	_, err := fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", urlencoded, announced, body)
	if err != nil {
		t.Fatalf("cut off while sending: %v", err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode
}

func TestTruncatedBodyGetsAnAnswer(t *testing.T) {
	if got := post(t, formServer(t), 100, "name=Week"); got != 400 {
		t.Errorf("status %d, want 400", got)
	}
}

func TestTooLargeBodyGetsAnAnswer(t *testing.T) {
	body := strings.Repeat("a", FormBytes+20<<20)
	if got := post(t, formServer(t), len(body), body); got != 413 {
		t.Errorf("form limit: status %d, want 413", got)
	}
	if got := post(t, formServer(t, BodyLimit(1<<20)), len(body), body); got != 413 {
		t.Errorf("body limit: status %d, want 413", got)
	}
}

// Who sends everything first gets the answer of a handler, too, that reads nothing of it.
func TestUnreadBodyGetsAnAnswer(t *testing.T) {
	srv := httptest.NewServer(BodyLimit(1 << 20)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })))
	t.Cleanup(srv.Close)
	body := strings.Repeat("a", 20<<20)
	if got := post(t, dial(t, srv), len(body), body); got != http.StatusTeapot {
		t.Errorf("status %d", got)
	}
}

// Who asks first whether to send that much is told no at once, and never sends it.
func TestTooLargeBodyIsNotAskedFor(t *testing.T) {
	for name, middlewares := range map[string][]Middleware{"form limit": nil, "body limit": {BodyLimit(FormBytes)}} {
		c := formServer(t, middlewares...)
		_, err := fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", urlencoded, FormBytes+1)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != 413 {
			t.Errorf("%s: status %d, %v", name, res.StatusCode, err)
		}
	}
}
