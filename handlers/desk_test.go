package handlers_test

import (
	"cmp"
	"crypto/ed25519"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"roomledger/db"
	"roomledger/db/dbtest"
	"roomledger/db/seal"
	"roomledger/handlers"
	"roomledger/handlers/jobs"
	"roomledger/handlers/ledger"
	"roomledger/web"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// desk is the whole program but for its command line: the real router, a real SQLite file, and the sandbox over HTTP.
type desk struct {
	t       *testing.T
	dir     string // of the database
	app     *handlers.App
	db      *db.DB
	box     *sandbox.Server
	api     *httptest.Server
	web     *httptest.Server
	log     *lockedBuffer
	ledger  *ledger.Ledger
	members map[string]db.User
	ended   atomic.Int64 // calls to the API whose answer has come, or won't
}

// lockedBuffer keeps what is logged.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var testKey = []byte("a key for tests, thirty-two bytes")[:32]

// deskOptions say how a desk differs from the usual one. The zero value is the usual one.
type deskOptions struct {
	dir       string           // of a database that is there already
	box       *sandbox.Server  // an API that runs already; its owner closes it
	clock     func() time.Time // the API's
	timeout   time.Duration    // of one attempt at the API
	tries     int              // at the API
	holdBack  time.Duration    // once the API has stopped answering
	workspace string           // id
}

// newDesk starts a desk on an empty database. Everything ends with the test.
func newDesk(t *testing.T) *desk {
	t.Helper()
	return newDeskWith(t, deskOptions{})
}

func newDeskWith(t *testing.T, o deskOptions) *desk {
	t.Helper()
	if o.dir == "" {
		o.dir = t.TempDir()
	}
	box := o.box
	if box == nil {
		box = newBox(t, o.clock)
	}
	d := &desk{t: t, dir: o.dir, db: dbtest.OpenDir(t, o.dir), box: box, log: &lockedBuffer{}, members: map[string]db.User{}}
	d.api = httptest.NewServer(box)
	t.Cleanup(d.api.Close)
	log := slog.New(slog.NewJSONHandler(d.log, nil))
	client, err := hms.New(hms.Config{
		BaseURL: d.api.URL + "/v2", AccessKey: sandbox.DemoAccessKey, Secret: sandbox.DemoSecret,
		Timeout: cmp.Or(o.timeout, 5*time.Second), Tries: o.tries, HoldBack: o.holdBack,
		Observe: func(hms.Call) { d.ended.Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ws := db.Workspace{ID: cmp.Or(o.workspace, "sandbox"), Name: "Sandbox", Sandbox: true}
	if err := d.db.InTx(t.Context(), func(tx *db.Tx) error { return tx.PutWorkspace(ws) }); err != nil {
		t.Fatal(err)
	}
	d.ledger = ledger.New(ledger.Config{DB: d.db, HMS: client, Workspace: ws, Key: testKey, Signer: testSigner(t), Log: log})
	d.app = &handlers.App{
		DB: d.db, HMS: client, Ledger: d.ledger, Jobs: jobs.New(d.ledger, d.db, ws.ID, log), Workspace: ws,
		Sessions: db.NewSessionStore(d.db, db.SessionOptions{Name: "roomledger", Idle: time.Hour, Absolute: 24 * time.Hour}, testKey),
		Flashes:  web.NewFlashes("roomledger_flash", testKey, testKey, false),
		Prepared: prepared(),
		Metrics:  web.NewMetrics(), SetUp: handlers.NewSetUpLink(), Throttles: handlers.NewThrottles(time.Now),
		Log: log, Now: time.Now,
	}
	h, err := d.app.Handler()
	if err != nil {
		t.Fatal(err)
	}
	d.web = httptest.NewServer(h)
	t.Cleanup(d.web.Close)
	return d
}

// newBox is an API in memory, by the given clock.
func newBox(t *testing.T, clock func() time.Time) *sandbox.Server {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	return box
}

// prepared is a desk that waits for no first admin.
func prepared() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// testPassword is every member's, and testHash its hash at the least cost: with the usual one, which is slow by design,
// checking it is most of what many a test does.
const (
	testPassword = "four words for tests"
	testHash     = "$argon2id$v=19$m=8,t=1,p=1$c2FsdCBmb3IgdGhlIHRlc3Rz$Uw5E1emv6JXndE/iTwAdiw"
)

// member is a user with this role, made once.
func (d *desk) member(role string) db.User {
	d.t.Helper()
	if u, ok := d.members[role]; ok {
		return u
	}
	now := time.Now()
	u := db.User{ID: db.NewID(), Email: role + "@example.org", Role: role, CreatedAt: now, UpdatedAt: now}
	if err := d.db.InTx(d.t.Context(), func(tx *db.Tx) error { return tx.CreateUser(u, testHash) }); err != nil {
		d.t.Fatal(err)
	}
	d.members[role] = u
	return u
}

// browser is somebody in front of the desk, with cookies. Redirects aren't followed, so that tests see them.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
	who  db.User // zero: a stranger
}

// stranger is a browser without a session.
func (d *desk) stranger() *browser {
	d.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return &browser{t: d.t, base: d.web.URL, http: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// as is a browser with a session of a user with this role.
func (d *desk) as(role string) *browser {
	d.t.Helper()
	b := d.stranger()
	u := d.member(role)
	b.who = u
	var cookie *http.Cookie
	err := d.db.InTx(d.t.Context(), func(tx *db.Tx) (err error) {
		cookie, err = d.app.Sessions.Begin(tx, httptest.NewRequest(http.MethodGet, "/", nil), u, "127.0.0.1")
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	at, err := url.Parse(d.web.URL)
	if err != nil {
		d.t.Fatal(err)
	}
	b.http.Jar.SetCookies(at, []*http.Cookie{cookie})
	return b
}

// page is an answer.
type page struct {
	*goquery.Document
	t        *testing.T
	status   int
	header   http.Header
	body     string
	location string
}

func (b *browser) do(r *http.Request) page {
	b.t.Helper()
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	if err != nil {
		b.t.Fatal(err)
	}
	return page{Document: doc, t: b.t, status: resp.StatusCode, header: resp.Header, body: string(body), location: resp.Header.Get("Location")}
}

func (b *browser) get(path string) page {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

func (b *browser) post(path string, v url.Values) page {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+path, strings.NewReader(v.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// want fails unless the answer has this status.
func (p page) want(status int) page {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("status %d, want %d\n%s", p.status, status, p.problem())
	}
	return p
}

// problem is what the page says went wrong, to be shown by a failing test.
func (p page) problem() string {
	text := strings.Join(strings.Fields(p.Find("main").Text()), " ")
	return text[:min(len(text), 600)]
}

// message is the text at a field, without what is around it.
func (p page) message(field string) string {
	return strings.TrimSpace(p.Find(`[id="` + field + `-error"]`).Text())
}

// form is what the page's form would send as it stands: every control with a name, as a browser would.
func (p page) form(action string) url.Values {
	p.t.Helper()
	f := p.Find(`form[action="` + action + `"]`).First()
	if f.Length() == 0 {
		p.t.Fatalf("no form that posts to %s", action)
	}
	v := url.Values{}
	f.Find("input[name], select[name], textarea[name]").Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("name", "")
		switch {
		case goquery.NodeName(s) == "textarea":
			v.Add(name, strings.TrimPrefix(s.Text(), "\n"))
		case goquery.NodeName(s) == "select":
			option := s.Find("option[selected]")
			if option.Length() == 0 {
				option = s.Find("option").First()
			}
			v.Add(name, option.AttrOr("value", option.Text()))
		case s.AttrOr("type", "") == "radio" || s.AttrOr("type", "") == "checkbox":
			if _, on := s.Attr("checked"); on {
				v.Add(name, s.AttrOr("value", "on"))
			}
		case s.AttrOr("type", "") == "submit":
		default:
			v.Add(name, s.AttrOr("value", ""))
		}
	})
	return v
}

// rows is the whole of history.
func (d *desk) rows() []db.Row {
	d.t.Helper()
	var rows []db.Row
	err := d.db.EachRow(d.t.Context(), db.OperationQuery{}, func(r *db.Row) error {
		rows = append(rows, *r)
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return rows
}

// boxed is what the API holds.
func (d *desk) boxed() []sandbox.RoomState {
	d.t.Helper()
	rooms, err := d.box.Rooms()
	if err != nil {
		d.t.Fatal(err)
	}
	return rooms
}

// testSigner signs with a key that is the same in every test.
func testSigner(t testing.TB) *seal.Signer {
	t.Helper()
	signer, err := seal.NewSigner(ed25519.NewKeyFromSeed(testKey[:ed25519.SeedSize]))
	if err != nil {
		t.Fatalf("signer: %v", err)
	}
	return signer
}
