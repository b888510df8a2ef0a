package handlers

import "sync"

// memoSize is how many answers a memo keeps.
const memoSize = 4096

// memo remembers what was worked out of things that never change again. It starts over when it is full. The zero value is
// empty.
type memo[K comparable, V any] struct {
	mu    sync.Mutex
	known map[K]V
}

// of is what is remembered under a key, or else what find gives, which is remembered unless it fails.
func (m *memo[K, V]) of(key K, find func() (V, error)) (V, error) {
	m.mu.Lock()
	v, ok := m.known[key]
	m.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := find()
	if err != nil {
		return v, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= memoSize {
		m.known = map[K]V{}
	}
	m.known[key] = v
	return v, nil
}
