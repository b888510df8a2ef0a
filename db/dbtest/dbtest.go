// Package dbtest gives tests a database of their own. It knows how to open and close one; it must not know what a test
// puts into it.
package dbtest

import (
	"testing"

	"roomledger/db"
)

// Open opens an empty database in a temporary directory and closes it when the test ends.
func Open(t testing.TB) *db.DB {
	t.Helper()
	return OpenDir(t, t.TempDir())
}

// OpenDir opens the database in dir and closes it when the test ends.
func OpenDir(t testing.TB, dir string) *db.DB {
	t.Helper()
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
