package handlers_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"roomledger/db"
	"roomledger/web/blueprint"
	"roomledger/web/hms"
)

// paste sends text as what is to be imported.
func (b *browser) paste(text string) page {
	b.t.Helper()
	return b.post("/templates/import", url.Values{"template": {text}})
}

// upload sends a file to be imported.
func (b *browser) upload(file []byte) page {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", "template.json")
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := part.Write(file); err != nil {
		b.t.Fatal(err)
	}
	if err := w.WriteField("template", ""); err != nil {
		b.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	return b.raw(http.MethodPost, "/templates/import", w.FormDataContentType(), body.String())
}

// TestTemplateGoesToAnotherWorkspace: exported here, imported there, and made there it is the same but for secrets and what nobody knows.
func TestTemplateGoesToAnotherWorkspace(t *testing.T) {
	d := newDesk(t)
	whole := d.aTemplate("whole")
	export := d.as("viewer").get("/templates/" + whole.ID + "/export").want(http.StatusOK)
	if got := export.header.Get("Content-Disposition"); got != `attachment; filename="template-whole.json"` || export.header.Get("Content-Type") != "application/json" {
		t.Errorf("it comes as %s, %s", got, export.header.Get("Content-Type"))
	}
	for _, secret := range []string{"AKIA-kept", "kept secret", "kept-stream-key"} {
		if strings.Contains(export.body, secret) {
			t.Errorf("the export holds %q", secret)
		}
	}
	rows := d.rows()
	if last := rows[len(rows)-1]; last.Action != "template.export" || last.TargetID != whole.ID || last.Phase != db.PhaseNote {
		t.Errorf("history ends with %+v", last)
	}
	there := newDesk(t)
	b := there.as("operator")
	p := b.upload([]byte(export.body)).want(http.StatusUnprocessableEntity)
	if p.message("settings.recording.upload.credentials.key") == "" {
		t.Errorf("the credentials aren't asked for: %s", p.problem())
	}
	b.post("/templates/new", with(
		p.form("/templates/new"), "settings.recording.upload.credentials.key", "AKIA-for-tests-0001",
		"settings.recording.upload.credentials.secretKey", "a secret of the bucket 1",
	)).want(http.StatusSeeOther)
	made := there.boxedTemplates()["whole"]
	live, err := there.ledger.ReadTemplate(t.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := blueprint.Diff(whole.Shown, live.Shown)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		if !strings.Contains(c.Path, "credentials") && !strings.Contains(c.Path, "rtmpUrls") && !strings.Contains(c.Path, "future") {
			t.Errorf("%s (%s): %q became %q", c.Label, c.Path, c.Have, c.Will)
		}
	}
}

// TestImportOverATemplateThatIsHere: the difference comes first, and applying it keeps the secrets and what nobody knows.
func TestImportOverATemplateThatIsHere(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	whole := d.aTemplate("whole")
	text := strings.Replace(b.get("/templates/"+whole.ID+"/export").body, `"eu"`, `"us"`, 1)
	before := d.templateCalls(whole.ID)
	p := b.paste(text).want(http.StatusOK)
	if lines := differences(p); len(lines) != 1 || !strings.Contains(lines[0][2], "United States") {
		t.Errorf("the difference is %q", lines)
	}
	if d.templateCalls(whole.ID) != before {
		t.Error("an import reached the API")
	}
	at := editPath(whole.ID)
	b.post(at, p.form(at)).want(http.StatusSeeOther)
	live, err := d.ledger.ReadTemplate(t.Context(), whole.ID)
	if err != nil {
		t.Fatal(err)
	}
	got := d.boxedTemplates()["whole"]
	if got.Settings.Region != "us" || got.Settings.Recording.Upload.Credentials.SecretKey != "kept secret of a bucket" || !strings.Contains(jsonOf(live.Tree), "futureRole") {
		t.Errorf("it became %s", jsonOf(live.Tree))
	}
	if urls := got.Destinations.RTMP["yt"].URLs; len(urls) != 1 || urls[0] != hms.StreamURL("rtmp://a.example.org/live/kept-stream-key-1") {
		t.Error("the stream's address is lost")
	}
}

func TestCopyOfATemplate(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	whole := d.aTemplate("whole")
	p := b.get("/templates/new?from=" + whole.ID).want(http.StatusOK)
	v := p.form("/templates/new")
	if v.Get("name") != "" || v.Get("roles.1.name") != "host" || strings.Contains(p.body, "kept") {
		t.Errorf("the copy is %v", v)
	}
	for name := range v {
		if strings.HasSuffix(name, ".was") {
			t.Errorf("the copy ties %s to the template that it comes from", name)
		}
	}
	b.post("/templates/new", with(v, "name", "copy")).want(http.StatusUnprocessableEntity) // its bucket wants credentials
	b.post("/templates/new", with(
		v, "name", "copy", "settings.recording.upload.credentials.key", "AKIA-for-tests-0001", "settings.recording.upload.credentials.secretKey", "a secret of the bucket 1",
	)).want(http.StatusSeeOther)
	if got := d.boxedTemplates()["copy"]; len(got.Roles) != 2 || got.Settings.Region != "eu" {
		t.Errorf("made %+v", got)
	}
}

func TestBadImports(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	deep := strings.Repeat(`{"roles":`, 100_000)
	for name, text := range map[string]string{
		"nothing": "", "spaces": "  \n", "no JSON": "roles: host", "half": `{"roles":{`, "a list": `[1,2]`, "null": "null", "a number": "7",
		"two": "{} {}", "deep": deep, "deep list": strings.Repeat("[", 200_000), "bad text": "{\"name\":\"\xff\xfe\"}", "null byte": "\x00",
	} {
		p := b.paste(text).want(http.StatusUnprocessableEntity)
		if p.message("template") == "" && p.Find(`[role="alert"]`).Length() == 0 {
			t.Errorf("%s: nothing is said: %s", name, p.problem())
		}
	}
	p := b.paste(`{"name":"odd","roles":{"host":{"priority":77,"unheard":1,"publishParams":"x"}},"settings":7,"id":"1","what":[1]}`)
	p.want(http.StatusUnprocessableEntity)
	if p.message("roles.0.priority") == "" || !strings.Contains(p.Find(".note").Text(), "roles.host.unheard") || !strings.Contains(p.Find(".note").Text(), "what") {
		t.Errorf("the page says %s", p.problem())
	}
	large, err := json.Marshal(map[string]string{"name": strings.Repeat("a", 1<<20)})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []page{b.paste(string(large)), b.upload(large), b.upload(bytes.Repeat([]byte("a"), 6<<20)), b.paste(strings.Repeat("a", 3<<20))} {
		p.want(http.StatusRequestEntityTooLarge)
	}
	b.raw(http.MethodPost, "/templates/import", "multipart/form-data; boundary=x", "--x\r\nhalf").want(http.StatusBadRequest)
	b.raw(http.MethodPost, "/templates/import", "multipart/form-data", "x").want(http.StatusBadRequest)
	b.raw(http.MethodPost, "/templates/import", "application/json", "{}").want(http.StatusUnsupportedMediaType)
	if rows := d.rows(); slices.ContainsFunc(rows, func(r db.Row) bool { return strings.HasPrefix(r.Action, "template.") && r.Phase == db.PhaseIntent }) {
		t.Errorf("an import changed something: %+v", rows)
	}
}
