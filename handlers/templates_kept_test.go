package handlers_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"roomledger/handlers/ledger"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// aCrowd is a template with so many roles that its form leaves their fields out: host, guest, and usher-0 to usher-5, who receive
// the host. Roles are in the order of their names.
func (d *desk) aCrowd(name string) ledger.LiveTemplate {
	d.t.Helper()
	t := templateFrom(d.t, wholeTemplate(name))
	for i := range 6 {
		usher := "usher-" + strconv.Itoa(i)
		t.Roles[usher] = hms.Role{
			Name: usher, Priority: 3, PublishParams: hms.PublishParams{Allowed: []string{hms.PublishAudio}},
			SubscribeParams: hms.SubscribeParams{SubscribeToRoles: []string{"host"}},
		}
	}
	made, err := d.app.HMS.CreateTemplate(d.t.Context(), t)
	if err != nil {
		d.t.Fatal(err)
	}
	live, err := d.ledger.ReadTemplate(d.t.Context(), made.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return live
}

// unfolded are the rows of roles whose fields a form has.
func unfolded(v url.Values) []string {
	var rows []string
	for name := range v {
		if row, ok := strings.CutSuffix(name, ".priority"); ok {
			rows = append(rows, row)
		}
	}
	slices.Sort(rows)
	return rows
}

// TestRolesOnDemand: the form of many roles has the fields of those alone that were opened, and changes no other.
func TestRolesOnDemand(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	crowd := d.aCrowd("crowd")
	at := editPath(crowd.ID)
	p := b.get(at).want(http.StatusOK)
	if got := unfolded(p.form(at)); got != nil || p.Find(`button[name="open"]`).Length() != 8 {
		t.Fatalf("the form begins with the fields of %v, and %d roles to open", got, p.Find(`button[name="open"]`).Length())
	}
	if got := p.Find(`button[name="open"][value="roles.1"]`).Text(); !strings.Contains(got, "host") || !strings.Contains(got, "publishes audio, video · receives host, guest") {
		t.Errorf("a role that is folded says %q", got)
	}
	if opened := b.post(at, with(p.form(at), "open", "roles.3")).want(http.StatusOK); opened.Find("form[data-changed]").Length() != 0 {
		t.Error("opening a role counts as a change")
	}
	p = b.post(at, with(p.form(at), "open", "roles.3", "settings.region", "us")).want(http.StatusOK)
	if p.Find("form[data-changed]").Length() != 1 {
		t.Error("a change isn't minded before the page is left")
	}
	if got := unfolded(p.form(at)); !slices.Equal(got, []string{"roles.3"}) || p.Find(`[id="roles.3.name"][autofocus]`).Length() != 1 {
		t.Fatalf("after usher-1 was opened the form has the fields of %v", got)
	}
	p = b.post(at, with(p.form(at), "roles.3.priority", "5", "add", "roles")).want(http.StatusOK)
	if got := unfolded(p.form(at)); !slices.Equal(got, []string{"roles.3", "roles.8"}) || p.form(at).Get("roles.3.priority") != "5" {
		t.Fatalf("after a role was added the form has the fields of %v", got)
	}
	review := b.post(at, with(p.form(at), "remove", "roles.8")).want(http.StatusOK)
	review = b.post(at, with(review.form(at), "step", "review")).want(http.StatusOK)
	if lines := differences(review); len(lines) != 2 {
		t.Errorf("the review says %q", lines)
	}
	b.post(at, review.form(at)).want(http.StatusSeeOther)
	want := maps.Clone(crowd.Tree)
	want["settings"] = maps.Clone(crowd.Tree["settings"].(map[string]any))
	want["settings"].(map[string]any)["region"] = "us"
	want["roles"] = maps.Clone(crowd.Tree["roles"].(map[string]any))
	usher := maps.Clone(crowd.Tree["roles"].(map[string]any)["usher-1"].(map[string]any))
	usher["priority"] = json.Number("5")
	want["roles"].(map[string]any)["usher-1"] = usher
	is, err := d.ledger.ReadTemplate(t.Context(), crowd.ID)
	if err != nil {
		t.Fatal(err)
	}
	want["updatedAt"] = is.Tree["updatedAt"]
	if diff := cmp.Diff(want, is.Tree); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestFoldedRolesFollow: what happens to one role happens to what folded roles say of it, and then they aren't folded any more.
func TestFoldedRolesFollow(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	crowd := d.aCrowd("crowd")
	at := editPath(crowd.ID)
	p := b.post(at, with(b.get(at).form(at), "open", "roles.1")).want(http.StatusOK)
	p = b.post(at, with(p.form(at), "roles.1.name", "speaker", "show", "roles")).want(http.StatusOK)
	if got := p.form(at)["roles.5.subscribeParams.subscribeToRoles"]; !slices.Equal(got, []string{"speaker"}) {
		t.Errorf("usher-3 receives %v", got)
	}
	p = b.post(at, with(p.form(at), "remove", "roles.0")).want(http.StatusOK)
	b.post(at, p.form(at)).want(http.StatusSeeOther)
	got := d.boxedTemplates()["crowd"].Roles
	if _, there := got["guest"]; there || len(got) != 7 || !slices.Equal(got["usher-5"].SubscribeParams.SubscribeToRoles, []string{"speaker"}) {
		t.Errorf("the roles are %+v", got)
	}
}

// TestFoldedRolesAreTheirs: what others changed meanwhile in a role that was left folded is their change alone.
func TestFoldedRolesAreTheirs(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	crowd := d.aCrowd("crowd")
	at := editPath(crowd.ID)
	p := b.post(at, with(b.get(at).form(at), "open", "roles.1")).want(http.StatusOK)
	typed := with(p.form(at), "roles.1.priority", "4")
	d.moveElsewhere(crowd.ID, func(t *hms.Template) {
		usher := t.Roles["usher-2"]
		usher.MaxPeerCount = 7
		t.Roles["usher-2"] = usher
		delete(t.Roles, "usher-4")
	})
	p = b.post(at, typed).want(http.StatusConflict)
	p.Find("table.three tbody tr").Each(func(_ int, row *goquery.Selection) {
		theirs := strings.Contains(row.Text(), "not changed: theirs stays")
		if mine := strings.Contains(row.Text(), "Role host"); mine == theirs {
			t.Errorf("the table says %q", row.Text())
		}
	})
	b.post(at, p.form(at)).want(http.StatusSeeOther)
	got := d.boxedTemplates()["crowd"].Roles
	if _, there := got["usher-4"]; there || got["usher-2"].MaxPeerCount != 7 || got["host"].Priority != 4 || len(got) != 7 {
		t.Errorf("the roles are %+v", got)
	}
}

// TestFoldedRolesWithoutTheAPI: a form that comes back because nobody can tell the template loses nothing, folded or not.
func TestFoldedRolesWithoutTheAPI(t *testing.T) {
	d := newDeskWith(t, deskOptions{tries: 1})
	b := d.as("operator")
	crowd := d.aCrowd("crowd")
	at := editPath(crowd.ID)
	first := b.post(at, with(b.get(at).form(at), "open", "roles.1")).want(http.StatusOK)
	for _, version := range []string{first.form(at).Get("version"), "99-of-no-record"} {
		typed := with(first.form(at), "roles.1.priority", "4", "version", version)
		d.box.FailNext(sandbox.Fault{Method: http.MethodGet, Path: "/templates/" + crowd.ID, Status: http.StatusInternalServerError, Body: `{"code":500,"message":"oops"}`})
		p := b.post(at, typed).want(http.StatusBadGateway)
		wantTemplateKept(t, p, at, typed)
		if got := p.Find(`button[name="open"][value="roles.7"]`).Text(); !strings.Contains(got, "usher-5") {
			t.Errorf("with version %s the folded role says %q", version, got)
		}
	}
	refused := with(first.form(at), "roles.1.priority", "4")
	d.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: "/templates/" + crowd.ID, Status: 400, Body: `{"code":400,"message":"roles.usher-0.priority is too high"}`})
	p := b.post(at, refused).want(http.StatusUnprocessableEntity)
	if p.message("roles.2.priority") == "" || p.form(at).Get("roles.2.priority") != "3" {
		t.Errorf("what was refused of a folded role isn't shown: %s", p.problem())
	}
	b.post(at, p.form(at)).want(http.StatusSeeOther)
}
