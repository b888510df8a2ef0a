package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/db/dbtest"
)

func TestPercentile(t *testing.T) {
	hundred := sample{took: 2 * time.Second}
	for i := range 100 {
		hundred.latencies = append(hundred.latencies, time.Duration(i+1)*time.Millisecond)
	}
	for _, tc := range []struct {
		s    sample
		p    float64
		want time.Duration
	}{
		{hundred, 0, time.Millisecond},
		{hundred, 50, 50 * time.Millisecond},
		{hundred, 98.5, 99 * time.Millisecond},
		{hundred, 99, 99 * time.Millisecond},
		{hundred, 100, 100 * time.Millisecond},
		{sample{latencies: []time.Duration{7}}, 99, 7},
		{sample{latencies: []time.Duration{1, 2, 3}}, 50, 2},
		{sample{}, 99, 0},
	} {
		if got := tc.s.percentile(tc.p); got != tc.want {
			t.Errorf("p%v of %d is %v, want %v", tc.p, len(tc.s.latencies), got, tc.want)
		}
	}
	if got := hundred.rate(); got != 50 {
		t.Errorf("the rate is %v, want 50", got)
	}
	if got := (sample{}).rate(); got != 0 {
		t.Errorf("the rate of nothing is %v", got)
	}
}

func TestLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := load(t.Context(), 4, 10*time.Millisecond, func(context.Context) error {
			time.Sleep(time.Millisecond)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.latencies) != 40 || s.took != 10*time.Millisecond || s.percentile(99) != time.Millisecond {
			t.Errorf("%d answers in %v, p99 %v", len(s.latencies), s.took, s.percentile(99))
		}
		broken := errors.New("broken")
		if _, err := load(t.Context(), 4, time.Second, func(context.Context) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("the error is %v", err)
		}
	})
}

// An even pace doesn't wait for what is slow, and counts the waiting.
func TestPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := make(chan struct{}, 1) // as a server that takes one at a time
		s, err := paced(t.Context(), 100, 100*time.Millisecond, func(context.Context) error {
			one <- struct{}{}
			time.Sleep(20 * time.Millisecond)
			<-one
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var want []time.Duration // each begins 10 ms after the one before and ends 20 ms after it
		for i := range 10 {
			want = append(want, time.Duration(20+10*i)*time.Millisecond)
		}
		if diff := cmp.Diff(want, s.latencies); diff != "" || s.took != 200*time.Millisecond {
			t.Errorf("took %v %s", s.took, diff)
		}
		broken := errors.New("broken")
		if _, err := paced(t.Context(), 10, time.Hour, func(context.Context) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestLargest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "wal")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			for _, n := range []int{10, 300, 20} {
				time.Sleep(5 * walLooked)
				if err := os.WriteFile(path, make([]byte, n), 0o600); err != nil {
					t.Error(err)
				}
			}
			time.Sleep(5 * walLooked)
			cancel()
		}()
		if most, err := largest(ctx, path); most != 300 || err != nil {
			t.Errorf("%d bytes, %v", most, err)
		}
	})
}

func TestTable(t *testing.T) {
	two := []sample{
		{took: time.Second, latencies: []time.Duration{8 * time.Millisecond, 12 * time.Millisecond}},
		{took: time.Second, latencies: []time.Duration{2 * time.Millisecond, 9 * time.Millisecond, 11 * time.Millisecond}},
	}
	var tb table
	tb.rate("rate", two, atLeast(3))
	tb.latency("page", two, under(11))
	tb.one("memory", " MB", limit{}, 1234.5)
	tb.broken("verify", under(2), errors.New("there is no\n such command"))
	var out bytes.Buffer
	if err := tb.print(&out); err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Fields(line))
	}
	want := [][]string{
		{"rate", "3.00/s", "≥", "3.00/s", "ok", "2.00", "3.00"},
		{"page,", "p50", "8.00", "ms", "8.00", "9.00"},
		{"page,", "p99", "11.0", "ms", "<", "11.0", "ms", "MISS", "12.0", "11.0"},
		{"memory", "1,234", "MB"},
		{"verify", "-", "<", "2.00", "MISS", "there", "is", "no", "such", "command"},
	}
	if diff := cmp.Diff(want, got[2:]); diff != "" {
		t.Error(diff)
	}
	if !tb.missed() {
		t.Error("the miss isn't told")
	}
	if tb[:2].missed() {
		t.Error("a miss is told where there is none")
	}
}

func TestNumber(t *testing.T) {
	for value, want := range map[float64]string{0: "0.00", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 1234.6: "1,235", 1234567: "1,234,567"} {
		if got := number(value); got != want {
			t.Errorf("%v is written %s, want %s", value, got, want)
		}
	}
}

func TestProc(t *testing.T) {
	mb, err := memoryOf("Name:\troomledger\nVmHWM:\t   99999 kB\nVmRSS:\t   62500 kB\nRssAnon:\t 1 kB\n", "VmRSS:")
	if err != nil || mb != 64 {
		t.Errorf("%v MB, %v", mb, err)
	}
	if _, err := memoryOf("Name:\troomledger\n", "VmRSS:"); err == nil {
		t.Error("no error without VmRSS")
	}
	before, err := machineOf("cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1\n")
	if err != nil {
		t.Fatal(err)
	}
	after, err := machineOf("cpu  300 0 200 1500 0 0 0 0 0 0\n")
	if err != nil {
		t.Fatal(err)
	}
	after.ours = time.Second
	if got := after.othersSince(before); got != 0.2 {
		t.Errorf("others took %v, want 0.2", got)
	}
	for _, stat := range []string{"", "intr 1 2 3", "cpu a b c d e f g h"} {
		if _, err := machineOf(stat); err == nil {
			t.Errorf("no error for %q", stat)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-unknown"}, {"pages"}, {"-rooms", "10"}} {
		if code := run(t.Context(), args, io.Discard, io.Discard); code != 2 {
			t.Errorf("%v gives %d, want 2", args, code)
		}
	}
}

// The seeded history has to be one that the ledger could have written, or the pages measured are not the real ones.
func TestSeed(t *testing.T) {
	dir := t.TempDir()
	if err := seed(t.Context(), dir, 301, 1000); err != nil {
		t.Fatal(err)
	}
	d := dbtest.OpenDir(t, dir)
	if err := d.Writable(t.Context()); err != nil {
		t.Error(err)
	}
	counts, err := d.OutcomeCounts(t.Context(), db.OperationQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"done": 496, "failed": 5, "unknown": 0}, counts); diff != "" {
		t.Error(diff)
	}
	enabled, disabled, err := d.RoomCounts(t.Context(), "sandbox")
	if err != nil || enabled != 301-195 || disabled != 195 {
		t.Errorf("%d enabled, %d disabled, %v", enabled, disabled, err)
	}
	page, err := d.Rooms(t.Context(), db.RoomQuery{Workspace: "sandbox", Q: "physics-298"})
	if err != nil || len(page.Rooms) != 1 {
		t.Fatalf("%d rooms of that name, %v", len(page.Rooms), err)
	}
	rows, err := d.OperationRows(t.Context(), page.Rooms[0].Operation)
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows of its making, %v", len(rows), err)
	}
	if rows[0].Phase != db.PhaseIntent || rows[1].Phase != db.PhaseDone || rows[1].TargetID != page.Rooms[0].ID || rows[1].After == "" {
		t.Errorf("its rows are %+v", rows)
	}
}
