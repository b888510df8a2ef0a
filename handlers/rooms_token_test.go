package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/web/hms"
)

func TestSameFormTwice(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	for _, name := range []string{"ward-7", ""} {
		d.box.ResetCalls()
		sent := fill(b, "name", name)
		first := b.post("/rooms/new", sent).want(http.StatusSeeOther)
		second := b.post("/rooms/new", sent).want(http.StatusSeeOther)
		if second.location != first.location || d.creates() != 1 {
			t.Errorf("name %q: the second answer leads to %s after %d calls, the first to %s", name, second.location, d.creates(), first.location)
		}
	}
	if n := len(d.rows()); n != 4 {
		t.Errorf("history has %d rows, want 4", n)
	}
}

func TestSameFormManyTimesAtOnce(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	sent := fill(b, "name", "ward-7")
	const n = 20
	pages := together(n, func(int) page { return b.post("/rooms/new", sent) })
	if diff := cmp.Diff(map[int]int{http.StatusSeeOther: n}, statuses(pages)); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	for _, p := range pages {
		if p.location != "/rooms/"+d.boxed()[0].ID {
			t.Errorf("an answer leads to %s", p.location)
		}
	}
	if d.creates() != 1 || len(d.rows()) != 2 {
		t.Errorf("%d calls and %d rows of history, want 1 and 2", d.creates(), len(d.rows()))
	}
}

func TestSameTokenOtherContent(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	sent := fill(b, "name", "ward-7")
	b.post("/rooms/new", sent).want(http.StatusSeeOther)
	p := b.post("/rooms/new", with(sent, "name", "ward-8")).want(http.StatusConflict)
	wantSaid(t, p, "This form was sent before, with other content.")
	if d.creates() != 1 {
		t.Errorf("%d calls", d.creates())
	}
}

// A token of one form must not answer another form's request either.
func TestTokenOfAnotherForm(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	sent := fill(b, "name", "ward-7")
	at := b.post("/rooms/new", sent).want(http.StatusSeeOther).location
	p := b.post(at+"/disable", with(b.get(at+"/disable").form(at+"/disable"), "form_token", sent.Get("form_token")))
	p.want(http.StatusConflict)
	if !d.boxed()[0].Enabled {
		t.Error("the room was disabled all the same")
	}
}

func TestTokenBelongsToItsUser(t *testing.T) {
	d := newDesk(t)
	one, other := d.as("operator"), d.as("admin")
	sent := fill(one, "name", "ward-7")
	one.post("/rooms/new", sent).want(http.StatusSeeOther)
	p := other.post("/rooms/new", with(sent, "name", "ward-8")).want(http.StatusSeeOther)
	if boxed := d.boxed(); len(boxed) != 2 || p.location != "/rooms/"+boxed[1].ID {
		t.Errorf("the other's form with the same token leads to %s; the API has %+v", p.location, boxed)
	}
}

func TestTokenIsUsedUpByTheIntentOnly(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	d.elsewhere(hms.RoomParams{Name: "taken"})
	sent := fill(b, "name", "not a name")
	token := sent.Get("form_token")
	p := b.post("/rooms/new", sent).want(http.StatusUnprocessableEntity)
	if got := p.form("/rooms/new").Get("form_token"); got != token {
		t.Errorf("after a broken rule the token is %q, want the same", got)
	}
	p = b.post("/rooms/new", with(sent, "name", "taken")).want(http.StatusConflict)
	if got := p.form("/rooms/new").Get("form_token"); got != token {
		t.Errorf("after a taken name the token is %q, want the same", got)
	}
	b.post("/rooms/new", with(sent, "name", "free")).want(http.StatusSeeOther)
}

func TestUnusableToken(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	good := fill(b, "name", "ward-7")
	tests := map[string][]string{
		"missing": {"form_token", ""},
		"short":   {"form_token", "abc"},
		"long":    {"form_token", strings.Repeat("a", 1<<20)},
		"strange": {"form_token", `"><script>alert(1)</script>`},
		"twice":   {"form_token", good.Get("form_token"), "form_token", good.Get("form_token")},
	}
	for name, changes := range tests {
		p := b.post("/rooms/new", with(good, changes...)).want(http.StatusUnprocessableEntity)
		if got := summary(p); got != "This form is out of date. Check it and send it again." {
			t.Errorf("%s: the summary says %q", name, got)
		}
		again := p.form("/rooms/new")
		again.Set("name", fmt.Sprintf("ward-%s", name))
		b.post("/rooms/new", again).want(http.StatusSeeOther)
	}
}

func TestTokenOutlivesARestart(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	sent := fill(b, "name", "ward-7")
	first := b.post("/rooms/new", sent).want(http.StatusSeeOther)
	d = d.startAgain()
	b.base = d.web.URL
	second := b.post("/rooms/new", sent).want(http.StatusSeeOther)
	if second.location != first.location || d.creates() != 1 {
		t.Errorf("after a restart the same form leads to %s after %d calls, want %s", second.location, d.creates(), first.location)
	}
}

// startAgain ends the program and starts it again on the same database and API.
func (d *desk) startAgain() *desk {
	d.t.Helper()
	d.web.Close()
	if err := d.db.Close(); err != nil {
		d.t.Fatal(err)
	}
	return newDeskWith(d.t, deskOptions{dir: d.dir, box: d.box})
}

func TestConfirmPageSentTwice(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	at := b.post("/rooms/new", fill(b, "name", "ward-7")).want(http.StatusSeeOther).location
	for _, change := range []string{"/disable", "/enable", "/codes"} {
		d.box.ResetCalls()
		sent := b.get(at + change).want(http.StatusOK).form(at + change)
		pages := together(8, func(int) page { return b.post(at+change, sent) })
		if diff := cmp.Diff(map[int]int{http.StatusSeeOther: 8}, statuses(pages)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", change, diff)
		}
		if n := d.box.Calls(http.MethodPost, ""); n != 1 {
			t.Errorf("%s: %d calls", change, n)
		}
	}
	ops, err := d.db.Operations(t.Context(), db.OperationQuery{})
	if err != nil || len(ops) != 4 {
		t.Errorf("history has %d operations (%v), want 4", len(ops), err)
	}
}
