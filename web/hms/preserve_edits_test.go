package hms_test

import (
	"encoding/json"

	"roomledger/web/hms"
)

// difference is what an edit must make of a template: one value at one place.
type difference struct {
	path  string // keys and positions
	value any
}

// edit changes one field of a template that was read from whole.json or a variation of it. It changes nothing, and returns
// nil, where the variation has no such place.
type edit func(*hms.Template) *difference

// there returns what p points to, made when it is missing.
func there[T any](p **T) *T {
	if *p == nil {
		*p = new(T)
	}
	return *p
}

func text[T ~string](path string, field *T) *difference {
	*field = "changed"
	return &difference{path, "changed"}
}

func texts[T ~string](path string, field *[]T) *difference {
	*field = []T{"changed", "b"}
	return &difference{path, []any{"changed", "b"}}
}

func number(path string, field *int) *difference {
	*field = 123457
	return &difference{path, json.Number("123457")}
}

func fraction(path string, field *float64) *difference {
	*field = 0.75
	return &difference{path, json.Number("0.75")}
}

func flip(path string, field *bool) *difference {
	*field = !*field
	return &difference{path, *field}
}

// entry edits one entry of a map, where there is one.
func entry[T any](entries map[string]T, key string, change func(*T) *difference) *difference {
	value, ok := entries[key]
	if !ok {
		return nil
	}
	made := change(&value)
	entries[key] = value
	return made
}

// item edits one item of a list, where there is one.
func item[T any](list []T, i int, change func(*T) *difference) *difference {
	if i >= len(list) {
		return nil
	}
	return change(&list[i])
}

func inRole(change func(*hms.Role) *difference) edit {
	return func(t *hms.Template) *difference { return entry(t.Roles, "tutor", change) }
}

func inRTMP(change func(*hms.RTMPDestination) *difference) edit {
	return func(t *hms.Template) *difference { return entry(there(&t.Destinations).RTMP, "mirror", change) }
}

func inHLS(change func(*hms.HLSDestination) *difference) edit {
	return func(t *hms.Template) *difference { return entry(there(&t.Destinations).HLS, "stage", change) }
}

func inTranscription(change func(*hms.TranscriptionDestination) *difference) edit {
	return func(t *hms.Template) *difference {
		return entry(there(&t.Destinations).Transcriptions, "minutes", change)
	}
}

func inBrowserRecording(change func(*hms.BrowserRecordingDestination) *difference) edit {
	return func(t *hms.Template) *difference {
		return entry(there(&t.Destinations).BrowserRecordings, "board", change)
	}
}

const (
	tutor   = "roles/tutor/"
	mirror  = "destinations/rtmpDestinations/mirror/"
	stage   = "destinations/hlsDestinations/stage/"
	minutes = "destinations/transcriptions/minutes/"
	board   = "destinations/browserRecordings/board/"
)

// edits has one for each object of a template at least, and for each kind of value.
var edits = []edit{
	func(t *hms.Template) *difference { return text("name", &t.Name) },
	inRole(func(r *hms.Role) *difference { return text(tutor+"name", &r.Name) }),
	inRole(func(r *hms.Role) *difference { return number(tutor+"priority", &r.Priority) }),
	inRole(func(r *hms.Role) *difference { return texts(tutor+"publishParams/allowed", &r.PublishParams.Allowed) }),
	inRole(func(r *hms.Role) *difference {
		return number(tutor+"publishParams/audio/bitRate", &there(&r.PublishParams.Audio).BitRate)
	}),
	inRole(func(r *hms.Role) *difference {
		return text(tutor+"publishParams/video/codec", &there(&r.PublishParams.Video).Codec)
	}),
	inRole(func(r *hms.Role) *difference {
		return number(tutor+"publishParams/screen/frameRate", &there(&r.PublishParams.Screen).FrameRate)
	}),
	inRole(func(r *hms.Role) *difference {
		layers := there(&there(&r.PublishParams.Simulcast).Video).Layers
		return item(layers, 1, func(l *hms.SimulcastLayer) *difference {
			return fraction(tutor+"publishParams/simulcast/video/layers/1/scaleResolutionDownBy", &l.ScaleResolutionDownBy)
		})
	}),
	inRole(func(r *hms.Role) *difference {
		return number(tutor+"subscribeParams/maxSubsBitRate", &r.SubscribeParams.MaxSubsBitRate)
	}),
	inRole(func(r *hms.Role) *difference {
		return texts(tutor+"subscribeParams/subscribeToRoles", &r.SubscribeParams.SubscribeToRoles)
	}),
	inRole(func(r *hms.Role) *difference {
		return number(tutor+"subscribeParams/subscribeDegradation/packetLossThreshold",
			&there(&r.SubscribeParams.SubscribeDegradation).PacketLossThreshold)
	}),
	inRole(func(r *hms.Role) *difference {
		if r.Permissions == nil {
			r.Permissions = map[string]bool{}
		}
		r.Permissions["newlyKnown"] = false
		return &difference{tutor + "permissions/newlyKnown", false}
	}),
	func(t *hms.Template) *difference {
		t.Roles["cleaner"] = hms.Role{}
		return &difference{"roles/cleaner", map[string]any{}}
	},
	func(t *hms.Template) *difference { return text("settings/region", &t.Settings.Region) },
	func(t *hms.Template) *difference {
		return flip("settings/recording/enabled", &there(&t.Settings.Recording).Enabled)
	},
	func(t *hms.Template) *difference {
		return text("settings/recording/upload/options/region", &there(&upload(t).Options).Region)
	},
	func(t *hms.Template) *difference {
		return text("settings/recording/upload/credentials/secretKey", &there(&upload(t).Credentials).SecretKey)
	},
	func(t *hms.Template) *difference {
		return flip("settings/roomState/sendPeerList", &there(&t.Settings.RoomState).SendPeerList)
	},
	func(t *hms.Template) *difference {
		plugins := there(&t.Plugins)
		return texts("plugins/whiteboard/permissions/reader", &there(&plugins.Whiteboard).Permissions.Reader)
	},
	func(t *hms.Template) *difference {
		return text("plugins/transcriptions/mode", &there(&there(&t.Plugins).Transcriptions).Mode)
	},
	inRTMP(func(d *hms.RTMPDestination) *difference { return number(mirror+"width", &d.Width) }),
	inRTMP(func(d *hms.RTMPDestination) *difference { return texts(mirror+"rtmpUrls", &d.URLs) }),
	inHLS(func(d *hms.HLSDestination) *difference { return text(stage+"playlistType", &d.PlaylistType) }),
	inHLS(func(d *hms.HLSDestination) *difference { return flip(stage+"enableStaticUrl", &d.EnableStaticURL) }),
	inHLS(func(d *hms.HLSDestination) *difference {
		return item(d.Layers, 0, func(l *hms.HLSDestinationLayer) *difference { return number(stage+"layers/0/height", &l.Height) })
	}),
	inHLS(func(d *hms.HLSDestination) *difference {
		return flip(stage+"recording/hlsVod", &there(&d.Recording).VOD)
	}),
	inHLS(func(d *hms.HLSDestination) *difference {
		return number(stage+"recording/thumbnails/fps", &there(&there(&d.Recording).Thumbnails).FPS)
	}),
	inTranscription(func(d *hms.TranscriptionDestination) *difference { return texts(minutes+"modes", &d.Modes) }),
	inTranscription(func(d *hms.TranscriptionDestination) *difference {
		return fraction(minutes+"summary/temperature", &there(&d.Summary).Temperature)
	}),
	inTranscription(func(d *hms.TranscriptionDestination) *difference {
		return item(there(&d.Summary).Sections, 1, func(s *hms.TemplateSummarySection) *difference {
			return text(minutes+"summary/sections/1/title", &s.Title)
		})
	}),
	inTranscription(func(d *hms.TranscriptionDestination) *difference {
		return flip(minutes+"translation/enabled", &there(&d.Translation).Enabled)
	}),
	inBrowserRecording(func(d *hms.BrowserRecordingDestination) *difference {
		return flip(board+"autoStart", &d.AutoStart)
	}),
	inBrowserRecording(func(d *hms.BrowserRecordingDestination) *difference {
		return number(board+"thumbnails/height", &there(&d.Thumbnails).Height)
	}),
}

func upload(t *hms.Template) *hms.TemplateUpload {
	return there(&there(&t.Settings.Recording).Upload)
}
