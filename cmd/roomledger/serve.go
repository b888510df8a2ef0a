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
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"roomledger/db"
	"roomledger/db/seal"
	"roomledger/handlers"
	"roomledger/handlers/jobs"
	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// How long a browser stays signed in.
const (
	sessionIdle     = 12 * time.Hour
	sessionAbsolute = 7 * 24 * time.Hour
)

// remoteGrace is how long a call of a process that died may still be at work on the API's side.
const remoteGrace = 5 * time.Second

func runServe(ctx context.Context, args []string, getenv func(string) string, s streams) int {
	c, code, done := serveConfig(args, getenv, s)
	if done {
		return code
	}
	log := newLog(s.err, c.logFormat)
	holdMemory(getenv)
	if err := serve(ctx, c, log, s.out); err != nil {
		if usage, ok := errors.AsType[*usageError](err); ok {
			return fail(s, exitUsage, usage)
		}
		return fail(s, exitNo, err)
	}
	return exitFine
}

// usageError is a mistake in how the program was started.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func serveConfig(args []string, getenv func(string) string, s streams) (c config, code int, done bool) {
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	data := dataFlag(fs, getenv)
	fs.StringVar(&c.addr, "addr", envOr(getenv, "ROOMLEDGER_ADDR", "127.0.0.1:8080"), "`address` to listen on")
	fs.StringVar(&c.logFormat, "log", "text", "log `format`: json or text")
	if code, done := parse(fs, args, s); done {
		return c, code, true
	}
	c.data = *data
	c.keyDir = envOr(getenv, "ROOMLEDGER_KEY_DIR", filepath.Join(c.data, "keys"))
	c.baseURL = strings.TrimSuffix(getenv("ROOMLEDGER_BASE_URL"), "/")
	err := errors.Join(c.account(getenv), c.admin(getenv), c.trusted(getenv("ROOMLEDGER_TRUSTED_PROXIES")), c.witnesses(getenv))
	if c.logFormat != "json" && c.logFormat != "text" {
		err = errors.Join(err, fmt.Errorf("-log is json or text, not %q", c.logFormat))
	}
	if err != nil {
		return c, fail(s, exitUsage, errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))), true
	}
	return c, exitFine, false
}

func newLog(w io.Writer, format string) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// serve wires everything from top to bottom and runs until ctx ends. Requests in flight are finished first; what they
// need ends after them.
func serve(ctx context.Context, c config, log *slog.Logger, out io.Writer) (err error) {
	lock, err := lockData(c.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	keys, err := web.LoadKeys(c.keyDir)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	store, err := db.Open(ctx, db.Options{Dir: c.data, Log: log})
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if n, err := store.HistoryLen(ctx); err == nil && n > 0 && len(keys.Made) > 0 {
		log.Warn("keys were missing beside a database that has history, and were made anew: marks of secrets and sessions from before don't match",
			"dir", c.keyDir, "made", keys.Made)
	}

	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group, background := errgroup.WithContext(background)
	if err := start(ctx, background, stop, group, c, keys, store, log, out); err != nil {
		stop()
		return errors.Join(err, group.Wait())
	}
	return group.Wait()
}

// start starts everything in group. What runs in the background ends with background, which stop ends: after the last
// request was answered.
func start(ctx, background context.Context, stop func(), group *errgroup.Group, c config, keys web.Keys, store *db.DB, log *slog.Logger, out io.Writer) error {
	metrics := web.NewMetrics()
	client, err := connect(background, group, &c, log, metrics)
	if err != nil {
		return err
	}
	app, err := newApp(ctx, c, keys, store, client, metrics, log)
	if err != nil {
		return err
	}
	handler, err := app.Handler()
	if err != nil {
		return &usageError{"ROOMLEDGER_BASE_URL: " + err.Error()}
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.addr)
	if err != nil {
		return listenError(err)
	}
	group.Go(func() error {
		defer stop()
		serving, end := context.WithCancel(ctx)
		defer context.AfterFunc(background, end)() // where the background fails, so does the desk
		return web.Serve(serving, ln, handler, log)
	})
	if err := firstAdmin(ctx, c, store, app, log); err != nil {
		return err
	}
	group.Go(func() error { return app.Jobs.Run(background) })
	return greet(ctx, out, c, ln.Addr(), app)
}

// listenError says what to do about an address that can't be listened on.
func listenError(err error) error {
	_, unknown := errors.AsType[*net.DNSError](err)
	_, malformed := errors.AsType[*net.AddrError](err)
	if unknown || malformed {
		return &usageError{"listen: " + err.Error() + ": give -addr an address of this machine, like 127.0.0.1:8080"}
	}
	return fmt.Errorf("listen: %w (another program may use the address: choose one with -addr)", err)
}

// connect returns the client of the account, after starting the sandbox where there is none. Nobody but this client reaches that one:
// it listens nowhere.
func connect(ctx context.Context, group *errgroup.Group, c *config, log *slog.Logger, m *web.Metrics) (*hms.Client, error) {
	cfg := hms.Config{BaseURL: c.apiURL, AccessKey: c.accessKey, Secret: c.secret}
	cfg.Observe = func(call hms.Call) {
		m.API(web.APICall{Op: call.Op, Status: call.Status, Attempts: call.Attempts, Took: call.Latency, Held: string(call.Held)})
	}
	if c.sandbox() {
		box := startBuiltIn(group, sandbox.Options{
			Dir: filepath.Join(c.data, "sandbox"), Log: log, Seed: sandbox.SeedDemo, SeedNumber: 1,
			Mute: true, // whoever may type a webhook into the form must not make this server call whatever it can reach
		})
		group.Go(func() error { <-ctx.Done(); return box.close() })
		cfg.BaseURL, cfg.HTTP = builtInURL, &http.Client{Transport: web.InProcess{Handler: box, Log: log}}
		cfg.AccessKey, cfg.Secret = sandbox.DemoAccessKey, sandbox.DemoSecret
	}
	client, err := hms.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("100ms client: %w", err)
	}
	watch(m, client)
	return client, nil
}

// watch shows in the metrics what the client knows about the API.
func watch(m *web.Metrics, client *hms.Client) {
	m.WatchAPI(
		func() float64 { return cmp.Or(client.Health().Rate, math.Inf(1)) },
		func() bool { return client.Health().State == hms.StateUnavailable },
	)
}

func newApp(ctx context.Context, c config, keys web.Keys, store *db.DB, client *hms.Client, m *web.Metrics, log *slog.Logger) (*handlers.App, error) {
	ws := c.workspace()
	grace := remoteGrace
	if c.sandbox() {
		grace = 0 // it lives and dies with this process
	}
	signer, err := seal.NewSigner(keys.Signing)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	l := ledger.New(ledger.Config{DB: store, HMS: client, Workspace: ws, Key: keys.HMAC, Signer: signer, Grace: grace, Log: log})
	if err := recordStart(ctx, store, l, ws, keys.Made); err != nil {
		return nil, err
	}
	if err := l.FillTemplates(ctx); err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	background := jobs.New(l, store, ws.ID, log)
	background.Witnesses = jobs.NewWitnesses(store, signer.Keys(), log, c.checkpointFile, c.checkpointURL)
	if err := background.Witnesses.Agree(ctx); err != nil {
		log.Error("history may have been changed, or an older copy put in its place: run roomledger verify", "err", err)
	}
	secure := strings.HasPrefix(c.baseURL, "https://")
	return &handlers.App{
		DB: store, HMS: client, Ledger: l, Jobs: background, Workspace: ws,
		Sessions: db.NewSessionStore(store, db.SessionOptions{
			Name: web.CookieName("roomledger", secure), Secure: secure, Idle: sessionIdle, Absolute: sessionAbsolute,
		}, keys.CookieHash),
		Flashes: web.NewFlashes(web.CookieName("roomledger_flash", secure), keys.CookieHash, keys.CookieBlock, secure),
		Metrics: m, SetUp: handlers.NewSetUpLink(), Throttles: handlers.NewThrottles(time.Now),
		Prepared: make(chan struct{}), BaseURL: c.baseURL, Proxies: c.proxies, SandboxAPI: sandboxAPI(), Log: log, Now: time.Now,
	}, nil
}

// recordStart keeps the workspace, and puts on record what this start changes in a desk that has a history: another account,
// or keys that were lost.
func recordStart(ctx context.Context, store *db.DB, l *ledger.Ledger, ws db.Workspace, made []string) error {
	put := func(tx *db.Tx) error { return tx.PutWorkspace(ws) }
	known, err := store.Workspaces(ctx)
	if err != nil {
		return fmt.Errorf("workspaces: %w", err)
	}
	n, err := store.HistoryLen(ctx)
	if err != nil {
		return fmt.Errorf("length of history: %w", err)
	}
	if n == 0 || slices.ContainsFunc(known, func(k db.Workspace) bool { return k.ID == ws.ID }) {
		err = store.InTx(ctx, put)
	} else {
		ch := ledger.Change{Actor: ledger.System, Reason: "The desk was started with the keys of this account for the first time."}
		err = l.Note(ctx, ch, "workspace.create", ledger.Target{Kind: "workspace", ID: ws.ID, Name: ws.Name}, "", put)
	}
	if err != nil {
		return fmt.Errorf("workspace: %w", err)
	}
	return recordLostKeys(ctx, store, l, ledger.Change{Actor: ledger.System}, made)
}

// sandboxAPI is what the help tells of the sandbox.
func sandboxAPI() handlers.SandboxAPI {
	var api handlers.SandboxAPI
	for _, e := range sandbox.Endpoints() {
		api.Calls = append(api.Calls, e.Method+" "+e.Path)
	}
	for _, r := range sandbox.Readings() {
		api.Readings = append(api.Readings, pages.Reading{Name: string(r.Name), Usual: r.Usual, Other: r.Other})
	}
	return api
}

// minAdminPassword is how short a password of the environment may be, in bytes. Whoever sets it runs the server, so that
// the rules of the form are advice here.
const minAdminPassword = 8

// firstAdmin makes the admin that the environment names, when there is no user yet. The desk serves already, because
// hashing the password takes a while; sign-ins wait for it.
func firstAdmin(ctx context.Context, c config, store *db.DB, app *handlers.App, log *slog.Logger) error {
	defer close(app.Prepared)
	if c.adminEmail == "" {
		return nil
	}
	n, err := store.UserCount(ctx)
	if err != nil || n > 0 {
		return err
	}
	if problem := form.PasswordProblem(c.adminPassword, c.adminEmail); problem != "" {
		log.Warn("ROOMLEDGER_ADMIN_PASSWORD is a weak password: change it after signing in", "advice", problem)
	}
	ch := ledger.Change{Actor: ledger.System, Reason: "named by the environment at the first start"}
	_, err = handlers.FirstAdmin(ctx, store, app.Ledger, ch, form.CleanEmail(c.adminEmail), c.adminPassword)
	return err
}

// greet tells on standard output where to go, and the set-up link while there is nobody to sign in.
func greet(ctx context.Context, out io.Writer, c config, addr net.Addr, app *handlers.App) error {
	base := c.baseURL
	if base == "" {
		base = "http://" + addr.String()
	}
	n, err := app.DB.UserCount(ctx)
	if err != nil {
		return fmt.Errorf("count users: %w", err)
	}
	text := "Roomledger serves on " + base + "\n"
	if c.sandbox() {
		text += "Sandbox: nothing reaches 100ms. Set HMS_ACCESS_KEY and HMS_SECRET to go live.\n"
	}
	if n == 0 {
		text += "Make the first admin here (the link works once): " + base + app.SetUp.Path() + "\n"
	}
	if _, err := io.WriteString(out, text); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}
