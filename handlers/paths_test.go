package handlers_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"roomledger/db"
)

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tests := []struct{ method, path string }{
		{"GET", "/nope"},
		{"GET", "/rooms/000000000000000000000000/nope"},
		{"GET", "/rooms/"},
		{"GET", "/SIGNIN"},
		{"GET", "/favicon.ico"},
		{"POST", "/nope"},
		{"POST", "/rooms"},
		{"POST", "/healthz"},
		{"PUT", "/rooms/new"},
		{"DELETE", "/settings/people"},
		{"PROPFIND", "/rooms"},
	}
	for _, tt := range tests {
		t.Run(tt.method+strings.ReplaceAll(tt.path, "/", "|"), func(t *testing.T) {
			p := d.stranger().send(tt.method, tt.path, nil).want(http.StatusSeeOther)
			if want := "/signin?next=" + url.QueryEscape(tt.path); p.location != want {
				t.Errorf("signed out it leads to %s, want %s", p.location, want)
			}
			checkHeaders(t, p)
			for _, role := range roles {
				checkHeaders(t, d.as(role).send(tt.method, tt.path, nil).want(http.StatusNotFound))
			}
		})
	}
}

// TestMissingThings asks with the right to see them for things that aren't there.
func TestMissingThings(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	admin := d.as(db.RoleAdmin)
	const id = "0123456789abcdef01234567"
	for _, path := range []string{
		"/rooms/" + id, "/rooms/" + id + "/disable", "/rooms/" + id + "/enable", "/rooms/" + id + "/codes", "/rooms/not-an-id",
		"/rooms/not-an-id/disable", "/rooms/" + id + "/codes/abc-defg-hij/disable", "/rooms/..%2f..%2ftemplates",
		"/templates/" + id, "/templates/not-an-id", "/templates/" + id + "/matrix", "/templates/" + id + "/versions", "/templates/" + id + "/versions/1",
		"/templates/" + id + "/default", "/templates/not-an-id/versions/1", "/templates/..%2f..%2frooms",
		"/history/nope", "/history/%00", "/settings/people/nope", "/settings/people/%ff", "/settings/sessions/nope/revoke",
	} {
		if p := admin.get(path); p.status != http.StatusNotFound {
			t.Errorf("GET %s: status %d, want 404: %s", path, p.status, p.problem())
		}
	}
	before := d.state()
	token := url.Values{"form_token": {rand.Text()}}
	for _, path := range []string{
		"/rooms/" + id + "/disable", "/rooms/not-an-id/enable", "/rooms/" + id + "/codes",
		"/rooms/" + id + "/codes/abc-defg-hij/disable", "/settings/people/nope", "/settings/sessions/nope/revoke",
		"/templates/" + id + "/default", "/templates/not-an-id/default",
	} {
		if p := admin.post(path, token); p.status != http.StatusNotFound {
			t.Errorf("POST %s: status %d, want 404: %s", path, p.status, p.problem())
		}
	}
	d.same(before)
}

// TestFirstVisit follows somebody without a session from a deep link through sign-in to where they wanted to go.
func TestFirstVisit(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.member(db.RoleAuditor)
	b := d.stranger()
	p := b.get(b.get("/history?outcome=failed&q=a+b").want(http.StatusSeeOther).location).want(http.StatusOK)
	v := p.form("/signin")
	v.Set("email", "auditor@example.org")
	v.Set("password", testPassword)
	p = b.post("/signin", v).want(http.StatusSeeOther)
	if want := "/history?outcome=failed&q=a+b"; p.location != want {
		t.Errorf("sign-in leads to %s, want %s", p.location, want)
	}
	b.get(p.location).want(http.StatusOK)
}

func TestHeadersOfAssets(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.stranger()
	signIn := b.get("/signin").want(http.StatusOK)
	links := signIn.Find(`link[rel="stylesheet"], script[src]`)
	if links.Length() == 0 {
		t.Fatal("the page links no assets")
	}
	for _, s := range links.EachIter() {
		path := s.AttrOr("href", s.AttrOr("src", ""))
		p := b.get(path).want(http.StatusOK)
		if p.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(p.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s has the headers %s", path, fmt.Sprint(p.header))
		}
	}
}
