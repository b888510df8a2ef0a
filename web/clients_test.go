package web

import (
	"net/http"
	"testing"
)

func TestClients(t *testing.T) {
	tests := []struct {
		name      string
		remote    string
		forwarded []string
		proto     []string
		wantIP    string
		wantHTTPS bool
	}{
		{"direct", "198.51.100.7:4000", nil, nil, "198.51.100.7", false},
		{"a stranger's word", "198.51.100.7:4000", []string{"203.0.113.9"}, []string{"https"}, "198.51.100.7", false},
		{"one proxy", "10.0.0.1:80", []string{"203.0.113.9"}, []string{"https"}, "203.0.113.9", true},
		{"two proxies", "10.0.0.1:80", []string{"203.0.113.9, 10.0.0.2"}, []string{"http"}, "203.0.113.9", false},
		{"forged left part", "10.0.0.1:80", []string{"127.0.0.1, 203.0.113.9"}, nil, "203.0.113.9", false},
		{"forged behind a stranger", "10.0.0.1:80", []string{"10.0.0.5, 203.0.113.9, 10.0.0.2"}, nil, "203.0.113.9", false},
		{"several headers", "10.0.0.1:80", []string{"1.1.1.1", "203.0.113.9", "10.0.0.2"}, nil, "203.0.113.9", false},
		{"all trusted", "10.0.0.1:80", []string{"10.0.0.3, 10.0.0.2"}, nil, "10.0.0.3", false},
		{"proxy without header", "10.0.0.1:80", nil, nil, "10.0.0.1", false},
		{"rubbish on the right", "10.0.0.1:80", []string{"203.0.113.9, unknown"}, nil, "10.0.0.1", false},
		{"rubbish in the middle", "10.0.0.1:80", []string{"203.0.113.9, <script>, 10.0.0.2"}, nil, "10.0.0.2", false},
		{"empty entry", "10.0.0.1:80", []string{"203.0.113.9,"}, nil, "10.0.0.1", false},
		{"with port", "10.0.0.1:80", []string{"203.0.113.9:5555"}, nil, "203.0.113.9", false},
		{"IPv6", "[fd00::1]:80", []string{"2001:db8::9"}, nil, "2001:db8::9", false},
		{"IPv6 with brackets and port", "[fd00::1]:80", []string{"[2001:db8::9]:5555"}, nil, "2001:db8::9", false},
		{"IPv6 with brackets", "[fd00::1]:80", []string{"[2001:db8::9]"}, nil, "2001:db8::9", false},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:80", []string{"::ffff:203.0.113.9"}, nil, "203.0.113.9", false},
		{"zone", "[fe80::1%eth0]:80", nil, nil, "fe80::1", false},
		{"proto forged on the left", "10.0.0.1:80", nil, []string{"https, http"}, "10.0.0.1", false},
		{"proto in two headers", "10.0.0.1:80", nil, []string{"http", "HTTPS"}, "10.0.0.1", true},
		{"not an address", "@", []string{"203.0.113.9"}, []string{"https"}, "", false},
	}
	trusted := prefixes(t, "10.0.0.0/8", "fd00::/8")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request(t, "GET", "/")
			r.RemoteAddr = tt.remote
			r.Header["X-Forwarded-For"] = tt.forwarded
			r.Header["X-Forwarded-Proto"] = tt.proto
			var ip string
			var https bool
			h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { ip, https = ClientIP(r.Context()), HTTPS(r.Context()) })
			get(t, Clients(trusted)(h), r)
			if ip != tt.wantIP || https != tt.wantHTTPS {
				t.Errorf("got %q, https %t; want %q, %t", ip, https, tt.wantIP, tt.wantHTTPS)
			}
		})
	}
}
