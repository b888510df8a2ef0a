package sandbox

import (
	"strings"
	"sync"
)

// callsKept and pathKept bound how many different paths are counted and how long they can be, so that a sandbox left running
// doesn't grow by them.
const (
	callsKept = 1 << 16
	pathKept  = 1 << 10
)

type callKey struct{ method, path string }

// calls counts requests by method and path.
type calls struct {
	mu     sync.Mutex
	counts map[callKey]int
}

func (c *calls) add(method, path string) {
	if len(path) > pathKept {
		path = strings.Clone(path[:pathKept])
	}
	key := callKey{method, path}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[callKey]int{}
	}
	if _, known := c.counts[key]; known || len(c.counts) < callsKept {
		c.counts[key]++
	}
}

// Calls returns how many requests came with this method and a path (after /v2) that begins with pathPrefix, whatever they were
// answered; "" stands for any. After 65,536 different paths new ones are not counted any more, and of a path only the first 1,024
// bytes count.
func (s *Server) Calls(method, pathPrefix string) int {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	sum := 0
	for key, n := range s.calls.counts {
		if (method == "" || key.method == method) && strings.HasPrefix(key.path, pathPrefix) {
			sum += n
		}
	}
	return sum
}

// ResetCalls forgets all counts.
func (s *Server) ResetCalls() {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	s.calls.counts = nil
}
