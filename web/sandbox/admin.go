package sandbox

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// adminPath is where the calls stand that the API doesn't have: they make things happen that happen by themselves at the vendor's.
const adminPath = "/sandbox"

// adminRoute is one of these calls. The path stands below adminPath.
type adminRoute struct {
	method, path string
	help         string // one line
	handle       handler
}

// adminRoutes lists them all; the router, the overview and the tests read it.
func adminRoutes() []adminRoute {
	return slices.Concat(serverAdmin(), templateAdmin(), sessionAdmin(), beamAdmin(), pollAdmin(), eventAdmin())
}

var (
	errAdminAccess = refuse(http.StatusForbidden, "calls below /sandbox need a management token, or have to come from this machine")
	sameOrigin     = http.NewCrossOriginProtection()
)

// mayAdmin refuses a request below adminPath that has no management token and comes neither from this machine by its own name nor
// from a page of the sandbox itself: a web page of somebody else must not get in by the browser of somebody who runs a sandbox.
func (s *Server) mayAdmin(r *http.Request) error {
	if r.Header.Get("Authorization") != "" {
		return s.authenticate(r)
	}
	if sameOrigin.Check(r) != nil || r.Header.Get("Sec-Fetch-Site") == "cross-site" || !isLoopback(r.RemoteAddr) || !isLoopback(r.Host) {
		return errAdminAccess
	}
	return nil
}

// isLoopback says whether an address, with or without a port, is this machine's own.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}
