// Package hms is a client for the 100ms server-side REST API, version 2, the whole of it: rooms and their codes, the
// exchange of a code for a token, templates, sessions, active rooms and their peers, recordings, their assets and
// configuration, live streams, external streams, stream keys, polls with responses and results, analytics events, peer
// statistics, the history and replay of webhooks, and SIP. Operations lists every call.
//
// It knows the vendor's wire format and manners (tokens, errors, paging, retries). It must not know our pages, our
// forms, our database or the sandbox. It never logs: what happened is in the returned error and in Call.
package hms

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// The vendor's production hosts. That of the exchange is the default of its own web client, not of the documentation.
const (
	vendorURL     = "https://api.100ms.live/v2"
	vendorAuthURL = "https://auth.100ms.live/v2"
)

// Config says which account a Client talks to. BaseURL, AccessKey and Secret are required.
type Config struct {
	BaseURL   string           // with the version, e.g. https://api.100ms.live/v2
	AuthURL   string           // where room codes are exchanged; "": the vendor's for the vendor's BaseURL, otherwise BaseURL
	AccessKey string           // the workspace's app access key
	Secret    string           // the workspace's app secret; never in an error or a log
	HTTP      *http.Client     // nil: one of our own, with bounded connections; redirects are never followed
	Timeout   time.Duration    // of one attempt, body included; 0: 15 s
	Tries     int              // attempts where repeating is safe; 0: 3
	HoldBack  time.Duration    // how long nothing is sent once the API stops answering, half of it by chance; grows to 30 s, unless it is longer; 0: 2 s
	Now       func() time.Time // dates tokens, Call.Started and ServerClock; nil: time.Now
	Observe   func(Call)       // called once after every request and its repetitions, also at the same time; may be nil
}

// String shows the configuration without its secret, so that printing one by mistake gives nothing away.
func (c Config) String() string {
	return "hms.Config{" + hostOf(c.BaseURL) + " " + c.AccessKey + "}"
}

// GoString is String: %#v must not show the secret either.
func (c Config) GoString() string { return c.String() }

// LogValue is String for log/slog.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// authURL is the address for exchanging room codes.
func (c Config) authURL() string {
	switch {
	case c.AuthURL != "":
		return c.AuthURL
	case strings.TrimRight(c.BaseURL, "/") == vendorURL:
		return vendorAuthURL
	}
	return c.BaseURL
}

// Call is what one operation did on the wire: filled for the caller of WithCall and for Config.Observe.
//
// Its Body holds whatever the API says, and so it may hold secrets: credentials of buckets, header values of webhooks, stream
// keys and RTMP URLs, presigned URLs, auth tokens, and what people wrote in polls. Keep it only redacted.
type Call struct {
	Op       string        // the method of Client, e.g. "CreateRoom"
	Method   string        // HTTP method
	Path     string        // path without the base URL and without the query, e.g. /rooms
	Status   int           // of the last answer; 0 when none came
	Attempts int           // how often it was sent
	Started  time.Time     // when the first attempt was sent, by Config.Now
	Latency  time.Duration // all attempts and the waits between them
	Held     Held          // why it wasn't sent, or not once more; empty when nothing held it back
	Body     []byte        // the last answer's body as it came, at most the body limit; it may hold secrets
}

// Held says why an operation was held back.
type Held string

// The values of Held.
const (
	HeldRate        Held = "rate"        // the wait after a 429, or the queue under the learned rate, is too long
	HeldUnavailable Held = "unavailable" // the API has not been answering: see ErrUnavailable
)

type callKey struct{}

// WithCall returns a context whose next operation writes into call what it did, also when it fails.
//
// Of an iterator, call shows the page fetched last. FindRoom sends two requests: call shows the one that failed or
// found the room, with the attempts of both.
func WithCall(ctx context.Context, call *Call) context.Context {
	return context.WithValue(ctx, callKey{}, call)
}

// callOf returns what WithCall put into ctx, or nil.
func callOf(ctx context.Context) *Call {
	call, _ := ctx.Value(callKey{}).(*Call)
	return call
}
