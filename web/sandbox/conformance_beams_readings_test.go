package sandbox

import "time"

// readingRow is a row about a reading, of a sandbox that sends no webhooks but keeps them.
func beamReadingRow(name Reading, call, page string, test func(b *box)) row {
	o := otherwise(name)
	o.Mute = true
	return row{kind: aReading, call: call, what: string(name), page: page, box: o, test: test}
}

var beamReadingRows = []row{
	beamReadingRow(ReadingBeamPerKind, callStartRecording, "Recordings: start", func(b *box) {
		room := b.beamed()
		for _, group := range []string{"recordings", "live-streams", "external-streams"} {
			b.started(group, room, `{}`)
			b.refused(errBeamStarted, "POST", "/"+group+"/room/"+room+"/start", `{}`)
		}
		b.elapse(beamJoinTime)
		b.call(200, "POST", "/recordings/room/"+room+"/stop", "")
		b.elapse(beamLeaveTime)
		b.change(func(tx *tx) { equal(b.t, "the others go on", len(tx.beamsIn(room)), 2) })
	}),
	beamReadingRow(ReadingMeetingURLDefault, callStartRecording, "Recordings: start", func(b *box) {
		room := b.plain()
		got := b.call(200, "POST", "/recordings/room/"+room+"/start", `{}`)
		equal(b.t, "url", got["meeting_url"], any(plainPage(room)))
	}),
	beamReadingRow(ReadingMeetingURLMandatory, callStartRecording, "Recordings: start", func(b *box) {
		b.refused(errInvalidInput, "POST", "/recordings/room/"+b.beamed()+"/start", `{}`)
	}),
	beamReadingRow(ReadingCompositeEnabled, callStartRecording, "Templates: configure recordings", func(b *box) {
		room := b.beamed()
		b.refused(errInvalidInput, "POST", "/recordings/room/"+room+"/start", `{}`)
		b.patched(classroomID, `{"recordings":[{"name":"on","role":"teacher","compositeRecording":{"browserComposite":{"enabled":true}}}]}`)
		b.started("recordings", room, `{}`)
	}),
	beamReadingRow(ReadingDestinationShown, "GET /recordings/{recording_id}", "Recordings: object", func(b *box) {
		_, id := b.begun(`{}`)
		equal(b.t, "destination", b.call(200, "GET", "/recordings/"+id, "")["destination"], any("lessons"))
	}),
	beamReadingRow(ReadingStopNothing, "POST /recordings/room/{room_id}/stop", "Recordings: stop all of a room", func(b *box) {
		room := b.beamed()
		equal(b.t, "recordings", b.call(200, "POST", "/recordings/room/"+room+"/stop", ""), object{"limit": 1.0, "data": []any{}, "last": ""})
		equal(b.t, "streams", b.call(200, "POST", "/live-streams/room/"+room+"/stop", ""), object{"limit": 10.0, "data": []any{}, "last": "", "error": ""})
	}),
	beamReadingRow(ReadingStopWithoutError, "POST /live-streams/room/{room_id}/stop", "Live streams: stop all of a room", func(b *box) {
		room, _ := b.streaming("live-streams")
		if text, sent := b.call(200, "POST", "/live-streams/room/"+room+"/stop", "")["error"]; sent {
			b.t.Errorf("error is %v", text)
		}
	}),
	beamReadingRow(ReadingThreeRTMPURLs, callStartExternal, "External streams: start", func(b *box) {
		room := b.beamed()
		b.bad("external-streams", room, `{"rtmp_urls":["rtmp://a","rtmp://b","rtmp://c","rtmp://d"]}`, "rtmp_urls has more than 3 items")
		b.started("external-streams", room, `{"rtmp_urls":["rtmp://a","rtmp://b","rtmp://c"]}`)
	}),
	beamReadingRow(ReadingExternalTimes, callStartExternal, "External streams: start", func(b *box) {
		got := b.call(200, "POST", "/external-streams/room/"+b.beamed()+"/start", `{}`)
		equal(b.t, "times", only(got, "started_at", "stopped_at"), object{"started_at": beamNow, "stopped_at": beamNow})
	}),
	beamReadingRow(ReadingAssetTypeIgnored, callListAssets, "Recording assets: list", func(b *box) {
		b.recordedOver(`{}`)
		b.assetsListed("asset_type=track", "chat", "room-composite")
	}),
	beamReadingRow(ReadingTranscriptsWhenDone, callListAssets, "Recordings: transcription", func(b *box) {
		_, id := b.recordedOver(`{"transcription":{"enabled":true,"output_modes":["txt"]}}`)
		hidden := b.assetIDs(id)[2]
		b.assetsListed("", "chat", "room-composite")
		b.refused(errNoSuchAsset, "GET", "/recording-assets/"+hidden, "")
		b.refused(errNoSuchAsset, "GET", "/recording-assets/"+hidden+"/presigned-url", "")
		equal(b.t, "embedded", len(b.call(200, "GET", "/recordings/"+id, "")["recording_assets"].([]any)), 2)
		b.elapse(transcriptTime)
		b.assetsListed("", "transcript", "chat", "room-composite")
	}),
	beamReadingRow(ReadingClampLimits, "", "Pagination", func(b *box) {
		for _, path := range []string{"/recordings", "/live-streams", "/external-streams", "/recording-assets", "/sessions"} {
			equal(b.t, path, b.call(200, "GET", path+"?limit=1", "")["limit"], any(10.0))
			equal(b.t, path, b.call(200, "GET", path+"?limit=1000", "")["limit"], any(100.0))
			b.refused(errBadQuery, "GET", path+"?limit=many", "")
		}
		size := b.call(200, "GET", "/analytics/webhooks?limit=0", "")["pagination"].(object)["page_size"]
		equal(b.t, "history", size, any(1.0))
		b.refused(errBadQuery, "GET", "/analytics/webhooks?page=0", "")
		b.call(200, "GET", "/analytics/events?room_id=x&limit=1000", "")
	}),
	beamReadingRow(ReadingKeyDisable200, callDisableKey, "Stream keys: disable", func(b *box) {
		room, _ := b.keyed()
		b.elapse(time.Second)
		b.call(200, "POST", "/stream-keys/room/"+room+"/disable", "")
	}),
}
