package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestMetricsTellOfTheAPI wants the calls of a running program, and what it knows about the API, in its metrics.
func TestMetricsTellOfTheAPI(t *testing.T) {
	t.Parallel()
	r := serving(t, filepath.Join(t.TempDir(), "data"), withAdmin(nil))
	b := newBrowser(t)
	b.signIn(t, r.base, adminEmail, adminPassword)
	b.want(t, http.StatusOK, r.base+"/rooms/new?from=65a0b1c2d3e4f5a6b7c8d901", nil) // reads that room, which there is none of
	body := b.want(t, http.StatusOK, r.base+"/metrics", nil).body
	for _, want := range []string{
		`api_calls_total{op="Room",status="404"} 1`, `api_attempts_total{op="Room"} 1`,
		"\napi_rate_limit +Inf\n", "\napi_unavailable 0\n",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the metrics lack %q", want)
		}
	}
	if ready := b.want(t, http.StatusOK, r.base+"/readyz", nil).body; ready != "ready\napi: ok\n" {
		t.Errorf("/readyz answers %q", ready)
	}
}
