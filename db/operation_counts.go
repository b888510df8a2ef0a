package db

import (
	"context"
	"fmt"
	"time"
)

// outcomeCap is how many operations OutcomeCounts looks at: as many as the page says, however many match.
const outcomeCap = 1000

// OutcomeCounts returns how many of the newest 1,000 operations that match q had each outcome. All three outcomes are in
// the map; the outcome, the place and the limit that q asks for are ignored.
func (d *DB) OutcomeCounts(ctx context.Context, q OperationQuery) (map[string]int, error) {
	q.Outcome, q.BeforeSeq, q.AfterSeq = "", 0, 0
	hits, err := d.hits(ctx, q, outcomeCap)
	if err != nil {
		return nil, fmt.Errorf("count outcomes: %w", err)
	}
	counts := map[string]int{OutcomeDone: 0, OutcomeFailed: 0, OutcomeUnknown: 0}
	for _, h := range hits {
		counts[h.outcome]++
	}
	return counts, nil
}

// hits are the first n that match q.
func (d *DB) hits(ctx context.Context, q OperationQuery, n int) ([]hit, error) {
	hits, indexed, err := d.find(ctx, q, n)
	if err != nil || indexed {
		return hits, err
	}
	f, err := d.operationFilter(ctx, q, filter{})
	if err != nil {
		return nil, err
	}
	text, args := operationPage(hitColumns, q, f, n)
	return query(ctx, d, scanHit, text, args...)
}

// timelineCap is how many operations Timeline counts.
const timelineCap = 20_000

// Timeline returns how many operations that match q each day had by outcome, from the UTC day of from on, oldest first;
// days and outcomes without any are left out. The place and the limit that q asks for are ignored. Where more than
// 20,000 match, and they have to be looked up one by one, only the newest of those are counted and capped is set.
//
// Words of more than 2,000 are counted by the index, which knows only their parts; a sample is looked at, and where that
// doesn't match, the parts are looked for side by side.
func (d *DB) Timeline(ctx context.Context, q OperationQuery, from time.Time) (list []DayCount, capped bool, err error) {
	q.BeforeSeq, q.AfterSeq, q.Limit = 0, 0, 0
	if start := from.UTC().Truncate(24 * time.Hour); q.From.Before(start) {
		q.From = start
	}
	if q.summed() {
		list, err = d.timelineOfDays(ctx, q)
	} else {
		err = d.byIndex(ctx, func() error {
			list, capped, err = d.timeline(ctx, q, timelineCap)
			return err
		})
	}
	if err != nil {
		return nil, false, fmt.Errorf("timeline: %w", err)
	}
	return list, capped, nil
}

// summed tells whether the summary by day has what q asks for.
func (q OperationQuery) summed() bool {
	return q.Actor == "" && q.TargetKind == "" && q.Target == "" && len(Words(q.Q)) == 0 && !cutsDay(q.From) && !cutsDay(q.To)
}

func (d *DB) timelineOfDays(ctx context.Context, q OperationQuery) ([]DayCount, error) {
	f := filter{steered: true}
	f.equal("workspace", q.Workspace)
	f.equal("outcome", q.Outcome)
	if object, whole := objectOf(q.Action); !whole {
		f.equal("action", q.Action)
	} else if object != "" {
		f.add("substr(action || '.', 1, length(?)) = ?", object+".", object+".")
	}
	if !q.To.IsZero() {
		f.add("day < ?", dayOf(q.To))
	}
	return d.countDays(ctx, q.From, f)
}

// timeline counts the newest, up to limit.
func (d *DB) timeline(ctx context.Context, q OperationQuery, limit int) ([]DayCount, bool, error) {
	t := tally{limit: limit, counts: map[dayOutcome]int{}}
	fi, err := d.finder(ctx, q, 1)
	if err != nil {
		return nil, false, err
	}
	if fi != nil {
		defer fi.snap.end()
		err = fi.tally(ctx, q, &t)
		return t.list(), t.capped, err
	}
	f, err := d.operationFilter(ctx, q, filter{})
	if err != nil {
		return nil, false, err
	}
	err = t.table(ctx, d, f)
	return t.list(), t.capped, err
}

// Days returns how many operations each day had by outcome, from the UTC day of from on, oldest first; days and
// outcomes without any are left out. workspace and actionPrefix narrow it down unless empty.
func (d *DB) Days(ctx context.Context, workspace, actionPrefix string, from time.Time) ([]DayCount, error) {
	var f filter
	if workspace != "" {
		f.add("workspace = ?", workspace)
	}
	if actionPrefix != "" {
		f.add("substr(action, 1, length(?)) = ?", actionPrefix, actionPrefix)
	}
	list, err := d.countDays(ctx, from, f)
	if err != nil {
		return nil, fmt.Errorf("count days: %w", err)
	}
	return list, nil
}

// countDays adds up the summary of the days from that of from on.
func (d *DB) countDays(ctx context.Context, from time.Time, f filter) ([]DayCount, error) {
	f = f.after("n > 0 AND day >= ?", dayOf(from))
	return query(ctx, d, scanDay, "SELECT day, outcome, sum(n) FROM day_counts"+f.where()+
		" GROUP BY day, outcome ORDER BY day, outcome", f.args...)
}

func scanDay(from scanner) (DayCount, error) {
	var c DayCount
	return c, from.Scan(&c.Day, &c.Outcome, &c.Count)
}
