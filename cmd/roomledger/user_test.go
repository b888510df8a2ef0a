package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const (
	otherEmail    = "olu@example.org"
	otherPassword = "seven loud geese at noon"
)

func TestUserCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	serving(t, dir, withAdmin(nil)).end()
	user := func(stdin string, args ...string) ran {
		return cli(t, environment{"USER": "ops"}, stdin, append([]string{"user", args[0], "-data", dir}, args[1:]...)...)
	}
	add := func(email, role, password string) ran {
		return user(password+"\n", "add", "-email", email, "-role", role, "-password-stdin")
	}
	add(" Olu@Example.org", "operator", otherPassword).want(t, exitFine, "")
	add(otherEmail, "viewer", otherPassword).want(t, exitNo, "has an account already")
	add("vera@example.org", "owner", otherPassword).want(t, exitUsage, "-role")
	add("vera", "viewer", otherPassword).want(t, exitUsage, "-email")
	add("vera@example.org", "viewer", "too short").want(t, exitUsage, "12 characters")
	add("vera@example.org", "viewer", "").want(t, exitUsage, "12 characters")
	user("", "add", "-email", "vera@example.org", "-role", "viewer").want(t, exitUsage, "-password-stdin")

	user("", "disable", "-email", adminEmail).want(t, exitNo, "last admin")
	user("", "disable", "-email", "nobody@example.org").want(t, exitNo, "nobody@example.org")
	user("", "disable").want(t, exitUsage, "-email")
	user("too short\n", "password", "-email", otherEmail, "-password-stdin").want(t, exitUsage, "12 characters")
	user(otherPassword, "password", "-email", "nobody@example.org", "-password-stdin").want(t, exitNo, "nobody@example.org")

	list := user("", "list")
	list.want(t, exitFine, "")
	for _, want := range []string{"EMAIL", adminEmail, otherEmail, "operator", "active", "never"} {
		if !strings.Contains(list.out, want) {
			t.Errorf("the list lacks %q:\n%s", want, list.out)
		}
	}
	if strings.Contains(list.out, "vera") {
		t.Errorf("a refused person is there:\n%s", list.out)
	}
	rec := readRecord(t, dir)
	rec.checkRows(t)
	last := rec.rows[len(rec.rows)-1]
	if last.Action != "user.create" || last.TargetName != otherEmail || last.ActorKind != "cli" || last.ActorName != "ops" {
		t.Errorf("the last row is %+v", last)
	}
	for _, row := range rec.rows {
		if strings.Contains(row.After+row.Before+row.Request+row.Error, otherPassword) {
			t.Errorf("row %d has the password", row.Seq)
		}
	}
}

// TestUserCommandsWhileServing changes people under a running server, which has to notice at once.
func TestUserCommandsWhileServing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := serving(t, dir, withAdmin(nil))
	user := func(stdin string, args ...string) {
		t.Helper()
		args = append([]string{"user", args[0], "-data", dir, "-email", otherEmail}, args[1:]...)
		cli(t, nil, stdin, args...).want(t, exitFine, "")
	}
	user(otherPassword, "add", "-role", "viewer", "-password-stdin")
	b := newBrowser(t)
	b.signIn(t, r.base, otherEmail, otherPassword)
	b.want(t, http.StatusOK, r.base+"/rooms", nil)
	b.want(t, http.StatusForbidden, r.base+"/history", nil)

	const newPassword = "a third and different one"
	user(newPassword, "password", "-password-stdin")
	if p := b.want(t, http.StatusSeeOther, r.base+"/rooms", nil); !strings.HasPrefix(p.location, "/signin") {
		t.Errorf("the old session leads to %s", p.location)
	}
	old := url.Values{"email": {otherEmail}, "password": {otherPassword}}
	b.want(t, http.StatusUnprocessableEntity, r.base+"/signin", old)
	b.signIn(t, r.base, otherEmail, newPassword)

	user("", "disable")
	b.want(t, http.StatusSeeOther, r.base+"/rooms", nil)
	b.want(t, http.StatusUnprocessableEntity, r.base+"/signin", url.Values{"email": {otherEmail}, "password": {newPassword}})
	secretsKept(t, r, adminPassword, otherPassword, newPassword)
	r.end()
}

func TestUserHelp(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"-help", "--help", "-h", "help"} {
		r := cli(t, nil, "", "user", flag)
		r.want(t, exitFine, "")
		if !strings.Contains(r.out, "user add|list|disable|password") {
			t.Errorf("user %s says %q", flag, r.out)
		}
	}
}
