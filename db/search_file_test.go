package db

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// indexed is a directory with 400 rows of history and an index of them. Nothing has it open.
func indexed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	d := open(t, dir)
	p := newPlay(t, d, 5)
	p.write(400)
	p.feed()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func searchFile(dir string) string { return filepath.Join(dir, SearchFileName) }

// change runs a statement on the index behind the program's back.
func change(t *testing.T, dir, statement string) {
	t.Helper()
	pool, err := sql.Open("sqlite3", dsn(searchFile(dir), "_txlock=immediate"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = pool.Exec(statement)
	if err := errors.Join(err, pool.Close()); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// An index that can't be used isn't; and the next feeding makes one that can.
func TestSearchIsBuiltAnew(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, dir string){
		"missing": func(t *testing.T, dir string) { must(t, os.Remove(searchFile(dir))) },
		"empty":   func(t *testing.T, dir string) { must(t, os.Truncate(searchFile(dir), 0)) },
		"cut":     func(t *testing.T, dir string) { must(t, os.Truncate(searchFile(dir), 8192)) },
		"cut within a page": func(t *testing.T, dir string) {
			must(t, os.Truncate(searchFile(dir), 5000))
		},
		"no database": func(t *testing.T, dir string) {
			must(t, os.WriteFile(searchFile(dir), []byte("garbage, and enough of it to tell that it is none"), 0o600))
		},
		"of another history": func(t *testing.T, dir string) {
			must(t, copyFile(searchFile(dir), searchFile(indexed(t))))
		},
		"of a longer history": func(t *testing.T, dir string) { change(t, dir, "UPDATE state SET fed = 401") },
		"of another layout":   func(t *testing.T, dir string) { change(t, dir, "PRAGMA user_version = 999") },
		"another database":    func(t *testing.T, dir string) { change(t, dir, "DROP TABLE state") },
		"without its end":     func(t *testing.T, dir string) { change(t, dir, "DELETE FROM state") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := indexed(t)
			spoil(t, dir)
			d := open(t, dir)
			p := newPlay(t, d, 6)
			p.check(10, everything)
			if fed, head, err := d.SearchState(t.Context()); fed != 0 || head != 400 || err != nil {
				t.Errorf("fed %d of %d, error %v", fed, head, err)
			}
			if n, err := d.FeedSearch(t.Context()); n != 400 || err != nil {
				t.Errorf("fed %d, error %v", n, err)
			}
			p.check(20, everything)
			info, err := os.Stat(searchFile(dir))
			must(t, err)
			if info.Mode().Perm() != 0o600 {
				t.Errorf("its mode is %o", info.Mode().Perm())
			}
		})
	}
}

// A whole index is used as it is, by a handle that feeds and by one that doesn't.
func TestSearchIsKept(t *testing.T) {
	dir := indexed(t)
	d := open(t, dir)
	if fed, _, err := d.SearchState(t.Context()); fed != 400 || err != nil {
		t.Errorf("fed %d, error %v", fed, err)
	}
	if n, err := d.FeedSearch(t.Context()); n != 0 || err != nil {
		t.Errorf("fed %d again, error %v", n, err)
	}
	newPlay(t, d, 6).check(20, everything)
}

// Nobody but who feeds the index makes one.
func TestSearchIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	p := newPlay(t, d, 6)
	p.write(50)
	p.check(5, everything)
	if _, err := os.Stat(searchFile(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a file, error %v", err)
	}
}

// A copy of history that was made before, put in the place of the newer one, goes on differently.
func TestSearchAfterARestore(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	p := newPlay(t, d, 1)
	p.write(300)
	must(t, d.Close())
	must(t, copyFile(filepath.Join(dir, "older"), filepath.Join(dir, FileName)))
	d = open(t, dir)
	p.d = d
	p.write(200)
	p.feed()
	must(t, d.Close())
	must(t, copyFile(filepath.Join(dir, FileName), filepath.Join(dir, "older")))
	d = open(t, dir)
	p = newPlay(t, d, 2)
	p.write(250)
	p.check(10, everything)
	if n, err := d.FeedSearch(t.Context()); n != 550 || err != nil {
		t.Errorf("fed %d, error %v", n, err)
	}
	p.check(20, everything)
}

// What is damaged while it is in use stops nobody: the page comes without it, and the next feeding makes another.
func TestSearchDamagedInUse(t *testing.T) {
	dir := indexed(t)
	d := open(t, dir)
	p := newPlay(t, d, 6)
	p.check(5, everything)
	other := open(t, dir)
	must(t, d.search.close()) // and with it what its readers remember of the file
	d.search = newSearch(filepath.Join(dir, FileName), d.readers, d.log)
	if _, _, err := d.SearchState(t.Context()); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(searchFile(dir), os.O_WRONLY, 0)
	must(t, err)
	info, err := file.Stat()
	must(t, err)
	_, err = file.WriteAt(make([]byte, info.Size()-8192), 8192)
	must(t, errors.Join(err, file.Close()))
	for _, p.d = range []*DB{d, other} {
		p.check(20, everything)
	}
	if fed, _, err := d.SearchState(t.Context()); fed != 0 || err != nil {
		t.Errorf("fed %d, error %v", fed, err)
	}
	if n, err := d.FeedSearch(t.Context()); n != 400 || err != nil {
		t.Errorf("fed %d, error %v", n, err)
	}
	p.d = d
	p.check(20, everything)
}

// A file that somebody removes while it is in use is made again.
func TestSearchRemovedInUse(t *testing.T) {
	dir := indexed(t)
	d := open(t, dir)
	p := newPlay(t, d, 6)
	p.feed()
	p.check(5, everything)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		must(t, os.Remove(searchFile(dir)+suffix))
	}
	p.write(10)
	p.check(5, everything)
	p.feed()
	p.check(20, everything)
	if fed, head, err := d.SearchState(t.Context()); fed != 410 || head != 410 || err != nil {
		t.Errorf("fed %d of %d, error %v", fed, head, err)
	}
}

// What a process leaves that is killed between the commit of a row and the feeding, or within that, is caught up with.
func TestSearchAfterACrash(t *testing.T) {
	dir := indexed(t)
	d := open(t, dir)
	p := newPlay(t, d, 12)
	p.write(100)
	must(t, d.Close())
	before, err := os.ReadFile(searchFile(dir))
	must(t, err)
	d = open(t, dir)
	p.d = d
	p.feed()
	wal, err := os.ReadFile(searchFile(dir) + "-wal")
	must(t, err)
	must(t, d.Close())
	for _, part := range []int{0, len(wal) / 3, len(wal) - 1, len(wal)} {
		must(t, os.WriteFile(searchFile(dir), before, 0o600))
		must(t, os.WriteFile(searchFile(dir)+"-wal", wal[:part], 0o600))
		d = open(t, dir)
		p.d = d
		want := 100
		if part == len(wal) {
			want = 0
		}
		if n, err := d.FeedSearch(t.Context()); n != want || err != nil {
			t.Errorf("with %d of %d bytes: fed %d, error %v", part, len(wal), n, err)
		}
		p.check(20, everything)
		must(t, d.Close())
	}
}

func TestFeedingEnds(t *testing.T) {
	d := open(t, t.TempDir())
	p := newPlay(t, d, 6)
	p.write(10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.FeedSearch(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	must(t, d.Close())
	if _, err := d.FeedSearch(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("error is %v, want ErrClosed", err)
	}
}
