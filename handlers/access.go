package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"roomledger/db"
	"roomledger/views/layout"
	"roomledger/web"
	"roomledger/web/hms"
)

// admit lets a request through to its route, with the person who makes it in its context. Without a session it sends
// to the sign-in page and returns no request.
func (a *App) admit(w http.ResponseWriter, r *http.Request, rt route) (*http.Request, error) {
	session, user, err := a.Sessions.Current(r)
	switch {
	case err == nil:
		web.SetUser(r.Context(), user.ID)
		r = withViewer(r, viewer{user: user, session: session})
	case !errors.Is(err, db.ErrNotFound):
		return r, fmt.Errorf("read the session: %w", err)
	case rt.access != anyone:
		return nil, a.toSignIn(w, r)
	}
	if rt.access == anyone || allowed(user.Role, rt.access) {
		return r, nil
	}
	return r, &web.Error{
		Status: http.StatusForbidden, What: "Your role can't do this.",
		Why: fmt.Sprintf("You are signed in as %s with the role %s.", user.Email, user.Role),
		Do:  "Ask an admin of this desk for the right, or sign in as somebody who has it.",
	}
}

// toSignIn sends somebody who isn't signed in to the sign-in page, and from there back to where they wanted to go.
func (a *App) toSignIn(w http.ResponseWriter, r *http.Request) error {
	to := "/signin"
	if next := r.URL.RequestURI(); next != "/" {
		to += "?next=" + url.QueryEscape(next)
	}
	return web.Redirect(w, r, to)
}

// rank is the order of the roles: each holds the rights of those before it.
var rank = []string{db.RoleViewer, db.RoleAuditor, db.RoleOperator, db.RoleAdmin}

// allowed says whether a role holds a right.
func allowed(role string, need access) bool {
	least := map[access]string{signedIn: db.RoleViewer, audits: db.RoleAuditor, changes: db.RoleOperator, admins: db.RoleAdmin}
	have := slices.Index(rank, role)
	return have >= 0 && have >= slices.Index(rank, least[need])
}

// page fills in what the shell shows. Reading the newest row of history costs one indexed query.
func (a *App) page(w http.ResponseWriter, r *http.Request, title, section string) layout.Page {
	p := layout.Page{Title: title, Section: section, Path: r.URL.RequestURI(), Theme: theme(r), Now: a.Now()}
	p.Workspace, p.Sandbox = a.Workspace.Name, a.Workspace.Sandbox
	u := viewerOf(r).user
	if u.ID == "" {
		return p
	}
	p.User = &layout.User{ID: u.ID, Email: u.Email, Role: u.Role}
	p.CanHistory = allowed(u.Role, audits)
	p.CanChange = allowed(u.Role, changes)
	p.CanAdmin = allowed(u.Role, admins)
	if f, ok := a.Flashes.Take(w, r); ok {
		p.Flash = &layout.Flash{Kind: f.Kind, Text: f.Text, Link: f.Link, Word: f.Word}
	}
	if p.CanHistory {
		p.Seal = a.seal(r)
	}
	p.Outage = outage(a.HMS.Health(), p.Now)
	return p
}

// outage is what every page says about the API; nil while calls go through as they come.
func outage(h hms.Health, now time.Time) *layout.Outage {
	if !h.Held(now) {
		return nil
	}
	return &layout.Outage{Down: h.State == hms.StateUnavailable, Since: h.Since, Next: h.Until, Problem: h.Problem}
}

func (a *App) seal(r *http.Request) layout.Seal {
	row, err := a.DB.LastRow(r.Context())
	if err != nil {
		if !errors.Is(err, db.ErrNotFound) && r.Context().Err() == nil {
			a.Log.ErrorContext(r.Context(), "newest history row not read", "err", err, "request_id", web.RequestID(r.Context()))
		}
		return layout.Seal{}
	}
	return layout.Seal{Seq: row.Seq, Time: row.Time, By: row.ActorName}
}

const themeCookie = "roomledger_theme"

// theme is what this browser chose: light, dark or "" (as the system says).
func theme(r *http.Request) string {
	c, err := r.Cookie(themeCookie)
	if err == nil && (c.Value == "light" || c.Value == "dark") {
		return c.Value
	}
	return ""
}
