package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"roomledger/db"
	"roomledger/db/seal"
	"roomledger/handlers"
	"roomledger/handlers/ledger"
	"roomledger/web"
)

func runExport(ctx context.Context, args []string, getenv func(string) string, s streams) int {
	fs := flag.NewFlagSet("export", flag.ContinueOnError)
	data := dataFlag(fs, getenv)
	format := fs.String("format", handlers.FormatJSONL, "`format`: jsonl or csv")
	if code, done := parse(fs, args, s); done {
		return code
	}
	if *format != handlers.FormatCSV && *format != handlers.FormatJSONL {
		return fail(s, exitUsage, fmt.Errorf("-format is jsonl or csv, not %q", *format))
	}
	err := withStore(ctx, *data, getenv, func(d *db.DB, l *ledger.Ledger) error {
		return handlers.ExportHistory(ctx, d, l, atTerminal(getenv), db.OperationQuery{}, *format, bufio.NewWriterSize(s.out, 64<<10))
	})
	return exit(s, err)
}

// withStore opens the database and a ledger that serves local changes alone: commands don't call the API.
func withStore(ctx context.Context, data string, getenv func(string) string, do func(*db.DB, *ledger.Ledger) error) (err error) {
	if _, err := os.Stat(filepath.Join(data, "roomledger.db")); err != nil {
		return &usageError{fmt.Sprintf("there is no database in %s: name its directory with -data, or start roomledger serve there first", data)}
	}
	keys, err := web.LoadKeys(envOr(getenv, "ROOMLEDGER_KEY_DIR", filepath.Join(data, "keys")))
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	d, err := db.Open(ctx, db.Options{Dir: data})
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	var c config
	if err := c.account(getenv); err != nil {
		return &usageError{err.Error()}
	}
	signer, err := seal.NewSigner(keys.Signing)
	if err != nil {
		return fmt.Errorf("signing key: %w", err)
	}
	l := ledger.New(ledger.Config{DB: d, Workspace: c.workspace(), Key: keys.HMAC, Signer: signer})
	if err := recordLostKeys(ctx, d, l, atTerminal(getenv), keys.Made); err != nil {
		return err
	}
	return do(d, l)
}

// recordLostKeys puts on record which keys were made anew beside a database that has history: marks of secrets and sessions
// from before don't match any more.
func recordLostKeys(ctx context.Context, d *db.DB, l *ledger.Ledger, ch ledger.Change, made []string) error {
	if len(made) == 0 {
		return nil
	}
	n, err := d.HistoryLen(ctx)
	if err != nil || n == 0 {
		return err
	}
	ch.Reason = "They were missing beside a database that has history: what was marked or signed with them before doesn't match any more."
	if err := l.Note(ctx, ch, "keys.make", ledger.Target{Kind: "keys", Name: strings.Join(made, ", ")}, "", nil); err != nil {
		return fmt.Errorf("record the new keys: %w", err)
	}
	return nil
}

// atTerminal is whoever runs a command.
func atTerminal(getenv func(string) string) ledger.Change {
	name := envOr(getenv, "SUDO_USER", envOr(getenv, "USER", "command line"))
	return ledger.Change{Actor: ledger.Actor{ID: "cli:" + name, Name: name, Kind: "cli"}}
}

// exit turns the end of a command into its exit code.
func exit(s streams, err error) int {
	if err == nil {
		return exitFine
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		return fail(s, exitUsage, err)
	}
	return fail(s, exitNo, err)
}
