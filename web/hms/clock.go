package hms

import (
	"net/http"
	"sync"
	"time"
)

const (
	clockMemory = 10 * time.Minute // clocks drift and are set: what was seen earlier says nothing
	clockSlot   = time.Minute      // observations are merged by the minute, so that memory stays small
)

// bounds is what is known of the API's clock minus ours: between lo and hi.
type bounds struct {
	lo, hi time.Duration
}

func (b bounds) meet(other bounds) bounds {
	return bounds{lo: max(b.lo, other.lo), hi: min(b.hi, other.hi)}
}

func (b bounds) contradictory() bool { return b.lo > b.hi }

// slot is what the observations of about a minute have in common.
type slot struct {
	first time.Time
	bounds
}

// serverClock learns the API's clock from the Date headers of its answers. The zero value is ready, for concurrent use.
type serverClock struct {
	mu    sync.Mutex
	slots []slot // oldest first
}

// observe learns from an answer that was written at some time between sent and received by our clock. Its date has
// whole seconds: the API's clock then showed date or up to a second more.
func (c *serverClock) observe(header http.Header, sent, received time.Time) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil || header.Get("Age") != "" {
		return // no date, or a cache's copy with the date of another answer
	}
	seen := bounds{lo: date.Sub(received), hi: date.Add(time.Second).Sub(sent)}
	if seen.contradictory() {
		return // our own clock was set back while we waited
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(received)
	c.add(seen, received)
	if known, _ := c.known(); known.contradictory() {
		c.slots = []slot{{first: received, bounds: seen}} // one of the clocks was set: the newest counts
	}
}

func (c *serverClock) add(seen bounds, at time.Time) {
	if n := len(c.slots); n > 0 && at.Sub(c.slots[n-1].first) < clockSlot {
		newest := &c.slots[n-1]
		newest.bounds = newest.meet(seen)
		return
	}
	c.slots = append(c.slots, slot{first: at, bounds: seen})
}

// forget drops what was seen too long before now, and, when our clock was set back, what seems to come from the future.
func (c *serverClock) forget(now time.Time) {
	kept := c.slots[:0]
	for _, s := range c.slots {
		if now.Sub(s.first) < clockMemory && s.first.Sub(now) < clockSlot {
			kept = append(kept, s)
		}
	}
	c.slots = kept
}

// known is what all slots have in common; false when there are none.
func (c *serverClock) known() (bounds, bool) {
	if len(c.slots) == 0 {
		return bounds{}, false
	}
	known := c.slots[0].bounds
	for _, s := range c.slots[1:] {
		known = known.meet(s.bounds)
	}
	return known, true
}

// ServerClock says what the API's own clock can have shown at our time at, judging by the answers of the last ten minutes:
// no earlier than earliest and no later than latest. They are at least a little apart, as answers carry whole seconds.
// It is not ok when there was no answer. Compared with a room's created_at it tells whether the room existed before.
func (c *Client) ServerClock(at time.Time) (earliest, latest time.Time, ok bool) {
	c.clock.mu.Lock()
	defer c.clock.mu.Unlock()
	c.clock.forget(c.now())
	known, ok := c.clock.known()
	if !ok {
		return time.Time{}, time.Time{}, false
	}
	return at.Add(known.lo), at.Add(known.hi), true
}
