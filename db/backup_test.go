package db

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db/seal"
)

// files are the names in dir.
func files(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// check wants the file to be an intact copy that is signed to its last row, and returns how many rows it has.
func check(t testing.TB, path string) int64 {
	t.Helper()
	r, err := Verify(t.Context(), path, seal.Trust{Keys: keyOf(t, 'k').Keys()})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Intact() || r.Signed != r.Size {
		t.Errorf("the copy: %+v", r)
	}
	return r.Size
}

func TestBackup(t *testing.T) {
	d, dir := open(t, t.TempDir()), t.TempDir()
	happened(t, d, "a(old a)old b.new")
	path := filepath.Join(dir, "copy.db")
	if err := d.Backup(t.Context(), path, false, keyOf(t, 'k').Checkpoint); err != nil {
		t.Fatal(err)
	}
	if rows := check(t, path); rows != 3 {
		t.Errorf("%d rows", rows)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if diff := cmp.Diff([]string{"copy.db"}, files(t, dir)); diff != "" {
		t.Errorf("left beside it (-want +got):\n%s", diff)
	}
	if list, err := d.Checkpoints(t.Context(), 0, 9); len(list) != 0 || err != nil {
		t.Errorf("the database itself has %v, %v", list, err)
	}
	add(t, d, note("user.signin", "c"))
	if err := d.Backup(t.Context(), path, false, keyOf(t, 'k').Checkpoint); !errors.Is(err, ErrExists) || check(t, path) != 3 {
		t.Errorf("over a file: %v", err)
	}
	if err := d.Backup(t.Context(), path, true, keyOf(t, 'k').Checkpoint); err != nil || check(t, path) != 4 {
		t.Errorf("over a file that may go: %v", err)
	}
}

func TestBackupOntoItself(t *testing.T) {
	d := open(t, t.TempDir())
	happened(t, d, "a.old")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(d.path, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{d.path, link} {
		err := d.Backup(t.Context(), path, true, keyOf(t, 'k').Checkpoint)
		if err == nil || !strings.Contains(err.Error(), "the database itself") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestBackupOfNothing(t *testing.T) {
	d, path := open(t, t.TempDir()), filepath.Join(t.TempDir(), "copy.db")
	if err := d.Backup(t.Context(), path, false, keyOf(t, 'k').Checkpoint); err != nil || check(t, path) != 0 {
		t.Error(err)
	}
}

// Rows that come while the copy is made are in it or not, but never in part, and writers don't fail.
func TestBackupWhileAppending(t *testing.T) {
	d, dir := open(t, t.TempDir()), t.TempDir()
	happened(t, d, "a.old")
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	writing.Go(func() {
		for ctx.Err() == nil {
			row := note("user.signin", NewID())
			if err := d.InTx(t.Context(), func(tx *Tx) error { return tx.Append(&row) }); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 5 {
		path := filepath.Join(dir, NewID())
		if err := d.Backup(t.Context(), path, false, keyOf(t, 'k').Checkpoint); err != nil {
			t.Error(err)
			break
		}
		check(t, path)
	}
	stop()
	writing.Wait()
}

func TestBackupFails(t *testing.T) {
	d, dir := open(t, t.TempDir()), t.TempDir()
	happened(t, d, "a.old")
	ended, end := context.WithCancel(t.Context())
	end()
	lost := errors.New("the key is gone")
	for name, c := range map[string]struct {
		ctx  context.Context
		path string
		sign error
		want string
	}{
		"ended":        {ended, "copy.db", nil, "canceled"},
		"unsigned":     {t.Context(), "copy.db", lost, "the key is gone"},
		"no directory": {t.Context(), "nowhere/copy.db", nil, "no such file"},
		"a directory":  {t.Context(), ".", nil, "not a file"},
	} {
		err := d.Backup(c.ctx, filepath.Join(dir, c.path), true, func(int64, seal.Hash) (string, error) { return "note", c.sign })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
		if list := files(t, dir); len(list) > 0 {
			t.Errorf("%s: left %q", name, list)
		}
	}
}

func TestTemporaryBackup(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	happened(t, d, "a.old")
	before := files(t, dir)
	broken := errors.New("the browser went away")
	for _, want := range []error{nil, broken} {
		err := d.TemporaryBackup(t.Context(), keyOf(t, 'k').Checkpoint, func(f *os.File) error {
			head, err := io.ReadAll(io.LimitReader(f, 15))
			if string(head) != "SQLite format 3" || err != nil {
				t.Errorf("it begins with %q, %v", head, err)
			}
			return want
		})
		if !errors.Is(err, want) {
			t.Errorf("error %v, want %v", err, want)
		}
		if diff := cmp.Diff(before, files(t, dir)); diff != "" {
			t.Errorf("left (-before +after):\n%s", diff)
		}
	}
}

// What pruning removed isn't in a copy, wherever in the file it may still be.
func TestBackupHoldsNoTraces(t *testing.T) {
	d, path := open(t, t.TempDir()), filepath.Join(t.TempDir(), "copy.db")
	do(t, d, func(tx *Tx) error { return tx.PutRoom(Room{Workspace: "w", ID: "r", Description: "needle"}) })
	do(t, d, func(tx *Tx) error { return tx.dropRoom(1) })
	if err := d.Backup(t.Context(), path, false, keyOf(t, 'k').Checkpoint); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(content), "needle") {
		t.Errorf("it is in the copy, or %v", err)
	}
}

var installedAt = time.Date(2026, 6, 2, 3, 4, 5, 0, time.UTC)

// aside is the name that the old database gets.
const aside = FileName + ".before-20260602T030405Z"

func TestInstall(t *testing.T) {
	dir := t.TempDir()
	old, other := open(t, dir), open(t, t.TempDir())
	happened(t, old, "a.old b.old c.old")
	happened(t, other, "x.old")
	for _, name := range []string{"search.db", "search.db-wal"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	copied := filepath.Join(dir, "copied")
	if err := other.Backup(t.Context(), copied, false, keyOf(t, 'k').Checkpoint); err != nil {
		t.Fatal(err)
	}
	crash(t, old, dir)
	kept, err := Install(t.Context(), dir, copied, installedAt)
	if want := filepath.Join(dir, aside); kept != want || err != nil {
		t.Fatalf("kept as %q, %v", kept, err)
	}
	if diff := cmp.Diff([]string{FileName, aside}, files(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for path, want := range map[string]int64{filepath.Join(dir, FileName): 1, kept: 3} {
		if n, err := LastRowOf(t.Context(), path); n != want || err != nil {
			t.Errorf("%s has %d rows, want %d, %v", path, n, want, err)
		}
	}
}

// crash leaves a database as a process leaves it that was killed: with its WAL.
func crash(t testing.TB, d *DB, dir string) {
	t.Helper()
	for _, end := range []string{"", "-wal"} {
		if err := copyFile(filepath.Join(dir, "left"+end), d.path+end); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "-wal"} {
		if err := os.Rename(filepath.Join(dir, "left"+end), d.path+end); err != nil {
			t.Fatal(err)
		}
	}
}

func TestInstallWhereThereIsNothing(t *testing.T) {
	dir := t.TempDir()
	copied := filepath.Join(dir, "copied")
	if err := os.WriteFile(copied, []byte("a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if kept, err := Install(t.Context(), dir, copied, installedAt); kept != "" || err != nil {
		t.Errorf("kept as %q, %v", kept, err)
	}
	if diff := cmp.Diff([]string{FileName}, files(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestInstallFails(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	happened(t, d, "a.old")
	if _, err := Install(t.Context(), dir, filepath.Join(dir, "copied"), installedAt); err == nil || !strings.Contains(err.Error(), "has it open") {
		t.Errorf("in use: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, aside), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Install(t.Context(), dir, filepath.Join(dir, "copied"), installedAt); !errors.Is(err, ErrExists) {
		t.Errorf("an older one of that name: %v", err)
	}
	if _, err := Install(t.Context(), dir, filepath.Join(dir, "copied"), installedAt.Add(time.Second)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing to install: %v", err)
	}
	if n, err := LastRowOf(t.Context(), filepath.Join(dir, FileName)); n != 1 || err != nil {
		t.Errorf("the database has %d rows, %v", n, err)
	}
}

func TestInstallOverDamage(t *testing.T) {
	for _, wal := range []string{"", "more text"} {
		dir := t.TempDir()
		for name, content := range map[string]string{FileName: strings.Repeat("text ", 500), FileName + "-wal": wal, "copied": "a database"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Install(t.Context(), dir, filepath.Join(dir, "copied"), installedAt)
		if wal == "" && err != nil || wal != "" && (err == nil || !strings.Contains(err.Error(), "by hand")) {
			t.Errorf("with a WAL of %q: %v", wal, err)
		}
	}
}

func TestNewerVersionIsRefused(t *testing.T) {
	d := open(t, t.TempDir())
	do(t, d, func(tx *Tx) error {
		_, err := tx.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
		return err
	})
	if _, err := LastRowOf(t.Context(), d.path); !errors.Is(err, ErrNewer) {
		t.Errorf("last row: error is %v, want ErrNewer", err)
	}
	if r, err := Verify(t.Context(), d.path, seal.Trust{}); !errors.Is(err, ErrNewer) {
		t.Errorf("verify: %+v, error is %v, want ErrNewer", r, err)
	}
}

func TestLastRowOfWhatIsNoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if _, err := LastRowOf(t.Context(), path); err == nil {
		t.Error("no file is taken for a database")
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("text ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LastRowOf(t.Context(), path); err == nil {
		t.Error("text is taken for a database")
	}
}
