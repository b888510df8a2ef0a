package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"roomledger/db"
	"roomledger/web/hms"
)

// templateNames are the names in the list of templates, in its order.
func templateNames(p page) []string { return p.Find("td.title > a").Map(texted) }

func TestTemplateList(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.templateElsewhere("Clinic")
	for _, name := range []string{"ward-7", "ward-8"} {
		d.elsewhere(hms.RoomParams{Name: name, TemplateID: tpl.ID})
	}
	d.refresh()
	d.box.ResetCalls()
	p := d.as(db.RoleOperator).get("/templates").want(http.StatusOK)
	if d.box.Calls("", "") != 0 {
		t.Error("the list calls the API")
	}
	row := p.Find("tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), "Clinic") })
	said := strings.Join(strings.Fields(row.Text()), " ")
	for _, want := range []string{"Clinic", "2 doctor, patient", "Europe", "s3://clinic-recordings/prod", "RTMP lecture", "2 rooms of Clinic", "first seen"} {
		if !strings.Contains(said, want) {
			t.Errorf("the line lacks %q: %s", want, said)
		}
	}
	if row.Find(`a[href="/rooms?template_id=`+tpl.ID+`"]`).Length() != 1 || row.Find(`a[href="/templates/`+tpl.ID+`"]`).Length() != 1 {
		t.Error("the line doesn't lead to the template, or to its rooms")
	}
	wantNoneOf(t, p, clinicSecrets...)
	for _, href := range []string{"/templates/new", "/templates/import", "/templates/compare", "/templates/refresh"} {
		if p.Find(`main a[href="`+href+`"]`).Length() != 1 {
			t.Errorf("no link to %s", href)
		}
	}
	viewer := d.as(db.RoleViewer).get("/templates").want(http.StatusOK)
	if viewer.Find(`main a[href="/templates/new"], main a[href="/templates/import"], main a[href="/templates/refresh"]`).Length() != 0 {
		t.Error("a viewer is offered to change templates")
	}
}

func TestTemplateListChange(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.templateElsewhere("clinic")
	b := d.as(db.RoleOperator)
	d.changeTemplate(tpl.ID, muteless)
	d.observe()
	if text := b.get("/templates?q=clinic").want(http.StatusOK).Find("tbody tr").Text(); !strings.Contains(text, "changed elsewhere") {
		t.Errorf("a change that was made elsewhere shows as %q", text)
	}
	path := "/templates/" + tpl.ID
	v := b.get(b.get(path+"/versions/1").want(http.StatusOK).Find(`main a[href^="`+path+`/restore"]`).AttrOr("href", "")).want(http.StatusOK).form(path + "/restore")
	b.post(path+"/restore", v).want(http.StatusSeeOther)
	if text := b.get("/templates?q=clinic").want(http.StatusOK).Find("tbody tr").Text(); !strings.Contains(text, "by operator@example.org") {
		t.Errorf("a change that was made here shows as %q", text)
	}
}

func TestTemplateListFinds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.templateElsewhere("Clinic")
	b := d.as(db.RoleViewer)
	for query, want := range map[string]bool{
		"q=clin": true, "q=CLINIC": true, "q=" + tpl.ID: true, "q=doctor": true, "q=patien": true, "q=lighthouse": false, "q=%25": false, "q=_": false,
	} {
		p := b.get("/templates?" + query).want(http.StatusOK)
		if got := slices.Contains(templateNames(p), "Clinic"); got != want {
			t.Errorf("?%s finds it: %v", query, got)
		}
		if p.Find(".chip").Length() != 1 || p.Find("#q").AttrOr("value", "") == "" {
			t.Errorf("?%s: the search isn't shown as in force", query)
		}
	}
}

func TestTemplateListDamagedAddress(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.observe()
	b := d.as(db.RoleViewer)
	all := len(templateNames(b.get("/templates").want(http.StatusOK)))
	for _, query := range []string{
		"after=nonsense", "before=nonsense", "after=%00", "sort=size", "q=" + strings.Repeat("x", 300), "q=%00", "after=eyJzIjoiLW5hbWUifQ", "after=" + strings.Repeat("9", 600),
	} {
		p := b.get("/templates?" + query).want(http.StatusOK)
		if p.Find(`[role="alert"]`).Length() != 1 || len(templateNames(p)) != all || p.Find(`.problem a[href="#cursor"]`).Length() != 0 {
			t.Errorf("?%.40s: %s", query, p.problem())
		}
	}
}

func TestTemplateListEmpty(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p := d.as(db.RoleOperator).get("/templates").want(http.StatusOK)
	wantText(t, p, "No templates yet", "Not yet compared with 100ms")
	if p.Find(`.empty a[href="/templates/new"]`).Length() != 1 || p.Find(`main a[href="/templates/compare"]`).Length() != 0 {
		t.Error("the first step isn't offered, or one that leads nowhere is")
	}
	wantText(t, d.as(db.RoleViewer).get("/templates").want(http.StatusOK), "an operator or an admin makes the first one")
}

// Pages of the list follow on each other, in both directions and each order, and leave none out.
func TestTemplateListPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for i := range 70 {
		if _, err := d.app.HMS.CreateTemplate(t.Context(), templateOf(t, `{"roles":{"host":{}}}`, fmt.Sprintf("t-%02d", i))); err != nil {
			t.Fatal(err)
		}
	}
	d.observe()
	b := d.as(db.RoleViewer)
	for _, sort := range []string{"", "-name", "changed", "-changed"} {
		first := b.get("/templates?q=t-&sort=" + sort).want(http.StatusOK)
		older := first.Find(`a[rel="next"]`).AttrOr("href", "")
		second := b.get(older).want(http.StatusOK)
		all := slices.Concat(templateNames(first), templateNames(second))
		slices.Sort(all)
		if all = slices.Compact(all); len(all) != 70 || len(templateNames(first)) != 50 || second.Find(`a[rel="next"]`).Length() != 0 {
			t.Errorf("sort %q: the pages have %d and %d, %d in all", sort, len(templateNames(first)), len(templateNames(second)), len(all))
		}
		back := b.get(second.Find(`a[rel="prev"]`).AttrOr("href", "")).want(http.StatusOK)
		if !slices.Equal(templateNames(back), templateNames(first)) || back.Find(`a[rel="prev"]`).Length() != 0 {
			t.Errorf("sort %q: the way back leads to %q", sort, templateNames(back))
		}
		if got := first.Find("th[aria-sort]").Length(); got != 1 {
			t.Errorf("sort %q: %d columns are marked", sort, got)
		}
	}
	wantText(t, b.get("/templates?q=t-").want(http.StatusOK), "70 templates")
}

func TestRefreshTemplates(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleOperator)
	done := b.confirm("/templates/refresh", "").want(http.StatusSeeOther)
	if done.location != "/templates" {
		t.Errorf("it leads to %s", done.location)
	}
	wantText(t, b.get(done.location).want(http.StatusOK), "being compared with 100ms")
}
