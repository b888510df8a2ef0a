package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// This file is what other calls read out of a template.

// roleRules is what holds for the peers of a role.
type roleRules struct {
	allowed      []string // to publish: audio, video, screen, simulcast
	subscribes   []string // to the roles of these names
	priority     int      // 1, the highest, to 5
	maxPeerCount int      // in a session; 0: any number, -1: nobody
	permissions  []string // by name
}

// mayPublish says whether the role may publish audio, video or the screen.
func (r roleRules) mayPublish(what string) bool { return slices.Contains(r.allowed, what) }

// may says whether the role has a permission.
func (r roleRules) may(permission string) bool { return slices.Contains(r.permissions, permission) }

// role returns the rules of a role; those of one that isn't there allow nothing.
func (t *template) role(name string) roleRules {
	role := objectAt(objectAt(t.tree, "roles"), name)
	rules := roleRules{
		allowed:    textsAt(objectAt(role, "publishParams"), "allowed"),
		subscribes: textsAt(objectAt(role, "subscribeParams"), "subscribeToRoles"),
		priority:   wholeAt(role, "priority"), maxPeerCount: wholeAt(role, "maxPeerCount"),
	}
	granted := objectAt(role, "permissions")
	for _, permission := range slices.Sorted(maps.Keys(granted)) {
		if flagAt(granted, permission) {
			rules.permissions = append(rules.permissions, permission)
		}
	}
	return rules
}

// upload returns the template's own bucket, or nil: what is recorded is stored with the vendor.
func (t *template) upload() *uploadInfo {
	up := objectAt(objectAt(objectAt(t.tree, "settings"), "recording"), "upload")
	if up == nil {
		return nil
	}
	keys := objectAt(up, "credentials")
	return &uploadInfo{
		Type: textAt(up, "type"), Location: textAt(up, "location"), Prefix: textAt(up, "prefix"),
		Credentials: &credentials{Key: textAt(keys, "key"), Secret: textAt(keys, "secretKey")},
		Options:     &uploadOptions{Region: textAt(objectAt(up, "options"), "region")},
	}
}

// recordingConfig is how a template's rooms are recorded.
type recordingConfig struct {
	name, role      string
	maxDuration     time.Duration // 0: not said
	presignDuration time.Duration // 0: not said
	thumbnails      thumbnails
	composite       bool // by a browser; the next three are about that
	autoStart       bool
	autoStopTimeout time.Duration // 0: not said
	width, height   int           // 0: not said
	custom          bool          // the composite of before
	track, stream   bool
}

// thumbnails is which pictures are taken of a recording.
type thumbnails struct {
	enabled       bool
	width, height int
	offsets       []int // seconds
	fps           int
}

// recordingConfig returns the recording configuration, or else the first deprecated destination for recordings; nil where there is
// neither, and settings.recording doesn't switch the older kind on.
func (t *template) recordingConfig() *recordingConfig {
	if t.recording != nil {
		return newRecordingConfig(t.recording)
	}
	if named := namedDestinations(t.tree, "browserRecordings"); len(named) > 0 {
		old := newRecordingConfig(named[0])
		old.readComposite(named[0])
		return old
	}
	if flagAt(objectAt(objectAt(t.tree, "settings"), "recording"), "enabled") {
		return &recordingConfig{custom: true}
	}
	return nil
}

func newRecordingConfig(o object) *recordingConfig {
	config := &recordingConfig{
		name: textAt(o, "name"), role: textAt(o, "role"),
		maxDuration: durationAt(o, "maxDuration"), presignDuration: durationAt(o, "presignDuration"),
		thumbnails: newThumbnails(objectAt(o, "thumbnails")),
		custom:     flagAt(asObject(o["compositeRecording"], "customComposite"), "enabled"),
		track:      flagAt(objectAt(o, "trackRecording"), "enabled"),
		stream:     flagAt(objectAt(o, "streamRecording"), "enabled"),
	}
	if browser := asObject(o["compositeRecording"], "browserComposite"); browser != nil && browser["enabled"] != false {
		config.readComposite(browser)
	}
	return config
}

// readComposite takes in what o says about the recording by a browser; it is on because it is there.
func (config *recordingConfig) readComposite(o object) {
	config.composite, config.autoStart, config.autoStopTimeout = true, flagAt(o, "autoStart"), durationAt(o, "autoStopTimeout")
	config.width, config.height = wholeAt(o, "width"), wholeAt(o, "height")
}

func newThumbnails(o object) thumbnails {
	return thumbnails{
		enabled: flagAt(o, "enabled"), width: wholeAt(o, "width"), height: wholeAt(o, "height"),
		offsets: wholesAt(o, "offsets"), fps: wholeAt(o, "fps"),
	}
}

// hlsDestination is where and how a live stream goes.
type hlsDestination struct {
	name               string // by which a start calls it
	maxDuration        time.Duration
	layers             []hlsLayer
	playlistType       string // event, live or empty
	segments           int    // of the playlist
	metadata           bool   // can be inserted
	staticURL          bool
	autoStopTimeout    time.Duration
	vod                bool
	singleFilePerLayer bool
	zip                bool
	recordedLayers     []hlsLayer // none: all
	thumbnails         thumbnails
	presignDuration    time.Duration
}

// hlsLayer is one quality of a live stream, in pixels and kilobits a second; 0 is not said.
type hlsLayer struct{ width, height, videoBitrate, audioBitrate int }

// segmentsDefault is the documented number of segments in the playlist of a live stream.
const segmentsDefault = 5

// hlsDestinations returns the destinations of live streams, by their keys.
func (t *template) hlsDestinations() []hlsDestination {
	var all []hlsDestination
	for _, o := range namedDestinations(t.tree, "hlsDestinations") {
		all = append(all, newHLSDestination(o))
	}
	return all
}

func newHLSDestination(o object) hlsDestination {
	recording := objectAt(o, "recording")
	return hlsDestination{
		name: textAt(o, "name"), maxDuration: durationAt(o, "maxDuration"), layers: newLayers(o),
		playlistType: textAt(o, "playlistType"), segments: cmp.Or(wholeAt(o, "numPlaylistSegments"), segmentsDefault),
		metadata: flagAt(o, "enableMetadataInsertion"), staticURL: flagAt(o, "enableStaticUrl"),
		autoStopTimeout: durationAt(o, "autoStopTimeout"), vod: flagAt(recording, "hlsVod"),
		singleFilePerLayer: flagAt(recording, "singleFilePerLayer"), zip: flagAt(recording, "enableZipUpload"),
		recordedLayers: newLayers(recording), thumbnails: newThumbnails(objectAt(recording, "thumbnails")),
		presignDuration: durationAt(recording, "presignDuration"),
	}
}

func newLayers(o object) []hlsLayer {
	var layers []hlsLayer
	for _, layer := range objectsAt(o, "layers") {
		layers = append(layers, hlsLayer{
			width: wholeAt(layer, "width"), height: wholeAt(layer, "height"),
			videoBitrate: wholeAt(layer, "videoBitrate"), audioBitrate: wholeAt(layer, "audioBitrate"),
		})
	}
	return layers
}

// rtmpDestination is where and how an external stream goes.
type rtmpDestination struct {
	name            string // by which a start calls it
	width, height   int    // 0: not said
	maxDuration     time.Duration
	urls            []string
	recorded        bool
	autoStopTimeout time.Duration
}

// rtmpDestinations returns the destinations of external streams, by their keys.
func (t *template) rtmpDestinations() []rtmpDestination {
	var all []rtmpDestination
	for _, o := range namedDestinations(t.tree, "rtmpDestinations") {
		all = append(all, rtmpDestination{
			name: textAt(o, "name"), width: wholeAt(o, "width"), height: wholeAt(o, "height"), maxDuration: durationAt(o, "maxDuration"),
			urls: textsAt(o, "rtmpUrls"), recorded: flagAt(o, "recordingEnabled"), autoStopTimeout: durationAt(o, "autoStopTimeout"),
		})
	}
	return all
}

// transcription is how what is said in a template's rooms is written down.
type transcription struct {
	name, role  string
	modes       []string // recorded, live, caption
	outputModes []string // txt, srt, json
	vocabulary  []string
	summary     bool
	context     string
	temperature float64
	sections    []summarySection
}

// summarySection is one part of a summary; its format is bullets or paragraph.
type summarySection struct{ title, format string }

// temperatureDefault is the documented one of summaries.
const temperatureDefault = 0.5

// transcriptions returns the transcriptions of a template, by their keys.
func (t *template) transcriptions() []transcription {
	var all []transcription
	for _, o := range namedDestinations(t.tree, "transcriptions") {
		summary := objectAt(o, "summary")
		next := transcription{
			name: textAt(o, "name"), role: textAt(o, "role"), modes: textsAt(o, "modes"), outputModes: textsAt(o, "outputModes"),
			vocabulary: textsAt(o, "customVocabulary"), summary: flagAt(summary, "enabled") || flagAt(summary, "enable"),
			context: textAt(summary, "context"), temperature: cmp.Or(numberAt(summary, "temperature"), temperatureDefault),
		}
		for _, section := range objectsAt(summary, "sections") {
			next.sections = append(next.sections, summarySection{textAt(section, "title"), textAt(section, "format")})
		}
		all = append(all, next)
	}
	return all
}

// namedDestinations returns the destinations of a kind in a template's tree, by their keys.
func namedDestinations(tree object, kind string) []object {
	named := objectAt(objectAt(tree, "destinations"), kind)
	var all []object
	for _, key := range slices.Sorted(maps.Keys(named)) {
		if o, ok := named[key].(object); ok {
			all = append(all, o)
		}
	}
	return all
}

func durationAt(o object, key string) time.Duration {
	return time.Duration(wholeAt(o, key)) * time.Second
}
