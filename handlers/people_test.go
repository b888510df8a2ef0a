package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
)

const newPassword = "quite another set of words"

// users are the people as the database has them, by email.
func (d *desk) users() map[string]db.User {
	d.t.Helper()
	list, err := d.db.Users(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	byEmail := map[string]db.User{}
	for _, u := range list {
		byEmail[u.Email] = u
	}
	return byEmail
}

func TestAddPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	admin := d.as(db.RoleAdmin)
	v := admin.get("/settings/people").want(http.StatusOK).form("/settings/people")
	v.Set("email", " New.Person@Example.org")
	v.Set("role", db.RoleAuditor)
	v.Set("password", newPassword)
	p := admin.post("/settings/people", v).want(http.StatusSeeOther)
	list := admin.get(p.location).want(http.StatusOK)
	if told := list.Find(".flash").Text(); !strings.Contains(told, "new.person@example.org") {
		t.Errorf("the admin is told %q", told)
	}
	added, ok := d.users()["new.person@example.org"]
	if !ok || added.Role != db.RoleAuditor || list.Find(`a[href="/settings/people/`+added.ID+`"]`).Length() != 1 {
		t.Errorf("the people are %+v", d.users())
	}
	rows := d.rows()
	if diff := cmp.Diff([]string{"user.create intent", "user.create done"}, phases(rows)); diff != "" {
		t.Fatalf("history (-want +got):\n%s", diff)
	}
	if rows[1].TargetID != added.ID || rows[1].TargetName != added.Email || rows[1].ActorID != admin.who.ID ||
		rows[1].After != `{"email":"new.person@example.org","role":"auditor","disabled":false}` {
		t.Errorf("the outcome is %+v", rows[1])
	}
	b := d.stranger()
	b.signIn("new.person@example.org", newPassword).want(http.StatusSeeOther)
	b.get("/history").want(http.StatusOK)
	b.get("/settings/people").want(http.StatusForbidden)
	if strings.Contains(d.onDisk(), newPassword) || strings.Contains(d.log.String(), newPassword) {
		t.Error("the password stands in the database or the log")
	}
}

func TestAddPersonRules(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	admin := d.as(db.RoleAdmin)
	d.member(db.RoleViewer)
	const mail = "new@example.org"
	tests := []struct {
		name, email, role, password, field string
	}{
		{"no email", "", "viewer", newPassword, "email"},
		{"no address", "new", "viewer", newPassword, "email"},
		{"two in one", "a@example.org, b@example.org", "viewer", newPassword, "email"},
		{"long email", strings.Repeat("a", 300) + "@example.org", "viewer", newPassword, "email"},
		{"script", "<script>alert(1)</script>@example.org", "viewer", newPassword, "email"},
		{"email not UTF-8", "\xff@example.org", "viewer", newPassword, "email"},
		{"taken", "viewer@example.org", "viewer", newPassword, "email"},
		{"taken in another case", "VIEWER@Example.Org", "viewer", newPassword, "email"},
		{"no role", mail, "", newPassword, "role"},
		{"unknown role", mail, "root", newPassword, "role"},
		{"role in another case", mail, "Admin", newPassword, "role"},
		{"no password", mail, "viewer", "", "password"},
		{"short password", mail, "viewer", "short words", "password"},
		{"long password", mail, "viewer", strings.Repeat("long words ", 20), "password"},
		{"huge password", mail, "viewer", strings.Repeat("x", 1<<20), "password"},
		{"email as password", "longenough@example.org", "viewer", "longenough@example.org", "password"},
		{"one letter", mail, "viewer", "aaaaaaaaaaaaaaa", "password"},
		{"common password", mail, "viewer", "password1234", "password"},
		{"NUL in the password", mail, "viewer", newPassword + "\x00", "password"},
	}
	before := d.state()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := url.Values{"email": {tt.email}, "role": {tt.role}, "password": {tt.password}}
			p := admin.post("/settings/people", v).want(http.StatusUnprocessableEntity)
			if p.message(tt.field) == "" || !strings.HasSuffix(p.message(tt.field), ".") {
				t.Errorf("the message at %s is %q: %s", tt.field, p.message(tt.field), p.problem())
			}
			for _, other := range []string{"email", "role", "password"} {
				if other != tt.field && p.message(other) != "" {
					t.Errorf("there is a message at %s too: %q", other, p.message(other))
				}
			}
			got := p.form("/settings/people")
			if tt.name != "email not UTF-8" && got.Get("email") != tt.email || got.Get("password") != "" {
				t.Errorf("the form comes back with %v", got)
			}
			d.same(before)
		})
	}
	v := url.Values{"email": {mail, "other@example.org"}, "role": {"viewer"}, "password": {newPassword}}
	if p := admin.post("/settings/people", v).want(http.StatusUnprocessableEntity); p.message("email") == "" {
		t.Error("two addresses in one form were taken")
	}
}

// change sends the person's form, changed by pairs of field and value.
func (b *browser) change(u db.User, changes ...string) page {
	b.t.Helper()
	path := "/settings/people/" + u.ID
	v := b.get(path).want(http.StatusOK).form(path)
	if v.Has("current_password") {
		v.Set("current_password", testPassword)
	}
	for i := 0; i < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return b.post(path, v)
}

func TestOwnPasswordAsksForTheCurrentOne(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, role := range []string{db.RoleViewer, db.RoleAdmin} {
		b := d.as(role)
		for _, current := range []string{"", "not " + testPassword} {
			p := b.change(b.who, "password", newPassword, "current_password", current).want(http.StatusUnprocessableEntity)
			if got := p.message("current_password"); !strings.Contains(got, "not your password") {
				t.Errorf("%s with %q: the message is %q", role, current, got)
			}
		}
		if _, err := d.db.Authenticate(t.Context(), b.who.Email, testPassword); err != nil {
			t.Errorf("%s: the password was changed: %v", role, err)
		}
	}
}

func TestChangeRole(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	admin, viewer := d.as(db.RoleAdmin), d.as(db.RoleViewer)
	viewer.get("/rooms/new").want(http.StatusForbidden)
	admin.change(viewer.who, "role", db.RoleOperator).want(http.StatusSeeOther)
	if viewer.signedIn() {
		t.Error("the session of before the change still works")
	}
	rows := d.rows()
	if diff := cmp.Diff([]string{"user.update intent", "user.update done"}, phases(rows)); diff != "" {
		t.Fatalf("history (-want +got):\n%s", diff)
	}
	if before, after := roleIn(t, rows[0].Before), roleIn(t, rows[1].After); before != db.RoleViewer || after != db.RoleOperator {
		t.Errorf("history tells of a change from %s to %s", before, after)
	}
	viewer.signIn("viewer@example.org", testPassword).want(http.StatusSeeOther)
	viewer.get("/rooms/new").want(http.StatusOK)
	page := admin.get("/history/" + rows[0].Operation).want(http.StatusOK)
	if text := page.Find("main").Text(); !strings.Contains(text, db.RoleViewer) || !strings.Contains(text, db.RoleOperator) {
		t.Errorf("the operation's page doesn't show the change: %s", page.problem())
	}
}

func roleIn(t *testing.T, object string) string {
	t.Helper()
	var got struct{ Role string }
	if err := json.Unmarshal([]byte(object), &got); err != nil {
		t.Fatalf("%q: %v", object, err)
	}
	return got.Role
}

func TestDisablePerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	admin, operator := d.as(db.RoleAdmin), d.as(db.RoleOperator)
	admin.change(operator.who, "disabled", "on").want(http.StatusSeeOther)
	if operator.signedIn() {
		t.Error("a disabled person is still signed in")
	}
	d.stranger().signIn("operator@example.org", testPassword).want(http.StatusUnprocessableEntity)
	v := admin.get("/settings/people/" + operator.who.ID).form("/settings/people/" + operator.who.ID)
	if v.Get("disabled") != "on" {
		t.Fatalf("the form of a disabled person has %v", v)
	}
	v.Del("disabled")
	admin.post("/settings/people/"+operator.who.ID, v).want(http.StatusSeeOther)
	if operator.signedIn() {
		t.Error("a session of before came back with the person")
	}
	operator.signIn("operator@example.org", testPassword).want(http.StatusSeeOther)
}

func TestLastAdminStays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	admin := d.as(db.RoleAdmin)
	gone := db.User{ID: db.NewID(), Email: "gone@example.org", Role: db.RoleAdmin, Disabled: true}
	if err := d.db.InTx(t.Context(), func(tx *db.Tx) error { return tx.CreateUser(gone, testHash) }); err != nil {
		t.Fatal(err) // an admin who can't sign in doesn't count
	}
	before := d.state()
	for _, role := range []string{db.RoleViewer, db.RoleAuditor, db.RoleOperator} {
		p := admin.change(admin.who, "role", role).want(http.StatusUnprocessableEntity)
		if !strings.Contains(p.message("role"), "last admin") {
			t.Errorf("to %s: the message is %q", role, p.message("role"))
		}
		if got := p.form("/settings/people/" + admin.who.ID).Get("role"); got != role {
			t.Errorf("the form comes back with the role %q, typed was %q", got, role)
		}
	}
	p := admin.change(admin.who, "disabled", "on").want(http.StatusUnprocessableEntity)
	if p.Find(`[role="alert"]`).Length() != 1 {
		t.Errorf("the page says nothing: %s", p.problem())
	}
	d.same(before)
}

// TestNobodyDisablesThemselves wants it refused also where another admin is left: the page has no box for it.
func TestNobodyDisablesThemselves(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.addAdmin("second@example.org")
	for _, role := range roles {
		b := d.as(role)
		before := d.state()
		b.change(b.who, "disabled", "on", "password", "").want(map[bool]int{true: http.StatusUnprocessableEntity, false: http.StatusSeeOther}[role == db.RoleAdmin])
		if role == db.RoleAdmin {
			d.same(before)
		}
		if !b.signedIn() {
			t.Errorf("the %s has shut themselves out", role)
		}
	}
}

func (d *desk) addAdmin(email string) db.User {
	d.t.Helper()
	u := db.User{ID: db.NewID(), Email: email, Role: db.RoleAdmin}
	if err := d.db.InTx(d.t.Context(), func(tx *db.Tx) error { return tx.CreateUser(u, testHash) }); err != nil {
		d.t.Fatal(err)
	}
	return u
}

// TestAdminsDemoteEachOther lets two admins take the role from one another at the same moment: one of them stays.
func TestAdminsDemoteEachOther(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	one := d.as(db.RoleAdmin)
	second := d.addAdmin("second@example.org")
	two := d.stranger()
	two.signIn(second.Email, testPassword).want(http.StatusSeeOther)
	var wg sync.WaitGroup
	wg.Go(func() { one.post("/settings/people/"+second.ID, url.Values{"role": {db.RoleViewer}}) })
	wg.Go(func() { two.post("/settings/people/"+one.who.ID, url.Values{"role": {db.RoleViewer}}) })
	wg.Wait()
	admins := 0
	for _, u := range d.users() {
		if u.Role == db.RoleAdmin {
			admins++
		}
	}
	if admins != 1 {
		t.Errorf("%d admins are left, want 1", admins)
	}
}

func TestOwnPassword(t *testing.T) {
	t.Parallel()
	for _, role := range roles {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.addAdmin("second@example.org")
			b, elsewhere := d.as(role), d.as(role)
			p := b.change(b.who, "password", newPassword).want(http.StatusSeeOther)
			if strings.Contains(b.get(p.location).want(http.StatusOK).body, newPassword) {
				t.Error("the page shows the new password")
			}
			if !b.signedIn() || elsewhere.signedIn() {
				t.Errorf("signed in: here %v, elsewhere %v", b.signedIn(), elsewhere.signedIn())
			}
			d.stranger().signIn(b.who.Email, testPassword).want(http.StatusUnprocessableEntity)
			d.stranger().signIn(b.who.Email, newPassword).want(http.StatusSeeOther)
			rows := d.rows()
			if diff := cmp.Diff([]string{"user.update intent", "user.update done"}, phases(rows[:2])); diff != "" {
				t.Fatalf("history (-want +got):\n%s", diff)
			}
			if !strings.Contains(rows[1].After, `"password":"changed"`) || strings.Contains(rows[0].Before+rows[1].After, "argon2") {
				t.Errorf("history tells %s, then %s", rows[0].Before, rows[1].After)
			}
			if strings.Contains(d.onDisk(), newPassword) || strings.Contains(d.log.String(), newPassword) {
				t.Error("the password stands in the database or the log")
			}
		})
	}
}

// TestOwnRoleIsNotOnesOwn lets people who aren't admins post more than their form has.
func TestOwnRoleIsNotOnesOwn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, role := range []string{db.RoleViewer, db.RoleAuditor, db.RoleOperator} {
		b := d.as(role)
		b.post("/settings/people/"+b.who.ID, url.Values{"role": {db.RoleAdmin}, "email": {"new@example.org"}, "disabled": {"on"}})
		if u := d.users()[b.who.Email]; u.Role != role || u.Disabled {
			t.Errorf("the %s has become %+v", role, u)
		}
		b.get("/settings/people").want(http.StatusForbidden)
	}
}

func TestOtherPeopleAreHidden(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	admin := d.member(db.RoleAdmin)
	for _, role := range []string{db.RoleViewer, db.RoleAuditor, db.RoleOperator} {
		b := d.as(role)
		before := d.state()
		for _, id := range []string{admin.ID, "nobody"} { // the same answer: nobody learns which ids there are
			path := "/settings/people/" + id
			for _, p := range []page{b.get(path), b.post(path, url.Values{"role": {role}, "password": {newPassword}})} {
				p.want(http.StatusForbidden)
				if strings.Contains(p.body, admin.Email) {
					t.Errorf("the %s sees the admin's address", role)
				}
			}
		}
		d.same(before)
	}
}

func TestChangePersonRules(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	admin, viewer := d.as(db.RoleAdmin), d.member(db.RoleViewer)
	tests := []struct{ name, role, password, field string }{
		{"no role", "", "", "role"},
		{"unknown role", "root", "", "role"},
		{"short password", db.RoleAuditor, "short", "password"},
		{"email as password", db.RoleAuditor, "Viewer@example.org", "password"},
		{"huge password", db.RoleAuditor, strings.Repeat("x", 1<<20), "password"},
	}
	before := d.state()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := admin.change(viewer, "role", tt.role, "password", tt.password).want(http.StatusUnprocessableEntity)
			if p.message(tt.field) == "" {
				t.Errorf("no message at %s: %s", tt.field, p.problem())
			}
			got := p.form("/settings/people/" + viewer.ID)
			if got.Get("password") != "" || tt.role == db.RoleAuditor && got.Get("role") != tt.role {
				t.Errorf("the form comes back with %v", got)
			}
			d.same(before)
		})
	}
}

func TestNewPasswordFromAnAdmin(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	admin, viewer := d.as(db.RoleAdmin), d.as(db.RoleViewer)
	admin.change(viewer.who, "password", newPassword).want(http.StatusSeeOther)
	if viewer.signedIn() || !admin.signedIn() {
		t.Error("not just the sessions of the person with the new password have ended")
	}
	d.stranger().signIn("viewer@example.org", newPassword).want(http.StatusSeeOther)
}
