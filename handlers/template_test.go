package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// The secrets of clinic, whole and in part.
var clinicSecrets = []string{"AKIACLINICKEY0001", "clinic/secret+4711", "stream-key-of-the-clinic", "live2/"}

// clinic is a template with a value in every part of the page.
const clinic = `{"name": "clinic", "roles": {
	"doctor": {"name": "doctor", "priority": 1, "maxPeerCount": 2, "publishParams": {"allowed": ["audio", "video", "screen"],
		"audio": {"bitRate": 32, "codec": "opus"}, "video": {"bitRate": 450, "codec": "vp8", "frameRate": 24, "width": 640, "height": 480}},
		"subscribeParams": {"subscribeToRoles": ["doctor", "patient"], "maxSubsBitRate": 2800}, "permissions": {"endRoom": true, "mute": true}},
	"patient": {"name": "patient", "priority": 2, "publishParams": {"allowed": ["audio"]}, "subscribeParams": {"subscribeToRoles": ["doctor"]},
		"permissions": {"browserRecording": false, "rtmpStreaming": false, "hlsStreaming": false}}},
	"settings": {"region": "eu", "recording": {"upload": {"type": "s3", "location": "clinic-recordings", "prefix": "prod",
		"options": {"region": "eu-west-1"}, "credentials": {"key": "AKIACLINICKEY0001", "secretKey": "clinic/secret+4711"}}}},
	"destinations": {"rtmpDestinations": {"lecture": {"name": "lecture", "maxDuration": 5400,
		"rtmpUrls": ["rtmp://live.example.org/live2/stream-key-of-the-clinic"]}}},
	"plugins": {"whiteboard": {"permissions": {"admin": ["doctor"], "reader": ["patient"]}}}}`

// templateOf reads a template as JSON, with another name.
func templateOf(t *testing.T, text, name string) hms.Template {
	t.Helper()
	var tpl hms.Template
	if err := json.Unmarshal([]byte(text), &tpl); err != nil {
		t.Fatal(err)
	}
	tpl.Name = name
	return tpl
}

// templateElsewhere makes the clinic's template with another tool, and sees it.
func (d *desk) templateElsewhere(name string) hms.Template {
	d.t.Helper()
	made, err := d.app.HMS.CreateTemplate(d.t.Context(), templateOf(d.t, clinic, name))
	if err != nil {
		d.t.Fatal(err)
	}
	d.observe()
	return made
}

// observe compares the templates with the API, as happens every few minutes.
func (d *desk) observe() {
	d.t.Helper()
	if _, err := d.ledger.ObserveTemplates(d.t.Context(), 0); err != nil {
		d.t.Fatal(err)
	}
}

// changeTemplate changes a template with another tool.
func (d *desk) changeTemplate(id string, change func(*hms.Template)) {
	d.t.Helper()
	tpl, err := d.app.HMS.Template(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	change(&tpl)
	if _, err := d.app.HMS.UpdateTemplate(d.t.Context(), id, tpl); err != nil {
		d.t.Fatal(err)
	}
}

// muteless takes the permission to mute from the clinic's doctors.
func muteless(tpl *hms.Template) { tpl.Roles["doctor"].Permissions[hms.PermissionMute] = false }

// wantText fails unless the main part of a page has all of these texts.
func wantText(t *testing.T, p page, texts ...string) {
	t.Helper()
	have := strings.Join(strings.Fields(p.Find("main").Text()), " ")
	for _, want := range texts {
		if !strings.Contains(have, want) {
			t.Errorf("the page lacks %q: %s", want, have)
		}
	}
}

// wantNoneOf fails for each text that a page has anywhere.
func wantNoneOf(t *testing.T, p page, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(p.body, text) {
			t.Errorf("the page shows %q", text)
		}
	}
}

// mays are the marks of a row of the matrix, by role.
func mays(p page, row string) map[string]string {
	roles := p.Find(".matrix thead th > span:first-child").Map(texted)
	found := map[string]string{}
	for _, tr := range p.Find(".matrix tbody tr").EachIter() {
		if strings.TrimSpace(tr.Find("th").Contents().First().Text()) == row {
			for i, mark := range tr.Find("td").Map(texted) {
				found[roles[i]] = mark
			}
		}
	}
	return found
}

// texted is what an element says.
func texted(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) }

func TestTemplatePage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.templateElsewhere("clinic")
	room := d.elsewhere(hms.RoomParams{Name: "ward-7", TemplateID: tpl.ID})
	d.refresh()
	d.box.ResetCalls()
	p := d.as(db.RoleOperator).get("/templates/" + tpl.ID).want(http.StatusOK)
	wantText(t, p, "clinic", "Europe", "Amazon S3", "clinic-recordings", "RTMP stream lecture", "rtmp://live.example.org/", "5,400 s (1 h 30 min)",
		"ward-7", "1 room", "Version 1", "first seen", "Whiteboard", "doctor")
	wantNoneOf(t, p, clinicSecrets...)
	for row, want := range map[string][2]string{
		"Audio": {"yes", "yes"}, "Screen": {"yes", "no"}, "patient": {"yes", "no"}, "Mute others": {"yes", "no"}, "Record": {"yes", "no"}, "Most people": {"2", "any number"},
	} {
		if got := mays(p, row); got["doctor"] != want[0] || got["patient"] != want[1] {
			t.Errorf("%s: %v, want %v", row, got, want)
		}
	}
	for _, href := range []string{
		"/edit", "/export", "/versions", "/matrix", "/moments", "/versions/1", "?live=1",
	} {
		if p.Find(`main a[href="/templates/`+tpl.ID+href+`"]`).Length() == 0 {
			t.Errorf("no link to %s", href)
		}
	}
	for _, href := range []string{"/rooms?template_id=" + tpl.ID, "/rooms/" + room.ID, "/templates/new?from=" + tpl.ID, "/templates/compare?a=" + tpl.ID} {
		if p.Find(`main a[href="`+href+`"]`).Length() == 0 {
			t.Errorf("no link to %s", href)
		}
	}
	if n := d.box.Calls("", ""); n != 0 {
		t.Errorf("%d calls of the API, and nobody has asked for it", n)
	}
	if d.as(db.RoleOperator).get("/rooms/"+room.ID).Find(`main a[href="/templates/`+tpl.ID+`"]`).Length() != 1 {
		t.Error("the room doesn't lead to its template")
	}
}

func TestTemplatePageOfAViewer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.templateElsewhere("clinic")
	p := d.as(db.RoleViewer).get("/templates/" + tpl.ID).want(http.StatusOK)
	wantText(t, p, "clinic", "Your role doesn't read history")
	for _, part := range []string{"/edit", "/moments", "/restore", "/default", "/history", "/templates/new", "/templates/import"} {
		if p.Find(`main a[href*="`+part+`"]`).Length() != 0 {
			t.Errorf("a viewer is offered %s", part)
		}
	}
	wantNoneOf(t, p, clinicSecrets...)
}

// What another tool has changed shows when the API is asked, and is on record from then on.
func TestTemplateDrift(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.templateElsewhere("clinic")
	b := d.as(db.RoleAuditor)
	path := "/templates/" + tpl.ID
	if p := b.get(path + "?live=1").want(http.StatusOK); p.Find(".drift").Length() != 0 {
		t.Errorf("nothing was changed, and the page says %s", p.problem())
	}
	d.changeTemplate(tpl.ID, muteless)
	if p := b.get(path).want(http.StatusOK); p.Find(".drift").Length() != 0 || mays(p, "Mute others")["doctor"] != "yes" {
		t.Error("without a look at the API the page knows of the change")
	}
	p := b.get(path + "?live=1").want(http.StatusOK)
	if got := differences(p); len(got) != 1 || !strings.Contains(got[0][0], "Mute others") || got[0][1] != "on" || got[0][2] != "off" {
		t.Errorf("the difference is %q", got)
	}
	wantText(t, p, "on record as version 2", "changed elsewhere")
	if mays(p, "Mute others")["doctor"] != "no" {
		t.Error("the page shows the template as it was")
	}
	rows := d.rows()
	if last := rows[len(rows)-1]; last.Action != "template.seen" || last.TargetID != tpl.ID {
		t.Errorf("history ends with %+v", last)
	}
	if p := b.get(path).want(http.StatusOK); mays(p, "Mute others")["doctor"] != "no" || !strings.Contains(p.Find("main").Text(), "Version 2") {
		t.Error("seen once, the change isn't known")
	}
	wantNoneOf(t, p, clinicSecrets...)
}

// A change of ours without a clear outcome may be what the API shows otherwise: it is told, and not put on record as somebody else's.
func TestTemplateDriftThatMayBeOurs(t *testing.T) {
	t.Parallel()
	d := newDeskWith(t, deskOptions{tries: 1})
	tpl := d.templateElsewhere("clinic")
	live, err := d.ledger.ReadTemplate(t.Context(), tpl.ID)
	if err != nil {
		t.Fatal(err)
	}
	live.Tree["settings"].(map[string]any)["region"] = "in"
	d.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: "/templates/" + tpl.ID, CutAfter: true})
	if _, err := d.ledger.UpdateTemplate(t.Context(), ledger.Change{Actor: ledger.System}, tpl.ID, live.Version, live.Tree, nil); err == nil {
		t.Fatal("the answer wasn't lost")
	}
	n := len(d.rows())
	p := d.as(db.RoleOperator).get("/templates/" + tpl.ID + "?live=1").want(http.StatusOK)
	wantText(t, p, "isn’t on record yet", "India")
	if got := differences(p); len(got) != 1 || len(d.rows()) != n {
		t.Errorf("the difference is %q, and history has %d new rows", got, len(d.rows())-n)
	}
}

func TestTemplateWithoutTheAPI(t *testing.T) {
	t.Parallel()
	d := newDeskWith(t, deskOptions{tries: 1})
	tpl := d.templateElsewhere("clinic")
	other := d.anyTemplate(tpl.ID)
	d.box.FailNext(sandbox.Fault{CutBefore: true, Times: 100})
	b := d.as(db.RoleOperator)
	wantText(t, b.get("/templates/"+tpl.ID+"?live=1").want(http.StatusOK), "Below is what was last known", "rtmp://live.example.org/")
	for _, path := range []string{"", "/matrix", "/versions", "/versions/1"} {
		b.get("/templates/" + tpl.ID + path).want(http.StatusOK)
	}
	b.get("/templates/compare?a=" + tpl.ID + "&b=" + other).want(http.StatusOK)
	b.get("/templates").want(http.StatusOK)
	b.get("/templates/" + roomID(77)).want(http.StatusBadGateway)
}

// anyTemplate is the id of a template besides one.
func (d *desk) anyTemplate(besides string) string {
	d.t.Helper()
	for tpl, err := range d.app.HMS.AllTemplates(d.t.Context()) {
		if err != nil {
			d.t.Fatal(err)
		}
		if tpl.ID != besides {
			return tpl.ID
		}
	}
	d.t.Fatal("no other template")
	return ""
}

// A template that was made since the last comparison is read when its page is opened.
func TestTemplateThatNobodyHasSeen(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	made, err := d.app.HMS.CreateTemplate(t.Context(), templateOf(t, clinic, "clinic"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "/matrix", "/versions", "/versions/1"} {
		wantText(t, d.as(db.RoleViewer).get("/templates/"+made.ID+path).want(http.StatusOK), "clinic")
	}
	if rows := d.rows(); !slices.Equal(phases(rows), []string{"template.seen note"}) {
		t.Errorf("history has %q", phases(rows))
	}
}

// Another workspace's templates aren't here.
func TestTemplatesOfAnotherWorkspace(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.templateElsewhere("clinic")
	elsewhere := newDeskWith(t, deskOptions{dir: d.dir, workspace: "another"})
	elsewhere.members = d.members
	b := elsewhere.as(db.RoleAdmin)
	for _, path := range []string{"", "/matrix", "/versions", "/versions/1", "/default"} {
		b.get("/templates/" + tpl.ID + path).want(http.StatusNotFound)
	}
	if p := b.get("/templates").want(http.StatusOK); strings.Contains(p.Find("main").Text(), "clinic") {
		t.Error("the list has another workspace's template")
	}
	if p := b.get("/templates/compare?a=" + tpl.ID).want(http.StatusOK); p.message("a") == "" {
		t.Error("another workspace's template can be compared")
	}
}

// wantMark fails unless history ends with a mark that was set or taken away for this reason.
func wantMark(t *testing.T, d *desk, reason string) {
	t.Helper()
	rows := d.rows()
	last := rows[len(rows)-2:]
	if !slices.Equal(phases(last), []string{"template.default intent", "template.default done"}) || last[1].Reason != reason || last[1].TargetName != "clinic" {
		t.Errorf("history ends with %+v", last)
	}
}

func TestDefaultTemplate(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.templateElsewhere("clinic")
	b := d.as(db.RoleAdmin)
	path := "/templates/" + tpl.ID
	if p := b.get(path).want(http.StatusOK); p.Find(`main a[href="`+path+`/default"]`).Length() != 1 {
		t.Fatal("an admin isn't offered to mark it")
	}
	d.box.ResetCalls()
	done := b.confirm(path+"/default", "most rooms are made from it").want(http.StatusSeeOther)
	wantMark(t, d, "most rooms are made from it")
	if n := d.box.Calls("", ""); n != 0 {
		t.Errorf("marking calls the API %d times", n)
	}
	p := b.get(done.location).want(http.StatusOK)
	wantText(t, p, "marked as the default template", "marked here by an admin")
	if p.Find("h1 .badge").Length() != 1 || d.as(db.RoleViewer).get("/templates").Find("td.title .badge").Length() != 1 {
		t.Error("the mark doesn't show")
	}
	n := len(d.rows())
	b.confirm(path+"/default", "").want(http.StatusSeeOther)
	if len(d.rows()) != n {
		t.Error("marked again, history has rows of it")
	}
	off := path + "/default?on=false"
	if p.Find(`main a[href="`+off+`"]`).Length() != 1 {
		t.Error("an admin isn't offered to take the mark away")
	}
	b.confirm(off, "another one is").want(http.StatusSeeOther)
	wantMark(t, d, "another one is")
	if b.get("/templates").Find("td.title .badge").Length() != 0 {
		t.Error("the mark stays")
	}
	if p := b.post(path+"/default", with(url.Values{}, "reason", strings.Repeat("x", 501))).want(http.StatusUnprocessableEntity); p.message("reason") == "" {
		t.Error("a reason that is too long has no message")
	}
}

// A template whose record was altered in the database shows that it can't be read, and breaks no page.
func TestTemplateThatCannotBeRead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	row := db.Row{
		Workspace: "sandbox", Operation: db.NewID(), ActorKind: "system", Action: "template.seen", Phase: db.PhaseNote, TargetKind: "template",
		TargetID: roomID(7), TargetName: "odd", After: `{"name":"odd","roles":["?"],"settings":7,"destinations":{"rtmpDestinations":[1]},"recordings":{}}`,
	}
	row.Time = d.app.Now()
	if err := d.db.InTx(t.Context(), func(tx *db.Tx) error { return tx.Append(&row) }); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ledger.Rebuild(t.Context(), ledger.Change{Actor: ledger.System}, nil); err != nil {
		t.Fatal(err)
	}
	b := d.as(db.RoleAdmin)
	for _, path := range []string{"/templates", "/templates/" + roomID(7), "/templates/" + roomID(7) + "/matrix", "/templates/" + roomID(7) + "/versions/1"} {
		wantText(t, b.get(path).want(http.StatusOK), "odd")
	}
}
