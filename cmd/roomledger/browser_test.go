package main

import (
	"context"
	"testing"
)

// TestBrowser is what people do with a real browser. It is one test, so that one browser serves all of it.
func TestBrowser(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	for _, flow := range []struct {
		name string
		run  func(*testing.T, context.Context)
	}{
		{"the first admin is made by the link", browseSetUp},
		{"a room is made with every field", browseEveryField},
		{"a form helps while it is filled in", browseHelp},
		{"a room is made without scripts", browseWithoutScripts},
		{"a room is made by keyboard alone", browseByKeyboard},
		{"a double click makes one room", browseDoubleClick},
		{"a taken name asks for a yes", browseOverwrite},
		{"a changed form is not left by accident", browseLeaving},
		{"moving around keeps what one chose", browseAround},
		{"history is searched", browseSearch},
		{"history is searched without scripts", browseSearchWithoutScripts},
		{"pages outside are accessible", auditOutside},
		{"pages of a new desk are accessible", auditFresh},
		{"pages of help are accessible", auditHelp},
		{"lists and records are accessible", auditLists},
		{"pages of rooms are accessible", auditRooms},
		{"forms of templates are accessible", auditTemplateForms},
		{"a template from a preset to a change", journeyTemplate},
		{"pages of templates are accessible", auditTemplates},
		{"pages in chosen colours are accessible", auditSwitch},
	} {
		t.Run(flow.name, func(t *testing.T) {
			t.Parallel()
			flow.run(t, chrome)
		})
	}
}

func browseSetUp(t *testing.T, chrome context.Context) {
	r := serving(t, t.TempDir(), nil)
	link := setUpLink.FindStringSubmatch(r.out.String())
	if link == nil {
		t.Fatalf("no set-up link\n%s", r.out)
	}
	b := newTab(t, chrome, r.base)
	b.open(link[1])
	b.at("/setup", "Set up Roomledger")
	b.fill("Email", adminEmail)
	b.fill("Password", adminPassword)
	b.click("button", "Make the first admin")
	b.at("/", "Overview")
	b.sees(adminEmail, "SANDBOX")
}

// signedIn opens a window and signs the admin in.
func signedIn(t *testing.T, chrome context.Context, base string) *tab {
	t.Helper()
	b := newTab(t, chrome, base)
	b.signIn(adminEmail, adminPassword)
	return b
}

func (b *tab) signIn(email, password string) {
	b.t.Helper()
	b.open("/signin")
	b.fill("Email", email)
	b.fill("Password", password)
	b.click("button", "Sign in")
	b.at("/", "Overview")
}
