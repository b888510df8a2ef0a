package web

// CookieName is the name of one of our cookies. Over https it carries the __Host- prefix: browsers then take it only from
// this very host, with Secure and Path=/, so that no neighbour under the same domain can plant one.
func CookieName(base string, secure bool) string {
	if secure {
		return "__Host-" + base
	}
	return base
}
