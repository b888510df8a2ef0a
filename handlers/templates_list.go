package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"roomledger/db"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
)

// templateList shows the templates of the workspace, from the read model.
func (a *App) templateList(w http.ResponseWriter, r *http.Request) error {
	f := form.ParseTemplatesFilter(r.URL.Query())
	d := pages.TemplatesData{Page: a.page(w, r, "Templates", "templates"), Filter: f}
	var err error
	if d.List, err = a.DB.TemplatePage(r.Context(), a.templateQuery(f)); errors.Is(err, db.ErrCursor) {
		f.Errors.Add("", "This page's address was damaged: the list starts from its beginning.")
		f.After, f.Before = "", ""
		d.List, err = a.DB.TemplatePage(r.Context(), a.templateQuery(f))
	}
	if err != nil {
		return fmt.Errorf("list templates: %w", err)
	}
	d.Page.Problem = f.Errors.Any()
	indexedAt, problem, err := a.DB.IndexState(r.Context(), a.Workspace.ID)
	if err != nil {
		return fmt.Errorf("read the state of the index: %w", err)
	}
	d.IndexedAt, d.Behind = indexedAt, problem != "" // rooms and templates are read together
	return web.Render(w, r, http.StatusOK, pages.Templates(d))
}

// templateQuery is the filter of the address as the database takes it.
func (a *App) templateQuery(f *form.TemplatesFilter) db.TemplateQuery {
	return db.TemplateQuery{Workspace: a.Workspace.ID, Q: f.Of("q"), Sort: f.Order(), After: f.Of("after"), Before: f.Of("before")}
}

// templateMenu is every template by name, to choose from. It changes with a row of history.
type templateMenu struct {
	seq  int64
	refs []db.TemplateRef
}

// templateRefs are all templates by name. They aren't to be changed.
func (a *App) templateRefs(ctx context.Context) ([]db.TemplateRef, error) {
	last, err := a.DB.LastRow(ctx)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return nil, fmt.Errorf("read the newest row of history: %w", err)
	}
	if m := a.templateMenu.Load(); m != nil && m.seq == last.Seq {
		return m.refs, nil
	}
	m := &templateMenu{seq: last.Seq}
	q := db.TemplateQuery{Workspace: a.Workspace.ID, Sort: form.SortName, Limit: 200}
	for {
		page, err := a.DB.TemplatePage(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("list templates: %w", err)
		}
		for _, t := range page.Templates {
			m.refs = append(m.refs, db.TemplateRef{ID: t.ID, Name: t.Name})
		}
		if q.After = page.Older; q.After == "" {
			break
		}
	}
	a.templateMenu.Store(m)
	return m.refs, nil
}

func (a *App) confirmRefreshTemplates(w http.ResponseWriter, r *http.Request) error {
	return a.confirm(w, r, "templates", pages.ConfirmData{
		Heading:  "Compare the templates with 100ms now?",
		Sentence: "Every template and room of the workspace is read again, so that changes made elsewhere show here and go on record. Nothing is changed at 100ms.",
		Action:   "/templates/refresh", Button: "Compare now", Cancel: "/templates",
	})
}

func (a *App) refreshTemplates(w http.ResponseWriter, r *http.Request) error {
	a.Jobs.RefreshSoon()
	return a.done(w, r, "/templates", web.Flash{Kind: "done", Text: "The templates are being compared with 100ms. Load the list again in a moment."})
}
