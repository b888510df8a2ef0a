package db

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpenMakesPrivateFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new ?#%41", "data")
	d := open(t, dir)
	do(t, d, mark("a"))
	want := map[string]os.FileMode{"": 0o700, FileName: 0o600, FileName + "-wal": 0o600, FileName + "-shm": 0o600}
	for name, mode := range want {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != mode {
			t.Errorf("%q has mode %o, want %o", name, info.Mode().Perm(), mode)
		}
	}
}

func TestOpenSettings(t *testing.T) {
	d := open(t, t.TempDir())
	do(t, d, func(tx *Tx) error {
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "2000", "wal_autocheckpoint": "4000",
		} {
			var got string
			if err := tx.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil {
				return err
			}
			if got != want {
				t.Errorf("%s is %s, want %s", pragma, got, want)
			}
		}
		return nil
	})
	if _, err := d.readers.ExecContext(t.Context(), "DELETE FROM users"); err == nil {
		t.Error("a reader can write")
	}
}

func TestOpenRefusesNewer(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	do(t, d, func(tx *Tx) error {
		_, err := tx.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
		return err
	})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Dir: dir}); !errors.Is(err, ErrNewer) {
		t.Errorf("error is %v, want ErrNewer", err)
	}
}

func TestOpenRefusesWhatIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	if err := os.WriteFile(path, []byte("this is not a database, and long enough to tell that from its beginning"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Dir: dir}); err == nil {
		t.Error("no error for a file that is no database")
	}
	if _, err := Open(t.Context(), Options{Dir: path}); err == nil {
		t.Error("no error for a directory that is a file")
	}
}

func TestOpenAtTheSameTime(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			d, err := Open(t.Context(), Options{Dir: dir})
			if err != nil {
				t.Error(err)
				return
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// Two processes write to one file: the server and a command.
func TestTwoHandlesAppend(t *testing.T) {
	dir := t.TempDir()
	handles := []*DB{open(t, dir), open(t, dir)}
	const each = 100
	var wg sync.WaitGroup
	for _, d := range handles {
		for range 4 {
			wg.Go(func() {
				for range each / 4 {
					row := note("user.signin", NewID())
					if err := d.InTx(t.Context(), func(tx *Tx) error { return tx.Append(&row) }); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	next := int64(1)
	err := handles[0].EachRow(t.Context(), OperationQuery{}, func(row *Row) error {
		if row.Seq != next {
			return fmt.Errorf("row %d follows %d", row.Seq, next-1)
		}
		next++
		return nil
	})
	if err != nil || next != 2*each+1 {
		t.Errorf("%d rows, error %v", next-1, err)
	}
	if err := handles[1].Writable(t.Context()); err != nil {
		t.Error(err)
	}
}

// A copy of the files of a database that is in use is what a killed process leaves behind.
func TestReopenAfterUncleanClose(t *testing.T) {
	dir, left := t.TempDir(), t.TempDir()
	d := open(t, dir)
	row := note("user.signin", "op")
	do(t, d, func(tx *Tx) error { return tx.Append(&row) })
	for _, name := range []string{FileName, FileName + "-wal"} {
		if err := copyFile(filepath.Join(left, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := open(t, left).OperationRows(t.Context(), "op")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Row{row}, rows); diff != "" {
		t.Error(diff)
	}
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return errors.Join(err, in.Close())
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, in.Close(), out.Close())
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	if err := open(b, dir).Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		d, err := Open(b.Context(), Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
