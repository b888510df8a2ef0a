package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	mathrand "math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"time"

	"roomledger/db"
)

// What a page may take, in milliseconds at the 99th percentile.
var (
	targetPage   = under(10)
	targetSearch = under(20)
	targetFilter = under(50)
)

const (
	readers  = 4   // that read pages at once
	deep     = 200 // pages from the first
	fullPage = 50  // lines of a list

	pageWarmUp = 300 * time.Millisecond
	pageTurn   = time.Second
	indexWait  = 2 * time.Minute // until what was seeded can be found
)

// rare is the name of one room, and common a part of one in ten.
const rare, common = "physics-9998", "physics"

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
		{"history, searched, rare", targetSearch, []string{"/history?q=" + rare}, 1},
		{"history, searched, common", targetSearch, []string{"/history?q=" + common}, fullPage},
		{"history, searched, a part of names", targetSearch, []string{"/history?q=sics-99"}, fullPage},
		{"history, searched, absent", targetSearch, []string{"/history?q=zebra-crossing"}, 0},
		{"list, first page", targetPage, rooms[:1], fullPage},
		{"list, deep pages", targetPage, rooms[deep/2:], fullPage},
		{"list, filtered", targetPage, []string{"/rooms?enabled=false", "/rooms?region=eu&sort=name"}, fullPage},
		{"list, searched", targetSearch, []string{"/rooms?q=" + rare}, 1},
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
	samples, err := repeatFor(ctx, readers, pageWarmUp, pageTurn, func(ctx context.Context) error {
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

// searchable waits until all that was seeded is in the search index: what is measured meanwhile would share the machine
// with its being fed.
func (b *bench) searchable(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, indexWait)
	defer cancel()
	began := time.Now()
	d, err := db.Open(ctx, db.Options{Dir: b.data()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	for {
		fed, head, err := d.SearchState(ctx)
		if err != nil {
			return err
		}
		if fed == head {
			break
		}
		if err := until(ctx, time.Now().Add(100*time.Millisecond)); err != nil {
			return fmt.Errorf("%d of %d rows can be searched: %w", fed, head, err)
		}
	}
	b.table.one("until all of it can be searched, "+b.size(), " s", noTarget, time.Since(began).Seconds())
	return nil
}

// filters measures several filters at once in one query, such as an auditor may ask for, and reports the slowest.
func (b *bench) filters(ctx context.Context, s *server) error {
	day := func(ago int) string { return time.Now().AddDate(0, 0, -ago).Format(time.DateOnly) }
	actor := "&actor=" + url.QueryEscape(actors[3])
	var worst []sample
	var slowest string
	for _, query := range []string{
		"q=" + common + actor + "&outcome=failed&from=" + day(200) + "&to=" + day(20),
		"q=" + common + "&outcome=unknown",
		"q=sics-9" + actor + "&action=room.*&outcome=failed",
		"q=" + rare + actor + "&outcome=failed",
		"action=room.enable" + actor + "&outcome=failed",
		"action=room.create" + actor + "&from=" + day(40),
		"target=" + rare + "&outcome=failed",
	} {
		samples, err := repeatFor(ctx, readers, pageWarmUp, pageTurn, func(ctx context.Context) error {
			_, err := s.page(ctx, "/history?"+query)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(b.progress, " %s %.1f ms", query, bestOf(samples))
		if worst == nil || bestOf(samples) > bestOf(worst) {
			worst, slowest = samples, query
		}
	}
	b.table.latency("history, worst of the filters, "+slowest, worst, targetFilter)
	return nil
}

// bestOf is the lowest of the rounds' 99th percentiles in milliseconds: the one that counts.
func bestOf(samples []sample) float64 {
	return slices.Min(each(samples, func(s sample) float64 { return s.millis(99) }))
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
