package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"

	"github.com/mattn/go-sqlite3"
)

const (
	// batchCap bounds how long the first of a batch waits for the last.
	batchCap = 128
	// walLimit is the size of the WAL in bytes from which it is cut back: 16,384 pages. The automatic checkpoints never
	// shorten the file, and can't start it over while anybody reads.
	walLimit = 16_384 * 4096
	// checkpointPages is the growth of the WAL after which a commit moves it into the file. SQLite's own 1,000 would
	// write the pages that every append touches four times as often.
	checkpointPages = 4000
	// lockTries times the busy timeout is how long another process may hold the lock.
	lockTries = 3
)

// errLost is what everybody in a transaction gets that was ended under them.
var errLost = errors.New("the transaction has ended before its time")

// errUnfinished is what a function gets that ended its goroutine instead of returning.
var errUnfinished = errors.New("the function ended its goroutine")

// Tx is the part that one function has in a transaction. It is good until the function returns, on that goroutine only.
type Tx struct {
	conn *sql.Conn
	kept edgeKept // the end of history as this process knew it last
	edge edgeKept // the end of history, once this transaction has read it; nobody else can append meanwhile
	leaf []byte   // for the bytes of one
	days days     // to be written before the commit
}

// Exec runs a statement. Statements are prepared once and can't be cancelled: half a function is never committed.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	return tx.conn.ExecContext(context.Background(), query, args...)
}

// QueryRow runs a query that gives at most one row.
func (tx *Tx) QueryRow(query string, args ...any) *sql.Row {
	return tx.conn.QueryRowContext(context.Background(), query, args...)
}

// Query runs a query. The rows must be closed before the function returns.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	return tx.conn.QueryContext(context.Background(), query, args...)
}

// InTx runs fn inside a transaction and returns when that is durable on disk. Functions that wait at the same time share
// a transaction; one that fails or panics is undone alone and gets its own error. When the commit fails, all of them get
// that error. After Close the error is ErrClosed.
//
// fn may be run again after another one has failed beside it: what it leaves outside the database has to be the same
// each time, and only its last run counts.
//
// A function that hasn't started when ctx ends is skipped and the error is ctx.Err(); once started it runs to its end
// and the result is its real one. fn must not call InTx (it would wait for itself), nor begin or end transactions.
func (d *DB) InTx(ctx context.Context, fn func(*Tx) error) error { return d.writer.inTx(ctx, fn) }

// States of a job. Whoever takes it out of waiting, the writer or its owner, decides whether it runs.
const (
	waiting int32 = iota
	started
	abandoned
)

type job struct {
	fn       func(*Tx) error
	state    atomic.Int32
	answered bool
	err      error
	done     chan struct{}
}

// start says whether the job is to be run: not when whoever asked has given it up before its turn.
func (j *job) start() bool {
	return j.state.CompareAndSwap(waiting, started) || j.state.Load() == started
}

// writer owns the one connection that writes.
type writer struct {
	log      *slog.Logger
	pool     *sql.DB
	conn     *sql.Conn
	wal      string
	shorten  int64    // size of the WAL from which the next cut is tried
	edge     edgeKept // the end of history after our last commit
	jobs     chan *job
	closing  chan struct{}
	finished chan struct{}
}

// openWriter opens and migrates the file and starts the goroutine that writes.
func openWriter(ctx context.Context, path string, log *slog.Logger) (*writer, error) {
	pool, err := sql.Open("sqlite3", dsn(path,
		"_journal_mode=WAL&_synchronous=FULL&_busy_timeout=2000&_foreign_keys=on&_txlock=immediate&_stmt_cache_size=64"))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	if err := migrate(ctx, pool); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	w := &writer{
		log: log, pool: pool, conn: conn, wal: path + "-wal", shorten: walLimit,
		// No buffer: a job that was sent has been received, so that closing leaves none unanswered.
		jobs: make(chan *job), closing: make(chan struct{}), finished: make(chan struct{}),
	}
	// What a statement may have to undo is kept in memory rather than in a temporary file.
	for _, pragma := range []string{"wal_autocheckpoint = " + strconv.Itoa(checkpointPages), "temp_store = MEMORY"} {
		if err := w.exec("PRAGMA " + pragma); err != nil {
			return nil, errors.Join(err, conn.Close(), pool.Close())
		}
	}
	go w.run()
	return w, nil
}

// close must be called once.
func (w *writer) close() error {
	close(w.closing)
	<-w.finished
	return errors.Join(w.conn.Close(), w.pool.Close())
}

func (w *writer) inTx(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{fn: fn, done: make(chan struct{})}
	select {
	case w.jobs <- j:
	case <-w.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.state.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
		<-j.done
	}
	return j.err
}

// run takes jobs until the writer is closed.
func (w *writer) run() {
	ended := false
	defer func() {
		if !ended { // a function called runtime.Goexit, as t.FailNow does
			go w.run()
			return
		}
		close(w.finished)
	}()
	for {
		select {
		case j := <-w.jobs:
			w.runBatch(w.gather(j))
			w.shortenWAL()
		case <-w.closing:
			ended = true
			return
		}
	}
}

// gather adds the jobs that wait by now. Before it is content it lets everybody run who could bring another: while the
// processors are busy that fills a batch, and at rest it costs next to nothing.
func (w *writer) gather(first *job) []*job {
	batch := []*job{first}
	for yielded := false; len(batch) < batchCap; {
		select {
		case j := <-w.jobs:
			batch, yielded = append(batch, j), false
		default:
			if yielded {
				return batch
			}
			yielded = true
			runtime.Gosched()
		}
	}
	return batch
}

// runBatch runs the jobs in order and answers each.
func (w *writer) runBatch(batch []*job) {
	defer func() { // only a function that ended the goroutine leaves some unanswered
		w.rollback()
		answer(batch, errUnfinished)
	}()
	w.runJobs(batch)
}

// runJobs runs jobs in one transaction. When one fails, all are undone and run again without it between them: those
// before it, then it alone, then those after it. That is rare, and spares each one a savepoint.
func (w *writer) runJobs(batch []*job) {
	if len(batch) == 0 {
		return
	}
	failed, err := w.together(batch)
	if err != nil {
		w.rollback()
	}
	if failed < 0 || len(batch) == 1 {
		if failed < 0 && err != nil {
			err = fmt.Errorf("write to the database: %w", err)
		}
		answer(batch, err)
		return
	}
	w.runJobs(batch[:failed])
	w.runJobs(batch[failed : failed+1])
	w.runJobs(batch[failed+1:])
}

// together runs jobs in one transaction and commits it. With an error it tells which job failed, or -1 when it was the
// transaction itself.
func (w *writer) together(batch []*job) (failed int, err error) {
	if err := w.begin(); err != nil {
		return -1, err
	}
	tx := &Tx{conn: w.conn, kept: w.edge}
	for i, j := range batch {
		if !j.start() {
			continue
		}
		if err := w.call(j.fn, tx); err != nil {
			return i, err
		}
		if open, err := w.isOpen(); err != nil || !open {
			return -1, errors.Join(errLost, err) // what comes next would commit itself
		}
	}
	if err := tx.writeDays(); err != nil {
		return -1, err
	}
	if err := w.exec("COMMIT"); err != nil {
		return -1, err
	}
	if tx.edge.Size > 0 {
		w.edge = tx.edge
	}
	return -1, nil
}

// answer gives jobs their result, unless they have one.
func answer(batch []*job, err error) {
	for _, j := range batch {
		if j.answered {
			continue
		}
		j.answered, j.err = true, err
		close(j.done)
	}
}

// begin takes the write lock. SQLite's waiting isn't fair, so a process that was unlucky tries again.
func (w *writer) begin() error {
	var err error
	for range lockTries {
		if err = w.exec("BEGIN IMMEDIATE"); !busy(err) {
			break
		}
	}
	return err
}

// call turns a panic of fn into an error.
func (w *writer) call(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("panic in a transaction", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic in a transaction: %v", p)
		}
	}()
	return fn(tx)
}

func (w *writer) exec(statement string) error {
	_, err := w.conn.ExecContext(context.Background(), statement)
	return err
}

// isOpen says whether a transaction is open.
func (w *writer) isOpen() (open bool, err error) {
	err = w.conn.Raw(func(c any) error {
		sqlite, ok := c.(*sqlite3.SQLiteConn)
		open = ok && !sqlite.AutoCommit()
		return nil
	})
	return open, err
}

// rollback ends a transaction that failed. SQLite has done so itself after some errors, such as a full disk.
func (w *writer) rollback() {
	open, err := w.isOpen()
	if err == nil && open {
		err = w.exec("ROLLBACK")
	}
	if err != nil {
		w.log.Error("roll back", "error", err)
	}
}

// shortenWAL cuts the WAL back when it has grown. Somebody who reads for long prevents that; then it waits for as much
// growth again, rather than trying after every commit.
func (w *writer) shortenWAL() {
	info, err := os.Stat(w.wal)
	if err != nil {
		w.log.Error("look at the WAL", "error", err)
		return
	}
	if info.Size() < w.shorten {
		return
	}
	w.shorten = walLimit
	blocked, err := w.checkpoint()
	if err != nil {
		w.log.Error("shorten the WAL", "error", err)
	}
	if blocked || err != nil {
		w.shorten = info.Size() + walLimit
	}
}

// checkpoint moves the WAL into the file and empties it, unless a reader is in the way for more than a moment: it holds
// the write lock while it waits.
func (w *writer) checkpoint() (blocked bool, err error) {
	if err := w.exec("PRAGMA busy_timeout = 100"); err != nil {
		return false, err
	}
	var pages, moved int
	err = w.conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&blocked, &pages, &moved)
	return blocked, errors.Join(err, w.exec("PRAGMA busy_timeout = 2000"))
}
