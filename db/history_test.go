package db

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-sqlite3"
)

// fullRow has something in every column.
func fullRow(phase string) Row {
	return Row{
		Time: time.Date(2026, 11, 22, 9, 30, 0, 123e6, time.UTC), Workspace: "ws", Operation: "op", Batch: "batch",
		ActorID: "u1", ActorName: "ann@example.com", ActorKind: "user", IP: "192.0.2.7", UserAgent: "browser", RequestID: "req",
		Action: "room.create", Phase: phase, TargetKind: "room", TargetID: "id", TargetName: "Maths 7b", Reason: "term begins",
		Request: `{"name":"Maths 7b"}`, Response: `{"id":"id"}`, Before: `{}`, After: `{"a":1}`, APIMethod: "POST",
		APIPath: "/rooms", APIStatus: 200, LatencyMS: 48, Attempts: 2, Error: "odd",
	}
}

func TestAppendKeepsEveryColumn(t *testing.T) {
	d := open(t, t.TempDir())
	want := add(t, d, fullRow(PhaseNote))
	want[0].Seq = 1
	got, err := d.OperationRows(t.Context(), "op")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHistoryColumns(t *testing.T) {
	d := open(t, t.TempDir())
	want := "seq time workspace operation batch actor_id actor_name actor_kind ip user_agent request_id action phase " +
		"target_kind target_id target_name reason request response before after api_method api_path api_status latency_ms " +
		"attempts error"
	list, err := query(t.Context(), d, scanText, "SELECT name FROM pragma_table_info('history') ORDER BY cid")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(list, " "); got != want {
		t.Errorf("columns are %s", got)
	}
}

func TestAppendPrepares(t *testing.T) {
	d := open(t, t.TempDir())
	row := note("user.signin", "op")
	row.ActorName, row.TargetName, row.Request = "a\xffb", "c\x00d", "\x00"
	row.Time = time.Date(2026, 1, 2, 3, 4, 5, 678_999_999, time.FixedZone("", 3600))
	got := add(t, d, row)[0]
	row.Seq = 1
	row.ActorName, row.TargetName, row.Request = "a\uFFFDb", "c\uFFFDd", "\uFFFD"
	row.Time = time.Date(2026, 1, 2, 2, 4, 5, 678e6, time.UTC)
	if diff := cmp.Diff(row, got); diff != "" {
		t.Error(diff)
	}
	rows, err := d.OperationRows(t.Context(), "op")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Row{row}, rows); diff != "" {
		t.Error(diff)
	}
	if zero := add(t, d, note("user.signin", "op2"))[0]; zero.Time.IsZero() || zero.Seq != 2 {
		t.Errorf("row is %+v", zero)
	}
}

func TestAppendRefuses(t *testing.T) {
	with := func(change func(*Row)) Row {
		row := fullRow(PhaseNote)
		row.Operation = "new"
		change(&row)
		return row
	}
	for name, c := range map[string]struct {
		row  Row
		want error
	}{
		"no action":         {with(func(r *Row) { r.Action = "" }), nil},
		"no operation":      {with(func(r *Row) { r.Operation = "" }), nil},
		"no phase":          {with(func(r *Row) { r.Phase = "" }), nil},
		"unknown phase":     {with(func(r *Row) { r.Phase = "later" }), nil},
		"a year too far":    {with(func(r *Row) { r.Time = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC) }), nil},
		"done unbegun":      {with(func(r *Row) { r.Phase = PhaseDone }), ErrNotFound},
		"failed unbegun":    {with(func(r *Row) { r.Phase = PhaseFailed }), ErrNotFound},
		"settled unbegun":   {with(func(r *Row) { r.Phase = PhaseSettled }), ErrNotFound},
		"second note":       {with(func(r *Row) { r.Operation = "noted" }), ErrExists},
		"second intent":     {with(func(r *Row) { r.Operation, r.Phase = "noted", PhaseIntent }), ErrExists},
		"outcome of note":   {with(func(r *Row) { r.Operation, r.Phase = "noted", PhaseDone }), ErrSettled},
		"second outcome":    {with(func(r *Row) { r.Operation, r.Phase = "done", PhaseDone }), ErrSettled},
		"settled when done": {with(func(r *Row) { r.Operation, r.Phase = "done", PhaseSettled }), ErrSettled},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, t.TempDir())
			intent, done := fullRow(PhaseIntent), fullRow(PhaseDone)
			intent.Operation, done.Operation = "done", "done"
			add(t, d, note("user.signin", "noted"), intent, done)
			err := d.InTx(t.Context(), func(tx *Tx) error { return tx.Append(&c.row) })
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("error is %v, want %v", err, c.want)
			}
			if n, err := d.HistoryLen(t.Context()); n != 3 || err != nil {
				t.Errorf("history has %d rows, error %v", n, err)
			}
			if err := d.Writable(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestHistoryIsAppendOnly(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	add(t, d, note("user.signin", "a"), note("user.signin", "b"))
	raw, err := sql.Open("sqlite3", filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := raw.Close(); err != nil {
			t.Error(err)
		}
	})
	copyAs := func(verb, seq string) string {
		return verb + " INTO history SELECT " + strings.Replace(rowColumns, "seq", seq, 1) + " FROM history WHERE seq = 2"
	}
	for _, statement := range []string{
		"UPDATE history SET error = 'x' WHERE seq = 1",
		"UPDATE OR REPLACE history SET seq = 2 WHERE seq = 1",
		"UPDATE OR IGNORE history SET seq = 7 WHERE seq = 1",
		"DELETE FROM history WHERE seq = 2",
		"DELETE FROM history",
		copyAs("INSERT OR REPLACE", "1"),
		copyAs("REPLACE", "2"),
		copyAs("INSERT", "1"),
		copyAs("INSERT OR IGNORE", "1"),
		copyAs("INSERT", "4"),
		copyAs("INSERT", "0"),
		copyAs("INSERT", "-1"),
		copyAs("INSERT", "NULL"),
		copyAs("INSERT", "1") + " ON CONFLICT DO UPDATE SET error = 'x'",
	} {
		t.Run(statement, func(t *testing.T) {
			_, rawErr := raw.ExecContext(t.Context(), statement)
			ownErr := d.InTx(t.Context(), func(tx *Tx) error {
				_, err := tx.Exec(statement)
				return err
			})
			for _, err := range []error{rawErr, ownErr} {
				e, ok := errors.AsType[sqlite3.Error](err)
				if !ok || e.ExtendedCode != sqlite3.ErrConstraintTrigger {
					t.Errorf("error is %v, want one of a trigger", err)
				}
			}
			if n, err := d.HistoryLen(t.Context()); n != 2 || err != nil {
				t.Errorf("history has %d rows, error %v", n, err)
			}
		})
	}
	if _, err := raw.ExecContext(t.Context(), copyAs("INSERT", "3")); err != nil {
		t.Errorf("the next row: %v", err)
	}
}

func TestIntentAndLastRow(t *testing.T) {
	d := open(t, t.TempDir())
	if _, err := d.LastRow(t.Context()); !errors.Is(err, ErrNotFound) {
		t.Errorf("LastRow of nothing: %v", err)
	}
	for name, look := range map[string]func() error{
		"intent": func() error { _, err := d.Intent(t.Context(), "op"); return err },
		"rows":   func() error { _, err := d.OperationRows(t.Context(), "op"); return err },
		"op":     func() error { _, err := d.Operation(t.Context(), "op"); return err },
	} {
		if err := look(); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s of nothing: %v", name, err)
		}
	}
	rows := add(t, d, fullRow(PhaseIntent), fullRow(PhaseDone), note("user.signin", "other"))
	intent, err := d.Intent(t.Context(), "op")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows[0], intent); diff != "" {
		t.Error(diff)
	}
	if _, err := d.Intent(t.Context(), "other"); !errors.Is(err, ErrNotFound) {
		t.Errorf("intent of a note: %v", err)
	}
	last, err := d.LastRow(t.Context())
	want := Row{Seq: 3, Time: rows[2].Time, ActorID: "u1", ActorName: "ann@example.com", ActorKind: "user"}
	if diff := cmp.Diff(want, last); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestEachRow(t *testing.T) {
	d := open(t, t.TempDir())
	day := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var rows []Row
	for i := range 2*window + 100 {
		row := note("user.signin", fmt.Sprint(i))
		row.Time = day.AddDate(0, 0, i/100)
		if i%100 == 7 {
			row.Action, row.TargetID = "room.create", "special"
		}
		rows = append(rows, row)
	}
	add(t, d, rows...)
	count := func(q OperationQuery) (n int, last int64) {
		t.Helper()
		err := d.EachRow(t.Context(), q, func(row *Row) error {
			if row.Seq <= last {
				t.Errorf("row %d follows %d", row.Seq, last)
			}
			if diff := cmp.Diff(rows[row.Seq-1], *row); diff != "" {
				t.Error(diff)
			}
			n, last = n+1, row.Seq
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return n, last
	}
	for name, c := range map[string]struct {
		q    OperationQuery
		want int
	}{
		"all":            {OperationQuery{}, len(rows)},
		"place ignored":  {OperationQuery{BeforeSeq: 5, AfterSeq: 3, Limit: 1}, len(rows)},
		"action":         {OperationQuery{Action: "room.*"}, 11},
		"target":         {OperationQuery{Target: "SPECIAL"}, 0},
		"target id":      {OperationQuery{Target: "special"}, 11},
		"from":           {OperationQuery{From: day.AddDate(0, 0, 9)}, 200},
		"from to":        {OperationQuery{From: day.AddDate(0, 0, 9), To: day.AddDate(0, 0, 10)}, 100},
		"actor and from": {OperationQuery{Actor: "ann@example.com", Action: "room.create", From: day.AddDate(0, 0, 10)}, 1},
		"future":         {OperationQuery{From: day.AddDate(1, 0, 0)}, 0},
		"search":         {OperationQuery{Q: "SPEC"}, 11},
	} {
		if got, _ := count(c.q); got != c.want {
			t.Errorf("%s: %d rows, want %d", name, got, c.want)
		}
	}
	stop := errors.New("stop")
	err := d.EachRow(t.Context(), OperationQuery{}, func(row *Row) error {
		if row.Seq == 3 {
			return stop
		}
		return nil
	})
	if err != stop {
		t.Errorf("error is %v", err)
	}
}

// Rows that are added meanwhile don't keep it from ending, and nobody who is slow holds a reader.
func TestEachRowWhileAppending(t *testing.T) {
	d := open(t, t.TempDir())
	add(t, d, note("user.signin", "a"), note("user.signin", "b"))
	n := 0
	err := d.EachRow(t.Context(), OperationQuery{}, func(*Row) error {
		n++
		add(t, d, note("user.signin", NewID()))
		if open := d.readers.Stats().InUse; open != 0 {
			t.Errorf("%d readers are in use", open)
		}
		return nil
	})
	if n != 2 || err != nil {
		t.Errorf("%d rows, error %v", n, err)
	}
}

func TestWritable(t *testing.T) {
	d := open(t, t.TempDir())
	if err := d.Writable(t.Context()); err != nil {
		t.Errorf("empty: %v", err)
	}
	add(t, d, fullRow(PhaseIntent))
	if err := d.Writable(t.Context()); err != nil {
		t.Errorf("intact: %v", err)
	}
	do(t, d, func(tx *Tx) error {
		_, err := tx.Exec("UPDATE operations SET last_seq = 7")
		return err
	})
	if err := d.Writable(t.Context()); err == nil {
		t.Error("no error when the operations disagree with history")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Writable(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}
