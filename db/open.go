package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	// The driver registers itself as "sqlite3".
	_ "github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
)

// FileName is the name of the database in its directory.
const FileName = "roomledger.db"

//go:embed migrations/*.sql
var migrations embed.FS

// Options say where the database is. Dir is made when it is missing; Log may be nil.
type Options struct {
	Dir string
	Log *slog.Logger
}

// DB is an open database. Its methods may be called from any number of goroutines.
type DB struct {
	log     *slog.Logger
	path    string
	writer  *writer
	readers *sql.DB
	search  *search
	close   func() error
}

// Open opens the database in o.Dir, makes it when there is none, and brings its schema up to date. The error is
// ErrNewer when a newer version of the program has written it.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	path, err := createFile(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	w, err := openWriter(ctx, path, o.Log)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	readers, err := sql.Open("sqlite3", dsn(path, "mode=ro&_query_only=on&_busy_timeout=5000&_stmt_cache_size=64"))
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, errors.Join(err, w.close()))
	}
	readers.SetMaxOpenConns(2)
	readers.SetMaxIdleConns(2)
	d := &DB{log: o.Log, path: path, writer: w, readers: readers, search: newSearch(path, readers, o.Log)}
	// The writer goes last: the connection that closes last folds the WAL into the file, and readers may not write.
	d.close = sync.OnceValue(func() error { return errors.Join(d.search.close(), readers.Close(), w.close()) })
	return d, nil
}

// Close lets the batch under way finish, refuses the functions that still wait with ErrClosed, and closes the file.
// Closing twice is fine.
func (d *DB) Close() error { return d.close() }

// createFile makes the directory and an empty file where they are missing, closed to other accounts. SQLite gives the
// files beside it the same mode.
func createFile(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(dir, FileName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", err
	}
	return path, f.Close()
}

// dsn is the driver's name for the file: a URI, so that any character may stand in the path.
func dsn(path, params string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + params
}

// migrate brings the schema up to date. Another process may be doing the same, so whoever loses looks again.
func migrate(ctx context.Context, pool *sql.DB) error {
	var err error
	for range 3 {
		if err = migrateOnce(ctx, pool); err == nil || errors.Is(err, ErrNewer) || ctx.Err() != nil {
			break
		}
	}
	return err
}

func migrateOnce(ctx context.Context, pool *sql.DB) error {
	p, err := provider(pool)
	if err != nil {
		return err
	}
	current, newest, err := p.GetVersions(ctx)
	if err == nil {
		err = known(p, current)
	}
	if err != nil || current == newest {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// notNewer is ErrNewer where the schema of a database is of a version that this program doesn't know.
func notNewer(pool *sql.DB, version int64) error {
	p, err := provider(pool)
	if err != nil {
		return err
	}
	return known(p, version)
}

// known is ErrNewer when this program doesn't know a version of the schema.
func known(p *goose.Provider, version int64) error {
	all := p.ListSources()
	if newest := all[len(all)-1].Version; version > newest {
		return fmt.Errorf("%w: its version is %d, this program knows up to %d", ErrNewer, version, newest)
	}
	return nil
}

func provider(pool *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, pool, files, goose.WithGoMigrations(sealOld(), tellReasons()),
		goose.WithSlog(slog.New(slog.DiscardHandler)), goose.WithDisableGlobalRegistry(true))
}
