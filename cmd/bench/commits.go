package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"roomledger/db"
)

// Rows a second that are on disk, and megabytes.
var (
	targetRows = atLeast(8000)
	targetWAL  = under(128)
)

const (
	writers   = 64 // that wait for their commit at once
	steadily  = 30 * time.Second
	walLooked = 20 * time.Millisecond // between two looks at the size of the WAL
)

// commits measures the database alone: rows from many writers, each waiting until its own is on disk, and how far the WAL grows
// when that goes on, with people reading.
func (b *bench) commits(ctx context.Context) (err error) {
	dir := filepath.Join(b.dir, "commits")
	d, err := db.Open(ctx, db.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	samples, err := repeat(ctx, writers, func(ctx context.Context) error { return appendTwo(ctx, d) })
	if err != nil {
		return err
	}
	rows := each(samples, func(s sample) float64 { return 2 * s.rate() })
	b.table = append(b.table, row{figure: "durable rows, " + plural(writers, "writer"), unit: " rows/s", target: targetRows, values: rows})
	most, err := steady(ctx, d, filepath.Join(dir, db.FileName+"-wal"))
	if err != nil {
		return err
	}
	b.table.one("WAL at its largest, "+steadily.String()+" of that", " MB", targetWAL, float64(most)/1e6)
	return nil
}

// appendTwo writes an intent and, once that is on disk, its outcome.
func appendTwo(ctx context.Context, d *db.DB) error {
	row := db.Row{
		Workspace: "sandbox", Operation: db.NewID(), ActorID: "0193a000-0000-7000-8000-000000000001", ActorName: actors[0], ActorKind: "user",
		IP: "192.0.2.10", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Action: "room.create",
		Phase: db.PhaseIntent, TargetKind: "room", APIMethod: "POST", APIPath: "/rooms",
	}
	row.TargetName = "room " + row.Operation
	row.Request = `{"description":"Weekly class, made by the benchmark","max_duration_seconds":5400,"name":"` + row.TargetName + `","region":"eu","size":30}`
	if err := d.InTx(ctx, func(tx *db.Tx) error { return tx.Append(&row) }); err != nil {
		return err
	}
	row.Seq, row.Phase, row.TargetID, row.APIStatus, row.Attempts = 0, db.PhaseDone, row.Operation, 200, 1
	row.Request, row.Response, row.After = "", row.Request, row.Request
	return d.InTx(ctx, func(tx *db.Tx) error { return tx.Append(&row) })
}

// steady writes for a while, with two who read pages, and returns how many bytes the WAL had at the most.
func steady(ctx context.Context, d *db.DB, wal string) (most int64, err error) {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	group, reading := errgroup.WithContext(reading)
	for range 2 {
		group.Go(func() error {
			for reading.Err() == nil {
				if _, err := d.Operations(reading, db.OperationQuery{}); err != nil && reading.Err() == nil {
					return err
				}
			}
			return nil
		})
	}
	group.Go(func() error {
		most, err = largest(reading, wal)
		return err
	})
	_, loadErr := load(ctx, writers, steadily, func(ctx context.Context) error { return appendTwo(ctx, d) })
	stop()
	return most, errors.Join(loadErr, group.Wait())
}

// largest looks at a file until ctx ends and returns the most bytes that it had.
func largest(ctx context.Context, path string) (most int64, err error) {
	tick := time.NewTicker(walLooked)
	defer tick.Stop()
	for {
		info, err := os.Stat(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return most, err
		}
		if err == nil {
			most = max(most, info.Size())
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return most, nil
		}
	}
}
