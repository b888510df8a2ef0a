package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/blueprint"
	"roomledger/web/form"
)

// rolesDrawn is how many roles a template may have whose form has all their fields from the beginning; with more, each role has
// them when it is unfolded.
const rolesDrawn = 5

// editTemplate draws the form of a template as it is at the API now.
func (a *App) editTemplate(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !objectID.MatchString(id) {
		return notFoundError()
	}
	live, err := a.Ledger.ReadTemplate(r.Context(), id)
	if err != nil {
		return err
	}
	return a.showTemplateForm(w, r, http.StatusOK, editing(live, blueprint.FoldedFormOf(live.Tree, rolesDrawn)).data())
}

// editing is a form of a template as it is now.
func editing(live ledger.LiveTemplate, f *blueprint.Form) *templateForm {
	return &templateForm{Form: f, Confirm: &form.Confirm{FormToken: newToken()}, id: live.ID, name: live.Name, version: live.Version}
}

// updateTemplate reviews the changes of a template, or saves them.
func (a *App) updateTemplate(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !objectID.MatchString(id) {
		return notFoundError()
	}
	v, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	live, err := a.Ledger.ReadTemplate(r.Context(), id)
	if err != nil {
		return a.templateNotRead(w, r, v, err)
	}
	t := readTemplateForm(v, live.Tree)
	t.id, t.name = id, live.Name
	if path, did := t.editRows(); did || v.Has("show") {
		t.newTokenIfUsed()
		d := t.data()
		d.Focus = path
		return a.showTemplateForm(w, r, http.StatusOK, d)
	}
	review := v.Get("step") == "review"
	if live.Version != t.version {
		return a.sentBeforeOrStale(w, r, t, live)
	}
	if !t.valid(!review) {
		t.newTokenIfUsed()
		return a.showTemplateForm(w, r, http.StatusUnprocessableEntity, t.data())
	}
	if review {
		return a.reviewTemplate(w, r, t, live)
	}
	return a.saveTemplate(w, r, t)
}

// templateNotRead shows a form again whose template the API doesn't tell: over the version that the form was drawn from.
func (a *App) templateNotRead(w http.ResponseWriter, r *http.Request, v url.Values, problem error) error {
	id := r.PathValue("id")
	was, err := a.templateWas(r.Context(), id, v.Get("version"))
	if err != nil {
		return errors.Join(problem, err)
	}
	base, err := blueprint.ParseTree([]byte(was))
	if err != nil && was != "" {
		return errors.Join(problem, err)
	}
	t := readTemplateForm(v, base)
	t.id, t.name = id, v.Get("name")
	return a.templateNotMade(w, r, t, problem)
}

func (a *App) saveTemplate(w http.ResponseWriter, r *http.Request, t *templateForm) error {
	made, err := a.Ledger.UpdateTemplate(r.Context(), t.change(a, r), t.id, t.version, t.Tree(), t.secrets())
	a.templates.forget()
	return a.templateSaved(w, r, t, made, err)
}

// templateSaved leads to the template with what became of the form, or shows the form again.
func (a *App) templateSaved(w http.ResponseWriter, r *http.Request, t *templateForm, made ledger.MadeTemplate, err error) error {
	at := "/templates/" + t.id
	switch {
	case errors.Is(err, ledger.ErrNoChange):
		return a.done(w, r, at, web.Flash{Kind: "done", Text: "Nothing was changed: the template is as in the form."})
	case err != nil:
		return a.templateNotMade(w, r, t, err)
	}
	return a.done(w, r, at, madeTemplate(made, "changed"))
}

// reviewTemplate shows above the form what saving it would change, and whom that reaches.
func (a *App) reviewTemplate(w http.ResponseWriter, r *http.Request, t *templateForm, live ledger.LiveTemplate) error {
	changes, err := a.changesOf(t, live)
	if err != nil {
		return err
	}
	d := t.data()
	d.Review = &pages.TemplateReview{Changes: changes, Roles: t.Roles()}
	d.Review.Impact = a.reviewImpact(r.Context(), t.id, changes, d.Review.Roles)
	return a.showTemplateForm(w, r, http.StatusOK, d)
}

// changesOf is what saving the form would change. A role that is renamed counts as one change, not as one that goes and one that
// comes.
func (a *App) changesOf(t *templateForm, live ledger.LiveTemplate) ([]blueprint.Change, error) {
	have, names, err := renamed(live.Shown, t.Roles())
	if err != nil {
		return nil, err
	}
	changes, err := blueprint.Diff(have, a.Ledger.TemplateShown(t.Tree()))
	if err != nil {
		return nil, fmt.Errorf("compare the template with the form: %w", err)
	}
	return slices.Concat(names, changes), nil
}

// renamed is a redacted template with its roles called as they are to be, and what that changes.
func renamed(shown string, roles []blueprint.RoleChange) (string, []blueprint.Change, error) {
	tree, err := blueprint.ParseTree([]byte(shown))
	if err != nil {
		return "", nil, err
	}
	values := blueprint.Flatten(tree)
	rows := map[string]string{} // by what their roles were called
	for _, row := range rowsAt(values, "roles") {
		rows[values.Get(row+".name")] = row
	}
	var names []blueprint.Change
	for _, c := range roles {
		if row := rows[c.Was]; row != "" && c.Now != "" {
			values.Set(row+".name", c.Now)
			names = append(names, blueprint.Change{Path: "roles." + c.Was + ".name", Label: "Role " + c.Was + ": Name", Have: c.Was, Will: c.Now})
		}
	}
	if names == nil {
		return shown, nil, nil
	}
	raw, err := json.Marshal(blueprint.NewForm(tree, values).Tree())
	if err != nil {
		return "", nil, fmt.Errorf("write the template: %w", err)
	}
	return string(raw), names, nil
}

// sentBeforeOrStale answers to a form of a template that has changed since it was drawn. It may have been this very form that changed
// it, sent twice by a double click or again after a lost answer: then the answer is what became of it the first time.
func (a *App) sentBeforeOrStale(w http.ResponseWriter, r *http.Request, t *templateForm, live ledger.LiveTemplate) error {
	made, sent, err := a.Ledger.TemplateSentBefore(r.Context(), t.change(a, r), t.Tree(), t.secrets())
	if t.sent.Get("step") == "review" || errors.Is(err, ledger.ErrOtherContent) || err == nil && !sent {
		return a.staleSinceOpened(w, r, t, live)
	}
	return a.templateSaved(w, r, t, made, err)
}

// staleSinceOpened is staleTemplate for a form of which nothing was tried to be sent.
func (a *App) staleSinceOpened(w http.ResponseWriter, r *http.Request, t *templateForm, live ledger.LiveTemplate) error {
	was, err := a.templateWas(r.Context(), t.id, t.version)
	if err != nil {
		return err
	}
	return a.staleTemplate(w, r, t, &ledger.TemplateStale{Now: live, Was: was})
}

// templateWas is a template as a form with that version had it, redacted; "" when that isn't on record. Versions begin with the
// number that they have on record.
func (a *App) templateWas(ctx context.Context, id, version string) (string, error) {
	number, _, _ := strings.Cut(version, "-")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return "", nil
	}
	was, err := a.DB.TemplateVersion(ctx, a.Workspace.ID, id, n)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return "", fmt.Errorf("read the version of the form: %w", err)
	}
	return was.Data, nil
}

// staleTemplate shows what was changed meanwhile, and a form with both: the changes made elsewhere, and on top of them what was
// typed here.
func (a *App) staleTemplate(w http.ResponseWriter, r *http.Request, t *templateForm, s *ledger.TemplateStale) error {
	t.Confirm.Valid()
	t.FormToken = newToken() // it comes back as another form, and the old token may be used up
	again := slices.Concat(t.again, t.typedSecrets())
	merger := merge{t: t, stale: s, shown: a.Ledger.TemplateShown}
	f, stale, err := merger.both()
	if err != nil {
		return err
	}
	pairs := pairedRows(t.Form.Values, f.Values)
	t.Form, t.name, t.version, t.again = f, s.Now.Name, s.Now.Version, nil
	for _, name := range again {
		if to := moved(pairs, name); to != "" {
			t.again = append(t.again, to)
			t.Form.Values.Del(to)
		}
	}
	d := t.data()
	d.Stale = stale
	return a.showTemplateForm(w, r, http.StatusConflict, d)
}

// partlySaved says what was saved and what wasn't, and goes on from the template as it is now.
func (a *App) partlySaved(w http.ResponseWriter, r *http.Request, t *templateForm, part *ledger.PartlyDone) error {
	status, operation, shown := a.templateRefused(w, r, t, part.Err)
	if !shown {
		return part.Err
	}
	messages := t.Form.Errors
	live, err := a.Ledger.ReadTemplate(r.Context(), part.Made.ID)
	if err != nil {
		return fmt.Errorf("read the template that was saved in part: %w", errors.Join(part.Err, err))
	}
	next := editing(live, onto(live.Tree, withoutSecrets(t.Form.Values)))
	next.Form.Errors = messages
	next.Confirm.Reason = t.Reason
	d := next.data()
	d.Problem = &pages.TemplateProblem{
		Title:     "The template " + part.Made.Name + " is saved, but its recording configuration is not",
		Operation: operation,
	}
	return a.showTemplateForm(w, r, status, d)
}
