package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts requests and calls, for Prometheus. Labels are route patterns and operation names, never paths: their number stays small.
type Metrics struct {
	registry    *prometheus.Registry
	requests    *prometheus.CounterVec
	requestTime *prometheus.HistogramVec
	calls       *prometheus.CounterVec
	callTime    *prometheus.HistogramVec
}

// NewMetrics makes them with a registry of their own, which also has the collectors for Go and the process.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total", Help: "Requests answered, by route pattern, method and status.",
		}, []string{"pattern", "method", "status"}),
		requestTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_seconds", Help: "Time from request to answer, by route pattern.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"pattern"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "api_calls_total", Help: "Calls made to the vendor's API, by operation and status; status 0 is no answer.",
		}, []string{"op", "status"}),
		callTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "api_call_seconds", Help: "Time a call to the vendor's API took, by operation.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"op"}),
	}
	m.registry.MustRegister(m.requests, m.requestTime, m.calls, m.callTime,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// HTTP is a Middleware that counts and times requests. It belongs inside a Chain, which tells it the route's pattern.
func (m *Metrics) HTTP(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, s := withSlot(r)
		rec, start, whole := record(w), time.Now(), false
		defer func() {
			m.requests.WithLabelValues(s.route(), methodOf(r), strconv.Itoa(rec.answered(whole))).Inc()
			m.requestTime.WithLabelValues(s.route()).Observe(time.Since(start).Seconds())
		}()
		next.ServeHTTP(rec, r)
		whole = true
	})
}

// API counts and times one call to the vendor's API. op is one of few names; status is 0 where no answer came.
func (m *Metrics) API(op string, status int, took time.Duration) {
	m.calls.WithLabelValues(op, strconv.Itoa(status)).Inc()
	m.callTime.WithLabelValues(op).Observe(took.Seconds())
}

// Handler serves the metrics in Prometheus' format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, DisableCompression: true})
}
