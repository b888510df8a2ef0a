package web

import (
	"net"
	"net/http"
	"sync"
)

// freshConns are the connections that have carried no request yet. http.Server.Shutdown waits five seconds for those,
// although browsers and clients open them only to have them at hand.
type freshConns struct {
	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

// track is a http.Server's ConnState.
func (f *freshConns) track(c net.Conn, state http.ConnState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if state != http.StateNew {
		delete(f.conns, c)
		return
	}
	if f.closed {
		c.Close() // nothing was sent on it: an error changes nothing for anybody
		return
	}
	if f.conns == nil {
		f.conns = map[net.Conn]bool{}
	}
	f.conns[c] = true
}

// close closes them all, and those that come later.
func (f *freshConns) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for c := range f.conns {
		c.Close()
	}
}
