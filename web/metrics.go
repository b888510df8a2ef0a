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
	attempts    *prometheus.CounterVec
	held        *prometheus.CounterVec
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
			Name: "api_calls_total", Help: "Calls made to the vendor's API, by operation and last status; status 0 is no answer.",
		}, []string{"op", "status"}),
		callTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "api_call_seconds", Help: "Time a call to the vendor's API took with its repetitions, by operation.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"op"}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "api_attempts_total", Help: "Requests sent to the vendor's API, by operation: calls and their repetitions.",
		}, []string{"op"}),
		held: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "api_held_back_total", Help: "Calls to the vendor's API that were given up unsent, by operation and reason.",
		}, []string{"op", "reason"}),
	}
	m.registry.MustRegister(m.requests, m.requestTime, m.calls, m.callTime, m.attempts, m.held,
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

// APICall is what the metrics count of one call to the vendor's API.
type APICall struct {
	Op       string        // one of few names
	Status   int           // of the last answer; 0 where none came
	Attempts int           // how often it was sent
	Took     time.Duration // with its repetitions
	Held     string        // why it was given up unsent, or not sent once more: one of few words; "" when it wasn't
}

// API counts and times one call to the vendor's API. What was never sent counts as held back alone: it says nothing about
// how the API answers.
func (m *Metrics) API(c APICall) {
	if c.Held != "" {
		m.held.WithLabelValues(c.Op, c.Held).Inc()
	}
	if c.Attempts == 0 {
		return
	}
	m.calls.WithLabelValues(c.Op, statusLabel(c.Status)).Inc()
	m.callTime.WithLabelValues(c.Op).Observe(c.Took.Seconds())
	m.attempts.WithLabelValues(c.Op).Add(float64(c.Attempts))
}

// statusLabel is a status as a label. What no standard knows has one label together: the API chooses its statuses, not we.
func statusLabel(status int) string {
	if status != 0 && http.StatusText(status) == "" {
		return "other"
	}
	return strconv.Itoa(status)
}

// WatchAPI adds what is known about the vendor's API at the moment, read with each scrape: the calls a second that may be
// sent, +Inf where no limit is known, and whether calls are held back because it doesn't answer. It is called once.
func (m *Metrics) WatchAPI(rate func() float64, down func() bool) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "api_rate_limit", Help: "Calls a second to the vendor's API that its refusals have taught us to send; +Inf: no limit met.",
		}, rate),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "api_unavailable", Help: "1 while nothing but probes is sent to the vendor's API, because it doesn't answer; else 0.",
		}, func() float64 {
			if down() {
				return 1
			}
			return 0
		}),
	)
}

// Handler serves the metrics in Prometheus' format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, DisableCompression: true})
}
