// Package web is the plumbing under the pages: server, middleware, cookies, keys, and an error that speaks to people.
//
// It knows HTTP. It has never heard of rooms, users or the database, draws no page of its own, and imports nothing of ours.
package web

import (
	"net/http"
	"slices"
)

// HandlerFunc answers a request or returns why it couldn't. After an error nothing may have been written,
// so that whoever calls it can still answer with an error page.
type HandlerFunc func(http.ResponseWriter, *http.Request) error

// ErrorPage writes the page that tells a person about err. It picks the status, and must write something.
type ErrorPage func(w http.ResponseWriter, r *http.Request, err error)

// Middleware wraps a handler in another.
type Middleware func(http.Handler) http.Handler

// Chain puts h behind the middlewares, the first one outermost. Where h is the router, the pattern it picks
// becomes known to the middlewares in front of it, however often they copied the request.
func Chain(h http.Handler, middlewares ...Middleware) http.Handler {
	h = notePattern(h)
	for _, wrap := range slices.Backward(middlewares) {
		h = wrap(h)
	}
	return h
}
