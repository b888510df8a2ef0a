package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"roomledger/web"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// inProcess is a client that calls h without a port.
func inProcess(t *testing.T, h http.Handler) *hms.Client {
	t.Helper()
	client, err := hms.New(hms.Config{
		BaseURL: builtInURL, AccessKey: sandbox.DemoAccessKey, Secret: sandbox.DemoSecret,
		HTTP: &http.Client{Transport: web.InProcess{Handler: h, Log: slog.New(slog.DiscardHandler)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// What the client makes of a fault mustn't depend on whether there is a connection that breaks.
func TestBuiltInFaults(t *testing.T) {
	named := hms.RoomParams{Name: "ward-7"}
	for name, tc := range map[string]struct {
		fault    sandbox.Fault
		params   hms.RoomParams
		status   int // of the error; -1: none
		maybe    bool
		rooms    int
		attempts int
	}{
		"none":                        {sandbox.Fault{Method: "PUT"}, named, -1, false, 1, 1},
		"cut before, unnamed":         {sandbox.Fault{CutBefore: true}, hms.RoomParams{}, 0, true, 0, 1},
		"cut after, unnamed":          {sandbox.Fault{CutAfter: true}, hms.RoomParams{}, 0, true, 1, 1},
		"cut before, named":           {sandbox.Fault{CutBefore: true}, named, -1, false, 1, 2},
		"cut after, named":            {sandbox.Fault{CutAfter: true}, named, -1, false, 1, 2},
		"cut each time":               {sandbox.Fault{CutAfter: true, Times: 9}, named, 0, true, 1, 3},
		"unavailable once":            {sandbox.Fault{Status: 503}, named, -1, false, 1, 2},
		"asked to wait for long":      {sandbox.Fault{Status: 429, Retry: 45}, named, 429, false, 0, 1},
		"asked to wait a little":      {sandbox.Fault{Status: 429, Retry: 2}, named, -1, false, 1, 2},
		"a token that is refused":     {sandbox.Fault{Expired: true}, named, -1, false, 1, 2},
		"an answer that takes long":   {sandbox.Fault{Delay: 10 * time.Second}, named, -1, false, 1, 1},
		"one that takes too long":     {sandbox.Fault{Delay: time.Hour}, hms.RoomParams{}, 0, true, 0, 1},
		"an answer cut in the middle": {sandbox.Fault{Spoil: "broken"}, named, 200, true, 1, 1},
		"somebody else's page":        {sandbox.Fault{Spoil: "html", Status: 502, Handle: true}, hms.RoomParams{}, 502, true, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				box, err := sandbox.New(sandbox.Options{Seed: sandbox.SeedEmpty})
				if err != nil {
					t.Fatal(err)
				}
				defer box.Close()
				box.FailNext(tc.fault)
				var call hms.Call
				_, err = inProcess(t, box).CreateRoom(hms.WithCall(t.Context(), &call), tc.params)
				failed, bad := errors.AsType[*hms.Error](err)
				switch {
				case bad != (tc.status >= 0), call.Attempts != tc.attempts:
					t.Errorf("%d attempts: %v", call.Attempts, err)
				case bad && (failed.Status != tc.status || failed.MaybeDone() != tc.maybe):
					t.Errorf("status %d, maybe done %t: %v", failed.Status, failed.MaybeDone(), err)
				}
				if rooms, err := box.Rooms(); err != nil || len(rooms) != tc.rooms {
					t.Errorf("%d rooms, %v", len(rooms), err)
				}
			})
		})
	}
}

// The API's clock is learnt from the dates of answers, in process as well.
func TestBuiltInClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, err := sandbox.New(sandbox.Options{Seed: sandbox.SeedEmpty, Skew: 5 * time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		defer box.Close()
		client := inProcess(t, box)
		if _, err := client.ListRooms(t.Context(), hms.RoomQuery{}); err != nil {
			t.Fatal(err)
		}
		want := time.Now().Add(5 * time.Minute)
		earliest, latest, ok := client.ServerClock(time.Now())
		if !ok || want.Before(earliest) || want.After(latest) {
			t.Errorf("between %s and %s, want %s", earliest, latest, want)
		}
	})
}

// Calls that come while the sandbox is loaded wait for it, as long as whoever makes them does.
func TestBuiltInLoads(t *testing.T) {
	b := &builtIn{ready: make(chan struct{})}
	client := inProcess(t, b)
	gone, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() {
		_, err := client.ListRooms(gone, hms.RoomQuery{})
		gaveUp <- err
	}()
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up while it was loaded got %v", err)
	}
	box, err := sandbox.New(sandbox.Options{Seed: sandbox.SeedEmpty})
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan error)
	go func() {
		_, err := client.ListRooms(t.Context(), hms.RoomQuery{})
		answered <- err
	}()
	b.box = box
	close(b.ready)
	if err := <-answered; err != nil {
		t.Errorf("who waited got %v", err)
	}
	if err := b.close(); err != nil {
		t.Error(err)
	}
}

// A sandbox that can't be loaded ends the desk, and says so to who calls it meanwhile.
func TestBuiltInBroken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sandbox")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) { // for the pauses between a call's attempts
		group, ctx := errgroup.WithContext(t.Context())
		b := startBuiltIn(group, sandbox.Options{Dir: file})
		_, err := inProcess(t, b).ListRooms(t.Context(), hms.RoomQuery{})
		if failed, ok := errors.AsType[*hms.Error](err); !ok || failed.Status != http.StatusServiceUnavailable {
			t.Errorf("a call got %v", err)
		}
		if err := group.Wait(); err == nil || ctx.Err() == nil {
			t.Error("the desk goes on without it")
		}
		if err := b.close(); err != nil {
			t.Error(err)
		}
	})
}
