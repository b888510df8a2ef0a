package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"roomledger/db/seal"
)

// Verify checks the history in a database file, which may be in use or a backup: every row against its leaf, every hash
// of the tree, every signature, the checkpoints that somebody kept, and that the guards of history stand. It writes
// nothing. What isn't right is in the report; the error means that the file can't be read as a database of ours;
// it is ErrNewer when a newer version of the program has written it, whose guards of history this one doesn't know.
func Verify(ctx context.Context, path string, trust seal.Trust) (seal.Report, error) {
	wal, err := exists(path + "-wal")
	if err != nil {
		return seal.Report{}, err
	}
	if wal { // somebody has it open to write, or had
		return verifyOpen(ctx, path, trust)
	}
	report, err := verifyFile(ctx, path, true, trust)
	// Whoever opened it meanwhile may have changed pages while they were read.
	if wal, statErr := exists(path + "-wal"); statErr != nil || !wal {
		return report, errors.Join(err, statErr)
	}
	return verifyOpen(ctx, path, trust)
}

// verifyOpen checks a file that has a WAL. Where the index of that is missing, nobody has the file open, and SQLite would
// make the index: so that happens to a copy.
func verifyOpen(ctx context.Context, path string, trust seal.Trust) (report seal.Report, err error) {
	index, err := exists(path + "-shm")
	if err != nil {
		return seal.Report{}, err
	}
	if index {
		return verifyFile(ctx, path, false, trust)
	}
	dir, err := os.MkdirTemp("", "roomledger-verify-")
	if err != nil {
		return seal.Report{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, end := range []string{"", "-wal"} {
		if err := copyTo(filepath.Join(dir, FileName+end), path+end); err != nil {
			return seal.Report{}, err
		}
	}
	return verifyFile(ctx, filepath.Join(dir, FileName), false, trust)
}

func copyTo(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// Verify checks the history of an open database, as the function of this name does.
func (d *DB) Verify(ctx context.Context, trust seal.Trust) (seal.Report, error) {
	return verifyFile(ctx, d.path, false, trust)
}

func verifyFile(ctx context.Context, path string, alone bool, trust seal.Trust) (seal.Report, error) {
	v, err := openVerifier(ctx, path, alone)
	if err != nil {
		return seal.Report{}, fmt.Errorf("open %s: %w", path, err)
	}
	if v.report.Intact() { // else there is nothing to read
		err = v.verify(ctx, trust)
	}
	if err := errors.Join(err, v.close()); err != nil {
		return seal.Report{}, fmt.Errorf("verify %s: %w", path, err)
	}
	v.report.Sort()
	return v.report, nil
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// How a file is read that may be any file; asItIs besides where nobody has it open to write: then SQLite makes no files
// beside it.
const (
	readOnly = "mode=ro&_query_only=on&_busy_timeout=5000&_stmt_cache_size=8&_ignore_check_constraints=on"
	asItIs   = "&immutable=1"
)

// verifyReaders read rows at the same time.
const verifyReaders = 2

// verifyChunk is how many rows a reader takes at once.
const verifyChunk = 256

// verifyAhead is how many chunks wait at most to be added to the tree.
const verifyAhead = 32

// verifier checks one file. All of its readers see the same moment.
type verifier struct {
	pool    *sql.DB
	readers []*sql.Tx
	version int64 // of the schema
	size    int64 // number of the last leaf
	pruned  int64
	report  seal.Report
}

// openVerifier opens a file; alone says that nobody has it open to write, so that it can be read as it is, without the
// files that SQLite would make beside it.
func openVerifier(ctx context.Context, path string, alone bool) (*verifier, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a file")
	}
	params := readOnly
	if alone {
		params += asItIs
	}
	pool, err := sql.Open("sqlite3", dsn(path, params))
	if err != nil {
		return nil, err
	}
	v := &verifier{pool: pool}
	if err := v.begin(ctx); err != nil {
		return nil, errors.Join(err, v.close())
	}
	return v, nil
}

func (v *verifier) close() error {
	err := v.rollback()
	return errors.Join(err, v.pool.Close())
}

func (v *verifier) rollback() (err error) {
	for _, tx := range v.readers {
		err = errors.Join(err, tx.Rollback())
	}
	v.readers = nil
	return err
}

// begin opens the readers at one moment of the file.
func (v *verifier) begin(ctx context.Context) error {
	err := v.pool.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version").Scan(&v.version)
	if err != nil {
		return fmt.Errorf("not a database of this program: %w", err)
	}
	if err := notNewer(v.pool, v.version); err != nil {
		return err
	}
	if v.version < sealedVersion {
		return errors.New("its history was not sealed yet by the version that wrote it: start roomledger serve on it once")
	}
	if whole, err := v.tables(ctx); err != nil || !whole {
		return err
	}
	for range 10 { // somebody may append between the first and the last
		same, err := v.snapshot(ctx)
		if err != nil || same {
			return err
		}
		if err := v.rollback(); err != nil {
			return err
		}
	}
	return errors.New("it changes too fast to be read at one moment: try again")
}

// tables says whether the tables of history are there. Where one isn't, that is tampering rather than another kind of file.
func (v *verifier) tables(ctx context.Context) (whole bool, err error) {
	for _, name := range sealedTables {
		var n int
		err := v.pool.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", name).Scan(&n)
		if err != nil {
			return false, err
		}
		if n == 0 {
			v.report.Fault(0, "table %s is missing: it is part of history", name)
		}
	}
	return v.report.Intact(), nil
}

// snapshot begins a transaction for each reader and says whether all see the same end of history.
func (v *verifier) snapshot(ctx context.Context) (same bool, err error) {
	type end struct{ row, leaf, pruned, checkpoint int64 }
	var first end
	same = true
	for i := range verifyReaders + 1 {
		tx, err := v.pool.BeginTx(context.WithoutCancel(ctx), nil) // so that no row waits for a context
		if err != nil {
			return false, err
		}
		v.readers = append(v.readers, tx)
		var e end
		err = tx.QueryRow(`SELECT (SELECT coalesce(max(seq), 0) FROM history), (SELECT coalesce(max(seq), 0) FROM leaves),
			(SELECT coalesce(max(upto), 0) FROM tombstones), (SELECT coalesce(max(size), 0) FROM checkpoints)`).
			Scan(&e.row, &e.leaf, &e.pruned, &e.checkpoint)
		if err != nil {
			return false, err
		}
		if i == 0 {
			first = e
		}
		same = same && e == first
	}
	v.size, v.pruned = first.leaf, first.pruned
	return same, nil
}

// verify fills the report.
func (v *verifier) verify(ctx context.Context, trust seal.Trust) error {
	r := &v.report
	r.Pinned, r.Unchecked = len(trust.Keys) > 0, len(trust.Keys) == 0
	r.Pruned, r.Size = v.pruned, v.size
	main := v.readers[verifyReaders]
	if err := v.schema(ctx, main); err != nil {
		return err
	}
	asMade := r.Intact()
	marks, stones := v.signed(main, trust)
	before := slices.Clip(r.Faults)
	sound, err := false, error(nil)
	if asMade { // else SQLite may know other kinds
		sound, err = v.soundPass(ctx, main, *marks, stones)
	}
	if !sound && err == nil {
		r.Rows, r.Checkpoints, r.Signed, r.Faults = 0, 0, 0, before
		err = v.pass(ctx, allKindsSQL, *marks, stones)
	}
	if err != nil {
		return err
	}
	v.extra(main)
	return nil
}

// soundPass checks all rows but for the kinds of their values, while SQLite's own check looks at these: that sees them
// without reading the values, in a fraction of the time. Where it isn't content, the pass doesn't count.
func (v *verifier) soundPass(ctx context.Context, main *sql.Tx, marks seal.Marks, stones []seal.Tombstone) (sound bool, err error) {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return v.pass(ctx, allRowsSQL, marks, stones) })
	var found string
	checked := main.QueryRowContext(ctx, "PRAGMA quick_check(history)").Scan(&found)
	sound = checked == nil && found == "ok" // else the pass that looks at each value tells what is wrong
	return sound, group.Wait()
}

// pass checks all rows, read with allRowsSQL or allKindsSQL.
func (v *verifier) pass(ctx context.Context, all string, marks seal.Marks, stones []seal.Tombstone) error {
	edge, err := v.rows(ctx, all, &marks, stones)
	v.report.Root = edge.Root()
	marks.End(v.size, &v.report)
	return err
}
