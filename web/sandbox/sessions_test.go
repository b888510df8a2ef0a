package sandbox

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// The start of every box as answers show it: in whole milliseconds, and whole.
const (
	startMillis = "2025-03-04T09:30:00.123Z"
	startNanos  = "2025-03-04T09:30:00.123456789Z"
)

// hooked are options of a box whose events are kept though nothing is sent.
func hooked(readings ...Reading) Options {
	o := Options{Mute: true, Readings: map[Reading]bool{}}
	for _, name := range readings {
		o.Readings[name] = true
	}
	return o
}

// hall makes a room with a webhook, so that what happens in it is told.
func (b *box) hall(keys string) (roomID string) {
	b.t.Helper()
	if keys != "" {
		keys = "," + keys
	}
	return b.make(`{"name":"hall-` + b.state.newUUID() + `","webhook":{"url":"http://127.0.0.1:9/hook"}` + keys + `}`)
}

// enters lets somebody in by the rules.
func (b *box) enters(roomID, name, role string) (peerID string) {
	b.t.Helper()
	b.change(func(tx *tx) {
		p, err := tx.admit(tx.rooms.at(roomID), joining{name: name, userID: strings.ToLower(name), role: role})
		if err != nil {
			b.t.Fatal(err)
		}
		peerID = p.ID
	})
	return peerID
}

// event is what was told: the type, and the data as a receiver reads it.
type told struct {
	Type string
	Data object
}

// told returns what was told about a room, the oldest first; of the given types, or all.
func (b *box) told(roomID string, types ...string) []told {
	b.t.Helper()
	var all []told
	err := b.view(func(st *state) error {
		for _, e := range st.events.list {
			if e.RoomID == roomID && (len(types) == 0 || slices.Contains(types, e.Type)) {
				all = append(all, told{e.Type, asJSON(b.t, e.Data)})
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

// kinds returns the types of what was told.
func kinds(all []told) []string {
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.Type
	}
	return names
}

// asJSON is v as it is read from JSON.
func asJSON(t testing.TB, v any) object {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out object
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// about is data with what every event says about its room.
func (b *box) about(roomID string, data object) object {
	b.t.Helper()
	err := b.view(func(st *state) error {
		rm := st.rooms.at(roomID)
		data["room_id"], data["room_name"], data["template_id"] = rm.ID, rm.Name, rm.TemplateID
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return data
}

// operate makes a call below adminPath and decodes its answer.
func (b *box) operate(status int, method, path, body string) object {
	b.t.Helper()
	r := httptest.NewRequest(method, adminPath+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+b.token)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	if w.Code != status {
		b.t.Fatalf("%s %s %s: status %d, want %d: %s", method, path, body, w.Code, status, w.Body)
	}
	if status == 204 {
		return nil
	}
	var out object
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return out
}

// sessionOf returns the id of the session that runs in a room.
func (b *box) sessionOf(roomID string) string {
	b.t.Helper()
	return b.call(200, "GET", "/active-rooms/"+roomID, "")["session"].(object)["id"].(string)
}

// ids returns the ids of a page's items.
func idsOf(page object) []string {
	var ids []string
	items, _ := page["data"].([]any)
	for _, item := range items {
		ids = append(ids, item.(object)["id"].(string))
	}
	return ids
}

// quarter is a stay in a room.
const quarter = 15 * time.Minute

// TestTwiceIsOnce: who is gone can't leave again, who is being removed isn't put off, and a locked room stays as it was locked.
func TestTwiceIsOnce(t *testing.T) {
	b := newBox(t, Options{Mute: true})
	room := b.hall("")
	stays, goes, kicked := b.enters(room, "Asha", "student"), b.enters(room, "Bo", "student"), b.enters(room, "Cy", "student")
	b.change(func(tx *tx) {
		p := tx.peers.at(goes)
		tx.leave(p, leftByItself, "")
		tx.leave(p, leftServer, "again")
	})
	remove := `{"peer_id":"` + kicked + `","reason":"%"}`
	b.call(200, "POST", "/active-rooms/"+room+"/remove-peers", strings.Replace(remove, "%", "first", 1))
	b.elapse(submitDelay / 2)
	b.call(200, "POST", "/active-rooms/"+room+"/remove-peers", strings.Replace(remove, "%", "second", 1))
	b.elapse(submitDelay / 2)
	equal(t, "left over", b.peerIDs(room, ""), []string{stays})
	left := b.told(room, "peer.leave.success")
	equal(t, "left", []any{len(left), left[0].Data["reason"], left[1].Data["message"]}, []any{2, "client request", "first"})

	b.call(200, "POST", "/active-rooms/"+room+"/end-room", `{"lock":true}`)
	locked := b.call(200, "GET", "/rooms/"+room, "")
	b.advance(100 * time.Millisecond)
	b.call(200, "POST", "/active-rooms/"+room+"/end-room", `{"lock":true}`)
	equal(t, "room", b.call(200, "GET", "/rooms/"+room, ""), locked)
	equal(t, "enabled", locked["enabled"], any(false))
}

func TestAdminBodies(t *testing.T) {
	b := newBox(t, Options{})
	peer := b.joined(b.make(`{}`), "student", 0)
	for _, path := range []string{"/peers/" + peer + "/leave", "/peers/" + peer + "/tracks", "/scenarios", "/rooms/x/join"} {
		equal(t, path, b.operate(400, "POST", path, `{`), failure(400, "request body contains badly-formed JSON (at position 1)"))
	}
}
