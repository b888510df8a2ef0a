package form

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (f *Room) checkWebhook() {
	typed := strings.TrimSpace(f.WebhookURL)
	f.Errors.Check(typed != "" || !f.hasHeaders(), "webhook.url",
		"Give the URL that these headers are sent to, or clear the header rows.")
	if typed != "" {
		f.Errors.problem("webhook.url", urlProblem(typed))
	}
	f.Errors.problem("webhook.header_name", headersProblem(f.Headers))
}

func urlProblem(s string) string {
	const example = "Write a full web address, such as https://hooks.example.org/rooms."
	switch {
	case len(s) > MaxURLBytes:
		return "Shorten the URL to 2,048 characters or fewer."
	case !consistsOf(s, isVisible):
		return "Write the URL without spaces, accents or characters that can't be seen; use %20 and the like for them."
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return example
	case u.User != nil:
		return "Take the user name and password out of the URL; send them in a header row instead."
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", !isPort(u.Port()):
		return example
	case strings.Contains(s, "#"):
		return "Take the # and what follows out of the URL; it is never sent to a server."
	case strings.HasSuffix(s, "?"):
		// What comes back to a page ends like this, so that nobody sends a URL that lost its key.
		return "Type what follows the ? again, or take the ? away. It may hold secrets, so it never comes back to a page."
	}
	return ""
}

func isPort(s string) bool {
	if s == "" {
		return true
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// headersProblem checks the rows together: they share one message, which names the row.
func headersProblem(rows []Header) string {
	typed := 0
	seen := make(map[string]bool, min(len(rows), MaxHeaders))
	for i, row := range rows {
		if row.blank() {
			continue
		}
		if typed++; typed > MaxHeaders {
			return "Give 50 headers or fewer."
		}
		name := strings.ToLower(strings.TrimSpace(row.Name))
		text := headerProblem(name, strings.TrimSpace(row.Value))
		if text == "" && seen[name] {
			text = "this name stands in an earlier row. Keep one of the two; upper and lower case are the same."
		}
		if text != "" {
			return "Header row " + strconv.Itoa(i+1) + ": " + text
		}
		seen[name] = true
	}
	return ""
}

// headerProblem says what is wrong with one header, to go on after "Header row 3: ". Name is in lower case.
func headerProblem(name, value string) string {
	switch {
	case name == "":
		return "give the name that belongs to this value, or clear the row."
	case len(name) > 256:
		return "shorten the name to 256 characters or fewer."
	case !consistsOf(name, isTokenByte):
		return "use only letters, digits and dashes in the name, such as X-Shared-Secret."
	case slices.Contains(connectionHeaders, name):
		return "choose another name; this one belongs to the connection and is set by 100ms."
	case value == "":
		return "give the value that belongs to this name, or clear the row."
	case len(value) > MaxHeaderValueBytes:
		return "shorten the value to 4,096 characters or fewer."
	case !consistsOf(value, func(b byte) bool { return isVisible(b) || b == ' ' || b == '\t' }):
		return "use only plain letters, digits and signs in the value, all on one line."
	}
	return ""
}

// isTokenByte knows the characters of a header's name (RFC 9110, section 5.6.2).
func isTokenByte(b byte) bool { return isAlnum(b) || strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0 }

// connectionHeaders are set by whoever sends the request, so a person can't.
var connectionHeaders = []string{
	"connection", "content-length", "expect", "host", "keep-alive", "proxy-authenticate", "proxy-authorization",
	"proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
}

// shownURL is a webhook's URL as it may come back to a page, ready to be completed: a query leaves its question mark.
func shownURL(raw string) string {
	public, hidden := publicURL(raw)
	switch {
	case !hidden:
		return raw
	case strings.Contains(raw, "?"):
		return public + "?"
	}
	return public
}

// publicURL is a webhook's URL without the parts that may hold secrets, and whether there were any. A URL that can't be
// read is all secret.
func publicURL(raw string) (public string, hidden bool) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Opaque != "" {
		return "", raw != ""
	}
	hidden = u.User != nil || u.RawQuery != "" || u.Fragment != ""
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return u.String(), hidden
}
