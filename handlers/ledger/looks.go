package ledger

import (
	"sync"
	"time"
)

// mostBetweenLooks is how long an operation that can't be told of is left alone at most.
const mostBetweenLooks = 5 * time.Minute

// looks remembers how looking at open operations ended. The zero value is ready, for concurrent use.
type looks struct {
	mu  sync.Mutex
	all map[string]look // by operation
}

// look is the newest look at an open operation.
type look struct {
	why  string
	at   time.Time
	wait time.Duration // until the next one
}

// due says whether it is time to look at an operation.
func (s *looks) due(operation string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.all[operation]
	return now.Sub(k.at) >= k.wait
}

// unclear keeps what a look that told nothing came to, and says whether that is news. What only time can tell is looked at
// again at once; for the rest, something has to change elsewhere first.
func (s *looks) unclear(operation string, f finding, at time.Time) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.all[operation]
	next := look{why: f.words, at: at}
	if f.verdict != isEarly {
		next.wait = min(max(2*before.wait, time.Second), mostBetweenLooks)
	}
	s.put(operation, next)
	return next.wait > 0 && before.why != next.why
}

// failed keeps that asking itself came to nothing. The API's own health says when to ask again.
func (s *looks) failed(operation string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(operation, look{why: "100ms couldn't be asked, or gave no answer that makes sense.", at: at})
}

func (s *looks) put(operation string, k look) {
	if s.all == nil {
		s.all = map[string]look{}
	}
	s.all[operation] = k
}

// last is how the newest look at an operation ended.
func (s *looks) last(operation string) (why string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.all[operation]
	return k.why, k.at
}

// anew has everything looked at again without a wait: a change was made, which may have been what was missing.
func (s *looks) anew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for operation, k := range s.all {
		k.wait = 0
		s.all[operation] = k
	}
}

func (s *looks) forget(operation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, operation)
}
