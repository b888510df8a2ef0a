package sandbox

import (
	"net/http"
	"strings"
	"testing"
)

// TestEndpointsAreAnswered: each call of the list is routed, and stands there once.
func TestEndpointsAreAnswered(t *testing.T) {
	box, err := New(Options{Seed: SeedEmpty, Mute: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	mux, seen := box.newMux(routes()), map[string]bool{}
	for _, e := range Endpoints() {
		call := e.Method + " " + e.Path
		if seen[call] || strings.Contains(call, "$") || e.Page == "" {
			t.Errorf("%s stands twice, is no path of the API, or has no page: %q", call, e.Page)
		}
		seen[call] = true
		path := basePath + strings.NewReplacer("{", "", "}", "").Replace(e.Path)
		r, err := http.NewRequestWithContext(t.Context(), e.Method, "http://box.test"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, pattern := mux.Handler(r); pattern == "/" {
			t.Errorf("%s isn't routed", call)
		}
	}
	for _, rt := range routes() {
		if call := rt.method + " " + strings.TrimSuffix(rt.path, "/{$}"); !seen[call] {
			t.Errorf("%s isn't on the list", call)
		}
	}
	if !seen["POST /rooms/{room_id}"] || seen["DELETE /rooms/{room_id}"] {
		t.Errorf("the list has %v", seen)
	}
}
