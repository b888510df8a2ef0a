package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"roomledger/db"
	"roomledger/handlers"
	"roomledger/handlers/ledger"
	"roomledger/web"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	refused := func(e *hms.Error) error { return &ledger.Refused{Operation: "op1", Err: e} }
	cause := errors.New("cause-for-the-log")
	tests := []struct {
		name   string
		err    error
		status int // 0: nothing is said
		words  string
	}{
		{"ours", &web.Error{Status: 418, What: "Short and stout."}, 418, "Short and stout."},
		{"gone", fmt.Errorf("read: %w", context.Canceled), 0, ""},
		{"gone while the API was asked", fmt.Errorf("read the room: %w", &hms.Error{Op: "Room", Err: context.Canceled}), 0, ""},
		{"gone before the intent", &ledger.Unwritten{Err: context.Canceled}, 0, ""},
		{"too slow", context.DeadlineExceeded, 502, "took too long"},
		{"not found", fmt.Errorf("room: %w", db.ErrNotFound), 404, "nothing here"},
		{"token again", ledger.ErrOtherContent, 409, "sent before, with other content"},
		{"unwritten", &ledger.Unwritten{Err: cause}, 503, "Nothing was changed: history can't be written."},
		{"open", &ledger.Open{Operation: "op1", Err: cause}, 502, "may have been made"},
		{"open for want of a connection", &ledger.Open{Operation: "op1", Err: context.Canceled}, 502, "may have been made"},
		{"API 400", refused(&hms.Error{Status: 400, Message: "odd words"}), 422, "odd words"},
		{"API 401", refused(&hms.Error{Status: 401, Message: "no valid token"}), 502, "refused our key"},
		{"API 403, our key", refused(&hms.Error{Status: 403, Message: "Insufficient permissions"}), 502, "refused our key"},
		{"API 403, the state", refused(&hms.Error{Status: 403, Message: "Room is disabled"}), 409, "“Room is disabled”"},
		{"API 409", refused(&hms.Error{Status: 409, Message: "busy"}), 409, "“busy”"},
		{"API 404", refused(&hms.Error{Status: 404, Message: "Room not found"}), 404, "“Room not found”"},
		{"API 422", refused(&hms.Error{Status: 422}), 422, "didn't accept"},
		{"API 429", refused(&hms.Error{Status: 429, RetryAfter: 90 * time.Second}), 503, "in 1 min 30 s."},
		{"API 429, no wait", refused(&hms.Error{Status: 429}), 503, "in a minute."},
		{"API 500", refused(&hms.Error{Status: 500, Message: "oops"}), 502, "doesn't answer"},
		{"API 503", refused(&hms.Error{Status: 503}), 502, "doesn't answer"},
		{"no answer", refused(&hms.Error{Err: cause}), 502, "doesn't answer"},
		{"held back", refused(&hms.Error{Err: hms.ErrUnavailable, RetryAfter: 3500 * time.Millisecond}), 502, "Nothing was changed. Whether it answers again is tried in 4 s"},
		{"reading held back", fmt.Errorf("read: %w", &hms.Error{Err: hms.ErrUnavailable}), 502, "100ms doesn't answer."},
		{"deadline at the API", &hms.Error{Err: context.DeadlineExceeded}, 502, "doesn't answer"},
		{"anything else", cause, 500, "on our side"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := handlers.Explain(tt.err)
			if tt.status == 0 {
				if e != nil {
					t.Errorf("it says %+v to nobody", e)
				}
				return
			}
			if e == nil {
				t.Fatal("it says nothing")
			}
			said := e.What + " " + e.Why + " " + e.Do
			if e.Status != tt.status || !strings.Contains(said, tt.words) {
				t.Errorf("it answers %d: %s\nwant %d and %q", e.Status, said, tt.status, tt.words)
			}
			if strings.Contains(said, cause.Error()) {
				t.Errorf("the cause is for the log alone: %s", said)
			}
			if _, is := errors.AsType[*ledger.Refused](tt.err); is && e.Link != "/history/op1" {
				t.Errorf("it links %q", e.Link)
			}
		})
	}
}

// connect has the desk talk to the API by another client.
func (d *desk) connect(timeout time.Duration, tries int) {
	d.t.Helper()
	c, err := hms.New(hms.Config{
		BaseURL: d.api.URL + "/v2", AccessKey: sandbox.DemoAccessKey, Secret: sandbox.DemoSecret, Timeout: timeout, Tries: tries,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.ledger = ledger.New(ledger.Config{DB: d.db, HMS: c, Workspace: d.app.Workspace, Key: testKey})
	d.app.HMS, d.app.Ledger = c, d.ledger
}

// vendorFaults is what may come back instead of an answer. Read is the status of a page that needed it; changed, of a
// change that was asked for.
var vendorFaults = []struct {
	name          string
	fault         sandbox.Fault
	read, changed int
	words         string
	outcome       string // of the change
}{
	{"401", sandbox.Fault{Status: 401, Body: `{"code":401,"message":"token is expired"}`}, 502, 502, "refused our key", db.OutcomeFailed},
	{"403 of the key", sandbox.Fault{Status: 403, Body: `{"code":403,"message":"insufficient permissions","details":[]}`}, 502, 502, "refused our key", db.OutcomeFailed},
	{"403 of the state", sandbox.Fault{Status: 403, Body: `{"code":403,"message":"Room is disabled","details":[]}`}, 409, 409, "Room is disabled", db.OutcomeFailed},
	{"404", sandbox.Fault{Status: 404, Body: `{"code":404,"message":"Room not found","details":[]}`}, 404, 404, "Room not found", db.OutcomeFailed},
	{"429", sandbox.Fault{Status: 429, Header: http.Header{"Retry-After": {"75"}}, Body: `{"code":429,"message":"too many"}`}, 503, 503, "slow down", db.OutcomeFailed},
	{"500", sandbox.Fault{Status: 500, Body: `{"code":500,"message":"oops"}`}, 502, 502, "", db.OutcomeUnknown},
	{"cut before", sandbox.Fault{CutBefore: true}, 502, 502, "", db.OutcomeUnknown},
	{"cut after", sandbox.Fault{CutAfter: true}, 502, 502, "", db.OutcomeUnknown},
	{"HTML of a proxy", sandbox.Fault{Status: 502, ContentType: "text/html", Body: "<h1>proxy-page</h1>"}, 502, 502, "", db.OutcomeUnknown},
	{"HTML with 200", sandbox.Fault{ContentType: "text/html", Body: "<h1>proxy-page</h1>"}, 502, 502, "", db.OutcomeUnknown},
	{"broken JSON", sandbox.Fault{Body: `{"id":"66`}, 502, 502, "", db.OutcomeUnknown},
	{"an error with 200", sandbox.Fault{Body: `{"code":500,"message":"in-band"}`}, 502, 502, "", db.OutcomeUnknown},
}

// spoil has the API fail for all requests with this method from now on; "" is any.
func (d *desk) spoil(f sandbox.Fault, method string) {
	f.Method, f.Times = method, 100
	d.box.ClearFaults()
	d.box.FailNext(f)
}

func TestVendorFailsWhileReading(t *testing.T) {
	t.Parallel()
	for _, tt := range vendorFaults {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.connect(5*time.Second, 1)
			room, b := d.apiRoom(), d.as(db.RoleAdmin)
			before := d.state()
			d.spoil(tt.fault, http.MethodGet)
			p := b.get("/rooms/" + room.ID).want(tt.read)
			checkProblem(t, p, tt.words)
			if wait := p.header.Get("Retry-After"); (tt.name == "429") != (wait == "75") {
				t.Errorf("Retry-After is %q", wait)
			}
			d.same(before)
		})
	}
}

func TestVendorFailsWhileChanging(t *testing.T) {
	t.Parallel()
	for _, tt := range vendorFaults {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.connect(5*time.Second, 1)
			room, b := d.apiRoom(), d.as(db.RoleAdmin)
			path := "/rooms/" + room.ID + "/disable"
			v := b.get(path).want(http.StatusOK).form(path)
			d.spoil(tt.fault, http.MethodPost)
			words := tt.words
			if tt.outcome == db.OutcomeUnknown {
				words = "may have been made"
			}
			p := b.post(path, v).want(tt.changed)
			checkProblem(t, p, words)
			rows := d.rows()
			if len(rows) == 0 || rows[0].Phase != db.PhaseIntent {
				t.Fatalf("history is %+v", rows)
			}
			op, err := d.db.Operation(t.Context(), rows[0].Operation)
			if err != nil || op.Outcome != tt.outcome {
				t.Errorf("the operation ended %q, want %q: %v", op.Outcome, tt.outcome, err)
			}
			link := "/history/" + op.ID
			if p.Find(`main a[href="`+link+`"]`).Length() != 1 {
				t.Errorf("the page doesn't link its operation: %s", p.problem())
			}
			b.get(link).want(http.StatusOK)
		})
	}
}

// checkProblem wants a whole page that says what happened, what to do, and by which id to ask about it.
func checkProblem(t *testing.T, p page, words string) {
	t.Helper()
	checkHeaders(t, p)
	if p.Find("h1").Length() != 1 || p.Find("main strong").Text() == "" || !strings.Contains(p.problem(), words) {
		t.Errorf("the page says %q, want %q in it", p.problem(), words)
	}
	if id := p.header.Get("X-Request-Id"); !strings.Contains(p.Find("main").Text(), id) {
		t.Errorf("the page doesn't name its request id %q: %s", id, p.problem())
	}
	for _, never := range []string{"proxy-page", "dial tcp", "127.0.0.1:", "unexpected end of JSON", "goroutine", sandbox.DemoSecret, "eyJ"} {
		if strings.Contains(p.body, never) {
			t.Errorf("the page shows %q: %s", never, p.problem())
		}
	}
}

func TestSlowVendor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	room, b := d.apiRoom(), d.as(db.RoleAdmin)
	path := "/rooms/" + room.ID + "/disable"
	v := b.get(path).want(http.StatusOK).form(path)
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	slow := sandbox.Fault{Hook: func() { <-over }}
	d.connect(50*time.Millisecond, 1)
	d.spoil(slow, "")
	checkProblem(t, b.get("/rooms/"+room.ID).want(http.StatusBadGateway), "doesn't answer")
	d.spoil(slow, http.MethodPost)
	d.connect(3*time.Second, 1) // long enough for the look before the change
	checkProblem(t, b.post(path, v).want(http.StatusBadGateway), "may have been made")
}

// TestVendorIsAway wants everything that can be shown without the API to be shown.
func TestVendorIsAway(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleAdmin)
	made := b.post("/rooms/new", fill(b, "name", "kept-in-the-index")).want(http.StatusSeeOther)
	d.connect(5*time.Second, 1)
	d.api.Close()
	for _, path := range []string{
		"/", "/rooms", "/rooms.csv", made.location, made.location + "?live=1", made.location + "/disable", "/rooms/new",
		"/rooms/new?from=0123456789abcdef01234567", "/history", "/history.csv", "/settings/people", "/settings/sessions", "/readyz",
	} {
		p := b.get(path)
		if p.status != http.StatusOK || strings.Contains(p.body, "connection refused") {
			t.Errorf("%s: status %d: %s", path, p.status, p.problem())
		}
	}
	checkProblem(t, b.get("/rooms/0123456789abcdef01234567").want(http.StatusBadGateway), "doesn't answer")
}

// TestHistoryCannotBeWritten wants no call made, and nothing else done, that couldn't be put on record.
func TestHistoryCannotBeWritten(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b, room := d.as(db.RoleAdmin), d.apiRoom()
	other := d.as(db.RoleViewer)
	disable := "/rooms/" + room.ID + "/disable"
	posts := map[string]url.Values{
		"/rooms/new":                       fill(b, "name", "never-made"),
		disable:                            b.get(disable).form(disable),
		"/rooms/" + room.ID + "/codes":     b.get("/rooms/" + room.ID + "/codes").form("/rooms/" + room.ID + "/codes"),
		"/settings/people":                 personForm(b, "/settings/people"),
		"/settings/people/" + other.who.ID: {"role": {db.RoleAdmin}},
		"/settings/sessions/" + d.sessionOf(other).ID + "/revoke": nil,
		"/settings/sessions/revoke-others":                        nil,
		"/signin":                                                 {"email": {"admin@example.org"}, "password": {testPassword}},
		"/signout":                                                nil,
	}
	d.fullDisk()
	before := d.state()
	for path, v := range posts {
		p := b.post(path, v)
		if p.status != http.StatusServiceUnavailable {
			t.Errorf("%s: status %d, want 503: %s", path, p.status, p.problem())
			continue
		}
		if path == "/rooms/new" { // what was typed is worth more than a page of its own
			if p.form(path).Get("name") != "never-made" || !strings.Contains(p.Find(`[role="alert"]`).Text(), "history can't be written") {
				t.Errorf("the room form comes back with: %s", p.problem())
			}
		} else {
			checkProblem(t, p, "Nothing was changed: history can't be written.")
		}
		d.same(before)
	}
	for _, path := range []string{"/history.csv", "/history.jsonl"} {
		p := b.get(path).want(http.StatusServiceUnavailable)
		if p.header.Get("Content-Disposition") != "" || !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: the problem is sent as a file: %v", path, p.header)
		}
	}
	for _, path := range []string{"/", "/rooms", "/history", "/settings/people"} { // reading goes on
		b.get(path).want(http.StatusOK)
	}
	d.emptyDisk()
	b.post(disable, posts[disable]).want(http.StatusSeeOther) // the form is still good
}

// TestHistoryCannotBeWrittenAtTheDoor wants strangers to learn of it as well.
func TestHistoryCannotBeWrittenAtTheDoor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.stranger()
	v := setUpForm(b, d.app.SetUp.Path())
	d.fullDisk()
	checkProblem(t, b.post("/setup", v).want(http.StatusServiceUnavailable), "history can't be written")
	d.member(db.RoleAdmin)
	for _, password := range []string{testPassword, "not the password at all"} {
		checkProblem(t, b.signIn("admin@example.org", password).want(http.StatusServiceUnavailable), "history can't be written")
	}
	if b.cookie() != "" {
		t.Error("a session was started")
	}
}

// TestPanic lets a handler run into a fault of ours, through the middlewares that have to hold it.
func TestPanic(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.app.SetUp = nil
	b := d.stranger()
	p := b.get("/setup?token=canary-token").want(http.StatusInternalServerError)
	checkProblem(t, p, "Something went wrong on our side.")
	if strings.Contains(p.body, "nil pointer") || strings.Contains(p.body, ".go:") {
		t.Errorf("the page shows the fault: %s", p.problem())
	}
	log := d.log.String()
	if n := strings.Count(log, p.header.Get("X-Request-Id")); n < 2 || !strings.Contains(log, `"msg":"panic"`) || strings.Contains(log, "canary-token") {
		t.Errorf("the log names the request %d times: %s", n, log)
	}
	b.get("/signin").want(http.StatusOK) // the next request is served
}

// TestOurFault breaks the database under a page.
func TestOurFault(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleAdmin)
	d.meddle(`ALTER TABLE index_state RENAME TO index_state_gone`)
	p := b.get("/rooms").want(http.StatusInternalServerError)
	checkProblem(t, p, "Something went wrong on our side.")
	if strings.Contains(p.body, "index_state") {
		t.Errorf("the page shows the fault: %s", p.problem())
	}
	if log := d.log.String(); strings.Count(log, "index_state") != 1 || !strings.Contains(log, `"route":"GET /rooms"`) {
		t.Errorf("the log has not just one line about it: %s", log)
	}
}

// TestLogKeepsSecrets does what brings secrets near the log, and looks for them in it.
func TestLogKeepsSecrets(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const query, wrong = "canary-in-the-query", "canary wrong password"
	secrets := []string{query, wrong, testPassword, newPassword, sandbox.DemoSecret, "eyJ", d.app.SetUp.Path()[len("/setup?token="):], "argon2"}
	first := d.stranger()
	first.post("/setup", setUpForm(first, d.app.SetUp.Path())).want(http.StatusSeeOther)
	secrets = append(secrets, first.cookie())

	b := d.as(db.RoleAdmin)
	secrets = append(secrets, b.cookie())
	b.get("/rooms?q=" + query).want(http.StatusOK)
	b.get("/nope?q=" + query).want(http.StatusNotFound)
	d.stranger().get("/rooms?q=" + query).want(http.StatusSeeOther)
	d.stranger().signIn("admin@example.org", wrong).want(http.StatusUnprocessableEntity)
	d.carrying(b.cookie() + query).get("/").want(http.StatusSeeOther)
	b.change(d.member(db.RoleViewer), "password", newPassword).want(http.StatusSeeOther)

	r := b.request(http.MethodPost, "/signin?q="+query, url.Values{"password": {wrong}})
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.do(r).want(http.StatusForbidden)

	d.connect(5*time.Second, 1)
	d.spoil(sandbox.Fault{Status: 500, Body: `{"message":"oops"}`}, http.MethodGet)
	b.get("/rooms/0123456789abcdef01234567?live=" + query).want(http.StatusBadGateway)
	d.spoil(sandbox.Fault{CutBefore: true}, "")
	b.get("/rooms/new?name=ok&from=0123456789abcdef01234567&q=" + query).want(http.StatusOK)
	d.fullDisk()
	b.get("/history.csv?q=" + query).want(http.StatusServiceUnavailable)
	d.app.SetUp = nil
	d.meddle("DELETE FROM sessions", "DELETE FROM users")
	b.get("/setup?token=" + query).want(http.StatusInternalServerError)

	log := d.log.String()
	if lines := strings.Count(log, `"msg":"request"`); lines < 10 || !strings.Contains(log, `"msg":"panic"`) || !strings.Contains(log, `"user":"`+b.who.ID) {
		t.Fatalf("the log lacks what happened: %s", log)
	}
	for _, secret := range secrets {
		if at := strings.Index(log, secret); at >= 0 {
			t.Errorf("%q stands in the log: …%s", secret, log[max(0, at-200):at+len(secret)])
		}
	}
}
