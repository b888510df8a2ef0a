package main

import (
	"context"
	"errors"
	"path/filepath"
)

// size names the large desk in the table.
func (b *bench) size() string {
	return number(float64(b.rows)) + " rows"
}

// data is the large desk's directory.
func (b *bench) data() string { return filepath.Join(b.dir, "large") }

func (b *bench) seed(ctx context.Context) error { return seed(ctx, b.data(), b.rooms, b.rows) }

// large measures a desk with many rooms and a long history: its start, its memory, its pages, what reads all of it, and then
// what adds to it.
func (b *bench) large(ctx context.Context) (err error) {
	s, err := b.serve(ctx, b.data())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.signIn(ctx); err != nil {
		return err
	}
	if err := b.searchable(ctx); err != nil {
		return err
	}
	if s, err = b.restarts(ctx, s, b.data(), "start to first answer, "+b.size(), targetLargeStart); err != nil {
		return err
	}
	if err := s.signIn(ctx); err != nil {
		return err
	}
	for _, measure := range []func(context.Context, *server) error{b.idling, b.pages, b.filters, b.export, b.verify, b.adding, b.backup} {
		if err := measure(ctx, s); err != nil {
			return s.explain(err)
		}
	}
	return b.memory(ctx, s, "resident memory, after all that, "+b.size(), noTarget)
}

func (b *bench) idling(ctx context.Context, s *server) error {
	return b.memory(ctx, s, "resident memory, idle, "+b.size(), noTarget)
}

func (b *bench) adding(ctx context.Context, s *server) error { return b.submits(ctx, s, ", "+b.size()) }
