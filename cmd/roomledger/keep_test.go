package main

import (
	"database/sql"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/db/seal"
	"roomledger/web"
)

// atDesk is the environment of whoever runs commands in these tests.
var atDesk = environment{"USER": "ops"}

// desk is what founded copies. It is made once: that takes longer than most of what is done with it.
var desk struct {
	once sync.Once
	dir  string // TestMain removes it
}

// founded is a data directory with one admin and a little history.
func founded(t *testing.T) string {
	t.Helper()
	desk.once.Do(func() {
		var err error
		if desk.dir, err = os.MkdirTemp("", "roomledger-desk-"); err != nil {
			t.Fatal(err)
		}
		serving(t, desk.dir, withAdmin(nil)).end()
	})
	dir := t.TempDir()
	copyDesk(t, dir, desk.dir)
	return dir
}

// actions is "action phase" of the newest rows of history.
func actions(t *testing.T, dir string, n int) []string {
	t.Helper()
	rec := readRecord(t, dir)
	var list []string
	for _, row := range rec.rows[max(0, len(rec.rows)-n):] {
		list = append(list, row.Action+" "+row.Phase)
	}
	return list
}

// ownKeys are the public keys of a data directory.
func ownKeys(t *testing.T, dir string) seal.Keys {
	t.Helper()
	return signerOf(t, dir).Keys()
}

func signerOf(t *testing.T, dir string) *seal.Signer {
	t.Helper()
	keys, err := web.LoadKeys(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := seal.NewSigner(keys.Signing)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// write puts text into a new file and returns its name.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// spoiled is a copy of a database that somebody has been at.
func spoiled(t *testing.T, file, statements string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, string(content))
	pool, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = pool.ExecContext(t.Context(), statements)
	if err := errors.Join(err, pool.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBackupCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := serving(t, dir, withAdmin(nil))
	file := filepath.Join(t.TempDir(), "copy.db")
	cli(t, atDesk, "", "backup", "-data", dir, file).want(t, exitFine, "")
	r.end()
	report, err := db.Verify(t.Context(), file, seal.Trust{Keys: ownKeys(t, dir)})
	if err != nil || !report.Intact() || report.Size == 0 || report.Signed != report.Size {
		t.Errorf("the copy: %+v, %v", report, err)
	}
	if n, err := db.LastRowOf(t.Context(), file); err != nil || n != report.Size {
		t.Errorf("it has %d rows, %v", n, err)
	}
	if list := actions(t, dir, 1000); !slices.Contains(list, "history.backup note") { // what is seen at the start may come after it
		t.Errorf("history is %q", list)
	}
	cli(t, atDesk, "", "backup", file, "-data", dir).want(t, exitUsage, "is there already")
	again := cli(t, atDesk, "", "backup", file, "-force", "-data", dir)
	again.want(t, exitFine, "")
	if !strings.Contains(again.out, "Keys are not in it") {
		t.Errorf("it says %q", again.out)
	}
	cli(t, atDesk, "", "backup", "-data", dir).want(t, exitUsage, "name a file")
	cli(t, atDesk, "", "backup", "-data", dir, "a", "b").want(t, exitUsage, `takes no argument "b"`)
	cli(t, atDesk, "", "backup", "-data", t.TempDir(), filepath.Join(t.TempDir(), "x")).want(t, exitUsage, "no database")
	cli(t, atDesk, "", "backup", "-data", dir, filepath.Join(t.TempDir(), "no", "x")).want(t, exitNo, "no such file")
}

func TestRestoreCommand(t *testing.T) {
	t.Parallel()
	dir, file := founded(t), filepath.Join(t.TempDir(), "copy.db")
	cli(t, atDesk, "", "backup", "-data", dir, file).want(t, exitFine, "")
	for range 3 {
		cli(t, atDesk, "", "export", "-data", dir).want(t, exitFine, "")
	}
	r := serving(t, dir, nil)
	b := newBrowser(t)
	b.signIn(t, r.base, adminEmail, adminPassword)
	cli(t, atDesk, "", "restore", "-data", dir, "-force", file).want(t, exitNo, "another server")
	r.end()
	cli(t, atDesk, "", "restore", "-data", dir, file).want(t, exitUsage, "-force")

	restored := cli(t, atDesk, "", "restore", "-data", dir, "-force", "-reason", "the disk broke", file)
	restored.want(t, exitFine, "")
	for _, want := range []string{"restored", "sign in again", "roomledger.db.before-", "rows more", "begin a new ROOMLEDGER_CHECKPOINT_FILE"} {
		if !strings.Contains(restored.out, want) {
			t.Errorf("it doesn't say %q: %s", want, restored.out)
		}
	}
	want := []string{"history.backup note", "history.restore intent", "history.restore done"}
	if diff := cmp.Diff(want, actions(t, dir, 3)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	rec := readRecord(t, dir)
	last := rec.rows[len(rec.rows)-1]
	if last.Reason != "the disk broke" || last.ActorName != "ops" || !strings.Contains(last.After, `"file":"copy.db"`) {
		t.Errorf("the row is %+v", last)
	}
	report, err := db.Verify(t.Context(), filepath.Join(dir, db.FileName), seal.Trust{Keys: ownKeys(t, dir)})
	if err != nil || !report.Intact() || report.Signed != report.Size {
		t.Errorf("what was restored: %+v, %v", report, err)
	}
	r = serving(t, dir, nil)
	if p := b.want(t, http.StatusSeeOther, r.base+"/rooms", nil); !strings.HasPrefix(p.location, "/signin") {
		t.Errorf("somebody is still signed in: %+v", p)
	}
	r.end()
}

func TestRestoreElsewhere(t *testing.T) {
	t.Parallel()
	dir, file := founded(t), filepath.Join(t.TempDir(), "copy.db")
	cli(t, atDesk, "", "backup", "-data", dir, file).want(t, exitFine, "")
	other := filepath.Join(t.TempDir(), "data")
	cli(t, atDesk, "", "restore", "-data", other, file).want(t, exitUsage, "there is no signing key")
	if _, err := os.Stat(other); err == nil {
		t.Error("it left a directory")
	}
	keys := os.CopyFS(filepath.Join(other, "keys"), os.DirFS(filepath.Join(dir, "keys")))
	private := errors.Join(keys, filepath.WalkDir(filepath.Join(other, "keys"), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	}))
	if private != nil {
		t.Fatal(private)
	}
	cli(t, atDesk, "", "restore", file, "-data", other).want(t, exitFine, "")
	if diff := cmp.Diff([]string{"history.restore intent", "history.restore done"}, actions(t, other, 2)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	pinned := write(t, signerOf(t, dir).Public()+"\n")
	cli(t, atDesk, "", "restore", file, "-data", t.TempDir(), "-key", pinned).want(t, exitFine, "")
}

// What isn't to be trusted isn't restored, and nothing is changed.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	dir, file := founded(t), filepath.Join(t.TempDir(), "copy.db")
	cli(t, atDesk, "", "backup", "-data", dir, file).want(t, exitFine, "")
	older := filepath.Join(t.TempDir(), "older.db")
	cli(t, atDesk, "", "backup", "-data", dir, older).want(t, exitFine, "")
	cli(t, atDesk, "", "export", "-data", dir).want(t, exitFine, "")
	newer := filepath.Join(t.TempDir(), "newer.db")
	cli(t, atDesk, "", "backup", "-data", dir, newer).want(t, exitFine, "")
	kept := write(t, lastCheckpoint(t, dir))
	stranger := t.TempDir()
	strange := write(t, signerOf(t, stranger).Public())
	for name, c := range map[string]struct {
		args      []string
		code      int
		complaint string
	}{
		"no file":         {[]string{"nowhere.db"}, exitUsage, "no such file"},
		"no database":     {[]string{write(t, "text")}, exitUsage, "no backup"},
		"a changed row":   {[]string{spoiled(t, file, "DROP TRIGGER history_no_update; UPDATE history SET reason = 'x' WHERE seq = 2")}, exitNo, "does not verify"},
		"unsigned rows":   {[]string{grown(t, file)}, exitNo, "what comes after it is not signed"},
		"a newer program": {[]string{spoiled(t, file, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")}, exitUsage, "newer version"},
		"another key":     {[]string{file, "-key", strange}, exitNo, "not signed by a trusted key"},
		"no key":          {[]string{file, "-key", write(t, "text")}, exitUsage, "-key"},
		"too old":         {[]string{older, "-checkpoint", kept}, exitNo, "does not verify"},
		"no checkpoint":   {[]string{file, "-checkpoint", write(t, "text")}, exitUsage, "-checkpoint"},
	} {
		before := actions(t, dir, 1000)
		cli(t, atDesk, "", append([]string{"restore", "-data", dir, "-force"}, c.args...)...).want(t, c.code, c.complaint)
		if diff := cmp.Diff(before, actions(t, dir, 1000)); diff != "" {
			t.Errorf("%s: the database was changed:\n%s", name, diff)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*before*")); len(left) > 0 || err != nil {
		t.Errorf("left %q, %v", left, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".restore*")); len(left) > 0 || err != nil {
		t.Errorf("left %q, %v", left, err)
	}
	cli(t, atDesk, "", "restore", "-data", dir, "-force", newer, "-checkpoint", kept).want(t, exitFine, "")
}

// grown is a copy of a backup that has one row more, which nobody signed.
func grown(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), db.FileName)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), db.Options{Dir: filepath.Dir(path)})
	if err != nil {
		t.Fatal(err)
	}
	err = d.InTx(t.Context(), func(tx *db.Tx) error {
		return tx.Append(&db.Row{Operation: "one-more", Action: "room.create", Phase: db.PhaseNote})
	})
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// lastCheckpoint is the newest checkpoint of a data directory.
func lastCheckpoint(t *testing.T, dir string) string {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.LastCheckpoint(t.Context())
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	return c.Note
}

func TestRebuildCommand(t *testing.T) {
	t.Parallel()
	dir := founded(t)
	search := filepath.Join(dir, "search.db")
	if err := os.WriteFile(search, []byte("stale"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := readRecord(t, dir)
	r := cli(t, atDesk, "", "rebuild", "-data", dir)
	r.want(t, exitFine, "")
	if !strings.Contains(r.out, "rebuilt from") {
		t.Errorf("it says %q", r.out)
	}
	if content, err := os.ReadFile(search); err == nil && string(content) == "stale" {
		t.Error("the search index is still there")
	}
	if diff := cmp.Diff([]string{"history.rebuild intent", "history.rebuild done"}, actions(t, dir, 2)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	after := readRecord(t, dir)
	after.checkRows(t)
	if !slices.Equal(before.rows, after.rows[:len(before.rows)]) {
		t.Error("history isn't what it was")
	}
	cli(t, atDesk, "", "rebuild", "-data", t.TempDir()).want(t, exitUsage, "no database")
	running := serving(t, dir, nil)
	cli(t, atDesk, "", "rebuild", "-data", dir).want(t, exitNo, "another server")
	running.end()
}
