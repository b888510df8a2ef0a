package handlers_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"roomledger/web/blueprint"
)

// everyRow is the form of a new template in which each list of the table has a row, and nothing breaks a rule.
func everyRow(b *browser) url.Values {
	b.t.Helper()
	v := fillTemplate(b, "name", "every row")
	for _, path := range []string{
		"destinations.rtmpDestinations", "destinations.rtmpDestinations.0.rtmpUrls", "destinations.hlsDestinations",
		"destinations.hlsDestinations.0.layers", "destinations.hlsDestinations.0.recording.layers", "destinations.transcriptions",
		"destinations.transcriptions.0.summary.sections", "destinations.browserRecordings", "recordings",
		"roles.0.publishParams.simulcast.video.layers", "roles.0.publishParams.simulcast.screen.layers",
	} {
		if !strings.Contains(fmt.Sprint(v), path+".0") && !v.Has(path+".0.rid") && !v.Has(path+".0.name") {
			v = b.post("/templates/new", with(v, "add", path)).want(http.StatusOK).form("/templates/new")
		}
	}
	role := v.Get("roles.0.name")
	return with(
		v, "destinations.rtmpDestinations.0.name", "yt", "destinations.rtmpDestinations.0.rtmpUrls.0", "rtmp://a.example.org/live/key-1",
		"destinations.hlsDestinations.0.name", "web", "destinations.transcriptions.0.name", "words", "destinations.transcriptions.0.role", role,
		"destinations.transcriptions.0.summary.sections.0.title", "Agenda", "destinations.transcriptions.0.summary.sections.0.format", "bullets",
		"destinations.browserRecordings.0.name", "old", "destinations.browserRecordings.0.role", role,
		"recordings.0.name", "lesson", "recordings.0.role", role,
		"settings.recording.upload.type", "s3", "settings.recording.upload.location", "ward-recordings",
		"settings.recording.upload.credentials.key", "AKIA-for-tests-0001", "settings.recording.upload.credentials.secretKey", "a secret of the bucket 1",
	)
}

// badValue is one that a field can't take; "" when any is good.
func badValue(n blueprint.Node) string {
	switch n.Kind {
	case blueprint.Whole:
		return "7.5x"
	case blueprint.Number:
		return "much"
	case blueprint.Choice, blueprint.Choices:
		return "nonsense"
	case blueprint.RoleName, blueprint.Roles:
		return "nobody"
	case blueprint.Wholes:
		return "4, x"
	case blueprint.Pairs:
		return "no colon"
	case blueprint.Text, blueprint.Lines, blueprint.Secret:
		return "a\x01b"
	}
	return ""
}

// TestBadInputOfEveryField walks the table: each field that is typed wrong has its message there, and nothing else is lost.
func TestBadInputOfEveryField(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	good := everyRow(b)
	if p := b.post("/templates/new", with(good, "show", "request")); !strings.Contains(p.Find("#preview").Text(), "POST /v2/templates") {
		t.Fatal("there is no preview")
	}
	for _, f := range blueprint.Fields() {
		bad := badValue(f.Node)
		if bad == "" {
			continue // a switch is on or off
		}
		name := strings.TrimSuffix(strings.ReplaceAll(f.Path, "*", "0"), ".")
		sent := with(good, name, bad)
		p := b.post("/templates/new", sent)
		if p.status != http.StatusUnprocessableEntity || p.message(name) == "" {
			t.Errorf("%s: status %d, no message at the field: %s", name, p.status, p.problem())
			continue
		}
		link := p.Find(`[role="alert"] a[href="#` + name + `"]`)
		control := p.Find(`[id="` + name + `"]`)
		if link.Length() != 1 || control.Length() != 1 {
			t.Errorf("%s: %d links in the summary, %d controls", name, link.Length(), control.Length())
		}
		if name != "roles.0.name" { // the fields that name the role follow it
			wantTemplateKept(t, p, "/templates/new", sent)
		}
		for folded := control.Closest("details.fold"); folded.Length() > 0; folded = folded.Parent().Closest("details.fold") {
			if _, open := folded.Attr("open"); !open {
				t.Errorf("%s: its row is folded away", name)
			}
		}
	}
	if d.templateCalls("") != 0 {
		t.Error("a bad form reached the API")
	}
}

// TestStrangeTemplates: nothing that can be sent is a fault of ours, and whatever was typed comes back as text.
func TestStrangeTemplates(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	whole := d.aTemplate("whole")
	good := fillTemplate(b, "name", "strange")
	script := `"><script>alert(1)</script>`
	for _, name := range []string{"name", "roles.0.name", "settings.recording.upload.prefix", "roles.0.priority", "roles.0.subscribeParams.subscribeToRoles", "roles.0.was", "roles.0.shown"} {
		p := b.post("/templates/new", with(good, name, script))
		if p.status >= 500 || strings.Contains(p.body, "<script>alert") {
			t.Errorf("%s: %d, or the script isn't escaped", name, p.status)
		}
	}
	for _, name := range []string{
		"roles.-1.name", "roles.1000000.name", "roles.0.__proto__", "roles..name", "roles.0.name.x", ".", "roles.", "recordings.0.0.name", "settings.recording.upload.credentials.x",
		"roles.99.publishParams.simulcast.video.layers.99.rid", "destinations.rtmpDestinations.0.rtmpUrls.0.0", "again", "step", "was", strings.Repeat("roles.0.", 500),
	} {
		for _, at := range []string{"/templates/new", editPath(whole.ID)} {
			sent := good
			if at != "/templates/new" {
				sent = b.get(at).form(at)
			}
			for _, button := range []string{"show", "step"} {
				if p := b.post(at, with(sent, name, "x", button, "review")); p.status >= 500 {
					t.Errorf("%s at %s: %d: %s", name, at, p.status, p.problem())
				}
			}
		}
	}
	for name := range good {
		twice := with(good)
		twice[name] = append(slices.Clone(twice[name]), "x")
		if p := b.post("/templates/new", twice); p.status >= 500 || p.status == http.StatusSeeOther && name != "roles.0.permissions.x" {
			t.Errorf("%s twice: %d", name, p.status)
		}
	}
	if strings.Contains(d.log.String(), `"level":"ERROR"`) {
		t.Errorf("an error was logged: %.600s", d.log.String()[strings.Index(d.log.String(), `"level":"ERROR"`):])
	}
}

func TestTemplateFormsThatAreTooLarge(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	good := fillTemplate(b, "name", "large")
	wantSaid(t, b.post("/templates/new", with(good, "name", strings.Repeat("a", 3<<20))).want(http.StatusRequestEntityTooLarge), "too large")
	many := with(good)
	for i := range 6000 {
		many.Add("roles.0.subscribeParams.subscribeToRoles", strconv.Itoa(i))
	}
	wantSaid(t, b.post("/templates/new", many).want(http.StatusRequestEntityTooLarge), "too many fields")
	rows := with(good)
	for i := range 4000 {
		rows.Set("roles."+strconv.Itoa(i)+".name", "r"+strconv.Itoa(i))
	}
	p := b.post("/templates/new", rows).want(http.StatusUnprocessableEntity)
	if len(p.body) > 20<<20 {
		t.Errorf("the page for 4,000 roles has %d bytes", len(p.body))
	}
	if d.templateCalls("") != 0 {
		t.Error("a form that is too large reached the API")
	}
}

// TestTwentyRoles: a template of many roles stays light enough for the network, and small enough to be sent back.
func TestTwentyRoles(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	v := with(b.get("/templates/new").form("/templates/new"), "name", "twenty")
	for i := range 20 {
		row := "roles." + strconv.Itoa(i)
		v.Set(row+".name", "role-"+strconv.Itoa(i))
		for j := range 20 {
			v.Add(row+".subscribeParams.subscribeToRoles", "role-"+strconv.Itoa(j))
		}
	}
	at := b.post("/templates/new", v).want(http.StatusSeeOther).location + "/edit"
	p := b.get(at).want(http.StatusOK)
	var zipped bytes.Buffer
	zw, err := gzip.NewWriterLevel(&zipped, gzip.BestSpeed) // as to browsers that aren't on the same machine
	if err != nil {
		t.Fatal(err)
	}
	if _, err := zw.Write([]byte(p.body)); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil || zipped.Len() > 60_000 {
		t.Errorf("the form of 20 roles takes %d bytes over the wire, %v", zipped.Len(), err)
	}
	if n := len(strings.Split(p.form(at).Encode(), "&")); n > 2500 {
		t.Errorf("the form of 20 roles sends %d fields", n)
	}
	b.post(at, with(p.form(at), "roles.19.priority", "2")).want(http.StatusSeeOther)
}
