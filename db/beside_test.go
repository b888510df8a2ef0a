package db

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// withTargets fills history with operations on a few targets: with and without an id, of two kinds and two workspaces.
func withTargets(t *testing.T, d *DB) []Operation {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	rows := make([]Row, 400)
	for i := range rows {
		row := note("room.create", "op-"+strconv.Itoa(i))
		row.Workspace = []string{"w1", "w2", ""}[random.IntN(3)]
		row.TargetKind = []string{"room", "user"}[random.IntN(2)]
		row.TargetID = []string{"", "a", "b"}[random.IntN(3)]
		row.TargetName = []string{"", "Ward", "ward", "Übung", "übung"}[random.IntN(5)]
		rows[i] = row
	}
	add(t, d, rows...)
	var all []Operation
	for q := (OperationQuery{Limit: 200}); ; q.BeforeSeq = all[len(all)-1].Seq {
		list, err := d.Operations(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, list...); len(list) < q.Limit {
			return all
		}
	}
}

// besideNaively looks at every operation.
func besideNaively(all []Operation, op Operation) (before, after *Operation) {
	for i := range all {
		o := &all[i]
		same := op.TargetID != "" && o.TargetID == op.TargetID ||
			op.TargetID == "" && op.TargetName != "" && o.TargetKind == op.TargetKind && strings.EqualFold(o.TargetName, op.TargetName)
		if !same || o.Workspace != op.Workspace {
			continue
		}
		if o.Seq < op.Seq && (before == nil || o.Seq > before.Seq) {
			before = o
		}
		if o.Seq > op.Seq && (after == nil || o.Seq < after.Seq) {
			after = o
		}
	}
	return before, after
}

func TestBeside(t *testing.T) {
	d := open(t, t.TempDir())
	all := withTargets(t, d)
	ends := 0
	for _, op := range all {
		before, after, err := d.Beside(t.Context(), op)
		if err != nil {
			t.Fatal(err)
		}
		wantBefore, wantAfter := besideNaively(all, op)
		if diff := cmp.Diff([]*Operation{wantBefore, wantAfter}, []*Operation{before, after}); diff != "" {
			t.Errorf("beside %+v (-want +got):\n%s", op, diff)
		}
		if before == nil || after == nil {
			ends++
		}
	}
	if ends == 0 || ends == len(all) {
		t.Errorf("%d of %d operations are at an end", ends, len(all))
	}
}

func TestBesidePlans(t *testing.T) {
	d := open(t, t.TempDir())
	for name, c := range map[string]struct {
		op   Operation
		want string
	}{
		"by id":   {Operation{TargetID: "a", TargetName: "n", TargetKind: "room"}, "operations_target_id (target_id=? AND rowid"},
		"by name": {Operation{TargetName: "n", TargetKind: "room"}, "operations_target_key (target_key=? AND rowid"},
	} {
		f, ok := sameTarget(c.op)
		if !ok {
			t.Fatalf("%s: no target", name)
		}
		for side, order := range map[string]string{"<": "DESC", ">": "ASC"} {
			got := plan(t, d, nearestText(f, side, order), append(f.args[:len(f.args):len(f.args)], 1))
			if !strings.Contains(got, c.want+side+"?)") || strings.Contains(got, "TEMP B-TREE") {
				t.Errorf("%s %s: plan is\n%s", name, side, got)
			}
		}
	}
}

func TestKinds(t *testing.T) {
	d := open(t, t.TempDir())
	withTargets(t, d)
	kinds, err := d.Kinds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"room", "user"}, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}
