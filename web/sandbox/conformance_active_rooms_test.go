package sandbox

import (
	"slices"
	"time"
)

var activeRoomRows = []row{
	{anEndpoint, getActiveRoom, "", "Active rooms: get", func(b *box) {
		room := b.make(`{"name":"daily"}`)
		first, second := b.joined(room, "teacher", 0), b.joined(room, "student", 0)
		equal(b.t, "room", b.call(200, "GET", "/active-rooms/"+room, ""), object{
			"id": room, "name": "daily", "customer_id": customerID,
			"session": object{"id": b.sessionOf(room), "created_at": startNanos, "peers": []any{first, second}},
		})
	}, Options{}},
	{aQuirk, getActiveRoom, "a room is active while a peer is connected", "Active rooms: overview", func(b *box) {
		room := b.make(`{}`)
		b.refused(errRoomNotActive, "GET", "/active-rooms/"+room, "")
		b.joined(room, "teacher", time.Minute)
		b.call(200, "GET", "/active-rooms/"+room, "")
		b.elapse(time.Minute)
		b.refused(errRoomNotActive, "GET", "/active-rooms/"+room, "")
	}, Options{}},
	{aQuirk, getActiveRoom, "a session that nobody has joined yet has no peers, and can be ended", "Active rooms: get", func(b *box) {
		room := b.make(`{}`)
		b.change(func(tx *tx) { tx.openSession(tx.rooms.at(room)) })
		equal(b.t, "peers", b.call(200, "GET", "/active-rooms/"+room, "")["session"].(object)["peers"], any([]any{}))
		equal(b.t, "listed", b.call(200, "GET", "/active-rooms/"+room+"/peers", ""), object{"peers": object{}})
		b.call(200, "POST", "/active-rooms/"+room+"/end-room", `{}`)
		b.elapse(submitDelay)
		b.refused(errRoomNotActive, "GET", "/active-rooms/"+room, "")
	}, Options{}},
	{aRefusal, "", "room not active", "seen in an app of others", func(b *box) {
		room := b.make(`{}`)
		for _, c := range activeCalls(room, "p") {
			b.refused(errRoomNotActive, c[0], c[1], c[2])
		}
		b.refused(errRoomNotActive, "GET", "/active-rooms/"+absentID, "")
	}, Options{}},
	{aRefusal, "", "session not active", "seen in an app of others", func(b *box) {
		for _, c := range activeCalls(b.make(`{}`), "p") {
			b.refused(errSessionNotActive, c[0], c[1], c[2])
		}
	}, otherwise(ReadingSessionNotActive)},
	{anEndpoint, getActivePeers, "", "Active rooms: list peers", func(b *box) {
		room := b.make(`{}`)
		peer := b.joined(room, "student", 0)
		equal(b.t, "peers", b.call(200, "GET", "/active-rooms/"+room+"/peers", ""), object{"peers": object{peer: object{
			"id": peer, "name": "Asha", "user_id": "u-1", "metadata": "", "role": "student", "joined_at": startNanos,
		}}})
	}, Options{}},
	{aParameter, getActivePeers, "user_id", "Active rooms: list peers", func(b *box) {
		room := b.make(`{}`)
		b.enters(room, "Asha", "student")
		bo := b.enters(room, "Bo", "student")
		equal(b.t, "bo", b.peerIDs(room, "?user_id=bo"), []string{bo})
		equal(b.t, "nobody", b.call(200, "GET", "/active-rooms/"+room+"/peers?user_id=cy", ""), object{"peers": object{}})
	}, Options{}},
	{aParameter, getActivePeers, "role", "Active rooms: list peers", func(b *box) {
		room := b.make(`{}`)
		asha := b.enters(room, "Asha", "teacher")
		b.enters(room, "Bo", "student")
		equal(b.t, "teachers", b.peerIDs(room, "?role=teacher"), []string{asha})
		equal(b.t, "both filters", b.call(200, "GET", "/active-rooms/"+room+"/peers?role=teacher&user_id=bo", ""), object{"peers": object{}})
	}, Options{}},
	{aQuirk, getActivePeers, "lists have connected peers only, and no tracks", "Active rooms: list peers", func(b *box) {
		room := b.make(`{}`)
		here := b.joined(room, "teacher", 0)
		b.joined(room, "student", time.Second)
		b.elapse(time.Minute)
		equal(b.t, "peers", b.peerIDs(room, ""), []string{here})
	}, Options{}},
	{anEndpoint, getActivePeer, "", "Active rooms: get a peer", func(b *box) {
		room := b.make(`{}`)
		peer := b.joined(room, "student", 0)
		got := b.call(200, "GET", "/active-rooms/"+room+"/peers/"+peer, "")
		equal(b.t, "peer", got, object{
			"id": peer, "name": "Asha", "user_id": "u-1", "metadata": "", "role": "student", "joined_at": startNanos, "tracks": got["tracks"],
		})
		var types []string
		for id, item := range got["tracks"].(object) {
			t := item.(object)
			types = append(types, t["type"].(string))
			equal(b.t, "track", t, object{
				"id": id, "stream_id": t["stream_id"], "mute": false, "type": t["type"], "source": "regular", "started_at": startNanos, "description": "",
			})
		}
		slices.Sort(types)
		equal(b.t, "types", types, []string{"audio", "video"})
	}, Options{}},
	{aQuirk, getActivePeer, "a role without publishParams.allowed publishes nothing", "Templates: publishParams", func(b *box) {
		room := b.make(`{"template_id":"` + webinarID + `"}`)
		peer := b.joined(room, "attendee", 0)
		equal(b.t, "tracks", b.call(200, "GET", "/active-rooms/"+room+"/peers/"+peer, "")["tracks"], any(object{}))
	}, Options{}},
	{aQuirk, getActivePeer, "connected peers of this room only", "Active rooms: get a peer", func(b *box) {
		room, other := b.make(`{}`), b.make(`{}`)
		b.joined(room, "teacher", 0)
		gone := b.joined(room, "student", time.Second)
		elsewhere := b.joined(other, "student", 0)
		b.elapse(time.Minute)
		for _, id := range []string{gone, elsewhere, "nobody"} {
			b.refused(errPeerNotFound, "GET", "/active-rooms/"+room+"/peers/"+id, "")
		}
	}, Options{}},
}

// activeCalls are all calls about an active room, as method, path and body.
func activeCalls(room, peer string) [][3]string {
	at := "/active-rooms/" + room
	return [][3]string{
		{"GET", at, ""},
		{"GET", at + "/peers", ""},
		{"GET", at + "/peers/" + peer, ""},
		{"POST", at + "/peers/" + peer, `{"name":"Bo"}`},
		{"POST", at + "/send-message", `{"message":"hello"}`},
		{"POST", at + "/remove-peers", `{"role":"student"}`},
		{"POST", at + "/end-room", `{}`},
	}
}

// peerIDs returns the ids of the connected peers of a room, sorted.
func (b *box) peerIDs(room, query string) []string {
	b.t.Helper()
	ids := []string{}
	for id := range b.call(200, "GET", "/active-rooms/"+room+"/peers"+query, "")["peers"].(object) {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

var peerRows = []row{
	{anEndpoint, postPeer, "", "Active rooms: update a peer", func(b *box) {
		room := b.make(`{}`)
		peer := b.joined(room, "student", 0)
		at := "/active-rooms/" + room + "/peers/" + peer
		got := b.call(200, "POST", at, `{"name":"Asha R","metadata":"{\"hand\":true}"}`)
		equal(b.t, "answer", got, object{
			"id": peer, "name": "Asha R", "user_id": "u-1", "metadata": `{"hand":true}`, "role": "student", "joined_at": startNanos, "tracks": got["tracks"],
		})
		equal(b.t, "tracks", len(got["tracks"].(object)), 2)
		equal(b.t, "kept", b.call(200, "GET", at, ""), got)
		equal(b.t, "of nothing", b.call(200, "POST", at, `{}`), got)
		b.refused(errPeerNotFound, "POST", at+"x", `{}`)
	}, Options{}},
	{aParameter, postPeer, "name", "Active rooms: update a peer", func(b *box) {
		b.updates("name", `{"name":"Bo"}`, "Bo")
	}, Options{}},
	{aParameter, postPeer, "role", "Active rooms: update a peer", func(b *box) {
		b.updates("role", `{"role":"teacher"}`, "teacher")
		room := b.make(`{}`)
		peer := b.joined(room, "student", 0)
		b.refused(errRoleNotFound, "POST", "/active-rooms/"+room+"/peers/"+peer, `{"role":"headmaster"}`)
	}, Options{}},
	{aParameter, postPeer, "metadata", "Active rooms: update a peer", func(b *box) {
		b.updates("metadata", `{"metadata":"not json"}`, "not json")
	}, Options{}},
	{aQuirk, postPeer, "a new role publishes what it may", "Templates: publishParams", func(b *box) {
		room := b.make(`{"template_id":"` + webinarID + `"}`)
		peer := b.joined(room, "attendee", 0)
		at := "/active-rooms/" + room + "/peers/" + peer
		equal(b.t, "as a speaker", len(b.call(200, "POST", at, `{"role":"speaker"}`)["tracks"].(object)), 2)
		equal(b.t, "as an attendee", len(b.call(200, "POST", at, `{"role":"attendee"}`)["tracks"].(object)), 0)
		equal(b.t, "analytics", kinds(b.told(room)), []string{
			"track.add.success", "track.add.success", "track.remove.success", "track.remove.success",
		})
	}, Options{}},
	{anEndpoint, postMessage, "", "Active rooms: send message", func(b *box) {
		room := b.make(`{}`)
		b.joined(room, "student", 0)
		got := b.call(200, "POST", "/active-rooms/"+room+"/send-message", `{"message":"hello","peerId":"x"}`)
		equal(b.t, "answer", got, object{"message": "message sent"})
		sent := b.operate(200, "GET", "/rooms/"+room+"/messages", "")["messages"].([]any)[0].(object)
		equal(b.t, "sent", sent, object{
			"id": sent["id"], "room_id": room, "session_id": b.sessionOf(room), "type": "chat", "message": "hello", "sent_at": startNanos,
		})
	}, Options{}},
	{aParameter, postMessage, "message", "Active rooms: send message", func(b *box) {
		room := b.make(`{}`)
		b.joined(room, "student", 0)
		for _, body := range []string{`{}`, `{"message":""}`, `{"message":null,"type":"chat"}`} {
			b.refused(errNoMessage, "POST", "/active-rooms/"+room+"/send-message", body)
		}
	}, Options{}},
	{aParameter, postMessage, "peer_id", "Active rooms: send message", func(b *box) {
		room := b.make(`{}`)
		peer := b.joined(room, "student", 0)
		equal(b.t, "peer", b.sends(room, `{"message":"m","peer_id":"`+peer+`"}`)["peer_id"], any(peer))
		b.refused(errPeerNotFound, "POST", "/active-rooms/"+room+"/send-message", `{"message":"m","peer_id":"nobody"}`)
	}, Options{}},
	{aParameter, postMessage, "role", "Active rooms: send message", func(b *box) {
		room := b.make(`{}`)
		b.joined(room, "student", 0)
		equal(b.t, "role", b.sends(room, `{"message":"m","role":"teacher"}`)["role"], any("teacher"))
		equal(b.t, "an empty one", b.sends(room, `{"message":"m","role":""}`)["role"], nil)
	}, Options{}},
	{aQuirk, postMessage, "without a peer or a role everybody gets it, and the peer wins over the role", "Active rooms: send message", func(b *box) {
		room := b.make(`{}`)
		peer := b.joined(room, "student", 0)
		all := b.sends(room, `{"message":"m"}`)
		equal(b.t, "everybody", []any{all["peer_id"], all["role"]}, []any{nil, nil})
		one := b.sends(room, `{"message":"m","peer_id":"`+peer+`","role":"teacher"}`)
		equal(b.t, "the peer", []any{one["peer_id"], one["role"]}, []any{peer, nil})
	}, Options{}},
	{aParameter, postMessage, "type", "Active rooms: send message", func(b *box) {
		room := b.make(`{}`)
		b.joined(room, "student", 0)
		equal(b.t, "type", b.sends(room, `{"message":"m","type":"👋"}`)["type"], any("👋"))
	}, Options{}},
	{anEndpoint, postRemove, "", "Active rooms: remove peers", func(b *box) {
		room := b.make(`{}`)
		b.joined(room, "teacher", 0)
		b.joined(room, "student", 0)
		got := b.call(200, "POST", "/active-rooms/"+room+"/remove-peers", `{"role":"student"}`)
		equal(b.t, "answer", got, object{"message": "peer remove request submitted"})
	}, Options{}},
	{aQuirk, postRemove, "peers are removed after the answer", "Active rooms: remove peers", func(b *box) {
		room := b.make(`{}`)
		teacher, student := b.joined(room, "teacher", 0), b.joined(room, "student", 0)
		b.call(200, "POST", "/active-rooms/"+room+"/remove-peers", `{"role":"student"}`)
		equal(b.t, "at once", b.peerIDs(room, "?role=student"), []string{student})
		b.elapse(submitDelay)
		equal(b.t, "a moment later", b.peerIDs(room, ""), []string{teacher})
		b.joined(room, "student", 0)
		equal(b.t, "who was removed can rejoin", len(b.peerIDs(room, "")), 2)
	}, Options{}},
	{aParameter, postRemove, "peer_id", "Active rooms: remove peers", func(b *box) {
		room := b.make(`{}`)
		b.joined(room, "teacher", 0)
		one, two := b.joined(room, "student", 0), b.joined(room, "student", 0)
		b.call(200, "POST", "/active-rooms/"+room+"/remove-peers", `{"peer_id":"`+one+`","role":"student"}`)
		b.elapse(submitDelay)
		equal(b.t, "wins over the role", b.peerIDs(room, "?role=student"), []string{two})
		b.refused(errPeerNotFound, "POST", "/active-rooms/"+room+"/remove-peers", `{"peer_id":"`+one+`"}`)
		b.refused(errNobody, "POST", "/active-rooms/"+room+"/remove-peers", `{"reason":"x"}`)
	}, Options{}},
	{aParameter, postRemove, "role", "Active rooms: remove peers", func(b *box) {
		room := b.make(`{}`)
		teacher := b.joined(room, "teacher", 0)
		b.joined(room, "student", 0)
		b.joined(room, "student", 0)
		b.call(200, "POST", "/active-rooms/"+room+"/remove-peers", `{"role":"student"}`)
		b.elapse(submitDelay)
		equal(b.t, "left over", b.peerIDs(room, ""), []string{teacher})
		b.call(200, "POST", "/active-rooms/"+room+"/remove-peers", `{"role":"nobody's"}`)
	}, Options{}},
	{aParameter, postRemove, "reason", "Active rooms: remove peers", func(b *box) {
		room := b.hall("")
		peer := b.enters(room, "Asha", "student")
		b.call(200, "POST", "/active-rooms/"+room+"/remove-peers", `{"peer_id":"`+peer+`","reason":"out of turn"}`)
		b.elapse(submitDelay)
		left := b.told(room, "peer.leave.success")[0].Data
		equal(b.t, "reason", []any{left["reason"], left["message"]}, []any{"peer kicked", "out of turn"})
	}, hooked()},
}

// updates changes one key of a peer and wants to see it changed.
func (b *box) updates(key, body, want string) {
	b.t.Helper()
	room := b.make(`{}`)
	peer := b.joined(room, "student", 0)
	at := "/active-rooms/" + room + "/peers/" + peer
	before := b.call(200, "GET", at, "")
	before[key] = want
	equal(b.t, body, b.call(200, "POST", at, body), before)
	equal(b.t, "a null is no change", b.call(200, "POST", at, `{"`+key+`":null}`), before)
	b.call(400, "POST", at, `{"`+key+`":7}`)
}

// sends sends a message and returns what was sent.
func (b *box) sends(room, body string) object {
	b.t.Helper()
	b.call(200, "POST", "/active-rooms/"+room+"/send-message", body)
	return b.operate(200, "GET", "/rooms/"+room+"/messages", "")["messages"].([]any)[0].(object)
}

var endingRows = []row{
	{anEndpoint, postEnd, "", "Active rooms: end room", func(b *box) {
		room := b.make(`{}`)
		b.joined(room, "student", 0)
		session := b.sessionOf(room)
		equal(b.t, "answer", b.call(200, "POST", "/active-rooms/"+room+"/end-room", `{"reason":"over","lock":false}`), object{"message": "session is ending"})
		equal(b.t, "at once", b.call(200, "GET", "/sessions/"+session, "")["active"], any(true))
		b.elapse(submitDelay)
		equal(b.t, "a moment later", b.call(200, "GET", "/sessions/"+session, "")["active"], any(false))
		b.refused(errRoomNotActive, "GET", "/active-rooms/"+room, "")
		equal(b.t, "the room", b.call(200, "GET", "/rooms/"+room, "")["enabled"], any(true))
	}, Options{}},
	{aParameter, postEnd, "reason", "Active rooms: end room", func(b *box) {
		room := b.hall("")
		peer := b.enters(room, "Asha", "student")
		session := b.sessionOf(room)
		b.call(200, "POST", "/active-rooms/"+room+"/end-room", `{"reason":"fire drill"}`)
		b.elapse(time.Second)
		equal(b.t, "told", b.told(room, "room.end.success"), []told{{"room.end.success", b.about(room, object{
			"session_id": session, "session_started_at": startNanos, "lock_room": false, "reason": "fire drill", "source": "api",
			"peer_id": "", "user_id": "", "user_name": "", "role": "",
		})}})
		left := b.told(room, "peer.leave.success")[0].Data
		equal(b.t, "left", []any{left["peer_id"], left["reason"], left["message"]}, []any{peer, "client request", "fire drill"})
	}, hooked()},
	{aParameter, postEnd, "lock", "Active rooms: end room", func(b *box) {
		room := b.hall("")
		b.enters(room, "Asha", "student")
		b.call(200, "POST", "/active-rooms/"+room+"/end-room", `{"lock":true}`)
		b.elapse(time.Second)
		equal(b.t, "told", b.told(room, "room.end.success")[0].Data["lock_room"], any(true))
		equal(b.t, "room", b.call(200, "GET", "/rooms/"+room, "")["enabled"], any(false))
		b.operate(403, "POST", "/rooms/"+room+"/join", `{"role":"student"}`)
		b.call(200, "POST", "/rooms/"+room, `{"enabled":true}`)
		b.operate(200, "POST", "/rooms/"+room+"/join", `{"role":"student"}`)
	}, hooked()},
	{aQuirk, postEnd, "asking twice ends it once, at the time of the first", "Active rooms: end room", func(b *box) {
		room := b.hall("")
		b.enters(room, "Asha", "student")
		b.call(200, "POST", "/active-rooms/"+room+"/end-room", `{"reason":"first"}`)
		b.elapse(submitDelay / 2)
		b.call(200, "POST", "/active-rooms/"+room+"/end-room", `{"reason":"second"}`)
		b.elapse(submitDelay / 2)
		ends := b.told(room, "room.end.success")
		equal(b.t, "ends", len(ends), 1)
		equal(b.t, "reason", ends[0].Data["reason"], any("first"))
	}, hooked()},
	{aQuirk, postEnd, "room.end.failure has a code and a text", "Webhooks: events", func(b *box) {
		room := b.hall("")
		b.refused(errRoomNotActive, "POST", "/active-rooms/"+room+"/end-room", `{"reason":"r","lock":true}`)
		equal(b.t, "told", b.told(room), []told{{"room.end.failure", b.about(room, object{
			"lock_room": true, "reason": "r", "source": "api", "peer_id": "", "user_id": "", "user_name": "", "role": "",
			"session_id": "", "session_started_at": "0001-01-01T00:00:00Z", "error_code": 404.0, "error_message": "session not found",
		})}})
		equal(b.t, "the room", b.call(200, "GET", "/rooms/"+room, "")["enabled"], any(true))
	}, hooked()},
}
