package seal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// maxLine is how long a line of an export may be, in bytes: several times the longest that is written.
const maxLine = 64 << 20

// CheckExport checks an export as AppendLine and its like write it: the hash of every row, that none is missing or, in an
// extract, that each is proven, and the checkpoint at the end. Without a key in trust it believes the one in the export,
// and the report isn't pinned. What isn't right is in the report; the error is that of reading r.
func CheckExport(r io.Reader, trust Trust) (Report, error) {
	c := exportCheck{trust: trust, marks: NewMarks(nil, trust.claimed())}
	c.report.Pinned = len(trust.Keys) > 0
	in := bufio.NewReaderSize(r, 1<<20)
	for number := 1; !c.stopped; number++ {
		line, err := readLine(in)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			c.stop("line %d is longer than any that is written", number)
		case err != nil && !errors.Is(err, io.EOF):
			return c.report, fmt.Errorf("read the export: %w", err)
		case len(line) == 0:
			c.finish()
		default:
			c.line(number, line)
		}
	}
	c.report.Sort()
	return c.report, nil
}

// readLine reads a line, which is good until the next one is read. The error is io.EOF where nothing is left.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	long := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) && len(long) < maxLine {
		line, err = in.ReadSlice('\n')
		long = append(long, line...)
	}
	return long, err
}

// exportCheck checks an export line by line.
type exportCheck struct {
	trust   Trust
	report  Report
	marks   *Marks // that were kept
	parsed  exportLine
	leaf    []byte
	mode    exportMode
	removed Tombstone // what the head says, before anybody who is trusted has signed it
	stone   string    // the note that should
	last    int64     // number of the last row
	edge    Edge      // of the tree over all rows so far
	proven  []provenTree
	end     *End
	stopped bool
}

type exportMode int

const (
	unknownMode exportMode = iota
	allRows
	extract
)

// provenTree is a tree that the proofs of some rows of an extract lead to.
type provenTree struct {
	size        int64
	root        Hash
	first, rows int64
}

// stop gives up: what comes after it can't be told from what is wrong.
func (c *exportCheck) stop(format string, args ...any) {
	c.report.Fault(c.last+1, format, args...)
	c.stopped = true
}

func (c *exportCheck) line(number int, text []byte) {
	if c.end != nil {
		c.stop("line %d comes after the checkpoint, which is the last line", number)
		return
	}
	if err := c.parsed.parse(text); err != nil {
		c.stop("line %d is %v", number, err)
		return
	}
	switch c.parsed.kind {
	case headLine:
		c.head(number)
	case endLine:
		end := c.parsed.end
		c.end = &end
	default:
		c.row()
	}
}

// head takes over the tree of the rows that were removed by a policy. It isn't believed: the checkpoint tells whether that is
// their tree, and the tombstone whether it was a policy. Whoever cuts the beginning off can compute the tree.
func (c *exportCheck) head(number int) {
	if number != 1 || !c.parsed.edge.Whole() {
		c.stop("line %d is no beginning of an export", number)
		return
	}
	c.mode, c.edge, c.last = allRows, c.parsed.edge, c.parsed.edge.Size
	c.removed, c.stone = Tombstone{Upto: c.edge.Size, Root: c.edge.Root()}, c.parsed.stone
	c.report.Pruned = c.last
	c.report.Aside += c.marks.Skip(c.last)
	c.marks.Reach(c.edge, &c.report)
}

func (c *exportCheck) row() {
	seq, err := strconv.ParseInt(string(c.parsed.fields[0]), 10, 64)
	if err != nil || seq <= c.last {
		c.stop("a row numbered %s comes after row %d", c.parsed.fields[0], c.last)
		return
	}
	mode := allRows
	if c.parsed.proof.Size > 0 {
		mode = extract
	}
	if c.mode == unknownMode {
		c.mode = mode
	}
	if c.mode != mode {
		c.stop("row %d has no proof, or has one where the rows before it have none", seq)
		return
	}
	c.leaf = AppendLeaf(c.leaf[:0], &c.parsed.fields)
	if LeafHash(c.leaf) != c.parsed.leaf {
		c.report.Fault(seq, "row %d was changed: its hash isn't the one beside it", seq)
	}
	if mode == extract {
		c.prove(seq)
	} else {
		c.grow(seq)
	}
}

// grow adds a row to the tree.
func (c *exportCheck) grow(seq int64) {
	if seq != c.last+1 {
		c.stop("row %d is missing: row %d comes after row %d", c.last+1, seq, c.last)
		return
	}
	var made [64]Hash
	c.edge.Add(c.parsed.leaf, made[:0])
	c.last = seq
	c.report.Rows++
	if c.marks.Next() == seq {
		c.marks.Reach(c.edge, &c.report)
	}
}

// prove computes the root that a row is proven for. Which one is right, only the checkpoint can tell.
func (c *exportCheck) prove(seq int64) {
	c.last = seq
	c.report.Rows++
	size := c.parsed.proof.Size
	root, ok := provenRoot(c.parsed.proof, seq-1, c.parsed.leaf)
	if !ok {
		c.report.Fault(seq, "the proof of row %d is none for a tree of %d rows", seq, size)
		return
	}
	for i := range c.proven {
		if t := &c.proven[i]; t.size == size && t.root == root {
			t.rows++
			return
		}
	}
	if len(c.proven) > maxFaults {
		c.stop("the proof of row %d is of another tree than those before it", seq)
		return
	}
	c.proven = append(c.proven, provenTree{size: size, root: root, first: seq, rows: 1})
}

// finish checks what was read against the checkpoint at the end.
func (c *exportCheck) finish() {
	c.stopped = true
	if c.end == nil {
		c.report.Fault(c.last+1, "the last line, which has the checkpoint, is missing: the end was cut off")
		return
	}
	keys, err := ParseKeys(c.end.Key)
	if err != nil {
		c.report.Fault(0, "the key in the last line: %v", err)
		return
	}
	if len(c.trust.Keys) == 0 {
		c.trust.Keys = keys
	} else if _, err := keys.Open(c.end.Checkpoint); err != nil { // whoever believes it later must not get another one
		c.report.Fault(0, "the key in the last line isn't the one that signed the checkpoint beside it: %v", err)
	}
	c.kept()
	c.buried()
	own, err := c.trust.Keys.Open(c.end.Checkpoint)
	switch {
	case err != nil:
		c.report.Fault(0, "the checkpoint in the last line: %v", err)
	case c.end.Extract != (c.mode == extract) && c.report.Rows > 0:
		c.report.Fault(0, "the last line says that these are all rows, or an extract, and they aren't")
	case c.end.Extract:
		c.extracted(own)
	default:
		c.whole(own)
	}
}

// kept checks who signed the checkpoints that were kept, now that the key is known.
func (c *exportCheck) kept() {
	for _, text := range c.trust.Kept {
		if _, err := c.trust.Keys.Open(text); err != nil {
			c.report.Fault(0, "the checkpoint that was kept: %v", err)
		}
	}
}

// buried checks who says that the first rows were removed by a policy.
func (c *exportCheck) buried() {
	if c.removed.Upto == 0 {
		return
	}
	t, err := c.trust.Keys.OpenTombstone(c.stone)
	if err == nil && (t.Upto != c.removed.Upto || t.Root != c.removed.Root) {
		err = fmt.Errorf("it is of other rows, up to %d", t.Upto)
	}
	if err != nil {
		c.report.fault(1, c.removed.Upto, "the rows 1 to %d are missing, and their tombstone doesn't say that a policy removed them: %v", c.removed.Upto, err)
	}
}

// whole compares the tree over all rows with the checkpoint at the end.
func (c *exportCheck) whole(own Checkpoint) {
	r := &c.report
	r.Size, r.Root = c.edge.Size, c.edge.Root()
	marks := NewMarks([]Checkpoint{own}, nil)
	marks.good = c.marks.good
	if own.Size < r.Size {
		r.Fault(own.Size+1, "row %d comes after the %d rows of the checkpoint: it was inserted", own.Size+1, own.Size)
	}
	marks.Reach(c.edge, r)
	marks.End(r.Size, r)
	c.marks.End(r.Size, r)
}

// extracted compares the trees that rows are proven for with the checkpoint at the end.
func (c *exportCheck) extracted(own Checkpoint) {
	r := &c.report
	r.Size, r.Root, r.Signed = own.Size, own.Root, own.Size
	r.Extract = true
	r.Checkpoints++
	for _, t := range c.proven {
		if t.size == own.Size && t.root == own.Root {
			r.Proved = t.rows
			continue
		}
		r.Fault(t.first, "row %d is not proven by the checkpoint: the row, its proof or the checkpoint was changed", t.first)
	}
	r.Aside += c.marks.Skip(own.Size)
	c.marks.reach(own.Size, own.Root, r)
	r.Aside += c.marks.Skip(math.MaxInt64)
}

// provenRoot computes the root of the tree that has leaf at index n, counted from 0, by the proof; ok is false where it
// can't be one. It is RFC 9162, 2.1.3.2.
func provenRoot(proof Proof, n int64, leaf Hash) (root Hash, ok bool) {
	at, last := n, proof.Size-1
	if at > last {
		return Hash{}, false
	}
	for _, h := range proof.Hashes {
		if last == 0 {
			return Hash{}, false
		}
		if at&1 == 1 || at == last {
			leaf = tlog.NodeHash(h, leaf)
			for at&1 == 0 && at != 0 {
				at, last = at>>1, last>>1
			}
		} else {
			leaf = tlog.NodeHash(leaf, h)
		}
		at, last = at>>1, last>>1
	}
	return leaf, last == 0
}
