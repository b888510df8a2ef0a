package ledger_test

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

var byOlu = ledger.Change{
	Actor:  ledger.Actor{ID: "u2", Name: "olu@example.org", Kind: "user", IP: "192.0.2.7", RequestID: "r1"},
	Reason: "asked by the ward",
}

// leaveOpen leaves an intent, as a process does that dies right after writing it.
func (b *bench) leaveOpen(row db.Row) string {
	b.t.Helper()
	row.Workspace, row.Operation, row.Phase, row.TargetKind = workspace.ID, db.NewID(), db.PhaseIntent, cmp.Or(row.TargetKind, "room")
	row.Time, row.ActorID, row.ActorName, row.ActorKind = b.clock.now(), "u1", "ann@example.org", "user"
	if err := b.db.InTx(b.t.Context(), func(tx *db.Tx) error { return tx.Append(&row) }); err != nil {
		b.t.Fatal(err)
	}
	return row.Operation
}

// restart is a ledger of a process that was started now, after another one had died.
func (b *bench) restart() *ledger.Ledger {
	b.t.Helper()
	b.clock.pass(time.Minute)
	_, l := b.through(b.box, nil)
	return l
}

func (b *bench) outcome(op string) db.Operation {
	b.t.Helper()
	o, err := b.db.Operation(b.t.Context(), op)
	if err != nil {
		b.t.Fatal(err)
	}
	return o
}

// TestKilled has a process die before its call, and after it; what comes after the restart must not be taken for its doing.
func TestKilled(t *testing.T) {
	t.Parallel()
	ward := db.Row{Action: "room.create", TargetName: "ward-7", Request: `{"name":"ward-7","description":"new"}`, APIMethod: "POST", APIPath: "/rooms"}
	for name, tt := range map[string]struct {
		before, after func(*bench, ledger.Target) // the restart
		outcome       string
	}{
		"between intent and call":             {nothing, nothing, failed},
		"between call and outcome":            {makes(describe("new")), nothing, done},
		"and another tool made it afterwards": {nothing, makes(describe("new")), failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 0)
			op := b.leaveOpen(ward)
			tt.before(b, ledger.Target{})
			l := b.restart()
			b.clock.pass(time.Minute)
			tt.after(b, ledger.Target{})
			if closed, left, err := l.Settle(t.Context()); closed != 1 || left != 0 || err != nil {
				t.Fatalf("settling closed %d and left %d, %v", closed, left, err)
			}
			if got := b.outcome(op); got.Outcome != tt.outcome {
				t.Errorf("the operation is %s: %s", got.Outcome, got.Error)
			}
		})
	}
}

// TestAPIDownAtStart has the API answer nothing for a while.
func TestAPIDownAtStart(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	op := b.leaveOpen(db.Row{Action: "room.create", TargetName: "ward-7", Request: `{"name":"ward-7"}`})
	l := b.restart()
	b.box.FailNext(sandbox.Fault{CutBefore: true, Times: 100})
	for range 3 {
		if closed, left, err := l.Settle(t.Context()); closed != 0 || left != 1 || err == nil {
			t.Errorf("with the API away settling closed %d and left %d, %v", closed, left, err)
		}
	}
	if why, at := l.LastLook(op); !strings.HasPrefix(why, "100ms couldn't be asked") || !at.Equal(b.clock.now()) {
		t.Errorf("at %s it is said to be open because %q", at, why)
	}
	b.box.ClearFaults()
	b.clock.pass(time.Minute)
	if closed, left, err := l.Settle(t.Context()); closed != 1 || left != 0 || err != nil {
		t.Errorf("with the API back settling closed %d and left %d, %v", closed, left, err)
	}
	if why, _ := l.LastLook(op); why != "" {
		t.Errorf("what is closed is still remembered: %q", why)
	}
}

// TestTwoProcessesSettle has two processes find the same at the same time.
func TestTwoProcessesSettle(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	op := b.leaveOpen(db.Row{Action: "room.create", TargetName: "ward-7", Request: `{"name":"ward-7"}`})
	makes(hms.RoomParams{Name: "ward-7"})(b, ledger.Target{})
	ledgers := []*ledger.Ledger{b.restart(), b.restart()}
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			if _, _, err := ledgers[i%2].Settle(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	rows, err := b.db.OperationRows(t.Context(), op)
	if err != nil || len(rows) != 2 || rows[1].Phase != db.PhaseSettled || rows[1].TargetID == "" {
		t.Errorf("the rows are %+v, %v", rows, err)
	}
}

// TestHIPAA has an account that shows neither names nor descriptions: that is no proof that a room isn't as asked for.
func TestHIPAA(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		made    bool
		outcome string
	}{"made": {true, done}, "not made": {false, failed}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 0)
			var err error
			if b.box, err = sandbox.New(sandbox.Options{Now: b.clock.now, HIPAA: true}); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := b.box.Close(); err != nil {
					t.Error(err)
				}
			})
			b.client, b.ledger = b.through(b.box, nil)
			b.lose("/rooms", tt.made, func() error { return create(b, ledger.Target{}) })
			b.settle()
			b.same("the create", []string{tt.outcome}, b.outcomes("room.create"))
		})
	}
}

// TestLook has a person look: what is found is on record as theirs.
func TestLook(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	op := b.leaveOpen(db.Row{Action: "room.create", TargetName: "ward-7", Request: `{"name":"ward-7"}`})
	makes(hms.RoomParams{Name: "ward-7"})(b, ledger.Target{})
	looked, err := b.restart().Look(t.Context(), byOlu, op)
	if err != nil || looked.Why != "" || looked.Operation.Outcome != done {
		t.Fatalf("looking came to %+v, %v", looked, err)
	}
	rows, told := b.rows("room.create", "operation.settle")
	b.same("history", []string{"room.create intent", "operation.settle note", "room.create settled"}, told)
	for _, row := range rows[1:] {
		got := []string{row.ActorID, row.ActorName, row.ActorKind, row.IP, row.RequestID}
		if diff := gocmp.Diff([]string{"u2", "olu@example.org", "user", "192.0.2.7", "r1"}, got); diff != "" {
			t.Errorf("who looked, in the %s (-want +got):\n%s", row.Phase, diff)
		}
		if !strings.HasPrefix(row.Reason, "asked by the ward") {
			t.Errorf("the reason of the %s is %q", row.Phase, row.Reason)
		}
	}
	if note := rows[1]; note.TargetKind != "operation" || note.TargetID != op || note.TargetName != "room.create ward-7" || note.Error != "" {
		t.Errorf("the note is %+v", note)
	}
	if looked.Operation.ActorName != "ann@example.org" {
		t.Errorf("the change is said to be by %s", looked.Operation.ActorName)
	}
	wantEvidence(t, rows[2])
	again, err := b.ledger.Look(t.Context(), byOlu, op)
	if rows, _ := b.rows("room.create", "operation.settle"); err != nil || again.Operation.Outcome != done || len(rows) != 3 {
		t.Errorf("looking once more came to %+v, %v, and left %d rows", again, err, len(rows))
	}
}

// wantEvidence wants a settled row to hold what was asked and what was found.
func wantEvidence(t *testing.T, row db.Row) {
	t.Helper()
	if row.APIMethod != http.MethodGet || !strings.HasPrefix(row.APIPath, "/rooms/") || row.APIStatus != 200 {
		t.Errorf("the row says %s %s, %d", row.APIMethod, row.APIPath, row.APIStatus)
	}
	want := `{"asked":["GET /rooms?enabled=true&name=ward-7","GET /rooms?enabled=false&name=ward-7","GET /rooms/` + row.TargetID + `"],"found":` + row.After + `}`
	if row.Response != want || row.After == "" {
		t.Errorf("the evidence is %s, want %s", row.Response, want)
	}
}

// TestLookInVain has a person look while nobody can tell, and where there is nothing to look at.
func TestLookInVain(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	room := oldRoom(b)
	b.clock.pass(time.Minute)
	b.lose("/rooms", true, func() error { return disable(b, room) })
	op := b.newest().ID
	b.clock.pass(time.Millisecond)
	elsewhere(hms.RoomParams{Enabled: new(true)})(b, room)
	looked, err := b.ledger.Look(t.Context(), byOlu, op)
	if err != nil || !strings.Contains(looked.Why, "made and undone") || looked.Operation.Outcome != unknown {
		t.Errorf("looking came to %+v, %v", looked, err)
	}
	b.box.FailNext(sandbox.Fault{CutBefore: true, Times: 100})
	if _, err := b.ledger.Look(t.Context(), byOlu, op); err == nil {
		t.Error("looking with the API away was no error")
	}
	rows, told := b.rows("operation.settle")
	b.same("history", []string{"operation.settle note", "operation.settle note"}, told)
	for _, row := range rows {
		if !strings.HasPrefix(row.Error, "Still unknown: ") || row.ActorName != "olu@example.org" || row.TargetID != op {
			t.Errorf("the note is %+v", row)
		}
	}
	if _, err := b.ledger.Look(t.Context(), byOlu, "no-such-operation"); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("an operation that isn't there is %v", err)
	}
	foreign := ledger.New(ledger.Config{DB: b.db, HMS: b.client, Workspace: db.Workspace{ID: "other"}, Key: []byte("k"), Now: b.clock.now})
	if _, err := foreign.Look(t.Context(), byOlu, op); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("an operation of another account is %v", err)
	}
}

// TestLookWhileAtWork has a person look at a change that is being made.
func TestLookWhileAtWork(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	b.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: "/rooms", Hook: func() {
		looked, err := b.ledger.Look(t.Context(), byOlu, b.newest().ID)
		if err != nil || !strings.Contains(looked.Why, "still under way") {
			t.Errorf("looking came to %+v, %v", looked, err)
		}
	}})
	b.create(describe("new"))
	_, told := b.rows("room.create", "operation.settle")
	b.same("history", []string{"room.create intent", "room.create done"}, told)
}
