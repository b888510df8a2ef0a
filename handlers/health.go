package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"roomledger/db"
	"roomledger/web"
	"roomledger/web/hms"
)

// health says that the process serves.
func (a *App) health(w http.ResponseWriter, _ *http.Request) error {
	return sayPlain(w, http.StatusOK, "ok\n")
}

// readyWithin is how long the readiness check waits for the database. Whoever probes wants a no sooner than nothing.
const readyWithin = 2 * time.Second

// ready says whether we could record changes: the database is writable and the head of history intact. How 100ms is doing
// stands beside it and decides nothing: a desk without it still shows all it knows, and another copy of it would reach
// 100ms no better.
func (a *App) ready(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	if err := a.DB.Writable(ctx); err != nil {
		a.Log.ErrorContext(r.Context(), "not ready", "err", err, "request_id", web.RequestID(r.Context()))
		return sayPlain(w, http.StatusServiceUnavailable, "history can't be written\n")
	}
	if err := a.intact(ctx); err != nil {
		a.Log.ErrorContext(r.Context(), "not ready", "err", err, "request_id", web.RequestID(r.Context()))
		return sayPlain(w, http.StatusServiceUnavailable, "history isn't intact: run roomledger verify\n")
	}
	return sayPlain(w, http.StatusOK, "ready\napi: "+apiWords(a.HMS.Health())+"\n")
}

// intact looks at the head of history and at the newest checkpoint that is kept in a file elsewhere. It is cheap: whether
// each row is as it was written, a verification finds out.
func (a *App) intact(ctx context.Context) error {
	if err := a.DB.Head(ctx); err != nil {
		return err
	}
	if err := a.Jobs.Witnesses.Agree(ctx); errors.Is(err, db.ErrAltered) {
		return err
	}
	return nil // a file that can't be read is a problem of its own, which the pages tell
}

// apiWords is how the API is doing, in one line: ok, or what is wrong and since when.
func apiWords(h hms.Health) string {
	if h.State == hms.StateOK {
		return string(h.State)
	}
	return string(h.State) + " since " + h.Since.UTC().Format(time.RFC3339)
}

func (a *App) metrics(w http.ResponseWriter, r *http.Request) error {
	a.Metrics.Handler().ServeHTTP(w, r)
	return nil
}

func sayPlain(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write([]byte(text))
	return err
}
