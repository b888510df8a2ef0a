package db

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		outcome     *Row // after an intent; nil: none yet
		want        string
		targetID    string
		targetName  string
		error       string
		lastSeq     int64
		latency     int64
		dayOutcomes map[string]int
	}{
		"open": {nil, OutcomeUnknown, "", "Maths", "", 1, 0, map[string]int{OutcomeUnknown: 1}},
		"done": {
			&Row{Phase: PhaseDone, TargetID: "r1", LatencyMS: 40},
			OutcomeDone, "r1", "Maths", "", 2, 40,
			map[string]int{OutcomeDone: 1},
		},
		"done with a remark and another name": {
			&Row{Phase: PhaseDone, TargetID: "r1", TargetName: "MATHS", Error: "may have overwritten"},
			OutcomeDone, "r1", "MATHS", "may have overwritten", 2, 0,
			map[string]int{OutcomeDone: 1},
		},
		"failed": {
			&Row{Phase: PhaseFailed, Error: "refused"},
			OutcomeFailed, "", "Maths", "refused", 2, 0,
			map[string]int{OutcomeFailed: 1},
		},
		"settled as made": {
			&Row{Phase: PhaseSettled, TargetID: "r1"},
			OutcomeDone, "r1", "Maths", "", 2, 0,
			map[string]int{OutcomeDone: 1},
		},
		"settled as made, with a remark": {
			&Row{Phase: PhaseSettled, TargetID: "r1", Error: "after a crash"},
			OutcomeDone, "r1", "Maths", "after a crash", 2, 0,
			map[string]int{OutcomeDone: 1},
		},
		"settled as not made": {
			&Row{Phase: PhaseSettled, Error: "no room of that name"},
			OutcomeFailed, "", "Maths", "no room of that name", 2, 0,
			map[string]int{OutcomeFailed: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, t.TempDir())
			at := time.Date(2026, 5, 6, 23, 59, 59, 0, time.UTC)
			intent := Row{Time: at, Workspace: "ws", Operation: "op", Action: "room.create", Phase: PhaseIntent, TargetKind: "room", TargetName: "Maths"}
			add(t, d, intent)
			if c.outcome != nil {
				c.outcome.Time, c.outcome.Workspace, c.outcome.Operation, c.outcome.Action = at.Add(time.Minute), "ws", "op", "room.create"
				add(t, d, *c.outcome)
			}
			want := Operation{
				Seq: 1, LastSeq: c.lastSeq, ID: "op", Workspace: "ws", Time: at, Action: "room.create", TargetKind: "room",
				TargetID: c.targetID, TargetName: c.targetName, Outcome: c.want, LatencyMS: c.latency, Error: c.error,
			}
			got, err := d.Operation(t.Context(), "op")
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			days, err := d.Days(t.Context(), "", "", at)
			if err != nil {
				t.Fatal(err)
			}
			counts := map[string]int{}
			for _, day := range days {
				counts[day.Outcome] += day.Count
				if day.Day != "2026-05-06" {
					t.Errorf("counted on %s", day.Day)
				}
			}
			if diff := gocmp.Diff(c.dayOutcomes, counts); diff != "" {
				t.Error(diff)
			}
			list, err := d.OpenOperations(t.Context(), "ws")
			if err != nil || (len(list) == 1) != (c.outcome == nil) {
				t.Errorf("open are %v, error %v", list, err)
			}
			if byName, err := d.Operations(t.Context(), OperationQuery{Target: strings.ToLower(c.targetName)}); err != nil || len(byName) != 1 {
				t.Errorf("by name: %v, error %v", byName, err)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	d := open(t, t.TempDir())
	failed := note("user.signin", "b")
	failed.Error = "wrong password"
	add(t, d, note("user.signin", "a"), failed)
	for id, want := range map[string]string{"a": OutcomeDone, "b": OutcomeFailed} {
		if o, err := d.Operation(t.Context(), id); o.Outcome != want || err != nil {
			t.Errorf("%s is %s, error %v", id, o.Outcome, err)
		}
	}
}

// Of two who settle an operation at the same time, one does.
func TestSettledOnce(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	intent := note("room.create", "op")
	intent.Phase = PhaseIntent
	add(t, a, intent)
	results := make(chan error, 10)
	for i := range cap(results) {
		d := []*DB{a, b}[i%2]
		go func() {
			row := note("room.create", "op")
			row.Phase = PhaseSettled
			results <- d.InTx(t.Context(), func(tx *Tx) error { return tx.Append(&row) })
		}()
	}
	settled := 0
	for range cap(results) {
		if err := <-results; err == nil {
			settled++
		}
	}
	if n, err := a.HistoryLen(t.Context()); settled != 1 || n != 2 || err != nil {
		t.Errorf("settled %d times, %d rows, error %v", settled, n, err)
	}
}

// ledger fills a database with operations of many kinds and returns them, newest first.
func ledger(t testing.TB, d *DB) []Operation {
	t.Helper()
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	actions := []string{"room.create", "room.disable", "code.create", "user.signin", "roomy.test"}
	var rows []Row
	for i := range 300 {
		row := Row{
			Time: start.Add(time.Duration(i) * 37 * time.Minute), Workspace: []string{"a", "b"}[i%2], Operation: fmt.Sprintf("op%03d", i),
			ActorID: fmt.Sprintf("u%d", i%3), ActorName: fmt.Sprintf("person_%d@example.com", i%3), ActorKind: "user", IP: "192.0.2.1",
			Action: actions[i%5], Phase: PhaseNote, TargetKind: []string{"room", "user"}[i%7%2], TargetID: fmt.Sprintf("id%d", i%11),
			TargetName: fmt.Sprintf("100%% Größe_%d", i%13),
		}
		if i%50 == 49 { // a clock that was set back
			row.Time = row.Time.AddDate(0, 0, -3)
		}
		if i%4 == 0 {
			row.Error = "wrong"
		}
		if i%6 == 1 {
			row.Phase = PhaseIntent
		}
		rows = append(rows, row)
	}
	add(t, d, rows...)
	var ops []Operation
	for _, row := range rows {
		o := Operation{
			Seq: row.Seq, LastSeq: row.Seq, ID: row.Operation, Workspace: row.Workspace, Time: row.Time, ActorID: row.ActorID,
			ActorName: row.ActorName, ActorKind: row.ActorKind, IP: row.IP, Action: row.Action, TargetKind: row.TargetKind,
			TargetID: row.TargetID, TargetName: row.TargetName, Outcome: OutcomeDone, Error: row.Error,
		}
		if row.Phase == PhaseIntent {
			o.Outcome = OutcomeUnknown
		} else if row.Error != "" {
			o.Outcome = OutcomeFailed
		}
		ops = append(ops, o)
	}
	slices.Reverse(ops)
	return ops
}

// matches is what OperationQuery means, said in another way.
func matches(o Operation, q OperationQuery) bool {
	is := func(want, got string) bool { return want == "" || want == got }
	object := strings.TrimSuffix(strings.TrimSuffix(q.Action, "*"), ".")
	action := is(q.Action, o.Action) || object != q.Action && strings.HasPrefix(o.Action, object+".")
	text := strings.ToLower(o.TargetName + "\n" + o.TargetID + "\n" + o.ActorName + "\n" + o.Action)
	return is(q.Workspace, o.Workspace) && (is(q.Actor, o.ActorName) || q.Actor == o.ActorID) && action &&
		is(q.Outcome, o.Outcome) && is(q.TargetKind, o.TargetKind) &&
		(is(q.Target, o.TargetID) || strings.EqualFold(q.Target, o.TargetName)) &&
		(q.From.IsZero() || !o.Time.Before(q.From)) && (q.To.IsZero() || o.Time.Before(q.To)) &&
		strings.Contains(text, strings.ToLower(q.Q))
}

// operationQueries are all filters alone and many together.
func operationQueries() []OperationQuery {
	list := []OperationQuery{{}}
	widen := func(changes ...func(*OperationQuery)) {
		for _, q := range slices.Clone(list) {
			for _, change := range changes {
				wider := q
				change(&wider)
				list = append(list, wider)
			}
		}
	}
	day := func(n int) time.Time { return time.Date(2026, 11, n, 6, 0, 0, 0, time.UTC) }
	widen(func(q *OperationQuery) { q.Workspace = "a" })
	widen(func(q *OperationQuery) { q.Actor = "person_1@example.com" }, func(q *OperationQuery) { q.Actor = "u2" })
	widen(func(q *OperationQuery) { q.Action = "room.create" }, func(q *OperationQuery) { q.Action = "room." },
		func(q *OperationQuery) { q.Action = "room.*" })
	widen(func(q *OperationQuery) { q.Outcome = OutcomeDone }, func(q *OperationQuery) { q.Outcome = OutcomeUnknown })
	widen(func(q *OperationQuery) { q.TargetKind = "room" })
	widen(func(q *OperationQuery) { q.Target = "id3" }, func(q *OperationQuery) { q.Target = "100% GRÖSSE_7" },
		func(q *OperationQuery) { q.Target = "100% größe_7" })
	widen(func(q *OperationQuery) { q.From = day(3) }, func(q *OperationQuery) { q.To = day(5) },
		func(q *OperationQuery) { q.From, q.To = day(3), day(5) })
	return list
}

func TestOperations(t *testing.T) {
	d := open(t, t.TempDir())
	all := ledger(t, d)
	queries := operationQueries()
	for _, part := range []string{"GRÖßE", "e_1", "0%", "%", `\`, "_", "PERSON_1", "room.c", "id1", "nowhere"} {
		queries = append(queries, OperationQuery{Q: part}, OperationQuery{Q: part, Outcome: OutcomeFailed, Workspace: "b"})
	}
	for i, q := range queries {
		var want []Operation
		for _, o := range all {
			if matches(o, q) {
				want = append(want, o)
			}
		}
		q.Limit = 200
		got, err := d.Operations(t.Context(), q)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		if diff := gocmp.Diff(want[:min(len(want), 200)], got); diff != "" {
			t.Fatalf("%+v: %s", q, diff)
		}
		if i%10 == 0 {
			checkCounts(t, d, q, all)
		}
	}
}

func checkCounts(t *testing.T, d *DB, q OperationQuery, all []Operation) {
	t.Helper()
	got, err := d.OutcomeCounts(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	q.Outcome = ""
	want := map[string]int{OutcomeDone: 0, OutcomeFailed: 0, OutcomeUnknown: 0}
	for _, o := range all {
		if matches(o, q) {
			want[o.Outcome]++
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%+v: %s", q, diff)
	}
}

func TestOperationPages(t *testing.T) {
	d := open(t, t.TempDir())
	all := ledger(t, d)
	page := func(q OperationQuery) []int64 {
		t.Helper()
		list, err := d.Operations(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		var seqs []int64
		for _, o := range list {
			seqs = append(seqs, o.Seq)
		}
		return seqs
	}
	for name, c := range map[string]struct {
		q        OperationQuery
		first, n int64
		step     int64
	}{
		"first":      {OperationQuery{}, 300, 50, 1},
		"limit":      {OperationQuery{Limit: 3}, 300, 3, 1},
		"too many":   {OperationQuery{Limit: 1000}, 300, 200, 1},
		"negative":   {OperationQuery{Limit: -1}, 300, 1, 1},
		"next":       {OperationQuery{BeforeSeq: 251, Limit: 10}, 250, 10, 1},
		"before":     {OperationQuery{AfterSeq: 250, Limit: 10}, 260, 10, 1},
		"last":       {OperationQuery{BeforeSeq: 4}, 3, 3, 1},
		"between":    {OperationQuery{BeforeSeq: 10, AfterSeq: 4}, 9, 5, 1},
		"filtered":   {OperationQuery{Workspace: "a", BeforeSeq: 100, Limit: 4}, 99, 4, 2},
		"and before": {OperationQuery{Workspace: "a", AfterSeq: 99, Limit: 4}, 107, 4, 2},
	} {
		want := []int64{}
		for i := range c.n {
			want = append(want, c.first-i*c.step)
		}
		if diff := gocmp.Diff(want, page(c.q)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if len(all) != 300 {
		t.Errorf("%d operations", len(all))
	}
}

func TestOutcomeCountsAreCapped(t *testing.T) {
	d := open(t, t.TempDir())
	var rows []Row
	for i := range outcomeCap + 5 {
		rows = append(rows, note("user.signin", fmt.Sprint(i)))
	}
	add(t, d, rows...)
	got, err := d.OutcomeCounts(t.Context(), OperationQuery{})
	if err != nil || got[OutcomeDone] != outcomeCap {
		t.Errorf("counts are %v, error %v", got, err)
	}
}

func TestMenus(t *testing.T) {
	d := open(t, t.TempDir())
	ledger(t, d)
	actors, err := d.Actors(t.Context())
	if diff := gocmp.Diff([]string{"person_0@example.com", "person_1@example.com", "person_2@example.com"}, actors); diff != "" || err != nil {
		t.Error(diff, err)
	}
	actions, err := d.Actions(t.Context())
	if diff := gocmp.Diff([]string{"code.create", "room.create", "room.disable", "roomy.test", "user.signin"}, actions); diff != "" || err != nil {
		t.Error(diff, err)
	}
	var rows []Row
	for i := range menuCap {
		row := note(fmt.Sprintf("x.%d", i), fmt.Sprint("x", i))
		row.ActorName = ""
		rows = append(rows, row)
	}
	add(t, d, rows...)
	if actions, err := d.Actions(t.Context()); len(actions) != menuCap || err != nil {
		t.Errorf("%d actions, error %v", len(actions), err)
	}
	if actors, err := d.Actors(t.Context()); len(actors) != 3 || err != nil {
		t.Errorf("%d actors, error %v", len(actors), err)
	}
}

func TestDays(t *testing.T) {
	d := open(t, t.TempDir())
	all := ledger(t, d)
	from := time.Date(2026, 11, 4, 13, 0, 0, 0, time.UTC)
	for _, c := range []struct{ workspace, prefix string }{{"", ""}, {"a", ""}, {"", "room."}, {"b", "room.create"}, {"c", ""}} {
		counts := map[DayCount]int{}
		for _, o := range all {
			if (c.workspace == "" || c.workspace == o.Workspace) && strings.HasPrefix(o.Action, c.prefix) && dayOf(o.Time) >= dayOf(from) {
				counts[DayCount{Day: dayOf(o.Time), Outcome: o.Outcome}]++
			}
		}
		var want []DayCount
		for day, n := range counts {
			day.Count = n
			want = append(want, day)
		}
		slices.SortFunc(want, func(a, b DayCount) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Outcome, b.Outcome)) })
		got, err := d.Days(t.Context(), c.workspace, c.prefix, from)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%+v: %s", c, diff)
		}
	}
}
