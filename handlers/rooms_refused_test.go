package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/web/form"
	"roomledger/web/sandbox"
)

// failing lets the next requests of this kind be answered with a refusal that has no known text.
func failing(d *desk, method, path string, status, times int) {
	d.box.FailNext(sandbox.Fault{Method: method, Path: path, Status: status, Body: `{"code":` + jsonOf(status) + `,"message":"out of order"}`, Times: times})
}

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// shapes are the documented ways in which the API words a refusal.
var shapes = map[string]func(status int, text string) string{
	"message": func(status int, text string) string {
		return `{"code":` + jsonOf(status) + `,"message":` + jsonOf(text) + `,"details":[]}`
	},
	"details": func(status int, text string) string {
		return `{"code":` + jsonOf(status) + `,"message":"Invalid body param","details":[` + jsonOf(text) + `]}`
	},
}

// refusedRoom is a form that was refused by the API, with what came back.
type refusedRoom struct {
	sent url.Values
	page page
}

// refuse sends a new room while the API refuses it in these words.
func refuse(d *desk, b *browser, status, times int, body string) refusedRoom {
	sent := fill(b, "name", "ward-"+db.NewID(), "description", "as typed")
	d.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: "/rooms", Status: status, Body: body, Times: times})
	return refusedRoom{sent, b.post("/rooms/new", sent)}
}

func TestEachKnownRefusalIsToldAtItsField(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	for _, known := range form.RoomRefusals() {
		if known.Auth {
			continue
		}
		for shape, body := range shapes {
			t.Run(known.Text+" as "+shape, func(t *testing.T) {
				r := refuse(d, b.in(t), 400, 1, body(400, known.Text))
				r.page.want(http.StatusUnprocessableEntity)
				if known.Field != "" {
					wantProblem(t, r.page, known.Field, known.Says)
				} else if got := summary(r.page); got != known.Says {
					t.Errorf("the summary says %q, want %q", got, known.Says)
				}
				wantInputKept(t, r.page, with(r.sent, "form_token", r.page.form("/rooms/new").Get("form_token")))
				wantRefusalOnRecord(t, d, known.Text)
				wantReplay(t, d, b.in(t), r)
			})
		}
	}
}

// summary is what stands at the top of a form with a problem.
func summary(p page) string { return strings.TrimSpace(p.Find(`[role="alert"] li`).Text()) }

// wantSaid fails unless the page says this, at the top of a form or as a page of its own.
func wantSaid(t *testing.T, p page, says string) {
	t.Helper()
	if got := p.Find(`h1, [role="alert"], .question`).Text(); !strings.Contains(got, says) {
		t.Errorf("the page says %q, want %q", strings.Join(strings.Fields(got), " "), says)
	}
}

// wantRefusalOnRecord fails unless history ends with an intent and its failure, which quotes the API.
func wantRefusalOnRecord(t *testing.T, d *desk, text string) {
	t.Helper()
	rows := d.rows()
	intent, failed := rows[len(rows)-2], rows[len(rows)-1]
	if intent.Phase != db.PhaseIntent || failed.Phase != db.PhaseFailed || intent.Operation != failed.Operation {
		t.Fatalf("history ends with %s and %s", intent.Phase, failed.Phase)
	}
	if failed.APIStatus != 400 || !strings.Contains(failed.Response, text) || !strings.Contains(failed.Error, text) {
		t.Errorf("the failure is %d, %s, %s", failed.APIStatus, failed.Response, failed.Error)
	}
}

// wantReplay fails unless the same form again gives the same words without another call, and the token is a new one.
func wantReplay(t *testing.T, d *desk, b *browser, r refusedRoom) {
	t.Helper()
	calls := d.creates()
	again := b.post("/rooms/new", r.sent).want(http.StatusUnprocessableEntity)
	if summary(again) != summary(r.page) || d.creates() != calls {
		t.Errorf("the same form again says %q after %d more calls, want %q", summary(again), d.creates()-calls, summary(r.page))
	}
	if token := r.page.form("/rooms/new").Get("form_token"); token == "" || token == r.sent.Get("form_token") {
		t.Errorf("the form has the token %q after a refusal, want a fresh one", token)
	}
}

func TestRefusedKeyIsOurFault(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	for _, known := range form.RoomRefusals() {
		if !known.Auth {
			continue
		}
		status, times := 401, 2 // one retry with a new token
		if strings.Contains(known.Text, "permissions") {
			status, times = 403, 1
		}
		p := refuse(d, b, status, times, shapes["message"](status, known.Text)).page.want(http.StatusBadGateway)
		wantSaid(t, p, "100ms refused our key.")
		if n := d.box.ClearFaults(); n != 0 {
			t.Errorf("%s: %d faults are left", known.Text, n)
		}
		rows := d.rows()
		if last := rows[len(rows)-1]; last.Phase != db.PhaseFailed || last.APIStatus != status {
			t.Errorf("%s: history ends with %+v", known.Text, last)
		}
	}
}

func TestUnknownRefusalIsQuoted(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	for shape, body := range shapes {
		r := refuse(d, b, 400, 1, body(400, "the moon <stands> wrong"))
		r.page.want(http.StatusUnprocessableEntity)
		if got := summary(r.page); !strings.Contains(got, "100ms answered: ") || !strings.Contains(got, "the moon <stands> wrong.") {
			t.Errorf("%s: the summary says %q", shape, got)
		}
		wantRefusalOnRecord(t, d, "the moon <stands> wrong")
		wantReplay(t, d, b, r)
	}
}

// A refusal inside an answer that says 200 is a refusal too.
func TestRefusalInsideAnAnswer(t *testing.T) {
	d := newDesk(t)
	r := refuse(d, d.as("operator"), 200, 1, `{"code":400,"message":"Error: region not supported"}`)
	wantProblem(t, r.page.want(http.StatusUnprocessableEntity), "region", "100ms has no such region. Choose automatic, India, United States or Europe.")
}

func TestRefusalsOfState(t *testing.T) {
	tests := []struct {
		status int
		text   string
		want   int
		says   string
	}{
		{403, "Room is disabled", http.StatusConflict, "Room is disabled"},
		{403, "user does not have required permission", http.StatusConflict, "user does not have required permission"},
		{409, "beam already started", http.StatusConflict, "beam already started"},
		{404, "Room not found", http.StatusNotFound, "Room not found"},
		{429, "rate limit exceeded, retry after 45 seconds", http.StatusServiceUnavailable, "100ms asks us to slow down."},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			d := newDesk(t) // of its own: the wait of a 429 holds back what comes after
			p := refuse(d, d.as("operator"), tt.status, 1, shapes["message"](tt.status, tt.text)).page.want(tt.want)
			wantSaid(t, p, tt.says)
			if got := p.header.Get("Retry-After"); (tt.status == 429) != (got == "45") {
				t.Errorf("Retry-After is %q", got)
			}
			rows := d.rows()
			if diff := cmp.Diff([]string{db.PhaseIntent, db.PhaseFailed}, []string{rows[0].Phase, rows[len(rows)-1].Phase}); diff != "" {
				t.Errorf("history (-want +got):\n%s", diff)
			}
			link := p.Find(`a[href="/history/` + rows[0].Operation + `"]`)
			if link.Length() != 1 {
				t.Error("the page doesn't link to the operation")
			}
		})
	}
}

// Nothing is written down for a change that couldn't even be looked into.
func TestLookUpFails(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	sent := fill(b, "name", "ward-7")
	failing(d, http.MethodGet, "/rooms", 500, 2)
	b.post("/rooms/new", sent).want(http.StatusBadGateway)
	if d.creates() != 0 || len(d.rows()) != 0 {
		t.Error("a room was asked for although its name couldn't be looked up")
	}
	b.post("/rooms/new", sent).want(http.StatusSeeOther)
}
