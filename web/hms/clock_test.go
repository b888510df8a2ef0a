package hms_test

import (
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"roomledger/web/hms"
)

// clocks is an API whose clock shows offset more than ours, and a way there and back that takes time.
type clocks struct {
	now         time.Time // ours
	offset      time.Duration
	there, back time.Duration
	header      http.Header // added to the answer; a nil Date stays out
}

func (c *clocks) RoundTrip(r *http.Request) (*http.Response, error) {
	c.now = c.now.Add(c.there)
	header := http.Header{"Date": {c.now.Add(c.offset).UTC().Format(http.TimeFormat)}}
	maps.Copy(header, c.header)
	c.now = c.now.Add(c.back)
	return &http.Response{StatusCode: 200, Header: header, Request: r, Body: io.NopCloser(strings.NewReader(`{"id":"r1"}`))}, nil
}

func TestServerClock(t *testing.T) {
	c := &clocks{now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
	client, err := hms.New(hms.Config{
		BaseURL: "http://api.test", AccessKey: testKey, Secret: testSecret,
		HTTP: &http.Client{Transport: c}, Now: func() time.Time { return c.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() {
		t.Helper()
		if _, err := client.Room(t.Context(), "r1"); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(name string, earliest, latest time.Duration) {
		t.Helper()
		from, to, ok := client.ServerClock(c.now)
		if !ok || from.Sub(c.now) != earliest || to.Sub(c.now) != latest {
			t.Errorf("%s: %s to %s, %t; want %s to %s", name, from.Sub(c.now), to.Sub(c.now), ok, earliest, latest)
		}
	}
	unknown := func(name string) {
		t.Helper()
		if _, _, ok := client.ServerClock(c.now); ok {
			t.Errorf("%s: a clock is known", name)
		}
	}
	const ms = time.Millisecond

	unknown("before any answer")
	ask()
	expect("in step, no delay", 0, time.Second)

	c.now = c.now.Add(700 * ms) // the date is now up to 0.7 s behind
	ask()
	expect("narrowed from above", 0, 300*ms)

	c.there, c.back = 100*ms, 50*ms // at 12:00:00.8 the date says :00; it came at .85
	ask()
	expect("a slow way tells less", 0, 300*ms)
	c.there, c.back = 0, 0

	c.header = http.Header{"Age": {"30"}, "Date": {c.now.Add(-time.Hour).Format(http.TimeFormat)}}
	ask()
	c.header = http.Header{"Date": nil}
	ask()
	c.header = http.Header{"Date": {"today"}}
	ask()
	c.header = nil
	expect("cached and undated answers say nothing", 0, 300*ms)

	c.now = time.Date(2026, 6, 1, 12, 5, 0, 0, time.UTC)
	c.offset = -2 * time.Minute
	ask()
	expect("a clock was set: the newest answer counts", -2*time.Minute, -2*time.Minute+time.Second)

	c.now = c.now.Add(9*time.Minute + 500*ms)
	ask()
	expect("a second slot narrows the first", -2*time.Minute, -2*time.Minute+500*ms)

	c.now = c.now.Add(time.Minute)
	expect("the first slot is forgotten", -2*time.Minute-500*ms, -2*time.Minute+500*ms)

	c.now = c.now.Add(time.Hour)
	unknown("after an hour")
}

// A way that takes long leaves much open: the date was written somewhere in between.
func TestServerClockOfSlowAnswer(t *testing.T) {
	c := &clocks{now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), there: 3 * time.Second, back: 2 * time.Second, offset: time.Hour}
	client, err := hms.New(hms.Config{
		BaseURL: "http://api.test", AccessKey: testKey, Secret: testSecret,
		HTTP: &http.Client{Transport: c}, Now: func() time.Time { return c.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Room(t.Context(), "r1"); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	from, to, ok := client.ServerClock(at)
	if !ok || from.Sub(at) != time.Hour-2*time.Second || to.Sub(at) != time.Hour+4*time.Second {
		t.Errorf("%s to %s, %t", from.Sub(at), to.Sub(at), ok)
	}
}
