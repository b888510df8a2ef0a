package handlers_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/handlers"
)

// TestSignInWhileHistoryCannotBeWritten wants what needs a row of history not to happen, and to be told apart from a fault.
func TestSignInWhileHistoryCannotBeWritten(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*desk) (undo func()){
		"locked":    func(d *desk) func() { return d.lock() },
		"full disk": func(d *desk) func() { d.fullDisk(); return d.emptyDisk },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.member(db.RoleViewer)
			stranger, auditor := d.stranger(), d.as(db.RoleAuditor)
			undo := spoil(d)
			in := stranger.signIn("viewer@example.org", testPassword)
			file := auditor.get("/history.csv")
			undo()
			in.want(http.StatusServiceUnavailable)
			file.want(http.StatusServiceUnavailable)
			for what, p := range map[string]page{"sign-in": in, "export": file} {
				if !strings.Contains(p.problem(), "history can't be written") || p.header.Get("Content-Disposition") != "" {
					t.Errorf("the %s says %q", what, p.problem())
				}
			}
			if stranger.cookie() != "" {
				t.Error("a session was started")
			}
			if n := len(d.rows()); n != 0 {
				t.Errorf("history has %d rows", n)
			}
			stranger.signIn("viewer@example.org", testPassword).want(http.StatusSeeOther)
			auditor.get("/history.csv").want(http.StatusOK)
		})
	}
}

// TestSignInsAllAtOnce is a class that comes in together: only failures count.
func TestSignInsAllAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.app.Throttles = handlers.NewThrottles(newClock().now)
	d.member(db.RoleViewer)
	const mail = "viewer@example.org"
	status := make([]int, 24) // more than an account, and more than an address, may fail
	var wg sync.WaitGroup
	for i := range status {
		b := d.stranger()
		wg.Go(func() { status[i] = b.post("/signin", url.Values{"email": {mail}, "password": {testPassword}}).status })
	}
	wg.Wait()
	counts := map[int]int{}
	for _, s := range status {
		counts[s]++
	}
	if diff := cmp.Diff(map[int]int{http.StatusSeeOther: len(status)}, counts); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	for range 5 {
		d.stranger().signIn(mail, "not the password at all").want(http.StatusUnprocessableEntity)
	}
	heldBack(t, d.stranger().signIn(mail, testPassword))
}

// TestThrottleByNetwork guesses from many IPv6 addresses: whoever has one has all those of its /64.
func TestThrottleByNetwork(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.app.Throttles = handlers.NewThrottles(newClock().now)
	d.app.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	d.restart()
	d.member(db.RoleViewer)
	from := func(address, account, password string) page {
		b := d.stranger()
		r := b.request(http.MethodPost, "/signin", url.Values{"email": {account}, "password": {password}})
		r.Header.Set("X-Forwarded-For", address)
		return b.do(r)
	}
	for i := range 20 {
		n := strconv.Itoa(i)
		from("2001:db8:0:7:"+n+"::"+n, "guess"+n+"@example.org", "not the password at all").want(http.StatusUnprocessableEntity)
	}
	heldBack(t, from("2001:db8:0:7:ffff::1", "viewer@example.org", testPassword))
	from("2001:db8:0:8::1", "viewer@example.org", testPassword).want(http.StatusSeeOther)
	if got := d.rows()[19].IP; got != "2001:db8:0:7:19::19" {
		t.Errorf("history has the address %q: the whole of it is on record", got)
	}
}

// TestNextInTheAddress signs in by a form that has no field for where to go on.
func TestNextInTheAddress(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.member(db.RoleViewer)
	for next, want := range map[string]string{
		"/rooms": "/rooms", "https://evil.example/": "/", "//evil.example/": "/", `/\evil.example`: "/", "javascript:alert(1)": "/",
	} {
		address := "/signin?next=" + url.QueryEscape(next)
		v := url.Values{"email": {"viewer@example.org"}, "password": {testPassword}}
		if p := d.stranger().post(address, v).want(http.StatusSeeOther); p.location != want {
			t.Errorf("next=%q leads to %q, want %q", next, p.location, want)
		}
		v.Set("password", "not the password at all")
		if got := d.stranger().post(address, v).want(http.StatusUnprocessableEntity).form("/signin").Get("next"); got != want {
			t.Errorf("after a failure next=%q becomes %q, want %q", next, got, want)
		}
	}
	v := url.Values{"email": {"viewer@example.org"}, "password": {testPassword}, "next": {"/account"}}
	if p := d.stranger().post("/signin?next=/rooms", v).want(http.StatusSeeOther); p.location != "/account" {
		t.Errorf("the form's own field leads to %q", p.location)
	}
}

// TestLongUserAgent wants little of what a stranger may write as a browser's name to be kept for good.
func TestLongUserAgent(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.member(db.RoleViewer)
	for name, agent := range map[string]struct{ sent, kept string }{
		"long":              {strings.Repeat("x", 60_000), strings.Repeat("x", 512)},
		"cut in a letter":   {strings.Repeat("x", 511) + strings.Repeat("é", 30_000), strings.Repeat("x", 511)},
		"just short enough": {strings.Repeat("y", 512), strings.Repeat("y", 512)},
	} {
		before := len(d.rows())
		b := d.stranger()
		for _, password := range []string{"not the password at all", testPassword} {
			r := b.request(http.MethodPost, "/signin", url.Values{"email": {"viewer@example.org"}, "password": {password}})
			r.Header.Set("User-Agent", agent.sent)
			b.do(r)
		}
		got := []string{d.sessionOf(b).UserAgent}
		for _, row := range d.rows()[before:] {
			got = append(got, row.UserAgent)
		}
		if diff := cmp.Diff([]string{agent.kept, agent.kept, agent.kept}, got); diff != "" {
			t.Errorf("%s: the session's and history's (-want +got):\n%s", name, diff)
		}
	}
}
