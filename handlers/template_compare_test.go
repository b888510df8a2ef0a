package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"roomledger/db"
	"roomledger/web/hms"
)

func TestCompareTemplates(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	one := d.templateElsewhere("clinic one")
	other := d.templateElsewhere("clinic two")
	d.changeTemplate(other.ID, func(tpl *hms.Template) {
		muteless(tpl)
		tpl.Roles["nurse"] = hms.Role{Name: "nurse", PublishParams: hms.PublishParams{Allowed: []string{hms.PublishAudio}}}
		tpl.Settings.Region = "in"
	})
	d.observe()
	b := d.as(db.RoleViewer)
	d.box.ResetCalls()
	p := b.get("/templates/compare?a=" + one.ID + "&b=" + other.ID).want(http.StatusOK)
	if d.box.Calls("", "") != 0 {
		t.Error("comparing calls the API")
	}
	got := differences(p)
	for label, want := range map[string][2]string{"Mute others": {"on", "off"}, "Region": {"Europe", "India"}, "nurse": {"not there", "added"}} {
		if !slices.ContainsFunc(got, func(l []string) bool { return strings.Contains(l[0], label) && l[1] == want[0] && l[2] == want[1] }) {
			t.Errorf("the difference lacks %s %v: %q", label, want, got)
		}
	}
	if mute := mays(p, "Mute others"); mute["doctor"] != "clinic one: yesclinic two: no" || mute["nurse"] != "no" || mute["patient"] != "no" {
		t.Errorf("side by side: %v", mute)
	}
	if p.Find(".matrix td.differs").Length() == 0 || !strings.Contains(p.Find(".matrix thead").Text(), "only in clinic two") {
		t.Error("what differs isn't marked in the matrix")
	}
	wantNoneOf(t, p, clinicSecrets...)
	if chosen := p.Find("select option[selected]").Map(texted); !slices.Equal(chosen, []string{"clinic one", "clinic two"}) {
		t.Errorf("the form shows %q", chosen)
	}
}

func TestCompareTemplatesThatAreTheSame(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	one, other := d.templateElsewhere("clinic one"), d.templateElsewhere("clinic two")
	p := d.as(db.RoleViewer).get("/templates/compare?a=" + one.ID + "&b=" + other.ID).want(http.StatusOK)
	wantText(t, p, "0 differences", "the same, but for their names")
	if p.Find(".matrix td.differs").Length() != 0 {
		t.Error("the matrix marks differences")
	}
}

func TestCompareTemplatesWrongly(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.templateElsewhere("clinic")
	b := d.as(db.RoleViewer)
	for query, field := range map[string]string{
		"":                                   "",
		"a=" + tpl.ID:                        "",
		"b=" + tpl.ID:                        "",
		"a=nonsense&b=" + tpl.ID:             "a",
		"a=" + tpl.ID + "&b=" + roomID(77):   "b",
		"a=" + tpl.ID + "&b=" + tpl.ID:       "b",
		"a=%00&b=" + strings.Repeat("x", 99): "a",
	} {
		p := b.get("/templates/compare?" + query).want(http.StatusOK)
		if p.Find("table.diff, .matrix").Length() != 0 {
			t.Errorf("?%s compares something", query)
		}
		if alerts := p.Find(`[role="alert"]`).Length(); alerts > 1 || (alerts == 1) != (field != "") || field != "" && p.message(field) == "" {
			t.Errorf("?%s: %s", query, p.problem())
		}
	}
}

func TestTemplateMatrix(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.templateElsewhere("clinic")
	p := d.as(db.RoleViewer).get("/templates/" + tpl.ID + "/matrix").want(http.StatusOK)
	for row, want := range map[string][2]string{
		"Audio": {"yes", "yes"}, "Video": {"yes", "no"}, "doctor": {"yes", "yes"}, "End the session": {"yes", "no"}, "Stream by HLS": {"yes", "no"},
		"Whiteboard: See it": {"no", "yes"}, "Priority": {"1", "2"},
	} {
		if got := mays(p, row); got["doctor"] != want[0] || got["patient"] != want[1] {
			t.Errorf("%s: %v, want %v", row, got, want)
		}
	}
	if p.Find(".paper .matrix").Length() != 1 || p.Find(`.matrix[tabindex="0"][role="region"][aria-label]`).Length() != 1 {
		t.Error("the matrix can't be printed, or not be scrolled by keyboard")
	}
}
