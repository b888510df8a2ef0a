package db

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// RoomCountCap is how far the rooms that match are counted.
const RoomCountCap = 1000

// roomChunk is how many rooms EachRoom reads at a time.
const roomChunk = 500

// Orders of rooms: the column that comes before the id.
var roomSorts = map[string]struct {
	column     string
	descending bool
}{
	"":         {"created_at", true},
	"-created": {"created_at", true},
	"created":  {"created_at", false},
	"name":     {"name_key", false},
	"-name":    {"name_key", true},
}

// place is a spot in the list: next to the room of this key and id, on the side that is read.
type place struct {
	Sort string `json:"s"`
	Back bool   `json:"b,omitzero"`
	Key  string `json:"k"`
	ID   string `json:"i"`
}

func (p place) cursor() (string, error) {
	text, err := json.Marshal(p)
	return base64.RawURLEncoding.EncodeToString(text), err
}

// parseCursor is ErrCursor for what didn't come from a page of the same order.
func parseCursor(cursor, sort string) (place, error) {
	var p place
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || json.Unmarshal(text, &p) != nil || p.Sort != sort || p.ID == "" {
		return place{}, ErrCursor
	}
	return p, nil
}

// Rooms returns a page of the rooms that match q, without their Data. The error is ErrCursor for a cursor that didn't
// come from a page in the same order, or for an order that there isn't.
func (d *DB) Rooms(ctx context.Context, q RoomQuery) (RoomPage, error) {
	p, err := d.rooms(ctx, q)
	if err != nil {
		return RoomPage{}, fmt.Errorf("rooms: %w", err)
	}
	return p, nil
}

func (d *DB) rooms(ctx context.Context, q RoomQuery) (RoomPage, error) {
	at := place{Sort: q.Sort}
	if q.Cursor != "" {
		var err error
		if at, err = parseCursor(q.Cursor, q.Sort); err != nil {
			return RoomPage{}, err
		}
	}
	q, err := d.roomsOf(ctx, q)
	if err != nil {
		return RoomPage{}, err
	}
	var page RoomPage
	if page.Total, err = d.countUpTo(ctx, "rooms", roomFilter(q, filter{}), RoomCountCap+1); err != nil {
		return RoomPage{}, err
	}
	page.Capped = page.Total > RoomCountCap
	page.Total = min(page.Total, RoomCountCap)
	limit := pageLimit(q.Limit)
	if page.Rooms, err = d.roomsFrom(ctx, q, at, limit+1, page.Capped); err != nil {
		return RoomPage{}, err
	}
	return page, page.turn(q.Sort, at, limit)
}

// turn brings the rooms that were read from at into the list's order and sets the cursors: onwards when one more than
// the limit was found, and back to where we came from.
func (p *RoomPage) turn(sort string, at place, limit int) error {
	more := len(p.Rooms) > limit
	p.Rooms = p.Rooms[:min(len(p.Rooms), limit)]
	if at.Back {
		slices.Reverse(p.Rooms)
	}
	if len(p.Rooms) == 0 {
		return nil
	}
	var err error
	if more || at.Back {
		if p.Older, err = placeOf(sort, p.Rooms[len(p.Rooms)-1], false).cursor(); err != nil {
			return err
		}
	}
	if at.ID != "" && (more || !at.Back) {
		p.Newer, err = placeOf(sort, p.Rooms[0], true).cursor()
	}
	return err
}

func placeOf(sort string, r Room, back bool) place {
	key := stored(r.CreatedAt)
	if roomSorts[sort].column == "name_key" {
		key = strings.ToLower(r.Name)
	}
	return place{Sort: sort, Back: back, Key: key, ID: r.ID}
}

// EachRoom calls fn with each room that matches q, in its order and without Data, and ends at the first error of fn,
// which it returns as it is. Cursor and Limit are ignored. No reader is held while fn works.
func (d *DB) EachRoom(ctx context.Context, q RoomQuery, fn func(*Room) error) error {
	q, err := d.roomsOf(ctx, q)
	if err != nil {
		return fmt.Errorf("rooms: %w", err)
	}
	total, err := d.countUpTo(ctx, "rooms", roomFilter(q, filter{}), RoomCountCap+1)
	if err != nil {
		return fmt.Errorf("rooms: %w", err)
	}
	for at := (place{Sort: q.Sort}); ; {
		chunk, err := d.roomsFrom(ctx, q, at, roomChunk, total > RoomCountCap)
		if err != nil {
			return fmt.Errorf("rooms: %w", err)
		}
		for i := range chunk {
			if err := fn(&chunk[i]); err != nil {
				return err
			}
		}
		if len(chunk) < roomChunk {
			return nil
		}
		at = placeOf(q.Sort, chunk[len(chunk)-1], false)
	}
}

// roomsFrom reads rooms from a place on. When many match, walking along the order soon finds enough of them; when few
// do, they are found by the filter's index or that of the search, and sorted.
func (d *DB) roomsFrom(ctx context.Context, q RoomQuery, at place, limit int, many bool) ([]Room, error) {
	text, args, err := roomPage(q, at, limit, many)
	if err != nil {
		return nil, err
	}
	return query(ctx, d, scanRoom, text, args...)
}

// roomPage is the query of roomsFrom.
func roomPage(q RoomQuery, at place, limit int, many bool) (string, []any, error) {
	sort, ok := roomSorts[q.Sort]
	if !ok {
		return "", nil, ErrCursor
	}
	f := roomFilter(q, filter{steered: many})
	key, id := sort.column, "id"
	if q.among != "" || !many && q.filters() && (key != "created_at" || !f.steered && q.Q != "") {
		key, id = "+"+key, "+"+id // a plus sign: don't look for an index in this order
	}
	direction, beyond := " ASC", ">"
	if sort.descending != at.Back {
		direction, beyond = " DESC", "<"
	}
	if at.ID != "" {
		f.add("("+key+", "+id+") "+beyond+" (?, ?)", at.Key, at.ID)
	}
	return "SELECT " + roomColumns + " FROM rooms" + f.where() + " ORDER BY " + key + direction + ", " + id + direction +
		" LIMIT ?", append(f.args, limit), nil
}

// filters tells whether q leaves anything out.
func (q RoomQuery) filters() bool {
	return q.Q != "" || q.TemplateID != "" || q.Creator != "" || q.Recording != "" || q.Region != "" || q.Enabled != nil ||
		!q.After.IsZero() || !q.Before.IsZero()
}

// roomFilter adds the conditions of q to f, in the order of how few rooms they usually leave.
func roomFilter(q RoomQuery, f filter) filter {
	if q.among != "" {
		f.steered = true
		f.add("n IN (SELECT value FROM json_each(?)) AND +workspace = +?", q.among, q.Workspace)
	} else {
		f.add("workspace = +?", q.Workspace)
	}
	f.equal("template_id", q.TemplateID)
	f.equal("creator", q.Creator)
	f.equal("recording", q.Recording)
	f.equal("region", q.Region)
	if q.Enabled != nil {
		f.add(f.steer("enabled")+" = +?", *q.Enabled)
	}
	spanned := !q.After.IsZero() || !q.Before.IsZero()
	if spanned { // a time that is unknown, and stored as '', is in no span
		f.add("created_at BETWEEN ? AND ?", cmp.Or(stored(q.After), "0"), cmp.Or(stored(q.Before), "9999"))
	}
	f.search(q.Q)
	if q.Q != "" && !f.steered && !spanned {
		f.terms[0] = "+" + f.terms[0] // a plain scan of the table, which the index would only scatter
	}
	return f
}
