package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"

	"roomledger/web/hms"
)

// sandboxReady is the line that a sandbox prints.
var sandboxReady = regexp.MustCompile(`on (http://[0-9.]+:[0-9]+)/v2`)

// sandboxProcess starts a sandbox as a process of its own, to be killed, and returns its client.
func sandboxProcess(t *testing.T, dir string) (*exec.Cmd, *hms.Client) {
	t.Helper()
	out := &output{}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "sandbox", "-addr", "127.0.0.1:0", "-data", dir, "-seed", "empty", "-access-key", "k", "-secret", "s")
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Stdout = out
	stdin, err := cmd.StdinPipe() // its lifeline
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stdin.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			t.Error(err)
		}
		if cmd.ProcessState == nil {
			_ = cmd.Wait() // it was killed, or ends with its lifeline; how is not the point
		}
	})
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	base, ok := out.await(ctx, sandboxReady)
	if !ok {
		t.Fatalf("the sandbox doesn't start\n%s", out)
	}
	client, err := hms.New(hms.Config{BaseURL: base + "/v2", AccessKey: "k", Secret: "s", Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	return cmd, client
}

// TestSandboxKilled: what a sandbox has answered is there after a kill -9 in the middle of everything.
func TestSandboxKilled(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	made := map[string]string{} // names by id
	for round := range 3 {
		cmd, client := sandboxProcess(t, dir)
		enough := make(chan struct{})
		var clients sync.WaitGroup
		for i := range 8 {
			clients.Go(func() {
				for n := 0; ; n++ {
					room, err := client.CreateRoom(t.Context(), hms.RoomParams{Name: fmt.Sprintf("kill-%d-%d-%d", round, i, n)})
					if err != nil {
						return // it is dead
					}
					mu.Lock()
					made[room.ID] = room.Name
					if len(made) == 200*(round+1) {
						close(enough)
					}
					mu.Unlock()
				}
			})
		}
		<-enough
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		clients.Wait()
		if err := cmd.Wait(); err == nil {
			t.Error("it ended by itself")
		}
	}
	_, client := sandboxProcess(t, dir)
	for room, err := range client.AllRooms(t.Context(), hms.RoomQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if name, known := made[room.ID]; known && name != room.Name {
			t.Errorf("%s became %s", name, room.Name)
		}
		delete(made, room.ID)
	}
	if len(made) > 0 {
		t.Errorf("%d rooms that were answered are gone", len(made))
	}
}
