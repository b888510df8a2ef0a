package db

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// stateRow is a row of a room's history; before and after may be empty.
func stateRow(operation, phase string, minute int, before, after string) Row {
	return Row{
		Time: time.Date(2026, 1, 31, 23, minute, 0, 0, time.UTC), Workspace: "w", Operation: operation, Action: "room.update", Phase: phase,
		TargetKind: "room", TargetID: "r", Before: before, After: after,
	}
}

// eventful is a history of one room, and of what isn't its states.
func eventful(t *testing.T) *DB {
	t.Helper()
	d := open(t, t.TempDir())
	code := stateRow("code", PhaseNote, 3, `{"data":[]}`, "")
	code.Action = "code.create"
	other := stateRow("other", PhaseNote, 4, "", `"theirs"`)
	other.Workspace = "v"
	next := stateRow("last", PhaseNote, 70, `"b"`, `"c"`) // the day after
	add(t, d,
		stateRow("one", PhaseIntent, 1, "", ""), stateRow("one", PhaseDone, 2, "", `"a"`), code, other,
		stateRow("two", PhaseIntent, 5, `"a"`, ""), stateRow("two", PhaseFailed, 6, "", ""),
		stateRow("three", PhaseIntent, 7, `"a"`, ""), stateRow("three", PhaseDone, 9, "", `"b"`), next)
	return d
}

func TestStates(t *testing.T) {
	d := eventful(t)
	at := func(minute int) time.Time { return time.Date(2026, 1, 31, 23, minute, 0, 0, time.UTC) }
	room := StateQuery{Workspace: "w", Kind: "room", ID: "r"}
	for name, c := range map[string]struct {
		change func(*StateQuery)
		want   []int64
	}{
		"all":                {func(*StateQuery) {}, []int64{9, 8, 7, 5, 2}},
		"a page":             {func(q *StateQuery) { q.Limit = 2 }, []int64{9, 8}},
		"the next page":      {func(q *StateQuery) { q.Before, q.Limit = 8, 2 }, []int64{7, 5}},
		"before the first":   {func(q *StateQuery) { q.Before = 2 }, nil},
		"after one":          {func(q *StateQuery) { q.After = 5 }, []int64{7, 8, 9}},
		"after an intent":    {func(q *StateQuery) { q.After, q.Limit = 7, 1 }, []int64{8}},
		"from the beginning": {func(q *StateQuery) { q.After, q.Limit = -1, 2 }, []int64{2, 5}},
		"by then":            {func(q *StateQuery) { q.At = at(8) }, []int64{7, 5, 2}},
		"at the very moment": {func(q *StateQuery) { q.At = at(9) }, []int64{8, 7, 5, 2}},
		"the day after":      {func(q *StateQuery) { q.At, q.Limit = at(70), 1 }, []int64{9}},
		"before all":         {func(q *StateQuery) { q.At = at(1) }, nil},
		"holding a text":     {func(q *StateQuery) { q.Holding = `"b"` }, []int64{9, 8}},
		"of another kind":    {func(q *StateQuery) { q.Kind = "template" }, nil},
		"of another room":    {func(q *StateQuery) { q.ID = "s" }, nil},
		"of another account": {func(q *StateQuery) { q.Workspace = "v" }, []int64{4}},
	} {
		t.Run(name, func(t *testing.T) {
			q := room
			c.change(&q)
			rows, err := d.States(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, row := range rows {
				got = append(got, row.Seq)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			do(t, d, func(tx *Tx) error {
				same, err := tx.States(q)
				if diff := cmp.Diff(rows, same); diff != "" {
					t.Errorf("in a transaction (-outside +inside):\n%s", diff)
				}
				return err
			})
			text, args := q.text()
			if p := plan(t, d, text, args); !strings.Contains(p, "operations_target_id (target_id=?") || strings.Contains(p, "TEMP B-TREE") || strings.Contains(p, "SCAN") {
				t.Errorf("plan is\n%s", p)
			}
		})
	}
}

func TestChanging(t *testing.T) {
	d := eventful(t)
	changing := func(workspace, kind, id string) (open bool) {
		t.Helper()
		do(t, d, func(tx *Tx) (err error) {
			open, err = tx.Changing(workspace, kind, id)
			return err
		})
		return open
	}
	if changing("w", "room", "r") {
		t.Error("a room whose changes have outcomes is being changed")
	}
	add(t, d, stateRow("open", PhaseIntent, 80, `"c"`, ""))
	if !changing("w", "room", "r") || changing("w", "template", "r") || changing("v", "room", "r") || changing("w", "room", "s") {
		t.Error("the room with an open change isn't the only one that is being changed")
	}
}
