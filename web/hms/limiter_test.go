package hms_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"roomledger/web/hms"
)

// metered is an API with a limit that nobody told us, as a transport.
type metered struct {
	limiter *rate.Limiter
	latency time.Duration
	wait    string // Retry-After of a refusal; "" says none

	mu      sync.Mutex
	times   []time.Time // of all requests
	refused []time.Time // of those that got a 429
	seen    func()      // runs with each request; may be nil
}

func (m *metered) RoundTrip(r *http.Request) (*http.Response, error) {
	now := time.Now()
	answer := fine
	m.mu.Lock()
	m.times = append(m.times, now)
	if m.seen != nil {
		m.seen()
	}
	if !m.limiter.AllowN(now, 1) {
		m.refused = append(m.refused, now)
		answer = step{status: 429, body: `{"code":429,"message":"rate limit exceeded"}`}
	}
	m.mu.Unlock()
	select {
	case <-time.After(m.latency):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if answer.status == 429 && m.wait != "" {
		header.Set("Retry-After", m.wait)
	}
	return &http.Response{StatusCode: answer.status, Header: header, Request: r, Body: io.NopCloser(strings.NewReader(answer.body))}, nil
}

// within counts the times that lie in the span of so long from a time on.
func within(times []time.Time, from time.Time, long time.Duration) int {
	n := 0
	for _, at := range times {
		if !at.Before(from) && at.Before(from.Add(long)) {
			n++
		}
	}
	return n
}

func (m *metered) client(t *testing.T) *hms.Client {
	t.Helper()
	client, err := hms.New(hms.Config{
		BaseURL: "http://api.test/v2", AccessKey: testKey, Secret: testSecret, HTTP: &http.Client{Transport: m},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// work has so many callers call one after the other, for so long. Each comes back later when it is refused.
func work(t *testing.T, c *hms.Client, callers int, long time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	var working sync.WaitGroup
	for range callers {
		working.Go(func() {
			for ctx.Err() == nil {
				err := get(ctx, c)
				if err == nil || ctx.Err() != nil {
					continue
				}
				failed := asError(t, err)
				if failed.Status != http.StatusTooManyRequests {
					t.Error(err)
				}
				time.Sleep(max(failed.RetryAfter, time.Second))
			}
		})
	}
	working.Wait()
}

func TestLimitIsLearned(t *testing.T) {
	cases := []struct {
		name    string
		rate    rate.Limit
		burst   int
		callers int
		latency time.Duration
		wait    string
	}{
		{"a small desk", 10, 10, 8, 80 * time.Millisecond, "1"},
		{"a bulk run", 50, 50, 32, 50 * time.Millisecond, "1"},
		{"far too many callers", 50, 50, 250, 50 * time.Millisecond, "1"},
		{"an API that is quick", 100, 100, 64, 20 * time.Millisecond, "1"},
		{"an API that allows no bunch", 50, 1, 32, 50 * time.Millisecond, "1"},
		{"no wait announced", 50, 50, 32, 50 * time.Millisecond, ""},
		{"long waits", 50, 50, 32, 50 * time.Millisecond, "5"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := &metered{limiter: rate.NewLimiter(tc.rate, tc.burst), latency: tc.latency, wait: tc.wait}
				began := time.Now()
				const learning, long = 2 * time.Minute, 2 * time.Minute
				work(t, api.client(t), tc.callers, learning+long)
				steady := began.Add(learning)
				sent, refused := within(api.times, steady, long), within(api.refused, steady, long)
				reached := float64(sent-refused) / long.Seconds() / float64(tc.rate)
				t.Logf("reached %.0f %%, refused %d of %d; while learning %d", 100*reached, refused, sent, len(api.refused)-refused)
				if reached < .85 {
					t.Errorf("reached %.0f %% of the limit, want 85 %%", 100*reached)
				}
				if refused*50 > sent {
					t.Errorf("%d of %d calls were refused, want at most one in fifty", refused, sent)
				}
			})
		})
	}
}

// crowd has so many callers call once at the same time.
func crowd(t *testing.T, c *hms.Client, callers int) {
	var calling sync.WaitGroup
	for range callers {
		calling.Go(func() {
			if err := update(t.Context(), c); err != nil && asError(t, err).Status != http.StatusTooManyRequests {
				t.Error(err)
			}
		})
	}
	calling.Wait()
}

// taught is a client that has learned a rate from an API that allows anything from now on.
func taught(t *testing.T) (*metered, *hms.Client) {
	t.Helper()
	api := &metered{limiter: rate.NewLimiter(10, 40), latency: 10 * time.Millisecond, wait: "2"}
	client := api.client(t)
	if health := client.Health(); health != (hms.Health{State: hms.StateOK}) {
		t.Fatalf("before any call: %+v", health)
	}
	crowd(t, client, 80)
	if len(api.times) != 80 {
		t.Fatalf("%d of 80 calls were sent: nothing limits the first ones", len(api.times))
	}
	api.limiter.SetLimit(rate.Inf)
	return api, client
}

func TestNeverAboveTheLearnedRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, client := taught(t)
		refusedAt := time.Now()
		want := hms.Health{State: hms.StateLimited, Since: refusedAt, Until: refusedAt.Add(2 * time.Second), Rate: 40}
		if health := client.Health(); health != want {
			t.Errorf("got %+v, want %+v", health, want)
		}
		if !client.Health().Held(time.Now()) {
			t.Error("a call would wait for two seconds, and nobody says so")
		}
		api.times = nil
		var rates []float64 // at the time of each request
		api.seen = func() { rates = append(rates, client.Health().Rate) }
		work(t, client, 30, time.Minute)
		if first := api.times[0].Sub(refusedAt); first != 2*time.Second {
			t.Errorf("the next call went out after %s, want the announced 2s", first)
		}
		for i, at := range api.times[1:] {
			if gap := at.Sub(api.times[i]); gap.Seconds()*rates[i] < .999999 {
				t.Fatalf("call %d came %s after the one before, at %.2f a second", i+1, gap, rates[i])
			}
		}
		if last := rates[len(rates)-1]; last < 80 || last > 90 {
			t.Errorf("after a minute the rate is %.1f, want it to have climbed from 40", last)
		}
	})
}

func TestLimitIsLifted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, client := taught(t)
		time.Sleep(9 * time.Minute)
		if state := client.Health().State; state != hms.StateLimited {
			t.Errorf("after 9 minutes: %s", state)
		}
		time.Sleep(2 * time.Minute)
		if health := client.Health(); health != (hms.Health{State: hms.StateOK}) {
			t.Errorf("after 11 minutes: %+v", health)
		}
		api.times = nil
		now := time.Now()
		crowd(t, client, 500)
		if n := within(api.times, now, time.Nanosecond); n != 500 {
			t.Errorf("%d of 500 calls went out at once", n)
		}
	})
}

func TestLongQueueIsNotJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, client := taught(t)
		api.times = nil
		crowd(t, client, 1000) // at 40 to 42 a second, the first after 2 s
		if n := len(api.times); n < 300 || n > 350 {
			t.Errorf("%d calls were sent, want those whose turn came within 10 s", n)
		}
		if last := api.times[len(api.times)-1].Sub(api.times[0]); last > 8*time.Second {
			t.Errorf("the last one was sent %s after the first", last)
		}
		if client.Health().Held(time.Now()) {
			t.Error("the queue is empty, but calls count as held back")
		}
	})
}

func TestDeadlineBeforeTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, client := taught(t)
		api.times = nil
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		var call hms.Call
		failed := asError(t, nameless(hms.WithCall(ctx, &call), client))
		if failed.Status != 429 || failed.Attempts != 0 || failed.MaybeDone() || failed.RetryAfter != 2*time.Second || time.Since(began) != 0 {
			t.Errorf("%+v after %s", failed, time.Since(began))
		}
		if call.Held != hms.HeldRate || call.Attempts != 0 || len(api.times) != 0 {
			t.Errorf("%+v after %d requests", call, len(api.times))
		}
		if err := nameless(t.Context(), client); err != nil { // who didn't wait took no turn away
			t.Error(err)
		}
		if waited := api.times[0].Sub(began); waited != 2*time.Second {
			t.Errorf("the next one waited %s", waited)
		}
	})
}

// TestTurnsAreInOrder wants a person's call in the middle of a bulk run to wait for one round of its workers at most.
func TestTurnsAreInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, client := taught(t)
		go work(t, client, 20, time.Minute)
		for range 50 {
			time.Sleep(time.Second + 7*time.Millisecond)
			began := time.Now()
			if err := get(t.Context(), client); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(began); waited > 2*time.Second {
				t.Errorf("waited %s behind 20 workers at 40 a second", waited)
			}
		}
	})
}
