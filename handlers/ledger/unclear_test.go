package ledger_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// meanwhile is a change whose answer is lost, what another tool does about the same time, and what may be said afterwards.
type meanwhile struct {
	made    bool // the API did the work before the answer was lost
	setUp   func(*bench) (room ledger.Target)
	change  func(*bench, ledger.Target) error
	other   func(b *bench, room ledger.Target)
	outcome string
	says    string // of the evidence: the error, the reason or, where it stays open, why
}

// describe is what the rooms of these tests are asked to be.
func describe(text string) hms.RoomParams {
	return hms.RoomParams{Name: "ward-7", Description: new(text)}
}

func noRoom(*bench) ledger.Target { return ledger.Target{} }

func oldRoom(b *bench) ledger.Target { return b.create(describe("old")) }

func disabledRoom(b *bench) ledger.Target {
	room := oldRoom(b)
	b.setEnabled(room.ID, false)
	return room
}

func create(b *bench, room ledger.Target) error {
	_, err := b.ledger.CreateRoom(b.t.Context(), byAnn, describe("new"), room.ID, nil)
	return err
}

func disable(b *bench, room ledger.Target) error {
	_, err := b.ledger.SetRoomEnabled(b.t.Context(), byAnn, room.ID, false)
	return err
}

// elsewhere has another tool change the room of the tests, whatever its id.
func elsewhere(p hms.RoomParams) func(*bench, ledger.Target) {
	return func(b *bench, _ ledger.Target) {
		b.t.Helper()
		room, err := b.client.FindRoom(b.t.Context(), "ward-7")
		if err == nil {
			_, err = b.client.UpdateRoom(b.t.Context(), room.ID, p)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

// makes has another tool make a room.
func makes(p hms.RoomParams) func(*bench, ledger.Target) {
	return func(b *bench, _ ledger.Target) {
		b.t.Helper()
		if _, err := b.client.CreateRoom(b.t.Context(), p); err != nil {
			b.t.Fatal(err)
		}
	}
}

// later lets time pass first.
func later(does func(*bench, ledger.Target)) func(*bench, ledger.Target) {
	return func(b *bench, room ledger.Target) {
		b.clock.pass(time.Hour)
		does(b, room)
	}
}

func nothing(*bench, ledger.Target) {}

const (
	done    = db.OutcomeDone
	failed  = db.OutcomeFailed
	unknown = db.OutcomeUnknown
)

var meanwhiles = map[string]meanwhile{
	"a new room":                          {true, noRoom, create, nothing, done, "is as asked for"},
	"a new room, looked for much later":   {true, noRoom, create, later(nothing), done, "is as asked for"},
	"a new room, not made":                {false, noRoom, create, nothing, failed, "No room of this name exists: not made."},
	"a new room, not made, others are":    {false, noRoom, create, makes(hms.RoomParams{Name: "ward-8"}), failed, "No room of this name exists: not made."},
	"a new room, renamed since":           {true, noRoom, create, elsewhere(hms.RoomParams{Name: "ward-9"}), unknown, "(ward-9) was made at that time and changed since"},
	"a new room, renamed much later":      {true, noRoom, create, later(elsewhere(hms.RoomParams{Name: "ward-9"})), unknown, "it can have had the name"},
	"a new room, renamed and disabled":    {true, noRoom, create, elsewhere(hms.RoomParams{Name: "ward-9", Enabled: new(false)}), unknown, "it can have had the name"},
	"a new room, renamed and made anew":   {true, noRoom, create, renamedAndMadeAnew, unknown, "Another tool made the room of this name after the call had ended, but room"},
	"a new room, described anew":          {true, noRoom, create, elsewhere(hms.RoomParams{Description: new("other")}), unknown, "it was changed since, or another tool made it"},
	"a new room, disabled since":          {true, noRoom, create, elsewhere(hms.RoomParams{Enabled: new(false)}), done, "is as asked for"},
	"a new room, another tool was first":  {false, noRoom, create, makes(describe("theirs")), failed, "So another tool made it: not made."},
	"a new room, another tool came later": {false, noRoom, create, later(makes(describe("new"))), failed, "Another tool made the room of this name after the call had ended: not made."},

	"an overwriting":                         {true, oldRoom, create, nothing, done, "is as asked for, and was not before"},
	"an overwriting, not made":               {false, oldRoom, create, nothing, failed, "was not changed since: not made."},
	"an overwriting, looked for much later":  {false, oldRoom, create, later(nothing), failed, "was not changed since: not made."},
	"an overwriting, renamed since":          {true, oldRoom, create, elsewhere(hms.RoomParams{Name: "ward-9"}), done, "is as asked for"},
	"an overwriting, disabled since":         {true, oldRoom, create, elsewhere(hms.RoomParams{Enabled: new(false)}), done, "is as asked for"},
	"an overwriting, overwritten since":      {true, oldRoom, create, elsewhere(hms.RoomParams{Description: new("other")}), unknown, "before, after or instead"},
	"an overwriting, not made, renamed":      {false, oldRoom, create, elsewhere(hms.RoomParams{Name: "ward-9"}), unknown, "The room has another name now"},
	"an overwriting, not made, other change": {false, oldRoom, create, elsewhere(hms.RoomParams{Description: new("other")}), unknown, "before, after or instead"},
	"an overwriting with the same, later touched": {
		false, func(b *bench) ledger.Target { return b.create(describe("new")) }, create,
		later(elsewhere(hms.RoomParams{Size: new(12)})), unknown, "it was so before as well",
	},

	"a disabling":                            {true, oldRoom, disable, nothing, done, "The room is disabled."},
	"a disabling, renamed since":             {true, oldRoom, disable, elsewhere(hms.RoomParams{Name: "ward-9"}), done, "The room is disabled."},
	"a disabling, not made":                  {false, oldRoom, disable, nothing, failed, "as it was before: not made."},
	"a disabling, undone since":              {true, oldRoom, disable, elsewhere(hms.RoomParams{Enabled: new(true)}), unknown, "can have been made and undone"},
	"a disabling, not made, other change":    {false, oldRoom, disable, elsewhere(hms.RoomParams{Size: new(12)}), unknown, "can have been made and undone"},
	"a disabling, not made, but much later":  {false, oldRoom, disable, later(elsewhere(hms.RoomParams{Enabled: new(false)})), unknown, "was changed after the call had ended"},
	"a disabling of what is disabled":        {false, disabledRoom, disable, nothing, done, "makes no difference"},
	"a disabling of what is disabled, twice": {true, disabledRoom, disable, nothing, done, "makes no difference"},
}

// renamedAndMadeAnew has another tool rename the room, and make one of its name long after.
func renamedAndMadeAnew(b *bench, room ledger.Target) {
	b.t.Helper()
	elsewhere(hms.RoomParams{Name: "ward-9"})(b, room)
	later(makes(describe("new")))(b, room)
}

// TestMeanwhile loses answers while another tool works on the same room. Nothing may be said that isn't so.
func TestMeanwhile(t *testing.T) {
	t.Parallel()
	for name, tt := range meanwhiles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 0)
			room := tt.setUp(b)
			b.clock.pass(time.Minute)
			b.lose("/rooms", tt.made, func() error { return tt.change(b, room) })
			b.clock.pass(time.Millisecond)
			tt.other(b, room)
			if _, _, err := b.ledger.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.wantTold(tt.outcome, tt.says)
		})
	}
}

// wantTold wants the newest change to have this outcome, and history, or where it is open the newest look, to say why.
func (b *bench) wantTold(outcome, says string) {
	b.t.Helper()
	b.wantToldOf(b.newest().ID, outcome, says)
}

// wantToldOf is wantTold for another change than the newest.
func (b *bench) wantToldOf(id, outcome, says string) {
	b.t.Helper()
	op := b.outcome(id)
	rows, err := b.db.OperationRows(b.t.Context(), op.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	last := rows[len(rows)-1]
	said := last.Error + " " + last.Reason
	if op.Outcome == unknown {
		said, _ = b.ledger.LastLook(op.ID)
	}
	if op.Outcome != outcome || !strings.Contains(said, says) {
		b.t.Errorf("%s: %q, want %s: %q", op.Outcome, said, outcome, says)
	}
	if op.Outcome == failed && !strings.HasSuffix(last.Error, "not made.") {
		b.t.Errorf("the error is %q", last.Error)
	}
	if op.Outcome != unknown && (last.Phase != db.PhaseSettled || !strings.Contains(last.Response, `{"asked":["GET /`)) {
		b.t.Errorf("the last row is a %s with the evidence %s", last.Phase, last.Response)
	}
}

// newest is the newest operation.
func (b *bench) newest() db.Operation {
	b.t.Helper()
	ops, err := b.db.Operations(b.t.Context(), db.OperationQuery{Limit: 1})
	if err != nil || len(ops) == 0 {
		b.t.Fatalf("%d operations: %v", len(ops), err)
	}
	return ops[0]
}

// TestOwnRoomsAreNoSuspects has two answers lost at once: the room of one can't be that of the other, also when its call was
// repeated and so has changed it. A room of that name long ago is no excuse.
func TestOwnRoomsAreNoSuspects(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		between time.Duration
		outcome string
	}{"at once": {0, failed}, "long after": {time.Hour, unknown}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 0)
			b.lose("/rooms", true, func() error {
				_, err := b.ledger.CreateRoom(t.Context(), byAnn, hms.RoomParams{Name: "ward-8"}, "", nil)
				return err
			})
			if tt.between > 0 { // that one is renamed away, and its name given to the other one
				b.settle()
				old := b.newest()
				b.clock.pass(tt.between)
				if _, err := b.client.UpdateRoom(t.Context(), old.TargetID, hms.RoomParams{Name: "ward-80"}); err != nil {
					t.Fatal(err)
				}
				b.lose("/rooms", true, func() error { return create(b, ledger.Target{}) })
				b.clock.pass(time.Millisecond)
				elsewhere(hms.RoomParams{Name: "ward-8"})(b, ledger.Target{})
			} else {
				b.clock.pass(time.Millisecond)
				makes(hms.RoomParams{Name: "ward-8", Size: new(12)})(b, ledger.Target{})
				b.lose("/rooms", false, func() error { return create(b, ledger.Target{}) })
			}
			if _, _, err := b.ledger.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.same("the newest", []string{tt.outcome}, []string{b.newest().Outcome})
		})
	}
}

// TestRenamedJustBefore has another tool rename the room between our look and our call: that then makes a new room.
func TestRenamedJustBefore(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	room := oldRoom(b)
	b.clock.pass(time.Minute)
	b.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: "/rooms", CutAfter: true, Hook: func() {
		b.clock.pass(time.Millisecond)
		elsewhere(hms.RoomParams{Name: "ward-9"})(b, room)
	}})
	if err := create(b, room); !isOpen(err) {
		t.Fatalf("the change came to %v", err)
	}
	b.settle()
	b.wantTold(done, "so this made a new one")
	if op := b.newest(); op.TargetID == room.ID || op.TargetID == "" {
		t.Errorf("the room made is %q", op.TargetID)
	}
}

// TestCodesMeanwhile loses answers about codes.
func TestCodesMeanwhile(t *testing.T) {
	t.Parallel()
	newCodes := func(b *bench, room ledger.Target) error {
		_, err := b.ledger.CreateRoomCodes(b.t.Context(), byAnn, room)
		return err
	}
	theirCodes := func(b *bench, room ledger.Target) {
		if _, err := b.client.CreateRoomCodes(b.t.Context(), room.ID); err != nil {
			b.t.Fatal(err)
		}
	}
	for name, tt := range map[string]meanwhile{
		"made":                        {true, oldRoom, newCodes, later(nothing), done, "codes that it hadn't before"},
		"not made":                    {false, oldRoom, newCodes, nothing, failed, "as they were before: not made."},
		"not made, by others later":   {false, oldRoom, newCodes, later(theirCodes), failed, "by another tool: not made."},
		"made in a room now disabled": {true, oldRoom, newCodes, elsewhere(hms.RoomParams{Enabled: new(false)}), unknown, "Only when the room is enabled again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 0)
			room := tt.setUp(b)
			b.lose("/room-codes", tt.made, func() error { return tt.change(b, room) })
			tt.other(b, room)
			if _, _, err := b.ledger.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if op := b.newest(); op.Outcome == unknown {
				b.wantTold(tt.outcome, tt.says)
				b.setEnabled(room.ID, true)
				b.settle() // without waiting for its turn: something has changed
				return
			}
			rows, _ := b.rows("code.create")
			if got := rows[len(rows)-1]; b.newest().Outcome != tt.outcome || !strings.Contains(got.Error+got.Reason, tt.says) {
				t.Errorf("%s: %q %q", b.newest().Outcome, got.Error, got.Reason)
			}
			if last := rows[len(rows)-1]; !strings.Contains(last.Response, `"found":{"data":[`) && !strings.Contains(last.Response, `"found":{"data":null`) {
				t.Errorf("the evidence is %s", last.Response)
			}
		})
	}
}

// TestUnclearStandsInNobodysWay goes on with a room of which an earlier change can't be told. That one then stays unknown.
func TestUnclearStandsInNobodysWay(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	room := oldRoom(b)
	b.clock.pass(time.Minute)
	b.lose("/rooms", true, func() error { return disable(b, room) })
	first := b.newest().ID
	b.clock.pass(time.Millisecond)
	elsewhere(hms.RoomParams{Enabled: new(true)})(b, room)
	b.setEnabled(room.ID, false)
	b.clock.pass(time.Hour)
	if closed, left, err := b.ledger.Settle(t.Context()); closed != 0 || left != 1 || err != nil {
		t.Errorf("settling closed %d and left %d, %v", closed, left, err)
	}
	if why, _ := b.ledger.LastLook(first); !strings.Contains(why, "came afterwards") && !strings.Contains(why, "after the call had ended") {
		t.Errorf("it stays open because %q", why)
	}
	b.same("the disables", []string{done, unknown}, b.outcomes("room.disable"))
}

// TestUnclearIsAskedForLessAndLess counts how often the API is asked about what it can't tell.
func TestUnclearIsAskedForLessAndLess(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	room := oldRoom(b)
	b.clock.pass(time.Minute)
	b.lose("/rooms", true, func() error { return disable(b, room) })
	b.clock.pass(time.Millisecond)
	elsewhere(hms.RoomParams{Enabled: new(true)})(b, room)
	looks := 0
	b.box.ResetCalls()
	for range 600 { // ten minutes
		before := b.box.Calls(http.MethodGet, "")
		if _, left, err := b.ledger.Settle(t.Context()); left != 1 || err != nil {
			t.Fatalf("%d left, %v", left, err)
		}
		if b.box.Calls(http.MethodGet, "") > before {
			looks++
		}
		b.clock.pass(time.Second)
	}
	if looks < 8 || looks > 11 {
		t.Errorf("looked %d times in ten minutes", looks)
	}
}
