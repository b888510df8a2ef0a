package sandbox

import (
	"fmt"
	"strings"
	"testing"
)

// templateParam is one parameter of the body of a template: values that are taken and kept, and values that are refused.
type templateParam struct {
	path     string // in wholeTemplate
	good     []string
	bad      map[string]string // a value and the rule that its refusal names
	required bool
}

// anInteger is a parameter of a range; to is 0 where it has no end.
func anInteger(path string, from, to int) templateParam {
	p := templateParam{path: path, good: []string{fmt.Sprint(from)}, bad: map[string]string{
		`"7"`: "must be an integer", "7.5": "must be an integer", "6e1": "must be an integer", "[]": "must be an integer",
	}}
	if to == 0 {
		p.bad[fmt.Sprint(from-1)] = fmt.Sprintf("must be %d or more", from)
		p.bad["99999999999999999999"] = fmt.Sprintf("must be %d or more", from)
		return p
	}
	rule := fmt.Sprintf("must be from %d to %d", from, to)
	p.good = append(p.good, fmt.Sprint(to))
	p.bad[fmt.Sprint(from-1)], p.bad[fmt.Sprint(to+1)], p.bad["99999999999999999999"] = rule, rule, rule
	return p
}

func aFlag(path string) templateParam {
	return templateParam{
		path: path, good: []string{"true", "false"},
		bad: map[string]string{`"true"`: "must be a boolean", "1": "must be a boolean"},
	}
}

func aChoice(path string, values ...string) templateParam {
	p := templateParam{path: path, bad: map[string]string{`true`: "must be a string"}}
	p.bad[`"none"`] = "must be one of " + strings.Join(values, ", ")
	for _, value := range values {
		p.good = append(p.good, `"`+value+`"`)
	}
	return p
}

func aText(path string) templateParam {
	return templateParam{path: path, good: []string{`"other words"`, `""`}, bad: map[string]string{`1`: "must be a string"}}
}

// aName is a text that is required and says something.
func aName(path string) templateParam {
	return templateParam{path: path, good: []string{`"other"`}, bad: map[string]string{`1`: "must be a string", `""`: "is required"}}.needed()
}

// aRoleName is a text that names a role of the template.
func aRoleName(path string) templateParam {
	p := templateParam{path: path, good: []string{`"nurse"`}, bad: map[string]string{`1`: "must be a string"}}
	return p.refuses(`"ghost"`, "must be a role of the template")
}

func anObject(path string) templateParam {
	return templateParam{path: path, good: []string{`{}`}, bad: map[string]string{`[]`: "must be an object", `1`: "must be an object"}}
}

// anArray is one that may be empty and has no others than the good ones.
func anArray(path string, good ...string) templateParam {
	return templateParam{path: path, good: append(good, `[]`), bad: map[string]string{`{}`: "must be an array", `"x"`: "must be an array"}}
}

func (p templateParam) needed() templateParam {
	p.required = true
	return p
}

// refuses adds a value that is refused.
func (p templateParam) refuses(value, rule string) templateParam {
	p.bad[value] = rule
	return p
}

// aLongText has a limit in characters.
func aLongText(path string, limit int) templateParam {
	return templateParam{
		path: path, good: []string{`"` + strings.Repeat("ż", limit) + `"`},
		bad: map[string]string{`"` + strings.Repeat("ż", limit+1) + `"`: fmt.Sprintf("must have at most %d characters", limit)},
	}
}

const (
	leadPublishes  = "roles.lead.publishParams."
	leadSubscribes = "roles.lead.subscribeParams."
	leadLayers     = leadPublishes + "simulcast.video.layers"
	bucketPath     = "settings.recording.upload"
	tv             = "destinations.rtmpDestinations.tv."
	big            = "destinations.hlsDestinations.big."
	notes          = "destinations.transcriptions.notes."
	oldRecording   = "destinations.browserRecordings.old."
)

// The longer rules.
const (
	ruleName       = "may contain a-z A-Z 0-9 space . - : _ only"
	ruleRid        = "must come after that of the layer before, in the order f, h, q"
	ruleScale      = "must be greater than that of the layer before"
	ruleRole       = "[0] must be a role of the template"
	ruleStreamSize = "and height must be from 500x480 to 1920x1080, or from 500x500 to 1080x1920"
	ruleLayerSize  = "and height must be 144 to 1080 on the short side and 192 to 1920 on the long side"
	ruleLarger     = "[1] must not be larger than the layer before"
	ruleRate       = "[2].videoBitrate must not be greater than that of the layer before"
)

var templateParams = []templateParam{
	{
		path: "name",
		good: []string{`"a Z.0-9:_"`},
		bad:  map[string]string{`"a/b"`: ruleName, `"é"`: ruleName, `5`: "must be a string"},
	},
	{path: "roles.nurse", good: nil, bad: map[string]string{`[]`: "must be an object"}},
	{path: "roles.lead.name", good: nil, bad: map[string]string{`1`: "must be a string"}},
	anObject("roles.lead.publishParams"),
	anArray(leadPublishes+"allowed", `["video"]`).refuses(`["audio","chat"]`, "[1] must be one of audio, video, screen, simulcast"),
	anObject(leadPublishes + "audio"),
	anInteger(leadPublishes+"audio.bitRate", 16, 128),
	aChoice(leadPublishes+"audio.codec", "opus"),
	anObject(leadPublishes + "video"),
	anInteger(leadPublishes+"video.bitRate", 30, 2000),
	aChoice(leadPublishes+"video.codec", "vp8"),
	anInteger(leadPublishes+"video.frameRate", 1, 30),
	anInteger(leadPublishes+"video.width", 50, 1920),
	anInteger(leadPublishes+"video.height", 50, 1080),
	anObject(leadPublishes + "screen"),
	anInteger(leadPublishes+"screen.bitRate", 500, 0),
	aChoice(leadPublishes+"screen.codec", "vp8"),
	anInteger(leadPublishes+"screen.frameRate", 1, 30),
	anInteger(leadPublishes+"screen.width", 480, 1920),
	anInteger(leadPublishes+"screen.height", 270, 1080),
	anObject(leadPublishes + "simulcast"), anObject(leadPublishes + "simulcast.video"),
	{
		path: leadPublishes + "simulcast.screen",
		good: []string{`{"layers":[]}`, `{"layers":[{"rid":"f","scaleResolutionDownBy":1.0,"maxFramerate":30}]}`},
		bad:  map[string]string{`[]`: "must be an object", `{"layers":[{}]}`: ".layers[0].maxFramerate is required"},
	},
	{
		path: leadPublishes + "simulcast.layers",
		good: []string{`[{"rid":"f","scaleResolutionDownBy":1,"maxFramerate":30}]`},
		bad: map[string]string{
			`[{"rid":"h","scaleResolutionDownBy":1,"maxFramerate":30}]`: "[0].rid must be f in the first layer",
		},
	},
	anArray(leadLayers).refuses(`[1,2,3,4]`, "must have at most 3 items").refuses(`[1]`, "[0] must be an object"),
	aChoice(leadLayers+"[0].rid", "f").needed().
		refuses(`"none"`, "must be one of f, h, q").
		refuses(`"q"`, "must be f in the first layer"),
	{path: leadLayers + "[1].rid", good: nil, bad: map[string]string{`"f"`: ruleRid}},
	{path: leadLayers + "[2].rid", good: nil, bad: map[string]string{`"h"`: ruleRid}},
	{
		path: leadLayers + "[0].scaleResolutionDownBy",
		good: []string{"1", "1.0"},
		bad: map[string]string{
			`1.5`: "must be 1.0 in the first layer",
			`0.9`: "must be from 1.0 to 12.0",
			`"1"`: "must be a number",
		},
		required: true,
	},
	{
		path: leadLayers + "[2].scaleResolutionDownBy",
		good: []string{"12", "2.6"},
		bad: map[string]string{
			`12.1`:  "must be from 1.0 to 12.0",
			`2.5`:   ruleScale,
			`1e999`: "must be from 1.0 to 12.0",
		},
		required: true,
	},
	anInteger(leadLayers+"[1].maxBitrate", 0, 2000), anInteger(leadLayers+"[1].maxFramerate", 1, 30).needed(),
	anObject("roles.lead.subscribeParams"),
	anArray(leadSubscribes+"subscribeToRoles", `["nurse"]`).
		refuses(`["ghost"]`, ruleRole).
		refuses(`[null]`, "[0] must be a string"),
	anInteger(leadSubscribes+"maxSubsBitRate", 0, 0), anObject(leadSubscribes + "subscribeDegradation"),
	anInteger(leadSubscribes+"subscribeDegradation.packetLossThreshold", 1, 100),
	anInteger(leadSubscribes+"subscribeDegradation.degradeGracePeriodSeconds", 1, 10),
	anInteger(leadSubscribes+"subscribeDegradation.recoverGracePeriodSeconds", 1, 10),
	aFlag(leadSubscribes + "subscribeDegradation.videoAlwaysEnabled"),
	aFlag(leadSubscribes + "videoAlwaysEnabled"),
	{path: "roles.lead.permissions", bad: map[string]string{`[]`: "must be an object"}},
	aFlag("roles.lead.permissions.endRoom"),
	aFlag("roles.lead.permissions.removeOthers"),
	aFlag("roles.lead.permissions.mute"),
	aFlag("roles.lead.permissions.unmute"),
	aFlag("roles.lead.permissions.changeRole"),
	aFlag("roles.lead.permissions.sendRoomState"),
	aFlag("roles.lead.permissions.pollRead"),
	aFlag("roles.lead.permissions.pollWrite"),
	aFlag("roles.lead.permissions.browserRecording"),
	aFlag("roles.lead.permissions.rtmpStreaming"),
	aFlag("roles.lead.permissions.hlsStreaming"),
	anInteger("roles.lead.priority", 1, 5), anInteger("roles.lead.maxPeerCount", -1, 0),

	aChoice("settings.region", "in", "us", "eu", "auto").refuses(`""`, "must be one of in, us, eu, auto"),
	{path: "settings.recording", bad: map[string]string{`[]`: "must be an object"}},
	aFlag("settings.recording.enabled"), aFlag("settings.enabled"),
	{path: bucketPath, bad: map[string]string{`"s3"`: "must be an object"}},
	aChoice(bucketPath+".type", "s3", "gs", "oss", "azure").needed(),
	aName(bucketPath + ".location"),
	aText(bucketPath + ".prefix"),
	anObject(bucketPath + ".options"),
	aText(bucketPath + ".options.region"),
	{path: bucketPath + ".credentials", bad: map[string]string{`[]`: "must be an object"}, required: true},
	aName(bucketPath + ".credentials.key"), aName(bucketPath + ".credentials.secretKey"),
	anObject("settings.roomState"),
	anInteger("settings.roomState.messageInterval", 5, 3600).refuses("7", "must be a multiple of 5"),
	aFlag("settings.roomState.sendPeerList"), aFlag("settings.roomState.stopRoomStateOnJoin"), aFlag("settings.roomState.enabled"),
	{path: "settings.retry", bad: map[string]string{`[]`: "must be an object"}},

	anObject("destinations.rtmpDestinations"),
	{path: "destinations.rtmpDestinations.tv", bad: map[string]string{`"tv"`: "must be an object"}},
	aName(tv + "name"),
	{path: tv + "width", good: []string{"500", "1920"}, bad: map[string]string{
		"499": ruleStreamSize, "1921": ruleStreamSize,
		"1.5": "must be an integer",
	}},
	{path: tv + "height", good: []string{"480", "1080"}, bad: map[string]string{`"720"`: "must be an integer"}},
	anInteger(tv+"maxDuration", 0, 0), aFlag(tv + "recordingEnabled"), anInteger(tv+"autoStopTimeout", 0, 0),
	anArray(tv+"rtmpUrls", `["rtmp://a/1","rtmp://a/2","rtmp://a/3"]`).
		refuses(`["a","b","c","d"]`, "must have at most 3 items").
		refuses(`[1]`, "[0] must be a string"),
	anObject("destinations.hlsDestinations"),
	{path: "destinations.hlsDestinations.big", bad: map[string]string{`[]`: "must be an object"}},
	aName(big + "name"), aText(big + "role"), anInteger(big+"maxDuration", 0, 0), aChoice(big+"playlistType", "event", "live"),
	anInteger(big+"numPlaylistSegments", 3, 150),
	anInteger(big+"videoFrameRate", 0, 0),
	aFlag(big + "enableMetadataInsertion"),
	aFlag(big + "enableStaticUrl"),
	anInteger(big+"autoStopTimeout", 0, 0), anObject(big + "recording"),
	anArray(big+"layers", `[{"width":720,"height":1920},{"width":640,"height":360}]`).
		refuses(`[{"width":640,"height":360},{"width":960,"height":540}]`, ruleLarger).
		refuses(`[{"videoBitrate":300},{},{"videoBitrate":301}]`, ruleRate),
	{
		path: big + "layers[0].width",
		good: []string{"1920"},
		bad:  map[string]string{"1281": "must be even", "1922": ruleLayerSize, "142": ruleLayerSize},
	},
	{
		path: big + "layers[0].height",
		good: []string{"1080"},
		bad:  map[string]string{"721": "must be even", "-2": "must be 0 or more"},
	},
	anInteger(big+"layers[2].videoBitrate", 0, 0), anInteger(big+"layers[0].audioBitrate", 0, 0),
	aFlag(big + "recording.hlsVod"), aFlag(big + "recording.singleFilePerLayer"), aFlag(big + "recording.enableZipUpload"),
	anArray(big+"recording.layers", `[{"videoBitrate":1900},{}]`).
		refuses(`[{"width":640,"height":358}]`, "[0] must be one of the destination's layers"),
	anInteger(big+"recording.presignDuration", 0, 0),
	anObject(big + "recording.thumbnails"),
	aFlag(big + "recording.thumbnails.enabled"),
	anInteger(big+"recording.thumbnails.width", 0, 0),
	anInteger(big+"recording.thumbnails.height", 0, 0),
	anInteger(big+"recording.thumbnails.fps", 0, 0),
	anArray(big+"recording.thumbnails.offsets", `[0,60]`).refuses(`[-1]`, "[0] must be 0 or more"),
	anObject("destinations.transcriptions"),
	{path: "destinations.transcriptions.notes", bad: map[string]string{`[]`: "must be an object"}},
	aName(notes + "name"), aRoleName(notes + "role").needed(),
	{
		path: notes + "modes",
		good: []string{`["caption","live"]`},
		bad:  map[string]string{`["later"]`: "[0] must be one of recorded, live, caption", `{}`: "must be an array"},
	},
	anArray(notes+"outputModes", `["json"]`).refuses(`["pdf"]`, "[0] must be one of txt, srt, json"),
	anArray(notes+"customVocabulary", `["ECG"]`).refuses(`[1]`, "[0] must be a string"),
	anObject(notes + "summary"),
	aFlag(notes + "summary.enabled"),
	aFlag(notes + "summary.enable"),
	aLongText(notes+"summary.context", 300),
	{
		path: notes + "summary.temperature",
		good: []string{"0.1", "1.0"},
		bad: map[string]string{
			"0.09":  "must be from 0.1 to 1.0",
			"1.01":  "must be from 0.1 to 1.0",
			`"0.5"`: "must be a number",
		},
	},
	anArray(notes+"summary.sections").refuses(`[{},{},{},{},{},{},{}]`, "must have at most 6 items"),
	aLongText(notes+"summary.sections[0].title", 100).needed(),
	aChoice(notes+"summary.sections[0].format", "bullets", "paragraph").needed(),
	anObject(notes + "translation"), aFlag(notes + "translation.enabled"),
	anObject(notes+"translation.roleLanguages").
		refuses(`{"ghost":"es"}`, ".ghost must be a role of the template").
		refuses(`{"nurse":5}`, ".nurse must be a string"),
	anObject("destinations.browserRecordings"),
	{path: "destinations.browserRecordings.old", bad: map[string]string{`[]`: "must be an object"}},
	aName(oldRecording + "name"),
	aRoleName(oldRecording + "role").needed(),
	anInteger(oldRecording+"width", 0, 0),
	anInteger(oldRecording+"height", 0, 0),
	anInteger(oldRecording+"maxDuration", 0, 0),
	anObject(oldRecording + "thumbnails"),
	anInteger(oldRecording+"presignDuration", 0, 0),
	aFlag(oldRecording + "autoStart"), anInteger(oldRecording+"autoStopTimeout", 0, 0),

	anObject("plugins.whiteboard"), anObject("plugins.whiteboard.permissions"),
	anArray("plugins.whiteboard.permissions.admin", `["nurse"]`).refuses(`["ghost"]`, ruleRole),
	anArray("plugins.whiteboard.permissions.writer", `["nurse"]`).refuses(`["ghost"]`, ruleRole),
	anArray("plugins.whiteboard.permissions.reader", `["lead"]`).refuses(`["ghost"]`, ruleRole),
	anObject("plugins.transcriptions"),
	anObject("plugins.transcriptions.permissions"),
	aChoice("plugins.transcriptions.mode", "caption"),
	anArray("plugins.transcriptions.permissions.admin", `["nurse"]`).refuses(`["ghost"]`, ruleRole),
	anObject("destinations"),
	{path: "settings", bad: map[string]string{`[]`: "must be an object"}},
	{path: "roles", bad: map[string]string{`[]`: "must be an object", `{"":{}}`: "must have names"}},
	anObject("plugins"),
}

// templateParamRows are the rows of a create, for each of its parameters.
func templateParamRows() []row {
	var rows []row
	for _, p := range templateParams {
		rows = append(rows, row{kind: aParameter, call: "POST /templates", what: p.path, page: "Templates: create", test: p.test})
	}
	return rows
}

func (p templateParam) test(b *box) {
	for _, value := range p.good {
		got := b.call(200, "POST", "/templates", p.body(b.t, decodedText(b.t, value)))
		equal(b.t, value, treeAt(b.t, got, p.path), decodedText(b.t, value))
	}
	for value, rule := range p.bad {
		text := p.path + " " + rule
		if rule[0] == '[' || rule[0] == '.' {
			text = p.path + rule
		}
		equal(b.t, value, b.call(400, "POST", "/templates", p.rawBody(b.t, value)), badParamFailure(text))
	}
	if p.required {
		equal(b.t, "missing", b.call(400, "POST", "/templates", p.body(b.t, nil)), badParamFailure(p.path+" is required"))
	}
}

// body is wholeTemplate with another value for p; nil for none.
func (p templateParam) body(t testing.TB, v any) string {
	body := decodedText(t, wholeTemplate).(object)
	setTreeAt(t, body, p.path, v)
	return encodedText(t, body)
}

// rawBody is wholeTemplate with a value for p that need not fit a number.
func (p templateParam) rawBody(t testing.TB, value string) string {
	return strings.Replace(p.body(t, "the value goes here"), `"the value goes here"`, value, 1)
}
