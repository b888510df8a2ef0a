package db

import (
	"context"
	"database/sql"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"roomledger/db/seal"
)

// chunk is what one reader found out about some rows.
type chunk struct {
	first, last int64
	leaves      []seal.Hash // of the rows as they are; zero where one is missing
	whole       []bool      // whether a row is there and has the shape of one
	hashes      []byte      // as stored, one leaf's after the other's
	ends        []int       // where each leaf's end; a leaf that is missing has none
	problem     error       // the file is damaged here
}

func (c *chunk) stored(i int) []byte {
	start := 0
	if i > 0 {
		start = c.ends[i-1]
	}
	return c.hashes[start:c.ends[i]]
}

// rows reads all rows and grows the tree over them, and compares it with what is stored and what was signed.
func (v *verifier) rows(ctx context.Context, marks *seal.Marks, stones []seal.Tombstone) (seal.Edge, error) {
	group, ctx := errgroup.WithContext(ctx)
	count := (v.size + verifyChunk - 1) / verifyChunk
	var next atomic.Int64
	results := make([]chan *chunk, count)
	ahead := make(chan struct{}, 4*verifyReaders) // how many chunks wait at most
	for i := range results {
		results[i] = make(chan *chunk, 1)
	}
	for _, tx := range v.readers[:verifyReaders] {
		group.Go(func() error {
			for {
				select {
				case ahead <- struct{}{}:
				case <-ctx.Done():
					return ctx.Err()
				}
				i := next.Add(1) - 1
				if i >= count {
					return nil
				}
				results[i] <- v.read(tx, i*verifyChunk+1, min((i+1)*verifyChunk, v.size))
			}
		})
	}
	t := treeCheck{v: v, marks: marks, stones: stones}
	marks.Reach(t.edge, &v.report)
	for i := range results {
		select {
		case c := <-results[i]:
			t.add(c)
			<-ahead
		case <-ctx.Done():
			return t.edge, group.Wait()
		}
	}
	return t.edge, group.Wait()
}

// read reads the rows and the leaves from first to last.
func (v *verifier) read(tx *sql.Tx, first, last int64) *chunk {
	n := last - first + 1
	c := &chunk{first: first, last: last, leaves: make([]seal.Hash, n), whole: make([]bool, n), ends: make([]int, n)}
	c.problem = c.readRows(tx)
	if err := c.readLeaves(tx); c.problem == nil {
		c.problem = err
	}
	return c
}

func (c *chunk) readRows(tx *sql.Tx) error {
	rows, err := tx.Query("SELECT seq, "+leafSQL+" FROM history WHERE seq BETWEEN ? AND ? ORDER BY seq", c.first, c.last)
	if err != nil {
		return err
	}
	for rows.Next() {
		var seq int64
		var leaf sql.RawBytes
		if err := rows.Scan(&seq, &leaf); err != nil {
			return closing(rows, err)
		}
		i := seq - c.first
		c.leaves[i], c.whole[i] = seal.LeafHash(leaf), seal.Whole(leaf)
	}
	return closing(rows, rows.Err())
}

func (c *chunk) readLeaves(tx *sql.Tx) error {
	rows, err := tx.Query("SELECT seq, iif(version = ?, hashes, x'') FROM leaves WHERE seq BETWEEN ? AND ? ORDER BY seq",
		seal.Version, c.first, c.last)
	if err != nil {
		return err
	}
	done := int64(0)
	for rows.Next() {
		var seq int64
		var hashes sql.RawBytes
		if err := rows.Scan(&seq, &hashes); err != nil {
			return closing(rows, err)
		}
		for ; done < seq-c.first; done++ { // leaves that are missing
			c.ends[done] = len(c.hashes)
		}
		c.hashes = append(c.hashes, hashes...)
		c.ends[done] = len(c.hashes)
		done++
	}
	for ; done < int64(len(c.ends)); done++ {
		c.ends[done] = len(c.hashes)
	}
	return closing(rows, rows.Err())
}

// treeCheck grows the tree leaf by leaf.
type treeCheck struct {
	v      *verifier
	marks  *seal.Marks
	stones []seal.Tombstone
	edge   seal.Edge
	broken bool // a hash is missing, so that nothing can be said about the tree from there on
}

func (t *treeCheck) add(c *chunk) {
	r := &t.v.report
	if c.problem != nil {
		r.Fault(c.first, "the file is damaged among the rows %d to %d: %v", c.first, c.last, c.problem)
		t.broken = true
		return
	}
	var made [64]seal.Hash
	for i := range c.leaves {
		leaf, ok := t.leaf(c, i)
		if !ok || t.broken {
			t.broken = true
			continue
		}
		known := t.edge.Add(leaf, made[:0])
		if !sameHashes(known, c.stored(i)) {
			seq := c.first + int64(i)
			r.Fault(seq, "the hashes of the tree at row %d are not what its rows give", seq)
		}
		t.reached()
	}
}

// leaf compares a row with its leaf and returns the leaf's hash; ok is false where there is none.
func (t *treeCheck) leaf(c *chunk, i int) (leaf seal.Hash, ok bool) {
	r, seq, stored := &t.v.report, c.first+int64(i), c.stored(i)
	if len(stored) < seal.HashSize {
		r.Fault(seq, "row %d has no leaf in the tree", seq)
		return leaf, false
	}
	leaf = seal.Hash(stored[:seal.HashSize])
	if seq <= t.v.pruned {
		return leaf, true
	}
	switch {
	case c.leaves[i] == seal.Hash{}:
		r.Fault(seq, "row %d is missing", seq)
	case c.leaves[i] != leaf || !c.whole[i]:
		r.Rows++
		r.Fault(seq, "row %d was changed: its hash isn't the one in the tree", seq)
	default:
		r.Rows++
	}
	return leaf, true
}

// reached compares the tree with what was signed for its size.
func (t *treeCheck) reached() {
	r := &t.v.report
	if t.marks.Next() == t.edge.Size {
		t.marks.Reach(t.edge, r)
	}
	for len(t.stones) > 0 && t.stones[0].Upto == t.edge.Size {
		if t.stones[0].Root != t.edge.Root() {
			r.Fault(t.edge.Size, "the tombstone of the rows up to %d isn't of this history", t.edge.Size)
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
