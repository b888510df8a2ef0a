// Command bench measures the program as people use it: built, started as a process of its own, driven over HTTP on this
// machine, its files on a real disk; the database's commits alone are measured in this process. It prints one table and exits with
// 1 when a figure misses its target, or when a step broke, with the figures until then.
//
// It knows the program's addresses, and how the ledger's rows look where it seeds them. It must not change what it measures:
// there is no switch in the product that is there for this.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// leastRooms are enough for the deepest page that is read.
const leastRooms = 20_000

// bounded is how long all of it may take, a first build included.
const bounded = 10 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run returns the exit code: 0 when all targets are met, 1 when one is missed or something broke, 2 for wrong flags.
func run(ctx context.Context, args []string, out, progress io.Writer) int {
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(progress)
	parent := fs.String("dir", "", "`directory` for the data, removed afterwards; a tmpfs makes durable writes look too fast (default: the system's)")
	rooms := fs.Int("rooms", 100_000, "`number` of rooms to seed; the targets are meant for 100,000")
	rows := fs.Int("rows", 1_000_000, "`number` of history rows to seed, where making the rooms doesn't give as many; the targets are meant for 1,000,000")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if fs.NArg() > 0 || *rooms < leastRooms {
		fmt.Fprintln(progress, "bench: there are only flags, and -rooms is at least 20000.")
		return 2
	}
	ctx, cancel := context.WithTimeout(ctx, bounded)
	defer cancel()
	b := &bench{rooms: *rooms, rows: *rows, progress: progress}
	missed, err := b.report(ctx, *parent, out)
	if err != nil {
		fmt.Fprintf(progress, "bench: %v.\n", err)
	}
	if missed || err != nil {
		return 1
	}
	return 0
}

// report measures and prints, and tells whether a target was missed.
func (b *bench) report(ctx context.Context, parent string, out io.Writer) (missed bool, err error) {
	before, err := machineNow()
	if err != nil {
		return false, err
	}
	measured := b.measure(ctx, parent)
	after, err := machineNow()
	if err != nil {
		return false, err
	}
	if err := b.table.print(out); err != nil {
		return false, err
	}
	_, err = fmt.Fprintf(out, "\nMeasured is the best of the rounds, for other work on the machine only makes a round worse:\n"+
		"other programs took %.0f %% of its processors meanwhile.\n", 100*after.othersSince(before))
	return b.table.missed(), errors.Join(measured, err)
}

// bench is one run of everything.
type bench struct {
	dir         string // of all data, removed at the end
	program     string // the built program
	rooms, rows int    // seeded
	progress    io.Writer
	table       table
}

// measure goes through the steps and ends with the first that breaks; the table has what was measured until then.
func (b *bench) measure(ctx context.Context, parent string) (err error) {
	if b.dir, err = os.MkdirTemp(parent, "roomledger-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	b.program = filepath.Join(b.dir, "roomledger")
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"build the program", b.build},
		{"sync the disk", b.disk},
		{"make rooms", b.small},
		{"read templates", b.templates},
		{"commit rows from many writers", b.commits},
		{"write a long history", b.seed},
		{"read it, and add to it", b.large},
		{"drive the sandbox alone", b.sandbox},
	} {
		began := time.Now()
		fmt.Fprintf(b.progress, "%s ...", step.name)
		if err := step.run(ctx); err != nil {
			fmt.Fprintln(b.progress)
			return fmt.Errorf("%s: %w", step.name, err)
		}
		fmt.Fprintf(b.progress, " %.0f s\n", time.Since(began).Seconds())
	}
	return nil
}
