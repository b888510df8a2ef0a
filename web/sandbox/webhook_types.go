package sandbox

import (
	"slices"
	"strings"
	"time"
)

// eventType is what the documents say about one type of event.
type eventType struct {
	keys      []eventKey // of its data
	webhook   bool       // webhooks tell it
	analytics bool       // the analytics call lists it
}

// eventKey is one key of an event's data.
type eventKey struct {
	name     string
	kind     string // "s"tring, "i"nteger, "b"oolean, "t"ime, "a"rray or "o"bject
	optional bool   // may be missing: deprecated, or in one place of the documents and not in another
}

// Keys that many events share.
const (
	roomEventKeys  = "room_id room_name session_id template_id "
	peerEventKeys  = "room_id room_name peer_id user_id template_id user_name user_data role type "
	peerTimes      = "session_id joined_at:t session_started_at:t "
	roomEndKeys    = roomEventKeys + "peer_id user_id user_name role lock_room:b reason source session_started_at:t "
	roleChangeKeys = roomEventKeys + "peer_id user_id user_name user_data role joined_at:t session_started_at:t role_change_requested_by? "

	beamEventKeys = "beam_id job_id room_id peer_id session_id template_id metadata_id metadata_timestamp:t max_width:i max_height:i " +
		"meeting_url session_started_at:t state_name? state_timestamp:t? "
	chatKeys          = "chat_recording_path chat_recording_presigned_url "
	hlsFlags          = "recording_single_file_per_layer_enabled:b recording_vod_playlist_enabled:b "
	analyticsBeamKeys = "beam_id room_id session_id peer_id template_id created_at:t duration:i started_at:t stopped_at:t max_width:i max_height:i " +
		"recording_path recording_presigned_url meeting_url rtmp:a session_started_at:t size:i "
	trackRecordingKeys = "room_id session_id peer_id stream_id track_id track_type "
	streamKeysOfEvent  = "room_id session_id peer_id stream_id user_id size:i duration:i recording_id recording_path stream_type "

	transcriptKeys = "account_id app_id recording_id room_id room_name session_id metadata_id metadata_timestamp:t transcription_id duration:i " +
		"summary_json_asset_id transcript_json_asset_id transcript_srt_asset_id transcript_txt_asset_id "
	transcriptFileKeys = "summary_json_path summary_json_presigned_url transcript_json_path transcript_json_presigned_url " +
		"transcript_srt_path transcript_srt_presigned_url transcript_txt_path transcript_txt_presigned_url "
	ingestKeys       = "account_id app_id room_id template_id "
	ingestOfStream   = ingestKeys + "ingest_id stream_id started_at:t "
	trackKeys        = "room_id session_id room_name peer_id user_id user_name joined_at:t role track_id stream_id type source mute:b started_at:t "
	clientErrorKeys  = "user_id user_name peer_id account_id room_id session_id? room_name template_id role " + clientErrorOnly
	clientErrorOnly  = "error_code:i error_name error_message error_description is_terminal:b action agent:o "
	connectErrorKeys = "user_id user_name peer_id account_id room_id session_id? room_name? template_id? role? " + clientErrorOnly
)

// eventTypes are all documented events with the keys of their data (documentation: webhooks, and analytics of tracks, recordings
// and errors). A key's type follows a colon, a string where there is none; a question mark says that it may be missing.
var eventTypes = readEventTypes(map[string]string{
	"session.open.success":            roomEventKeys + "session_started_at:t",
	"session.close.success":           roomEventKeys + "session_started_at:t session_duration:i session_stopped_at:t",
	"peer.join.success":               peerEventKeys + peerTimes,
	"peer.leave.success":              peerEventKeys + peerTimes + "left_at:t duration:i reason message",
	"peer.join.failure":               peerEventKeys + "joined_at:t error_message",
	"peer.leave.failure":              peerEventKeys + "joined_at:t left_at:t duration:i error_message",
	"room.end.success":                roomEndKeys,
	"room.end.failure":                roomEndKeys + "error_code:i error_message",
	"role.change.success":             roleChangeKeys + "previous_role role_changed_at:t",
	"role.change.failure":             roleChangeKeys + "error_message",
	"track.recording.started.success": trackRecordingKeys,
	"track.recording.success":         trackRecordingKeys + "size:i duration:i recording_id recording_path recording_presigned_url",
	"track.recording.failure":         trackRecordingKeys + "size:i duration:i recording_id recording_path error_message",
	"stream.recording.success":        streamKeysOfEvent + "recording_presigned_url",
	"stream.recording.failure":        streamKeysOfEvent + "error_message",
	"recording.success": roomEventKeys + chatKeys + "duration:i recording_path recording_presigned_url size:i session_started_at:t " +
		"session_stopped_at:t location? URL?",
	"recording.failed":     roomEventKeys + "error error_type session_started_at:t session_stopped_at:t",
	"beam.started.success": beamEventKeys + "recording_enabled:b start_delay:i rtmp:a",
	"beam.stopped.success": beamEventKeys + "recording_enabled:b duration:i rtmp:a reason",
	"beam.recording.success": analyticsBeamKeys + chatKeys + "metadata_id metadata_timestamp:t recording_id " +
		"location?",
	"beam.failure":        beamEventKeys + "recording_enabled:b duration:i rtmp:a error_type error_message error_code:i",
	"hls.started.success": beamEventKeys + hlsFlags + "start_delay:i url started_at:t",
	"hls.stopped.success": beamEventKeys + hlsFlags + "url duration:i started_at:t stopped_at:t reason live_transcription_enabled:b",
	"hls.recording.success": "beam_id room_id session_id template_id metadata_id metadata_timestamp:t duration:i max_width:i max_height:i " +
		"meeting_url hls_vod_recording_path hls_vod_recording_presigned_url hls_vod_recording_size:i " + chatKeys +
		"recording_id recording_single_files:a recording_thumbnails:a recording_created_at:t started_at:t stopped_at:t " +
		"session_started_at:t recording_hls_vod_playlist_location?",
	"hls.failure":                   beamEventKeys + hlsFlags + "duration:i error_type error_message error_code:i",
	"transcription.started.success": transcriptKeys,
	"transcription.success":         transcriptKeys + transcriptFileKeys,
	"transcription.failure":         transcriptKeys + transcriptFileKeys,
	"ingest.start.success":          ingestOfStream,
	"ingest.end.success":            ingestOfStream + "completed_at:t last_disconnected_at:t duration:i reason",
	"ingest.start.failure":          ingestKeys + "error_message",
	"ingest.failure":                ingestKeys + "ingest_id error_message",
}, map[string]string{
	"track.add.success":       trackKeys,
	"track.update.success":    trackKeys,
	"track.remove.success":    trackKeys + "stopped_at:t",
	"beam.recording.success":  analyticsBeamKeys,
	"client.publish.failed":   clientErrorKeys + "domain audio:o video:o devices:o",
	"client.subscribe.failed": clientErrorKeys,
	"client.join.failed":      clientErrorKeys + "domain retries_join:i",
	"client.disconnected":     clientErrorKeys + "transport_state",
	"client.connect.failed":   connectErrorKeys + "endpoint transport_state",
})

// readEventTypes reads the keys of events that webhooks tell and of those that analytics list. One that is both has the keys
// of the webhook.
func readEventTypes(webhooks, analytics map[string]string) map[string]eventType {
	types := map[string]eventType{}
	for name, keys := range analytics {
		types[name] = eventType{keys: readEventKeys(keys), analytics: true}
	}
	for name, keys := range webhooks {
		types[name] = eventType{keys: readEventKeys(keys), webhook: true, analytics: types[name].analytics}
	}
	return types
}

func readEventKeys(text string) []eventKey {
	var keys []eventKey
	for word := range strings.FieldsSeq(text) {
		word, optional := strings.CutSuffix(word, "?")
		name, kind, typed := strings.Cut(word, ":")
		if !typed {
			kind = "s"
		}
		keys = append(keys, eventKey{name, kind, optional})
	}
	return keys
}

// needs says whether an event of this type always has a key.
func (t eventType) needs(key string) bool {
	return slices.ContainsFunc(t.keys, func(k eventKey) bool { return k.name == key && !k.optional })
}

// zero is the value of a key that nothing is known about.
func (k eventKey) zero() any {
	switch k.kind {
	case "i":
		return 0
	case "b":
		return false
	case "t":
		return time.Time{}
	case "a":
		return []any{}
	case "o":
		return object{}
	}
	return ""
}

// isErrorEvent says whether an event of analytics tells an error.
func isErrorEvent(kind string) bool { return strings.HasPrefix(kind, "client.") }
