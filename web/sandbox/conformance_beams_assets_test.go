package sandbox

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"time"
)

const (
	callListAssets = "GET /recording-assets"
	callPresigned  = "GET /recording-assets/{asset_id}/presigned-url"
)

// composite is the composite of a recording, which is its last but one asset.
func (b *box) composite() object {
	b.t.Helper()
	return items(b.call(200, "GET", "/recording-assets?asset_type=room-composite", ""))[0]
}

// presigned asks for a link to an asset.
func (b *box) presigned(asset object, query string) object {
	b.t.Helper()
	return b.call(200, "GET", "/recording-assets/"+asset["id"].(string)+"/presigned-url"+query, "")
}

// fetch follows a link, without a token.
func (b *box) fetch(link string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.ServeHTTP(w, httptest.NewRequest("GET", link, nil))
	return w
}

// vendorStored lets the classroom's files go to the vendor's storage.
func (b *box) vendorStored() { b.patched(classroomID, `{"settings":{"region":"eu","recording":null}}`) }

// assetsListed checks a filter of the list of assets by the types that it finds.
func (b *box) assetsListed(query string, want ...any) {
	b.t.Helper()
	var types []any
	for _, a := range items(b.call(200, "GET", "/recording-assets?"+query, "")) {
		types = append(types, a["type"])
	}
	equal(b.t, query, types, want)
}

var assetRows = []row{
	{kind: anEndpoint, call: callListAssets, page: "Recording assets: list", test: func(b *box) {
		room, id := b.recordedOver(`{}`)
		got := b.call(200, "GET", "/recording-assets", "")
		chat := items(got)[0]
		equal(b.t, "list", only(got, "limit", "last"), object{"limit": 10.0, "last": items(got)[1]["id"]})
		equal(b.t, "newest first", []any{chat["type"], items(got)[1]["type"]}, []any{"chat", "room-composite"})
		equal(b.t, "whose", only(chat, "job_id", "room_id"), object{"job_id": id, "room_id": room})
	}},
	{kind: anEndpoint, call: "GET /recording-assets/{asset_id}", page: "Recording assets: get", test: func(b *box) {
		room, id := b.recordedOver(`{}`)
		got := b.call(200, "GET", "/recording-assets/"+b.composite()["id"].(string), "")
		equal(b.t, "asset", got, object{
			"id": got["id"], "job_id": id, "room_id": room, "session_id": got["session_id"], "type": "room-composite", "status": "completed",
			"path":     "s3://lessons-of-the-demo-school/classroom/beam/" + room + "/20250304/Rec-" + room + "-1741080604123.mp4",
			"duration": 60.0, "size": 60 * (64.0 + 409) * 125, "thumbnails": nil, "created_at": "2025-03-04T09:32:44.123Z",
			"metadata": object{"resolution": object{"width": 854.0, "height": 480.0}},
		})
		b.refused(errNoSuchAsset, "GET", "/recording-assets/"+absentID, "")
	}},
	{kind: anEndpoint, call: callPresigned, page: "Recording assets: presigned URL", test: func(b *box) {
		b.recordedOver(`{}`)
		asset := b.composite()
		got := b.presigned(asset, "")
		link, err := url.Parse(got["url"].(string))
		if err != nil {
			b.t.Fatal(err)
		}
		equal(b.t, "link", got, object{"id": asset["id"], "path": asset["path"], "url": link.String(), "expiry": 259200.0})
		equal(b.t, "where", link.Host, "example.com") // as the request had it
		w := b.fetch(link.String())
		equal(b.t, "file", []any{w.Code, w.Header().Get("Content-Type"), w.Body.String()}, []any{200, "video/mp4", emptyMP4})
	}},
	{kind: aParameter, call: callListAssets, what: "room_id", page: "Recording assets: list", test: func(b *box) {
		room, _ := b.recordedOver(`{}`)
		b.assetsListed("room_id="+room, "chat", "room-composite")
		b.assetsListed("room_id=" + b.make(`{}`))
	}},
	{kind: aParameter, call: callListAssets, what: "session_id", page: "Recording assets: list", test: func(b *box) {
		room, _ := b.recordedOver(`{}`)
		session := b.composite()["session_id"].(string)
		id := b.started("recordings", room, `{}`)
		b.assetsListed("session_id="+session, "chat", "room-composite")
		b.assetsListed("session_id=" + b.call(200, "GET", "/recordings/"+id, "")["session_id"].(string))
	}},
	{kind: aParameter, call: callListAssets, what: "status", page: "Recording assets: list", test: func(b *box) {
		room, _ := b.recordedOver(`{}`)
		id := b.started("external-streams", room, `{}`)
		b.elapse(time.Minute)
		b.force(200, "/beams/"+id+"/fail", `{"error_type":"UPLOAD_ERROR"}`)
		b.assetsListed("status=completed", "chat", "room-composite")
		b.assetsListed("status=failed", "room-composite")
		b.assetsListed("status=failed&room_id="+room, "room-composite")
		b.refused(errBadQuery, "GET", "/recording-assets?status=lost", "")
		failed := items(b.call(200, "GET", "/recording-assets?status=failed", ""))[0]
		b.refused(errAssetUnusable, "GET", "/recording-assets/"+failed["id"].(string)+"/presigned-url", "")
	}},
	{kind: aParameter, call: callListAssets, what: "asset_type", page: "Recordings: guide", test: func(b *box) {
		b.recordedOver(`{}`)
		b.assetsListed("asset_type=chat", "chat")
		b.assetsListed("asset_type=chat&asset_type=room-composite", "chat", "room-composite")
		b.assetsListed("asset_type=track")
	}},
	{kind: aParameter, call: callListAssets, what: "start", page: "Recording assets: list", test: func(b *box) {
		room := b.beamed()
		for range 7 {
			id := b.started("recordings", room, `{}`)
			b.elapse(time.Minute)
			b.call(200, "POST", "/recordings/"+id+"/stop", "")
			b.elapse(time.Minute)
		}
		b.elapse(time.Hour)
		ids := b.walk("/recording-assets", url.Values{}, "id")
		equal(b.t, "all", len(ids), 14)
		b.refused(errBadQuery, "GET", "/recording-assets?start=chat", "")
	}},
	{kind: aParameter, call: callListAssets, what: "limit", page: "Recording assets: list", test: func(b *box) { b.limits("/recording-assets") }},
	{kind: aParameter, call: callPresigned, what: "presign_duration", page: "Recording assets: presigned URL", test: func(b *box) {
		b.recordedOver(`{}`)
		asset := b.composite()
		got := b.presigned(asset, "?presign_duration=3600")
		equal(b.t, "expiry", got["expiry"], any(3600.0))
		for _, bad := range []string{"0", "-1", "604801", "1h", "3600.5"} {
			b.refused(errBadQuery, "GET", "/recording-assets/"+asset["id"].(string)+"/presigned-url?presign_duration="+bad, "")
		}
		b.elapse(time.Hour - time.Second)
		equal(b.t, "in time", b.fetch(got["url"].(string)).Code, 200)
		b.elapse(time.Second)
		equal(b.t, "late", b.fetch(got["url"].(string)).Code, 403)
	}},

	{kind: aQuirk, call: callPresigned, what: "links to OSS are good for 9 hours", page: "Recording assets: presigned URL", test: func(b *box) {
		b.patched(classroomID, `{"settings":{"recording":{"upload":{"type":"oss","location":"b","prefix":"/a/b/"}}}}`)
		room, _ := b.recordedOver(`{}`)
		asset := b.composite()
		equal(b.t, "expiry", b.presigned(asset, "")["expiry"], any(32400.0))
		equal(b.t, "path", asset["path"], any("oss://b/a/b/beam/"+room+"/20250304/Rec-"+room+"-1741080604123.mp4"))
	}},
	{kind: aQuirk, call: callPresigned, what: "the vendor's storage keeps files for 15 days, one's own for good", page: "Recording assets: overview", test: func(b *box) {
		b.recordedOver(`{}`)
		own := b.composite()
		b.vendorStored()
		room := b.make(`{"name":"theirs"}`)
		id := b.started("recordings", room, `{}`)
		b.elapse(time.Minute)
		b.call(200, "POST", "/recordings/"+id+"/stop", "")
		b.elapse(15 * 24 * time.Hour)
		theirs := b.composite()
		equal(b.t, "the prefix is the customer", strings.HasPrefix(theirs["path"].(string), "s3://sandbox-storage/"+customerID+"/beam/"+room+"/"), true)
		b.presigned(theirs, "")
		b.elapse(beamFilesTime + beamLeaveTime + time.Second)
		b.refused(errAssetExpired, "GET", "/recording-assets/"+theirs["id"].(string)+"/presigned-url", "")
		b.presigned(own, "")
	}},
	{kind: aQuirk, call: callPresigned, what: "HIPAA workspaces have no read access", page: "HIPAA workspace", box: Options{HIPAA: true}, test: func(b *box) {
		b.recordedOver(`{}`)
		b.refused(errHIPAAPresign, "GET", "/recording-assets/"+b.composite()["id"].(string)+"/presigned-url", "")
	}},
	{kind: aQuirk, call: callListAssets, what: "the assets of a live stream", page: "Recording assets: object", test: func(b *box) {
		room, id := b.streaming("live-streams")
		b.call(200, "POST", "/live-streams/"+id+"/stop", "")
		b.elapse(beamLeaveTime + beamFilesTime)
		folder := "s3://lessons-of-the-demo-school/classroom/hls/" + room + "/20250304/1741080604123/"
		name := "Rec-" + room + "-1741080604123-"
		all := items(b.call(200, "GET", "/recording-assets", ""))
		equal(b.t, "playlist", only(all[3], "type", "metadata", "path", "thumbnails"), object{
			"type": "room-vod", "metadata": object{"num_layers": "2", "max_width": 1280.0, "max_height": 720.0},
			"path":       folder + "vod/" + strings.TrimSuffix(name, "-") + ".m3u8",
			"thumbnails": []any{folder + "thumbnails/" + name + "5.jpg", folder + "thumbnails/" + name + "60.jpg"},
		})
		equal(b.t, "best layer", only(all[2], "type", "metadata", "path", "thumbnails"), object{
			"type": "room-composite", "metadata": object{"resolution": object{"width": 1280.0, "height": 720.0}, "layer": "0"},
			"path": folder + "file-recording/" + name + "0.mp4", "thumbnails": nil,
		})
		equal(b.t, "size", all[1]["size"], any(2*(500.0+64)*125))
	}},
	{kind: aQuirk, call: callListAssets, what: "transcripts and summaries have an output mode and no thumbnails", page: "Recording assets: object", test: func(b *box) {
		room, id := b.recordedOver(`{"transcription":{"enabled":true,"output_modes":["srt"],"summary":{"enabled":true}}}`)
		b.elapse(transcriptTime)
		all := items(b.call(200, "GET", "/recording-assets", ""))
		equal(b.t, "summary", only(all[0], "type", "metadata", "status", "duration"), object{
			"type": "summary", "metadata": object{"output_mode": "json"}, "status": "completed", "duration": 0.0,
		})
		equal(b.t, "transcript", without(all[1], "id", "session_id", "size", "created_at"), object{
			"type": "transcript", "metadata": object{"output_mode": "srt"}, "status": "completed", "duration": 60.0, "job_id": id, "room_id": room,
			"path": "s3://lessons-of-the-demo-school/classroom/transcript/" + room + "/20250304/Rec-" + room + "-1741080604123-transcript.srt",
		})
	}},
	{kind: aQuirk, what: "the chat of a recording: to everybody and to roles, never to one peer", page: "Recordings: chat", test: func(b *box) {
		room, id := b.begun(`{}`)
		peer := b.joined(room, "teacher", 0)
		send := func(body string) { b.call(200, "POST", "/active-rooms/"+room+"/send-message", body) }
		send(`{"message":"all, \"listen\""}`)
		send(`{"message":"students","role":"student"}`)
		send(`{"message":"hush","peer_id":"` + peer + `"}`)
		send(`{"message":"up","type":"hand"}`)
		b.change(func(tx *tx) { tx.send(tx.running[room], message{From: peer, Text: "hello"}) })
		b.call(200, "POST", "/recordings/"+id+"/stop", "")
		b.elapse(beamLeaveTime + time.Second)
		send(`{"message":"too late"}`)
		b.elapse(time.Hour)
		chat := items(b.call(200, "GET", "/recording-assets?asset_type=chat", ""))[0]
		text := b.fetch(b.presigned(chat, "")["url"].(string)).Body.String()
		equal(b.t, "file", text, chatHeader+
			",,,[],2025-03-04T09:30:04Z,chat,\"all, \"\"listen\"\"\"\n"+
			",,,[student],2025-03-04T09:30:04Z,chat,students\n"+
			peer+",Asha,u-1,[],2025-03-04T09:30:04Z,chat,hello\n")
		equal(b.t, "size", chat["size"], any(float64(len(text))))
	}},
	{kind: aQuirk, what: "a session's own composite, tracks and streams", page: "Recording assets: object", test: func(b *box) {
		room, session, p := b.captured(`{"recordings":[{"name":"all","role":"teacher","trackRecording":{"enabled":true},"streamRecording":{"enabled":true}}]}`)
		day := "s3://lessons-of-the-demo-school/classroom/" + room + "/20250304/" + session + "/"
		var got []object
		for _, a := range items(b.call(200, "GET", "/recording-assets?limit=20", "")) {
			got = append(got, only(a, "type", "metadata", "path", "duration", "size"))
		}
		audio, video := p.Tracks[0], p.Tracks[1]
		stream := audio.StreamID
		equal(b.t, "assets", got, []object{
			{
				"type": "stream", "metadata": object{"stream_id": stream, "peer_id": p.ID, "user_id": "u-1", "stream_type": "regular"},
				"path": day + p.ID + "/" + stream + ".mp4", "duration": 60.0, "size": 60 * 332.0 * 125,
			},
			{
				"type": "track", "metadata": object{"track_id": video.ID, "stream_id": stream, "peer_id": p.ID, "track_type": "video"},
				"path": day + p.ID + "/" + stream + "/" + video.ID + ".webm", "duration": 60.0, "size": 60 * 300.0 * 125,
			},
			{
				"type": "track", "metadata": object{"track_id": audio.ID, "stream_id": stream, "peer_id": p.ID, "track_type": "audio"},
				"path": day + p.ID + "/" + stream + "/" + audio.ID + ".webm", "duration": 60.0, "size": 60 * 32.0 * 125,
			},
			{
				"type": "chat", "metadata": object{}, "duration": 0.0, "size": float64(len(chatHeader)),
				"path": "s3://lessons-of-the-demo-school/classroom/chat/" + room + "/20250304/Rec-" + session + "-1741080600123.csv",
			},
			{
				"type": "room-composite-legacy", "metadata": object{}, "path": day + "Rec-" + session + "-1741080600123.mp4", "duration": 0.0,
				"size": 60 * (921.0 + 64) * 125,
			},
		})
	}},
}

// captured lets a teacher with two tracks be in a room for a minute that records by itself, as the keys of its template say.
func (b *box) captured(keys string) (roomID, sessionID string, p *peer) {
	b.t.Helper()
	b.patched(classroomID, keys)
	body := `{"name":"captured"}`
	if b.mute {
		body = `{"name":"captured","webhook":{"url":"http://hooks.example.org/"}}`
	}
	roomID = b.make(body)
	b.change(func(tx *tx) {
		rm := tx.rooms.at(roomID)
		p = tx.join(rm, joining{name: "Asha", userID: "u-1", role: "teacher"})
		sessionID = p.SessionID
		tx.autoStart(rm, tx.running[roomID]) // a second time it does nothing
	})
	b.elapse(time.Minute)
	b.change(func(tx *tx) {
		tx.endSession(tx.running[roomID], "")
		tx.autoStop(tx.sessions.at(sessionID)) // likewise
	})
	b.elapse(captureTime + 8*time.Second) // 13 percent of a minute more
	return roomID, sessionID, p
}
