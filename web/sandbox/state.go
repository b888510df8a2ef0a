package sandbox

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"
)

// state is everything the sandbox holds. Rooms, templates and codes are never changed in place: a change puts a new value over
// the old one, so that an answer can be written after the lock was let go.
type state struct {
	mu      sync.RWMutex
	journal *journal // nil: in memory only
	ids     ids

	rooms    map[string]*room
	names    map[string]*room // by nameKey
	enabled  roomList
	disabled roomList
	newest   time.Time // created_at of the newest room

	templates       map[string]*template
	templateIDs     []string // ascending
	defaultTemplate *template

	codes     map[string]*code
	roomCodes map[string][]string // a room's codes, oldest first
}

// change is what one call does to the state, and one line of the journal. It carries whole objects: applying it twice, or over a
// newer snapshot, does no harm.
type change struct {
	Template *template `json:"template,omitzero"`
	Room     *room     `json:"room,omitzero"`
	Codes    []*code   `json:"codes,omitzero"`
}

func newState() *state {
	return &state{
		rooms:     map[string]*room{},
		names:     map[string]*room{},
		templates: map[string]*template{},
		codes:     map[string]*code{},
		roomCodes: map[string][]string{},
	}
}

// nameKey is how room names are compared.
func nameKey(name string) string {
	return strings.ToLower(name)
}

// commit makes c durable against the end of the process and then applies it. Call it with mu held. When it fails, nothing has
// changed.
func (st *state) commit(c change) error {
	if st.journal != nil {
		if err := st.journal.append(c); err != nil {
			return fmt.Errorf("write the sandbox's journal: %w", err)
		}
	}
	st.apply(c)
	return nil
}

func (st *state) apply(c change) {
	if c.Template != nil {
		st.putTemplate(c.Template)
	}
	if c.Room != nil {
		st.putRoom(c.Room)
	}
	for _, code := range c.Codes {
		st.putCode(code)
	}
}

func (st *state) putTemplate(t *template) {
	st.ids.saw(t.id)
	st.templates[t.id] = t
	if at, known := slices.BinarySearch(st.templateIDs, t.id); !known {
		st.templateIDs = slices.Insert(st.templateIDs, at, t.id)
	}
	if t.isDefault {
		st.defaultTemplate = t
	}
}

func (st *state) putRoom(rm *room) {
	if old, known := st.rooms[rm.ID]; known {
		delete(st.names, nameKey(old.Name))
		if old.Enabled != rm.Enabled {
			st.list(old.Enabled).remove(old.ID)
		}
	}
	st.ids.saw(rm.ID)
	if rm.CreatedAt.After(st.newest) {
		st.newest = rm.CreatedAt
	}
	st.rooms[rm.ID] = rm
	st.names[nameKey(rm.Name)] = rm
	st.list(rm.Enabled).put(rm)
}

func (st *state) list(enabled bool) *roomList {
	if enabled {
		return &st.enabled
	}
	return &st.disabled
}

func (st *state) putCode(c *code) {
	if _, known := st.codes[c.Code]; !known {
		st.roomCodes[c.RoomID] = append(st.roomCodes[c.RoomID], c.Code)
	}
	st.codes[c.Code] = c
}

// allRooms yields every room, oldest first.
func (st *state) allRooms() iter.Seq[*room] {
	return func(yield func(*room) bool) {
		on, off := st.enabled, st.disabled
		for len(on) > 0 || len(off) > 0 {
			next := &on
			if len(on) == 0 || (len(off) > 0 && off[0].ID < on[0].ID) {
				next = &off
			}
			if !yield((*next)[0]) {
				return
			}
			*next = (*next)[1:]
		}
	}
}

// changes yields the whole state as changes, in an order in which they can be applied.
func (st *state) changes() iter.Seq[change] {
	return func(yield func(change) bool) {
		for _, id := range st.templateIDs {
			if !yield(change{Template: st.templates[id]}) {
				return
			}
		}
		for rm := range st.allRooms() {
			c := change{Room: rm}
			for _, text := range st.roomCodes[rm.ID] {
				c.Codes = append(c.Codes, st.codes[text])
			}
			if !yield(c) {
				return
			}
		}
	}
}

// roomList is a list of rooms by ascending id, which is the order of created_at as well. A page is cut out of it by binary
// search, so that its cost doesn't grow with the number of rooms.
type roomList []*room

func (l roomList) find(id string) (int, bool) {
	// New rooms come last; that case is worth not searching.
	if n := len(l); n == 0 || l[n-1].ID < id {
		return n, false
	}
	return slices.BinarySearchFunc(l, id, func(rm *room, id string) int { return cmp.Compare(rm.ID, id) })
}

func (l *roomList) put(rm *room) {
	at, known := l.find(rm.ID)
	if known {
		(*l)[at] = rm
		return
	}
	*l = slices.Insert(*l, at, rm)
}

func (l *roomList) remove(id string) {
	if at, known := l.find(id); known {
		*l = slices.Delete(*l, at, at+1)
	}
}

// since returns the rooms created at t or later, until those created at t or earlier; a zero time leaves the list as it is.
func (l roomList) since(t time.Time) roomList {
	if t.IsZero() {
		return l
	}
	at, _ := slices.BinarySearchFunc(l, t, func(rm *room, t time.Time) int { return rm.CreatedAt.Compare(t) })
	return l[at:]
}

func (l roomList) until(t time.Time) roomList {
	if t.IsZero() {
		return l
	}
	at, _ := slices.BinarySearchFunc(l, t, func(rm *room, t time.Time) int {
		if rm.CreatedAt.After(t) {
			return 1
		}
		return -1
	})
	return l[:at]
}
