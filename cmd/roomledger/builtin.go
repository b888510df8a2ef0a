package main

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"runtime/debug"

	"golang.org/x/sync/errgroup"

	"roomledger/web/sandbox"
)

// builtInURL stands where the client wants an address. No name under invalid leads anywhere (RFC 6761): a call that missed the
// built-in sandbox by mistake would reach nobody.
const builtInURL = "http://sandbox.invalid/v2"

// builtIn is the sandbox that serve brings along. It is loaded, or founded, while the desk serves already; calls wait for it.
type builtIn struct {
	ready chan struct{}
	box   *sandbox.Server // once ready; nil when it could not be loaded, and then everything ends
}

// loadGCPercent is how much the heap may grow between collections while the sandbox is loaded.
const loadGCPercent = 20

func startBuiltIn(group *errgroup.Group, o sandbox.Options) *builtIn {
	b := &builtIn{ready: make(chan struct{})}
	group.Go(func() (err error) {
		defer close(b.ready)
		b.box, err = loadCompactly(o)
		return err
	})
	return b
}

// loadCompactly loads the sandbox so that a desk at rest stays small. What founding and loading make on the way would otherwise
// lie between the objects that stay, and keep much more memory than they need.
func loadCompactly(o sandbox.Options) (*sandbox.Server, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(loadGCPercent))
	if _, err := os.Stat(o.Dir); errors.Is(err, fs.ErrNotExist) {
		founded, err := sandbox.New(o)
		if err != nil {
			return nil, err
		}
		if err := founded.Close(); err != nil {
			return nil, err
		}
		debug.FreeOSMemory()
	}
	return sandbox.New(o)
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
