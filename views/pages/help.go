package pages

import (
	"strings"

	"roomledger/views/layout"
)

// calls counts the calls of all groups for which is says yes.
func calls(groups []*APIGroup, is func(*APICall) bool) int {
	n := 0
	for _, g := range groups {
		for _, c := range g.Calls {
			if is(c) {
				n++
			}
		}
	}
	return n
}

func anyCall(*APICall) bool { return true }

func inSandbox(c *APICall) bool { return c.Sandbox }

func onScreen(c *APICall) bool { return len(c.Screens) > 0 }

// groupTitle is the resource's name for people: "Room codes".
func groupTitle(g *APIGroup) string {
	if g.ID == "sip" {
		return "SIP"
	}
	words := strings.ReplaceAll(g.ID, "-", " ")
	return strings.ToUpper(words[:min(1, len(words))]) + words[min(1, len(words)):]
}

// callNote says what is out of the ordinary about a call.
func callNote(c *APICall) string {
	if c.Path == "/token" {
		return "at an address of its own, auth.100ms.live, and without a management token"
	}
	return ""
}

func roleWord(role string) string {
	for _, o := range roles() {
		if o.Value == role {
			return o.Label
		}
	}
	return role
}

func may(r Right) string { return strings.Join(r.May, "; ") }

// yourRole marks the role of the person who looks.
func yourRole(p layout.Page, role string) string {
	if p.User.Role == role {
		return "your role"
	}
	return ""
}
