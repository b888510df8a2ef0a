package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"strconv"
	"strings"
)

// snapshot is the index at one moment: what was fed by then is in hits, and everything else is later or open. Without an
// index, nothing was fed.
type snapshot struct {
	tx    *sql.Tx
	fed   int64
	rooms int64  // the last text of a room that was fed
	open  string // numbers of the operations that hadn't ended, as JSON
}

func (s *search) snapshot(ctx context.Context) (*snapshot, error) {
	pool, err := s.open(ctx)
	if err != nil || pool == nil {
		return &snapshot{open: "[]"}, err
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	snap := &snapshot{tx: tx}
	err = tx.QueryRowContext(ctx, "SELECT fed, rooms, (SELECT json_group_array(seq) FROM open) FROM state").
		Scan(&snap.fed, &snap.rooms, &snap.open)
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return snap, nil
}

// end gives the connection back. Nothing was written, so that there is nothing to go wrong with.
func (snap *snapshot) end() {
	if snap.tx != nil {
		_ = snap.tx.Rollback()
	}
}

// seen looks up in a table in how many documents each token is, roughly; the empty token is in all.
func (snap *snapshot) seen(ctx context.Context, table string, tokens []string) (func(string) int, error) {
	text, err := json.Marshal(append(tokens, ""))
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	rows, err := snap.tx.QueryContext(ctx, "SELECT token, n FROM "+table+" WHERE token IN (SELECT value FROM json_each(?))", string(text))
	if err != nil {
		return nil, err
	}
	_, err = collect(rows, func(from scanner) (token string, err error) {
		var n int
		err = from.Scan(&token, &n)
		counts[token] = n * sampleOf
		return token, err
	})
	return func(token string) int { return counts[token] }, err
}

// maxChunk is how many hits of the index are read at once.
const maxChunk = 8192

// chunks reads the hits of match from the index, as numbers with commas between, shard by shard in the order of the
// page: the first n, then more at a time.
func (fi *finder) chunks(ctx context.Context, match string, n int) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for low, high := range fi.shards() {
			for low <= high {
				seqs, err := fi.read(ctx, match, low, high, n)
				if seqs == "" && err == nil {
					break
				}
				if !yield(seqs, err) || err != nil {
					return
				}
				if low, high, err = fi.rest(seqs, n, low, high); err != nil {
					yield("", err)
					return
				}
				n = min(n*4, maxChunk)
			}
		}
	}
}

// rest is what a chunk of n leaves of the span that it was read from: nothing, when it isn't full.
func (fi *finder) rest(chunk string, n int, low, high int64) (int64, int64, error) {
	if strings.Count(chunk, ",") < n-1 {
		return 1, 0, nil
	}
	last, err := strconv.ParseInt(chunk[strings.LastIndexByte(chunk, ',')+1:], 10, 64)
	if fi.backwards {
		return last + 1, high, err
	}
	return low, last - 1, err
}

// shards are the spans of numbers to look into, in the order of the page, each within one shard.
func (fi *finder) shards() iter.Seq2[int64, int64] {
	return func(yield func(low, high int64) bool) {
		high := min(fi.high, fi.snap.fed)
		bits := fi.d.search.bits
		first, last := fi.low>>bits, high>>bits
		for i := range last - first + 1 {
			shard := last - i
			if fi.backwards {
				shard = first + i
			}
			if !yield(max(fi.low, shard<<bits), min(high, (shard+1)<<bits-1)) {
				return
			}
		}
	}
}

// read reads the first n hits between low and high, which are of one shard. One text is far quicker to hand over than as
// many rows.
func (fi *finder) read(ctx context.Context, match string, low, high int64, n int) (string, error) {
	order := "docid DESC" // as the index has them
	if fi.backwards {
		order = "+docid" // reading the index against its order is slower than sorting
	}
	var seqs sql.NullString
	err := fi.snap.tx.QueryRowContext(ctx, `SELECT group_concat(docid) FROM (SELECT docid FROM hits
		WHERE hits MATCH ? AND shard = ? AND docid BETWEEN ? AND ? ORDER BY `+order+" LIMIT ?)",
		match, low>>fi.d.search.bits, low, high, n).Scan(&seqs)
	return seqs.String, err
}
