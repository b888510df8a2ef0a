package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"roomledger/db/seal"
)

// manyRows fills a history with pairs of rows, one in ten of which is about something special.
func manyRows(t *testing.T, d *DB, pairs int) {
	t.Helper()
	var rows []Row
	for i := range pairs {
		row := note("room.create", fmt.Sprint("op", i))
		row.Phase = PhaseIntent
		if i%10 == 3 {
			row.TargetName = "special"
		}
		done := row
		done.Phase = PhaseDone
		rows = append(rows, row, done)
	}
	add(t, d, rows...)
}

// seqs reads the numbers of the rows of an extract.
func seqs(t *testing.T, d *DB, e Extract) []int64 {
	t.Helper()
	var list []int64
	err := d.EachLeaf(t.Context(), e, func(leaf Leaf) error {
		list = append(list, leaf.Seq)
		return nil
	})
	if err != nil {
		t.Errorf("%+v: %v", e, err)
	}
	return list
}

func TestEachLeafOfAnExtract(t *testing.T) {
	d := open(t, t.TempDir())
	manyRows(t, d, 30)
	special := []int64{7, 8, 27, 28, 47, 48}
	for name, c := range map[string]struct {
		e    Extract
		want []int64
	}{
		"operation":             {Extract{Operation: "op4"}, []int64{9, 10}},
		"operation up to a row": {Extract{Operation: "op4", Size: 9}, []int64{9}},
		"no such operation":     {Extract{Operation: "op"}, nil},
		"operation and query":   {Extract{Operation: "op3", Query: OperationQuery{Target: "SPECIAL"}}, []int64{7, 8}},
		"other operation":       {Extract{Operation: "op4", Query: OperationQuery{Target: "special"}}, nil},
		"query":                 {Extract{Query: OperationQuery{Target: "special"}}, special},
		"query up to a row":     {Extract{Query: OperationQuery{Target: "special"}, Size: 27}, special[:3]},
		"all up to a row":       {Extract{Size: 3}, []int64{1, 2, 3}},
		"beyond the end":        {Extract{Query: OperationQuery{Target: "special"}, Size: 1000}, special},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, seqs(t, d, c.e)); diff != "" {
				t.Error(diff)
			}
		})
	}
	whole := Extract{Query: OperationQuery{BeforeSeq: 1, AfterSeq: 1, Limit: 1}, Size: 1}
	if !whole.Whole() || (Extract{Operation: "x"}).Whole() || (Extract{Query: OperationQuery{Q: "x"}}).Whole() {
		t.Error("whole is what has neither an operation nor a query")
	}
}

// TestProofs proves every row that is read, in trees of several sizes, with what the library checks.
func TestProofs(t *testing.T) {
	d := open(t, t.TempDir())
	const pairs = 3*nodeBlock/2 + 75
	manyRows(t, d, pairs)
	for _, size := range []int64{1, 2, nodeBlock - 1, nodeBlock, nodeBlock + 1, 2*nodeBlock + 8, 2*pairs - 1, 2 * pairs} {
		edge, err := d.EdgeAt(t.Context(), size)
		if err != nil {
			t.Fatal(err)
		}
		for name, e := range map[string]Extract{
			"all":       {Size: size, Proofs: true},
			"special":   {Size: size, Proofs: true, Query: OperationQuery{Target: "special"}},
			"operation": {Size: size, Proofs: true, Operation: "op0"},
		} {
			n := 0
			err := d.EachLeaf(t.Context(), e, func(leaf Leaf) error {
				n++
				if leaf.Hash != seal.LeafHash(leaf.Bytes) {
					t.Errorf("row %d has another hash", leaf.Seq)
				}
				return tlog.CheckRecord(leaf.Proof, size, edge.Root(), leaf.Seq-1, leaf.Hash)
			})
			if err != nil || n == 0 && size > 10 {
				t.Errorf("%s of %d: %d rows, %v", name, size, n, err)
			}
		}
	}
}

func TestHashesAlone(t *testing.T) {
	d := open(t, t.TempDir())
	manyRows(t, d, 5)
	for _, hashes := range []bool{false, true} {
		err := d.EachLeaf(t.Context(), Extract{Hashes: hashes}, func(leaf Leaf) error {
			if read := leaf.Hash == seal.LeafHash(leaf.Bytes); read != hashes || leaf.Proof != nil {
				t.Errorf("hashes asked for: %t, read: %t, proof %v", hashes, read, leaf.Proof)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// Rows that are long come in more than one read of the same window.
func TestEachLeafOfLongRows(t *testing.T) {
	d := open(t, t.TempDir())
	var want []int64
	for i := range int64(9) {
		row := note("room.create", fmt.Sprint(i))
		row.Request = strings.Repeat("é", windowBytes/5*int(i%4))
		add(t, d, row)
		want = append(want, i+1)
	}
	if diff := cmp.Diff(want, seqs(t, d, Extract{})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, seqs(t, d, Extract{Query: OperationQuery{Action: "room.create"}})); diff != "" {
		t.Error(diff)
	}
}

// TestEachLeafEnds wants no reader left, neither when whoever reads gives up nor when nobody waits any more.
func TestEachLeafEnds(t *testing.T) {
	d := open(t, t.TempDir())
	manyRows(t, d, 2*window)
	stop := errors.New("stop")
	for name, c := range map[string]struct {
		fn   func(end context.CancelFunc) error
		want error
	}{
		"given up":  {func(context.CancelFunc) error { return stop }, stop},
		"cancelled": {func(end context.CancelFunc) error { end(); return nil }, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, end := context.WithCancel(t.Context())
			defer end()
			n := 0
			err := d.EachLeaf(ctx, Extract{}, func(Leaf) error { n++; return c.fn(end) })
			if !errors.Is(err, c.want) || n > 3*window {
				t.Errorf("%d rows, error %v", n, err)
			}
			if open := d.readers.Stats().InUse; open != 0 {
				t.Errorf("%d readers are in use", open)
			}
		})
	}
}

func TestEachLeafWithoutLeaf(t *testing.T) {
	d := open(t, t.TempDir())
	manyRows(t, d, 5)
	do(t, d, func(tx *Tx) error {
		for _, text := range []string{"DROP TRIGGER leaves_no_delete", "DELETE FROM leaves WHERE seq = 5"} {
			if _, err := tx.Exec(text); err != nil {
				return err
			}
		}
		return nil
	})
	for _, e := range []Extract{{Hashes: true}, {Proofs: true, Size: 6, Operation: "op2"}} {
		err := d.EachLeaf(t.Context(), e, func(Leaf) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "leaf 5 ") {
			t.Errorf("%+v: error %v", e, err)
		}
	}
	if n := len(seqs(t, d, Extract{})); n != 10 {
		t.Errorf("%d rows where no hash is asked for", n)
	}
}

// TestStreamAfterPruning begins with the first row that is left, and reads no window before it.
func TestStreamAfterPruning(t *testing.T) {
	d := open(t, t.TempDir())
	happened(t, d, "a(old a)old b(old b)old c(new c)new")
	do(t, d, func(tx *Tx) error {
		_, err := tx.Prune(t.Context(), cutoff, pruning(t, 100))
		return err
	})
	if diff := cmp.Diff([]int64{5, 6}, seqs(t, d, Extract{})); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for name, e := range map[string]Extract{"all": {}, "since a day that is gone": {Query: OperationQuery{From: cutoff.AddDate(-1, 0, 0)}}} {
		s, err := d.startStream(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		if s.next != 5 || s.last != 6 {
			t.Errorf("%s: reads from %d to %d", name, s.next, s.last)
		}
	}
}

func TestStreamPlanOfAnOperation(t *testing.T) {
	d := open(t, t.TempDir())
	s, err := d.startStream(t.Context(), Extract{Operation: "x", Size: 1000})
	if err != nil {
		t.Fatal(err)
	}
	got := plan(t, d, s.text, append([]any{1, 1000}, s.args...))
	if !strings.Contains(got, "INDEX history_operation (operation=? AND rowid>? AND rowid<?)") || strings.Contains(got, "TEMP B-TREE") {
		t.Errorf("plan is\n%s", got)
	}
}
