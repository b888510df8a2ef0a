// Package sandbox is the 100ms server-side REST API, version 2, offline: an http.Handler with its own state, rules and
// failures, so that the client can be tried and tested without an account.
//
// It knows what the API's documentation says: paths, keys, rules, error texts and quirks; where that is silent, choices.go
// says what is done here and why. It must not know the client (package hms), our forms, our pages or our database: a server
// that shared code with the client would share its mistakes.
package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// The credentials of a sandbox that was given none. They open nothing but a sandbox.
const (
	DemoAccessKey = "6600aa11bb22cc33dd44ee55"
	DemoSecret    = "sandbox-secret-for-trying-things-out-only="
)

// The values of Options.Seed.
const (
	SeedDemo  = "demo"  // a busy account: six templates, 150 rooms made over 90 days, sessions, recordings, a running meeting
	SeedPlain = "plain" // two templates, a classroom (the default one) and a webinar
	SeedEmpty = "empty" // one default template with two roles
)

// Options says how a sandbox behaves. The zero value is a sandbox in memory with the demo credentials and templates.
type Options struct {
	AccessKey, Secret string           // the workspace's credentials; both empty: DemoAccessKey and DemoSecret
	Dir               string           // where the state is kept; empty: in memory only
	Seed              string           // one of the above, SeedPlain when empty; only for a Dir without a state
	Rate              float64          // requests a second before 429, with one second's worth at once; 0: no limit
	Latency           time.Duration    // added to every answer
	Jitter            time.Duration    // added besides, from nothing to so much
	Skew              time.Duration    // how far off the server's clock is
	Faults            []Fault          // that are pending from the start
	HIPAA             bool             // the workspace is one with HIPAA rules
	Mute              bool             // webhooks are not sent but fail
	WebhookURL        string           // of the workspace's webhook; "": the one that it had
	WebhookHeader     http.Header      // sent with it
	SeedNumber        uint64           // what is random in the seed follows from it
	Speed             float64          // how fast its time goes; 0: as usual
	Readings          map[Reading]bool // of the documents, other than the usual ones; see choices.go
	Now               func() time.Time // the server's clock; nil: time.Now. With one, nothing happens by itself: see Advance
	Log               *slog.Logger     // faults of the sandbox itself; nil: none
}

// Server is the sandbox. It serves everything below /v2 and is safe for concurrent use.
type Server struct {
	accessKey, secret []byte
	how               atomic.Pointer[Behaviour]
	clock             *clock
	fakeClock         bool // the clock of a test: nothing happens by itself but with a request or by Advance
	log               *slog.Logger
	limiter           atomic.Pointer[rate.Limiter] // nil: no limit
	tokens            tokenCache
	mux               *http.ServeMux
	open              map[string]bool // calls that need no management token
	calls             calls
	faults            faults
	state             *state

	sender       *http.Client    // of webhooks
	sending      context.Context // of all tries to send them; Close ends it
	stopSending  context.CancelFunc
	mute         bool // they are not sent
	historyCalls callWindow
	replayOutage atomic.Bool

	timerMu sync.Mutex
	timer   *time.Timer // of what is due next; nil until something is
	armed   int64       // when it fires, as nanos
	closed  bool
}

// New makes a sandbox and, with Options.Dir, loads or founds its state there. It fails when an option is unusable, or when the
// directory can't be used, is used by another sandbox, or holds a state that doesn't parse.
func New(o Options) (*Server, error) {
	if (o.AccessKey == "") != (o.Secret == "") {
		return nil, fmt.Errorf("sandbox: give both the access key and the secret, or neither")
	}
	if o.AccessKey == "" {
		o.AccessKey, o.Secret = DemoAccessKey, DemoSecret
	}
	base := o.Now
	if base == nil {
		base = time.Now
	}
	if o.Skew != 0 {
		right := base
		base = func() time.Time { return right().Add(o.Skew) }
	}
	st, err := openState(o.Dir, conf{readings: maps.Clone(o.Readings), hipaa: o.HIPAA}, func(st *state) error { return st.plant(cmp.Or(o.Seed, SeedPlain), o.SeedNumber, base().UTC()) })
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s := &Server{
		accessKey: []byte(o.AccessKey), secret: []byte(o.Secret), fakeClock: o.Now != nil, log: o.Log, state: st,
		clock: newClock(base, st.workspace().Ahead, 1), sender: newSender(), mute: o.Mute, armed: never,
	}
	s.sending, s.stopSending = context.WithCancel(context.Background())
	s.clock.leapTo(st.latest()) // what it holds has happened
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.SetBehaviour(Behaviour{o.Rate, o.Latency, o.Jitter}); err != nil {
		return nil, errors.Join(fmt.Errorf("sandbox: %w", err), s.Close())
	}
	for _, f := range o.Faults {
		s.FailNext(f)
	}
	s.mux = s.newMux(routes())
	st.noteNext()
	if err := s.set(o); err != nil {
		return nil, errors.Join(fmt.Errorf("sandbox: %w", err), s.Close())
	}
	s.arm()
	return s, nil
}

// set applies the options that change what is kept.
func (s *Server) set(o Options) error {
	if o.Speed != 0 {
		if err := s.SetSpeed(o.Speed); err != nil {
			return err
		}
	}
	if o.WebhookURL == "" {
		return nil
	}
	hook := &webhook{URL: o.WebhookURL, Headers: map[string]string{}}
	for name := range o.WebhookHeader {
		hook.Headers[name] = o.WebhookHeader.Get(name)
	}
	if !isWebURL(hook.URL) {
		return errors.New("the webhook needs an absolute http or https URL")
	}
	return s.update(func(tx *tx) error {
		next := *tx.workspace()
		next.Webhook = hook
		tx.workspaces.put(tx, &next)
		return nil
	})
}

// Close breaks off the webhooks that are on their way, which are sent again by who opens the state next, and closes its files;
// changes asked for after it are refused. It fails when a file can't be closed.
func (s *Server) Close() error {
	s.timerMu.Lock()
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
	}
	s.timerMu.Unlock()
	s.closeSends()
	return s.state.close()
}

// RoomState is what the sandbox holds about one room.
type RoomState struct {
	ID        string
	Name      string
	Enabled   bool
	CreatedAt time.Time
	Body      json.RawMessage // the whole room as an update answers it, secrets included
}

// Rooms returns all rooms, disabled ones too, oldest first. It is meant for tests.
func (s *Server) Rooms() (all []RoomState, err error) {
	return all, s.view(func(st *state) error {
		for _, rm := range st.rooms.list {
			body, err := json.Marshal(st.updateReply(rm))
			if err != nil {
				return fmt.Errorf("encode room %s: %w", rm.ID, err)
			}
			all = append(all, RoomState{ID: rm.ID, Name: rm.Name, Enabled: rm.Enabled, CreatedAt: rm.CreatedAt, Body: body})
		}
		return nil
	})
}
