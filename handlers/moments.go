package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/blueprint"
	"roomledger/web/form"
	"roomledger/web/hms"
)

// remembered is a room or template whose states history has.
type remembered struct {
	ledger.Target
	path string // of its pages
	live func(ctx context.Context, id string) (ledger.State, error)
	// last is what is known of it when the API doesn't answer; nil when nothing is.
	last    func(ctx context.Context, id string) (*ledger.State, error)
	plan    func(ctx context.Context, id string, at time.Time, typed map[string]string) (ledger.Restore, error)
	restore func(ctx context.Context, ch ledger.Change, id string, at time.Time, version string, typed map[string]string) (ledger.Restored, error)
}

// section is the part of the desk that its pages belong to.
func (t remembered) section() string {
	return t.Kind + "s"
}

// label names a path of its states for reading: of a template in the words of its form.
func (t remembered) label(path string) string {
	if t.Kind != "template" {
		return path
	}
	return blueprint.Label(path)
}

// rememberedRoom is the room that the path names.
func (a *App) rememberedRoom(r *http.Request) (remembered, error) {
	t, err := a.theRoom(r)
	return remembered{
		Target: t, path: "/rooms/" + t.ID, live: a.Ledger.LiveRoom, last: a.lastKnownRoom, plan: a.Ledger.PlanRoom, restore: a.Ledger.RestoreRoom,
	}, err
}

// lastKnownRoom is a room as the index has it.
func (a *App) lastKnownRoom(ctx context.Context, id string) (*ledger.State, error) {
	room, err := a.DB.Room(ctx, a.Workspace.ID, id)
	if errors.Is(err, db.ErrNotFound) {
		return a.Ledger.NewestState(ctx, ledger.Target{Kind: "room", ID: id})
	}
	if err != nil {
		return nil, fmt.Errorf("read the room: %w", err)
	}
	state, err := a.Ledger.KnownRoom(ctx, room)
	return &state, err
}

// rememberedTemplate is the template that the path names: from history, else from the API.
func (a *App) rememberedTemplate(r *http.Request) (remembered, error) {
	id := r.PathValue("id")
	if !objectID.MatchString(id) {
		return remembered{}, notFoundError()
	}
	t := remembered{
		Target: ledger.Target{Kind: "template", ID: id}, path: "/templates/" + id,
		live: a.Ledger.LiveTemplate, last: a.lastKnownTemplate, plan: a.Ledger.PlanTemplate, restore: a.restoreTemplateState,
	}
	state, err := a.lastKnownTemplate(r.Context(), id)
	if err == nil && state == nil {
		var live ledger.State
		live, err = t.live(r.Context(), id)
		state = &live
	}
	if err != nil {
		return remembered{}, err
	}
	t.Name = toldBy(*state).Name
	return t, nil
}

func (a *App) lastKnownTemplate(ctx context.Context, id string) (*ledger.State, error) {
	return a.Ledger.NewestState(ctx, ledger.Target{Kind: "template", ID: id})
}

// restoreTemplateState restores a template, and drops what the forms remember of the templates.
func (a *App) restoreTemplateState(ctx context.Context, ch ledger.Change, id string, at time.Time, version string, typed map[string]string) (ledger.Restored, error) {
	done, err := a.Ledger.RestoreTemplate(ctx, ch, id, at, version, typed)
	a.templates.forget()
	return done, err
}

// told is what the content of a state says of any room or template.
type told struct {
	Name      string    `json:"name"`
	RoomMade  time.Time `json:"created_at"`
	PolicyAge time.Time `json:"createdAt"`
}

// toldBy reads what a state tells; what can't be read is missing.
func toldBy(s ledger.State) told {
	var t told
	if json.Unmarshal([]byte(s.Content), &t) != nil {
		return told{}
	}
	return t
}

// made is when the room or template was made, by the API's clock; zero where it doesn't tell.
func (t told) made() time.Time {
	if t.RoomMade.After(t.PolicyAge) {
		return t.RoomMade
	}
	return t.PolicyAge
}

func (a *App) roomMoments(w http.ResponseWriter, r *http.Request) error {
	t, err := a.rememberedRoom(r)
	if err != nil {
		return err
	}
	return a.moments(w, r, t)
}

func (a *App) templateMoments(w http.ResponseWriter, r *http.Request) error {
	t, err := a.rememberedTemplate(r)
	if err != nil {
		return err
	}
	return a.moments(w, r, t)
}

// moments shows the states of a room or template, or how it was at one moment and what has changed since.
func (a *App) moments(w http.ResponseWriter, r *http.Request, t remembered) error {
	f := form.ParseMoment(r.URL.Query())
	d := pages.MomentsData{Page: a.page(w, r, t.Name+", as it was", t.section()), Kind: t.Kind, ID: t.ID, Name: t.Name, Path: t.path, Form: f}
	d.Page.Problem = f.Errors.Any()
	var err error
	if at := f.Time(); !at.IsZero() {
		if d.At, err = a.momentAt(r.Context(), t, f); err != nil {
			return err
		}
		d.At.CanRestore = d.Page.CanChange && d.At.State != nil
		if d.At.Room != nil {
			d.At.Room.Page = d.Page
		}
		return web.Render(w, r, http.StatusOK, pages.MomentAt(d))
	}
	states, older, err := a.Ledger.States(r.Context(), t.Target, f.Before())
	if err != nil {
		return fmt.Errorf("read the states: %w", err)
	}
	for _, s := range states {
		m, err := shownMoment(t.Kind, s)
		if err != nil {
			return err
		}
		d.List = append(d.List, m)
	}
	if older > 0 {
		d.Older = t.path + "/moments?cursor=" + strconv.FormatInt(older, 10)
	}
	return web.Render(w, r, http.StatusOK, pages.Moments(d))
}

// shownMoment is a state for the list.
func shownMoment(kind string, s ledger.State) (pages.Moment, error) {
	m := pages.Moment{
		Time: s.Time, Operation: s.Operation, Action: s.Action, Actor: s.Actor, ActorKind: s.ActorKind,
		Reason: s.Reason, Seen: s.Seen, First: s.First,
	}
	if s.Was == "" {
		return m, nil
	}
	changes, err := differences(kind, s.Was, s.Compared)
	if err != nil {
		return m, fmt.Errorf("compare two states: %w", err)
	}
	for _, c := range changes {
		m.Fields = append(m.Fields, c.Field)
	}
	return m, nil
}

// differences compares two states for reading: rooms by path, templates in the words of their form.
func differences(kind, was, is string) ([]form.Change, error) {
	if kind != "template" {
		return form.DiffJSON(was, is)
	}
	lines, err := blueprint.Diff(was, is)
	changes := make([]form.Change, len(lines))
	for i, l := range lines {
		changes[i] = form.Change{Field: l.Label, Have: l.Have, Will: l.Will}
	}
	return changes, err
}

// momentAt is how something was at the moment that was asked for, beside another moment or now.
func (a *App) momentAt(ctx context.Context, t remembered, f *form.Moment) (*pages.MomentState, error) {
	d := &pages.MomentState{Asked: f.Time(), With: f.Other()}
	state, later, err := a.Ledger.StateAt(ctx, t.Target, d.Asked)
	if err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	if later != nil {
		m, err := shownMoment(t.Kind, *later)
		if err != nil {
			return nil, err
		}
		d.Later = &m
		d.Made = toldBy(*later).made()
	}
	if state == nil {
		return d, nil
	}
	m, err := shownMoment(t.Kind, *state)
	if err != nil {
		return nil, err
	}
	d.State, d.Content, d.Made = &m, state.Content, toldBy(*state).made()
	if err := a.showState(ctx, d, t, *state); err != nil {
		return nil, err
	}
	return d, a.compareState(ctx, d, t, *state)
}

// showState shapes the content of a state for reading.
func (a *App) showState(ctx context.Context, d *pages.MomentState, t remembered, s ledger.State) error {
	if t.Kind == "room" {
		var room hms.Room
		if err := json.Unmarshal([]byte(s.Content), &room); err != nil {
			return fmt.Errorf("read the state: %w", err)
		}
		d.Room = &pages.RoomData{Room: a.Ledger.RoomRecord(room)}
		d.Room.Room.Data = s.Content
		known, err := a.DB.Room(ctx, a.Workspace.ID, t.ID)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return fmt.Errorf("read the room: %w", err)
		}
		d.Room.Room.Creator, d.Room.Room.Operation = known.Creator, known.Operation
		return details(d.Room)
	}
	var template hms.Template
	if err := json.Unmarshal([]byte(s.Content), &template); err != nil {
		return fmt.Errorf("read the state: %w", err)
	}
	shown := shownTemplate(template)
	d.Template = &shown
	return nil
}

// compareState adds the difference to the other moment, or to how things are now.
func (a *App) compareState(ctx context.Context, d *pages.MomentState, t remembered, s ledger.State) error {
	other, err := a.otherState(ctx, d, t)
	if err != nil || other == nil {
		return err
	}
	d.Compared = true
	from, to := s.Beside(t.Kind, *other)
	if !d.With.IsZero() && d.With.Before(d.Asked) {
		from, to = to, from
		d.Swapped = true
	}
	if d.Changes, err = differences(t.Kind, from, to); err != nil {
		return fmt.Errorf("compare two states: %w", err)
	}
	return nil
}

// otherState is what a state is compared with: that of the other moment, else what the API shows now, else what is known
// last; nil when there is none.
func (a *App) otherState(ctx context.Context, d *pages.MomentState, t remembered) (*ledger.State, error) {
	if !d.With.IsZero() {
		other, _, err := a.Ledger.StateAt(ctx, t.Target, d.With)
		if err != nil {
			return nil, fmt.Errorf("read the other state: %w", err)
		}
		return other, nil
	}
	live, err := t.live(ctx, t.ID)
	if err == nil {
		return &live, nil
	}
	d.Apology = apology(err)
	last, err := t.last(ctx, t.ID)
	if err == nil && last != nil {
		d.LastKnown = last.Time
	}
	return last, err
}

// momentsOf is where the earlier states are of what an operation is about; "" when it is no room or template of ours.
func (a *App) momentsOf(op db.Operation) string {
	if op.Workspace != a.Workspace.ID || !objectID.MatchString(op.TargetID) {
		return ""
	}
	switch op.TargetKind {
	case "room", "template":
		return "/" + op.TargetKind + "s/" + op.TargetID + "/moments"
	}
	return ""
}
