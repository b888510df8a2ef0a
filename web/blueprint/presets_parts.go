package blueprint

import (
	"encoding/json"
	"slices"

	"roomledger/web/hms"
)

// preparedRole is a role of a preset.
type preparedRole struct {
	name           string
	publishes      []string
	receives, may  []string
	priority, most int // most: people; 0: any number
}

// tree is the role as the API has it. Each permission is said one way or the other, since three are on where they aren't.
func (r preparedRole) tree() Tree {
	permissions := Tree{}
	for _, n := range permissionSchema {
		permissions[n.Key] = slices.Contains(r.may, n.Key)
	}
	return Tree{
		"name": r.name, "priority": digits(r.priority), "maxPeerCount": digits(r.most), "permissions": permissions,
		"publishParams": r.publishParams(),
		"subscribeParams": Tree{
			"subscribeToRoles": texted(r.receives...), "maxSubsBitRate": digits(3200),
			"subscribeDegradation": Tree{
				"packetLossThreshold": digits(30), "degradeGracePeriodSeconds": digits(2), "recoverGracePeriodSeconds": digits(4),
			},
		},
	}
}

func (r preparedRole) publishParams() Tree {
	params := Tree{"allowed": texted(r.publishes...)}
	if slices.Contains(r.publishes, hms.PublishAudio) {
		params["audio"] = Tree{"bitRate": digits(32), "codec": string(hms.CodecOpus)}
	}
	if slices.Contains(r.publishes, hms.PublishVideo) {
		params["video"] = Tree{
			"bitRate": digits(700), "codec": string(hms.CodecVP8), "frameRate": digits(25), "width": digits(960), "height": digits(540),
		}
	}
	if slices.Contains(r.publishes, hms.PublishScreen) {
		params["screen"] = Tree{
			"bitRate": digits(1024), "codec": string(hms.CodecVP8), "frameRate": digits(12), "width": digits(1920), "height": digits(1080),
		}
	}
	if slices.Contains(r.publishes, hms.PublishSimulcast) {
		params["simulcast"] = Tree{"video": Tree{"layers": []any{
			simulcastLayer(hms.SimulcastFull, 1, 700, 25),
			simulcastLayer(hms.SimulcastHalf, 2, 300, 20),
			simulcastLayer(hms.SimulcastQuarter, 4, 120, 15),
		}}}
	}
	return params
}

func simulcastLayer(rid hms.SimulcastRID, scale, bits, frames int) Tree {
	return Tree{"rid": string(rid), "scaleResolutionDownBy": digits(scale), "maxBitrate": digits(bits), "maxFramerate": digits(frames)}
}

func hlsLayer(width, height, bits int) Tree {
	return Tree{"width": digits(width), "height": digits(height), "videoBitrate": digits(bits), "audioBitrate": digits(64)}
}

// recordedBy is a recording of what a browser shows to a role, started by hand.
func recordedBy(role string) []any {
	return []any{Tree{
		"name": "default", "role": role, "maxDuration": digits(4 * 3600), "presignDuration": digits(24 * 3600),
		"compositeRecording": Tree{"browserComposite": Tree{
			"autoStart": false, "autoStopTimeout": digits(300), "width": digits(1280), "height": digits(720),
		}},
	}}
}

func digits(n int) json.Number { return json.Number(place(n)) }

func texted(list ...string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
