package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
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

// errUnfinished is what a function gets that ended its goroutine instead of returning.
var errUnfinished = errors.New("the function ended its goroutine")

// Tx is the part that one function has in a transaction. It is good until the function returns, on that goroutine only.
type Tx struct{ conn *sql.Conn }

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
	fn    func(*Tx) error
	state atomic.Int32
	err   error
	done  chan struct{}
}

// writer owns the one connection that writes.
type writer struct {
	log      *slog.Logger
	pool     *sql.DB
	conn     *sql.Conn
	wal      string
	shorten  int64 // size of the WAL from which the next cut is tried
	jobs     chan *job
	closing  chan struct{}
	finished chan struct{}
}

// openWriter opens and migrates the file and starts the goroutine that writes.
func openWriter(ctx context.Context, path string, log *slog.Logger) (*writer, error) {
	pool, err := sql.Open("sqlite3", dsn(path,
		"_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000&_foreign_keys=on&_txlock=immediate&_stmt_cache_size=64"))
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
	// A savepoint's journal is a temporary file unless it is told to stay in memory: pages written for nothing.
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

// gather adds the jobs that wait by now.
func (w *writer) gather(first *job) []*job {
	batch := []*job{first}
	for len(batch) < batchCap {
		select {
		case j := <-w.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// runBatch runs the jobs in one transaction and answers each.
func (w *writer) runBatch(batch []*job) {
	err := errUnfinished
	defer func() {
		if err != nil {
			w.rollback()
		}
		for _, j := range batch {
			if err != nil {
				j.err = fmt.Errorf("write to the database: %w", err)
			}
			close(j.done)
		}
	}()
	err = w.runJobs(batch)
}

// runJobs returns what is wrong with the transaction as a whole.
func (w *writer) runJobs(batch []*job) error {
	if err := w.begin(); err != nil {
		return err
	}
	for _, j := range batch {
		if err := w.runJob(j); err != nil {
			return err
		}
	}
	return w.exec("COMMIT")
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

// runJob runs one function inside a savepoint and leaves its result in j.err. Its own error means that the transaction
// is lost, with everything in it.
func (w *writer) runJob(j *job) error {
	if !j.state.CompareAndSwap(waiting, started) {
		return nil
	}
	if err := w.exec("SAVEPOINT job"); err != nil {
		return err
	}
	if j.err = w.call(j.fn); j.err != nil {
		if err := w.exec("ROLLBACK TO job"); err != nil {
			return errors.Join(j.err, err)
		}
	}
	return w.exec("RELEASE job")
}

// call turns a panic of fn into an error.
func (w *writer) call(fn func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("panic in a transaction", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic in a transaction: %v", p)
		}
	}()
	return fn(&Tx{conn: w.conn})
}

func (w *writer) exec(statement string) error {
	_, err := w.conn.ExecContext(context.Background(), statement)
	return err
}

// rollback ends a transaction that failed. SQLite has done so itself after some errors, such as a full disk.
func (w *writer) rollback() {
	open := false
	err := w.conn.Raw(func(c any) error {
		sqlite, ok := c.(*sqlite3.SQLiteConn)
		open = ok && !sqlite.AutoCommit()
		return nil
	})
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
	return blocked, errors.Join(err, w.exec("PRAGMA busy_timeout = 5000"))
}
