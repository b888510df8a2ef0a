package hms_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

const (
	testKey    = "64c1f0a2e5b7d3419f8a0c99"
	testSecret = "c2VjcmV0LXRoYXQtbXVzdC1uZXZlci1zaG93="
)

// serve runs handler as the API and returns a client for it. change may alter its configuration.
func serve(t *testing.T, handler http.HandlerFunc, change ...func(*hms.Config)) *hms.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	cfg := hms.Config{BaseURL: server.URL + "/v2", AccessKey: testKey, Secret: testSecret, Tries: 1}
	for _, f := range change {
		f(&cfg)
	}
	client, err := hms.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// reply answers every request in the same way.
func reply(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// asError returns the *hms.Error in err, which must have one.
func asError(t *testing.T, err error) *hms.Error {
	t.Helper()
	failed, ok := errors.AsType[*hms.Error](err)
	if !ok {
		t.Fatalf("got error %v, want a *hms.Error", err)
	}
	return failed
}

func TestNewRefuses(t *testing.T) {
	good := hms.Config{BaseURL: "https://api.example.org/v2", AccessKey: testKey, Secret: testSecret}
	cases := map[string]func(*hms.Config){
		"no address":    func(c *hms.Config) { c.BaseURL = "" },
		"no scheme":     func(c *hms.Config) { c.BaseURL = "api.example.org/v2" },
		"other scheme":  func(c *hms.Config) { c.BaseURL = "ftp://api.example.org" },
		"no host":       func(c *hms.Config) { c.BaseURL = "https:///v2" },
		"port alone":    func(c *hms.Config) { c.BaseURL = "http://:8100/v2" },
		"user info":     func(c *hms.Config) { c.BaseURL = "https://u:" + testSecret + "@api.example.org" },
		"query":         func(c *hms.Config) { c.BaseURL += "?token=" + testSecret },
		"fragment":      func(c *hms.Config) { c.BaseURL += "#x" },
		"unparsable":    func(c *hms.Config) { c.BaseURL = "http://[" + testSecret },
		"no access key": func(c *hms.Config) { c.AccessKey = "" },
		"no secret":     func(c *hms.Config) { c.Secret = "" },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			cfg := good
			change(&cfg)
			_, err := hms.New(cfg)
			if err == nil {
				t.Fatal("accepted")
			}
			if strings.Contains(err.Error(), testSecret) {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
	if _, err := hms.New(good); err != nil {
		t.Errorf("a good configuration: %v", err)
	}
}

func TestPrintingShowsNoSecret(t *testing.T) {
	cfg := hms.Config{BaseURL: "https://api.example.org/v2", AccessKey: testKey, Secret: testSecret}
	client, err := hms.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	type holder struct{ client *hms.Client }
	for _, value := range []any{client, *client, holder{client}, cfg, &cfg, struct{ C hms.Config }{cfg}} {
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		text := fmt.Sprintf("%v %+v %#v %s", value, value, value, value) + log.String()
		if strings.Contains(text, testSecret) {
			t.Errorf("%T shows the secret: %s", value, text)
		}
	}
	if got := client.String(); got != "hms.Client{https://api.example.org}" {
		t.Errorf("got %s", got)
	}
}

// sent is what a request looked like when it arrived.
type sent struct {
	Method, URL, Body string
}

func TestRequestsOnTheWire(t *testing.T) {
	const room, code = `{"id":"65a0b3c4d5e6f70819200001"}`, `{"code":"qmv-trea-xop"}`
	const list = `{"limit":10,"data":[],"last":""}`
	at := time.Date(2026, 3, 1, 10, 0, 0, 1_500_000, time.FixedZone("", 3600))
	cases := []struct {
		name, answer string
		call         func(*hms.Client) error
		want         sent
	}{
		{"create", room, func(c *hms.Client) error {
			_, err := c.CreateRoom(t.Context(), hms.RoomParams{Name: "biology-1", Size: new(0), LargeRoom: new(false)})
			return err
		}, sent{"POST", "/v2/rooms", `{"name":"biology-1","large_room":false,"size":0}`}},
		{"get", room, func(c *hms.Client) error {
			_, err := c.Room(t.Context(), "a/b?c")
			return err
		}, sent{"GET", "/v2/rooms/a%2Fb%3Fc", ""}},
		{"update", room, func(c *hms.Client) error {
			_, err := c.UpdateRoom(t.Context(), "r1", hms.RoomParams{Description: new(""), Polls: []string{}})
			return err
		}, sent{"POST", "/v2/rooms/r1", `{"description":"","polls":[]}`}},
		{"disable", room, func(c *hms.Client) error {
			_, err := c.SetRoomEnabled(t.Context(), "r1", false)
			return err
		}, sent{"POST", "/v2/rooms/r1", `{"enabled":false}`}},
		{"list plainly", list, func(c *hms.Client) error {
			_, err := c.ListRooms(t.Context(), hms.RoomQuery{})
			return err
		}, sent{"GET", "/v2/rooms", ""}},
		{"list with everything", list, func(c *hms.Client) error {
			_, err := c.ListRooms(t.Context(), hms.RoomQuery{
				Enabled: new(false), Name: "a b&c", TemplateID: "t1", After: at, Before: at, Limit: 50, Start: "x",
			})
			return err
		}, sent{"GET", "/v2/rooms?after=2026-03-01T09%3A00%3A00.001Z&before=2026-03-01T09%3A00%3A00.002Z" +
			"&enabled=false&limit=50&name=a+b%26c&start=x&template_id=t1", ""}},
		{"template", room, func(c *hms.Client) error {
			_, err := c.Template(t.Context(), "t1")
			return err
		}, sent{"GET", "/v2/templates/t1", ""}},
		{"templates", list, func(c *hms.Client) error {
			_, err := c.ListTemplates(t.Context(), 20, "t9")
			return err
		}, sent{"GET", "/v2/templates?limit=20&start=t9", ""}},
		{"codes", `{"data":[]}`, func(c *hms.Client) error {
			_, err := c.CreateRoomCodes(t.Context(), "r1")
			return err
		}, sent{"POST", "/v2/room-codes/room/r1", `{}`}},
		{"code of a role", code, func(c *hms.Client) error {
			_, err := c.CreateRoomCode(t.Context(), "r1", "co-host/ä")
			return err
		}, sent{"POST", "/v2/room-codes/room/r1/role/co-host%2F%C3%A4", `{}`}},
		{"list codes", list, func(c *hms.Client) error {
			_, err := c.ListRoomCodes(t.Context(), "r1", "z")
			return err
		}, sent{"GET", "/v2/room-codes/room/r1?limit=100&start=z", ""}},
		{"disable a code", code, func(c *hms.Client) error {
			_, err := c.SetRoomCodeEnabled(t.Context(), "qmv-trea-xop", false)
			return err
		}, sent{"POST", "/v2/room-codes/code", `{"code":"qmv-trea-xop","enabled":false}`}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var got sent
			var header http.Header
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got = sent{r.Method, r.RequestURI, string(body)}
				header = r.Header
				io.WriteString(w, tc.answer)
			})
			if err := tc.call(client); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			for key, want := range map[string]string{
				"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "roomledger",
			} {
				if header.Get(key) != want {
					t.Errorf("%s is %q, want %q", key, header.Get(key), want)
				}
			}
		})
	}
}

func TestManagementToken(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	var tokens []string
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		tokens = append(tokens, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		io.WriteString(w, `{"id":"r1"}`)
	}, func(c *hms.Config) { c.Now = func() time.Time { return now } })
	get := func() {
		t.Helper()
		if _, err := client.Room(t.Context(), "r1"); err != nil {
			t.Fatal(err)
		}
	}
	get()
	var claims jwt.MapClaims = map[string]any{}
	token, err := jwt.ParseWithClaims(tokens[0], claims,
		func(*jwt.Token) (any, error) { return []byte(testSecret), nil },
		jwt.WithTimeFunc(func() time.Time { return now }), jwt.WithValidMethods([]string{"HS256"}))
	if err != nil {
		t.Fatal(err)
	}
	if token.Header["typ"] != "JWT" {
		t.Errorf("typ is %v", token.Header["typ"])
	}
	first, _ := claims["jti"].(string)
	if len(first) != 36 || first[14] != '4' {
		t.Errorf("jti %q is no UUID, version 4", first)
	}
	delete(claims, "jti")
	from := float64(now.Unix() - 10)
	want := jwt.MapClaims{
		"access_key": testKey, "type": "management", "version": 2.0,
		"iat": from, "nbf": from, "exp": from + 24*3600,
	}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Error(diff)
	}
	steps := []struct {
		after time.Duration
		fresh bool
	}{
		{time.Hour, false},
		{23*time.Hour - 40*time.Second, false}, // 30 s left
		{time.Second, true},
		{-time.Minute, true}, // our clock was set back to before the token begins
	}
	for _, step := range steps {
		now = now.Add(step.after)
		get()
		n := len(tokens)
		if fresh := tokens[n-1] != tokens[n-2]; fresh != step.fresh {
			t.Errorf("after %s: a new token: %t, want %t", step.after, fresh, step.fresh)
		}
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	var calls int
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	_, err := client.CreateRoom(t.Context(), hms.RoomParams{})
	if failed := asError(t, err); failed.Status != http.StatusTemporaryRedirect || failed.MaybeDone() {
		t.Errorf("got %v, maybe done %t", failed, failed.MaybeDone())
	}
	if calls != 1 {
		t.Errorf("%d requests, want 1", calls)
	}
}

func TestPathNeedsItsParts(t *testing.T) {
	client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	for _, id := range []string{"", ".", ".."} {
		_, err := client.Room(t.Context(), id)
		if failed := asError(t, err); failed.Status != 0 || failed.Attempts != 0 || failed.MaybeDone() {
			t.Errorf("id %q: %+v", id, failed)
		}
	}
}

func TestCallAndObserve(t *testing.T) {
	var mu sync.Mutex
	var observed []hms.Call
	handler := reply(http.StatusBadRequest, "application/json", `{"code":400,"message":"Error: template not found"}`)
	client := serve(t, handler, func(c *hms.Config) {
		c.Observe = func(call hms.Call) {
			mu.Lock()
			defer mu.Unlock()
			observed = append(observed, call)
		}
	})
	var call hms.Call
	_, err := client.CreateRoom(hms.WithCall(t.Context(), &call), hms.RoomParams{Name: "a"})
	if asError(t, err).Attempts != 1 {
		t.Error(err)
	}
	if call.Started.IsZero() || call.Latency <= 0 {
		t.Errorf("started %v, latency %v", call.Started, call.Latency)
	}
	if diff := cmp.Diff([]hms.Call{call}, observed); diff != "" {
		t.Error(diff)
	}
	call.Started, call.Latency = time.Time{}, 0
	want := hms.Call{
		Op: "CreateRoom", Method: "POST", Path: "/rooms", Status: 400, Attempts: 1,
		Body: []byte(`{"code":400,"message":"Error: template not found"}`),
	}
	if diff := cmp.Diff(want, call); diff != "" {
		t.Error(diff)
	}
}
