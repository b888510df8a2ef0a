package handlers_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// lost are the ways in which an answer doesn't come, and whether the API has made the change all the same.
var lost = map[string]struct {
	fault sandbox.Fault
	made  bool
}{
	"cut before":       {sandbox.Fault{CutBefore: true}, false},
	"cut after":        {sandbox.Fault{CutAfter: true}, true},
	"500 after":        {sandbox.Fault{Status: 500, Body: `{"code":500,"message":"oops"}`, Handle: true}, true},
	"500 before":       {sandbox.Fault{Status: 500, Body: `{"code":500,"message":"oops"}`}, false},
	"HTML page":        {sandbox.Fault{Status: 502, Body: "<h1>Bad gateway</h1>", ContentType: "text/html", Handle: true}, true},
	"broken JSON":      {sandbox.Fault{Body: `{"id":"66b1c2d3`, Handle: true}, true},
	"empty object":     {sandbox.Fault{Body: `{}`, Handle: true}, true},
	"error inside 200": {sandbox.Fault{Body: `{"error":"half done"}`}, false},
}

// oneTry is a desk whose client asks the API once and not for long.
func oneTry(t *testing.T) *desk {
	t.Helper()
	return newDeskWith(t, deskOptions{tries: 1, timeout: time.Second})
}

// lose lets the API's next answer to a change be lost in the way of fault.
func (d *desk) lose(fault sandbox.Fault) {
	fault.Method = http.MethodPost
	d.box.FailNext(fault)
}

func TestLostAnswers(t *testing.T) {
	for name, tt := range lost {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := oneTry(t)
			b := d.as("operator")
			sent := fill(b, "name", "ward-7")
			d.lose(tt.fault)
			op := wantUnknown(t, d, b, b.post("/rooms/new", sent))
			wantUnknown(t, d, b, b.post("/rooms/new", sent))
			if d.creates() != 1 {
				t.Errorf("%d calls, want 1", d.creates())
			}
			d.settle(1, 0)
			wantSettled(t, d, op, tt.made)
			again := b.post("/rooms/new", sent)
			if tt.made {
				if again.want(http.StatusSeeOther).location != "/rooms/"+d.boxed()[0].ID {
					t.Errorf("the same form leads to %s", again.location)
				}
			} else {
				wantNotMade(t, again, op)
			}
			if d.creates() != 1 {
				t.Errorf("%d calls, want 1", d.creates())
			}
		})
	}
}

func TestTryingAgainAfterNothingWasMade(t *testing.T) {
	d := oneTry(t)
	b := d.as("operator")
	sent := fill(b, "name", "ward-7")
	d.lose(lost["cut before"].fault)
	op := wantUnknown(t, d, b, b.post("/rooms/new", sent))
	d.settle(1, 0)
	again := b.post("/rooms/new", sent)
	wantNotMade(t, again, op)
	b.post("/rooms/new", again.form("/rooms/new")).want(http.StatusSeeOther)
	if len(d.boxed()) != 1 {
		t.Errorf("the API has %d rooms", len(d.boxed()))
	}
}

func TestAnswerThatIsTooSlow(t *testing.T) {
	t.Parallel()
	d := oneTry(t)
	b := d.as("operator")
	sent := fill(b, "name", "ward-7")
	d.lose(sandbox.Fault{Hook: func() { <-t.Context().Done() }, CutBefore: true})
	op := wantUnknown(t, d, b, b.post("/rooms/new", sent))
	d.settle(1, 0)
	wantSettled(t, d, op, false)
}

// wantUnknown fails unless the answer says that nobody knows, and the operation is shown so. It returns the operation.
func wantUnknown(t *testing.T, d *desk, b *browser, p page) string {
	t.Helper()
	p.want(http.StatusBadGateway)
	wantSaid(t, p, "The change may have been made: no clear answer came back.")
	link := p.Find(`main a[href^="/history/"]`).AttrOr("href", "")
	if got := b.get(link).want(http.StatusOK).Find(".badge").First().Text(); !strings.Contains(got, "Unknown") {
		t.Errorf("the operation is shown as %q", got)
	}
	if n := b.get("/history?outcome=unknown").Find(`td a[href="` + link + `"]`).Length(); n != 1 {
		t.Error("the operation is not in the list of unknown ones")
	}
	rows := d.rows()
	if last := rows[len(rows)-1]; last.Phase != db.PhaseIntent {
		t.Errorf("history ends with %s, want the intent", last.Phase)
	}
	return strings.TrimPrefix(link, "/history/")
}

// settle settles and fails unless so many operations were closed and left.
func (d *desk) settle(closed, left int) {
	d.t.Helper()
	gotClosed, gotLeft, err := d.ledger.Settle(d.t.Context())
	if err != nil || gotClosed != closed || gotLeft != left {
		d.t.Fatalf("settling closed %d and left %d (%v), want %d and %d", gotClosed, gotLeft, err, closed, left)
	}
}

// wantSettled fails unless the operation was closed as made or as not made, once.
func wantSettled(t *testing.T, d *desk, op string, made bool) {
	t.Helper()
	rows, err := d.db.OperationRows(t.Context(), op)
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	row := rows[1]
	if row.Phase != db.PhaseSettled || row.ActorKind != "system" {
		t.Errorf("closed by %s of a %s", row.Phase, row.ActorKind)
	}
	outcome, err := d.db.Operation(t.Context(), op)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case made && (row.TargetID == "" || row.APIStatus != 200 || row.Error != "" || outcome.Outcome != db.OutcomeDone):
		t.Errorf("settled as %+v, outcome %s, want made", row, outcome.Outcome)
	case !made && (row.TargetID != "" || !strings.HasSuffix(row.Error, "not made.") || outcome.Outcome != db.OutcomeFailed):
		t.Errorf("settled as %+v, outcome %s, want not made", row, outcome.Outcome)
	}
}

// A create carries a name, so it may be repeated: one broken connection is no reason to bother anybody.
func TestOneCutIsRepeated(t *testing.T) {
	for name, cut := range map[string]sandbox.Fault{"before": {CutBefore: true}, "after": {CutAfter: true}} {
		d := newDesk(t)
		b := d.as("operator")
		sent := fill(b, "name", "ward-7")
		d.lose(cut)
		b.post("/rooms/new", sent).want(http.StatusSeeOther)
		rows := d.rows()
		if done := rows[len(rows)-1]; done.Phase != db.PhaseDone || done.Attempts != 2 || len(d.boxed()) != 1 {
			t.Errorf("cut %s: history ends with %s after %d attempts, %d rooms", name, done.Phase, done.Attempts, len(d.boxed()))
		}
	}
}

// wantNotMade fails unless the page says that the first try of this form came to nothing, and can be sent anew.
func wantNotMade(t *testing.T, p page, op string) {
	t.Helper()
	wantSaid(t, p.want(http.StatusConflict), "The first try of this form was not made.")
	if p.Find(`a[href="/history/`+op+`"]`).Length() != 1 {
		t.Error("the page doesn't lead to the operation")
	}
}

// lostChanges prepare the changes other than a new room; each returns the path of its confirm page.
var lostChanges = map[string]func(d *desk, b *browser, room string) (path string){
	"enable": func(d *desk, _ *browser, room string) string {
		d.disableElsewhere(room)
		return "/rooms/" + room + "/enable"
	},
	"disable": func(_ *desk, _ *browser, room string) string { return "/rooms/" + room + "/disable" },
	"codes":   func(_ *desk, _ *browser, room string) string { return "/rooms/" + room + "/codes" },
	"disable a code": func(d *desk, _ *browser, room string) string {
		codes, err := d.app.HMS.CreateRoomCodes(d.t.Context(), room)
		if err != nil {
			d.t.Fatal(err)
		}
		return "/rooms/" + room + "/codes/" + codes[0].Code + "/disable"
	},
}

func TestLostAnswersOfOtherChanges(t *testing.T) {
	for what, prepare := range lostChanges {
		for _, name := range []string{"cut before", "cut after"} {
			t.Run(what+", "+name, func(t *testing.T) {
				d := oneTry(t)
				b := d.as("operator")
				room := d.elsewhere(hms.RoomParams{Name: "ward-7"})
				path := prepare(d, b, room.ID)
				sent := b.get(path).want(http.StatusOK).form(path)
				d.lose(lost[name].fault)
				op := wantUnknown(t, d, b, b.post(path, sent))
				d.settle(1, 0)
				wantSettled(t, d, op, lost[name].made)
			})
		}
	}
}

func TestLostAnswerOfAnOverwriting(t *testing.T) {
	for _, name := range []string{"cut before", "cut after"} {
		t.Run(name, func(t *testing.T) {
			d := oneTry(t)
			b := d.as("operator")
			have := d.elsewhere(hms.RoomParams{Name: "ward-7", Description: new("old")})
			sent := fill(b, append([]string{"name", "Ward-7", "description", "new", "overwrite", have.ID, "size", "12"}, bucket("s3")...)...)
			d.lose(lost[name].fault)
			op := wantUnknown(t, d, b, b.post("/rooms/new", sent))
			d.settle(1, 0)
			wantSettled(t, d, op, lost[name].made)
		})
	}
}

func TestSettlingTwiceAtOnce(t *testing.T) {
	d := oneTry(t)
	b := d.as("operator")
	d.lose(lost["cut after"].fault)
	op := wantUnknown(t, d, b, b.post("/rooms/new", fill(b, "name", "ward-7")))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, _, err := d.ledger.Settle(d.t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wantSettled(t, d, op, true)
	d.settle(0, 0)
}

func TestSettlingWaitsForTheAPI(t *testing.T) {
	d := oneTry(t)
	b := d.as("operator")
	d.lose(lost["cut after"].fault)
	op := wantUnknown(t, d, b, b.post("/rooms/new", fill(b, "name", "ward-7")))
	failing(d, http.MethodGet, "", 500, 1000)
	if closed, left, err := d.ledger.Settle(t.Context()); closed != 0 || left != 1 || err == nil {
		t.Errorf("with the API down settling closed %d and left %d (%v)", closed, left, err)
	}
	d.box.ClearFaults()
	d.settle(1, 0)
	wantSettled(t, d, op, true)
}

func TestSettlingLeavesOtherWorkspacesAlone(t *testing.T) {
	d := oneTry(t)
	b := d.as("operator")
	d.lose(lost["cut after"].fault)
	op := wantUnknown(t, d, b, b.post("/rooms/new", fill(b, "name", "ward-7")))
	other := newDeskWith(t, deskOptions{dir: d.dir, box: d.box, workspace: "another"})
	other.settle(0, 0)
	if got, err := d.db.Operation(t.Context(), op); err != nil || got.Outcome != db.OutcomeUnknown {
		t.Errorf("the operation is %s, %v", got.Outcome, err)
	}
	d.settle(1, 0)
}

// Somebody who is still at work is not settled over.
func TestSettlingLeavesWorkInFlightAlone(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	sent := fill(b, "name", "ward-7")
	d.lose(sandbox.Fault{Hook: func() { d.settle(0, 1) }})
	b.post("/rooms/new", sent).want(http.StatusSeeOther)
}

// Another process may have died a moment ago while the API still works on its call.
func TestSettlingGivesTheAPITime(t *testing.T) {
	d := oneTry(t)
	b := d.as("operator")
	d.lose(lost["cut before"].fault)
	op := wantUnknown(t, d, b, b.post("/rooms/new", fill(b, "name", "ward-7")))
	patient := ledger.New(ledger.Config{DB: d.db, HMS: d.app.HMS, Workspace: d.app.Workspace, Key: testKey, Grace: time.Hour})
	if closed, left, err := patient.Settle(t.Context()); closed != 0 || left != 1 || err != nil {
		t.Errorf("settling closed %d and left %d (%v), want it to wait", closed, left, err)
	}
	d.settle(1, 0)
	wantSettled(t, d, op, false)
}

// refuseRows lets the database refuse new rows of history in a phase, as a full disk would. Undo ends that.
func (d *desk) refuseRows(phase string) (undo func()) {
	d.t.Helper()
	file, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: filepath.Join(d.dir, db.FileName)}).EscapedPath()+"?_busy_timeout=5000")
	if err != nil {
		d.t.Fatal(err)
	}
	exec := func(statement string) {
		d.t.Helper()
		if _, err := file.ExecContext(context.WithoutCancel(d.t.Context()), statement); err != nil {
			d.t.Fatal(err)
		}
	}
	exec(`CREATE TRIGGER full BEFORE INSERT ON history WHEN NEW.phase = '` + phase + `' BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
	d.t.Cleanup(func() {
		if err := file.Close(); err != nil {
			d.t.Error(err)
		}
	})
	return func() { exec("DROP TRIGGER full") }
}

func TestNoCallWithoutAnIntent(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	room := d.elsewhere(hms.RoomParams{Name: "ward-6"})
	paths := []string{"/rooms/new", "/rooms/" + room.ID + "/codes", "/rooms/" + room.ID + "/disable"}
	forms := map[string]url.Values{}
	for _, path := range paths {
		forms[path] = b.get(path).want(http.StatusOK).form(path)
	}
	d.box.ResetCalls()
	undo := d.refuseRows(db.PhaseIntent)
	for _, path := range paths {
		wantSaid(t, b.post(path, forms[path]).want(http.StatusServiceUnavailable), "Nothing was changed: history can't be written.")
	}
	if n := d.box.Calls(http.MethodPost, ""); n != 0 || len(d.rows()) != 0 {
		t.Errorf("%d calls and %d rows of history, want none", n, len(d.rows()))
	}
	undo()
	for _, path := range paths {
		b.post(path, forms[path]).want(http.StatusSeeOther) // with the token that nothing used up
	}
}

func TestOutcomeThatCannotBeWritten(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	sent := fill(b, "name", "ward-7")
	undo := d.refuseRows(db.PhaseDone)
	op := wantUnknown(t, d, b, b.post("/rooms/new", sent))
	undo()
	d.settle(1, 0)
	wantSettled(t, d, op, true)
	room, err := d.db.Room(t.Context(), d.app.Workspace.ID, d.boxed()[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ward-7", "operator@example.org", op}, []string{room.Name, room.Creator, room.Operation}); diff != "" {
		t.Errorf("the index (-want +got):\n%s", diff)
	}
}
