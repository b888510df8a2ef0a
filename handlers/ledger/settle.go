package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

// Settle closes the open intents of this workspace by asking the API what became of them. It returns how many it closed
// and how many stay open: those whose caller is still at work, and those the API can't tell of yet.
func (l *Ledger) Settle(ctx context.Context) (closed, left int, err error) {
	open, err := l.db.OpenOperations(ctx, l.workspace.ID)
	if err != nil {
		return 0, 0, fmt.Errorf("read open operations: %w", err)
	}
	var problems []error
	for _, op := range open {
		if l.isInFlight(op.ID) {
			left++
			continue
		}
		ok, err := l.settle(ctx, op)
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("settle %s: %w", op.ID, err))
			left++
		case ok:
			closed++
		default:
			left++
		}
	}
	return closed, left, errors.Join(problems...)
}

// Probe asks whether the API answers again, where it hasn't been. See hms.Client.Probe.
func (l *Ledger) Probe(ctx context.Context) error { return l.hms.Probe(ctx) }

// finding is what looking brought to light. Wait means: too early to say.
type finding struct {
	made, wait bool
	room       *hms.Room // as it is now, when it was found
	why        string    // why not made, or a remark
}

func (l *Ledger) settle(ctx context.Context, op db.Operation) (bool, error) {
	intent, err := l.db.Intent(ctx, op.ID)
	if err != nil {
		return false, err
	}
	var made hms.Call
	asked := l.now() // a change of ours may come while we look: then what we see here is the older state
	f, err := l.look(hms.WithCall(ctx, &made), intent)
	if err != nil || f.wait {
		return false, err
	}
	row := l.settled(intent, f, made)
	err = l.db.InTx(ctx, func(tx *db.Tx) error {
		if f.made && f.room != nil {
			rec := l.RoomRecord(*f.room)
			rec.SeenAt = asked
			if intent.Action == "room.create" && intent.Before == "" {
				rec.Creator, rec.Operation = intent.ActorName, op.ID
			}
			if err := tx.PutRoom(rec); err != nil {
				return err
			}
		}
		return tx.Append(&row)
	})
	if errors.Is(err, db.ErrSettled) {
		return true, nil // somebody else was quicker
	}
	return err == nil, err
}

func (l *Ledger) settled(intent db.Row, f finding, made hms.Call) db.Row {
	row := l.base(intent.Operation, Change{Actor: System, Reason: "Looked up after the outcome was lost."}, intent.Action,
		Target{Kind: intent.TargetKind, Name: intent.TargetName})
	row.Phase = db.PhaseSettled
	row.APIMethod, row.APIPath = made.Method, made.Path
	row.Attempts, row.LatencyMS = made.Attempts, wholeMS(made.Latency)
	row.Error = f.why
	if f.room != nil {
		row.After = l.redact.value(*f.room, roomShape)
	}
	if f.made {
		row.APIStatus = made.Status
		row.TargetID = intent.TargetID
		if f.room != nil {
			row.TargetID = f.room.ID
		}
	}
	return row
}

func (l *Ledger) look(ctx context.Context, intent db.Row) (finding, error) {
	sent := intent.Time
	if l.started.After(sent) {
		sent = l.started // a call that was repeated can be much younger than its intent
	}
	early := l.now().Sub(sent) < l.grace
	switch intent.Action {
	case "room.create":
		return l.lookForRoom(ctx, intent, early)
	case "room.enable", "room.disable":
		return l.lookAtRoom(ctx, intent, early)
	case "code.create", "code.enable", "code.disable":
		return l.lookAtCodes(ctx, intent, early)
	}
	return finding{}, fmt.Errorf("no way to look for action %s", intent.Action)
}

func (l *Ledger) lookForRoom(ctx context.Context, intent db.Row, early bool) (finding, error) {
	found, err := l.hms.FindRoom(ctx, intent.TargetName)
	if errors.Is(err, hms.ErrNotFound) {
		return finding{wait: early, why: "No room of this name exists: not made."}, nil
	}
	if err != nil {
		return finding{}, err
	}
	room, err := l.hms.Room(ctx, found.ID)
	if err != nil {
		return finding{}, err
	}
	matches := l.agrees(room, intent.Request)
	overwrite := intent.Before != ""
	switch {
	case overwrite && matches && l.surelyBefore(room.UpdatedAt, intent.Time):
		return finding{wait: early, room: &room, why: "The room was not changed since: not made."}, nil
	case matches && (overwrite || !l.surelyBefore(room.CreatedAt, intent.Time)):
		return finding{made: true, room: &room}, nil
	case matches:
		return finding{made: true, room: &room, why: "This may have overwritten a room that another tool made just before."}, nil
	default:
		return finding{wait: early, room: &room, why: "The room of this name is not as asked for: made by another tool, or changed since. Taken as not made."}, nil
	}
}

// surelyBefore says whether t, a time of the API, is surely before our time at: by the API's clock where that is known.
// A time that the API didn't tell is before nothing.
func (l *Ledger) surelyBefore(t, at time.Time) bool {
	if t.IsZero() {
		return false
	}
	if earliest, _, ok := l.hms.ServerClock(at); ok {
		return t.Before(earliest)
	}
	return t.Before(at.Add(-closeCall))
}

func (l *Ledger) lookAtRoom(ctx context.Context, intent db.Row, early bool) (finding, error) {
	room, err := l.hms.Room(ctx, intent.TargetID)
	if err != nil {
		return finding{}, err
	}
	if room.Enabled == (intent.Action == "room.enable") {
		return finding{made: true, room: &room}, nil
	}
	return finding{wait: early, room: &room, why: "The room is as it was before: not made."}, nil
}

func (l *Ledger) lookAtCodes(ctx context.Context, intent db.Row, early bool) (finding, error) {
	var asked hms.RoomCode
	var before codes
	if err := decodeIf(intent.Request, &asked); err != nil {
		return finding{}, err
	}
	if err := decodeIf(intent.Before, &before); err != nil {
		return finding{}, err
	}
	now, err := l.codesOf(ctx, intent.TargetID)
	if err != nil {
		return finding{}, err
	}
	made := slices.ContainsFunc(now.Data, func(code hms.RoomCode) bool {
		if intent.Action != "code.create" {
			return code.Code == asked.Code && code.Enabled == asked.Enabled
		}
		return !slices.ContainsFunc(before.Data, func(old hms.RoomCode) bool { return old.Code == code.Code })
	})
	if made {
		return finding{made: true}, nil
	}
	return finding{wait: early, why: "The room's codes are as they were before: not made."}, nil
}

// decodeIf decodes what an intent holds, if anything.
func decodeIf(text string, into any) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("read the intent: %w", err)
	}
	return nil
}

// agrees says whether a room is as a (redacted) request wanted it, in everything that both show.
func (l *Ledger) agrees(room hms.Room, request string) bool {
	var want, have map[string]any
	if json.Unmarshal([]byte(request), &want) != nil || json.Unmarshal([]byte(l.redact.value(room, roomShape)), &have) != nil {
		return false
	}
	delete(want, "name") // found by it, in any case
	if want["region"] == "auto" {
		delete(want, "region") // answered as the template's
	}
	return contains(have, want)
}

// contains says whether have holds all that want asks for; what the API leaves out of its answers counts as agreeing
// when it is a secret, and as zero otherwise.
func contains(have, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		h, _ := have.(map[string]any)
		for k, w := range want {
			if k == "credentials" && h[k] == nil {
				continue
			}
			if !contains(h[k], w) {
				return false
			}
		}
		return true
	case []any:
		h, _ := have.([]any)
		return slices.EqualFunc(h, want, contains)
	}
	if have == nil {
		return want == false || want == float64(0) || want == ""
	}
	return have == want
}
