package handlers_test

import (
	"net/http"
	"net/url"
	"strings"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// secretiveTemplate is what the form of a template is changed by for one with a canary in each secret.
func secretiveTemplate() []string {
	return []string{
		"settings.recording.upload.type", "s3", "settings.recording.upload.location", "ward-recordings",
		"settings.recording.upload.credentials.key", canaries["template key"], "settings.recording.upload.credentials.secretKey", canaries["template secret"],
		"destinations.rtmpDestinations.0.name", "yt", "destinations.rtmpDestinations.0.rtmpUrls.0", "rtmps://a.example.org/live/" + canaries["stream key"],
	}
}

// useTemplateSecrets sends templates with secrets to every kind of answer that there is.
func useTemplateSecrets(d *desk, b *browser) {
	d.t.Helper()
	fresh := func(name string) url.Values { return with(fillTemplate(b, secretiveTemplate()...), "name", name) }
	b.post("/templates/new", fresh("not/a name")).want(http.StatusUnprocessableEntity)
	b.post("/templates/new", with(fresh("secretive"), "show", "request")).want(http.StatusOK)
	b.post("/templates/new", with(fresh("secretive"), "add", "roles")).want(http.StatusOK)
	sent := fresh("secretive")
	at := b.post("/templates/new", sent).want(http.StatusSeeOther).location
	b.post("/templates/new", with(sent, "settings.region", "in")).want(http.StatusConflict)
	b.post("/templates/new", fresh("secretive")).want(http.StatusConflict)
	edit := at + "/edit"
	changed := func() url.Values {
		return with(b.get(edit).want(http.StatusOK).form(edit), append(secretiveTemplate(), "settings.region", "us")...)
	}
	b.post(edit, with(changed(), "step", "review")).want(http.StatusOK)
	b.post(edit, with(changed(), "roles.0.priority", "77")).want(http.StatusUnprocessableEntity)
	b.post(edit, with(changed(), "remove", "roles.0")).want(http.StatusOK)
	b.post(edit, with(changed(), "version", "1-old")).want(http.StatusConflict)
	stale := changed()
	d.moveElsewhere(strings.TrimPrefix(at, "/templates/"), func(t *hms.Template) { t.Settings.Region = "eu" })
	b.post(edit, stale).want(http.StatusConflict)
	text := "bad: " + canaries["template key"] + ", " + canaries["template secret"] + ", rtmps://a.example.org/live/" + canaries["stream key"]
	for i, want := range []int{http.StatusUnprocessableEntity, http.StatusConflict, http.StatusBadGateway} {
		status := []int{400, 403, 500}[i]
		d.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: at, Status: status, Body: `{"code":` + jsonOf(status) + `,"message":` + jsonOf(text) + `}`, Times: 9})
		b.post(edit, changed()).want(want)
		d.box.ClearFaults()
	}
	b.post(edit, changed()).want(http.StatusSeeOther)
	b.get(edit).want(http.StatusOK)
	b.get(at + "/export").want(http.StatusOK)
	b.get("/templates/new?from=" + strings.TrimPrefix(at, "/templates/")).want(http.StatusOK)
	b.paste(`{"name":"secretive","settings":{"recording":{"upload":{"type":"s3","location":"b-b","credentials":{"key":` +
		jsonOf(canaries["template key"]) + `,"secretKey":` + jsonOf(canaries["template secret"]) + `}}}},"x":` + jsonOf(canaries["unknown field"]) + `}`)
	b.paste(`{"name":"no JSON","key":` + jsonOf(canaries["template key"])).want(http.StatusUnprocessableEntity)
}
