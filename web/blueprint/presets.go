package blueprint

import (
	"maps"

	"roomledger/web/hms"
)

// Preset is a template to begin with. It has no name: a name that is there already would overwrite.
type Preset struct {
	Key, Name, Help string
	Tree            Tree
}

// Presets are the templates to begin with, by what they are for. They are made anew each time, so that they may be changed.
func Presets() []Preset {
	return []Preset{
		{"video-conference", "Video conference", "Everybody sees and hears everybody; hosts keep order.", videoConference()},
		{"webinar", "Webinar", "A few speak on stage, many watch and ask to be heard.", webinar()},
		{"classroom", "Classroom", "A teacher with assistants and students, a whiteboard and polls.", classroom()},
		{"audio-room", "Audio room", "Voices only: moderators, speakers and listeners.", audioRoom()},
		{"live-stream", "Live stream", "A broadcaster on air for thousands of viewers, by HLS.", liveStream()},
		{"telehealth", "Telehealth", "A clinician and a patient, with room for an interpreter; nothing is recorded.", telehealth()},
	}
}

func videoConference() Tree {
	everybody := []string{"host", "guest"}
	return template([]preparedRole{
		{name: "host", publishes: camera, receives: everybody, may: hosting, priority: 1},
		{name: "guest", publishes: camera, receives: everybody, may: []string{hms.PermissionPollRead}, priority: 2},
	}, Tree{"recordings": recordedBy("host")})
}

func webinar() Tree {
	stage := []string{"host", "panelist"}
	return template([]preparedRole{
		{name: "host", publishes: camera, receives: append(stage, "raised-hand"), may: hosting, priority: 1},
		{name: "panelist", publishes: camera, receives: append(stage, "raised-hand"), may: []string{hms.PermissionPollRead}, priority: 2},
		{name: "raised-hand", publishes: voice, receives: append(stage, "raised-hand"), may: []string{hms.PermissionPollRead}, priority: 3, most: 5},
		{name: "attendee", receives: append(stage, "raised-hand"), may: []string{hms.PermissionPollRead}, priority: 5},
	}, Tree{"recordings": recordedBy("attendee")})
}

func classroom() Tree {
	everybody := []string{"teacher", "assistant", "student"}
	tree := template([]preparedRole{
		{name: "teacher", publishes: camera, receives: everybody, may: hosting, priority: 1},
		{
			name: "assistant", publishes: camera, receives: everybody, priority: 2,
			may: []string{hms.PermissionMute, hms.PermissionUnmute, hms.PermissionPollRead, hms.PermissionPollWrite},
		},
		{name: "student", publishes: face, receives: everybody, may: []string{hms.PermissionPollRead}, priority: 3, most: 60},
	}, Tree{"recordings": recordedBy("student")})
	tree["plugins"] = Tree{"whiteboard": Tree{"permissions": Tree{
		"admin": texted("teacher"), "writer": texted("teacher", "assistant"), "reader": texted("student"),
	}}}
	return tree
}

func audioRoom() Tree {
	heard := []string{"moderator", "speaker"}
	return template([]preparedRole{
		{name: "moderator", publishes: voice, receives: heard, may: hosting, priority: 1},
		{name: "speaker", publishes: voice, receives: heard, may: []string{hms.PermissionPollRead}, priority: 2, most: 20},
		{name: "listener", receives: heard, may: []string{hms.PermissionPollRead}, priority: 5},
	}, nil)
}

func liveStream() Tree {
	onAir := []string{"broadcaster", "guest"}
	return template([]preparedRole{
		{
			name: "broadcaster", publishes: camera, receives: append(onAir, "backstage"), priority: 1,
			may: append([]string{hms.PermissionHLSStreaming, hms.PermissionRTMPStreaming}, hosting...),
		},
		{name: "guest", publishes: camera, receives: append(onAir, "backstage"), may: []string{hms.PermissionPollRead}, priority: 2, most: 8},
		{name: "backstage", publishes: face, receives: append(onAir, "backstage"), priority: 3, most: 8},
		{name: "viewer", receives: onAir, may: []string{hms.PermissionPollRead}, priority: 5},
	}, Tree{"destinations": Tree{"hlsDestinations": Tree{"stream": Tree{
		"name": "stream", "playlistType": string(hms.PlaylistLive), "numPlaylistSegments": digits(5), "videoFrameRate": digits(30),
		"maxDuration": digits(4 * 3600), "autoStopTimeout": digits(300),
		"layers": []any{hlsLayer(1280, 720, 2000), hlsLayer(852, 480, 900), hlsLayer(640, 360, 500)},
	}}}})
}

func telehealth() Tree {
	everybody := []string{"clinician", "patient", "interpreter"}
	tree := template([]preparedRole{
		{name: "clinician", publishes: camera, receives: everybody, may: careful, priority: 1, most: 3},
		{name: "patient", publishes: face, receives: everybody, may: []string{hms.PermissionSendRoomState}, priority: 1, most: 2},
		{name: "interpreter", publishes: face, receives: everybody, priority: 2, most: 1},
	}, nil)
	settings := object(tree["settings"])
	settings["roomState"] = Tree{"enabled": true, "messageInterval": digits(10), "sendPeerList": false, "stopRoomStateOnJoin": true}
	return tree
}

// What roles publish.
var (
	voice  = []string{hms.PublishAudio}
	face   = []string{hms.PublishAudio, hms.PublishVideo}
	camera = []string{hms.PublishAudio, hms.PublishVideo, hms.PublishScreen, hms.PublishSimulcast}
)

// What those may who lead a room: careful without recording, hosting with it.
var (
	careful = []string{
		hms.PermissionEndRoom, hms.PermissionRemoveOthers, hms.PermissionMute, hms.PermissionUnmute, hms.PermissionSendRoomState,
	}
	hosting = append([]string{
		hms.PermissionChangeRole, hms.PermissionPollRead, hms.PermissionPollWrite, hms.PermissionBrowserRecording,
	}, careful...)
)

func template(roles []preparedRole, more Tree) Tree {
	byName := Tree{}
	for _, role := range roles {
		byName[role.name] = role.tree()
	}
	tree := Tree{"roles": byName, "settings": Tree{"region": "auto"}}
	maps.Copy(tree, more)
	return tree
}
