package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"roomledger/db/seal"
)

// Sign signs the head of a tree; see seal.Signer.
type Sign func(size int64, root seal.Hash) (note string, err error)

// Backup copies the database as it is at one moment to path, whole or not at all, closed to other accounts. Writers go on
// meanwhile. The copy ends with a checkpoint over all of its rows, signed by sign where there is none. The error is
// ErrExists when there is a file already, unless replace says that it may go.
//
// The copy is made anew rather than page by page: nothing is in it that was deleted, such as pruned history.
func (d *DB) Backup(ctx context.Context, path string, replace bool, sign Sign) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("back up to %s: %w", path, err)
		}
	}()
	if err := d.mayTake(path, replace); err != nil {
		return err
	}
	copied, err := d.copyTo(ctx, filepath.Dir(path), sign)
	if err != nil {
		return err
	}
	if err := d.mayTake(path, replace); err != nil { // it may have been made meanwhile
		return errors.Join(err, os.Remove(copied))
	}
	if err := os.Rename(copied, path); err != nil {
		return errors.Join(err, os.Remove(copied))
	}
	return syncDir(filepath.Dir(path))
}

// TemporaryBackup makes a copy as Backup does and removes it when use returns. It stands beside the database, where there
// is room for one.
func (d *DB) TemporaryBackup(ctx context.Context, sign Sign, use func(*os.File) error) (err error) {
	copied, err := d.copyTo(ctx, filepath.Dir(d.path), sign)
	if err != nil {
		return fmt.Errorf("make a backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(copied)) }()
	f, err := os.Open(copied)
	if err != nil {
		return fmt.Errorf("make a backup: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return use(f)
}

// mayTake is an error unless a backup may take the place of what is at path.
func (d *DB) mayTake(path string, replace bool) error {
	if err := free(path, replace); err != nil {
		return err
	}
	there, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	own, problem := os.Stat(d.path)
	if err := errors.Join(err, problem); err != nil {
		return err
	}
	if os.SameFile(there, own) {
		return errors.New("it is the database itself")
	}
	return nil
}

// free is ErrExists when there is a file at path that must stay.
func free(path string, replace bool) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("not a file")
	case !replace:
		return ErrExists
	}
	return nil
}

// copyTo makes a sealed copy in dir and returns its name.
func (d *DB) copyTo(ctx context.Context, dir string, sign Sign) (path string, err error) {
	f, err := os.CreateTemp(dir, "."+FileName+"-*")
	if err != nil {
		return "", err
	}
	path = f.Name()
	if err = f.Close(); err == nil {
		err = vacuumInto(ctx, d.path, path)
	}
	if err == nil {
		err = sealCopy(ctx, path, sign)
	}
	if err == nil {
		err = syncFile(path)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(path))
	}
	return path, nil
}

// vacuumInto copies a database into an empty file. It reads one moment of it, on a connection of its own.
func vacuumInto(ctx context.Context, from, to string) (err error) {
	pool, err := sql.Open("sqlite3", dsn(from, "mode=ro&_busy_timeout=5000"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	_, err = pool.ExecContext(ctx, "VACUUM INTO ?", to)
	return err
}

// sealCopy signs the rows of a copy that came between the last checkpoint and the copying.
func sealCopy(ctx context.Context, path string, sign Sign) (err error) {
	pool, err := sql.Open("sqlite3", dsn(path, "_journal_mode=DELETE&_synchronous=FULL&_busy_timeout=5000"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	_, _, err = (&Tx{conn: conn}).Checkpoint(now(), sign)
	if errors.Is(err, ErrNotFound) { // there is no history to sign
		return nil
	}
	return err
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncDir makes the names in dir last.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Install puts a database file that lies in dir in the place of dir's database, which nobody may have open. What was there
// is kept under the name that is returned; empty: there was nothing. Its search index goes: it is made anew.
func Install(ctx context.Context, dir, file string, at time.Time) (kept string, err error) {
	path := filepath.Join(dir, FileName)
	if kept, err = setAside(ctx, path, at); err != nil {
		return "", fmt.Errorf("set %s aside: %w", path, err)
	}
	err = os.Rename(file, path)
	if err != nil && kept != "" {
		err = errors.Join(err, os.Rename(kept, path))
	}
	if err = errors.Join(err, DropSearch(dir), syncDir(dir)); err != nil {
		return "", fmt.Errorf("install %s: %w", file, err)
	}
	return kept, nil
}

// setAside gives a database another name, in one file.
func setAside(ctx context.Context, path string, at time.Time) (kept string, err error) {
	_, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", errors.Join(removeIfThere(path+"-wal"), removeIfThere(path+"-shm"))
	}
	if err != nil {
		return "", err
	}
	kept = path + ".before-" + at.UTC().Format("20060102T150405Z")
	if err := free(kept, false); err != nil {
		return "", fmt.Errorf("%s: %w", kept, err)
	}
	if err := foldWAL(ctx, path); err != nil {
		return "", err
	}
	if err := errors.Join(removeIfThere(path+"-wal"), removeIfThere(path+"-shm")); err != nil {
		return "", err
	}
	return kept, os.Rename(path, kept)
}

// foldWAL moves the WAL of a database into its file, so that nothing of it is left behind. A database that is damaged stays
// as it is, if it has no WAL.
func foldWAL(ctx context.Context, path string) error {
	wal, missing := os.Stat(path + "-wal")
	if missing != nil && !errors.Is(missing, fs.ErrNotExist) {
		return missing
	}
	err := leaveWAL(ctx, path)
	switch {
	case busy(err):
		return errors.New("another program has it open")
	case err != nil && missing == nil && wal.Size() > 0:
		return fmt.Errorf("it is damaged, but may have more in its WAL: move both away by hand: %w", err)
	}
	return nil
}

// leaveWAL ends the use of a WAL, which takes that nobody else has the database open.
func leaveWAL(ctx context.Context, path string) (err error) {
	pool, err := sql.Open("sqlite3", dsn(path, "mode=rw&_busy_timeout=1000"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	pool.SetMaxOpenConns(1)
	var tables int
	if err := pool.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, "PRAGMA journal_mode = DELETE")
	return err
}

// LastRowOf returns the number of the last history row in a database file, which may be any file. The error is ErrNewer
// when a newer version of the program has written it.
func LastRowOf(ctx context.Context, path string) (n int64, err error) {
	params := readOnly
	wal, err := exists(path + "-wal")
	if err != nil {
		return 0, err
	}
	if !wal {
		params += asItIs
	}
	pool, err := sql.Open("sqlite3", dsn(path, params))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	var version int64
	err = pool.QueryRowContext(ctx, "SELECT (SELECT max(version_id) FROM goose_db_version), coalesce(max(seq), 0) FROM history").
		Scan(&version, &n)
	if err != nil {
		return 0, fmt.Errorf("not a database of this program: %w", err)
	}
	return n, notNewer(pool, version)
}

// DropSearch removes the search index of the database in dir, which nobody may have open; it is made anew.
func DropSearch(dir string) error {
	var problems []error
	for _, end := range []string{"", "-wal", "-shm"} {
		problems = append(problems, removeIfThere(filepath.Join(dir, SearchFileName+end)))
	}
	return errors.Join(problems...)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
