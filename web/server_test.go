package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// start serves on loopback; stop tells the server to stop, and ended has what Serve returned.
func start(t *testing.T, h http.Handler) (url string, stop context.CancelFunc, ended <-chan error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	end := make(chan error, 1)
	go func() { end <- Serve(ctx, ln, h, quiet()) }()
	return "http://" + ln.Addr().String(), stop, end
}

func TestServeFinishesWhatIsInFlight(t *testing.T) {
	began := make(chan struct{})
	var ctxErr error
	url, stop, ended := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-Stopping(r.Context()) // from here on the server is on its way out
		ctxErr = r.Context().Err()
		io.WriteString(w, "on record")
	}))
	answered := make(chan string, 1)
	go func() {
		res, err := http.Post(url, urlencoded, strings.NewReader("name=a"))
		if err != nil {
			answered <- err.Error()
			return
		}
		body, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			answered <- err.Error()
			return
		}
		answered <- string(body)
	}()
	<-began
	stop()
	if got := <-answered; got != "on record" {
		t.Errorf("answer %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve returned %v, want nil", err)
	}
	if ctxErr != nil {
		t.Errorf("the request's context ended with %v while it was in flight", ctxErr)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("the server still takes requests")
	}
}

func TestServeReportsABrokenListener(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Serve(t.Context(), ln, http.NotFoundHandler(), quiet()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want net.ErrClosed", err)
	}
}

func TestServeWhenStoppedBeforeItBegan(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := Serve(ctx, ln, http.NotFoundHandler(), quiet()); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

// pipes is a listener without a network, so that a test's own clock governs the timeouts.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// dial connects and sends text.
func (p *pipes) dial(t *testing.T, text string) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	p.conns <- server
	if _, err := io.WriteString(client, text); err != nil {
		t.Fatal(err)
	}
	return client
}

func TestServeCutsOffAfterTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln, ctxErr := newPipes(), make(chan error, 1)
		h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			ctxErr <- r.Context().Err()
		})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- Serve(ctx, ln, h, quiet()) }()
		c := ln.dial(t, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		synctest.Wait()
		began := time.Now()
		stop()
		if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Serve returned %v, want a deadline", err)
		}
		if got := time.Since(began); got != grace {
			t.Errorf("cut off after %s, want %s", got, grace)
		}
		if err := <-ctxErr; err != context.Canceled {
			t.Errorf("the request's context ended with %v", err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestServeTimeouts(t *testing.T) {
	slowBody := "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: " + urlencoded + "\r\nContent-Length: 9\r\n\r\nname="
	tests := []struct {
		name, text string
		within     time.Duration
		status     int // 0: the connection just ends
	}{
		{"headers that never end", "GET / HTTP/1.1\r\nX-Slow: ", headerTimeout, 0},
		{"a body that never ends", slowBody, readTimeout, 408},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ln := newPipes()
				h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if _, err := ParseForm(w, r); err != nil {
						plainPage(w, r, err)
					}
				})
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- Serve(ctx, ln, h, quiet()) }()
				began := time.Now()
				c := ln.dial(t, tt.text)
				status := 0
				if res, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil {
					status = res.StatusCode
				}
				if status != tt.status || time.Since(began) != tt.within {
					t.Errorf("status %d after %s, want %d after %s", status, time.Since(began), tt.status, tt.within)
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
				stop()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestServerIsBounded(t *testing.T) {
	srv := newServer(t.Context(), nil, quiet())
	if srv.WriteTimeout <= 0 || srv.IdleTimeout <= 0 || srv.MaxHeaderBytes != headerBytes || srv.ErrorLog == nil {
		t.Errorf("a limit is missing: %+v", srv)
	}
}
