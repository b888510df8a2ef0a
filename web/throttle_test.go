package web

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that stands still until it is moved.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

func newThrottle(limit int) (*Throttle, *clock) {
	c := &clock{time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	return NewThrottle(limit, 15*time.Minute, c.now), c
}

func TestThrottleWaitGrows(t *testing.T) {
	th, _ := newThrottle(5)
	want := []time.Duration{
		0, 0, 0, 0, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute,
		15 * time.Minute, 15 * time.Minute,
	}
	for i, w := range want {
		th.Fail("a@example.org")
		if got := th.Wait("a@example.org"); got != w {
			t.Errorf("after %d failures: wait %s, want %s", i+1, got, w)
		}
	}
	for range 200 { // far beyond any doubling that would overflow
		th.Fail("a@example.org")
	}
	if got := th.Wait("a@example.org"); got != 15*time.Minute {
		t.Errorf("after many failures: wait %s", got)
	}
}

func TestThrottleWaitPasses(t *testing.T) {
	th, c := newThrottle(1)
	th.Fail("a")
	c.advance(29 * time.Second)
	if got := th.Wait("a"); got != time.Second {
		t.Errorf("wait %s, want 1s", got)
	}
	c.advance(time.Second)
	if got := th.Wait("a"); got != 0 {
		t.Errorf("wait %s, want 0", got)
	}
	th.Fail("a")
	if got := th.Wait("a"); got != time.Minute {
		t.Errorf("the next wait is %s, want 1m: it was not forgotten yet", got)
	}
	c.advance(15 * time.Minute)
	th.Fail("a")
	if got := th.Wait("a"); got != 30*time.Second {
		t.Errorf("after a quiet window: wait %s, want 30s", got)
	}
}

func TestThrottleKeys(t *testing.T) {
	th, c := newThrottle(2)
	th.Fail("account", "address")
	th.Fail("account")
	if th.Wait("address") != 0 || th.Wait("other") != 0 || th.Wait() != 0 {
		t.Error("a key waits for another's failures")
	}
	c.advance(10 * time.Second)
	if got := th.Wait("address", "account"); got != 20*time.Second {
		t.Errorf("the slower key: wait %s, want 20s", got)
	}
	th.Clear("account", "unknown")
	if th.Wait("account") != 0 {
		t.Error("still waits after a success")
	}
	th.Fail("account")
	if th.Wait("account") != 0 {
		t.Error("a success did not clear the count")
	}
}

func TestThrottleMemoryIsBounded(t *testing.T) {
	th, c := newThrottle(1)
	th.Fail("first")
	th.Fail("second")
	c.advance(time.Second)
	th.Fail("first") // no longer the oldest
	for i := range throttleKeys - 1 {
		th.Fail(strconv.Itoa(i))
	}
	if len(th.byKey) != throttleKeys || th.order.Len() != throttleKeys {
		t.Errorf("%d keys, %d in order, want %d", len(th.byKey), th.order.Len(), throttleKeys)
	}
	if th.Wait("second") != 0 || th.Wait("first") == 0 {
		t.Error("it was not the oldest that went")
	}
	c.advance(15 * time.Minute)
	th.Fail("later")
	if len(th.byKey) != 1 || th.order.Len() != 1 {
		t.Errorf("%d keys after a quiet window, want 1", len(th.byKey))
	}
}

func TestThrottleDoesNotKeepWhatWasTyped(t *testing.T) {
	th, _ := newThrottle(1)
	th.Fail("correct horse")
	for e := th.order.Front(); e != nil; e = e.Next() {
		if dump := fmt.Sprintf("%s", e.Value); strings.Contains(dump, "horse") {
			t.Errorf("kept: %s", dump)
		}
	}
}

func TestThrottleIsSafe(t *testing.T) {
	th := NewThrottle(0, time.Minute, nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 100 {
				key := strconv.Itoa((i + n) % 5)
				th.Fail(key)
				th.Wait(key)
				th.Clear(key)
			}
		})
	}
	wg.Wait()
	if len(th.byKey) != th.order.Len() {
		t.Errorf("%d keys, %d in order", len(th.byKey), th.order.Len())
	}
}
