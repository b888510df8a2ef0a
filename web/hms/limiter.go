package hms

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

const (
	// When nothing is known yet, or the last cut wasn't enough, the rate is halved, and is back where it was after 50 s.
	// Where it had been fine for a while the limit is close by: a tenth less, and the limit is tried again every 40 s.
	cutDeep, climbFast = 0.5, 0.01 // of the rate that was refused; what it gains each second
	cutSlight, climb   = 0.9, 0.0025

	minClimb  = 0.05             // calls a second, gained each second: from a low rate the way up mustn't last for ever
	minRate   = 1.0              // calls a second: less is of no use to anybody, and announced waits are kept anyway
	soon      = 5 * time.Second  // a 429 within it, after the rate was cut: the cut wasn't enough
	liftAfter = 10 * time.Minute // without a 429: what made the API refuse is over

	minWall = time.Second      // left alone after a 429, also where it announces less or nothing
	maxWall = 10 * time.Minute // how long one 429 can hold back others: a mistaken wait must not lock us out for a day
)

var errWall = errors.New("held back: the API asked to wait after an earlier request")

// limiter learns from 429s how fast the API lets us call: no limit is documented (documentation: Limits). It starts
// without one. A 429 holds everybody back for the announced wait and sets a rate below the one that was being sent; from
// there it climbs evenly to the next 429, or until it is lifted. Under a rate calls are spread evenly and never come in
// a bunch: an API that counts short spans would refuse even three at once.
//
// Calls go in the order in which they came, without a fast lane for people: a bulk run has no more calls in the queue
// than it has workers, so whoever comes waits for one round of them at most.
//
// The zero value is ready, for concurrent use.
type limiter struct {
	mu    sync.Mutex
	until time.Time // the end of the announced wait
	rate  float64   // calls a second as of from; 0: no limit
	step  float64   // what the rate gains each second
	from  time.Time // when the climb begins: nothing is learned while nothing is sent
	since time.Time // when the limit was first met
	cut   time.Time // when the rate was last cut: what was sent before tells nothing about it
	next  time.Time // the first free turn
	round int       // goes up with each cut; turns of an earlier round came from a rate that was too high
	sent  tally
}

// turn reserves the next turn for a caller who is ready to wait for it that long. It returns how long the wait is, and
// the round that the turn is of. Who doesn't want to wait takes no turn away from others.
func (l *limiter) turn(ready time.Duration) (wait time.Duration, round int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.lift(now)
	at := l.free(now)
	if wait = at.Sub(now); wait > 0 && wait > ready {
		return wait, l.round, false
	}
	if l.rate > 0 {
		l.next = at.Add(interval(l.limit(at)))
	}
	return wait, l.round, true
}

// leave says whether a turn of this round, whose time has come, is still good. If so, the call counts as sent now.
func (l *limiter) leave(round int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if round != l.round || l.until.After(now) {
		return false
	}
	l.sent.add(now)
	return true
}

// refused learns from a 429 that asks for a wait; sent is when its request went out. A longer wait from before stays.
func (l *limiter) refused(sent time.Time, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.lift(now)
	if sent.After(l.cut) { // else it is one of a crowd that was on its way already
		l.slow(now)
	}
	if until := now.Add(min(max(wait, minWall), maxWall)); until.After(l.until) {
		l.until, l.from = until, until
	}
}

// slow sets the rate below the one that is being sent. The caller holds the lock.
func (l *limiter) slow(now time.Time) {
	was, part, gain := l.sent.rate(now), cutDeep, climbFast
	if l.rate > 0 {
		was = min(was, l.limit(now))
		if now.Sub(l.from) > soon {
			part, gain = cutSlight, climb
		}
	} else {
		l.since = now
	}
	l.rate, l.step = max(was*part, minRate), max(was*gain, minClimb)
	l.from, l.cut, l.next = now, now, now.Add(interval(l.rate))
	l.round++
}

// lift forgets a limit that wasn't met for long. The caller holds the lock.
func (l *limiter) lift(now time.Time) {
	if l.rate > 0 && now.Sub(l.from) >= liftAfter {
		l.rate, l.next = 0, time.Time{}
	}
}

// limit is the rate at a time, where there is one. The caller holds the lock.
func (l *limiter) limit(at time.Time) float64 {
	return l.rate + l.step*max(at.Sub(l.from), 0).Seconds()
}

// free is the first free turn from now on. The caller holds the lock.
func (l *limiter) free(now time.Time) time.Time {
	at := now
	for _, earliest := range []time.Time{l.until, l.next} {
		if earliest.After(at) {
			at = earliest
		}
	}
	return at
}

// state is the rate now, 0 without a limit; since when there is one; and when a call that came now would be sent.
func (l *limiter) state() (rate float64, since, free time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.lift(now)
	if l.rate == 0 {
		return 0, time.Time{}, now
	}
	return l.limit(now), l.since, l.free(now)
}

// interval is the time between two calls at a rate.
func interval(rate float64) time.Duration {
	return time.Duration(float64(time.Second) / rate)
}

// tally counts by the second.
type tally struct {
	begin         time.Time // of the current second
	count, before float64   // in it, and in the one before
}

func (t *tally) add(now time.Time) {
	t.turn(now)
	t.count++
}

// rate is the count of the busier one of the last two seconds, at least 1.
func (t *tally) rate(now time.Time) float64 {
	t.turn(now)
	return max(t.count, t.before, 1)
}

// turn begins a new second when it is time to.
func (t *tally) turn(now time.Time) {
	switch past := now.Sub(t.begin); {
	case past >= 2*time.Second:
		t.begin, t.count, t.before = now, 0, 0
	case past >= time.Second:
		t.begin, t.count, t.before = t.begin.Add(time.Second), 0, t.count
	}
}

// hold waits for the request's turn. When that takes too long it fails at once.
func (c *Client) hold(ctx context.Context, req request, call *Call) *Error {
	limiter, ready := c.limiterOf(req), patience(ctx)
	for began := time.Now(); ; {
		wait, round, ok := limiter.turn(ready - time.Since(began))
		if !ok {
			call.Held = HeldRate
			return req.overRate(wait, errWall)
		}
		if wait > 0 {
			if err := sleep(ctx, wait); err != nil {
				return req.overRate(wait, err)
			}
		}
		if limiter.leave(round) {
			return nil
		}
	}
}

// overRate is the error of a request that isn't sent because the API has asked us to slow down.
func (r request) overRate(wait time.Duration, err error) *Error {
	failed := r.failure(err)
	failed.Status = http.StatusTooManyRequests
	failed.RetryAfter = wait
	return failed
}

// limiterOf returns the limiter that a request is subject to. The webhooks' delivery history has one of its own: it is
// the only thing with a documented 429 (documentation: Analytics, "List webhook events"), which says nothing about rooms.
func (c *Client) limiterOf(req request) *limiter {
	if req.ofHistory() {
		return c.history
	}
	return c.limiter
}

// ofHistory says whether a request is about the webhooks' delivery history, or replays it.
func (r request) ofHistory() bool {
	return len(r.segments) > 1 && r.segments[0] == "analytics" && r.segments[1] == "webhooks"
}
