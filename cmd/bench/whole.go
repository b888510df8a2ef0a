package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"roomledger/db"
)

// What reads all of history may take: seconds, megabytes, and times of what the database's own tool takes.
var (
	targetExport       = under(1.2)
	targetExportMemory = under(64)
	targetVerify       = under(2)
)

// export measures the download of all rows, beside sqlite3 doing the same into a file.
func (b *bench) export(ctx context.Context, s *server) error {
	figure := "all of history as CSV, " + b.size()
	if err := s.forgetPeak(); err != nil {
		return err
	}
	ours, err := timed(func() error { return b.download(ctx, s) })
	if err != nil {
		return err
	}
	b.table.one(figure, " s", noTarget, ours...)
	mb, err := s.peak()
	if err != nil {
		return err
	}
	b.table.one("resident memory, at its largest meanwhile", " MB", targetExportMemory, mb)
	theirs, err := timed(func() error { return b.sqlite(ctx) })
	if err != nil {
		b.table.broken(figure+", by sqlite3's time", targetExport, err)
		return nil
	}
	b.table.one("the same by sqlite3 -csv, into a file", " s", noTarget, theirs...)
	b.table.one(figure+", by sqlite3's time", "x", targetExport, slices.Min(ours)/slices.Min(theirs))
	return nil
}

func (b *bench) download(ctx context.Context, s *server) error {
	lines, err := s.stream(ctx, "/history.csv")
	if err == nil && lines <= b.rows {
		err = fmt.Errorf("the CSV has %d lines, not one and %d or more", lines, b.rows)
	}
	return err
}

// sqlite lets the database's own tool write all rows into a file.
func (b *bench) sqlite(ctx context.Context) (err error) {
	f, err := os.Create(filepath.Join(b.dir, "history.csv"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	cmd := exec.CommandContext(ctx, "sqlite3", "-readonly", "-csv", filepath.Join(b.data(), db.FileName), "select * from history")
	cmd.Stdout = f
	return ran(cmd)
}

// ran runs a command to its end. The error has what it said.
func ran(cmd *exec.Cmd) error {
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w %s", filepath.Base(cmd.Path), err, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}

// timed runs something in each round and returns how many seconds it took.
func timed(do func() error) ([]float64, error) {
	var took []float64
	for range rounds {
		began := time.Now()
		if err := do(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began).Seconds())
	}
	return took, nil
}

// command is the program with a subcommand, on the large desk's data.
func (b *bench) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, b.program, args...)
	cmd.Env = append(environment(), "ROOMLEDGER_DATA="+b.data())
	return cmd
}

// verify measures the check of every row, leaf and checkpoint.
func (b *bench) verify(ctx context.Context, _ *server) error {
	figure := "verify, " + b.size()
	took, err := timed(func() error { return ran(b.command(ctx, "verify", "-data", b.data())) })
	if err != nil {
		b.table.broken(figure, targetVerify, err)
		return nil
	}
	b.table.one(figure, " s", targetVerify, took...)
	return nil
}

// backup measures an online copy, and what somebody who makes rooms notices of it.
func (b *bench) backup(ctx context.Context, s *server) error {
	figure := "backup while serving, " + b.size()
	file := filepath.Join(b.dir, "backup.db")
	copied := func() error { return errors.Join(ran(b.command(ctx, "backup", file)), os.Remove(file)) }
	took, err := timed(copied)
	if err != nil {
		b.table.broken(figure, noTarget, err)
		return nil
	}
	b.table.one(figure, " s", noTarget, took...)
	done := make(chan error, 1)
	go func() { done <- copied() }()
	during, err := paced(ctx, pace, time.Duration(slices.Min(took)*float64(time.Second)), s.submit)
	if err := errors.Join(err, <-done); err != nil {
		return err
	}
	b.table.latency(fmt.Sprintf("durable submits, %d/s, during a backup", pace), []sample{during}, noTarget)
	return nil
}
