package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lines reads a JSON log.
func lines(t *testing.T, log *bytes.Buffer) []map[string]any {
	t.Helper()
	var all []map[string]any
	for dec := json.NewDecoder(log); ; {
		line := map[string]any{}
		if err := dec.Decode(&line); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
}

func jsonLog() (*slog.Logger, *bytes.Buffer) {
	var out bytes.Buffer
	return slog.New(slog.NewJSONHandler(&out, nil)), &out
}

func TestLogsOneLineWithoutSecrets(t *testing.T) {
	log, out := jsonLog()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /rooms/{id}", func(w http.ResponseWriter, r *http.Request) {
		SetUser(r.Context(), "u1")
		w.WriteHeader(http.StatusUnprocessableEntity)
		io.WriteString(w, "12345")
	})
	h := Chain(mux, RequestIDs, Clients(nil), Logs(log, nil), BodyLimit(100))
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/rooms/abc?key=hush", strings.NewReader("password=hush"))
	r.AddCookie(&http.Cookie{Name: "session", Value: "hush"})
	id := get(t, h, r).Header().Get("X-Request-Id")

	if strings.Contains(out.String(), "hush") {
		t.Errorf("a secret is in the log: %s", out)
	}
	got := lines(t, out)
	if len(got) != 1 {
		t.Fatalf("%d lines, want 1", len(got))
	}
	delete(got[0], "time")
	delete(got[0], "took")
	want := map[string]any{
		"level": "INFO", "msg": "request", "method": "POST", "route": "/rooms/{id}", "status": 422.0, "bytes": 5.0,
		"request_id": id, "ip": "192.0.2.1", "user": "u1",
	}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Error(diff)
	}
}

func TestLogsSkips(t *testing.T) {
	log, out := jsonLog()
	skip := func(r *http.Request) bool { return r.URL.Path == "/healthz" }
	h := Logs(log, skip)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	get(t, h, request(t, "GET", "/healthz"))
	get(t, h, request(t, "GET", "/"))
	got := lines(t, out)
	if len(got) != 1 || got[0]["status"] != 200.0 {
		t.Errorf("lines %v: want one, with status 200", got)
	}
}

func TestRecover(t *testing.T) {
	log, out := jsonLog()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", "attachment")
		panic(errors.New("fault in the engine room"))
	})
	var told error
	page := func(w http.ResponseWriter, r *http.Request, err error) {
		told = err
		plainPage(w, r, err)
	}
	w := get(t, Chain(mux, RequestIDs, Logs(log, nil), Recover(log, page)), request(t, "GET", "/"))
	if w.Code != 500 || strings.Contains(w.Body.String(), "engine room") {
		t.Errorf("answer %d %q: want 500 without the panic's words", w.Code, w.Body)
	}
	if e, ok := told.(*Error); !ok || !e.Logged || !strings.Contains(e.Error(), "engine room") {
		t.Errorf("the page was given %v", told)
	}
	got := lines(t, out)
	if len(got) != 2 || got[0]["msg"] != "panic" || got[1]["status"] != 500.0 {
		t.Fatalf("lines %v: want the panic, then the request with 500", got)
	}
	if stack, _ := got[0]["stack"].(string); !strings.Contains(stack, "log_test.go") || got[0]["route"] != "/{$}" {
		t.Errorf("the panic's line misses the stack or the route: %v", got[0])
	}
}

func TestRecoverBreaksOffWhatHasBegun(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		logged  bool
	}{
		{"half an answer", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "half"); panic("mid-way") }, true},
		{"flushed headers", func(w http.ResponseWriter, _ *http.Request) {
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			panic("mid-way")
		}, true},
		{"abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			log, out := jsonLog()
			page := func(http.ResponseWriter, *http.Request, error) { t.Error("an error page was written") }
			defer func() {
				if v := recover(); v != http.ErrAbortHandler {
					t.Errorf("panicked with %v, want http.ErrAbortHandler", v)
				}
				if got := len(lines(t, out)) > 0; got != tt.logged {
					t.Errorf("logged: %t, want %t", got, tt.logged)
				}
			}()
			get(t, Recover(log, page)(tt.handler), request(t, "GET", "/"))
		})
	}
}

func TestLogsWhatBrokeOff(t *testing.T) {
	log, out := jsonLog()
	h := Logs(log, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	func() {
		defer func() { recover() }()
		get(t, h, request(t, "GET", "/"))
	}()
	got := lines(t, out)
	if len(got) != 1 || got[0]["status"] != 0.0 || got[0]["broken_off"] != true {
		t.Errorf("lines %v: want one, with status 0, broken off", got)
	}
}

func TestRecorderIgnoresInformational(t *testing.T) {
	rec := record(httptest.NewRecorder())
	rec.WriteHeader(http.StatusEarlyHints)
	if rec.status != 0 {
		t.Errorf("status %d after an early hint, want 0", rec.status)
	}
	rec.WriteHeader(http.StatusNotFound)
	if rec.answered(true) != 404 || record(rec) != rec {
		t.Error("the final status is lost, or a recorder is wrapped twice")
	}
}

func prefixes(t *testing.T, texts ...string) []netip.Prefix {
	t.Helper()
	var all []netip.Prefix
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}
