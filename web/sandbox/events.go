package sandbox

import (
	"maps"
	"strings"
	"time"
)

// object is a JSON object.
type object = map[string]any

// event is something that happened: what webhooks tell and analytics list.
type event struct {
	ID        string    `json:"id"`  // a UUID
	Seq       string    `json:"seq"` // its place among the events
	Type      string    `json:"type"`
	RoomID    string    `json:"room_id"`
	SessionID string    `json:"session_id,omitzero"`
	PeerID    string    `json:"peer_id,omitzero"`
	UserID    string    `json:"user_id,omitzero"`
	At        time.Time `json:"at"`
	Data      object    `json:"data"`
}

func (e *event) key() string     { return e.ID }
func (e *event) order() string   { return e.Seq }
func (e *event) made() time.Time { return e.At }

// How long and how many events and deliveries are kept. The documents say 30 days; the number bounds the memory of a sandbox
// under load.
const (
	eventAge   = 30 * 24 * time.Hour
	eventsKept = 100_000
)

// movedEvent keeps the lists of what analytics show of each room.
func (st *state) movedEvent(old, next **event) {
	st.roomEvents.move(ofAnalytics(old), ofAnalytics(next), func(e *event) string { return e.RoomID })
}

// ofAnalytics is e when analytics list it, else nil.
func ofAnalytics(e **event) **event {
	if e == nil || !eventTypes[(*e).Type].analytics {
		return nil
	}
	return e
}

// hook returns the webhook that is told what happens in a room: its own, else that of the workspace; nil when there is none.
func (st *state) hook(rm *room) *webhook {
	if rm.Webhook != nil {
		return rm.Webhook
	}
	return st.workspace().Webhook
}

// happen notes that something happened in a room: for analytics where they list such events, and for the webhook of the room or
// else of the workspace where there is one. data needn't name the room and its template; what it lacks of the documented keys is
// added with a blank value. It returns nil when nobody is told.
func (tx *tx) happen(rm *room, kind string, data object) *event {
	hook := tx.hook(rm)
	if !tx.told(kind) {
		hook = nil
	}
	if hook == nil && !eventTypes[kind].analytics {
		return nil
	}
	e := tx.observe(rm, kind, data)
	if hook != nil {
		tx.deliver(e, hook)
	}
	return e
}

// observe notes an event that only analytics list.
func (tx *tx) observe(rm *room, kind string, data object) *event {
	e := tx.newEvent(rm, kind, data)
	tx.events.put(tx, e)
	return e
}

// told says whether webhooks tell a type of event. Those that the documents don't know come by hand alone, and are told.
func (st *state) told(kind string) bool {
	if st.conf.reads(ReadingUnlistedFailures) && (kind == "room.end.failure" || kind == "role.change.failure") {
		return false
	}
	t, known := eventTypes[kind]
	return !known || t.webhook
}

func (tx *tx) newEvent(rm *room, kind string, data object) *event {
	tx.forgetOld(tx.now)
	full := tx.eventData(rm, kind, data)
	e := &event{ID: tx.newUUID(), Seq: tx.newID(), Type: tx.conf.readData(kind, full), RoomID: rm.ID, At: tx.now, Data: full}
	e.SessionID, _ = full["session_id"].(string)
	e.PeerID, _ = full["peer_id"].(string)
	e.UserID, _ = full["user_id"].(string)
	return e
}

// eventData is data with what is known about every event, and with a blank value for each other key that the documents have.
func (st *state) eventData(rm *room, kind string, data object) object {
	full := object{}
	maps.Copy(full, data)
	t, known := eventTypes[kind]
	own := object{
		"room_id": rm.ID, "room_name": st.conf.shownName(rm.Name), "template_id": rm.TemplateID,
		"account_id": customerID, "app_id": appID,
	}
	for key, value := range own {
		if t.needs(key) || (!known && strings.HasPrefix(key, "room_")) {
			full[key] = value
		}
	}
	for _, key := range t.keys {
		if _, has := full[key.name]; !has && !key.optional {
			full[key.name] = st.conf.blank(kind, key)
		}
	}
	return full
}

// forgetOld lets go what is older than events are kept, or more than are kept; of messages as many are kept. Nothing is written down for it: the file loses
// them when it is written anew, and loading it forgets them again.
func (st *state) forgetOld(now time.Time) {
	oldest := now.Add(-eventAge)
	forget(st.events, eventsKept, oldest)
	if len(st.events.list) > 0 && st.events.list[0].At.After(oldest) {
		oldest = st.events.list[0].At // a delivery is of no use without its event
	}
	forget(st.deliveries, eventsKept, oldest)
	st.forgetReplays(now.Add(-eventAge))
	forget(st.messages, eventsKept, time.Time{})
}

func eventRoutes() []route {
	return append([]route{
		{
			method: "GET", path: "/analytics/events", page: "Analytics: events", handle: (*Server).listEvents,
			query: []string{"room_id", "type", "session_id", "peer_id", "user_id", "beam_id", "error", "limit", "start"},
		},
		{
			method: "GET", path: "/analytics/peer-stats", page: "Analytics: peer quality", handle: (*Server).peerStats,
			query: []string{"peer_id", "session_id"},
		},
	}, webhookRoutes()...)
}
