package sandbox

import (
	"math"
	"sync"
	"time"
)

// endOfTime is where the sandbox's time ends: ids, which have its seconds in 32 bits, would begin anew soon after.
var endOfTime = time.Date(2106, time.January, 1, 0, 0, 0, 0, time.UTC)

// speedMax is how fast the time can go: a day passes in less than a tenth of a second.
const speedMax = 1_000_000

// clock is the sandbox's time: that of the machine, or of a test, which can be moved ahead, sped up and stopped. It never goes
// back.
type clock struct {
	mu    sync.Mutex
	base  func() time.Time // the machine's, or a test's
	from  time.Time        // when base said this ...
	at    time.Time        // ... the sandbox's time was this
	speed float64          // how fast it goes from there; 1 is as the base does, 0 stands still
}

func newClock(base func() time.Time, ahead time.Duration, speed float64) *clock {
	now := base()
	return &clock{base: base, from: now, at: now.Add(ahead), speed: speed}
}

// now returns the sandbox's time in UTC.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read().UTC()
}

func (c *clock) read() time.Time {
	passed := c.base().Sub(c.from)
	if c.speed != 1 {
		passed = length(float64(passed) * c.speed)
	}
	return earlier(c.at.Add(passed), endOfTime)
}

// length is so many nanoseconds, or the longest there are.
func length(nanos float64) time.Duration {
	if nanos >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(nanos)
}

// leapTo moves the time ahead to t; one that has passed changes nothing.
func (c *clock) leapTo(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.read(); t.After(now) {
		c.from, c.at = c.base(), t
	}
}

// setSpeed makes the time go on at this speed.
func (c *clock) setSpeed(speed float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.from, c.at, c.speed = c.base(), c.read(), speed
}

// ahead is how far the sandbox's time is before that of its base.
func (c *clock) ahead() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read().Sub(c.base())
}

// real is the time of the base in UTC: tokens are checked by it, because whoever signs them can't know that the sandbox's time
// was moved.
func (c *clock) real() time.Time { return c.base().UTC() }

// until returns how long it takes, by the base, until the sandbox's time is t; ok is false when it never will be.
func (c *clock) until(t time.Time) (d time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := t.Sub(c.read())
	switch {
	case left <= 0:
		return 0, true
	case c.speed <= 0 || t.After(endOfTime):
		return 0, false
	}
	return length(float64(left) / c.speed), true
}

// pace is the speed.
func (c *clock) pace() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.speed
}
