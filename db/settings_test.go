package db

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPolicies(t *testing.T) {
	d := open(t, t.TempDir())
	want := Policies{CheckpointRows: 1000, CheckpointMinutes: 10}
	check := func() {
		t.Helper()
		got, err := d.Policies(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		do(t, d, func(tx *Tx) error {
			inTx, err := tx.Policies()
			if inTx != got {
				t.Errorf("in a transaction they are %+v", inTx)
			}
			return err
		})
	}
	check()
	for _, want = range []Policies{{KeepDays: 365, CheckpointRows: 50, CheckpointMinutes: 1}, {CheckpointRows: 1, CheckpointMinutes: 1440}} {
		do(t, d, func(tx *Tx) error { return tx.SetPolicies(want) })
		check()
	}
	do(t, d, func(tx *Tx) error { // of a version to come
		_, err := tx.Exec("INSERT INTO settings (workspace, name, value) VALUES ('', 'history.colour', 'blue'), ('ws', 'history.keep_days', '7')")
		return err
	})
	check()
}

func TestPoliciesThatAreNoNumbers(t *testing.T) {
	d := open(t, t.TempDir())
	do(t, d, func(tx *Tx) error {
		_, err := tx.Exec("INSERT INTO settings (workspace, name, value) VALUES ('', 'history.keep_days', 'ever')")
		return err
	})
	if p, err := d.Policies(t.Context()); err == nil {
		t.Errorf("read as %+v", p)
	}
}
