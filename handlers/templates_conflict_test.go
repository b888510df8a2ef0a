package handlers_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// moveElsewhere changes a template with another tool.
func (d *desk) moveElsewhere(id string, change func(*hms.Template)) {
	d.t.Helper()
	have, err := d.app.HMS.Template(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	change(&have)
	if _, err := d.app.HMS.UpdateTemplate(d.t.Context(), id, have); err != nil {
		d.t.Fatal(err)
	}
}

func TestTemplateNameTaken(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	whole := d.aTemplate("Whole")
	if p := b.post("/templates/new", fillTemplate(b, "name", "wHOLE")).want(http.StatusConflict); !strings.Contains(p.problem(), "in another case") {
		t.Errorf("the page doesn't say that the case differs: %s", p.problem())
	}
	sent := fillTemplate(b, "name", "Whole", "reason", "to see")
	before := d.templateCalls(whole.ID)
	p := b.post("/templates/new", sent).want(http.StatusConflict)
	if d.templateCalls(whole.ID) != before {
		t.Fatal("the API was asked to make it")
	}
	if got := p.Find("#taken-title").Text(); !strings.Contains(got, "There is already a template called Whole") {
		t.Errorf("the page says %q", got)
	}
	if lines := differences(p); len(lines) < 5 {
		t.Errorf("the difference is %q", lines)
	}
	wantTemplateKept(t, p, "/templates/new", sent)
	again := p.form("/templates/new")
	b.post("/templates/new", with(again, "overwrite", strings.Repeat("0", 24))).want(http.StatusConflict)
	b.post("/templates/new", with(again, "overwrite", "yes")).want(http.StatusUnprocessableEntity)
	yes := p.Find(`input[name="overwrite"][form="template-form"]`).AttrOr("value", "")
	made := b.post("/templates/new", with(again, "overwrite", yes)).want(http.StatusSeeOther)
	if got := d.boxedTemplates()["Whole"]; got.ID != whole.ID || made.location != "/templates/"+whole.ID || got.Roles["host"].Priority != 1 || len(b.get(editPath(whole.ID)).form(editPath(whole.ID))["destinations.rtmpDestinations.0.name"]) != 0 {
		t.Errorf("it was made as %+v at %s, of %s: %+v", got.Roles, made.location, whole.ID, got.Destinations)
	}
}

// wantTemplateKept fails when something that was typed has gone; secrets are to go.
func wantTemplateKept(t *testing.T, p page, action string, sent url.Values) {
	t.Helper()
	got := p.form(action)
	want := spoken(sent)
	for name := range want {
		if p.Find(`[id="`+name+`"][type="password"]`).Length() > 0 {
			delete(want, name)
		}
	}
	if diff := cmp.Diff(want, spoken(got)); diff != "" {
		t.Errorf("what was typed is lost (-sent +came back):\n%s", diff)
	}
}

func TestRenameToATakenName(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	one, other := d.aTemplate("one"), d.aTemplate("other")
	at := editPath(other.ID)
	p := b.post(at, with(b.get(at).form(at), "name", "ONE")).want(http.StatusConflict)
	if !strings.Contains(p.message("name"), "one") {
		t.Errorf("the name's message is %q", p.message("name"))
	}
	if got := d.boxedTemplates(); got["one"].ID != one.ID || got["other"].ID != other.ID {
		t.Error("a template was renamed or replaced")
	}
}

// TestStaleTemplate: what others changed meanwhile stays, what was typed goes on top, and it is sent only after another look.
func TestStaleTemplate(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	whole := d.aTemplate("whole")
	at := editPath(whole.ID)
	typed := with(b.get(at).form(at), "roles.0.priority", "4", "roles.1.maxPeerCount", "9", "roles.0.name", "visitor", "reason", "to see")
	d.moveElsewhere(whole.ID, func(t *hms.Template) {
		t.Settings.Region = "in"
		host := t.Roles["host"]
		host.MaxPeerCount = 5
		t.Roles["host"] = host
		t.Roles["aide"] = hms.Role{Name: "aide"}
	})
	for _, step := range []string{"review", ""} {
		p := b.post(at, with(typed, "step", step)).want(http.StatusConflict)
		if got := p.Find("#stale-title").Text(); !strings.Contains(got, "changed since you opened") {
			t.Fatalf("the page says %q", got)
		}
		table := p.Find("table.three").Text()
		for _, said := range []string{"Region", "India", "Europe", "both", "not changed: theirs stays"} {
			if !strings.Contains(table, said) {
				t.Errorf("the table lacks %q: %s", said, table)
			}
		}
	}
	p := b.post(at, typed).want(http.StatusConflict)
	merged := p.form(at)
	if merged.Get("version") == typed.Get("version") || merged.Get("reason") != "to see" || merged.Get("settings.region") != "in" {
		t.Errorf("the form goes on with version %s, region %s", merged.Get("version"), merged.Get("settings.region"))
	}
	b.post(at, merged).want(http.StatusSeeOther)
	got := d.boxedTemplates()["whole"]
	if got.Settings.Region != "in" || got.Roles["host"].MaxPeerCount != 9 || got.Roles["visitor"].Priority != 4 || len(got.Roles) != 3 {
		t.Errorf("it became %+v", got.Roles)
	}
	if key := got.Settings.Recording.Upload.Credentials.Key; key != "AKIA-kept-0000001" {
		t.Error("the bucket's key is lost")
	}
}

func TestStaleTemplateOfAnUnknownVersion(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	whole := d.aTemplate("whole")
	at := editPath(whole.ID)
	for _, version := range []string{"", "nonsense", "0-a", "99-ffff", "-1-x"} {
		typed := with(b.get(at).form(at), "roles.0.priority", "4", "version", version)
		p := b.post(at, typed).want(http.StatusConflict)
		wantTemplateKept(t, p, at, typed)
	}
}

func TestTemplateRefused(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	whole := d.aTemplate("whole")
	at := editPath(whole.ID)
	for text, field := range map[string]string{
		"roles.host.publishParams.video.bitRate must be lower":              "roles.1.publishParams.video.bitRate",
		"destinations.hlsDestinations.web.layers[0].width must be even":     "destinations.hlsDestinations.0.layers.0.width",
		"destinations.rtmpDestinations.yt.rtmpUrls.0 is no address":         "destinations.rtmpDestinations.0.rtmpUrls.0",
		"Error: region not supported":                                       "settings.region",
		"Bucket location is missing":                                        "settings.recording.upload.location",
		"plugins.whiteboard.permissions.admin must be roles":                "plugins.whiteboard.permissions.admin",
		"roles.unheard.priority is too high":                                "roles",
		"something else altogether":                                         "",
		"a template with the same name exists, this would be an overwrite!": "",
	} {
		typed := with(b.get(at).form(at), "roles.0.priority", "3")
		d.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: "/templates/" + whole.ID, Status: 400, Body: `{"code":400,"message":` + jsonOf(text) + `}`})
		p := b.post(at, typed).want(http.StatusUnprocessableEntity)
		if field != "" && p.message(field) == "" || !strings.HasPrefix(p.Find("title").Text(), "Error: ") {
			t.Errorf("%q: no message at %s: %s", text, field, p.problem())
		}
		wantTemplateKept(t, p, at, typed)
		if p.form(at).Get("form_token") == typed.Get("form_token") {
			t.Errorf("%q: the token is used up, and comes back", text)
		}
	}
}

// TestTemplateTroubles: whatever goes wrong, the form comes back as it was typed.
func TestTemplateTroubles(t *testing.T) {
	for name, tt := range map[string]struct {
		fault sandbox.Fault
		want  int
	}{
		"refused key":  {sandbox.Fault{Status: 401, Body: `{"code":401,"message":"Token validation error"}`, Times: 9}, http.StatusBadGateway},
		"slow down":    {sandbox.Fault{Status: 429, Body: `{"code":429,"message":"rate limit exceeded"}`, Times: 9}, http.StatusServiceUnavailable},
		"broken":       {sandbox.Fault{Status: 500, Body: `{"code":500,"message":"oops"}`, Times: 9}, http.StatusBadGateway},
		"not any more": {sandbox.Fault{Status: 404, Body: `{"code":404,"message":"template not found"}`, Times: 9}, http.StatusNotFound},
		"forbidden":    {sandbox.Fault{Status: 403, Body: `{"code":403,"message":"no"}`, Times: 9}, http.StatusConflict},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			t.Run(name+" "+method, func(t *testing.T) {
				t.Parallel()
				d := newDeskWith(t, deskOptions{tries: 1})
				b := d.as("operator")
				whole := d.aTemplate("whole")
				at := editPath(whole.ID)
				typed := with(b.get(at).form(at), "roles.0.priority", "3", "reason", "to see")
				fault := tt.fault // each method's own: they run side by side
				fault.Method, fault.Path = method, "/templates/"+whole.ID
				d.box.FailNext(fault)
				p := b.post(at, typed).want(tt.want)
				wantTemplateKept(t, p, at, typed)
				if p.form(at).Get("reason") != "to see" || p.Find(`[role="alert"]`).Length() != 1 {
					t.Errorf("the reason is lost, or nothing is said: %s", p.problem())
				}
			})
		}
	}
}

func TestHistoryCantBeWrittenForATemplate(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	sent := fillTemplate(b, "name", "unwritten")
	undo := d.refuseRows(db.PhaseIntent)
	before := d.templateCalls("")
	p := b.post("/templates/new", sent).want(http.StatusServiceUnavailable)
	wantTemplateKept(t, p, "/templates/new", sent)
	if d.templateCalls("") != before {
		t.Error("the API was called without an intent")
	}
	undo()
	b.post("/templates/new", p.form("/templates/new")).want(http.StatusSeeOther)
}

func TestPartlySavedTemplate(t *testing.T) {
	d := newDeskWith(t, deskOptions{tries: 1})
	b := d.as("operator")
	whole := d.aTemplate("whole")
	at := editPath(whole.ID)
	v := b.post(at, with(b.get(at).form(at), "add", "recordings", "roles.0.priority", "3")).want(http.StatusOK).form(at)
	typed := with(v, "recordings.0.name", "lesson", "recordings.0.role", "host", "recordings.0.compositeRecording.browserComposite.enabled", "on")
	path := "/templates/" + whole.ID + "/recordings"
	d.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: path, Status: 400, Body: `{"code":400,"message":"recordings.0.name is odd"}`})
	p := b.post(at, typed).want(http.StatusUnprocessableEntity)
	if !strings.Contains(p.Text(), "is saved, but its recording configuration is not") || p.message("recordings.0.name") == "" {
		t.Errorf("the page says %s", p.problem())
	}
	wantTemplateKept(t, p, at, without(typed, ".was"))
	if got := d.boxedTemplates()["whole"].Roles["guest"].Priority; got != 3 {
		t.Errorf("the guest's priority is %d", got)
	}
	b.post(at, p.form(at)).want(http.StatusSeeOther)
	configs, err := d.app.HMS.RecordingConfigs(t.Context(), whole.ID)
	if err != nil || len(configs) != 1 || configs[0].Name != "lesson" {
		t.Errorf("the recording configurations are %+v, %v", configs, err)
	}
}

// without is a form without the fields of this ending that a row of its own has only once it is saved.
func without(v url.Values, ending string) url.Values {
	out := maps.Clone(v)
	maps.DeleteFunc(out, func(name string, _ []string) bool {
		return strings.HasPrefix(name, "recordings.") && strings.HasSuffix(name, ending)
	})
	return out
}

// TestTemplateFormSentTwice: a double click makes one template, and other content under the same token makes none.
func TestTemplateFormSentTwice(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	sent := fillTemplate(b, "name", "twice")
	one := b.post("/templates/new", sent).want(http.StatusSeeOther)
	before := d.templateCalls("")
	two := b.post("/templates/new", with(sent, "reason", "again")).want(http.StatusSeeOther)
	if one.location != two.location || d.templateCalls("") != before {
		t.Errorf("the second click leads to %s, the first to %s", two.location, one.location)
	}
	p := b.post("/templates/new", with(sent, "settings.region", "us")).want(http.StatusConflict)
	wantTemplateKept(t, p, "/templates/new", with(sent, "settings.region", "us"))
	id := strings.TrimPrefix(one.location, "/templates/")
	at := editPath(id)
	edit := with(b.get(at).form(at), "settings.region", "us")
	b.post(at, edit).want(http.StatusSeeOther)
	before = d.templateCalls(id)
	for range 2 { // the template isn't as it was when the form was drawn, and it was this form that changed it
		if p := b.post(at, edit).want(http.StatusSeeOther); p.location != "/templates/"+id {
			t.Errorf("the second click leads to %s", p.location)
		}
	}
	if d.templateCalls(id) != before {
		t.Error("a double click saved twice")
	}
	other := with(edit, "settings.region", "in")
	p = b.post(at, other).want(http.StatusConflict)
	b.post(at, p.form(at)).want(http.StatusSeeOther)
	if got := d.boxedTemplates()["twice"].Settings.Region; got != "in" {
		t.Errorf("agreed and sent again, the region is %q", got)
	}
	b.post(at, with(edit, "step", "review")).want(http.StatusConflict)
}

func TestTemplateNobodyHas(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	for _, path := range []string{editPath("nonsense"), editPath(strings.Repeat("0", 24)), "/templates/nonsense/export", "/templates/" + strings.Repeat("0", 24) + "/export"} {
		b.get(path).want(http.StatusNotFound)
	}
	b.post(editPath("nonsense"), url.Values{}).want(http.StatusNotFound)
}
