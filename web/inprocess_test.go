package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// inProcessCases are handlers whose answers have to be the same in process as over HTTP.
var inProcessCases = map[string]struct {
	method string
	h      http.HandlerFunc
}{
	"nothing written": {"GET", func(http.ResponseWriter, *http.Request) {}},
	"text":            {"GET", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<!DOCTYPE html><p>hello") }},
	"JSON and a status": {"POST", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Date", "Mon, 02 Jan 2006 15:04:05 GMT")
		w.WriteHeader(http.StatusConflict)
		io.WriteString(w, `{"a":`)
		io.WriteString(w, `1}`)
	}},
	"headers too late, a second status": {"GET", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		w.Header().Set("X-Late", "yes")
		w.WriteHeader(http.StatusTeapot)
	}},
	"hints before": {"GET", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusBadGateway)
	}},
	"no content": {"POST", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		if _, err := io.WriteString(w, "more"); !errors.Is(err, http.ErrBodyNotAllowed) {
			panic("a body was taken")
		}
	}},
	"head":         {"HEAD", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "not for you") }},
	"a large body": {"GET", func(w http.ResponseWriter, _ *http.Request) { w.Write(bytes.Repeat([]byte("0123456789"), 100_000)) }},
	"what was asked": {"POST", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 100))
		if err != nil {
			panic(err)
		}
		w.Header().Set("X-Asked", strings.Join([]string{
			r.Method, r.RequestURI, r.URL.String(), r.URL.Path, r.URL.EscapedPath(), r.URL.RawQuery, r.Proto, r.Header.Get("X-Mine"), string(body),
		}, " | "))
	}},
	"cut":                 {"GET", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	"cut after a while":   {"GET", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "half"); panic(http.ErrAbortHandler) }},
	"hijacking, or a cut": {"GET", func(w http.ResponseWriter, _ *http.Request) { hangUp(w) }},
	"panic":               {"GET", func(http.ResponseWriter, *http.Request) { panic("a fault") }},
}

// hangUp closes the connection in the way that there is.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil || conn.Close() != nil {
		panic(http.ErrAbortHandler)
	}
}

func TestInProcessIsLikeHTTP(t *testing.T) {
	for name, tc := range inProcessCases {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewUnstartedServer(tc.h)
			srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			srv.Start()
			defer srv.Close()
			want := seen(t, srv.Client().Transport, srv.URL, tc.method)
			got := seen(t, InProcess{Handler: tc.h, Log: quiet()}, srv.URL, tc.method)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// seen is what a client sees of the answer to a request; a date of now counts as any.
func seen(t *testing.T, by http.RoundTripper, url, method string) map[string]string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url+"/a%2Fb/ü?q=1&q=%20", strings.NewReader("the body"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Mine", "mine")
	resp, err := (&http.Client{Transport: by}).Do(req)
	if err != nil {
		if !errors.Is(err, io.EOF) {
			t.Errorf("the error is %v", err)
		}
		return map[string]string{"error": "the connection broke"}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		t.Error(err)
	}
	kept := resp.Header.Get("Date")
	if time.Since(date) < time.Hour {
		kept = "now"
	}
	return map[string]string{
		"status": resp.Status, "type": resp.Header.Get("Content-Type"), "date": kept, "late": resp.Header.Get("X-Late"),
		"asked": resp.Header.Get("X-Asked"), "body": string(body), "request": resp.Request.URL.String(),
	}
}

// body is a request's body that tells whether it was closed.
type body struct {
	io.Reader
	closed bool
}

func (b *body) Close() error { b.closed = true; return nil }

func TestInProcessBodyIsClosed(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"read":   func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) },
		"unread": func(http.ResponseWriter, *http.Request) {},
		"cut":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		b := &body{Reader: strings.NewReader("text")}
		req, err := http.NewRequestWithContext(t.Context(), "POST", "http://box.invalid/", b)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := InProcess{Handler: h, Log: quiet()}.RoundTrip(req)
		if err == nil {
			err = resp.Body.Close()
		}
		if !b.closed || (err != nil) != (name == "cut") {
			t.Errorf("%s: closed %t, %v", name, b.closed, err)
		}
	}
}

func TestInProcessKeepsToItsSide(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "the client's own")
	req, err := http.NewRequestWithContext(ctx, "GET", "http://box.invalid/path", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("A", "a")
	resp, err := InProcess{Log: quiet(), Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if v := r.Context().Value(key{}); v != nil {
			t.Errorf("the handler has the client's %v", v)
		}
		if r.Host != "box.invalid" || r.URL.Host != "" {
			t.Errorf("host %q, URL %s", r.Host, r.URL)
		}
		r.Header.Set("A", "b")
		r.URL.Path = "/elsewhere"
		if n, err := r.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("a body of %d bytes, %v", n, err)
		}
	})}.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	if req.Header.Get("A") != "a" || req.URL.Path != "/path" {
		t.Errorf("the handler changed the request: %v %s", req.Header, req.URL)
	}
}

// A handler that waits ends with the request, and its answer comes too late.
func TestInProcessGivenUp(t *testing.T) {
	why := errors.New("had enough")
	for name, tc := range map[string]struct {
		limit func(context.Context) (context.Context, context.CancelFunc)
		want  error
	}{
		"timeout": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Minute)
		}, context.DeadlineExceeded},
		"cause": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeoutCause(ctx, time.Minute, why)
		}, why},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := tc.limit(t.Context())
				defer cancel()
				req, err := http.NewRequestWithContext(ctx, "GET", "http://box.invalid/", nil)
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				resp, err := InProcess{Log: quiet(), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					<-r.Context().Done()
					io.WriteString(w, "too late")
				})}.RoundTrip(req)
				if err == nil {
					resp.Body.Close()
				}
				if !errors.Is(err, tc.want) || time.Since(began) != time.Minute {
					t.Errorf("%v after %v", err, time.Since(began))
				}
			})
		})
	}
}

func TestInProcessLogsPanics(t *testing.T) {
	for cause, logged := range map[any]bool{"a fault": true, http.ErrAbortHandler: false} {
		var log bytes.Buffer
		p := InProcess{Log: slog.New(slog.NewTextHandler(&log, nil)), Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(cause) })}
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://box.invalid/secret?key=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := p.RoundTrip(req); err == nil {
			resp.Body.Close()
			t.Error("a panic gave an answer")
		}
		if got := strings.Contains(log.String(), "a fault"); got != logged || strings.Contains(log.String(), "key=1") {
			t.Errorf("%v: the log says %q", cause, log.String())
		}
	}
}
