package db

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"roomledger/db/seal"
)

// nodes reads hashes of the tree for rows in ascending order. A proof has as many hashes as the tree has levels, and the
// next row's has most of them again: those near the leaves are read a block at a time, those above are remembered.
type nodes struct {
	d     *DB
	block int64             // number of the block in hand, from 0; -1: none
	near  [nodeBlock][]byte // hashes of its leaves as they are stored; nil: missing
	above map[seal.Node]seal.Hash
}

// A block is a whole subtree of this many levels above its leaves, so that a proof needs nothing below from another one.
const (
	nodeLevels = 9
	nodeBlock  = 1 << nodeLevels
)

// maxAbove is how many hashes are remembered. A proof needs one of each level.
const maxAbove = 4096

func (d *DB) newNodes() *nodes {
	return &nodes{d: d, block: -1, above: map[seal.Node]seal.Hash{}}
}

// leaf returns the hash of the leaf of row seq.
func (n *nodes) leaf(ctx context.Context, seq int64) (seal.Hash, error) {
	if err := n.load(ctx, (seq-1)/nodeBlock); err != nil {
		return seal.Hash{}, err
	}
	return n.node(ctx, seal.Node{Leaf: seq - 1})
}

// prove returns the proof that the tree over the first size rows holds row seq.
func (n *nodes) prove(ctx context.Context, seq, size int64) ([]seal.Hash, error) {
	if err := n.load(ctx, (seq-1)/nodeBlock); err != nil {
		return nil, err
	}
	proof, err := tlog.ProveRecord(size, seq-1, tlog.HashReaderFunc(func(indexes []int64) ([]seal.Hash, error) {
		list := make([]seal.Hash, len(indexes))
		var err error
		for i, index := range indexes {
			if list[i], err = n.node(ctx, seal.NodeAt(index)); err != nil {
				return nil, err
			}
		}
		return list, nil
	}))
	if err != nil {
		return nil, fmt.Errorf("prove row %d: %w", seq, err)
	}
	return proof, nil
}

func (n *nodes) node(ctx context.Context, node seal.Node) (seal.Hash, error) {
	if node.Leaf/nodeBlock == n.block {
		return readNode(node, func(int64) ([]byte, error) { return n.near[node.Leaf%nodeBlock], nil })
	}
	if hash, ok := n.above[node]; ok {
		return hash, nil
	}
	hash, err := readNode(node, n.d.hashesOf(ctx))
	if err != nil {
		return seal.Hash{}, err
	}
	if len(n.above) >= maxAbove {
		clear(n.above)
	}
	n.above[node] = hash
	return hash, nil
}

// load reads a block.
func (n *nodes) load(ctx context.Context, block int64) error {
	if n.block == block {
		return nil
	}
	n.block = -1
	clear(n.near[:])
	first := block * nodeBlock
	rows, err := n.d.readers.QueryContext(atOnce(ctx), "SELECT seq, hashes FROM leaves WHERE seq BETWEEN ? AND ?", first+1, first+nodeBlock)
	if err != nil {
		return err
	}
	for rows.Next() {
		var seq int64
		var hashes []byte
		if err := rows.Scan(&seq, &hashes); err != nil {
			return closing(rows, err)
		}
		n.near[seq-1-first] = hashes
	}
	if err := closing(rows, rows.Err()); err != nil {
		return err
	}
	n.block = block
	return nil
}
