package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
	"roomledger/web/hms"
)

func (a *App) confirmRestoreRoom(w http.ResponseWriter, r *http.Request) error {
	t, err := a.rememberedRoom(r)
	if err != nil {
		return err
	}
	return a.confirmRestore(w, r, t)
}

func (a *App) confirmRestoreTemplate(w http.ResponseWriter, r *http.Request) error {
	t, err := a.rememberedTemplate(r)
	if err != nil {
		return err
	}
	return a.confirmRestore(w, r, t)
}

// confirmRestore asks before a restore. Without a moment it leads to where one is chosen.
func (a *App) confirmRestore(w http.ResponseWriter, r *http.Request, t remembered) error {
	f := &form.Restore{Confirm: &form.Confirm{FormToken: newToken()}, At: r.URL.Query().Get("at")}
	if f.Time().IsZero() {
		return web.Redirect(w, r, t.path+"/moments")
	}
	plan, err := t.plan(r.Context(), t.ID, f.Time(), nil)
	if err != nil {
		return explainRestore(err)
	}
	f.Version = plan.Version
	return a.showRestore(w, r, http.StatusOK, t, f, plan)
}

// explainRestore words what only a restore can meet.
func explainRestore(err error) error {
	if !errors.Is(err, ledger.ErrNoState) {
		return err
	}
	return &web.Error{
		Status: http.StatusNotFound, What: "Nothing is on record of that time.", Why: "History begins later than the moment that was asked for.",
		Do: "Choose a later moment.", Err: err,
	}
}

// showRestore draws the page that asks before a restore.
func (a *App) showRestore(w http.ResponseWriter, r *http.Request, status int, t remembered, f *form.Restore, plan ledger.Restore) error {
	changes, err := differences(t.Kind, plan.Now, plan.Will)
	if err != nil {
		return fmt.Errorf("compare two states: %w", err)
	}
	d := pages.RestoreData{
		Page: a.page(w, r, "Restore "+plan.Target.Name, t.section()), Form: f, Kind: t.Kind, Name: plan.Target.Name, Path: t.path,
		At: plan.At, Since: plan.State.Time, Changes: changes, Nothing: plan.Nothing(),
	}
	d.Page.Problem = f.Errors.Any()
	for _, l := range plan.Left {
		d.Left = append(d.Left, pages.RestoreLeft{Field: t.label(l.Path), Why: l.Why})
	}
	for _, s := range plan.Asked {
		d.Secrets = append(d.Secrets, pages.RestoreSecret{Name: form.SecretField(s.Path), Label: t.label(s.Path), Rest: s.Rest, Optional: s.Optional})
	}
	for _, path := range plan.Unsure {
		d.Unsure = append(d.Unsure, t.label(path))
	}
	return web.Render(w, r, status, pages.Restore(d))
}

func (a *App) restoreRoom(w http.ResponseWriter, r *http.Request) error {
	t, err := a.rememberedRoom(r)
	if err != nil {
		return err
	}
	return a.restore(w, r, t)
}

func (a *App) restoreTemplate(w http.ResponseWriter, r *http.Request) error {
	t, err := a.rememberedTemplate(r)
	if err != nil {
		return err
	}
	return a.restore(w, r, t)
}

// restore brings a room or template back to an earlier state.
func (a *App) restore(w http.ResponseWriter, r *http.Request, t remembered) error {
	v, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	f := form.ParseRestore(v)
	if f.Time().IsZero() {
		return web.Redirect(w, r, t.path+"/moments")
	}
	if !f.Valid() {
		return a.restoreAgain(w, r, http.StatusUnprocessableEntity, t, f)
	}
	done, err := t.restore(r.Context(), a.formChange(r, v, f.Reason, f.FormToken), t.ID, f.Time(), f.Version, f.Secrets)
	if err != nil {
		return a.notRestored(w, r, t, f, err)
	}
	text := done.Name + " is as it was at " + f.Time().UTC().Format("2006-01-02 15:04:05") + " UTC, as far as that can be restored."
	return a.done(w, r, t.path+"/moments", web.Flash{Kind: "done", Text: text, Link: "/history/" + done.Operation, Word: "See the record"})
}

// restoreAgain shows the form again, with the messages that it has.
func (a *App) restoreAgain(w http.ResponseWriter, r *http.Request, status int, t remembered, f *form.Restore) error {
	plan, err := t.plan(r.Context(), t.ID, f.Time(), f.Secrets)
	if err != nil {
		return explainRestore(err)
	}
	f.FormToken, f.Version = newToken(), plan.Version
	return a.showRestore(w, r, status, t, f, plan)
}

// notRestored says why nothing was restored: nothing is to be, the world has changed, secrets are missing, or the API
// refused it.
func (a *App) notRestored(w http.ResponseWriter, r *http.Request, t remembered, f *form.Restore, err error) error {
	if not, ok := errors.AsType[*ledger.NotRestored](err); ok {
		return a.explainNotRestored(w, r, t, f, not)
	}
	if refused, ok := errors.AsType[*ledger.Refused](err); ok {
		if e, ok := errors.AsType[*hms.Error](refused.Err); ok && e.Status == http.StatusBadRequest {
			f.Errors.Add("", refusalWords(e))
			return a.restoreAgain(w, r, http.StatusUnprocessableEntity, t, f)
		}
	}
	return explainRestore(err)
}

func (a *App) explainNotRestored(w http.ResponseWriter, r *http.Request, t remembered, f *form.Restore, not *ledger.NotRestored) error {
	status := http.StatusUnprocessableEntity
	switch {
	case not.Plan.Nothing():
		return a.done(w, r, t.path+"/moments", web.Flash{Kind: "done", Text: "Nothing was changed: " + not.Plan.Target.Name + " is as it was then, as far as that can be restored."})
	case not.Stale:
		status = http.StatusConflict
		f.Errors.Add("", "The "+t.Kind+" was changed since this form was opened. Below is what restoring it would do now: look at it and agree again.")
		f.Version = not.Plan.Version
	}
	for _, s := range not.Plan.Asked {
		f.Errors.Check(not.Stale || !s.Missing, form.SecretField(s.Path), "Type "+t.label(s.Path)+": history holds no secrets, and the one that the "+t.Kind+" has now is another.")
	}
	return a.showRestore(w, r, status, t, f, not.Plan)
}

// refusalWords are the words for what the API refused: ours where the text is known, else the vendor's. The client has
// taken out what secrets they repeat.
func refusalWords(e *hms.Error) string {
	for _, text := range e.Texts() {
		if known, ok := form.FindRefusal(text); ok {
			return known.Says
		}
	}
	return "100ms answered: " + strings.Join(e.Texts(), "; ")
}
