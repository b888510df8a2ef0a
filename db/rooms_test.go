package db

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func put(t testing.TB, d *DB, rooms ...Room) {
	t.Helper()
	do(t, d, func(tx *Tx) error {
		for _, r := range rooms {
			if err := tx.PutRoom(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func fullRoom() Room {
	at := time.Date(2026, 4, 5, 6, 7, 8, 9e6, time.UTC)
	return Room{
		Workspace: "ws", ID: "r1", Name: "Maths-7B", Enabled: true, Description: "Term 1", TemplateID: "t1",
		TemplateName: "school", Region: "eu", Size: 40, LargeRoom: true, MaxDurationSeconds: 5400, Recording: "on",
		Data: `{"id":"r1"}`, CreatedAt: at, UpdatedAt: at.Add(time.Hour), SeenAt: at.Add(2 * time.Hour), Creator: "ann@example.com",
		Operation: "op",
	}
}

func TestPutRoom(t *testing.T) {
	later := fullRoom().SeenAt.Add(time.Hour)
	for name, c := range map[string]struct{ change, want func(*Room) }{
		"again":    {func(*Room) {}, func(*Room) {}},
		"disabled": {func(r *Room) { r.Enabled = false }, func(r *Room) { r.Enabled = false }},
		"sparse answer": {
			func(r *Room) {
				*r = Room{Workspace: "ws", ID: "r1", Name: "Maths-7B", Recording: "on", SeenAt: later}
			},
			func(r *Room) {
				r.Enabled, r.Description, r.Size, r.LargeRoom, r.MaxDurationSeconds, r.SeenAt = false, "", 0, false, 0, later
			},
		},
		"another template": {
			func(r *Room) { r.TemplateID, r.TemplateName = "t2", "" },
			func(r *Room) { r.TemplateID, r.TemplateName = "t2", "" },
		},
		"same template without name": {func(r *Room) { r.TemplateName = "" }, func(*Room) {}},
		"another creator": {
			func(r *Room) { r.Creator, r.Operation = "bob@example.com", "op2" },
			func(r *Room) { r.Creator, r.Operation = "bob@example.com", "op2" },
		},
		"seen before": {func(r *Room) { r.SeenAt = r.CreatedAt }, func(*Room) {}},
		"another state, seen before": {
			func(r *Room) {
				r.SeenAt = r.SeenAt.Add(-time.Second)
				r.Enabled, r.Description, r.TemplateID, r.Region, r.Size = false, "old", "t0", "us", 1
				r.Data, r.Creator, r.Operation = `{"id":"old"}`, "bob@example.com", "op0"
			},
			func(*Room) {},
		},
		"renamed, with what is not text": {
			func(r *Room) { r.Name, r.Data = "GRÖßE\xff", "{}" },
			func(r *Room) { r.Name, r.Data = "GRÖßE\uFFFD", "{}" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, t.TempDir())
			put(t, d, fullRoom())
			r, want := fullRoom(), fullRoom()
			c.change(&r)
			c.want(&want)
			put(t, d, r)
			got, err := d.Room(t.Context(), "ws", "r1")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			named, err := d.RoomsNamed(t.Context(), "ws", strings.ToUpper(strings.ToLower(want.Name)))
			if want.Name != fullRoom().Name {
				named, err = d.RoomsNamed(t.Context(), "ws", "größe\uFFFD")
			}
			if diff := cmp.Diff([]Room{want}, named); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
}

func TestRoomUnknown(t *testing.T) {
	d := open(t, t.TempDir())
	put(t, d, fullRoom())
	if _, err := d.Room(t.Context(), "other", "r1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("error is %v", err)
	}
	if list, err := d.RoomsNamed(t.Context(), "other", "maths-7b"); len(list) != 0 || err != nil {
		t.Errorf("rooms are %v, error %v", list, err)
	}
	if _, err := d.Rooms(t.Context(), RoomQuery{Workspace: "ws", Sort: "size"}); !errors.Is(err, ErrCursor) {
		t.Errorf("unknown order: %v", err)
	}
}

// school fills a database with rooms and returns those of the workspace "a" as lists hold them.
func school(t testing.TB, d *DB, n int) []Room {
	t.Helper()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var rooms, ours []Room
	for i := range n {
		r := Room{
			Workspace: "a", ID: fmt.Sprintf("id%05d", i*7919%n), Name: fmt.Sprintf("Room-%05d_%d%%", i*31%n, i%10), Enabled: i%3 > 0,
			Description: fmt.Sprintf("for CLASS %d", i%9), TemplateID: fmt.Sprintf("t%d", i%4), TemplateName: fmt.Sprintf("template %d", i%4),
			Region: []string{"", "in", "us", "eu"}[i%7%4], Recording: []string{"inherit", "off", "on"}[i%5%3],
			CreatedAt: start.Add(time.Duration(i/3) * time.Hour), Data: strings.Repeat("d", 300),
		}
		if i%6 == 0 {
			r.Creator = "ann@example.com"
		}
		if i%11 == 0 {
			r.CreatedAt = time.Time{}
		}
		rooms = append(rooms, r)
		r.Data = ""
		ours = append(ours, r)
		r.Workspace = "b"
		rooms = append(rooms, r)
	}
	put(t, d, rooms...)
	return ours
}

func holds(r Room, q RoomQuery) bool {
	is := func(want, got string) bool { return want == "" || want == got }
	text := strings.ToLower(r.Name + "\n" + r.Description + "\n" + r.ID)
	return is(q.TemplateID, r.TemplateID) && is(q.Region, r.Region) && is(q.Recording, r.Recording) && is(q.Creator, r.Creator) &&
		(q.Enabled == nil || *q.Enabled == r.Enabled) && (q.After.IsZero() || !r.CreatedAt.Before(q.After)) &&
		(q.Before.IsZero() || !r.CreatedAt.IsZero() && !r.CreatedAt.After(q.Before)) && strings.Contains(text, strings.ToLower(q.Q))
}

func inOrder(rooms []Room, sort string) []Room {
	list := slices.Clone(rooms)
	slices.SortFunc(list, func(a, b Room) int {
		n := a.CreatedAt.Compare(b.CreatedAt)
		if strings.HasSuffix(sort, "name") {
			n = strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		}
		if n == 0 {
			n = strings.Compare(a.ID, b.ID)
		}
		if sort == "" || sort[0] == '-' {
			n = -n
		}
		return n
	})
	return list
}

func roomQueries() []RoomQuery {
	on, off := true, false
	hour := func(n int) time.Time { return time.Date(2026, 1, 1, n, 0, 0, 0, time.UTC) }
	return []RoomQuery{
		{},
		{Enabled: &on},
		{Enabled: &off, Region: "in"},
		{TemplateID: "t1"},
		{TemplateID: "t2", Enabled: &on, Recording: "off"},
		{Region: "eu"},
		{Creator: "ann@example.com"},
		{Recording: "on", Q: "class 3"},
		{Q: "ROOM-0001"},
		{Q: "_7%"},
		{Q: "nowhere"},
		{After: hour(5)},
		{Before: hour(20), Enabled: &on},
		{After: hour(5), Before: hour(5)},
		{TemplateID: "none"},
	}
}

func TestRoomPages(t *testing.T) {
	d := open(t, t.TempDir())
	all := school(t, d, 120)
	for i, q := range roomQueries() {
		for _, sort := range []string{"", "-created", "created", "name", "-name"} {
			t.Run(fmt.Sprint(i, sort), func(t *testing.T) {
				q.Workspace, q.Sort, q.Limit = "a", sort, 7
				var want []Room
				for _, r := range inOrder(all, sort) {
					if holds(r, q) {
						want = append(want, r)
					}
				}
				walk(t, d, q, want)
				var each []Room
				err := d.EachRoom(t.Context(), q, func(r *Room) error { each = append(each, *r); return nil })
				if diff := cmp.Diff(want, each); diff != "" || err != nil {
					t.Error(diff, err)
				}
			})
		}
	}
}

// walk goes through the pages of q to the end and back again.
func walk(t *testing.T, d *DB, q RoomQuery, want []Room) {
	t.Helper()
	total := len(want)
	var pages [][]Room
	for {
		p, err := d.Rooms(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		n := min(len(want), q.Limit)
		if diff := cmp.Diff(want[:n:n], p.Rooms, emptyIsNil); diff != "" {
			t.Fatal(diff)
		}
		if p.Total != total || p.Capped || (p.Older != "") != (len(want) > n) || (p.Newer != "") != (len(pages) > 0) {
			t.Fatalf("after %d pages: total %d of %d, capped %v, newer %q, older %q", len(pages), p.Total, total, p.Capped, p.Newer, p.Older)
		}
		want, pages = want[n:], append(pages, p.Rooms)
		if p.Older == "" {
			q.Cursor = p.Newer
			break
		}
		q.Cursor = p.Older
	}
	for i := len(pages) - 2; i >= 0; i-- {
		p, err := d.Rooms(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(pages[i], p.Rooms); diff != "" {
			t.Fatal(diff)
		}
		if p.Older == "" || (p.Newer != "") != (i > 0) {
			t.Fatalf("page %d: newer %q, older %q", i, p.Newer, p.Older)
		}
		q.Cursor = p.Newer
	}
}

var emptyIsNil = cmp.Transformer("rooms", func(list []Room) []Room { return append([]Room{}, list...) })

func TestRoomCursor(t *testing.T) {
	d := open(t, t.TempDir())
	school(t, d, 20)
	p, err := d.Rooms(t.Context(), RoomQuery{Workspace: "a", Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	for name, q := range map[string]RoomQuery{
		"not base64":    {Cursor: "!!"},
		"not JSON":      {Cursor: b64([]byte("x"))},
		"not a place":   {Cursor: b64([]byte("{}"))},
		"wrong types":   {Cursor: b64([]byte(`{"s":1,"i":[]}`))},
		"another order": {Cursor: p.Older, Sort: "name"},
		"cut":           {Cursor: p.Older[:len(p.Older)-4]},
	} {
		q.Workspace = "a"
		if _, err := d.Rooms(t.Context(), q); !errors.Is(err, ErrCursor) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add("", "")
	f.Add("eyJzIjoiIiwiayI6IngiLCJpIjoieSJ9", "")
	f.Fuzz(func(t *testing.T, cursor, sort string) {
		p, err := parseCursor(cursor, sort)
		if err != nil {
			if !errors.Is(err, ErrCursor) {
				t.Error(err)
			}
			return
		}
		text, err := p.cursor()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := parseCursor(text, sort); err != nil || again != p {
			t.Errorf("%+v became %+v, error %v", p, again, err)
		}
	})
}

func TestEachRoomStops(t *testing.T) {
	d := open(t, t.TempDir())
	school(t, d, roomChunk+20)
	stop := errors.New("stop")
	n := 0
	err := d.EachRoom(t.Context(), RoomQuery{Workspace: "a"}, func(*Room) error {
		if n++; n == roomChunk+10 {
			return stop
		}
		if d.readers.Stats().InUse > 0 {
			return errors.New("a reader is in use")
		}
		return nil
	})
	if err != stop || n != roomChunk+10 {
		t.Errorf("%d rooms, error %v", n, err)
	}
}

func TestRoomMenus(t *testing.T) {
	d := open(t, t.TempDir())
	all := school(t, d, 60)
	ctx := t.Context()
	regions, err := d.RoomsByRegion(ctx, "a")
	if diff := cmp.Diff(map[string]int{"": 17, "eu": 9, "in": 17, "us": 17}, regions); diff != "" || err != nil {
		t.Error(diff, err)
	}
	uses, err := d.RoomsByTemplate(ctx, "a")
	if diff := cmp.Diff(map[string]int{"t0": 15, "t1": 15, "t2": 15, "t3": 15}, uses); diff != "" || err != nil {
		t.Error(diff, err)
	}
	creators, err := d.Creators(ctx, "a")
	if diff := cmp.Diff([]string{"ann@example.com"}, creators); diff != "" || err != nil {
		t.Error(diff, err)
	}
	renamed := all[59] // the newest
	renamed.TemplateName = "new name"
	put(t, d, renamed)
	refs, err := d.TemplateRefs(ctx, "a")
	want := []TemplateRef{{"t0", "template 0"}, {"t1", "template 1"}, {"t2", "template 2"}, {"t3", "new name"}}
	if diff := cmp.Diff(want, refs); diff != "" || err != nil {
		t.Error(diff, err)
	}
	enabled, disabled, err := d.RoomCounts(ctx, "a")
	if enabled != 40 || disabled != 20 || err != nil {
		t.Errorf("%d enabled, %d disabled, error %v", enabled, disabled, err)
	}
	if list, err := d.TemplateRefs(ctx, "none"); len(list) != 0 || err != nil {
		t.Errorf("templates of no workspace: %v, error %v", list, err)
	}
}

func TestRoomsAreCapped(t *testing.T) {
	d := open(t, t.TempDir())
	all := school(t, d, RoomCountCap+200)
	for _, sort := range []string{"", "name"} {
		p, err := d.Rooms(t.Context(), RoomQuery{Workspace: "a", Sort: sort, Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		if p.Total != RoomCountCap || !p.Capped {
			t.Errorf("total is %d, capped %v", p.Total, p.Capped)
		}
		if diff := cmp.Diff(inOrder(all, sort)[:200], p.Rooms); diff != "" {
			t.Error(diff)
		}
	}
}
