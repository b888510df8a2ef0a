package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
)

// Throttles hold back sign-ins after failures, by account and by address.
type Throttles struct {
	Account *web.Throttle
	Address *web.Throttle
	turn    chan struct{} // held by whoever has a password checked
	held    *minutely     // one history row a minute tells of tries that were held back
}

// NewThrottles returns the sign-in throttles: 5 failures an account and 20 an address in a quarter of an hour.
func NewThrottles(now func() time.Time) Throttles {
	return Throttles{
		Account: web.NewThrottle(5, 15*time.Minute, now),
		Address: web.NewThrottle(20, 15*time.Minute, now),
		turn:    make(chan struct{}, 1),
		held:    &minutely{now: now},
	}
}

// check runs authenticate, unless this account or this address has to wait after failures: then it says how long. One at
// a time has its password checked, so that guesses sent all at once can't slip past the count; and only failures count.
func (t Throttles) check(ctx context.Context, account, address string, authenticate func() error) (wait time.Duration, err error) {
	if d := t.wait(account, address); d > 0 {
		return d, nil // without a place in the queue
	}
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if d := t.wait(account, address); d > 0 {
		return d, nil
	}
	err = authenticate()
	switch {
	case err == nil:
		t.Account.Clear(account)
		t.Address.Clear(address)
	case errors.Is(err, db.ErrBadLogin):
		t.Account.Fail(account)
		t.Address.Fail(address)
	}
	return 0, err
}

func (t Throttles) wait(account, address string) time.Duration {
	return max(t.Account.Wait(account), t.Address.Wait(address))
}

// throttleKeys are what failures are counted by.
func throttleKeys(r *http.Request, email string) (account, address string) {
	return "account\x00" + form.CleanEmail(email), "address\x00" + network(web.ClientIP(r.Context()))
}

// network is what failures of an address are counted by: with IPv6 everybody has 2^64 addresses to try from.
func network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil || !addr.Is6() {
		return ip
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return ip
	}
	return prefix.String()
}

// minutely is true once a minute.
type minutely struct {
	now  func() time.Time
	mu   sync.Mutex
	last time.Time
}

func (m *minutely) due() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if now.Sub(m.last) < time.Minute {
		return false
	}
	m.last = now
	return true
}

func (a *App) signIn(w http.ResponseWriter, r *http.Request) error {
	next := form.NextPath(r.URL.Query().Get("next"))
	if viewerOf(r).user.ID != "" {
		return web.Redirect(w, r, next)
	}
	return a.showSignIn(w, r, http.StatusOK, &form.SignIn{Next: next})
}

func (a *App) showSignIn(w http.ResponseWriter, r *http.Request, status int, f *form.SignIn) error {
	p := a.page(w, r, "Sign in", "")
	p.Problem = f.Errors.Any()
	return web.Render(w, r, status, pages.SignIn(pages.SignInData{Page: p, Email: f.Email, Next: form.NextPath(f.Next), Errors: f.Errors}))
}

func (a *App) checkSignIn(w http.ResponseWriter, r *http.Request) error {
	v, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	f := form.ParseSignIn(v)
	f.Next = cmp.Or(f.Next, r.URL.Query().Get("next"))
	if !f.Valid() {
		return a.showSignIn(w, r, http.StatusUnprocessableEntity, f)
	}
	select {
	case <-a.Prepared:
	case <-r.Context().Done():
		return r.Context().Err()
	}
	account, address := throttleKeys(r, f.Email)
	var user db.User
	held, err := a.Throttles.check(r.Context(), account, address, func() (err error) {
		user, err = a.DB.Authenticate(r.Context(), form.CleanEmail(f.Email), f.Password)
		return err
	})
	switch {
	case held > 0:
		return a.heldBack(w, r, f, held)
	case errors.Is(err, db.ErrBadLogin):
		return a.refuseSignIn(w, r, f)
	case err != nil:
		return fmt.Errorf("check the password: %w", err)
	}
	return a.startSession(w, r, user, "user.signin", form.NextPath(f.Next))
}

// startSession signs a user in: the session and its history row are one transaction.
func (a *App) startSession(w http.ResponseWriter, r *http.Request, user db.User, action, next string) error {
	ch := asUser(r, user)
	var cookie *http.Cookie
	err := a.Ledger.Note(r.Context(), ch, action, userTarget(user), "", func(tx *db.Tx) (err error) {
		cookie, err = a.Sessions.Begin(tx, r, user, ch.Actor.IP)
		return err
	})
	if err != nil {
		return fmt.Errorf("start a session: %w", err)
	}
	http.SetCookie(w, cookie)
	return web.Redirect(w, r, next)
}

func asUser(r *http.Request, u db.User) ledger.Change {
	ch := change(r, "")
	ch.Actor.ID, ch.Actor.Name = u.ID, u.Email
	return ch
}

func userTarget(u db.User) ledger.Target {
	return ledger.Target{Kind: "user", ID: u.ID, Name: u.Email}
}

// refuseSignIn answers a wrong account or password, in the same words for both.
func (a *App) refuseSignIn(w http.ResponseWriter, r *http.Request, f *form.SignIn) error {
	if err := a.noteFailedSignIn(r, form.CleanEmail(f.Email), "Wrong e-mail address or password."); err != nil {
		return err
	}
	f.Errors.Add("", "The e-mail address or the password is wrong. Check both and try again.")
	return a.showSignIn(w, r, http.StatusUnprocessableEntity, f)
}

// heldBack answers a try that comes too soon after failures. One row a minute tells of such tries.
func (a *App) heldBack(w http.ResponseWriter, r *http.Request, f *form.SignIn, d time.Duration) error {
	if a.Throttles.held.due() {
		if err := a.noteFailedSignIn(r, form.CleanEmail(f.Email), "Held back after too many failures."); err != nil {
			return err
		}
	}
	w.Header().Set("Retry-After", strconv.Itoa(wholeSeconds(d)))
	f.Errors.Add("", "Too many tries failed. Wait "+form.DurationWords(wholeSeconds(d))+", then try again.")
	return a.showSignIn(w, r, http.StatusTooManyRequests, f)
}

// noteFailedSignIn records a failure. An account that doesn't exist is kept as a mark alone: people type passwords
// into the wrong field.
func (a *App) noteFailedSignIn(r *http.Request, account, problem string) error {
	t := ledger.Target{Kind: "user", Name: "hmac-sha256:" + a.Ledger.Mark("account\x00"+account)}
	user, err := a.DB.UserByEmail(r.Context(), account)
	switch {
	case err == nil:
		t = userTarget(user)
	case !errors.Is(err, db.ErrNotFound):
		return fmt.Errorf("read the account: %w", err)
	}
	ch := change(r, "")
	ch.Actor.ID, ch.Actor.Name = t.ID, t.Name
	return a.Ledger.Note(r.Context(), ch, "user.signin", t, problem, nil)
}

func (a *App) confirmSignOut(w http.ResponseWriter, r *http.Request) error {
	return a.confirm(w, r, "", pages.ConfirmData{
		Heading: "Sign out?", Sentence: "You can sign in again at any time.",
		Action: "/signout", Button: "Sign out", Cancel: "/",
	})
}

func (a *App) signOut(w http.ResponseWriter, r *http.Request) error {
	v := viewerOf(r)
	err := a.Ledger.Note(r.Context(), change(r, ""), "user.signout", userTarget(v.user), "", func(tx *db.Tx) error {
		_, err := tx.RevokeSession(v.session.ID)
		if errors.Is(err, db.ErrNotFound) {
			return nil // revoked from elsewhere at the same moment
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	http.SetCookie(w, a.Sessions.Forget())
	return web.Redirect(w, r, "/signin")
}
