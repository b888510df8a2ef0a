package jobs_test

import (
	"testing"
	"time"

	"roomledger/db"
)

func TestOldHistoryGoes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.addOld()
	o.keepDays(60)
	o.start()
	o.await("removed old history")
	o.wantPruned(1)
	o.keepDays(30)
	o.jobs.PruneSoon()
	o.await("removed old history")
	o.wantPruned(2)
}

func (o *office) keepDays(n int) {
	o.t.Helper()
	if err := o.db.InTx(o.t.Context(), func(tx *db.Tx) error { return tx.SetPolicies(db.Policies{KeepDays: n}) }); err != nil {
		o.t.Fatal(err)
	}
}

// wantPruned fails unless the rows up to one were removed.
func (o *office) wantPruned(upto int64) {
	o.t.Helper()
	if k, err := o.db.Kept(o.t.Context()); err != nil || k.Pruned != upto {
		o.t.Fatalf("removed rows up to %d, want %d, %v", k.Pruned, upto, err)
	}
}

// addOld adds rows of several ages.
func (o *office) addOld() {
	o.t.Helper()
	err := o.db.InTx(o.t.Context(), func(tx *db.Tx) error {
		for _, days := range []int{-100, -40, 0} {
			row := db.Row{Time: time.Now().AddDate(0, 0, days), Operation: db.NewID(), Action: "test.look", Phase: db.PhaseNote}
			if err := tx.Append(&row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
}
