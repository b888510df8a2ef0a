package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"roomledger/db"
	"roomledger/views/pages"
	"roomledger/web/blueprint"
)

// nameTemplate says beside the name of a template's form whether it may be used. It answers from what is known here alone: it is asked
// with each key pressed.
func (a *App) nameTemplate(r *http.Request, d *pages.TemplateFormData) error {
	refs, err := a.templateRefs(r.Context())
	if err != nil {
		return err
	}
	d.NameState = templateNameState(refs, cmp.Or(d.ID, d.NameState.Of), strings.TrimSpace(d.Form.Values.Get("name")))
	if d.NameState.State == "bad" && d.Form.Errors.Of("name") != "" {
		d.NameState.State = "" // it is said there
	}
	return nil
}

// templateNameState says whether a template may be called so; of is the one that is changed, "" for a new one. What it is called
// already may be against the rules: it is older than they are.
func templateNameState(refs []db.TemplateRef, of, name string) pages.TemplateNameState {
	s := pages.TemplateNameState{Of: of}
	if name == "" {
		return s
	}
	for _, t := range refs {
		switch {
		case t.ID == of && t.Name == name:
			s.State, s.ID, s.Name = "own", "", ""
			return s
		case t.ID != of && strings.EqualFold(t.Name, name):
			s.State, s.ID, s.Name = "taken", t.ID, t.Name
		}
	}
	if s.State != "" {
		return s
	}
	f := blueprint.NewForm(nil, url.Values{"name": {name}})
	f.Valid()
	s.State, s.Problem = "free", f.Errors.Of("name")
	if s.Problem != "" {
		s.State = "bad"
	}
	return s
}
