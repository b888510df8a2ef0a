package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"roomledger/db/seal"
)

// leafSQL gives the canonical bytes of a history row, as seal.AppendLeaf writes them: one value instead of 27 is several
// times as fast to read. A test compares the two.
var leafSQL = "CAST(" + joined("'"+seal.Header+"'") + " AS BLOB)"

// markedSQL is the same after a zero byte, as a text: what seal.MarkedHash hashes.
var markedSQL = joined("''", "'"+seal.Header+"'")

// joined gives the values of a history row after what stands before them, with a zero byte between each two.
func joined(before ...string) string {
	list := append([]string{"char(0)"}, before...)
	for _, c := range seal.Columns() {
		list = append(list, `"`+c.Name+`"`)
	}
	return "concat_ws(" + strings.Join(list, ", ") + ")"
}

// fields are the row's values as its leaf has them.
func (row *Row) fields() *seal.Fields {
	number := func(n int64) []byte { return strconv.AppendInt(nil, n, 10) }
	return &seal.Fields{
		number(row.Seq), []byte(stored(row.Time)), []byte(row.Workspace), []byte(row.Operation), []byte(row.Batch),
		[]byte(row.ActorID), []byte(row.ActorName), []byte(row.ActorKind), []byte(row.IP), []byte(row.UserAgent),
		[]byte(row.RequestID), []byte(row.Action), []byte(row.Phase), []byte(row.TargetKind), []byte(row.TargetID),
		[]byte(row.TargetName), []byte(row.Reason), []byte(row.Request), []byte(row.Response), []byte(row.Before),
		[]byte(row.After), []byte(row.APIMethod), []byte(row.APIPath), number(int64(row.APIStatus)), number(row.LatencyMS),
		number(int64(row.Attempts)), []byte(row.Error),
	}
}

// edgeKept is the edge of the tree after the last transaction of this process, with the hash of its last leaf, by which
// it is told that no other process has appended since.
type edgeKept struct {
	seal.Edge
	last seal.Hash
}

// tail reads, once in a transaction, where history ends. Another process may have appended since our last one.
func (tx *Tx) tail() error {
	if tx.edge.Size > 0 {
		return nil
	}
	var size int64
	var hashes []byte
	err := tx.QueryRow("SELECT seq, hashes FROM leaves ORDER BY seq DESC LIMIT 1").Scan(&size, &hashes)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if tx.kept.Size == size && len(hashes) >= seal.HashSize && tx.kept.last == seal.Hash(hashes[:seal.HashSize]) {
		tx.edge = edgeKept{Edge: tx.kept.Clone(), last: tx.kept.last}
		return nil
	}
	edge, err := readEdge(size, tx.hashesOf)
	tx.edge.Edge = edge
	return err
}

// readEdge reads the edge of the tree over the first size leaves.
func readEdge(size int64, hashesOf func(seq int64) ([]byte, error)) (seal.Edge, error) {
	edge := seal.Edge{Size: size}
	for _, node := range seal.EdgeNodes(size) {
		hash, err := readNode(node, hashesOf)
		if err != nil {
			return seal.Edge{}, err
		}
		edge.Hashes = append(edge.Hashes, hash)
	}
	return edge, nil
}

// readNode reads one hash of the tree.
func readNode(node seal.Node, hashesOf func(seq int64) ([]byte, error)) (seal.Hash, error) {
	hashes, err := hashesOf(node.Leaf + 1)
	if err != nil {
		return seal.Hash{}, fmt.Errorf("leaf %d: %w", node.Leaf+1, found(err))
	}
	at := node.Level * seal.HashSize
	if len(hashes) < at+seal.HashSize {
		return seal.Hash{}, fmt.Errorf("leaf %d has too few hashes", node.Leaf+1)
	}
	return seal.Hash(hashes[at : at+seal.HashSize]), nil
}

// addLeaf adds the leaf of a row that was just inserted.
func (tx *Tx) addLeaf(row *Row) error {
	tx.leaf = seal.AppendLeaf(tx.leaf[:0], row.fields())
	var made [64]seal.Hash
	tx.edge.last = seal.LeafHash(tx.leaf)
	return tx.putLeaf(row.Seq, tx.edge.Add(tx.edge.last, made[:0]))
}

func (tx *Tx) putLeaf(seq int64, made []seal.Hash) error {
	_, err := tx.Exec("INSERT INTO leaves (seq, version, hashes) VALUES (?, ?, ?)", seq, seal.Version, flatten(made))
	return err
}

func flatten(hashes []seal.Hash) []byte {
	b := make([]byte, 0, len(hashes)*seal.HashSize)
	for i := range hashes {
		b = append(b, hashes[i][:]...)
	}
	return b
}

func (d *DB) hashesOf(ctx context.Context) func(seq int64) ([]byte, error) {
	return func(seq int64) ([]byte, error) {
		var hashes []byte
		return hashes, d.readers.QueryRowContext(atOnce(ctx), "SELECT hashes FROM leaves WHERE seq = ?", seq).Scan(&hashes)
	}
}

// EdgeAt returns the edge of the tree over the first size rows. The error is ErrNotFound where history hasn't got that
// many.
func (d *DB) EdgeAt(ctx context.Context, size int64) (seal.Edge, error) {
	edge, err := readEdge(size, d.hashesOf(ctx))
	if err != nil {
		return seal.Edge{}, fmt.Errorf("the tree over %d rows: %w", size, err)
	}
	return edge, nil
}
