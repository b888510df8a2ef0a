package handlers

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"roomledger/db"
	"roomledger/views/pages"
	"roomledger/web/hms"
)

// What the preview of a change asks of the API is bounded in time and in calls: it mustn't keep anybody from saving.
const (
	impactWait      = 2 * time.Second
	impactSessions  = 500 // running sessions of the workspace, the newest
	impactCodeRooms = 50  // rooms whose codes are read, the newest; a call each
	impactCalls     = 4   // of these at a time
)

// impactLive asks the API for sessions and codes, side by side and not for long.
func (a *App) impactLive(ctx context.Context, d *pages.Impact, rooms db.TemplateRooms) {
	ctx, cancel := context.WithTimeout(ctx, impactWait)
	defer cancel()
	var running runningLook
	codes := &codeLook{}
	var wg sync.WaitGroup
	wg.Go(func() { running = a.lookAtSessions(ctx, d.Template) })
	if len(d.Roles) > 0 {
		wg.Go(func() { codes = a.lookAtCodes(ctx, d.Template, rooms) })
	}
	wg.Wait()
	d.Running, d.Codes = running.shown, codes.shown
	for i := range d.Roles {
		r := &d.Roles[i]
		r.People = running.roles[r.Was]
		codes.count(r)
	}
}

// lookingFailed says in words why something could not be read to its end.
func (a *App) lookingFailed(ctx context.Context, what string, err error) string {
	a.Log.WarnContext(ctx, what+" not read for what a change reaches", "err", err)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "100ms took too long to answer."
	}
	return apology(err)
}

// runningLook is what was found out about sessions.
type runningLook struct {
	shown pages.ImpactRunning
	roles map[string]int // people in rooms of the template, by role
}

// lookAtSessions reads the sessions that run now, and keeps those in rooms of the template. What was read before an error counts.
func (a *App) lookAtSessions(ctx context.Context, template string) runningLook {
	look := runningLook{roles: map[string]int{}}
	var running []hms.Session
	for session, err := range a.HMS.AllSessions(ctx, hms.SessionQuery{Active: new(true)}) {
		if err != nil {
			look.shown.Problem = a.lookingFailed(ctx, "sessions", err)
			break
		}
		if look.shown.More = look.shown.Looked == impactSessions; look.shown.More {
			break
		}
		look.shown.Looked++
		if session.Active { // an API that ignores the filter answers with those that are over
			running = append(running, session)
		}
	}
	ids := make([]string, len(running))
	for i, session := range running {
		ids[i] = session.RoomID
	}
	// The request's own time, not that of the API: the rooms are in our own database.
	rooms, err := a.DB.RoomRefs(context.WithoutCancel(ctx), a.Workspace.ID, ids)
	if err != nil {
		look.shown.Problem = a.lookingFailed(ctx, "rooms of sessions", err)
		return look
	}
	for _, session := range running {
		look.add(session, rooms, template)
	}
	return look
}

// add counts a session that runs, if it is in a room of the template.
func (l *runningLook) add(session hms.Session, rooms map[string]db.RoomRef, template string) {
	room, known := rooms[session.RoomID]
	if !known {
		l.shown.Unknown++
		return
	}
	if room.TemplateID != template {
		return
	}
	people := 0
	for _, peer := range session.Peers {
		if peer.LeftAt.IsZero() {
			people++
			l.roles[peer.Role]++
		}
	}
	l.shown.Sessions++
	l.shown.People += people
	if len(l.shown.Examples) < impactExamples {
		l.shown.Examples = append(l.shown.Examples, pages.ImpactSession{Room: room, People: people, Since: session.CreatedAt})
	}
}

// codeLook is the codes of some rooms of a template.
type codeLook struct {
	rooms []db.RoomRef
	codes [][]hms.RoomCode // of each of the rooms

	mu    sync.Mutex
	shown pages.ImpactCodes
}

// lookAtCodes reads the codes of the newest enabled rooms of a template. What was read before an error counts.
func (a *App) lookAtCodes(ctx context.Context, template string, all db.TemplateRooms) *codeLook {
	enabled := all.Of(func(g db.RoomGroup) bool { return g.Enabled })
	left := db.CountRooms(enabled)
	look := &codeLook{shown: pages.ImpactCodes{Left: left, Closed: all.Rooms() - left}}
	var err error
	if look.rooms, err = a.DB.RoomsAlike(ctx, a.Workspace.ID, template, enabled, impactCodeRooms); err != nil {
		look.shown.Problem = a.lookingFailed(ctx, "rooms", err)
		return look
	}
	look.codes = make([][]hms.RoomCode, len(look.rooms))
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(impactCalls)
	for i, room := range look.rooms {
		group.Go(func() error {
			page, err := a.HMS.ListRoomCodes(inner, room.ID, "")
			return look.note(i, page.Data, err)
		})
	}
	if err := group.Wait(); err != nil {
		look.shown.Problem = a.lookingFailed(ctx, "room codes", err)
	}
	return look
}

// note keeps the codes of one room. It returns the error unless that is the room's own: it was disabled or is gone.
func (l *codeLook) note(i int, codes []hms.RoomCode, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, refused := errors.AsType[*hms.Error](err)
	switch {
	case err == nil:
		l.codes[i] = codes
		l.shown.Looked++
		l.shown.Left--
	case refused && e.Status == http.StatusForbidden && !e.IsAuth():
		l.shown.Closed++
		l.shown.Left--
	case refused && e.Status == http.StatusNotFound:
	default:
		return err
	}
	return nil
}

// count fills in the codes that stand for a role.
func (l *codeLook) count(r *pages.ImpactRole) {
	for i, codes := range l.codes {
		before := r.On + r.Off
		for _, code := range codes {
			switch {
			case code.Role != r.Was:
			case code.Enabled:
				r.On++
			default:
				r.Off++
			}
		}
		if r.On+r.Off == before {
			continue
		}
		r.Rooms++
		if len(r.Examples) < impactExamples {
			r.Examples = append(r.Examples, l.rooms[i])
		}
	}
}
