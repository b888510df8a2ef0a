package db

import (
	"context"
	"database/sql"

	"golang.org/x/sync/errgroup"

	"roomledger/db/seal"
)

// rows reads all rows with allRowsSQL or allKindsSQL and grows the tree over them, and compares it with what is stored and
// what was signed. The readers take chunks in turn, so that they come in order.
func (v *verifier) rows(ctx context.Context, all string, marks *seal.Marks, stones []seal.Tombstone) (seal.Edge, error) {
	group, ctx := errgroup.WithContext(ctx)
	lanes := make([]chan *chunk, verifyReaders)
	for i, tx := range v.readers[:verifyReaders] {
		lanes[i] = make(chan *chunk, verifyAhead)
		group.Go(func() error {
			defer close(lanes[i])
			return v.lane(ctx, tx, all, int64(i), lanes[i])
		})
	}
	t := treeCheck{v: v, marks: marks, stones: stones}
	marks.Reach(t.edge, &v.report)
	for i := 0; ; i++ {
		c, ok := <-lanes[i%verifyReaders]
		if !ok {
			return t.edge, group.Wait()
		}
		t.add(c)
	}
}

// lane reads every chunk that is the turn of reader i.
func (v *verifier) lane(ctx context.Context, tx *sql.Tx, all string, i int64, out chan<- *chunk) error {
	for first := 1 + i*verifyChunk; first <= v.size; first += verifyReaders * verifyChunk {
		c := readChunk(tx, all, first, min(first+verifyChunk-1, v.size), v.pruned)
		select {
		case out <- c:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// treeCheck grows the tree leaf by leaf.
type treeCheck struct {
	v      *verifier
	marks  *seal.Marks
	stones []seal.Tombstone
	edge   seal.Edge
	broken bool // a hash is missing, so that nothing can be said about the tree from there on
	wrong  bool // a hash of the tree was wrong: those that are made of it have to be
}

func (t *treeCheck) add(c *chunk) {
	var made [64]seal.Hash
	for i := range c.rows {
		seq := c.first + int64(i)
		leaf, ok := t.leaf(c, i, seq)
		if !ok || t.broken {
			t.broken = true
			continue
		}
		known := t.edge.Add(leaf, made[:0])
		if !sameHashes(known, c.stored(i)) && !t.wrong {
			t.v.report.Fault(seq, "the hashes of the tree at row %d are not what its rows give", seq)
			t.wrong = true
		}
		t.reached()
	}
}

// leaf compares a row with its leaf and returns the leaf's hash; ok is false where there is none.
func (t *treeCheck) leaf(c *chunk, i int, seq int64) (leaf seal.Hash, ok bool) {
	stored := c.stored(i)
	if len(stored) < seal.HashSize {
		t.v.report.Fault(seq, "row %d has no leaf in the tree, or one that this program didn't write", seq)
		return leaf, false
	}
	leaf = seal.Hash(stored[:seal.HashSize])
	if seq > t.v.pruned {
		t.row(c.rows[i], leaf, seq)
	}
	return leaf, true
}

func (t *treeCheck) row(row rowFound, leaf seal.Hash, seq int64) {
	r := &t.v.report
	switch {
	case row.problem != nil:
		r.Fault(seq, "row %d can't be read: the file is damaged: %v", seq, row.problem)
		return
	case row.state == rowMissing:
		r.Fault(seq, "row %d is missing", seq)
		return
	case row.hash != leaf:
		r.Fault(seq, "row %d was changed: its hash isn't the one in the tree", seq)
	case row.state == rowMisshapen:
		r.Fault(seq, "row %d was changed: a value is of another kind than its column", seq)
	}
	r.Rows++
}

// reached compares the tree with what was signed for its size.
func (t *treeCheck) reached() {
	t.marks.Reach(t.edge, &t.v.report)
	for len(t.stones) > 0 && t.stones[0].Upto == t.edge.Size {
		if t.stones[0].Root != t.edge.Root() {
			t.v.report.Fault(t.edge.Size, "the tombstone of the rows up to %d isn't of this history", t.edge.Size)
		}
		t.stones = t.stones[1:]
	}
}

func sameHashes(known []seal.Hash, stored []byte) bool {
	if len(stored) != len(known)*seal.HashSize {
		return false
	}
	for i := range known {
		if known[i] != seal.Hash(stored[i*seal.HashSize:(i+1)*seal.HashSize]) {
			return false
		}
	}
	return true
}
