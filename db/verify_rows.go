package db

import (
	"context"

	"golang.org/x/sync/errgroup"

	"roomledger/db/seal"
)

// turn is a chunk to be read, and where it is handed over.
type turn struct {
	first int64
	done  chan *chunk
}

// rows reads all rows with allRowsSQL or allKindsSQL and grows the tree over them, and compares it with what is stored and
// what was signed. Whichever reader is free takes the next chunk; they are added in order.
func (v *verifier) rows(ctx context.Context, all string, marks *seal.Marks, stones []seal.Tombstone) (seal.Edge, error) {
	group, ctx := errgroup.WithContext(ctx)
	turns, order := make(chan turn), make(chan turn, verifyAhead)
	group.Go(func() error {
		defer close(turns)
		defer close(order)
		return v.deal(ctx, turns, order)
	})
	for _, tx := range v.readers[:verifyReaders] {
		group.Go(func() error {
			for t := range turns {
				t.done <- readChunk(tx, all, t.first, min(t.first+verifyChunk-1, v.size), v.pruned)
			}
			return nil
		})
	}
	t := treeCheck{v: v, marks: marks, stones: stones}
	marks.Reach(t.edge, &v.report)
	for next := range order {
		t.add(<-next.done)
	}
	return t.edge, group.Wait()
}

// deal deals the chunks out, each to be read and in order.
func (v *verifier) deal(ctx context.Context, turns, order chan<- turn) error {
	for first := int64(1); first <= v.size; first += verifyChunk {
		t := turn{first, make(chan *chunk, 1)}
		select {
		case turns <- t:
		case <-ctx.Done():
			return ctx.Err()
		}
		order <- t // at most as many as wait to be added
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
