package sandbox

import (
	"cmp"
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

// createRoom makes a room, or changes the one that has the name already.
func (s *Server) createRoom(r *http.Request) (any, error) {
	in, err := readRoomBody(r)
	if err != nil {
		return nil, err
	}
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	if in.name == "" {
		in.name = newUUID()
	}
	old := s.state.names[nameKey(in.name)]
	next, err := s.state.plan(in, old, true)
	if err != nil {
		return nil, err
	}
	if old == nil {
		s.state.date(next, s.clock())
	} else {
		next.UpdatedAt = after(old, s.clock())
	}
	if err := s.state.commit(change{Room: next}); err != nil {
		return nil, err
	}
	return createReply(next, s.state.templates[next.TemplateID]), nil
}

// updateRoom changes what the body names. A body of nothing but `enabled` gets the short answer.
func (s *Server) updateRoom(r *http.Request) (any, error) {
	in, err := readRoomBody(r)
	if err != nil {
		return nil, err
	}
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	old := s.state.rooms[r.PathValue("room_id")]
	if old == nil {
		return nil, errRoomNotFound
	}
	next, err := s.state.plan(in, old, false)
	if err != nil {
		return nil, err
	}
	if holder := s.state.names[nameKey(next.Name)]; holder != nil && holder.ID != old.ID {
		return updateReply(holder, s.state.templates[holder.TemplateID]), nil
	}
	now := s.clock()
	next.UpdatedAt = after(old, now)
	if err := s.state.commit(change{Room: next}); err != nil {
		return nil, err
	}
	if in.onlyEnabled {
		return switchReply(next, now), nil
	}
	return updateReply(next, s.state.templates[next.TemplateID]), nil
}

func (s *Server) room(r *http.Request) (any, error) {
	s.state.mu.RLock()
	defer s.state.mu.RUnlock()
	rm := s.state.rooms[r.PathValue("room_id")]
	if rm == nil {
		return nil, errRoomNotFound
	}
	return getReply(rm, s.state.templates[rm.TemplateID]), nil
}

// date gives a new room its id and times. created_at never goes back, because pages are cut by it.
func (st *state) date(rm *room, now time.Time) {
	rm.ID = st.ids.next(now)
	rm.CreatedAt = now.Truncate(time.Millisecond)
	if rm.CreatedAt.Before(st.newest) {
		rm.CreatedAt = st.newest
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

func readRoomQuery(r *http.Request) (roomQuery, error) {
	q := query{values: r.URL.Query()}
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

func (s *Server) listRooms(r *http.Request) (any, error) {
	q, err := readRoomQuery(r)
	if err != nil {
		return nil, err
	}
	s.state.mu.RLock()
	defer s.state.mu.RUnlock()
	found := s.state.find(q)
	if len(found) == 0 && q.start != "" {
		return page{Limit: q.limit}, nil
	}
	items := make([]*roomReply, len(found))
	last := ""
	for i, rm := range found {
		items[i], last = listReply(rm, s.state.templates[rm.TemplateID]), rm.ID
	}
	return page{Limit: q.limit, Data: items, Last: last}, nil
}

// find returns a page of rooms, newest first. It walks back from where the page begins, and looks names up directly.
func (st *state) find(q roomQuery) []*room {
	rooms := *st.list(q.enabled)
	if q.name != "" {
		rooms = nil
		if rm := st.names[nameKey(q.name)]; rm != nil && rm.Enabled == q.enabled {
			rooms = roomList{rm}
		}
	}
	if q.start != "" {
		at, _ := rooms.find(q.start)
		rooms = rooms[:at]
	}
	rooms = rooms.until(q.before).since(q.after)
	var found []*room
	for i := len(rooms) - 1; i >= 0 && len(found) < q.limit; i-- {
		if q.templateID == "" || rooms[i].TemplateID == q.templateID {
			found = append(found, rooms[i])
		}
	}
	return found
}

// shownRegion is the region a room is answered with.
func shownRegion(rm *room, t *template) string {
	if rm.Region == regionAuto {
		return cmp.Or(t.region, regionAuto)
	}
	return rm.Region
}
