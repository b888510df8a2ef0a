package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// usualMemory is what the Go side of a desk is held to in bytes, for as long as what lives is less than a third of it: a
// busy desk stays small, and collects no more often than gcPercent would have it, or nearly.
const usualMemory = 26 << 20

// holdMemory sets the limit anew after each collection. A fixed one would leave a desk that needs more, if only to hash
// a password, with nothing but collecting to do. Where the environment has a limit, that stays, and it returns false.
func holdMemory(getenv func(string) string) bool {
	if getenv("GOMEMLIMIT") != "" {
		return false
	}
	holding()
	return true
}

// holding begins once, however many desks a process serves.
var holding = sync.OnceFunc(func() {
	debug.SetMemoryLimit(usualMemory)
	afterCollection()
})

// afterCollection waits for the next collection to find a new object, which nobody holds.
func afterCollection() {
	type sentinel struct{ _ *byte } // without a pointer it might share the memory of others
	runtime.AddCleanup(new(sentinel), func(struct{}) {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		// Setting it stops the world for a moment, even to what it is.
		if limit := memoryLimit(sample[0].Value.Uint64()); limit != debug.SetMemoryLimit(-1) {
			debug.SetMemoryLimit(limit)
		}
		afterCollection()
	}, struct{}{})
}

// memoryLimit is the limit for so many bytes that live: usualMemory, doubled until it is three times as many.
func memoryLimit(live uint64) int64 {
	limit := int64(usualMemory)
	for limit < math.MaxInt64/2 && uint64(limit) < 3*live {
		limit *= 2
	}
	return limit
}
