package pages

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"roomledger/db"
)

var update = flag.Bool("update", false, "write the golden files")

// hash stands in the addresses of static files; the golden files go without, so that a change of colour isn't a change
// of every page.
var hash = regexp.MustCompile(`\.[0-9a-f]{16}\.`)

func render(t *testing.T, s sample) string {
	t.Helper()
	var b strings.Builder
	if err := s.page.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// everySample runs a test on each screen in each state.
func everySample(t *testing.T, check func(t *testing.T, html string, doc *goquery.Document)) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			html := render(t, s)
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
			if err != nil {
				t.Fatal(err)
			}
			check(t, html, doc)
		})
	}
}

func TestGolden(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			got := hash.ReplaceAllString(render(t, s), ".HASH.")
			// One element a line, so that a difference is readable.
			got = strings.ReplaceAll(got, "><", ">\n<") + "\n"
			file := filepath.Join("testdata", s.name+".html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("differs from %s (-want +got); after a look, run with -update:\n%s", file, diff)
			}
		})
	}
}

// The content security policy forbids these; a browser would only tell on its console.
func TestNothingInline(t *testing.T) {
	everySample(t, func(t *testing.T, html string, doc *goquery.Document) {
		doc.Find("*").Each(func(_ int, s *goquery.Selection) {
			for _, a := range s.Nodes[0].Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
					t.Errorf("<%s> has %s=%q", s.Nodes[0].Data, a.Key, a.Val)
				}
				if strings.Contains(a.Val, "javascript:") || strings.Contains(a.Val, "js:") {
					t.Errorf("<%s %s=%q> carries script", s.Nodes[0].Data, a.Key, a.Val)
				}
			}
		})
		if n := doc.Find("style").Length(); n > 0 {
			t.Errorf("%d style elements", n)
		}
		doc.Find("script").Each(func(_ int, s *goquery.Selection) {
			if src, _ := s.Attr("src"); !strings.HasPrefix(src, "/static/") || strings.TrimSpace(s.Text()) != "" {
				t.Errorf("a script that isn't one of our files: %q", src)
			}
		})
	})
}

func TestNothingFromAnotherHost(t *testing.T) {
	everySample(t, func(t *testing.T, _ string, doc *goquery.Document) {
		doc.Find("[src], link[href], a[href], form[action]").Each(func(_ int, s *goquery.Selection) {
			for _, key := range []string{"src", "href", "action"} {
				to, ok := s.Attr(key)
				if ok && (!strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "#") || strings.HasPrefix(to, "//")) {
					t.Errorf("%s=%q leaves this host or depends on the page's address", key, to)
				}
			}
		})
	})
}

func TestEveryControlHasALabel(t *testing.T) {
	everySample(t, func(t *testing.T, _ string, doc *goquery.Document) {
		doc.Find("input, select, textarea").Not("[type=hidden]").Each(func(_ int, s *goquery.Selection) {
			id, _ := s.Attr("id")
			named := s.AttrOr("aria-label", "") != "" || s.ParentsFiltered("label").Length() > 0 ||
				id != "" && doc.Find(`label[for="`+id+`"]`).Length() == 1
			if !named {
				t.Errorf("control %q (id %q) has no label", s.AttrOr("name", ""), id)
			}
		})
		doc.Find("button, a").Not("[hidden]").Each(func(_ int, s *goquery.Selection) {
			if strings.TrimSpace(s.Text()) == "" && s.AttrOr("aria-label", "") == "" {
				h, _ := goquery.OuterHtml(s)
				t.Errorf("no words on %s", h)
			}
		})
		doc.Find("table").Each(func(_ int, s *goquery.Selection) {
			if s.Find("caption").Length() != 1 {
				t.Error("a table without caption")
			}
		})
	})
}

func TestIDsAreUniqueAndPointedAtRightly(t *testing.T) {
	everySample(t, func(t *testing.T, _ string, doc *goquery.Document) {
		ids := map[string]bool{}
		doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
			id := s.AttrOr("id", "")
			if id == "" || ids[id] {
				t.Errorf("id %q is blank or there twice", id)
			}
			ids[id] = true
		})
		for _, key := range []string{"for", "aria-describedby", "aria-labelledby", "form", "data-open", "data-fill"} {
			doc.Find("[" + key + "]").Each(func(_ int, s *goquery.Selection) {
				for id := range strings.FieldsSeq(s.AttrOr(key, "")) {
					if !ids[id] {
						t.Errorf("%s=%q points at nothing", key, id)
					}
				}
			})
		}
		doc.Find(`a[href^="#"], [hx-target^="#"], [hx-select^="#"]`).Each(func(_ int, s *goquery.Selection) {
			for _, key := range []string{"href", "hx-target", "hx-select"} {
				if to, ok := strings.CutPrefix(s.AttrOr(key, ""), "#"); ok && !ids[to] {
					t.Errorf("%s=#%s points at nothing", key, to)
				}
			}
		})
	})
}

// A message of a field is told at the top as a link, and at the field, tied to its control.
func TestProblemsAreTiedToTheirControls(t *testing.T) {
	everySample(t, func(t *testing.T, _ string, doc *goquery.Document) {
		doc.Find(".problem li a").Each(func(_ int, s *goquery.Selection) {
			name := strings.TrimPrefix(s.AttrOr("href", ""), "#")
			if doc.Find(`[id="`+name+`"]`).Length() == 0 {
				t.Fatalf("the summary links to %q, which isn't there", name)
			}
			if strings.TrimSpace(doc.Find(`[id="`+name+`-error"]`).Text()) != s.Text() {
				t.Errorf("%s: the field doesn't say %q", name, s.Text())
			}
			if doc.Find(`[aria-invalid="true"][aria-describedby~="`+name+`-error"]`).Length() == 0 {
				t.Errorf("%s: nothing is marked as invalid and tied to the message", name)
			}
		})
		hasError := strings.HasPrefix(doc.Find("head title").Text(), "Error: ")
		if hasAlert := doc.Find("[role=alert]").Length() == 1; hasAlert != hasError {
			t.Errorf("one alert: %v, title begins with Error: %v", hasAlert, hasError)
		}
	})
}

func TestNoPageShowsATypedSecret(t *testing.T) {
	everySample(t, func(t *testing.T, html string, doc *goquery.Document) {
		for _, secret := range []string{"AKIATYPEDKEY", "typed-storage-secret", "typed-header-secret", "typed-team-secret"} {
			if strings.Contains(html, secret) {
				t.Errorf("the page shows %s", secret)
			}
		}
		doc.Find("input[type=password]").Each(func(_ int, s *goquery.Selection) {
			if v, ok := s.Attr("value"); ok {
				t.Errorf("%s comes with the value %q", s.AttrOr("name", ""), v)
			}
		})
	})
}

// The names of the form are a contract with scripts and tests.
func TestRoomFormHasEveryField(t *testing.T) {
	html := render(t, sample{"", RoomNew(roomForm(fullForm(), nil))})
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	inForm := doc.Find("form#room-form")
	for name, want := range map[string]int{
		"name": 1, "description": 1, "template_id": 1, "region": 1, "large_room": 1, "size": 1, "max_duration_seconds": 1, "polls": 1, "recording": 3, "storage": 2,
		"upload_info.type": 4, "upload_info.location": 1, "upload_info.prefix": 1, "upload_info.options.region": 1, "upload_info.credentials.key": 1,
		"upload_info.credentials.secret": 1, "webhook.url": 1, "webhook.header_name": 2, "webhook.header_value": 2, "form_token": 1,
	} {
		if got := inForm.Find(`[name="` + name + `"]`).Length(); got != want {
			t.Errorf("%d controls named %s, want %d", got, name, want)
		}
	}
	if got := doc.Find("textarea#description").Text(); got != "\n9 pm maths, batch 2\n</textarea><b>" && got != "9 pm maths, batch 2\n</textarea><b>" {
		t.Errorf("description came back as %q", got)
	}
}

// Enter in a field presses the first submit button of the form: it must not be one that adds or removes rows.
func TestEnterSendsTheForm(t *testing.T) {
	everySample(t, func(t *testing.T, _ string, doc *goquery.Document) {
		doc.Find("form").Each(func(_ int, f *goquery.Selection) {
			first := f.Find("button").Not("[type=button]").First()
			if name := first.AttrOr("name", ""); name == "add" || name == "remove" || name == "show" {
				t.Errorf("Enter would press the button %s=%s", name, first.AttrOr("value", ""))
			}
		})
	})
}

func TestRightsHideWhatIsNotAllowed(t *testing.T) {
	html := render(t, sample{"", Overview(OverviewData{Page: reader("Overview", "overview", "/"), Rooms: 2, Recent: operations(), Open: operations()[3:4]})})
	for _, path := range []string{`href="/history`, `href="/rooms/new`, `href="/settings/people"`} {
		if strings.Contains(html, path) {
			t.Errorf("a viewer is shown %s", path)
		}
	}
}

func TestQueriesKeepTheRest(t *testing.T) {
	f := roomsFilter("q=a+b%26c&region=eu&sort=name&cursor=here")
	for name, tt := range map[string]struct{ got, want string }{
		"sort turned":    {sortURL(f, "name"), "/rooms?q=a+b%26c&region=eu&sort=-name"},
		"other column":   {sortURL(f, "created"), "/rooms?q=a+b%26c&region=eu"},
		"default turned": {sortURL(roomsFilter(""), "created"), "/rooms?sort=created"},
		"cursor":         {roomCursor(f, "x/y"), "/rooms?q=a+b%26c&region=eu&sort=name&cursor=x%2Fy"},
		"no cursor":      {roomCursor(f, ""), ""},
		"file":           {download("/rooms.csv", f.Query("cursor", "")), "/rooms.csv?q=a+b%26c&region=eu&sort=name"},
		"whole file":     {download("/rooms.csv", ""), "/rooms.csv"},
		"neighbour":      {relative("/history", "a=1"), "/history?a=1"},
		"at the end":     {relative("/history", ""), ""},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", name, tt.got, tt.want)
		}
	}
}

func TestBrowserNames(t *testing.T) {
	for agent, want := range map[string]string{
		sessions()[0].UserAgent: "Firefox 145 on Linux",
		sessions()[1].UserAgent: "Safari 19 on iPhone",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0": "Edge 141 on Windows",
		"curl/8.5.0": "curl/8.5.0",
		"":           "unknown browser",
	} {
		if got := browser(agent); got != want {
			t.Errorf("browser(%q) = %q, want %q", agent, got, want)
		}
	}
}

func BenchmarkRooms50(b *testing.B) {
	d := RoomsData{Page: page("Rooms", "rooms", "/rooms"), List: db.RoomPage{Rooms: manyRooms(50), Total: 1000, Capped: true}, Templates: templateRefs(), IndexedAt: now}
	benchmark(b, sample{"rooms", Rooms(d)})
}

func BenchmarkHistory50(b *testing.B) {
	d := historyData()
	d.Operations = manyOperations(50)
	benchmark(b, sample{"history", History(d)})
}

func BenchmarkHistory100(b *testing.B) {
	d := historyData()
	d.Operations = manyOperations(100)
	benchmark(b, sample{"history", History(d)})
}

func benchmark(b *testing.B, s sample) {
	b.ReportAllocs()
	for b.Loop() {
		if err := s.page.Render(b.Context(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
