package web

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"
)

func TestFreshConnectionsAreClosed(t *testing.T) {
	var f freshConns
	unused, used, late := newPeer(t), newPeer(t), newPeer(t)
	f.track(unused.ours, http.StateNew)
	f.track(used.ours, http.StateNew)
	f.track(used.ours, http.StateActive)
	f.close()
	f.track(late.ours, http.StateNew)
	for name, p := range map[string]peer{"unused": unused, "accepted while stopping": late} {
		if !p.closed(t) {
			t.Errorf("%s: still open", name)
		}
	}
	if used.closed(t) {
		t.Error("a connection with a request was closed")
	}
}

// peer is a connection seen from both ends.
type peer struct{ ours, theirs net.Conn }

func newPeer(t *testing.T) peer {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() {
		ours.Close()
		theirs.Close()
	})
	// A deadline that is over: reading tells at once whether the other end has closed.
	if err := theirs.SetReadDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	return peer{ours, theirs}
}

func (p peer) closed(t *testing.T) bool {
	t.Helper()
	_, err := p.theirs.Read(make([]byte, 1))
	if !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	return errors.Is(err, io.EOF)
}
