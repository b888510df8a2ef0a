package web

import (
	"container/list"
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// throttleKeys is how many keys are remembered at most; the one whose last failure is longest ago goes first.
	throttleKeys = 20_000
	// firstWait is the part of the window that the first wait takes. Each further failure doubles it, up to the window.
	firstWait = 30
)

// Throttle counts failures by key and says how long to wait before the next try. Up to limit failures cost nothing; then the
// wait is a thirtieth of the window and doubles with each failure, up to the whole window. A key that doesn't fail for a whole
// window is forgotten. Keys are kept as hashes, as they may be what somebody typed. Safe for concurrent use.
type Throttle struct {
	limit  int
	window time.Duration
	now    func() time.Time

	mu    sync.Mutex
	byKey map[mark]*list.Element
	order *list.List // of *failures, the one that failed last at the back
}

type mark [sha256.Size]byte

type failures struct {
	key   mark
	count int
	last  time.Time
}

// NewThrottle makes one that lets limit failures (at least 1) pass within the window. A nil now is time.Now.
func NewThrottle(limit int, window time.Duration, now func() time.Time) *Throttle {
	if now == nil {
		now = time.Now
	}
	return &Throttle{limit: max(limit, 1), window: window, now: now, byKey: map[mark]*list.Element{}, order: list.New()}
}

// Wait is how long the slowest of the keys has to wait; 0 means go.
func (t *Throttle) Wait(keys ...string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wait(keys, t.now())
}

// Fail counts a failure for each of the keys.
func (t *Throttle) Fail(keys ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fail(keys, t.now())
}

// Clear forgets the failures of the keys.
func (t *Throttle) Clear(keys ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, key := range keys {
		if e, ok := t.byKey[markOf(key)]; ok {
			t.remove(e)
		}
	}
}

func (t *Throttle) wait(keys []string, now time.Time) time.Duration {
	var longest time.Duration
	for _, key := range keys {
		if e, ok := t.byKey[markOf(key)]; ok {
			f := e.Value.(*failures)
			longest = max(longest, t.pause(f.count)-now.Sub(f.last))
		}
	}
	return longest
}

func (t *Throttle) fail(keys []string, now time.Time) {
	t.expire(now)
	for _, key := range keys {
		m := markOf(key)
		e, ok := t.byKey[m]
		if !ok {
			e = t.order.PushBack(&failures{key: m})
			t.byKey[m] = e
		}
		f := e.Value.(*failures)
		f.count++
		f.last = now
		t.order.MoveToBack(e)
	}
	for t.order.Len() > throttleKeys {
		t.remove(t.order.Front())
	}
}

// pause is how long after its last failure a key with so many of them has to wait.
func (t *Throttle) pause(count int) time.Duration {
	if count < t.limit {
		return 0
	}
	pause := max(t.window/firstWait, 1)
	for n := t.limit; n < count && pause < t.window; n++ {
		pause *= 2
	}
	return min(pause, t.window)
}

// expire forgets the keys that have kept quiet for a window. They stand in the order of their last failure.
func (t *Throttle) expire(now time.Time) {
	for e := t.order.Front(); e != nil && now.Sub(e.Value.(*failures).last) >= t.window; e = t.order.Front() {
		t.remove(e)
	}
}

func (t *Throttle) remove(e *list.Element) {
	delete(t.byKey, e.Value.(*failures).key)
	t.order.Remove(e)
}

func markOf(key string) mark { return sha256.Sum256([]byte(key)) }
