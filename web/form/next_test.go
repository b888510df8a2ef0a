package form_test

import (
	"net/url"
	"strings"
	"testing"

	"roomledger/web/form"
)

func TestNextPath(t *testing.T) {
	tests := []struct{ next, want string }{
		{"/rooms", "/rooms"},
		{"/rooms?q=a+b&after=2026-11-22", "/rooms?q=a+b&after=2026-11-22"},
		{"/history?next=https://example.org//x", "/history?next=https://example.org//x"},
		{"/", "/"},
		{"", "/"},
		{"rooms", "/"},
		{"//example.org", "/"},
		{"/\\example.org", "/"},
		{"/rooms\\..\\x", "/"},
		{"//", "/"}, // the parser sees an empty host here, and browsers take what follows for one
		{"///example.org", "/"},
		{"/rooms//x", "/"},
		{"/.//example.org", "/"},
		{"https://example.org/", "/"},
		{"javascript:alert(1)", "/"},
		{"/\t/example.org", "/"},
		{"/rooms\r\nSet-Cookie: a=b", "/"},
		{"/rooms\x00", "/"},
		{"/\xff", "/"},
		{"/%zz", "/"},
		{"/" + strings.Repeat("a", 2048), "/"},
	}
	for _, tt := range tests {
		if got := form.NextPath(tt.next); got != tt.want {
			t.Errorf("NextPath(%.60q) = %q, want %q", tt.next, got, tt.want)
		}
	}
}

// Whatever NextPath lets through, a browser on our site stays on our site.
func FuzzNextPath(f *testing.F) {
	for _, s := range []string{"/rooms?q=x", "//", "//e.org", "/\\e.org", "/\t/e.org", "/./..//e.org", "http:/e.org", "/%2f%2fe.org"} {
		f.Add(s)
	}
	base := &url.URL{Scheme: "https", Host: "desk.example.org", Path: "/signin"}
	f.Fuzz(func(t *testing.T, next string) {
		got := form.NextPath(next)
		if got != next && got != "/" {
			t.Fatalf("NextPath(%q) = %q, which is neither", next, got)
		}
		u, err := base.Parse(got)
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme {
			t.Errorf("NextPath(%q) = %q leads to %v (%v)", next, got, u, err)
		}
		if !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\r\n\t\x00") {
			t.Errorf("NextPath(%q) = %q", next, got)
		}
	})
}
