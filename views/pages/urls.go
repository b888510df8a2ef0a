package pages

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"roomledger/views/components"
	"roomledger/web/hms"
)

func roomURL(id string) templ.SafeURL { return templ.SafeURL("/rooms/" + url.PathEscape(id)) }

// codeURL is the page that asks before a code is switched to what it is not.
func codeURL(c hms.RoomCode) templ.SafeURL {
	return roomURL(c.RoomID) + templ.SafeURL("/codes/"+url.PathEscape(c.Code)) + templ.SafeURL("/"+strings.ToLower(codeVerb(c)))
}

func codeVerb(c hms.RoomCode) string {
	if c.Enabled {
		return "Disable"
	}
	return "Enable"
}

func operationURL(id string) templ.SafeURL { return templ.SafeURL("/history/" + url.PathEscape(id)) }

// lookURL is the page that asks before 100ms is asked again what became of an operation.
func lookURL(id string) templ.SafeURL { return operationURL(id) + "/settle" }

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
