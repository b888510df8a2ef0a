package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// unclear leaves a disabling whose answer was lost, and which another tool has undone since: nobody can tell. It returns the
// path of the operation.
func unclear(t *testing.T, d *desk, b *browser, room string) string {
	t.Helper()
	path := "/rooms/" + room + "/disable"
	sent := with(b.get(path).want(http.StatusOK).form(path), "reason", "the term is over")
	d.lose(lost["cut after"].fault)
	p := b.post(path, sent).want(http.StatusBadGateway)
	if _, err := d.app.HMS.SetRoomEnabled(t.Context(), room, true); err != nil {
		t.Fatal(err)
	}
	return p.Find(`main a[href^="/history/"]`).AttrOr("href", "")
}

// look says yes to looking again, for a reason.
func (b *browser) look(op, reason string) page {
	b.t.Helper()
	return b.post(op+"/settle", with(b.get(op+"/settle").want(http.StatusOK).form(op+"/settle"), "reason", reason))
}

// flash is what the next page says of what was done.
func (p page) flash() string {
	return strings.Join(strings.Fields(p.Find(`[role="status"]`).Text()), " ")
}

func TestLookAgain(t *testing.T) {
	t.Parallel()
	d := oneTry(t)
	b := d.as("operator")
	sent := fill(b, "name", "ward-7")
	d.lose(lost["cut after"].fault)
	op := "/history/" + wantUnknown(t, d, b, b.post("/rooms/new", sent))
	if b.get(op).Find(`a[href="`+op+`/settle"]`).Text() != "Look again" {
		t.Error("the operation's page doesn't offer to look again")
	}
	admin := d.as("admin")
	if p := admin.look(op, "the ward asked").want(http.StatusSeeOther); p.location != op {
		t.Errorf("looking leads to %s", p.location)
	}
	p := admin.get(op).want(http.StatusOK)
	if said := p.flash(); !strings.Contains(said, "It was made, and that is on record now.") {
		t.Errorf("looking says %q", said)
	}
	if p.Find(`a[href="`+op+`/settle"]`).Length() != 0 {
		t.Error("what is settled can be looked at again")
	}
	if text := p.Find("main").Text(); !strings.Contains(text, "the ward asked") || !strings.Contains(text, "GET /rooms?enabled=true&name=ward-7") {
		t.Errorf("the page lacks the reason or the evidence: %s", strings.Join(strings.Fields(text), " "))
	}
	rows := d.rows()
	for _, row := range rows[len(rows)-2:] {
		if row.ActorName != "admin@example.org" || row.IP == "" || row.RequestID == "" {
			t.Errorf("the %s of %s is by %+v", row.Phase, row.Action, row)
		}
	}
	if diff := cmp.Diff([]string{"operation.settle note", "room.create settled"}, phases(rows[len(rows)-2:])); diff != "" {
		t.Errorf("history ends (-want +got):\n%s", diff)
	}
	before := len(rows)
	admin.look(op, "").want(http.StatusSeeOther)
	if said := admin.get(op).flash(); len(d.rows()) != before || !strings.Contains(said, "It was made") {
		t.Errorf("looking once more leaves %d rows and says %q", len(d.rows())-before, said)
	}
}

func TestLookAgainNotMade(t *testing.T) {
	t.Parallel()
	d := oneTry(t)
	b := d.as("operator")
	sent := fill(b, "name", "ward-7")
	d.lose(lost["cut before"].fault)
	op := "/history/" + wantUnknown(t, d, b, b.post("/rooms/new", sent))
	b.look(op, "").want(http.StatusSeeOther)
	if said := b.get(op).flash(); !strings.Contains(said, "It was not made, and that is on record now. No room of this name exists: not made.") {
		t.Errorf("looking says %q", said)
	}
}

func TestLookAgainInVain(t *testing.T) {
	t.Parallel()
	d := oneTry(t)
	b := d.as("operator")
	room := d.elsewhere(hms.RoomParams{Name: "ward-7"})
	op := unclear(t, d, b, room.ID)
	b.look(op, "is it done?").want(http.StatusSeeOther)
	const why = "can have been made and undone"
	p := b.get(op).want(http.StatusOK)
	if said := p.flash(); !strings.Contains(said, "Still unknown. ") || !strings.Contains(said, why) {
		t.Errorf("looking says %q", said)
	}
	if text := b.get(op).Find("main .note").Text(); !strings.Contains(text, why) {
		t.Errorf("the page says %q", text)
	}
	rows := d.rows()
	last := rows[len(rows)-1]
	if last.Action != "operation.settle" || last.Reason != "is it done?" || !strings.Contains(last.Error, why) || last.ActorName != "operator@example.org" {
		t.Errorf("the last row is %+v", last)
	}
	b.confirm("/rooms/"+room.ID+"/disable", "").want(http.StatusSeeOther) // it stands in nobody's way
}

func TestLookAgainWithoutTheAPI(t *testing.T) {
	t.Parallel()
	d := oneTry(t)
	b := d.as("operator")
	sent := fill(b, "name", "ward-7")
	d.lose(lost["cut after"].fault)
	op := "/history/" + wantUnknown(t, d, b, b.post("/rooms/new", sent))
	failing(d, http.MethodGet, "", 500, 1000)
	p := b.look(op, "the ward asked").want(http.StatusBadGateway)
	wantSaid(t, p, "100ms doesn't answer.")
	if v := p.form(op + "/settle"); v.Get("reason") != "the ward asked" {
		t.Errorf("the reason comes back as %q", v.Get("reason"))
	}
	rows := d.rows()
	if last := rows[len(rows)-1]; last.Action != "operation.settle" || !strings.HasPrefix(last.Error, "Still unknown: ") {
		t.Errorf("the last row is %+v", last)
	}
	d.box.ClearFaults()
	b.look(op, "").want(http.StatusSeeOther)
	wantOutcome(t, d, op, db.OutcomeDone)
}

func wantOutcome(t *testing.T, d *desk, op, outcome string) {
	t.Helper()
	got, err := d.db.Operation(t.Context(), strings.TrimPrefix(op, "/history/"))
	if err != nil || got.Outcome != outcome {
		t.Errorf("the operation is %s, %v, want %s", got.Outcome, err, outcome)
	}
}

func TestLookAgainAtAnotherAccount(t *testing.T) {
	t.Parallel()
	d := oneTry(t)
	b := d.as("operator")
	d.lose(lost["cut after"].fault)
	op := "/history/" + wantUnknown(t, d, b, b.post("/rooms/new", fill(b, "name", "ward-7")))
	other := newDeskWith(t, deskOptions{dir: d.dir, box: d.box, workspace: "another"})
	there := other.as("admin")
	p := there.get(op).want(http.StatusOK)
	if p.Find(`a[href="`+op+`/settle"]`).Length() != 0 || !strings.Contains(p.Find(".note").Text(), "meant for another account") {
		t.Errorf("the page says %s", p.problem())
	}
	other.box.ResetCalls()
	there.get(op + "/settle").want(http.StatusNotFound)
	there.post(op+"/settle", url.Values{}).want(http.StatusNotFound)
	if n := other.box.Calls("", ""); n != 0 {
		t.Errorf("%d calls were made", n)
	}
	wantOutcome(t, d, op, db.OutcomeUnknown)
}

// TestDisabledRoomsCodesStayUnknown has a page say why nobody can tell, and settles once the room is enabled again.
func TestDisabledRoomsCodesStayUnknown(t *testing.T) {
	t.Parallel()
	d := oneTry(t)
	b := d.as("operator")
	room := d.elsewhere(hms.RoomParams{Name: "ward-7"})
	path := "/rooms/" + room.ID + "/codes"
	sent := b.get(path).want(http.StatusOK).form(path)
	d.lose(lost["cut after"].fault)
	op := "/history/" + wantUnknown(t, d, b, b.post(path, sent))
	d.disableElsewhere(room.ID)
	d.settle(0, 1)
	if text := b.get(op).Find("main .note").Text(); !strings.Contains(text, "Only when the room is enabled again can this be told.") {
		t.Errorf("the page says %q", text)
	}
	b.confirm("/rooms/"+room.ID+"/enable", "").want(http.StatusSeeOther)
	d.settle(1, 0)
	wantOutcome(t, d, op, db.OutcomeDone)
}

// TestReasonsComeBack has changes fail in every way after their reason was typed: it has to be there when they are sent again.
func TestReasonsComeBack(t *testing.T) {
	t.Parallel()
	const reason = `so that "it" rests`
	for name, tt := range map[string]struct {
		fault  sandbox.Fault
		status int
	}{
		"no answer":    {sandbox.Fault{CutBefore: true}, http.StatusBadGateway},
		"key refused":  {sandbox.Fault{Status: 401, Body: `{"code":401,"message":"Token validation error"}`, Times: 2}, http.StatusBadGateway},
		"state":        {sandbox.Fault{Status: 403, Body: `{"code":403,"message":"Room is disabled"}`}, http.StatusConflict},
		"not accepted": {sandbox.Fault{Status: 400, Body: `{"code":400,"message":"the tide is out"}`}, http.StatusUnprocessableEntity},
		"too many":     {sandbox.Fault{Status: 429, Body: `{"code":429,"message":"rate limit exceeded, retry after 90 seconds"}`}, http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := oneTry(t)
			b := d.as("operator")
			at := "/rooms/" + d.elsewhere(hms.RoomParams{Name: "ward-7"}).ID + "/disable"
			d.lose(tt.fault)
			p := b.confirm(at, reason).want(tt.status)
			v := p.form(at)
			if v.Get("reason") != reason {
				t.Errorf("the reason comes back as %q", v.Get("reason"))
			}
			rows := d.rows()
			if rows[len(rows)-1].Reason != reason {
				t.Errorf("the reason on record is %q", rows[len(rows)-1].Reason)
			}
			if name == "too many" {
				return // nothing is sent for a while
			}
			d.settle(len(d.open()), 0)
			again := b.post(at, v)
			if name == "no answer" { // the same token has its first result
				wantNotMade(t, again, rows[0].Operation)
				again = b.post(at, again.form(at))
			}
			again.want(http.StatusSeeOther)
			wantPair(t, d, "room.disable", reason)
		})
	}
}

// open are the operations without an outcome.
func (d *desk) open() []db.Operation {
	d.t.Helper()
	list, err := d.db.OpenOperations(d.t.Context(), "")
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

func TestReasonOfAnOverwriting(t *testing.T) {
	t.Parallel()
	d := oneTry(t)
	b := d.as("operator")
	have := d.elsewhere(hms.RoomParams{Name: "ward-7", Description: new("old")})
	taken := b.post("/rooms/new", fill(b, "name", "ward-7", "description", "new")).want(http.StatusConflict)
	if taken.Find(`input[name="reason"][form="room-form"]`).Length() != 1 {
		t.Error("the page doesn't ask why")
	}
	agreed := with(taken.form("/rooms/new"), "overwrite", have.ID, "reason", "the ward moved")
	for _, tooLong := range []string{strings.Repeat("x", 501), "a\x00b"} {
		p := b.post("/rooms/new", with(agreed, "reason", tooLong)).want(http.StatusUnprocessableEntity)
		if p.message("reason") == "" || p.form("/rooms/new").Get("reason") == "" {
			t.Errorf("a reason that can't be kept: message %q, value %q", p.message("reason"), p.form("/rooms/new").Get("reason"))
		}
	}
	d.lose(sandbox.Fault{Status: 403, Body: `{"code":403,"message":"room not active"}`})
	p := b.post("/rooms/new", agreed).want(http.StatusConflict)
	if got := p.form("/rooms/new").Get("reason"); got != "the ward moved" {
		t.Errorf("the reason comes back as %q", got)
	}
	b.post("/rooms/new", with(p.form("/rooms/new"), "overwrite", have.ID)).want(http.StatusSeeOther)
	wantPair(t, d, "room.create", "the ward moved")
}

func TestReasonsOfPeopleAndSessions(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as("admin")
	other := d.member("viewer")
	person := "/settings/people/" + other.ID
	change := func(changes ...string) page { return b.post(person, with(b.get(person).form(person), changes...)) }
	p := change("role", "auditor", "reason", strings.Repeat("x", 501)).want(http.StatusUnprocessableEntity)
	if p.message("reason") == "" || p.form(person).Get("reason") == "" {
		t.Errorf("a reason that is too long: message %q", p.message("reason"))
	}
	change("role", "auditor", "reason", "helps with the audit").want(http.StatusSeeOther)
	change("disabled", "on", "reason", "left the house").want(http.StatusSeeOther)
	revoke := "/settings/sessions/" + d.sessionOf(d.as("operator")).ID + "/revoke"
	if p := b.confirm(revoke, "a\x00b").want(http.StatusUnprocessableEntity); p.message("reason") == "" {
		t.Error("a reason that is no text has no message")
	}
	b.confirm(revoke, "lost the laptop").want(http.StatusSeeOther)
	b.confirm("/settings/sessions/revoke-others", "to be sure").want(http.StatusSeeOther)
	var told []string
	for _, row := range d.rows() {
		if row.Phase == db.PhaseDone {
			told = append(told, row.Action+": "+row.Reason)
		}
	}
	want := []string{"user.update: helps with the audit", "user.update: left the house", "session.revoke: lost the laptop", "session.revoke: to be sure"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

// TestWrongPasswordIsOnRecord has somebody at a browser that was left open guess its owner's password.
func TestWrongPasswordIsOnRecord(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as("viewer")
	own := "/settings/people/" + b.who.ID
	v := with(b.get(own).form(own), "password", "another four words, different", "current_password", "a guess at it")
	b.post(own, v).want(http.StatusUnprocessableEntity)
	rows := d.rows()
	if len(rows) != 1 || rows[0].Action != "user.update" || rows[0].Error == "" || rows[0].TargetID != b.who.ID || rows[0].ActorID != b.who.ID {
		t.Errorf("history is %+v", rows)
	}
}

// TestTwoProcessesSettle has two programs on the same files find the same at once.
func TestTwoProcessesSettle(t *testing.T) {
	t.Parallel()
	d := oneTry(t)
	b := d.as("operator")
	d.lose(lost["cut after"].fault)
	op := wantUnknown(t, d, b, b.post("/rooms/new", fill(b, "name", "ward-7")))
	other := newDeskWith(t, deskOptions{dir: d.dir, box: d.box})
	var wg sync.WaitGroup
	for _, l := range []*desk{d, other, d, other} {
		wg.Go(func() {
			if _, _, err := l.ledger.Settle(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wantSettled(t, d, op, true)
}
