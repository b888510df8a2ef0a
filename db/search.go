package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/mattn/go-sqlite3"
)

// SearchFileName is the name of the search index beside the database. It is derived: it needs no backup, and where it is
// missing, damaged or of another history it is built anew.
const SearchFileName = "search.db"

const (
	// searchVersion is the layout of the index. A file of another one is built anew.
	searchVersion = 3
	// searchReach is how many operations that aren't in the index yet are looked at one by one.
	searchReach = 20_000
	// shardBits is the size of a shard: so many of the lowest bits of an operation's number tell its place in there.
	shardBits = 17
)

// The index is cut into shards by the number of the operation, so that a page that is far down needn't begin at the top;
// FTS calls that a language. It holds no text: a row of hits can be added once and never be changed, so where it ends
// is kept in the same transaction.
const searchSchema = `
CREATE VIRTUAL TABLE hits USING fts4 (tokens, content="", matchinfo=fts3, order=desc, languageid="shard", tokenize=simple);
CREATE VIRTUAL TABLE room_hits USING fts4 (tokens, content="", matchinfo=fts3, order=desc, tokenize=simple);
-- Up to which history row it goes; operation tells the history by. And up to which text of a room, told by its tag.
CREATE TABLE state (
	id INTEGER PRIMARY KEY CHECK (id = 1), fed INTEGER NOT NULL, operation TEXT NOT NULL,
	rooms INTEGER NOT NULL, room_tag INTEGER NOT NULL
) STRICT;
INSERT INTO state (id, fed, operation, rooms, room_tag) VALUES (1, 0, '', 0, 0);
-- Operations that began but hadn't ended by then.
CREATE TABLE open (seq INTEGER PRIMARY KEY) STRICT;
-- In how many operations of the sample a token is; the empty one counts the sample.
CREATE TABLE seen (token TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE room_seen (token TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID; -- of the texts of rooms
PRAGMA user_version = `

// search is the index of operations and rooms. It is opened when it is first used, for most commands have no use for it.
type search struct {
	path     string
	database string // the file that it is the index of
	history  *sql.DB
	log      *slog.Logger
	bits     uint

	reach, roomReach int64 // operations and texts of rooms that are looked at besides

	feeding sync.Mutex // held while feeding
	mu      sync.Mutex
	feeder  *feeder
	readers *sql.DB
	retired []*sql.DB // of files that were dropped; somebody may still read them
	damaged bool      // not to be read any more
	warned  bool
	closed  bool
}

// newSearch is the index that stands beside the database of path.
func newSearch(path string, history *sql.DB, log *slog.Logger) *search {
	return &search{
		path: filepath.Join(filepath.Dir(path), SearchFileName), database: path, history: history, log: log,
		bits: shardBits, reach: searchReach, roomReach: roomReach,
	}
}

// close waits for a feeding under way.
func (s *search) close() error {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.retire()
	var err error
	for _, pool := range s.retired {
		err = errors.Join(err, pool.Close())
	}
	if s.feeder != nil { // goes last, as the writer of the database does
		err = errors.Join(err, s.feeder.close())
	}
	return err
}

// retire makes the next reader open the file again.
func (s *search) retire() {
	if s.readers != nil {
		s.retired = append(s.retired, s.readers)
		s.readers = nil
	}
}

// open returns the readers of the index, or nil while there is none of this history. One that can't be opened is as good
// as none; that is logged once.
func (s *search) open(ctx context.Context) (*sql.DB, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readers != nil {
		return s.readers, nil
	}
	pool, err := s.openReaders(ctx)
	if err == nil || ctx.Err() != nil {
		s.readers = pool
		return pool, ctx.Err()
	}
	if !s.warned {
		s.warned = true
		s.log.WarnContext(ctx, "the search index can't be opened", "file", s.path, "err", err)
	}
	return nil, nil
}

func (s *search) openReaders(ctx context.Context) (*sql.DB, error) {
	if _, err := os.Stat(s.path); missing(err) || s.damaged || s.closed {
		return nil, nil
	}
	pool, err := sql.Open("sqlite3", dsn(s.path, "mode=rw&_query_only=on&_busy_timeout=5000&_stmt_cache_size=32&_cache_size=-4000"))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(2)
	pool.SetMaxIdleConns(2)
	ours, err := s.ours(ctx, pool)
	if err != nil || !ours {
		return nil, errors.Join(err, pool.Close())
	}
	return pool, nil
}

// ours says whether the file is a whole index of our layout that belongs to this very history.
func (s *search) ours(ctx context.Context, pool *sql.DB) (bool, error) {
	var version int
	if err := pool.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil || version != searchVersion {
		return false, unless(unusable, err)
	}
	var fed, rooms, knownTag, tag int64
	var known, operation string
	err := pool.QueryRowContext(ctx, "SELECT fed, operation, rooms, room_tag FROM state").Scan(&fed, &known, &rooms, &knownTag)
	if err != nil {
		return false, unless(incomplete, err)
	}
	err = s.history.QueryRowContext(ctx, `SELECT coalesce((SELECT operation FROM history WHERE seq = ?), ''),
		coalesce((SELECT tag FROM room_texts WHERE id = ?), 0)`, fed, rooms).Scan(&operation, &tag)
	return operation == known && tag == knownTag, err
}

// unless is err, but nil when it is of that kind.
func unless(kind func(error) bool, err error) error {
	if kind(err) {
		return nil
	}
	return err
}

func absent(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// incomplete tells whether err says that a file lacks a table or its row, or is worse.
func incomplete(err error) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	return ok && e.Code == sqlite3.ErrError || absent(err) || unusable(err)
}

// unusable tells whether err says that a file is no database, or a damaged one.
func unusable(err error) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	return ok && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB || e.ExtendedCode == sqlite3.ErrIoErrShortRead)
}

// distrust tells whether err says that the index is damaged. It isn't read again until it was built anew.
func (s *search) distrust(ctx context.Context, err error) bool {
	if !unusable(err) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.damaged {
		s.log.ErrorContext(ctx, "the search index is damaged", "file", s.path, "err", err)
	}
	s.damaged = true
	s.retire()
	return true
}

// drop removes the file, so that the next feeding begins a new one. Other processes keep what they have open.
func (s *search) drop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.damaged = false
	err := s.stopFeeder()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		rerr := os.Remove(s.path + suffix)
		err = errors.Join(err, unless(missing, rerr))
	}
	return err
}

// stopFeeder closes what writes to the index, and makes readers open it again.
func (s *search) stopFeeder() error {
	s.retire()
	if s.feeder == nil {
		return nil
	}
	err := s.feeder.close()
	s.feeder = nil
	return err
}

// openFeeder returns what writes to the index, after making it anew where it has to be.
func (s *search) openFeeder(ctx context.Context) (*feeder, error) {
	if err := s.refresh(); err != nil {
		return nil, err
	}
	if s.feeder != nil {
		return s.feeder, nil
	}
	pool, file, err := s.openFile(ctx)
	if err != nil {
		return nil, err
	}
	ours, err := s.ours(ctx, pool)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	if !ours {
		s.log.InfoContext(ctx, "the search index is built anew", "file", s.path)
		if err := errors.Join(pool.Close(), s.replace(file)); err != nil {
			return nil, err
		}
		if pool, file, err = s.openFile(ctx); err != nil {
			return nil, err
		}
	}
	f, err := newFeeder(ctx, s, pool, file)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feeder = f
	return f, nil
}

// replace drops the index if it still is that file: another process may have replaced it meanwhile.
func (s *search) replace(file fs.FileInfo) error {
	info, err := os.Stat(s.path)
	if err == nil && os.SameFile(info, file) {
		return s.drop()
	}
	return unless(missing, err)
}

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// refresh drops a damaged index and lets go of one that was removed or replaced.
func (s *search) refresh() error {
	s.mu.Lock()
	damaged := s.damaged
	s.mu.Unlock()
	if damaged {
		return s.drop()
	}
	if s.feeder == nil {
		return nil
	}
	info, err := os.Stat(s.path)
	if err == nil && os.SameFile(info, s.feeder.file) || unless(missing, err) != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopFeeder()
}

// openFile opens the file for writing, with tables in it unless it is damaged. What isn't durable after a power cut is fed
// again, so that nobody need wait for the disk.
func (s *search) openFile(ctx context.Context) (*sql.DB, fs.FileInfo, error) {
	file, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, nil, err
	}
	pool, err := sql.Open("sqlite3", dsn(s.path, "_journal_mode=WAL&_synchronous=NORMAL&_busy_timeout=5000&_txlock=immediate&_cache_size=-8000"))
	if err != nil {
		return nil, nil, err
	}
	pool.SetMaxOpenConns(1)
	if err := foundIndex(ctx, pool); err != nil && !incomplete(err) {
		return nil, nil, errors.Join(err, pool.Close())
	}
	return pool, info, nil
}

// foundIndex makes the tables, unless another process has just done so.
func foundIndex(ctx context.Context, pool *sql.DB) (err error) {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { err = ended(tx, err) }()
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil || version != 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, searchSchema+strconv.Itoa(searchVersion))
	return err
}

// ended commits tx, or undoes it when err says that something failed.
func ended(tx *sql.Tx, err error) error {
	if err == nil {
		return tx.Commit()
	}
	if rerr := tx.Rollback(); !errors.Is(rerr, sql.ErrTxDone) {
		return errors.Join(err, rerr)
	}
	return err
}

// SearchState tells how far the search index goes, in history rows: fed of head. An index that is missing goes to 0.
func (d *DB) SearchState(ctx context.Context) (fed, head int64, err error) {
	if fed, err = d.search.fed(ctx); err != nil {
		return 0, 0, fmt.Errorf("state of the search index: %w", err)
	}
	head, err = d.HistoryLen(ctx)
	return fed, head, err
}

func (s *search) fed(ctx context.Context) (fed int64, err error) {
	pool, err := s.open(ctx)
	if pool == nil {
		return 0, err
	}
	return fed, pool.QueryRowContext(ctx, "SELECT fed FROM state").Scan(&fed)
}
