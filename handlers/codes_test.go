package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/web/hms"
)

// confirm opens the confirm page of a change, agrees with a reason, and returns the answer.
func (b *browser) confirm(path, reason string) page {
	b.t.Helper()
	v := b.get(path).want(http.StatusOK).form(path)
	return b.post(path, with(v, "reason", reason))
}

// wantPair fails unless history ends with an intent and its outcome of this action, made by this person for this reason.
func wantPair(t *testing.T, d *desk, action, reason string) {
	t.Helper()
	rows := d.rows()
	if len(rows) < 2 {
		t.Fatalf("history has %d rows", len(rows))
	}
	intent, done := rows[len(rows)-2], rows[len(rows)-1]
	got := []string{intent.Action, intent.Phase, intent.Reason, done.Action, done.Phase, done.Reason, intent.Operation}
	want := []string{action, db.PhaseIntent, reason, action, db.PhaseDone, reason, done.Operation}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history ends (-want +got):\n%s", diff)
	}
	if done.APIStatus != 200 || done.APIPath == "" || done.TargetKind != "room" || done.TargetID == "" || done.Response == "" {
		t.Errorf("the outcome is %+v", done)
	}
}

func TestDisableAndEnable(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	at := b.post("/rooms/new", fill(b, "name", "ward-7")).want(http.StatusSeeOther).location
	for _, tt := range []struct {
		verb, action string
		enabled      bool
	}{{"disable", "room.disable", false}, {"enable", "room.enable", true}} {
		p := b.confirm(at+"/"+tt.verb, "because of "+tt.verb).want(http.StatusSeeOther)
		if p.location != at || d.boxed()[0].Enabled != tt.enabled {
			t.Errorf("%s leads to %s, the room is enabled: %v", tt.verb, p.location, d.boxed()[0].Enabled)
		}
		wantPair(t, d, tt.action, "because of "+tt.verb)
		shown := b.get(at).want(http.StatusOK)
		if got := shown.Find(".badge").First().Text(); strings.Contains(got, "Enabled") != tt.enabled {
			t.Errorf("after %s the page says %q", tt.verb, got)
		}
		if shown.Find(`a[href="`+at+`/disable"]`).Length() == 1 != tt.enabled {
			t.Errorf("after %s the page offers the wrong change", tt.verb)
		}
	}
	rows := d.rows()
	got := differences(b.get("/history/" + rows[len(rows)-1].Operation).want(http.StatusOK))
	if diff := cmp.Diff([][]string{{"enabled", "false", "true"}}, got); diff != "" {
		t.Errorf("what enabling changed (-want +got):\n%s", diff)
	}
}

// The answer to a switch leaves the template and the region blank: what we know must stay.
func TestSwitchKeepsWhatIsKnown(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	at := b.post("/rooms/new", fill(b, "name", "ward-7", "region", "eu", "size", "12", "description", "text")).want(http.StatusSeeOther).location
	id := strings.TrimPrefix(at, "/rooms/")
	before, err := d.db.Room(t.Context(), d.app.Workspace.ID, id)
	if err != nil {
		t.Fatal(err)
	}
	b.confirm(at+"/disable", "").want(http.StatusSeeOther)
	after, err := d.db.Room(t.Context(), d.app.Workspace.ID, id)
	if err != nil {
		t.Fatal(err)
	}
	before.Enabled = false
	after.Data, after.SeenAt, after.UpdatedAt = before.Data, before.SeenAt, before.UpdatedAt
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the index (-want +got):\n%s", diff)
	}
}

func TestChangesOfARoomMadeElsewhere(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	room := d.elsewhere(hms.RoomParams{Name: "ward-9"})
	if got := b.get("/rooms/" + room.ID).want(http.StatusOK).Find("h1").Text(); !strings.Contains(got, "ward-9") {
		t.Errorf("the room's page is headed %q", got)
	}
	b.confirm("/rooms/"+room.ID+"/disable", "").want(http.StatusSeeOther)
	wantPair(t, d, "room.disable", "")
}

func TestChangesOfNoRoom(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	for _, id := range []string{"0123456789abcdef01234567", "x", "%00", "..%2f", strings.Repeat("a", 5000)} {
		for _, path := range []string{"", "/disable", "/enable", "/codes", "/codes/abc-defg-hij/enable", "/codes/x/disable"} {
			b.get("/rooms/" + id + path).want(http.StatusNotFound)
		}
		v := fill(b)
		b.post("/rooms/"+id+"/disable", v).want(http.StatusNotFound)
	}
	if n := len(d.rows()); n != 0 {
		t.Errorf("history has %d rows", n)
	}
}

func TestCodes(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	at := b.post("/rooms/new", fill(b, "name", "ward-7")).want(http.StatusSeeOther).location
	p := b.confirm(at+"/codes", "for the class").want(http.StatusSeeOther)
	wantPair(t, d, "code.create", "for the class")
	live := b.get(p.location).want(http.StatusOK)
	id := strings.TrimPrefix(at, "/rooms/")
	page, err := d.app.HMS.ListRoomCodes(t.Context(), id, "")
	if err != nil || len(page.Data) < 2 {
		t.Fatalf("%d codes, %v", len(page.Data), err)
	}
	for _, code := range page.Data {
		if !strings.Contains(live.Find("table").Text(), code.Code) {
			t.Errorf("the page lacks the code of %s", code.Role)
		}
	}
	code := page.Data[0].Code
	for _, tt := range []struct {
		verb    string
		enabled bool
	}{{"disable", false}, {"enable", true}} {
		b.confirm(at+"/codes/"+code+"/"+tt.verb, tt.verb).want(http.StatusSeeOther)
		wantPair(t, d, "code."+tt.verb, tt.verb)
		page, err := d.app.HMS.ListRoomCodes(t.Context(), id, "")
		if err != nil || page.Data[0].Enabled != tt.enabled {
			t.Errorf("after %s the code is %+v, %v", tt.verb, page.Data[0], err)
		}
	}
	rows := d.rows()
	if intent := rows[len(rows)-2]; intent.Request == "" || !strings.Contains(intent.Request, code) {
		t.Errorf("the intent asks for %s, want it to name the code", intent.Request)
	}
}

func TestCodeThatIsNotThere(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	at := b.post("/rooms/new", fill(b, "name", "ward-7")).want(http.StatusSeeOther).location
	before := len(d.rows())
	b.confirm(at+"/codes/abc-defg-hij/disable", "").want(http.StatusNotFound)
	wantNoCodeChanged(t, d, before)
}

// wantNoCodeChanged fails when the API was asked to change a code, or when history has more rows than before.
func wantNoCodeChanged(t *testing.T, d *desk, before int) {
	t.Helper()
	if n := d.box.Calls(http.MethodPost, "/room-codes/code"); n != 0 {
		t.Errorf("%d calls that change a code", n)
	}
	if n := len(d.rows()); n != before {
		t.Errorf("history has %d rows, want %d as before", n, before)
	}
}

// TestCodeOfAnotherRoom names one room and a code of another: what would go on record is not what would be changed.
func TestCodeOfAnotherRoom(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	at := b.post("/rooms/new", fill(b, "name", "ward-7")).want(http.StatusSeeOther).location
	other := b.post("/rooms/new", fill(b, "name", "ward-8")).want(http.StatusSeeOther).location
	for _, room := range []string{at, other} {
		b.confirm(room+"/codes", "").want(http.StatusSeeOther)
	}
	page, err := d.app.HMS.ListRoomCodes(t.Context(), strings.TrimPrefix(other, "/rooms/"), "")
	if err != nil || len(page.Data) == 0 {
		t.Fatalf("%d codes, %v", len(page.Data), err)
	}
	before := len(d.rows())
	for _, verb := range []string{"disable", "enable"} {
		path := "/codes/" + page.Data[0].Code + "/" + verb
		v := b.get(other + path).want(http.StatusOK).form(other + path)
		b.post(at+path, v).want(http.StatusNotFound)
		wantNoCodeChanged(t, d, before)
	}
	b.confirm(other+"/codes/"+page.Data[0].Code+"/disable", "").want(http.StatusSeeOther)
}

func TestCodesOfADisabledRoom(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	at := b.post("/rooms/new", fill(b, "name", "ward-7")).want(http.StatusSeeOther).location
	b.confirm(at+"/disable", "").want(http.StatusSeeOther)
	live := b.get(at + "?live=1").want(http.StatusOK)
	if text := live.Find("main").Text(); !strings.Contains(text, "100ms doesn't list the codes of a disabled room.") {
		t.Errorf("the page doesn't say why there are no codes: %s", live.problem())
	}
	wantSaid(t, b.confirm(at+"/codes", "").want(http.StatusConflict), "Room is disabled")
}

func TestReasonThatCannotBeKept(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	at := b.post("/rooms/new", fill(b, "name", "ward-7")).want(http.StatusSeeOther).location
	for name, reason := range map[string]string{"long": strings.Repeat("x", 501), "null byte": "a\x00b", "no text": "\xff"} {
		b.confirm(at+"/disable", reason).want(http.StatusUnprocessableEntity)
		if !d.boxed()[0].Enabled {
			t.Fatalf("%s: the room was disabled all the same", name)
		}
	}
	v := b.get(at + "/disable").form(at + "/disable")
	v.Del("form_token")
	b.post(at+"/disable", v).want(http.StatusUnprocessableEntity)
}

func TestLivePageWhileTheAPIIsDown(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	at := b.post("/rooms/new", fill(b, "name", "ward-7")).want(http.StatusSeeOther).location
	for _, path := range []string{"/rooms/", "/templates/", "/room-codes/"} {
		failing(d, http.MethodGet, path, 500, 1)
		p := b.get(at + "?live=1").want(http.StatusOK)
		if text := p.Find("main").Text(); !strings.Contains(text, "100ms doesn't answer.") || !strings.Contains(text, "ward-7") {
			t.Errorf("%s: the page says %s", path, p.problem())
		}
	}
	failing(d, http.MethodGet, "/rooms/", 500, 1)
	b.get("/rooms/0123456789abcdef01234567").want(http.StatusBadGateway) // not known here either
}
