package seal

import (
	"crypto/sha256"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Edge is the right edge of a tree: the roots of the complete subtrees that it is made of, largest first. It is all that
// is needed to add leaves and to tell the root. The zero Edge is the empty tree.
type Edge struct {
	Size   int64 // leaves
	Hashes []Hash
}

// Clone returns an edge that can grow by itself.
func (e Edge) Clone() Edge {
	e.Hashes = slices.Clone(e.Hashes)
	return e
}

// Add adds a leaf. It appends to made what is known from now on, lowest first: the leaf's hash, then the roots of the
// subtrees that the leaf completes.
func (e *Edge) Add(leaf Hash, made []Hash) []Hash {
	made = append(made, leaf)
	hash := leaf
	for n := e.Size; n&1 == 1; n >>= 1 {
		last := len(e.Hashes) - 1
		hash = nodeHash(&e.Hashes[last], &hash)
		e.Hashes = e.Hashes[:last]
		made = append(made, hash)
	}
	e.Hashes = append(e.Hashes, hash)
	e.Size++
	return made
}

// nodeHash is tlog.NodeHash, in half the time as all that is hashed is in one piece.
func nodeHash(left, right *Hash) Hash {
	var b [1 + 2*HashSize]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+HashSize:], right[:])
	return sha256.Sum256(b[:])
}

// Root is the root of the tree.
func (e Edge) Root() Hash {
	if e.Size == 0 {
		return emptyRoot
	}
	root := e.Hashes[len(e.Hashes)-1]
	for _, left := range slices.Backward(e.Hashes[:len(e.Hashes)-1]) {
		root = tlog.NodeHash(left, root)
	}
	return root
}

// Whole says whether the edge has as many hashes as a tree of its size.
func (e Edge) Whole() bool { return e.Size >= 0 && len(e.Hashes) == bits.OnesCount64(uint64(e.Size)) }

// emptyRoot is the root of the tree without leaves (RFC 6962, 2.1).
var emptyRoot = Hash(sha256.Sum256(nil))

// Node is a place in the tree: which leaf completes it, counted from 0, and its level above the leaves.
type Node struct {
	Leaf  int64
	Level int
}

// EdgeNodes are the places of an edge of size leaves, in its order.
func EdgeNodes(size int64) []Node {
	var nodes []Node
	start := int64(0)
	for level := bits.Len64(uint64(size)) - 1; level >= 0; level-- {
		if width := int64(1) << level; size&width != 0 {
			start += width
			nodes = append(nodes, Node{Leaf: start - 1, Level: level})
		}
	}
	return nodes
}

// NodeAt is the place that the library's index of a stored hash stands for.
func NodeAt(index int64) Node {
	level, n := tlog.SplitStoredHashIndex(index)
	return Node{Leaf: (n+1)<<level - 1, Level: level}
}

// Completed is how many hashes leaf makes known, its own included.
func Completed(leaf int64) int { return bits.TrailingZeros64(^uint64(leaf)) + 1 }
