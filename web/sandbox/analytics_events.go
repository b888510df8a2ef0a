package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"
)

// cursorAge is how long a cursor of analytics events is good for (documentation: analytics, "Overview").
const cursorAge = 24 * time.Hour

// analyticsTypes are the events that the analytics call can be asked for.
var analyticsTypes = slices.DeleteFunc(slices.Sorted(maps.Keys(eventTypes)), func(name string) bool { return !eventTypes[name].analytics })

// eventQuery is what analytics are asked for, and where in the answer the next page begins; it is also the cursor. Its answer is
// the one of the first query: of what had happened by then.
type eventQuery struct {
	RoomID    string    `json:"r"`
	Types     []string  `json:"t,omitzero"`
	SessionID string    `json:"s,omitzero"`
	PeerID    string    `json:"p,omitzero"`
	UserID    string    `json:"u,omitzero"`
	BeamID    string    `json:"b,omitzero"`
	Errors    bool      `json:"e,omitzero"`
	At        time.Time `json:"a"`          // of the first query
	Upto      string    `json:"n,omitzero"` // place of the last event by then
	Skip      int       `json:"k,omitzero"` // how many the pages before had
	limit     int       // of the page
}

func (q eventQuery) cursor() (string, error) {
	text, err := json.Marshal(q)
	return base64.RawURLEncoding.EncodeToString(text), err
}

// readCursor returns the query that goes on at a cursor; ok is false when it is none.
func readCursor(text string) (q eventQuery, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	return q, err == nil && json.Unmarshal(raw, &q) == nil && q.Skip >= 0
}

// readEventQuery reads a first query, or one that goes on; then the filters are those of the first.
func (s *Server) readEventQuery(r *http.Request) (eventQuery, error) {
	q := s.query(r)
	isError, _ := q.flag("error")
	eq := eventQuery{
		RoomID: q.values.Get("room_id"), Types: slices.DeleteFunc(q.values["type"], func(name string) bool { return name == "" }),
		SessionID: q.values.Get("session_id"), PeerID: q.values.Get("peer_id"), UserID: q.values.Get("user_id"),
		BeamID: q.values.Get("beam_id"), Errors: isError, limit: q.limitWithin(limitDefault, 1, limitMax),
	}
	if q.bad || eq.RoomID == "" || s.badTypes(eq) {
		return eventQuery{}, errBadQuery
	}
	if start := q.values.Get("start"); start != "" {
		return eq.goOn(start, s.clock.now())
	}
	return eq, nil
}

// badTypes says whether types are asked for that analytics don't list, or that have no beam.
func (s *Server) badTypes(q eventQuery) bool {
	if slices.ContainsFunc(q.Types, func(name string) bool { return !slices.Contains(analyticsTypes, name) }) {
		return true
	}
	needsType := len(q.Types) > 0 || s.state.conf.reads(ReadingBeamNeedsType)
	return q.BeamID != "" && needsType && !slices.Contains(q.Types, "beam.recording.success")
}

// goOn returns the query of a cursor, with the limit of q.
func (q eventQuery) goOn(cursor string, now time.Time) (eventQuery, error) {
	next, ok := readCursor(cursor)
	if !ok || next.RoomID != q.RoomID || now.Sub(next.At) >= cursorAge {
		return eventQuery{}, errBadQuery
	}
	next.limit = q.limit
	return next, nil
}

func (q eventQuery) wants(e *event) bool {
	beam, _ := e.Data["beam_id"].(string)
	return (len(q.Types) == 0 || slices.Contains(q.Types, e.Type)) &&
		(q.SessionID == "" || q.SessionID == e.SessionID) && (q.PeerID == "" || q.PeerID == e.PeerID) &&
		(q.UserID == "" || q.UserID == e.UserID) && (q.BeamID == "" || q.BeamID == beam) && (!q.Errors || isErrorEvent(e.Type))
}

// findEvents returns all events that a query means, in the order of the pages.
func (st *state) findEvents(q eventQuery) []*event {
	all := st.roomEvents[q.RoomID]
	end, last := all.find(q.Upto)
	if last {
		end++
	}
	found := []*event{}
	for _, e := range since(all[:end], q.At.Add(-eventAge)) {
		if q.wants(e) {
			found = append(found, e)
		}
	}
	if !st.conf.reads(ReadingAnalyticsOldest) {
		slices.Reverse(found)
	}
	return found
}

// eventsReply is a page of analytics events.
type eventsReply struct {
	Limit  int            `json:"limit"` // events on this page
	Total  int            `json:"total"`
	Next   string         `json:"next"` // empty on the last page
	Events []eventOfReply `json:"events"`
}

type eventOfReply struct {
	Version   string    `json:"version"`
	ID        string    `json:"id"`
	Timestamp time.Time `json:"timestamp"`
	Type      string    `json:"type"`
	Data      object    `json:"data"`
}

func shownEvent(e *event, data object) eventOfReply {
	return eventOfReply{"2.0", e.ID, e.At, e.Type, data}
}

// listEvents answers with a page of what happened in a room.
func (s *Server) listEvents(r *http.Request) (reply any, err error) {
	q, err := s.readEventQuery(r)
	if err != nil {
		return nil, err
	}
	return reply, s.view(func(st *state) error {
		if q.At.IsZero() {
			q.At = s.clock.now()
			if all := st.roomEvents[q.RoomID]; len(all) > 0 {
				q.Upto = all[len(all)-1].Seq
			}
		}
		reply, err = st.eventsPage(q)
		return err
	})
}

func (st *state) eventsPage(q eventQuery) (eventsReply, error) {
	found := st.findEvents(q)
	first := min(q.Skip, len(found))
	last := min(first+q.limit, len(found))
	reply := eventsReply{Limit: last - first, Total: len(found), Events: []eventOfReply{}}
	for _, e := range found[first:last] {
		reply.Events = append(reply.Events, shownEvent(e, analyticsData(e)))
	}
	if last == len(found) {
		return reply, nil
	}
	q.Skip = last
	var err error
	reply.Next, err = q.cursor()
	return reply, err
}

// analyticsBeam are the keys of a recording's event in analytics: fewer than the webhook's.
var analyticsBeam = readEventKeys(analyticsBeamKeys)

// analyticsData is the data of an event as analytics show it.
func analyticsData(e *event) object {
	if e.Type != "beam.recording.success" {
		return e.Data
	}
	data := maps.Clone(e.Data)
	maps.DeleteFunc(data, func(name string, _ any) bool {
		return !slices.ContainsFunc(analyticsBeam, func(k eventKey) bool { return k.name == name })
	})
	return data
}
