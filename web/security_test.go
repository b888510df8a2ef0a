package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSecurityHeaders(t *testing.T) {
	h := SecurityHeaders(false)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	got := get(t, h, request(t, "GET", "/")).Header()
	want := http.Header{
		"Content-Security-Policy": {"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
			"font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"},
		"X-Content-Type-Options":       {"nosniff"},
		"Referrer-Policy":              {"same-origin"},
		"Permissions-Policy":           {features},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Cache-Control":                {"no-store"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(features, "camera=()") || !strings.Contains(features, "microphone=()") {
		t.Error("pages may use the camera or the microphone")
	}
}

func TestStrictTransport(t *testing.T) {
	tests := []struct {
		name   string
		secure bool
		proto  string
		want   bool
	}{
		{"http", false, "", false},
		{"base URL says https", true, "", true},
		{"proxy says https", false, "https", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request(t, "GET", "/")
			r.Header.Set("X-Forwarded-Proto", tt.proto)
			h := Chain(http.NotFoundHandler(), Clients(prefixes(t, "192.0.2.0/24")), SecurityHeaders(tt.secure))
			if got := get(t, h, r).Header().Get("Strict-Transport-Security") != ""; got != tt.want {
				t.Errorf("sent: %t, want %t", got, tt.want)
			}
		})
	}
}

func TestSameOrigin(t *testing.T) {
	tests := []struct {
		name                 string
		method, site, origin string
		want                 int
	}{
		{"typed in", "POST", "none", "", 200},
		{"own page", "POST", "same-origin", "http://example.com", 200},
		{"cross-site", "POST", "cross-site", "https://evil.example", 403},
		{"neighbour", "POST", "same-site", "https://other.example.com", 403},
		{"cross-site read", "GET", "cross-site", "https://evil.example", 200},
		{"no headers, as curl", "POST", "", "", 200},
		{"old browser, own page", "POST", "", "http://example.com", 200},
		{"old browser, cross-site", "POST", "", "https://evil.example", 403},
		{"opaque origin", "POST", "", "null", 403},
		{"base URL, Host changed by a proxy", "POST", "", "https://desk.example", 200},
		{"base URL's host, other scheme", "POST", "", "http://desk.example", 403},
		{"cross-site delete", "DELETE", "cross-site", "https://evil.example", 403},
	}
	guard, err := SameOrigin("https://Desk.Example:443/", plainPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reached := false
			h := guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
			r := request(t, tt.method, "http://example.com/rooms/new")
			if tt.site != "" {
				r.Header.Set("Sec-Fetch-Site", tt.site)
			}
			if tt.origin != "" {
				r.Header.Set("Origin", tt.origin)
			}
			if w := get(t, h, r); w.Code != tt.want || reached != (tt.want == 200) {
				t.Errorf("status %d, handler reached %t; want %d", w.Code, reached, tt.want)
			}
		})
	}
}

func TestOriginOf(t *testing.T) {
	tests := []struct{ in, want string }{
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"HTTPS://Desk.Example/", "https://desk.example"},
		{"http://desk.example:80/path?q=1", "http://desk.example"},
		{"https://desk.example:8443", "https://desk.example:8443"},
		{"desk.example", ""},
		{"ftp://desk.example", ""},
		{"https://", ""},
		{"https://:443", ""},
		{"https://me@desk.example", ""},
		{"http://[::1", ""},
	}
	for _, tt := range tests {
		got, err := originOf(tt.in)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%q: got %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
	if _, err := SameOrigin("desk.example", plainPage); err == nil {
		t.Error("SameOrigin took a base URL without a scheme")
	}
}
