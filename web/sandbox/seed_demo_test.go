package sandbox

import (
	"bytes"
	"testing"
	"time"
)

// written is all that b holds, as it is written into its file.
func written(b *box) string {
	b.t.Helper()
	var out bytes.Buffer
	err := b.view(func(st *state) error {
		_, err := writeLines(st, &out)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out.String()
}

// TestDemo: the account is worth looking at, and nothing in it failed to happen.
func TestDemo(t *testing.T) {
	b := newBox(t, Options{Seed: SeedDemo, SeedNumber: 1})
	err := b.view(func(st *state) error {
		equal(t, "templates", len(st.templates.list), 6)
		equal(t, "rooms", len(st.rooms.list), 152)
		equal(t, "running meetings", len(st.running), 1)
		equal(t, "the default template", st.defaultTemplate.name, "classroom")
		if n := len(st.sessions.list); n < 25 || n > 90 {
			t.Errorf("%d sessions", n)
		}
		if off := len(st.disabled); off < 5 || off > 25 {
			t.Errorf("%d disabled rooms", off)
		}
		if codes := len(st.roomCodes); codes < 60 {
			t.Errorf("%d rooms have codes", codes)
		}
		first, last := st.rooms.list[0].CreatedAt, st.rooms.list[len(st.rooms.list)-1].CreatedAt
		if days := last.Sub(first).Hours() / 24; days < 80 || days > demoDays+3 || last.After(testStart) {
			t.Errorf("rooms from %s to %s", first, last)
		}
		states := map[string]int{}
		for _, b := range st.beams.list {
			states[b.Status]++
		}
		if states[beamCompleted] < 10 || states[beamFailed] != 1 || states[beamRunning] != 1 {
			t.Errorf("recordings and streams: %v", states)
		}
		if len(st.assets.list) < 40 || len(st.responses.list) < 10 {
			t.Errorf("%d assets, %d answers", len(st.assets.list), len(st.responses.list))
		}
		for _, sc := range st.scenarios.list {
			for _, m := range sc.Mishaps {
				t.Errorf("%s in %s, step %d: %s", sc.Name, st.rooms.at(sc.RoomID).Name, m.Step, m.Why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDemoIsTheSameEachTime: one number and one time make one account; another number makes another.
func TestDemoIsTheSameEachTime(t *testing.T) {
	account := func(number uint64) string { return written(newBox(t, Options{Seed: SeedDemo, SeedNumber: number})) }
	first := account(7)
	if account(7) != first {
		t.Error("the same number made another account")
	}
	if account(8) == first {
		t.Error("another number made the same account")
	}
	if len(first) > 8<<20 {
		t.Errorf("the account takes %d bytes", len(first))
	}
}

// TestDemoGoesOn: what runs in it at the start goes on and ends.
func TestDemoGoesOn(t *testing.T) {
	b := newBox(t, Options{Seed: SeedDemo, SeedNumber: 1, Dir: t.TempDir()})
	equal(t, "running", len(b.call(200, "GET", "/sessions?active=true", "")["data"].([]any)), 1)
	b.elapse(2 * time.Hour)
	equal(t, "over", len(b.call(200, "GET", "/sessions?active=true", "")["data"].([]any)), 0)
}
