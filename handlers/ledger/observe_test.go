package ledger_test

import (
	"strings"
	"testing"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

func TestChangesElsewhereAreNotedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	ours := b.create(hms.RoomParams{Name: "ward-1", Size: new(10)})
	theirs, err := b.client.CreateRoom(t.Context(), hms.RoomParams{Name: "ward-2"})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.clock.pass(time.Minute)
		b.refresh()
	}
	if rows, _ := b.rows("room.seen"); len(rows) != 0 {
		t.Fatalf("rooms that nobody changed left %+v", rows)
	}
	for _, id := range []string{ours.ID, theirs.ID} {
		if _, err := b.client.UpdateRoom(t.Context(), id, hms.RoomParams{Description: new("changed"), Webhook: &hms.Webhook{URL: "https://h.example.org/?k=a-long-secret-of-theirs"}}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		b.clock.pass(time.Minute)
		b.refresh()
	}
	rows, _ := b.rows("room.seen")
	if len(rows) != 2 {
		t.Fatalf("two changes left %d rows", len(rows))
	}
	for _, row := range rows {
		if row.ActorKind != "system" || !strings.Contains(row.After, `"description":"changed"`) || strings.Contains(row.Before, "changed") ||
			!strings.Contains(row.After, "hmac-sha256:") || strings.Contains(row.After, "a-long-secret") {
			t.Errorf("the row is %+v", row)
		}
	}
}

// A list that was asked for before a change of ours was made, or while it is under way, isn't taken for another tool's.
func TestOurOwnChangesAreNoneElsewhere(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	room := b.create(hms.RoomParams{Name: "ward-1"})
	b.clock.pass(time.Minute)
	b.box.FailNext(sandbox.Fault{Method: "GET", Path: "/rooms", Hook: func() {
		b.clock.pass(time.Second)
		b.setEnabled(room.ID, false)
	}})
	b.refresh()
	b.clock.pass(time.Minute)
	b.lose("/rooms/", true, func() error {
		_, err := b.ledger.SetRoomEnabled(t.Context(), byAnn, room.ID, true)
		return err
	})
	b.clock.pass(time.Minute)
	b.refresh() // the API shows our change, whose outcome isn't on record
	b.settle()
	b.clock.pass(time.Minute)
	b.refresh()
	if rows, _ := b.rows("room.seen"); len(rows) != 0 {
		t.Errorf("our own changes left %+v", rows)
	}
}

func (b *bench) observe() {
	b.t.Helper()
	b.clock.pass(time.Minute)
	if _, err := b.ledger.ObserveTemplates(b.t.Context(), 0); err != nil {
		b.t.Fatal(err)
	}
}

// firstTemplate is one of the templates that the API has.
func (b *bench) firstTemplate() hms.Template {
	b.t.Helper()
	page, err := b.client.ListTemplates(b.t.Context(), 10, "")
	if err != nil || len(page.Data) == 0 {
		b.t.Fatalf("templates: %v, %v", page.Data, err)
	}
	return page.Data[0]
}

// updateTemplate changes a template with another tool.
func (b *bench) updateTemplate(id string, change func(*hms.Template)) {
	b.t.Helper()
	t, err := b.client.Template(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	change(&t)
	if _, err := b.client.UpdateTemplate(b.t.Context(), id, t); err != nil {
		b.t.Fatal(err)
	}
}

func TestTemplatesAreRemembered(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	b.observe()
	b.observe()
	first, _ := b.rows("template.seen")
	if len(first) != 2 || first[0].Before != "" || first[0].After == "" || first[0].TargetName == "" {
		t.Fatalf("two templates left %+v", first)
	}
	id := b.firstTemplate().ID
	b.updateTemplate(id, func(t *hms.Template) { t.Settings.Region = "eu" })
	b.observe()
	b.observe()
	rows, _ := b.rows("template.seen")
	if len(rows) != 3 || rows[2].TargetID != id || !strings.Contains(rows[2].After, `"region":"eu"`) || strings.Contains(rows[2].Before, `"region":"eu"`) {
		t.Fatalf("a change left %+v", rows[2:])
	}
	state, later, err := b.ledger.StateAt(t.Context(), ledger.Target{Kind: "template", ID: id}, first[1].Time)
	if err != nil || state == nil || !state.First || !state.Seen || later == nil || !later.Seen || !strings.Contains(later.Compared, `"region":"eu"`) {
		t.Errorf("the first state is %+v, the next %+v, %v", state, later, err)
	}
}

// A template that goes to another region takes all its rooms along: that is one change, not one of each room.
func TestRoomsMoveWithTheirTemplate(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	b.observe()
	id := b.firstTemplate().ID
	ours := b.create(hms.RoomParams{Name: "ward-1", TemplateID: id})
	own := b.create(hms.RoomParams{Name: "ward-2", TemplateID: id, Region: "in"})
	for _, region := range []string{"eu", "us"} {
		b.updateTemplate(id, func(t *hms.Template) { t.Settings.Region = region })
		b.observe()
		b.clock.pass(time.Minute)
		b.refresh()
		if room := b.known(ours.ID); room.Region != region {
			t.Errorf("the index has the room in %s, its template is in %s", room.Region, region)
		}
	}
	if rows, _ := b.rows("room.seen"); len(rows) != 0 {
		t.Errorf("the rooms of a template that moved left %+v", rows)
	}
	if _, err := b.client.UpdateRoom(t.Context(), own.ID, hms.RoomParams{Region: "eu"}); err != nil {
		t.Fatal(err)
	}
	b.clock.pass(time.Minute)
	b.refresh()
	if rows, _ := b.rows("room.seen"); len(rows) != 1 || rows[0].TargetID != own.ID {
		t.Errorf("a room that moved by itself left %+v", rows)
	}
}

// TestObserveReadsRecordings: comparing reads the recording configurations of as many templates as it may, each once.
func TestObserveReadsRecordings(t *testing.T) {
	b := newBench(t, 0)
	unread := func() (n int) {
		t.Helper()
		page, err := b.db.TemplatePage(t.Context(), db.TemplateQuery{Workspace: "ws"})
		if err != nil {
			t.Fatal(err)
		}
		for _, known := range page.Templates {
			if known.Recordings == nil {
				n++
			}
		}
		return n
	}
	for _, left := range []int{1, 0, 0} {
		b.clock.pass(time.Minute)
		if _, err := b.ledger.ObserveTemplates(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if got := unread(); got != left {
			t.Fatalf("%d templates' recordings are unread, want %d", got, left)
		}
	}
}
