package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestTemplateNameState: what is said of a name while one types, of a new template and of one that is changed.
func TestTemplateNameState(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	one, other := d.aTemplate("Ward 7"), d.aTemplate("Ward 8")
	for name, tt := range map[string]struct{ of, name, text, link string }{
		"none":                  {"", "", "", ""},
		"only spaces":           {"", "  ", "", ""},
		"free":                  {"", "Ward 9", "Free.", ""},
		"taken":                 {"", "Ward 7", "you will be asked first", "/templates/" + one.ID},
		"taken in another case": {"", " wARD 7 ", "you will be asked first", "/templates/" + one.ID},
		"bad":                   {"", "Büro!", "Buro", ""},
		"nothing to suggest":    {"", "会議室", "Use only letters", ""},
		"a null byte":           {"", "a\x00b", "Type it again", ""},
		"too long":              {"", strings.Repeat("a", 300), "256", ""},
		"its own":               {one.ID, "Ward 7", "called now", ""},
		"its own otherwise":     {one.ID, "WARD 7", "Free.", ""},
		"another one's":         {one.ID, "ward 8", "Choose another name", "/templates/" + other.ID},
		"of nonsense":           {"<script>", "Ward 7", "you will be asked first", "/templates/" + one.ID},
	} {
		p := b.get("/templates/new?of=" + url.QueryEscape(tt.of) + "&name=" + url.QueryEscape(tt.name)).want(http.StatusOK)
		state := p.Find("#name-state")
		if !strings.Contains(state.Text(), tt.text) || state.Find("a").AttrOr("href", "") != tt.link || tt.text == "" && strings.TrimSpace(state.Text()) != "" {
			t.Errorf("%s: the state says %q", name, strings.TrimSpace(state.Text()))
		}
		if got := p.form("/templates/new").Get("name"); got != strings.ReplaceAll(tt.name, "\x00", "\uFFFD") {
			t.Errorf("%s: the form has the name %q", name, got)
		}
	}
	for path, of := range map[string]string{"/templates/new": "", editPath(one.ID): one.ID} {
		input := b.get(path).want(http.StatusOK).Find("#name")
		if got := input.AttrOr("hx-get", ""); got != "/templates/new?of="+of || !strings.Contains(input.AttrOr("aria-describedby", ""), "name-state") {
			t.Errorf("%s: asks at %q, described by %q", path, got, input.AttrOr("aria-describedby", ""))
		}
	}
	if got := b.get(editPath(one.ID)).Find("#name-state").Text(); !strings.Contains(got, "called now") {
		t.Errorf("the edit form says %q", got)
	}
	reads := d.box.Calls(http.MethodGet, "")
	b.get("/templates/new?name=Ward+9").want(http.StatusOK)
	if d.box.Calls(http.MethodGet, "") != reads {
		t.Error("looking at a name asks the API")
	}
}
