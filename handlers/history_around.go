package handlers

import (
	"context"
	"fmt"
	"sync"
	"time"

	"roomledger/db"
	"roomledger/views/pages"
)

// chartDays is how far back the timeline of the history page goes, unless a time is asked for.
const chartDays = 90

// surroundings is what stands around the list of operations. It is a fact of the newest row of
// history: while that is the same, so is this.
type surroundings struct {
	seq     int64
	today   time.Time // UTC
	actors  []string
	actions []string
	kinds   []string
	total   int64

	mu      sync.Mutex
	counted map[db.OperationQuery]counted
}

// counted is what is counted for a filter.
type counted struct {
	timeline pages.Timeline
	outcomes map[string]int
}

// maxCounted is how many filters are remembered: whoever turns pages asks for the same one again and again.
const maxCounted = 64

// count returns the counts for a filter, wherever in the list it stands. They aren't to be changed.
func (s *surroundings) count(ctx context.Context, d *db.DB, q db.OperationQuery) (counted, error) {
	q.BeforeSeq, q.AfterSeq, q.Limit = 0, 0, 0
	s.mu.Lock()
	c, known := s.counted[q]
	s.mu.Unlock()
	if known {
		return c, nil
	}
	var err error
	if c.outcomes, err = d.OutcomeCounts(ctx, q); err != nil {
		return counted{}, fmt.Errorf("count operations: %w", err)
	}
	if c.timeline, err = timeline(ctx, d, q, s.today); err != nil {
		return counted{}, fmt.Errorf("count operations by day: %w", err)
	}
	c.timeline.Drawn = new(pages.Drawn)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.counted) >= maxCounted {
		clear(s.counted)
	}
	s.counted[q] = c
	return c, nil
}

// timeline counts the days that the filter asks for, else the last ones up to its end.
func timeline(ctx context.Context, d *db.DB, q db.OperationQuery, today time.Time) (pages.Timeline, error) {
	t := pages.Timeline{To: today}
	if end := q.To.Add(-time.Millisecond).Truncate(day); !q.To.IsZero() && end.Before(today) {
		t.To = end
	}
	t.From = t.To.Add(-(chartDays - 1) * day)
	if !q.From.IsZero() {
		t.From = q.From.Truncate(day)
	}
	if t.From.After(t.To) {
		return t, nil // nothing has happened there yet
	}
	var err error
	t.Days, t.Capped, err = d.Timeline(ctx, q, t.From)
	return t, err
}

// historyAround returns the surroundings as of the history row seq, on a day. They aren't to be changed.
func (a *App) historyAround(ctx context.Context, seq int64, today time.Time) (*surroundings, error) {
	if s := a.surroundings.Load(); s != nil && s.seq == seq && s.today.Equal(today) {
		return s, nil
	}
	s, err := readSurroundings(ctx, a.DB, seq, today)
	if err == nil {
		a.surroundings.Store(s)
	}
	return s, err
}

func readSurroundings(ctx context.Context, d *db.DB, seq int64, today time.Time) (*surroundings, error) {
	s := surroundings{seq: seq, today: today, counted: map[db.OperationQuery]counted{}}
	var err error
	if s.actors, err = d.Actors(ctx); err != nil {
		return nil, fmt.Errorf("list actors: %w", err)
	}
	if s.actions, err = d.Actions(ctx); err != nil {
		return nil, fmt.Errorf("list actions: %w", err)
	}
	if s.kinds, err = d.Kinds(ctx); err != nil {
		return nil, fmt.Errorf("list kinds of targets: %w", err)
	}
	kept, err := d.Kept(ctx)
	if err != nil {
		return nil, fmt.Errorf("count history: %w", err)
	}
	s.total = kept.Last - kept.Pruned
	return &s, nil
}
