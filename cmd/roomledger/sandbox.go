package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"roomledger/web/sandbox"
)

// sandboxGCPercent is how much the heap may grow between collections. A sandbox may hold a hundred thousand rooms: unlike the
// desk's few megabytes they must not be let grow to several times their size.
const sandboxGCPercent = 75

// sandboxStop is how long requests in flight may take to finish once the sandbox is told to stop.
const sandboxStop = 5 * time.Second

// sandboxConfig is what the command line and the environment ask of the sandbox.
type sandboxConfig struct {
	addr    string
	data    string // the data directory; empty: in memory only
	options sandbox.Options
	demo    bool // no credentials were given
}

// runSandbox serves the offline 100ms API until ctx ends, and returns the exit code: exitFine after a clean stop or -help, exitNo
// when it can't serve, exitUsage when the flags make no sense.
func runSandbox(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	config, err := parseSandbox(args, getenv, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return exitFine
	}
	if err != nil {
		fmt.Fprintf(stderr, "roomledger sandbox: %v. See roomledger sandbox -help.\n", err)
		return exitUsage
	}
	if getenv("GOGC") == "" {
		debug.SetGCPercent(sandboxGCPercent)
	}
	if err := serveSandbox(ctx, config, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "roomledger sandbox: %v.\n", err)
		return exitNo
	}
	return exitFine
}

func serveSandbox(ctx context.Context, c sandboxConfig, stdout, stderr io.Writer) (err error) {
	log := slog.New(slog.NewTextHandler(stderr, nil))
	c.options.Log = log
	box, err := sandbox.New(c.options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.addr)
	if err != nil {
		return fmt.Errorf("%w; choose another address with -addr", err)
	}
	fmt.Fprintf(stdout, "Sandbox of the 100ms API on http://%s/v2 %s\n", listener.Addr(), c.describe())
	server := &http.Server{
		Handler:           box,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	return serveUntil(ctx, server, listener)
}

// describe tells how to get in, without printing anybody's own secret.
func (c *sandboxConfig) describe() string {
	kept := "nothing is kept"
	if c.data != "" {
		kept = "kept in " + c.options.Dir
	}
	if !c.demo {
		return fmt.Sprintf("(access key %s, %s)", c.options.AccessKey, kept)
	}
	return fmt.Sprintf("(demo access key %s, demo secret %s, %s)", c.options.AccessKey, c.options.Secret, kept)
}

// serveUntil serves until ctx ends, and then gives the requests in flight sandboxStop to finish.
func serveUntil(ctx context.Context, server *http.Server, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), sandboxStop)
	defer cancel()
	if err := server.Shutdown(stop); err != nil {
		return fmt.Errorf("some requests did not finish in time: %w", errors.Join(err, server.Close()))
	}
	return nil
}
