package sandbox

import (
	"net/http"
	"time"
)

// The documented refusals of stream keys; that of a missing room is the one of room codes.
var (
	errKeyRoomDisabled = documented("Stream keys: create", http.StatusForbidden, "Room is disabled (not active)")
	errKeyExists       = documented("Stream keys: create", http.StatusBadRequest, "Active key already exists")
	errNoActiveKey     = documented("Stream keys: get", http.StatusNotFound, "No active key found")
	errKeyNotFound     = documented("Stream keys: disable", http.StatusNotFound, "Key not found")
)

// ingestURL is where encoders would send to. Nobody listens: an ingest is begun by a call below adminPath.
const ingestURL = "rtmp://ingest.sandbox.invalid/live"

// streamKey lets an encoder send into a room, as stored and as answered.
type streamKey struct {
	ID         string    `json:"id"`
	URL        string    `json:"url"`
	Key        string    `json:"key"`
	RoomID     string    `json:"room_id"`
	CustomerID string    `json:"customer_id"`
	AppID      string    `json:"app_id"`
	Enabled    bool      `json:"enabled"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

func (k *streamKey) key() string   { return k.Key }
func (k *streamKey) order() string { return k.ID }

func streamKeyRoutes() []route {
	return []route{
		{method: "POST", path: "/stream-keys/room/{room_id}", page: "Stream keys: create", handle: (*Server).createStreamKey},
		{method: "GET", path: "/stream-keys/room/{room_id}", page: "Stream keys: get", handle: (*Server).streamKey},
		{method: "POST", path: "/stream-keys/room/{room_id}/disable", page: "Stream keys: disable", handle: (*Server).disableStreamKey},
	}
}

// keyRoom returns the room of a stream-key call.
func (st *state) keyRoom(r *http.Request) (*room, error) {
	rm := st.rooms.at(r.PathValue("room_id"))
	if rm == nil {
		return nil, errRoomNotFound
	}
	if !rm.Enabled {
		return nil, errKeyRoomDisabled
	}
	return rm, nil
}

// activeKey is the key of a room that isn't disabled, nil when it has none.
func (st *state) activeKey(roomID string) *streamKey {
	keys := st.roomKeys[roomID]
	if len(keys) == 0 || !keys[len(keys)-1].Enabled {
		return nil
	}
	return keys[len(keys)-1]
}

// createStreamKey makes the one key that a room can have (documentation: Stream keys, "Create").
func (s *Server) createStreamKey(r *http.Request) (reply any, err error) {
	return reply, s.update(func(tx *tx) error {
		rm, err := tx.keyRoom(r)
		if err != nil {
			return err
		}
		reply, err = tx.makeKey(rm)
		return err
	})
}

// makeKey makes the stream key of a room that has none.
func (tx *tx) makeKey(rm *room) (*streamKey, error) {
	if tx.activeKey(rm.ID) != nil {
		return nil, errKeyExists
	}
	k := &streamKey{
		ID: tx.newID(), URL: ingestURL, Key: "sk_" + tx.newUUID(), RoomID: rm.ID, CustomerID: customerID, AppID: appID,
		Enabled: true, CreatedAt: tx.now, UpdatedAt: tx.now,
	}
	tx.streamKeys.put(tx, k)
	return k, nil
}

// keysReply is a list of keys, which has no limit.
type keysReply struct {
	Data []streamKey `json:"data"`
	Last string      `json:"last"`
}

func (s *Server) streamKey(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		rm, err := st.keyRoom(r)
		if err != nil {
			return err
		}
		k := st.activeKey(rm.ID)
		if k == nil {
			return errNoActiveKey
		}
		shown := *k
		shown.CreatedAt, shown.UpdatedAt = k.CreatedAt.Truncate(time.Millisecond), k.UpdatedAt.Truncate(time.Millisecond)
		reply = keysReply{Data: []streamKey{shown}, Last: k.ID}
		return nil
	})
}

// disableStreamKey ends a key, and what an encoder sends with it.
func (s *Server) disableStreamKey(r *http.Request) (reply any, err error) {
	return reply, s.update(func(tx *tx) error {
		rm, err := tx.keyRoom(r)
		if err != nil {
			return err
		}
		k := tx.activeKey(rm.ID)
		if k == nil {
			return errKeyNotFound
		}
		next := *k
		next.Enabled, next.UpdatedAt = false, tx.now
		tx.streamKeys.put(tx, &next)
		tx.failIngests(k)
		status := http.StatusCreated
		if tx.conf.reads(ReadingKeyDisable200) {
			status = http.StatusOK
		}
		reply = answer{status: status, body: object{"message": "key disabled successfully"}}
		return nil
	})
}
