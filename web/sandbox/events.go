package sandbox

import (
	"slices"
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

// analyticsTypes are the events that the analytics call lists (documentation: analytics events).
var analyticsTypes = []string{
	"track.add.success", "track.update.success", "track.remove.success", "beam.recording.success",
	"client.publish.failed", "client.subscribe.failed", "client.join.failed", "client.disconnected", "client.connect.failed",
}

// happen notes that something happened in a room: for analytics where they list such events, and for the webhook of the room or
// else of the workspace where there is one. data needn't name the room and its template.
func (tx *tx) happen(rm *room, kind string, data object) {
	hook := rm.Webhook
	if hook == nil {
		hook = tx.workspace().Webhook
	}
	if hook == nil && !slices.Contains(analyticsTypes, kind) {
		return
	}
	e := tx.newEvent(rm, kind, data)
	tx.events.put(tx, e)
	if hook != nil {
		tx.deliver(e, hook)
	}
}

// observe notes an event that only analytics list.
func (tx *tx) observe(rm *room, kind string, data object) {
	tx.events.put(tx, tx.newEvent(rm, kind, data))
}

func (tx *tx) newEvent(rm *room, kind string, data object) *event {
	data["room_id"], data["room_name"], data["template_id"] = rm.ID, tx.conf.shownName(rm.Name), rm.TemplateID
	e := &event{ID: tx.newUUID(), Seq: tx.newID(), Type: kind, RoomID: rm.ID, At: tx.now, Data: data}
	e.SessionID, _ = data["session_id"].(string)
	e.PeerID, _ = data["peer_id"].(string)
	e.UserID, _ = data["user_id"].(string)
	return e
}

func eventRoutes() []route { return nil }

func eventAdmin() []adminRoute { return nil }
