package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
)

// TestBrokenCookies wants those who carry one to be signed out, and nothing worse.
func TestBrokenCookies(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	good := d.as(db.RoleAdmin).cookie()
	if good == "" || !d.carrying(good).signedIn() {
		t.Fatal("the unbroken cookie doesn't work")
	}
	user := d.member(db.RoleAdmin)
	foreign := func(name string, key []byte) string {
		t.Helper()
		store := db.NewSessionStore(d.db, db.SessionOptions{Name: name}, key)
		var c *http.Cookie
		err := d.db.InTx(t.Context(), func(tx *db.Tx) (err error) {
			c, err = store.Begin(tx, httptest.NewRequest(http.MethodGet, "/", nil), user, "127.0.0.1")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return c.Value
	}
	flipped := []byte(good)
	flipped[len(flipped)/2] ^= 1
	for name, value := range map[string]string{
		"empty":            "",
		"words":            "hello",
		"truncated":        good[:len(good)-5],
		"one byte changed": string(flipped),
		"doubled":          good + good,
		"session id":       d.sessionOf(d.carrying(good)).ID,
		"another key":      foreign("roomledger", []byte("the key of somebody else's server")[:32]),
		"another cookie":   foreign("roomledger_other", testKey),
		"huge":             strings.Repeat("x", 3500),
	} {
		b := d.carrying(value)
		if b.signedIn() {
			t.Errorf("%s: signed in", name)
		}
		b.get("/signin").want(http.StatusOK)
		b.get("/healthz").want(http.StatusOK)
		b.signIn(user.Email, testPassword).want(http.StatusSeeOther)
		if !b.signedIn() {
			t.Errorf("%s: a sign-in doesn't replace the cookie", name)
		}
	}
}

// TestNewSessionAtSignIn wants a session that was there before to be worth nothing after.
func TestNewSessionAtSignIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleViewer)
	planted := b.cookie()
	admin := d.member(db.RoleAdmin)
	b.post("/signin", map[string][]string{"email": {admin.Email}, "password": {testPassword}}).want(http.StatusSeeOther)
	if b.cookie() == planted || b.cookie() == "" {
		t.Errorf("the cookie was %q, is %q", planted, b.cookie())
	}
	if d.carrying(planted).signedIn() {
		t.Error("the cookie of before still works")
	}
	if s := d.sessionOf(b); s.UserID != admin.ID {
		t.Errorf("the session is %s's", s.Email)
	}
}

func TestIdleSessionsEnd(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := newClock()
	d.app.Sessions = db.NewSessionStore(d.db, db.SessionOptions{Name: "roomledger", Idle: time.Hour, Absolute: 24 * time.Hour, Now: c.now}, testKey)
	busy, idle := d.as(db.RoleViewer), d.as(db.RoleViewer)
	for range 3 {
		c.pass(59 * time.Minute)
		if !busy.signedIn() {
			t.Fatal("a session in use has ended")
		}
	}
	if idle.signedIn() {
		t.Error("a session that nobody used for three hours still works")
	}
	c.pass(61 * time.Minute)
	if busy.signedIn() {
		t.Error("a session that nobody used for an hour still works")
	}
	if p := busy.get("/rooms?q=x").want(http.StatusSeeOther); p.location != "/signin?next=%2Frooms%3Fq%3Dx" {
		t.Errorf("who comes back is led to %s", p.location)
	}
}

func TestSessionsEndHoweverBusy(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := newClock()
	d.app.Sessions = db.NewSessionStore(d.db, db.SessionOptions{Name: "roomledger", Idle: time.Hour, Absolute: 5 * time.Hour, Now: c.now}, testKey)
	b := d.as(db.RoleViewer)
	for at := 30 * time.Minute; at < 5*time.Hour; at += 30 * time.Minute {
		c.pass(30 * time.Minute)
		if !b.signedIn() {
			t.Fatalf("the session has ended after %s", at)
		}
	}
	c.pass(30 * time.Minute)
	if b.signedIn() {
		t.Error("the session is older than it may get")
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b, elsewhere := d.as(db.RoleAuditor), d.as(db.RoleAuditor)
	value := b.cookie()
	v := b.get("/signout").want(http.StatusOK).form("/signout")
	if !b.signedIn() {
		t.Fatal("the page that asks signs out already")
	}
	if p := b.post("/signout", v).want(http.StatusSeeOther); p.location != "/signin" {
		t.Errorf("signing out leads to %s", p.location)
	}
	if b.cookie() != "" {
		t.Error("the browser still has its cookie")
	}
	if d.carrying(value).signedIn() {
		t.Error("a copy of the cookie still works")
	}
	if !elsewhere.signedIn() {
		t.Error("another browser of the same person is signed out too")
	}
	if diff := cmp.Diff([]string{"user.signout note"}, phases(d.rows())); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestRevokeOneSession(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	mine, other, third := d.as(db.RoleViewer), d.as(db.RoleViewer), d.as(db.RoleViewer)
	s := d.sessionOf(other)
	path := "/settings/sessions/" + s.ID + "/revoke"
	list := mine.get("/settings/sessions").want(http.StatusOK)
	if list.Find(`a[href="`+path+`"]`).Length() != 1 {
		t.Error("the list doesn't lead to the session's end")
	}
	p := mine.post(path, mine.get(path).want(http.StatusOK).form(path)).want(http.StatusSeeOther)
	if p.location != "/settings/sessions" {
		t.Errorf("it leads to %s", p.location)
	}
	if told := mine.get(p.location).Find(".flash").Text(); !strings.Contains(told, s.Email) {
		t.Errorf("the person is told %q", told)
	}
	if other.signedIn() || !mine.signedIn() || !third.signedIn() {
		t.Error("not just the one session has ended")
	}
	rows := d.rows()
	if diff := cmp.Diff([]string{"session.revoke intent", "session.revoke done"}, phases(rows)); diff != "" {
		t.Fatalf("history (-want +got):\n%s", diff)
	}
	if rows[1].TargetKind != "session" || rows[1].TargetID != s.ID || rows[1].TargetName != s.Email {
		t.Errorf("the row's target is %s %s %s", rows[1].TargetKind, rows[1].TargetID, rows[1].TargetName)
	}
	mine.post(path, nil).want(http.StatusNotFound) // it is gone
}

func TestRevokeOwnSession(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleViewer)
	p := b.post("/settings/sessions/"+d.sessionOf(b).ID+"/revoke", nil).want(http.StatusSeeOther)
	if p.location != "/signin" || b.cookie() != "" || b.signedIn() {
		t.Errorf("it leads to %s, the cookie is %q", p.location, b.cookie())
	}
}

func TestRevokeOtherSessions(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	mine, second, third, somebody := d.as(db.RoleViewer), d.as(db.RoleViewer), d.as(db.RoleViewer), d.as(db.RoleAdmin)
	const path = "/settings/sessions/revoke-others"
	p := mine.post(path, mine.get(path).want(http.StatusOK).form(path)).want(http.StatusSeeOther)
	if told := mine.get(p.location).Find(".flash").Text(); !strings.Contains(told, "2") {
		t.Errorf("the person is told %q", told)
	}
	got := []bool{mine.signedIn(), second.signedIn(), third.signedIn(), somebody.signedIn()}
	if diff := cmp.Diff([]bool{true, false, false, true}, got); diff != "" {
		t.Errorf("signed in: mine, my second, my third, somebody else's (-want +got):\n%s", diff)
	}
}

// TestOneOtherSessionIsOne wants grammar.
func TestOneOtherSessionIsOne(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	mine := d.as(db.RoleViewer)
	for _, want := range []string{"one other session", "no other session"} {
		if want[0] == 'o' {
			d.as(db.RoleViewer)
		}
		p := mine.post("/settings/sessions/revoke-others", nil).want(http.StatusSeeOther)
		if told := mine.get(p.location).Find(".flash").Text(); !strings.Contains(told, want) {
			t.Errorf("the person is told %q, want %q in it", told, want)
		}
	}
}

// TestWhoseSessions wants admins to see and end all of them, everybody else their own.
func TestWhoseSessions(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	admin, operator := d.as(db.RoleAdmin), d.as(db.RoleOperator)
	ends := func(of *browser) string { return "/settings/sessions/" + d.sessionOf(of).ID + "/revoke" }
	if p := operator.get("/settings/sessions").want(http.StatusOK); strings.Contains(p.body, "admin@example.org") {
		t.Error("an operator sees the admin's session")
	}
	before := d.state()
	operator.get(ends(admin)).want(http.StatusNotFound)
	operator.post(ends(admin), nil).want(http.StatusNotFound)
	d.same(before)
	p := admin.get("/settings/sessions").want(http.StatusOK)
	if !strings.Contains(p.Find("main").Text(), "operator@example.org") {
		t.Error("an admin doesn't see the operator's session")
	}
	if p.Find(`a[href="`+ends(admin)+`"]`).Length() != 0 {
		t.Error("the list offers to end the session that it is read with")
	}
	admin.post(ends(operator), nil).want(http.StatusSeeOther)
	if operator.signedIn() || !admin.signedIn() {
		t.Error("the admin's revoking ended the wrong session")
	}
}

func TestSessionsOfTheDisabledEnd(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleOperator)
	if !b.signedIn() {
		t.Fatal("not signed in")
	}
	d.disable(b.who)
	if b.signedIn() {
		t.Error("a disabled person is still signed in")
	}
}

func TestTheme(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleViewer)
	for _, tt := range []struct{ theme, back, want, location string }{
		{"dark", "/rooms?q=a", "dark", "/rooms?q=a"},
		{"light", "https://evil.example", "light", "/"},
		{"", "/", "", "/"},
		{"<script>", "//evil.example", "", "/"},
	} {
		p := b.post("/settings/theme", map[string][]string{"theme": {tt.theme}, "back": {tt.back}}).want(http.StatusSeeOther)
		if p.location != tt.location {
			t.Errorf("theme %q leads to %q, want %q", tt.theme, p.location, tt.location)
		}
		if got := b.get("/").want(http.StatusOK).Find("html").AttrOr("data-theme", ""); got != tt.want {
			t.Errorf("theme %q shows %q, want %q", tt.theme, got, tt.want)
		}
	}
}
