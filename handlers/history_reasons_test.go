package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A word of why somebody did something finds it: on the page, in the exports, before the index has it and after.
func TestHistoryFindsReasons(t *testing.T) {
	d := newDesk(t)
	room, b := d.apiRoom(), d.as("admin")
	at := "/rooms/" + room.ID + "/disable"
	b.post(at, with(b.get(at).form(at), "reason", "Frau Müller zieht UM")).want(http.StatusSeeOther)
	for _, when := range []string{"not fed", "fed"} {
		for query, want := range map[string][]string{
			"q=m%C3%9Cll": {room.Name}, "q=zieht+um": {room.Name}, "q=%22frau+m%C3%BCller%22+action%3Aroom.disable": {room.Name}, "q=m%C3%BCller+gone": nil,
		} {
			if got := targets(b.get("/history?" + query).want(http.StatusOK)); !slices.Equal(got, want) {
				t.Errorf("%s: ?%s finds %q, want %q", when, query, got, want)
			}
		}
		if _, err := d.db.FeedSearch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if lines := b.get("/history.jsonl?q=m%C3%BCller").want(http.StatusOK).body; strings.Count(lines, "zieht UM") != 2 {
		t.Errorf("the export is %s", lines)
	}
}
