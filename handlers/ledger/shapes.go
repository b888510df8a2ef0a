package ledger

import "maps"

// shape is the allow-list of one API object: what isn't listed is hidden.
type shape map[string]rule

// rule says what becomes of a field's value. The zero rule hides it.
type rule struct {
	how    how
	fields shape // for objects, lists of objects and objects by name
}

type how int

const (
	hide    how = iota
	keep        // a plain value, or a list of plain values
	masked      // a secret
	address     // a URL whose query is a secret, or a list of them
	stream      // a URL of which all but scheme and host is a secret, or a list of them
	object      // an object or a list of objects, by its own shape
	named       // an object whose keys are names, and whose values are objects by their own shape
	values      // an object whose keys are kept and whose values are secrets
	flags       // an object whose keys are kept and whose values are true or false
	words       // an object whose keys are kept and whose values are short words
)

// plainly is a shape of fields that are kept as they are.
func plainly(fields ...string) shape {
	s := make(shape, len(fields))
	for _, f := range fields {
		s[f] = rule{how: keep}
	}
	return s
}

// and is the shape with another one's fields besides.
func (s shape) and(more shape) shape {
	all := maps.Clone(s)
	maps.Copy(all, more)
	return all
}

func of(fields shape) rule { return rule{how: object, fields: fields} }

func byName(fields shape) rule { return rule{how: named, fields: fields} }

// The objects of the API, each with every field that the documentation or the vendor's own client names. Where an answer
// knows a field by two names, both are listed.
var (
	roomShape = plainly("id", "name", "enabled", "description", "customer_id", "customer", "app_id", "key",
		"recording_source_template", "enabled_source_template", "template_id", "template", "region", "size", "large_room",
		"max_duration_seconds", "polls", "created_at", "updated_at").and(shape{
		"recording_info": of(recordingShape), "recording": of(recordingShape),
		"webhook": of(webhookShape),
	})
	recordingShape = plainly("enabled", "polls").and(shape{"upload_info": of(uploadShape)})
	// uploadShape is the bucket of a room or a template: they name the second credential differently.
	uploadShape = plainly("type", "location", "prefix").and(shape{
		"options":     of(plainly("region")),
		"credentials": of(shape{"key": {how: masked}, "secret": {how: masked}, "secretKey": {how: masked}}),
	})
	webhookShape = shape{"url": {how: address}, "headers": {how: values}}

	codeFields = plainly("code", "room_id", "role", "enabled", "created_at", "updated_at")
	// codeShape is one code, or the list of a room's.
	codeShape = plainly("code", "room_id", "role", "enabled", "created_at", "updated_at").and(shape{"data": of(codeFields)})

	templateShape = plainly("id", "_id", "name", "customerId", "customer_id", "customer", "appId", "default", "createdAt", "updatedAt").and(shape{
		"roles": byName(roleShape), "settings": of(settingsShape), "destinations": of(destinationsShape), "plugins": of(pluginsShape),
		"recordings": of(recordingConfigShape), // which calls of their own read and write
	})
	roleShape = plainly("name", "priority", "maxPeerCount").and(shape{
		"publishParams": of(publishShape), "subscribeParams": of(subscribeShape), "permissions": {how: flags},
	})
	publishShape = plainly("allowed").and(shape{
		"audio": of(trackShape), "video": of(trackShape), "screen": of(trackShape), "simulcast": of(simulcastShape),
	})
	trackShape     = plainly("bitRate", "codec", "frameRate", "width", "height")
	simulcastShape = shape{
		"video": of(shape{"layers": of(simulcastLayerShape)}), "screen": of(shape{"layers": of(simulcastLayerShape)}),
		"layers": of(simulcastLayerShape),
	}
	simulcastLayerShape = plainly("rid", "scaleResolutionDownBy", "maxBitrate", "maxFramerate")
	subscribeShape      = plainly("subscribeToRoles", "maxSubsBitRate", "videoAlwaysEnabled").and(shape{
		"subscribeDegradation": of(plainly("packetLossThreshold", "degradeGracePeriodSeconds", "recoverGracePeriodSeconds", "videoAlwaysEnabled")),
	})
	settingsShape = plainly("region").and(shape{
		"recording": of(plainly("enabled").and(shape{"upload": of(uploadShape)})),
		"roomState": of(plainly("messageInterval", "sendPeerList", "stopRoomStateOnJoin", "enabled")),
		"retry":     of(shape{}),
	})
	pluginsShape = shape{
		"whiteboard":     of(shape{"permissions": of(plainly("admin", "writer", "reader"))}),
		"transcriptions": of(plainly("mode").and(shape{"permissions": of(plainly("admin"))})),
	}

	destinationsShape = shape{
		"rtmpDestinations": byName(rtmpShape), "hlsDestinations": byName(hlsShape), "transcriptions": byName(transcriptionShape),
		"browserRecordings": byName(browserRecordingShape), "plugins": of(pluginsShape),
	}
	rtmpShape = plainly("name", "width", "height", "maxDuration", "recordingEnabled", "autoStopTimeout").and(shape{"rtmpUrls": {how: stream}})
	hlsShape  = plainly("name", "role", "maxDuration", "playlistType", "numPlaylistSegments", "videoFrameRate",
		"enableMetadataInsertion", "enableStaticUrl", "autoStopTimeout").and(shape{
		"layers": of(hlsLayerShape), "recording": of(hlsRecordingShape),
	})
	hlsLayerShape     = plainly("width", "height", "videoBitrate", "audioBitrate")
	hlsRecordingShape = plainly("hlsVod", "singleFilePerLayer", "enableZipUpload", "presignDuration").and(shape{
		"layers": of(hlsLayerShape), "thumbnails": of(thumbnailsShape),
	})
	thumbnailsShape    = plainly("enabled", "width", "height", "offsets", "fps")
	transcriptionShape = plainly("name", "role", "modes", "outputModes", "customVocabulary").and(shape{
		"summary":     of(plainly("enabled", "enable", "context", "temperature").and(shape{"sections": of(plainly("title", "format"))})),
		"translation": of(plainly("enabled").and(shape{"roleLanguages": {how: words}})),
	})
	browserRecordingShape = plainly("name", "role", "width", "height", "maxDuration", "presignDuration", "autoStart", "autoStopTimeout").
				and(shape{"thumbnails": of(thumbnailsShape)})

	// recordingConfigShape is one way to record a template's rooms; the API takes and answers a list of them.
	recordingConfigShape = plainly("name", "role", "maxDuration", "presignDuration").and(shape{
		"thumbnails": of(thumbnailsShape),
		"compositeRecording": of(shape{
			"browserComposite": of(plainly("enabled", "autoStart", "autoStopTimeout", "width", "height")),
			"customComposite":  of(plainly("enabled")),
		}),
		"trackRecording":  of(plainly("enabled")),
		"streamRecording": of(plainly("enabled", "width", "height")),
	})

	sessionShape = plainly("id", "room_id", "customer_id", "app_id", "active", "created_at", "updated_at").and(shape{
		"peers": byName(plainly("id", "session_id", "name", "role", "user_id", "user", "joined_at", "left_at")),
	})
	streamKeyShape = plainly("id", "room_id", "customer_id", "app_id", "enabled", "created_at", "updated_at").and(shape{
		"url": {how: stream}, "key": {how: masked},
	})
	// jobShape is what recordings and streams have in common, and what starts one. A meeting's URL may carry a token.
	jobShape = plainly("id", "room_id", "session_id", "status", "destination", "created_at", "started_at", "updated_at", "stopped_at",
		"started_by", "stopped_by").and(shape{
		"meeting_url": {how: address}, "recording_assets": of(assetShape), "transcription": of(transcriptShape),
	})
	recordingJobShape = jobShape.and(plainly("asset_types", "audio_only")).and(shape{"resolution": of(resolutionShape)})
	liveStreamShape   = jobShape.and(shape{
		"playback": of(shape{"url": {how: address}}), "recording": of(plainly("hls_vod", "single_file_per_layer")),
	})
	externalStreamShape = jobShape.and(plainly("recording")).and(shape{"rtmp_urls": {how: stream}, "resolution": of(resolutionShape)})

	resolutionShape = plainly("width", "height")
	transcriptShape = plainly("enabled", "modes", "output_modes", "custom_vocabulary").and(shape{
		"summary": of(plainly("enabled", "context", "temperature").and(shape{"sections": of(plainly("title", "format"))})),
	})
	// assetShape is one file that was recorded, and the signed address to fetch it from.
	assetShape = plainly("id", "job_id", "room_id", "session_id", "type", "media_type", "status", "size", "duration", "created_at", "expiry").and(shape{
		"path": {how: address}, "url": {how: address}, "thumbnails": {how: address},
		"metadata": of(plainly("layer", "num_layers", "max_width", "max_height", "output_mode", "track_id", "track_type", "stream_id",
			"stream_type", "peer_id", "user_id").and(shape{"resolution": of(resolutionShape)})),
	})
)
