package seal

import (
	"bytes"
	"encoding/hex"
	"strconv"
)

// An export is lines, each a JSON object. A row's has its columns in the order of Columns, numbers as numbers and all else
// as strings, then leaf_hash, which is the row's hash in the tree as it is stored. There are two kinds:
//
//   - All of history: every row in sequence. Where a policy has removed the first N rows, an object stands before the
//     others with what is left of them: {"pruned":N,"edge":["hash",...],"tombstone":"signed note"}; see Edge and
//     Tombstone.
//   - An extract: some of the rows in sequence, each with its proof: tree_size and proof, a list of hashes.
//
// The last object is {"checkpoint":"signed note","key":"public key"}, in an extract with "extract":true after these. The
// checkpoint is of the size of all rows, or of the tree_size of each proof. Hashes are in hexadecimal.

// Proof says that a row is in the tree over the first Size rows; Hashes are as tlog.ProveRecord gives them.
type Proof struct {
	Size   int64
	Hashes []Hash
}

// End is what the last line of an export says.
type End struct {
	Checkpoint string // a signed note
	Key        string // the public key as one line; see Signer.Public
	Extract    bool   // the rows have proofs and aren't all
}

// AppendLine appends the line of a row: its values as ParseLeaf gives them, its hash in the tree as it is stored, and its
// proof in an extract, else nil.
func AppendLine(b []byte, fields *Fields, leaf Hash, proof *Proof) []byte {
	for i, value := range fields {
		b = append(b, keys[i]...)
		if columns[i].Number && isNumber(value) {
			b = append(b, value...)
		} else {
			b = appendString(b, value)
		}
	}
	b = append(b, `,"leaf_hash":`...)
	b = appendHash(b, leaf)
	if proof != nil {
		b = append(b, `,"tree_size":`...)
		b = strconv.AppendInt(b, proof.Size, 10)
		b = append(b, `,"proof":`...)
		b = appendHashes(b, proof.Hashes)
	}
	return append(b, "}\n"...)
}

// AppendHead appends the line that stands for the rows that were removed by a policy: edge is that of the tree over them,
// and tombstone the signed note that says so.
func AppendHead(b []byte, edge Edge, tombstone string) []byte {
	b = append(b, `{"pruned":`...)
	b = strconv.AppendInt(b, edge.Size, 10)
	b = append(b, `,"edge":`...)
	b = appendHashes(b, edge.Hashes)
	b = append(b, `,"tombstone":`...)
	b = appendString(b, []byte(tombstone))
	return append(b, "}\n"...)
}

// AppendEnd appends the last line.
func AppendEnd(b []byte, end End) []byte {
	b = append(b, `{"checkpoint":`...)
	b = appendString(b, []byte(end.Checkpoint))
	b = append(b, `,"key":`...)
	b = appendString(b, []byte(end.Key))
	if end.Extract {
		b = append(b, `,"extract":true`...)
	}
	return append(b, "}\n"...)
}

// keys are what stands before the value of each column.
var keys = func() (list [Width]string) {
	open := "{"
	for i, c := range columns {
		list[i] = open + `"` + c.Name + `":`
		open = ","
	}
	return list
}()

func appendHash(b []byte, h Hash) []byte {
	b = append(b, '"')
	b = hex.AppendEncode(b, h[:])
	return append(b, '"')
}

func appendHashes(b []byte, list []Hash) []byte {
	b = append(b, '[')
	for i, h := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendHash(b, h)
	}
	return append(b, ']')
}

// isNumber says whether a value is an integer in decimal, as JSON has it.
func isNumber(value []byte) bool {
	digits := bytes.TrimPrefix(value, []byte("-"))
	if len(digits) == 0 || digits[0] == '0' && len(value) > 1 {
		return false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// appendString appends a JSON string that reads as the same bytes again. Bytes that aren't UTF-8, which no row has unless
// somebody changed it, stay what they are: put right, a changed row could pass for the one that was written.
func appendString(b, value []byte) []byte {
	b = append(b, '"')
	start := 0
	for i, c := range value {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, value[start:i]...)
		b = appendEscape(b, c)
		start = i + 1
	}
	b = append(b, value[start:]...)
	return append(b, '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
}
