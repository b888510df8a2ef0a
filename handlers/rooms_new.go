package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
	"roomledger/web/hms"
)

// newToken is a form token: good for one change. Tokens that are given out one after the other sort so: used up, they stand side by
// side in the database, and writing one down touches no page of its own.
func newToken() string { return db.NewID() }

func (a *App) newRoom(w http.ResponseWriter, r *http.Request) error {
	d := pages.RoomFormData{}
	q := r.URL.Query()
	f := &form.Room{Recording: "inherit", Storage: "vendor"}
	if from := q.Get("from"); from != "" {
		room, err := a.HMS.Room(r.Context(), from)
		if err != nil {
			d.Apology = "The room to copy couldn't be read: " + apology(err)
		} else {
			f, d.From = form.RoomFrom(room), room.Name
		}
	}
	f.FormToken = newToken()
	if q.Has("name") {
		f.Name = q.Get("name")
	}
	d.Form = f
	return a.showRoomForm(w, r, http.StatusOK, d)
}

// apology is what a person is told when something on the side of a page couldn't be had.
func apology(err error) string {
	e := explain(err)
	if e == nil {
		return "the reading was broken off."
	}
	return strings.TrimSpace(e.What + " " + e.Why)
}

// showRoomForm draws the form with everything around it. When the templates can't be read, it says so and takes an id.
func (a *App) showRoomForm(w http.ResponseWriter, r *http.Request, status int, d pages.RoomFormData) error {
	d.Page = a.page(w, r, "New room", "rooms")
	d.Page.Problem = d.Form.Errors.Any() || d.Existing != nil
	list, err := a.workspaceTemplates(r.Context())
	if err == nil {
		d.Templates, err = a.shownTemplates(r.Context(), list)
	}
	if err != nil {
		d.Apology = strings.TrimSpace(d.Apology + " The templates couldn't be read: " + apology(err))
		a.Log.WarnContext(r.Context(), "templates not read for the room form", "err", err, "request_id", web.RequestID(r.Context()))
	}
	if d.NameState, err = a.nameState(r, d.Form.Name); err != nil {
		return err
	}
	d.Preview = d.Form.Preview()
	d.Secrets = d.Form.HasSecrets()
	d.Form = d.Form.Shown()
	return web.Render(w, r, status, pages.RoomNew(d))
}

// nameState answers from our own index alone: it is asked with each key pressed.
func (a *App) nameState(r *http.Request, name string) (pages.NameState, error) {
	if name == "" {
		return pages.NameState{}, nil
	}
	if form.NameProblem(name) != "" {
		return pages.NameState{State: "bad", Suggestion: form.SuggestName(name)}, nil
	}
	rooms, err := a.DB.RoomsNamed(r.Context(), a.Workspace.ID, name)
	if err != nil {
		return pages.NameState{}, err
	}
	if len(rooms) > 0 {
		return pages.NameState{State: "taken", RoomID: rooms[0].ID}, nil
	}
	return pages.NameState{State: "free"}, nil
}

func (a *App) createRoom(w http.ResponseWriter, r *http.Request) error {
	v, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	f := form.ParseRoom(v)
	if f.EditRows(v) || v.Has("show") {
		return a.showRoomForm(w, r, http.StatusOK, pages.RoomFormData{Form: f})
	}
	if !f.Valid() {
		if f.Errors.Of("") != "" { // only of the token: one that can't be used is replaced
			f.FormToken = newToken()
		}
		return a.showRoomForm(w, r, http.StatusUnprocessableEntity, pages.RoomFormData{Form: f})
	}
	made, err := a.Ledger.CreateRoom(r.Context(), a.formChange(r, v, f.Reason, f.FormToken), f.Params(), f.Overwrite, f.Secrets())
	if err != nil {
		return a.roomNotMade(w, r, f, err)
	}
	return a.done(w, r, "/rooms/"+url.PathEscape(made.RoomID), madeRoom(made))
}

// formChange is a change that a form with a token asks for. The mark of its content tells a double click from another
// change under the same token; why it is made is no part of it.
func (a *App) formChange(r *http.Request, v url.Values, reason, token string) ledger.Change {
	content := url.Values{}
	for k, values := range v {
		if k != "form_token" && k != "overwrite" && k != "reason" {
			content[k] = values
		}
	}
	ch := change(r, reason)
	ch.Token, ch.Content = token, a.Ledger.Mark(r.URL.Path+"?"+content.Encode())
	return ch
}

func madeRoom(m ledger.Made) web.Flash {
	f := web.Flash{Kind: "done", Text: "Room " + m.RoomName + " is made, and on record.", Link: "/history/" + m.Operation, Word: "See the record"}
	switch {
	case m.Remark != "":
		f.Kind, f.Text = "ask", m.Remark
	case m.Overwrote:
		f.Text = "Room " + m.RoomName + " was overwritten as you agreed, and that is on record."
	}
	return f
}

// roomNotMade shows the form again, with what was typed: when the name is taken, when the API refused a value, and when
// no clear answer came.
func (a *App) roomNotMade(w http.ResponseWriter, r *http.Request, f *form.Room, err error) error {
	d := pages.RoomFormData{Form: f}
	if taken, ok := errors.AsType[*ledger.Taken](err); ok {
		d.Existing = existing(taken, f)
		return a.showRoomForm(w, r, http.StatusConflict, d)
	}
	if refused, ok := errors.AsType[*ledger.Refused](err); ok {
		f.FormToken = newToken() // the intent has used the old one up
		if e, ok := errors.AsType[*hms.Error](refused.Err); ok && e.Status == http.StatusBadRequest {
			f.Refused(e)
			return a.showRoomForm(w, r, http.StatusUnprocessableEntity, d)
		}
	}
	e := explain(err)
	if e == nil || e.Status == http.StatusInternalServerError {
		return err
	}
	// After an open outcome the token stays: sent again, the form gets the first result and makes nothing twice.
	a.logProblem(r, e, err)
	setRetryAfter(w, e)
	f.Errors.Add("", strings.Join([]string{e.What, e.Why, e.Do}, " "))
	d.Operation = e.Link
	return a.showRoomForm(w, r, e.Status, d)
}

func existing(t *ledger.Taken, f *form.Room) *pages.ExistingRoom {
	return &pages.ExistingRoom{
		ID: t.Room.ID, Name: t.Room.Name, Enabled: t.Room.Enabled, Created: t.Room.CreatedAt,
		Changes: form.DiffRoom(t.Room, f.Params()), Other: t.Other,
	}
}
