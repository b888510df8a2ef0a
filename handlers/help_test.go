package handlers_test

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/handlers"
	"roomledger/views/pages"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// helpDesk is a desk that was told what the sandbox has, and of one call that the client hasn't.
func helpDesk(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	d.app.SandboxAPI = handlers.SandboxAPI{Calls: []string{"DELETE /rooms/{name}/chairs"}}
	for _, e := range sandbox.Endpoints() {
		d.app.SandboxAPI.Calls = append(d.app.SandboxAPI.Calls, e.Method+" "+e.Path)
	}
	for _, r := range sandbox.Readings() {
		d.app.SandboxAPI.Readings = append(d.app.SandboxAPI.Readings, pages.Reading{Name: string(r.Name), Usual: r.Usual, Other: r.Other})
	}
	return d
}

var placeholder = regexp.MustCompile(`\{\w+\}`)

// anyNames leaves the names of a path's parameters out: the client and the sandbox may differ in them.
func anyNames(call string) string { return placeholder.ReplaceAllString(call, "{}") }

// line is one call of the help as it stands on the page.
type line struct {
	client  []string
	sandbox bool
	screens map[string]string // words and address; "" for words alone
}

// apiLines reads the tables of calls.
func apiLines(t *testing.T, p page) map[string]line {
	t.Helper()
	lines := map[string]line{}
	for _, row := range p.Find("table.calls tbody tr").EachIter() {
		call := anyNames(strings.TrimSpace(row.Find("td.title .mono").Text()))
		if _, twice := lines[call]; twice {
			t.Errorf("%s stands twice", call)
		}
		l := line{screens: map[string]string{}}
		l.client = row.Find(`td[data-label="Client"] code`).Map(func(_ int, s *goquery.Selection) string { return s.Text() })
		l.sandbox = strings.TrimSpace(row.Find(`td[data-label="Sandbox"]`).Text()) == "answered"
		for _, s := range row.Find(`td[data-label="Screen"] .line`).EachIter() {
			l.screens[s.Text()] = s.AttrOr("href", "")
		}
		if nowhere := strings.Contains(row.Find(`td[data-label="Screen"]`).Text(), "not on a screen yet"); nowhere != (len(l.screens) == 0) {
			t.Errorf("%s: screens %v, and it says it is on none: %t", call, l.screens, nowhere)
		}
		lines[call] = l
	}
	return lines
}

func TestHelpHasEveryOperation(t *testing.T) {
	t.Parallel()
	lines := apiLines(t, helpDesk(t).as(db.RoleViewer).get("/help/api").want(http.StatusOK))
	want := map[string][]string{}
	for _, op := range hms.Operations() {
		call := anyNames(op.Method + " " + op.Path)
		want[call] = append(want[call], op.Name)
	}
	for call, names := range want {
		if diff := cmp.Diff(names, lines[call].client); diff != "" {
			t.Errorf("%s: operations (-want +got):\n%s", call, diff)
		}
	}
	for call, l := range lines {
		if _, ok := want[call]; !ok && (len(l.client) > 0 || !l.sandbox) {
			t.Errorf("%s is on the page, and neither of the client nor of the sandbox: %+v", call, l)
		}
	}
	if l, there := lines["DELETE /rooms/{}/chairs"]; !there || !l.sandbox {
		t.Errorf("the sandbox's own call: %+v", l)
	}
}

func TestHelpSaysWhatTheSandboxAnswers(t *testing.T) {
	t.Parallel()
	d := helpDesk(t)
	p := d.as(db.RoleViewer).get("/help/api").want(http.StatusOK)
	answered := map[string]bool{}
	for _, call := range d.app.SandboxAPI.Calls {
		answered[anyNames(call)] = true
	}
	lines := apiLines(t, p)
	for call, l := range lines {
		if l.sandbox != answered[call] {
			t.Errorf("%s: the page says answered %t", call, l.sandbox)
		}
		delete(answered, call)
	}
	if len(answered) > 0 {
		t.Errorf("not on the page: %v", answered)
	}
	text := p.Find("table").Text()
	for _, r := range sandbox.Readings() {
		if !strings.Contains(text, string(r.Name)) || !strings.Contains(text, r.Usual) || !strings.Contains(text, r.Other) {
			t.Errorf("the reading %s isn't on the page in full", r.Name)
		}
	}
}

func TestHelpCounts(t *testing.T) {
	t.Parallel()
	d := helpDesk(t)
	p := d.as(db.RoleViewer).get("/help/api").want(http.StatusOK)
	lines, screens, sandboxed := apiLines(t, p), 0, 0
	for _, l := range lines {
		screens += min(1, len(l.screens))
		if l.sandbox {
			sandboxed++
		}
	}
	got := map[string]string{}
	for _, s := range p.Find(".figures > div").EachIter() {
		got[s.Find("dt").Text()] = s.Find("dd").Text()
	}
	want := map[string]string{
		"Calls": strconv.Itoa(len(lines)), "Operations of the client": strconv.Itoa(len(hms.Operations())),
		"Answered by the sandbox": strconv.Itoa(sandboxed), "Used by a screen": strconv.Itoa(screens),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if screens < 9 || sandboxed != len(d.app.SandboxAPI.Calls) {
		t.Errorf("%d calls on screens, %d in the sandbox", screens, sandboxed)
	}
}

// TestHelpLinksAreOpen: nobody is sent where they are refused, and everybody sees where a call is used.
func TestHelpLinksAreOpen(t *testing.T) {
	t.Parallel()
	d := helpDesk(t)
	for _, role := range roles {
		b := d.as(role)
		for _, path := range []string{"/help", "/help/api"} {
			p := b.get(path).want(http.StatusOK)
			for _, a := range p.Find(`main a[href^="/"]`).EachIter() {
				b.get(a.AttrOr("href", "")).want(http.StatusOK)
			}
		}
	}
	const newRoom, list = "New room", "Rooms: the list is compared with 100ms every few minutes"
	for role, want := range map[string]string{db.RoleViewer: "", db.RoleAuditor: "", db.RoleOperator: "/rooms/new", db.RoleAdmin: "/rooms/new"} {
		lines := apiLines(t, d.as(role).get("/help/api"))
		if at, there := lines["POST /rooms"].screens[newRoom]; at != want || !there {
			t.Errorf("%s: %q leads to %q (there: %t), want %q", role, newRoom, at, there, want)
		}
		if at := lines["GET /rooms"].screens[list]; at != "/rooms" {
			t.Errorf("%s: %q leads to %q", role, list, at)
		}
	}
}

func TestHelpForEachRole(t *testing.T) {
	t.Parallel()
	d := helpDesk(t)
	for _, role := range roles {
		p := d.as(role).get("/help").want(http.StatusOK)
		marked := p.Find(".facts > div").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Find(".source").Text() == "your role" })
		if got := strings.ToLower(marked.Find("dt").Text()); got != role {
			t.Errorf("%s: marked as their role is %q", role, got)
		}
		reads := slices.Contains([]string{db.RoleAuditor, db.RoleOperator, db.RoleAdmin}, role)
		if links := p.Find(`main a[href^="/history"]`).Length(); reads != (links > 0) {
			t.Errorf("%s: %d links to history", role, links)
		}
		if diff := cmp.Diff(shortcuts(p.Find("dialog .keys")), shortcuts(p.Find("main .keys"))); diff != "" {
			t.Errorf("keys of the dialog and of the help:\n%s", diff)
		}
		if p.Find(`.tools a[href="/help"][aria-current="page"]`).Length() != 1 {
			t.Errorf("%s: the help isn't marked as current among the tools", role)
		}
	}
	if p := d.as(db.RoleViewer).get("/rooms"); p.Find(`.tools a[href="/help"]`).Not("[aria-current]").Length() != 1 {
		t.Error("the list of rooms has no plain link to the help")
	}
}

func shortcuts(list *goquery.Selection) []string {
	return list.Find("div").Map(func(_ int, s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") })
}
