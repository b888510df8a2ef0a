package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"roomledger/db"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/blueprint"
)

// compareTemplates shows two templates side by side, as the read model has them.
func (a *App) compareTemplates(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	d := pages.TemplateCompareData{A: q.Get("a"), B: q.Get("b")}
	var err error
	if d.List, err = a.templateRefs(r.Context()); err != nil {
		return err
	}
	if d.First, err = a.templateChosen(r.Context(), &d, "a", d.A); err != nil {
		return err
	}
	if d.Second, err = a.templateChosen(r.Context(), &d, "b", d.B); err != nil {
		return err
	}
	if d.First != nil && d.Second != nil && d.A == d.B {
		d.Errors.Add("b", "Choose another template than the first.")
		d.Second = nil
	}
	sideBySide(&d)
	d.Page = a.page(w, r, "Compare templates", "templates")
	d.Page.Problem = d.Errors.Any()
	return web.Render(w, r, http.StatusOK, pages.TemplateCompare(d))
}

// templateChosen is one of the two templates; nil where none is chosen, or, with a message, where it isn't known.
func (a *App) templateChosen(ctx context.Context, d *pages.TemplateCompareData, field, id string) (*db.Template, error) {
	if id == "" {
		return nil, nil
	}
	if objectID.MatchString(id) {
		t, err := a.DB.Template(ctx, a.Workspace.ID, id)
		if err == nil {
			return &t, nil
		}
		if !errors.Is(err, db.ErrNotFound) {
			return nil, fmt.Errorf("read the template: %w", err)
		}
	}
	d.Errors.Add(field, "Choose a template from the list: this one isn't known here.")
	return nil, nil
}

// sideBySide adds what differs, where both templates are there.
func sideBySide(d *pages.TemplateCompareData) {
	if d.First == nil || d.Second == nil {
		return
	}
	first, err1 := blueprint.ParseTree([]byte(d.First.Data))
	second, err2 := blueprint.ParseTree([]byte(d.Second.Data))
	changes, err := blueprint.Diff(d.First.Data, d.Second.Data)
	if err := errors.Join(err1, err2, err); err != nil {
		d.Broken = true
		return
	}
	d.Matrix = blueprint.MatrixOf(first, second)
	for _, c := range changes {
		if c.Path != "name" { // each has its own
			d.Changes = append(d.Changes, c)
		}
	}
}

// templateMatrix shows what each role of a template may, to be printed.
func (a *App) templateMatrix(w http.ResponseWriter, r *http.Request) error {
	t, err := a.knownTemplate(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, pages.TemplateMatrix(pages.TemplateMatrixData{
		Page: a.page(w, r, t.Name+", matrix", "templates"), Template: t, Content: pages.ContentOf(t.Data),
	}))
}
