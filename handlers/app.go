// Package handlers turns requests into pages and changes: App, its routes, and a file per resource.
//
// Changes go through the ledger, never straight to the API. It must not know the sandbox or how the program is started.
package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"roomledger/db"
	"roomledger/handlers/jobs"
	"roomledger/handlers/ledger"
	"roomledger/static"
	"roomledger/web"
	"roomledger/web/hms"
)

// maxBody is how many bytes a request may bring. Forms have a limit of their own, below it.
const maxBody = 4 << 20

// App holds what the handlers need. All fields are required.
type App struct {
	DB         *db.DB
	HMS        *hms.Client
	Ledger     *ledger.Ledger
	Jobs       *jobs.Jobs
	Workspace  db.Workspace
	Sessions   *db.SessionStore
	Flashes    *web.Flashes
	Metrics    *web.Metrics
	SetUp      *SetUpLink
	Throttles  Throttles
	Prepared   chan struct{}  // closed once the first admin stands, where the environment names one: sign-ins wait for it
	BaseURL    string         // our own address as browsers see it; "": whatever the request says
	Proxies    []netip.Prefix // whose X-Forwarded-For and -Proto count
	SandboxAPI SandboxAPI     // for the help
	Log        *slog.Logger
	Now        func() time.Time

	templates    templateCache
	surroundings atomic.Pointer[surroundings]
	menus        atomic.Pointer[roomMenus]
	templateMenu atomic.Pointer[templateMenu]
	versionSteps memo[versionStep, []string]
	verifying    sync.Mutex // there is one verification at a time
}

// Handler returns the whole of it, ready to be served. It fails on a BaseURL that isn't an address.
func (a *App) Handler() (http.Handler, error) {
	sameOrigin, err := web.SameOrigin(a.BaseURL, a.problem)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, rt := range a.routes() {
		mux.Handle(rt.method+" "+rt.path, a.serve(rt))
	}
	mux.Handle("GET /static/", static.Handler())
	mux.Handle("/", a.serve(route{access: signedIn, serve: a.notFound}))
	return web.Chain(mux,
		web.RequestIDs,
		web.Clients(a.Proxies),
		web.Logs(a.Log, quiet),
		a.Metrics.HTTP,
		web.SecurityHeaders(a.secure()),
		web.Recover(a.Log, a.problem),
		web.Compress,
		sameOrigin,
		web.BodyLimit(maxBody),
	), nil
}

// secure says whether browsers reach us by https.
func (a *App) secure() bool { return strings.HasPrefix(a.BaseURL, "https://") }

// quiet says which requests aren't worth a line: probes and assets.
func quiet(r *http.Request) bool {
	switch r.URL.Path {
	case "/healthz", "/readyz", "/metrics":
		return true
	}
	return strings.HasPrefix(r.URL.Path, "/static/")
}

// serve checks the right of the person in front, runs the route and turns an error into a page.
func (a *App) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, err := a.admit(w, r, rt)
		if err == nil && r != nil {
			err = rt.serve(w, r)
		}
		if err != nil {
			a.problem(w, r, err)
		}
	})
}

type viewerKey struct{}

// viewer is who is signed in, and with which session.
type viewer struct {
	user    db.User
	session db.Session
}

// viewerOf returns who is signed in; the zero viewer when nobody is.
func viewerOf(r *http.Request) viewer {
	v, _ := r.Context().Value(viewerKey{}).(viewer)
	return v
}

func withViewer(r *http.Request, v viewer) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), viewerKey{}, v))
}

// actor is who makes this request, for history.
func actor(r *http.Request) ledger.Actor {
	u := viewerOf(r).user
	return ledger.Actor{
		ID: u.ID, Name: u.Email, Kind: "user",
		IP: web.ClientIP(r.Context()), UserAgent: db.CutAgent(r.UserAgent()), RequestID: web.RequestID(r.Context()),
	}
}

// change is a change that this request asks for, without a form token.
func change(r *http.Request, reason string) ledger.Change {
	return ledger.Change{Actor: actor(r), Reason: reason}
}
