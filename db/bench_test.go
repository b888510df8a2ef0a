package db

import (
	"context"
	"fmt"
	"sync"
	"testing"
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
