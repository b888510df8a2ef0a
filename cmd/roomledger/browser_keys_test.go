package main

import (
	"context"
	"slices"
	"strings"
	"testing"

	grants "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// visibleFocus says what has the focus, or "" when nobody could see it.
const visibleFocus = `(() => {
	const seen = (e) => e && (getComputedStyle(e).outlineStyle !== "none" && parseFloat(getComputedStyle(e).outlineWidth) > 0
		|| getComputedStyle(e).boxShadow !== "none");
	const now = document.activeElement;
	return seen(now) || seen(now.closest("label")) ? "" : now.outerHTML.slice(0, 200);
})()`

// tabTo presses Tab until the focus is on a thing; at each stop one has to see where it is.
func (b *tab) tabTo(role, name string) {
	b.t.Helper()
	const enough = 100
	x := b.find(role, name)
	for range enough {
		if of[bool](b, x, "function() { return document.activeElement === this }") {
			return
		}
		b.keys(kb.Tab)
		if unseen := js[string](b, visibleFocus); unseen != "" {
			b.t.Errorf("nobody sees that the focus is on %s", unseen)
		}
	}
	b.t.Fatalf("Tab never leads to %s %q\n%s", role, name, b.words())
}

// browseByKeyboard never touches the mouse.
func browseByKeyboard(t *testing.T, chrome context.Context) {
	r := serving(t, founded(t), nil)
	b := newTab(t, chrome, r.base)
	b.open("/signin")
	b.tabTo("textbox", "Email")
	b.keys(adminEmail + kb.Tab + adminPassword + kb.Enter)
	b.at("/", "Overview")

	b.keys(kb.Tab)
	b.is("document.activeElement.innerText === 'Skip to the content'")
	b.is(visibleFocus + " === ''")
	b.keys(kb.Enter)
	b.is("document.activeElement.id === 'main'")
	b.tabTo("link", "New room")
	b.keys(kb.Enter)
	b.at("/rooms/new", "New room")
	b.tabTo("textbox", "Name")
	b.keys("Keel-1")
	b.tabTo("combobox", "Region")
	b.keys(kb.ArrowDown)
	b.tabTo("checkbox", "Large room")
	b.keys(" ")
	b.tabTo("radio", "As the template*")
	b.keys(kb.ArrowRight)
	b.sees(`"name": "Keel-1"`, `"region": "in"`, `"large_room": true`, `"enabled": false`)
	b.tabTo("button", "Create room")
	b.keys(kb.Enter)
	b.at(roomPath, "Keel-1")
	b.sees("India", "this room")
	b.useShortcuts()
}

// useShortcuts tries the keys that the dialog lists.
func (b *tab) useShortcuts() {
	b.t.Helper()
	b.keys("?")
	b.find("dialog", "Keyboard shortcuts")
	b.is("document.getElementById('keys').contains(document.activeElement)")
	b.keys(kb.Escape)
	b.is("!document.getElementById('keys').open")
	b.open("/rooms")
	b.keys("/")
	b.is("document.activeElement.id === 'q' && document.activeElement.value === ''")
	b.keys("keel/?" + kb.Enter)
	b.at("/rooms", "Rooms")
	b.is("new URLSearchParams(location.search).get('q') === 'keel/?'")
	b.sees("No room matches")
	b.open("/rooms/new")
	b.tabTo("textbox", "Name")
	b.keys("Keel-2")
	b.keys("s", chromedp.ModifierCtrl)
	b.at(roomPath, "Keel-2")
}

func browseLeaving(t *testing.T, chrome context.Context) {
	r := serving(t, founded(t), nil)
	b := signedIn(t, chrome, r.base)
	b.open("/rooms/new")
	b.fill("Name", "Half-typed")
	b.says(false)
	b.click("link", "History")
	b.wasAsked("confirm Leave this page?")
	b.says(false)
	js[chromedp.Void](b, "void (location.href = '/history')")
	b.wasAsked("beforeunload")
	if got := b.value("textbox", "Name"); got != "Half-typed" {
		t.Errorf("after staying the name is %q", got)
	}
	b.says(true)
	b.click("link", "History")
	b.at("/history", "History")
	b.says(false)
	b.open("/rooms/new")
	b.click("link", "History")
	b.at("/history", "History")
	if asked := b.asked(); len(asked) > 0 {
		t.Errorf("leaving an untouched form asks %q", asked)
	}
}

func (b *tab) wasAsked(question string) {
	b.t.Helper()
	b.until("asked "+question, func(context.Context) (bool, error) {
		return slices.ContainsFunc(b.asked(), func(q string) bool { return strings.HasPrefix(q, question) }), nil
	})
}

func browseAround(t *testing.T, chrome context.Context) {
	r := serving(t, founded(t), nil)
	b := signedIn(t, chrome, r.base)
	room := b.makeRoom("Anchor")
	b.copies(room)

	js[chromedp.Void](b, "void (window.kept = true)")
	b.click("link", "History")
	b.at("/history", "History")
	b.is("window.kept") // boosted: the document is the same one
	js[chromedp.Void](b, "history.back()")
	b.at(room, "Anchor")
	js[chromedp.Void](b, "history.forward()")
	b.at("/history", "History")

	b.dark(false)
	for _, theme := range []string{"Dark", "Light", "As the system"} {
		b.click("button", theme)
		value := map[string]string{"Dark": `data-theme="dark"`, "Light": `data-theme="light"`, "As the system": `<html lang="en">`}[theme]
		b.until(theme+" is in what is served", func(context.Context) (bool, error) { return strings.Contains(b.served(), value), nil })
		b.is("document.documentElement.outerHTML.includes(" + quoted(value) + ")")
		b.is("document.querySelector('[data-theme-switch] [aria-pressed=true]').title === " + quoted(theme))
		light := js[bool](b, "getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).slice(0, 3).every((c) => c > 200)")
		if light == (theme == "Dark") {
			t.Errorf("%s gives a light page: %v", theme, light)
		}
	}
}

// copies copies the id of the room whose page this is.
func (b *tab) copies(room string) {
	b.t.Helper()
	for _, permission := range []string{"clipboard-read", "clipboard-write"} {
		grant := grants.SetPermissionParams{
			Permission: &grants.PermissionDescriptor{Name: permission}, Setting: grants.PermissionSettingGranted,
			Origin: b.base, BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
		}
		if _, err := chromedp.CallBrowser(b.ctx, grants.SetPermission, grant); err != nil {
			b.t.Fatal(err)
		}
	}
	b.click("button", "Copy room id")
	b.is("document.querySelector('[role=status]#said').textContent === 'Copied.'")
	b.is("document.querySelector('[aria-label=\"Copy room id\"].copied')")
	if got := js[string](b, "navigator.clipboard.readText()", chromedp.EvalAwaitPromise); "/rooms/"+got != room {
		b.t.Errorf("copied %q on %s", got, room)
	}
}
