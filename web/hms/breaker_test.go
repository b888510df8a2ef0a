package hms_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roomledger/web/hms"
)

const proxyPage = "<html><h1>Bad gateway</h1></html>"

// fell has the client call until it stops sending, and returns how often it sent.
func fell(t *testing.T, s *script, c *hms.Client) int {
	t.Helper()
	for range 20 {
		if err := update(t.Context(), c); errors.Is(err, hms.ErrUnavailable) {
			return len(s.times)
		}
	}
	return len(s.times)
}

func TestWhatCountsAgainstTheAPI(t *testing.T) {
	cases := []struct {
		name    string
		step    step
		opens   bool
		problem string
	}{
		{"broken connections", broken, true, "the connection broke"},
		{"no answer in time", step{status: never}, true, "no whole answer in time"},
		{"a proxy's 502", step{status: 502, body: proxyPage}, true, "502 Bad Gateway"},
		{"an empty 503", step{status: 503}, true, "503 Service Unavailable"},
		{"a gateway's JSON", step{status: 504, body: `{"message":"Endpoint request timed out"}`}, true, "504 Gateway Timeout"},
		{"the API's own 500", step{status: 500, body: `{"code":500,"message":"hipaa enabled: recording config is not provided"}`}, false, ""},
		{"the API's own 503", step{status: 503, body: `{"code":503,"message":"webhook replay service unavailable"}`}, false, ""},
		{"400", step{status: 400, body: `{"code":400,"message":"no"}`}, false, ""},
		{"401", step{status: 401, body: `{"code":401,"message":"Token validation error"}`}, false, ""},
		{"404 of a proxy", step{status: 404, body: proxyPage}, false, ""},
		{"429", step{status: 429, body: `{}`}, false, ""},
		{"broken JSON", step{status: 200, body: `{`}, false, ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{steps: []step{tc.step}}
				client, began := s.client(t), time.Now()
				n := fell(t, s, client)
				health := client.Health()
				if opened := health.State == hms.StateUnavailable; opened != tc.opens || health.Problem != tc.problem {
					t.Fatalf("after %d requests: %+v", n, health)
				}
				if tc.opens && (n != 5 || !health.Since.Equal(began) || !health.Held(time.Now())) {
					t.Errorf("after %d requests, want 5: %+v", n, health)
				}
			})
		})
	}
}

func TestCancelledCallsDontCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{{status: never}}}
		client := s.client(t)
		for range 10 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := update(ctx, client); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			cancel()
		}
		if health := client.Health(); health.State != hms.StateOK {
			t.Errorf("got %+v", health)
		}
	})
}

func TestFailuresAreCountedInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{broken, broken, broken, broken, fine, broken, broken, broken, broken, fine}}
		client := s.client(t)
		for range 20 {
			if err := update(t.Context(), client); errors.Is(err, hms.ErrUnavailable) {
				t.Fatal(err)
			}
		}
	})
}

// TestOneBlinkCountsOnce cuts many calls at the same time, as when a network switches over.
func TestOneBlinkCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{{status: never}}}
		client := s.client(t)
		var calling sync.WaitGroup
		for range 30 {
			calling.Go(func() {
				if err := nameless(t.Context(), client); err == nil {
					t.Error("no error")
				}
			})
			time.Sleep(time.Millisecond)
		}
		calling.Wait()
		if health := client.Health(); health.State != hms.StateOK {
			t.Errorf("got %+v", health)
		}
	})
}

func TestHeldBackWhileUnavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{broken}}
		client := s.client(t)
		sent := fell(t, s, client)
		began := time.Now()
		for _, op := range []func(context.Context, *hms.Client) error{get, list, create, nameless, update} {
			var call hms.Call
			failed := asError(t, op(hms.WithCall(t.Context(), &call), client))
			if !errors.Is(failed, hms.ErrUnavailable) || failed.MaybeDone() || failed.Attempts != 0 || failed.Status != 0 {
				t.Errorf("got %+v", failed)
			}
			if failed.RetryAfter != client.Health().Until.Sub(began) || failed.RetryAfter < time.Second || failed.RetryAfter > 2*time.Second {
				t.Errorf("tried again after %s, health says %+v", failed.RetryAfter, client.Health())
			}
			if call.Held != hms.HeldUnavailable || call.Attempts != 0 || !strings.Contains(failed.Error(), "not sent: held back") {
				t.Errorf("%+v: %v", call, failed)
			}
		}
		if len(s.times) != sent || time.Since(began) != 0 {
			t.Errorf("%d requests were sent in %s", len(s.times)-sent, time.Since(began))
		}
	})
}

func TestProbesBecomeRarer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{broken}}
		client := s.client(t)
		last := fell(t, s, client)
		for i, most := range []time.Duration{2, 4, 8, 16, 30, 30, 30} {
			wait := time.Until(client.Health().Until)
			if wait < most*time.Second/2 || wait > most*time.Second {
				t.Errorf("pause %d is %s, want %d s to %d s", i+1, wait, most/2, most)
			}
			time.Sleep(wait)
			if err := get(t.Context(), client); errors.Is(err, hms.ErrUnavailable) || asError(t, err).Attempts != 1 {
				t.Errorf("the probe ended with %v", err) // and wasn't repeated, although a read may be
			}
			if len(s.times) != last+1 {
				t.Errorf("%d requests, want one", len(s.times)-last)
			}
			last = len(s.times)
		}
	})
}

func TestOneProbeAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{broken, broken, broken, broken, broken, {status: never}, fine}}
		client := s.client(t)
		fell(t, s, client)
		time.Sleep(time.Until(client.Health().Until))
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			if err := get(ctx, client); !errors.Is(err, context.Canceled) {
				t.Errorf("the probe ended with %v", err)
			}
		}()
		synctest.Wait()
		if err := get(t.Context(), client); !errors.Is(err, hms.ErrUnavailable) || asError(t, err).RetryAfter <= 0 {
			t.Errorf("beside the probe: %v", err)
		}
		cancel() // a probe that was given up tells nothing: the next call is one
		synctest.Wait()
		if client.Health().State != hms.StateUnavailable {
			t.Error("a probe that was given up counts as an answer")
		}
		if err := update(t.Context(), client); err != nil {
			t.Error(err)
		}
		if health := client.Health(); health != (hms.Health{State: hms.StateOK}) || len(s.times) != 7 {
			t.Errorf("after an answer: %+v, %d requests", health, len(s.times))
		}
	})
}

// TestAnyAnswerEndsIt wants refusals to count as signs of life.
func TestAnyAnswerEndsIt(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 429} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{steps: []step{broken, broken, broken, broken, broken, {status: status, body: `{"code":1,"message":"no"}`}}}
			client := s.client(t)
			fell(t, s, client)
			time.Sleep(2 * time.Second)
			if err := update(t.Context(), client); asError(t, err).Status != status {
				t.Errorf("got %v", err)
			}
			if state := client.Health().State; state == hms.StateUnavailable {
				t.Errorf("%d doesn't count as an answer", status)
			}
		})
	}
}

// TestRepetitionsStop wants an operation whose repetition is held back to tell of the attempt that was made.
func TestRepetitionsStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{broken}}
		client := s.client(t)
		for range 4 {
			if err := nameless(t.Context(), client); err == nil {
				t.Fatal("no error")
			}
		}
		began := time.Now()
		failed := asError(t, create(t.Context(), client))
		if errors.Is(failed, hms.ErrUnavailable) || failed.Attempts != 1 || !failed.MaybeDone() || time.Since(began) != 0 {
			t.Errorf("%+v after %s", failed, time.Since(began))
		}
	})
}

func TestProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{broken, broken, broken, broken, broken, broken, {status: http.StatusUnauthorized, body: `{}`}}}
		client := s.client(t)
		if err := client.Probe(t.Context()); err != nil || len(s.times) != 0 {
			t.Errorf("while all is well: %v, %d requests", err, len(s.times))
		}
		sent := fell(t, s, client)
		if err := client.Probe(t.Context()); !errors.Is(err, hms.ErrUnavailable) || len(s.times) != sent {
			t.Errorf("too early: %v, %d requests", err, len(s.times)-sent)
		}
		time.Sleep(time.Until(client.Health().Until))
		if err := client.Probe(t.Context()); err == nil || errors.Is(err, hms.ErrUnavailable) || len(s.times) != sent+1 {
			t.Errorf("still dead: %v, %d requests", err, len(s.times)-sent)
		}
		time.Sleep(time.Until(client.Health().Until))
		if err := client.Probe(t.Context()); err != nil || client.Health().State != hms.StateOK {
			t.Errorf("it answers, if only with a refusal: %v", err)
		}
	})
}

func TestNoConnectionIsNamed(t *testing.T) {
	client := serve(t, func(http.ResponseWriter, *http.Request) {}, func(c *hms.Config) { c.BaseURL = "http://127.0.0.1:1/v2" })
	for range 5 {
		if err := get(t.Context(), client); err == nil {
			t.Fatal("no error")
		}
	}
	if health := client.Health(); health.Problem != "no connection" {
		t.Errorf("got %+v", health)
	}
}
