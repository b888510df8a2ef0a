package sandbox

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestAdminAccess: who may make the calls that the API doesn't have.
func TestAdminAccess(t *testing.T) {
	for _, tc := range []struct {
		name, from, host, site, origin string
		token                          bool
		status                         int
	}{
		{"this machine", "127.0.0.1:5", "localhost:8100", "", "", false, 200},
		{"this machine, IPv6", "[::1]:5", "[::1]:8100", "", "", false, 200},
		{"its own page", "127.0.0.1:5", "127.0.0.1:8100", "same-origin", "http://127.0.0.1:8100", false, 200},
		{"another machine", "192.0.2.7:5", "192.0.2.1:8100", "", "", false, 403},
		{"another machine with a token", "192.0.2.7:5", "192.0.2.1:8100", "", "", true, 200},
		{"a name that was made to lead here", "127.0.0.1:5", "evil.example.org", "", "", false, 403},
		{"a page of somebody else", "127.0.0.1:5", "localhost:8100", "cross-site", "https://evil.example.org", false, 403},
		{"an older browser's page of somebody else", "127.0.0.1:5", "localhost:8100", "", "https://evil.example.org", false, 403},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBox(t, Options{})
			r := httptest.NewRequest("DELETE", "http://"+tc.host+"/sandbox/faults", nil)
			r.RemoteAddr = tc.from
			for name, value := range map[string]string{"Sec-Fetch-Site": tc.site, "Origin": tc.origin} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			if tc.token {
				r.Header.Set("Authorization", "Bearer "+b.token)
			}
			w := httptest.NewRecorder()
			b.ServeHTTP(w, r)
			equal(t, "status", w.Code, tc.status)
		})
	}
}

// TestAdminRoutes walks the table: each call is there, refuses strangers and other methods, and doesn't fail on nonsense.
func TestAdminRoutes(t *testing.T) {
	b := newBox(t, Options{})
	for _, rt := range adminRoutes() {
		path := strings.NewReplacer("{", "", "}", "").Replace(rt.path)
		t.Run(rt.method+" "+rt.path, func(t *testing.T) {
			if rt.help == "" {
				t.Error("no help")
			}
			stranger := httptest.NewRequest(rt.method, "http://localhost"+adminPath+path, nil)
			w := httptest.NewRecorder()
			b.ServeHTTP(w, stranger)
			equal(t, "stranger", w.Code, 403)
			for _, body := range []string{"", "[]", `{"x":1}`} {
				r := httptest.NewRequest(rt.method, "http://localhost"+adminPath+path, strings.NewReader(body))
				r.RemoteAddr = "127.0.0.1:1"
				w := httptest.NewRecorder()
				b.ServeHTTP(w, r)
				if w.Code >= 500 || w.Code == 405 {
					t.Errorf("%s: %d %s", body, w.Code, w.Body)
				}
			}
		})
	}
	b.operate(405, "PATCH", "/faults", "")
	b.operate(404, "GET", "/nothing", "")
}

func TestOverview(t *testing.T) {
	b := newBox(t, Options{Readings: map[Reading]bool{ReadingCodes333: true}})
	b.make(`{}`)
	got := b.operate(200, "GET", "", "")
	equal(t, "rooms", got["holds"].(object)["room"], any(1.0))
	equal(t, "readings", got["readings"], any([]any{"codes-3-3-3"}))
	equal(t, "calls", len(got["calls"].(object)), len(adminRoutes()))
}

func TestMoveClock(t *testing.T) {
	b := newBox(t, Options{})
	equal(t, "moved", b.operate(200, "POST", "/clock", `{"advance":"90m"}`)["time"], any(testStart.Add(90*time.Minute).Format(time.RFC3339Nano)))
	equal(t, "a token of before is still good", b.do("GET", "/rooms", "").Code, 200)
	equal(t, "rooms are of then", b.call(200, "POST", "/rooms", `{}`)["created_at"], any("2025-03-04T11:00:00.123Z"))
	equal(t, "stopped", b.operate(200, "POST", "/clock", `{"speed":0}`)["speed"], any(0.0))
	b.advance(time.Hour)
	equal(t, "stands still", b.operate(200, "GET", "/clock", "")["time"], any(testStart.Add(90*time.Minute).Format(time.RFC3339Nano)))
	for _, bad := range []string{`{"advance":"soon"}`, `{"advance":"-1s"}`, `{"speed":-1}`, `{"speed":"fast"}`, `{"to":"tomorrow"}`} {
		b.operate(400, "POST", "/clock", bad)
	}
}

func TestAdminFaults(t *testing.T) {
	b := newBox(t, Options{Faults: []Fault{{Status: 500, Path: "/templates"}}})
	got := b.operate(200, "POST", "/faults", `{"fault":"status=429, retry=7, times=2, path=/rooms"}`)
	equal(t, "pending", got["faults"], any([]any{"status=500,path=/templates,times=1", "status=429,retry=7,path=/rooms,times=2"}))
	for range 2 {
		equal(t, "answer", b.call(429, "GET", "/rooms", ""), failure(429, "rate limit exceeded, retry after 7 seconds"))
	}
	b.call(200, "GET", "/rooms", "")
	equal(t, "left", b.operate(200, "GET", "/faults", "")["faults"], any([]any{"status=500,path=/templates,times=1"}))
	equal(t, "cleared", b.operate(200, "DELETE", "/faults", "")["cleared"], any(1.0))
	b.call(200, "GET", "/templates", "")
	b.operate(400, "POST", "/faults", `{"fault":"colour=red"}`)
}

func TestAdminBehaviour(t *testing.T) {
	b := newBox(t, Options{})
	b.operate(200, "POST", "/behaviour", `{"rate":1}`)
	b.call(200, "GET", "/rooms", "")
	b.call(429, "GET", "/rooms", "")
	b.operate(200, "POST", "/behaviour", `{"rate":0,"latency":"1ms"}`)
	b.call(200, "GET", "/rooms", "")
	equal(t, "shown", b.operate(200, "GET", "/behaviour", ""), object{"rate": 0.0, "latency": "1ms", "jitter": "0s"})
	for _, bad := range []string{`{"rate":-1}`, `{"latency":"long"}`, `{"wait":1}`} {
		b.operate(400, "POST", "/behaviour", bad)
	}
}

func TestAdminCalls(t *testing.T) {
	b := newBox(t, Options{})
	b.make(`{}`)
	b.make(`{}`)
	b.do("GET", "/rooms", "")
	equal(t, "calls", b.operate(200, "GET", "/calls", "")["calls"], any([]any{
		object{"method": "GET", "path": "/rooms", "count": 1.0}, object{"method": "POST", "path": "/rooms", "count": 2.0},
	}))
	b.operate(200, "DELETE", "/calls", "")
	equal(t, "none", b.operate(200, "GET", "/calls", "")["calls"], any([]any{}))
}

// TestPlainToken: a shell gets a token that is good at once.
func TestPlainToken(t *testing.T) {
	b := newBox(t, Options{})
	r := httptest.NewRequest("GET", "http://localhost/sandbox/token?plain", nil)
	r.RemoteAddr = "127.0.0.1:1"
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	b.token = strings.TrimSpace(w.Body.String())
	b.call(200, "GET", "/rooms", "")
	equal(t, "type", w.Header().Get("Content-Type"), "text/plain; charset=utf-8")
}
