package handlers

import (
	"context"
	"net/http"
	"time"

	"roomledger/web"
)

// health says that the process serves.
func (a *App) health(w http.ResponseWriter, _ *http.Request) error {
	return sayPlain(w, http.StatusOK, "ok\n")
}

// readyWithin is how long the readiness check waits for the database. Whoever probes wants a no sooner than nothing.
const readyWithin = 2 * time.Second

// ready says whether changes could be made: the database is writable and the head of history intact.
func (a *App) ready(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	if err := a.DB.Writable(ctx); err != nil {
		a.Log.ErrorContext(r.Context(), "not ready", "err", err, "request_id", web.RequestID(r.Context()))
		return sayPlain(w, http.StatusServiceUnavailable, "history can't be written\n")
	}
	return sayPlain(w, http.StatusOK, "ready\n")
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
