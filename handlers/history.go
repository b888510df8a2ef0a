package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"roomledger/db"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
)

const day = 24 * time.Hour

// chartDays is how far back the timeline of the history page goes.
const chartDays = 90

func (a *App) history(w http.ResponseWriter, r *http.Request) error {
	f := form.ParseHistoryFilter(r.URL.Query())
	q := operationQuery(f)
	d := pages.HistoryData{Page: a.page(w, r, "History", "history"), Filter: f, Workspace: a.Workspace.ID}
	d.Page.Problem = f.Errors.Any()
	if err := a.operations(r, f, q, &d); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, pages.History(d))
}

func (a *App) operations(r *http.Request, f *form.HistoryFilter, q db.OperationQuery, d *pages.HistoryData) (err error) {
	ctx := r.Context()
	if d.Operations, err = a.DB.Operations(ctx, q); err != nil {
		return fmt.Errorf("list operations: %w", err)
	}
	d.Newer, d.Older = neighbours(f, q, &d.Operations)
	all, err := a.historyAround(ctx, d.Page.Seal.Seq, a.Now().UTC().Truncate(day))
	if err != nil {
		return err
	}
	d.From, d.Actors, d.Actions, d.Total = all.from, all.actors, all.actions, all.total
	counted, err := all.count(ctx, a.DB, q)
	d.Days, d.Counts = counted.days, counted.counts
	return err
}

// surroundings is what stands around the list of operations. It is a fact of the newest row of
// history: while that is the same, so is this.
type surroundings struct {
	seq     int64
	from    time.Time // first day of the chart
	actors  []string
	actions []string
	total   int64

	mu      sync.Mutex
	counted map[db.OperationQuery]counted
}

// counted is what is counted for a filter.
type counted struct {
	days   []db.DayCount
	counts map[string]int
}

// maxCounted is how many filters are remembered: whoever turns pages asks for the same one again and again.
const maxCounted = 64

// count returns the counts for a filter, wherever in the list it stands. They aren't to be changed.
func (s *surroundings) count(ctx context.Context, d *db.DB, q db.OperationQuery) (counted, error) {
	q.BeforeSeq, q.AfterSeq, q.Limit, q.Outcome = 0, 0, 0, ""
	s.mu.Lock()
	c, known := s.counted[q]
	s.mu.Unlock()
	if known {
		return c, nil
	}
	var err error
	if c.counts, err = d.OutcomeCounts(ctx, q); err != nil {
		return counted{}, fmt.Errorf("count operations: %w", err)
	}
	if c.days, err = d.Days(ctx, "", strings.TrimSuffix(q.Action, "*"), s.from); err != nil {
		return counted{}, fmt.Errorf("count operations by day: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.counted) >= maxCounted {
		clear(s.counted)
	}
	s.counted[q] = c
	return c, nil
}

// historyAround returns the surroundings as of the history row seq, on a day. They aren't to be changed.
func (a *App) historyAround(ctx context.Context, seq int64, today time.Time) (*surroundings, error) {
	from := today.Add(-(chartDays - 1) * day)
	if s := a.surroundings.Load(); s != nil && s.seq == seq && s.from.Equal(from) {
		return s, nil
	}
	s, err := readSurroundings(ctx, a.DB, seq, from)
	if err == nil {
		a.surroundings.Store(s)
	}
	return s, err
}

func readSurroundings(ctx context.Context, d *db.DB, seq int64, from time.Time) (*surroundings, error) {
	s := surroundings{seq: seq, from: from, counted: map[db.OperationQuery]counted{}}
	var err error
	if s.actors, err = d.Actors(ctx); err != nil {
		return nil, fmt.Errorf("list actors: %w", err)
	}
	if s.actions, err = d.Actions(ctx); err != nil {
		return nil, fmt.Errorf("list actions: %w", err)
	}
	if s.total, err = d.HistoryLen(ctx); err != nil {
		return nil, fmt.Errorf("count history: %w", err)
	}
	return &s, nil
}

// pageSize is how many operations a page of history has.
const pageSize = 50

// operationQuery is the filter of the address as the database takes it. Its cursor is o<seq> for older, n<seq> for newer.
func operationQuery(f *form.HistoryFilter) db.OperationQuery {
	q := db.OperationQuery{
		Q: f.Of("q"), Actor: f.Of("actor"), Action: f.Of("action"), Outcome: f.Of("outcome"), Target: f.Of("target"),
		From: f.Start(), To: f.End(), Limit: pageSize + 1, // one more tells whether there is another page
	}
	if !q.To.IsZero() {
		q.To = q.To.Add(time.Millisecond) // the end that was typed belongs to it
	}
	if len(f.Cursor) < 2 {
		return q
	}
	seq, err := strconv.ParseInt(f.Cursor[1:], 10, 64)
	switch {
	case err != nil || seq < 0 || (f.Cursor[0] != 'o' && f.Cursor[0] != 'n'):
		f.Errors.Add("cursor", "This page's address was damaged: the list starts from the newest.")
		f.Cursor = ""
	case f.Cursor[0] == 'o':
		q.BeforeSeq = seq
	default:
		q.AfterSeq = seq
	}
	return q
}

// neighbours cuts the extra operation off and returns the cursors of the pages beside this one.
func neighbours(f *form.HistoryFilter, q db.OperationQuery, list *[]db.Operation) (newer, older string) {
	ops := *list
	more := len(ops) > pageSize
	if more && q.AfterSeq > 0 {
		ops = ops[1:]
	} else if more {
		ops = ops[:pageSize]
	}
	*list = ops
	if len(ops) == 0 {
		return "", ""
	}
	if q.BeforeSeq > 0 || (q.AfterSeq > 0 && more) {
		newer = f.Query("cursor", "n"+strconv.FormatInt(ops[0].Seq, 10))
	}
	if (q.AfterSeq == 0 && more) || q.AfterSeq > 0 {
		older = f.Query("cursor", "o"+strconv.FormatInt(ops[len(ops)-1].Seq, 10))
	}
	return newer, older
}

func (a *App) operation(w http.ResponseWriter, r *http.Request) error {
	op, err := a.DB.Operation(r.Context(), r.PathValue("operation"))
	if err != nil {
		return fmt.Errorf("read the operation: %w", err)
	}
	rows, err := a.DB.OperationRows(r.Context(), op.ID)
	if err != nil {
		return fmt.Errorf("read the operation's rows: %w", err)
	}
	d := pages.OperationData{
		Page: a.page(w, r, op.Action+" "+op.TargetName, "history"), Operation: op, Rows: rows,
		Room: op.TargetKind == "room" && objectID.MatchString(op.TargetID) && op.Workspace == a.Workspace.ID,
	}
	if d.Changes, err = changesOf(rows); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, pages.Operation(d))
}

// changesOf is the difference that an operation made, when its rows hold the state before and after.
func changesOf(rows []db.Row) ([]form.Change, error) {
	last := rows[len(rows)-1]
	before, after := rows[0].Before, last.After
	if before == "" || after == "" {
		return nil, nil
	}
	return form.DiffJSON(before, after)
}
