package handlers_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"roomledger/handlers/ledger"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// lived is a desk that has been through changes of all kinds, made here and elsewhere, lost, refused, undone and settled.
func lived(t *testing.T) *desk {
	t.Helper()
	d := oneTry(t)
	b := d.as("admin")
	for _, name := range []string{"ward-7", "ward-8", "ward-9"} {
		at := b.post("/rooms/new", fill(b, "name", name, "reason", "for "+name)).want(http.StatusSeeOther).location
		b.confirm(at+"/codes", "").want(http.StatusSeeOther)
		b.confirm(at+"/disable", "closed at night").want(http.StatusSeeOther)
		b.confirm(at+"/enable", "").want(http.StatusSeeOther)
	}
	failing(d, http.MethodPost, "/rooms", http.StatusBadRequest, 1)
	b.post("/rooms/new", fill(b, "name", "refused"))
	d.elsewhere(hms.RoomParams{Name: "theirs"})
	d.refresh()
	for name := range map[string]bool{"whole": true, "second": true} {
		at := editPath(d.aTemplate(name).ID)
		b.save(at, "roles.0.name", "visitor", "settings.region", "us", "reason", "<b>moved</b>")
		b.save(at, "roles.1.name", "guest")
		d.moveElsewhere(strings.Split(at, "/")[2], func(t *hms.Template) { t.Settings.Region = "in" })
		b.get("/templates/" + strings.Split(at, "/")[2] + "?live=1").want(http.StatusOK)
	}
	b.confirm("/templates/"+d.boxedTemplates()["whole"].ID+"/default", "").want(http.StatusSeeOther)
	sent := fillTemplate(b, "name", "lost")
	d.lose(sandbox.Fault{Path: "/templates", CutAfter: true})
	b.post("/templates/new", sent).want(http.StatusBadGateway)
	d.settle(1, 0)
	b.get("/rooms.csv").want(http.StatusOK)
	b.get("/history.jsonl").want(http.StatusOK)
	now := time.Now()
	d.app.Now = func() time.Time { return now }
	return d
}

// leavesRows are addresses that leave rows, or tell of the moment, and those that tell of the newest row.
var leavesRows = regexp.MustCompile(`^/(history|signout|settings/.*|rooms\.csv.*|history\.(csv|jsonl).*|history/(backup|checkpoint|evidence\.zip|verify|key|prune).*|.*/(export|proof|refresh))?$|[?&]live=1|^/static/|^/templates/[^/]+/impact`)

// narrow are lists of history that the rebuilding itself, which is on record as the system's, isn't in.
var narrow = regexp.MustCompile(`action=(room|template|code|user)|q=ward|actor=admin`)

// crawl returns every page that can be reached from some by links, without what is new each time.
func (b *browser) crawl(from ...string) map[string]string {
	b.t.Helper()
	pages := map[string]string{}
	for len(from) > 0 {
		path, _, _ := strings.Cut(from[0], "#")
		from = from[1:]
		if _, done := pages[path]; done || !strings.HasPrefix(path, "/") || leavesRows.MatchString(path) || strings.HasPrefix(path, "/history?") && !narrow.MatchString(path) {
			continue
		}
		p := b.get(path)
		if p.status >= 500 {
			b.t.Errorf("%s: %d", path, p.status)
		}
		p.Find(`input[name="form_token"], option[value="history.rebuild"]`).Remove() // rebuilding is on record itself
		if strings.HasPrefix(path, "/history?") {
			p.Find(".top p.help").First().Remove() // counts all rows
		}
		text, err := p.Find("main").Html()
		if err != nil {
			b.t.Fatal(err)
		}
		pages[path] = text
		p.Find("main a[href]").Each(func(_ int, s *goquery.Selection) { from = append(from, s.AttrOr("href", "")) })
	}
	return pages
}

// TestRebuiltDeskHasTheSamePages: whatever a desk has been through, each page is the same once its read models are made anew.
func TestRebuiltDeskHasTheSamePages(t *testing.T) {
	t.Parallel()
	d := lived(t)
	b := d.as("admin")
	starts := []string{"/rooms", "/templates", "/templates/new", "/history?action=room.*", "/history?action=template.*", "/history?action=code.*", "/history?q=ward", "/help"}
	for _, r := range d.rows() {
		starts = append(starts, "/history/"+r.Operation)
	}
	b.crawl(starts...) // some of what is read for the first time goes on record
	before := b.crawl(starts...)
	rows := len(d.rows())
	if _, err := d.ledger.Rebuild(t.Context(), ledger.Change{Actor: ledger.System}, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	after := b.crawl(starts...)
	if len(d.rows()) != rows+2 {
		t.Fatalf("looking at pages left %+v", d.rows()[rows+2:])
	}
	if len(before) < 100 {
		t.Errorf("only %d pages were compared", len(before))
	}
	t.Logf("%d pages", len(before))
	var differ []string
	for path, page := range before {
		if after[path] != page {
			differ = append(differ, path+"\n"+cmp.Diff(strings.Split(page, "\n"), strings.Split(after[path], "\n")))
		}
	}
	slices.Sort(differ)
	if len(differ) > 0 || len(after) != len(before) {
		t.Errorf("%d of %d pages differ (-before +rebuilt), after it there are %d:\n%.6000s", len(differ), len(before), len(after), strings.Join(differ, "\n"))
	}
}
