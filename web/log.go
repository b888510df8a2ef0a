package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// Logs writes one line per request once it is answered: method, route, status, size, time taken, request id, address, and
// the user where SetUser said one. Query, cookies, headers and bodies never appear: they may hold secrets.
// Requests that skip picks are not logged; a nil skip picks none.
func Logs(log *slog.Logger, skip func(*http.Request) bool) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if skip != nil && skip(r) {
				next.ServeHTTP(w, r)
				return
			}
			r, s := withSlot(r)
			rec, start, whole := record(w), time.Now(), false
			defer func() { logRequest(log, r, s, rec, time.Since(start), whole) }()
			next.ServeHTTP(rec, r)
			whole = true
		})
	}
}

func logRequest(log *slog.Logger, r *http.Request, s *slot, rec *recorder, took time.Duration, whole bool) {
	attrs := []slog.Attr{
		slog.String("method", methodOf(r)),
		slog.String("route", s.route()),
		slog.Int("status", rec.answered(whole)),
		slog.Int64("bytes", rec.bytes),
		slog.Duration("took", took),
		slog.String("request_id", s.id),
		slog.String("ip", s.ip),
	}
	if s.user != "" {
		attrs = append(attrs, slog.String("user", s.user))
	}
	if !whole {
		attrs = append(attrs, slog.Bool("broken_off", true))
	}
	log.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
}

func (s *slot) route() string {
	if s.pattern == "" {
		return unmatched
	}
	return s.pattern
}

// Recover turns a panic into an error page with status 500 and one log line with the stack. Once the answer has begun it can only be
// broken off, so that nobody takes the half of it for the whole. http.ErrAbortHandler passes through: it is meant for the server.
func Recover(log *slog.Logger, page ErrorPage) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r, s := withSlot(r)
			rec := record(w)
			defer func() {
				switch v := recover(); v {
				case nil:
				case http.ErrAbortHandler:
					panic(v)
				default:
					recovered(log, page, rec, r, s, v)
				}
			}()
			next.ServeHTTP(rec, r)
		})
	}
}

func recovered(log *slog.Logger, page ErrorPage, rec *recorder, r *http.Request, s *slot, v any) {
	log.LogAttrs(r.Context(), slog.LevelError, "panic",
		slog.String("value", fmt.Sprint(v)),
		slog.String("method", methodOf(r)),
		slog.String("route", s.route()),
		slog.String("request_id", s.id),
		slog.String("stack", string(debug.Stack())))
	if rec.status != 0 {
		panic(http.ErrAbortHandler)
	}
	page(rec, r, &Error{
		Status: http.StatusInternalServerError,
		What:   "Something went wrong on our side.",
		Why:    "The program hit a fault while it worked on this page.",
		Do:     "Try again; if it happens again, look for the request id in the server's log.",
		Err:    fmt.Errorf("panic: %v", v),
		Logged: true,
	})
}
