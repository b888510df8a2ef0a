package db

import (
	"bytes"
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"roomledger/db/seal"
)

// chunk is what one reader found out about some rows.
type chunk struct {
	first, last int64
	rows        []rowFound
	hashes      []byte // as stored, one leaf's after the other's
	ends        []int  // where each leaf's end; a leaf that is missing has none
}

// rowFound is a row as it is.
type rowFound struct {
	hash    seal.Hash
	state   rowState
	problem error // the file is damaged here
}

type rowState int8

const (
	rowMissing rowState = iota
	rowWhole
	rowMisshapen // not a text or a number where there should be one, or a zero byte
)

// stored is what is stored for the row at i.
func (c *chunk) stored(i int) []byte {
	start := 0
	if i > 0 {
		start = c.ends[i-1]
	}
	return c.hashes[start:c.ends[i]]
}

// readChunk reads the rows and the leaves from first to last: all at once, and one by one where something is wrong, to
// find out what. Of rows that were removed by a policy the leaves are all there is.
func readChunk(tx *sql.Tx, first, last, pruned int64) *chunk {
	n := last - first + 1
	c := &chunk{first: first, last: last, rows: make([]rowFound, n), ends: make([]int, n)}
	if last > pruned && !c.allRows(tx) {
		c.eachRow(tx)
	}
	if !c.allLeaves(tx) {
		c.eachLeaf(tx)
	}
	return c
}

// kindsSQL is 1 where each value of a row is of the kind that its column has. SQLite sorts numbers before texts, and
// texts before bytes. That a text is none of bytes is asked of each alone, which is faster than max, as that compares the
// texts; a number would be made of a text on the way, so max, which does no such thing, stays for these.
var kindsSQL = func() string {
	var texts, numbers, below []string
	for _, c := range seal.Columns() {
		name := `"` + c.Name + `"`
		if c.Number {
			numbers = append(numbers, name)
		} else {
			texts, below = append(texts, name), append(below, name+" < x''")
		}
	}
	return "min(" + strings.Join(texts, ", ") + ") >= '' AND " + strings.Join(below, " AND ") +
		" AND max(" + strings.Join(numbers, ", ") + ") < ''"
}()

var allRowsSQL = "SELECT count(*), sum(" + kindsSQL + "), CAST(group_concat(" + leafSQL + ", char(0)) AS BLOB) FROM history WHERE seq BETWEEN ? AND ?"

// allRows reads the rows as one value, which saves most of the time that a driver takes. It says whether all are there
// and have the shape of one.
func (c *chunk) allRows(tx *sql.Tx) bool {
	rows, err := tx.Query(allRowsSQL, c.first, c.last)
	if err != nil {
		return false
	}
	var count int64
	var kinds sql.NullInt64
	var leaves sql.RawBytes
	ok := rows.Next() && rows.Scan(&count, &kinds, &leaves) == nil &&
		count == int64(len(c.rows)) && kinds.Int64 == count && c.split(leaves)
	return closing(rows, rows.Err()) == nil && ok
}

// split hashes leaves that stand one after the other with a zero byte between them. As no value is NULL, each row gave as
// many zero bytes as a leaf has, at least; so where all have just as many together, no value holds one and the parts are
// the rows.
func (c *chunk) split(leaves []byte) bool {
	for i := range c.rows {
		leaf := leaves
		if i < len(c.rows)-1 {
			end := leafEnd(leaves)
			if end < 0 {
				return false
			}
			leaf, leaves = leaves[:end], leaves[end+1:]
		} else if !seal.Whole(leaf) {
			return false
		}
		c.rows[i] = rowFound{hash: seal.LeafHash(leaf), state: rowWhole}
	}
	return true
}

// leafEnd is where the first of several leaves ends, or -1.
func leafEnd(leaves []byte) int {
	end := -1
	for range seal.Width + 1 {
		n := bytes.IndexByte(leaves[end+1:], 0)
		if n < 0 {
			return -1
		}
		end += 1 + n
	}
	return end
}

// eachRow reads the rows one by one.
func (c *chunk) eachRow(tx *sql.Tx) {
	for i := range c.rows {
		c.rows[i] = readRow(tx, c.first+int64(i))
	}
}

func readRow(tx *sql.Tx, seq int64) rowFound {
	var kinds sql.NullBool
	var leaf []byte
	err := tx.QueryRow("SELECT "+kindsSQL+", "+leafSQL+" FROM history WHERE seq = ?", seq).Scan(&kinds, &leaf)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return rowFound{state: rowMissing}
	case err != nil:
		return rowFound{problem: err}
	case !kinds.Bool || !seal.Whole(leaf):
		return rowFound{hash: seal.LeafHash(leaf), state: rowMisshapen}
	}
	return rowFound{hash: seal.LeafHash(leaf), state: rowWhole}
}

// allLeavesSQL reads the lengths of the hashes besides: the same bytes could be divided in another way.
const allLeavesSQL = `SELECT sum(version = ?3 AND typeof(hashes) = 'blob'), group_concat(octet_length(hashes)),
	CAST(group_concat(hashes, '') AS BLOB) FROM leaves WHERE seq BETWEEN ?1 AND ?2`

// allLeaves reads the leaves as one value and says whether all are there with as many hashes as they make known.
func (c *chunk) allLeaves(tx *sql.Tx) bool {
	var good int64
	var lengths string
	err := tx.QueryRow(allLeavesSQL, c.first, c.last, seal.Version).Scan(&good, &lengths, &c.hashes)
	return err == nil && good == int64(len(c.ends)) && c.lengths(lengths)
}

// lengths sets where the hashes of each leaf end, and says whether that is how long they are stored.
func (c *chunk) lengths(stored string) bool {
	want := make([]byte, 0, 4*len(c.ends))
	end := 0
	for i := range c.ends {
		size := seal.Completed(c.first+int64(i)-1) * seal.HashSize
		end += size
		c.ends[i] = end
		want = append(strconv.AppendInt(want, int64(size), 10), ',')
	}
	return string(want) == stored+","
}

// eachLeaf reads the leaves one by one.
func (c *chunk) eachLeaf(tx *sql.Tx) {
	c.hashes = c.hashes[:0]
	for i := range c.ends {
		var good bool
		var hashes []byte
		err := tx.QueryRow("SELECT version = ? AND typeof(hashes) = 'blob', hashes FROM leaves WHERE seq = ?",
			seal.Version, c.first+int64(i)).Scan(&good, &hashes)
		if err == nil && good { // else it has none, as far as anybody can tell
			c.hashes = append(c.hashes, hashes...)
		}
		c.ends[i] = len(c.hashes)
	}
}
