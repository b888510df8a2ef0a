// Package jobs is what runs in the background: settling open intents, comparing rooms and templates with the API,
// feeding the search index, signing history, removing what is too old, housekeeping.
//
// It knows the ledger and the database. It must not know requests or pages.
package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
)

// How often things happen.
const (
	settleEvery  = time.Second
	refreshEvery = 5 * time.Minute
	feedEvery    = 500 * time.Millisecond // what is newer is found all the same; few larger portions make a better index
	tidyEvery    = time.Hour
	pruneEvery   = 24 * time.Hour
	busyGrowth   = 500                 // rows between two looks at the index that mean: the desk is busy, feeding it can wait
	longestWait  = 40_000              // rows that it waits for at most; until they are fed they are found by reading them
	tokensKept   = 30 * 24 * time.Hour // how long a form can be sent again and get its first answer
)

// Jobs runs in the background from Run to the end of its context.
type Jobs struct {
	Ledger    *ledger.Ledger
	DB        *db.DB
	Workspace string // id
	Log       *slog.Logger

	Witnesses *Witnesses // get each checkpoint

	refresh chan struct{}
	pruning chan struct{}
	problem string // the settling problem that was logged last
	unfed   string // the problem with the search index that was logged last
	head    int64  // of history, when the index was looked at last
	down    bool   // the API didn't answer when it was asked last
}

// New returns Jobs, ready to run.
func New(l *ledger.Ledger, d *db.DB, workspace string, log *slog.Logger) *Jobs {
	return &Jobs{
		Ledger: l, DB: d, Workspace: workspace, Log: log, refresh: make(chan struct{}, 1), pruning: make(chan struct{}, 1),
		Witnesses: NewWitnesses(d, nil, log, "", ""),
	}
}

// RefreshSoon asks for the room index to be compared with the API now. It doesn't wait.
func (j *Jobs) RefreshSoon() { soon(j.refresh) }

// PruneSoon asks for history that is older than the policy says to be removed now. It doesn't wait.
func (j *Jobs) PruneSoon() { soon(j.pruning) }

func soon(job chan<- struct{}) {
	select {
	case job <- struct{}{}:
	default: // one is due already
	}
}

// Run works until ctx ends. It never fails: what goes wrong is logged and tried again. Each job has a goroutine of its
// own: reading a hundred thousand rooms must not hold back the settling.
func (j *Jobs) Run(ctx context.Context) error {
	var running sync.WaitGroup
	running.Go(func() { every(ctx, settleEvery, nil, j.settleOpen) })
	running.Go(func() { every(ctx, refreshEvery, j.refresh, j.compare) })
	running.Go(func() { every(ctx, feedEvery, nil, j.feedSearch) })
	running.Go(func() { every(ctx, tidyEvery, nil, j.tidy) })
	running.Go(func() { every(ctx, checkpointLook, nil, j.checkpoint) })
	running.Go(func() { every(ctx, pruneEvery, j.pruning, j.prune) })
	running.Wait()
	j.lastCheckpoint(ctx)
	return nil
}

// every does a job now, then each period and whenever sooner says so, until ctx ends.
func every(ctx context.Context, period time.Duration, sooner <-chan struct{}, do func(context.Context)) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		do(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-sooner:
		}
	}
}

// settleOpen settles, once it is known that the API answers: where it hasn't been, this is what finds out that it does
// again, also while nobody uses the desk and nothing is open.
func (j *Jobs) settleOpen(ctx context.Context) {
	if !j.answers(ctx) {
		return
	}
	closed, left, err := j.Ledger.Settle(ctx)
	if closed > 0 {
		j.Log.InfoContext(ctx, "settled open operations", "closed", closed, "left", left)
	}
	problem := ""
	if err != nil {
		problem = err.Error()
	}
	if problem != "" && problem != j.problem && ctx.Err() == nil {
		j.Log.WarnContext(ctx, "operations stay open", "left", left, "err", err)
	}
	j.problem = problem
}

// answers says whether the API answers as far as we know, and logs when that changes.
func (j *Jobs) answers(ctx context.Context) bool {
	err := j.Ledger.Probe(ctx)
	switch {
	case ctx.Err() != nil:
		return false
	case err != nil && !j.down:
		j.Log.WarnContext(ctx, "100ms doesn't answer", "err", err)
	case err == nil && j.down:
		j.Log.InfoContext(ctx, "100ms answers again")
		j.RefreshSoon() // which may have failed meanwhile
	}
	j.down = err != nil
	return !j.down
}

// recordingsAtOnce bounds how many templates' recording configurations one comparison reads.
const recordingsAtOnce = 50

// compare compares what we know with the API: the templates, which are few, then the rooms.
func (j *Jobs) compare(ctx context.Context) {
	j.observeTemplates(ctx)
	j.refreshRooms(ctx)
}

func (j *Jobs) observeTemplates(ctx context.Context) {
	n, err := j.Ledger.ObserveTemplates(ctx, recordingsAtOnce)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		j.Log.WarnContext(ctx, "templates not compared with history", "err", err)
	default:
		j.Log.InfoContext(ctx, "templates compared with history", "templates", n)
	}
}

func (j *Jobs) refreshRooms(ctx context.Context) {
	start := time.Now()
	n, err := j.Ledger.RefreshRooms(ctx)
	if ctx.Err() != nil {
		return
	}
	problem, at := "", start
	if err != nil {
		at = time.Time{} // not all was read, so the list is as old as before
		problem = "The list of rooms couldn't be read from 100ms. It is tried again every few minutes."
		j.Log.WarnContext(ctx, "room index not refreshed", "err", err)
	} else {
		j.Log.InfoContext(ctx, "room index refreshed", "rooms", n, "took", time.Since(start))
	}
	err = j.DB.InTx(ctx, func(tx *db.Tx) error { return tx.SetIndexState(j.Workspace, at, problem) })
	if err != nil && ctx.Err() == nil {
		j.Log.ErrorContext(ctx, "state of the room index not kept", "err", err)
	}
}

// longFeed is from how many history rows on it is told that the search index was fed.
const longFeed = 10_000

func (j *Jobs) feedSearch(ctx context.Context) {
	if j.busy(ctx) {
		return
	}
	start := time.Now()
	n, err := j.DB.FeedSearch(ctx)
	if ctx.Err() != nil {
		return
	}
	if n >= longFeed {
		j.Log.InfoContext(ctx, "search index fed", "rows", n, "took", time.Since(start))
	}
	problem := ""
	if err != nil {
		problem = err.Error()
	}
	if problem != "" && problem != j.unfed {
		j.Log.WarnContext(ctx, "search index not fed", "err", err)
	}
	j.unfed = problem
}

// busy says whether so much is being written that the search index had better wait.
func (j *Jobs) busy(ctx context.Context) bool {
	fed, head, err := j.DB.SearchState(ctx)
	if err != nil {
		return false // feeding tells what is wrong
	}
	before := j.head
	j.head = head
	return mayWait(before, fed, head)
}

// mayWait says whether an index that goes to fed of head rows of history, before which there were so many, need not be fed now. A new
// index is filled at once.
func mayWait(before, fed, head int64) bool {
	return before > 0 && fed > 0 && head-before > busyGrowth && head-fed < longestWait
}

func (j *Jobs) tidy(ctx context.Context) {
	now := time.Now()
	err := j.DB.InTx(ctx, func(tx *db.Tx) error {
		if _, err := tx.DropExpiredSessions(now); err != nil {
			return err
		}
		return tx.DropFormTokens(now.Add(-tokensKept))
	})
	if err != nil && ctx.Err() == nil {
		j.Log.ErrorContext(ctx, "old sessions and form tokens not dropped", "err", err)
	}
}

// prune removes history that is older than the policy says, if there is such a policy.
func (j *Jobs) prune(ctx context.Context) {
	rows, err := j.Ledger.Prune(ctx, ledger.Change{Actor: ledger.System})
	if rows > 0 {
		j.Log.InfoContext(ctx, "removed old history", "rows", rows)
	}
	if err != nil && ctx.Err() == nil {
		j.Log.ErrorContext(ctx, "old history not removed", "err", err)
	}
}
