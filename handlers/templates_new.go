package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/blueprint"
	"roomledger/web/form"
	"roomledger/web/hms"
)

// newTemplate draws the form of a new template: blank, with a preset, or as a copy.
func (a *App) newTemplate(w http.ResponseWriter, r *http.Request) error {
	t := &templateForm{Form: blueprint.NewForm(nil, url.Values{}), Confirm: &form.Confirm{FormToken: newToken()}}
	d := pages.TemplateFormData{Presets: presetCards()}
	q := r.URL.Query()
	switch preset, ok := presetOf(q.Get("preset")); {
	case q.Get("from") != "":
		copied, name, err := a.copyOf(r, q.Get("from"))
		if err != nil {
			d.Apology = "The template to copy couldn't be read: " + apology(err)
			break
		}
		t.Form, d.Unknown, d.From = blueprint.NewForm(nil, asNew(copied.Values)), copied.Unknown, "a copy of "+name+", without its name and secrets"
	case ok:
		t.Form, d.From = blueprint.NewForm(nil, asNew(blueprint.Flatten(preset.Tree))), "the preset "+preset.Name
	case q.Get("preset") != "" && q.Get("preset") != "blank":
		d.Apology = "There is no such preset. Choose one of these, or begin with a blank form."
	}
	if q.Has("name") {
		t.Form.Values.Set("name", q.Get("name"))
	}
	if len(t.Form.RoleNames()) == 0 {
		t.EditRows(url.Values{"add": {"roles"}}) // a template has one at least
	}
	shown := t.data()
	shown.Presets, shown.From, shown.Unknown, shown.Apology = d.Presets, d.From, d.Unknown, d.Apology
	if id := q.Get("of"); objectID.MatchString(id) {
		shown.NameState.Of = id // asked for while the form of another one is open
	}
	return a.showTemplateForm(w, r, http.StatusOK, shown)
}

// presetCards are the beginnings to choose from.
func presetCards() []pages.TemplatePreset {
	var list []pages.TemplatePreset
	for _, p := range blueprint.Presets() {
		list = append(list, pages.TemplatePreset{Key: p.Key, Name: p.Name, Help: p.Help, Roles: blueprint.FormOf(p.Tree).RoleNames()})
	}
	return list
}

func presetOf(key string) (blueprint.Preset, bool) {
	for _, p := range blueprint.Presets() {
		if p.Key == key {
			return p, true
		}
	}
	return blueprint.Preset{}, false
}

// copyOf is a template as it would be imported from its own export.
func (a *App) copyOf(r *http.Request, id string) (blueprint.Imported, string, error) {
	if !objectID.MatchString(id) {
		return blueprint.Imported{}, "", notFoundError()
	}
	live, err := a.Ledger.ReadTemplate(r.Context(), id)
	if err != nil {
		return blueprint.Imported{}, "", err
	}
	raw, err := json.Marshal(blueprint.Export(live.Tree))
	if err != nil {
		return blueprint.Imported{}, "", fmt.Errorf("write the template to copy: %w", err)
	}
	copied, err := blueprint.Import(raw)
	if err != nil {
		return blueprint.Imported{}, "", fmt.Errorf("read the template to copy: %w", err)
	}
	copied.Values.Del("name")
	return copied, live.Name, nil
}

// asNew are values of a form without what ties them to a template that is there.
func asNew(values url.Values) url.Values {
	out := url.Values{}
	for name, typed := range values {
		if !strings.HasSuffix(name, ".was") {
			out[name] = slices.Clone(typed)
		}
	}
	return out
}

func (a *App) createTemplate(w http.ResponseWriter, r *http.Request) error {
	v, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	t := readTemplateForm(v, nil)
	if path, did := t.editRows(); did || v.Has("show") {
		t.newTokenIfUsed()
		d := t.data()
		d.Focus = path
		if v.Get("show") == "request" {
			d.Preview = previewTemplate(t.Tree())
		}
		return a.showTemplateForm(w, r, http.StatusOK, d)
	}
	if !t.valid(true) {
		t.newTokenIfUsed()
		return a.showTemplateForm(w, r, http.StatusUnprocessableEntity, t.data())
	}
	made, err := a.Ledger.CreateTemplate(r.Context(), t.change(a, r), t.Tree(), t.overwrite, t.secrets())
	a.templates.forget()
	if err != nil {
		return a.templateNotMade(w, r, t, err)
	}
	return a.done(w, r, "/templates/"+url.PathEscape(made.ID), madeTemplate(made, "made"))
}

// madeTemplate tells after the fact what was done.
func madeTemplate(m ledger.MadeTemplate, word string) web.Flash {
	f := web.Flash{Kind: "done", Text: "Template " + m.Name + " is " + word + ", and on record.", Link: "/history/" + m.Operation, Word: "See the record"}
	switch {
	case m.Remark != "":
		f.Kind, f.Text = "ask", m.Remark
	case m.Overwrote:
		f.Text = "Template " + m.Name + " was replaced as you agreed, and that is on record."
	}
	return f
}

// templateNotMade shows the form again, with what was typed: when a name is taken, when the template has changed, when the API
// refused a value, and when no clear answer came.
func (a *App) templateNotMade(w http.ResponseWriter, r *http.Request, t *templateForm, err error) error {
	if taken, ok := errors.AsType[*ledger.TemplateTaken](err); ok {
		return a.templateTaken(w, r, t, taken)
	}
	if stale, ok := errors.AsType[*ledger.TemplateStale](err); ok {
		return a.staleTemplate(w, r, t, stale)
	}
	if part, ok := errors.AsType[*ledger.PartlyDone](err); ok {
		return a.partlySaved(w, r, t, part)
	}
	status, operation, shown := a.templateRefused(w, r, t, err)
	if !shown {
		return err
	}
	d := t.data()
	d.Problem = &pages.TemplateProblem{Operation: operation}
	return a.showTemplateForm(w, r, status, d)
}

// templateRefused puts what went wrong into the form's messages. What is our own mistake, or nobody waits for, isn't shown there.
func (a *App) templateRefused(w http.ResponseWriter, r *http.Request, t *templateForm, err error) (status int, operation string, shown bool) {
	if refused, ok := errors.AsType[*ledger.Refused](err); ok {
		t.FormToken = newToken() // the intent has used the old one up
		if e, ok := errors.AsType[*hms.Error](refused.Err); ok && e.Status == http.StatusBadRequest {
			tellRefusal(t.Form, e)
			return http.StatusUnprocessableEntity, "/history/" + refused.Operation, true
		}
	}
	e := explain(err)
	if e == nil || e.Status == http.StatusInternalServerError {
		return 0, "", false
	}
	// After an open outcome the token stays: sent again, the form gets the first result and makes nothing twice.
	a.logProblem(r, e, err)
	setRetryAfter(w, e)
	t.Form.Errors.Add("", strings.Join([]string{e.What, e.Why, e.Do}, " "))
	return e.Status, e.Link, true
}

// templateTaken shows what replacing the template of that name would do. A template that is changed can't take another's name.
func (a *App) templateTaken(w http.ResponseWriter, r *http.Request, t *templateForm, taken *ledger.TemplateTaken) error {
	if t.id != "" {
		t.Form.Errors.Add("name", "Another template is called "+taken.Template.Name+" (in any case). Choose another name.")
		return a.showTemplateForm(w, r, http.StatusConflict, t.data())
	}
	changes, err := blueprint.Diff(taken.Template.Shown, a.Ledger.TemplateShown(t.Tree()))
	if err != nil {
		return fmt.Errorf("compare two templates: %w", err)
	}
	d := t.data()
	d.Existing = &pages.ExistingTemplate{ID: taken.Template.ID, Name: taken.Template.Name, Changes: changes, Other: t.overwrite != ""}
	return a.showTemplateForm(w, r, http.StatusConflict, d)
}
