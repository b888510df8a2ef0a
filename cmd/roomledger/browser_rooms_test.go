package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"roomledger/web/sandbox"
)

const roomPath = "/rooms/[0-9a-f]{24}"

// The secrets that people type here. No page may ever show one.
var secrets = struct{ key, secret, first, second, query string }{
	"AKIA4HARBOUR7LIGHT", "wJ8x+harbour/light/5Yq2", "Bearer otter-lantern-41", "copper-finch-77", "sig=plum-orchard-19",
}

// keepsSecrets fails when a secret stands in the page, as it is now or as it was served.
func (b *tab) keepsSecrets() {
	b.t.Helper()
	text := js[string](b, "document.documentElement.outerHTML") + b.served()
	for _, secret := range []string{secrets.key, secrets.secret, secrets.first, secrets.second, secrets.query} {
		if strings.Contains(text, secret) {
			b.t.Errorf("%s shows %q", js[string](b, "location.pathname"), secret)
		}
	}
}

// served is this page's HTML as the program sends it.
func (b *tab) served() string {
	b.t.Helper()
	return js[string](b, "fetch(location.href).then((answer) => answer.text())", chromedp.EvalAwaitPromise)
}

// makeRoom makes a room with a name and nothing else, and returns the path of its page.
func (b *tab) makeRoom(name string) string {
	b.t.Helper()
	b.open("/rooms/new")
	b.fill("Name", name)
	b.click("button", "Create room")
	b.at(roomPath, name)
	return js[string](b, "location.pathname")
}

func (b *tab) fillBucket() {
	b.t.Helper()
	b.click("radio", "On*")
	b.click("radio", "In your own bucket*")
	b.click("radio", "Amazon S3*")
	b.fill("Bucket", "harbour-recordings")
	b.fill("Bucket region", "eu-central-1")
	b.fill("Path in the bucket", "staff/2026")
	b.fill("Access key", secrets.key)
	b.fill("Secret", secrets.secret)
}

func (b *tab) fillWebhook() {
	b.t.Helper()
	b.fill("URL", "https://hooks.example.org/rooms?"+secrets.query)
	b.fill("Header 1 name", "Authorization")
	b.fill("Header 1 value", secrets.first)
	b.click("button", "Add a header")
	b.fill("Header 2 name", "X-Harbour")
	b.fill("Header 2 value", secrets.second)
}

func browseEveryField(t *testing.T, chrome context.Context) {
	_, env := account(t, asItIs) // apart, because the vendor's side keeps the secrets
	r := serving(t, t.TempDir(), env)
	b := signedIn(t, chrome, r.base)
	b.click("link", "New room")
	b.at("/rooms/new", "New room")
	b.fill("Name", "Harbour-staff")
	b.fill("Description", "Tuesday's meeting of the harbour staff")
	b.choose("Template", "starter")
	b.choose("Region", "Europe")
	b.fill("Size", "4000")
	b.fill("Longest session", "1h30m")
	b.click("checkbox", "Large room")
	b.fillBucket()
	b.fillWebhook()
	b.fill("Poll ids", "65a0b1c2d3e4f5a6b7c8d901, 65a0b1c2d3e4f5a6b7c8d902")

	b.sees(`"name": "Harbour-staff"`, `"region": "eu"`, `"size": 4000`, `"large_room": true`, `"max_duration_seconds": 5400`,
		`"location": "harbour-recordings"`, "$STORAGE_KEY", "$STORAGE_SECRET", "$WEBHOOK_QUERY", "$HEADER_AUTHORIZATION",
		"$HEADER_X_HARBOUR", "65a0b1c2d3e4f5a6b7c8d902", "= 1 h 30 min")
	b.keepsSecrets()
	b.click("button", "Create room")
	b.at(roomPath, "Harbour-staff")
	b.sees("Room Harbour-staff is made, and on record.", "Tuesday's meeting", "starter", "Europe", "4,000", "1 h 30 min",
		"harbour-recordings", "eu-central-1", "https://hooks.example.org/rooms", "X-Harbour", "65a0b1c2d3e4f5a6b7c8d902")
	b.keepsSecrets()
	b.click("link", "Read it now, with its codes")
	b.sees("Read from 100ms just now", "Room codes")
	b.keepsSecrets()
	b.open("/history?q=Harbour-staff")
	b.click("link", "Harbour-staff")
	b.at("/history/.+", "room.create Harbour-staff")
	b.sees("Done", adminEmail, "127.0.0.1", "POST /rooms", "answered 200", "harbour-recordings", "hmac-sha256:")
	b.keepsSecrets()
	secretsKept(t, r, secrets.key, secrets.secret, secrets.first, secrets.second, secrets.query)
}

// hasProblem waits for the summary of broken rules, and fails unless it has been brought to the person's notice.
func (b *tab) hasProblem(link string) {
	b.t.Helper()
	b.is("document.title.startsWith('Error: ')")
	b.is("document.activeElement.getAttribute('role') === 'alert'")
	b.find("link", link)
	if top := js[float64](b, "document.activeElement.getBoundingClientRect().top"); top < 0 || top > 800 {
		b.t.Errorf("the summary is out of sight, at %v", top)
	}
}

const (
	tooLarge  = "Turn on large room for this size, or choose 2,500 or fewer."
	noSecret  = "For safety, secrets never come back to a page."
	overwrote = "was overwritten as you agreed, and that is on record."
)

func browseHelp(t *testing.T, chrome context.Context) {
	r := serving(t, founded(t), nil)
	b := signedIn(t, chrome, r.base)
	b.makeRoom("Standup")
	b.open("/rooms/new")
	b.click("textbox", "Name")
	b.keys("standup")
	b.sees("Taken by this room")
	b.fill("Name", "Rishabh's Room")
	b.sees("Try Rishabhs-Room.")
	b.click("button", "Rishabhs-Room")
	b.sees("Free.")
	if got := b.value("textbox", "Name"); got != "Rishabhs-Room" {
		t.Errorf("the suggestion left %q", got)
	}
	b.fill("Size", "4000")
	b.sees("Over 2,500 needs “Large room” below.")
	b.fillBucket()
	b.fillWebhook()
	b.click("button", "Create room")
	b.hasProblem(tooLarge)
	b.click("link", tooLarge)
	b.is("document.activeElement.id === 'size'")
	b.showsWhatWasTyped()

	b.click("checkbox", "Large room")
	b.fill("Access key", secrets.key)
	b.fill("Secret", secrets.secret)
	b.fill("Header 1 value", secrets.first)
	b.fill("Header 2 value", secrets.second)
	b.fill("URL", "https://hooks.example.org/rooms")
	b.click("button", "Create room")
	b.at(roomPath, "Rishabhs-Room")
	b.sees("4,000", "harbour-recordings", "X-Harbour")
}

// showsWhatWasTyped checks the form that came back for its size.
func (b *tab) showsWhatWasTyped() {
	b.t.Helper()
	b.sees(noSecret)
	b.is("document.querySelector('#size[aria-invalid=true]').getAttribute('aria-describedby').split(' ').includes('size-error')")
	b.is("document.getElementById('size-error').innerText === " + quoted(tooLarge))
	for name, want := range map[string]string{
		"Name": "Rishabhs-Room", "Size": "4000", "Bucket": "harbour-recordings", "Path in the bucket": "staff/2026",
		"Header 1 name": "Authorization", "Header 2 name": "X-Harbour",
		"Access key": "", "Secret": "", "Header 1 value": "", "Header 2 value": "",
	} {
		if got := b.value("textbox", name); got != want {
			b.t.Errorf("%s came back as %q, not as %q", name, got, want)
		}
	}
	b.keepsSecrets()
}

func browseWithoutScripts(t *testing.T, chrome context.Context) {
	r := serving(t, founded(t), nil)
	b := newTab(t, chrome, r.base)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.signIn(adminEmail, adminPassword)
	b.click("link", "New room")
	b.at("/rooms/new", "New room")
	b.fill("Name", "Quay-7")
	b.fill("Size", "4000")
	b.fill("URL", "https://hooks.example.org/quay")
	b.fill("Header 1 name", "X-Quay")
	b.click("button", "Add a header")
	b.find("textbox", "Header 2 name")
	b.fill("Header 1 value", secrets.first)
	b.click("button", "Refresh")
	b.sees(`"name": "Quay-7"`, "$HEADER_X_QUAY")
	b.fill("Header 1 value", secrets.first)
	b.click("button", "Create room")
	b.hasProblem(tooLarge)
	b.sees(noSecret)
	if got := b.value("textbox", "Header 1 name") + b.value("textbox", "Header 1 value"); got != "X-Quay" {
		t.Errorf("the header came back as %q", got)
	}
	b.fill("Size", "40")
	b.fill("Header 1 value", secrets.first)
	b.click("button", "Create room")
	b.at(roomPath, "Quay-7")
	b.sees("Room Quay-7 is made, and on record.", "X-Quay")

	b.open("/rooms/new")
	b.fill("Name", "QUAY-7")
	b.fill("Size", "60")
	b.click("button", "Create room")
	b.sees("Yes, change the room Quay-7")
	b.click("checkbox", "Yes, change the room Quay-7*")
	b.click("button", "Change that room")
	b.at(roomPath, "Q")
	b.sees(overwrote, "60")
}

func browseOverwrite(t *testing.T, chrome context.Context) {
	r := serving(t, founded(t), nil)
	b := signedIn(t, chrome, r.base)
	room := b.makeRoom("Lighthouse")
	b.open("/rooms/new")
	b.fill("Name", "lightHOUSE")
	b.fill("Description", "Lamp room")
	b.click("button", "Create room")
	b.sees("That room and this form", "Lamp room", "Description")
	b.is("document.title.startsWith('Error: ')")
	b.is("document.activeElement.getAttribute('role') === 'alert'")
	if got := b.value("textbox", "Description"); got != "Lamp room" {
		t.Errorf("the description came back as %q", got)
	}
	b.click("button", "Create room") // without the yes it stays a question
	b.sees("Yes, change the room Lighthouse")
	b.click("checkbox", "Yes, change the room Lighthouse*")
	b.click("button", "Change that room")
	b.at(room, "")
	b.sees(overwrote, "Lamp room")
	b.click("link", "See the record")
	b.at("/history/.+", "room.create")
	b.sees("What changed", "Lamp room", "Done")
}

// browseDoubleClick clicks the button again while the API takes its time, with and without scripts.
func browseDoubleClick(t *testing.T, chrome context.Context) {
	box, env := account(t, asItIs)
	r := serving(t, t.TempDir(), env)
	b := signedIn(t, chrome, r.base)
	for _, tc := range []struct {
		name    string
		scripts bool
	}{{"Ferry", true}, {"Barge", false}} {
		call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !tc.scripts})
		b.open("/rooms/new")
		b.fill("Name", tc.name)
		answer := make(chan struct{})
		arrived := make(chan struct{})
		box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: "/rooms", Hook: func() { close(arrived); <-answer }})
		at := b.where("button", "Create room")
		click := chromedp.MouseClickXY(at.X, at.Y)
		b.do("double click", click, click)
		<-arrived
		if tc.scripts {
			b.is("document.querySelector('button.main[aria-busy=true]')")
		}
		b.do("click again", click)
		close(answer)
		b.at(roomPath, tc.name)
		rooms, err := box.Rooms()
		if err != nil {
			t.Fatal(err)
		}
		named := slices.DeleteFunc(rooms, func(room sandbox.RoomState) bool { return room.Name != tc.name })
		if n := len(named); n != 1 {
			t.Errorf("there are %d rooms %s", n, tc.name)
		}
		b.open("/history?action=room.create&q=" + tc.name)
		if n := js[int](b, "document.querySelectorAll('main tbody tr td.title').length"); n != 1 {
			t.Errorf("history has %d operations for %s\n%s", n, tc.name, b.words())
		}
	}
	if n := box.Calls(http.MethodPost, "/rooms"); n != 2 {
		t.Errorf("the API was called %d times for two rooms", n)
	}
}
