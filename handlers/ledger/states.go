package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"roomledger/db"
)

// State is how a room or template was from a moment on, as history has it.
type State struct {
	Seq       int64 // of the history row that tells it
	Time      time.Time
	Operation string
	Action    string
	Actor     string
	ActorKind string
	Reason    string
	Seen      bool   // read and found to be so, rather than made so by the operation
	First     bool   // nothing is on record before it
	Content   string // the whole object, redacted
	Compared  string // what of it counts when two states are compared, redacted
	Was       string // the same of the state before, where that is known
}

// statesPage is how many rows of history a page of states is made from.
const statesPage = 50

// States returns a page of the states that a room or template has had, newest first: those told by the rows before one,
// or the newest where before is 0. Older is where the next page begins, 0 at the end.
func (l *Ledger) States(ctx context.Context, t Target, before int64) (list []State, older int64, err error) {
	q := l.statesOf(t)
	q.Before, q.Limit = before, statesPage
	rows, err := l.db.States(ctx, q)
	if err != nil || len(rows) == 0 {
		return nil, 0, err
	}
	slices.Reverse(rows)
	q.Before = rows[0].Seq
	prev, err := l.newest(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	list = follow(prev, rows)
	slices.Reverse(list)
	if prev != nil {
		older = rows[0].Seq
	}
	return list, older, nil
}

// StateAt returns how a room or template was at a moment. Later is the state after it, nil when it still holds as far as
// history knows. When nothing is on record by then the state is nil, and later is the first that is, if any.
func (l *Ledger) StateAt(ctx context.Context, t Target, at time.Time) (state, later *State, err error) {
	q := l.statesOf(t)
	q.At = at
	if state, err = l.newest(ctx, q); err != nil {
		return nil, nil, err
	}
	q = l.statesOf(t)
	q.After, q.Limit = -1, walkPage
	if state != nil {
		q.After = state.Seq
	}
	for {
		rows, err := l.db.States(ctx, q)
		if err != nil || len(rows) == 0 {
			return state, nil, err
		}
		for _, next := range follow(state, rows) {
			if next.Time.After(at) {
				return state, &next, nil
			}
			state = &next // read just before a change that came after the moment
		}
		q.After = rows[len(rows)-1].Seq
	}
}

// NewestState is the newest state on record; nil when there is none.
func (l *Ledger) NewestState(ctx context.Context, t Target) (*State, error) {
	return l.newest(ctx, l.statesOf(t))
}

func (l *Ledger) statesOf(t Target) db.StateQuery {
	return db.StateQuery{Workspace: l.workspace.ID, Kind: t.Kind, ID: t.ID}
}

// walkPage is how many rows are read at a time on the way to where a state begins or ends.
const walkPage = 20

// newest is the last state among the rows that q asks for, as of where it began, and with what readings leave out; nil when
// there is none.
func (l *Ledger) newest(ctx context.Context, q db.StateQuery) (*State, error) {
	w := walk{kind: q.Kind}
	q.Limit = walkPage
	for {
		rows, err := l.db.States(ctx, q)
		if err != nil {
			return nil, err
		}
		if w.back(rows) || len(rows) < walkPage {
			break
		}
		q.Before = rows[len(rows)-1].Seq
	}
	if w.last == nil {
		return nil, nil
	}
	if err := l.addCredentials(ctx, q, w.last); err != nil {
		return nil, err
	}
	w.last.Compared = compared(w.kind, w.last.Content)
	return w.last, nil
}

// addCredentials adds the credentials of a room's bucket where only readings told of the state: they leave them out.
func (l *Ledger) addCredentials(ctx context.Context, q db.StateQuery, s *State) error {
	if q.Kind != "room" || strings.Contains(s.Content, credentialsKey) {
		return nil
	}
	q.Before, q.At, q.Holding, q.Limit = s.Seq, time.Time{}, credentialsKey, 1
	rows, err := l.db.States(ctx, q)
	if err != nil || len(rows) == 0 {
		return err
	}
	for _, known := range statesIn(rows[0]) {
		s.Content = carried(s.Content, known.Content)
	}
	return nil
}

// walk goes back through history to where the newest state began.
type walk struct {
	kind string
	last *State
	bare string // what it is compared by
}

// back goes through rows, newest first, and says whether it met another state.
func (w *walk) back(rows []db.Row) (ended bool) {
	for _, row := range rows {
		for _, s := range slices.Backward(statesIn(row)) {
			if !w.step(s) {
				return true
			}
		}
	}
	return false
}

// step says whether s is the same state as the newest, seen earlier.
func (w *walk) step(s State) bool {
	if w.kind == "template" {
		return w.stepTemplate(s)
	}
	bare := compared(w.kind, withoutCredentials(s.Content))
	if w.last == nil {
		s.First = true
		w.last, w.bare = &s, bare
		return true
	}
	content := carried(w.last.Content, s.Content)
	if bare != w.bare || strings.Contains(s.Content, credentialsKey) && credentialsIn(content) != credentialsIn(s.Content) {
		w.last.First = false
		return false
	}
	s.First, s.Content = true, content
	w.last = &s
	return true
}

// follow turns rows, oldest first, into the states that follow on prev; rows that tell of no change give none. What they tell of
// a state besides is added to it, and so to prev.
func follow(prev *State, rows []db.Row) []State {
	var list []State
	for _, row := range rows {
		for _, s := range statesIn(row) {
			s.Content = completed(row, s, prev)
			s.Compared = compared(subject(row.Action), s.Content)
			if prev != nil && prev.goesOn(subject(row.Action), s) {
				if len(list) > 0 {
					list[len(list)-1] = *prev
				}
				continue
			}
			if s.First = prev == nil; !s.First {
				_, s.Was = s.Beside(subject(row.Action), *prev)
				s.Time = latest(s.Time, prev.Time)
			}
			list = append(list, s)
			prev = &s
		}
	}
	return list
}

// Beside is what of two states of a room or template is compared, both redacted. What one of them doesn't tell, as nobody had read
// it by then, is left out of account.
func (s State) Beside(kind string, other State) (this, that string) {
	if kind != "template" || tellsRecordings(s.Content) == tellsRecordings(other.Content) {
		return s.Compared, other.Compared
	}
	return compared(kind, withUntold(s.Content, other.Content)), compared(kind, withUntold(other.Content, s.Content))
}

// goesOn says whether next is the same state, and if so takes over how next tells it.
func (s *State) goesOn(kind string, next State) bool {
	if kind != "template" {
		return s.Compared == next.Compared
	}
	if compared(kind, withUntold(s.Content, next.Content)) != next.Compared {
		return false
	}
	s.Content, s.Compared = dated(next.Content, s.Content), next.Compared
	return true
}

// statesIn are the one or two states that a row tells of: how it was just before, which is a millisecond as times are kept,
// and how from then on.
func statesIn(row db.Row) []State {
	s := State{
		Seq: row.Seq, Time: row.Time, Operation: row.Operation, Action: row.Action,
		Actor: row.ActorName, ActorKind: row.ActorKind, Reason: row.Reason,
	}
	var list []State
	if row.Before != "" {
		s.Seen, s.Content, s.Time = true, row.Before, row.Time.Add(-time.Millisecond)
		list = append(list, s)
	}
	if row.After != "" && row.Phase != db.PhaseIntent { // which tells there what is to follow
		s.Time = row.Time
		s.Seen, s.Content = strings.HasSuffix(row.Action, seenVerb), row.After
		list = append(list, s)
	}
	return list
}

// KnownRoom is what the read model knows of a room, as a state: with what lists leave out, as far as history has it.
func (l *Ledger) KnownRoom(ctx context.Context, room db.Room) (State, error) {
	newest, err := l.NewestState(ctx, Target{Kind: "room", ID: room.ID})
	if err != nil {
		return State{}, fmt.Errorf("read the newest state: %w", err)
	}
	return l.readState(Target{Kind: "room", ID: room.ID}, room.Data, newest, room.SeenAt), nil
}

// readState is an object that was just read, as a state that follows on the newest of history.
func (l *Ledger) readState(t Target, content string, newest *State, at time.Time) State {
	row := db.Row{Action: t.Kind + seenVerb, After: content, Time: at}
	s := statesIn(row)[0]
	s.Content = completed(row, s, newest)
	s.Compared = compared(t.Kind, s.Content)
	return s
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
