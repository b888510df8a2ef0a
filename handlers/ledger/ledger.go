// Package ledger is the one door for changes: it writes the intent, makes the change, writes the outcome, and settles
// intents that were left open by asking the API.
//
// It knows the API's client and the database. It must not know requests, forms or pages.
package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"roomledger/db"
	"roomledger/db/seal"
	"roomledger/web/hms"
)

// Config wires a Ledger. All fields but Grace, Log and Now are required.
type Config struct {
	DB        *db.DB
	HMS       *hms.Client
	Workspace db.Workspace
	Key       []byte        // of the marks that stand for secrets; kept outside the database
	Signer    *seal.Signer  // of checkpoints; its key is kept outside the database
	Grace     time.Duration // how long the API may still be working on a call whose caller died
	Log       *slog.Logger
	Now       func() time.Time
}

// Ledger makes changes in one workspace and records them. It is safe for concurrent use.
type Ledger struct {
	db        *db.DB
	hms       *hms.Client
	workspace db.Workspace
	redact    redactor
	signer    *seal.Signer
	grace     time.Duration
	log       *slog.Logger
	now       func() time.Time
	locks     locks
	started   time.Time // no call of a process that died was sent after this
	looks     looks
	readings  readings

	mu       sync.Mutex
	inFlight map[string]bool      // operations this process is still working on: not to be settled
	ended    map[string]time.Time // when the calls of ours ended whose outcome is open
}

// New returns a Ledger.
func New(c Config) *Ledger {
	l := &Ledger{
		db: c.DB, hms: c.HMS, workspace: c.Workspace, redact: redactor{key: c.Key}, signer: c.Signer, grace: c.Grace,
		log: c.Log, now: c.Now, inFlight: map[string]bool{}, ended: map[string]time.Time{},
	}
	if l.now == nil {
		l.now = time.Now
	}
	l.started = l.now()
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	return l
}

// Actor is who makes a change. Kind is user, cli, run or system.
type Actor struct {
	ID, Name, Kind           string
	IP, UserAgent, RequestID string
}

// System is the actor of what the program does by itself.
var System = Actor{ID: "system", Name: "system", Kind: "system"}

// Change says who wants a change, why, and under which form token. Content is a mark of what was submitted with the
// token (see Ledger.Mark), so that the same token with other content is told apart.
type Change struct {
	Actor   Actor
	Token   string // "" when the change doesn't come from a form
	Content string
	Reason  string
}

// Target is what a change is about.
type Target struct {
	Kind, ID, Name string
}

// Unwritten is the error when history can't be written: nothing was sent to the API.
type Unwritten struct{ Err error }

func (e *Unwritten) Error() string { return "history can't be written: " + e.Err.Error() }
func (e *Unwritten) Unwrap() error { return e.Err }

// Open is the error when a call may have been made, but its outcome isn't known or not on record yet. The operation
// stays open and is settled by asking the API.
type Open struct {
	Operation string
	Err       error
}

func (e *Open) Error() string {
	return "outcome of operation " + e.Operation + " unknown: " + e.Err.Error()
}
func (e *Open) Unwrap() error { return e.Err }

// Refused is the error when the API certainly didn't make the change; Err says why.
type Refused struct {
	Operation string
	Err       error
}

func (e *Refused) Error() string { return e.Err.Error() }
func (e *Refused) Unwrap() error { return e.Err }

// ErrNotMade is in a *Refused when the outcome was lost and looking it up showed that the change wasn't made.
var ErrNotMade = errors.New("looked up and not made")

// ErrOtherContent means that a form token came again with another content.
var ErrOtherContent = errors.New("this form was sent before with other content")

// Mark returns the keyed hash of content, for Change.Content.
func (l *Ledger) Mark(content string) string { return l.redact.hash(content) }

// call is one change on its way through the door.
type call struct {
	action  string
	target  Target
	method  string
	path    string
	params  any      // the request's body, or nil
	shape   shape    // of request and answer
	before  string   // redacted state before, or ""
	next    string   // what another call is to send once this one is answered, redacted; or ""
	batch   string   // the operation that this one goes on from, or ""
	secrets []string // typed by the person, or the room's from before: an error text that repeats one is scrubbed
	// send makes the API call.
	send func(ctx context.Context) error
	// done completes the outcome row once send has succeeded. What the row then tells of a room is remembered.
	done func(row *db.Row)
}

// perform writes the intent, sends the call and writes the outcome. From the intent on, a caller that goes away
// doesn't stop it: a call that was announced is brought to its end.
func (l *Ledger) perform(ctx context.Context, ch Change, c call) (operation string, err error) {
	op := db.NewID()
	l.setInFlight(op, true)
	defer func() { l.landed(op, err) }()
	row := l.intent(op, ch, c)
	err = l.db.InTx(ctx, func(tx *db.Tx) error {
		if ch.Token != "" {
			if err := tx.UseFormToken(l.workspace.ID, ch.Actor.ID, ch.Token, ch.Content, op); err != nil {
				return fmt.Errorf("use form token: %w", err)
			}
		}
		return tx.Append(&row)
	})
	if err != nil {
		return "", &Unwritten{Err: err}
	}
	ctx = context.WithoutCancel(ctx)
	var made hms.Call
	sendErr := scrubbed(c.send(hms.WithCall(ctx, &made)), c.secrets)
	if mayHaveBeenDone(sendErr) {
		return op, &Open{Operation: op, Err: sendErr}
	}
	out := l.outcome(row, c, made, sendErr)
	if err := l.db.InTx(ctx, conclude(&row, &out)); err != nil {
		return op, &Open{Operation: op, Err: fmt.Errorf("write outcome: %w", err)}
	}
	l.looks.anew()
	if sendErr != nil {
		return op, &Refused{Operation: op, Err: sendErr}
	}
	return op, nil
}

func mayHaveBeenDone(err error) bool {
	e, ok := errors.AsType[*hms.Error](err)
	return ok && e.MaybeDone()
}

// base is a row with everything that all rows of one change share.
func (l *Ledger) base(op string, ch Change, action string, t Target) db.Row {
	return db.Row{
		Time: l.now(), Workspace: l.workspace.ID, Operation: op,
		ActorID: ch.Actor.ID, ActorName: ch.Actor.Name, ActorKind: ch.Actor.Kind,
		IP: ch.Actor.IP, UserAgent: ch.Actor.UserAgent, RequestID: ch.Actor.RequestID,
		Action: action, TargetKind: t.Kind, TargetID: t.ID, TargetName: t.Name, Reason: ch.Reason,
	}
}

func (l *Ledger) intent(op string, ch Change, c call) db.Row {
	row := l.base(op, ch, c.action, c.target)
	row.Phase = db.PhaseIntent
	row.APIMethod, row.APIPath = c.method, c.path
	row.Request = l.redact.value(c.params, c.shape)
	row.Before, row.After, row.Batch = c.before, c.next, c.batch
	return row
}

// wholeMS rounds up: 0 stands for what took no call at all.
func wholeMS(d time.Duration) int64 { return int64((d + time.Millisecond - 1) / time.Millisecond) }

func (l *Ledger) outcome(intent db.Row, c call, made hms.Call, sendErr error) db.Row {
	row := intent
	row.Seq, row.Request, row.After = 0, "", ""
	row.Time = l.now()
	row.Phase = db.PhaseDone
	row.APIStatus, row.Attempts = made.Status, made.Attempts
	row.LatencyMS = wholeMS(made.Latency)
	if sendErr == nil {
		row.Response = l.redact.json(made.Body, c.shape)
		if c.done != nil {
			c.done(&row)
		}
		return row
	}
	row.Phase = db.PhaseFailed
	row.Response, row.Error = failure(sendErr), sendErr.Error()
	return row
}

// landed takes an operation out of those in flight. Where the outcome is open, the API may still be at work on it for a
// while: looking too early would find nothing and call it not made.
func (l *Ledger) landed(op string, err error) {
	if _, open := errors.AsType[*Open](err); open {
		l.mu.Lock()
		l.ended[op] = l.now()
		l.mu.Unlock()
		if l.grace > 0 {
			time.AfterFunc(l.grace, func() { l.setInFlight(op, false) })
			return
		}
	}
	l.setInFlight(op, false)
}

func (l *Ledger) setInFlight(op string, on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if on {
		l.inFlight[op] = true
		return
	}
	delete(l.inFlight, op)
}

func (l *Ledger) isInFlight(op string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inFlight[op]
}

// once runs change under the lock of its form token, unless the token was used before: then replay answers with the
// first result.
func (l *Ledger) once(ctx context.Context, ch Change, change func() error, replay func(db.Operation) error) error {
	if ch.Token == "" {
		return change()
	}
	unlock, err := l.locks.lock(ctx, "token\x00"+ch.Actor.ID+"\x00"+ch.Token)
	if err != nil {
		return err
	}
	defer unlock()
	content, op, err := l.db.FormToken(ctx, l.workspace.ID, ch.Actor.ID, ch.Token)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return change()
	case err != nil:
		return fmt.Errorf("read form token: %w", err)
	case content != ch.Content:
		return ErrOtherContent
	}
	first, err := l.db.Operation(ctx, op)
	if err != nil {
		return fmt.Errorf("read first result: %w", err)
	}
	return replay(first)
}

// firstError is the error that the first use of a form token ended with; nil when it was done.
func (l *Ledger) firstError(ctx context.Context, op db.Operation) error {
	switch op.Outcome {
	case db.OutcomeDone:
		return nil
	case db.OutcomeUnknown:
		return &Open{Operation: op.ID, Err: errors.New("sent before, outcome still open")}
	}
	rows, err := l.db.OperationRows(ctx, op.ID)
	if err != nil {
		return fmt.Errorf("read first result: %w", err)
	}
	return &Refused{Operation: op.ID, Err: failureOf(rows[len(rows)-1])}
}

// Local makes a change that needs no API: intent, change and outcome are one transaction. Before and after are what
// the change turned into what; they must hold no secret.
func (l *Ledger) Local(ctx context.Context, ch Change, action string, t Target, before, after any, fn func(*db.Tx) error) error {
	return l.write(ctx, fn, func(tx *db.Tx) error { return l.appendLocal(tx, ch, action, t, before, after) })
}

// appendLocal appends the rows of a local change.
func (l *Ledger) appendLocal(tx *db.Tx, ch Change, action string, t Target, before, after any) error {
	intent := l.base(db.NewID(), ch, action, t)
	intent.Phase = db.PhaseIntent
	intent.Before = plain(before)
	done := intent
	done.Phase, done.After = db.PhaseDone, plain(after)
	if err := tx.Append(&intent); err != nil {
		return err
	}
	return tx.Append(&done)
}

// write runs a change and what tells of it in one transaction. An error that isn't the change's own means that history
// can't be written.
func (l *Ledger) write(ctx context.Context, change, tell func(*db.Tx) error) error {
	var own error
	err := l.db.InTx(ctx, func(tx *db.Tx) error {
		own = nil // it may be run again
		if change != nil {
			own = change(tx)
		}
		if own != nil {
			return own
		}
		return tell(tx)
	})
	if err == nil || own != nil || ctx.Err() != nil {
		return err
	}
	return &Unwritten{Err: err}
}

// Note records something that happened in one step, such as a sign-in; problem says why it failed, or is empty.
// Fn runs in the same transaction and may be nil.
func (l *Ledger) Note(ctx context.Context, ch Change, action string, t Target, problem string, fn func(*db.Tx) error) error {
	row := l.base(db.NewID(), ch, action, t)
	row.Phase, row.Error = db.PhaseNote, problem
	return l.write(ctx, fn, func(tx *db.Tx) error { return tx.Append(&row) })
}

// newName is a room name that 100ms would have chosen itself: a random UUID, version 4.
func newName() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: without randomness it ends the program
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
