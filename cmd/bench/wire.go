package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// wires are connections to a server, each used by one request at a time. They take the place of http.Transport, whose goroutines
// cost about as much as a tenth of the server's own work: client and server share the processors that are measured.
type wires struct {
	mu   sync.Mutex
	free []*wire
}

// wire is one connection.
type wire struct {
	net.Conn
	in   *bufio.Reader
	out  *bufio.Writer
	used time.Time
}

const (
	answerWait = time.Minute      // bounds one request: far more than any takes
	wireRest   = 10 * time.Second // after which the server may have closed a connection that nobody used
)

// take gives a connection that nobody uses, or a new one.
func (w *wires) take(ctx context.Context, addr string) (*wire, error) {
	if one := w.last(); one != nil {
		if time.Since(one.used) < wireRest {
			return one, nil
		}
		if err := errors.Join(one.Close(), w.close()); err != nil { // the others have rested for longer
			return nil, err
		}
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &wire{Conn: conn, in: bufio.NewReader(conn), out: bufio.NewWriter(conn)}, nil
}

// last is the connection that was used last; nil when there is none.
func (w *wires) last() *wire {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := len(w.free) - 1
	if last < 0 {
		return nil
	}
	one := w.free[last]
	w.free = w.free[:last]
	return one
}

func (w *wires) give(one *wire) {
	w.mu.Lock()
	w.free = append(w.free, one)
	w.mu.Unlock()
}

// close closes the connections that nobody uses.
func (w *wires) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var err error
	for _, one := range w.free {
		err = errors.Join(err, one.Close())
	}
	w.free = nil
	return err
}

// send sends a request and reads the whole of its answer. Redirects are shown, not followed.
func (w *wires) send(req *http.Request) (answer, error) {
	one, err := w.take(req.Context(), req.URL.Host)
	if err != nil {
		return answer{}, err
	}
	a, keep, err := one.send(req)
	if err != nil || !keep {
		return a, errors.Join(err, one.Close())
	}
	w.give(one)
	return a, nil
}

// send tells, too, whether the connection can be used again.
func (o *wire) send(req *http.Request) (a answer, keep bool, err error) {
	if err := errors.Join(req.Context().Err(), o.SetDeadline(time.Now().Add(answerWait))); err != nil {
		return answer{}, false, err
	}
	if err := req.Write(o.out); err != nil {
		return answer{}, false, err
	}
	if err := o.out.Flush(); err != nil {
		return answer{}, false, err
	}
	resp, err := http.ReadResponse(o.in, req)
	if err != nil {
		return answer{}, false, err
	}
	defer func() { err, o.used = errors.Join(err, resp.Body.Close()), time.Now() }()
	a = answer{status: resp.StatusCode, header: resp.Header}
	a.body, err = io.ReadAll(resp.Body)
	return a, !resp.Close, err
}
