// Package dbtest gives tests a database of their own. It knows how to open and close one; it must not know what a test
// puts into it.
package dbtest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"roomledger/db"
)

// Open opens an empty database in a temporary directory and closes it when the test ends.
func Open(t testing.TB) *db.DB {
	t.Helper()
	return OpenDir(t, t.TempDir())
}

// empty is a database without content: making the tables takes longer than many a test.
var empty = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "dbtest-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d, err := db.Open(context.Background(), db.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, db.FileName))
})

// found puts an empty database into dir, if there is none.
func found(dir string) error {
	path := filepath.Join(dir, db.FileName)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	content, err := empty()
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600)
}

// OpenDir opens the database in dir, an empty one where there is none, and closes it when the test ends.
func OpenDir(t testing.TB, dir string) *db.DB {
	t.Helper()
	if err := found(dir); err != nil {
		t.Fatalf("found the database: %v", err)
	}
	d, err := db.Open(t.Context(), db.Options{Dir: dir})
	if err != nil {
		t.Fatalf("open the database: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return d
}
