package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// The product's targets: rates a second, milliseconds at the 99th percentile, megabytes.
var (
	targetOne    = atLeast(400)
	targetMany   = atLeast(1500)
	targetPage   = under(10)
	targetStart  = under(50)
	targetMemory = under(32)
	noTarget     limit
)

const (
	manyClients = 32 // that submit at once
	readers     = 4  // that read pages at once
	idle        = 3 * time.Second
	starts      = 5
	deep        = 200 // pages from the first
	fullPage    = 50  // lines of a list
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

// submits measures a small desk: its memory when it has nothing to do, then rooms made through the form.
func (b *bench) submits(ctx context.Context) (err error) {
	s, err := b.serve(ctx, filepath.Join(b.dir, "small"))
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
	if err := b.submitters(ctx, s, 1, targetOne); err != nil {
		return s.explain(err)
	}
	if err := b.submitters(ctx, s, manyClients, targetMany); err != nil {
		return s.explain(err)
	}
	return b.memory(ctx, s, "resident memory, after the submits", noTarget)
}

func (b *bench) submitters(ctx context.Context, s *server, clients int, target limit) error {
	samples, err := repeat(ctx, clients, s.submit)
	if err != nil {
		return err
	}
	figure := "durable submits, " + plural(clients, "client")
	b.table.rate(figure, samples, target)
	b.table.latency(figure, samples, noTarget)
	return nil
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
		"name": {"bench-" + strings.ToLower(rand.Text())}, "form_token": {rand.Text()},
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

// size names the large desk in the table.
func (b *bench) size() string { return number(float64(b.rooms)) + " rooms" }

// large measures a desk with many rooms: its start, its memory, its pages.
func (b *bench) large(ctx context.Context) (err error) {
	data := filepath.Join(b.dir, "large")
	if err := seed(ctx, data, b.rooms); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	s, err := b.restarts(ctx, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.signIn(ctx); err != nil {
		return err
	}
	if err := b.memory(ctx, s, "resident memory, idle, "+b.size(), noTarget); err != nil {
		return err
	}
	if err := b.pages(ctx, s); err != nil {
		return s.explain(err)
	}
	return b.memory(ctx, s, "resident memory, after the pages, "+b.size(), noTarget)
}

// restarts starts the desk a few times and leaves the last one running. The first start, which makes keys and the first
// admin, doesn't count.
func (b *bench) restarts(ctx context.Context, data string) (*server, error) {
	s, err := b.serve(ctx, data)
	var took []float64
	for range starts {
		if err != nil {
			return nil, err
		}
		if err := s.stop(); err != nil {
			return nil, err
		}
		if s, err = b.serve(ctx, data); err == nil {
			took = append(took, millis(s.ready))
		}
	}
	b.table.one("start to first answer, "+b.size(), " ms", targetStart, took...)
	return s, err
}

// pageLoad is one kind of page.
type pageLoad struct {
	figure string
	target limit
	paths  []string // one of these at random
	lines  int      // that the first of them must have
}

// pages measures the lists. Filters are such as people use: by outcome, by person, by a part of a name.
func (b *bench) pages(ctx context.Context, s *server) error {
	history, err := s.walk(ctx, "/history", deep)
	if err != nil {
		return err
	}
	rooms, err := s.walk(ctx, "/rooms", deep)
	if err != nil {
		return err
	}
	for _, l := range []pageLoad{
		{"history, first page", targetPage, history[:1], fullPage},
		{"history, deep pages", targetPage, history[deep/2:], fullPage},
		{"history, filtered", targetPage, []string{"/history?action=room.*&outcome=failed", "/history?actor=" + url.QueryEscape(actors[3])}, fullPage},
		{"history, searched", noTarget, []string{"/history?q=physics-1000"}, 1},
		{"list, first page", targetPage, rooms[:1], fullPage},
		{"list, deep pages", targetPage, rooms[deep/2:], fullPage},
		{"list, filtered", targetPage, []string{"/rooms?enabled=false", "/rooms?region=eu&sort=name"}, fullPage},
		{"list, searched", noTarget, []string{"/rooms?q=physics-1000"}, 1},
	} {
		if err := b.page(ctx, s, l); err != nil {
			return fmt.Errorf("%s: %w", l.figure, err)
		}
	}
	return nil
}

func (b *bench) page(ctx context.Context, s *server, l pageLoad) error {
	text, err := s.page(ctx, l.paths[0])
	if err != nil {
		return err
	}
	_, body, _ := bytes.Cut(text, []byte("<tbody"))
	if n := bytes.Count(body, []byte("<tr")); n < l.lines {
		return fmt.Errorf("%s has %d lines, not %d or more", l.paths[0], n, l.lines)
	}
	samples, err := repeat(ctx, readers, func(ctx context.Context) error {
		_, err := s.page(ctx, l.paths[mathrand.IntN(len(l.paths))])
		return err
	})
	if err != nil {
		return err
	}
	figure := fmt.Sprintf("%s, %d clients", l.figure, readers)
	b.table.rate(figure, samples, noTarget)
	b.table.latency(figure, samples, l.target)
	return nil
}

var nextPage = regexp.MustCompile(`<a href="([^"]+)" rel="next">`)

// walk follows the pager from a page and returns the addresses of n pages, the first one's first.
func (s *server) walk(ctx context.Context, path string, n int) ([]string, error) {
	paths := []string{path}
	for len(paths) < n {
		text, err := s.page(ctx, path)
		if err != nil {
			return nil, err
		}
		next := nextPage.FindSubmatch(text)
		if next == nil {
			return nil, fmt.Errorf("%s has no older page", path)
		}
		path = html.UnescapeString(string(next[1]))
		paths = append(paths, path)
	}
	return paths, nil
}
