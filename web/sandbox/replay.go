package sandbox

import (
	"slices"
	"time"
)

// How replays end, in the documents' mixed case (documentation: webhooks, "Replay status").
const (
	replayRunning    = "Running"
	replayCompleted  = "completed"
	replayPartly     = "completed_with_failures"
	replayFailed     = "failed"
	replayCanceled   = "Canceled"
	replayTerminated = "Terminated"
)

// replayEvery makes ten events a second (documentation: webhooks, "Replay").
const replayEvery = 100 * time.Millisecond

// replayRun is the sending of deliveries once more.
type replayRun struct {
	ID          string         `json:"id"`
	Seq         string         `json:"seq"`   // its place among the replays
	Asked       string         `json:"asked"` // what for, as it was written: the same words again start no second run
	Filter      deliveryFilter `json:"filter"`
	Limit       int            `json:"limit"`
	Offset      int            `json:"offset,omitzero"`
	Status      string         `json:"status"`
	StartedAt   time.Time      `json:"started_at"`
	CompletedAt time.Time      `json:"completed_at,omitzero"`
	NextAt      time.Time      `json:"next_at,omitzero"` // when the next one is sent
	Sent        int            `json:"sent,omitzero"`
	Total       int            `json:"total,omitzero"`
	Arrived     int            `json:"arrived,omitzero"` // once it is over, as the next two
	Failed      int            `json:"failed,omitzero"`
	FailedIDs   []string       `json:"failed_ids,omitzero"` // of the deliveries, as the history has them
}

func (rp *replayRun) key() string     { return rp.ID }
func (rp *replayRun) order() string   { return rp.Seq }
func (rp *replayRun) made() time.Time { return rp.StartedAt }
func (rp *replayRun) due() time.Time  { return rp.NextAt }

// replayPlan is what a replay sends, oldest first. It stands apart so that it isn't written down with each step.
type replayPlan struct {
	ID         string    `json:"id"` // the replay's
	Seq        string    `json:"seq"`
	At         time.Time `json:"at"`
	Deliveries []string  `json:"deliveries"`
}

func (p *replayPlan) key() string     { return p.ID }
func (p *replayPlan) order() string   { return p.Seq }
func (p *replayPlan) made() time.Time { return p.At }

// replayTally counts what came of the tries of a replay.
type replayTally struct{ arrived, failed int }

// movedReplayed keeps the outbox and the tallies true to the tries of replays.
func (st *state) movedReplayed(old, next **delivery) {
	st.scheduleSend(old, next)
	if old != nil {
		st.count(*old, -1)
	}
	if next != nil {
		st.count(*next, 1)
	}
}

func (st *state) count(d *delivery, n int) {
	tally := st.replayTallies[d.Replay]
	switch d.Status {
	case deliverySuccess:
		tally.arrived += n
	case deliveryFailed:
		tally.failed += n
	}
	st.replayTallies[d.Replay] = tally
	if tally == (replayTally{}) {
		delete(st.replayTallies, d.Replay)
	}
}

// step sends the next delivery of a replay.
func (rp *replayRun) step(tx *tx) {
	next := *rp
	next.Sent++
	next.NextAt = time.Time{}
	if next.Sent < next.Total {
		next.NextAt = tx.now.Add(replayEvery)
	}
	tx.replays.put(tx, &next)
	tx.replayOne(&next, tx.replayPlans.at(rp.ID).Deliveries[rp.Sent])
}

// replayOne puts a delivery on its way again, to the webhook that counts now. One that is forgotten by now fails as others do.
func (tx *tx) replayOne(rp *replayRun, id string) {
	again := &delivery{ID: tx.newID(), Status: deliveryPending, DueAt: tx.now, At: tx.now, Replay: rp.ID, Of: id}
	if of := tx.deliveries.at(id); of != nil {
		again.EventID, again.Type, again.RoomID, again.URL, again.Headers = of.EventID, of.Type, of.RoomID, of.URL, of.Headers
		if hook := tx.hook(tx.rooms.at(of.RoomID)); hook != nil {
			again.URL, again.Headers = hook.URL, hook.Headers
		}
	}
	tx.replayed.put(tx, again)
}

// settleReplayed notes the outcome of a replayed delivery where the history has it, and ends the replay with the last of them.
func (tx *tx) settleReplayed(d *delivery) {
	if of := tx.deliveries.at(d.Of); of != nil {
		next := *of
		next.Status, next.Reason, next.URL, next.Headers = d.Status, d.Reason, d.URL, d.Headers
		next.Attempts += d.Attempts
		tx.deliveries.put(tx, &next)
	}
	rp := tx.replays.at(d.Replay)
	tally := tx.replayTallies[d.Replay]
	if rp != nil && rp.Status == replayRunning && tally.arrived+tally.failed == rp.Total {
		tx.endReplay(rp, tx.conf.replayOutcome(tally))
	}
}

func (c conf) replayOutcome(tally replayTally) string {
	switch {
	case tally.failed == 0 || c.reads(ReadingReplayCompleted):
		return replayCompleted
	case tally.arrived == 0:
		return replayFailed
	}
	return replayPartly
}

// endReplay ends a replay, and notes what came of it.
func (tx *tx) endReplay(rp *replayRun, status string) {
	over, tally := *rp, tx.replayTallies[rp.ID]
	over.Status, over.CompletedAt, over.NextAt = status, tx.now, time.Time{}
	over.Arrived, over.Failed = tally.arrived, tally.failed
	for _, d := range tx.replayed.list {
		if d.Replay == rp.ID && d.Status == deliveryFailed {
			over.FailedIDs = append(over.FailedIDs, historyID(d.Of))
		}
	}
	tx.replays.put(tx, &over)
	plan := *tx.replayPlans.at(rp.ID)
	plan.Deliveries = nil // not needed any more
	tx.replayPlans.put(tx, &plan)
}

// forgetReplays lets go replays from before a time, and tries beyond those that are kept: never those of a running replay, which
// counts them.
func (st *state) forgetReplays(before time.Time) {
	forget(st.replays, eventsKept, before)
	forget(st.replayPlans, eventsKept, before)
	for tries := st.replayed; len(tries.list) > 0; {
		oldest := tries.list[0]
		rp := st.replays.at(oldest.Replay)
		if rp != nil && (rp.Status == replayRunning || len(tries.list) <= eventsKept) {
			return
		}
		tries.move(&oldest, nil)
	}
}

// newReplay starts the replay of what a filter means.
func (tx *tx) newReplay(rp replayRun) *replayRun {
	found := tx.findDeliveries(rp.Filter)
	found = found[min(rp.Offset, len(found)):]
	found = found[:min(rp.Limit, len(found))]
	rp.ID, rp.Seq = tx.newWorkflowID(), tx.newID()
	rp.Status, rp.StartedAt, rp.Total = replayRunning, tx.now, len(found)
	ids := make([]string, len(found))
	for i, d := range found {
		ids[i] = d.ID
	}
	tx.replayPlans.put(tx, &replayPlan{ID: rp.ID, Seq: rp.Seq, At: tx.now, Deliveries: ids})
	if len(found) == 0 {
		rp.Status, rp.CompletedAt = replayCompleted, tx.now
	} else {
		rp.NextAt = tx.now
	}
	tx.replays.put(tx, &rp)
	return &rp
}

// runningReplay returns the replay that runs for what was asked in the same words; nil when none does.
func (st *state) runningReplay(asked string) *replayRun {
	for _, rp := range slices.Backward(st.replays.list) {
		if rp.Status == replayRunning && rp.Asked == asked {
			return rp
		}
	}
	return nil
}
