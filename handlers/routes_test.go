package handlers_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/handlers"
)

// roles are those that a person can have, from the fewest rights to the most.
var roles = []string{db.RoleViewer, db.RoleAuditor, db.RoleOperator, db.RoleAdmin}

func TestWalk(t *testing.T) {
	routes := newDesk(t).app.Routes()
	known := map[string]bool{}
	for _, rt := range routes {
		name := rt.Method + " " + rt.Path
		known[name] = true
		v, ok := visits[name]
		if !ok {
			t.Errorf("%s has no visit: say how to call it and who may", name)
			continue
		}
		t.Run(strings.ReplaceAll(name, "/", "|"), func(t *testing.T) {
			t.Parallel()
			walk{newDesk(t), rt, v}.run()
		})
		if rt.Method == http.MethodPost && (rt.Records == "") == (rt.Unrecorded == "") {
			t.Errorf("%s has to name either the action it records or why it records none", name)
		}
		if (strings.HasSuffix(rt.Path, ".csv") || strings.HasSuffix(rt.Path, ".jsonl")) && rt.Records == "" {
			t.Errorf("%s is an export, and records none", name)
		}
		if rt.Method == http.MethodPost && !slices.ContainsFunc(routes, func(o handlers.Route) bool { return o.Method == "GET" && o.Path == rt.Path }) {
			t.Errorf("%s has no GET: a reload after it, or coming back from sign-in, would find nothing", name)
		}
	}
	for name := range maps.Keys(visits) {
		if !known[name] {
			t.Errorf("the visit to %s has no route", name)
		}
	}
}

// walk is one route on a desk of its own.
type walk struct {
	*desk
	route handlers.Route
	visit visit
}

func (w walk) run() {
	if w.visit.least == "" {
		w.asAnybody()
		return
	}
	for _, method := range []string{http.MethodGet, w.route.Method} {
		w.asStranger(method)
	}
	for _, role := range roles {
		if slices.Index(roles, role) < slices.Index(roles, w.visit.least) {
			w.refused(role)
		} else {
			w.succeeds(w.as(role))
		}
	}
	w.crossSite(w.as(db.RoleAdmin))
}

// asAnybody visits a route that needs no session: first with none, then with each role.
func (w walk) asAnybody() {
	w.t.Helper()
	if w.route.Path == "/signin" {
		w.member(db.RoleViewer)
	}
	w.crossSite(w.stranger())
	w.succeeds(w.stranger())
	for _, role := range roles {
		b := w.as(role)
		if p := b.send(w.route.Method, w.at(b), url.Values{}); p.status == http.StatusForbidden || strings.HasPrefix(p.location, "/signin?") {
			w.t.Errorf("%s: status %d, to %q: this is for everybody", role, p.status, p.location)
		}
	}
}

// at is the route's path with its values filled in.
func (w walk) at(b *browser) string {
	w.t.Helper()
	if w.visit.path != nil {
		return w.visit.path(w.desk, b)
	}
	return w.route.Path
}

// filled is the form that b would send to path.
func (w walk) filled(b *browser, path string) url.Values {
	w.t.Helper()
	if w.visit.form == nil || w.route.Method != http.MethodPost {
		return url.Values{}
	}
	if w.route.Path == "/setup" {
		return w.visit.form(b, w.app.SetUp.Path())
	}
	return w.visit.form(b, path)
}

// asStranger is sent to the sign-in page, and remembered where to go from there.
func (w walk) asStranger(method string) {
	w.t.Helper()
	path := w.at(w.as(db.RoleAdmin)) + "?q=a%26b"
	before := w.state()
	p := w.desk.stranger().send(method, path, url.Values{}).want(http.StatusSeeOther)
	if want := "/signin?next=" + url.QueryEscape(path); p.location != want {
		w.t.Errorf("%s without a session leads to %s, want %s", method, p.location, want)
	}
	checkHeaders(w.t, p)
	w.same(before)
}

// refused is told that the role is too small, and nothing happens.
func (w walk) refused(role string) {
	w.t.Helper()
	admin, b := w.as(db.RoleAdmin), w.as(role)
	path := w.at(admin)
	form := w.filled(admin, path)
	before := w.state()
	p := b.send(w.route.Method, path, form).want(http.StatusForbidden)
	if !strings.Contains(p.problem(), "Your role can't do this.") || !strings.Contains(p.problem(), role) {
		w.t.Errorf("the %s is told %q", role, p.problem())
	}
	checkHeaders(w.t, p)
	w.same(before)
}

// succeeds visits the route as it is meant, and finds in history just what it has to leave.
func (w walk) succeeds(b *browser) {
	w.t.Helper()
	path := w.at(b)
	form := w.filled(b, path)
	before, last := w.state(), w.lastRow()
	p := b.send(w.route.Method, path, form)
	if p.status != w.status() {
		w.t.Fatalf("%s: status %d, want %d\n%s", b.who.Role, p.status, w.status(), p.problem())
	}
	checkHeaders(w.t, p)
	left := w.rows()
	left = left[slices.IndexFunc(left, func(row db.Row) bool { return row.Seq == last })+1:]
	if diff := cmp.Diff(w.leaves(), phases(left)); diff != "" {
		w.t.Errorf("%s: what the visit left in history (-want +got):\n%s", b.who.Role, diff)
	}
	if len(left) > 1 && left[0].Phase == db.PhaseIntent && left[0].Operation != left[1].Operation {
		w.t.Errorf("intent and outcome have the operations %q and %q", left[0].Operation, left[1].Operation)
	}
	for _, row := range left {
		if row.ActorKind != "user" || row.ActorID == "" || row.IP != "127.0.0.1" || row.RequestID == "" || (b.who.ID != "" && row.ActorID != b.who.ID) {
			w.t.Errorf("the row doesn't say who, from where, with which request: %+v", row)
		}
	}
	if len(w.leaves()) == 0 {
		w.same(before)
	}
}

// lastRow is the number of the newest row of history; 0: there is none.
func (w walk) lastRow() int64 {
	w.t.Helper()
	n, err := w.db.HistoryLen(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w walk) status() int {
	switch {
	case w.visit.status != 0:
		return w.visit.status
	case w.route.Method == http.MethodPost:
		return http.StatusSeeOther
	}
	return http.StatusOK
}

// leaves is "action phase" of each row that a success leaves: a note for what happens in one step, else a pair.
func (w walk) leaves() []string {
	var list []string
	switch action := w.route.Records; action {
	case "":
	case "user.signin", "user.signout", "history.export", "history.verify", "history.backup", "room.export", "template.export", "operation.settle":
		list = []string{action + " note"}
	default:
		list = []string{action + " intent", action + " done"}
	}
	return append(list, w.visit.leaves...)
}

// phases is "action phase" of each row.
func phases(rows []db.Row) []string {
	var list []string
	for _, row := range rows {
		list = append(list, row.Action+" "+row.Phase)
	}
	return list
}

// crossSite posts what would succeed from another site's page.
func (w walk) crossSite(b *browser) {
	w.t.Helper()
	if w.route.Method != http.MethodPost {
		return
	}
	path := w.at(b)
	form := w.filled(b, path)
	before := w.state()
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		r := b.request(http.MethodPost, path, form)
		r.Header.Del("Sec-Fetch-Site")
		r.Header.Set(name, value)
		p := b.do(r).want(http.StatusForbidden)
		checkHeaders(w.t, p)
		w.same(before)
	}
}

// state is all that a request could change: history, people, sessions, and what the API holds and was asked to change.
func (d *desk) state() string {
	d.t.Helper()
	users, err := d.db.Users(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	sessions, err := d.app.Sessions.Sessions(d.t.Context(), "")
	if err != nil {
		d.t.Fatal(err)
	}
	all, err := json.MarshalIndent([]any{d.rows(), users, sessions, d.boxed(), d.box.Calls(http.MethodPost, "")}, "", " ")
	if err != nil {
		d.t.Fatal(err)
	}
	return string(all)
}

// same fails when anything changed since before.
func (d *desk) same(before string) {
	d.t.Helper()
	if diff := cmp.Diff(before, d.state()); diff != "" {
		d.t.Errorf("something was changed:\n%s", diff)
	}
}

// request is a request as a browser sends it from a page of ours.
func (b *browser) request(method, path string, v url.Values) *http.Request {
	b.t.Helper()
	body := ""
	if method != http.MethodGet {
		body = v.Encode()
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return r
}

func (b *browser) send(method, path string, v url.Values) page {
	b.t.Helper()
	return b.do(b.request(method, path, v))
}

// checkHeaders fails unless the answer has what keeps browsers strict.
func checkHeaders(t *testing.T, p page) {
	t.Helper()
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		"Cache-Control": "no-store",
	} {
		if got := p.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	csp := p.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("Content-Security-Policy lacks %s: %q", part, csp)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("Content-Security-Policy allows inline code: %q", csp)
	}
	if p.header.Get("X-Request-Id") == "" {
		t.Error("the answer has no request id")
	}
}
