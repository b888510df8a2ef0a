package layout

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
)

func draw(t *testing.T, p Page) *goquery.Document {
	t.Helper()
	var b strings.Builder
	if err := Base(p).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestRailShowsWhatThePersonMayRead(t *testing.T) {
	for name, tt := range map[string]struct {
		page Page
		want []string
	}{
		"viewer":  {Page{}, []string{"/", "/rooms", "/templates", "/settings/sessions"}},
		"auditor": {Page{CanHistory: true}, []string{"/", "/rooms", "/templates", "/history", "/settings/sessions"}},
		"admin":   {Page{CanHistory: true, CanChange: true, CanAdmin: true}, []string{"/", "/rooms", "/templates", "/history", "/settings/people"}},
	} {
		t.Run(name, func(t *testing.T) {
			tt.page.User = &User{Email: "a@b.example", Role: name}
			got := draw(t, tt.page).Find(".rail nav a").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("href", "") })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("rail (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNobodySignedInGetsNoRail(t *testing.T) {
	doc := draw(t, Page{Title: "Sign in"})
	if n := doc.Find(`.rail, form[action="/signout"], form[action="/settings/theme"]`).Length(); n != 0 {
		t.Errorf("%d pieces of the rail for nobody", n)
	}
}

func TestTitles(t *testing.T) {
	for want, p := range map[string]Page{
		"Roomledger":                {},
		"Rooms · Roomledger":        {Title: "Rooms"},
		"Error: Rooms · Roomledger": {Title: "Rooms", Problem: true},
		"<b> & more · Roomledger":   {Title: "<b> & more"},
	} {
		if got := draw(t, p).Find("head title").Text(); got != want {
			t.Errorf("title %q, want %q", got, want)
		}
	}
}

func TestThemeStandsOnTheDocument(t *testing.T) {
	for theme, want := range map[string]string{"light": "light", "dark": "dark", "": "", `x" onload="`: ""} {
		doc := draw(t, Page{Theme: theme})
		if got := doc.Find("html").AttrOr("data-theme", ""); got != want {
			t.Errorf("theme %q gives data-theme %q", theme, got)
		}
	}
	doc := draw(t, Page{User: &User{}, Theme: "dark", Path: "/rooms?q=a&sort=name"})
	if got := doc.Find(`[aria-pressed="true"]`).AttrOr("value", ""); got != "dark" {
		t.Errorf("the pressed button is %q", got)
	}
	if got := doc.Find(`form[action="/settings/theme"] [name="back"]`).AttrOr("value", ""); got != "/rooms?q=a&sort=name" {
		t.Errorf("back = %q", got)
	}
}

func TestCurrentSectionIsMarkedOnce(t *testing.T) {
	doc := draw(t, Page{User: &User{}, Section: "rooms"})
	if got := doc.Find(`.rail [aria-current="page"]`).Text(); strings.TrimSpace(got) != "Rooms" {
		t.Errorf("current: %q", got)
	}
}

func TestStripAndSealOnlyWhenTrue(t *testing.T) {
	doc := draw(t, Page{User: &User{}})
	if n := doc.Find(".strip, .seal").Length(); n != 0 {
		t.Errorf("%d strips or seals without a sandbox and without history", n)
	}
	doc = draw(t, Page{User: &User{}, Sandbox: true, Seal: Seal{Seq: 10482, By: "asha@b.example"}})
	if got := strings.Join(strings.Fields(doc.Find(".seal").Text()), " "); got != "On record No. 10,482 · never by asha@b.example" {
		t.Errorf("seal: %q", got)
	}
	if got := doc.Find(".strip").Text(); !strings.HasPrefix(got, "SANDBOX: nothing here reaches 100ms.") {
		t.Errorf("strip: %q", got)
	}
}

func TestOutage(t *testing.T) {
	now := time.Date(2026, 11, 22, 20, 51, 7, 0, time.UTC)
	lately := now.Add(-2 * time.Minute)
	for name, tt := range map[string]struct {
		outage Outage
		says   []string
	}{
		"down": {Outage{Down: true, Since: lately, Next: now.Add(1300 * time.Millisecond), Problem: "no connection"}, []string{
			"100ms has not answered since 20:49:07 UTC (no connection).", "Changes can't be sent until it answers", "tried again at 20:51:09 UTC.",
		}},
		"down since yesterday": {Outage{Down: true, Since: now.AddDate(0, 0, -1), Next: now.Add(time.Second)}, []string{
			"since 2026-11-21 20:51:07 UTC.", "tried again at 20:51:08 UTC.",
		}},
		"probe is due": {Outage{Down: true, Since: lately, Next: now}, []string{"tried again any moment."}},
		"slow": {Outage{Since: lately, Next: now.Add(45 * time.Second)}, []string{
			"100ms has been asking for fewer calls since 20:49:07 UTC.", "wait for their turn", "The next turn is at 20:51:52 UTC.",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			strip := draw(t, Page{User: &User{}, Now: now, Outage: &tt.outage}).Find(".outage")
			text := strings.Join(strings.Fields(strip.Text()), " ")
			for _, want := range tt.says {
				if !strings.Contains(text, want) {
					t.Errorf("%q lacks %q", text, want)
				}
			}
			if role := strip.AttrOr("role", ""); role != "status" {
				t.Errorf("role %q", role)
			}
		})
	}
	if n := draw(t, Page{User: &User{}, Now: now}).Find(".outage").Length(); n != 0 {
		t.Error("an outage while all is well")
	}
	if n := draw(t, Page{Now: now, Outage: &Outage{Down: true}}).Find(".outage").Length(); n != 0 {
		t.Error("strangers are told of an outage")
	}
}

func TestFlashKinds(t *testing.T) {
	for kind, want := range map[string]string{"done": "flash done", "fail": "flash fail", "ask": "flash ask", "else": "flash done"} {
		doc := draw(t, Page{User: &User{}, Flash: &Flash{Kind: kind, Text: "Saved.", Link: "/history/x", Word: "See"}})
		got := doc.Find(".flash")
		if got.AttrOr("class", "") != want || got.AttrOr("role", "") != "status" || got.Find("a").AttrOr("href", "") != "/history/x" {
			t.Errorf("%s: class %q, role %q", kind, got.AttrOr("class", ""), got.AttrOr("role", ""))
		}
	}
}

func TestHelpIsATool(t *testing.T) {
	for section, want := range map[string]string{"help": "page", "rooms": ""} {
		doc := draw(t, Page{User: &User{}, Section: section})
		link := doc.Find(`.tools a[href="/help"]`)
		if link.Length() != 1 || link.AttrOr("aria-label", "") != "Help" || link.AttrOr("aria-current", "") != want {
			t.Errorf("in %s: %d links, current %q", section, link.Length(), link.AttrOr("aria-current", ""))
		}
	}
	if draw(t, Page{}).Find(`a[href="/help"]`).Length() != 0 {
		t.Error("nobody signed in is shown the help")
	}
}
