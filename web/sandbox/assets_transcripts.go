package sandbox

import (
	"cmp"
	"fmt"
	"time"
)

// startTranscripts begins the transcripts of a beam whose recording is there; their assets are in the making.
func (tx *tx) startTranscripts(b *beam) {
	to := tx.beamBucket(b)
	for _, mode := range b.Transcription.outputs() {
		tx.newTranscript(b, to, assetTranscript, mode)
	}
	if b.Transcription.Summary {
		tx.newTranscript(b, to, assetSummary, "json")
	}
	tx.happen(tx.rooms.at(b.RoomID), "transcription.started.success", tx.transcriptData(b, false))
}

// newTranscript is a file of what was said, by its type and mode. The documents have no path for it.
func (tx *tx) newTranscript(b *beam, to bucket, assetType, mode string) {
	a := b.of(assetType)
	a.Status, a.Metadata = assetProcessing, object{"output_mode": mode}
	if assetType == assetTranscript {
		a.Duration = seconds(b.recorded(tx.now))
	}
	tx.newAsset(to, fmt.Sprintf("transcript/%s%s-%s.%s", b.day(), b.name(), assetType, mode), a)
}

// endTranscripts has the transcripts of a beam, or not.
func (tx *tx) endTranscripts(b *beam, status string) {
	next := *b
	next.NextAt = time.Time{}
	tx.beams.put(tx, &next)
	for _, a := range tx.transcriptsOf(b) {
		done := *a
		done.Status = status
		if content, err := tx.spoken(a); err == nil && status == assetCompleted {
			done.Size = len(content)
		}
		tx.assets.put(tx, &done)
	}
	event := "transcription.success"
	if status == assetFailed {
		event = "transcription.failure"
	}
	tx.happen(tx.rooms.at(b.RoomID), event, tx.transcriptData(b, true))
}

// transcriptsOf are the transcripts and the summary of a beam.
func (st *state) transcriptsOf(b *beam) (found []*asset) {
	for _, a := range st.assetIndex.byJob[b.ID] {
		if a.Type == assetTranscript || a.Type == assetSummary {
			found = append(found, a)
		}
	}
	return found
}

// transcriptData is what webhooks say about the transcripts of a beam; of files that weren't asked for everything is empty.
func (tx *tx) transcriptData(b *beam, files bool) object {
	data := object{
		"account_id": customerID, "app_id": appID, "recording_id": tx.recordingID(b), "session_id": b.SessionID,
		"metadata_id": b.MetadataID, "metadata_timestamp": b.StartedAt, "transcription_id": b.TranscriptionID,
		"duration": seconds(b.recorded(tx.now)),
	}
	for _, name := range []string{"summary_json", "transcript_json", "transcript_srt", "transcript_txt"} {
		data[name+"_asset_id"] = ""
		if files {
			data[name+"_path"], data[name+"_presigned_url"] = "", ""
		}
	}
	for _, a := range tx.transcriptsOf(b) {
		name := fmt.Sprintf("%s_%s", a.Type, a.Metadata["output_mode"])
		data[name+"_asset_id"] = a.ID
		if files && a.Status == assetCompleted {
			data[name+"_path"], data[name+"_presigned_url"] = a.Path, tx.beamLink(b, a, a.Path)
		}
	}
	return data
}

// recordingID is the id of a beam's main file, which webhooks call the recording.
func (st *state) recordingID(b *beam) string {
	for _, a := range st.assetIndex.byJob[b.ID] {
		if a.Type == assetComposite || a.Type == assetVOD {
			return a.ID
		}
	}
	return ""
}

// beamLink is a link in a webhook to a file of a beam. HIPAA workspaces get none.
func (tx *tx) beamLink(b *beam, a *asset, file string) string {
	if tx.conf.hipaa {
		return ""
	}
	return a.link(cmp.Or(b.Base, defaultBase), file, tx.now, b.Presign)
}
