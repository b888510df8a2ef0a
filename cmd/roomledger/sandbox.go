package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"roomledger/web/sandbox"
)

const sandboxUsage = `Usage: roomledger sandbox [flags]

Serves the 100ms API (version 2) offline: rooms, templates and room codes with the vendor's rules and error
texts. Nothing leaves this machine.

Example, with 20 requests a second and answers that take 50 ms:

  roomledger sandbox -rate 20/s -latency 50ms

then, in another terminal, with the access key and secret that it prints:

  HMS_API_URL=http://127.0.0.1:8100/v2 HMS_ACCESS_KEY=... HMS_SECRET=... roomledger serve

Flags:
`

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
	if err := serveSandbox(ctx, config, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "roomledger sandbox: %v.\n", err)
		return exitNo
	}
	return exitFine
}

func parseSandbox(args []string, getenv func(string) string, help io.Writer) (sandboxConfig, error) {
	var c sandboxConfig
	var rate string
	o := &c.options
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed by the caller, on one line
	flags.Usage = func() {}
	flags.StringVar(&c.addr, "addr", "127.0.0.1:8100", "`address` to listen on; port 0 picks a free one")
	flags.StringVar(&o.AccessKey, "access-key", "", "access `key` that tokens must name (default $HMS_ACCESS_KEY, else a demo key)")
	flags.StringVar(&o.Secret, "secret", "", "`secret` that tokens must be signed with (default $HMS_SECRET, else a demo secret)")
	flags.StringVar(&c.data, "data", "", "data `directory`; the state is kept in its folder sandbox (default: in memory only)")
	flags.StringVar(&o.Seed, "seed", sandbox.SeedDemo, "what a new sandbox holds: `demo` or empty")
	flags.StringVar(&rate, "rate", "", "limit on requests, as `N/s` (default: none)")
	flags.DurationVar(&o.Latency, "latency", 0, "`wait` before each answer, such as 50ms")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(help, sandboxUsage)
			flags.SetOutput(help)
			flags.PrintDefaults()
		}
		return c, err
	}
	if flags.NArg() > 0 {
		return c, fmt.Errorf("%q is not a flag", flags.Arg(0))
	}
	return c, c.complete(rate, getenv)
}

// complete fills in what the flags left open and checks what they said.
func (c *sandboxConfig) complete(rate string, getenv func(string) string) error {
	o := &c.options
	o.AccessKey = cmp.Or(o.AccessKey, getenv("HMS_ACCESS_KEY"))
	o.Secret = cmp.Or(o.Secret, getenv("HMS_SECRET"))
	if (o.AccessKey == "") != (o.Secret == "") {
		return errors.New("an access key and a secret belong together; give both or neither")
	}
	if c.demo = o.AccessKey == ""; c.demo {
		o.AccessKey, o.Secret = sandbox.DemoAccessKey, sandbox.DemoSecret
	}
	if o.Seed != sandbox.SeedDemo && o.Seed != sandbox.SeedEmpty {
		return fmt.Errorf("-seed must be demo or empty, not %q", o.Seed)
	}
	if o.Latency < 0 {
		return errors.New("-latency must not be negative")
	}
	if c.data != "" {
		o.Dir = filepath.Join(c.data, "sandbox")
	}
	var err error
	o.Rate, err = parseRate(rate)
	return err
}

// parseRate reads a number of requests a second, such as 20/s or 0.5; empty and 0 mean no limit.
func parseRate(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "/s"), 64)
	if err != nil || n < 0 || math.IsInf(n, 0) || math.IsNaN(n) {
		return 0, fmt.Errorf("-rate must be a number of requests a second such as 20/s, not %q", text)
	}
	return n, nil
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
