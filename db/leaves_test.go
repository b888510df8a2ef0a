package db

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"roomledger/db/seal"
)

// TestLeafSQL compares what the database makes of a row with what the program does.
func TestLeafSQL(t *testing.T) {
	d := open(t, t.TempDir())
	texts := []string{"", "a", "1", "räum", "it's \"so\"", "a\nb", ":,1:", "\U0001F600", "0", " "}
	random := rand.New(rand.NewPCG(1, 2))
	text := func() string { return texts[random.IntN(len(texts))] }
	var rows []Row
	for i := range 300 {
		rows = append(rows, Row{
			Workspace: text(), Operation: fmt.Sprintf("op%d", i), Batch: text(), ActorID: text(), ActorName: text(),
			ActorKind: text(), IP: text(), UserAgent: text(), RequestID: text(), Action: "room.create", Phase: PhaseNote,
			TargetKind: text(), TargetID: text(), TargetName: text(), Reason: text(), Request: text(), Response: text(),
			Before: text(), After: text(), APIMethod: text(), APIPath: text(), APIStatus: random.IntN(600),
			LatencyMS: random.Int64N(1e12), Attempts: random.IntN(3), Error: text(),
		})
	}
	add(t, d, rows...)
	var edge seal.Edge
	var leaves []seal.Hash
	err := d.EachLeaf(t.Context(), Extract{}, func(leaf Leaf) error {
		row := rows[leaf.Seq-1]
		row.Seq = leaf.Seq
		want := seal.AppendLeaf(nil, row.fields())
		if diff := cmp.Diff(string(want), string(leaf.Bytes)); diff != "" {
			t.Errorf("leaf %d: %s", leaf.Seq, diff)
		}
		leaves = append(leaves, seal.LeafHash(leaf.Bytes))
		edge.Add(seal.LeafHash(leaf.Bytes), nil)
		return nil
	})
	if err != nil || len(leaves) != len(rows) {
		t.Fatalf("%d leaves, %v", len(leaves), err)
	}
	stored, err := d.EdgeAt(t.Context(), int64(len(rows)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(edge, stored); diff != "" {
		t.Error(diff)
	}
	size := int64(len(rows))
	proof, err := d.newNodes().prove(t.Context(), 77, size)
	if err != nil {
		t.Fatal(err)
	}
	if err := tlog.CheckRecord(proof, size, edge.Root(), 76, leaves[76]); err != nil {
		t.Error(err)
	}
}
