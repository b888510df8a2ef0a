package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/blueprint"
)

const (
	versionsShown = 5 // on the page of a template
	roomsShown    = 5
)

// template shows one template as the read model has it. What the API says of it now is asked for with ?live=1, or when it isn't known
// here yet; that it differs then goes on record.
func (a *App) template(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !objectID.MatchString(id) {
		return notFoundError()
	}
	d := pages.TemplateData{LivePath: "/templates/" + id + "?live=1"}
	var err error
	if d.Template, err = a.DB.Template(r.Context(), a.Workspace.ID, id); err != nil && !errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("read the template: %w", err)
	}
	if known := err == nil; !known || r.URL.Query().Get("live") == "1" {
		if err := a.liveTemplate(r.Context(), id, &d); err != nil && !known {
			return err
		}
	}
	d.Content = contentOf(d.Template.Data, r)
	if err := a.aroundTemplate(r, &d); err != nil {
		return err
	}
	d.Page = a.page(w, r, d.Template.Name, "templates")
	return web.Render(w, r, http.StatusOK, pages.TemplatePage(d))
}

// contentOf is what a template holds, in words; all of it as it is on record where the address asks for that, since it is long.
func contentOf(data string, r *http.Request) pages.TemplateContent {
	c, q := pages.ContentOf(data), r.URL.Query()
	if q.Get("whole") == "1" {
		c.JSON = data
	}
	q.Set("whole", "1")
	c.WholePath = r.URL.Path + "?" + q.Encode() + "#whole"
	return c
}

// liveTemplate asks the API for the template and its recording configuration. What fails is told on the page; the error returned is
// that of the template itself.
func (a *App) liveTemplate(ctx context.Context, id string, d *pages.TemplateData) error {
	live, err := a.Ledger.ReadTemplate(ctx, id)
	if err != nil {
		d.LiveError = apology(err)
		return fmt.Errorf("read the template from the API: %w", err)
	}
	was := d.Template
	if d.Template, err = a.recordOf(ctx, live); err != nil {
		return err
	}
	d.Live, d.Template.Data = true, live.Shown
	if was.Data == "" {
		return nil
	}
	d.Noted = d.Template.Versions > was.Versions
	if d.Drift, err = blueprint.Diff(was.Data, live.Shown); err != nil {
		a.Log.WarnContext(ctx, "what was known of a template can't be compared", "template", id, "err", err)
	}
	return nil
}

// recordOf is what is known of a template that was just read. It isn't on record while a change of it is open.
func (a *App) recordOf(ctx context.Context, live ledger.LiveTemplate) (db.Template, error) {
	t, err := a.DB.Template(ctx, a.Workspace.ID, live.ID)
	if errors.Is(err, db.ErrNotFound) {
		return db.Template{Workspace: a.Workspace.ID, ID: live.ID, Name: live.Name, Default: live.Default, Data: live.Shown, SeenAt: a.Now()}, nil
	}
	if err != nil {
		return db.Template{}, fmt.Errorf("read the template: %w", err)
	}
	return t, nil
}

// aroundTemplate adds the rooms, the newest versions and the newest operations of a template.
func (a *App) aroundTemplate(r *http.Request, d *pages.TemplateData) error {
	ctx, id := r.Context(), d.Template.ID
	rooms, err := a.DB.Rooms(ctx, db.RoomQuery{Workspace: a.Workspace.ID, TemplateID: id, Sort: "-created", Limit: roomsShown})
	if err != nil {
		return fmt.Errorf("list the template's rooms: %w", err)
	}
	d.Rooms = rooms.Rooms
	versions, err := a.DB.TemplateVersions(ctx, a.Workspace.ID, id, 0)
	if err != nil {
		return fmt.Errorf("list the versions: %w", err)
	}
	shown, err := a.changedVersions(ctx, id, versions[:min(len(versions), versionsShown)])
	if err != nil {
		return err
	}
	d.Versions = shown
	unsent, err := a.Ledger.LastUnsent(ctx, id)
	if err != nil {
		return fmt.Errorf("look for what was not sent: %w", err)
	}
	d.Unsent = shownUnsent(unsent, id)
	if !allowed(viewerOf(r).user.Role, audits) {
		return nil
	}
	q := db.OperationQuery{Workspace: a.Workspace.ID, TargetKind: "template", Target: id, Limit: 10}
	if d.History, d.Happened, err = a.latest(ctx, q); err != nil {
		return fmt.Errorf("read the template's history: %w", err)
	}
	return nil
}

// knownTemplate is the template that the path names, from the read model; one that isn't known there is read from the API, which
// puts it on record.
func (a *App) knownTemplate(r *http.Request) (db.Template, error) {
	id := r.PathValue("id")
	if !objectID.MatchString(id) {
		return db.Template{}, notFoundError()
	}
	t, err := a.DB.Template(r.Context(), a.Workspace.ID, id)
	if errors.Is(err, db.ErrNotFound) {
		live, err := a.Ledger.ReadTemplate(r.Context(), id)
		if err != nil {
			return db.Template{}, fmt.Errorf("read the template from the API: %w", err)
		}
		return a.recordOf(r.Context(), live)
	}
	if err != nil {
		return db.Template{}, fmt.Errorf("read the template: %w", err)
	}
	return t, nil
}

// defaultQuestion is what is asked before an admin's mark is set, or taken away.
func defaultQuestion(t *db.Template, on bool) pages.ConfirmData {
	d := pages.ConfirmData{
		Heading: "Mark " + t.Name + " as the default template?",
		Sentence: "100ms makes rooms that name no template from its default one, and its API doesn't tell which that is. The mark tells it to everybody here: " +
			"it changes nothing at 100ms, takes the mark from any other template, and can be taken away again.",
		Action: "/templates/" + t.ID + "/default", Button: "Mark as default", Cancel: "/templates/" + t.ID, Reason: true,
	}
	if !on {
		d.Heading, d.Button, d.Action = "Take the default mark from "+t.Name+"?", "Take the mark away", d.Action+"?on=false"
		d.Sentence = "No template is marked as the default then. Nothing changes at 100ms, and the mark can be set again."
	}
	return d
}

// marksDefault says whether the address asks for the mark to be set, rather than taken away.
func marksDefault(r *http.Request) bool { return r.URL.Query().Get("on") != "false" }

func (a *App) confirmDefaultTemplate(w http.ResponseWriter, r *http.Request) error {
	t, err := a.knownTemplate(r)
	if err != nil {
		return err
	}
	return a.confirm(w, r, "templates", defaultQuestion(&t, marksDefault(r)))
}

func (a *App) markDefaultTemplate(w http.ResponseWriter, r *http.Request) error {
	t, err := a.knownTemplate(r)
	if err != nil {
		return err
	}
	on, path := marksDefault(r), "/templates/"+t.ID
	return a.agreedHere(w, r, "templates", defaultQuestion(&t, on), func(ch ledger.Change) error {
		if t.Marked == on { // said twice: nothing is left to be done
			return a.done(w, r, path, web.Flash{Kind: "done", Text: markedWords(t.Name, on)})
		}
		if err := a.Ledger.SetDefaultTemplate(r.Context(), ch, t.ID, on); err != nil {
			return fmt.Errorf("mark the default template: %w", err)
		}
		return a.done(w, r, path, web.Flash{Kind: "done", Text: markedWords(t.Name, on)})
	})
}

func markedWords(name string, on bool) string {
	if on {
		return name + " is marked as the default template."
	}
	return name + " isn't marked as the default template any more."
}
