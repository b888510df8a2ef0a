package sandbox

import (
	"strings"
	"time"
)

// links takes the presigned URLs out of data, after a look at each: they are signed, and lead to a file.
func (b *box) links(o object) object {
	b.t.Helper()
	rest := object{}
	for key, v := range o {
		isLink := strings.HasSuffix(key, "presigned_url") || key == "URL" || key == "url"
		switch v := v.(type) {
		case string:
			if isLink && strings.Contains(v, "/files/") {
				equal(b.t, key, b.fetch(v).Code, 200)
				continue
			}
			rest[key] = v
		case []any:
			items := []any{}
			for _, item := range v {
				if inner, ok := item.(object); ok {
					item = b.links(inner)
				}
				items = append(items, item)
			}
			rest[key] = items
		default:
			rest[key] = v
		}
	}
	return rest
}

// beamDataOf is what all webhooks say about a recording or external stream that began to run 4 s after testStart.
func (b *box) beamDataOf(roomID, id string, more object) object {
	b.t.Helper()
	data := object{}
	b.change(func(tx *tx) {
		bm := tx.beams.at(id)
		data = object{
			"beam_id": id, "job_id": id, "room_id": roomID, "peer_id": "", "session_id": bm.SessionID, "template_id": classroomID,
			"metadata_id": bm.MetadataID, "metadata_timestamp": "2025-03-04T09:30:04.123456789Z",
			"max_width": float64(bm.Width), "max_height": float64(bm.Height), "meeting_url": bm.MeetingURL, "session_started_at": beamNow,
		}
	})
	return with(data, more)
}

// assetIDs are the ids of the assets of a job, in the order of their making.
func (b *box) assetIDs(jobID string) (ids []string) {
	b.t.Helper()
	b.change(func(tx *tx) {
		for _, a := range tx.assetIndex.byJob[jobID] {
			ids = append(ids, a.ID)
		}
	})
	return ids
}

const (
	ranAt     = "2025-03-04T09:30:04.123456789Z"
	stoppedAt = "2025-03-04T09:31:04.123456789Z"
)

// event is a row about the keys of a webhook.
func eventRow(name string, test func(b *box)) row {
	return row{kind: aQuirk, what: "webhook " + name, page: "Webhooks: events", box: Options{Mute: true}, test: test}
}

var beamEventRows = []row{
	eventRow("beam.started.success", func(b *box) {
		room, id := b.streaming("external-streams")
		equal(b.t, "data", b.lastTold(room, "beam.started.success"), b.beamDataOf(room, id, object{
			"recording_enabled": true, "start_delay": 4.0, "rtmp": []any{object{"url": "rtmp://tv.example.org/live/k1"}},
		}))
	}),
	eventRow("beam.stopped.success", func(b *box) {
		room, id := b.recordedOver(`{}`)
		equal(b.t, "data", b.lastTold(room, "beam.stopped.success"), b.beamDataOf(room, id, object{
			"recording_enabled": true, "duration": 60.0, "rtmp": []any{}, "reason": "client request",
		}))
	}),
	eventRow("beam.recording.success", func(b *box) {
		room, id := b.recordedOver(`{}`)
		assets := items(b.call(200, "GET", "/recording-assets", ""))
		path := assets[1]["path"]
		got := b.lastTold(room, "beam.recording.success")
		equal(b.t, "data", b.links(got), without(b.beamDataOf(room, id, object{
			"created_at": beamNow, "started_at": ranAt, "stopped_at": stoppedAt, "duration": 60.0, "size": assets[1]["size"], "rtmp": []any{},
			"recording_id": assets[1]["id"], "recording_path": path, "location": path, "chat_recording_path": assets[0]["path"],
		}), "job_id"))
		link := got["recording_presigned_url"].(string)
		equal(b.t, "where", strings.HasPrefix(link, "http://example.com/files/"), true) // as the start came
		b.elapse(7200 * time.Second)                                                    // the template's presignDuration
		equal(b.t, "later", b.fetch(link).Code, 403)
	}),
	eventRow("beam.failure", func(b *box) {
		for errorType, text := range map[string]string{
			"": "Internal error", "INTERNAL_ERROR": "Internal error", "UPLOAD_ERROR": "Failed to upload recordings. Check if upload config is correct.",
		} {
			room, id := b.begun(`{}`)
			got := b.force(200, "/beams/"+id+"/fail", `{"error_type":"`+errorType+`"}`)
			equal(b.t, "status", got["status"], any("failed"))
			if errorType == "" {
				errorType = "INTERNAL_ERROR"
			}
			event := b.lastTold(room, "beam.failure")
			equal(b.t, "failure", only(event, "error_type", "error_message", "error_code", "duration", "rtmp", "recording_enabled"), object{
				"error_type": errorType, "error_message": text, "error_code": 1.0, "duration": 0.0, "rtmp": []any{}, "recording_enabled": true,
			})
			equal(b.t, "reason", b.lastTold(room, "beam.stopped.success")["reason"], any("failure: "+errorType))
			b.force(409, "/beams/"+id+"/fail", "")
		}
		b.force(404, "/beams/"+absentID+"/fail", "")
		b.force(400, "/beams/"+absentID+"/fail", `{"error_type":"BORED"}`)
	}),
	eventRow("beam.failure of a page that can't be reached", func(b *box) {
		room := b.beamed()
		id := b.started("recordings", room, `{"meeting_url":"https://gone.invalid/x"}`)
		b.elapse(beamTries*beamTryTime - time.Millisecond)
		equal(b.t, "trying", b.status(id), "starting")
		b.elapse(time.Millisecond)
		equal(b.t, "given up", b.status(id), "failed")
		equal(b.t, "why", only(b.lastTold(room, "beam.failure"), "error_type", "error_message"), object{
			"error_type": "MAX_RETRIES_REACHED", "error_message": "Beam couldn't connect to Meeting URL after 3 retries. Check if meeting URL is correct.",
		})
		equal(b.t, "reason", b.lastTold(room, "beam.stopped.success")["reason"], any("failure: MAX_RETRIES_REACHED"))
		equal(b.t, "the session is over", b.toldTypes(room)[len(b.toldTypes(room))-1], "session.close.success")
	}),
	eventRow("hls.started.success", func(b *box) {
		room, id := b.streaming("live-streams")
		equal(b.t, "data", b.lastTold(room, "hls.started.success"), b.beamDataOf(room, id, object{
			"recording_single_file_per_layer_enabled": true, "recording_vod_playlist_enabled": true, "start_delay": 4.0, "started_at": ranAt,
			"url": b.call(200, "GET", "/live-streams/"+id, "")["playback"].(object)["url"],
		}))
	}),
	eventRow("hls.stopped.success", func(b *box) {
		room, id := b.streaming("live-streams")
		b.elapse(time.Minute - beamLeaveTime)
		b.call(200, "POST", "/live-streams/"+id+"/stop", "")
		b.elapse(beamLeaveTime)
		equal(b.t, "data", b.lastTold(room, "hls.stopped.success"), b.beamDataOf(room, id, object{
			"recording_single_file_per_layer_enabled": true, "recording_vod_playlist_enabled": true, "duration": 60.0, "started_at": ranAt,
			"stopped_at": stoppedAt, "reason": "client request", "live_transcription_enabled": false,
			"url": b.call(200, "GET", "/live-streams/"+id, "")["playback"].(object)["url"],
		}))
	}),
	eventRow("hls.recording.success", func(b *box) {
		room, id := b.streaming("live-streams")
		b.elapse(time.Minute - beamLeaveTime)
		b.call(200, "POST", "/live-streams/"+id+"/stop", "")
		b.elapse(beamLeaveTime + beamFilesTime)
		assets, ids := items(b.call(200, "GET", "/recording-assets", "")), b.assetIDs(id)
		chat, low, best, vod := assets[0], assets[1], assets[2], assets[3]
		thumbs := vod["thumbnails"].([]any)
		equal(b.t, "data", b.links(b.lastTold(room, "hls.recording.success")), without(b.beamDataOf(room, id, object{
			"duration": 60.0, "started_at": ranAt, "stopped_at": stoppedAt, "recording_created_at": "2025-03-04T09:32:44.123456789Z",
			"hls_vod_recording_path": vod["path"], "recording_hls_vod_playlist_location": vod["path"], "hls_vod_recording_size": vod["size"],
			"chat_recording_path": chat["path"], "recording_id": ids[0],
			"recording_single_files": []any{
				object{"asset_id": ids[1], "layer": "0", "recording_path": best["path"], "size": best["size"], "width": 1280.0, "height": 720.0},
				object{"asset_id": ids[2], "layer": "1", "recording_path": low["path"], "size": low["size"], "width": 640.0, "height": 360.0},
			},
			"recording_thumbnails": []any{
				object{"width": 320.0, "height": 180.0, "offset": 5.0, "location": thumbs[0]},
				object{"width": 320.0, "height": 180.0, "offset": 60.0, "location": thumbs[1]},
			},
		}), "job_id", "peer_id"))
	}),
	{kind: aQuirk, what: "webhooks of HIPAA workspaces have no links", page: "HIPAA workspace", box: Options{HIPAA: true, Mute: true}, test: func(b *box) {
		room, _ := b.recordedOver(`{}`)
		equal(b.t, "bot", b.lastTold(room, "beam.recording.success")["recording_presigned_url"], any(""))
		room, _, _ = b.captured(`{}`)
		equal(b.t, "session", b.lastTold(room, "recording.success")["recording_presigned_url"], any(""))
	}},
	eventRow("hls.failure", func(b *box) {
		room, id := b.streaming("live-streams")
		b.elapse(time.Minute)
		b.force(200, "/beams/"+id+"/fail", "")
		equal(b.t, "data", b.lastTold(room, "hls.failure"), b.beamDataOf(room, id, object{
			"recording_single_file_per_layer_enabled": true, "recording_vod_playlist_enabled": true, "duration": 60.0,
			"error_type": "INTERNAL_ERROR", "error_message": "Internal error", "error_code": 1.0,
		}))
	}),
	eventRow("transcription.started.success and transcription.success", func(b *box) {
		room, id := b.recordedOver(`{"transcription":{"enabled":true,"output_modes":["txt","json"],"summary":{"enabled":true}}}`)
		ids := b.assetIDs(id)
		want := without(b.beamDataOf(room, id, object{
			"account_id": customerID, "app_id": appID, "recording_id": ids[0], "duration": 60.0,
			"summary_json_asset_id": ids[4], "transcript_json_asset_id": ids[3], "transcript_srt_asset_id": "", "transcript_txt_asset_id": ids[2],
		}), "beam_id", "job_id", "peer_id", "template_id", "max_width", "max_height", "meeting_url", "session_started_at")
		got := b.lastTold(room, "transcription.started.success")
		want["transcription_id"] = got["transcription_id"]
		equal(b.t, "started", got, want)
		b.elapse(transcriptTime)
		paths := b.call(200, "GET", "/recordings/"+id, "")["recording_assets"].([]any)
		equal(b.t, "done", b.links(b.lastTold(room, "transcription.success")), with(want, object{
			"summary_json_path": paths[4].(object)["path"], "transcript_json_path": paths[3].(object)["path"],
			"transcript_txt_path": paths[2].(object)["path"], "transcript_srt_path": "", "transcript_srt_presigned_url": "",
		}))
	}),
	eventRow("transcription.failure", func(b *box) {
		room, id := b.recordedOver(`{"transcription":{"enabled":true,"output_modes":["txt"]}}`)
		b.force(200, "/beams/"+id+"/fail", "")
		equal(b.t, "keys", only(b.lastTold(room, "transcription.failure"), "transcript_txt_path", "transcript_txt_asset_id"), object{
			"transcript_txt_path": "", "transcript_txt_asset_id": b.assetIDs(id)[2],
		})
		equal(b.t, "asset", b.transcript(id)["status"], any("failed"))
		b.elapse(transcriptTime)
		equal(b.t, "the last word", b.toldTypes(room)[len(b.toldTypes(room))-1], "transcription.failure")
	}),
	eventRow("recording.success", func(b *box) {
		room, session, _ := b.captured(`{}`)
		assets := items(b.call(200, "GET", "/recording-assets", ""))
		equal(b.t, "data", b.links(b.lastTold(room, "recording.success")), object{
			"room_id": room, "session_id": session, "template_id": classroomID, "duration": 60.0, "size": assets[1]["size"],
			"recording_path": assets[1]["path"], "location": assets[1]["path"], "chat_recording_path": assets[0]["path"],
			"session_started_at": beamNow, "session_stopped_at": "2025-03-04T09:31:00.123456789Z",
		})
	}),
	eventRow("recording.failed", func(b *box) {
		room := b.make(`{"name":"silent","template_id":"` + webinarID + `","recording_info":{"enabled":true},"webhook":{"url":"http://hooks.example.org/"}}`)
		id := b.joined(room, "attendee", time.Minute) // who may publish nothing
		session := ""
		b.change(func(tx *tx) { session = tx.peers.at(id).SessionID })
		b.elapse(time.Hour)
		equal(b.t, "data", b.lastTold(room, "recording.failed"), object{
			"room_id": room, "session_id": session, "template_id": webinarID, "error_type": "INPUT_ERROR",
			"error": "No input streams available to create recording", "session_started_at": beamNow,
			"session_stopped_at": "2025-03-04T09:31:00.123456789Z",
		})
		b.force(409, "/sessions/"+session+"/recordings/fail", "")
	}),
	eventRow("track.recording and stream.recording", func(b *box) {
		room, session, p := b.captured(`{"recordings":[{"name":"all","role":"teacher","trackRecording":{"enabled":true},"streamRecording":{"enabled":true}}]}`)
		assets := items(b.call(200, "GET", "/recording-assets", "")) // stream, video, audio, chat, composite
		video := p.Tracks[1]
		ofTrack := object{
			"room_id": room, "session_id": session, "peer_id": p.ID, "stream_id": video.StreamID, "track_id": video.ID, "track_type": "video",
		}
		equal(b.t, "started", b.lastTold(room, "track.recording.started.success"), ofTrack)
		equal(b.t, "track", b.links(b.lastTold(room, "track.recording.success")), with(ofTrack, object{
			"size": assets[1]["size"], "duration": 60.0, "recording_id": assets[1]["id"], "recording_path": assets[1]["path"],
		}))
		equal(b.t, "stream", b.links(b.lastTold(room, "stream.recording.success")), object{
			"room_id": room, "session_id": session, "peer_id": p.ID, "stream_id": video.StreamID, "user_id": "u-1",
			"stream_type": "regular", "size": assets[0]["size"], "duration": 60.0, "recording_id": assets[0]["id"], "recording_path": assets[0]["path"],
		})
	}),
	eventRow("track.recording.failure and stream.recording.failure", func(b *box) {
		b.patched(classroomID, `{"recordings":[{"name":"all","trackRecording":{"enabled":true},"streamRecording":{"enabled":true}}]}`)
		room := b.make(`{"name":"failing","webhook":{"url":"http://hooks.example.org/"}}`)
		session := ""
		b.change(func(tx *tx) {
			p := tx.join(tx.rooms.at(room), joining{role: "teacher"})
			tx.addTracks(p, track{Type: "video", Source: "screen"})
			session = p.SessionID
		})
		b.force(200, "/sessions/"+session+"/recordings/fail", "")
		b.change(func(tx *tx) { tx.endSession(tx.running[room], "") })
		b.elapse(time.Hour)
		const why = "Error accessing cloud bucket. Please make sure upload config is correct"
		for _, kind := range []string{"track.recording.failure", "stream.recording.failure"} {
			got := b.lastTold(room, kind)
			equal(b.t, kind, only(got, "error_message", "size", "recording_presigned_url"), object{"error_message": why, "size": 0.0})
		}
		equal(b.t, "stream", b.lastTold(room, "stream.recording.failure")["stream_type"], any("screen"))
		equal(b.t, "composite", only(b.lastTold(room, "recording.failed"), "error", "error_type"), object{"error": why, "error_type": "CLOUD_ACCESS_ERROR"})
	}),
	eventRow("ingest.start.success, ingest.end.success and ingest.failure", func(b *box) {
		room, key := b.keyed()
		in := b.force(200, "/stream-keys/"+key+"/ingest/start", "")
		want := object{
			"account_id": customerID, "app_id": appID, "room_id": room, "template_id": classroomID, "ingest_id": in["id"],
			"stream_id": in["stream_id"], "started_at": beamNow,
		}
		equal(b.t, "started", b.lastTold(room, "ingest.start.success"), want)
		b.elapse(time.Minute)
		b.call(200, "POST", "/live-streams/"+in["stream_id"].(string)+"/stop", "")
		b.elapse(beamLeaveTime)
		const ended = "2025-03-04T09:31:02.123456789Z"
		equal(b.t, "ended", b.lastTold(room, "ingest.end.success"), with(want, object{
			"completed_at": ended, "last_disconnected_at": ended, "duration": 62.0, "reason": "stream closed",
		}))
		again := b.force(200, "/stream-keys/"+key+"/ingest/start", "")
		b.call(201, "POST", "/stream-keys/room/"+room+"/disable", "")
		equal(b.t, "failed", b.lastTold(room, "ingest.failure"), object{
			"account_id": customerID, "app_id": appID, "room_id": room, "template_id": classroomID, "ingest_id": again["id"],
			"error_message": "stream key disabled",
		})
		equal(b.t, "once", strings.Count(strings.Join(b.toldTypes(room), " "), "ingest.end.success"), 1)
	}),
	eventRow("ingest.end.success for a reason that was asked for", func(b *box) {
		room, key := b.keyed()
		b.force(200, "/stream-keys/"+key+"/ingest/start", "")
		b.force(400, "/stream-keys/"+key+"/ingest/stop?reason=boredom", "")
		b.force(200, "/stream-keys/"+key+"/ingest/stop?reason=publish+error", "")
		equal(b.t, "ended", b.lastTold(room, "ingest.end.success")["reason"], any("publish error"))
	}),
	eventRow("ingest.start.failure", func(b *box) {
		room, key := b.keyed()
		refused := func(key, why string) {
			b.t.Helper()
			equal(b.t, why, b.force(409, "/stream-keys/"+key+"/ingest/start", ""), failure(409, why))
			equal(b.t, why, b.lastTold(room, "ingest.start.failure"), object{
				"account_id": customerID, "app_id": appID, "room_id": room, "template_id": classroomID, "error_message": why,
			})
		}
		b.started("recordings", room, `{}`)
		refused(key, "beam start error")
		b.elapse(time.Hour)
		b.started("live-streams", room, `{}`)
		refused(key, "remote session active")
		b.elapse(time.Hour)
		b.force(200, "/stream-keys/"+key+"/ingest/start", "")
		refused(key, "already connected")
		b.call(201, "POST", "/stream-keys/room/"+room+"/disable", "")
		refused(key, "stream key disabled")
		b.elapse(time.Hour)
		b.patched(classroomID, `{"destinations":{}}`)
		refused(b.call(200, "POST", "/stream-keys/room/"+room, "")["key"].(string), "no hls destinations")
		b.force(404, "/stream-keys/none/ingest/start", "")
		b.force(404, "/stream-keys/none/ingest/stop", "")
	}),
}
