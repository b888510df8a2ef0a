package handlers_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/web/blueprint"
	"roomledger/web/hms"
)

// boxedTemplates are the templates that the API has, by name.
func (d *desk) boxedTemplates() map[string]hms.Template {
	d.t.Helper()
	all := map[string]hms.Template{}
	for t, err := range d.app.HMS.AllTemplates(d.t.Context()) {
		if err != nil {
			d.t.Fatal(err)
		}
		all[t.Name] = t
	}
	return all
}

// aTemplate is a template that was made with another tool: a preset, and one of everything that a form can have.
func (d *desk) aTemplate(name string) ledger.LiveTemplate {
	d.t.Helper()
	t, err := d.app.HMS.CreateTemplate(d.t.Context(), templateFrom(d.t, wholeTemplate(name)))
	if err != nil {
		d.t.Fatal(err)
	}
	live, err := d.ledger.ReadTemplate(d.t.Context(), t.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return live
}

// wholeTemplate has something in each part of a template, with secrets and with fields that nobody knows.
func wholeTemplate(name string) string {
	return `{"name":` + jsonOf(name) + `,"roles":{
		"host":{"name":"host","priority":1,"maxPeerCount":0,"futureRole":{"a":1},"publishParams":{"allowed":["audio","video"],"audio":{"bitRate":32,"codec":"opus"},
			"video":{"bitRate":300,"codec":"vp8","frameRate":25,"width":640,"height":360},
			"simulcast":{"video":{"layers":[{"rid":"f","scaleResolutionDownBy":1,"maxBitrate":600,"maxFramerate":24}]}}},
			"subscribeParams":{"subscribeToRoles":["host","guest"],"maxSubsBitRate":3200},"permissions":{"endRoom":true,"mute":true}},
		"guest":{"name":"guest","priority":2,"publishParams":{"allowed":["audio"]},"subscribeParams":{"subscribeToRoles":["host"]},"permissions":{}}},
		"settings":{"region":"eu","recording":{"upload":{"type":"s3","location":"ward-recordings","prefix":"p","credentials":{"key":"AKIA-kept-0000001","secretKey":"kept secret of a bucket"}}}},
		"destinations":{"rtmpDestinations":{"yt":{"name":"yt","width":1280,"height":720,"rtmpUrls":["rtmp://a.example.org/live/kept-stream-key-1"],"futureStream":true}},
			"hlsDestinations":{"web":{"name":"web","layers":[{"width":1280,"height":720,"videoBitrate":2000,"audioBitrate":64}],"playlistType":"event"}},
			"transcriptions":{"words":{"name":"words","role":"host","modes":["recorded"],"outputModes":["txt"],"summary":{"enabled":true,"sections":[{"title":"Agenda","format":"bullets"}]}}}},
		"plugins":{"whiteboard":{"permissions":{"admin":["host"],"writer":["host"],"reader":["guest"]}}}}`
}

func templateFrom(t *testing.T, text string) hms.Template {
	t.Helper()
	var out hms.Template
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// fillTemplate opens the form of a new template that begins with a preset, and returns what it would send, changed by pairs.
func fillTemplate(b *browser, changes ...string) url.Values {
	b.t.Helper()
	return with(b.get("/templates/new?preset=video-conference").want(http.StatusOK).form("/templates/new"), changes...)
}

func editPath(id string) string { return "/templates/" + id + "/edit" }

// templateCalls is how many requests to make or change templates have reached the API.
func (d *desk) templateCalls(id string) int {
	return d.box.Calls(http.MethodPost, "/templates") + d.box.Calls(http.MethodPost, "/templates/"+id) +
		d.box.Calls(http.MethodPost, "/templates/"+id+"/recordings")
}

func TestTemplateIsMade(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	for _, p := range blueprint.Presets() {
		page := b.get("/templates/new?preset=" + p.Key).want(http.StatusOK)
		at := b.post("/templates/new", with(page.form("/templates/new"), "name", "made from "+p.Key)).want(http.StatusSeeOther).location
		made := d.boxedTemplates()["made from "+p.Key]
		if at != "/templates/"+made.ID || len(made.Roles) != len(blueprint.FormOf(p.Tree).RoleNames()) {
			t.Errorf("%s: at %s the API has %d roles", p.Key, at, len(made.Roles))
		}
	}
	rows := d.rows()
	if i := slices.IndexFunc(rows, func(r db.Row) bool { return r.Action == "template.create" && r.Phase == db.PhaseDone }); i < 0 {
		t.Error("history has no template.create")
	}
}

func TestBlankTemplateForm(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	p := b.get("/templates/new").want(http.StatusOK)
	v := p.form("/templates/new")
	if !v.Has("roles.0.name") || p.Find(".preset-cards li").Length() != len(blueprint.Presets())+1 {
		t.Errorf("a new form has no role, or lacks presets: %v", v)
	}
	b.post("/templates/new", with(v, "name", "plain", "roles.0.name", "host")).want(http.StatusSeeOther)
	if got := d.boxedTemplates()["plain"]; len(got.Roles) != 1 {
		t.Errorf("made %+v", got)
	}
	if got := b.get("/templates/new?preset=nonsense").want(http.StatusOK); !strings.Contains(got.Text(), "no such preset") {
		t.Error("a preset that isn't there goes unsaid")
	}
	if got := b.get("/templates/new?from=" + strings.Repeat("0", 24)).want(http.StatusOK); !strings.Contains(got.Text(), "couldn't be read") {
		t.Error("a copy of nothing goes unsaid")
	}
}

// TestUntouchedEdit: a form that is sent as it was drawn changes nothing, and sends nothing.
func TestUntouchedEdit(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	d.aTemplate("whole")
	for name, have := range d.boxedTemplates() {
		at := editPath(have.ID)
		p := b.get(at).want(http.StatusOK)
		live, err := d.ledger.ReadTemplate(t.Context(), have.ID)
		if err != nil {
			t.Fatal(err)
		}
		sent := p.form(at)
		if diff := cmp.Diff(spoken(blueprint.Flatten(live.Tree)), spoken(sent)); diff != "" {
			t.Errorf("%s: (-template +drawn)\n%s", name, diff)
		}
		before := d.templateCalls(have.ID)
		review := b.post(at, with(sent, "step", "review")).want(http.StatusOK)
		if got := review.Find(".review").Text(); !strings.Contains(got, "Nothing") {
			t.Errorf("%s: the review says %.400q", name, got)
		}
		b.post(at, sent).want(http.StatusSeeOther)
		if d.templateCalls(have.ID) != before {
			t.Errorf("%s: an untouched form was sent to the API", name)
		}
	}
}

// spoken are the values of a form that say something of a template: not the blank ones, and not those of the page.
func spoken(v url.Values) url.Values {
	out := url.Values{}
	for name, typed := range v {
		top, _, _ := strings.Cut(name, ".")
		isTemplate := slices.ContainsFunc(blueprint.Schema(), func(n blueprint.Node) bool { return n.Key == top })
		if isTemplate && strings.Join(typed, "") != "" {
			out[name] = slices.Sorted(slices.Values(typed))
		}
	}
	return out
}

// TestOneFieldEdited: what one field changes is all that changes, secrets and fields that nobody knows among the rest.
func TestOneFieldEdited(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	whole := d.aTemplate("whole")
	at := editPath(whole.ID)
	changes := map[string]string{
		"roles.1.publishParams.video.bitRate": "450", "settings.region": "us", "destinations.rtmpDestinations.0.maxDuration": "3600",
		"roles.0.permissions.mute": "on", "destinations.transcriptions.0.summary.sections.0.title": "Plan",
	}
	for _, field := range slices.Sorted(maps.Keys(changes)) {
		was, err := d.ledger.ReadTemplate(t.Context(), whole.ID)
		if err != nil {
			t.Fatal(err)
		}
		typed := with(b.get(at).want(http.StatusOK).form(at), field, changes[field])
		review := b.post(at, with(typed, "step", "review")).want(http.StatusOK)
		if lines := differences(review); len(lines) != 1 {
			t.Errorf("%s: the review says %q", field, lines)
		}
		b.post(at, with(review.form(at), "reason", "for a test")).want(http.StatusSeeOther)
		is, err := d.ledger.ReadTemplate(t.Context(), whole.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := blueprint.NewForm(was.Tree, with(blueprint.Flatten(was.Tree), field, changes[field])).Tree()
		want["updatedAt"] = is.Tree["updatedAt"]
		if diff := cmp.Diff(want, is.Tree); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", field, diff)
		}
	}
	rows := d.rows()
	last := rows[len(rows)-1]
	if last.Action != "template.update" || rows[len(rows)-2].Reason != "for a test" {
		t.Errorf("history ends with %+v", last)
	}
}

// TestRoleRenamed: a rename is one change, which the fields that name the role follow.
func TestRoleRenamed(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	whole := d.aTemplate("whole")
	at := editPath(whole.ID)
	p := b.post(at, with(b.get(at).form(at), "roles.0.name", "visitor", "step", "review")).want(http.StatusOK)
	if lines := differences(p); len(lines) != 1 || !slices.Equal(lines[0][1:], []string{"guest", "visitor"}) {
		t.Errorf("the review says %q", lines)
	}
	if !strings.Contains(p.Find(".review").Text(), "The role guest is renamed to visitor.") {
		t.Error("the rename goes unsaid")
	}
	b.post(at, p.form(at)).want(http.StatusSeeOther)
	got := d.boxedTemplates()["whole"]
	if _, gone := got.Roles["guest"]; gone || !slices.Contains(got.Roles["host"].SubscribeParams.SubscribeToRoles, "visitor") {
		t.Errorf("the roles are %+v", got.Roles)
	}
	p = b.post(at, with(b.get(at).form(at), "remove", "roles.1")).want(http.StatusOK)
	p = b.post(at, with(p.form(at), "step", "review")).want(http.StatusOK)
	if !strings.Contains(p.Find(".review").Text(), "The role visitor is deleted.") || p.Find(".review .reach").Length() != 1 {
		t.Errorf("the review says %s", p.problem())
	}
}

func TestRowsWithoutScripts(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	v := fillTemplate(b, "name", "rows")
	press := func(button, path string) page {
		p := b.post("/templates/new", with(v, button, path)).want(http.StatusOK)
		v = p.form("/templates/new")
		return p
	}
	added := press("add", "roles")
	if v.Get("roles.2.name") != "" || !v.Has("roles.2.name") || added.Find(`[id="roles.2.name"][autofocus]`).Length() != 1 {
		t.Error("a role that was added isn't there, or hasn't the focus")
	}
	v = with(v, "roles.2.name", "third")
	press("show", "roles")
	if got := b.post("/templates/new", with(v, "add", "roles")).Find(`[name="roles.0.subscribeParams.subscribeToRoles"]`).Map(func(_ int, s *goquery.Selection) string {
		return s.AttrOr("value", "")
	}); !slices.Contains(got, "third") {
		t.Errorf("the first role can receive %q", got)
	}
	press("add", "destinations.hlsDestinations")
	press("add", "destinations.hlsDestinations.0.layers")
	press("add", "roles.0.publishParams.simulcast.video.layers")
	press("remove", "roles.0.publishParams.simulcast.video.layers.0")
	press("remove", "roles.1")
	if v.Get("roles.1.name") != "third" || v.Has("roles.2.name") || !v.Has("destinations.hlsDestinations.0.layers.0.width") {
		t.Errorf("the rows are %v", slices.Sorted(maps.Keys(v)))
	}
	for _, path := range []string{"", "roles.-1", "roles.99999999", "__proto__", "roles.0.name", "settings", "../x", "roles.7.publishParams.simulcast.video.layers"} {
		before := v
		for _, button := range []string{"add", "remove"} {
			press(button, path)
			if diff := cmp.Diff(spoken(before), spoken(v)); diff != "" {
				t.Errorf("%s %q changes the form:\n%s", button, path, diff)
			}
			v = before
		}
	}
	if d.templateCalls("") != 0 {
		t.Error("a button for rows reached the API")
	}
}

// TestSecretThatWasTyped: a secret that didn't come back with the page isn't silently left out, and can be left out on purpose.
func TestSecretThatWasTyped(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	whole := d.aTemplate("whole")
	at := editPath(whole.ID)
	key, secret := "settings.recording.upload.credentials.key", "settings.recording.upload.credentials.secretKey"
	p := b.post(at, with(b.get(at).form(at), key, "AKIA-for-tests-0002", secret, "another secret 2", "step", "review")).want(http.StatusOK)
	if p.form(at).Get(key) != "" || !slices.Equal(p.form(at)["again"], []string{key, secret}) {
		t.Fatalf("the review comes with %q, and asks again for %q", p.form(at).Get(key), p.form(at)["again"])
	}
	asked := b.post(at, p.form(at)).want(http.StatusUnprocessableEntity)
	if asked.message(key) == "" || asked.message(secret) == "" || len(asked.form(at)["again"]) != 0 {
		t.Errorf("the page says %s", asked.problem())
	}
	b.post(at, with(asked.form(at), key, "AKIA-for-tests-0002", secret, "another secret 2")).want(http.StatusSeeOther)
	if got := d.boxedTemplates()["whole"].Settings.Recording.Upload.Credentials.SecretKey; got != "another secret 2" {
		t.Errorf("the secret is %q", got)
	}
	p = b.post(at, with(b.get(at).form(at), key, "AKIA-3", secret, "3", "add", "roles")).want(http.StatusOK)
	p = b.post(at, with(p.form(at), "remove", "roles.2", "settings.region", "us")).want(http.StatusOK)
	p = b.post(at, p.form(at)).want(http.StatusUnprocessableEntity)
	b.post(at, p.form(at)).want(http.StatusSeeOther)
	got := d.boxedTemplates()["whole"].Settings
	if got.Region != "us" || got.Recording.Upload.Credentials.SecretKey != "another secret 2" {
		t.Errorf("the settings are %+v, %q", got, got.Recording.Upload.Credentials.SecretKey)
	}
}
