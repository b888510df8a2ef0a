package db

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"
)

// hit is an operation that matches.
type hit struct {
	seq          int64
	day, outcome string
}

// finder answers one query: from the index, and by looking at what the index can't know yet.
type finder struct {
	d         *DB
	snap      *snapshot
	checks    filter // all conditions but the place in the list
	match     string // for the index: all that match, and maybe more
	counted   string // for the index: all filters, and words roughly
	exact     string // for the index: all filters, and words but for what one of more than six letters leaves open
	loose     bool   // there are words that the index doesn't know
	low, high int64  // of the operations in question
	unfed     int64  // from here on operations are looked at one by one
	backwards bool   // oldest first
}

// indexed tells whether the index has something to say about q, which has that many filters or more or a word: what
// hasn't ended isn't in it, what failed has an index in the table, and words that it doesn't know are looked for among the
// newest only.
func (q OperationQuery) indexed(w wanted, filters int) bool {
	switch {
	case q.Outcome == OutcomeUnknown:
		return false
	case len(w.words) > 0:
		return true
	case q.Outcome == OutcomeFailed || len(Words(q.Q)) > 0:
		return false
	}
	if _, whole := objectOf(q.Action); whole {
		filters = 1
	}
	return len(w.filters) >= filters
}

// find returns the first n operations that match q, oldest first when it asks for those after one, or false where the
// table is to be asked.
func (d *DB) find(ctx context.Context, q OperationQuery, n int) (hits []hit, indexed bool, err error) {
	err = d.byIndex(ctx, func() error {
		hits, indexed, err = d.findOnce(ctx, q, n)
		return err
	})
	return hits, indexed, err
}

// byIndex runs fn, which reads the index, and again without one when that is damaged.
func (d *DB) byIndex(ctx context.Context, fn func() error) error {
	err := fn()
	if d.search.distrust(ctx, err) {
		err = fn()
	}
	return err
}

func (d *DB) findOnce(ctx context.Context, q OperationQuery, n int) (hits []hit, indexed bool, err error) {
	fi, err := d.finder(ctx, q, 2) // for a single filter the table has an index of its own
	if err != nil || fi == nil {
		return nil, false, err
	}
	defer fi.snap.end()
	hits, err = fi.find(ctx, n)
	return hits, true, err
}

// want is what of q the index can look up.
func (d *DB) want(ctx context.Context, q OperationQuery) (wanted, error) {
	byName := false
	if q.Actor != "" {
		var err error
		if byName, err = d.isActorName(ctx, q.Actor); err != nil {
			return wanted{}, err
		}
	}
	return want(q, byName), nil
}

// load reads the operations of hits, in their order.
func (d *DB) load(ctx context.Context, hits []hit) ([]Operation, error) {
	var seqs []int64
	for _, h := range hits {
		seqs = append(seqs, h.seq)
	}
	list, err := query(ctx, d, scanOperation,
		"SELECT "+operationColumns+" FROM operations WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq", jsonOf(seqs))
	if len(seqs) > 1 && seqs[0] > seqs[1] {
		slices.Reverse(list)
	}
	return list, err
}

// finder returns what finds q by the index, or nil where the table is to be asked: with fewer filters and no word, too.
func (d *DB) finder(ctx context.Context, q OperationQuery, filters int) (*finder, error) {
	w, err := d.want(ctx, q)
	if err != nil || !q.indexed(w, filters) {
		return nil, err
	}
	snap, err := d.search.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	fi := &finder{d: d, snap: snap, backwards: q.AfterSeq != 0}
	usable, err := fi.prepare(ctx, q, w)
	if err != nil || !usable {
		snap.end()
		return nil, err
	}
	return fi, nil
}

func (fi *finder) prepare(ctx context.Context, q OperationQuery, w wanted) (usable bool, err error) {
	head, err := fi.d.HistoryLen(ctx)
	if err != nil {
		return false, err
	}
	fi.unfed = fi.snap.fed + 1
	if head-fi.snap.fed > fi.d.search.reach {
		if len(w.words) == 0 {
			return false, nil // slower, but it finds all
		}
		newest, err := fi.d.newest(ctx, fi.d.search.reach)
		if err != nil {
			return false, err
		}
		fi.unfed = max(fi.unfed, newest)
	}
	if fi.checks, err = fi.d.operationFilter(ctx, q, filter{steered: true}); err != nil {
		return false, err
	}
	if err := fi.bound(ctx, q); err != nil {
		return false, err
	}
	fi.loose = slices.ContainsFunc(folded(q.Q), func(word string) bool { return !indexable(word) })
	return fi.plan(ctx, q, w)
}

// newest is the number of the oldest of the n newest operations.
func (d *DB) newest(ctx context.Context, n int64) (seq int64, err error) {
	return seq, d.readers.QueryRowContext(ctx,
		"SELECT coalesce((SELECT seq FROM operations ORDER BY seq DESC LIMIT 1 OFFSET ?), 0)", n-1).Scan(&seq)
}

// manyOfTarget is how many operations of one target are too many to be put in order one by one.
const manyOfTarget = 2000

// bound sets the span of numbers that q asks for.
func (fi *finder) bound(ctx context.Context, q OperationQuery) error {
	fi.low, fi.high = q.AfterSeq+1, 1<<62
	if q.BeforeSeq != 0 {
		fi.high = q.BeforeSeq - 1
	}
	if q.From.IsZero() && q.To.IsZero() {
		return nil
	}
	var first, last int64
	from, to := q.days()
	err := fi.d.readers.QueryRowContext(ctx, "SELECT "+firstSeq+", "+lastSeq, from, to).Scan(&first, &last)
	fi.low, fi.high = max(fi.low, first), min(fi.high, last)
	return err
}

// days are the first and the last day that q asks for.
func (q OperationQuery) days() (from, to string) {
	if q.To.IsZero() {
		return dayOf(q.From), "9999-12-31"
	}
	return dayOf(q.From), dayOf(q.To.Add(-time.Millisecond))
}

// plan chooses what to ask of the index. It isn't usable for a target that few operations have: those are found at once by
// the index of the table.
func (fi *finder) plan(ctx context.Context, q OperationQuery, w wanted) (usable bool, err error) {
	if fi.snap.fed == 0 {
		return true, nil
	}
	seen, err := fi.snap.seen(ctx, "seen", w.tokens())
	if err != nil {
		return false, err
	}
	if q.Target != "" && len(w.words) == 0 && groupOf(w.filters[0], seen).n <= manyOfTarget {
		return false, nil
	}
	all := seen("")
	fi.match, fi.counted, fi.exact = w.cheaply(seen, all), w.countably(seen, all), w.exactly()
	return true, nil
}

// find returns up to n operations that match, in the order of the page: the newest ones, newest first, or backwards.
func (fi *finder) find(ctx context.Context, n int) ([]hit, error) {
	late, err := fi.late(ctx, n)
	if err != nil || len(late) == n && !fi.backwards {
		return late, err
	}
	open, err := fi.check(ctx, fi.snap.open, n)
	if err != nil {
		return nil, err
	}
	list, err := fi.indexed(ctx, n)
	if err != nil {
		return nil, err
	}
	list = slices.Concat(late, open, list)
	slices.SortFunc(list, func(a, b hit) int {
		if fi.backwards {
			return cmp.Compare(a.seq, b.seq)
		}
		return cmp.Compare(b.seq, a.seq)
	})
	return list[:min(len(list), n)], nil
}

// order is that of the page.
func (fi *finder) order() string {
	if fi.backwards {
		return " ORDER BY seq"
	}
	return " ORDER BY seq DESC"
}

const hitColumns = "seq, substr(time, 1, 10), outcome"

func scanHit(from scanner) (hit, error) {
	var h hit
	return h, from.Scan(&h.seq, &h.day, &h.outcome)
}

// late finds among what wasn't fed yet.
func (fi *finder) late(ctx context.Context, n int) ([]hit, error) {
	return fi.table(ctx, fi.between(max(fi.unfed, fi.low), fi.high), n)
}

// check returns those of the numbers, a JSON array, that match.
func (fi *finder) check(ctx context.Context, seqs string, n int) ([]hit, error) {
	if seqs == "[]" {
		return nil, nil
	}
	return fi.table(ctx, fi.among(seqs), n)
}

func (fi *finder) table(ctx context.Context, f filter, n int) ([]hit, error) {
	return query(ctx, fi.d, scanHit, "SELECT "+hitColumns+" FROM operations"+f.where()+fi.order()+" LIMIT ?", append(f.args, n)...)
}

// between are the conditions for operations of a span of numbers.
func (fi *finder) between(low, high int64) filter {
	return fi.checks.after("seq BETWEEN ? AND ?", low, high)
}

// among are the conditions for operations of these numbers, a JSON array.
func (fi *finder) among(seqs string) filter {
	return fi.checks.after("seq IN (SELECT value FROM json_each(?)) AND +seq BETWEEN ? AND ?", seqs, fi.low, fi.high)
}

// jsonOf is an array of numbers as JSON.
func jsonOf(numbers []int64) string {
	text := []byte{'['}
	for i, n := range numbers {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, n, 10)
	}
	return string(append(text, ']'))
}

// indexed finds by the index. Nearly all it finds matches, so that the first chunk mostly does.
func (fi *finder) indexed(ctx context.Context, n int) ([]hit, error) {
	var list []hit
	for seqs, err := range fi.chunks(ctx, fi.match, n) {
		if err != nil {
			return nil, err
		}
		hits, err := fi.check(ctx, "["+seqs+"]", n-len(list))
		if err != nil {
			return nil, err
		}
		if list = append(list, hits...); len(list) == n {
			break
		}
	}
	return list, nil
}
