package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"roomledger/web/hms"
)

// strangeRoles are names that 100ms may take for roles: nothing says which it takes.
var strangeRoles = []string{
	`<script>alert(1)`, `"onfocus="alert(1)`, "it's", "a.b.c", "0", "roles", "was", "name.was", "a:b", "a%2Fb", "a?b#c", "a b", "غرفة", "🎓", "Gäste", "Ga\u0308ste", "GÄSTE", "{{.}}", "__proto__", "constructor",
}

// TestStrangeRoleNames: each goes through form, review, page, matrix, versions and export as it was typed, and as text.
func TestStrangeRoleNames(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as("operator")
	sent := with(b.get("/templates/new").form("/templates/new"), "name", "strange")
	for i, name := range strangeRoles {
		sent.Set(fmt.Sprintf("roles.%d.name", i), name)
		sent.Set(fmt.Sprintf("roles.%d.priority", i), "2")
	}
	p := b.post("/templates/new", sent)
	if p.status != http.StatusSeeOther {
		for _, e := range p.Find(`.error[id$="-error"]`).EachIter() {
			t.Logf("%s: %s", e.AttrOr("id", ""), strings.TrimSpace(e.Text()))
		}
		t.Fatalf("status %d: %s", p.status, p.problem())
	}
	id := strings.TrimPrefix(p.location, "/templates/")
	at := editPath(id)
	b.save(at, "roles.0.priority", "3")
	b.save(at, "roles.0.name", "renamed.by.hand")
	got := d.boxedTemplates()["strange"]
	if len(got.Roles) != len(strangeRoles) {
		t.Errorf("there are %d roles of %d", len(got.Roles), len(strangeRoles))
	}
	for _, path := range []string{"", "?live=1", "/matrix", "/versions", "/versions/2", "/versions/3?with=1", "/edit", "/impact", "/moments"} {
		p := b.get("/templates/" + id + path).want(http.StatusOK)
		if p.Find("main script, main [onfocus]").Length() != 0 || strings.Contains(p.body, "<script>alert") {
			t.Errorf("%s: a name isn't text", path)
		}
	}
	if strings.Contains(d.log.String(), `"level":"ERROR"`) {
		t.Errorf("an error was logged: %.600s", d.log.String())
	}
}

// TestManyRoles: a hundred are drawn, changed and saved; more are refused in words.
func TestManyRoles(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as("operator")
	d.aTemplate("many")
	id := d.boxedTemplates()["many"].ID
	d.moveElsewhere(id, func(t *hms.Template) {
		for i := range 98 {
			name := fmt.Sprintf("role-%03d", i)
			t.Roles[name] = hms.Role{Name: name, Priority: 1}
		}
	})
	at := editPath(id)
	b.save(at, "roles.50.priority", "4")
	if got := d.boxedTemplates()["many"].Roles; len(got) != 100 {
		t.Errorf("there are %d roles", len(got))
	}
	sent := b.get(at).form(at)
	for i := 100; i < 400; i++ {
		sent.Set(fmt.Sprintf("roles.%d.name", i), fmt.Sprintf("more-%d", i))
	}
	if p := b.post(at, sent); p.status != http.StatusUnprocessableEntity && p.status != http.StatusRequestEntityTooLarge {
		t.Errorf("400 roles: status %d", p.status)
	}
}

// TestTemplateOfAnotherKind: ids that are another workspace's, a room's or none, and tokens of somebody else, change nothing.
func TestTemplateOfAnotherKind(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as("operator")
	room := d.apiRoom()
	id := d.aTemplate("whole").ID
	sent := with(b.get(editPath(id)).form(editPath(id)), "settings.region", "us")
	before := d.templateCalls("")
	for _, other := range []string{room.ID, strings.Repeat("f", 24), strings.ToUpper(id), id + "0", "..%2f" + id} {
		if p := b.post(editPath(other), sent); p.status != http.StatusNotFound {
			t.Errorf("%s: status %d", other, p.status)
		}
	}
	b.post("/templates/new", with(fillTemplate(b, "name", "WHOLE"), "overwrite", room.ID)).want(http.StatusConflict)
	if d.templateCalls("") != before {
		t.Error("something was sent")
	}
	b.post(editPath(id), sent).want(http.StatusSeeOther)
	admin := d.as("admin") // the token was the operator's
	theirs := with(admin.get(editPath(id)).form(editPath(id)), "settings.region", "eu", "form_token", sent.Get("form_token"))
	admin.post(editPath(id), theirs).want(http.StatusSeeOther)
	if got := d.boxedTemplates()["whole"].Settings.Region; got != "eu" {
		t.Errorf("the region is %q", got)
	}
}
