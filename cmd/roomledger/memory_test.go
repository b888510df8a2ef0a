package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestMemoryLimit(t *testing.T) {
	for _, tt := range []struct {
		live uint64
		want int64
	}{
		{0, usualMemory},
		{usualMemory / 3, usualMemory},
		{usualMemory/3 + 1, 2 * usualMemory},
		{usualMemory, 4 * usualMemory},
		{100 * usualMemory, 512 * usualMemory},
	} {
		if got := memoryLimit(tt.live); got != tt.want {
			t.Errorf("for %d bytes that live: %d, want %d", tt.live, got, tt.want)
		}
	}
}

// TestHoldMemory takes much and gives it back, and looks for the limit to follow both times.
func TestHoldMemory(t *testing.T) {
	if !holdMemory(func(string) string { return "" }) {
		t.Fatal("there is no limit in the environment, and none is set")
	}
	follows := func(bytes int) {
		t.Helper()
		held := make([]byte, bytes)
		want := memoryLimit(uint64(bytes))
		for limit := debug.SetMemoryLimit(-1); limit < want || limit > 4*want; limit = debug.SetMemoryLimit(-1) {
			if t.Context().Err() != nil {
				t.Fatal(t.Context().Err())
			}
			runtime.GC()
		}
		runtime.KeepAlive(held)
	}
	follows(5 * usualMemory)
	follows(usualMemory / 2)
}

func TestMemoryLimitOfTheEnvironment(t *testing.T) {
	if holdMemory(func(string) string { return "1GiB" }) {
		t.Error("the limit of the environment doesn't stay")
	}
}
