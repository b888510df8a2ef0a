package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"roomledger/db"
	"roomledger/handlers/ledger"
)

func runRebuild(ctx context.Context, args []string, getenv func(string) string, s streams) int {
	fs := flag.NewFlagSet("rebuild", flag.ContinueOnError)
	data := dataFlag(fs, getenv)
	if code, done := parse(fs, args, s); done {
		return code
	}
	return exit(s, rebuild(ctx, *data, getenv, s))
}

// progressRows is how many rows lie between two lines of progress.
const progressRows = 100_000

// rebuild makes the read models anew, and drops the search index, which serve makes anew from them.
func rebuild(ctx context.Context, data string, getenv func(string) string, s streams) (err error) {
	if err := haveDatabase(data); err != nil {
		return err
	}
	lock, err := lockData(data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	var done db.Rebuilt
	err = withStore(ctx, data, getenv, func(_ *db.DB, l *ledger.Ledger) (err error) {
		done, err = l.Rebuild(ctx, atTerminal(getenv), func(row, last int64) {
			if row%progressRows == 0 {
				fmt.Fprintf(s.err, "row %d of %d\n", row, last)
			}
		})
		return err
	})
	if errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("%w: history was altered, run roomledger verify", err)
	}
	if err != nil {
		return err
	}
	if err := db.DropSearch(data); err != nil {
		return fmt.Errorf("drop the search index: %w", err)
	}
	fmt.Fprintf(s.out, "rebuilt from %d rows of history, which tell of %d rooms\n", done.Rows, done.Rooms)
	return nil
}
