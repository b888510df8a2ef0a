package main

import (
	"net/http"
	"runtime/debug"

	"golang.org/x/sync/errgroup"

	"roomledger/web/sandbox"
)

// builtIn is the sandbox that serve brings along. It is loaded, or founded, while the desk serves already; calls wait for it.
type builtIn struct {
	ready chan struct{}
	box   *sandbox.Server // once ready; nil when it could not be loaded, and then everything ends
}

// loadGCPercent is how much the heap may grow between collections while the sandbox is loaded.
const loadGCPercent = 20

func startBuiltIn(group *errgroup.Group, o sandbox.Options) *builtIn {
	b := &builtIn{ready: make(chan struct{})}
	group.Go(func() error {
		defer close(b.ready)
		// What it makes on the way would otherwise lie between the objects that stay, and keep a desk at rest large.
		defer debug.SetGCPercent(debug.SetGCPercent(loadGCPercent))
		box, err := sandbox.New(o)
		b.box = box
		return err
	})
	return b
}

func (b *builtIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-b.ready:
	case <-r.Context().Done():
		return
	}
	if b.box == nil {
		http.Error(w, "the sandbox could not be loaded", http.StatusServiceUnavailable)
		return
	}
	b.box.ServeHTTP(w, r)
}

func (b *builtIn) close() error {
	<-b.ready
	if b.box == nil {
		return nil
	}
	return b.box.Close()
}
