package components

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

var now = time.Date(2026, 11, 22, 20, 51, 7, 0, time.UTC)

func TestAgo(t *testing.T) {
	for _, tt := range []struct {
		past time.Duration
		want string
	}{
		{-2 * time.Minute, "2026-11-22 20:53:07 UTC"},
		{-30 * time.Second, "just now"},
		{0, "just now"},
		{59 * time.Second, "just now"},
		{time.Minute, "1 min ago"},
		{59*time.Minute + 59*time.Second, "59 min ago"},
		{time.Hour, "1 h ago"},
		{23*time.Hour + 59*time.Minute, "23 h ago"},
		{24 * time.Hour, "yesterday"},
		{48 * time.Hour, "2 days ago"},
		{13 * 24 * time.Hour, "13 days ago"},
		{14 * 24 * time.Hour, "8 Nov"},
		{400 * 24 * time.Hour, "18 Oct 2025"},
	} {
		if got := Ago(now, now.Add(-tt.past)); got != tt.want {
			t.Errorf("Ago(%v) = %q, want %q", tt.past, got, tt.want)
		}
	}
	if got := Ago(now, time.Time{}); got != "never" {
		t.Errorf("Ago(zero) = %q", got)
	}
}

func TestTimesAreUTC(t *testing.T) {
	east := now.In(time.FixedZone("east", 5*3600))
	if got := Exact(east); got != "2026-11-22 20:51:07 UTC" {
		t.Errorf("Exact = %q", got)
	}
	const want = `<time datetime="2026-11-22T20:51:07.000Z" title="2026-11-22 20:51:07 UTC">just now</time>`
	if got, _ := draw(t, Time(now, east)); got != want {
		t.Errorf("Time = %s", got)
	}
	if got, _ := draw(t, Time(now, time.Time{})); got != "never" {
		t.Errorf("Time(zero) = %s", got)
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 10482: "10,482", 1234567: "1,234,567", -5: "-5", -100: "-100", -1000: "-1,000"} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestTook(t *testing.T) {
	for ms, want := range map[int64]string{0: "–", -1: "–", 1: "1 ms", 999: "999 ms", 1000: "1 s", 9123: "9.1 s", 30000: "30 s", 3600000: "3,600 s"} {
		if got := Took(ms); got != want {
			t.Errorf("Took(%d) = %q, want %q", ms, got, want)
		}
	}
}

func TestShortID(t *testing.T) {
	for id, want := range map[string]string{"65a0b3c4d5e6f708192a3b4c": "65a0…3b4c", "qmv-trea-xop": "qmv-trea-xop", "": ""} {
		if got := ShortID(id); got != want {
			t.Errorf("ShortID(%q) = %q, want %q", id, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 rooms", 1: "1 room", 1200: "1,200 rooms"} {
		if got := Plural(n, "room", "rooms"); got != want {
			t.Errorf("Plural(%d) = %q, want %q", n, got, want)
		}
	}
}

func draw(t *testing.T, c templ.Component) (string, *goquery.Document) {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), doc
}

func TestJSONShowsTheTextItWasGiven(t *testing.T) {
	for name, text := range map[string]string{
		"object":         "{\n  \"name\": \"x\",\n  \"n\": 1\n}",
		"markup":         "{\n  \"a\": \"<b>&amp;\"\n}",
		"quotes":         "{\n  \"a \\\" b\": \"c \\\" : d\"\n}",
		"placeholder":    "{\n  \"key\": \"$STORAGE_KEY\"\n}",
		"lone dollars":   "{\n  \"a\": \"$ $a $1 $$\"\n}",
		"list of values": "[\n  \"a\",\n  \"b: c\"\n]",
		"curl":           "curl -H \"Authorization: Bearer $HMS_TOKEN\" \\\n  -d '{\"a\":1}'",
		"no end quote":   "\"abc\\",
		"nothing":        "",
	} {
		t.Run(name, func(t *testing.T) {
			_, doc := draw(t, JSON(text))
			if got := doc.Find("body").Text(); got != text {
				t.Errorf("shows %q, want %q", got, text)
			}
		})
	}
}

func TestJSONMarksKeysAndPlaceholders(t *testing.T) {
	_, doc := draw(t, JSON("{\n  \"key\": \"$STORAGE_KEY\",\n  \"list\": [\n    \"no key: here\"\n  ]\n}"))
	if got := doc.Find(".k").Map(func(_ int, s *goquery.Selection) string { return s.Text() }); strings.Join(got, " ") != `"key" "list"` {
		t.Errorf("keys: %q", got)
	}
	if got := doc.Find(".s").Text(); got != "$STORAGE_KEY" {
		t.Errorf("placeholders: %q", got)
	}
}

func TestIndentLeavesWhatIsNotJSON(t *testing.T) {
	if got := Indent("<html>"); got != "<html>" {
		t.Errorf("Indent = %q", got)
	}
	if got := Indent(`{"a":1}`); got != "{\n  \"a\": 1\n}" {
		t.Errorf("Indent = %q", got)
	}
}

func TestBarsStayInThePicture(t *testing.T) {
	for name, days := range map[string][]Day{
		"nothing":            {{}, {}},
		"one small":          {{Done: 1}},
		"three small on top": {{Done: 100000, Fail: 1, Ask: 1}},
		"all kinds":          {{Done: 3, Fail: 2, Ask: 9}, {Fail: 1}, {Ask: 1}},
	} {
		for _, s := range stacks(days) {
			if s.askY < 0 || s.doneY+s.doneH > chartFloor {
				t.Errorf("%s: a column reaches from %d to %d", name, s.askY, s.doneY+s.doneH)
			}
			for _, part := range []struct{ n, h int }{{s.Done, s.doneH}, {s.Fail, s.failH}, {s.Ask, s.askH}} {
				if (part.n == 0) != (part.h == 0) {
					t.Errorf("%s: %d is drawn %d high", name, part.n, part.h)
				}
			}
		}
	}
}

func TestChartHasATextAlternative(t *testing.T) {
	_, doc := draw(t, StackedBars("c", "Rooms per day", []Day{{Label: "1 <Nov>", Done: 1200, Fail: 2}, {Label: "2 Nov"}, {Label: "3 Nov", Ask: 1}}))
	if got := doc.Find("svg > desc").Text(); got != "3 days: 1,200 done · 2 failed · 1 unknown. A table with the days follows." {
		t.Errorf("description: %q", got)
	}
	if got := doc.Find("tbody tr").Length(); got != 2 {
		t.Errorf("%d rows in the table, want the two days with something", got)
	}
	if got := doc.Find("g title").First().Text(); got != "1 <Nov>: 1,200 done, 2 failed" {
		t.Errorf("first column says %q", got)
	}
}

func TestShare(t *testing.T) {
	list := []Bar{{Count: 1000}, {Count: 500}, {Count: 1}, {}}
	for i, want := range []string{"100", "50", "1", "0"} {
		if got := share(list[i].Count, list); got != want {
			t.Errorf("share(%d) = %s, want %s", list[i].Count, got, want)
		}
	}
}

func TestEveryIconHasADrawing(t *testing.T) {
	for name, inside := range drawings() {
		if !strings.HasPrefix(inside, "<") || strings.Contains(inside, "svg") {
			t.Errorf("%s: %q", name, inside)
		}
	}
	for kind, icon := range badgeIcons() {
		if !strings.Contains(icon, "<path") && !strings.Contains(icon, "<circle") {
			t.Errorf("the badge %s has no icon", kind)
		}
	}
}

func TestDescribedBy(t *testing.T) {
	for want, f := range map[string]Field{
		"":                              {Name: "a"},
		"a-help":                        {Name: "a", Help: "h"},
		"a-error":                       {Name: "a", Error: "e"},
		"a-error a-help":                {Name: "a", Error: "e", Help: "h"},
		"x-error x-help state-of-field": {Name: "a", ID: "x", Error: "e", Help: "h", By: "state-of-field"},
		"state-of-field":                {Name: "a", By: "state-of-field"},
	} {
		if got := f.describedBy(); got != want {
			t.Errorf("%+v is described by %q, want %q", f, got, want)
		}
	}
}

func TestFieldsEscapeWhatWasTyped(t *testing.T) {
	const typed = `"><script>alert(1)</script>`
	f := Field{Name: "a", Label: "A", Value: typed, Error: typed, Help: typed}
	for name, c := range map[string]templ.Component{
		"input": Input(f), "area": Area(f), "select": Select(f, []Option{{Value: typed, Label: typed}}), "choices": Choices(f, []Option{{Value: typed, Label: typed, Small: typed}}),
		"badge": Badge(typed, typed), "diff": Diff(typed, typed, typed, []Line{{Field: typed, Have: typed, Will: typed}}), "code": Code(typed, typed),
		"chips": Chips([]Chip{{Label: typed, Remove: "/x"}}, "/"), "copy": Copy(typed, typed),
	} {
		html, doc := draw(t, c)
		if strings.Contains(html, "<script>") || doc.Find("script").Length() > 0 {
			t.Errorf("%s lets markup through: %s", name, html)
		}
	}
}

func TestLinkedBarsLeadSomewhere(t *testing.T) {
	days := []Day{{Label: "1 <Nov>", Done: 1200, Fail: 2, URL: "/x?a=1&b=2"}, {Label: "2 Nov", URL: "/y"}, {Label: "3 Nov", Ask: 1, URL: "/z"}}
	_, doc := draw(t, LinkedBars(Chart{ID: "c", Title: "Per day", Unit: "Day", End: "today", Note: "of some", Days: days}))
	links := func(where string) string {
		return strings.Join(doc.Find(where+" a").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("href", "") }), " ")
	}
	if links("svg") != "/x?a=1&b=2 /z" || links("table") != links("svg") {
		t.Errorf("the picture leads to %q, the table to %q", links("svg"), links("table"))
	}
	if doc.Find(`svg[aria-hidden="true"] a:not([tabindex="-1"])`).Length() != 0 || doc.Find(`figure[aria-label="Per day"]`).Length() != 1 {
		t.Error("the picture is in the way of the keyboard, or the figure has no name")
	}
	if got := doc.Find("tbody").Text(); got != "1 <Nov>1,200203 Nov001" {
		t.Errorf("the table reads %q", got)
	}
	_, doc = draw(t, LinkedBars(Chart{Title: "Nothing", Days: []Day{{Label: "1 Nov"}, {Label: "2 Nov"}}}))
	if doc.Find("details, svg a").Length() != 0 || !strings.Contains(doc.Text(), "nothing in these days") {
		t.Errorf("nothing is drawn as %q", doc.Text())
	}
}
