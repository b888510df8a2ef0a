package sandbox

import "time"

const (
	callCreateKey  = "POST /stream-keys/room/{room_id}"
	callGetKey     = "GET /stream-keys/room/{room_id}"
	callDisableKey = "POST /stream-keys/room/{room_id}/disable"
)

// keyed makes a room with a stream key.
func (b *box) keyed() (roomID, key string) {
	b.t.Helper()
	roomID = b.beamed()
	return roomID, b.call(200, "POST", "/stream-keys/room/"+roomID, "")["key"].(string)
}

// refusedOnKeys makes all calls of stream keys, which have to be refused.
func (b *box) refusedOnKeys(e *apiError, roomID string) {
	b.t.Helper()
	b.refused(e, "POST", "/stream-keys/room/"+roomID, "")
	b.refused(e, "GET", "/stream-keys/room/"+roomID, "")
	b.refused(e, "POST", "/stream-keys/room/"+roomID+"/disable", "")
}

// keyOf is a key as it was created.
func keyOf(got object, roomID string) object {
	return object{
		"id": got["id"], "url": ingestURL, "key": got["key"], "room_id": roomID, "customer_id": customerID, "app_id": appID, "enabled": true,
		"created_at": beamNow, "updated_at": beamNow,
	}
}

var streamKeyRows = []row{
	{kind: anEndpoint, call: callCreateKey, page: "Stream keys: create", test: func(b *box) {
		room := b.make(`{}`)
		got := b.call(200, "POST", "/stream-keys/room/"+room, "{not json")
		equal(b.t, "key", got, keyOf(got, room))
	}},
	{kind: anEndpoint, call: callGetKey, page: "Stream keys: get", test: func(b *box) {
		room, key := b.keyed()
		got := b.call(200, "GET", "/stream-keys/room/"+room, "")
		one := items(got)[0]
		equal(b.t, "keys", got, object{"last": one["id"], "data": []any{
			with(keyOf(one, room), object{"key": key, "created_at": beamNowMillis, "updated_at": beamNowMillis}),
		}})
	}},
	{kind: anEndpoint, call: callDisableKey, page: "Stream keys: disable", test: func(b *box) {
		room, key := b.keyed()
		equal(b.t, "disabled", b.call(201, "POST", "/stream-keys/room/"+room+"/disable", ""), object{"message": "key disabled successfully"})
		if again := b.call(200, "POST", "/stream-keys/room/"+room, "")["key"]; again == key {
			b.t.Error("the reset key is the old one")
		}
	}},
	{kind: aRefusal, call: callCreateKey, what: "Active key already exists", page: "Stream keys: create", test: func(b *box) {
		room, _ := b.keyed()
		b.refused(errKeyExists, "POST", "/stream-keys/room/"+room, "")
	}},
	{kind: aRefusal, call: callGetKey, what: "No active key found", page: "Stream keys: get", test: func(b *box) {
		room, _ := b.keyed()
		b.call(201, "POST", "/stream-keys/room/"+room+"/disable", "")
		b.refused(errNoActiveKey, "GET", "/stream-keys/room/"+room, "")
		b.refused(errNoActiveKey, "GET", "/stream-keys/room/"+b.make(`{}`), "")
	}},
	{kind: aRefusal, call: callDisableKey, what: "Key not found", page: "Stream keys: disable", test: func(b *box) {
		b.refused(errKeyNotFound, "POST", "/stream-keys/room/"+b.make(`{}`)+"/disable", "")
	}},
	{kind: aRefusal, call: callCreateKey, what: "Room not found", page: "Stream keys: create", test: func(b *box) { b.refusedOnKeys(errRoomNotFound, absentID) }},
	{kind: aRefusal, call: callCreateKey, what: "Room is disabled (not active)", page: "Stream keys: create", test: func(b *box) {
		room, _ := b.keyed()
		b.call(200, "POST", "/rooms/"+room, `{"enabled":false}`)
		b.refusedOnKeys(errKeyRoomDisabled, room)
	}},
	{kind: aRefusal, call: callCreateKey, what: "Authentication Error", page: "Stream keys: create", test: func(b *box) {
		equal(b.t, "no token", errNoToken(basePath+"/stream-keys/room/x").Message, "Authentication Error")
	}},
	{kind: aQuirk, what: "disabling the room silences its key, enabling it revives it", page: "Live streaming: RTMP ingestion", test: func(b *box) {
		room, key := b.keyed()
		b.call(200, "POST", "/rooms/"+room, `{"enabled":false}`)
		equal(b.t, "silent", b.force(409, "/stream-keys/"+key+"/ingest/start", ""), failure(409, "stream key disabled"))
		b.call(200, "POST", "/rooms/"+room, `{"enabled":true}`)
		b.force(200, "/stream-keys/"+key+"/ingest/start", "")
	}},
	{kind: aQuirk, what: "disabling the room, or locking it at its end, ends what is being sent", page: "Live streaming: RTMP ingestion", box: Options{Mute: true}, test: func(b *box) {
		room, key := b.keyed()
		for _, call := range [][2]string{{"/rooms/" + room, `{"enabled":false}`}, {"/active-rooms/" + room + "/end-room", `{"lock":true}`}} {
			in := b.force(200, "/stream-keys/"+key+"/ingest/start", "")
			b.elapse(time.Minute)
			b.call(200, "POST", call[0], call[1])
			equal(b.t, call[0], b.lastTold(room, "ingest.failure")["ingest_id"], in["id"])
			equal(b.t, call[0], b.status(in["stream_id"].(string)), "stopping")
			b.elapse(time.Minute)
			b.call(200, "POST", "/rooms/"+room, `{"enabled":true}`)
		}
	}},
	{kind: aQuirk, what: "ingest starts the live stream by itself", page: "Live streaming: RTMP ingestion", test: func(b *box) {
		room, key := b.keyed()
		in := b.force(200, "/stream-keys/"+key+"/ingest/start", "")
		got := b.call(200, "GET", "/live-streams/"+in["stream_id"].(string), "")
		equal(b.t, "stream", only(got, "room_id", "destination", "meeting_url", "status"), object{
			"room_id": room, "destination": "stage", "meeting_url": "", "status": "starting",
		})
		b.joined(room, "teacher", time.Minute)
		b.elapse(time.Hour) // nobody is in the room any more, but what an encoder sends isn't alone
		equal(b.t, "later", b.status(in["stream_id"].(string)), "running")
		b.refused(errBeamStarted, "POST", "/live-streams/room/"+room+"/start", `{}`)
	}},
	{kind: aQuirk, what: "a stopped encoder can come back until autoStopTimeout passes", page: "Live streaming: RTMP ingestion", box: Options{Mute: true}, test: func(b *box) {
		room, key := b.keyed()
		in := b.force(200, "/stream-keys/"+key+"/ingest/start", "")
		b.elapse(time.Minute)
		b.force(200, "/stream-keys/"+key+"/ingest/stop", "")
		b.force(409, "/stream-keys/"+key+"/ingest/stop", "")
		b.elapse(119 * time.Second)
		equal(b.t, "the same", b.force(200, "/stream-keys/"+key+"/ingest/start", "")["id"], in["id"])
		b.force(200, "/stream-keys/"+key+"/ingest/stop", "")
		b.elapse(120*time.Second + beamLeaveTime)
		equal(b.t, "stream", b.status(in["stream_id"].(string)), "post_processing")
		equal(b.t, "end", b.lastTold(room, "ingest.end.success")["reason"], any("reconnection window expired"))
		b.force(409, "/stream-keys/"+key+"/ingest/stop", "")
	}},
}
