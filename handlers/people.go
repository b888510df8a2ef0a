package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
)

// account is what history tells of a user: never the password.
type account struct {
	Email    string `json:"email"`
	Role     string `json:"role"`
	Disabled bool   `json:"disabled"`
	Password string `json:"password,omitzero"` // "changed" or nothing
}

func accountOf(u db.User) account { return account{Email: u.Email, Role: u.Role, Disabled: u.Disabled} }

// FirstAdmin makes the first user, an admin. It fails when there is a user already.
func FirstAdmin(ctx context.Context, d *db.DB, l *ledger.Ledger, ch ledger.Change, email, password string) (db.User, error) {
	return createUser(ctx, d, l, ch, email, db.RoleAdmin, password, func(tx *db.Tx) error {
		n, err := tx.CountUsers()
		if err == nil && n > 0 {
			err = errSetUp
		}
		return err
	})
}

// CreateUser makes a user, with its history rows. The error is db.ErrExists when the address has an account.
func CreateUser(ctx context.Context, d *db.DB, l *ledger.Ledger, ch ledger.Change, email, role, password string) (db.User, error) {
	return createUser(ctx, d, l, ch, email, role, password, func(*db.Tx) error { return nil })
}

func createUser(ctx context.Context, d *db.DB, l *ledger.Ledger, ch ledger.Change, email, role, password string, check func(*db.Tx) error) (db.User, error) {
	hash, err := db.HashPassword(ctx, password)
	if err != nil {
		return db.User{}, fmt.Errorf("hash the password: %w", err)
	}
	now := time.Now().UTC()
	u := db.User{ID: db.NewID(), Email: email, Role: role, CreatedAt: now, UpdatedAt: now}
	err = l.Local(ctx, asMaker(ch, u), "user.create", userTarget(u), nil, accountOf(u), func(tx *db.Tx) error {
		if err := check(tx); err != nil {
			return err
		}
		return tx.CreateUser(u, hash)
	})
	if err != nil {
		return db.User{}, fmt.Errorf("create user: %w", err)
	}
	return u, nil
}

func (a *App) people(w http.ResponseWriter, r *http.Request) error {
	return a.showPeople(w, r, http.StatusOK, &form.Person{Role: db.RoleOperator})
}

func (a *App) showPeople(w http.ResponseWriter, r *http.Request, status int, f *form.Person) error {
	users, err := a.DB.Users(r.Context())
	if err != nil {
		return fmt.Errorf("list users: %w", err)
	}
	p := a.page(w, r, "People", "settings")
	p.Problem = f.Errors.Any()
	return web.Render(w, r, status, pages.People(pages.PeopleData{Page: p, Users: users, Email: f.Email, Role: f.Role, Errors: f.Errors}))
}

func (a *App) createPerson(w http.ResponseWriter, r *http.Request) error {
	v, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	f := form.ParsePerson(v)
	if !f.Valid() {
		return a.showPeople(w, r, http.StatusUnprocessableEntity, f)
	}
	u, err := CreateUser(r.Context(), a.DB, a.Ledger, change(r, ""), form.CleanEmail(f.Email), f.Role, f.Password)
	if errors.Is(err, db.ErrExists) {
		f.Errors.Add("email", "Somebody has this address already. Change that person instead.")
		return a.showPeople(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	return a.done(w, r, "/settings/people", web.Flash{Kind: "done", Text: u.Email + " can sign in now, with the role " + u.Role + "."})
}

// done tells of a success after the redirect.
func (a *App) done(w http.ResponseWriter, r *http.Request, to string, f web.Flash) error {
	if err := a.Flashes.Set(w, f); err != nil {
		return fmt.Errorf("keep the message: %w", err)
	}
	return web.Redirect(w, r, to)
}

// theUser is the user that the path names, if the viewer may see them: an admin, or the user themselves.
func (a *App) theUser(r *http.Request) (db.User, error) {
	v := viewerOf(r)
	id := r.PathValue("id")
	if id != v.user.ID && !allowed(v.user.Role, admins) {
		return db.User{}, &web.Error{
			Status: http.StatusForbidden, What: "Only admins manage other people.",
			Why: "You are signed in with the role " + v.user.Role + ".", Do: "Ask an admin of this desk.",
		}
	}
	return a.DB.User(r.Context(), id)
}

func (a *App) person(w http.ResponseWriter, r *http.Request) error {
	u, err := a.theUser(r)
	if err != nil {
		return err
	}
	return a.showPerson(w, r, http.StatusOK, u, &form.Person{Role: u.Role, Disabled: u.Disabled})
}

func (a *App) showPerson(w http.ResponseWriter, r *http.Request, status int, u db.User, f *form.Person) error {
	open, err := a.Sessions.Sessions(r.Context(), u.ID)
	if err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	p := a.page(w, r, u.Email, "settings")
	p.Problem = f.Errors.Any()
	d := pages.PersonData{
		Page: p, User: u, Role: f.Role, Disabled: f.Disabled, Self: u.ID == viewerOf(r).user.ID, Sessions: len(open),
		Reason: f.Reason, Errors: f.Errors,
	}
	if p.CanHistory {
		if d.History, d.Did, err = a.latest(r.Context(), db.OperationQuery{Actor: u.Email, Limit: 8}); err != nil {
			return fmt.Errorf("read what the person did: %w", err)
		}
	}
	return web.Render(w, r, status, pages.Person(d))
}

func (a *App) updatePerson(w http.ResponseWriter, r *http.Request) error {
	u, err := a.theUser(r)
	if err != nil {
		return err
	}
	v, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	f, valid := typedChange(form.ParsePerson(v), u, viewerOf(r).user)
	if valid && f.Password != "" && u.ID == viewerOf(r).user.ID {
		valid, err = a.checkCurrent(r, u, f)
	}
	if err != nil {
		return err
	}
	if !valid {
		return a.showPerson(w, r, http.StatusUnprocessableEntity, u, f)
	}
	to := UserChange{Role: f.Role, Disabled: f.Disabled, Password: f.Password, KeepSession: viewerOf(r).session.ID}
	err = ChangeUser(r.Context(), a.DB, a.Ledger, change(r, f.Reason), u, to)
	if errors.Is(err, ErrLastAdmin) {
		f.Errors.Add("role", "This is the last admin who can sign in. Make somebody else an admin first.")
		return a.showPerson(w, r, http.StatusUnprocessableEntity, u, f)
	}
	if err != nil {
		return err
	}
	return a.done(w, r, "/settings/people/"+u.ID, web.Flash{Kind: "done", Text: "Saved. " + u.Email + " is up to date."})
}

// checkCurrent asks for the password of somebody who changes it themselves: a browser that was left open must not be
// enough to take an account over. It counts as a sign-in for those who guess.
func (a *App) checkCurrent(r *http.Request, u db.User, f *form.Person) (bool, error) {
	account, address := throttleKeys(r, u.Email)
	held, err := a.Throttles.check(r.Context(), account, address, func() error {
		_, err := a.DB.Authenticate(r.Context(), u.Email, f.Current)
		return err
	})
	switch {
	case held > 0:
		f.Errors.Add("current_password", "Too many tries failed. Wait "+form.DurationWords(wholeSeconds(held))+", then try again.")
	case errors.Is(err, db.ErrBadLogin):
		if err := a.Ledger.Note(r.Context(), change(r, ""), "user.update", userTarget(u), "The current password was wrong.", nil); err != nil {
			return false, err
		}
		f.Errors.Add("current_password", "This is not your password. Type the one that you sign in with.")
	case err != nil:
		return false, fmt.Errorf("check the password: %w", err)
	}
	return !f.Errors.Any(), nil
}

// typedChange is the change of u that by may make, and whether it is valid: who isn't an admin changes their own
// password alone.
func typedChange(f *form.Person, u, by db.User) (*form.Person, bool) {
	if !allowed(by.Role, admins) {
		f.Role, f.Disabled = u.Role, u.Disabled
	}
	f.ValidChange(u.Email)
	if f.Disabled && u.ID == by.ID {
		f.Errors.Add("", "Somebody else has to disable you, so that nobody locks themselves out.")
	}
	return f, !f.Errors.Any()
}

// ErrLastAdmin stops a change that would leave nobody who may manage the desk.
var ErrLastAdmin = errors.New("this is the last admin")

// UserChange is what a user is to become. A blank Password keeps the old one.
type UserChange struct {
	Role        string
	Disabled    bool
	Password    string
	KeepSession string // stays when the others end; may be empty
}

// ChangeUser applies what differs. Whoever gets another role or password, or is disabled, loses their sessions.
func ChangeUser(ctx context.Context, d *db.DB, l *ledger.Ledger, ch ledger.Change, u db.User, to UserChange) error {
	hash := ""
	if to.Password != "" {
		var err error
		if hash, err = db.HashPassword(ctx, to.Password); err != nil {
			return fmt.Errorf("hash the password: %w", err)
		}
	}
	before, after := accountOf(u), account{Email: u.Email, Role: to.Role, Disabled: to.Disabled}
	if hash != "" {
		after.Password = "changed"
	}
	err := l.Local(ctx, ch, "user.update", userTarget(u), before, after, func(tx *db.Tx) error {
		return applyChange(tx, u, to, hash)
	})
	if err != nil {
		return fmt.Errorf("change user: %w", err)
	}
	return nil
}

func applyChange(tx *db.Tx, u db.User, to UserChange, hash string) error {
	var err error
	if to.Role != u.Role {
		err = tx.SetUserRole(u.ID, to.Role)
	}
	if err == nil && to.Disabled != u.Disabled {
		err = tx.SetUserDisabled(u.ID, to.Disabled)
	}
	if err == nil && hash != "" {
		err = tx.SetUserPassword(u.ID, hash)
	}
	if err == nil && (hash != "" || to.Disabled || to.Role != u.Role) {
		_, err = tx.RevokeUserSessions(u.ID, to.KeepSession)
	}
	if err != nil {
		return err
	}
	admins, err := tx.CountAdmins()
	if err == nil && admins == 0 {
		err = ErrLastAdmin
	}
	return err
}
