package form

import (
	"net/url"
	"strings"
)

// NextPath returns next when it is a path of our own site, with or without a query, and "/" when it is missing or could
// lead a browser elsewhere: another scheme or host, //host, a backslash (which browsers read as a slash) or characters
// that browsers drop while reading.
func NextPath(next string) string {
	const limit = 2048 // bytes; longer ones don't come from our own pages
	if len(next) > limit || !strings.HasPrefix(next, "/") || strings.Contains(next, `\`) || !isPlain(next, "") {
		return "/"
	}
	end := strings.IndexAny(next+"?", "?#")
	if _, err := url.Parse(next); err != nil || strings.Contains(next[:end], "//") {
		return "/"
	}
	return next
}
