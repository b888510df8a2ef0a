package pages

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"roomledger/views/components"
)

func roomURL(id string) templ.SafeURL { return templ.SafeURL("/rooms/" + url.PathEscape(id)) }

func operationURL(id string) templ.SafeURL { return templ.SafeURL("/history/" + url.PathEscape(id)) }

func personURL(id string) templ.SafeURL {
	return templ.SafeURL("/settings/people/" + url.PathEscape(id))
}

func sessionURL(id string) templ.SafeURL {
	return templ.SafeURL("/settings/sessions/" + url.PathEscape(id) + "/revoke")
}

func copyURL(id string) templ.SafeURL { return templ.SafeURL("/rooms/new?from=" + url.QueryEscape(id)) }

func statusText(status int) string {
	if status == 0 {
		return ""
	}
	return strconv.Itoa(status)
}

func sessionWords(n int) string {
	if n == 0 {
		return "Not signed in anywhere"
	}
	return "Signed in with " + components.Plural(n, "browser", "browsers")
}
