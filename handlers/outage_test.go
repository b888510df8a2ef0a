package handlers_test

import (
	"errors"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// outage is what a page says about the API; empty where it says nothing.
func (p page) outage() string {
	p.t.Helper()
	strip := p.Find(`[role="status"]:not(#said):not(.flash)`)
	return strings.Join(strings.Fields(strip.Text()), " ")
}

// probeDue waits for the time of the next probe.
func (d *desk) probeDue() {
	d.t.Helper()
	select {
	case <-time.After(time.Until(d.app.HMS.Health().Until)):
	case <-d.t.Context().Done():
		d.t.Fatal(d.t.Context().Err())
	}
}

// kill has the API give no answer any more, and the client find that out by reading. Nothing is sent from then on.
func (d *desk) kill() {
	d.t.Helper()
	d.spoil(sandbox.Fault{CutBefore: true}, "")
	for range 10 {
		if _, err := d.app.HMS.Room(d.t.Context(), strings.Repeat("a", 24)); errors.Is(err, hms.ErrUnavailable) {
			return
		}
	}
	d.t.Fatal("the client never stops sending")
}

// TestOutageFromFormToRecovery is the whole of it: submits against a dead API, the strip on every page, and a desk that is as
// before once the API is back.
func TestOutageFromFormToRecovery(t *testing.T) {
	t.Parallel()
	d := oneTry(t)
	b := d.as(db.RoleOperator)
	sent := fill(b, "name", "ward-7", "description", "typed with care", "size", "12")
	if said := b.get("/rooms").want(http.StatusOK).outage(); said != "" {
		t.Errorf("while all is well: %q", said)
	}
	before := d.state()
	d.spoil(sandbox.Fault{CutBefore: true}, "")
	for range 6 {
		p := b.post("/rooms/new", sent).want(http.StatusBadGateway)
		if v := p.form("/rooms/new"); v.Get("name") != "ward-7" || v.Get("description") != "typed with care" || v.Get("size") != "12" {
			t.Errorf("the form comes back with %v", v)
		}
		wantSaid(t, p, "100ms doesn't answer.")
	}
	d.same(before) // the look before the change failed: nothing was announced, nothing sent
	reads := d.box.Calls(http.MethodGet, "")
	p := b.post("/rooms/new", sent).want(http.StatusBadGateway)
	wantSaid(t, p, "Nothing was changed.")
	if p.header.Get("Retry-After") == "" {
		t.Error("it isn't said when to try again")
	}
	for _, path := range []string{"/", "/rooms", "/rooms/new", "/history", "/settings/sessions", "/nowhere"} {
		if said := b.get(path).outage(); !strings.Contains(said, "100ms has not answered since ") || !strings.Contains(said, "(the connection broke)") {
			t.Errorf("%s says %q", path, said)
		}
	}
	if said := d.stranger().get("/signin").want(http.StatusOK).outage(); said != "" {
		t.Errorf("strangers are told %q", said)
	}
	if now := d.box.Calls(http.MethodGet, ""); now != reads {
		t.Errorf("%d requests went out to a dead API", now-reads)
	}
	d.box.ClearFaults()
	d.probeDue()
	if err := d.ledger.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if said := b.get("/rooms").want(http.StatusOK).outage(); said != "" {
		t.Errorf("after it came back: %q", said)
	}
	b.post("/rooms/new", sent).want(http.StatusSeeOther)
}

// TestChangeHeldBackIsOnRecord lets the API die between the last look before a change and the change itself: its intent
// stands, and is closed as failed with no call made.
func TestChangeHeldBackIsOnRecord(t *testing.T) {
	t.Parallel()
	d := newDeskWith(t, deskOptions{tries: 1, timeout: time.Second, holdBack: time.Hour}) // no probe comes due, however slow this machine is
	room, b := d.apiRoom(), d.as(db.RoleAdmin)
	path := "/rooms/" + room.ID + "/disable"
	v := b.get(path).want(http.StatusOK).form(path)
	looking, locked := make(chan struct{}), make(chan struct{})
	d.box.FailNext(sandbox.Fault{Method: http.MethodGet, Path: "/rooms/" + room.ID, Skip: 2, Hook: func() { // the look under the lock is the third
		close(looking)
		<-locked
	}})
	answers := make(chan page)
	go func() { answers <- b.post(path, v) }()
	<-looking
	release := d.lock() // the intent has to wait
	ended := d.ended.Load()
	close(locked)
	for d.ended.Load() == ended { // an answer that comes later would tell the client that the API lives
		runtime.Gosched()
	}
	d.kill()
	posts := d.box.Calls(http.MethodPost, "")
	release()
	p := (<-answers).want(http.StatusBadGateway)
	checkProblem(t, p, "Nothing was changed.")

	rows := d.rows()
	if len(rows) != 2 || rows[0].Phase != db.PhaseIntent || rows[1].Phase != db.PhaseFailed {
		t.Fatalf("history is %+v", rows)
	}
	if out := rows[1]; out.Attempts != 0 || out.APIStatus != 0 || !strings.Contains(out.Error, "not sent: held back") {
		t.Errorf("the outcome is %+v", out)
	}
	if p.Find(`main a[href="/history/`+rows[0].Operation+`"]`).Length() != 1 {
		t.Errorf("the page doesn't link its operation: %s", p.problem())
	}
	d.settle(0, 0)
	if n := d.box.Calls(http.MethodPost, ""); n != posts || !d.boxed()[0].Enabled {
		t.Errorf("%d changes were sent", n-posts)
	}
}

// TestReadyWithoutTheAPI wants a desk that can record changes to be ready, and to tell how the API is.
func TestReadyWithoutTheAPI(t *testing.T) {
	t.Parallel()
	d := oneTry(t)
	b := d.stranger()
	since := time.Now().Truncate(time.Second)
	d.kill()
	wantSince := func(state string) {
		t.Helper()
		body := b.get("/readyz").want(http.StatusOK).body
		text, ok := strings.CutPrefix(body, "ready\napi: "+state+" since ")
		at, err := time.Parse(time.RFC3339, strings.TrimSuffix(text, "\n"))
		if !ok || err != nil || at.Before(since) || at.After(time.Now()) {
			t.Errorf("it answers %q: %v", body, err)
		}
	}
	wantSince("unavailable")
	d.box.ClearFaults()
	d.probeDue()
	d.box.FailNext(sandbox.Fault{Status: 429, Header: http.Header{"Retry-After": {"30"}}, Body: `{"code":429,"message":"slow"}`})
	if err := d.ledger.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantSince("limited")
	p := d.as(db.RoleViewer).get("/rooms").want(http.StatusOK)
	if said := p.outage(); !strings.Contains(said, "100ms has been asking for fewer calls since ") || !strings.Contains(said, "The next turn is at ") {
		t.Errorf("the page says %q", said)
	}
}
