package sandbox

import (
	"errors"
	"math"
	"time"

	"golang.org/x/time/rate"
)

// Behaviour is how the sandbox treats every request; it can be changed while it serves.
type Behaviour struct {
	Rate    float64       // requests a second before 429, with one second's worth at once; 0: no limit
	Latency time.Duration // added to every answer
	Jitter  time.Duration // added besides, from nothing to so much
}

var errBehaviour = errors.New("the rate, the latency and the jitter must not be negative")

// SetBehaviour changes how the sandbox treats requests from now on. It fails when a value is negative or not a number.
func (s *Server) SetBehaviour(b Behaviour) error {
	if b.Rate < 0 || math.IsNaN(b.Rate) || math.IsInf(b.Rate, 0) || b.Latency < 0 || b.Jitter < 0 {
		return errBehaviour
	}
	var limiter *rate.Limiter
	if b.Rate > 0 {
		limiter = rate.NewLimiter(rate.Limit(b.Rate), max(1, int(math.Ceil(b.Rate))))
	}
	s.limiter.Store(limiter)
	s.how.Store(&b)
	return nil
}

func (s *Server) behaviour() Behaviour { return *s.how.Load() }
