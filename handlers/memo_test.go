package handlers

import (
	"errors"
	"testing"
)

func TestMemo(t *testing.T) {
	var m memo[int, int]
	asked := 0
	square := func(n int) int {
		got, err := m.of(n, func() (int, error) { asked++; return n * n, nil })
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for range 2 {
		if got := square(7); got != 49 || asked != 1 {
			t.Errorf("%d, asked %d times", got, asked)
		}
	}
	if _, err := m.of(8, func() (int, error) { return 0, errors.New("not now") }); err == nil {
		t.Error("the error is lost")
	}
	if got := square(8); got != 64 {
		t.Errorf("after an error it is %d", got)
	}
	for n := range 2 * memoSize {
		square(n)
	}
	if len(m.known) > memoSize {
		t.Errorf("%d answers are kept", len(m.known))
	}
}
