package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"roomledger/web/hms"
)

// The sandbox's targets, with all the rooms held, its state kept, and clients and sandbox on the same machine.
var (
	targetReads         = atLeast(10_000)
	targetCreates       = atLeast(3000)
	targetAPI           = under(20)
	targetSandboxMemory = under(300)
)

const (
	sandboxKey    = "6600aa11bb22cc33dd44ee66"
	sandboxSecret = "a secret for the benchmark alone"
)

// sandbox measures the API that everything else is made against: filled first, then read and written by many clients.
func (b *bench) sandbox(ctx context.Context) error {
	s, err := b.startSandbox(ctx)
	if err != nil {
		return err
	}
	filled, err := b.fill(ctx, s)
	if err != nil {
		return errors.Join(s.explain(err), s.stop())
	}
	if err := s.stop(); err != nil {
		return err
	}
	if s, err = b.startSandbox(ctx); err != nil {
		return err
	}
	b.table.one("sandbox, start, "+b.size(), " ms", noTarget, millis(s.ready))
	if err := b.api(ctx, s, filled); err != nil {
		return errors.Join(s.explain(err), s.stop())
	}
	return s.stop()
}

func (b *bench) startSandbox(ctx context.Context) (*server, error) {
	return b.start(ctx, "/v2/rooms", "sandbox", "-addr", "127.0.0.1:0", "-data", filepath.Join(b.dir, "api"),
		"-access-key", sandboxKey, "-secret", sandboxSecret)
}

func sandboxClient(s *server) (*hms.Client, error) {
	return hms.New(hms.Config{BaseURL: s.base + "/v2", AccessKey: sandboxKey, Secret: sandboxSecret})
}

// fill makes the rooms that the sandbox is to hold, and returns the id of one.
func (b *bench) fill(ctx context.Context, s *server) (id string, err error) {
	client, err := sandboxClient(s)
	if err != nil {
		return "", err
	}
	err = shared(b.rooms, func(n int) error {
		_, err := client.CreateRoom(ctx, hms.RoomParams{Name: fmt.Sprintf("filled-%d", n)})
		return err
	})
	if err != nil {
		return "", err
	}
	room, err := client.FindRoom(ctx, fmt.Sprintf("filled-%d", b.rooms/2))
	return room.ID, err
}

// shared lets many clients do something n times among them, with the number of each time. An error ends the client that met it.
func shared(n int, do func(i int) error) error {
	var wg sync.WaitGroup
	failed := make([]error, manyClients)
	for client := range manyClients {
		wg.Go(func() {
			for i := client; i < n && failed[client] == nil; i += manyClients {
				failed[client] = do(i)
			}
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// api measures calls of the sandbox.
func (b *bench) api(ctx context.Context, s *server, id string) error {
	client, err := sandboxClient(s)
	if err != nil {
		return err
	}
	for _, l := range []apiLoad{
		{"reads", targetReads, func(ctx context.Context) error { _, err := client.Room(ctx, id); return err }},
		{"pages of ten", noTarget, func(ctx context.Context) error {
			_, err := client.ListRooms(ctx, hms.RoomQuery{Start: id})
			return err
		}},
	} {
		if err := b.apiLoad(ctx, l); err != nil {
			return err
		}
	}
	if err := b.memory(ctx, s, "sandbox, resident memory, "+b.size(), targetSandboxMemory); err != nil {
		return err
	}
	// Last, as it adds more rooms than those that the figures are about.
	return b.apiLoad(ctx, apiLoad{"creates", targetCreates, func(ctx context.Context) error {
		_, err := client.CreateRoom(ctx, hms.RoomParams{Name: "bench-" + rand.Text()})
		return err
	}})
}

// apiLoad is one kind of call.
type apiLoad struct {
	figure string
	target limit
	call   func(context.Context) error
}

func (b *bench) apiLoad(ctx context.Context, l apiLoad) error {
	samples, err := repeat(ctx, manyClients, l.call)
	if err != nil {
		return err
	}
	figure := fmt.Sprintf("sandbox, %s, %d clients", l.figure, manyClients)
	b.table.rate(figure, samples, l.target)
	b.table.latency(figure, samples, targetAPI)
	return nil
}
