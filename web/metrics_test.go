package web

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestMetrics(t *testing.T) {
	m := NewMetrics()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /rooms/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) })
	mux.HandleFunc("GET /abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.Handle("GET /metrics", m.Handler())
	h := Chain(mux, m.HTTP, BodyLimit(10))
	for _, path := range []string{"/rooms/a", "/rooms/b?key=hush", "/hush/1", "/hush/2"} {
		get(t, h, request(t, "GET", path))
	}
	odd := request(t, "GET", "/rooms/a")
	odd.Method = "HUSH"
	get(t, h, odd)
	func() {
		defer func() { recover() }()
		get(t, h, request(t, "GET", "/abort"))
	}()
	m.API(APICall{Op: "rooms.create", Status: 200, Attempts: 1, Took: 40 * time.Millisecond})
	m.API(APICall{Op: "rooms.create", Attempts: 3, Took: time.Second})
	m.API(APICall{Op: "rooms.create", Held: "rate"})
	m.API(APICall{Op: "rooms.list", Status: 429, Attempts: 2, Held: "rate"})
	for _, odd := range []int{299, 499, 799} {
		m.API(APICall{Op: "rooms.list", Status: odd, Attempts: 1})
	}
	limit, down := math.Inf(1), false
	m.WatchAPI(func() float64 { return limit }, func() bool { return down })

	body := get(t, h, request(t, "GET", "/metrics")).Body.String()
	for _, want := range []string{
		`http_requests_total{method="GET",pattern="/rooms/{id}",status="404"} 2`,
		`http_requests_total{method="GET",pattern="unmatched",status="404"} 2`,
		`http_requests_total{method="OTHER",pattern="unmatched",status="405"} 1`,
		`http_requests_total{method="GET",pattern="/abort",status="0"} 1`,
		`http_request_seconds_count{pattern="/rooms/{id}"} 2`,
		`api_calls_total{op="rooms.create",status="200"} 1`,
		`api_calls_total{op="rooms.create",status="0"} 1`,
		`api_call_seconds_bucket{op="rooms.create",le="0.05"} 1`,
		`api_call_seconds_count{op="rooms.create"} 2`,
		`api_attempts_total{op="rooms.create"} 4`,
		`api_held_back_total{op="rooms.create",reason="rate"} 1`,
		`api_held_back_total{op="rooms.list",reason="rate"} 1`,
		`api_calls_total{op="rooms.list",status="429"} 1`,
		`api_calls_total{op="rooms.list",status="other"} 3`,
		"api_rate_limit +Inf\n", "api_unavailable 0\n",
		"go_goroutines ", "process_start_time_seconds ",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if strings.Contains(strings.ToLower(body), "hush") {
		t.Error("what clients send became a label")
	}
	limit, down = 12.5, true
	body = get(t, h, request(t, "GET", "/metrics")).Body.String()
	if !strings.Contains(body, "api_rate_limit 12.5\n") || !strings.Contains(body, "api_unavailable 1\n") {
		t.Error("the gauges don't move")
	}
}
