package db

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// roomPlay makes rooms of all kinds of names and renames them.
type roomPlay struct {
	*play
	rooms []Room
}

func newRoomPlay(t *testing.T, d *DB, seed uint64) *roomPlay {
	return &roomPlay{play: newPlay(t, d, seed)}
}

func (p *roomPlay) make(n int) {
	p.t.Helper()
	for i := range n {
		p.rooms = append(p.rooms, Room{
			Workspace: pick(p.play, "a", "a", "a", "b"), ID: fmt.Sprintf("65a0%08x", len(p.rooms)), Name: clean(p.name()),
			Description: fmt.Sprintf("For CLASS %d", i%9), TemplateID: pick(p.play, "t1", "t2"), Recording: "off", Enabled: i%3 > 0,
			CreatedAt: p.at.Add(time.Duration(len(p.rooms)/3) * time.Hour), SeenAt: p.at,
		})
	}
	put(p.t, p.d, p.rooms[len(p.rooms)-n:]...)
}

// rename gives some rooms another name or description, and others only another state.
func (p *roomPlay) rename(n int) {
	p.t.Helper()
	for range n {
		r := &p.rooms[p.rand.IntN(len(p.rooms))]
		r.SeenAt = r.SeenAt.Add(time.Minute)
		switch p.rand.IntN(3) {
		case 0:
			r.Name = clean(p.name())
		case 1:
			r.Description = "once " + r.Description
		default:
			r.Enabled = !r.Enabled
		}
		put(p.t, p.d, *r)
	}
}

// check compares the pages of random searches, there and back again, with what a look at each room gives.
func (p *roomPlay) check(n int) {
	p.t.Helper()
	for range n {
		q := RoomQuery{Workspace: "a", Sort: pick(p.play, "", "created", "name", "-name"), Limit: 200, Q: p.word()}
		if p.rand.IntN(3) == 0 {
			q.TemplateID = "t1"
		}
		if p.rand.IntN(4) == 0 {
			q.Enabled = new(true)
		}
		if p.rand.IntN(4) == 0 {
			q.After = pick(p.play, p.rooms...).CreatedAt
		}
		if p.rand.IntN(2) == 0 {
			q.Limit = 9
		}
		var want, each []Room
		for _, r := range inOrder(p.rooms, q.Sort) {
			if r.Workspace == q.Workspace && holds(r, q) {
				want = append(want, r)
			}
		}
		walk(p.t, p.d, q, want)
		err := p.d.EachRoom(p.t.Context(), q, func(r *Room) error { each = append(each, *r); return nil })
		if err != nil || !slices.Equal(want, each) {
			p.t.Fatalf("%+v: %d rooms of %d, error %v", q, len(each), len(want), err)
		}
	}
}

// word is a part of a room's text, or of none.
func (p *roomPlay) word() string {
	r := pick(p.play, p.rooms...)
	text := []rune(strings.ToLower(r.Name + "\n" + r.Description + "\n" + r.ID))
	from := p.rand.IntN(len(text))
	word := string(text[from:min(from+1+p.rand.IntN(9), len(text))])
	return pick(p.play, word, word, word, strings.ToUpper(word), word+"x", "nowhere")
}

// byIndex tells whether the index says which rooms are in question.
func (p *roomPlay) byIndex(word string) bool {
	p.t.Helper()
	q, err := p.d.roomsOf(p.t.Context(), RoomQuery{Q: word})
	must(p.t, err)
	return q.among != ""
}

// Whatever the index has been fed, a search among the rooms finds what a look at each of them finds.
func TestRoomSearch(t *testing.T) {
	d := open(t, t.TempDir())
	p := newRoomPlay(t, d, 21)
	p.make(150)
	p.check(20) // there is no index
	p.feed()
	p.check(40)
	p.rename(60)
	p.make(30)
	p.check(40) // it has old names, and not all rooms
	for range 10 {
		p.rename(5)
		p.make(3)
		p.feed()
	}
	p.check(40)
	if !p.byIndex("class") || p.byIndex("cl") {
		t.Error("the index isn't asked, or asked for what it doesn't know")
	}
	rebuild(t, d)
	p.check(20)
	p.feed()
	p.check(20)
}

// An index that is far behind isn't asked for rooms, nor one that would give too many.
func TestRoomSearchWithoutTheIndex(t *testing.T) {
	d := open(t, t.TempDir())
	d.search.roomReach = 20
	p := newRoomPlay(t, d, 22)
	p.make(21)
	if p.byIndex("class") {
		t.Error("a missing index is asked")
	}
	p.feed()
	p.make(21)
	if p.byIndex("class") {
		t.Error("an index that is far behind is asked")
	}
	p.check(20)
	p.feed()
	if !p.byIndex("class") {
		t.Error("the index isn't asked")
	}
	p.make(maxRoomHits)
	p.feed()
	if p.byIndex("class") || !p.byIndex(p.rooms[30].ID) {
		t.Error("the index is asked for many, or not for one")
	}
	page, err := d.Rooms(t.Context(), RoomQuery{Workspace: "a", Q: "class"})
	if err != nil || !page.Capped || len(page.Rooms) != 50 {
		t.Errorf("%d rooms, capped %v, error %v", len(page.Rooms), page.Capped, err)
	}
}

// An index of other rooms, or a damaged one, isn't used; the next feeding makes another.
func TestRoomSearchIsBuiltAnew(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, dir string){
		"of more rooms":     func(t *testing.T, dir string) { change(t, dir, "UPDATE state SET rooms = rooms + 1") },
		"of other rooms":    func(t *testing.T, dir string) { change(t, dir, "UPDATE state SET room_tag = room_tag + 1") },
		"of another layout": func(t *testing.T, dir string) { change(t, dir, "PRAGMA user_version = 1") },
		"damaged":           func(t *testing.T, dir string) { must(t, copyFile(searchFile(dir), filepath.Join(dir, FileName))) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := open(t, dir)
			p := newRoomPlay(t, d, 23)
			p.make(60)
			p.feed()
			must(t, d.Close())
			spoil(t, dir)
			p.d = open(t, dir)
			p.check(10)
			p.feed()
			p.check(10)
			if !p.byIndex("class") {
				t.Error("the index isn't asked")
			}
		})
	}
}

// Two processes make rooms, and both feed the index.
func TestRoomSearchOfTwoHandles(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	p := newRoomPlay(t, a, 24)
	for i := range 12 {
		p.d = []*DB{a, b}[i%2]
		p.make(15)
		p.rename(5)
		p.feed()
	}
	for _, p.d = range []*DB{a, b} {
		p.check(15)
	}
}
