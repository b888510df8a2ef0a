package main

import (
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roomledger/db"
	"roomledger/web/sandbox"
)

func TestServeSetsUpOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	r := serving(t, dir, nil)
	found := setUpLink.FindStringSubmatch(r.out.String())
	if found == nil {
		t.Fatalf("no set-up link\n%s", r.out)
	}
	link := found[1]
	b := newBrowser(t)
	b.want(t, http.StatusOK, r.base+link, nil)
	first := url.Values{"token": {strings.Repeat("x", 26)}, "email": {adminEmail}, "password": {adminPassword}}
	b.want(t, http.StatusForbidden, r.base+"/setup", first)
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	first.Set("token", u.Query().Get("token"))
	b.want(t, http.StatusSeeOther, r.base+"/setup", first)
	b.want(t, http.StatusOK, r.base+"/settings/people", nil)

	again := newBrowser(t)
	first.Set("email", "second@example.org")
	if p := again.want(t, http.StatusSeeOther, r.base+"/setup", first); p.location != "/signin" {
		t.Errorf("the link, used again, leads to %s", p.location)
	}
	if p := again.want(t, http.StatusSeeOther, r.base+link, nil); p.location != "/signin" {
		t.Errorf("the link, opened again, leads to %s", p.location)
	}
	if users := cli(t, nil, "", "user", "list", "-data", dir); strings.Count(users.out, "\n") != 2 || !strings.Contains(users.out, adminEmail) {
		t.Errorf("the users are\n%s", users.out)
	}
	secretsKept(t, r, adminPassword)
	r.end()
	if r := serving(t, dir, nil); setUpLink.MatchString(r.out.String()) {
		t.Errorf("a set-up link although there is an admin\n%s", r.out)
	}
}

// secretsKept fails when the program wrote one of these down, be it to its output, its log or its files.
func secretsKept(t *testing.T, r *running, secrets ...string) {
	t.Helper()
	written := map[string]string{"the output": r.out.String(), "the log": r.log.String()}
	err := filepath.WalkDir(r.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		written[path] = string(text)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for where, text := range written {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%q stands in %s", secret, where)
			}
		}
	}
}

func TestServeMakesTheFirstAdmin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := serving(t, dir, withAdmin(nil), "-log", "json")
	newBrowser(t).signIn(t, r.base, adminEmail, adminPassword)
	r.end()
	if setUpLink.MatchString(r.out.String()) {
		t.Errorf("a set-up link although there is an admin\n%s", r.out)
	}
	secretsKept(t, r, adminPassword)
	for line := range strings.Lines(r.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("log line is not JSON: %s", line)
		}
	}

	other := environment{"ROOMLEDGER_ADMIN_EMAIL": "other@example.org", "ROOMLEDGER_ADMIN_PASSWORD": adminPassword}
	r = serving(t, dir, other)
	newBrowser(t).want(t, http.StatusUnprocessableEntity, r.base+"/signin", url.Values{"email": {"other@example.org"}, "password": {adminPassword}})
	r.end()
}

func TestDataIsClosedToOthers(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	r := serving(t, dir, nil)
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %04o, want %04o", path, info.Mode().Perm(), want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	r.end()
}

func TestServeRefusesToStart(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := taken.Close(); err != nil {
			t.Error(err)
		}
	})
	const key = "kept-quiet-in-messages"
	for _, tc := range []struct {
		name      string
		env       environment
		args      []string
		code      int
		complaint string
	}{
		{"key alone", environment{"HMS_ACCESS_KEY": key}, nil, exitUsage, "HMS_SECRET"},
		{"secret alone", environment{"HMS_SECRET": key}, nil, exitUsage, "HMS_ACCESS_KEY"},
		{"admin without password", environment{"ROOMLEDGER_ADMIN_EMAIL": adminEmail}, nil, exitUsage, "ROOMLEDGER_ADMIN_PASSWORD"},
		{"admin without address", environment{"ROOMLEDGER_ADMIN_PASSWORD": key}, nil, exitUsage, "ROOMLEDGER_ADMIN_EMAIL"},
		{"admin's address", environment{"ROOMLEDGER_ADMIN_EMAIL": "boss", "ROOMLEDGER_ADMIN_PASSWORD": key}, nil, exitUsage, "ROOMLEDGER_ADMIN_EMAIL"},
		{"API address", environment{"HMS_ACCESS_KEY": key, "HMS_SECRET": key, "HMS_API_URL": "api.example.org"}, nil, exitUsage, "HMS_API_URL"},
		{"base address", environment{"ROOMLEDGER_BASE_URL": "desk.example.org"}, nil, exitUsage, "ROOMLEDGER_BASE_URL"},
		{"proxies", environment{"ROOMLEDGER_TRUSTED_PROXIES": "10.0.0.0/8,gateway"}, nil, exitUsage, "gateway"},
		{"address for checkpoints", environment{"ROOMLEDGER_CHECKPOINT_URL": "witness.example.org"}, nil, exitUsage, "ROOMLEDGER_CHECKPOINT_URL"},
		{"two mistakes", environment{"HMS_SECRET": key, "ROOMLEDGER_TRUSTED_PROXIES": "gateway"}, nil, exitUsage, "HMS_ACCESS_KEY"},
		{"log format", nil, []string{"-log", "xml"}, exitUsage, "xml"},
		{"unknown flag", nil, []string{"-port", "8080"}, exitUsage, "-port"},
		{"argument", nil, []string{"now"}, exitUsage, "now"},
		{"no address", nil, []string{"-addr", "nonsense"}, exitUsage, "-addr"},
		{"no port", nil, []string{"-addr", "127.0.0.1:99999"}, exitUsage, "-addr"},
		{"address in use", nil, []string{"-addr", taken.Addr().String()}, exitNo, "-addr"},
		{"unusable directory", nil, []string{"-data", "/dev/null/x"}, exitNo, "/dev/null"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"serve", "-addr", "127.0.0.1:0", "-data", filepath.Join(t.TempDir(), "data")}, tc.args...)
			r := cli(t, tc.env, "", args...)
			r.want(t, tc.code, tc.complaint)
			if strings.Contains(r.err, key) || r.out != "" {
				t.Errorf("it says too much: %s%s", r.out, r.err)
			}
		})
	}
}

// TestServeOncePerDirectory starts a second server where one runs, with an account that both could use.
func TestServeOncePerDirectory(t *testing.T) {
	t.Parallel()
	_, env := account(t, asItIs)
	dir := t.TempDir()
	first := serving(t, dir, env)
	ctx, cancel := context.WithTimeout(t.Context(), patience) // one that isn't refused would serve on
	defer cancel()
	var out, errs strings.Builder
	args := []string{"serve", "-addr", "127.0.0.1:0", "-data", dir}
	code := run(ctx, args, env.get, streams{in: strings.NewReader(""), out: &out, err: &errs})
	ran{code, out.String(), errs.String()}.want(t, exitNo, "another server uses "+dir)
	if out.Len() > 0 {
		t.Errorf("it prints %q", out.String())
	}
	newBrowser(t).signIn(t, first.base, adminEmail, adminPassword)
	first.end()
	serving(t, dir, env).end()
}

func TestCommandsRefuse(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	for _, tc := range []struct {
		args      []string
		complaint string
	}{
		{[]string{"start"}, "start"},
		{[]string{"version", "-verbose"}, "-verbose"},
		{[]string{"export", "-data", empty}, empty},
		{[]string{"export", "-data", empty, "-format", "xml"}, "xml"},
		{[]string{"export", "-data", empty, "-outcome", "perhaps"}, "-outcome: Choose done, failed or unknown."},
		{[]string{"export", "-data", empty, "-from", "2026-11-03", "-to", "2026-11-01"}, "-to: "},
		{[]string{"export", "-data", empty, "-operation", "x", "-q", "y"}, "-operation stands alone"},
		{[]string{"user"}, "user add"},
		{[]string{"user", "remove"}, "user add"},
		{[]string{"user", "list", "-data", empty}, empty},
		{[]string{"user", "list", "-role", "admin"}, "-role"},
	} {
		cli(t, nil, "", tc.args...).want(t, exitUsage, tc.complaint)
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) > 0 {
		t.Errorf("a refused command left %v, %v", left, err)
	}
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	help := cli(t, nil, "", "help")
	for _, c := range commands() {
		if !strings.Contains(help.out, "\n  "+c.name+" ") {
			t.Errorf("the help doesn't name %s", c.name)
		}
		args := []string{c.name, "-help"}
		if c.name == "user" {
			args = []string{c.name, "add", "-help"}
		}
		if r := cli(t, nil, "", args...); r.code != exitFine || !strings.Contains(r.out+r.err, "-data") {
			t.Errorf("%q ends with %d and says\n%s%s", args, r.code, r.out, r.err)
		}
	}
	v := cli(t, nil, "", "version", "-data", "anywhere")
	v.want(t, exitFine, "")
	if !strings.HasPrefix(v.out, "roomledger ") || !strings.Contains(v.out, "commit ") || !strings.Contains(v.out, "go1.") {
		t.Errorf("version says %q", v.out)
	}
}

func TestNewerDatabaseRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	serving(t, dir, nil).end()
	pool, err := sql.Open("sqlite3", filepath.Join(dir, db.FileName))
	if err != nil {
		t.Fatal(err)
	}
	_, err = pool.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
	if closed := pool.Close(); err != nil || closed != nil {
		t.Fatal(err, closed)
	}
	for _, args := range [][]string{{"serve", "-addr", "127.0.0.1:0"}, {"export"}, {"user", "list"}} {
		r := cli(t, nil, "", append(args, "-data", dir)...)
		r.want(t, exitNo, "newer version")
		if r.out != "" {
			t.Errorf("%s prints %q", args[0], r.out)
		}
	}
}

func TestExportWhileServing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := serving(t, dir, withAdmin(nil))
	b := newBrowser(t)
	b.signIn(t, r.base, adminEmail, adminPassword)
	b.want(t, http.StatusSeeOther, r.base+"/rooms/new", b.roomForm(t, r.base, "exported"))

	lines := cli(t, nil, "", "export", "-data", dir)
	lines.want(t, exitFine, "")
	type row struct {
		Seq           int
		Action, Phase string
		TargetName    string `json:"target_name"`
		Checkpoint    string
	}
	var phases []string
	seq := 0
	for line := range strings.Lines(lines.out) {
		var x row
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if x.Checkpoint != "" {
			continue // the last line
		}
		if seq++; x.Seq != seq {
			t.Errorf("line %d has seq %d", seq, x.Seq)
		}
		if x.Action == "room.create" && x.TargetName == "exported" {
			phases = append(phases, x.Phase)
		}
	}
	if strings.Join(phases, " ") != "intent done" {
		t.Errorf("the room's rows are %q", phases)
	}

	table := cli(t, nil, "", "export", "-data", dir, "-format", "csv")
	table.want(t, exitFine, "")
	records, err := csv.NewReader(strings.NewReader(table.out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 1+seq+1 || records[0][0] != "seq" { // the header, and the row of this export
		t.Errorf("the CSV has %d records, the JSON had %d lines", len(records), seq)
	}
	// The server goes on writing after what the command wrote.
	b.want(t, http.StatusSeeOther, r.base+"/rooms/new", b.roomForm(t, r.base, "after-the-export"))
	secretsKept(t, r, adminPassword)
	r.end()
}

// account is a sandbox that outlives the programs that use it, and the environment that leads to it.
func account(t *testing.T, change func(http.Handler) http.Handler) (*sandbox.Server, environment) {
	t.Helper()
	const key, secret = "7700aa11bb22cc33dd44ee66", "a-secret-that-never-shows"
	box, err := sandbox.New(sandbox.Options{AccessKey: key, Secret: secret, Seed: sandbox.SeedEmpty})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(change(box))
	t.Cleanup(func() {
		api.Close()
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	return box, withAdmin(environment{"HMS_API_URL": api.URL + "/v2", "HMS_ACCESS_KEY": key, "HMS_SECRET": secret})
}

func asItIs(h http.Handler) http.Handler { return h }

func TestShutdownFinishesASubmit(t *testing.T) {
	t.Parallel()
	box, env := account(t, asItIs)
	dir := t.TempDir()
	r := serving(t, dir, env)
	b := newBrowser(t)
	b.signIn(t, r.base, adminEmail, adminPassword)
	form := b.roomForm(t, r.base, "just-in-time")
	arrived, answer := make(chan struct{}), make(chan struct{})
	box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: "/rooms", Hook: func() { close(arrived); <-answer }})

	type sent struct {
		page
		err error
	}
	got := make(chan sent, 1)
	go func() {
		p, err := b.send(t.Context(), r.base+"/rooms/new", form)
		got <- sent{p, err}
	}()
	<-arrived
	r.stop()
	awaitRefusal(t, r.base)
	close(answer)
	s := <-got
	if s.err != nil || s.status != http.StatusSeeOther {
		t.Fatalf("the submit in flight got %d, %v", s.status, s.err)
	}
	r.end()
	rec := readRecord(t, dir)
	op := rec.created(t, "just-in-time")
	if op.Outcome != db.OutcomeDone || "/rooms/"+op.TargetID != s.location {
		t.Errorf("history says %+v, the browser was sent to %s", op, s.location)
	}
	secretsKept(t, r, env["HMS_SECRET"], adminPassword)
}

// awaitRefusal waits until nobody listens at base any more: the shutdown has begun.
func awaitRefusal(t *testing.T, base string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for ctx.Err() == nil {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			return
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Fatal("the program goes on listening")
}
