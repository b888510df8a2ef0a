package sandbox

import (
	"maps"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// requestRows are about tokens, requests, answers and lists in general.
var requestRows = []row{
	{kind: aQuirk, what: "a wrong token is a 401 with details", page: "Errors", test: func(b *box) {
		b.token = "x.y.z"
		equal(b.t, "answer", b.call(401, "GET", "/rooms", ""), failure(401, "Token validation error", "token is malformed"))
	}},
	{kind: aQuirk, what: "an unknown access key is `not found`", page: "Errors", test: func(b *box) {
		claims := goodClaims(testStart)
		claims["access_key"] = absentID
		b.token = sign(b.t, claims, DemoSecret)
		equal(b.t, "answer", b.call(401, "GET", "/rooms", ""), failure(401, "Token validation error", "not found"))
	}},
	{kind: aQuirk, what: "no token is `Authentication error`", page: "Rooms: create", test: func(b *box) {
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequest("POST", "/v2/rooms", nil))
		equal(b.t, "answer", decoded(b, w), failure(401, "Authentication error"))
	}},
	{kind: aQuirk, what: "over the rate: 429 with the wait in the text alone", page: "Webhooks: list", box: Options{Rate: 1}, test: func(b *box) {
		b.call(200, "GET", "/rooms", "")
		w := b.do("GET", "/rooms", "")
		equal(b.t, "answer", decoded(b, w), failure(429, "rate limit exceeded, retry after 1 seconds"))
		equal(b.t, "header", w.Header().Get("Retry-After"), "")
	}},
	{kind: aQuirk, what: "tokens need the secret, the type management, version 2, and a time between nbf and exp", page: "Security and tokens", test: func(b *box) {
		now := testStart.Unix()
		for detail, change := range map[string]jwt.MapClaims{
			"not a management token of version 2": {"type": "app"}, "token is expired": {"exp": now}, "token is not valid yet": {"nbf": now + 1},
		} {
			b.token = sign(b.t, changedClaims(change), DemoSecret)
			equal(b.t, detail, b.call(401, "GET", "/rooms", ""), failure(401, "Token validation error", detail))
		}
		b.token = sign(b.t, changedClaims(jwt.MapClaims{"version": 1}), DemoSecret)
		b.call(401, "GET", "/rooms", "")
		b.token = sign(b.t, goodClaims(testStart), "other")
		equal(b.t, "secret", b.call(401, "GET", "/rooms", ""), failure(401, "Token validation error", "signature is invalid"))
		b.token = sign(b.t, changedClaims(jwt.MapClaims{"nbf": now, "exp": now + 1}), DemoSecret)
		b.call(200, "GET", "/rooms", "")
	}},
	{kind: aQuirk, what: "jti, iat and nbf may be missing, and exp may be far", page: "Security and tokens", test: func(b *box) {
		b.token = sign(b.t, jwt.MapClaims{
			"access_key": DemoAccessKey, "type": "management", "version": 2, "exp": testStart.AddDate(1, 0, 0).Unix(),
		}, DemoSecret)
		b.call(200, "GET", "/rooms", "")
	}},
	{kind: aQuirk, what: "the secret is used as it stands, not decoded", page: "Security and tokens", box: Options{AccessKey: "k", Secret: "c2VjcmV0"}, test: func(b *box) {
		for secret, status := range map[string]int{"c2VjcmV0": 200, "secret": 401} {
			b.token = sign(b.t, changedClaims(jwt.MapClaims{"access_key": "k"}), secret)
			b.call(status, "GET", "/rooms", "")
		}
	}},
	{kind: aQuirk, what: "methods are GET, POST and DELETE alone", page: "Make API calls", test: func(b *box) {
		for _, method := range []string{"PUT", "PATCH", "DELETE"} {
			b.call(405, method, "/rooms/"+b.make(`{}`), `{}`)
		}
	}},
	{kind: aQuirk, what: "unknown keys and parameters are ignored", page: "Make API calls", test: func(b *box) {
		id := b.make(`{"name":"a","colour":"red","Description":"x"}`)
		equal(b.t, "description", b.call(200, "GET", "/rooms/"+id+"?colour=red", "")["description"], any(""))
		b.call(200, "POST", "/polls", `{"colour":"red"}`)
	}},
	{kind: aQuirk, what: "calls without a body ignore the {} of the vendor's client", page: "Node SDK", test: func(b *box) {
		for _, body := range []string{"", "{}", "{"} {
			b.call(200, "POST", "/room-codes/room/"+b.make(`{}`), body)
		}
	}},
	{kind: aQuirk, what: "times are in UTC, without zeros at their end", page: "Rooms: create", test: func(b *box) {
		b.advance(time.Second - 13*time.Millisecond)
		made := b.call(200, "POST", "/rooms", `{}`)
		equal(b.t, "times", []any{made["created_at"], made["updated_at"]}, []any{"2025-03-04T09:30:01.11Z", "2025-03-04T09:30:01.103Z"})
	}},
	{kind: aQuirk, what: "ids begin with the second of their making", page: "Rooms: object", test: func(b *box) {
		for _, id := range []string{b.make(`{}`), b.call(200, "POST", "/polls", `{}`)["id"].(string), b.call(200, "POST", "/templates", `{}`)["id"].(string)} {
			if !isID(id) || !strings.HasPrefix(id, "67c6c818") {
				b.t.Errorf("id %q", id)
			}
		}
	}},
	{kind: aQuirk, what: "a limit under 10 or over 100 is a bad query", page: "Pagination", test: func(b *box) {
		for _, path := range []string{"/rooms", "/templates", "/room-codes/room/" + b.make(`{}`), "/polls/" + b.call(200, "POST", "/polls", `{}`)["id"].(string) + "/results"} {
			for _, limit := range []string{"9", "101", "-1", "ten", "10.0"} {
				b.refused(errBadQuery, "GET", path+"?limit="+limit, "")
			}
			equal(b.t, path, b.call(200, "GET", path+"?limit=37", "")["limit"], any(37.0)) // as asked for, not as found
		}
	}},

	readingRow(ReadingStrictTokens, func(b *box) {
		claims := goodClaims(testStart)
		b.call(401, "GET", "/rooms", "")
		claims["jti"] = "unique"
		b.token = sign(b.t, claims, DemoSecret)
		b.call(200, "GET", "/rooms", "")
		claims["exp"] = testStart.AddDate(0, 0, 91).Unix()
		b.token = sign(b.t, claims, DemoSecret)
		b.call(401, "GET", "/rooms", "")
	}),
	readingRow(ReadingOneTokenText, func(b *box) {
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequest("POST", "/v2/room-codes/code", nil))
		equal(b.t, "answer", decoded(b, w), failure(401, "Token validation error", "no bearer token"))
	}),
	readingRow(ReadingClampLimits, func(b *box) {
		equal(b.t, "low", b.call(200, "GET", "/rooms?limit=1", "")["limit"], any(10.0))
		equal(b.t, "high", b.call(200, "GET", "/templates?limit=1000", "")["limit"], any(100.0))
		b.refused(errBadQuery, "GET", "/rooms?limit=ten", "")
	}),
	readingRow(ReadingEmptyLists, func(b *box) {
		id, code := coded(b)
		poll := b.call(200, "POST", "/polls", `{}`)["id"].(string)
		for path, key := range map[string]string{
			"/rooms?start=" + id: "data", "/templates?start=" + classroomID: "data", "/room-codes/room/" + id + "?start=" + code: "data",
			"/polls/" + poll + "/sessions?start=" + id: "responses", "/polls/" + poll + "/results?start=" + id: "results",
		} {
			equal(b.t, path, b.call(200, "GET", path, "")[key], any([]any{}))
		}
	}),
	readingRow(ReadingUnknownKeys, func(b *box) {
		unknown := badParamFailure("colour is not allowed")
		equal(b.t, "create", b.call(400, "POST", "/rooms", `{"name":"a","colour":"red"}`), unknown)
		id := b.make(`{"name":"a","template_id":"` + webinarID + `"}`)
		equal(b.t, "update", b.call(400, "POST", "/rooms/"+id, `{"template_id":"`+webinarID+`"}`), badParamFailure("template_id is not allowed"))
		b.refused(errTemplateKey, "POST", "/rooms/"+id, `{"template":"x"}`)
		b.refused(errCodeBody, "POST", "/room-codes/code", `{"code":"abc-defg-hij","enabled":true,"colour":"red"}`)
		for _, path := range []string{"/polls", "/recordings/room/" + id + "/start", "/active-rooms/" + id + "/end-room"} {
			equal(b.t, path, b.call(400, "POST", path, `{"colour":"red"}`), unknown)
		}
	}),
}

// changedClaims are those of a good token, but for some.
func changedClaims(change jwt.MapClaims) jwt.MapClaims {
	claims := goodClaims(testStart)
	maps.Copy(claims, change)
	return claims
}
