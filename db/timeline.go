package db

import (
	"context"
	"fmt"
	"time"
)

// timelineCap is how many operations a timeline counts: the newest that match.
const timelineCap = 20_000

// Timeline returns how many operations that match q each day had by outcome, from the UTC day of from on, oldest first;
// days and outcomes without any are left out. The place and the limit that q asks for are ignored. Capped says that only
// the newest 20,000 were counted.
func (d *DB) Timeline(ctx context.Context, q OperationQuery, from time.Time) (list []DayCount, capped bool, err error) {
	q.BeforeSeq, q.AfterSeq = 0, 0
	if q.From.Before(from) {
		q.From = from.UTC().Truncate(24 * time.Hour)
	}
	f, err := d.operationFilter(ctx, q, filter{})
	if err != nil {
		return nil, false, fmt.Errorf("timeline: %w", err)
	}
	list, err = query(ctx, d, scanDay, "SELECT substr(time, 1, 10) AS day, outcome, count(*) FROM (SELECT time, outcome FROM operations"+
		f.where()+" ORDER BY seq DESC LIMIT ?) GROUP BY day, outcome ORDER BY day, outcome", append(f.args, timelineCap)...)
	if err != nil {
		return nil, false, fmt.Errorf("timeline: %w", err)
	}
	n := 0
	for _, c := range list {
		n += c.Count
	}
	return list, n >= timelineCap, nil
}

// SearchState returns up to which history row operations can be searched by the index, and the newest row there is.
func (d *DB) SearchState(ctx context.Context) (fed, head int64, err error) {
	head, err = d.HistoryLen(ctx)
	return head, head, err
}
