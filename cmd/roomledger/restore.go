package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"roomledger/db"
	"roomledger/db/seal"
	"roomledger/handlers/ledger"
)

// restoring is what restore was told.
type restoring struct {
	file, data, reason string
	force              bool
	trusting
}

func runRestore(ctx context.Context, args []string, getenv func(string) string, s streams) int {
	var o restoring
	fs := flag.NewFlagSet("restore", flag.ContinueOnError)
	data := dataFlag(fs, getenv)
	fs.StringVar(&o.key, "key", "", "`file` with the public key to trust (default: the one in the key directory)")
	fs.StringVar(&o.checkpoint, "checkpoint", "", "`file` with a checkpoint somebody kept: the backup has to agree with it")
	fs.StringVar(&o.reason, "reason", "", "`text` for history: why")
	fs.BoolVar(&o.force, "force", false, "replace the database if there is one; it is kept under another name")
	if code, done := parse(fs, args, s, &o.file); done {
		return code
	}
	o.data = *data
	o.keyDir = envOr(getenv, "ROOMLEDGER_KEY_DIR", filepath.Join(o.data, "keys"))
	return exit(s, o.restore(ctx, getenv, s))
}

// restore installs the backup if it is what it should be, and records that.
func (o restoring) restore(ctx context.Context, getenv func(string) string, s streams) (err error) {
	trust, err := o.believed()
	if err != nil {
		return err
	}
	lock, err := lockData(o.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	replaced, err := o.mayReplace(ctx)
	if err != nil {
		return err
	}
	copied, report, err := o.checkedCopy(ctx, trust)
	if err != nil {
		return err
	}
	kept, err := db.Install(ctx, o.data, copied, time.Now())
	if err != nil {
		return errors.Join(err, removeCopy(copied))
	}
	err = withStore(ctx, o.data, getenv, func(_ *db.DB, l *ledger.Ledger) error { return o.record(ctx, l, getenv, replaced, report) })
	if err != nil {
		return fmt.Errorf("the backup is in place, but that couldn't be recorded: %w", err)
	}
	o.tell(s.out, report, replaced, kept)
	return nil
}

// believed is what the backup is checked against. No key is made for it: a key that was just made has signed nothing.
func (o restoring) believed() (seal.Trust, error) {
	trust, err := o.trust()
	if err != nil {
		return trust, &usageError{err.Error()}
	}
	if len(trust.Keys) == 0 {
		return trust, &usageError{"there is no signing key in " + o.keyDir + ": put the keys back from their own backup first, or name the public key to trust with -key"}
	}
	return trust, nil
}

// mayReplace returns how many rows the database has that is in the way.
func (o restoring) mayReplace(ctx context.Context) (rows int64, err error) {
	path := filepath.Join(o.data, db.FileName)
	if haveDatabase(o.data) != nil {
		return 0, nil
	}
	if !o.force {
		return 0, &usageError{path + " is there already: give -force to replace it, and it is kept under another name"}
	}
	rows, err = db.LastRowOf(ctx, path)
	if err != nil && ctx.Err() == nil {
		return 0, nil // what is wrong with it may be the very reason for restoring
	}
	return rows, err
}

// checkedCopy copies the backup into the data directory and checks the copy, so that what was checked is what is used.
func (o restoring) checkedCopy(ctx context.Context, trust seal.Trust) (path string, report seal.Report, err error) {
	if wal, err := os.Stat(o.file + "-wal"); err == nil && wal.Size() > 0 {
		return "", report, &usageError{o.file + " is a database in use, not a backup: copy it with roomledger backup"}
	}
	path, err = copyInto(o.data, o.file)
	if err != nil {
		return "", report, &usageError{err.Error()}
	}
	if _, err = db.LastRowOf(ctx, path); err == nil {
		report, err = db.Verify(ctx, path, trust)
	}
	if err != nil {
		err = &usageError{"this is no backup that can be restored: " + strings.ReplaceAll(err.Error(), path, o.file)}
	} else {
		err = refusal(report)
	}
	if err != nil {
		return "", report, errors.Join(err, removeCopy(path))
	}
	return path, report, nil
}

// refusal is why a backup isn't restored that was checked; nil: it is. Rows that nobody signed could be anybody's, and a
// backup has none.
func refusal(r seal.Report) error {
	var why string
	switch {
	case !r.Intact():
		why = r.Faults[0].Text
	case r.Signed < r.Size:
		why = fmt.Sprintf("row %d and what comes after it is not signed, as all of a backup by this program is", r.Signed+1)
	default:
		return nil
	}
	return errors.New("the backup does not verify: " + why + " (roomledger verify -file tells more); nothing was changed")
}

func removeCopy(path string) error {
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove the copy: %w", err)
	}
	return nil
}

// copyInto copies a file into a new one in dir, closed to other accounts, and returns its name.
func copyInto(dir, file string) (path string, err error) {
	from, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := os.CreateTemp(dir, ".restore-*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from)
	if err == nil {
		err = to.Sync()
	}
	if err := errors.Join(err, to.Close()); err != nil {
		return "", errors.Join(err, os.Remove(to.Name()))
	}
	return to.Name(), nil
}

// record tells history of the restoring, and signs it.
func (o restoring) record(ctx context.Context, l *ledger.Ledger, getenv func(string) string, replaced int64, r seal.Report) error {
	ch := atTerminal(getenv)
	ch.Reason = o.reason
	err := l.Restored(ctx, ch, replaced, ledger.FromBackup{File: filepath.Base(o.file), Rows: r.Size, Root: r.Root.String()})
	if err != nil {
		return err
	}
	_, _, err = l.Checkpoint(ctx)
	return err
}

func (o restoring) tell(w io.Writer, r seal.Report, replaced int64, kept string) {
	fmt.Fprintf(w, "restored %d rows of history, checked with %d checkpoints\nEverybody has to sign in again.\n", r.Size, r.Checkpoints)
	if kept != "" {
		fmt.Fprintf(w, "The database that was there is kept as %s", kept)
		if replaced > r.Size {
			fmt.Fprintf(w, ": it has %d rows more", replaced-r.Size)
		}
		fmt.Fprintln(w, ".")
	}
	if replaced > r.Size {
		fmt.Fprintln(w, "Checkpoints that were kept of those rows don't agree any more: put them away, and begin a new ROOMLEDGER_CHECKPOINT_FILE if you use one.")
	}
}
