package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"roomledger/db"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/blueprint"
)

// versionStep is two versions of a template that follow on each other, by their rows of history: what changed from the one to the
// other stays as it is.
type versionStep struct{ was, is int64 }

// templateVersions lists every state that a template has had.
func (a *App) templateVersions(w http.ResponseWriter, r *http.Request) error {
	t, err := a.knownTemplate(r)
	if err != nil {
		return err
	}
	before := 0
	if typed := r.URL.Query().Get("before"); typed != "" {
		if n, ok := versionNumber(typed); ok { // a damaged address is that of the first page
			before = n
		}
	}
	list, err := a.DB.TemplateVersions(r.Context(), a.Workspace.ID, t.ID, before)
	if err != nil {
		return fmt.Errorf("list the versions: %w", err)
	}
	d := pages.TemplateVersionsData{Page: a.page(w, r, t.Name+", versions", "templates"), Template: t}
	if d.List, err = a.changedVersions(r.Context(), t.ID, list); err != nil {
		return err
	}
	path := "/templates/" + t.ID + "/versions"
	if before > 0 {
		d.Newest = path
	}
	if n := len(list); n > 0 && !d.List[n-1].First {
		d.Older = path + "?before=" + strconv.Itoa(list[n-1].N)
	}
	return web.Render(w, r, http.StatusOK, pages.TemplateVersions(d))
}

// changedVersions adds to versions, newest first, what changed with each of them.
func (a *App) changedVersions(ctx context.Context, id string, list []db.TemplateVersion) ([]pages.TemplateVersion, error) {
	if len(list) == 0 {
		return nil, nil
	}
	was, err := a.versionBefore(ctx, id, list[len(list)-1].N)
	if err != nil {
		return nil, err
	}
	out := make([]pages.TemplateVersion, len(list))
	for i := range slices.Backward(list) {
		out[i] = a.changedVersion(list[i], was)
		was = &list[i]
	}
	return out, nil
}

// versionBefore is the version before one; nil where nothing is on record before it.
func (a *App) versionBefore(ctx context.Context, id string, n int) (*db.TemplateVersion, error) {
	if n <= 1 {
		return nil, nil
	}
	return a.templateVersionN(ctx, id, n-1)
}

// templateVersionN is the version of this number; nil where there is none.
func (a *App) templateVersionN(ctx context.Context, id string, n int) (*db.TemplateVersion, error) {
	v, err := a.DB.TemplateVersion(ctx, a.Workspace.ID, id, n)
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read version %d: %w", n, err)
	}
	return &v, nil
}

// changedVersion is a version with what changed since the one before it. What can't be read has no such list; the version's own
// page says so.
func (a *App) changedVersion(v db.TemplateVersion, was *db.TemplateVersion) pages.TemplateVersion {
	out := pages.TemplateVersion{TemplateVersion: v, First: was == nil}
	if was == nil {
		return out
	}
	labels, err := a.versionSteps.of(versionStep{was.Seq, v.Seq}, func() ([]string, error) {
		changes, err := blueprint.Diff(was.Data, v.Data)
		labels := make([]string, len(changes))
		for i, c := range changes {
			labels[i] = c.Label
		}
		return labels, err
	})
	if err == nil {
		out.Changed = labels
	}
	return out
}

// templateVersion shows one version, and how it differs from the one before it, or from the one that is asked for.
func (a *App) templateVersion(w http.ResponseWriter, r *http.Request) error {
	t, err := a.knownTemplate(r)
	if err != nil {
		return err
	}
	n, ok := versionNumber(r.PathValue("n"))
	if !ok {
		return notFoundError()
	}
	v, err := a.DB.TemplateVersion(r.Context(), a.Workspace.ID, t.ID, n)
	if err != nil {
		return fmt.Errorf("read version %d: %w", n, err)
	}
	older, err := a.versionBefore(r.Context(), t.ID, n)
	if err != nil {
		return err
	}
	newer, err := a.templateVersionN(r.Context(), t.ID, n+1)
	if err != nil {
		return err
	}
	d := pages.TemplateVersionData{
		Template: t, Version: pages.TemplateVersion{TemplateVersion: v, First: older == nil}, Content: contentOf(v.Data, r), With: older,
		Typed: r.URL.Query().Get("with"),
	}
	if older != nil {
		d.Older = older.N
	}
	if newer != nil {
		d.Newer = newer.N
	}
	if err := a.compareVersions(r.Context(), &d); err != nil {
		return err
	}
	d.Page = a.page(w, r, t.Name+", version "+strconv.Itoa(n), "templates")
	d.Page.Problem = d.Errors.Any()
	d.CanRestore = d.Page.CanChange && newer != nil
	return web.Render(w, r, http.StatusOK, pages.TemplateVersionPage(d))
}

// compareVersions adds the difference to the version that is asked for, or to the one before.
func (a *App) compareVersions(ctx context.Context, d *pages.TemplateVersionData) error {
	if d.Typed != "" {
		with, err := a.versionAskedFor(ctx, d)
		if err != nil {
			return err
		}
		if with != nil {
			d.With = with
		}
	}
	if d.With == nil {
		return nil
	}
	have, will := d.With.Data, d.Version.Data
	if d.With.N > d.Version.N {
		have, will = will, have
	}
	changes, err := blueprint.Diff(have, will)
	d.Changes = changes
	d.Content.Broken = d.Content.Broken || err != nil // altered in the database: the page shows what is there
	return nil
}

// versionAskedFor is the version whose number was typed; nil, with a message, where there is none.
func (a *App) versionAskedFor(ctx context.Context, d *pages.TemplateVersionData) (*db.TemplateVersion, error) {
	if n, ok := versionNumber(d.Typed); ok {
		with, err := a.templateVersionN(ctx, d.Template.ID, n)
		if err != nil || with != nil {
			return with, err
		}
	}
	d.Errors.Add("with", fmt.Sprintf("Give the number of a version, from 1 to %d. Until then it is not used.", d.Template.Versions))
	return nil, nil
}

// versionNumber reads the number of a version as addresses have it.
func versionNumber(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 1 && strconv.Itoa(n) == s
}
