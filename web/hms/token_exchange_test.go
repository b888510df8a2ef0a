package hms_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

func TestAuthTokenIsSignedHere(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 700_000_000, time.UTC)
	client, err := hms.New(hms.Config{
		BaseURL: "http://127.0.0.1:1", AccessKey: testKey, Secret: testSecret, Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		user     string
		lifetime time.Duration
		want     time.Duration
	}{{"pupil-19", time.Hour, time.Hour}, {"", 0, 24 * time.Hour}}
	for _, tc := range cases {
		token, err := client.AuthToken("r1", "pupil", tc.user, tc.lifetime)
		if err != nil {
			t.Fatal(err)
		}
		claims := jwt.MapClaims{}
		if _, err := jwt.ParseWithClaims(token.Token, claims,
			func(*jwt.Token) (any, error) { return []byte(testSecret), nil },
			jwt.WithTimeFunc(func() time.Time { return now }), jwt.WithValidMethods([]string{"HS256"})); err != nil {
			t.Fatal(err)
		}
		if id, _ := claims["jti"].(string); len(id) != 36 {
			t.Errorf("jti is %q", id)
		}
		delete(claims, "jti")
		from := float64(now.Add(-10 * time.Second).Unix())
		want := jwt.MapClaims{
			"access_key": testKey, "type": "app", "version": 2.0, "room_id": "r1", "role": "pupil", "user_id": tc.user,
			"iat": from, "nbf": from, "exp": from + tc.want.Seconds(),
		}
		if tc.user == "" {
			delete(want, "user_id")
		}
		if diff := cmp.Diff(want, claims); diff != "" {
			t.Error(diff)
		}
		if token.RoomID != "r1" || token.Role != "pupil" || float64(token.ExpiresAt.Unix()) != want["exp"] {
			t.Errorf("it says %s until %s", token, token.ExpiresAt)
		}
	}
}

func TestAuthTokenNeedsARoomAndARole(t *testing.T) {
	client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	for _, place := range [][2]string{{"", "pupil"}, {"r1", ""}} {
		if token, err := client.AuthToken(place[0], place[1], "u", 0); err == nil || token.Token != "" {
			t.Errorf("signed for %v", place)
		}
	}
}

// hosts notes where requests go and which token they carry, as a transport: no name is looked up.
type hosts struct{ seen []string }

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	h.seen = append(h.seen, r.URL.Host+r.URL.Path+" "+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	status := http.StatusOK
	if r.URL.Host == "limited.test" {
		status = http.StatusTooManyRequests
	}
	return &http.Response{
		StatusCode: status, Request: r, Header: http.Header{"Retry-After": {"60"}, "Date": {"Mon, 02 Jan 2006 15:04:05 GMT"}},
		Body: io.NopCloser(strings.NewReader(`{"token":"t","id":"r1"}`)),
	}, nil
}

func TestExchangeGoesToItsHost(t *testing.T) {
	cases := []struct{ base, auth, want string }{
		{"https://api.100ms.live/v2", "", "auth.100ms.live/v2/token "},
		{"https://api.100ms.live/v2/", "", "auth.100ms.live/v2/token "},
		{"https://api.test/v2", "", "api.test/v2/token "},
		{"https://api.100ms.live/v2", "https://auth.test/v2/", "auth.test/v2/token "},
	}
	for _, tc := range cases {
		seen := &hosts{}
		client, err := hms.New(hms.Config{
			BaseURL: tc.base, AuthURL: tc.auth, AccessKey: testKey, Secret: testSecret, HTTP: &http.Client{Transport: seen},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.ExchangeRoomCode(t.Context(), "jol-rimn-ced", ""); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{tc.want}, seen.seen); diff != "" {
			t.Error(diff)
		}
		if _, _, ok := client.ServerClock(time.Now()); ok {
			t.Error("the other host's clock was taken for the API's")
		}
	}
	bad := hms.Config{BaseURL: "https://api.test/v2", AuthURL: "auth.test", AccessKey: testKey, Secret: testSecret}
	if _, err := hms.New(bad); err == nil {
		t.Error("an address without a scheme was accepted")
	}
}

// A limit on exchanges doesn't hold back the API.
func TestExchangeWaitsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := hms.New(hms.Config{
			BaseURL: "https://api.test/v2", AuthURL: "https://limited.test/v2", AccessKey: testKey, Secret: testSecret,
			HTTP: &http.Client{Transport: &hosts{}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, attempts := range []int{1, 0} {
			_, err = client.ExchangeRoomCode(t.Context(), "jol-rimn-ced", "")
			if failed := asError(t, err); failed.Status != 429 || failed.Attempts != attempts {
				t.Errorf("got %v, %d attempts", failed, failed.Attempts)
			}
		}
		if _, err := client.Recording(t.Context(), "j1"); err != nil {
			t.Error(err)
		}
	})
}

func TestExchangeAnswers(t *testing.T) {
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	cases := map[string]time.Time{
		`{"token":"t","expires_at":"2026-05-04T12:00:00Z"}`: at,
		`{"token":"t","expires_at":1777896000}`:             at,
		`{"token":"t","expires_at":0}`:                      {},
		`{"token":"t","expires_at":null}`:                   {},
		`{"token":"t"}`:                                     {},
	}
	for body, want := range cases {
		token, err := serve(t, reply(http.StatusOK, "application/json", body)).ExchangeRoomCode(t.Context(), "c", "")
		if err != nil || token.Token != "t" || !token.ExpiresAt.Equal(want) {
			t.Errorf("%s: %v, %v", body, token.ExpiresAt, err)
		}
	}
	refused := serve(t, reply(http.StatusNotFound, "application/json", `{"code":404,"message":"room code not found"}`))
	_, err := refused.ExchangeRoomCode(t.Context(), "c", "")
	if failed := asError(t, err); failed.Message != "room code not found" || failed.Code != 404 {
		t.Errorf("got %v", err)
	}
}

// The tones go out with the caller's token; refusing it says nothing about ours, and there is no other to try.
func TestDTMFCarriesTheCallersToken(t *testing.T) {
	var tokens []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tokens = append(tokens, r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"code":401,"message":"Token validation error"}`)
	}))
	t.Cleanup(server.Close)
	client, err := hms.New(hms.Config{BaseURL: server.URL, AccessKey: testKey, Secret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	err = client.SendDTMF(t.Context(), hms.AuthToken{Token: "given"}, "1")
	if failed, ok := errors.AsType[*hms.Error](err); !ok || failed.Status != 401 || failed.MaybeDone() {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]string{"Bearer given"}, tokens); diff != "" {
		t.Error(diff)
	}
}
