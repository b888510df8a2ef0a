package hms

import (
	"context"
	"time"
)

// State is how the API is doing, as far as our calls tell.
type State string

// The states of Health.
const (
	StateOK          State = "ok"
	StateLimited     State = "limited"     // it has refused calls for their rate: they are spread
	StateUnavailable State = "unavailable" // it has not been answering: nothing is sent but a probe now and then
)

// Health is what a Client knows about the API at a moment, from the calls it made. The limit of the webhooks' history,
// which is one of its own, isn't in it.
type Health struct {
	State   State
	Since   time.Time // when that began: the first failure, the first refusal; zero when all is well
	Until   time.Time // when the next call can go out: a probe, or the end of the queue; in the past: at once
	Rate    float64   // calls a second that may be sent; 0: no limit is known
	Problem string    // unavailable: what the last failure was; it holds no address and no secret
}

// Held says whether a call made at a time would fail at once or wait for so long that a person notices.
func (h Health) Held(now time.Time) bool {
	return h.State == StateUnavailable || h.State == StateLimited && h.Until.Sub(now) >= time.Second
}

// Health returns what is known about the API now. It asks nothing.
func (c *Client) Health() Health {
	rate, limited, free := c.limiter.state()
	if since, until, problem, down := c.breaker.state(); down {
		return Health{State: StateUnavailable, Since: since, Until: until, Rate: rate, Problem: problem}
	}
	if rate == 0 {
		return Health{State: StateOK}
	}
	return Health{State: StateLimited, Since: limited, Until: free, Rate: rate}
}

// Probe finds out whether the API answers again, when it hasn't been and a probe is due; while all is well it does
// nothing. It returns nil when the API is available as far as we know, and else an error that may be ErrUnavailable.
// Called every now and then, it notices a recovery without anybody else calling.
func (c *Client) Probe(ctx context.Context) error {
	if c.Health().State != StateUnavailable {
		return nil
	}
	if c.breaker.held() > 0 {
		return ErrUnavailable
	}
	_, err := c.ListRooms(ctx, RoomQuery{Limit: probeLimit})
	if c.Health().State != StateUnavailable {
		return nil // it may have refused, but it answered
	}
	return err
}

// probeLimit is the shortest list that may be asked for (documentation: Pagination).
const probeLimit = 10
