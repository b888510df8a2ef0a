package sandbox

import (
	"container/heap"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// timed is an object that something will happen to by itself: a recording that is about to run, a peer that is about to leave.
type timed interface {
	entity
	due() time.Time // when; zero: nothing is to come
	step(*tx)       // lets it happen, at tx.now. It must put the object anew with another due time
}

// agenda knows what is due when. Entries that were overtaken by a change of their object stay in the heap and are left out when
// their turn comes.
type agenda[T entity] struct {
	current map[string]entry[T]
	queue   entries[T]
	count   uint64
}

type entry[T entity] struct {
	v    T
	at   time.Time
	turn uint64 // of those at the same time the first comes first
}

// set notes that v is due at a time; a zero one means never.
func (a *agenda[T]) set(key string, v T, at time.Time) {
	if a.current == nil {
		a.current = map[string]entry[T]{}
	}
	if at.IsZero() {
		delete(a.current, key)
		return
	}
	a.count++
	e := entry[T]{v, at, a.count}
	a.current[key] = e
	heap.Push(&a.queue, keyed[T]{key, e})
	if len(a.queue) > 2*len(a.current)+overtakenMax {
		a.tidy()
	}
}

// overtakenMax is how many overtaken entries an agenda may hold however short it is.
const overtakenMax = 100

// tidy lets go the entries that were overtaken, which would stay until their turn comes: for hours, where somebody mutes a track
// again and again.
func (a *agenda[T]) tidy() {
	a.queue = slices.DeleteFunc(a.queue, func(e keyed[T]) bool { return a.current[e.key].turn != e.turn })
	heap.Init(&a.queue)
}

// next returns when something is due first; zero: nothing is.
func (a *agenda[T]) next() time.Time {
	for len(a.queue) > 0 {
		first := a.queue[0]
		if a.current[first.key].turn == first.turn {
			return first.at
		}
		heap.Pop(&a.queue)
	}
	return time.Time{}
}

// take returns what is due first, if it is due at now, and forgets it.
func (a *agenda[T]) take(now time.Time) (first keyed[T], ok bool) {
	next := a.next()
	if next.IsZero() || next.After(now) {
		return keyed[T]{}, false
	}
	first = heap.Pop(&a.queue).(keyed[T])
	delete(a.current, first.key)
	return first, true
}

type keyed[T entity] struct {
	key string
	entry[T]
}

type entries[T entity] []keyed[T]

func (e entries[T]) Len() int { return len(e) }
func (e entries[T]) Less(i, j int) bool {
	if !e[i].at.Equal(e[j].at) {
		return e[i].at.Before(e[j].at)
	}
	return e[i].turn < e[j].turn
}
func (e entries[T]) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *entries[T]) Push(x any)   { *e = append(*e, x.(keyed[T])) }
func (e *entries[T]) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	(*e)[last] = keyed[T]{}
	*e = (*e)[:last]
	return x
}

// schedule keeps the agenda true to an object of the given kind; use it in a table's moved.
func schedule[T timed](st *state, kind string, old, next *T) {
	switch {
	case next != nil:
		st.agenda.set(kind+"/"+(*next).key(), *next, (*next).due())
	case old != nil:
		st.agenda.set(kind+"/"+(*old).key(), *old, time.Time{})
	}
}

// noteNext publishes when something is due first, so that it can be asked without the lock. Call it with mu held.
func (st *state) noteNext() {
	st.nextStep.Store(nanos(st.agenda.next()))
	st.nextSend.Store(never)
	if st.out < sendsAtOnce {
		st.nextSend.Store(nanos(st.outbox.next()))
	}
}

// never is beyond all times.
const never = math.MaxInt64

// nanos is t for comparing; a zero time is never.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return t.UnixNano()
}

// somethingDue says whether the state has to be brought up to date before it is looked at.
func (s *Server) somethingDue() bool {
	next := s.state.nextStep.Load()
	return next != never && next <= s.clock.now().UnixNano()
}

// stepRetry is how long a step that could not be kept waits before it is tried again.
const stepRetry = time.Second

// runUntil lets everything happen that is due at now, each at its own time and in its order. When something can't be kept it fails
// and says what; nothing of it has changed, so it is tried again later. Call it with mu held for writing.
func (st *state) runUntil(now time.Time) (what string, err error) {
	for {
		due, ok := st.agenda.take(now)
		if !ok {
			return "", nil
		}
		at := later(due.at, st.happened) // what had to wait must not happen before what went ahead of it
		err := st.inTx(at, func(tx *tx) error { due.v.step(tx); return nil })
		if err != nil {
			st.agenda.set(due.key, due.v, now.Add(stepRetry))
			return due.key, err
		}
	}
}

// runDue is runUntil for a sandbox that serves.
func (s *Server) runDue(now time.Time) {
	if what, err := s.state.runUntil(now); err != nil && !errors.Is(err, errClosed) {
		s.log.Error("sandbox: something due could not be kept", "object", what, "err", err)
	}
}

// catchUp brings the state up to date.
func (s *Server) catchUp() {
	s.state.mu.Lock()
	defer s.unlock()
	s.runDue(s.clock.now())
}

// unlock lets mu go after a change, and sees to it that what is due next happens in time.
func (s *Server) unlock() {
	s.state.noteNext()
	s.state.mu.Unlock()
	s.arm()
}

// arm sets the timer to the moment when something is due next. A sandbox with the clock of a test has none: Advance and the
// requests themselves bring it up to date.
func (s *Server) arm() {
	if s.fakeClock {
		return
	}
	s.timerMu.Lock()
	defer s.timerMu.Unlock()
	// Read with the lock held: of two that arm it at once, the later one has to see what is due first.
	next := min(s.state.nextStep.Load(), s.state.nextSend.Load())
	if s.closed || next == never || next == s.armed {
		return
	}
	wait, ok := s.clock.until(time.Unix(0, next))
	if !ok {
		return
	}
	s.armed = next
	if s.timer == nil {
		s.timer = time.AfterFunc(wait, s.wake)
		return
	}
	s.timer.Reset(wait)
}

// disarm stops the timer; what is due waits.
func (s *Server) disarm() {
	s.timerMu.Lock()
	defer s.timerMu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	s.armed = never
}

// wake lets happen what is due and sends what is to be sent.
func (s *Server) wake() {
	s.timerMu.Lock()
	s.armed = never
	closed := s.closed
	s.timerMu.Unlock()
	if closed {
		return
	}
	s.catchUp()
	s.sendDue(s.clock.now())
	s.arm()
}

// Advance moves the sandbox's time ahead by d and lets everything happen that is due on the way, in its order and each at its
// own time; webhooks are sent, and their answers waited for. With 0 it settles what is due now. It fails beyond the year 2105,
// after Close, and when something of it can't be kept: then the time stays where that was due.
func (s *Server) Advance(d time.Duration) error {
	target := s.clock.now().Add(max(d, 0))
	if target.After(endOfTime) {
		return errTimeEnds
	}
	for {
		if err := s.settle(); err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
		next := min(s.state.nextStep.Load(), s.state.nextSend.Load())
		if next > target.UnixNano() {
			break
		}
		s.clock.leapTo(time.Unix(0, next))
	}
	s.clock.leapTo(target)
	return s.keepTime()
}

// settle lets everything happen that is due now, and waits for what it sends. It fails when nothing can happen any more, or
// nothing be kept: trying again would come to no end.
func (s *Server) settle() error {
	if s.sending.Err() != nil {
		return errClosed
	}
	st := s.state
	st.mu.Lock()
	st.unkept = nil
	s.runDue(s.clock.now())
	s.unlock()
	s.sendDue(s.clock.now())
	s.waitForSends()
	st.mu.RLock()
	defer st.mu.RUnlock()
	return st.unkept
}

// SetSpeed makes the sandbox's time go at a multiple of the real one; 0 stops it. It fails for a speed that is negative, over a
// million or not a number, and when the change can't be kept.
func (s *Server) SetSpeed(speed float64) error {
	if !(speed >= 0 && speed <= speedMax) {
		return fmt.Errorf("sandbox: the speed must be from 0 to %d, not %v", speedMax, speed)
	}
	s.clock.setSpeed(speed)
	s.disarm()
	defer s.arm()
	return s.keepTime()
}

// keepTime writes down how far ahead the sandbox's time is, so that it doesn't go back after a restart.
func (s *Server) keepTime() error {
	return s.update(func(tx *tx) error {
		next := *tx.workspace()
		next.Ahead = s.clock.ahead()
		tx.workspaces.put(tx, &next)
		return nil
	})
}
