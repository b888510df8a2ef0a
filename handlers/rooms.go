package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
	"roomledger/web/hms"
)

var objectID = regexp.MustCompile(`^[0-9a-f]{24}$`)

func (a *App) rooms(w http.ResponseWriter, r *http.Request) error {
	f := form.ParseRoomsFilter(r.URL.Query())
	d := pages.RoomsData{Page: a.page(w, r, "Rooms", "rooms"), Filter: f}
	d.Page.Problem = f.Errors.Any()
	var err error
	if d.List, err = a.DB.Rooms(r.Context(), a.roomQuery(f)); errors.Is(err, db.ErrCursor) {
		f.Errors.Add("cursor", "This page's address was damaged: the list starts from its beginning.")
		f.Cursor = ""
		d.List, err = a.DB.Rooms(r.Context(), a.roomQuery(f))
	}
	if err != nil {
		return fmt.Errorf("list rooms: %w", err)
	}
	if d.IndexedAt, d.IndexErr, err = a.DB.IndexState(r.Context(), a.Workspace.ID); err != nil {
		return fmt.Errorf("read the state of the index: %w", err)
	}
	menus, err := a.roomMenusAt(r.Context(), d.IndexedAt)
	if err != nil {
		return err
	}
	d.Templates, d.Creators = menus.templates, menus.creators
	return web.Render(w, r, http.StatusOK, pages.Rooms(d))
}

// roomMenus is what the filters of the list offer. It changes with a change of ours, which is a row of history, or when
// the list was compared with the API.
type roomMenus struct {
	seq       int64
	indexed   time.Time
	templates []db.TemplateRef
	creators  []string
}

// roomMenusAt returns the menus as of the last comparison. They aren't to be changed.
func (a *App) roomMenusAt(ctx context.Context, indexed time.Time) (*roomMenus, error) {
	last, err := a.DB.LastRow(ctx)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return nil, fmt.Errorf("read the newest row of history: %w", err)
	}
	if m := a.menus.Load(); m != nil && m.seq == last.Seq && m.indexed.Equal(indexed) {
		return m, nil
	}
	m := &roomMenus{seq: last.Seq, indexed: indexed}
	if m.templates, err = a.DB.TemplateRefs(ctx, a.Workspace.ID); err != nil {
		return nil, fmt.Errorf("list templates of rooms: %w", err)
	}
	if m.creators, err = a.DB.Creators(ctx, a.Workspace.ID); err != nil {
		return nil, fmt.Errorf("list creators of rooms: %w", err)
	}
	a.menus.Store(m)
	return m, nil
}

// roomQuery is the filter of the address as the database takes it.
func (a *App) roomQuery(f *form.RoomsFilter) db.RoomQuery {
	return db.RoomQuery{
		Workspace: a.Workspace.ID, Q: f.Of("q"), Enabled: f.OnlyEnabled(), TemplateID: f.Of("template_id"), Region: f.Of("region"),
		Recording: f.Of("recording"), Creator: f.Of("creator"), After: f.From(), Before: f.To(), Sort: f.Order(), Cursor: f.Of("cursor"),
	}
}

func (a *App) room(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !objectID.MatchString(id) {
		return notFoundError()
	}
	d := pages.RoomData{LivePath: "/rooms/" + id + "?live=1"}
	room, err := a.DB.Room(r.Context(), a.Workspace.ID, id)
	known := err == nil
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("read the room: %w", err)
	}
	if !known || r.URL.Query().Get("live") == "1" {
		if err := a.live(r, id, &d); err != nil && !known {
			return err
		}
	}
	if !known {
		room = a.Ledger.RoomRecord(*d.Live) // made elsewhere since the index was last refreshed
	}
	d.Room = room
	if err := details(&d); err != nil {
		return err
	}
	if viewerOf(r).user.ID != "" && allowed(viewerOf(r).user.Role, audits) {
		q := db.OperationQuery{Workspace: a.Workspace.ID, TargetKind: "room", Target: id, Limit: 20}
		if d.History, d.Happened, err = a.latest(r.Context(), q); err != nil {
			return fmt.Errorf("read the room's history: %w", err)
		}
	}
	d.Page = a.page(w, r, room.Name, "rooms")
	return web.Render(w, r, http.StatusOK, pages.Room(d))
}

// live asks the API for the room, its template and its codes. What fails is told on the page; the error returned is
// that of the room itself.
func (a *App) live(r *http.Request, id string, d *pages.RoomData) error {
	room, err := a.HMS.Room(r.Context(), id)
	if err != nil {
		d.LiveError = apology(err)
		return fmt.Errorf("read the room from the API: %w", err)
	}
	shown := a.Ledger.Shown(room)
	d.Live = &shown
	if t, err := a.HMS.Template(r.Context(), room.TemplateID); err != nil {
		d.LiveError = "Its template couldn't be read: " + apology(err)
	} else {
		tpl := shownTemplate(t)
		d.Template = &tpl
	}
	for code, err := range a.HMS.AllRoomCodes(r.Context(), id) {
		if err != nil {
			d.CodesErr = codesApology(err)
			break
		}
		d.Codes = append(d.Codes, code)
	}
	return nil
}

func (a *App) confirmRefresh(w http.ResponseWriter, r *http.Request) error {
	return a.confirm(w, r, "rooms", pages.ConfirmData{
		Heading:  "Compare the list with 100ms now?",
		Sentence: "Every room of the workspace is read again, so that changes made elsewhere show here. Nothing is changed at 100ms.",
		Action:   "/rooms/refresh", Button: "Compare now", Cancel: "/rooms",
	})
}

func (a *App) refreshRooms(w http.ResponseWriter, r *http.Request) error {
	a.Jobs.RefreshSoon()
	return a.done(w, r, "/rooms", web.Flash{Kind: "done", Text: "The list is being compared with 100ms. Load it again in a moment."})
}

// The questions before a room is switched.
var (
	enableQuestion = roomQuestion{
		title: "Enable %s", button: "Enable", path: "enable", sentence: "People can join %s again, with the links that they have.",
	}
	disableQuestion = roomQuestion{
		title: "Disable %s", button: "Disable", path: "disable", danger: true,
		sentence: "Nobody can join %s any more; a session that is running goes on. A disabled room can be enabled again.",
	}
)

func (a *App) confirmEnableRoom(w http.ResponseWriter, r *http.Request) error {
	return a.confirmRoom(w, r, enableQuestion)
}

func (a *App) confirmDisableRoom(w http.ResponseWriter, r *http.Request) error {
	return a.confirmRoom(w, r, disableQuestion)
}

// roomQuestion is what a page asks before a change of one room. Title and sentence have a %s for the room's name; path is
// below the room's own.
type roomQuestion struct {
	title, button, path, sentence string
	danger                        bool
}

// confirmRoom is the page before a change of one room.
func (a *App) confirmRoom(w http.ResponseWriter, r *http.Request, q roomQuestion) error {
	t, err := a.theRoom(r)
	if err != nil {
		return err
	}
	d := q.about(t)
	d.FormToken = newToken()
	return a.confirm(w, r, "rooms", d)
}

// about is the question about one room.
func (q roomQuestion) about(t ledger.Target) pages.ConfirmData {
	return pages.ConfirmData{
		Heading: fmt.Sprintf(q.title, t.Name) + "?", Sentence: fmt.Sprintf(q.sentence, t.Name),
		Action: "/rooms/" + t.ID + "/" + q.path, Button: q.button, Danger: q.danger, Cancel: "/rooms/" + t.ID, Reason: true,
	}
}

// changeRoom makes the change of a room that its confirm page posted.
func (a *App) changeRoom(w http.ResponseWriter, r *http.Request, q roomQuestion, change func(ledger.Change, ledger.Target) error) error {
	t, err := a.theRoom(r)
	if err != nil {
		return err
	}
	return a.agreed(w, r, "rooms", q.about(t), func(ch ledger.Change) error { return change(ch, t) })
}

// theRoom is the room that the path names: from the index, else from the API.
func (a *App) theRoom(r *http.Request) (ledger.Target, error) {
	id := r.PathValue("id")
	if !objectID.MatchString(id) {
		return ledger.Target{}, notFoundError()
	}
	room, err := a.DB.Room(r.Context(), a.Workspace.ID, id)
	if err == nil {
		return ledger.Target{Kind: "room", ID: id, Name: room.Name}, nil
	}
	if !errors.Is(err, db.ErrNotFound) {
		return ledger.Target{}, fmt.Errorf("read the room: %w", err)
	}
	live, err := a.HMS.Room(r.Context(), id)
	if err != nil {
		return ledger.Target{}, fmt.Errorf("read the room from the API: %w", err)
	}
	return ledger.Target{Kind: "room", ID: id, Name: live.Name}, nil
}

func (a *App) enableRoom(w http.ResponseWriter, r *http.Request) error {
	return a.changeRoom(w, r, enableQuestion, func(ch ledger.Change, t ledger.Target) error {
		made, err := a.Ledger.SetRoomEnabled(r.Context(), ch, t.ID, true)
		if err != nil {
			return err
		}
		return a.done(w, r, "/rooms/"+t.ID, recorded("Room "+made.RoomName+" is enabled.", made))
	})
}

func (a *App) disableRoom(w http.ResponseWriter, r *http.Request) error {
	return a.changeRoom(w, r, disableQuestion, func(ch ledger.Change, t ledger.Target) error {
		made, err := a.Ledger.SetRoomEnabled(r.Context(), ch, t.ID, false)
		if err != nil {
			return err
		}
		return a.done(w, r, "/rooms/"+t.ID, recorded("Room "+made.RoomName+" is disabled. It can be enabled again.", made))
	})
}

func recorded(text string, m ledger.Made) web.Flash {
	return web.Flash{Kind: "done", Text: text, Link: "/history/" + m.Operation, Word: "See the record"}
}

// details fills in what only the room's whole object tells: from the API where it was asked, else from the index.
func details(d *pages.RoomData) error {
	var room hms.Room
	if d.Live != nil {
		room = *d.Live
	} else if err := json.Unmarshal([]byte(d.Room.Data), &room); err != nil {
		return fmt.Errorf("read the indexed room: %w", err)
	}
	d.Webhook, d.Polls = room.Webhook, room.Polls
	if room.RecordingInfo != nil {
		d.Upload = room.RecordingInfo.UploadInfo
	}
	return nil
}
