package hms

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestWebhookHistoryHasItsOwnLimit wants a 429 of the one thing that has a documented limit to leave the rooms alone.
func TestWebhookHistoryHasItsOwnLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{BaseURL: "http://api.test/v2", AccessKey: "k", Secret: "s"})
		if err != nil {
			t.Fatal(err)
		}
		history := request{method: http.MethodGet, segments: []string{"analytics", "webhooks"}}
		replay := request{method: http.MethodPost, segments: []string{"analytics", "webhooks", "replay"}}
		c.limiterOf(history).refused(time.Now(), 5*time.Second)
		began := time.Now()
		for _, free := range []request{
			{method: http.MethodGet, segments: []string{"rooms"}},
			{method: http.MethodGet, segments: []string{"analytics", "events"}},
		} {
			if err := c.hold(t.Context(), free, &Call{}); err != nil || time.Since(began) != 0 {
				t.Errorf("%s waited %s: %v", free.path(), time.Since(began), err)
			}
		}
		if err := c.hold(t.Context(), replay, &Call{}); err != nil || time.Since(began) != 5*time.Second {
			t.Errorf("the replay waited %s: %v", time.Since(began), err)
		}
		if health := c.Health(); health.State != StateOK {
			t.Errorf("all calls count as limited: %+v", health)
		}
	})
}

func TestTally(t *testing.T) {
	var count tally
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for i := range 10 {
		count.add(now.Add(time.Duration(i) * 100 * time.Millisecond))
	}
	count.add(now.Add(1100 * time.Millisecond))
	for after, want := range map[time.Duration]float64{1200 * time.Millisecond: 10, 2200 * time.Millisecond: 1, time.Minute: 1} {
		seen := count
		if got := seen.rate(now.Add(after)); got != want {
			t.Errorf("after %s the rate is %v, want %v", after, got, want)
		}
	}
}
