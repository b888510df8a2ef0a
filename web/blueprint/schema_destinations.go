package blueprint

import (
	"slices"

	"roomledger/web/hms"
)

var destinationName = Node{
	Kind: Text, Key: "name", Label: "Name", Required: true, Min: 1, Max: 100, Help: "What starts it names it by this. Each once.",
}

var destinationsSchema = []Node{
	{
		Kind: ByName, Key: "rtmpDestinations", Label: "RTMP streams", Row: "RTMP stream", Help: "To other platforms.",
		Kids: []Node{
			destinationName,
			{
				Kind: InOrder, Key: "rtmpUrls", Label: "Addresses", Row: "address", MaxRows: 3,
				Help: "At most 3, each beginning rtmp:// or rtmps://. They end in a stream key, so they are never shown again.",
				Kids: []Node{{Kind: Secret, Label: "Address", Max: 2048}},
			},
			{Kind: Whole, Key: "width", Label: "Width", Min: 500, Max: 1920, Unit: "px", Help: "500 to 1,920; upright at most 1,080."},
			{Kind: Whole, Key: "height", Label: "Height", Min: 480, Max: 1920, Unit: "px", Help: "480 to 1,080; upright 500 to 1,920."},
			longest, autoStop,
			{Kind: Switch, Key: "recordingEnabled", Label: "Record it as well"},
		},
	},
	{
		Kind: ByName, Key: "hlsDestinations", Label: "HLS streams", Row: "HLS stream", Help: "To viewers, by a link.",
		Kids: []Node{
			destinationName,
			hlsLayers("All of what viewers can get, the best first."),
			{
				Kind: Choice, Key: "playlistType", Label: "Playlist",
				Options: []Option{{string(hms.PlaylistEvent), "All of the stream"}, {string(hms.PlaylistLive), "The last segments"}},
			},
			{Kind: Whole, Key: "numPlaylistSegments", Label: "Segments", Min: 3, Max: 150, Help: "3 to 150 of 2 s each, for a playlist of the last segments. Left blank: 5."},
			whole("videoFrameRate", "Frame rate", 1, 30, "a second", ""),
			longest, autoStop,
			{Kind: Switch, Key: "enableMetadataInsertion", Label: "Timed metadata"},
			{Kind: Switch, Key: "enableStaticUrl", Label: "A link that stays the same"},
			{Kind: Object, Key: "recording", Label: "Recording of the stream", Kids: []Node{
				{Kind: Switch, Key: "hlsVod", Label: "Keep it to be played again"},
				{Kind: Switch, Key: "singleFilePerLayer", Label: "One mp4 file a layer"},
				{Kind: Switch, Key: "enableZipUpload", Label: "Zip it", Help: "Needs a bucket of your own."},
				hlsLayers("Some of the stream's. None: all of them."),
				presign, thumbnails,
			}},
		},
	},
	{
		Kind: ByName, Key: "transcriptions", Label: "Transcription", Row: "transcription", Help: "Speech to text; English only.",
		Kids: []Node{
			destinationName,
			{Kind: RoleName, Key: "role", Label: "Role", Required: true, Help: "The roles that this one receives are transcribed. It must be the recording's role."},
			{Kind: Choices, Key: "modes", Label: "When", Options: []Option{
				{string(hms.TranscribeRecorded), "After a recording"},
				{string(hms.TranscribeLive), "In HLS streams"},
				{string(hms.TranscribeCaption), "As captions in the room"},
			}},
			{Kind: Choices, Key: "outputModes", Label: "As", Help: "Of transcripts made after a recording.", Options: []Option{
				{"txt", "Text"},
				{"srt", "Subtitles (srt)"},
				{"json", "JSON"},
			}},
			{Kind: Lines, Key: "customVocabulary", Label: "Own words", Max: 100, MaxRows: 500, Help: "Names and terms that are hard to guess, a line each."},
			{Kind: Object, Key: "summary", Label: "Summary", Kids: []Node{
				{Kind: Switch, Key: "enabled", Alias: "enable", Label: "Sum it up"},
				{Kind: Text, Key: "context", Label: "What it is about", Max: 300, Help: "At most 300 characters."},
				{Kind: Number, Key: "temperature", Label: "Temperature", Min: 0.1, Max: 1, Help: "0.1 to 1: the higher, the freer. Left blank: 0.5."},
				{
					Kind: InOrder, Key: "sections", Label: "Sections", Row: "section", MaxRows: 6, Help: "At most 6.",
					Kids: []Node{
						{Kind: Text, Key: "title", Label: "Title", Required: true, Min: 1, Max: 100, Help: "At most 100 characters."},
						{Kind: Choice, Key: "format", Label: "As", Required: true, Options: []Option{
							{"bullets", "Points"},
							{"paragraph", "Paragraph"},
						}},
					},
				},
			}},
			{Kind: Object, Key: "translation", Label: "Translation", Kids: []Node{
				{Kind: Switch, Key: "enabled", Label: "Translate captions", Help: "Only captions in the room."},
				{Kind: Pairs, Key: "roleLanguages", Label: "Languages", Help: "A line for each role, such as host: es."},
			}},
		},
	},
	{
		Kind: ByName, Key: "browserRecordings", Label: "Browser recordings (deprecated)", Row: "browser recording",
		Help: "The old form of a recording configuration. Use that instead.",
		Kids: slices.Concat([]Node{
			destinationName,
			{Kind: RoleName, Key: "role", Label: "Role", Required: true, Help: "What this role receives is recorded."},
		}, pixels(2), []Node{
			longest, presign,
			{Kind: Switch, Key: "autoStart", Label: "Start by itself"},
			autoStop, thumbnails,
		}),
	},
}

// hlsLayers are qualities of an HLS stream or of its recording.
func hlsLayers(help string) Node {
	return Node{
		Kind: InOrder, Key: "layers", Label: "Layers", Row: "layer", MaxRows: 10,
		Help: help + " Sizes are even: the shorter side 144 to 1,080, the longer 192 to 1,920.",
		Kids: slices.Concat(pixels(2), []Node{
			whole("videoBitrate", "Video", 1, 100_000, "kbit/s", ""),
			whole("audioBitrate", "Audio", 1, 1000, "kbit/s", ""),
		}),
	}
}
