package handlers_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"roomledger/db"
	"roomledger/web/blueprint"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// secretFields are the fields of all forms whose values nobody may see again, in whole or in part; each has its canary. The
// token of the set-up link is looked for where it is used.
var secretFields = map[string]string{
	"upload_info.credentials.key":    "upload_info.credentials.key",
	"upload_info.credentials.secret": "upload_info.credentials.secret",
	"webhook.header_value":           "header 1",
	"webhook.url":                    "query",
	"password":                       "new password",
	"current_password":               "current password",
	"token":                          "",

	"settings.recording.upload.credentials.key":       "template key",
	"settings.recording.upload.credentials.secretKey": "template secret",
	"destinations.rtmpDestinations.*.rtmpUrls.*":      "stream key",
}

// plainFields are those whose values are for everybody who may see what they belong to.
var plainFields = strings.Fields(`name description template_id region large_room size max_duration_seconds polls recording storage
	upload_info.type upload_info.location upload_info.prefix upload_info.options.region webhook.header_name overwrite form_token
	reason email role disabled next theme back show add remove as step again template file
	keep_days checkpoint_rows checkpoint_minutes checkpoint at with version a b q kind enabled sort creator after before cursor actor action outcome target from to`)

// TestEveryFieldIsKnown walks the forms of all pages: a new field has to be told to be a secret or to be none.
func TestEveryFieldIsKnown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	met := map[string]bool{}
	for name := range fieldsOf(t, d.stranger().get(d.app.SetUp.Path()).want(http.StatusOK)) {
		met[name] = true // the page of the set-up is gone once there is somebody
	}
	b := d.as(db.RoleAdmin)
	for name := range fieldsOf(t, d.stranger().get("/signin").want(http.StatusOK)) {
		met[name] = true
	}
	for _, rt := range d.app.Routes() {
		path := rt.Path
		if v := visits["GET "+path]; v.path != nil {
			path = v.path(d, b)
		}
		if rt.Method == http.MethodGet && rt.Path != "/setup" {
			maps.Copy(met, fieldsOf(t, b.get(path)))
		}
	}
	taken := d.apiRoom()
	maps.Copy(met, fieldsOf(t, b.post("/rooms/new", fill(b, "name", taken.Name)).want(http.StatusConflict)))
	whole := editPath(d.aTemplate("whole").ID)
	maps.Copy(met, fieldsOf(t, b.post(whole, with(b.get(whole).form(whole), "settings.recording.upload.credentials.key", "a", "add", "recordings"))))
	for name := range met {
		_, isSecret := secretFields[name]
		if isSecret == (slices.Contains(plainFields, name) || slices.Contains(templateFields(), name)) {
			t.Errorf("the field %q has to be either a secret, with a canary, or plain", name)
		}
	}
	for name, canary := range secretFields {
		if !met[name] || (canary != "" && canaries[canary] == "") {
			t.Errorf("the secret field %q is in no form, or has no canary", name)
		}
	}
}

// ofAnyRow finds what counts rows in the name of a template's field.
var ofAnyRow = regexp.MustCompile(`\.\d+`)

// templateFields are the fields of a template's form that are no secrets, rows as *.
func templateFields() []string {
	names := []string{"roles.*.shown"}
	for _, f := range blueprint.Fields() {
		if f.Node.Kind != blueprint.Secret {
			names = append(names, f.Path)
		}
		for at := f.Path; strings.Contains(at, "*"); at = at[:strings.LastIndexByte(at, '*')] {
			names = append(names, at[:strings.LastIndexByte(at, '*')]+"*.was")
		}
	}
	return names
}

// fieldsOf are the names of everything that a page can send.
func fieldsOf(t *testing.T, p page) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	p.Find("input[name], select[name], textarea[name], button[name]").Each(func(_ int, s *goquery.Selection) {
		name := ofAnyRow.ReplaceAllString(s.AttrOr("name", ""), ".*")
		names[name] = true
		secret := secretFields[name] != "" && name != "webhook.url"
		if secret && (s.AttrOr("type", "") != "password" || s.AttrOr("value", "") != "") {
			t.Errorf("the secret field %s is shown while it is typed, or comes with a value", s.AttrOr("name", ""))
		}
	})
	return names
}

// usePasswords types secrets where people type passwords, right and wrong, and where they shouldn't.
func usePasswords(d *desk, admin *browser, heard http.RoundTripper) {
	d.t.Helper()
	stranger := d.stranger()
	stranger.http.Transport = heard
	stranger.signIn(admin.who.Email, canaries["password of a sign-in"]).want(http.StatusUnprocessableEntity)
	// The page itself shows the address again to whoever typed it.
	d.stranger().signIn(canaries["password as an address"], "anything").want(http.StatusUnprocessableEntity)
	add := func(changes ...string) page {
		return admin.post("/settings/people", with(admin.get("/settings/people").form("/settings/people"), changes...))
	}
	add("email", "no address", "password", canaries["new password"]).want(http.StatusUnprocessableEntity)
	add("email", "vera@example.org", "role", db.RoleViewer, "password", canaries["new password"]).want(http.StatusSeeOther)
	own := "/settings/people/" + admin.who.ID
	change := func(changes ...string) page { return admin.post(own, with(admin.get(own).form(own), changes...)) }
	change("password", canaries["new password"], "current_password", canaries["current password"]).want(http.StatusUnprocessableEntity)
	change("password", canaries["new password"], "current_password", testPassword).want(http.StatusSeeOther)
	change("current_password", canaries["new password"], "reason", "rotated").want(http.StatusSeeOther)
}

// useUnknown lets the API answer with fields that nobody knows, in what it makes and in what it tells.
func useUnknown(d *desk, b *browser) {
	d.t.Helper()
	canary := canaries["unknown field"]
	body := `{"id":"%s","name":"%s","enabled":true,"template_id":"t","region":"eu","api_key":"` + canary + `","access":{"token":["` + canary + `"]},
		"recording_info":{"enabled":true,"sas":"` + canary + `","upload_info":{"type":"s3","location":"b","sts":{"session":"` + canary + `"},
		"credentials":{"key":"` + canary + `","secret":"` + canary + `","session_token":"` + canary + `"}}},
		"webhook":{"url":"https://user:` + canary + `@h.example.org/?` + canary + `#` + canary + `","headers":{"X-A":"` + canary + `"},"signing_secret":"` + canary + `"},
		"created_at":"2030-01-01T00:00:00Z","updated_at":"2030-01-01T00:00:00Z"}`
	made := fmt.Sprintf(body, strings.Repeat("ab", 12), "ward-30")
	d.lose(sandbox.Fault{Body: made, Handle: true})
	b.post("/rooms/new", fill(b, "name", "ward-30")).want(http.StatusSeeOther)
	room := d.elsewhere(hms.RoomParams{Name: "ward-31"})
	told := fmt.Sprintf(body, room.ID, "ward-31")
	at := "/rooms/" + room.ID
	for _, path := range []string{at, at + "?live=1", "/rooms/new?from=" + room.ID, at + "/disable"} {
		d.box.FailNext(sandbox.Fault{Method: http.MethodGet, Path: at, Body: told, Times: 2})
		b.get(path).want(http.StatusOK)
		d.box.ClearFaults()
	}
	d.box.FailNext(sandbox.Fault{Method: http.MethodGet, Path: at, Body: told, Times: 10})
	b.confirm(at+"/disable", "").want(http.StatusSeeOther)
	d.box.ClearFaults()
}

// echoKept lets the API repeat what a room has from before and what it tells of it, in answer to a change that names none of it.
func echoKept(d *desk, b *browser, at string) {
	d.t.Helper()
	text := "bad state: " + canaries["header 1"] + ", " + canaries["header 2"] + ", " + canaries["query"]
	details := `{"code":%d,"message":` + jsonOf(text) + `,"details":[` + jsonOf(text) + `]}`
	for _, status := range []int{http.StatusBadRequest, http.StatusForbidden, http.StatusConflict, http.StatusInternalServerError} {
		d.lose(sandbox.Fault{Status: status, Body: fmt.Sprintf(details, status), Times: 3})
		if p := b.confirm(at+"/disable", "so that it rests"); p.status < 400 {
			d.t.Errorf("a change that the API answers with %d comes to %d", status, p.status)
		}
		d.box.ClearFaults()
	}
	open, err := d.db.OpenOperations(d.t.Context(), d.app.Workspace.ID)
	if err != nil || len(open) == 0 {
		d.t.Fatalf("%d operations are open, %v", len(open), err)
	}
	look := "/history/" + open[0].ID + "/settle"
	b.post(look, b.get(look).want(http.StatusOK).form(look)).want(http.StatusSeeOther)
}

// readRoutes opens every page whose address names nothing.
func readRoutes(d *desk, b *browser) {
	d.t.Helper()
	for _, rt := range d.app.Routes() {
		if rt.Method == http.MethodGet && !strings.Contains(rt.Path, "{id}") && !strings.Contains(rt.Path, "{operation}") {
			p := b.get(strings.TrimSuffix(rt.Path, "{$}"))
			if kept := rt.Path == "/history/prune"; p.status >= 400 && !kept { // history is kept for good here, it says
				d.t.Errorf("%s: status %d", rt.Path, p.status)
			}
		}
	}
	b.get("/history?q=" + url.QueryEscape("ward-1")).want(http.StatusOK)
}
