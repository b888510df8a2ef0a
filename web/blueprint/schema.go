package blueprint

import (
	"slices"

	"roomledger/web/hms"
)

// schema is the table. Ranges, defaults and rules are those of the documentation: policy, "Template object", and for
// recordings "Configure recordings".
var schema = []Node{
	{
		Kind: Text, Key: "name", Label: "Name", Min: 1, Max: 256,
		Help: "Letters, digits, spaces and - . _ : only. Each name is there once; left blank, 100ms makes one up.",
	},
	{
		Kind: ByName, Key: "roles", Label: "Roles", Row: "role", Kids: roleSchema,
		Help: "Who takes part, and what each of them may do. People who are in a room keep what they joined with until they join again.",
	},
	{Kind: Object, Key: "settings", Label: "Settings", Implied: true, Kids: settingsSchema},
	{Kind: Object, Key: "destinations", Label: "Destinations", Implied: true, Help: "Where streams, recordings and transcripts go.", Kids: destinationsSchema},
	{
		Kind: InOrder, Key: "recordings", Label: "Recording configuration", Row: "recording configuration", MaxRows: 1, Stays: true, Kids: recordingSchema,
		Help: "How rooms are recorded. 100ms takes one at present; a saved one can be changed, not taken away.",
	},
	{Kind: Object, Key: "plugins", Label: "Plugins", Implied: true, Kids: pluginsSchema},
}

var roleSchema = []Node{
	{Kind: Text, Key: "name", Label: "Name", Min: 1, Max: 100, Required: true, Help: "Each once. A role that is renamed keeps its settings."},
	{Kind: Whole, Key: "priority", Label: "Priority", Min: 1, Max: 5, Help: "1 to 5: when a connection is poor, 1 keeps its picture the longest. Left blank: 1."},
	{Kind: Whole, Key: "maxPeerCount", Label: "Most people", Min: -1, Max: 1_000_000, Help: "In one session. 0: any number, -1: nobody can join with this role.", Words: []Option{{"0", "any number"}, {"-1", "nobody"}}},
	{Kind: Object, Key: "publishParams", Label: "Publishing", Implied: true, Kids: publishSchema},
	{Kind: Object, Key: "subscribeParams", Label: "Receiving", Implied: true, Kids: subscribeSchema},
	{Kind: Object, Key: "permissions", Label: "Permissions", Kids: permissionSchema},
}

var publishSchema = []Node{
	{
		Kind: Choices, Key: "allowed", Label: "May publish", Help: "Nothing ticked: only watches and listens.",
		Options: []Option{
			{hms.PublishAudio, "Audio"},
			{hms.PublishVideo, "Video"},
			{hms.PublishScreen, "Screen"},
			{hms.PublishSimulcast, "Simulcast"},
		},
	},
	{Kind: Object, Key: "audio", Label: "Audio", Kids: []Node{
		whole("bitRate", "Bit rate", 16, 128, "kbit/s", "Left blank: 32."),
		codec(hms.CodecOpus, "Opus"),
	}},
	{Kind: Object, Key: "video", Label: "Video", Kids: []Node{
		whole("bitRate", "Bit rate", 30, 2000, "kbit/s", "Left blank: 256."),
		codec(hms.CodecVP8, "VP8"),
		whole("frameRate", "Frame rate", 1, 30, "a second", "Left blank: 25."),
		whole("width", "Width", 50, 1920, "px", "Left blank: 320."),
		whole("height", "Height", 50, 1080, "px", "Left blank: 180."),
	}},
	{Kind: Object, Key: "screen", Label: "Screen", Kids: []Node{
		whole("bitRate", "Bit rate", 500, 100_000, "kbit/s", "Left blank: 1024."),
		codec(hms.CodecVP8, "VP8"),
		whole("frameRate", "Frame rate", 1, 30, "a second", "Left blank: 10."),
		whole("width", "Width", 480, 1920, "px", "Left blank: 1280."),
		whole("height", "Height", 270, 1080, "px", "Left blank: 720."),
	}},
	{Kind: Object, Key: "simulcast", Label: "Simulcast", Implied: true, Help: "Further qualities, the best first. Counts when simulcast is ticked above.", Kids: []Node{
		{Kind: Object, Key: "video", Label: "Simulcast of video", Kids: []Node{simulcastLayers}},
		{Kind: Object, Key: "screen", Label: "Simulcast of the screen", Kids: []Node{simulcastLayers}},
	}},
}

var simulcastLayers = Node{
	Kind: InOrder, Key: "layers", Label: "Layers", Row: "layer", MaxRows: 3,
	Help: "At most 3: full first, then half, then quarter; each is scaled down more than the one before, full by 1.",
	Kids: []Node{
		{
			Kind: Choice, Key: "rid", Label: "Layer", Required: true,
			Options: []Option{{string(hms.SimulcastFull), "Full"}, {string(hms.SimulcastHalf), "Half"}, {string(hms.SimulcastQuarter), "Quarter"}},
		},
		{Kind: Number, Key: "scaleResolutionDownBy", Label: "Scale down by", Min: 1, Max: 12, Required: true, Help: "1 to 12."},
		{Kind: Whole, Key: "maxBitrate", Label: "Most bits", Max: 2000, Unit: "kbit/s", Help: "0 to 2,000. Left blank or 0: no limit of its own.", Words: []Option{{"0", "no limit"}}},
		{Kind: Whole, Key: "maxFramerate", Label: "Most frames", Min: 1, Max: 30, Unit: "a second", Required: true, Help: "1 to 30."},
	},
}

var subscribeSchema = []Node{
	{Kind: Roles, Key: "subscribeToRoles", Label: "Receives", Always: true, Help: "Nothing ticked: sees and hears nobody."},
	{Kind: Whole, Key: "maxSubsBitRate", Label: "Most it receives", Min: 1, Max: 1_000_000, Unit: "kbit/s", Help: "Of all that it subscribes to together. Usual: 3200."},
	{Kind: Object, Key: "subscribeDegradation", Label: "On a poor connection", Help: "That it is filled in turns on simulcast of shared screens.", Kids: []Node{
		whole("packetLossThreshold", "Packet loss", 1, 100, "%", "From here on less is received. Left blank: 50."),
		whole("degradeGracePeriodSeconds", "Wait before less", 1, 10, "s", "Left blank: 1."),
		whole("recoverGracePeriodSeconds", "Wait before more", 1, 10, "s", "Left blank: 4."),
		{Kind: Switch, Key: "videoAlwaysEnabled", Label: "Keep video on however poor it is"},
	}},
}

// permissionSchema has the permissions in the order of the matrix.
var permissionSchema = []Node{
	{Kind: Switch, Key: hms.PermissionEndRoom, Label: "End the session"},
	{Kind: Switch, Key: hms.PermissionRemoveOthers, Label: "Remove people"},
	{Kind: Switch, Key: hms.PermissionMute, Label: "Mute others"},
	{Kind: Switch, Key: hms.PermissionUnmute, Label: "Ask others to unmute"},
	{Kind: Switch, Key: hms.PermissionChangeRole, Label: "Change roles"},
	{Kind: Switch, Key: hms.PermissionSendRoomState, Label: "Sees the room before joining"},
	{Kind: Switch, Key: hms.PermissionPollRead, Label: "Read and answer polls"},
	{Kind: Switch, Key: hms.PermissionPollWrite, Label: "Make polls", Help: "Includes reading them."},
	{Kind: Switch, Key: hms.PermissionBrowserRecording, Label: "Record", On: true},
	{Kind: Switch, Key: hms.PermissionRTMPStreaming, Label: "Stream by RTMP", On: true},
	{Kind: Switch, Key: hms.PermissionHLSStreaming, Label: "Stream by HLS", On: true},
}

var settingsSchema = []Node{
	{
		Kind: Choice, Key: "region", Label: "Region", Help: "Where rooms run that don't choose for themselves.",
		Options: []Option{{"auto", "Automatic"}, {"in", "India"}, {"us", "United States"}, {"eu", "Europe"}},
	},
	{Kind: Object, Key: "recording", Label: "Storage of recordings", Kids: []Node{
		{Kind: Switch, Key: "enabled", Label: "Record tracks (deprecated)", Help: "The old way to record. Use a recording configuration instead."},
		{Kind: Object, Key: "upload", Label: "Bucket", Implied: true, Help: "Without one, 100ms keeps recordings for 15 days.", Kids: []Node{
			{
				Kind: Choice, Key: "type", Label: "Kind of bucket", Presence: true,
				Options: []Option{{"s3", "Amazon S3"}, {"gs", "Google Cloud Storage"}, {"oss", "Alibaba OSS"}, {"azure", "Azure Blob Storage"}},
			},
			{Kind: Text, Key: "location", Label: "Bucket", Required: true, Min: 3, Max: 63, Help: "Its name; with Azure the container's."},
			{Kind: Text, Key: "prefix", Label: "Path in the bucket", Max: 512, Help: "Without it, files go under your 100ms customer id."},
			{Kind: Object, Key: "options", Label: "Options", Implied: true, Kids: []Node{
				{Kind: Text, Key: "region", Label: "Bucket region", Max: 64, Help: "Such as eu-central-1. Azure needs none."},
			}},
			{Kind: Object, Key: "credentials", Label: "Credentials", Implied: true, Kids: []Node{
				{Kind: Secret, Key: "key", Label: "Access key", Required: true, Max: 4096, Help: "With Azure the storage account's name."},
				{Kind: Secret, Key: "secretKey", Alias: "secret", Label: "Secret", Required: true, Max: 4096},
			}},
		}},
	}},
	{Kind: Object, Key: "roomState", Label: "Room state before joining", Kids: []Node{
		{Kind: Switch, Key: "enabled", Label: "Tell the state of the room before joining", Help: "To roles that have the permission to see it."},
		{Kind: Whole, Key: "messageInterval", Label: "How often", Min: 5, Max: 3600, Step: 5, Unit: "s", Help: "5 to 3,600, in steps of 5."},
		{Kind: Switch, Key: "sendPeerList", Label: "With the list of people, not only how many"},
		{Kind: Switch, Key: "stopRoomStateOnJoin", Label: "Until somebody has joined"},
	}},
}

var pluginsSchema = []Node{
	{Kind: Object, Key: "whiteboard", Label: "Whiteboard", Help: "A role may stand in several of these.", Kids: []Node{
		{Kind: Object, Key: "permissions", Label: "Who may", Implied: true, Kids: []Node{
			{Kind: Roles, Key: "admin", Label: "Open and close it"},
			{Kind: Roles, Key: "writer", Label: "Draw"},
			{Kind: Roles, Key: "reader", Label: "See it"},
		}},
	}},
	{Kind: Object, Key: "transcriptions", Label: "Captions", Kids: []Node{
		{Kind: Object, Key: "permissions", Label: "Who may", Implied: true, Kids: []Node{
			{Kind: Roles, Key: "admin", Label: "Switch captions on and off"},
		}},
		{Kind: Choice, Key: "mode", Label: "Mode", Options: []Option{{string(hms.TranscribeCaption), "Captions in the room"}}},
	}},
}

// whole is a whole number with its range.
func whole(key, label string, least, most float64, unit, more string) Node {
	return Node{Kind: Whole, Key: key, Label: label, Min: least, Max: most, Unit: unit, Help: more}
}

func codec(c hms.Codec, label string) Node {
	return Node{Kind: Choice, Key: "codec", Label: "Codec", Options: []Option{{string(c), label}}}
}

// thumbnails are the pictures taken of a recording.
var thumbnails = Node{Kind: Object, Key: "thumbnails", Label: "Thumbnails", Kids: []Node{
	{Kind: Switch, Key: "enabled", Label: "Take pictures"},
	whole("width", "Width", 1, 1920, "px", ""),
	whole("height", "Height", 1, 1080, "px", ""),
	{Kind: Wholes, Key: "offsets", Label: "At", Unit: "s", Max: 86_400, Help: "Seconds from the beginning, parted by commas."},
	whole("fps", "Pictures a second", 1, 30, "", ""),
}}

// pixels are the sizes of a picture, which must be even.
func pixels(step int) []Node {
	return []Node{
		{Kind: Whole, Key: "width", Label: "Width", Min: 144, Max: 1920, Step: step, Unit: "px"},
		{Kind: Whole, Key: "height", Label: "Height", Min: 144, Max: 1920, Step: step, Unit: "px"},
	}
}

// recordingSchema is one recording configuration.
var recordingSchema = []Node{
	{Kind: Text, Key: "name", Label: "Name", Required: true, Min: 1, Max: 100, Help: "What starts a recording names it by this."},
	{Kind: RoleName, Key: "role", Label: "Role", Required: true, Help: "What this role receives is recorded."},
	longest,
	presign,
	{Kind: Object, Key: "compositeRecording", Label: "One recording of all", Implied: true, Kids: []Node{
		{Kind: Object, Key: "browserComposite", Label: "As a browser shows it", Kids: slices.Concat([]Node{
			{Kind: Switch, Key: "enabled", Label: "Record what a browser shows", Presence: true, Silent: true},
			{Kind: Switch, Key: "autoStart", Label: "Start by itself", Help: "When somebody joins. 100ms then turns off HLS and RTMP for the template."},
			autoStop,
		}, pixels(2))},
		{Kind: Object, Key: "customComposite", Label: "Without a browser", Kids: []Node{
			{Kind: Switch, Key: "enabled", Label: "Record without a browser"},
		}},
	}},
	{Kind: Object, Key: "trackRecording", Label: "Tracks", Kids: []Node{
		{Kind: Switch, Key: "enabled", Label: "Record each track by itself"},
	}},
	{Kind: Object, Key: "streamRecording", Label: "Streams", Kids: slices.Concat([]Node{
		{Kind: Switch, Key: "enabled", Label: "Record each person's audio and video together"},
	}, pixels(2))},
	thumbnails,
}

var (
	longest = Node{
		Kind: Whole, Key: "maxDuration", Label: "Longest", Min: 1, Max: 86_400, Unit: "s", Help: "Left blank: 4 hours, 14,400 s.",
	}
	autoStop = Node{
		Kind: Whole, Key: "autoStopTimeout", Label: "Stop when empty for", Min: 1, Max: 86_400, Unit: "s", Help: "After the last person has left.",
	}
	presign = Node{
		Kind: Whole, Key: "presignDuration", Label: "Downloads are good for", Min: 1, Max: 604_800, Unit: "s", Help: "The address of a download works that long.",
	}
)
