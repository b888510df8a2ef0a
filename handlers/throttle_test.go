package handlers_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/handlers"
)

// heldBack wants an answer that holds the try back, and returns the seconds to wait.
func heldBack(t *testing.T, p page) time.Duration {
	t.Helper()
	p.want(http.StatusTooManyRequests)
	n, err := strconv.Atoi(p.header.Get("Retry-After"))
	if err != nil || n < 1 {
		t.Fatalf("Retry-After is %q", p.header.Get("Retry-After"))
	}
	if p.Find(`[role="alert"]`).Length() != 1 || strings.Contains(p.body, testPassword) {
		t.Errorf("the page says %q", p.problem())
	}
	return time.Duration(n) * time.Second
}

func TestThrottleByAccount(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := newClock()
	d.app.Throttles = handlers.NewThrottles(c.now)
	d.member(db.RoleViewer)
	d.member(db.RoleAdmin)
	fails := func(account string) {
		t.Helper()
		d.stranger().signIn(account, "not the password at all").want(http.StatusUnprocessableEntity)
	}
	for range 4 {
		fails("viewer@example.org")
	}
	d.stranger().signIn("viewer@example.org", testPassword).want(http.StatusSeeOther) // clears the four
	for range 4 {
		fails("viewer@example.org")
	}
	fails(" VIEWER@example.org") // the same account
	wait := heldBack(t, d.stranger().signIn("Viewer@example.org", testPassword))
	d.stranger().get("/signin").want(http.StatusOK)
	d.stranger().signIn("admin@example.org", testPassword).want(http.StatusSeeOther)
	for range 10 { // being held back isn't failing: the wait doesn't grow
		heldBack(t, d.stranger().signIn("viewer@example.org", testPassword))
	}
	c.pass(wait)
	d.stranger().signIn("viewer@example.org", testPassword).want(http.StatusSeeOther)
	for range 4 {
		fails("viewer@example.org")
	}
}

// TestThrottleOfUnknownAccounts wants them held back as real ones are, or trying would tell who has an account.
func TestThrottleOfUnknownAccounts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.app.Throttles = handlers.NewThrottles(newClock().now)
	for range 5 {
		d.stranger().signIn("nobody@example.org", "not the password at all").want(http.StatusUnprocessableEntity)
	}
	heldBack(t, d.stranger().signIn("nobody@example.org", testPassword))
}

// TestThrottleByAddress guesses at many accounts from one address.
func TestThrottleByAddress(t *testing.T) {
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
		from("192.0.2.1", "guess"+strconv.Itoa(i)+"@example.org", "not the password at all").want(http.StatusUnprocessableEntity)
	}
	for range 6 { // more than an account is allowed to fail
		heldBack(t, from("192.0.2.1", "viewer@example.org", "not the password at all"))
	}
	// Whoever guesses shuts out their own address, not the account.
	from("192.0.2.2", "viewer@example.org", testPassword).want(http.StatusSeeOther)
	if rows := d.rows(); rows[0].IP != "192.0.2.1" || rows[len(rows)-1].IP != "192.0.2.2" {
		t.Errorf("history has the addresses %q and %q", rows[0].IP, rows[len(rows)-1].IP)
	}
}

// TestGuessesAllAtOnce wants no more guesses checked than the account may fail, however they arrive.
func TestGuessesAllAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.app.Throttles = handlers.NewThrottles(newClock().now)
	d.member(db.RoleViewer)
	status := make([]int, 16)
	var wg sync.WaitGroup
	for i := range status {
		wg.Go(func() {
			status[i] = d.stranger().post("/signin", url.Values{"email": {"viewer@example.org"}, "password": {"guess number " + strconv.Itoa(i)}}).status
		})
	}
	wg.Wait()
	counts := map[int]int{}
	for _, s := range status {
		counts[s]++
	}
	if diff := cmp.Diff(map[int]int{422: 5, 429: 11}, counts); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

// TestHeldBackTriesOnRecord wants one row a minute, so that a flood of tries doesn't flood history.
func TestHeldBackTriesOnRecord(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := newClock()
	d.app.Throttles = handlers.NewThrottles(c.now)
	try := func(status int) {
		t.Helper()
		d.stranger().signIn("nobody@example.org", "not the password at all").want(status)
	}
	held := func() int {
		n := 0
		for _, row := range d.rows() {
			if strings.HasPrefix(row.Error, "Held back") {
				n++
			}
		}
		return n
	}
	for range 5 {
		try(http.StatusUnprocessableEntity)
	}
	for _, wait := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute} { // the wait doubles
		c.pass(wait)
		try(http.StatusUnprocessableEntity)
	}
	for minute := range 3 {
		for range 3 {
			try(http.StatusTooManyRequests)
		}
		if got := held(); got != minute+1 {
			t.Errorf("minute %d: %d rows tell of tries that were held back, want %d", minute, got, minute+1)
		}
		c.pass(time.Minute)
	}
}
