package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"
)

var eventRows = slices.Concat(deliveryRows, envelopeRows, historyRows, replayRows, analyticsRows, statsRows)

// The pages of the documents.
const (
	pageDelivery = "Webhooks: overview"
	pageSecure   = "Webhooks: secure webhooks"
	pageEnvelope = "Webhooks: envelope"
	pageEvents   = "Webhooks: events"
)

var deliveryRows = []row{
	{kind: aQuirk, what: "a webhook is a POST of JSON with the configured headers", page: pageDelivery, test: func(b *box) {
		hook := newReceiver(b.t)
		id := b.make(`{"webhook":{"url":"` + hook.URL + `","headers":{"X-Ward-Key":"k-7","content-type":"application/json; v=2"}}}`)
		b.happens(id, "room.end.success", nil)
		equal(b.t, "key", hook.headers[0].Get("X-Ward-Key"), "k-7")
		equal(b.t, "content type", hook.headers[0].Values("Content-Type"), []string{"application/json; v=2"})
		equal(b.t, "type", hook.got[0]["type"], any("room.end.success"))
	}},
	{kind: aQuirk, what: "the room's webhook replaces the workspace's", page: pageDelivery, test: func(b *box) {
		everywhere, own := newReceiver(b.t), newReceiver(b.t)
		b.admin("POST", "/webhook", `{"url":"`+everywhere.URL+`","headers":{"X-All":"1"}}`)
		b.happens(b.hooked("own", own), "room.end.success", nil)
		b.happens(b.make(`{"name":"none"}`), "room.end.failure", nil)
		equal(b.t, "own", own.types(), []string{"room.end.success"})
		equal(b.t, "workspace", everywhere.types(), []string{"room.end.failure"})
		equal(b.t, "header", everywhere.headers[0].Get("X-All"), "1")
	}},
	{kind: aQuirk, what: "200 alone is success, three retries after 1, 3 and 10 seconds", page: pageDelivery, test: func(b *box) {
		hook := newReceiver(b.t, 201, 204, 302, 500)
		b.happens(b.hooked("tries", hook), "room.end.success", nil)
		for _, step := range []struct {
			wait  time.Duration
			tries int
		}{{999 * time.Millisecond, 1}, {time.Millisecond, 2}, {2999 * time.Millisecond, 2}, {time.Millisecond, 3}, {9 * time.Second, 3}, {time.Second, 4}, {time.Hour, 4}} {
			b.elapse(step.wait)
			equal(b.t, "tries", len(hook.types()), step.tries)
		}
		equal(b.t, "id", hook.got[3]["id"], hook.got[0]["id"])
		equal(b.t, "status", b.deliveryOf().Status, deliveryFailed)
	}},
	{kind: aQuirk, what: "HIPAA: the body is signed, with the secret or one of the webhook's own", page: pageSecure, box: Options{HIPAA: true}, test: func(b *box) {
		hook := b.tlsReceiver()
		id := b.hooked("signed", hook)
		b.happens(id, "room.end.success", nil)
		b.admin("POST", "/webhook", `{"url":"https://other.example.org","secret":"own"}`)
		b.happens(id, "room.end.success", nil)
		for i, key := range []string{DemoSecret, "own"} {
			mac := hmac.New(sha256.New, []byte(key))
			mac.Write(hook.texts[i])
			equal(b.t, "signature", hook.headers[i].Get("x-100ms-signature"), hex.EncodeToString(mac.Sum(nil)))
		}
	}},
	{kind: aQuirk, what: "HIPAA: nothing is sent without https", page: pageSecure, box: Options{HIPAA: true}, test: func(b *box) {
		hook := newReceiver(b.t)
		b.happens(b.hooked("plain", hook), "room.end.success", nil)
		equal(b.t, "sent", len(hook.types()), 0)
		status, _ := b.admin("POST", "/webhook", `{"url":"http://h.example.org"}`)
		equal(b.t, "workspace's", status, 400)
	}},
	{kind: aQuirk, what: "HIPAA: names of rooms and peers in events are hashes, as in answers", page: "HIPAA workspace", box: Options{HIPAA: true}, test: func(b *box) {
		hook := b.tlsReceiver()
		room := b.hooked("ward-9", hook)
		b.joined(room, "student", 0)
		b.elapse(0)
		at := slices.Index(hook.types(), "peer.join.success")
		equal(b.t, "names", only(hook.got[at]["data"].(object), "room_name", "user_name"), object{"room_name": hashOf("ward-9"), "user_name": hashOf("Asha")})
		equal(b.t, "answer", b.call(200, "GET", "/rooms/"+room, "")["name"], any(hashOf("ward-9")))
	}},
	{kind: aQuirk, what: "without HIPAA nothing is signed", page: pageSecure, test: func(b *box) {
		hook := newReceiver(b.t)
		b.happens(b.hooked("open", hook), "room.end.success", nil)
		equal(b.t, "signature", hook.headers[0].Values("x-100ms-signature"), []string(nil))
	}},
}

var envelopeRows = slices.Concat([]row{
	{kind: aQuirk, what: "the envelope's keys", page: pageEnvelope, test: func(b *box) {
		hook := newReceiver(b.t)
		id := b.hooked("ward-3", hook)
		e := b.happens(id, "session.open.success", object{"session_id": "65a0b40ed5e6f708192a3c11", "session_started_at": testStart})
		equal(b.t, "body", hook.got[0], object{
			"version": "2.0", "id": e.ID, "account_id": customerID, "app_id": appID, "timestamp": "2025-03-04T09:30:00Z",
			"type": "session.open.success", "data": object{
				"room_id": id, "room_name": "ward-3", "template_id": classroomID, "session_id": "65a0b40ed5e6f708192a3c11",
				"session_started_at": "2025-03-04T09:30:00.123456789Z",
			},
		})
	}},
	{kind: aQuirk, what: "recordings of the SFU say version 1.0", page: pageEnvelope, test: func(b *box) {
		for kind, version := range map[string]string{"recording.success": "1.0", "recording.failed": "1.0", "beam.recording.success": "2.0"} {
			equal(b.t, kind, b.toldOnce(kind, nil)["version"], any(version))
		}
	}},
	{kind: aQuirk, what: "failed joins and leaves have zero times and no session", page: pageEvents, test: func(b *box) {
		join := b.toldOnce("peer.join.failure", object{"error_message": "role not allowed"})["data"].(object)
		equal(b.t, "joined", join["joined_at"], any("0001-01-01T00:00:00Z"))
		equal(b.t, "session", slices.Contains(slices.Collect(maps.Keys(join)), "session_id"), false)
		leave := b.toldOnce("peer.leave.failure", nil)["data"].(object)
		equal(b.t, "left", leave["left_at"], any("0001-01-01T00:00:00Z"))
		equal(b.t, "duration", leave["duration"], any(0.0))
	}},
	{kind: aQuirk, what: "analytics' own events are not sent to webhooks", page: pageEvents, test: func(b *box) {
		hook := newReceiver(b.t)
		id := b.hooked("quiet", hook)
		b.happens(id, "track.add.success", nil)
		b.happens(id, "client.disconnected", nil)
		equal(b.t, "sent", len(hook.types()), 0)
	}},
	{kind: aReading, what: string(ReadingEnvelopeWithoutApp), page: pageEnvelope, box: otherwise(ReadingEnvelopeWithoutApp), test: func(b *box) {
		_, has := b.toldOnce("session.open.success", nil)["app_id"]
		equal(b.t, "app_id", has, false)
	}},
	{kind: aReading, what: string(ReadingEnvelopeTemplate), page: pageEnvelope, box: otherwise(ReadingEnvelopeTemplate), test: func(b *box) {
		body := b.toldOnce("session.open.success", nil)
		equal(b.t, "envelope", body["template_id"], any(classroomID))
		_, has := body["data"].(object)["template_id"]
		equal(b.t, "data", has, false)
	}},
	{kind: aReading, what: string(ReadingUnlistedFailures), page: pageEvents, box: otherwise(ReadingUnlistedFailures), test: func(b *box) {
		hook := newReceiver(b.t)
		id := b.hooked("unlisted", hook)
		for _, kind := range []string{"room.end.failure", "role.change.failure", "role.change.success"} {
			b.happens(id, kind, nil)
		}
		equal(b.t, "sent", hook.types(), []string{"role.change.success"})
	}},
	{kind: aReading, what: string(ReadingHLSStoppedSample), page: pageEvents, box: otherwise(ReadingHLSStoppedSample), test: func(b *box) {
		data := b.toldOnce("hls.stopped.success", object{"url": "https://x"})["data"].(object)
		_, url := data["url"]
		_, live := data["live_transcription_enabled"]
		equal(b.t, "keys", []bool{url, live}, []bool{false, false})
	}},
},
	eventReadingRow(ReadingPeerNotJoined, "peer.leave.failure", "data.error_message", "peer not joined", "Peer not joined"),
	eventReadingRow(ReadingIngestFailure, "ingest.failure", "data.error_message", "internal error", "stream key disabled"),
	eventReadingRow(ReadingTrackFailureType, "track.recording.failure", "type", "track.recording.failure", "track.recording.success"),
	eventReadingRow(ReadingTranscriptionFailed, "transcription.failure", "type", "transcription.failure", "transcription.failed"),
	eventReadingRow(ReadingStreamTypeKey, "stream.recording.success", "data.type", nil, "screen"),
	eventReadingRow(ReadingSizesAsText, "track.recording.success", "data.size", 2048.0, "2048"),
	eventReadingRow(ReadingTrackNoDuration, "track.recording.success", "data.duration", 0.0, nil),
)

// eventReadingRow tests what a webhook says of an event usually, and by a reading.
func eventReadingRow(name Reading, kind, key string, usual, other any) []row {
	told := func(b *box) any {
		data := object{}
		switch kind {
		case "stream.recording.success":
			data["stream_type"] = "screen"
		case "track.recording.success":
			data["size"] = 2048
		}
		body := b.toldOnce(kind, data)
		if inner, ok := strings.CutPrefix(key, "data."); ok {
			return body["data"].(object)[inner]
		}
		return body[key]
	}
	return []row{
		{kind: aQuirk, what: key + " of " + kind, page: pageEvents, test: func(b *box) { equal(b.t, kind, told(b), usual) }},
		{kind: aReading, what: string(name), page: pageEvents, box: otherwise(name), test: func(b *box) { equal(b.t, kind, told(b), other) }},
	}
}
