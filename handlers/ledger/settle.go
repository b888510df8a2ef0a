package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

// lookedUp is the reason of a row that settles, where nobody gave another one.
const lookedUp = "Looked up after the outcome was lost."

// Settle closes the open intents of this workspace by asking the API what became of them. It returns how many it closed
// and how many stay open: those whose caller is still at work, and those the API can't tell of yet. What can't be told
// is asked for again less and less often.
func (l *Ledger) Settle(ctx context.Context) (closed, left int, err error) {
	open, err := l.db.OpenOperations(ctx, l.workspace.ID)
	if err != nil {
		return 0, 0, fmt.Errorf("read open operations: %w", err)
	}
	var problems []error
	for _, op := range open {
		if l.isInFlight(op.ID) || !l.looks.due(op.ID, l.now()) {
			left++
			continue
		}
		f, err := l.settle(ctx, op, Change{Actor: System})
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("settle %s: %w", op.ID, err))
			left++
		case f.clear():
			closed++
		default:
			left++
		}
	}
	return closed, left, errors.Join(problems...)
}

// Probe asks whether the API answers again, where it hasn't been. See hms.Client.Probe.
func (l *Ledger) Probe(ctx context.Context) error { return l.hms.Probe(ctx) }

// Looked is what looking at an open operation came to. Where it stays open, Why says in words why nobody can tell.
type Looked struct {
	Operation db.Operation // as it is now
	Why       string
}

// Look settles one open operation for the person who asks, and puts on record that they looked. One that isn't open is
// left as it is, and no call is made.
//
// Errors: db.ErrNotFound, also for an operation of another workspace; *Unwritten; or what the asking met, which is on
// record as well.
func (l *Ledger) Look(ctx context.Context, ch Change, operation string) (Looked, error) {
	op, err := l.db.Operation(ctx, operation)
	switch {
	case err != nil:
		return Looked{}, err
	case op.Workspace != l.workspace.ID:
		return Looked{}, fmt.Errorf("operation %s is of workspace %s: %w", operation, op.Workspace, db.ErrNotFound)
	case op.Outcome != db.OutcomeUnknown:
		return Looked{Operation: op}, nil
	case l.isInFlight(operation):
		return Looked{Operation: op, Why: "The call is still under way, or ended so lately that 100ms may still be at work on it."}, nil
	}
	f, err := l.settle(ctx, op, ch)
	if err != nil {
		return Looked{}, errors.Join(err, l.noteLook(ctx, ch, op, "Still unknown: "+err.Error()))
	}
	if !f.clear() {
		return Looked{Operation: op, Why: f.words}, l.noteLook(ctx, ch, op, "Still unknown: "+f.words)
	}
	op, err = l.db.Operation(ctx, operation)
	return Looked{Operation: op}, err
}

// LastLook says why the operation could not be settled when it was looked at last, and when that was; "" when it hasn't
// been since the program started, or nothing stood in the way.
func (l *Ledger) LastLook(operation string) (why string, at time.Time) {
	return l.looks.last(operation)
}

// noteLook records that somebody looked in vain.
func (l *Ledger) noteLook(ctx context.Context, ch Change, op db.Operation, problem string) error {
	return l.Note(context.WithoutCancel(ctx), ch, "operation.settle", lookTarget(op), problem, nil)
}

func lookTarget(op db.Operation) Target {
	return Target{Kind: "operation", ID: op.ID, Name: op.Action + " " + op.TargetName}
}

// settle looks at an open operation on behalf of by, and closes it when what it finds is clear.
func (l *Ledger) settle(ctx context.Context, op db.Operation, by Change) (finding, error) {
	intent, err := l.db.Intent(ctx, op.ID)
	if err != nil {
		return finding{}, err
	}
	var made hms.Call
	asked := l.now() // a change of ours may come while we look: then what we see here is the older state
	f, err := l.look(hms.WithCall(ctx, &made), op, intent)
	if err != nil {
		l.looks.failed(op.ID, asked)
		return finding{}, err
	}
	if !f.clear() {
		if l.looks.unclear(op.ID, f, asked) {
			l.log.InfoContext(ctx, "operation stays open", "operation", op.ID, "why", f.words)
		}
		return f, nil
	}
	row := l.settled(intent, f, made, by)
	row.Time = asked // the moment whose state it tells
	if err := l.close(ctx, op, intent, row, by); err != nil {
		return finding{}, err
	}
	l.forget(op.ID)
	return f, nil
}

// close writes the row that settles, and who looked where that was a person.
func (l *Ledger) close(ctx context.Context, op db.Operation, intent, settled db.Row, by Change) error {
	end := conclude(&intent, &settled)
	err := l.db.InTx(ctx, func(tx *db.Tx) error {
		if by.Actor.Kind != System.Kind {
			note := l.base(db.NewID(), by, "operation.settle", lookTarget(op))
			note.Phase = db.PhaseNote
			if err := tx.Append(&note); err != nil {
				return err
			}
		}
		return end(tx)
	})
	if errors.Is(err, db.ErrSettled) {
		return nil // somebody else was quicker
	}
	return err
}

// settled is the row that closes an intent. It holds the evidence: what was asked, and what was found.
func (l *Ledger) settled(intent db.Row, f finding, made hms.Call, by Change) db.Row {
	if by.Reason == "" {
		by.Reason = lookedUp
	}
	row := l.base(intent.Operation, by, intent.Action, Target{Kind: intent.TargetKind, Name: intent.TargetName})
	row.Phase = db.PhaseSettled
	row.APIMethod, row.APIPath = made.Method, made.Path
	row.Attempts, row.LatencyMS = made.Attempts, wholeMS(made.Latency)
	row.Response = l.evidence(f)
	if f.verdict != isMade {
		row.Error = f.words
		return row
	}
	row.Error = remarked(f.remark, &intent)
	row.Reason += " " + f.words
	row.APIStatus = made.Status
	row.TargetID, row.After = cmp.Or(f.templateID, intent.TargetID), dated(withUntold(f.template, intent.Before), intent.Before)
	if f.room != nil {
		row.TargetID = f.room.ID
		row.After = carried(l.redact.value(*f.room, roomShape), intent.Request) // readings leave credentials out
	}
	return row
}

// evidence is what looking brought to light, as history keeps it.
func (l *Ledger) evidence(f finding) string {
	e := struct {
		Asked []string        `json:"asked"`
		Found json.RawMessage `json:"found,omitzero"`
	}{Asked: f.asked}
	switch {
	case f.room != nil:
		e.Found = json.RawMessage(l.redact.value(*f.room, roomShape))
	case f.template != "":
		e.Found = json.RawMessage(f.template)
	case f.codes != nil:
		e.Found = json.RawMessage(l.redact.value(*f.codes, codeShape))
	}
	return encode(e)
}

// forget drops what is remembered of an operation that has its outcome.
func (l *Ledger) forget(operation string) {
	l.looks.forget(operation)
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.ended, operation)
}
