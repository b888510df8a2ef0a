package seal

import (
	"bytes"
	"crypto/sha256"
	"errors"

	"golang.org/x/mod/sumdb/tlog"
)

// Version is the encoding that new rows are written in. A row says which one it has, so that a later one can have more
// columns.
const Version = 1

// Column is one column of a history row.
type Column struct {
	Name   string
	Number bool // an integer; else a text
}

// columns of version 1, in the order in which a leaf has them.
var columns = [...]Column{
	{"seq", true},
	{"time", false},
	{"workspace", false},
	{"operation", false},
	{"batch", false},
	{"actor_id", false},
	{"actor_name", false},
	{"actor_kind", false},
	{"ip", false},
	{"user_agent", false},
	{"request_id", false},
	{"action", false},
	{"phase", false},
	{"target_kind", false},
	{"target_id", false},
	{"target_name", false},
	{"reason", false},
	{"request", false},
	{"response", false},
	{"before", false},
	{"after", false},
	{"api_method", false},
	{"api_path", false},
	{"api_status", true},
	{"latency_ms", true},
	{"attempts", true},
	{"error", false},
}

// Width is how many columns a row has.
const Width = len(columns)

// Columns are those of a history row in the order of a leaf, which is the order of exports too.
func Columns() []Column { return columns[:] }

// Header is what a leaf of version 1 begins with.
const Header = "roomledger row 1"

// Fields are the values of a row in the order of the columns, numbers in decimal.
type Fields [Width][]byte

// errLeaf is the error for bytes that aren't a leaf.
var errLeaf = errors.New("not a leaf of version 1")

// AppendLeaf appends the canonical bytes of a row to b: the header, then a zero byte and a value for each of the columns.
// A text is its UTF-8 bytes as they are stored, a number is in decimal. No value holds a zero byte, so that different
// rows never have the same bytes; ParseLeaf refuses those that do.
func AppendLeaf(b []byte, fields *Fields) []byte {
	b = append(b, Header...)
	for _, value := range fields {
		b = append(b, 0)
		b = append(b, value...)
	}
	return b
}

// ParseLeaf is the way back. The fields lie within leaf and are good as long as it is.
func ParseLeaf(leaf []byte, fields *Fields) error {
	rest, ok := bytes.CutPrefix(leaf, []byte(Header+"\x00"))
	if !ok {
		return errLeaf
	}
	for i := range fields {
		end := bytes.IndexByte(rest, 0)
		if last := i == Width-1; last != (end < 0) {
			return errLeaf
		}
		if end < 0 {
			end = len(rest)
		}
		fields[i], rest = rest[:end], rest[min(end+1, len(rest)):]
	}
	return nil
}

// Whole says whether bytes that begin as a leaf have a value for each column and no zero byte in any.
func Whole(leaf []byte) bool { return bytes.Count(leaf, []byte{0}) == Width }

// LeafHash is the hash of a leaf: SHA-256 over a zero byte and the leaf.
func LeafHash(leaf []byte) Hash { return tlog.RecordHash(leaf) }

// MarkedHash is LeafHash for a leaf after the zero byte: quicker, as all that is hashed is in one piece.
func MarkedHash(marked []byte) Hash { return sha256.Sum256(marked) }
