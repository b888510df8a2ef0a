package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

// Restore is what bringing a room or template back to an earlier state comes to.
type Restore struct {
	Target  Target    // as it is called now
	At      time.Time // the moment that was asked for
	State   State     // what it was then
	Now     string    // how it is, as it is compared; redacted
	Will    string    // how it will be, the same way
	Left    []Left    // what can't be brought back
	Asked   []Secret  // what has to be typed
	Unsure  []string  // secrets too short to be compared: those that it has now stay
	Version string    // of all of this: it changes when the room or template does
}

// Nothing says whether there is nothing to bring back that can be brought back.
func (r Restore) Nothing() bool { return r.Now == r.Will }

// Missing says whether a secret that is needed wasn't typed.
func (r Restore) Missing() bool {
	for _, s := range r.Asked {
		if s.Missing && !s.Optional {
			return true
		}
	}
	return false
}

// NotRestored is the error when nothing was sent: the restore has nothing to bring back, is stale, or lacks secrets.
type NotRestored struct {
	Plan  Restore // as it would be now
	Stale bool    // it isn't what was agreed to
}

func (e *NotRestored) Error() string {
	switch {
	case e.Plan.Nothing():
		return "nothing to restore"
	case e.Stale:
		return "changed since the restore was agreed to"
	}
	return "secrets are missing"
}

// Restored is a restore that was done.
type Restored struct {
	Operation string
	Name      string
	Again     bool // the form was sent before: this is the first result
}

// ErrNoState is the error when nothing is on record of a room or template by a moment.
var ErrNoState = errors.New("nothing on record by then")

// change is a plan with what it takes to carry it out.
type change struct {
	plan Restore
	call call
	name string // that the room or template has afterwards
	// more goes on where one call doesn't do it; nil: it does.
	more func(ctx context.Context, ch Change, operation string) error
}

// PlanRoom says what restoring a room to how it was at a moment would do. It reads the room from the API and changes
// nothing. The error is ErrNoState when nothing is on record by then, hms.ErrNotFound when there is no such room.
func (l *Ledger) PlanRoom(ctx context.Context, id string, at time.Time, typed map[string]string) (Restore, error) {
	c, err := l.planRoom(ctx, id, at, typed)
	return c.plan, err
}

// PlanTemplate is PlanRoom for a template.
func (l *Ledger) PlanTemplate(ctx context.Context, id string, at time.Time, typed map[string]string) (Restore, error) {
	c, err := l.planTemplate(ctx, id, at, typed)
	return c.plan, err
}

// RestoreRoom brings a room back to how it was at a moment, as far as an update can. Version is that of the plan that was
// agreed to, typed the secrets that it asked for, by path.
//
// Errors: *NotRestored, ErrNoState, and as with CreateRoom, but for *Taken.
func (l *Ledger) RestoreRoom(ctx context.Context, ch Change, id string, at time.Time, version string, typed map[string]string) (Restored, error) {
	return l.restore(ctx, ch, version, func() (func(), change, error) {
		c, err := l.planRoom(ctx, id, at, typed)
		if err != nil {
			return nil, c, err
		}
		unlock, err := l.lockNames(ctx, c.plan.Target.Name, c.name)
		if err != nil {
			return nil, c, err
		}
		if err = l.closeOpen(ctx, c.plan.Target); err == nil {
			c, err = l.planRoom(ctx, id, at, typed) // another change may have come before us
		}
		return unlock, c, err
	})
}

// RestoreTemplate is RestoreRoom for a template: the update replaces the whole of it. Its recording configurations are brought
// back by a second call; where only that fails the error is *PartlyDone.
func (l *Ledger) RestoreTemplate(ctx context.Context, ch Change, id string, at time.Time, version string, typed map[string]string) (Restored, error) {
	return l.restore(ctx, ch, version, func() (func(), change, error) {
		unlock, err := l.locks.lock(ctx, "template\x00"+id)
		if err != nil {
			return nil, change{}, err
		}
		if err := l.closeOpen(ctx, Target{Kind: "template", ID: id}); err != nil {
			return unlock, change{}, err
		}
		c, err := l.planTemplate(ctx, id, at, typed)
		return unlock, c, err
	})
}

// restore carries out what plan makes, once for a form token. Plan takes the lock; the unlock it returns may be nil.
func (l *Ledger) restore(ctx context.Context, ch Change, version string, plan func() (func(), change, error)) (Restored, error) {
	var done Restored
	err := l.once(ctx, ch, func() error {
		unlock, c, err := plan()
		if unlock != nil {
			defer unlock()
		}
		if err != nil {
			return err
		}
		if c.plan.Nothing() || c.plan.Version != version || c.plan.Missing() {
			return &NotRestored{Plan: c.plan, Stale: c.plan.Version != version}
		}
		ch.Reason = restoreReason(c.plan.At, ch.Reason)
		done.Name = c.name
		done.Operation, err = l.perform(ctx, ch, c.call)
		if err == nil && c.more != nil {
			err = c.more(ctx, ch, done.Operation)
		}
		return err
	}, func(first db.Operation) error {
		done = Restored{Operation: first.ID, Name: first.TargetName, Again: true}
		return l.firstError(ctx, first)
	})
	return done, err
}

// restoreReason says on record which state was brought back, and why.
func restoreReason(at time.Time, reason string) string {
	text := "Restored as of " + at.UTC().Format("2006-01-02T15:04:05.000Z07:00") + "."
	if reason == "" {
		return text
	}
	return text + " " + reason
}

// toRestore is the state of a target at a moment.
func (l *Ledger) toRestore(ctx context.Context, t Target, at time.Time) (State, error) {
	then, _, err := l.StateAt(ctx, t, at)
	if err != nil {
		return State{}, err
	}
	switch {
	case then != nil:
		return *then, nil
	case t.Kind == "template":
		return l.versionAt(ctx, t.ID, at)
	}
	return State{}, ErrNoState
}

// lockNames takes the locks of the name that a room has and of the one that it will have, always in the same order.
func (l *Ledger) lockNames(ctx context.Context, has, gets string) (unlock func(), err error) {
	first, second := foldName(has), foldName(gets)
	if first == second {
		return l.lockRoom(ctx, has, "room.update")
	}
	if second < first {
		first, second = second, first
	}
	outer, err := l.lockRoom(ctx, first, "room.update")
	if err != nil {
		return nil, err
	}
	inner, err := l.lockRoom(ctx, second, "room.update")
	if err != nil {
		outer()
		return nil, err
	}
	return func() { inner(); outer() }, nil
}

// closeOpen settles earlier changes of a room or template whose outcome is unknown, whatever it was called then. The error
// is *Pending where that can't be done yet.
func (l *Ledger) closeOpen(ctx context.Context, t Target) error {
	open, err := l.db.OpenOperations(ctx, l.workspace.ID)
	if err != nil {
		return fmt.Errorf("read open operations: %w", err)
	}
	for _, op := range open {
		if subject(op.Action) != t.Kind || op.TargetID != t.ID {
			continue
		}
		f, err := finding{verdict: isEarly}, error(nil)
		if !l.isInFlight(op.ID) {
			f, err = l.settle(ctx, op, Change{Actor: System})
		}
		switch {
		case err != nil && !errors.Is(err, context.Canceled):
			return fmt.Errorf("settle an earlier change of this %s: %w", t.Kind, err)
		case err != nil || f.verdict == isEarly:
			return &Pending{Operation: op.ID}
		}
	}
	return nil
}

// readRoom is a room as the API shows it, and as a state: with what the API doesn't show, as history last knew it.
func (l *Ledger) readRoom(ctx context.Context, id string) (hms.Room, State, error) {
	room, err := l.hms.Room(ctx, id)
	if err != nil {
		return hms.Room{}, State{}, fmt.Errorf("read the room: %w", err)
	}
	t := Target{Kind: "room", ID: id}
	newest, err := l.NewestState(ctx, t)
	if err != nil {
		return hms.Room{}, State{}, err
	}
	return room, l.readState(t, l.redact.value(room, roomShape), newest, l.now()), nil
}

// LiveRoom is a room as the API shows it, as a state. The error Is hms.ErrNotFound when there is none.
func (l *Ledger) LiveRoom(ctx context.Context, id string) (State, error) {
	_, state, err := l.readRoom(ctx, id)
	return state, err
}

// LiveTemplate is a template as the API shows it, as a state. The error Is hms.ErrNotFound when there is none.
func (l *Ledger) LiveTemplate(ctx context.Context, id string) (State, error) {
	_, tree, err := l.fetchTemplate(ctx, id)
	if err != nil {
		return State{}, err
	}
	return l.readState(Target{Kind: "template", ID: id}, l.TemplateShown(tree), nil, l.now()), nil
}
