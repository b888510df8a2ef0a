package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"roomledger/db"
	"roomledger/web/hms"
)

// versioned is a template of which three versions are on record: as it was made, without muting, and in another region.
func (d *desk) versioned() (tpl hms.Template, path string) {
	d.t.Helper()
	tpl = d.templateElsewhere("clinic")
	d.changeTemplate(tpl.ID, muteless)
	d.observe()
	d.changeTemplate(tpl.ID, func(tpl *hms.Template) { tpl.Settings.Region = "us" })
	d.observe()
	return tpl, "/templates/" + tpl.ID
}

func TestTemplateVersions(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, path := d.versioned()
	p := d.as(db.RoleAuditor).get(path + "/versions").want(http.StatusOK)
	lines := p.Find("tbody tr").Map(texted)
	if len(lines) != 3 {
		t.Fatalf("%d versions: %q", len(lines), lines)
	}
	for i, want := range [][]string{{"Version 3", "Region", "changed elsewhere"}, {"Version 2", "Mute others"}, {"Version 1", "first seen", "nothing is on record before"}} {
		for _, text := range want {
			if !strings.Contains(lines[i], text) {
				t.Errorf("line %d lacks %q: %s", i, text, lines[i])
			}
		}
	}
	if p.Find(`a[rel="next"], a[rel="prev"]`).Length() != 0 {
		t.Error("one page leads to others")
	}
	wantNoneOf(t, p, clinicSecrets...)
}

// Many versions have pages that follow on each other, without a gap between what they say.
func TestTemplateVersionPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl := d.templateElsewhere("clinic")
	for i := range 59 {
		d.changeTemplate(tpl.ID, func(tpl *hms.Template) {
			role := tpl.Roles["doctor"]
			role.MaxPeerCount = 10 + i
			tpl.Roles["doctor"] = role
		})
		d.observe()
	}
	b := d.as(db.RoleViewer)
	first := b.get("/templates/" + tpl.ID + "/versions").want(http.StatusOK)
	older := first.Find(`a[rel="next"]`).AttrOr("href", "")
	second := b.get(older).want(http.StatusOK)
	all := slices.Concat(first.Find("td.title a").Map(texted), second.Find("td.title a").Map(texted))
	var want []string
	for n := 60; n > 0; n-- {
		want = append(want, fmt.Sprintf("Version %d", n))
	}
	if !slices.Equal(all, want) {
		t.Errorf("the versions are %q", all)
	}
	if last := first.Find("tbody tr").Last().Text(); !strings.Contains(last, "Most people") {
		t.Errorf("the last line of a page doesn't tell what changed: %s", last)
	}
	if second.Find(`a[rel="next"]`).Length() != 0 || second.Find(`a[rel="prev"]`).AttrOr("href", "") != "/templates/"+tpl.ID+"/versions" {
		t.Error("the last page leads on, or not back")
	}
	for _, damaged := range []string{"x", "-1", "0", "99999999999999999999"} {
		if p := b.get("/templates/" + tpl.ID + "/versions?before=" + damaged).want(http.StatusOK); p.Find("tbody tr").Length() != 50 {
			t.Errorf("before=%s shows %d versions", damaged, p.Find("tbody tr").Length())
		}
	}
}

func TestTemplateVersion(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, path := d.versioned()
	b := d.as(db.RoleOperator)
	p := b.get(path + "/versions/2").want(http.StatusOK)
	if got := differences(p); len(got) != 1 || !strings.Contains(got[0][0], "doctor") || !strings.Contains(got[0][0], "Mute others") || got[0][1] != "on" || got[0][2] != "off" {
		t.Errorf("against the version before: %q", got)
	}
	if mays(p, "Mute others")["doctor"] != "no" || mays(p, "Audio")["patient"] != "yes" {
		t.Error("the matrix isn't that of the version")
	}
	wantText(t, p, "Version 2 of 3", "Against version 1", "rtmp://live.example.org/", "Europe", "found to be so then")
	wantNoneOf(t, p, clinicSecrets...)
	for _, to := range []string{"/versions/1", "/versions/3"} {
		if p.Find(`nav a[href="`+path+to+`"]`).Length() != 1 {
			t.Errorf("no way to %s", to)
		}
	}
	first := b.get(path + "/versions/1").want(http.StatusOK)
	wantText(t, first, "Nothing is on record before this version.")
	if first.Find(`a[rel="next"]`).Length() != 0 || first.Find("table.diff").Length() != 0 {
		t.Error("something is before the first version")
	}
	newest := b.get(path + "/versions/3").want(http.StatusOK)
	if newest.Find(`a[rel="prev"]`).Length() != 0 || newest.Find(`main a[href*="/restore"]`).Length() != 0 {
		t.Error("something is after the newest version, or it can be restored")
	}
}

// Any two versions can be compared, the earlier one always on the left.
func TestTemplateVersionAgainstAnother(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, path := d.versioned()
	b := d.as(db.RoleViewer)
	for _, from := range []string{"/versions/3?with=1", "/versions/1?with=3"} {
		p := b.get(path + from).want(http.StatusOK)
		got := differences(p)
		if len(got) != 2 || got[0][1] != "on" || got[0][2] != "off" || got[1][1] != "Europe" || got[1][2] != "United States" {
			t.Errorf("%s: %q", from, got)
		}
		if heads := p.Find("table.diff thead th").Map(texted); !slices.Equal(heads, []string{"Field", "Version 1", "Version 3"}) {
			t.Errorf("%s: the columns are %q", from, heads)
		}
	}
	wantText(t, b.get(path+"/versions/2?with=2").want(http.StatusOK), "both are the same")
	for _, wrong := range []string{"4", "0", "-1", "x", "01", "1e0", "%00", strings.Repeat("9", 300)} {
		p := b.get(path + "/versions/2?with=" + wrong).want(http.StatusOK)
		if !strings.Contains(p.message("with"), "from 1 to 3") || p.Find(`[role="alert"]`).Length() != 1 {
			t.Errorf("with=%.20s: %s", wrong, p.problem())
		}
		if got := differences(p); len(got) != 1 {
			t.Errorf("with=%.20s: the difference is %q", wrong, got)
		}
	}
}

func TestTemplateVersionsThatAreNotThere(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, path := d.versioned()
	b := d.as(db.RoleAdmin)
	for _, n := range []string{"4", "0", "-1", "x", "01", "+1", "1.0", "1%20", "%31%00", "99999999999999999999"} {
		b.get(path + "/versions/" + n).want(http.StatusNotFound)
	}
	b.get("/templates/" + roomID(77) + "/versions/1").want(http.StatusNotFound)
}

// A version leads to what proves it, and to being restored as a change like any other.
func TestTemplateVersionIsProvedAndRestored(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tpl, path := d.versioned()
	b := d.as(db.RoleOperator)
	p := b.get(path + "/versions/1").want(http.StatusOK)
	operation := p.Find(`main a[href^="/history/"]`).First().AttrOr("href", "")
	if told := b.get(operation).want(http.StatusOK); told.Find(`main a[href="`+path+`"]`).Length() != 1 {
		t.Errorf("%s doesn't lead back to the template", operation)
	}
	if proof := b.get(p.Find(`main a[href$="/proof"]`).AttrOr("href", "")).want(http.StatusOK); !strings.Contains(proof.body, "checkpoint") {
		t.Error("the proof isn't one")
	}
	ask := b.get(p.Find(`main a[href^="`+path+`/restore"]`).AttrOr("href", "")).want(http.StatusOK)
	wantText(t, ask, "Role doctor: Permissions, Mute others") // in words, as the version's page has it
	wantNoneOf(t, ask, "roles.doctor")
	b.post(path+"/restore", with(ask.form(path+"/restore"), "reason", "the tool was wrong")).want(http.StatusSeeOther)
	is, err := d.app.HMS.Template(t.Context(), tpl.ID)
	if err != nil || !is.Roles["doctor"].Permissions[hms.PermissionMute] || is.Settings.Region != "eu" {
		t.Errorf("restored it is %+v, %v", is, err)
	}
	newest := b.get(path + "/versions/4").want(http.StatusOK)
	wantText(t, newest, "operator@example.org", "the tool was wrong", "Mute others")
	wantText(t, b.get(path+"/versions/1?with=4").want(http.StatusOK), "both are the same")
	told := b.get(newest.Find(`main a[href^="/history/"]`).First().AttrOr("href", "")).want(http.StatusOK)
	if lines := told.Find("table.diff").Text(); !strings.Contains(lines, "Mute others") || strings.Contains(lines, "0001-01-01") {
		t.Errorf("the operation changed %q", lines)
	}
	viewer := d.as(db.RoleViewer).get(path + "/versions/4").want(http.StatusOK)
	if viewer.Find(`main a[href^="/history"], main a[href*="/restore"]`).Length() != 0 {
		t.Error("a viewer is led to what they may not read or do")
	}
	wantNoneOf(t, viewer, "the tool was wrong")
	wantNoneOf(t, d.as(db.RoleViewer).get(path+"/versions").want(http.StatusOK), "the tool was wrong")
}
