package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"slices"
	"strings"
)

const (
	// feedBatch is how many history rows a transaction of the index takes.
	feedBatch = 2000
	// sampleOf is how many operations there are to one whose tokens are counted.
	sampleOf = 64
)

// feeder is what writes to the index: one connection to it, and one that reads history, so that filling a new index
// keeps no page waiting for a reader.
type feeder struct {
	index   *sql.DB
	file    fs.FileInfo
	history *sql.DB
	bits    uint

	fed, fedRooms int64 // as far as this process knows; another one may have gone on
}

func newFeeder(ctx context.Context, s *search, index *sql.DB, file fs.FileInfo) (*feeder, error) {
	history, err := sql.Open("sqlite3", dsn(s.database, "mode=ro&_query_only=on&_busy_timeout=5000&_stmt_cache_size=8"))
	if err != nil {
		return nil, err
	}
	history.SetMaxOpenConns(1)
	f := &feeder{index: index, file: file, history: history, bits: s.bits}
	if err := index.QueryRowContext(ctx, "SELECT fed, rooms FROM state").Scan(&f.fed, &f.fedRooms); err != nil {
		return nil, errors.Join(err, history.Close())
	}
	return f, nil
}

func (f *feeder) close() error { return errors.Join(f.history.Close(), f.index.Close()) }

// FeedSearch brings the search index up to date with history and tells how many rows it took. A damaged index, or one of
// another history, is dropped and begun anew. Whatever way it ends, each row has been taken once.
func (d *DB) FeedSearch(ctx context.Context) (fed int, err error) {
	fed, err = d.search.feed(ctx)
	if err != nil {
		return fed, fmt.Errorf("feed the search index: %w", err)
	}
	return fed, nil
}

func (s *search) feed(ctx context.Context) (fed int, err error) {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	if s.closed {
		return 0, ErrClosed
	}
	f, err := s.openFeeder(ctx)
	if err != nil {
		return 0, err
	}
	for more := true; more && err == nil; { // the rooms first: they are soon done
		if err = ctx.Err(); err == nil {
			more, err = f.rooms()
		}
	}
	for more := true; more && err == nil; {
		if err = ctx.Err(); err != nil {
			break
		}
		var n int
		n, more, err = f.batch()
		fed += n
	}
	if fed > feedBatch {
		err = errors.Join(err, f.shrink())
	}
	if unusable(err) {
		err = errors.Join(err, s.drop())
	}
	return fed, err
}

// batch takes the next rows. It isn't to be cancelled, for it is short. What a watch for the end of a context costs is
// more than most statements here.
func (f *feeder) batch() (fed int, more bool, err error) {
	ctx := context.Background()
	var head int64
	if err := f.history.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM history").Scan(&head); err != nil || head <= f.fed {
		return 0, false, err
	}
	tx, err := f.index.BeginTx(ctx, nil)
	if err != nil {
		return 0, false, err
	}
	p := portion{tx: tx, bits: f.bits, seen: map[string]int{}}
	err = ended(tx, p.take(f.history))
	if err != nil {
		return 0, false, err
	}
	f.fed = p.to
	if p.to>>f.bits != p.from>>f.bits {
		err = f.tidy()
	}
	return p.rows, p.rows > 0 && p.to < head, err
}

// shrink gives back the memory that catching up took: a desk at rest stays small.
func (f *feeder) shrink() error {
	_, err := f.index.Exec("PRAGMA shrink_memory")
	_, herr := f.history.Exec("PRAGMA shrink_memory")
	debug.FreeOSMemory()
	return errors.Join(err, herr)
}

// tidy makes each shard one segment of each token, and the WAL short again. It is for when a shard is full: until then
// SQLite merges as it goes.
func (f *feeder) tidy() error {
	if _, err := f.index.Exec("INSERT INTO hits (hits) VALUES ('optimize')"); err != nil {
		return err
	}
	_, err := f.index.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// portion is one transaction of the index.
type portion struct {
	tx       *sql.Tx
	bits     uint
	from, to int64
	rows     int
	last     string // operation of the row that to is
	docs     []document
	opened   []int64
	seen     map[string]int
}

// document is an operation, or the text of a room, as the index knows it: its tokens, each after a space.
type document struct {
	seq    int64
	tokens []byte
}

// take adds the next rows of history to the index.
func (p *portion) take(history *sql.DB) error {
	if err := p.tx.QueryRow("SELECT fed FROM state").Scan(&p.from); err != nil {
		return err
	}
	p.to = p.from
	if err := p.read(history); err != nil || p.rows == 0 {
		return err
	}
	for _, step := range []func() error{p.writeOpened, p.writeDocuments, p.writeSeen} {
		if err := step(); err != nil {
			return err
		}
	}
	_, err := p.tx.Exec("UPDATE state SET fed = ?, operation = ?", p.to, p.last)
	return err
}

// feedRows is for the rows that follow one.
const feedRows = `SELECT h.seq, h.phase, h.operation, o.seq, o.search, o.reason, o.workspace, o.actor_name, o.actor_id,
	o.action, o.object, o.outcome, o.target_kind, o.target_id, o.target_key
	FROM history h JOIN operations o ON o.id = h.operation WHERE h.seq > ? ORDER BY h.seq LIMIT ?`

// read gathers what the rows after p.from begin and end. An operation that has ended never changes again, so what it is
// now is what it was when its last row was written.
func (p *portion) read(history *sql.DB) error {
	rows, err := history.Query(feedRows, p.from, feedBatch)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := p.row(rows); err != nil {
			return closing(rows, err)
		}
	}
	return closing(rows, rows.Err())
}

func (p *portion) row(from scanner) error {
	var phase, text, reason string
	var d document
	var values [9]string
	err := from.Scan(&p.to, &phase, &p.last, &d.seq, &text, &reason, &values[0], &values[1], &values[2], &values[3],
		&values[4], &values[5], &values[6], &values[7], &values[8])
	if err != nil {
		return err
	}
	p.rows++
	if phase == PhaseIntent {
		p.opened = append(p.opened, d.seq)
		return nil
	}
	d.tokens = appendTrigrams(make([]byte, 0, 8*(len(text)+len(reason))+256), text)
	for i, by := range []byte{
		byWorkspace, byActorName, byActorID, byAction, byObject, byOutcome, byKind, byTargetID, byTargetName,
	} {
		d.tokens = appendFilter(d.tokens, by, values[i])
	}
	d.tokens = appendTrigrams(d.tokens, reason) // apart from the text: no word goes from one into the other
	p.docs = append(p.docs, d)
	return nil
}

func (p *portion) writeOpened() error {
	insert, err := p.tx.Prepare("INSERT INTO open (seq) VALUES (?)")
	if err != nil {
		return err
	}
	for _, seq := range p.opened {
		if _, err := insert.Exec(seq); err != nil {
			return errors.Join(err, insert.Close())
		}
	}
	return insert.Close()
}

// writeDocuments adds the operations that have ended, in order: FTS begins a new segment where the number goes back.
func (p *portion) writeDocuments() error {
	slices.SortFunc(p.docs, func(a, b document) int { return cmp.Compare(a.seq, b.seq) })
	insert, err := p.tx.Prepare("INSERT INTO hits (docid, shard, tokens) VALUES (?, ?, ?)")
	if err != nil {
		return err
	}
	remove, err := p.tx.Prepare("DELETE FROM open WHERE seq = ?")
	if err != nil {
		return errors.Join(err, insert.Close())
	}
	for _, d := range p.docs {
		_, err := insert.Exec(d.seq, d.seq>>p.bits, string(d.tokens))
		if err == nil {
			_, err = remove.Exec(d.seq)
		}
		if err != nil {
			return errors.Join(err, insert.Close(), remove.Close())
		}
		d.sample(p.seen)
	}
	return errors.Join(insert.Close(), remove.Close())
}

// closed closes a statement; err, when there is one, stays.
func closed(statement *sql.Stmt, err error) error { return errors.Join(err, statement.Close()) }

// sample counts the tokens of one document in sampleOf, chosen by a mix of the number's bits: what is done in turns must
// not be left out.
func (d document) sample(seen map[string]int) {
	const mix = 0x9e3779b97f4a7c15
	if uint64(d.seq)*mix>>58 != 0 {
		return
	}
	tokens := strings.Fields(string(d.tokens))
	slices.Sort(tokens)
	for _, token := range slices.Compact(tokens) {
		seen[token]++
	}
	seen[""]++
}

func (p *portion) writeSeen() error { return writeSeen(p.tx, "seen", p.seen) }

// writeSeen adds to the counts of a table.
func writeSeen(tx *sql.Tx, table string, seen map[string]int) error {
	for token, n := range seen {
		_, err := tx.Exec("INSERT INTO "+table+" (token, n) VALUES (?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n", token, n)
		if err != nil {
			return err
		}
	}
	return nil
}
