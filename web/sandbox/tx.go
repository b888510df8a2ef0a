package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// tx is a change in the making: what it puts is seen by what comes after it, and is written down as a whole or taken back.
type tx struct {
	*state
	now time.Time // when it happens, by the sandbox's clock

	puts []putRecord
}

// putRecord is one object that a change puts.
type putRecord struct {
	kind string
	v    any
	undo func()
}

func (tx *tx) record(kind string, v any, undo func()) {
	tx.puts = append(tx.puts, putRecord{kind, v, undo})
}

// rollback takes back what tx has put.
func (tx *tx) rollback() {
	for _, p := range slices.Backward(tx.puts) {
		p.undo()
	}
	tx.puts = nil
}

// commit writes tx down; it is durable against the end of the process when this returns nil, and can't be taken back any more.
func (tx *tx) commit() error {
	if len(tx.puts) == 0 {
		return nil
	}
	tx.unkept = tx.write(tx.puts)
	if tx.unkept != nil {
		return fmt.Errorf("write the sandbox's state: %w", tx.unkept)
	}
	tx.puts = nil
	tx.happened = later(tx.happened, tx.now)
	tx.shrink()
	return nil
}

// write appends puts to the state's file, where there is one.
func (st *state) write(puts []putRecord) error {
	switch {
	case st.closed:
		return errClosed
	case st.journal == nil:
		return nil
	}
	return st.journal.append(puts)
}

// inTx runs f as one change at the given time. Call it with mu held for writing.
func (st *state) inTx(now time.Time, f func(*tx) error) error {
	tx := &tx{state: st, now: now}
	defer tx.rollback() // of what isn't committed, which is so after a panic too
	if err := f(tx); err != nil {
		return err
	}
	return tx.commit()
}

// update runs f as one change, now, after everything that was due before it. When f fails, nothing has changed.
func (s *Server) update(f func(*tx) error) error {
	s.state.mu.Lock()
	defer s.unlock()
	now := s.clock.now()
	s.runDue(now)
	return s.state.inTx(now, f)
}

// view runs f on the state as it is now. f must not change what it is given.
func (s *Server) view(f func(*state) error) error {
	if s.somethingDue() {
		s.catchUp()
	}
	s.state.mu.RLock()
	defer s.state.mu.RUnlock()
	return f(s.state)
}

// newID returns an id of its own, which is greater than all before it.
func (tx *tx) newID() string { return tx.ids.next(tx.now) }
