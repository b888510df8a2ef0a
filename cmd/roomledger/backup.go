package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"roomledger/db"
	"roomledger/handlers/ledger"
)

func runBackup(ctx context.Context, args []string, getenv func(string) string, s streams) int {
	fs := flag.NewFlagSet("backup", flag.ContinueOnError)
	data := dataFlag(fs, getenv)
	force := fs.Bool("force", false, "replace the file if there is one")
	var file string
	if code, done := parse(fs, args, s, &file); done {
		return code
	}
	if _, err := os.Stat(file); err == nil && !*force {
		return fail(s, exitUsage, existing(file))
	}
	return exit(s, withStore(ctx, *data, getenv, func(_ *db.DB, l *ledger.Ledger) error {
		err := l.Backup(ctx, atTerminal(getenv), file, *force)
		if errors.Is(err, db.ErrExists) {
			return existing(file)
		}
		if err != nil {
			return err
		}
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "wrote %s (%s)\nKeys are not in it: keep a backup of the key directory elsewhere.\n", file, megabytes(info.Size()))
		return nil
	}))
}

func existing(file string) error {
	return &usageError{file + " is there already: name another file, or give -force to replace it"}
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }
