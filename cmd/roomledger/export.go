package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"roomledger/db"
	"roomledger/db/seal"
	"roomledger/handlers"
	"roomledger/handlers/ledger"
	"roomledger/web"
)

// exportFilters are the flags that narrow an export down, with the names that the address of the history page has.
var exportFilters = []struct{ name, usage string }{
	{"q", "a `search` as in the box of the history page, such as \"action:room.* outcome:failed standup\""},
	{"actor", "`name` or id of who did it"},
	{"action", "`action`, such as room.create, or room.* for all of an object"},
	{"outcome", "`outcome`: done, failed or unknown"},
	{"kind", "`kind` of target, such as room"},
	{"target", "`name` or id of what it was done to"},
	{"from", "first `day` or moment, such as 2026-11-01"},
	{"to", "last `day` or moment"},
}

func runExport(ctx context.Context, args []string, getenv func(string) string, s streams) int {
	fs := flag.NewFlagSet("export", flag.ContinueOnError)
	data := dataFlag(fs, getenv)
	format := fs.String("format", handlers.FormatJSONL, "`format`: "+strings.Join(handlers.Formats(), ", "))
	operation := fs.String("operation", "", "`id` of an operation: its rows alone, with the proof that they are on record")
	filter := map[string]*string{}
	for _, f := range exportFilters {
		filter[f.name] = fs.String(f.name, "", f.usage)
	}
	if code, done := parse(fs, args, s); done {
		return code
	}
	e, err := exportOf(*format, *operation, filter)
	if err != nil {
		return exit(s, err)
	}
	return exit(s, withStore(ctx, *data, getenv, func(d *db.DB, l *ledger.Ledger) error {
		if *operation != "" {
			if _, err := d.Operation(ctx, *operation); err != nil {
				return err
			}
		}
		return handlers.ExportHistory(ctx, d, l, atTerminal(getenv).Actor, e, s.out)
	}))
}

// exportOf is what the flags ask for.
func exportOf(format, operation string, filter map[string]*string) (handlers.Export, error) {
	if !slices.Contains(handlers.Formats(), format) {
		return handlers.Export{}, &usageError{fmt.Sprintf("-format is one of %s, not %q", strings.Join(handlers.Formats(), ", "), format)}
	}
	query := url.Values{}
	for name, value := range filter {
		if *value != "" {
			query.Set(name, *value)
		}
	}
	if operation != "" {
		if len(query) > 0 {
			return handlers.Export{}, &usageError{"-operation stands alone: leave the other filters out"}
		}
		return handlers.OperationExport(format, operation), nil
	}
	e, problems := handlers.NewExport(format, query)
	if problems.Any() {
		m := problems.List[0]
		return handlers.Export{}, &usageError{"-" + m.Field + ": " + m.Text}
	}
	return e, nil
}

// withStore opens the database and a ledger that serves local changes alone: commands don't call the API.
func withStore(ctx context.Context, data string, getenv func(string) string, do func(*db.DB, *ledger.Ledger) error) (err error) {
	if err := haveDatabase(data); err != nil {
		return err
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

// haveDatabase is an error when there is no database in data.
func haveDatabase(data string) error {
	if _, err := os.Stat(filepath.Join(data, db.FileName)); err != nil {
		return &usageError{fmt.Sprintf("there is no database in %s: name its directory with -data, or start roomledger serve there first", data)}
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
