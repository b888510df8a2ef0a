package sandbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// post sends a create over a real connection; err is what a client sees of a cut one.
func (b *box) post(ctx context.Context, server *httptest.Server, body string) (status int, text string, err error) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(ctx, "POST", server.URL+"/v2/rooms", strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+b.token)
	answer, err := server.Client().Do(r)
	if err != nil {
		return 0, "", err
	}
	all, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(all), errors.Join(err, answer.Body.Close())
}

func TestCuts(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault Fault
		rooms int
	}{
		{"before", Fault{CutBefore: true}, 0},
		{"after", Fault{CutAfter: true}, 1},
		{"before wins", Fault{CutBefore: true, CutAfter: true, Handle: true, Status: 500}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBox(t, Options{})
			server := httptest.NewServer(b)
			defer server.Close()
			if tc.fault.CutBefore {
				tc.fault.CutAfter = false
			}
			b.FailNext(tc.fault)
			if status, _, err := b.post(t.Context(), server, `{}`); err == nil {
				t.Errorf("status %d, want no answer", status)
			}
			equal(t, "rooms", len(b.rooms()), tc.rooms)
			status, _, err := b.post(t.Context(), server, `{}`)
			if err != nil || status != 200 {
				t.Errorf("the next one: %d, %v", status, err)
			}
		})
	}
}

// TestCutWithoutHijack: where the connection can't be taken over, net/http is told to abort it.
func TestCutWithoutHijack(t *testing.T) {
	b := newBox(t, Options{})
	b.FailNext(Fault{CutBefore: true})
	defer func() {
		if cause := recover(); cause != http.ErrAbortHandler {
			t.Errorf("recovered %v", cause)
		}
	}()
	b.do("GET", "/rooms", "")
}

func TestFaultAnswers(t *testing.T) {
	for _, tc := range []struct {
		name              string
		fault             Fault
		status            int
		contentType, body string
		rooms             int
	}{
		{"status", Fault{Status: 503}, 503, "application/json", `{"code":503,"message":"service unavailable","details":[]}`, 0},
		{"html", Fault{Status: 502, Body: "<h1>Bad gateway</h1>", ContentType: "text/html"}, 502, "text/html", "<h1>Bad gateway</h1>", 0},
		{"200 with an error", Fault{Body: `{"code":500,"message":"no"}`}, 200, "application/json", `{"code":500,"message":"no"}`, 0},
		{"broken JSON", Fault{Body: `{"id":`}, 200, "application/json", `{"id":`, 0},
		{"made, then 500", Fault{Status: 500, Handle: true, Spoil: spoilEmpty}, 500, "application/json", "", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBox(t, Options{})
			tc.fault.Header = http.Header{"Retry-After": {"7"}}
			b.FailNext(tc.fault)
			w := b.do("POST", "/rooms", `{}`)
			equal(t, "status", w.Code, tc.status)
			equal(t, "content type", w.Header().Get("Content-Type"), tc.contentType)
			equal(t, "header", w.Header().Get("Retry-After"), "7")
			equal(t, "body", w.Body.String(), tc.body)
			equal(t, "rooms", len(b.rooms()), tc.rooms)
			b.call(200, "POST", "/rooms", `{}`)
		})
	}
}

func TestFaultsAreTakenInOrder(t *testing.T) {
	b := newBox(t, Options{})
	b.FailNext(Fault{Method: "POST", Path: "/rooms/", Status: 599})
	b.FailNext(Fault{Method: "GET", Path: "/rooms", Status: 501, Times: 2, Skip: 1})
	b.FailNext(Fault{Status: 502})
	var got []int
	for range 5 {
		got = append(got, b.do("GET", "/rooms", "").Code)
	}
	equal(t, "answers", got, []int{502, 501, 501, 200, 200})
	equal(t, "pending", b.ClearFaults(), 1)
	b.call(200, "POST", "/rooms", `{}`)
}

// TestHookAndHeaderLeaveTheAnswer: neither stands in for the usual answer; the hook runs before it.
func TestHookAndHeaderLeaveTheAnswer(t *testing.T) {
	b := newBox(t, Options{})
	b.FailNext(Fault{Method: "GET", Header: http.Header{"X-Extra": {"1"}}, Hook: func() { b.make(`{"name":"in-between"}`) }})
	w := b.do("GET", "/rooms", "")
	equal(t, "header", w.Header().Get("X-Extra"), "1")
	if !strings.Contains(w.Body.String(), "in-between") {
		t.Error("the hook ran too late")
	}
}

func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, Options{})
		b.FailNext(Fault{Delay: time.Minute})
		began := time.Now()
		b.call(200, "POST", "/rooms", `{}`)
		equal(t, "took", time.Since(began), time.Minute)
	})
}

// TestDelayEndsWithTheRequest: a client that gives up has made nothing.
func TestDelayEndsWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, Options{})
		b.FailNext(Fault{Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, "POST", "/v2/rooms", strings.NewReader(`{}`))
		r.Header.Set("Authorization", "Bearer "+b.token)
		b.ServeHTTP(httptest.NewRecorder(), r)
		equal(t, "rooms", len(b.rooms()), 0)
	})
}

func TestCalls(t *testing.T) {
	b := newBox(t, Options{})
	id := b.make(`{}`)
	b.call(200, "GET", "/rooms/"+id, "")
	b.call(200, "GET", "/rooms", "")
	b.call(404, "GET", "/rooms/x", "")
	b.FailNext(Fault{Status: 500})
	b.do("POST", "/rooms", `{}`)
	for _, tc := range []struct {
		method, prefix string
		want           int
	}{{"", "", 5}, {"GET", "", 3}, {"POST", "/rooms", 2}, {"GET", "/rooms/", 2}, {"GET", "/rooms/" + id, 1}, {"DELETE", "", 0}} {
		equal(t, tc.method+" "+tc.prefix, b.Calls(tc.method, tc.prefix), tc.want)
	}
	b.ResetCalls()
	equal(t, "after a reset", b.Calls("", ""), 0)
}

func TestCallsAreBounded(t *testing.T) {
	var c calls
	for i := range callsKept + 10 {
		c.add("GET", strings.Repeat("x", i%7)+"/"+http.StatusText(200)+string(rune(i)))
	}
	c.add("GET", "/"+http.StatusText(200)+string(rune(0)))
	if n := len(c.counts); n > callsKept {
		t.Errorf("%d paths are counted", n)
	}
	var long calls
	long.add("GET", strings.Repeat("x", pathKept+1))
	equal(t, "a long path", long.counts, map[callKey]int{{"GET", strings.Repeat("x", pathKept)}: 1})
}

func TestADelayEndsWhenTheClientOfAPostGoes(t *testing.T) {
	b := newBox(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	b.FailNext(Fault{Method: http.MethodPost, Delay: time.Hour, Hook: cancel})
	left := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(left)
		b.ServeHTTP(w, r)
	}))
	defer server.Close()
	if status, _, err := b.post(ctx, server, `{"name":"slow"}`); err == nil {
		t.Fatalf("answered with %d", status)
	}
	<-left
}
