package ledger

import (
	"context"
	"sync"
)

// locks is a set of locks by name. The zero value is ready.
type locks struct {
	mu   sync.Mutex
	held map[string]*held
}

type held struct {
	turn    chan struct{} // holds one token while the lock is free
	waiting int
}

// lock waits for its turn, or until ctx ends.
func (l *locks) lock(ctx context.Context, name string) (unlock func(), err error) {
	h := l.join(name)
	select {
	case <-h.turn:
		return func() { h.turn <- struct{}{}; l.leave(name, h) }, nil
	case <-ctx.Done():
		l.leave(name, h)
		return nil, ctx.Err()
	}
}

func (l *locks) join(name string) *held {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		l.held = map[string]*held{}
	}
	h := l.held[name]
	if h == nil {
		h = &held{turn: make(chan struct{}, 1)}
		h.turn <- struct{}{}
		l.held[name] = h
	}
	h.waiting++
	return h
}

func (l *locks) leave(name string, h *held) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.waiting--; h.waiting == 0 {
		delete(l.held, name)
	}
}
