package handlers_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// updateElsewhere changes a room with another tool.
func (d *desk) updateElsewhere(id string, p hms.RoomParams) {
	d.t.Helper()
	if _, err := d.app.HMS.UpdateRoom(d.t.Context(), id, p); err != nil {
		d.t.Fatal(err)
	}
}

// moveTemplate gives a template another region, with another tool, and returns it as it was.
func (d *desk) moveTemplate() hms.Template {
	d.t.Helper()
	page, err := d.app.HMS.ListTemplates(d.t.Context(), 10, "")
	if err != nil || len(page.Data) == 0 {
		d.t.Fatalf("templates: %v, %v", page.Data, err)
	}
	was := page.Data[0]
	next := was
	next.Settings.Region = map[string]string{"eu": "us"}[was.Settings.Region]
	if next.Settings.Region == "" {
		next.Settings.Region = "eu"
	}
	if _, err := d.app.HMS.UpdateTemplate(d.t.Context(), was.ID, next); err != nil {
		d.t.Fatal(err)
	}
	return was
}

// at is a moment in an address.
func at(t time.Time) string { return "at=" + url.QueryEscape(t.UTC().Format(time.RFC3339Nano)) }

// lastTime is when the newest row of history was written.
func (d *desk) lastTime() time.Time {
	d.t.Helper()
	rows := d.rows()
	return rows[len(rows)-1].Time
}

// storied is a room that was made with a webhook and a bucket, and changed by another tool: when it was made, and what its
// pages begin with.
func (d *desk) storied(b *browser) (made time.Time, path string) {
	d.t.Helper()
	v := fill(b, slices.Concat([]string{"name", "ward-7", "description", "as it was"}, bucket("s3"), webhook())...)
	path = b.post("/rooms/new", v).want(http.StatusSeeOther).location
	made = d.lastTime()
	d.updateElsewhere(strings.TrimPrefix(path, "/rooms/"), hms.RoomParams{Description: new("changed"), Size: new(30)})
	return made, path
}

func TestMomentsOfARoom(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	made, path := d.storied(b)
	d.refresh()
	p := d.as("auditor").get(path + "/moments").want(http.StatusOK)
	rows := p.Find("table.cards tbody tr")
	if rows.Length() != 2 || !strings.Contains(rows.First().Text(), "changed elsewhere") || !strings.Contains(rows.First().Text(), "description, size") ||
		!strings.Contains(rows.Last().Text(), "operator@example.org") {
		t.Errorf("the states are %q", rows.Text())
	}
	p = d.as("auditor").get(path + "/moments?" + at(made)).want(http.StatusOK)
	if text := p.Find("dl.facts").Text(); !strings.Contains(text, "as it was") || !strings.Contains(text, "https://hooks.example.org/in") {
		t.Errorf("the state is %q", text)
	}
	want := [][]string{{"description", "as it was", "changed"}, {"size", "", "30"}}
	got := differences(p)
	for _, line := range want {
		if !slices.ContainsFunc(got, func(l []string) bool { return l[0] == line[0] && (line[1] == "" || l[1] == line[1]) && l[2] == line[2] }) {
			t.Errorf("the difference lacks %q in\n%q", line, got)
		}
	}
	if len(got) != len(want) {
		t.Errorf("the difference is %q", got)
	}
	wantNoSecret(t, "the page", p.body)
	if p.Find(`a[href^="`+path+`/restore"]`).Length() != 0 {
		t.Error("an auditor is offered to restore the room")
	}
}

// The pages that tell of a room or template lead to its earlier states.
func TestWaysToMoments(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	_, path := d.storied(b)
	if _, err := d.ledger.ObserveTemplates(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	rows := d.rows()
	seen := rows[len(rows)-1]
	for from, to := range map[string]string{
		path: path + "/moments", "/history?target=" + strings.TrimPrefix(path, "/rooms/"): path + "/moments", "/history/" + rows[0].Operation: path + "/moments",
		"/history?target=" + seen.TargetID: "/templates/" + seen.TargetID + "/moments", "/history/" + seen.Operation: "/templates/" + seen.TargetID + "/moments",
	} {
		if b.get(from).want(http.StatusOK).Find(`main a[href="`+to+`"]`).Length() != 1 {
			t.Errorf("%s doesn't lead to %s", from, to)
		}
	}
	if d.as("viewer").get(path).want(http.StatusOK).Find(`main a[href$="/moments"]`).Length() != 0 {
		t.Error("a viewer is led to what they may not read")
	}
}

func TestMomentsThatAreNotOnRecord(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	made, path := d.storied(b)
	for query, want := range map[string]string{
		"at=2020-01-01": "It was not there yet",
		at(made) + "&with=" + url.QueryEscape(made.Format(time.RFC3339Nano)): "both are the same",
		at(made) + "&with=2020-01-01":                                        "nothing on record to compare with",
		at(time.Now().AddDate(1, 0, 0)):                                      "Nothing newer is on record",
		"at=yesterday":                                                       "Write the date as",
		"cursor=x":                                                           "this is the first page",
		at(made) + "&with=nonsense":                                          "Write the date as",
		"at=" + strings.Repeat("9", 200) + "&with=%00&cursor=99999999999999999999": "Write the date as",
	} {
		p := b.get(path + "/moments?" + query).want(http.StatusOK)
		if !strings.Contains(strings.Join(strings.Fields(p.Find("main").Text()), " "), want) {
			t.Errorf("?%.60s doesn't say %q: %s", query, want, p.problem())
		}
	}
	other := d.elsewhere(hms.RoomParams{Name: "ward-8"})
	if p := b.get("/rooms/" + other.ID + "/moments").want(http.StatusOK); p.Find(".empty").Length() != 1 {
		t.Errorf("a room that nothing is on record of shows %s", p.problem())
	}
	for _, unknown := range []string{"/rooms/" + roomID(77), "/templates/" + roomID(77), "/rooms/x", "/templates/x"} {
		b.get(unknown + "/moments").want(http.StatusNotFound)
		b.get(unknown + "/restore?at=2026-01-01").want(http.StatusNotFound)
	}
	b.get("/rooms/" + other.ID + "/restore?at=2026-01-01").want(http.StatusNotFound)
}

// When the API doesn't answer, what was last known is compared with.
func TestMomentsWithoutTheAPI(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	made, path := d.storied(b)
	d.box.FailNext(sandbox.Fault{CutBefore: true, Times: 100})
	p := b.get(path + "/moments?" + at(made)).want(http.StatusOK)
	if text := p.Find("main").Text(); !strings.Contains(text, "compared with what was last known") || !strings.Contains(text, "both are the same") {
		t.Errorf("the page says %s", p.problem())
	}
}

// restoreOf is the form that brings a room back to a moment.
func restoreOf(b *browser, path string, when time.Time) url.Values {
	b.t.Helper()
	return b.get(path + "/restore?" + at(when)).want(http.StatusOK).form(path + "/restore")
}

func TestRestore(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	made, path := d.storied(b)
	was, _ := d.boxedRoom()
	d.updateElsewhere(strings.TrimPrefix(path, "/rooms/"), hms.RoomParams{Webhook: &hms.Webhook{URL: "https://other.example.org/", Headers: map[string]string{"X-Api-Key": "a secret of the header 1", "Authorization": "another-secret-3"}}})
	v := restoreOf(b, path, made)
	v.Set("reason", "the tool was wrong")
	missing := b.post(path+"/restore", v).want(http.StatusUnprocessableEntity)
	if missing.message("secret.webhook.url") == "" || missing.message("secret.webhook.headers.Authorization") == "" ||
		missing.message("secret.webhook.headers.X-Api-Key") != "" {
		t.Fatalf("without the secrets the form says %s", missing.problem())
	}
	v = missing.form(path + "/restore")
	v.Set("secret.webhook.url", "token=a-secret-of-the-query")
	v.Set("secret.webhook.headers.Authorization", "Bearer another-secret-2")
	done := b.post(path+"/restore", v).want(http.StatusSeeOther)
	is, _ := d.boxedRoom()
	want := map[string]any{"description": "as it was", "webhook": was["webhook"], "recording_info": was["recording_info"], "name": "ward-7"}
	if diff := cmp.Diff(want, pick(is, want)); diff != "" {
		t.Errorf("the room (-then +now):\n%s", diff)
	}
	rows := d.rows()
	if got := phases(rows[len(rows)-2:]); !slices.Equal(got, []string{"room.update intent", "room.update done"}) ||
		!strings.Contains(rows[len(rows)-1].Reason, "Restored as of ") || !strings.Contains(rows[len(rows)-1].Reason, "the tool was wrong") {
		t.Errorf("history ends with %q, %q", got, rows[len(rows)-1].Reason)
	}
	wantNoSecret(t, "history", jsonOf(rows))
	again := b.post(path+"/restore", v).want(http.StatusSeeOther) // a double click
	if again.location != done.location || len(d.rows()) != len(rows) {
		t.Error("sent again, the form did something")
	}
}

func TestRestoreOfNothing(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	made, path := d.storied(b)
	v := restoreOf(b, path, made)
	d.updateElsewhere(strings.TrimPrefix(path, "/rooms/"), hms.RoomParams{Description: new("as it was"), Size: new(0)})
	if p := b.get(path + "/restore?" + at(made)).want(http.StatusOK); p.Find("main form").Length() != 0 || !strings.Contains(p.problem(), "Nothing to restore") {
		t.Errorf("the page says %s", p.problem())
	}
	n := len(d.rows())
	d.box.ResetCalls()
	p := b.post(path+"/restore", v).want(http.StatusSeeOther)
	if text := b.get(p.location).Find("body").Text(); !strings.Contains(text, "Nothing was changed") || len(d.rows()) != n {
		t.Error("restoring what is so doesn't say so, or leaves rows in history")
	}
}

func TestRestoreThatIsStale(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	made, path := d.storied(b)
	v := restoreOf(b, path, made)
	d.updateElsewhere(strings.TrimPrefix(path, "/rooms/"), hms.RoomParams{Description: new("changed again")})
	n := len(d.rows())
	p := b.post(path+"/restore", v).want(http.StatusConflict)
	if got := differences(p); !slices.ContainsFunc(got, func(l []string) bool { return slices.Equal(l, []string{"description", "changed again", "as it was"}) }) || len(d.rows()) != n {
		t.Errorf("the difference is %q", got)
	}
	b.post(path+"/restore", p.form(path+"/restore")).want(http.StatusSeeOther)
	if room, _ := d.boxedRoom(); room["description"] != "as it was" {
		t.Errorf("agreed to anew, the room is %v", room)
	}
}

func TestRestoreThatTheAPIRefuses(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	made, path := d.storied(b)
	d.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: path, Status: http.StatusBadRequest, Body: `{"code":400,"message":"the tide is out"}`})
	p := b.post(path+"/restore", restoreOf(b, path, made)).want(http.StatusUnprocessableEntity)
	if !strings.Contains(p.problem(), "the tide is out") {
		t.Errorf("the form says %s", p.problem())
	}
	b.post(path+"/restore", p.form(path+"/restore")).want(http.StatusSeeOther)
	d.updateElsewhere(strings.TrimPrefix(path, "/rooms/"), hms.RoomParams{Description: new("changed again")})
	v := restoreOf(b, path, made)
	for name, spoil := range map[string]func(url.Values){
		"no token":     func(v url.Values) { v.Del("form_token") },
		"long reason":  func(v url.Values) { v.Set("reason", strings.Repeat("x", 501)) },
		"long secret":  func(v url.Values) { v.Set("secret.webhook.url", strings.Repeat("x", 5000)) },
		"twice a time": func(v url.Values) { v["at"] = []string{v.Get("at"), "2026-01-01"} },
	} {
		bad := maps.Clone(v)
		spoil(bad)
		if p := b.post(path+"/restore", bad).want(http.StatusUnprocessableEntity); p.Find(`[role="alert"]`).Length() != 1 {
			t.Errorf("%s: %s", name, p.problem())
		}
	}
}

// TestRestoreWhoseAnswerIsLost: the operation stays open, and is settled by what the API shows.
func TestRestoreWhoseAnswerIsLost(t *testing.T) {
	for made, want := range map[bool]string{true: db.OutcomeDone, false: db.OutcomeFailed} {
		d := newDeskWith(t, deskOptions{tries: 1})
		b := d.as("operator")
		then, path := d.storied(b)
		v := restoreOf(b, path, then)
		d.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: path, CutBefore: !made, CutAfter: made})
		p := b.post(path+"/restore", v).want(http.StatusBadGateway)
		link := p.Find(`main a[href^="/history/"]`).AttrOr("href", "")
		if closed, left, err := d.ledger.Settle(t.Context()); closed != 1 || left != 0 || err != nil {
			t.Fatalf("made %v: settling closed %d and left %d, %v", made, closed, left, err)
		}
		op, err := d.db.Operation(t.Context(), strings.TrimPrefix(link, "/history/"))
		if err != nil || op.Outcome != want || op.Action != "room.update" {
			t.Errorf("made %v: the operation is %+v, %v", made, op, err)
		}
		room, _ := d.boxedRoom()
		if is := room["description"] == "as it was"; is != made {
			t.Errorf("made %v: the room is %v", made, room)
		}
	}
}

func TestRestoreOfATemplate(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	if _, err := d.ledger.ObserveTemplates(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	seen := d.lastTime()
	was := d.moveTemplate()
	path := "/templates/" + was.ID
	p := b.get(path + "/moments?" + at(seen)).want(http.StatusOK)
	if got := differences(p); len(got) != 1 || got[0][0] != "Region" {
		t.Errorf("the difference is %q", got)
	}
	done := b.post(path+"/restore", restoreOf(b, path, seen)).want(http.StatusSeeOther)
	is, err := d.app.HMS.Template(t.Context(), was.ID)
	if err != nil || is.Settings.Region != was.Settings.Region || len(is.Roles) != len(was.Roles) {
		t.Errorf("restored it is %v in %s, %v", is, is.Settings.Region, err)
	}
	text := b.get(done.location).want(http.StatusOK).Find("body").Text()
	if !strings.Contains(text, "template.update") || !strings.Contains(text, "first seen") {
		t.Errorf("its states are %s", text)
	}
}
