package handlers

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
)

// SetUpLink is the one-time link to make the first admin with. It is good while there is no user, for this run of the
// program.
type SetUpLink struct {
	mu    sync.Mutex
	token string
}

// NewSetUpLink returns a link with a fresh random token.
func NewSetUpLink() *SetUpLink { return &SetUpLink{token: rand.Text()} }

// Path is the link's path and query.
func (s *SetUpLink) Path() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "/setup?token=" + url.QueryEscape(s.token)
}

// Is says whether token is the link's.
func (s *SetUpLink) Is(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) == 1
}

// errSetUp stops a second first admin inside the transaction.
var errSetUp = errors.New("there is a user already")

func (a *App) setUp(w http.ResponseWriter, r *http.Request) error {
	if done, err := a.isSetUp(r); err != nil || done {
		return orRedirect(err, w, r, "/signin")
	}
	token := r.URL.Query().Get("token")
	if !a.SetUp.Is(token) {
		return a.showSetUp(w, r, http.StatusForbidden, &form.SetUp{})
	}
	return a.showSetUp(w, r, http.StatusOK, &form.SetUp{Token: token})
}

func orRedirect(err error, w http.ResponseWriter, r *http.Request, to string) error {
	if err != nil {
		return err
	}
	return web.Redirect(w, r, to)
}

func (a *App) isSetUp(r *http.Request) (bool, error) {
	n, err := a.DB.UserCount(r.Context())
	if err != nil {
		return false, fmt.Errorf("count users: %w", err)
	}
	return n > 0, nil
}

func (a *App) showSetUp(w http.ResponseWriter, r *http.Request, status int, f *form.SetUp) error {
	p := a.page(w, r, "Set up", "")
	p.Problem = f.Errors.Any()
	return web.Render(w, r, status, pages.SetUp(pages.SetUpData{Page: p, Token: f.Token, Email: f.Email, Errors: f.Errors}))
}

func (a *App) createFirstAdmin(w http.ResponseWriter, r *http.Request) error {
	v, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if done, err := a.isSetUp(r); err != nil || done {
		return orRedirect(err, w, r, "/signin")
	}
	f := form.ParseSetUp(v)
	if !a.SetUp.Is(f.Token) {
		return a.showSetUp(w, r, http.StatusForbidden, &form.SetUp{})
	}
	if !f.Valid() {
		return a.showSetUp(w, r, http.StatusUnprocessableEntity, f)
	}
	user, err := FirstAdmin(r.Context(), a.DB, a.Ledger, change(r, "first set-up"), form.CleanEmail(f.Email), f.Password)
	if errors.Is(err, errSetUp) {
		return web.Redirect(w, r, "/signin")
	}
	if err != nil {
		return err
	}
	return a.startSession(w, r, user, "user.signin", "/")
}

// asMaker lets the first admin stand as the maker of their own account: there is nobody else.
func asMaker(ch ledger.Change, u db.User) ledger.Change {
	if ch.Actor.ID == "" {
		ch.Actor.ID, ch.Actor.Name = u.ID, u.Email
	}
	return ch
}
