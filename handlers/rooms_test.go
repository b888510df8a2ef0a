package handlers_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/web/hms"
)

// listed are the names of the rooms on a page of the list, in its order.
func listed(p page) []string {
	return p.Find("table.cards tbody td.title a").Map(func(_ int, a *goquery.Selection) string { return a.Text() })
}

// refresh brings the index up to what the API has.
func (d *desk) refresh() {
	d.t.Helper()
	if _, err := d.ledger.RefreshRooms(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// known puts a room into the index, as if it had been read from the API.
func (d *desk) known(rooms ...db.Room) {
	d.t.Helper()
	err := d.db.InTx(d.t.Context(), func(tx *db.Tx) error {
		for i := range rooms {
			rooms[i].Workspace = d.app.Workspace.ID
			if rooms[i].Data == "" {
				rooms[i].Data = `{"id":"` + rooms[i].ID + `"}`
			}
			if err := tx.PutRoom(rooms[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// roomID is an id as the API gives them.
func roomID(n int) string { return fmt.Sprintf("66b1c2d3e4f5%012x", n) }

func TestEmptyList(t *testing.T) {
	d := newDesk(t)
	if p := d.as("operator").get("/rooms").want(http.StatusOK); p.Find(`.empty a[href="/rooms/new"]`).Length() != 1 {
		t.Error("an empty list doesn't say what to do first")
	}
	if p := d.as("viewer").get("/rooms").want(http.StatusOK); p.Find(`a[href="/rooms/new"]`).Length() != 0 || p.Find(".empty").Length() != 1 {
		t.Error("a viewer is offered to make the first room")
	}
	p := d.as("viewer").get("/rooms?q=nothing").want(http.StatusOK)
	if p.Find(`.empty a[href="/rooms"]`).Length() != 1 {
		t.Error("a filter that matches nothing can't be cleared")
	}
}

// some are rooms that differ in everything a list is filtered by.
func some() []db.Room {
	day := time.Date(2031, 3, 1, 12, 0, 0, 0, time.UTC)
	return []db.Room{
		{ID: roomID(1), Name: "alpha", Enabled: true, Description: "50% off_", TemplateID: roomID(91), TemplateName: "t1", Region: "in", Recording: "inherit", Creator: "ann@example.org", CreatedAt: day},
		{ID: roomID(2), Name: "Beta", Enabled: false, TemplateID: roomID(92), TemplateName: "t2", Region: "us", Recording: "on", Creator: "bob@example.org", CreatedAt: day.AddDate(0, 0, 1)},
		{ID: roomID(3), Name: "gamma", Enabled: true, TemplateID: roomID(92), TemplateName: "t2", Region: "eu", Recording: "off", CreatedAt: day.AddDate(0, 0, 2)},
	}
}

var filterTests = map[string][]string{
	"":                                   {"gamma", "Beta", "alpha"},
	"q=ALPHA":                            {"alpha"},
	"q=50%25":                            {"alpha"},
	"q=%25":                              {"alpha"},
	"q=off_":                             {"alpha"},
	"q=" + roomID(2):                     {"Beta"},
	"q=nowhere":                          {},
	"enabled=all":                        {"gamma", "Beta", "alpha"},
	"enabled=true":                       {"gamma", "alpha"},
	"enabled=false":                      {"Beta"},
	"template_id=" + roomID(92):          {"gamma", "Beta"},
	"region=in":                          {"alpha"},
	"recording=on":                       {"Beta"},
	"recording=inherit":                  {"alpha"},
	"creator=ann%40example.org":          {"alpha"},
	"after=2031-03-02":                   {"gamma", "Beta"},
	"before=2031-03-02":                  {"Beta", "alpha"},
	"after=2031-03-02&before=2031-03-02": {"Beta"},
	"after=2031-03-02T12:00:01Z":         {"gamma"},
	"sort=created":                       {"alpha", "Beta", "gamma"},
	"sort=-created":                      {"gamma", "Beta", "alpha"},
	"sort=name":                          {"alpha", "Beta", "gamma"},
	"sort=-name":                         {"gamma", "Beta", "alpha"},
	"enabled=true&sort=name&q=a":         {"alpha", "gamma"},
	"enabled=true&region=us":             {},
}

func TestFilters(t *testing.T) {
	d := newDesk(t)
	d.known(some()...)
	b := d.as("viewer")
	auditor := d.as("auditor")
	for query, want := range filterTests {
		p := b.get("/rooms?" + query).want(http.StatusOK)
		got := listed(p)
		if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
			t.Errorf("?%s (-want +got):\n%s", query, diff)
		}
		if p.Find(`[role="alert"]`).Length() != 0 {
			t.Errorf("?%s is called wrong", query)
		}
		lines := csvOf(t, auditor.get("/rooms.csv?"+query).want(http.StatusOK))
		names := []string{}
		for _, line := range lines[1:] {
			names = append(names, line[1])
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("the CSV of ?%s (-list +file):\n%s", query, diff)
		}
	}
}

func csvOf(t *testing.T, p page) [][]string {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(p.body)).ReadAll()
	if err != nil || len(lines) == 0 {
		t.Fatalf("not CSV (%v): %.200s", err, p.body)
	}
	return lines
}

func TestFilterThatCannotBeUsed(t *testing.T) {
	d := newDesk(t)
	d.known(some()...)
	b := d.as("auditor")
	for _, query := range []string{
		"enabled=maybe", "template_id=x", "region=mars", "recording=perhaps", "after=yesterday", "before=2031-13-01", "sort=size",
		"after=2031-03-03&before=2031-03-01", "q=" + strings.Repeat("x", 300), "creator=%00", "cursor=%00",
	} {
		p := b.get("/rooms?" + query).want(http.StatusOK)
		if p.Find(`[role="alert"]`).Length() != 1 || len(listed(p)) == 0 {
			t.Errorf("?%s: the page doesn't say what it left out, or lists nothing", query)
		}
		b.get("/rooms.csv?" + query).want(http.StatusUnprocessableEntity)
	}
	for _, cursor := range []string{"nonsense", "eyJzIjoibmFtZSIsImsiOiJhIiwiaSI6ImIifQ", "e30", strings.Repeat("A", 400)} {
		p := b.get("/rooms?cursor=" + cursor).want(http.StatusOK)
		if p.Find(`[role="alert"]`).Length() != 1 || len(listed(p)) != 3 {
			t.Errorf("?cursor=%.20s: the list doesn't start from its beginning, or doesn't say so", cursor)
		}
	}
}

func TestPagerBothWays(t *testing.T) {
	d := newDesk(t)
	made := time.Date(2031, 3, 1, 12, 0, 0, 0, time.UTC)
	var rooms []db.Room
	for i := range 120 {
		// Many share their moment, so that the cut of a page falls between rooms of the same one.
		rooms = append(rooms, db.Room{ID: roomID(i), Name: fmt.Sprintf("ward-%03d", i), Enabled: i%2 == 0, CreatedAt: made.Add(time.Duration(i/40) * time.Second)})
	}
	d.known(rooms...)
	b := d.as("viewer")
	for query, count := range map[string]int{"": 120, "sort=created": 120, "sort=name": 120, "sort=-name": 120, "q=ward&enabled=true": 60} {
		there := follow(b, "/rooms?"+query, "next")
		if len(slices.Compact(slices.Sorted(slices.Values(there.names)))) != count || len(there.names) != count {
			t.Errorf("?%s: %d rooms on the way, want %d, each once", query, len(there.names), count)
		}
		back := follow(b, there.last, "prev")
		if diff := cmp.Diff(there.pages, reversed(back.pages)); diff != "" {
			t.Errorf("?%s: the way back differs (-there +back):\n%s", query, diff)
		}
	}
}

func reversed(pages [][]string) [][]string {
	slices.Reverse(pages)
	return pages
}

// walked is what a walk through a list has seen.
type walked struct {
	names []string
	pages [][]string
	last  string // path of the last page
}

// follow takes the links of the pager until it ends.
func follow(b *browser, path, rel string) walked {
	b.t.Helper()
	var w walked
	for w.last = path; ; {
		p := b.get(w.last).want(http.StatusOK)
		w.pages = append(w.pages, listed(p))
		w.names = append(w.names, listed(p)...)
		next, more := p.Find(`nav.foot a[rel="` + rel + `"]`).Attr("href")
		if !more {
			return w
		}
		if len(w.pages) > 20 {
			b.t.Fatal("the pager never ends")
		}
		w.last = next
	}
}

func TestListShowsOnlyThisWorkspace(t *testing.T) {
	d := newDesk(t)
	d.known(some()[0])
	other := newDeskWith(t, deskOptions{dir: d.dir, box: d.box, workspace: "another"})
	other.known(some()[1])
	if diff := cmp.Diff([]string{"alpha"}, listed(d.as("viewer").get("/rooms"))); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
}

func TestCellsThatAreFormulas(t *testing.T) {
	d := newDesk(t)
	room := some()[0]
	room.Name, room.Description, room.Creator, room.TemplateName = "-2+3", "=HYPERLINK(\"x\")\n,", "@SUM(A1)", "+1"
	d.known(room)
	line := csvOf(t, d.as("auditor").get("/rooms.csv").want(http.StatusOK))[1]
	want := []string{
		room.ID, "'-2+3", "'=HYPERLINK(\"x\")\n,", "true", room.TemplateID, "'+1", "in", "false", "0", "0", "inherit", "2031-03-01T12:00:00Z", "'@SUM(A1)",
	}
	if diff := cmp.Diff(want, line); diff != "" {
		t.Errorf("the line (-want +got):\n%s", diff)
	}
}

func TestIndexFollowsTheAPI(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	enabled := d.elsewhere(hms.RoomParams{Name: "ward-1", Description: new("one")})
	disabled := d.elsewhere(hms.RoomParams{Name: "ward-2"})
	d.disableElsewhere(disabled.ID)
	b.post("/rooms/new", fill(b, "name", "ward-3", "recording", "inherit")).want(http.StatusSeeOther)
	before := b.get("/rooms?q=ward-3")
	d.refresh()
	if diff := cmp.Diff([]string{"ward-3", "ward-2", "ward-1"}, listed(b.get("/rooms"))); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before.Find("table.cards tbody").Text(), b.get("/rooms?q=ward-3").Find("table.cards tbody").Text()); diff != "" {
		t.Errorf("our own room changed by looking (-before +after):\n%s", diff)
	}
	if _, err := d.app.HMS.UpdateRoom(t.Context(), enabled.ID, hms.RoomParams{Name: "ward-9", Size: new(77)}); err != nil {
		t.Fatal(err)
	}
	d.refresh()
	room, err := d.db.Room(t.Context(), d.app.Workspace.ID, enabled.ID)
	if err != nil || room.Name != "ward-9" || room.Size != 77 || room.Description != "one" {
		t.Errorf("the index has %+v, %v", room, err)
	}
	if diff := cmp.Diff([]string{"room.create intent", "room.create done", "room.seen note"}, phases(d.rows())); diff != "" {
		t.Errorf("history has our own room and the change made elsewhere (-want +got):\n%s", diff)
	}
}

func TestRoomPageEscapesWhatItShows(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	const script = `<script>alert("x")</script>`
	at := b.post("/rooms/new", fill(b, "name", "ward-7", "description", script)).want(http.StatusSeeOther).location
	for _, path := range []string{at, at + "?live=1", "/rooms?q=" + url.QueryEscape(script), "/rooms/new?name=" + url.QueryEscape(script), "/rooms/new?from=" + strings.TrimPrefix(at, "/rooms/")} {
		p := b.get(path).want(http.StatusOK)
		if strings.Contains(p.body, script) || !strings.Contains(p.Text()+jsonOf(valuesOf(p)), "alert(") {
			t.Errorf("%s: the script is not shown as text", path)
		}
	}
}

// valuesOf are the values of all inputs of a page.
func valuesOf(p page) []string {
	return p.Find("input").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("value", "") })
}

func TestCompareNow(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	p := b.confirm("/rooms/refresh", "").want(http.StatusSeeOther)
	if text := b.get(p.location).Find("body").Text(); !strings.Contains(text, "being compared with 100ms") {
		t.Error("the list doesn't say that it is being compared")
	}
}
