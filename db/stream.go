package db

import (
	"context"
	"fmt"
)

// window is how many numbers of history one read of EachRow spans.
const window = 500

// EachRow calls fn with each history row whose operation matches q, or with every row when q is empty, in ascending
// order. It ends with the row that was the last one at the beginning, and at the first error of fn, which it returns as
// it is. BeforeSeq, AfterSeq and Limit are ignored. fn may take its time, for no reader is held meanwhile, but must not
// keep the row: the next call reuses it.
func (d *DB) EachRow(ctx context.Context, q OperationQuery, fn func(*Row) error) error {
	q.BeforeSeq, q.AfterSeq = 0, 0
	s, err := d.startStream(ctx, q)
	if err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	for s.next <= s.last {
		if err := s.read(ctx); err != nil {
			return fmt.Errorf("read history: %w", err)
		}
		for i := range s.rows {
			if err := fn(&s.rows[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// stream walks over history in windows of numbers rather than of matches, so that no single read is long however few
// rows match.
type stream struct {
	d          *DB
	text       string
	args       []any
	next, last int64
	rows       []Row
}

func (d *DB) startStream(ctx context.Context, q OperationQuery) (*stream, error) {
	s := &stream{d: d, next: 1, text: "SELECT " + rowColumns + " FROM history WHERE seq BETWEEN ? AND ?"}
	var err error
	if s.last, err = d.HistoryLen(ctx); err != nil {
		return nil, err
	}
	// No index of a filter steers: the operation of each row of the window is looked up by its id.
	f, err := d.operationFilter(ctx, q, filter{steered: true})
	if err != nil {
		return nil, err
	}
	if len(f.terms) == 0 {
		s.text += " ORDER BY seq"
		return s, nil
	}
	if !q.From.IsZero() { // the rows of an operation follow its first
		err = d.readers.QueryRowContext(ctx, "SELECT "+firstSeq, dayOf(q.From)).Scan(&s.next)
		if err != nil {
			return nil, err
		}
	}
	s.text += " AND EXISTS (SELECT 1 FROM operations" + f.where() + " AND id = history.operation) ORDER BY seq"
	s.args = f.args
	return s, nil
}

// read fills rows with what matches in the next window.
func (s *stream) read(ctx context.Context) error {
	args := append([]any{s.next, min(s.next+window-1, s.last)}, s.args...)
	rows, err := s.d.readers.QueryContext(ctx, s.text, args...)
	if err != nil {
		return err
	}
	s.next += window
	s.rows = s.rows[:0]
	for rows.Next() {
		s.rows = append(s.rows, Row{})
		if err := scanRow(&s.rows[len(s.rows)-1], rows); err != nil {
			return closing(rows, err)
		}
	}
	return closing(rows, rows.Err())
}
