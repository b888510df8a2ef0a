package hms_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roomledger/web/hms"
)

// script answers request after request; the last entry stays. It is a transport rather than a server, so that it works
// within a synctest bubble.
type script struct {
	mu     sync.Mutex
	steps  []step
	times  []time.Time // of the requests
	tokens []string
}

type step struct {
	status int // 0: the connection breaks; never: no answer comes
	body   string
	wait   string // Retry-After
}

const never = -1

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	now := s.next(r)
	switch now.status {
	case 0:
		return nil, errors.New("connection reset")
	case never:
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if now.wait != "" {
		header.Set("Retry-After", now.wait)
	}
	return &http.Response{
		StatusCode: now.status, Header: header, Request: r, Body: io.NopCloser(strings.NewReader(now.body)),
	}, nil
}

// next keeps the request and returns what becomes of it.
func (s *script) next(r *http.Request) step {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.steps[min(len(s.times), len(s.steps)-1)]
	s.times = append(s.times, time.Now())
	s.tokens = append(s.tokens, r.Header.Get("Authorization"))
	return now
}

func (s *script) client(t *testing.T) *hms.Client {
	t.Helper()
	client, err := hms.New(hms.Config{
		BaseURL: "http://api.test/v2", AccessKey: testKey, Secret: testSecret, HTTP: &http.Client{Transport: s},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

var (
	fine   = step{status: 200, body: `{"id":"r1","data":[]}`}
	broken = step{}
	get    = func(ctx context.Context, c *hms.Client) error { _, err := c.Room(ctx, "r1"); return err }
	list   = func(ctx context.Context, c *hms.Client) error {
		_, err := c.ListRooms(ctx, hms.RoomQuery{})
		return err
	}
	create = func(ctx context.Context, c *hms.Client) error {
		_, err := c.CreateRoom(ctx, hms.RoomParams{Name: "a"})
		return err
	}
	nameless = func(ctx context.Context, c *hms.Client) error {
		_, err := c.CreateRoom(ctx, hms.RoomParams{})
		return err
	}
	update = func(ctx context.Context, c *hms.Client) error {
		_, err := c.UpdateRoom(ctx, "r1", hms.RoomParams{})
		return err
	}
	makeCodes = func(ctx context.Context, c *hms.Client) error { _, err := c.CreateRoomCodes(ctx, "r1"); return err }
)

func TestWhatIsRepeated(t *testing.T) {
	status := func(n int) step { return step{status: n, body: `{}`} }
	cases := []struct {
		name  string
		call  func(context.Context, *hms.Client) error
		steps []step
		sent  int
		ok    bool
		maybe bool
	}{
		{"get after 502", get, []step{status(502), fine}, 2, true, false},
		{"get after 503 and 504", get, []step{status(503), status(504), fine}, 3, true, false},
		{"get after a broken connection", get, []step{broken, fine}, 2, true, false},
		{"list after 429 without a wait", list, []step{status(429), fine}, 2, true, false},
		{"get, three tries at most", get, []step{status(502)}, 3, false, false},
		{"get after 500", get, []step{status(500), fine}, 1, false, false},
		{"get after 404", get, []step{status(404), fine}, 1, false, false},
		{"get after broken JSON", get, []step{{status: 200, body: `{`}, fine}, 1, false, false},
		{"create with a name", create, []step{broken, status(503), fine}, 3, true, false},
		{"create with a name, unclear then refused", create, []step{broken, status(400)}, 2, false, true},
		{"create with a name, refused for its rate", create, []step{status(429)}, 3, false, false},
		{"create without a name", nameless, []step{broken, fine}, 1, false, true},
		{"update", update, []step{status(502), fine}, 1, false, true},
		{"update, rate", update, []step{status(429), fine}, 1, false, false},
		{"codes", makeCodes, []step{broken, fine}, 1, false, true},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{steps: tc.steps}
				var call hms.Call
				err := tc.call(hms.WithCall(t.Context(), &call), s.client(t))
				if len(s.times) != tc.sent || call.Attempts != tc.sent {
					t.Errorf("sent %d times, reported %d, want %d", len(s.times), call.Attempts, tc.sent)
				}
				if (err == nil) != tc.ok {
					t.Fatalf("got error %v", err)
				}
				if err != nil {
					if failed := asError(t, err); failed.MaybeDone() != tc.maybe || failed.Attempts != tc.sent {
						t.Errorf("maybe done %t, attempts %d: %v", failed.MaybeDone(), failed.Attempts, err)
					}
				}
			})
		})
	}
}

func TestAttemptTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{{status: never}, fine}}
		if err := get(t.Context(), s.client(t)); err != nil {
			t.Error(err)
		}
		if pause := s.times[1].Sub(s.times[0]); pause < 15*time.Second || pause > 16*time.Second {
			t.Errorf("the second attempt came after %s, want about 15s", pause)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{{status: never}}}
		began := time.Now()
		failed := asError(t, nameless(t.Context(), s.client(t)))
		if !errors.Is(failed, context.DeadlineExceeded) || !failed.MaybeDone() || time.Since(began) != 15*time.Second {
			t.Errorf("got %v after %s", failed, time.Since(began))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		s := &script{steps: []step{{status: never}, fine}}
		failed := asError(t, get(ctx, s.client(t)))
		if !errors.Is(failed, context.DeadlineExceeded) || failed.Attempts != 1 {
			t.Errorf("got %v", failed)
		}
	})
}

func TestBackoffGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{broken}}
		if err := get(t.Context(), s.client(t)); err == nil {
			t.Fatal("no error")
		}
		for i, most := range []time.Duration{200 * time.Millisecond, 400 * time.Millisecond} {
			pause := s.times[i+1].Sub(s.times[i])
			if pause < most/2 || pause > most {
				t.Errorf("pause %d is %s, want %s to %s", i+1, pause, most/2, most)
			}
		}
	})
}

func TestServersWaitWins(t *testing.T) {
	cases := map[string]step{
		"header":  {status: 429, body: `{}`, wait: "7"},
		"message": {status: 429, body: `{"code":429,"message":"rate limit exceeded, retry after 7 seconds"}`},
		"in band": {status: 200, body: `{"code":429,"message":"rate limit exceeded, retry after 7 seconds"}`},
		"503":     {status: 503, body: `{}`, wait: "7"},
	}
	for name, first := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{steps: []step{first, fine}}
				if err := get(t.Context(), s.client(t)); err != nil {
					t.Fatal(err)
				}
				if pause := s.times[1].Sub(s.times[0]); pause != 7*time.Second {
					t.Errorf("waited %s, want 7s", pause)
				}
			})
		})
	}
}

func TestLongWaitIsGivenBack(t *testing.T) {
	cases := []struct {
		wait     int // seconds
		deadline time.Duration
	}{{11, time.Hour}, {5, 5 * time.Second}, {5, 3 * time.Second}}
	for _, tc := range cases {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), tc.deadline)
			defer cancel()
			s := &script{steps: []step{{status: 429, body: `{}`, wait: strconv.Itoa(tc.wait)}, fine}}
			began := time.Now()
			failed := asError(t, get(ctx, s.client(t)))
			want := time.Duration(tc.wait) * time.Second
			if failed.Status != 429 || failed.RetryAfter != want || failed.Attempts != 1 || time.Since(began) != 0 {
				t.Errorf("%+v after %s", failed, time.Since(began))
			}
		})
	}
}

func TestWallHoldsOthersBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{{status: 429, body: `{}`, wait: "30"}, fine}}
		client := s.client(t)
		if err := update(t.Context(), client); err == nil {
			t.Fatal("no error")
		}
		time.Sleep(10 * time.Second)

		var call hms.Call
		failed := asError(t, nameless(hms.WithCall(t.Context(), &call), client))
		if failed.Status != 429 || failed.RetryAfter != 20*time.Second || failed.Attempts != 0 || failed.MaybeDone() {
			t.Errorf("at 10 s: %+v", failed)
		}
		if call.Status != 0 || call.Attempts != 0 || len(s.times) != 1 {
			t.Errorf("at 10 s: %+v after %d requests", call, len(s.times))
		}
		time.Sleep(15 * time.Second)

		if err := nameless(t.Context(), client); err != nil {
			t.Error(err)
		}
		if pause := s.times[1].Sub(s.times[0]); pause != 30*time.Second {
			t.Errorf("the next request came after %s, want 30s", pause)
		}
	})
}

func TestWallIsNotForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{{status: 429, body: `{}`, wait: "86400"}, fine}}
		client := s.client(t)
		if failed := asError(t, get(t.Context(), client)); failed.RetryAfter != 24*time.Hour {
			t.Errorf("got %+v", failed)
		}
		time.Sleep(10 * time.Minute)
		if err := get(t.Context(), client); err != nil {
			t.Error(err)
		}
	})
}

func TestWaitingEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{{status: 429, body: `{}`, wait: "8"}, fine}}
		client := s.client(t)
		for i := range 2 { // the first waits for its next attempt, the second at the wall
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			began := time.Now()
			err := get(ctx, client)
			if !errors.Is(err, context.Canceled) || asError(t, err).Status != 429 || time.Since(began) != time.Second {
				t.Errorf("call %d: %v after %s", i+1, err, time.Since(began))
			}
		}
		if len(s.times) != 1 {
			t.Errorf("%d requests, want 1", len(s.times))
		}
	})
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	refused := step{status: 401, body: `{"code":401,"message":"Token validation error"}`}
	cases := []struct {
		name  string
		call  func(context.Context, *hms.Client) error
		steps []step
		sent  int
		ok    bool
	}{
		{"get", get, []step{refused, fine}, 2, true},
		{"change", nameless, []step{refused, fine}, 2, true},
		{"refused again", update, []step{refused}, 2, false},
		{"403", get, []step{{status: 403, body: `{"message":"insufficient permissions"}`}, fine}, 1, false},
		{"with repetitions beside it", get, []step{broken, refused, broken, fine}, 4, true},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{steps: tc.steps}
				err := tc.call(t.Context(), s.client(t))
				if (err == nil) != tc.ok || len(s.tokens) != tc.sent {
					t.Fatalf("sent %d times: %v", len(s.tokens), err)
				}
				if err != nil {
					if failed := asError(t, err); !failed.IsAuth() || failed.MaybeDone() || failed.Attempts != tc.sent {
						t.Errorf("got %+v", failed)
					}
				}
				if tc.sent == 2 && s.tokens[0] == s.tokens[1] {
					t.Error("the refused token was sent again")
				}
			})
		})
	}
}

func TestOneTokenForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{fine}}
		client := s.client(t)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := get(t.Context(), client); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		time.Sleep(24 * time.Hour)
		if err := get(t.Context(), client); err != nil {
			t.Error(err)
		}
		seen := map[string]int{}
		for _, token := range s.tokens {
			seen[token]++
		}
		if seen[s.tokens[0]] != 8 || len(seen) != 2 {
			t.Errorf("%d tokens, the first one %d times", len(seen), seen[s.tokens[0]])
		}
	})
}
