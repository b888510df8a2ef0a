package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// box is what stands in the search box of the history.
func (b *tab) box() string {
	b.t.Helper()
	return b.value("searchbox", "Search history")
}

// boxed waits for the page on which the box holds this filter and the list has this many operations.
func (b *tab) boxed(text string, operations int) {
	b.t.Helper()
	b.is(fmt.Sprintf("document.readyState === 'complete' && document.getElementById('q').value === %s && "+
		"document.querySelectorAll('table.cards tbody tr').length === %d", quoted(text), operations))
}

// ask replaces what stands in the box, with the keyboard alone.
func (b *tab) ask(text string) {
	b.t.Helper()
	js[chromedp.Void](b, "void document.activeElement.blur()")
	b.keys("/")
	b.is("document.activeElement.id === 'q'")
	b.keys(text + kb.Enter)
}

func browseSearch(t *testing.T, chrome context.Context) {
	r := serving(t, founded(t), nil)
	b := signedIn(t, chrome, r.base)
	room := b.makeRoom("Anchor")
	b.makeRoom("Keel")
	b.open(room + "/disable")
	b.click("button", "Disable")
	b.at(room, "Anchor")
	b.open("/history")

	b.ask("anch kind:room actor:" + adminEmail)
	b.boxed("actor:"+adminEmail+" kind:room anch", 2)
	b.click("link", "Remove filter: Search: anch")
	b.boxed("actor:"+adminEmail+" kind:room", 3)
	b.ask("action:room.disable action:room.create")
	b.hasProblem("Write action: once only. action:room.create is not used.")
	if got := b.box(); got != "action:room.disable action:room.create" {
		t.Errorf("what was typed came back as %q", got)
	}
	b.ask(`target:"anchor" colour:red`)
	b.sees("There is no qualifier colour:", "Nothing matches")
	b.ask("target:anchor")
	b.boxed("target:anchor", 2)
	b.click("DisclosureTriangle", "Filters")
	b.choose("What", "room.disable")
	b.click("button", "Apply")
	b.boxed("action:room.disable target:anchor", 1)
	b.useTimeline()
	b.walkBeside()
}

// useTimeline clicks on a column, and on a line of its figures.
func (b *tab) useTimeline() {
	b.t.Helper()
	b.open("/history?q=kind:room")
	b.is("document.querySelectorAll('svg.chart a').length === 1")
	type spot struct{ X, Y float64 }
	at := js[spot](b, `(() => { const r = document.querySelector("svg.chart a rect").getBoundingClientRect(); return {X: r.x + r.width / 2, Y: r.y + r.height / 2} })()`)
	b.do("click a column", chromedp.MouseClickXY(at.X, at.Y))
	b.is("/^.kind=room&from=(.{10})&to=\\1$/.test(location.search)")
	b.sees("From: ", "3 in all")
	b.open("/history?q=kind:room")
	b.click("DisclosureTriangle", "Figures")
	b.is("document.querySelector('figure details[open] tbody a')")
	js[chromedp.Void](b, "void document.querySelector('figure details[open] tbody a').focus()")
	b.keys(kb.Enter)
	b.is("/^.kind=room&from=(.{10})&to=\\1$/.test(location.search)")
}

// walkBeside goes from an operation to the next one on its target, and copies its request as a command.
func (b *tab) walkBeside() {
	b.t.Helper()
	b.open("/history?q=anchor+action:room.create")
	b.click("link", "Anchor")
	b.at("/history/.+", "room.create Anchor")
	b.click("DisclosureTriangle", "The request as a curl command")
	b.sees(`curl -X POST "${HMS_API_URL:-https://api.100ms.live/v2}/rooms"`, "$HMS_TOKEN")
	b.click("link", "After it on this target →")
	b.at("/history/.+", "room.disable Anchor")
	b.sees("What changed", "enabled")
	b.click("link", "this target")
	b.at("/history", "History")
	b.is("location.search.startsWith('?target=')")
	b.sees("2 in all")
}

func browseSearchWithoutScripts(t *testing.T, chrome context.Context) {
	r := serving(t, founded(t), nil)
	b := newTab(t, chrome, r.base)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.signIn(adminEmail, adminPassword)
	b.makeRoom("Anchor")
	b.makeRoom("Keel")
	b.click("link", "History")
	b.at("/history", "History")
	b.click("DisclosureTriangle", "How to search")
	b.click("link", "outcome:failed")
	b.boxed("outcome:failed", 0)
	b.click("link", "Clear the filters")
	b.is(`document.getElementById("q").value === "" && document.querySelectorAll("table.cards tbody tr").length >= 4`) // two rooms, a sign-in and the first admin
	b.click("searchbox", "Search history")
	b.keys("kind:room keel" + kb.Enter)
	b.boxed("kind:room keel", 1)
	b.click("link", "Remove filter: Kind: room")
	b.boxed("keel", 1)
	b.click("link", "Keel")
	b.at("/history/.+", "room.create Keel")
	b.click("DisclosureTriangle", "The request as a curl command")
	b.sees("curl -X POST")
	if got := js[string](b, "document.querySelector('pre[aria-label=curl]').innerText"); !strings.Contains(got, `"name": "Keel"`) {
		t.Errorf("the command is %s", got)
	}
}
