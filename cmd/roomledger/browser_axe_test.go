package main

import (
	"context"
	"crypto/sha512"
	_ "embed"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/third_party/axe.min.js
var axe string

// The pin of testdata/third_party/PINS: the file must be the published one, byte for byte.
func TestAxeIsThePublishedFile(t *testing.T) {
	t.Parallel()
	const pin = "xt1SFg49QaDwsyt0Xfs2XAyBtYPClXl3X2q5OOLeGAUmq9jZTYIMdztpF99WdhiH"
	sum := sha512.Sum384([]byte(axe))
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != pin {
		t.Errorf("axe.min.js is %s, want %s", got, pin)
	}
}

const (
	wide, narrow = 1280, 390
	firstVisit   = 100_000 // bytes that a first visit to any page may take over the wire
)

// state is a page as somebody may find it.
type state struct {
	name string
	path string       // opened first
	then func(b *tab) // what is done there; nil: nothing
}

// audit looks at every state in both themes and at both widths.
func (b *tab) audit(states ...state) {
	b.t.Helper()
	call(b, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}) // every visit is a first one
	b.says(true)                                                                           // yes, leave the form that a state filled in
	for _, s := range states {
		b.size(wide)
		before := b.wire()
		b.open(s.path)
		if n := b.wire() - before; n > firstVisit || n < 10_000 {
			b.t.Errorf("%s: a first visit takes %d bytes", s.name, n)
		}
		if s.then != nil {
			s.then(b)
		}
		b.examine(s.name)
	}
}

// wire is how many bytes came over the wire so far.
func (b *tab) wire() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.received
}

// examine fails for everything that axe finds on the page, for slips in its HTML, and when it has to be scrolled sideways.
func (b *tab) examine(name string) {
	b.t.Helper()
	if !js[bool](b, "'axe' in window") {
		js[chromedp.Void](b, axe)
	}
	for _, slip := range js[[]string](b, slips) {
		b.t.Errorf("%s: %s", name, slip)
	}
	for _, width := range []int64{wide, narrow} {
		b.size(width)
		if over := js[int](b, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
			b.t.Errorf("%s, %d wide: %d pixels too wide\n%s", name, width, over, js[string](b, sticksOut))
		}
		b.dark(false)
		b.violates(fmt.Sprintf("%s, %d wide", name, width), everyRule)
		if width == wide { // colours don't change with the width, which is what the dark theme is about
			b.dark(true)
			b.violates(name+", dark", rulesOfColour)
		}
	}
}

// sticksOut names what stands beyond the right edge.
const sticksOut = `[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth)
	.map((e) => e.outerHTML.slice(0, 120)).slice(0, 5).join("\n")`

// slips finds ids that stand twice, and references to ids that are nowhere.
const slips = `[
	...[...document.querySelectorAll("[id]")].filter((e, i, all) => all.findIndex((other) => other.id === e.id) < i)
		.map((e) => "the id " + e.id + " stands twice"),
	...["for", "form", "aria-labelledby", "aria-describedby"].flatMap((name) => [...document.querySelectorAll("[" + name + "]")]
		.flatMap((e) => e.getAttribute(name).split(" ").filter((id) => !document.getElementById(id))
			.map((id) => name + " leads to " + id + ", which is nowhere: " + e.outerHTML.slice(0, 120)))),
]`

// violation is a rule of axe that a page breaks.
type violation struct {
	Rule, Help string
	Where      []string
}

// What axe is to look for, in its own words: all its rules for WCAG 2.2 AA, and those of them that depend on colours,
// which are all that a theme changes.
const (
	everyRule     = `{type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}`
	rulesOfColour = `{type: "rule", values: ["color-contrast", "link-in-text-block"]}`
)

// violates fails for everything on the page that breaks one of these rules. Axe need not find out a selector for each
// thing that it looks at: what is wrong is told by its HTML.
func (b *tab) violates(where, rules string) {
	b.t.Helper()
	found := js[[]violation](b, `axe.run(document, {runOnly: `+rules+`, resultTypes: ["violations"], selectors: false})
	.then((found) => found.violations.map((v) => ({
		Rule: v.id, Help: v.help, Where: v.nodes.map((n) => n.html.slice(0, 200) + " " + n.failureSummary),
	})))`, chromedp.EvalAwaitPromise)
	for _, v := range found {
		b.t.Errorf("%s: %s (%s)\n  %s", where, v.Rule, v.Help, strings.Join(v.Where, "\n  "))
	}
}

func auditOutside(t *testing.T, chrome context.Context) {
	r := serving(t, t.TempDir(), nil)
	link := setUpLink.FindStringSubmatch(r.out.String())
	if link == nil {
		t.Fatalf("no set-up link\n%s", r.out)
	}
	b := newTab(t, chrome, r.base)
	b.audit(
		state{"set-up", link[1], nil},
		state{"set-up without the link", "/setup", nil},
		state{"set-up with errors", link[1], func(b *tab) {
			b.fill("Password", "short")
			b.click("button", "Make the first admin")
			b.hasProblem("Choose a longer password: 12 characters or more.")
		}},
		state{"sign-in", "/signin", nil},
		state{"sign-in with an error", "/signin", func(b *tab) {
			b.fill("Email", "nobody@example.org")
			b.fill("Password", "no such password")
			b.click("button", "Sign in")
			b.is("document.title.startsWith('Error: ')")
		}},
	)
}

// auditHelp has a flow of its own: the page of the API is long.
func auditHelp(t *testing.T, chrome context.Context) {
	b := signedIn(t, chrome, serving(t, founded(t), nil).base)
	b.audit(state{"help", "/help", nil}, state{"help, the API", "/help/api", nil})
}

// auditFresh looks at what somebody sees who has just begun, and at everything that needs no rooms.
func auditFresh(t *testing.T, chrome context.Context) {
	dir := t.TempDir()
	_, env := account(t, asItIs)
	r := serving(t, dir, env)
	cli(t, nil, otherPassword, "user", "add", "-data", dir, "-email", otherEmail, "-role", "viewer", "-password-stdin").want(t, exitFine, "")
	r.awaitLog(indexReady)
	b := signedIn(t, chrome, r.base)
	self, other := b.address("/settings/people", adminEmail), b.address("/settings/people", otherEmail)
	b.audit(
		state{"overview, empty", "/", func(b *tab) { b.sees("No rooms yet") }},
		state{"keys", "/", func(b *tab) { b.keys("?"); b.find("dialog", "Keyboard shortcuts") }},
		state{"rooms, empty", "/rooms", func(b *tab) { b.sees("No rooms yet") }},
		state{"compare", "/rooms/refresh", nil},
		state{"history", "/history", nil},
		state{"people", "/settings/people", nil},
		state{"people with errors", "/settings/people", func(b *tab) {
			b.click("button", "Add person")
			b.is("document.activeElement.getAttribute('role') === 'alert'")
		}},
		state{"person", other, nil},
		state{"oneself", self, nil},
		state{"policies", "/settings/policies", nil},
		state{"policies with errors", "/settings/policies", func(b *tab) {
			b.fill("Keep history for days", "7")
			b.click("button", "Save")
			b.is("document.activeElement.getAttribute('role') === 'alert'")
		}},
		state{"policies to agree to", "/settings/policies", func(b *tab) {
			b.fill("Keep history for days", "365")
			b.click("button", "Save")
			b.sees("365 days only?")
		}},
		state{"prune, kept for good", "/history/prune", nil},
		state{"sessions", "/settings/sessions", nil},
		state{"sign out", "/signout", nil},
		state{"end other sessions", "/settings/sessions/revoke-others", nil},
		state{"no such page", "/nowhere", nil},
	)
	reader := newTab(t, chrome, r.base)
	reader.signIn(otherEmail, otherPassword)
	reader.audit(
		state{"a reader's overview", "/", nil},
		state{"a reader's rooms", "/rooms", nil},
		state{"not allowed", "/history", nil},
	)
	b.audit(
		state{"sessions of others", "/settings/sessions", nil},
		state{"end a session", b.address("/settings/sessions", "Sign out "+otherEmail), nil},
	)
}

// address is where a link in the main part of a page leads whose name begins so.
func (b *tab) address(path, name string) string {
	b.t.Helper()
	b.open(path)
	return js[string](b, "[...document.querySelectorAll('main a:not(svg a)')].find((a) => (a.ariaLabel ?? a.innerText).startsWith("+
		quoted(name)+"))?.getAttribute('href') ?? '/none'")
}

// auditSwitch looks at a page in the colours that its switch gives, against the system's.
func auditSwitch(t *testing.T, chrome context.Context) {
	r := serving(t, founded(t), nil)
	b := signedIn(t, chrome, r.base)
	b.open("/rooms/new")
	for _, theme := range []string{"Dark", "Light"} {
		b.click("button", theme)
		b.is("document.documentElement.dataset.theme === " + quoted(strings.ToLower(theme)))
		b.examine("new room, switched to " + theme)
	}
}

// auditLists looks at lists and records, and at last at the pages of an account whose API is gone.
func auditLists(t *testing.T, chrome context.Context) {
	h := newHarbour(t)
	b := signedIn(t, chrome, h.base)
	reach := b.address("/templates", "starter") + "/impact"
	b.audit(slices.Concat(h.listStates(), []state{
		{"reach of a template", reach, nil},
		{"reach of a role", reach + "?role=host", func(b *tab) { b.sees("Role host") }},
		{"operation, done", b.address("/history?q=Dock-1&action=room.create", "Dock-1"), func(b *tab) {
			b.click("DisclosureTriangle", "The request as a curl command")
		}},
		{"operation, between others", b.address("/history?q=Dock-1&action=code.create", "Dock-1"), nil},
		{"operation, failed", h.failed, nil},
	})...)
	h.sink()
	b.open("/rooms/new")
	b.fill("Name", "Dock-4")
	b.click("button", "Create room")
	b.find("link", "The operation in history")
	b.examine("no answer from the API")
	b.audit(
		state{"overview with something open", "/", nil},
		state{"operation, unknown", b.address("/history?outcome=unknown", "Dock-4"), nil},
		state{"look again", b.address("/history?outcome=unknown", "Dock-4") + "/settle", nil},
		state{"look again in vain", b.address("/history?outcome=unknown", "Dock-4") + "/settle", func(b *tab) {
			h.outlive(b)
			b.click("button", "Look again")
			b.find("heading", "100ms doesn't answer.")
		}},
		state{"reach of a role, API gone", reach + "?role=host", func(b *tab) { b.sees("Not all room codes could be read") }},
		state{"room, API gone", h.room + "?live=1", nil},
		state{"new room, API gone", "/rooms/new?from=65a0b1c2d3e4f5a6b7c8d901", nil},
		state{"page, API gone", "/rooms/65a0b1c2d3e4f5a6b7c8d901", nil},
		state{"list, API gone for so long that no calls are sent", "/rooms", func(b *tab) { b.sees("100ms has not answered since") }},
	)
}

func auditRooms(t *testing.T, chrome context.Context) {
	h := newHarbour(t)
	b := signedIn(t, chrome, h.base)
	code := b.address(h.room+"?live=1", "Disable the code for host")
	b.audit(append(h.roomStates(), state{"code, to disable", code, nil})...)
}

func (h *harbour) listStates() []state {
	return []state{
		{"overview", "/", nil},
		{"rooms", "/rooms", nil},
		{"rooms, filtered", "/rooms?q=dock&enabled=true&region=eu", nil},
		{"rooms, none match", "/rooms?q=lighthouse", nil},
		{"rooms, wrong filter", "/rooms?after=yesterday", nil},
		{"history, all", "/history", nil},
		{"history, filtered", "/history?q=dock&outcome=done&from=2020-01-01", nil},
		{"history, none match", "/history?q=lighthouse", nil},
		{"history, searched", "/history?q=kind:room+do+colour:red", func(b *tab) { b.sees("There is no qualifier colour:") }},
		{"history, unclear", "/history?q=kind:room+kind:user+from:soon", nil},
		{"history, everything open", "/history?from=2020-01-01", func(b *tab) {
			b.click("DisclosureTriangle", "Figures")
			b.click("DisclosureTriangle", "How to search")
			b.click("DisclosureTriangle", "Filters")
		}},
		{"verify", "/history/verify", nil},
		{"verify, not a checkpoint", "/history/verify", func(b *tab) {
			b.fill("Compare with a checkpoint that you kept", "no checkpoint")
			b.click("button", "Verify now")
			b.hasProblem("Paste a whole checkpoint, from its first line to the one that begins with a dash.")
		}},
		{"verified", "/history/verify", func(b *tab) {
			b.click("button", "Verify now")
			b.sees("on record")
		}},
	}
}

func (h *harbour) roomStates() []state {
	id := strings.TrimPrefix(h.room, "/rooms/")
	return []state{
		{"room", h.room, nil},
		{"room with its codes", h.room + "?live=1", nil},
		{"room, disabled", h.disabled, nil},
		{"disable", h.room + "/disable", nil},
		{"enable", h.disabled + "/enable", nil},
		{"codes", h.room + "/codes", nil},
		{"states of a room", h.disabled + "/moments", nil},
		{"a room as it was", h.disabled + "/moments?at=" + h.then, nil},
		{"a room as it is", h.room + "/moments?at=2099-12-31", nil},
		{"a room before it was made", h.room + "/moments?at=2020-01-01&with=soon", nil},
		{"restore", h.disabled + "/restore?at=" + h.then, nil},
		{"new room", "/rooms/new", nil},
		{"new room, every section open", "/rooms/new", func(b *tab) {
			b.fillBucket()
			b.fillWebhook()
			b.fill("Name", "Rishabh's Room")
			b.sees("Try Rishabhs-Room.")
		}},
		{"new room, a copy", "/rooms/new?from=" + id, nil},
		{"new room with errors", "/rooms/new", func(b *tab) {
			b.fillBucket()
			b.fill("Name", "no spaces")
			b.fill("Size", "4000")
			b.fill("URL", "nowhere")
			b.fill("Secret", "")
			b.click("button", "Create room")
			b.hasProblem(tooLarge)
		}},
		{"new room, name taken", "/rooms/new", func(b *tab) {
			b.fill("Name", "dock-1")
			b.click("button", "Create room")
			b.find("checkbox", "Yes, change the room Dock-1*")
		}},
	}
}
