package ledger

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestLockKeepsOthersOut(t *testing.T) {
	var l locks
	var inside, most atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			unlock, err := l.lock(t.Context(), "a")
			if err != nil {
				t.Error(err)
				return
			}
			defer unlock()
			if n := inside.Add(1); n > most.Load() {
				most.Store(n)
			}
			inside.Add(-1)
		})
	}
	wg.Wait()
	if most.Load() != 1 || len(l.held) != 0 {
		t.Errorf("%d at once, %d locks left behind", most.Load(), len(l.held))
	}
}

func TestLocksOfOtherNames(t *testing.T) {
	var l locks
	unlockA, err := l.lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	unlockB, err := l.lock(t.Context(), "b") // would wait for ever
	if err != nil {
		t.Fatal(err)
	}
	unlockB()
	unlockA()
}

// Who came first goes first, so that nobody waits for ever.
func TestLockIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l locks
		first, err := l.lock(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		var order []int
		for i := range 10 {
			go func() {
				unlock, err := l.lock(t.Context(), "a")
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, i)
				unlock()
			}()
			synctest.Wait()
		}
		first()
		synctest.Wait()
		if !slices.IsSorted(order) || len(order) != 10 {
			t.Errorf("turns were taken in the order %d", order)
		}
	})
}

func TestLockGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l locks
		unlock, err := l.lock(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error)
		go func() {
			_, err := l.lock(ctx, "a")
			gaveUp <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Errorf("giving up says %v", err)
		}
		unlock()
		if len(l.held) != 0 {
			t.Errorf("%d locks are left behind", len(l.held))
		}
		again, err := l.lock(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		again()
	})
}
