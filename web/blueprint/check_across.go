package blueprint

import (
	"encoding/json"
	"slices"
	"strings"

	"roomledger/web/form"
	"roomledger/web/hms"
)

// across checks the rules that tie several fields together. like is path with * for each row; base is what stood there. What is as
// it was isn't checked.
func (c *checker) across(at, like string, n Node, base map[string]any) {
	switch like {
	case "roles":
		c.someRole(at, base)
	case "recordings":
		c.keepsRecording(at, base)
	case "roles.*.publishParams.simulcast.video.layers", "roles.*.publishParams.simulcast.screen.layers":
		c.simulcast(at, n, base)
	case upload:
		c.bucket(at, base)
	case "destinations.rtmpDestinations.*":
		c.size(at, n, base, streamSize)
	case "recordings.*.compositeRecording.browserComposite", "recordings.*.streamRecording", "destinations.browserRecordings.*":
		c.size(at, n, base, nil)
	case "destinations.hlsDestinations.*.layers.*", "destinations.hlsDestinations.*.recording.layers.*":
		c.size(at, n, base, layerSize)
	case "destinations.hlsDestinations.*.layers", "destinations.hlsDestinations.*.recording.layers":
		c.ladder(at, n, base)
	case "destinations.hlsDestinations.*":
		c.hls(at, n, base)
	case "destinations.transcriptions.*":
		c.transcription(at, n, base)
	}
}

func (c *checker) someRole(at string, base map[string]any) {
	if len(c.rows(at)) == 0 && (base == nil || len(c.had) > 0) {
		c.add(at, "Add a role. Without one nobody can join.")
	}
}

// keepsRecording: the API takes exactly one recording configuration, so there is no way back to none (documentation: policy,
// "Configure recordings").
func (c *checker) keepsRecording(at string, base map[string]any) {
	if have, _ := base["recordings"].([]any); len(have) > 0 && len(c.rows(at)) == 0 {
		c.add(at, "Keep the recording configuration and turn off what it makes: 100ms has no way to take it away.")
	}
}

// number is a number of the form, if there is one.
func (c *checker) number(at string) (float64, bool) {
	v, ok := number(Node{Kind: Number}, c.values.Get(at))
	if !ok {
		return 0, false
	}
	x, err := v.(json.Number).Float64()
	return x, err == nil
}

func (c *checker) text(at string) string { return oneLine(c.values.Get(at)) }

// simulcast wants each layer smaller than the one before, from the full one on.
func (c *checker) simulcast(at string, n Node, base map[string]any) {
	if base != nil && c.same(at, n, base) {
		return
	}
	best, least := -1, 0.0
	for i, row := range c.rows(at) {
		order := strings.Index(string(hms.SimulcastFull+hms.SimulcastHalf+hms.SimulcastQuarter), c.text(row+".rid"))
		scale, _ := c.number(row + ".scaleResolutionDownBy")
		switch {
		case i == 0 && order != 0:
			c.add(row+".rid", "Choose Full for the first layer.")
		case order <= best:
			c.add(row+".rid", "Choose a lower layer than the one before: full, then half, then quarter, each once.")
		}
		switch {
		case i == 0 && scale != 1:
			c.add(row+".scaleResolutionDownBy", "Give 1 for the first layer; it isn't scaled down.")
		case scale <= least:
			c.add(row+".scaleResolutionDownBy", "Scale this layer down by more than the one before.")
		}
		best, least = order, scale
	}
}

// bucket checks the bucket's name by its kind, and that its keys come together.
func (c *checker) bucket(at string, base map[string]any) {
	kind, credentials := c.text(at+".type"), object(base["credentials"])
	moved := base == nil || kind != oneLine(text(base["type"]))
	if location := c.text(at + ".location"); location != "" && (moved || location != oneLine(text(base["location"]))) {
		c.add(at+".location", form.BucketProblem(kind, location))
	}
	key, secret := at+".credentials.key", at+".credentials.secretKey"
	typed := c.text(key) != "" || c.text(secret) != ""
	if !moved && !typed {
		return
	}
	hasSecret := text(credentials["secretKey"]) != "" || text(credentials["secret"]) != ""
	if c.text(key) == "" && (moved || text(credentials["key"]) == "") {
		c.add(key, "Give the access key of the bucket (for Azure the account name); 100ms needs it to write recordings.")
	}
	if c.text(secret) == "" && (moved || c.text(key) != "" || !hasSecret) {
		c.add(secret, "Give the secret that belongs to the access key; 100ms needs both.")
	}
}

// size checks a width and a height that belong together.
func (c *checker) size(at string, n Node, base map[string]any, rule func(width, height float64) string) {
	width, _ := child(n.Kids, "width")
	height, _ := child(n.Kids, "height")
	if base != nil && c.same(at+".width", width, base) && c.same(at+".height", height, base) {
		return
	}
	w, wide := c.number(at + ".width")
	h, high := c.number(at + ".height")
	switch {
	case wide && !high && c.text(at+".height") == "":
		c.add(at+".height", "Give the height as well, or leave both blank.")
	case high && !wide && c.text(at+".width") == "":
		c.add(at+".width", "Give the width as well, or leave both blank.")
	case wide && high && rule != nil:
		c.add(at+".width", rule(w, h))
	}
}

// streamSize keeps to the sizes that streams to other platforms may have (documentation: external streams, "Start").
func streamSize(width, height float64) string {
	short, long := min(width, height), max(width, height)
	if short > 1080 || long > 1920 || short < 480 || width < 500 {
		return "Choose a size from 500 x 480 to 1,920 x 1,080, or upright from 500 x 500 to 1,080 x 1,920."
	}
	return ""
}

// layerSize keeps to the sizes of layers (documentation: policy, "Template object").
func layerSize(width, height float64) string {
	short, long := min(width, height), max(width, height)
	if short < 144 || short > 1080 || long < 192 || long > 1920 {
		return "Choose a size whose shorter side has 144 to 1,080 px and whose longer side has 192 to 1,920 px."
	}
	return ""
}

// ladder wants no layer to be larger than one before it, in size or bits. Layers that don't say are passed over.
func (c *checker) ladder(at string, n Node, base map[string]any) {
	if base != nil && c.same(at, n, base) {
		return
	}
	var area, rate float64
	for _, row := range c.rows(at) {
		width, _ := c.number(row + ".width")
		height, _ := c.number(row + ".height")
		bits, _ := c.number(row + ".videoBitrate")
		if area > 0 && width*height > area {
			c.add(row+".width", "Make this layer no larger than the one before: the best comes first.")
		}
		if rate > 0 && bits > rate {
			c.add(row+".videoBitrate", "Give this layer no more bits than the one before: the best comes first.")
		}
		if width*height > 0 {
			area = width * height
		}
		if bits > 0 {
			rate = bits
		}
	}
}

// hls checks the rules of a live stream and its recording.
func (c *checker) hls(at string, n Node, base map[string]any) {
	segments, playlist := at+".numPlaylistSegments", c.text(at+".playlistType")
	if c.text(segments) != "" && playlist != string(hms.PlaylistLive) && !c.sameKids(at, n, base, "numPlaylistSegments", "playlistType") {
		c.add(segments, "Choose the playlist of the last segments for this, or leave it blank.")
	}
	zip, had := at+".recording.enableZipUpload", c.hadBucket()
	zipped := object(base["recording"])["enableZipUpload"] == true
	if c.text(zip) != "" && !c.hasBucket() && (!zipped || had) {
		c.add(zip, "Name a bucket of your own under Settings, or clear this: 100ms zips nothing in its own storage.")
	}
	if !c.sameKids(at, n, base, "layers", "recording") {
		c.recordedLayers(at)
	}
}

// sameKids says whether some fields of an object are as they were.
func (c *checker) sameKids(at string, n Node, base map[string]any, keys ...string) bool {
	return base != nil && !slices.ContainsFunc(keys, func(key string) bool {
		kid, _ := child(n.Kids, key)
		return !c.same(join(at, key), kid, base)
	})
}

func (c *checker) hadBucket() bool {
	return object(object(object(c.base["settings"])["recording"])["upload"]) != nil
}

// hasBucket says whether recordings go to a bucket of one's own.
func (c *checker) hasBucket() bool {
	if _, said := c.values[upload+".type"]; !said {
		return c.hadBucket()
	}
	return c.text(upload+".type") != ""
}

// recordedLayers wants each layer that is recorded to be one of the stream's, in what it says.
func (c *checker) recordedLayers(at string) {
	streamed := c.rows(at + ".layers")
	for _, row := range c.rows(at + ".recording.layers") {
		one := slices.ContainsFunc(streamed, func(layer string) bool { return c.saysNoMore(row, layer) })
		if len(streamed) > 0 && !one {
			c.add(row+".width", "Record only layers that the stream has: size and bits must be those of one of them.")
		}
	}
}

// saysNoMore says whether one layer agrees with another in all that it says.
func (c *checker) saysNoMore(said, layer string) bool {
	for _, key := range []string{".width", ".height", ".videoBitrate", ".audioBitrate"} {
		a, typed := c.number(said + key)
		if b, _ := c.number(layer + key); typed && a != b {
			return false
		}
	}
	return true
}

func (c *checker) transcription(at string, n Node, base map[string]any) {
	translate := c.text(at+".translation.enabled") != ""
	if translate && !slices.Contains(c.values[at+".modes"], string(hms.TranscribeCaption)) && !c.sameKids(at, n, base, "modes", "translation") {
		c.add(at+".translation.enabled", "Tick captions in the room under When, or clear this: only captions are translated.")
	}
	c.sameRole(at, base)
}

// sameRole wants a transcription's role to be the recording's (documentation: policy, "Template object"). Roles that differed before may
// go on to, under whatever names.
func (c *checker) sameRole(at string, base map[string]any) {
	now := func(role any) string {
		if name, ok := c.renamed[text(role)]; ok {
			return name
		}
		return oneLine(text(role))
	}
	n, _ := child(schema, "recordings")
	role := c.text(at + ".role")
	for _, row := range c.rows("recordings") {
		recorder, had := c.text(row+".role"), c.old(n, row, c.base["recordings"])
		unchanged := base != nil && had != nil && role == now(base["role"]) && recorder == now(had["role"])
		if role != "" && recorder != "" && role != recorder && !unchanged {
			c.add(at+".role", "Choose "+short(recorder)+", the role of the recording configuration: the two must be the same.")
		}
	}
}
