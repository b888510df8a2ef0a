package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// elsewhere makes a room with another tool: not through the ledger, and not in our index.
func (d *desk) elsewhere(p hms.RoomParams) hms.Room {
	d.t.Helper()
	room, err := d.app.HMS.CreateRoom(d.t.Context(), p)
	if err != nil {
		d.t.Fatal(err)
	}
	return room
}

// disableElsewhere disables a room with another tool.
func (d *desk) disableElsewhere(id string) {
	d.t.Helper()
	if _, err := d.app.HMS.SetRoomEnabled(d.t.Context(), id, false); err != nil {
		d.t.Fatal(err)
	}
}

// differences are the rows of the page's comparison: field, what is, and what will be or that it stays.
func differences(p page) [][]string {
	var lines [][]string
	for _, tr := range p.Find("table.diff tbody tr").EachIter() {
		lines = append(lines, tr.Find("th, td").Map(func(_ int, cell *goquery.Selection) string { return strings.TrimSpace(cell.Text()) }))
	}
	return lines
}

func TestNameTakenInAnotherCase(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	have := d.elsewhere(hms.RoomParams{Name: "Ward-7", Description: new("old"), Size: new(30), Webhook: &hms.Webhook{URL: "https://h.example.org/?q=1"}})
	d.box.ResetCalls()
	sent := fill(b, append([]string{"name", "wARD-7", "description", "new", "max_duration_seconds", "90m"}, bucket("s3")...)...)
	p := b.post("/rooms/new", sent).want(http.StatusConflict)
	want := [][]string{
		{"name", "Ward-7", "wARD-7"},
		{"description", "old", "new"},
		{"region", have.Region, "auto"},
		{"size", "30", "stays"},
		{"max_duration_seconds", "", "1 h 30 min (5400 s)"},
	}
	got := differences(p)
	for _, line := range want {
		if !slices.ContainsFunc(got, func(l []string) bool { return l[0] == line[0] && (line[1] == "" || l[1] == line[1]) && l[2] == line[2] }) {
			t.Errorf("the difference lacks %q in\n%q", line, got)
		}
	}
	wantInputKept(t, p, sent)
	wantNoSecret(t, "the page", p.body)
	if d.creates() != 0 {
		t.Error("the API was asked to make the room")
	}
	if title := p.Find("title").Text(); !strings.HasPrefix(title, "Error: ") {
		t.Errorf("the title is %q", title)
	}
	rows := d.rows()
	if len(rows) != 1 || rows[0].Phase != db.PhaseNote || rows[0].TargetID != have.ID || rows[0].Error == "" {
		t.Errorf("history is %+v, want a note of the stop", rows)
	}
}

func TestOverwritingWithAYes(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	have := d.elsewhere(hms.RoomParams{Name: "Ward-7", Description: new("old"), Size: new(30)})
	sent := fill(b, "name", "ward-7", "description", "new")
	asked := b.post("/rooms/new", sent).want(http.StatusConflict)
	yes := asked.Find(`input[name="overwrite"][form="room-form"]`)
	if yes.AttrOr("value", "") != have.ID {
		t.Fatalf("the page asks for a yes to %q, want %s", yes.AttrOr("value", ""), have.ID)
	}
	agreed := with(asked.form("/rooms/new"), "overwrite", have.ID)
	made := b.post("/rooms/new", agreed).want(http.StatusSeeOther)
	room, id := d.boxedRoom()
	want := map[string]any{"name": "ward-7", "description": "new", "size": 30.0}
	if diff := cmp.Diff(want, pick(room, want)); diff != "" || id != have.ID || made.location != "/rooms/"+id || len(d.boxed()) != 1 {
		t.Errorf("%s (-want +got):\n%s", made.location, diff)
	}
	rows := d.rows()
	done := rows[len(rows)-1]
	if intent := rows[len(rows)-2]; intent.TargetID != have.ID || !strings.Contains(intent.Before, `"description":"old"`) || done.Error != "" {
		t.Errorf("intent %+v, outcome %+v", intent, done)
	}
	if flash := b.get(made.location).Find("main, .flash").Text(); !strings.Contains(flash, "overwritten as you agreed") {
		t.Errorf("the room's page doesn't say that it was overwritten: %.300s", flash)
	}
	got := differences(b.get("/history/" + done.Operation).want(http.StatusOK))
	if !slices.ContainsFunc(got, func(l []string) bool { return slices.Equal(l, []string{"description", "old", "new"}) }) {
		t.Errorf("the operation's page shows the difference %q", got)
	}
}

func TestYesToAnotherRoom(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	d.elsewhere(hms.RoomParams{Name: "ward-7"})
	other := d.elsewhere(hms.RoomParams{Name: "ward-8"})
	d.box.ResetCalls()
	p := b.post("/rooms/new", fill(b, "name", "ward-7", "overwrite", other.ID)).want(http.StatusConflict)
	if got := p.Find(`[role="alert"] h2`).Text(); !strings.Contains(got, "Another room has taken this name") {
		t.Errorf("the page says %q", got)
	}
	if d.creates() != 0 {
		t.Error("the API was asked to make the room")
	}
}

func TestYesToNothing(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	p := b.post("/rooms/new", fill(b, "name", "ward-7", "overwrite", "yes")).want(http.StatusUnprocessableEntity)
	if !strings.Contains(summary(p), "Say again whether the room may be overwritten") {
		t.Errorf("the summary says %q", summary(p))
	}
}

func TestNameOfADisabledRoom(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	have := d.elsewhere(hms.RoomParams{Name: "ward-7"})
	d.disableElsewhere(have.ID)
	asked := b.post("/rooms/new", fill(b, "name", "WARD-7", "description", "new")).want(http.StatusConflict)
	if got := asked.Find(`[role="alert"] p`).First().Text(); !strings.Contains(got, "disabled") {
		t.Errorf("the page doesn't say that the room is disabled: %q", got)
	}
	b.post("/rooms/new", with(asked.form("/rooms/new"), "overwrite", have.ID)).want(http.StatusSeeOther)
	room, _ := d.boxedRoom()
	want := map[string]any{"enabled": false, "description": "new"}
	if diff := cmp.Diff(want, pick(room, want)); diff != "" {
		t.Errorf("the room (-want +got):\n%s", diff)
	}
}

// together runs fn n times at once and returns the answers.
func together(n int, fn func(i int) page) []page {
	pages := make([]page, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			pages[i] = fn(i)
		})
	}
	close(start)
	wg.Wait()
	return pages
}

// statuses counts answers by status.
func statuses(pages []page) map[int]int {
	counts := map[int]int{}
	for _, p := range pages {
		counts[p.status]++
	}
	return counts
}

func TestTwoFormsWithOneName(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	const n = 20
	forms := make([]url.Values, n)
	for i := range forms {
		name := []string{"ward-7", "Ward-7", "WARD-7"}[i%3]
		forms[i] = fill(b, "name", name, "description", strconv.Itoa(i))
	}
	pages := together(n, func(i int) page { return b.post("/rooms/new", forms[i]) })
	if diff := cmp.Diff(map[int]int{http.StatusSeeOther: 1, http.StatusConflict: n - 1}, statuses(pages)); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if len(d.boxed()) != 1 || d.creates() != 1 {
		t.Errorf("%d rooms were made by %d calls", len(d.boxed()), d.creates())
	}
}

// movable is a clock that a test sets forward.
type movable struct{ ahead atomic.Int64 }

func (m *movable) now() time.Time       { return time.Now().Add(time.Duration(m.ahead.Load())) }
func (m *movable) add(by time.Duration) { m.ahead.Add(int64(by)) }

func TestAnotherToolIsQuicker(t *testing.T) {
	tests := map[string]struct {
		before time.Duration // how much earlier than our call the other tool's was, by the API's clock
		says   string
	}{
		"by a moment": {1500 * time.Millisecond, "This may have overwritten a room that another tool made just before."},
		"by long":     {time.Minute, "This has overwritten a room that another tool made at "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			clock := &movable{}
			d := newDeskWith(t, deskOptions{clock: clock.now})
			b := d.as("operator")
			sent := fill(b, "name", "ward-7", "description", "ours")
			d.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: "/rooms", Hook: func() {
				d.elsewhere(hms.RoomParams{Name: "WARD-7", Description: new("theirs")})
				clock.add(tt.before)
			}})
			made := b.post("/rooms/new", sent).want(http.StatusSeeOther)
			rows := d.rows()
			done := rows[len(rows)-1]
			if done.Phase != db.PhaseDone || !strings.HasPrefix(done.Error, tt.says) {
				t.Errorf("history says %s, %q", done.Phase, done.Error)
			}
			for _, at := range []string{made.location, "/history/" + done.Operation} {
				if text := b.get(at).want(http.StatusOK).Find("body").Text(); !strings.Contains(text, tt.says) {
					t.Errorf("%s doesn't say it", at)
				}
			}
		})
	}
}

// Our own clock may be wrong: a room that we did make is never taken for an overwritten one.
func TestClockOfTheAPIIsElsewhere(t *testing.T) {
	for _, ahead := range []time.Duration{-8 * time.Second, 40 * time.Second} {
		clock := &movable{}
		clock.add(ahead)
		d := newDeskWith(t, deskOptions{clock: clock.now})
		b := d.as("operator")
		for range 3 {
			b.post("/rooms/new", fill(b)).want(http.StatusSeeOther)
		}
		for _, row := range d.rows() {
			if row.Error != "" {
				t.Errorf("with the API %s ahead a new room is remarked on: %s", ahead, row.Error)
			}
		}
	}
}
