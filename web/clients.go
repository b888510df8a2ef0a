package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Clients finds out who asks: ClientIP and HTTPS read what it found. X-Forwarded-For and X-Forwarded-Proto count only
// when they come from a trusted proxy, because anyone can send them.
func Clients(trusted []netip.Prefix) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r, s := withSlot(r)
			if peer, ok := parseAddr(r.RemoteAddr); ok {
				s.ip = clientAddr(peer, r.Header.Values("X-Forwarded-For"), trusted).String()
				if isTrusted(peer, trusted) {
					s.https = s.https || forwardedHTTPS(r.Header.Values("X-Forwarded-Proto"))
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// clientAddr walks the list from the right, the end that the proxies nearest to us wrote, for as long as the one who wrote an entry
// is trusted. What stands left of the first stranger is that stranger's word and proves nothing.
func clientAddr(peer netip.Addr, forwarded []string, trusted []netip.Prefix) netip.Addr {
	client := peer
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !isTrusted(client, trusted) {
			break
		}
		addr, ok := parseAddr(strings.TrimSpace(hop))
		if !ok {
			break
		}
		client = addr
	}
	return client
}

// forwardedHTTPS reads the last entry, the one the proxy we trust wrote.
func forwardedHTTPS(protos []string) bool {
	if len(protos) == 0 {
		return false
	}
	last := protos[len(protos)-1]
	last = last[strings.LastIndexByte(last, ',')+1:]
	return strings.EqualFold(strings.TrimSpace(last), "https")
}

func isTrusted(addr netip.Addr, trusted []netip.Prefix) bool {
	return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// parseAddr reads an address with or without port or brackets. An IPv4 address in IPv6 clothes is the IPv4 address.
func parseAddr(s string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}, false
	}
	return addr.Unmap().WithZone(""), true
}
