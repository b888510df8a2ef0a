package hms

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	breakAfter  = 5 // failures in a row
	breakerBase = 2 * time.Second
	breakerMax  = 30 * time.Second

	// probeTime is what callers are told to wait while a probe is on its way.
	probeTime = time.Second
)

// ErrUnavailable is what errors.Is finds in the error of an operation that wasn't sent, because the API has not been
// answering. RetryAfter is the time to the next probe. An operation that was sent and then not repeated for this reason
// keeps the error of its last attempt.
var ErrUnavailable = errors.New("held back: the API has not been answering")

// verdict is what an attempt tells about the API itself.
type verdict int

const (
	noVerdict verdict = iota // given up by the caller, or never made
	alive                    // the API answered, with whatever
	dead                     // no connection, no answer in time, or an answer by something in front of the API
)

// breaker stops the sending once the API itself has failed several times in a row, for a short time that grows. Then one
// attempt goes through as a probe, a read or a change, whichever comes first; an answer ends it all. What comes in between fails at once.
//
// The zero value is ready, for concurrent use.
type breaker struct {
	base time.Duration // see Config.HoldBack

	mu       sync.Mutex
	failures int       // in a row
	judged   time.Time // when the last of them was known
	since    time.Time // when the first of them was sent
	problem  string    // the last of them, in words
	until    time.Time // nothing is sent before; zero: all is
	opened   int       // how often in a row
	probe    *pass     // on its way; nil: none
}

// pass lets one attempt through.
type pass struct{ sent time.Time }

// enter lets an attempt through, or says how long it is to the next probe. Who gets a pass must give it back to leave.
func (b *breaker) enter() (p *pass, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait := b.wait(); wait > 0 {
		return nil, wait
	}
	p = &pass{sent: time.Now()}
	if !b.until.IsZero() {
		b.probe = p
	}
	return p, 0
}

// wait is how long it is to the next probe; 0 where an attempt would get through. The caller holds the lock.
func (b *breaker) wait() time.Duration {
	switch {
	case b.until.IsZero():
		return 0
	case b.probe != nil:
		return probeTime
	}
	return max(time.Until(b.until), 0)
}

// held is wait for those who only ask.
func (b *breaker) held() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wait()
}

// leave takes a pass back with what its attempt told. The problem says in words what was wrong, for a dead API.
func (b *breaker) leave(p *pass, v verdict, problem string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	probing := b.probe == p
	if probing {
		b.probe = nil
	}
	switch v {
	case alive:
		b.failures, b.opened, b.until = 0, 0, time.Time{}
	case dead:
		b.fail(p, problem, probing)
	}
}

// fail counts a failure and stops the sending when it is time to. Attempts that were on their way together count once:
// one blink of the network can cut dozens of connections. The caller holds the lock.
func (b *breaker) fail(p *pass, problem string, probing bool) {
	open := !b.until.IsZero()
	if open && !probing || p.sent.Before(b.judged) {
		return
	}
	if b.failures == 0 {
		b.since = p.sent
	}
	b.failures++
	b.judged, b.problem = time.Now(), problem
	if probing || b.failures >= breakAfter {
		b.until = b.judged.Add(b.openFor())
		b.opened++
	}
}

// openFor is how long nothing is sent when that is decided once more in a row: from 1 s to 30 s, half of it by chance, so
// that many desks don't probe together. The caller holds the lock.
func (b *breaker) openFor() time.Duration {
	base := cmp.Or(b.base, breakerBase)
	full := max(base, breakerMax)
	if b.opened < 4 {
		full = min(base<<b.opened, full)
	}
	return full/2 + rand.N(full/2)
}

// state says since when the API has not been answering, in what way, and when it is tried again; ok is false when it
// has been answering.
func (b *breaker) state() (since, until time.Time, problem string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.since, b.until, b.problem, !b.until.IsZero()
}

// verdictOn says what an attempt tells about the API, and what was wrong in words that hold no address and no secret.
// Failed is nil for a success.
func verdictOn(ctx context.Context, ans answer, failed *Error) (v verdict, problem string) {
	switch {
	case failed == nil:
		return alive, ""
	case ans.status >= 500 && !byTheApp(ans, failed):
		return dead, strconv.Itoa(ans.status) + " " + http.StatusText(ans.status)
	case !failed.cut:
		return alive, "" // whole, too large or unreadable: something answered
	case ctx.Err() != nil:
		return noVerdict, ""
	case !ans.sent:
		return dead, "no connection"
	case errors.Is(failed.Err, context.DeadlineExceeded):
		return dead, "no whole answer in time"
	}
	return dead, "the connection broke"
}

// byTheApp says whether an error answer is the API's own, and not one of a proxy in front of it: only that has a code in
// its body (documentation: Errors). A fault that the API can tell of leaves its other operations alone.
func byTheApp(ans answer, failed *Error) bool {
	return failed.Code != 0 && json.Valid(ans.body)
}

// admit keeps a request back until it is its turn, and gives it a pass for one attempt. When the API has not been
// answering, or the turn is too far away, it fails at once.
func (c *Client) admit(ctx context.Context, req request, call *Call) (*pass, *Error) {
	if wait := c.breaker.held(); wait > 0 { // before the queue: nobody waits to be turned away
		return nil, req.unavailable(call, wait)
	}
	if held := c.hold(ctx, req, call); held != nil {
		return nil, held
	}
	through, wait := c.breaker.enter()
	if through == nil {
		return nil, req.unavailable(call, wait)
	}
	return through, nil
}

// unavailable is the error of a request that isn't sent because the API has not been answering.
func (r request) unavailable(call *Call, wait time.Duration) *Error {
	call.Held = HeldUnavailable
	failed := r.failure(ErrUnavailable)
	failed.RetryAfter = wait
	return failed
}
