package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
)

func TestSetUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.stranger()
	token := d.app.SetUp.Path()[len("/setup?token="):]
	v := b.get(d.app.SetUp.Path()).want(http.StatusOK).form("/setup")
	v.Set("email", " First@Example.org ")
	v.Set("password", testPassword)
	if p := b.post("/setup", v).want(http.StatusSeeOther); p.location != "/" || !b.signedIn() {
		t.Errorf("set-up leads to %s", p.location)
	}
	first := d.users()["first@example.org"]
	if first.Role != db.RoleAdmin || first.Disabled || len(d.users()) != 1 {
		t.Fatalf("the people are %+v", d.users())
	}
	rows := d.rows()
	if diff := cmp.Diff([]string{"user.create intent", "user.create done", "user.signin note"}, phases(rows)); diff != "" {
		t.Fatalf("history (-want +got):\n%s", diff)
	}
	for _, row := range rows {
		if row.ActorID != first.ID || row.TargetID != first.ID || row.IP != "127.0.0.1" {
			t.Errorf("the row's actor is %s, its target %s, its address %q", row.ActorID, row.TargetID, row.IP)
		}
	}
	again := d.stranger()
	for _, p := range []page{again.get("/setup?token=" + token), again.post("/setup", v)} {
		if p.want(http.StatusSeeOther).location != "/signin" {
			t.Errorf("the used link leads to %s", p.location)
		}
	}
	if len(d.users()) != 1 || again.cookie() != "" {
		t.Error("the link worked a second time")
	}
	for _, secret := range []string{token, testPassword} {
		if strings.Contains(d.onDisk(), secret) || strings.Contains(d.log.String(), secret) {
			t.Errorf("%q stands in the database or the log", secret)
		}
	}
}

func TestSetUpRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := d.app.SetUp.Path()[len("/setup?token="):]
	for _, path := range []string{"/setup", "/setup?token=", "/setup?token=" + strings.Repeat("A", len(token)), "/setup?token=" + token + "A"} {
		if p := d.stranger().get(path).want(http.StatusForbidden); p.Find("form[action='/setup']").Length() != 0 {
			t.Errorf("%s shows the form", path)
		}
	}
	tests := []struct {
		name, token, email, password string
		status                       int
		field                        string
	}{
		{"no token", "", "a@example.org", testPassword, http.StatusForbidden, ""},
		{"wrong token", strings.ToLower(token), "a@example.org", testPassword, http.StatusForbidden, ""},
		{"wrong token, broken rules", "x", "", "", http.StatusForbidden, ""},
		{"no email", token, "", testPassword, http.StatusUnprocessableEntity, "email"},
		{"no address", token, "first", testPassword, http.StatusUnprocessableEntity, "email"},
		{"no password", token, "a@example.org", "", http.StatusUnprocessableEntity, "password"},
		{"short password", token, "a@example.org", "eleven char", http.StatusUnprocessableEntity, "password"},
		{"email as password", token, "somebody@example.org", "Somebody@example.org", http.StatusUnprocessableEntity, "password"},
		{"NUL", token, "a\x00@example.org", testPassword, http.StatusUnprocessableEntity, "email"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := d.stranger()
			p := b.post("/setup", url.Values{"token": {tt.token}, "email": {tt.email}, "password": {tt.password}}).want(tt.status)
			if tt.field != "" {
				if p.message(tt.field) == "" {
					t.Errorf("no message at %s: %s", tt.field, p.problem())
				}
				if got := p.form("/setup"); got.Get("token") != token || got.Get("password") != "" {
					t.Errorf("the form comes back with %v", got)
				}
			}
			if b.cookie() != "" || len(d.users()) != 0 || len(d.rows()) != 0 {
				t.Error("something was made")
			}
		})
	}
}

// TestSetUpTwiceAtOnce sends the one-time link's form from many browsers at the same moment.
func TestSetUpTwiceAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	v := d.stranger().get(d.app.SetUp.Path()).want(http.StatusOK).form("/setup")
	places := make([]string, 6)
	var wg sync.WaitGroup
	for i := range places {
		mine := url.Values{"token": v["token"], "email": {string(rune('a'+i)) + "@example.org"}, "password": {testPassword}}
		wg.Go(func() { places[i] = d.stranger().post("/setup", mine).location })
	}
	wg.Wait()
	counts := map[string]int{}
	for _, p := range places {
		counts[p]++
	}
	if diff := cmp.Diff(map[string]int{"/": 1, "/signin": 5}, counts); diff != "" {
		t.Errorf("where the browsers were led (-want +got):\n%s", diff)
	}
	if n := len(d.users()); n != 1 {
		t.Errorf("there are %d admins", n)
	}
	if diff := cmp.Diff([]string{"user.create intent", "user.create done", "user.signin note"}, phases(d.rows())); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}
