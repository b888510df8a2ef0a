package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// sureAbove is how many hits of the index are looked at one by one before it is trusted to count them itself.
	sureAbove = 2000
	// soundSample is how many of them are looked at even then.
	soundSample = 250
)

// tally counts operations by day and outcome, the newest ones up to limit.
type tally struct {
	limit  int
	total  int
	capped bool
	counts map[dayOutcome]int
}

type dayOutcome struct{ day, outcome string }

func (t *tally) add(day, outcome string, n int) {
	if n == 0 {
		return
	}
	t.counts[dayOutcome{day, outcome}] += n
	t.total += n
}

// left is how many may still be counted.
func (t *tally) left() int { return max(t.limit-t.total, 0) }

// list is in order of day and outcome.
func (t *tally) list() []DayCount {
	var list []DayCount
	for c, n := range t.counts {
		list = append(list, DayCount{Day: c.day, Outcome: c.outcome, Count: n})
	}
	slices.SortFunc(list, func(a, b DayCount) int { return strings.Compare(a.Day+a.Outcome, b.Day+b.Outcome) })
	return list
}

// table counts the newest operations of a WHERE clause, one more than may be: it tells whether there are more, and is
// taken off again.
func (t *tally) table(ctx context.Context, d *DB, f filter) error {
	var oldest int64
	var last dayOutcome
	left := t.left()
	groups, err := query(ctx, d, func(from scanner) (n int, err error) {
		var c dayOutcome
		var first int64
		err = from.Scan(&c.day, &c.outcome, &n, &first)
		if oldest == 0 || first < oldest {
			oldest, last = first, c
		}
		t.add(c.day, c.outcome, n)
		return n, err
	}, `SELECT day, outcome, count(*), min(seq) FROM (SELECT seq, substr(time, 1, 10) AS day, outcome FROM operations`+f.where()+
		" ORDER BY seq DESC LIMIT ?) GROUP BY day, outcome", append(f.args, left+1)...)
	if err != nil {
		return err
	}
	n := 0
	for _, group := range groups {
		n += group
	}
	if n <= left {
		return nil
	}
	t.capped = true
	t.add(last.day, last.outcome, -1)
	if t.counts[last] == 0 {
		delete(t.counts, last)
	}
	return nil
}

// tally counts what matches q.
func (fi *finder) tally(ctx context.Context, q OperationQuery, t *tally) error {
	if err := t.table(ctx, fi.d, fi.between(max(fi.unfed, fi.low), fi.high)); err != nil || t.capped {
		return err
	}
	if err := t.table(ctx, fi.d, fi.among(fi.snap.open)); err != nil || t.capped {
		return err
	}
	few, more, err := fi.upTo(ctx, fi.match, sureAbove)
	if err != nil {
		return err
	}
	if !more {
		return t.table(ctx, fi.d, fi.among(jsonOf(few)))
	}
	return fi.tallyMany(ctx, q, t)
}

// tallyMany counts what the index has, of which there is much.
func (fi *finder) tallyMany(ctx context.Context, q OperationQuery, t *tally) error {
	list, more, err := fi.upTo(ctx, fi.counted, t.left())
	if err != nil {
		return err
	}
	sound, err := fi.sound(ctx, list)
	if err != nil {
		return err
	}
	t.capped = more
	if !sound && fi.loose {
		return t.table(ctx, fi.d, fi.among(jsonOf(list)))
	}
	if !sound {
		fi.counted = fi.exact
		if list, t.capped, err = fi.upTo(ctx, fi.counted, t.left()); err != nil {
			return err
		}
	}
	return fi.spread(ctx, q, list, t)
}

// sound checks a sample of what the index found.
func (fi *finder) sound(ctx context.Context, list []int64) (bool, error) {
	var sample []int64
	for i := 0; i < len(list); i += max(len(list)/soundSample, 1) {
		sample = append(sample, list[i])
	}
	hits, err := fi.check(ctx, jsonOf(sample), len(sample))
	return len(hits) == len(sample), err
}

// upTo are the newest n hits of match, and whether there are more.
func (fi *finder) upTo(ctx context.Context, match string, n int) (list []int64, more bool, err error) {
	list, err = fi.numbers(ctx, match, n+1)
	if len(list) > n {
		return list[:n], true, err
	}
	return list, false, err
}

// numbers are the newest n hits of match.
func (fi *finder) numbers(ctx context.Context, match string, n int) ([]int64, error) {
	var list []int64
	for seqs, err := range fi.chunks(ctx, match, n) {
		if err != nil {
			return nil, err
		}
		if list, err = appendNumbers(list, seqs); err != nil {
			return nil, err
		}
		if len(list) >= n {
			return list[:n], nil
		}
	}
	return list, nil
}

// appendNumbers appends the numbers of a text with commas between.
func appendNumbers(to []int64, text string) ([]int64, error) {
	var n int64
	for i := range len(text) {
		c := text[i]
		switch {
		case c == ',':
			to, n = append(to, n), 0
		case '0' <= c && c <= '9':
			n = n*10 + int64(c-'0')
		default:
			return nil, fmt.Errorf("the search index gives %q for a number", text)
		}
	}
	return append(to, n), nil
}

// spread counts the operations of seqs, which match and are in the index, by their days and outcomes without looking at
// each: but at those that a clock which was set back, or a span that ends within a day, leaves in doubt.
func (fi *finder) spread(ctx context.Context, q OperationQuery, seqs []int64, t *tally) error {
	days, err := fi.d.daySpans(ctx, q)
	if err != nil {
		return err
	}
	failed, err := fi.failed(ctx, q, seqs)
	if err != nil {
		return err
	}
	var doubtful []int64
	for len(seqs) > 0 {
		day := days.of(seqs[0])
		n := below(seqs, day.first)
		if day.sure {
			bad := below(failed, day.first)
			failed = failed[bad:]
			t.add(day.day, OutcomeFailed, bad)
			t.add(day.day, OutcomeDone, n-bad)
		} else {
			failed = failed[below(failed, day.first):]
			doubtful = append(doubtful, seqs[:n]...)
		}
		seqs = seqs[n:]
	}
	return t.table(ctx, fi.d, fi.among(jsonOf(doubtful)))
}

// below is how many of the numbers, greatest first, come before those below first.
func below(seqs []int64, first int64) int {
	n, _ := slices.BinarySearchFunc(seqs, first, func(seq, first int64) int {
		if seq >= first {
			return -1
		}
		return 1
	})
	return n
}

// failed are those of seqs that failed, in the same order. All others were done, for what hasn't ended isn't in the index.
func (fi *finder) failed(ctx context.Context, q OperationQuery, seqs []int64) ([]int64, error) {
	switch {
	case q.Outcome == OutcomeFailed:
		return seqs, nil
	case q.Outcome != "" || len(seqs) == 0:
		return nil, nil
	}
	fi.low = max(fi.low, seqs[len(seqs)-1])
	return fi.numbers(ctx, fi.counted+" AND "+filterToken(byOutcome, OutcomeFailed), len(seqs))
}

// daySpan is the operations of a day; sure, when no other day has one between them and the whole day is asked for.
type daySpan struct {
	day         string
	first, last int64
	sure        bool
}

// daySpans are in order of their first operation.
type daySpans []daySpan

func (d *DB) daySpans(ctx context.Context, q OperationQuery) (daySpans, error) {
	list, err := query(ctx, d, func(from scanner) (daySpan, error) {
		s := daySpan{sure: true}
		return s, from.Scan(&s.day, &s.first, &s.last)
	}, "SELECT day, first_seq, last_seq FROM days ORDER BY first_seq")
	if err != nil {
		return nil, err
	}
	from, to := q.days()
	for i, s := range list {
		cut := s.day == from && cutsDay(q.From) || s.day == to && cutsDay(q.To)
		list[i].sure = from <= s.day && s.day <= to && !cut
	}
	reach := 0 // of the days so far, the one that goes furthest
	for i := 1; i < len(list); i++ {
		if list[i].first <= list[reach].last {
			list[i].sure, list[reach].sure = false, false
		}
		if list[i].last > list[reach].last {
			reach = i
		}
	}
	return list, nil
}

// of is the day of an operation. What lies in none of them is a day of its own that isn't sure.
func (s daySpans) of(seq int64) daySpan {
	i, found := slices.BinarySearchFunc(s, seq, func(span daySpan, seq int64) int { return cmp.Compare(span.first, seq) })
	if !found {
		i--
	}
	if i < 0 || seq > s[i].last {
		return daySpan{first: seq, last: seq}
	}
	return s[i]
}

// cutsDay tells whether t lies within a UTC day rather than between two.
func cutsDay(t time.Time) bool { return !t.UTC().Truncate(24 * time.Hour).Equal(t.UTC()) }
