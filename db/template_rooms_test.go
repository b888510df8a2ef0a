package db

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tied is the n-th room of the template t1, made n minutes after the first.
func tied(n int, recording, region string, enabled bool) Room {
	r := fullRoom()
	r.ID, r.Name, r.Recording, r.Region, r.Enabled = fmt.Sprintf("r%06d", n), fmt.Sprintf("room-%d", n), recording, region, enabled
	r.CreatedAt = r.CreatedAt.Add(time.Duration(n) * time.Minute)
	return r
}

// names are those of rooms, in their order.
func names(rooms []RoomRef) string {
	var list []string
	for _, r := range rooms {
		list = append(list, r.Name)
	}
	return strings.Join(list, " ")
}

func TestTemplateRooms(t *testing.T) {
	d := open(t, t.TempDir())
	foreign, other := tied(8, "on", "eu", true), tied(9, "on", "eu", true)
	foreign.Workspace, other.TemplateID = "ws2", "t2"
	put(
		t, d, foreign, other,
		tied(1, "inherit", "eu", true), tied(2, "inherit", "eu", true), tied(3, "inherit", "", false),
		tied(4, "on", "us", true), tied(5, "off", "eu", true), tied(6, "inherit", "eu", true),
	)
	got, err := d.TemplateRooms(t.Context(), "ws", "t1")
	if err != nil {
		t.Fatal(err)
	}
	want := TemplateRooms{Groups: []RoomGroup{
		{"inherit", "", false, 1},
		{"inherit", "eu", true, 3},
		{"off", "eu", true, 1},
		{"on", "us", true, 1},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for what, c := range map[string]struct {
		is    func(RoomGroup) bool
		rooms int
		names string
	}{
		"all":      {func(RoomGroup) bool { return true }, 6, "room-6 room-5 room-4"},
		"cut":      {func(g RoomGroup) bool { return g.Recording != "inherit" }, 2, "room-5 room-4"},
		"follow":   {func(g RoomGroup) bool { return g.Recording == "inherit" }, 4, "room-6 room-3 room-2"},
		"disabled": {func(g RoomGroup) bool { return !g.Enabled }, 1, "room-3"},
		"none":     {func(RoomGroup) bool { return false }, 0, ""},
	} {
		groups := got.Of(c.is)
		list, err := d.RoomsAlike(t.Context(), "ws", "t1", groups, 3)
		if err != nil || CountRooms(groups) != c.rooms || names(list) != c.names {
			t.Errorf("%s: %d rooms, %q, %v", what, CountRooms(groups), names(list), err)
		}
	}
	if got, err := d.TemplateRooms(t.Context(), "ws", "t9"); err != nil || got.Rooms() != 0 || got.Capped {
		t.Errorf("a template without rooms: %+v, %v", got, err)
	}
}

func TestTemplateRoomsAreCapped(t *testing.T) {
	d := open(t, t.TempDir())
	rooms := make([]Room, TemplateRoomsCap)
	for i := range rooms {
		rooms[i] = tied(i+1, "inherit", "eu", true)
		rooms[i].Data = ""
	}
	put(t, d, rooms...)
	count := func(want bool) {
		t.Helper()
		got, err := d.TemplateRooms(t.Context(), "ws", "t1")
		if err != nil || got.Rooms() != TemplateRoomsCap || got.Capped != want {
			t.Errorf("%d rooms, capped %v, %v; want capped %v", got.Rooms(), got.Capped, err, want)
		}
	}
	count(false)
	old := tied(0, "on", "us", true) // older than all that are looked at
	put(t, d, old)
	count(true)
	if list, err := d.RoomsAlike(t.Context(), "ws", "t1", []RoomGroup{{Recording: "on", Region: "us", Enabled: true}}, 5); err != nil || len(list) != 0 {
		t.Errorf("rooms beyond the cap: %v, %v", list, err)
	}
}

func TestRoomRefs(t *testing.T) {
	d := open(t, t.TempDir())
	foreign := tied(2, "on", "eu", true)
	foreign.Workspace = "ws2"
	put(t, d, foreign, tied(1, "on", "eu", true), tied(3, "on", "eu", false))
	got, err := d.RoomRefs(t.Context(), "ws", []string{"r000001", "r000002", "r000003", "r'); DROP"})
	want := map[string]RoomRef{
		"r000001": {ID: "r000001", Name: "room-1", TemplateID: "t1", Enabled: true},
		"r000003": {ID: "r000003", Name: "room-3", TemplateID: "t1"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := d.RoomRefs(t.Context(), "ws", nil); err != nil || len(got) != 0 {
		t.Errorf("none asked for: %v, %v", got, err)
	}
}

// The rooms of a template are walked in their order, and no others are.
func TestTemplateRoomPlans(t *testing.T) {
	d := open(t, t.TempDir())
	got := plan(t, d, "SELECT id FROM "+newestOfTemplate+" WHERE recording = ? LIMIT ?", []any{"ws", "t1", 5, "on", 5})
	if !strings.Contains(got, "rooms_template (workspace=? AND template_id=?)") || strings.Contains(got, "TEMP B-TREE") {
		t.Errorf("plan is\n%s", got)
	}
}
