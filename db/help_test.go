package db

import (
	"testing"
)

// open opens the database in dir and closes it when the test ends.
func open(t testing.TB, dir string) *DB {
	t.Helper()
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
