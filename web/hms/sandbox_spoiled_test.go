package hms_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// wire is a network of pipes. On it no time passes in the bubble of a test, so that waits and timeouts take none.
type wire struct {
	dialled chan net.Conn
	closed  chan struct{}
}

func (w *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case w.dialled <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case conn := <-w.dialled:
		return conn, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error {
	close(w.closed)
	return nil
}

func (w *wire) Addr() net.Addr { return &net.IPAddr{} }

// newWiredAccount is newAccount within a synctest bubble, whose clock is that of the sandbox and of the client.
func newWiredAccount(t *testing.T) *account {
	t.Helper()
	api, err := sandbox.New(sandbox.Options{AccessKey: testKey, Secret: testSecret, Seed: sandbox.SeedEmpty})
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{dialled: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: api}
	served := make(chan error)
	go func() { served <- server.Serve(w) }()
	transport := &http.Transport{DialContext: w.dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := errors.Join(server.Close(), api.Close()); err != nil || !errors.Is(<-served, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	client, err := hms.New(hms.Config{
		BaseURL: "http://sandbox.example.org/v2", AccessKey: testKey, Secret: testSecret, HTTP: &http.Client{Transport: transport},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &account{Client: client, t: t, api: api}
}

// workplace is what deeds are done to.
type workplace struct {
	*account
	ctx      context.Context
	room     hms.Room
	template hms.Template
	poll     hms.Poll
}

func newWorkplace(t *testing.T) *workplace {
	a := newWiredAccount(t)
	s := &workplace{account: a, ctx: t.Context()}
	s.room = must(a.CreateRoom(s.ctx, hms.RoomParams{Name: "office"}))
	s.template = must(a.CreateTemplate(s.ctx, twoRoles("office")))
	s.poll = must(a.CreatePoll(s.ctx, quiz()))
	return s
}

// deed is one operation at a workplace.
type deed struct {
	name   string
	do     func(ctx context.Context, s *workplace) error
	done   func(s *workplace) bool // whether its change is there; nil: it reads
	repeat bool                    // it is sent again when no clear answer came
	deaf   bool                    // its answer has nothing to read
	barred int                     // the status of a refused token; 0: 401
}

var deeds = []deed{
	{
		name: "read a room", repeat: true,
		do: func(ctx context.Context, s *workplace) error { _, err := s.Room(ctx, s.room.ID); return err },
	},
	{
		name: "list sessions", repeat: true,
		do: func(ctx context.Context, s *workplace) error {
			_, err := s.ListSessions(ctx, hms.SessionQuery{})
			return err
		},
	},
	{
		name: "read a template", repeat: true,
		do: func(ctx context.Context, s *workplace) error { _, err := s.Template(ctx, s.template.ID); return err },
	},
	{
		name: "list events", repeat: true,
		do: func(ctx context.Context, s *workplace) error {
			_, err := s.ListEvents(ctx, hms.EventQuery{RoomID: s.room.ID})
			return err
		},
	},
	{
		name: "list webhooks", repeat: true, barred: 403,
		do: func(ctx context.Context, s *workplace) error {
			_, err := s.ListWebhookEvents(ctx, hms.WebhookQuery{})
			return err
		},
	},
	{
		name: "make a room", repeat: true,
		do:   func(ctx context.Context, s *workplace) error { _, err := s.CreateRoom(ctx, fullParams()); return err },
		done: func(s *workplace) bool { _, err := s.FindRoom(s.ctx, fullParams().Name); return err == nil },
	},
	{
		name: "change a room",
		do: func(ctx context.Context, s *workplace) error {
			_, err := s.UpdateRoom(ctx, s.room.ID, hms.RoomParams{Size: new(7), RecordingInfo: fullParams().RecordingInfo})
			return err
		},
		done: func(s *workplace) bool { return must(s.Room(s.ctx, s.room.ID)).Size == 7 },
	},
	{
		name: "change a template", repeat: true,
		do: func(ctx context.Context, s *workplace) error {
			changed := s.template
			changed.Settings.Region = hms.RegionUS
			_, err := s.UpdateTemplate(ctx, changed.ID, changed)
			return err
		},
		done: func(s *workplace) bool { return must(s.Template(s.ctx, s.template.ID)).Settings.Region == hms.RegionUS },
	},
	{
		name: "record",
		do: func(ctx context.Context, s *workplace) error {
			_, err := s.StartRecording(ctx, s.room.ID, hms.RecordingParams{MeetingURL: beamPage})
			return err
		},
		done: func(s *workplace) bool {
			return len(must(s.ListRecordings(s.ctx, hms.JobQuery{RoomID: s.room.ID})).Data) == 1
		},
	},
	{
		name: "make a stream key",
		do:   func(ctx context.Context, s *workplace) error { _, err := s.CreateStreamKey(ctx, s.room.ID); return err },
		done: func(s *workplace) bool { _, err := s.StreamKey(s.ctx, s.room.ID); return err == nil },
	},
	{
		name: "delete a question", deaf: true,
		do:   func(ctx context.Context, s *workplace) error { return s.DeletePollQuestion(ctx, s.poll.ID, 1) },
		done: func(s *workplace) bool { return len(must(s.Poll(s.ctx, s.poll.ID)).Questions) == 1 },
	},
	{
		name: "rewrite a poll", repeat: true,
		do: func(ctx context.Context, s *workplace) error {
			params := s.poll.Params()
			params.Title = "another"
			_, err := s.UpdatePoll(ctx, s.poll.ID, params)
			return err
		},
		done: func(s *workplace) bool { return must(s.Poll(s.ctx, s.poll.ID)).Title == "another" },
	},
}

// inBubble runs a test of the deed at a workplace of its own, in a bubble where no time is lost with waiting.
func (d deed) inBubble(t *testing.T, test func(*workplace, deed)) {
	t.Run(d.name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			scene{run: func(a *account) { test(newWorkplace(a.t), d) }}.play(&account{t: t})
		})
	})
}

// spoiling is a fault, and what it means to whoever meets it each time.
type spoiling struct {
	fault   string // as sandbox.ParseFault reads it
	status  int    // of the error
	unclear bool   // a change may have been made
	retried bool   // a request that may be repeated is
	renewed bool   // a token is the matter: any request is sent once more with another one
	spared  bool   // the change is made all the same
	deaf    bool   // who reads nothing of the answer doesn't notice
	wait    time.Duration
}

var spoilings = []spoiling{
	{fault: "status=500", status: 500, unclear: true},
	{fault: "status=500,done", status: 500, unclear: true, spared: true},
	{fault: "status=502", status: 502, unclear: true, retried: true},
	{fault: "status=503", status: 503, unclear: true, retried: true},
	{fault: "status=503,body=html", status: 503, unclear: true, retried: true},
	{fault: "status=504,done", status: 504, unclear: true, retried: true, spared: true},
	{fault: "status=400", status: 400},
	{fault: "status=429", status: 429, wait: 45 * time.Second},
	{fault: "status=429,retry=2", status: 429, retried: true, wait: 2 * time.Second},
	{fault: "cut=before", unclear: true, retried: true},
	{fault: "cut=after", unclear: true, retried: true, spared: true},
	{fault: "delay=20s", unclear: true, retried: true},
	{fault: "body=broken", status: 200, unclear: true, spared: true, deaf: true},
	{fault: "body=html", status: 200, unclear: true, spared: true, deaf: true},
	{fault: "body=empty", status: 200, unclear: true, spared: true, deaf: true},
	{fault: "token=expired", status: 401, renewed: true},
	{fault: "skew=-1h", status: 401, renewed: true},
	{fault: "skew=25h", status: 401, renewed: true},
}

// attempts is how often a deed is sent that meets the fault each time.
func (sp spoiling) attempts(d deed) int {
	switch {
	case sp.renewed:
		return 2
	case sp.retried && d.repeat:
		return 3
	}
	return 1
}

func TestSandboxSpoiled(t *testing.T) {
	for _, sp := range spoilings {
		t.Run(sp.fault, func(t *testing.T) {
			t.Parallel()
			for _, d := range deeds {
				d.inBubble(t, sp.spoil)
			}
		})
	}
}

// spoil does the deed, which meets the fault each time.
func (sp spoiling) spoil(s *workplace, d deed) {
	s.api.FailNext(must(sandbox.ParseFault(sp.fault + ",times=always")))
	var call hms.Call
	err := d.do(hms.WithCall(s.ctx, &call), s)
	s.api.ClearFaults()
	if d.deaf && sp.deaf {
		succeeds(err)
	} else {
		failed := asError(s.t, err)
		sp.check(s, failed, d)
		s.equal("attempts", []int{failed.Attempts, call.Attempts}, []int{sp.attempts(d), sp.attempts(d)})
	}
	if d.done != nil {
		time.Sleep(time.Minute) // of the bubble: waits that a 429 asked for are over
		s.equal("it was done", d.done(s), sp.spared)
	}
}

func (sp spoiling) check(s *workplace, failed *hms.Error, d deed) {
	s.t.Helper()
	writes := d.done != nil
	status := sp.status
	if sp.renewed {
		status = cmp.Or(d.barred, status)
	}
	s.equal("status", failed.Status, status)
	s.equal("maybe done", failed.MaybeDone(), writes && sp.unclear)
	s.equal("our key was refused", failed.IsAuth(), sp.renewed)
	s.equal("wait", failed.RetryAfter, sp.wait)
	s.equal("not found", errors.Is(failed, hms.ErrNotFound), false)
	checkSecrets(s.t, failed)
}

// accountSecrets are those of the account and of the deeds; a token begins with eyJ.
var accountSecrets = []string{testSecret, "eyJ", "AKIATEST", "test-secret", "page-token"}

// checkSecrets makes sure that an error shows none of the account's secrets, and none of others.
func checkSecrets(t *testing.T, failed *hms.Error, others ...string) {
	t.Helper()
	text := fmt.Sprintf("%v %+v %#v", failed, *failed, *failed)
	for _, secret := range slices.Concat(accountSecrets, others) {
		if strings.Contains(text, secret) {
			t.Errorf("%q shows in %s", secret, text)
		}
	}
}

// TestSandboxSpoiledOnce: who may repeat gets through when the fault is over, and has done it once.
func TestSandboxSpoiledOnce(t *testing.T) {
	for _, sp := range spoilings {
		t.Run(sp.fault, func(t *testing.T) {
			t.Parallel()
			for _, d := range deeds {
				if sp.renewed || (sp.retried && d.repeat) {
					d.inBubble(t, sp.spoilOnce)
				}
			}
		})
	}
}

func (sp spoiling) spoilOnce(s *workplace, d deed) {
	s.api.FailNext(must(sandbox.ParseFault(sp.fault)))
	var call hms.Call
	succeeds(d.do(hms.WithCall(s.ctx, &call), s))
	if d.done != nil || !strings.HasPrefix(sp.fault, "cut") { // net/http itself repeats a GET on a connection that was cut
		s.equal("attempts", call.Attempts, 2)
	}
	if d.done != nil {
		s.equal("it was done", d.done(s), true)
	}
}

// TestSandboxWrongContentType: what is JSON is read as such, whatever it says it is.
func TestSandboxWrongContentType(t *testing.T) {
	for _, d := range deeds {
		d.inBubble(t, func(s *workplace, d deed) {
			s.api.FailNext(must(sandbox.ParseFault("type=text/html")))
			succeeds(d.do(s.ctx, s))
			s.equal("it was done", d.done == nil || d.done(s), true)
		})
	}
}
