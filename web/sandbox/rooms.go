package sandbox

import (
	"net/http"
	"time"
)

// room is a stored room. Its keys are those of the journal; what the API answers is in room_reply.go.
type room struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Enabled     bool           `json:"enabled,omitzero"`
	Description string         `json:"description,omitzero"`
	TemplateID  string         `json:"template_id"`
	Region      string         `json:"region"` // as asked for; auto follows the template
	LargeRoom   bool           `json:"large_room,omitzero"`
	Size        int            `json:"size,omitzero"`
	MaxDuration int            `json:"max_duration,omitzero"` // in seconds
	Recording   *recordingInfo `json:"recording,omitzero"`    // nil: the template's
	Webhook     *webhook       `json:"webhook,omitzero"`
	Polls       []string       `json:"polls,omitzero"`
	CreatedAt   time.Time      `json:"created_at"`
	UpdatedAt   time.Time      `json:"updated_at"`
}

type recordingInfo struct {
	Enabled    bool        `json:"enabled"`
	UploadInfo *uploadInfo `json:"upload_info,omitzero"`
}

type uploadInfo struct {
	Type        string         `json:"type"`
	Location    string         `json:"location"`
	Prefix      string         `json:"prefix,omitzero"`
	Credentials *credentials   `json:"credentials,omitzero"`
	Options     *uploadOptions `json:"options,omitzero"`
}

type credentials struct {
	Key    string `json:"key"`
	Secret string `json:"secret"`
}

type uploadOptions struct {
	Region string `json:"region,omitzero"`
}

type webhook struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitzero"`
}

// createLead is how much older than created_at the updated_at of a new room is, as in the documents' sample.
const createLead = 7 * time.Millisecond

// The keys of the bodies of a create and an update.
var (
	roomKeys   = append([]string{"template_id"}, updateKeys...)
	updateKeys = []string{
		"name", "description", "recording_info", "region", "large_room", "size", "max_duration_seconds", "webhook", "polls", "enabled",
	}
)

// olderKeys are those of the older API that the documents name a refusal for.
var olderKeys = []string{"template"}

func roomRoutes() []route {
	return []route{
		{
			method: "GET", path: "/rooms", page: "Rooms: list", handle: (*Server).listRooms,
			query: []string{"enabled", "after", "before", "name", "template_id", "limit", "start"},
		},
		{method: "POST", path: "/rooms", page: "Rooms: create", handle: (*Server).createRoom, body: roomKeys, refused: olderKeys},
		{method: "GET", path: "/rooms/{room_id}", page: "Rooms: get", handle: (*Server).room},
		{method: "POST", path: "/rooms/{room_id}", page: "Rooms: update", handle: (*Server).updateRoom, body: updateKeys, refused: olderKeys},
	}
}

func (rm *room) key() string     { return rm.ID }
func (rm *room) order() string   { return rm.ID }
func (rm *room) made() time.Time { return rm.CreatedAt }

// roomTemplate returns the template of a room.
func (st *state) roomTemplate(roomID string) *template {
	return st.templates.at(st.rooms.at(roomID).TemplateID)
}

// createRoom makes a room, or changes the one that has the name already.
func (s *Server) createRoom(r *http.Request) (reply any, err error) {
	in, err := readRoomBody(r, s.state.conf)
	if err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		if in.name == "" {
			in.name = tx.newUUID()
		}
		old := tx.names[nameKey(in.name)]
		next, err := tx.planCreate(in, old)
		if err != nil {
			return err
		}
		if old == nil {
			tx.date(next)
		} else {
			next.UpdatedAt = after(old, tx.now)
		}
		tx.rooms.put(tx, next)
		tx.silence(next)
		reply = tx.createReply(next)
		return nil
	})
}

// updateRoom changes what the body names. A body of nothing but `enabled` gets the short answer.
func (s *Server) updateRoom(r *http.Request) (reply any, err error) {
	in, err := readRoomBody(r, s.state.conf)
	if err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		old := tx.rooms.at(r.PathValue("room_id"))
		if old == nil {
			return errRoomNotFound
		}
		next, err := tx.plan(in, old)
		if err != nil {
			return err
		}
		if holder := tx.names[nameKey(next.Name)]; holder != nil && holder.ID != old.ID {
			if reply = tx.updateReply(holder); !tx.conf.reads(ReadingRenameChanges) {
				return nil
			}
			if next, err = tx.plan(in, holder); err != nil {
				return err
			}
			old = holder
		}
		next.UpdatedAt = after(old, tx.now)
		tx.rooms.put(tx, next)
		tx.silence(next)
		reply = tx.updateReply(next)
		if in.onlyEnabled {
			reply = tx.switchReply(next)
		}
		return nil
	})
}

func (s *Server) room(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		rm := st.rooms.at(r.PathValue("room_id"))
		if rm == nil && st.conf.reads(ReadingRoomByName) {
			rm = st.roomNamed(r.PathValue("room_id"))
		}
		if rm == nil {
			return errRoomNotFound
		}
		reply = st.getReply(rm)
		return nil
	})
}

// date gives a new room its id and times. created_at never goes back, because pages are cut by it.
func (tx *tx) date(rm *room) {
	rm.ID = tx.newID()
	rm.CreatedAt = tx.now.Truncate(time.Millisecond)
	if newest := newestOf(tx.rooms); rm.CreatedAt.Before(newest) {
		rm.CreatedAt = newest
	}
	rm.UpdatedAt = rm.CreatedAt.Add(-createLead)
}

// after returns the updated_at of a change to old: now, but always later than its times so far.
func after(old *room, now time.Time) time.Time {
	t := now.Truncate(time.Millisecond)
	for _, before := range []time.Time{old.CreatedAt, old.UpdatedAt} {
		if !t.After(before) {
			t = before.Add(time.Millisecond)
		}
	}
	return t
}

// roomQuery is what a list of rooms is asked for.
type roomQuery struct {
	enabled          bool
	name, templateID string
	after, before    time.Time // inclusive
	limit            int
	start            string
}

func readRoomQuery(q query) (roomQuery, error) {
	enabled, sent := q.flag("enabled")
	rq := roomQuery{
		enabled: enabled || !sent,
		name:    q.values.Get("name"), templateID: q.values.Get("template_id"),
		after: q.time("after"), before: q.time("before"),
		limit: q.limit(limitDefault), start: q.id("start"),
	}
	if q.bad {
		return roomQuery{}, errBadQuery
	}
	return rq, nil
}

func (s *Server) listRooms(r *http.Request) (reply any, err error) {
	q, err := readRoomQuery(s.query(r))
	if err != nil {
		return nil, err
	}
	return reply, s.view(func(st *state) error {
		reply = pageOf(st.conf, q.limit, q.start, st.findRooms(q), func(rm *room) any { return st.listReply(rm) })
		return nil
	})
}

// findRooms returns a page of rooms, newest first. It walks back from where the page begins, and looks names up directly.
func (st *state) findRooms(q roomQuery) []*room {
	rooms := st.disabled
	if q.enabled {
		rooms = st.enabled
	}
	if q.name != "" {
		rooms = nil
		if rm := st.roomNamed(q.name); rm != nil && rm.Enabled == q.enabled {
			rooms = list[*room]{rm}
		}
	}
	rooms = since(until(rooms.before(q.start), q.before), q.after)
	return rooms.newest(q.limit, func(rm *room) bool { return q.templateID == "" || rm.TemplateID == q.templateID })
}
