package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"roomledger/db/seal"
)

// Verify checks the history in a database file, which may be in use or a backup: every row against its leaf, every hash
// of the tree, every signature, the checkpoints that somebody kept, and that the guards of history stand. It writes
// nothing. What isn't right is in the report; the error means that the file can't be read as a database of ours.
func Verify(ctx context.Context, path string, trust seal.Trust) (seal.Report, error) {
	v, err := openVerifier(ctx, path)
	if err != nil {
		return seal.Report{}, fmt.Errorf("open %s: %w", path, err)
	}
	err = v.verify(ctx, trust)
	if err := errors.Join(err, v.close()); err != nil {
		return seal.Report{}, fmt.Errorf("verify %s: %w", path, err)
	}
	v.report.Sort()
	return v.report, nil
}

// verifyReaders read rows at the same time.
const verifyReaders = 2

// verifyChunk is how many rows a reader takes at once.
const verifyChunk = 4096

// verifier checks one file. All of its readers see the same moment.
type verifier struct {
	pool    *sql.DB
	readers []*sql.Tx
	version int64 // of the schema
	size    int64 // number of the last leaf
	pruned  int64
	report  seal.Report
}

func openVerifier(ctx context.Context, path string) (*verifier, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a file")
	}
	params, err := readingParams(path)
	if err != nil {
		return nil, err
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

// readingParams opens a file that nobody has open as it is, without the files that SQLite would make beside it.
func readingParams(path string) (string, error) {
	wal, err := os.Stat(path + "-wal")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err == nil && wal.Size() > 0 {
		return "mode=ro&_query_only=on&_busy_timeout=5000", nil
	}
	return "mode=ro&_query_only=on&immutable=1", nil
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
	if v.version < sealedVersion {
		return errors.New("its history was not sealed yet by the version that wrote it: start roomledger serve on it once")
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
	r.Pinned, r.Pruned, r.Size = len(trust.Keys) > 0, v.pruned, v.size
	main := v.readers[verifyReaders]
	if err := v.schema(ctx, main); err != nil {
		return err
	}
	marks, stones, err := v.signed(main, trust)
	if err != nil {
		return err
	}
	edge, err := v.rows(ctx, marks, stones)
	if err != nil {
		return err
	}
	r.Root = edge.Root()
	marks.End(v.size, r)
	return v.extra(main)
}

// schema compares the tables and triggers of history with those that the program makes.
func (v *verifier) schema(ctx context.Context, tx *sql.Tx) error {
	want, err := schemaOf(ctx, v.version)
	if err != nil {
		return err
	}
	have, err := readSchema(tx)
	if err != nil {
		v.report.Fault(0, "the list of tables can't be read: %v", err)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		switch have[name] {
		case want[name]:
		case "":
			v.report.Fault(0, "%s is missing: it guards history", name)
		default:
			v.report.Fault(0, "%s is not as it was made: it guards history", name)
		}
		delete(have, name)
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		v.report.Fault(0, "%s was added to history", name)
	}
	return nil
}

// readSchema returns the SQL of the tables of history and of what hangs on them, by kind and name.
func readSchema(tx *sql.Tx) (map[string]string, error) {
	rows, err := tx.Query(`SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema
		WHERE tbl_name IN ('history', 'leaves', 'checkpoints', 'tombstones')`)
	if err != nil {
		return nil, err
	}
	list := map[string]string{}
	_, err = collect(rows, func(row scanner) (name string, err error) {
		var text string
		err = row.Scan(&name, &text)
		list[name] = text
		return name, err
	})
	return list, err
}

// schemaOf returns the same of a new database of a version.
func schemaOf(ctx context.Context, version int64) (list map[string]string, err error) {
	pool, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	pool.SetMaxOpenConns(1)
	p, err := provider(pool)
	if err != nil {
		return nil, err
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return nil, fmt.Errorf("%w: its version is %d: %w", ErrNewer, version, err)
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	list, err = readSchema(tx)
	return list, errors.Join(err, tx.Rollback())
}

// signed reads the checkpoints and tombstones and checks who signed them.
func (v *verifier) signed(tx *sql.Tx, trust seal.Trust) (*seal.Marks, []seal.Tombstone, error) {
	keys := trust.Keys
	var own []seal.Checkpoint
	err := eachNote(tx, "SELECT size, note FROM checkpoints ORDER BY size", func(size int64, text string) {
		c, err := keys.Open(text)
		switch {
		case err != nil:
			v.report.Fault(0, "the checkpoint of %d rows: %v", size, err)
		case c.Size != size:
			v.report.Fault(0, "the checkpoint of %d rows is signed for %d", size, c.Size)
		default:
			own = append(own, c)
		}
	})
	if err != nil {
		v.report.Fault(0, "the checkpoints can't be read: %v", err)
	}
	var stones []seal.Tombstone
	err = eachNote(tx, "SELECT upto, note FROM tombstones ORDER BY upto", func(upto int64, text string) {
		t, err := keys.OpenTombstone(text)
		switch {
		case err != nil:
			v.report.Fault(upto, "the tombstone of the rows up to %d: %v", upto, err)
		case t.Upto != upto:
			v.report.Fault(upto, "the tombstone of the rows up to %d is signed for %d", upto, t.Upto)
		default:
			stones = append(stones, t)
		}
	})
	if err != nil {
		v.report.Fault(0, "the tombstones can't be read: %v", err)
	}
	return seal.NewMarks(own, trust.Kept), stones, nil
}

func eachNote(tx *sql.Tx, text string, fn func(n int64, note string)) error {
	rows, err := tx.Query(text)
	if err != nil {
		return err
	}
	_, err = collect(rows, func(row scanner) (n int64, err error) {
		var note string
		if err = row.Scan(&n, &note); err == nil {
			fn(n, note)
		}
		return n, err
	})
	return err
}

// extra looks for rows beyond the tree.
func (v *verifier) extra(tx *sql.Tx) error {
	var seq sql.NullInt64
	if err := tx.QueryRow("SELECT min(seq) FROM history WHERE seq > ?", v.size).Scan(&seq); err != nil {
		v.report.Fault(v.size+1, "the rows from %d can't be read: %v", v.size+1, err)
	} else if seq.Valid {
		v.report.Fault(seq.Int64, "row %d isn't in the tree: it was inserted", seq.Int64)
	}
	if err := tx.QueryRow("SELECT min(seq) FROM history WHERE seq <= ?", v.pruned).Scan(&seq); err != nil {
		v.report.Fault(0, "the rows up to %d can't be read: %v", v.pruned, err)
	} else if seq.Valid {
		v.report.Fault(seq.Int64, "row %d is there, though a tombstone says that it was removed", seq.Int64)
	}
	return nil
}
