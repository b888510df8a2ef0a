package handlers_test

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"roomledger/db"
	"roomledger/web/sandbox"
)

// meddle runs statements on the database file as another process would.
func (d *desk) meddle(statements ...string) {
	d.t.Helper()
	other, err := sql.Open("sqlite3", "file:"+filepath.Join(d.dir, db.FileName)+"?_busy_timeout=5000")
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() {
		if err := other.Close(); err != nil {
			d.t.Error(err)
		}
	}()
	for _, s := range statements {
		if _, err := other.ExecContext(d.t.Context(), s); err != nil {
			d.t.Fatalf("%s: %v", s, err)
		}
	}
}

// fullDisk makes every new row of history fail, as a full disk would.
func (d *desk) fullDisk() {
	d.t.Helper()
	d.meddle(`CREATE TRIGGER full_disk BEFORE INSERT ON history BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`)
}

// emptyDisk ends fullDisk.
func (d *desk) emptyDisk() {
	d.t.Helper()
	d.meddle(`DROP TRIGGER full_disk`)
}

// lock holds the database as a process would that writes for long, until the function it returns is called.
func (d *desk) lock() (release func()) {
	d.t.Helper()
	other, err := sql.Open("sqlite3", "file:"+filepath.Join(d.dir, db.FileName)+"?_busy_timeout=5000&_txlock=immediate")
	if err != nil {
		d.t.Fatal(err)
	}
	tx, err := other.BeginTx(d.t.Context(), nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return func() {
		d.t.Helper()
		if err := tx.Rollback(); err != nil {
			d.t.Error(err)
		}
		if err := other.Close(); err != nil {
			d.t.Error(err)
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, b := range []*browser{d.stranger(), d.as(db.RoleViewer), d.carrying("forged")} {
		for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\napi: ok\n"} {
			p := b.get(path).want(http.StatusOK)
			if p.body != want || !strings.HasPrefix(p.header.Get("Content-Type"), "text/plain") {
				t.Errorf("%s answers %q as %s", path, p.body, p.header.Get("Content-Type"))
			}
		}
	}
	if rows := d.rows(); len(rows) != 0 {
		t.Errorf("probes left %+v in history", rows)
	}
}

func TestNotReady(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(*desk) (mend func())
	}{
		{"writing fails", func(d *desk) func() {
			d.meddle(`CREATE TRIGGER no_ready BEFORE UPDATE ON ready BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`)
			return func() { d.meddle(`DROP TRIGGER no_ready`) }
		}},
		{"locked by another process", func(d *desk) func() { return d.lock() }},
		{"the head of history is not what it was", func(d *desk) func() {
			operationPath(d, nil)
			d.meddle(`UPDATE operations SET last_seq = last_seq + 1`)
			return func() { d.meddle(`UPDATE operations SET last_seq = last_seq - 1`) }
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			b := d.stranger()
			b.get("/readyz").want(http.StatusOK)
			mend := tt.spoil(d)
			if p := b.get("/readyz").want(http.StatusServiceUnavailable); p.body != "history can't be written\n" {
				t.Errorf("it answers %q", p.body)
			}
			b.get("/healthz").want(http.StatusOK) // the process is fine
			mend()
			b.get("/readyz").want(http.StatusOK)
		})
	}
}

// label finds one label of a sample, its name and its value.
var label = regexp.MustCompile(`(\w+)="([^"]*)"`)

func TestMetrics(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleAdmin)
	const canary = "canary-in-a-path"
	before := b.get("/metrics").want(http.StatusOK)
	for i := range 30 {
		s := strconv.Itoa(i)
		b.get("/rooms?q=" + canary + s)
		b.get("/rooms/" + canary + s)
		b.get("/" + canary + s)
		b.get("/history/" + canary + s)
		b.send(canary+s, "/rooms", nil)
	}
	b.stranger().get("/" + canary)
	p := d.stranger().get("/metrics").want(http.StatusOK)
	for _, secret := range []string{canary, b.cookie(), b.who.Email, sandbox.DemoSecret, sandbox.DemoAccessKey} {
		if strings.Contains(p.body, secret) {
			t.Errorf("%q stands in the metrics", secret)
		}
	}
	if !strings.Contains(p.body, `pattern="/rooms/{id}"`) {
		t.Error("the metrics don't count by route")
	}
	if grown := strings.Count(p.body, "\n") - strings.Count(before.body, "\n"); grown > 120 {
		t.Errorf("the metrics grew by %d lines for a handful of routes", grown)
	}
	methods := []string{"GET", "POST", "PUT", "OTHER"}
	for _, found := range label.FindAllStringSubmatch(p.body, -1) {
		if found[1] == "method" && !slices.Contains(methods, found[2]) {
			t.Errorf("the method %q has a label of its own", found[2])
		}
	}
}

// stranger is another browser at the same desk, without a session.
func (b *browser) stranger() *browser {
	return &browser{t: b.t, base: b.base, http: &http.Client{CheckRedirect: b.http.CheckRedirect}}
}
