package db

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// open opens the database in dir and closes it when the test ends.
func open(t testing.TB, dir string) *DB {
	t.Helper()
	layEmpty(t, dir)
	d, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// empty is a database without content: making the tables takes longer than many a test.
var empty = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "db-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, FileName))
})

// layEmpty puts an empty database into dir, if dir is there and has none.
func layEmpty(t testing.TB, dir string) {
	t.Helper()
	path := filepath.Join(dir, FileName)
	_, made := os.Stat(dir)
	if _, err := os.Stat(path); err == nil || made != nil {
		return
	}
	content, err := empty()
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// do runs fn in a transaction that must succeed.
func do(t testing.TB, d *DB, fn func(*Tx) error) {
	t.Helper()
	if err := d.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// note is a row that is an operation of its own.
func note(action, operation string) Row {
	return Row{
		Workspace: "sandbox", Operation: operation, ActorID: "u1", ActorName: "ann@example.com", ActorKind: "user",
		IP: "127.0.0.1", Action: action, Phase: PhaseNote,
	}
}

// add appends rows and returns them as they were kept.
func add(t testing.TB, d *DB, rows ...Row) []Row {
	t.Helper()
	do(t, d, func(tx *Tx) error {
		for i := range rows {
			if err := tx.Append(&rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return rows
}
