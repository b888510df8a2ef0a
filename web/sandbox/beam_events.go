package sandbox

import (
	"fmt"
	"strconv"
)

// Why a beam fails (documentation: webhooks, "Beam failures").
const (
	errorInternal   = "INTERNAL_ERROR"
	errorMaxRetries = "MAX_RETRIES_REACHED"
	errorUpload     = "UPLOAD_ERROR"
	errorTooEarly   = "BEAM_STOPPED"
)

var beamErrors = map[string]string{
	errorInternal:   "Internal error",
	errorMaxRetries: fmt.Sprintf("Beam couldn't connect to Meeting URL after %d retries. Check if meeting URL is correct.", beamTries),
	errorUpload:     "Failed to upload recordings. Check if upload config is correct.",
	errorTooEarly:   "Beam stopped too early",
}

// beamData is what all webhooks say about a beam.
func (tx *tx) beamData(b *beam) object {
	at := b.StartedAt
	if at.IsZero() {
		at = b.CreatedAt
	}
	return object{
		"beam_id": b.ID, "job_id": b.ID, "peer_id": b.StartedBy, "session_id": b.SessionID,
		"metadata_id": b.MetadataID, "metadata_timestamp": at, "max_width": b.Width, "max_height": b.Height,
		"meeting_url": b.MeetingURL, "session_started_at": tx.sessions.at(b.SessionID).CreatedAt,
	}
}

// kindData is beamData and what is said about the kind of b.
func (tx *tx) kindData(b *beam) object {
	data := tx.beamData(b)
	if b.Kind == beamLive {
		data["recording_single_file_per_layer_enabled"], data["recording_vod_playlist_enabled"] = b.PerLayer, b.VOD
		return data
	}
	data["recording_enabled"], data["rtmp"] = b.Records, b.rtmp()
	return data
}

// rtmp are the addresses of an external stream as webhooks list them.
func (b *beam) rtmp() []object {
	urls := make([]object, 0, len(b.RTMPURLs))
	for _, u := range b.RTMPURLs {
		urls = append(urls, object{"url": u})
	}
	return urls
}

// tell sends the webhook of a beam: those of live streams are called hls, all others beam.
func (tx *tx) tell(b *beam, what string, data object) {
	group := "beam."
	if b.Kind == beamLive {
		group = "hls."
	}
	tx.happen(tx.rooms.at(b.RoomID), group+what, data)
}

func (tx *tx) tellStarted(b *beam) {
	data := tx.kindData(b)
	data["start_delay"] = seconds(b.StartedAt.Sub(b.CreatedAt))
	if b.Kind == beamLive {
		data["url"], data["started_at"] = b.PlaybackURL, b.StartedAt
	}
	tx.tell(b, "started.success", data)
}

func (tx *tx) tellStopped(b *beam) {
	data := tx.kindData(b)
	data["duration"], data["reason"] = b.stay(), b.Reason
	if b.Kind == beamLive {
		data["started_at"], data["stopped_at"] = b.StartedAt, b.StoppedAt
		data["url"], data["live_transcription_enabled"] = b.PlaybackURL, b.Transcription.wanted(modeLive)
	}
	tx.tell(b, "stopped.success", data)
}

// stay is how many seconds the bot was there.
func (b *beam) stay() int {
	if b.StoppedAt.IsZero() {
		return 0
	}
	return seconds(b.StoppedAt.Sub(b.StartedAt))
}

func (tx *tx) tellFailed(b *beam) {
	data := tx.kindData(b)
	data["duration"] = b.stay()
	data["error_type"], data["error_message"], data["error_code"] = b.ErrorType, beamErrors[b.ErrorType], 1
	tx.tell(b, "failure", data)
}

// tellRecorded sends the webhook about the files of a beam, where it has some.
func (tx *tx) tellRecorded(b *beam, made madeAssets) {
	data := tx.beamData(b)
	delete(data, "job_id")
	data["duration"] = seconds(b.recorded(b.StoppedAt))
	data["started_at"], data["stopped_at"] = b.StartedAt, b.StoppedAt
	data["recording_id"] = tx.recordingID(b)
	data["chat_recording_path"], data["chat_recording_presigned_url"] = made.chat.Path, tx.beamLink(b, made.chat, made.chat.Path)
	if b.Kind == beamLive {
		delete(data, "peer_id")
		tx.addStreamFiles(data, b, made)
	} else {
		data["created_at"], data["size"], data["rtmp"] = b.CreatedAt, made.main.Size, b.rtmp()
		data["recording_path"], data["location"] = made.main.Path, made.main.Path
		data["recording_presigned_url"] = tx.beamLink(b, made.main, made.main.Path)
	}
	tx.tell(b, "recording.success", data)
}

// addStreamFiles adds the files of a live stream; without a playlist its keys are empty.
func (tx *tx) addStreamFiles(data object, b *beam, made madeAssets) {
	vod, link, thumbs := &asset{}, "", []object{}
	if made.main != nil {
		vod, link = made.main, tx.beamLink(b, made.main, made.main.Path)
		thumbs = tx.thumbnailData(b, made.main)
	}
	data["recording_created_at"] = tx.now
	data["hls_vod_recording_path"], data["hls_vod_recording_presigned_url"], data["hls_vod_recording_size"] = vod.Path, link, vod.Size
	data["recording_hls_vod_playlist_location"] = vod.Path
	data["recording_thumbnails"] = thumbs
	files := []object{}
	for i, a := range made.layers {
		files = append(files, object{
			"asset_id": a.ID, "layer": strconv.Itoa(i), "recording_path": a.Path, "recording_presigned_url": tx.beamLink(b, a, a.Path),
			"size": a.Size, "width": b.Layers[i].Width, "height": b.Layers[i].Height,
		})
	}
	data["recording_single_files"] = files
}

func (tx *tx) thumbnailData(b *beam, vod *asset) []object {
	all := []object{}
	for i, file := range vod.Thumbnails {
		all = append(all, object{
			"width": b.Thumbnails.Width, "height": b.Thumbnails.Height, "offset": b.Thumbnails.Offsets[i],
			"location": file, "url": tx.beamLink(b, vod, file),
		})
	}
	return all
}
