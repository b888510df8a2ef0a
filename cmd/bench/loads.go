package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"roomledger/db"
)

// The product's targets: rates a second, milliseconds at the 99th percentile, megabytes.
var (
	targetOne        = atLeast(400)
	targetMany       = atLeast(2500)
	targetPaced      = under(10)
	targetStart      = under(50)
	targetLargeStart = under(100)
	targetMemory     = under(32)
	noTarget         limit
)

const (
	manyClients = 32  // that submit at once
	pace        = 100 // submits a second of an unhurried day
	pacedFor    = 5 * time.Second
	idle        = 3 * time.Second
	starts      = 5
)

// disk measures what one durable write costs here: no submit can be faster than two of them in a row.
func (b *bench) disk(ctx context.Context) (err error) {
	f, err := os.Create(filepath.Join(b.dir, "sync"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	block := make([]byte, 4096)
	samples, err := repeat(ctx, 1, func(context.Context) error {
		if _, err := f.WriteAt(block, 0); err != nil {
			return err
		}
		return f.Sync()
	})
	if err != nil {
		return err
	}
	b.table.rate("synced writes of 4 kB by this disk", samples, noTarget)
	return nil
}

// serve starts the desk on a data directory.
func (b *bench) serve(ctx context.Context, data string) (*server, error) {
	return b.start(ctx, "/healthz", "serve", "-addr", "127.0.0.1:0", "-data", data)
}

// small measures a desk without a past: its memory when it has nothing to do, then rooms made through the form.
func (b *bench) small(ctx context.Context) (err error) {
	data := filepath.Join(b.dir, "small")
	s, err := b.serve(ctx, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	b.table.one("first start, empty directory", " ms", noTarget, millis(s.ready))
	if err := s.signIn(ctx); err != nil {
		return err
	}
	if err := b.memory(ctx, s, "resident memory, idle", targetMemory); err != nil {
		return err
	}
	if err := b.submits(ctx, s, ""); err != nil {
		return s.explain(err)
	}
	if err := b.memory(ctx, s, "resident memory, after the submits", noTarget); err != nil {
		return err
	}
	s, err = b.restarts(ctx, s, data, "start to first answer", targetStart)
	return err
}

// submits measures rooms made through the form: one after the other, by many people at once, and at an even pace.
func (b *bench) submits(ctx context.Context, s *server, where string) error {
	if err := b.submitters(ctx, s, 1, targetOne, where); err != nil {
		return err
	}
	if err := b.submitters(ctx, s, manyClients, targetMany, where); err != nil {
		return err
	}
	samples := make([]sample, rounds)
	for i := range samples {
		var err error
		if samples[i], err = paced(ctx, pace, pacedFor, s.submit); err != nil {
			return err
		}
	}
	b.table.latency(fmt.Sprintf("durable submits, %d/s%s", pace, where), samples, targetPaced)
	return nil
}

func (b *bench) submitters(ctx context.Context, s *server, clients int, target limit, where string) error {
	samples, err := repeat(ctx, clients, s.submit)
	if err != nil {
		return err
	}
	figure := "durable submits, " + plural(clients, "client") + where
	b.table.rate(figure, samples, target)
	b.table.latency(figure, samples, noTarget)
	return nil
}

// restarts starts the desk a few times and returns the last one, which runs. Of the one that it is given only the end counts: the
// very first start, which makes keys and the first admin, is another matter.
func (b *bench) restarts(ctx context.Context, s *server, data, figure string, target limit) (*server, error) {
	var took []float64
	for range starts {
		if err := s.stop(); err != nil {
			return s, err
		}
		var err error
		if s, err = b.serve(ctx, data); err != nil {
			return s, err
		}
		took = append(took, millis(s.ready))
	}
	b.table.one(figure, " ms", target, took...)
	return s, nil
}

// memory waits until the process has settled.
func (b *bench) memory(ctx context.Context, s *server, figure string, target limit) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(idle):
	}
	mb, err := s.resident()
	if err != nil {
		return err
	}
	b.table.one(figure, " MB", target, mb)
	return nil
}

// submit makes one room through the form.
func (s *server) submit(ctx context.Context) error {
	a, err := s.post(ctx, "/rooms/new", url.Values{
		"name": {"bench-" + strings.ToLower(rand.Text())}, "form_token": {db.NewID()}, // the form's tokens are such ids
		"description": {"Weekly class, made by the benchmark"}, "region": {"eu"}, "size": {"30"}, "max_duration_seconds": {"90m"},
	})
	if err != nil {
		return err
	}
	if to := a.header.Get("Location"); a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/rooms/") {
		return fmt.Errorf("a submit was answered with %d %s", a.status, to)
	}
	return nil
}
