package db

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// models are the read models, but for what has no meaning: numbers of rooms and counts of nothing.
func models(t testing.TB, d *DB) map[string][]string {
	t.Helper()
	list := map[string][]string{}
	for name, text := range map[string]string{
		"operations": "SELECT * FROM operations ORDER BY seq",
		"days":       "SELECT * FROM days ORDER BY day",
		"day_counts": "SELECT * FROM day_counts WHERE n <> 0 ORDER BY day, workspace, action, outcome",
		"rooms":      "SELECT " + roomColumns + ", name_key, data FROM rooms LEFT JOIN room_data USING (n) ORDER BY workspace, id",
		"templates":  "SELECT " + templateColumns + ", name_key FROM templates t ORDER BY workspace, id",

		"template_versions": "SELECT " + versionColumns + " FROM template_versions ORDER BY workspace, id, n",
	} {
		list[name] = dump(t, d, text)
	}
	return list
}

func rebuild(t testing.TB, d *DB) (done Rebuilt) {
	t.Helper()
	do(t, d, func(tx *Tx) (err error) {
		done, err = tx.Rebuild(t.Context(), tell, func(int64, int64) {})
		return err
	})
	return done
}

func TestRebuild(t *testing.T) {
	d := open(t, t.TempDir())
	appendTold(t, d, "a(old b(old a)old b)old c.old d(old d)old e(new f.new e)new g(new")
	do(t, d, func(tx *Tx) error {
		return tx.PutRoom(Room{Workspace: "sandbox", ID: "seen", Name: "made elsewhere", SeenAt: cutoff})
	})
	want := models(t, d)
	do(t, d, func(tx *Tx) error { // as if somebody had been at it
		for _, text := range []string{
			"DELETE FROM operations WHERE id = 'b'", "UPDATE operations SET outcome = 'failed' WHERE id = 'c'",
			"UPDATE days SET first_seq = 3", "DELETE FROM day_counts", "UPDATE rooms SET seen_at = '2099-01-01T00:00:00.000Z', name = 'x' WHERE id = 'ra'",
			"UPDATE room_data SET data = '{}' WHERE n = 1", "INSERT INTO days VALUES ('2020-01-01', 7, 7)",
		} {
			if _, err := tx.Exec(text); err != nil {
				return err
			}
		}
		return nil
	})
	if done := rebuild(t, d); done != (Rebuilt{Rows: 11, Rooms: 4}) {
		t.Errorf("rebuilt %+v", done)
	}
	if diff := cmp.Diff(want, models(t, d)); diff != "" {
		t.Errorf("(-live +rebuilt):\n%s", diff)
	}
}

// appendTold is happened, with the rooms that the rows tell of.
func appendTold(t testing.TB, d *DB, text string) {
	t.Helper()
	happened(t, d, text)
	do(t, d, func(tx *Tx) error {
		first, last, err := tx.ends()
		if err != nil {
			return err
		}
		return tx.replay(t.Context(), first, last, func(intent, row *Row) error {
			if intent == nil {
				return nil
			}
			return tx.Tell(tell, intent, row)
		})
	})
}

func TestRebuildFromWhatIsLeft(t *testing.T) {
	d := open(t, t.TempDir())
	appendTold(t, d, "a(old b(old a)old b)old c.old d(old d)old e(new f.new e)new")
	prune(t, d, pruning(t, 2))
	prune(t, d, pruning(t, 9))
	want := models(t, d)
	if len(want["operations"]) != 2 || len(want["rooms"]) != 4 {
		t.Fatalf("before: %+v", want)
	}
	do(t, d, func(tx *Tx) error { _, err := tx.Exec("UPDATE rooms SET description = ''"); return err })
	for range 2 {
		rebuild(t, d)
		if diff := cmp.Diff(want, models(t, d)); diff != "" {
			t.Errorf("(-live +rebuilt):\n%s", diff)
		}
	}
}

// What is appended beside it in the same transaction is counted once.
func TestRebuildBesideAppends(t *testing.T) {
	d := open(t, t.TempDir())
	happened(t, d, "a.old")
	do(t, d, func(tx *Tx) error {
		before, after := note("user.signin", "b"), note("user.signin", "c")
		if err := tx.Append(&before); err != nil {
			return err
		}
		if _, err := tx.Rebuild(t.Context(), tell, func(int64, int64) {}); err != nil {
			return err
		}
		return tx.Append(&after)
	})
	live := models(t, d)
	rebuild(t, d)
	if diff := cmp.Diff(live, models(t, d)); diff != "" || len(live["operations"]) != 3 {
		t.Errorf("%d operations (-live +rebuilt):\n%s", len(live["operations"]), diff)
	}
}

func TestRebuildFails(t *testing.T) {
	d := open(t, t.TempDir())
	happened(t, d, "a.old b(old b)old c.new")
	want := models(t, d)
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		ctx   context.Context
		spoil string
		want  error
	}{
		"ended":     {ended, "SELECT 1", context.Canceled},
		"no intent": {t.Context(), "DROP TRIGGER history_no_delete; DELETE FROM history WHERE seq = 2", ErrNotFound},
	} {
		err := d.InTx(t.Context(), func(tx *Tx) error {
			if _, err := tx.Exec(c.spoil); err != nil {
				return err
			}
			_, err := tx.Rebuild(c.ctx, tell, func(int64, int64) {})
			return err
		})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
		if diff := cmp.Diff(want, models(t, d)); diff != "" {
			t.Errorf("%s: something was done:\n%s", name, diff)
		}
	}
}

func TestRebuildTellsHowFarItIs(t *testing.T) {
	d := open(t, t.TempDir())
	rows := make([]Row, 2*window+10)
	for i := range rows {
		rows[i] = note("user.signin", NewID())
	}
	add(t, d, rows...)
	var told [][2]int64
	do(t, d, func(tx *Tx) error {
		told = nil
		_, err := tx.Rebuild(t.Context(), tell, func(row, last int64) { told = append(told, [2]int64{row, last}) })
		return err
	})
	last := int64(len(rows))
	if diff := cmp.Diff([][2]int64{{window, last}, {2 * window, last}}, told); diff != "" {
		t.Error(diff)
	}
}
