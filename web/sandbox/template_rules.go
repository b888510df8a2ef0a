package sandbox

import (
	"fmt"
	"strings"
)

// The argument tables of templates (documentation: policy, "Create a template"), but for the destinations.

// templateNameCharacters are those of room names and the space.
const templateNameCharacters = nameCharacters + " "

// answerKeys are keys of a template that only answers have: whoever sends back what was read sends them too.
var answerKeys = []string{"id", "_id", "customerId", "customer_id", "customer", "appId", "default", "createdAt", "updatedAt"}

var templateShape = record(keys{
	"name": words(unlimited, func(c *checker, path, text string) {
		if strings.Trim(text, templateNameCharacters) != "" {
			c.refuse(path, "may contain a-z A-Z 0-9 space . - : _ only")
		}
	}),
	"roles":        rolesShape,
	"settings":     settingsShape,
	"destinations": destinationsShape,
	"plugins":      pluginsShape,
})

var rolesShape = shape{read: func(c *checker, path string, v any) any {
	if o, ok := v.(object); ok && o[""] != nil {
		c.refuse(path, "must have names")
	}
	return mapOf(roleShape).read(c, path, v)
}}

var roleShape = record(keys{
	"name":            words(unlimited),
	"publishParams":   publishShape,
	"subscribeParams": subscribeShape,
	"permissions":     permissionsShape,
	"priority":        whole(1, 5),
	"maxPeerCount":    whole(-1, unlimited),
})

var publishShape = record(keys{
	"allowed":   listOf(oneOf("audio", "video", "screen", "simulcast"), unlimited),
	"audio":     record(keys{"bitRate": whole(16, 128), "codec": oneOf("opus")}),
	"video":     pictureShape(whole(30, 2000), whole(50, 1920), whole(50, 1080)),
	"screen":    pictureShape(whole(500, unlimited), whole(480, 1920), whole(270, 1080)),
	"simulcast": record(keys{"video": layeredShape, "screen": layeredShape, "layers": simulcastLayers}),
})

func pictureShape(bitRate, width, height shape) shape {
	return record(keys{"bitRate": bitRate, "codec": oneOf("vp8"), "frameRate": whole(1, 30), "width": width, "height": height})
}

var (
	layeredShape    = record(keys{"layers": simulcastLayers})
	simulcastLayers = listOf(record(keys{
		"rid":                   need(oneOf("f", "h", "q")),
		"scaleResolutionDownBy": need(number(1, 12)),
		"maxBitrate":            whole(0, 2000),
		"maxFramerate":          need(whole(1, 30)),
	}), 3, checkSimulcast)
)

// checkSimulcast wants each layer to be smaller than the one before, from the full picture on.
func checkSimulcast(c *checker, path string, items []any) {
	const order = "fhq"
	rid, scale := -1, 0.0
	for i, item := range items {
		layer, _ := item.(object)
		at := fmt.Sprintf("%s[%d]", path, i)
		nextRid, nextScale := strings.Index(order, textAt(layer, "rid")), numberAt(layer, "scaleResolutionDownBy")
		switch {
		case i == 0 && nextRid != 0:
			c.refuse(at+".rid", "must be f in the first layer")
		case i == 0 && nextScale != 1:
			c.refuse(at+".scaleResolutionDownBy", "must be 1.0 in the first layer")
		case nextRid <= rid:
			c.refuse(at+".rid", "must come after that of the layer before, in the order f, h, q")
		case nextScale <= scale:
			c.refuse(at+".scaleResolutionDownBy", "must be greater than that of the layer before")
		}
		rid, scale = nextRid, nextScale
	}
}

var subscribeShape = record(keys{
	"subscribeToRoles": listOf(aRole(), unlimited),
	"maxSubsBitRate":   whole(0, unlimited),
	"subscribeDegradation": record(keys{
		"packetLossThreshold":       whole(1, 100),
		"degradeGracePeriodSeconds": whole(1, 10),
		"recoverGracePeriodSeconds": whole(1, 10),
		"videoAlwaysEnabled":        flag(),
	}),
	"videoAlwaysEnabled": flag(),
})

var permissionsShape = record(keys{
	"endRoom": flag(), "removeOthers": flag(), "mute": flag(), "unmute": flag(), "changeRole": flag(), "sendRoomState": flag(),
	"pollRead": flag(), "pollWrite": flag(), "browserRecording": flag(), "rtmpStreaming": flag(), "hlsStreaming": flag(),
})

var settingsShape = record(keys{
	"region": oneOf(regions...),
	"recording": record(keys{
		"enabled": flag(),
		"upload":  uploadShape,
	}),
	"roomState": record(keys{
		"messageInterval":     whole(5, 3600),
		"sendPeerList":        flag(),
		"stopRoomStateOnJoin": flag(),
		"enabled":             flag(),
	}, checkMessageInterval),
	"enabled": flag(), // what the deprecation notes call recording.enabled
	"retry":   record(nil),
})

func checkMessageInterval(c *checker, path string, o object) {
	if wholeAt(o, "messageInterval")%5 != 0 {
		c.refuse(inside(path, "messageInterval"), "must be a multiple of 5")
	}
}

var uploadShape = record(keys{
	"type":        need(oneOf(uploadTypes...)),
	"location":    need(named()),
	"prefix":      words(unlimited),
	"options":     record(keys{"region": words(unlimited)}),
	"credentials": need(credentialsShape),
}, checkPrefix)

// checkPrefix keeps to the argument table, which wants a prefix here though not on rooms, where that reading is chosen.
func checkPrefix(c *checker, path string, o object) {
	if c.conf.reads(ReadingUploadPrefixRequired) && textAt(o, "prefix") == "" {
		c.refuse(inside(path, "prefix"), ruleRequired)
	}
}

// credentialsShape takes the secret by both its names: an answer of the settings has the one, a template the other.
var credentialsShape = shape{read: func(c *checker, path string, v any) any {
	if o, ok := v.(object); ok && o["secretKey"] == nil && o["secret"] != nil {
		o["secretKey"] = o["secret"]
	}
	kept, _ := record(keys{"key": need(named()), "secretKey": need(named()), "secret": words(unlimited)}).read(c, path, v).(object)
	delete(kept, "secret")
	return kept
}}

var pluginsShape = record(keys{
	"whiteboard": record(keys{
		"permissions": record(keys{
			"admin":  listOf(aRole(), unlimited),
			"writer": listOf(aRole(), unlimited),
			"reader": listOf(aRole(), unlimited),
		}),
	}),
	"transcriptions": record(keys{
		"permissions": record(keys{"admin": listOf(aRole(), unlimited)}),
		"mode":        oneOf("caption"),
	}),
})
