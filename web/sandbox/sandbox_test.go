package sandbox

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

// The seeded ids.
const (
	classroomID = "65c3a2480b7d4e2f9a6c1d31"
	webinarID   = "65c3b7120b7d4e2f9a6c1d32"
	starterID   = "65c3a2480b7d4e2f9a6c1d30"
	absentID    = "000000000000000000000000"
)

// box is a sandbox under test, with a clock that is moved by hand and a token to talk to it.
type box struct {
	*Server
	t     testing.TB
	mu    sync.Mutex
	time  time.Time
	token string
}

var testStart = time.Date(2025, 3, 4, 9, 30, 0, 123_456_789, time.UTC)

func newBox(t testing.TB, o Options) *box {
	t.Helper()
	b := &box{t: t, time: testStart}
	o.Now = b.now
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	b.Server = s
	b.token = sign(t, goodClaims(testStart), DemoSecret)
	return b
}

func (b *box) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.time
}

func (b *box) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.time = b.time.Add(d)
}

func goodClaims(now time.Time) jwt.MapClaims {
	return jwt.MapClaims{
		"access_key": DemoAccessKey, "type": "management", "version": 2,
		"iat": now.Unix(), "nbf": now.Add(-24 * time.Hour).Unix(), "exp": now.Add(100 * time.Hour).Unix(),
	}
}

func sign(t testing.TB, claims jwt.MapClaims, secret string) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (b *box) do(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, basePath+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+b.token)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

// call sends a request and decodes its answer, which must be JSON with the given status.
func (b *box) call(status int, method, path, body string) object {
	b.t.Helper()
	w := b.do(method, path, body)
	if w.Code != status {
		b.t.Fatalf("%s %s %s: status %d, want %d: %s", method, path, body, w.Code, status, w.Body)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		b.t.Fatalf("%s %s: content type %q", method, path, got)
	}
	var out object
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return out
}

// make creates a room and returns its id.
func (b *box) make(body string) string {
	b.t.Helper()
	return b.call(200, "POST", "/rooms", body)["id"].(string)
}

func (b *box) rooms() []RoomState {
	b.t.Helper()
	rooms, err := b.Rooms()
	if err != nil {
		b.t.Fatal(err)
	}
	return rooms
}

func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// failure is the main error shape, decoded.
func failure(code int, message string, details ...any) object {
	if details == nil {
		details = []any{}
	}
	return object{"code": float64(code), "message": message, "details": details}
}

func badParamFailure(text string) object {
	return failure(400, "Invalid body param", "Invalid body param: "+text)
}

func TestNewRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		o    Options
	}{
		{"half a pair", Options{AccessKey: "k"}},
		{"the other half", Options{Secret: "s"}},
		{"unknown seed", Options{Seed: "full"}},
		{"negative rate", Options{Rate: -1}},
		{"negative latency", Options{Latency: -1}},
		{"directory that can't be", Options{Dir: "/dev/null/x"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := New(tc.o)
			if err == nil {
				t.Fatal("no error", s.Close())
			}
		})
	}
}

// TestRoutes walks the route table: each call refuses a bad token, unless it needs none, and other methods. That each answers
// as documented is in the conformance table.
func TestRoutes(t *testing.T) {
	b := newBox(t, Options{})
	bad := newBox(t, Options{})
	bad.token = "x.y.z"
	for _, rt := range routes() {
		path := strings.NewReplacer("{", "", "}", "").Replace(rt.path)
		t.Run(rt.method+" "+rt.path, func(t *testing.T) {
			w := b.do("PATCH", path, "")
			if w.Code != 405 || !strings.Contains(w.Header().Get("Allow"), rt.method) {
				t.Errorf("PATCH: status %d, Allow %q", w.Code, w.Header().Get("Allow"))
			}
			if got := bad.do(rt.method, path, "").Code; got/100 != 4 || (got != 401 && got != 403 && !rt.open) {
				t.Errorf("with a bad token: %d", got)
			}
		})
	}
}

func TestUnknownPaths(t *testing.T) {
	b := newBox(t, Options{})
	for _, path := range []string{"", "/", "/nothing", "/rooms/", "/rooms/a/b", "//rooms", "/rooms/../rooms", "/room-codes/room"} {
		equal(t, path, b.call(404, "GET", path, ""), failure(404, "not found"))
	}
	equal(t, "method", b.call(405, "DELETE", "/rooms", ""), failure(405, "method not allowed"))
}

func TestAuthentication(t *testing.T) {
	claims := func(change string, value any) jwt.MapClaims {
		c := goodClaims(testStart)
		if c[change] = value; value == nil {
			delete(c, change)
		}
		return c
	}
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, goodClaims(testStart)).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	longer, err := jwt.NewWithClaims(jwt.SigningMethodHS512, goodClaims(testStart)).SignedString([]byte(DemoSecret))
	if err != nil {
		t.Fatal(err)
	}
	now := testStart.Unix()
	for _, tc := range []struct {
		name, header, detail string // an empty detail: the token is good
	}{
		{"good", "Bearer " + sign(t, goodClaims(testStart), DemoSecret), ""},
		{"small letters", "bearer " + sign(t, goodClaims(testStart), DemoSecret), ""},
		{"without nbf", "Bearer " + sign(t, claims("nbf", nil), DemoSecret), ""},
		{"nbf is now", "Bearer " + sign(t, claims("nbf", now), DemoSecret), ""},
		{"nbf to come", "Bearer " + sign(t, claims("nbf", now+1), DemoSecret), "token is not valid yet"},
		{"exp is now", "Bearer " + sign(t, claims("exp", now), DemoSecret), "token is expired"},
		{"exp to come", "Bearer " + sign(t, claims("exp", now+1), DemoSecret), ""},
		{"without exp", "Bearer " + sign(t, claims("exp", nil), DemoSecret), "exp is missing"},
		{"other key", "Bearer " + sign(t, claims("access_key", "6600aa11bb22cc33dd44ee56"), DemoSecret), "not found"},
		{"other secret", "Bearer " + sign(t, goodClaims(testStart), "other"), "signature is invalid"},
		{"app token", "Bearer " + sign(t, claims("type", "app"), DemoSecret), "not a management token of version 2"},
		{"version 1", "Bearer " + sign(t, claims("version", 1), DemoSecret), "not a management token of version 2"},
		{"version as text", "Bearer " + sign(t, claims("version", "2"), DemoSecret), "token is malformed"},
		{"unsigned", "Bearer " + none, "signature is invalid"},
		{"HS512", "Bearer " + longer, "signature is invalid"},
		{"random", "Bearer random", "token is malformed"},
		{"no token", "Bearer ", "no bearer token"},
		{"other scheme", "Basic Zm9vOmJhcg==", "no bearer token"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBox(t, Options{})
			for range 2 { // the second time from the cache
				r := httptest.NewRequest("GET", "/v2/rooms", nil)
				r.Header.Set("Authorization", tc.header)
				w := httptest.NewRecorder()
				b.ServeHTTP(w, r)
				if tc.detail == "" {
					equal(t, "status", w.Code, 200)
					continue
				}
				var got object
				if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
					t.Fatal(err)
				}
				equal(t, "answer", got, failure(401, "Token validation error", tc.detail))
			}
		})
	}
}

func TestNoTokenAtAll(t *testing.T) {
	b := newBox(t, Options{})
	for path, message := range map[string]string{"/v2/rooms": "Authentication error", "/v2/room-codes/code": "Authentication Error"} {
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequest("POST", path, strings.NewReader("{")))
		var got object
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		equal(t, path, got, failure(401, message))
	}
}

// TestTokenEnds: a token that was good once must not live on in the cache.
func TestTokenEnds(t *testing.T) {
	b := newBox(t, Options{})
	b.call(200, "GET", "/rooms", "")
	b.advance(101 * time.Hour)
	equal(t, "late", b.call(401, "GET", "/rooms", ""), failure(401, "Token validation error", "token is expired"))
}

func TestTokenCacheIsBounded(t *testing.T) {
	b := newBox(t, Options{})
	for i := range 2 * tokenCacheSize {
		claims := goodClaims(testStart)
		claims["jti"] = strconv.Itoa(i)
		b.token = sign(t, claims, DemoSecret)
		b.do("GET", "/rooms", "")
	}
	if n := len(b.tokens.valid); n == 0 || n > tokenCacheSize {
		t.Errorf("%d tokens are remembered", n)
	}
}

func TestRate(t *testing.T) {
	b := newBox(t, Options{Rate: 2})
	b.call(200, "GET", "/rooms", "")
	b.call(200, "GET", "/rooms", "")
	equal(t, "third", b.call(429, "GET", "/rooms", ""), failure(429, "rate limit exceeded, retry after 1 seconds"))
	b.advance(500 * time.Millisecond)
	b.call(200, "GET", "/rooms", "")

	slow := newBox(t, Options{Rate: 0.1})
	slow.call(200, "GET", "/rooms", "")
	slow.advance(2 * time.Second)
	equal(t, "slow", slow.call(429, "GET", "/rooms", ""), failure(429, "rate limit exceeded, retry after 8 seconds"))
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, Options{Latency: 3 * time.Second})
		began := time.Now()
		b.call(200, "GET", "/rooms", "")
		equal(t, "took", time.Since(began), 3*time.Second)
	})
}

// TestLatencyEndsWithTheRequest: a client that goes away makes no room.
func TestLatencyEndsWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, Options{Latency: time.Hour})
		ctx, cancel := contextAfter(t, time.Second)
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, "POST", "/v2/rooms", strings.NewReader(`{}`))
		r.Header.Set("Authorization", "Bearer "+b.token)
		began := time.Now()
		b.ServeHTTP(httptest.NewRecorder(), r)
		equal(t, "took", time.Since(began), time.Second)
		equal(t, "rooms", len(b.rooms()), 0)
	})
}

func TestDateHeaderFollowsTheClock(t *testing.T) {
	b := newBox(t, Options{})
	equal(t, "Date", b.do("GET", "/rooms", "").Header().Get("Date"), testStart.Format(http.TimeFormat))
}

// TestPanic: a fault of the sandbox itself is a JSON 500 like any other.
func TestPanic(t *testing.T) {
	b := newBox(t, Options{})
	b.mux = b.newMux([]route{{method: "GET", path: "/rooms", handle: func(*Server, *http.Request) (any, error) { panic("broken") }}})
	equal(t, "answer", b.call(500, "GET", "/rooms", ""), failure(500, "internal server error"))
}

// TestUnencodableAnswer: an answer that JSON can't hold is a 500 too.
func TestUnencodableAnswer(t *testing.T) {
	b := newBox(t, Options{})
	b.mux = b.newMux([]route{{method: "GET", path: "/rooms", handle: func(*Server, *http.Request) (any, error) { return func() {}, nil }}})
	equal(t, "answer", b.call(500, "GET", "/rooms", ""), failure(500, "internal server error"))
}

// TestAbsoluteForm: a client with https_proxy set to the sandbox asks for whole URLs.
func TestAbsoluteForm(t *testing.T) {
	b := newBox(t, Options{})
	server := httptest.NewServer(b)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://api.100ms.live/v2/templates/"+classroomID, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+b.token)
	got := overProxy(t, server, r)
	equal(t, "status", got, 200)
}
