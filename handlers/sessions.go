package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
)

func (a *App) settings(w http.ResponseWriter, r *http.Request) error {
	if allowed(viewerOf(r).user.Role, admins) {
		return web.Redirect(w, r, "/settings/people")
	}
	return web.Redirect(w, r, "/settings/sessions")
}

func (a *App) setTheme(w http.ResponseWriter, r *http.Request) error {
	v, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	c := &http.Cookie{
		Name: themeCookie, Value: v.Get("theme"), Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: a.secure(),
	}
	if c.Value != "light" && c.Value != "dark" {
		c.Value, c.MaxAge = "", -1 // as the system says
	}
	http.SetCookie(w, c)
	return web.Redirect(w, r, form.NextPath(v.Get("back")))
}

func (a *App) sessions(w http.ResponseWriter, r *http.Request) error {
	v := viewerOf(r)
	all := allowed(v.user.Role, admins)
	of := v.user.ID
	if all {
		of = ""
	}
	list, err := a.Sessions.Sessions(r.Context(), of)
	if err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	return web.Render(w, r, http.StatusOK, pages.Sessions(pages.SessionsData{
		Page: a.page(w, r, "Sessions", "settings"), Sessions: list, Current: v.session.ID, All: all,
	}))
}

// theSession is the session that the path names, if the viewer may end it: an admin, or its own user.
func (a *App) theSession(r *http.Request) (db.Session, error) {
	v := viewerOf(r)
	of := v.user.ID
	if allowed(v.user.Role, admins) {
		of = ""
	}
	list, err := a.Sessions.Sessions(r.Context(), of)
	if err != nil {
		return db.Session{}, fmt.Errorf("list sessions: %w", err)
	}
	i := slices.IndexFunc(list, func(s db.Session) bool { return s.ID == r.PathValue("id") })
	if i < 0 {
		return db.Session{}, db.ErrNotFound
	}
	return list[i], nil
}

// revokeQuestion is what is asked before a session is ended.
func revokeQuestion(s db.Session) pages.ConfirmData {
	return pages.ConfirmData{
		Heading:  "End this session?",
		Sentence: "The browser of " + s.Email + " at " + s.IP + " is signed out at once. Signing in again is possible.",
		Action:   "/settings/sessions/" + s.ID + "/revoke", Button: "End session", Danger: true, Cancel: "/settings/sessions", Reason: true,
	}
}

func (a *App) confirmRevoke(w http.ResponseWriter, r *http.Request) error {
	s, err := a.theSession(r)
	if err != nil {
		return err
	}
	return a.confirm(w, r, "settings", revokeQuestion(s))
}

func (a *App) revoke(w http.ResponseWriter, r *http.Request) error {
	s, err := a.theSession(r)
	if err != nil {
		return err
	}
	return a.agreedHere(w, r, "settings", revokeQuestion(s), func(ch ledger.Change) error {
		t := ledger.Target{Kind: "session", ID: s.ID, Name: s.Email}
		err := a.Ledger.Local(r.Context(), ch, "session.revoke", t, nil, nil, func(tx *db.Tx) error {
			_, err := tx.RevokeSession(s.ID)
			return err
		})
		if err != nil {
			return fmt.Errorf("end a session: %w", err)
		}
		if s.ID == viewerOf(r).session.ID {
			http.SetCookie(w, a.Sessions.Forget())
			return web.Redirect(w, r, "/signin")
		}
		return a.done(w, r, "/settings/sessions", web.Flash{Kind: "done", Text: "The session of " + s.Email + " has ended."})
	})
}

// revokeOthersQuestion is what is asked before the other sessions of a person are ended.
func revokeOthersQuestion(email string) pages.ConfirmData {
	return pages.ConfirmData{
		Heading:  "End all your other sessions?",
		Sentence: "Every other browser that is signed in as " + email + " is signed out at once. This one stays.",
		Action:   "/settings/sessions/revoke-others", Button: "End other sessions", Danger: true, Cancel: "/settings/sessions", Reason: true,
	}
}

func (a *App) confirmRevokeOthers(w http.ResponseWriter, r *http.Request) error {
	return a.confirm(w, r, "settings", revokeOthersQuestion(viewerOf(r).user.Email))
}

func (a *App) revokeOthers(w http.ResponseWriter, r *http.Request) error {
	v := viewerOf(r)
	return a.agreedHere(w, r, "settings", revokeOthersQuestion(v.user.Email), func(ch ledger.Change) error {
		n := 0
		err := a.Ledger.Local(r.Context(), ch, "session.revoke", userTarget(v.user), nil, nil, func(tx *db.Tx) (err error) {
			n, err = tx.RevokeUserSessions(v.user.ID, v.session.ID)
			return err
		})
		if err != nil {
			return fmt.Errorf("end other sessions: %w", err)
		}
		return a.done(w, r, "/settings/sessions", web.Flash{Kind: "done", Text: endedWords(n)})
	})
}

func endedWords(n int) string {
	switch n {
	case 0:
		return "There was no other session to end."
	case 1:
		return "Ended one other session."
	}
	return fmt.Sprintf("Ended %d other sessions.", n)
}
