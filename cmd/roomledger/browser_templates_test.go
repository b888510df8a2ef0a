package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// put types into the field of this id, which may be one of many with its label.
func (b *tab) put(id, text string) {
	b.t.Helper()
	b.is("Boolean(document.getElementById(" + quoted(id) + "))")
	js[bool](b, `((field) => { field.value = `+quoted(text)+`; return field.dispatchEvent(new Event("input", {bubbles: true})); })(document.getElementById(`+quoted(id)+`))`)
}

// press clicks what a selector finds.
func (b *tab) press(selector string) {
	b.t.Helper()
	b.is("Boolean(document.querySelector(" + quoted(selector) + "))")
	js[bool](b, `(document.querySelector(`+quoted(selector)+`).click(), true)`)
}

// journeyTemplate makes a template from a preset and changes it: rows come and go in place, and nothing that was typed is lost.
func journeyTemplate(t *testing.T, chrome context.Context) {
	b := signedIn(t, chrome, serving(t, t.TempDir(), withAdmin(nil)).base)
	b.says(true)
	b.open("/templates/new?preset=webinar")
	b.put("name", "all hands")
	b.put("settings.recording.upload.credentials.key", secrets.key)
	b.press(`button[name="add"][value="roles"]`)
	b.is(`document.activeElement.id === "roles.4.name"`)
	b.is(`document.getElementById("settings.recording.upload.credentials.key").value === ` + quoted(secrets.key))
	b.put("roles.4.name", "stagehand")
	b.put("settings.recording.upload.credentials.key", "")
	b.press(`button[name="show"][value="roles"]`)
	b.is(`Boolean(document.querySelector('[name="roles.0.subscribeParams.subscribeToRoles"][value="stagehand"]'))`)
	b.is(`document.activeElement.matches('button[name="show"][value="roles"]')`)
	b.press(`button[name="remove"][value="roles.2"]`)
	b.is(`document.getElementById("roles.3.name")?.value === "stagehand" && !document.getElementById("roles.4.name")`)
	journeyTypingOn(b)
	b.press(`.actions .main`)
	b.sees("Template all hands is made")
	b.press(`main a[href$="/edit"]`)
	b.put("roles.0.priority", "4")
	b.press(`.actions .main`)
	b.sees("What saving changes")
	b.press(`.actions .main`)
	b.sees("Template all hands is changed")
}

// journeyTypingOn types while rows come and go: what is typed then stays, in the row that it was typed in, and the focus stays in sight.
func journeyTypingOn(b *tab) {
	b.t.Helper()
	const typeOn = `(document.querySelector('button[name=%s]').click(),
		document.getElementById("roles.3.name").value = "prompter", document.getElementById("roles.3.permissions.mute").click(), true)`
	js[bool](b, `(document.querySelectorAll("details").forEach((fold) => fold.open = true), true)`)
	js[bool](b, fmt.Sprintf(typeOn, `"add"][value="roles"`))
	b.is(`document.activeElement.id === "roles.4.name"`)
	b.is(`((at) => at.top > 0 && at.bottom < innerHeight)(document.activeElement.getBoundingClientRect())`)
	b.is(`document.getElementById("roles.3.name").value === "prompter" && document.getElementById("roles.3.permissions.mute").checked`)
	js[bool](b, fmt.Sprintf(typeOn, `"remove"][value="roles.4"`))
	b.is(`!document.getElementById("roles.4.name") && !document.getElementById("roles.3.permissions.mute").checked`)
	js[bool](b, fmt.Sprintf(typeOn, `"remove"][value="roles.1"`))
	b.is(`document.getElementById("roles.2.name")?.value === "prompter" && document.getElementById("roles.2.permissions.mute").checked`)
}

// auditTemplateForms looks at the forms of templates as people find them.
func auditTemplateForms(t *testing.T, chrome context.Context) {
	_, env := account(t, asItIs)
	b := signedIn(t, chrome, serving(t, t.TempDir(), env).base)
	edit := b.address("/templates", "starter") + "/edit"
	b.says(true) // yes, leave the form that a state filled in
	for _, s := range []state{
		{"new template", "/templates/new", nil},
		{"new template with a preset", "/templates/new?preset=live-stream", func(b *tab) {
			b.press(`button[name="show"][value="request"]`)
			b.is(`Boolean(document.querySelector("#preview pre"))`)
			js[bool](b, `(document.querySelectorAll("details").forEach((fold) => fold.open = true), true)`)
		}},
		{"new template with errors", "/templates/new", func(b *tab) {
			b.put("roles.0.priority", "77")
			b.press(`.actions .main`)
			b.is("document.activeElement.getAttribute('role') === 'alert'")
		}},
		{"new template, name taken", "/templates/new", func(b *tab) {
			b.put("name", "starter")
			b.put("roles.0.name", "host")
			b.press(`.actions .main`)
			b.sees("There is already a template called starter")
		}},
		{"edit a template", edit, nil},
		{"review of a template", edit, func(b *tab) {
			b.put("roles.0.name", "anybody")
			b.press(`button[name="add"][value="destinations.hlsDestinations"]`)
			b.put("destinations.hlsDestinations.0.name", "web")
			b.press(`.actions .main`)
			b.sees("What saving changes")
		}},
		{"import of a template", "/templates/import", nil},
		{"import with an error", "/templates/import", func(b *tab) {
			b.put("template", "no JSON")
			b.click("button", "Check it")
			b.is("document.activeElement.getAttribute('role') === 'alert'")
		}},
	} {
		b.size(wide)
		b.open(s.path)
		if s.then != nil {
			b.do("click", chromedp.MouseClickXY(wide-40, 60)) // beside everything, so that the page knows that somebody is there
			s.then(b)
		}
		b.examine(s.name)
	}
}
