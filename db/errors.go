// Package db is the record: one SQLite file with the history of what was done, the read models derived from it, the
// people and their sessions; beside it stands a search index, which can be lost. It knows tables, transactions and durability; it must not know HTTP pages, the 100ms API or
// which change means what.
//
// There is one writer and there are two readers. Whoever writes passes a function to [DB.InTx]; functions that wait at
// the same time share one transaction and one fsync. Reads see everything that was committed before they began.
package db

import (
	"database/sql"
	"errors"

	"github.com/mattn/go-sqlite3"
)

// What can go wrong in a way that callers tell apart. Test with [errors.Is]: most come wrapped.
var (
	ErrNotFound  = errors.New("not found")
	ErrExists    = errors.New("exists already")
	ErrClosed    = errors.New("the database is closed")
	ErrNewer     = errors.New("the database was written by a newer version of the program")
	ErrCursor    = errors.New("unknown cursor")
	ErrTokenUsed = errors.New("the form was sent before")
	ErrSettled   = errors.New("the operation has an outcome already")
	ErrBadLogin  = errors.New("unknown email or wrong password")
)

// taken tells whether err says that a unique value or primary key is in use.
func taken(err error) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	return ok && (e.ExtendedCode == sqlite3.ErrConstraintUnique || e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
}

// busy tells whether err says that another process holds the lock.
func busy(err error) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	return ok && e.Code == sqlite3.ErrBusy
}

// found turns the driver's "no rows" into ErrNotFound.
func found(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// changed is ErrNotFound when a statement changed no row.
func changed(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}
