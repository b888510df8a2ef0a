package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// policy lets a page load only what this server serves, run no inline script, and be framed by nobody.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"

const features = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), " +
	"midi=(), payment=(), screen-wake-lock=(), usb=()"

// SecurityHeaders sets the headers that keep browsers strict, and Cache-Control: no-store, which handlers of public files replace.
// Strict-Transport-Security goes out where secure is set or the request came by https.
func SecurityHeaders(secure bool) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Security-Policy", policy)
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "same-origin")
			h.Set("Permissions-Policy", features)
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Cache-Control", "no-store")
			if secure || HTTPS(r.Context()) {
				h.Set("Strict-Transport-Security", "max-age=31536000")
			}
			next.ServeHTTP(w, r)
		})
	}
}

// SameOrigin refuses changes that another site's page asks a browser for, by the rules of http.CrossOriginProtection.
// page tells the person, with an *Error of status 403. baseURL is our own address as browsers see it, or ""; its origin is
// trusted also where a proxy changed the Host. It fails on a baseURL that isn't an http or https address.
func SameOrigin(baseURL string, page ErrorPage) (Middleware, error) {
	guard := http.NewCrossOriginProtection()
	if baseURL != "" {
		origin, err := originOf(baseURL)
		if err != nil {
			return nil, err
		}
		if err := guard.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("trust %s: %w", origin, err)
		}
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := guard.Check(r); err != nil {
				page(w, r, &Error{
					Status: http.StatusForbidden,
					What:   "This change was asked for by another site's page.",
					Why:    "Changes are taken only from this site's own pages. Nothing was changed.",
					Do:     "Open the form here and send it again.",
					Err:    err,
				})
				return
			}
			next.ServeHTTP(w, r)
		})
	}, nil
}

// originOf is the address's origin as a browser would write it: lower case, the scheme's own port left out.
func originOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("base URL %q: %w", address, err)
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	switch scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	default:
		return "", fmt.Errorf("base URL %q: it must begin with http:// or https://", address)
	}
	if u.Hostname() == "" || u.User != nil {
		return "", fmt.Errorf("base URL %q: it must name a host, and no user", address)
	}
	return scheme + "://" + host, nil
}
