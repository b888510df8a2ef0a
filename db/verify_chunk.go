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
// find out what. Of rows that were removed by a policy the leaves are all there is. all is allRowsSQL or allKindsSQL.
func readChunk(tx *sql.Tx, all string, first, last, pruned int64) *chunk {
	n := last - first + 1
	c := &chunk{first: first, last: last, rows: make([]rowFound, n), ends: make([]int, n)}
	if last > pruned && !c.allRows(tx, all) {
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

// Reading rows as one value saves most of the time that a driver takes. Each is its leaf after the zero byte that the hash
// begins with, and between them is a byte that no UTF-8 has. To ask whether each value is of the kind of its column takes
// as long as all else, so allRowsSQL doesn't: see soundPass.
var (
	allRowsSQL  = "SELECT count(*), count(*), " + joinedSQL
	allKindsSQL = "SELECT count(*), sum(" + kindsSQL + "), " + joinedSQL
	joinedSQL   = "CAST(group_concat(" + markedSQL + ", CAST(x'ff' AS TEXT)) AS BLOB) FROM history WHERE seq BETWEEN ? AND ?"
)

// betweenRows is the byte of joinedSQL.
const betweenRows = 0xff

// allRows reads the rows as one value. It says whether all are there and have the shape of one.
func (c *chunk) allRows(tx *sql.Tx, all string) bool {
	rows, err := tx.Query(all, c.first, c.last)
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

// split hashes rows that stand one after the other. Where there are as many parts as rows, no value holds the byte
// between them, and the parts are the rows.
func (c *chunk) split(joined []byte) bool {
	for i := range c.rows {
		end := bytes.IndexByte(joined, betweenRows)
		if last := i == len(c.rows)-1; last != (end < 0) {
			return false
		} else if last {
			end = len(joined)
		}
		marked := joined[:end]
		if !seal.Whole(marked[min(1, end):]) {
			return false
		}
		c.rows[i] = rowFound{hash: seal.MarkedHash(marked), state: rowWhole}
		joined = joined[min(end+1, len(joined)):]
	}
	return true
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
