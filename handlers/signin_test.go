package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/handlers"
)

// signIn fills in the sign-in page and sends it.
func (b *browser) signIn(email, password string) page {
	b.t.Helper()
	v := b.get("/signin").want(http.StatusOK).form("/signin")
	v.Set("email", email)
	v.Set("password", password)
	return b.post("/signin", v)
}

// cookies are those that the browser would send to the desk.
func (b *browser) cookies() []*http.Cookie {
	b.t.Helper()
	at, err := url.Parse(b.base)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.http.Jar.Cookies(at)
}

// cookie is the value of the browser's session cookie, "" when it has none.
func (b *browser) cookie() string {
	b.t.Helper()
	for _, c := range b.cookies() {
		if c.Name == "roomledger" {
			return c.Value
		}
	}
	return ""
}

// carrying is a browser with this session cookie.
func (d *desk) carrying(value string) *browser {
	d.t.Helper()
	b := d.stranger()
	at, err := url.Parse(d.web.URL)
	if err != nil {
		d.t.Fatal(err)
	}
	b.http.Jar.SetCookies(at, []*http.Cookie{{Name: "roomledger", Value: value, Path: "/"}})
	return b
}

// signedIn says whether the browser gets the overview.
func (b *browser) signedIn() bool {
	b.t.Helper()
	p := b.get("/")
	if p.status != http.StatusOK && p.location != "/signin" {
		b.t.Fatalf("the overview answers %d, to %q", p.status, p.location)
	}
	return p.status == http.StatusOK
}

// clock is a time that only moves when it is told to.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2031, 3, 9, 8, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// restart serves the app anew, after a change of what its router is made from.
func (d *desk) restart() {
	d.t.Helper()
	h, err := d.app.Handler()
	if err != nil {
		d.t.Fatal(err)
	}
	d.web = httptest.NewServer(h)
	d.t.Cleanup(d.web.Close)
}

// onDisk is every file of the database, byte for byte.
func (d *desk) onDisk() string {
	d.t.Helper()
	files, err := filepath.Glob(filepath.Join(d.dir, "*"))
	if err != nil || len(files) == 0 {
		d.t.Fatalf("files of the database: %v, %v", files, err)
	}
	var all strings.Builder
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			d.t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	user := d.member(db.RoleOperator)
	b := d.stranger()
	p := b.signIn(" Operator@Example.ORG ", testPassword).want(http.StatusSeeOther)
	if p.location != "/" || !b.signedIn() {
		t.Errorf("sign-in leads to %q", p.location)
	}
	set := (&http.Response{Header: p.header}).Cookies()
	if len(set) != 1 || !set[0].HttpOnly || set[0].SameSite != http.SameSiteLaxMode || set[0].Path != "/" || set[0].Domain != "" || set[0].MaxAge <= 0 {
		t.Errorf("sign-in sets the cookies %v", set)
	}
	rows := d.rows()
	if len(rows) != 1 {
		t.Fatalf("history is %+v, want one note", rows)
	}
	got := []string{rows[0].Action, rows[0].Phase, rows[0].ActorID, rows[0].ActorName, rows[0].TargetID, rows[0].IP, rows[0].UserAgent, rows[0].Error}
	want := []string{"user.signin", "note", user.ID, user.Email, user.ID, "127.0.0.1", "Go-http-client/1.1", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the note (-want +got):\n%s", diff)
	}
	if p := b.get("/signin?next=/rooms").want(http.StatusSeeOther); p.location != "/rooms" {
		t.Errorf("who is signed in gets from the sign-in page to %q", p.location)
	}
}

func TestSignInOverHTTPSSetsSecureCookies(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.app.BaseURL = "https://desk.example.org"
	d.app.Sessions = db.NewSessionStore(d.db, db.SessionOptions{Name: "__Host-roomledger", Secure: true}, testKey)
	d.restart()
	d.member(db.RoleViewer)
	p := d.stranger().signIn("viewer@example.org", testPassword).want(http.StatusSeeOther)
	set := (&http.Response{Header: p.header}).Cookies()
	if len(set) != 1 || !set[0].Secure || !set[0].HttpOnly || set[0].Path != "/" || set[0].Domain != "" {
		t.Errorf("sign-in sets the cookies %v", set)
	}
	if p.header.Get("Strict-Transport-Security") == "" {
		t.Error("the answer has no Strict-Transport-Security")
	}
}

// TestRefusedSignIn wants one answer for all who are refused: nobody learns which account there is.
func TestRefusedSignIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	known := d.member(db.RoleOperator)
	gone := d.member(db.RoleViewer)
	d.disable(gone)
	const typed = "my-whole-secret-in-the-wrong-field"
	tests := []struct {
		name, email, password string
		actor                 string // of the row; "": a mark
	}{
		{"wrong password", known.Email, "some other long words", known.Email},
		{"empty-looking password", known.Email, " ", known.Email},
		{"password with NUL", known.Email, testPassword + "\x00", known.Email},
		{"password not UTF-8", known.Email, testPassword + "\xff\xfe", known.Email},
		{"password in another case", known.Email, strings.ToUpper(testPassword), known.Email},
		{"disabled", gone.Email, testPassword, gone.Email},
		{"unknown account", "nobody@example.org", testPassword, ""},
		{"password as account", typed, "typed-below-it-again", ""},
		{"SQL as account", "' OR 1=1 --", testPassword, ""},
	}
	words := ""
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d.app.Throttles = handlers.NewThrottles(time.Now)
			before := len(d.rows())
			b := d.stranger()
			p := b.signIn(tt.email, tt.password).want(http.StatusUnprocessableEntity)
			if words == "" {
				words = p.problem()
			}
			if p.problem() != words || words == "" {
				t.Errorf("the page says %q, for others it says %q", p.problem(), words)
			}
			if got := p.form("/signin"); got.Get("password") != "" || got.Get("email") != tt.email {
				t.Errorf("the form comes back with %v", got)
			}
			if tt.password != " " && strings.Contains(p.body, tt.password) {
				t.Error("the page echoes the password")
			}
			if p.Find(`[role="alert"]`).Length() != 1 || !strings.HasPrefix(p.Find("title").Text(), "Error: ") {
				t.Error("the page has no summary, or no title that says so")
			}
			if b.cookie() != "" || b.signedIn() {
				t.Error("a session was started")
			}
			rows := d.rows()[before:]
			if len(rows) != 1 || rows[0].Action != "user.signin" || rows[0].Phase != db.PhaseNote || rows[0].Error == "" {
				t.Fatalf("history got %+v, want one note with an error", rows)
			}
			if marked := strings.HasPrefix(rows[0].ActorName, "hmac-sha256:"); rows[0].ActorName != tt.actor && (tt.actor != "" || !marked) {
				t.Errorf("the row's actor is %q, want %q or a mark", rows[0].ActorName, tt.actor)
			}
		})
	}
	for _, secret := range []string{typed, "typed-below-it-again", "nobody@example.org", testPassword, "OR 1=1"} {
		if strings.Contains(d.onDisk(), secret) {
			t.Errorf("%q stands in the database", secret)
		}
		if strings.Contains(d.log.String(), secret) {
			t.Errorf("%q stands in the log", secret)
		}
	}
	if !strings.Contains(d.onDisk(), known.Email) {
		t.Error("the search of the database finds nothing, not even what is there")
	}
}

// disable shuts somebody out, without a word in history.
func (d *desk) disable(u db.User) {
	d.t.Helper()
	if err := d.db.InTx(d.t.Context(), func(tx *db.Tx) error { return tx.SetUserDisabled(u.ID, true) }); err != nil {
		d.t.Fatal(err)
	}
}

func TestSignInInput(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.member(db.RoleViewer)
	const mail = "viewer@example.org"
	huge := strings.Repeat("x", 1<<20)
	tests := []struct {
		name  string
		form  url.Values
		field string
	}{
		{"nothing", nil, "email"},
		{"no email", url.Values{"password": {testPassword}}, "email"},
		{"blank email", url.Values{"email": {" \t "}, "password": {testPassword}}, "email"},
		{"no password", url.Values{"email": {mail}}, "password"},
		{"huge email", url.Values{"email": {huge}, "password": {testPassword}}, "email"},
		{"huge password", url.Values{"email": {mail}, "password": {huge}}, "password"},
		{"NUL in the email", url.Values{"email": {mail + "\x00"}, "password": {testPassword}}, "email"},
		{"email not UTF-8", url.Values{"email": {"\xff\xfe@example.org"}, "password": {testPassword}}, "email"},
		{"line break in the email", url.Values{"email": {"viewer@\nexample.org"}, "password": {testPassword}}, "email"},
		{"two emails", url.Values{"email": {mail, "admin@example.org"}, "password": {testPassword}}, "email"},
		{"two passwords", url.Values{"email": {mail}, "password": {"guess one", testPassword}}, "password"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := d.stranger().post("/signin", tt.form).want(http.StatusUnprocessableEntity)
			if p.message(tt.field) == "" {
				t.Errorf("no message at %s: %s", tt.field, p.problem())
			}
			if p.Find(`#`+tt.field+`[aria-invalid="true"][aria-describedby~="`+tt.field+`-error"]`).Length() != 1 {
				t.Error("the message isn't tied to its field")
			}
			if strings.Contains(p.body, testPassword) || strings.Contains(p.body, huge[:2000]) && tt.field == "password" {
				t.Error("the page echoes the password")
			}
		})
	}
	if rows := d.rows(); len(rows) != 0 {
		t.Errorf("history is %+v: nothing was tried", rows)
	}
}

func TestSignInOtherBodies(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tests := []struct {
		name, kind, body string
		status           int
	}{
		{"JSON", "application/json", `{"email":"a@b.example","password":"x"}`, http.StatusUnsupportedMediaType},
		{"no type", "", "email=a", http.StatusUnsupportedMediaType},
		{"bad escape", "application/x-www-form-urlencoded", "email=%zz", http.StatusBadRequest},
		{"too large", "application/x-www-form-urlencoded", "email=" + strings.Repeat("x", 3<<20), http.StatusRequestEntityTooLarge},
		{"too many fields", "application/x-www-form-urlencoded", strings.Repeat("a=&", 6000), http.StatusRequestEntityTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := d.stranger()
			r := b.request(http.MethodPost, "/signin", nil)
			body := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.body))
			r.Body, r.ContentLength = body.Body, body.ContentLength
			r.Header.Set("Content-Type", tt.kind)
			p := b.do(r).want(tt.status)
			checkHeaders(t, p)
			if p.Find("h1").Text() == "" || p.Find("main strong").Text() == "" {
				t.Errorf("the page doesn't say what happened and what to do: %s", p.problem())
			}
		})
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.member(db.RoleViewer)
	tests := []struct{ next, want string }{
		{"", "/"},
		{"/rooms", "/rooms"},
		{"/rooms?q=a%26b&sort=name#top", "/rooms?q=a%26b&sort=name#top"},
		{"https://evil.example/", "/"},
		{"//evil.example/", "/"},
		{"///evil.example", "/"},
		{`/\evil.example`, "/"},
		{`\\evil.example`, "/"},
		{"/\t/evil.example", "/"},
		{"/\n/evil.example", "/"},
		{"/rooms\r\nSet-Cookie: roomledger=x", "/"},
		{"/..//evil.example", "/"},
		{"javascript:alert(1)", "/"},
		{"rooms", "/"},
		{"@evil.example", "/"},
		{"/\x00", "/"},
		{"/\xff", "/"},
		{"/%zz", "/"},
		{"/" + strings.Repeat("x", 5000), "/"},
	}
	signedIn := d.as(db.RoleViewer)
	for _, tt := range tests {
		b := d.stranger()
		v := b.get("/signin?next=" + url.QueryEscape(tt.next)).want(http.StatusOK).form("/signin")
		if got := v.Get("next"); got != tt.want {
			t.Errorf("the form for next=%q goes on to %q, want %q", tt.next, got, tt.want)
		}
		p := b.post("/signin", url.Values{"email": {"viewer@example.org"}, "password": {testPassword}, "next": {tt.next}}).want(http.StatusSeeOther)
		if p.location != tt.want {
			t.Errorf("posted next=%q leads to %q, want %q", tt.next, p.location, tt.want)
		}
		if p := signedIn.get("/signin?next=" + url.QueryEscape(tt.next)).want(http.StatusSeeOther); p.location != tt.want {
			t.Errorf("signed in, next=%q leads to %q, want %q", tt.next, p.location, tt.want)
		}
	}
}
