package sandbox

import (
	"fmt"
	"maps"
	"slices"
)

// The argument tables of destinations and of the recording configuration (documentation: policy, "Destinations" and "Configure
// recordings").

// The most URLs that an RTMP destination can have. The documents of templates say the one, those of external streams the other.
const (
	rtmpURLsTemplate = 3
	rtmpURLsStart    = 5
)

var destinationsShape = record(keys{
	"rtmpDestinations":  mapOf(rtmpShape),
	"hlsDestinations":   mapOf(hlsShape),
	"transcriptions":    mapOf(transcriptionShape),
	"browserRecordings": mapOf(browserRecordingShape),
	"plugins":           pluginsShape, // they stand here in an answer of the documents
})

// natural is a number of seconds, pixels or kilobits without a documented range.
var natural = whole(0, unlimited)

var rtmpShape = record(keys{
	"name":             need(named()),
	"width":            natural,
	"height":           natural,
	"maxDuration":      natural,
	"rtmpUrls":         listOf(named(), rtmpURLsStart),
	"recordingEnabled": flag(),
	"autoStopTimeout":  natural,
}, checkStreamPicture, checkRTMPURLs)

// checkStreamPicture keeps to the sizes of external streams. Of a size that has only one side nothing can be said.
func checkStreamPicture(c *checker, path string, o object) {
	if o["width"] == nil || o["height"] == nil {
		return
	}
	width, height := wholeAt(o, "width"), wholeAt(o, "height")
	landscape := width >= 500 && width <= 1920 && height >= 480 && height <= 1080
	portrait := width >= 500 && width <= 1080 && height >= 500 && height <= 1920
	if !landscape && !portrait {
		c.refuse(inside(path, "width"), "and height must be from 500x480 to 1920x1080, or from 500x500 to 1080x1920")
	}
}

func checkRTMPURLs(c *checker, path string, o object) {
	if !c.conf.reads(ReadingFiveRTMPURLs) && len(listAt(o, "rtmpUrls")) > rtmpURLsTemplate {
		c.refuse(inside(path, "rtmpUrls"), fmt.Sprintf("must have at most %d items", rtmpURLsTemplate))
	}
}

var hlsShape = record(keys{
	"name":                    need(named()),
	"role":                    words(unlimited), // of the vendor's own recorder; answers alone have it
	"maxDuration":             natural,
	"layers":                  listOf(hlsLayerShape, unlimited, checkLadder),
	"playlistType":            oneOf("event", "live"),
	"numPlaylistSegments":     whole(3, 150),
	"videoFrameRate":          natural,
	"enableMetadataInsertion": flag(),
	"enableStaticUrl":         flag(),
	"recording":               hlsRecordingShape,
	"autoStopTimeout":         natural,
}, checkRecordedLayers)

var hlsLayerShape = record(keys{"width": natural, "height": natural, "videoBitrate": natural, "audioBitrate": natural}, checkLayerSize)

// checkLayerSize wants even sides, the short one of 144 to 1080 and the long one of 192 to 1920.
func checkLayerSize(c *checker, path string, o object) {
	for _, side := range []string{"width", "height"} {
		if wholeAt(o, side)%2 != 0 {
			c.refuse(inside(path, side), "must be even")
		}
	}
	short, long := sides(o)
	if short < shortMin || short > shortMax || long < longMin || long > longMax {
		c.refuse(inside(path, "width"), "and height must be 144 to 1080 on the short side and 192 to 1920 on the long side")
	}
}

// The sizes of layers, in pixels.
const (
	shortMin, shortMax = 144, 1080
	longMin, longMax   = 192, 1920
)

// sides returns the short and the long side of a layer. Where one isn't said it is taken to be what suits the other.
func sides(o object) (short, long int) {
	a, b := wholeAt(o, "width"), wholeAt(o, "height")
	if o["width"] == nil {
		a = min(max(b, longMin), shortMax)
	}
	if o["height"] == nil {
		b = min(max(a, longMin), shortMax)
	}
	return min(a, b), max(a, b)
}

// checkLadder wants no layer to be larger than one before it. Layers that don't say are passed over.
func checkLadder(c *checker, path string, items []any) {
	area, rate := unlimited, unlimited
	for i, item := range items {
		layer, _ := item.(object)
		at := fmt.Sprintf("%s[%d]", path, i)
		nextArea, nextRate := wholeAt(layer, "width")*wholeAt(layer, "height"), wholeAt(layer, "videoBitrate")
		if nextArea > area {
			c.refuse(at, "must not be larger than the layer before")
		}
		if nextRate > rate {
			c.refuse(at+".videoBitrate", "must not be greater than that of the layer before")
		}
		if nextArea > 0 {
			area = nextArea
		}
		if nextRate > 0 {
			rate = nextRate
		}
	}
}

var hlsRecordingShape = record(keys{
	"hlsVod":             flag(),
	"singleFilePerLayer": flag(),
	"enableZipUpload":    flag(),
	"layers":             listOf(hlsLayerShape, unlimited),
	"thumbnails":         thumbnailsShape,
	"presignDuration":    natural,
})

var thumbnailsShape = record(keys{
	"enabled": flag(), "width": natural, "height": natural, "offsets": listOf(natural, unlimited), "fps": natural,
})

// checkRecordedLayers wants each layer that is recorded to be one of the destination's: equal in what it says.
func checkRecordedLayers(c *checker, path string, o object) {
	streamed := objectsAt(o, "layers")
	if len(streamed) == 0 {
		return
	}
	for i, recorded := range objectsAt(objectAt(o, "recording"), "layers") {
		if !slices.ContainsFunc(streamed, func(layer object) bool { return sameWhereSaid(recorded, layer) }) {
			c.refuse(fmt.Sprintf("%s[%d]", inside(path, "recording.layers"), i), "must be one of the destination's layers")
		}
	}
}

func sameWhereSaid(said, layer object) bool {
	for _, key := range []string{"width", "height", "videoBitrate", "audioBitrate"} {
		if said[key] != nil && wholeAt(said, key) != wholeAt(layer, key) {
			return false
		}
	}
	return true
}

var transcriptionShape = record(keys{
	"name":             need(named()),
	"role":             need(aRole()),
	"modes":            listOf(oneOf("recorded", "live", "caption"), unlimited),
	"outputModes":      listOf(oneOf("txt", "srt", "json"), unlimited),
	"customVocabulary": listOf(words(unlimited), unlimited),
	"summary":          summaryShape,
	"translation":      record(keys{"enabled": flag(), "roleLanguages": roleLanguagesShape}),
}, checkTranslation)

var summaryShape = record(keys{
	"enabled":     flag(),
	"enable":      flag(), // as the table spells it
	"context":     words(300),
	"temperature": number(0.1, 1),
	"sections":    listOf(record(keys{"title": need(words(100)), "format": need(oneOf("bullets", "paragraph"))}), 6),
})

var roleLanguagesShape = shape{read: func(c *checker, path string, v any) any {
	kept := mapOf(named()).read(c, path, v)
	languages, _ := kept.(object)
	for _, role := range slices.Sorted(maps.Keys(languages)) {
		if !c.roles[role] {
			c.refuse(inside(path, role), "must be a role of the template")
		}
	}
	return kept
}}

func checkTranslation(c *checker, path string, o object) {
	if flagAt(objectAt(o, "translation"), "enabled") && !slices.Contains(textsAt(o, "modes"), "caption") {
		c.refuse(inside(path, "translation.enabled"), "needs caption among the modes")
	}
}

// browserRecordingShape is that of the deprecated destination; the recording configuration replaces it.
var browserRecordingShape = record(keys{
	"name":            need(named()),
	"role":            need(aRole()),
	"width":           natural,
	"height":          natural,
	"maxDuration":     natural,
	"thumbnails":      thumbnailsShape,
	"presignDuration": natural,
	"autoStart":       flag(),
	"autoStopTimeout": natural,
})

// recordingsShape is that of the recording configuration.
var recordingsShape = listOf(record(keys{
	"name":            need(named()),
	"role":            need(aRole()),
	"maxDuration":     natural,
	"presignDuration": natural,
	"thumbnails":      thumbnailsShape,
	"compositeRecording": record(keys{
		"browserComposite": record(keys{"enabled": flag(), "autoStart": flag(), "autoStopTimeout": natural, "width": natural, "height": natural}),
		"customComposite":  record(keys{"enabled": flag()}),
	}),
	"trackRecording":  record(keys{"enabled": flag()}),
	"streamRecording": record(keys{"enabled": flag(), "width": natural, "height": natural}),
}), 1)

// checkZip refuses a zipped recording of a live stream where the template has no bucket of its own.
func checkZip(settings, destinations object) error {
	if objectAt(objectAt(settings, "recording"), "upload") != nil {
		return nil
	}
	streams := objectAt(destinations, "hlsDestinations")
	for _, name := range slices.Sorted(maps.Keys(streams)) {
		stream, _ := streams[name].(object)
		if flagAt(objectAt(stream, "recording"), "enableZipUpload") {
			return badParam(fmt.Sprintf(textZipNeedsBucket, name))
		}
	}
	return nil
}
