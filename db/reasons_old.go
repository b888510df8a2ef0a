package db

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"
)

// reasonsVersion is the version of the schema from which operations are searched by why they were made, too.
const reasonsVersion = 8

// tellReasons is the migration that gives operations their reasons, in lower case and each once. The search index has another
// layout since, so that it is built anew.
func tellReasons() *goose.Migration {
	return goose.NewGoMigration(reasonsVersion, &goose.GoFunc{RunTx: addReasons}, nil)
}

func addReasons(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, "ALTER TABLE operations ADD COLUMN reason TEXT NOT NULL DEFAULT ''"); err != nil {
		return err
	}
	for last := int64(0); ; {
		next, err := addSomeReasons(ctx, tx, last)
		if err != nil {
			return fmt.Errorf("reasons of the rows from %d: %w", last+1, err)
		}
		if next == last {
			return nil
		}
		last = next
	}
}

// addSomeReasons goes through the rows after one and returns the last that it has been through.
func addSomeReasons(ctx context.Context, tx *sql.Tx, after int64) (int64, error) {
	rows, err := tx.QueryContext(ctx, "SELECT seq, operation, action, reason FROM history WHERE seq > ? ORDER BY seq LIMIT ?", after, window)
	if err != nil {
		return 0, err
	}
	list, err := collect(rows, func(from scanner) (row Row, err error) {
		return row, from.Scan(&row.Seq, &row.Operation, &row.Action, &row.Reason)
	})
	if err != nil {
		return 0, err
	}
	for _, row := range list {
		after = row.Seq
		why := row.why()
		if why == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, addReason, why, row.Operation); err != nil {
			return 0, err
		}
	}
	return after, nil
}
