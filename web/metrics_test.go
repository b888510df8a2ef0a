package web

import (
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
	m.API("rooms.create", 200, 40*time.Millisecond)
	m.API("rooms.create", 0, time.Second)

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
		"go_goroutines ", "process_start_time_seconds ",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if strings.Contains(strings.ToLower(body), "hush") {
		t.Error("what clients send became a label")
	}
}
