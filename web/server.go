package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 2 * time.Minute // streams lift it by http.ResponseController
	idleTimeout   = 2 * time.Minute
	headerBytes   = 64 << 10
	grace         = 30 * time.Second // for requests in flight, once the server is told to stop
)

type stoppingKey struct{}

// Stopping is closed when the server begins to stop. Streams, which would never end by themselves, end on it; requests that do
// a piece of work don't look at it and finish. It is nil, and so never ready, where Serve doesn't run.
func Stopping(ctx context.Context) <-chan struct{} {
	stopping, _ := ctx.Value(stoppingKey{}).(<-chan struct{})
	return stopping
}

// Serve answers requests on ln with h until ctx ends, then takes no more, lets those in flight finish within 30 s, and returns nil.
// The contexts of requests don't end with ctx: who has sent a change gets it done and answered. After 30 s they are cut off, and that is an error.
func Serve(ctx context.Context, ln net.Listener, h http.Handler, log *slog.Logger) error {
	stopping, stop := context.WithCancel(context.Background())
	defer stop()
	base, cutOff := context.WithCancel(context.WithValue(context.WithoutCancel(ctx), stoppingKey{}, stopping.Done()))
	defer cutOff()
	srv := newServer(base, h, log)
	srv.RegisterOnShutdown(stop)
	var fresh freshConns
	srv.ConnState = fresh.track
	srv.RegisterOnShutdown(fresh.close)

	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	select {
	case err := <-served:
		return errors.Join(fmt.Errorf("serve: %w", err), srv.Close())
	case <-ctx.Done():
	}
	err := shutDown(srv)
	if end := <-served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("serve: %w", end))
	}
	return err
}

func newServer(base context.Context, h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return base },
	}
}

func shutDown(srv *http.Server) error {
	wait, done := context.WithTimeout(context.Background(), grace)
	defer done()
	err := srv.Shutdown(wait)
	if err == nil {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("some requests were not done after %s and were cut off: %w", grace, err)
	}
	return errors.Join(err, srv.Close())
}
