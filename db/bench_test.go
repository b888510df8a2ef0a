package db

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

func BenchmarkAppend1(b *testing.B)  { benchmarkAppend(b, 1) }
func BenchmarkAppend32(b *testing.B) { benchmarkAppend(b, 32) }

// benchmarkAppend appends b.N rows, intents and outcomes in turn, from so many goroutines.
func benchmarkAppend(b *testing.B, waiters int) {
	d := open(b, b.TempDir())
	body := fmt.Sprintf(`{"name":"room","description":%0200d}`, 7)
	var wg sync.WaitGroup
	b.ResetTimer()
	for n := range waiters {
		wg.Go(func() {
			row := Row{
				Workspace: "sandbox", ActorID: "0195d0e2", ActorName: fmt.Sprintf("admin%d@example.com", n%5), ActorKind: "user",
				IP: "127.0.0.1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64)", RequestID: "r", Action: "room.create", TargetKind: "room",
				Request: body, APIMethod: "POST", APIPath: "/rooms",
			}
			for i := n; i < b.N; i += waiters {
				row.Phase = PhaseDone
				if (i/waiters)%2 == 0 {
					row.Phase, row.Operation = PhaseIntent, NewID()
					row.TargetName = "room-" + row.Operation
				}
				if err := d.InTx(context.Background(), func(tx *Tx) error { return tx.Append(&row) }); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkFeedSearch builds the index of b.N operations.
func BenchmarkFeedSearch(b *testing.B) {
	d := open(b, b.TempDir())
	for i := 0; i < b.N; i += 1000 {
		rows := make([]Row, min(1000, b.N-i))
		for j := range rows {
			rows[j] = note("room.create", NewID())
			rows[j].TargetID, rows[j].TargetName = fmt.Sprintf("65a0b3c4d5e6f708%08x", i+j), fmt.Sprintf("Algebra, group %d", i+j)
		}
		add(b, d, rows...)
	}
	b.ResetTimer()
	if _, err := d.FeedSearch(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkRooms reads the first page of 100,000 rooms.
func BenchmarkRooms(b *testing.B) {
	d := open(b, b.TempDir())
	school(b, d, 50_000) // in two workspaces
	on, off := true, false
	for name, q := range map[string]RoomQuery{
		"all":             {},
		"name":            {Sort: "name"},
		"enabled":         {Enabled: &on},
		"disabled":        {Enabled: &off},
		"template":        {TemplateID: "t1"},
		"template,name":   {TemplateID: "t1", Sort: "name"},
		"two":             {TemplateID: "t1", Enabled: &on},
		"creator":         {Creator: "ann@example.com"},
		"nothing":         {Region: "none", Enabled: &on},
		"search":          {Q: "room-0001"},
		"search for none": {Q: "nowhere"},
		"search,name":     {Q: "room-0001", Sort: "name"},
		"month":           {After: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Before: time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)},
	} {
		q.Workspace = "a"
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := d.Rooms(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("counts", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := d.RoomCounts(b.Context(), "a"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("menus", func(b *testing.B) {
		for b.Loop() {
			if _, err := d.TemplateRefs(b.Context(), "a"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOperations reads the first page of 100,000 operations.
func BenchmarkOperations(b *testing.B) {
	d := open(b, b.TempDir())
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 100 {
		rows := make([]Row, 1000)
		for j := range rows {
			n := i*1000 + j
			rows[j] = note([]string{"room.create", "room.disable", "user.signin"}[n%3], fmt.Sprint(n))
			rows[j].Time = start.Add(time.Duration(n) * time.Minute)
			rows[j].ActorName = fmt.Sprintf("admin%d@example.com", n%20)
			rows[j].TargetName = fmt.Sprintf("room %d", n%5000)
			rows[j].TargetKind = "room"
			if n%50 == 0 {
				rows[j].Error = "refused"
			}
		}
		add(b, d, rows...)
	}
	if _, err := d.FeedSearch(b.Context()); err != nil {
		b.Fatal(err)
	}
	for name, q := range map[string]OperationQuery{
		"all":             {},
		"deep":            {BeforeSeq: 500},
		"actor":           {Actor: "admin7@example.com"},
		"failed":          {Outcome: OutcomeFailed, Actor: "admin0@example.com"},
		"object":          {Action: "room.*"},
		"target":          {Target: "ROOM 77", TargetKind: "room"},
		"span":            {From: start.AddDate(0, 0, 10), To: start.AddDate(0, 0, 11)},
		"search":          {Q: "room 77"},
		"search a part":   {Q: "oom 123"},
		"search deep":     {Q: "create", BeforeSeq: 500},
		"search common":   {Q: "example.com", Action: "room."},
		"search short":    {Q: "77"},
		"two filters":     {Action: "room.create", Actor: "admin1@example.com"},
		"disjoint":        {Outcome: OutcomeFailed, Actor: "admin1@example.com"},
		"search for none": {Q: "nowhere"},
		"nothing":         {Action: "room.create", Actor: "nobody"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := d.Operations(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+" counts", func(b *testing.B) {
			for b.Loop() {
				if _, err := d.OutcomeCounts(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+" timeline", func(b *testing.B) {
			for b.Loop() {
				if _, _, err := d.Timeline(b.Context(), q, start); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("menus", func(b *testing.B) {
		for b.Loop() {
			if _, err := d.Actors(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("stream", func(b *testing.B) {
		for b.Loop() {
			if err := d.EachRow(b.Context(), OperationQuery{}, func(*Row) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("stream of a target", func(b *testing.B) {
		for b.Loop() {
			if err := d.EachRow(b.Context(), OperationQuery{Target: "room 77"}, func(*Row) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
}
