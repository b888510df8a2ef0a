package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"roomledger/db/seal"
)

// Limits of what one read of history takes, so that it is short and memory stays small, however few rows match and
// however long they are.
const (
	window      = 500       // numbers of history
	windowBytes = 256 << 10 // of rows, but for the one that goes beyond
)

// Extract says which rows of history are read. The zero Extract is all that there are when reading begins.
type Extract struct {
	Query     OperationQuery // rows of the operations that match; BeforeSeq, AfterSeq and Limit are ignored
	Operation string         // rows of this operation alone
	Size      int64          // rows up to this one; 0: up to the last one
	Hashes    bool           // fill in Leaf.Hash
	Proofs    bool           // fill in Leaf.Hash and Leaf.Proof, in the tree over Size rows
}

// Whole says whether an extract is all of history up to its size.
func (e Extract) Whole() bool {
	e.Query.BeforeSeq, e.Query.AfterSeq, e.Query.Limit = 0, 0, 0
	return e.Operation == "" && e.Query == OperationQuery{}
}

// Leaf is a history row in its canonical bytes; see seal.ParseLeaf. They are good until the function that got it returns.
type Leaf struct {
	Seq   int64
	Bytes []byte
	Hash  seal.Hash   // of the leaf, as it is stored
	Proof []seal.Hash // that the tree holds it, as tlog.ProveRecord gives it
}

// EachLeaf calls fn with the rows of an extract, in ascending order, and ends with the first error of fn, which it
// returns as it is. fn may take its time: meanwhile at most one window is read ahead, and then no reader is held.
//
// A hash that is missing is an error that names the leaf. That rows are missing isn't: VerifyFile tells.
func (d *DB) EachLeaf(ctx context.Context, e Extract, fn func(Leaf) error) error {
	s, err := d.startStream(ctx, e)
	if err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	return s.each(ctx, fn)
}

// EachRow calls fn with each history row whose operation matches q, as EachLeaf does. fn must not keep the row: the next
// call reuses it.
func (d *DB) EachRow(ctx context.Context, q OperationQuery, fn func(*Row) error) error {
	var row Row
	return d.EachLeaf(ctx, Extract{Query: q}, func(leaf Leaf) error {
		if err := row.read(leaf.Bytes); err != nil {
			return fmt.Errorf("read history: row %d: %w", leaf.Seq, err)
		}
		return fn(&row)
	})
}

// stream walks over history in windows of numbers rather than of matches.
type stream struct {
	d          *DB
	text       string
	args       []any
	next, last int64
	step       int64
	nodes      *nodes // nil: no hashes are read
	prove      bool
}

// startStream begins with the first row that is left.
func (d *DB) startStream(ctx context.Context, e Extract) (*stream, error) {
	k, err := d.Kept(ctx)
	if err != nil {
		return nil, err
	}
	s := &stream{d: d, next: k.First, last: cmp.Or(e.Size, k.Last), step: window, text: "SELECT seq, " + leafSQL + " FROM history WHERE seq BETWEEN ? AND ?"}
	if e.Hashes || e.Proofs {
		s.nodes, s.prove = d.newNodes(), e.Proofs
	}
	if e.Operation != "" { // an index has its few rows
		s.step = s.last
		s.text += " AND operation = ?"
		s.args = []any{e.Operation}
	}
	if err := s.match(ctx, e.Query); err != nil {
		return nil, err
	}
	s.text += " ORDER BY seq"
	return s, nil
}

// match keeps what isn't of an operation that matches q out of the stream.
func (s *stream) match(ctx context.Context, q OperationQuery) error {
	q.BeforeSeq, q.AfterSeq = 0, 0
	// No index of a filter steers: the operation of each row of the window is looked up by its id.
	f, err := s.d.operationFilter(ctx, q, filter{steered: true})
	if err != nil || len(f.terms) == 0 {
		return err
	}
	s.text += " AND EXISTS (SELECT 1 FROM operations" + f.where() + " AND id = history.operation)"
	s.args = append(s.args, f.args...)
	if q.From.IsZero() {
		return nil
	}
	// The rows of an operation follow its first.
	var first int64
	err = s.d.readers.QueryRowContext(ctx, "SELECT "+firstSeq, dayOf(q.From)).Scan(&first)
	s.next = max(s.next, first)
	return err
}

// each calls fn with what a second goroutine reads: one window ahead.
func (s *stream) each(ctx context.Context, fn func(Leaf) error) error {
	ctx, stop := context.WithCancel(ctx)
	full, empty := make(chan *leaves), make(chan *leaves, 2)
	empty <- &leaves{}
	empty <- &leaves{}
	var failed error
	var reader sync.WaitGroup
	reader.Go(func() {
		defer close(full)
		failed = s.readAll(ctx, full, empty)
	})
	err := eachOf(full, empty, fn)
	stop()
	reader.Wait()
	if err == nil && failed != nil {
		return fmt.Errorf("read history: %w", failed)
	}
	return err
}

func eachOf(full <-chan *leaves, empty chan<- *leaves, fn func(Leaf) error) error {
	for some := range full {
		for i := range some.rows {
			if err := fn(some.at(i)); err != nil {
				return err
			}
		}
		empty <- some
	}
	return nil
}

// readAll fills what is empty, until history or ctx ends.
func (s *stream) readAll(ctx context.Context, full chan<- *leaves, empty <-chan *leaves) error {
	for s.next <= s.last {
		var some *leaves
		select {
		case some = <-empty:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := s.read(ctx, some); err != nil {
			return err
		}
		select {
		case full <- some:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// leaves are some rows in their canonical bytes, one after the other.
type leaves struct {
	bytes []byte
	rows  []leafAt
}

type leafAt struct {
	seq   int64
	end   int
	hash  seal.Hash
	proof []seal.Hash
}

func (l *leaves) at(i int) Leaf {
	start := 0
	if i > 0 {
		start = l.rows[i-1].end
	}
	row := &l.rows[i]
	return Leaf{Seq: row.seq, Bytes: l.bytes[start:row.end], Hash: row.hash, Proof: row.proof}
}

// read fills some with what matches in the next window.
func (s *stream) read(ctx context.Context, some *leaves) error {
	some.bytes, some.rows = some.bytes[:0], some.rows[:0]
	end := s.last
	if s.step < s.last-s.next {
		end = s.next + s.step - 1
	}
	// A window is short: watching for the end of a context would take a goroutine each time.
	rows, err := s.d.readers.QueryContext(atOnce(ctx), s.text, append([]any{s.next, end}, s.args...)...)
	if err != nil {
		return err
	}
	s.next = end + 1
	for len(some.bytes) < windowBytes && rows.Next() {
		var seq int64
		var leaf sql.RawBytes
		if err := rows.Scan(&seq, &leaf); err != nil {
			return closing(rows, err)
		}
		some.bytes = append(some.bytes, leaf...)
		some.rows = append(some.rows, leafAt{seq: seq, end: len(some.bytes)})
	}
	if len(some.bytes) >= windowBytes { // there may be more in this window
		s.next = some.rows[len(some.rows)-1].seq + 1
	}
	if err := closing(rows, rows.Err()); err != nil || s.nodes == nil {
		return err
	}
	return s.readHashes(ctx, some)
}

// readHashes reads what the tree has of some rows.
func (s *stream) readHashes(ctx context.Context, some *leaves) error {
	for i := range some.rows {
		row := &some.rows[i]
		var err error
		if row.hash, err = s.nodes.leaf(ctx, row.seq); err != nil {
			return err
		}
		if !s.prove {
			continue
		}
		if row.proof, err = s.nodes.prove(ctx, row.seq, s.last); err != nil {
			return err
		}
	}
	return nil
}

// read fills the row from its leaf.
func (row *Row) read(leaf []byte) error {
	var fields seal.Fields
	if err := seal.ParseLeaf(leaf, &fields); err != nil {
		return err
	}
	whole, at := string(leaf), len(seal.Header) // one copy, of which the texts are parts
	var texts [seal.Width]string
	for i, value := range fields {
		texts[i] = whole[at+1 : at+1+len(value)]
		at += 1 + len(value)
	}
	var bad error
	number := func(i int) int64 {
		n, err := strconv.ParseInt(texts[i], 10, 64)
		bad = errors.Join(bad, err)
		return n
	}
	*row = Row{
		Seq: number(0), Workspace: texts[2], Operation: texts[3], Batch: texts[4], ActorID: texts[5], ActorName: texts[6],
		ActorKind: texts[7], IP: texts[8], UserAgent: texts[9], RequestID: texts[10], Action: texts[11], Phase: texts[12],
		TargetKind: texts[13], TargetID: texts[14], TargetName: texts[15], Reason: texts[16], Request: texts[17],
		Response: texts[18], Before: texts[19], After: texts[20], APIMethod: texts[21], APIPath: texts[22],
		APIStatus: int(number(23)), LatencyMS: number(24), Attempts: int(number(25)), Error: texts[26],
	}
	return errors.Join(bad, column{&row.Time}.Scan(texts[1]))
}
