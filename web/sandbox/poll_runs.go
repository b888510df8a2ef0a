package sandbox

import (
	"slices"
	"time"
)

// pollRun is a poll in a session: what the API calls a poll's session. A poll runs once in a session.
type pollRun struct {
	ID        string    `json:"id"`
	PollID    string    `json:"poll_id"`
	SessionID string    `json:"session_id"`
	StartedAt time.Time `json:"started_at"`
	EndsAt    time.Time `json:"ends_at,omitzero"`    // by the poll's duration; zero: it has none
	StoppedAt time.Time `json:"stopped_at,omitzero"` // zero: it runs
}

func (run *pollRun) key() string   { return run.ID }
func (run *pollRun) order() string { return run.ID }
func (run *pollRun) running() bool { return run.StoppedAt.IsZero() }

func (run *pollRun) due() time.Time {
	if !run.running() {
		return time.Time{}
	}
	return run.EndsAt
}

// step ends a poll that has run for its duration.
func (run *pollRun) step(tx *tx) { tx.stopPoll(run) }

func (st *state) movedPollRun(old, next **pollRun) {
	st.runsOf.move(old, next, func(run *pollRun) string { return run.PollID })
	st.runsIn.move(old, next, func(run *pollRun) string { return run.SessionID })
	schedule(st, "poll_run", old, next)
}

// startPolls starts the polls of a room that start with its session. Unknown ones are passed over, as they are when a room
// is linked to them.
func (tx *tx) startPolls(rm *room, se *session) {
	for _, id := range rm.Polls {
		p := tx.polls.at(id)
		if p != nil && p.Start == startAuto && tx.runOf(p.ID, se.ID) == nil {
			tx.startPoll(p, se)
		}
	}
}

// stopPolls ends the polls that run in a session.
func (tx *tx) stopPolls(se *session) {
	for _, run := range slices.Clone(tx.runsIn[se.ID]) {
		if run.running() {
			tx.stopPoll(run)
		}
	}
}

// runOf returns a poll's run in a session, over or not; nil when there was none.
func (st *state) runOf(pollID, sessionID string) *pollRun {
	for _, run := range st.runsIn[sessionID] {
		if run.PollID == pollID {
			return run
		}
	}
	return nil
}

func (tx *tx) startPoll(p *poll, se *session) *pollRun {
	run := &pollRun{ID: tx.newID(), PollID: p.ID, SessionID: se.ID, StartedAt: tx.now.Truncate(time.Millisecond)}
	if p.Duration > 0 {
		// No session is longer than sessionMax, and longer durations may be more than a time.Duration holds.
		run.EndsAt = tx.now.Add(time.Duration(min(p.Duration, seconds(sessionMax))) * time.Second)
	}
	tx.pollRuns.put(tx, run)
	return run
}

func (tx *tx) stopPoll(run *pollRun) *pollRun {
	over := *run
	over.StoppedAt = tx.now.Truncate(time.Millisecond)
	tx.pollRuns.put(tx, &over)
	return &over
}

// runReply is a run as it is answered.
type runReply struct {
	ID           string     `json:"id"`
	PollID       string     `json:"poll_id"`
	SessionID    string     `json:"session_id"`
	StartedAt    time.Time  `json:"started_at"`
	StoppedAt    *time.Time `json:"stopped_at"`
	Responses    int        `json:"total_responses"`
	Participants int        `json:"unique_participants"`
}

// shownRun counts the answers that stand, and who gave them.
func (st *state) shownRun(run *pollRun) any {
	reply := runReply{ID: run.ID, PollID: run.PollID, SessionID: run.SessionID, StartedAt: run.StartedAt}
	if !run.running() {
		reply.StoppedAt = &run.StoppedAt
	}
	voters := map[string]bool{}
	for _, re := range st.answersIn[run.ID] {
		if !re.Superseded {
			reply.Responses++
			voters[re.Voter] = true
		}
	}
	reply.Participants = len(voters)
	return reply
}
