package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/handlers/ledger"
)

// targets are the names of what the operations on a page of history are about, in its order.
func targets(p page) []string {
	return p.Find("table.cards tbody td.title a").Map(func(_ int, a *goquery.Selection) string { return a.Text() })
}

// happened puts operations into history: an intent each and, unless its outcome is unknown, what closed it.
func (d *desk) happened(ops ...db.Operation) {
	d.t.Helper()
	err := d.db.InTx(d.t.Context(), func(tx *db.Tx) error {
		for i, op := range ops {
			row := db.Row{
				Time: op.Time, Workspace: d.app.Workspace.ID, Operation: fmt.Sprintf("op-%03d-%s", i, op.TargetName), ActorID: "id-" + op.ActorName,
				ActorName: op.ActorName, ActorKind: "user", Action: op.Action, Phase: db.PhaseIntent, TargetKind: "room", TargetID: op.TargetID, TargetName: op.TargetName,
			}
			if err := tx.Append(&row); err != nil {
				return err
			}
			if op.Outcome == db.OutcomeUnknown {
				continue
			}
			row.Phase, row.Error = op.Outcome, op.Error
			if err := tx.Append(&row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// past is a history that differs in everything it is filtered by.
func past() []db.Operation {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 23, 59, 59, 999e6, time.UTC) }
	return []db.Operation{
		{Time: day(1), ActorName: "ann@example.org", Action: "room.create", Outcome: db.OutcomeDone, TargetID: roomID(1), TargetName: "Alpha"},
		{Time: day(2), ActorName: "bob@example.org", Action: "room.create", Outcome: db.OutcomeFailed, TargetName: "beta", Error: "refused"},
		{Time: day(3), ActorName: "ann@example.org", Action: "room.disable", Outcome: db.OutcomeUnknown, TargetID: roomID(1), TargetName: "alpha"},
		{Time: day(4), ActorName: "bob@example.org", Action: "code.create", Outcome: db.OutcomeDone, TargetID: roomID(2), TargetName: "100%_x"},
	}
}

var historyFilterTests = map[string][]string{
	"":                                       {"100%_x", "alpha", "beta", "Alpha"},
	"q=ALPHA":                                {"alpha", "Alpha"},
	"q=100%25_":                              {"100%_x"},
	"q=bob":                                  {"100%_x", "beta"},
	"q=disable":                              {"alpha"},
	"q=nowhere":                              {},
	"actor=ann%40example.org":                {"alpha", "Alpha"},
	"actor=id-bob%40example.org":             {"100%_x", "beta"},
	"action=room.create":                     {"beta", "Alpha"},
	"action=room.*":                          {"alpha", "beta", "Alpha"},
	"outcome=done":                           {"100%_x", "Alpha"},
	"outcome=failed":                         {"beta"},
	"outcome=unknown":                        {"alpha"},
	"target=" + roomID(1):                    {"alpha", "Alpha"},
	"target=aLPHA":                           {"alpha", "Alpha"},
	"from=2026-11-03":                        {"100%_x", "alpha"},
	"to=2026-11-02":                          {"beta", "Alpha"},
	"from=2026-11-02&to=2026-11-03":          {"alpha", "beta"},
	"to=2026-11-02T23:59:59.999Z":            {"beta", "Alpha"},
	"from=2026-11-02T23:59:59.999Z&q=a":      {"100%_x", "alpha", "beta"},
	"outcome=done&actor=bob%40example.org":   {"100%_x"},
	"kind=room&outcome=failed":               {"beta"},
	"kind=user":                              {},
	"q=" + url.QueryEscape("outcome:failed"): {"beta"},
	"q=" + url.QueryEscape("alp actor:ann@example.org Action:room.* kind:room from:2026-11-02"): {"alpha"},
	"q=" + url.QueryEscape(`target:"aLPHA" to:2026-11-02`):                                      {"Alpha"},
	"q=" + url.QueryEscape("outcome:done") + "&actor=bob%40example.org":                         {"100%_x"},
	"q=" + url.QueryEscape(`"bob"`):                                                             {"100%_x", "beta"},
}

func TestHistoryFilters(t *testing.T) {
	d := newDesk(t)
	d.happened(past()...)
	b := d.as("auditor")
	for query, want := range historyFilterTests {
		p := b.get("/history?" + query).want(http.StatusOK)
		if diff := cmp.Diff(want, targets(p)); diff != "" && len(want)+len(targets(p)) > 0 {
			t.Errorf("?%s (-want +got):\n%s", query, diff)
		}
		if p.Find(`[role="alert"]`).Length() != 0 {
			t.Errorf("?%s is called wrong", query)
		}
	}
}

func TestHistoryFilterThatCannotBeUsed(t *testing.T) {
	d := newDesk(t)
	d.happened(past()...)
	b := d.as("auditor")
	for _, query := range []string{
		"q=" + strings.Repeat("x", 300), "q=%00", "actor=%ff", "action=" + url.QueryEscape("room create"), "outcome=perhaps", "from=2026-02-30", "to=tomorrow",
		"from=2026-11-03&to=2026-11-01", "cursor=x1", "cursor=o-1", "cursor=o99999999999999999999", "cursor=%00%00",
	} {
		p := b.get("/history?" + query).want(http.StatusOK)
		if p.Find(`[role="alert"]`).Length() != 1 || len(targets(p)) == 0 {
			t.Errorf("?%.40s: the page doesn't say what it left out, or lists nothing", query)
		}
		if strings.HasPrefix(query, "cursor") {
			continue // an export has no pages
		}
		b.get("/history.jsonl?" + query).want(http.StatusUnprocessableEntity)
	}
}

// The box, the chips, the menus and the exports say and do the same.
func TestHistoryBox(t *testing.T) {
	d := newDesk(t)
	d.happened(past()...)
	b := d.as("auditor")
	const text = `actor:ann@example.org action:room.* outcome:unknown target:alpha kind:room from:2026-11-01 to:2026-11-05 disa`
	query := "q=" + url.QueryEscape("disa to:2026-11-05 "+strings.TrimSuffix(text, " to:2026-11-05 disa"))
	p := b.get("/history?" + query).want(http.StatusOK)
	if got := p.Find("#q").AttrOr("value", ""); got != text {
		t.Errorf("the box has %q, want %q", got, text)
	}
	menus := p.Find("form.grid")
	want := url.Values{
		"q": {"disa"}, "actor": {"ann@example.org"}, "action": {"room.*"}, "outcome": {"unknown"}, "target": {"alpha"}, "kind": {"room"},
		"from": {"2026-11-01"}, "to": {"2026-11-05"},
	}
	if diff := cmp.Diff(want, controls(menus)); diff != "" {
		t.Errorf("the menus have (-want +got):\n%s", diff)
	}
	chips := p.Find(".chip").Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) })
	if diff := cmp.Diff([]string{
		"Search: disa", "By: ann@example.org", "Action: room.*", "Outcome: unknown", "Target: alpha", "Kind: room", "From: 2026-11-01", "To: 2026-11-05",
	}, chips); diff != "" {
		t.Errorf("chips (-want +got):\n%s", diff)
	}
	p.Find(".chip a").Each(func(i int, a *goquery.Selection) {
		less := b.get(a.AttrOr("href", "")).want(http.StatusOK)
		if got := less.Find(".chip").Length(); got != len(chips)-1 || strings.Contains(less.Find(".chips").Text(), chips[i]) {
			t.Errorf("after %q is removed, the chips are %q", chips[i], less.Find(".chips").Text())
		}
	})
	export := b.get("/history.jsonl?" + query).want(http.StatusOK)
	if got := strings.Count(export.body, "op-002-alpha"); got != 1 || strings.Contains(export.body, "op-000") {
		t.Errorf("the export of the same query is %s", export.body)
	}
}

// controls is what a form would send.
func controls(f *goquery.Selection) url.Values {
	v := url.Values{}
	f.Find("input[name]").Each(func(_ int, s *goquery.Selection) { v.Add(s.AttrOr("name", ""), s.AttrOr("value", "")) })
	f.Find("select[name]").Each(func(_ int, s *goquery.Selection) {
		v.Add(s.AttrOr("name", ""), s.Find("option[selected]").AttrOr("value", ""))
	})
	return v
}

func TestHistoryBoxThatIsUnclear(t *testing.T) {
	d := newDesk(t)
	d.happened(past()...)
	b := d.as("auditor")
	query := "q=" + url.QueryEscape("outcome:failed outcome:done bet")
	p := b.get("/history?" + query).want(http.StatusOK)
	if p.message("q") != "Write outcome: once only. outcome:done is not used." || p.Find(`[role="alert"] a[href="#q"]`).Text() != p.message("q") ||
		p.Find("#q").AttrOr("value", "") != "outcome:failed outcome:done bet" || p.Find(`#q[aria-invalid="true"]`).Length() != 1 {
		t.Errorf("the box says %q and has %q", p.message("q"), p.Find("#q").AttrOr("value", ""))
	}
	if diff := cmp.Diff([]string{"beta"}, targets(p)); diff != "" {
		t.Errorf("the rest is not in force (-want +got):\n%s", diff)
	}
	b.get("/history.jsonl?" + query).want(http.StatusUnprocessableEntity)
	p = b.get("/history?q=" + url.QueryEscape("person:bob x")).want(http.StatusOK)
	if note := p.Find("p.note").Text(); !strings.Contains(note, "There is no qualifier person:") || p.Find(`[role="alert"]`).Length() != 0 {
		t.Errorf("an unknown qualifier is told as %q", note)
	}
	if got := p.Find("#q").AttrOr("value", ""); got != `"person:bob" x` {
		t.Errorf("the box has %q", got)
	}
	b.get("/history.jsonl?q=" + url.QueryEscape("person:bob x")).want(http.StatusOK)
}

// Each example of the help finds something to look at, or nothing, but is understood.
func TestHistoryExamplesAreUnderstood(t *testing.T) {
	d := newDesk(t)
	d.happened(past()...)
	b := d.as("auditor")
	list := b.get("/history").want(http.StatusOK).Find("dl.examples a")
	if list.Length() < 7 {
		t.Fatalf("%d examples", list.Length())
	}
	list.Each(func(_ int, a *goquery.Selection) {
		p := b.get(a.AttrOr("href", "")).want(http.StatusOK)
		if p.Find(`[role="alert"], p.note`).Length() != 0 || p.Find(".chip").Length() == 0 {
			t.Errorf("%s: %s", a.Text(), p.problem())
		}
		if got := p.Find("#q").AttrOr("value", ""); len(got) != len(a.Text()) {
			t.Errorf("%s stands in the box as %s", a.Text(), got)
		}
	})
}

// Each row of the chart's table leads to as many operations as it says, by whatever the list is filtered.
func TestHistoryTimelineLeadsToItsDays(t *testing.T) {
	d := newDesk(t)
	var ops []db.Operation
	outcomes := []string{db.OutcomeDone, db.OutcomeDone, db.OutcomeFailed, db.OutcomeUnknown}
	start := time.Date(2023, 6, 28, 23, 0, 0, 0, time.UTC)
	for i := range 300 {
		ops = append(ops, db.Operation{
			Time: start.Add(time.Duration(i*i) * 12 * time.Minute), ActorName: "ann", Action: []string{"room.create", "code.create"}[i%2],
			Outcome: outcomes[i%len(outcomes)], TargetName: fmt.Sprintf("ward-%d", i%7),
		})
	}
	d.happened(ops...)
	b := d.as("auditor")
	for query, unit := range map[string]string{
		"from=2023-07-01&to=2023-07-20":                                   "Day",
		"q=ward-3&from=2023-06-28T23:30:00Z&to=2024-01-03T10:00:00Z":      "Day",
		"outcome=failed&from=2023-01-01&to=2025-05-01":                    "Week",
		"outcome=unknown&action=code.*&from=2023-06-28&to=2025-05-01":     "Week",
		"actor=ann&target=ward-1&from=2019-01-01&to=2025-06-30T12:00:00Z": "Week",
		"q=ward-2&from=2019-01-01":                                        "Month",
	} {
		p := b.get("/history?" + query).want(http.StatusOK)
		rows := p.Find("figure.chart-box tbody tr")
		if got := p.Find("figure.chart-box thead th").First().Text(); got != unit || rows.Length() == 0 {
			t.Errorf("?%s: %d rows by %q, want by %s", query, rows.Length(), got, unit)
		}
		all := 0
		rows.Each(func(i int, tr *goquery.Selection) {
			want := 0
			tr.Find("td").Each(func(_ int, td *goquery.Selection) { want += number(t, td.Text()) })
			all += want
			if i%9 != 0 && i != rows.Length()-1 {
				return
			}
			href := tr.Find("a").AttrOr("href", "")
			if got := len(targets(b.get(href).want(http.StatusOK))); got != want {
				t.Errorf("?%s: %s has %d operations, the table says %d", query, href, got, want)
			}
		})
		if got := matching(t, b, "/history.jsonl?"+query); got != all {
			t.Errorf("?%s: %d operations match, the chart has %d", query, got, all)
		}
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// matching counts the operations that an export has.
func matching(t *testing.T, b *browser, path string) int {
	t.Helper()
	return strings.Count(b.get(path).want(http.StatusOK).body, `"phase":"intent"`)
}

// The chart shows the same actions as the list.
func TestHistoryChartFollowsTheFilter(t *testing.T) {
	d := newDesk(t)
	now := time.Now()
	ops := past()
	for i := range ops {
		ops[i].Time = now
	}
	d.happened(ops...)
	b := d.as("auditor")
	for query, want := range map[string]string{"": "211", "action=room.*": "111", "action=room.create": "110", "action=code.*": "100", "outcome=failed": "010", "q=alpha": "101", "actor=nobody": ""} {
		p := b.get("/history?" + query).want(http.StatusOK)
		if got := p.Find("figure.chart-box tbody td").Text(); got != want {
			t.Errorf("?%s: the chart's table of done, failed and unknown has %q, want %q", query, got, want)
		}
	}
}

func TestEmptyHistory(t *testing.T) {
	d := newDesk(t)
	if p := d.as("auditor").get("/history").want(http.StatusOK); !strings.Contains(p.Find(".empty").Text(), "Nothing has happened yet") {
		t.Error("an empty history doesn't say that it is empty")
	}
	d.happened(past()...)
	p := d.as("auditor").get("/history?q=nowhere").want(http.StatusOK)
	if p.Find(`.empty a[href="/history"]`).Length() != 1 {
		t.Error("a filter that matches nothing can't be cleared")
	}
}

func TestHistoryPagerBothWays(t *testing.T) {
	d := newDesk(t)
	var ops []db.Operation
	for i := range 120 {
		op := db.Operation{Time: time.Now(), ActorName: "ann", Action: "room.create", Outcome: db.OutcomeDone, TargetName: fmt.Sprintf("ward-%03d", i)}
		if i%3 == 0 {
			op.Outcome = db.OutcomeFailed
		}
		ops = append(ops, op)
	}
	d.happened(ops...)
	b := d.as("auditor")
	for query, count := range map[string]int{"": 120, "outcome=done": 80, "actor=ann&q=ward": 120} {
		there := follow(b, "/history?"+query, "next")
		if len(slices.Compact(slices.Sorted(slices.Values(there.names)))) != count || len(there.names) != count {
			t.Errorf("?%s: %d operations on the way, want %d, each once", query, len(there.names), count)
		}
		back := follow(b, there.last, "prev")
		if diff := cmp.Diff(there.pages, reversed(back.pages)); diff != "" {
			t.Errorf("?%s: the way back differs (-there +back):\n%s", query, diff)
		}
	}
}

func TestOperationPage(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	at := b.post("/rooms/new", fill(b, "name", "ward-7", "description", "<b>text</b>")).want(http.StatusSeeOther).location
	op := d.rows()[0].Operation
	p := b.get("/history/" + op).want(http.StatusOK)
	text := p.Find("main").Text()
	for _, want := range []string{"room.create", "ward-7", "operator@example.org", "127.0.0.1", "POST /rooms", "answered 200", op, "Go-http-client", "<b>text</b>"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if p.Find(`main a[href="`+at+`"]`).Length() == 0 || p.Find("ol.rows > li").Length() != 2 || p.Find("main b").Length() != 0 {
		t.Error("the page lacks the link to the room or one of the two rows, or doesn't escape them")
	}
	if b.get(at).want(http.StatusOK).Find(`a[href="/history/`+op+`"]`).Length() == 0 {
		t.Error("the room's page doesn't link to the operation")
	}
	for _, id := range []string{"nothing", "%00", "..%2f", strings.Repeat("a", 5000), db.NewID()} {
		b.get("/history/" + id).want(http.StatusNotFound)
	}
}

func TestOtherWorkspacesAreMarked(t *testing.T) {
	d := newDesk(t)
	other := newDeskWith(t, deskOptions{dir: d.dir, box: d.box, workspace: "another"})
	other.happened(past()[0])
	ch := ledger.Change{Actor: ledger.System}
	if err := d.ledger.Note(t.Context(), ch, "user.signin", ledger.Target{Kind: "user", Name: "ann"}, "", nil); err != nil {
		t.Fatal(err)
	}
	b := d.as("auditor")
	p := b.get("/history").want(http.StatusOK)
	tags := p.Find("table.cards tbody tr").Map(func(_ int, tr *goquery.Selection) string { return tr.Find(".tag").Text() })
	if diff := cmp.Diff([]string{"", "other workspace"}, tags); diff != "" {
		t.Errorf("marks (-want +got):\n%s", diff)
	}
	theirs := b.get("/history/op-000-Alpha").want(http.StatusOK)
	if theirs.Find(`main a[href="/rooms/`+roomID(1)+`"]`).Length() != 0 {
		t.Error("the operation of another workspace links to a room of this one")
	}
}
