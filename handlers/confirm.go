package handlers

import (
	"errors"
	"net/http"
	"strings"

	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
)

// confirm shows the page before something with consequences.
func (a *App) confirm(w http.ResponseWriter, r *http.Request, section string, d pages.ConfirmData) error {
	return a.showConfirm(w, r, http.StatusOK, section, d)
}

func (a *App) showConfirm(w http.ResponseWriter, r *http.Request, status int, section string, d pages.ConfirmData) error {
	d.Page = a.page(w, r, strings.TrimSuffix(d.Heading, "?"), section)
	d.Page.Problem = d.Errors.Any() || d.Problem != nil
	if d.Problem != nil && !d.Page.CanHistory {
		d.Problem.Link = ""
	}
	return web.Render(w, r, status, pages.Confirm(d))
}

// agreed makes the change at the API that a confirm page posted, and answers the request. Where it isn't made, the page comes
// back with the reason that was typed.
func (a *App) agreed(w http.ResponseWriter, r *http.Request, section string, d pages.ConfirmData, do func(ledger.Change) error) error {
	v, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	f := form.ParseConfirm(v)
	d.Why, d.FormToken = f.Reason, f.FormToken
	if !f.Valid() {
		if f.Errors.Of("") != "" { // only of the token: one that can't be used is replaced
			d.FormToken = newToken()
		}
		d.Errors = f.Errors
		return a.showConfirm(w, r, http.StatusUnprocessableEntity, section, d)
	}
	if err := do(a.formChange(r, v, f.Reason, f.FormToken)); err != nil {
		return a.notAgreed(w, r, section, d, err)
	}
	return nil
}

// agreedHere is agreed for a change that calls no API.
func (a *App) agreedHere(w http.ResponseWriter, r *http.Request, section string, d pages.ConfirmData, do func(ledger.Change) error) error {
	v, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	f := form.ParseConfirm(v)
	d.Why = f.Reason
	if !f.ValidLocal() {
		d.Errors = f.Errors
		return a.showConfirm(w, r, http.StatusUnprocessableEntity, section, d)
	}
	if err := do(change(r, f.Reason)); err != nil {
		return a.notAgreed(w, r, section, d, err)
	}
	return nil
}

// notAgreed shows the confirm page again with what went wrong. What is gone, and what is our own mistake, has a page of its own.
func (a *App) notAgreed(w http.ResponseWriter, r *http.Request, section string, d pages.ConfirmData, err error) error {
	e := explain(err)
	if e == nil || e.Status == http.StatusNotFound || e.Status == http.StatusInternalServerError {
		return err
	}
	// After an open outcome the token stays: sent again, the form gets the first result and makes nothing twice.
	if _, refused := errors.AsType[*ledger.Refused](err); refused && d.FormToken != "" {
		d.FormToken = newToken() // the intent has used the old one up
	}
	a.logProblem(r, e, err)
	setRetryAfter(w, e)
	d.Problem = &pages.ProblemData{
		What: e.What, Why: e.Why, Do: e.Do, Link: e.Link, Word: e.Word, RequestID: web.RequestID(r.Context()),
	}
	return a.showConfirm(w, r, e.Status, section, d)
}
