package sandbox

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	pageToken = "Room codes: get an auth token"
	callToken = "POST /token"
)

// codeFor makes a room and a code for its students.
func (b *box) codeFor(body string) (roomID, code string) {
	b.t.Helper()
	roomID = b.make(body)
	return roomID, b.call(200, "POST", "/room-codes/room/"+roomID+"/role/student", "")["code"].(string)
}

// claimsOf reads a token that the sandbox has signed, without the sandbox.
func (b *box) claimsOf(token string) jwt.MapClaims {
	b.t.Helper()
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return []byte(DemoSecret), nil }, jwt.WithTimeFunc(b.now))
	if err != nil {
		b.t.Fatal(err)
	}
	return claims
}

// exchanged returns the token that a code is exchanged for.
func (b *box) exchanged(body string) string {
	b.t.Helper()
	return b.call(200, "POST", "/token", body)["token"].(string)
}

var tokenRows = []row{
	{kind: anEndpoint, call: callToken, page: pageToken, test: func(b *box) {
		roomID, code := b.codeFor(`{"name":"coded"}`)
		got := b.call(200, "POST", "/token", `{"code":"`+code+`","user_id":"u-5"}`)
		claims := b.claimsOf(got["token"].(string))
		equal(b.t, "id", len(claims["jti"].(string)), 36)
		delete(claims, "jti")
		now := float64(testStart.Unix())
		equal(b.t, "claims", claims, jwt.MapClaims{
			"access_key": DemoAccessKey, "type": "app", "version": 2.0, "room_id": roomID, "role": "student", "user_id": "u-5",
			"iat": now - 10, "nbf": now - 10, "exp": now + 24*60*60,
		})
		delete(got, "token")
		equal(b.t, "answer", got, object{"room_id": roomID, "role": "student", "expires_at": "2025-03-05T09:30:00Z"})
	}},
	{kind: aParameter, call: callToken, what: "code", page: pageToken, test: func(b *box) {
		_, code := b.codeFor(`{}`)
		b.call(200, "POST", "/token", `{"code":"`+code+`"}`)
		equal(b.t, "missing", b.call(400, "POST", "/token", `{}`), bare(400, "code is mandatory"))
		equal(b.t, "of another type", b.call(400, "POST", "/token", `{"code":1}`), bare(400, "Invalid body param: code must be a string"))
		equal(b.t, "unknown", b.call(404, "POST", "/token", `{"code":"abc-defg-hij"}`), bare(404, "code not found"))
		equal(b.t, "no body", b.call(400, "POST", "/token", ""), bare(400, "request body must not be empty"))
	}},
	{kind: aParameter, call: callToken, what: "user_id", page: pageToken, test: func(b *box) {
		_, code := b.codeFor(`{}`)
		equal(b.t, "sent", b.claimsOf(b.exchanged(`{"code":"` + code + `","user_id":"u-9"}`))["user_id"], any("u-9"))
		_, has := b.claimsOf(b.exchanged(`{"code":"` + code + `"}`))["user_id"]
		equal(b.t, "not sent", has, false)
		equal(b.t, "of another type", b.call(400, "POST", "/token", `{"code":"`+code+`","user_id":[]}`), bare(400, "Invalid body param: user_id must be a string"))
	}},
	{kind: aQuirk, call: callToken, what: "needs no token", page: pageToken, test: func(b *box) {
		_, code := b.codeFor(`{}`)
		b.token = "x.y.z"
		b.call(200, "POST", "/token", `{"code":"`+code+`"}`)
	}},
	{kind: aQuirk, call: callToken, what: "only enabled codes of enabled rooms work", page: "Room codes: overview", test: func(b *box) {
		roomID, code := b.codeFor(`{}`)
		b.call(200, "POST", "/rooms/"+roomID, `{"enabled":false}`)
		equal(b.t, "room", b.call(403, "POST", "/token", `{"code":"`+code+`"}`), bare(403, "room is disabled"))
		b.call(200, "POST", "/rooms/"+roomID, `{"enabled":true}`)
		b.call(200, "POST", "/room-codes/code", `{"code":"`+code+`","enabled":false}`)
		equal(b.t, "code", b.call(403, "POST", "/token", `{"code":"`+code+`"}`), bare(403, "code is disabled"))
	}},
	{kind: aQuirk, call: callToken, what: "a code whose role is gone doesn't work", page: "Room codes: enable or disable", test: func(b *box) {
		_, code := b.codeFor(`{}`)
		b.change(func(tx *tx) {
			next := *tx.defaultTemplate
			next.roles = slices.DeleteFunc(slices.Clone(next.roles), func(role string) bool { return role == "student" })
			tx.templates.put(tx, &next)
		})
		equal(b.t, "role", b.call(404, "POST", "/token", `{"code":"`+code+`"}`), bare(404, "role not found"))
	}},
	{kind: aQuirk, call: callToken, what: "auth tokens don't open the REST API", page: "Security and tokens", test: func(b *box) {
		_, code := b.codeFor(`{}`)
		b.token = b.exchanged(`{"code":"` + code + `"}`)
		equal(b.t, "refused", b.call(401, "GET", "/rooms", ""), failure(401, "Token validation error", "not a management token of version 2"))
	}},
	{kind: aReading, what: string(ReadingTokenAlone), page: pageToken, box: otherwise(ReadingTokenAlone), test: func(b *box) {
		roomID, code := b.codeFor(`{}`)
		got := b.call(200, "POST", "/token", `{"code":"`+code+`"}`)
		equal(b.t, "room", b.claimsOf(got["token"].(string))["room_id"], any(roomID))
		delete(got, "token")
		equal(b.t, "the rest", got, object{})
	}},
}

// TestAdminToken: the token that the sandbox gives away opens it for a day.
func TestAdminToken(t *testing.T) {
	b := newBox(t, Options{})
	r := httptest.NewRequest("GET", "http://localhost/sandbox/token", nil)
	r.RemoteAddr = "127.0.0.1:4711"
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	got := b.decoded(w.Body.String())
	b.token = got["token"].(string)
	b.call(200, "GET", "/rooms", "")
	b.advance(24*time.Hour - time.Second)
	b.call(200, "GET", "/rooms", "")
	b.advance(time.Second)
	b.call(401, "GET", "/rooms", "")
	delete(got, "token")
	equal(t, "answer", got, object{"expires_at": "2025-03-05T09:30:00Z"})
}

func TestParseAuthToken(t *testing.T) {
	b := newBox(t, Options{})
	claims := func(change string, value any) jwt.MapClaims {
		c := goodClaims(testStart)
		c["type"], c["room_id"], c["role"] = "app", "r1", "student"
		c[change] = value
		return c
	}
	for name, tc := range map[string]struct {
		token  string
		detail string // empty: it is good
	}{
		"good":          {sign(t, claims("user_id", "u-1"), DemoSecret), ""},
		"management":    {sign(t, claims("type", "management"), DemoSecret), "not an auth token of version 2"},
		"version 1":     {sign(t, claims("version", 1), DemoSecret), "not an auth token of version 2"},
		"over":          {sign(t, claims("exp", testStart.Unix()), DemoSecret), "token is expired"},
		"to come":       {sign(t, claims("nbf", testStart.Unix()+1), DemoSecret), "token is not valid yet"},
		"another key":   {sign(t, claims("access_key", "k"), DemoSecret), "not found"},
		"another hand":  {sign(t, claims("user_id", "u-1"), "other"), "signature is invalid"},
		"a room number": {sign(t, claims("room_id", 5), DemoSecret), "token is malformed"},
		"no token":      {strings.Repeat("x", 20), "token is malformed"},
	} {
		got, err := b.parseAuthToken(tc.token)
		if tc.detail != "" {
			equal(t, name, err, error(errToken(tc.detail)))
			continue
		}
		if err != nil {
			t.Fatal(name, err)
		}
		equal(t, name, []string{got.RoomID, got.Role, got.UserID}, []string{"r1", "student", "u-1"})
	}
}
