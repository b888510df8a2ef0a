package hms_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

func TestSandboxRefusesOurKey(t *testing.T) {
	for name, change := range map[string]func(*hms.Config){
		"access key": func(c *hms.Config) { c.AccessKey = "64c1f0a2e5b7d3419f8a0000" },
		"secret":     func(c *hms.Config) { c.Secret = "another" },
		"clock":      func(c *hms.Config) { c.Now = func() time.Time { return time.Now().Add(time.Hour) } },
	} {
		client, api := withSandbox(t, change)
		_, err := client.CreateRoom(t.Context(), hms.RoomParams{Name: "a"})
		if failed := asError(t, err); !failed.IsAuth() || failed.Attempts != 2 || failed.MaybeDone() {
			t.Errorf("wrong %s: %v", name, err)
		}
		rooms, err := api.Rooms()
		if err != nil || len(rooms) != 0 {
			t.Errorf("wrong %s: %d rooms, %v", name, len(rooms), err)
		}
	}
}

func TestSandboxFaults(t *testing.T) {
	const page = "<html><body>Service unavailable</body></html>"
	cases := []struct {
		name     string
		fault    sandbox.Fault
		params   hms.RoomParams
		ok       bool
		status   int
		maybe    bool
		rooms    int
		attempts int
	}{
		{"401 once", sandbox.Fault{Status: 401, Body: `{"code":401,"message":"Token validation error"}`}, hms.RoomParams{}, true, 0, false, 1, 2},
		{"429 with a long wait", sandbox.Fault{Status: 429, Body: `{"code":429,"message":"rate limit exceeded, retry after 45 seconds"}`}, hms.RoomParams{Name: "a"}, false, 429, false, 0, 1},
		{"500", sandbox.Fault{Status: 500, Body: `{"code":500,"message":"internal"}`}, hms.RoomParams{Name: "a"}, false, 500, true, 0, 1},
		{"cut before, no name", sandbox.Fault{CutBefore: true}, hms.RoomParams{}, false, 0, true, 0, 1},
		{"cut after, no name", sandbox.Fault{CutAfter: true}, hms.RoomParams{}, false, 0, true, 1, 1},
		{"cut before, named", sandbox.Fault{CutBefore: true}, hms.RoomParams{Name: "a"}, true, 0, false, 1, 2},
		{"cut after, named", sandbox.Fault{CutAfter: true}, hms.RoomParams{Name: "a"}, true, 0, false, 1, 2},
		{"broken JSON after the change", sandbox.Fault{Status: 200, Body: `{"id":`, Handle: true}, hms.RoomParams{Name: "a"}, false, 200, true, 1, 1},
		{"HTML page", sandbox.Fault{Status: 502, Body: page, ContentType: "text/html"}, hms.RoomParams{}, false, 502, true, 0, 1},
		{"HTML page with 200", sandbox.Fault{Status: 200, Body: page, ContentType: "text/html"}, hms.RoomParams{Name: "a"}, false, 200, true, 0, 1},
		{"200 with an error", sandbox.Fault{Status: 200, Body: `{"code":400,"message":"Error: region not supported"}`}, hms.RoomParams{Name: "a"}, false, 400, false, 0, 1},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			client, api := withSandbox(t)
			api.FailNext(tc.fault)
			var call hms.Call
			_, err := client.CreateRoom(hms.WithCall(t.Context(), &call), tc.params)
			if (err == nil) != tc.ok || call.Attempts != tc.attempts {
				t.Fatalf("%d attempts: %v", call.Attempts, err)
			}
			if err != nil {
				if failed := asError(t, err); failed.Status != tc.status || failed.MaybeDone() != tc.maybe {
					t.Errorf("status %d, maybe done %t: %v", failed.Status, failed.MaybeDone(), err)
				}
			}
			rooms, err := api.Rooms()
			if err != nil || len(rooms) != tc.rooms {
				t.Errorf("the sandbox has %d rooms, want %d; %v", len(rooms), tc.rooms, err)
			}
		})
	}
}

func TestSandboxGivenUp(t *testing.T) {
	client, api := withSandbox(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	returned := make(chan struct{})
	api.FailNext(sandbox.Fault{Hook: func() {
		cancel()
		<-returned
	}})
	_, err := client.CreateRoom(ctx, hms.RoomParams{Name: "a"})
	close(returned)
	if failed := asError(t, err); !errors.Is(err, context.Canceled) || !failed.MaybeDone() {
		t.Errorf("got %v", err)
	}
}

// The moment a room was made lies between what the API's clock can have shown before and after the call.
func TestSandboxClockFrames(t *testing.T) {
	client, _ := withSandbox(t)
	before := time.Now()
	room, err := client.CreateRoom(t.Context(), hms.RoomParams{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	earliest, _, ok := client.ServerClock(before)
	_, latest, _ := client.ServerClock(time.Now())
	if !ok || room.CreatedAt.Before(earliest.Truncate(time.Millisecond)) || room.CreatedAt.After(latest) {
		t.Errorf("created at %s, not within %s and %s", room.CreatedAt, earliest, latest)
	}
}
