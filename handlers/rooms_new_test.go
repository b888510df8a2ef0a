package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"roomledger/db"
)

// fill opens the room form and returns what it would send, changed by pairs of field and value.
func fill(b *browser, changes ...string) url.Values {
	b.t.Helper()
	v := b.get("/rooms/new").want(http.StatusOK).form("/rooms/new")
	for i := 0; i < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v
}

func TestAdminMakesARoom(t *testing.T) {
	d := newDesk(t)
	b := d.as("admin")
	made := b.post("/rooms/new", fill(b, "name", "class-7b", "size", "40", "max_duration_seconds", "1h30m")).want(http.StatusSeeOther)
	room := b.get(made.location).want(http.StatusOK)
	if got := room.Find("h1").Text(); !strings.Contains(got, "class-7b") {
		t.Errorf("heading %q doesn't name the room", got)
	}
	boxed := d.boxed()
	if len(boxed) != 1 || boxed[0].Name != "class-7b" || made.location != "/rooms/"+boxed[0].ID {
		t.Errorf("the API has %+v, the page is %s", boxed, made.location)
	}
	rows := d.rows()
	if len(rows) != 2 || rows[0].Phase != db.PhaseIntent || rows[1].Phase != db.PhaseDone || rows[0].Operation != rows[1].Operation {
		t.Fatalf("history is %+v, want one intent and its outcome", rows)
	}
	if rows[1].TargetID != boxed[0].ID || rows[1].APIStatus != 200 || rows[0].ActorName != "admin@example.org" {
		t.Errorf("outcome is %+v", rows[1])
	}
}
