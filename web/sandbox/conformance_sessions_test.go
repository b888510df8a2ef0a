package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// The calls of this file.
const (
	getSessions    = "GET /sessions"
	getSession     = "GET /sessions/{session_id}"
	getActiveRoom  = "GET /active-rooms/{room_id}"
	getActivePeers = "GET /active-rooms/{room_id}/peers"
	getActivePeer  = "GET /active-rooms/{room_id}/peers/{peer_id}"
	postPeer       = "POST /active-rooms/{room_id}/peers/{peer_id}"
	postMessage    = "POST /active-rooms/{room_id}/send-message"
	postRemove     = "POST /active-rooms/{room_id}/remove-peers"
	postEnd        = "POST /active-rooms/{room_id}/end-room"
)

var sessionRows = slices.Concat(sessionListRows, activeRoomRows, peerRows, endingRows, sessionEventRows, sessionReadingRows)

var sessionListRows = []row{
	{anEndpoint, getSessions, "", "Sessions: list", func(b *box) {
		room := b.make(`{}`)
		peer := b.joined(room, "student", quarter)
		session := b.sessionOf(room)
		b.elapse(quarter)
		end := "2025-03-04T09:45:00.123Z"
		equal(b.t, "list", b.call(200, "GET", "/sessions", ""), object{
			"limit": 10.0, "last": session, "data": []any{object{
				"id": session, "room_id": room, "customer_id": customerID, "active": false, "created_at": startMillis, "updated_at": end,
				"peers": object{peer: object{
					"id": peer, "session_id": session, "name": "Asha", "role": "student", "user_id": "u-1", "joined_at": startMillis, "left_at": end,
				}},
			}},
		})
	}, Options{}},
	{anEndpoint, "GET /sessions/{$}", "", "Sessions: list", func(b *box) {
		b.joined(b.make(`{}`), "student", 0)
		equal(b.t, "with a slash", b.call(200, "GET", "/sessions/?limit=20", ""), b.call(200, "GET", "/sessions?limit=20", ""))
		equal(b.t, "two of them", b.call(404, "GET", "/sessions//", ""), failure(404, "not found"))
	}, Options{}},
	{anEndpoint, getSession, "", "Sessions: get", func(b *box) {
		room := b.make(`{}`)
		peer := b.joined(room, "student", 0)
		session := b.sessionOf(room)
		equal(b.t, "session", b.call(200, "GET", "/sessions/"+session, ""), object{
			"id": session, "room_id": room, "customer_id": customerID, "active": true, "created_at": startMillis, "updated_at": startMillis,
			"peers": object{peer: object{
				"id": peer, "session_id": session, "name": "Asha", "role": "student", "user_id": "u-1", "joined_at": startMillis,
			}},
		})
	}, Options{}},
	{aRefusal, getSession, "Error: Session not found", "seen in tests of others", func(b *box) {
		b.refused(errSessionNotFound, "GET", "/sessions/"+absentID, "")
		b.refused(errSessionNotFound, "GET", "/sessions/invalid", "")
	}, Options{}},
	{aParameter, getSessions, "active", "Sessions: list", func(b *box) {
		gone, here := b.make(`{}`), b.make(`{}`)
		b.joined(gone, "student", time.Second)
		over := b.sessionOf(gone)
		b.joined(here, "student", 0)
		b.elapse(time.Minute)
		running := b.sessionOf(here)
		equal(b.t, "active", idsOf(b.call(200, "GET", "/sessions?active=true", "")), []string{running})
		equal(b.t, "over", idsOf(b.call(200, "GET", "/sessions?active=false", "")), []string{over})
		equal(b.t, "all", idsOf(b.call(200, "GET", "/sessions", "")), []string{running, over})
		b.refused(errBadQuery, "GET", "/sessions?active=yes", "")
	}, Options{}},
	{aParameter, getSessions, "room_id", "Sessions: list", func(b *box) {
		one, two := b.make(`{}`), b.make(`{}`)
		b.joined(one, "student", 0)
		b.joined(two, "student", 0)
		equal(b.t, "of one", idsOf(b.call(200, "GET", "/sessions?room_id="+one, "")), []string{b.sessionOf(one)})
		equal(b.t, "as the vendor's client asks", idsOf(b.call(200, "GET", "/sessions?active=true&room_id="+two, "")), []string{b.sessionOf(two)})
		equal(b.t, "of none", b.call(200, "GET", "/sessions?room_id="+absentID, ""), object{"limit": 10.0, "data": []any{}, "last": ""})
	}, Options{}},
	{aParameter, getSessions, "after", "Sessions: list", func(b *box) {
		ids := b.sessionsByMinute(4)
		equal(b.t, "inclusive", idsOf(b.call(200, "GET", "/sessions?after=2025-03-04T09:32:00.123Z", "")), []string{ids[3], ids[2]})
		equal(b.t, "just later", idsOf(b.call(200, "GET", "/sessions?after=2025-03-04T09:32:00.124Z", "")), []string{ids[3]})
		b.refused(errBadQuery, "GET", "/sessions?after=yesterday", "")
	}, Options{}},
	{aParameter, getSessions, "before", "Sessions: list", func(b *box) {
		ids := b.sessionsByMinute(4)
		equal(b.t, "inclusive", idsOf(b.call(200, "GET", "/sessions?before=2025-03-04T09:31:00.123Z", "")), []string{ids[1], ids[0]})
		equal(b.t, "just earlier", idsOf(b.call(200, "GET", "/sessions?before=2025-03-04T09:31:00.122Z", "")), []string{ids[0]})
		b.refused(errBadQuery, "GET", "/sessions?before=1741080600", "")
	}, Options{}},
	{aParameter, getSessions, "limit", "Sessions: list", func(b *box) {
		ids := b.sessionsByMinute(13)
		slices.Reverse(ids)
		equal(b.t, "usual", idsOf(b.call(200, "GET", "/sessions", "")), ids[:10])
		page := b.call(200, "GET", "/sessions?limit=12", "")
		equal(b.t, "twelve", idsOf(page), ids[:12])
		equal(b.t, "as asked for", page["limit"], any(12.0))
		for _, limit := range []string{"9", "101", "x"} {
			b.refused(errBadQuery, "GET", "/sessions?limit="+limit, "")
		}
	}, Options{}},
	{aParameter, getSessions, "start", "Sessions: list", func(b *box) {
		ids := b.sessionsByMinute(25)
		slices.Reverse(ids)
		equal(b.t, "walked", b.walk("/sessions", url.Values{}, "id"), ids)
		equal(b.t, "walked in a room's", b.walk("/sessions", url.Values{"active": {"false"}}, "id"), ids)
		equal(b.t, "after the end", b.call(200, "GET", "/sessions?start="+ids[24], ""), object{"limit": 10.0, "data": nil, "last": ""})
		b.refused(errBadQuery, "GET", "/sessions?start=first", "")
	}, Options{}},
	{aQuirk, getSession, "a user who rejoined is another peer with the same user_id", "Sessions: object", func(b *box) {
		room := b.make(`{}`)
		b.joined(room, "teacher", 0)
		first := b.joined(room, "student", time.Second)
		b.elapse(time.Minute)
		second := b.joined(room, "student", 0)
		peers := b.call(200, "GET", "/sessions/"+b.sessionOf(room), "")["peers"].(object)
		equal(b.t, "peers", len(peers), 3)
		equal(b.t, "user", peers[first].(object)["user_id"], peers[second].(object)["user_id"])
	}, Options{}},
	{aQuirk, getSession, "a session lasts at most 12 hours", "Sessions: object", func(b *box) {
		room := b.make(`{}`)
		b.joined(room, "student", 0)
		session := b.sessionOf(room)
		b.elapse(12*time.Hour - time.Second)
		equal(b.t, "before", b.call(200, "GET", "/sessions/"+session, "")["active"], any(true))
		b.elapse(time.Second)
		got := b.call(200, "GET", "/sessions/"+session, "")
		equal(b.t, "active", got["active"], any(false))
		equal(b.t, "end", got["updated_at"], any("2025-03-04T21:30:00.123Z"))
	}, Options{}},
	{aQuirk, getSession, "a session ends after its room's max_duration_seconds", "Rooms: object", func(b *box) {
		room := b.make(`{"max_duration_seconds":120}`)
		b.joined(room, "student", 0)
		session := b.sessionOf(room)
		b.elapse(2 * time.Minute)
		equal(b.t, "end", b.call(200, "GET", "/sessions/"+session, "")["updated_at"], any("2025-03-04T09:32:00.123Z"))
	}, Options{}},
	{aQuirk, getSession, "names of rooms and peers are hashed with HIPAA rules", "HIPAA workspace", func(b *box) {
		room := b.hall(`"name":"ward-9"`)
		peer := b.enters(room, "Asha", "student")
		got := b.call(200, "GET", "/sessions/"+b.sessionOf(room), "")["peers"].(object)[peer].(object)
		equal(b.t, "in sessions", got["name"], any(hashOf("Asha")))
		equal(b.t, "in webhooks", b.told(room, "peer.join.success")[0].Data["user_name"], any(hashOf("Asha")))
		equal(b.t, "in analytics", b.told(room, "track.add.success")[0].Data["user_name"], any(hashOf("Asha")))
		equal(b.t, "the active room's", b.call(200, "GET", "/active-rooms/"+room, "")["name"], any(hashOf("ward-9")))
		equal(b.t, "the peer's own", b.call(200, "GET", "/active-rooms/"+room+"/peers/"+peer, "")["name"], any("Asha"))
		equal(b.t, "in the list", b.call(200, "GET", "/active-rooms/"+room+"/peers", "")["peers"].(object)[peer].(object)["name"], any("Asha"))
	}, Options{HIPAA: true, Mute: true}},
}

// sessionsByMinute lets n sessions of a second begin, a minute apart, and returns their ids.
func (b *box) sessionsByMinute(n int) (ids []string) {
	room := b.make(`{}`)
	for range n {
		b.joined(room, "student", time.Second)
		ids = append(ids, b.sessionOf(room))
		b.elapse(time.Minute)
	}
	return ids
}

func hashOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

var sessionEventRows = []row{
	{aQuirk, "", "session.open, peer.join, peer.leave and session.close", "Webhooks: events", func(b *box) {
		room := b.hall("")
		var peer, session string
		b.change(func(tx *tx) {
			p := tx.join(tx.rooms.at(room), joining{name: "Asha", userID: "u-1", role: "student", metadata: "m", leavesAt: tx.now.Add(90 * time.Second)})
			peer, session = p.ID, p.SessionID
		})
		b.elapse(2 * time.Minute)
		end := "2025-03-04T09:31:30.123456789Z"
		who := func(more object) object {
			data := object{
				"session_id": session, "session_started_at": startNanos, "peer_id": peer, "user_id": "u-1", "user_name": "Asha", "user_data": "m",
				"role": "student", "type": "regular", "joined_at": startNanos,
			}
			maps.Copy(data, more)
			return b.about(room, data)
		}
		equal(b.t, "told", b.told(room, "session.open.success", "peer.join.success", "peer.leave.success", "session.close.success"), []told{
			{"session.open.success", b.about(room, object{"session_id": session, "session_started_at": startNanos})},
			{"peer.join.success", who(nil)},
			{"peer.leave.success", who(object{"left_at": end, "duration": 90.0, "reason": "client request", "message": ""})},
			{"session.close.success", b.about(room, object{
				"session_id": session, "session_started_at": startNanos, "session_stopped_at": end, "session_duration": 90.0,
			})},
		})
	}, hooked()},
	{aQuirk, "", "track.add, track.update and track.remove", "Analytics: track events", func(b *box) {
		room := b.make(`{"template_id":"` + webinarID + `"}`)
		peer := b.joined(room, "host", 0)
		b.operate(200, "POST", "/peers/"+peer+"/tracks", `{"type":"video","source":"screen"}`)
		b.operate(200, "POST", "/peers/"+peer+"/tracks", `{"type":"video","source":"screen","mute":true}`)
		b.elapse(time.Minute)
		b.operate(200, "POST", "/peers/"+peer+"/tracks", `{"type":"video","source":"screen","stop":true}`)
		all := b.told(room)[2:]
		equal(b.t, "types", kinds(all), []string{"track.add.success", "track.update.success", "track.remove.success"})
		id, stream := all[0].Data["track_id"], all[0].Data["stream_id"]
		removed := b.about(room, object{
			"session_id": b.sessionOf(room), "peer_id": peer, "user_id": "u-1", "user_name": "Asha", "joined_at": startNanos, "role": "host",
			"track_id": id, "stream_id": stream, "type": "video", "source": "screen", "mute": true, "started_at": startNanos,
			"stopped_at": "2025-03-04T09:31:00.123456789Z",
		})
		delete(removed, "template_id") // track events don't tell it
		equal(b.t, "removed", all[2].Data, removed)
		equal(b.t, "muted", []any{all[0].Data["mute"], all[1].Data["mute"]}, []any{false, true})
		equal(b.t, "no stop before", all[1].Data["stopped_at"], nil)
	}, Options{}},
	{aQuirk, postPeer, "role.change.success, without who asked", "Webhooks: events", func(b *box) {
		room := b.hall("")
		peer := b.enters(room, "Asha", "student")
		b.elapse(time.Second)
		b.call(200, "POST", "/active-rooms/"+room+"/peers/"+peer, `{"role":"teacher"}`)
		b.call(200, "POST", "/active-rooms/"+room+"/peers/"+peer, `{"role":"teacher"}`)
		equal(b.t, "told", b.told(room, "role.change.success"), []told{{"role.change.success", b.about(room, object{
			"session_id": b.sessionOf(room), "session_started_at": startNanos, "peer_id": peer, "user_id": "asha", "user_name": "Asha",
			"user_data": "", "previous_role": "student", "role": "teacher", "joined_at": startNanos, "role_changed_at": "2025-03-04T09:30:01.123456789Z",
		})}})
	}, hooked()},
	{aQuirk, postPeer, "role.change.failure: role limit reached", "Webhooks: events", func(b *box) {
		room, peer := b.fullClass()
		b.refused(errRoleLimit, "POST", "/active-rooms/"+room+"/peers/"+peer, `{"name":"Other","role":"teacher"}`)
		equal(b.t, "told", b.told(room, "role.change.failure"), []told{{"role.change.failure", b.about(room, object{
			"session_id": b.sessionOf(room), "session_started_at": startNanos, "peer_id": peer, "user_id": "asha", "user_name": "Other",
			"user_data": "", "role": "teacher", "joined_at": startNanos, "error_message": "role limit reached",
		})}})
		equal(b.t, "as it was", b.call(200, "GET", "/active-rooms/"+room+"/peers/"+peer, "")["name"], any("Asha"))
	}, hooked()},
	{aQuirk, "", "peer.join.failure has no session and a zero time", "Webhooks: events", func(b *box) {
		room := b.hall(`"size":1`)
		for i, fails := range []struct {
			body, why string
			status    int
		}{
			{`{"name":"Bo","user_id":"b","metadata":"m","role":"headmaster"}`, "role not allowed", 404},
			{`{"name":"Bo","user_id":"b","metadata":"m","role":"student","fail":"network disconnection"}`, "network disconnection", 409},
			{`{"name":"Bo","user_id":"b","metadata":"m","role":"student","fail":"duplicate peer id"}`, "duplicate peer id", 409},
		} {
			b.operate(fails.status, "POST", "/rooms/"+room+"/join", fails.body)
			got := b.told(room)[i]
			role := "student"
			if i == 0 {
				role = "headmaster"
			}
			equal(b.t, fails.why, got, told{"peer.join.failure", b.about(room, object{
				"peer_id": got.Data["peer_id"], "user_id": "b", "user_name": "Bo", "user_data": "m", "role": role, "type": "regular",
				"joined_at": "0001-01-01T00:00:00Z", "error_message": fails.why,
			})})
		}
	}, hooked()},
	{aQuirk, "", "peer.leave.failure: peer not joined", "Webhooks: events", func(b *box) {
		room := b.hall("")
		peer := b.enters(room, "Asha", "student")
		b.operate(200, "POST", "/peers/"+peer+"/leave", "")
		b.operate(404, "POST", "/peers/"+peer+"/leave", "")
		equal(b.t, "told", b.told(room, "peer.leave.failure"), []told{{"peer.leave.failure", b.about(room, object{
			"peer_id": peer, "user_id": "asha", "user_name": "Asha", "user_data": "", "role": "student", "type": "regular", "joined_at": startNanos,
			"left_at": "0001-01-01T00:00:00Z", "duration": 0.0, "error_message": "peer not joined",
		})}})
	}, hooked()},
	{aQuirk, "", "the five reasons of peer.leave.success", "Webhooks: peer.leave.success", func(b *box) {
		room := b.hall("")
		for i, reason := range []string{"client request", "peer kicked", "websocket closed", "ice connection state closed", "server removed peer"} {
			peer := b.enters(room, "P"+strconv.Itoa(i), "student")
			b.operate(200, "POST", "/peers/"+peer+"/leave", fmt.Sprintf(`{"reason":%q}`, reason))
			equal(b.t, reason, b.told(room, "peer.leave.success")[i].Data["reason"], any(reason))
		}
		b.operate(400, "POST", "/peers/"+b.enters(room, "Q", "student")+"/leave", `{"reason":"bored"}`)
	}, hooked()},
	{aQuirk, "", "maxPeerCount: 0 is no limit, n is one, -1 lets nobody join", "Templates: role", func(b *box) {
		room := b.make(`{}`)
		b.call(200, "POST", "/templates/"+classroomID+"/roles/assistant", `{"maxPeerCount":-1}`)
		for role, statuses := range map[string][]int{"teacher": {200, 200, 400}, "assistant": {400}, "student": {200, 200, 200, 200, 200}} {
			for _, status := range statuses {
				b.operate(status, "POST", "/rooms/"+room+"/join", `{"role":"`+role+`"}`)
			}
		}
	}, Options{}},
	{aQuirk, "", "a room of its size is full", "Rooms: object", func(b *box) {
		room := b.make(`{"size":2}`)
		peer := b.operate(200, "POST", "/rooms/"+room+"/join", `{"role":"student"}`)["id"].(string)
		b.operate(200, "POST", "/rooms/"+room+"/join", `{"role":"student"}`)
		equal(b.t, "third", b.operate(403, "POST", "/rooms/"+room+"/join", `{"role":"student"}`), failure(403, "Room is full"))
		b.operate(200, "POST", "/peers/"+peer+"/leave", "")
		b.operate(200, "POST", "/rooms/"+room+"/join", `{"role":"student"}`)
	}, Options{}},
}

// fullClass makes a room with two teachers, which are all that there can be, and a student, whose id it returns.
func (b *box) fullClass() (room, student string) {
	room = b.hall("")
	b.enters(room, "Bo", "teacher")
	b.enters(room, "Cy", "teacher")
	return room, b.enters(room, "Asha", "student")
}

var sessionReadingRows = []row{
	{aReading, getSessions, string(ReadingSessionsActiveByDefault), "Sessions: list", func(b *box) {
		room := b.make(`{}`)
		b.joined(room, "student", time.Second)
		over := b.sessionOf(room)
		b.elapse(time.Minute)
		b.joined(room, "student", 0)
		equal(b.t, "unfiltered", idsOf(b.call(200, "GET", "/sessions", "")), []string{b.sessionOf(room)})
		equal(b.t, "over", idsOf(b.call(200, "GET", "/sessions?active=false", "")), []string{over})
	}, otherwise(ReadingSessionsActiveByDefault)},
	{aReading, getSession, string(ReadingSessionPeersArray), "Sessions: object", func(b *box) {
		room := b.make(`{}`)
		first, second := b.joined(room, "student", 0), b.joined(room, "student", 0)
		peers := b.call(200, "GET", "/sessions/"+b.sessionOf(room), "")["peers"].([]any)
		equal(b.t, "peers", []any{peers[0].(object)["id"], peers[1].(object)["id"]}, []any{first, second})
	}, otherwise(ReadingSessionPeersArray)},
	{aReading, getSession, string(ReadingSessionAppID), "Sessions: object", func(b *box) {
		room := b.make(`{}`)
		b.joined(room, "student", 0)
		equal(b.t, "app", b.call(200, "GET", "/sessions/"+b.sessionOf(room), "")["app_id"], any(appID))
	}, otherwise(ReadingSessionAppID)},
	{aReading, getSession, string(ReadingSessionPeerUser), "Sessions: object", func(b *box) {
		room := b.make(`{}`)
		peer := b.joined(room, "student", 0)
		user := b.call(200, "GET", "/sessions/"+b.sessionOf(room), "")["peers"].(object)[peer].(object)["user"].(string)
		equal(b.t, "an id", isID(user), true)
	}, otherwise(ReadingSessionPeerUser)},
	{aReading, getSession, string(ReadingLeftAtNull), "Sessions: object", func(b *box) {
		room := b.make(`{}`)
		peer := b.joined(room, "student", 0)
		shown := b.call(200, "GET", "/sessions/"+b.sessionOf(room), "")["peers"].(object)[peer].(object)
		left, there := shown["left_at"]
		equal(b.t, "left_at", []any{left, there}, []any{nil, true})
	}, otherwise(ReadingLeftAtNull)},
	{aReading, getSession, string(ReadingSessionErrorData), "Sessions: get", func(b *box) {
		equal(b.t, "answer", b.call(404, "GET", "/sessions/"+absentID, ""), object{
			"code": 404.0, "message": "Error: Session not found", "data": object{"description": "Error: Session not found"},
		})
	}, otherwise(ReadingSessionErrorData)},
	{aReading, getActiveRoom, string(ReadingSessionNotActive), "Active rooms: get", func(b *box) {
		b.refused(errSessionNotActive, "GET", "/active-rooms/"+b.make(`{}`), "")
	}, otherwise(ReadingSessionNotActive)},
	{aReading, postRemove, string(ReadingAbsentPeerAccepted), "Active rooms: remove peers", func(b *box) {
		room := b.make(`{}`)
		peer := b.joined(room, "student", 0)
		b.call(200, "POST", "/active-rooms/"+room+"/remove-peers", `{"peer_id":"nobody"}`)
		b.call(200, "POST", "/active-rooms/"+room+"/send-message", `{"peer_id":"nobody","message":"m"}`)
		b.elapse(time.Minute)
		equal(b.t, "still there", b.peerIDs(room, ""), []string{peer})
	}, otherwise(ReadingAbsentPeerAccepted)},
	{aReading, postPeer, string(ReadingRoleChangeSubmitted), "Active rooms: update a peer", func(b *box) {
		room, peer := b.fullClass()
		at := "/active-rooms/" + room + "/peers/" + peer
		before := b.call(200, "GET", at, "")
		equal(b.t, "answer", b.call(200, "POST", at, `{"role":"teacher"}`), before)
		equal(b.t, "told", len(b.told(room, "role.change.failure")), 1)
	}, hooked(ReadingRoleChangeSubmitted)},
	{aReading, "", string(ReadingHIPAANamePrefix), "HIPAA workspace", func(b *box) {
		room := b.make(`{"name":"ward-9"}`)
		b.joined(room, "student", 0)
		equal(b.t, "name", b.call(200, "GET", "/active-rooms/"+room, "")["name"], any("SHA256:"+hashOf("ward-9")))
	}, Options{HIPAA: true, Readings: map[Reading]bool{ReadingHIPAANamePrefix: true}}},
}
