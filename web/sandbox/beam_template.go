package sandbox

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// beamConfig is what a template says about recordings and streams.
type beamConfig struct {
	Settings struct {
		Recording struct {
			Enabled bool            `json:"enabled"`
			Upload  *templateUpload `json:"upload"`
		} `json:"recording"`
	} `json:"settings"`
	Destinations struct {
		HLS               map[string]hlsConfig        `json:"hlsDestinations"`
		RTMP              map[string]rtmpConfig       `json:"rtmpDestinations"`
		Transcriptions    map[string]transcriptConfig `json:"transcriptions"`
		BrowserRecordings map[string]browserRecording `json:"browserRecordings"`
	} `json:"destinations"`
	Recordings []recordConfig `json:"-"` // the template keeps them apart

	subdomain string // of the links to its rooms; empty: it has none
}

// templateUpload is where a template's files go.
type templateUpload struct {
	Type     string `json:"type"`
	Location string `json:"location"`
	Prefix   string `json:"prefix"`
}

// browserRecording says how the bot records (documentation: Templates, "Configure recordings"; older templates have it among the
// destinations). Times are in seconds.
type browserRecording struct {
	Enabled         *bool  `json:"enabled"`
	Role            string `json:"role"`
	AutoStart       bool   `json:"autoStart"`
	AutoStopTimeout int    `json:"autoStopTimeout"`
	Width           int    `json:"width"`
	Height          int    `json:"height"`
	MaxDuration     int    `json:"maxDuration"`
	PresignDuration int    `json:"presignDuration"`
}

type recordConfig struct {
	Name               string `json:"name"`
	Role               string `json:"role"`
	MaxDuration        int    `json:"maxDuration"`
	PresignDuration    int    `json:"presignDuration"`
	CompositeRecording struct {
		BrowserComposite *browserRecording `json:"browserComposite"`
		CustomComposite  switchConfig      `json:"customComposite"`
	} `json:"compositeRecording"`
	TrackRecording  switchConfig `json:"trackRecording"`
	StreamRecording switchConfig `json:"streamRecording"`
}

type switchConfig struct {
	Enabled bool `json:"enabled"`
}

type rtmpConfig struct {
	Width            int      `json:"width"`
	Height           int      `json:"height"`
	MaxDuration      int      `json:"maxDuration"`
	RTMPURLs         []string `json:"rtmpUrls"`
	RecordingEnabled bool     `json:"recordingEnabled"`
	AutoStopTimeout  int      `json:"autoStopTimeout"`
}

type hlsConfig struct {
	Role            string          `json:"role"`
	MaxDuration     int             `json:"maxDuration"`
	Layers          []hlsLayer      `json:"layers"`
	EnableStaticURL bool            `json:"enableStaticUrl"`
	AutoStopTimeout int             `json:"autoStopTimeout"`
	Recording       hlsRecordConfig `json:"recording"`
}

type hlsRecordConfig struct {
	HLSVod             bool             `json:"hlsVod"`
	SingleFilePerLayer bool             `json:"singleFilePerLayer"`
	EnableZipUpload    bool             `json:"enableZipUpload"`
	Layers             []hlsLayer       `json:"layers"`
	Thumbnails         *thumbnailConfig `json:"thumbnails"`
	PresignDuration    int              `json:"presignDuration"`
}

// hlsLayer is one quality of a live stream; bitrates are in kbps.
type hlsLayer struct {
	Width        int `json:"width"`
	Height       int `json:"height"`
	VideoBitrate int `json:"videoBitrate"`
	AudioBitrate int `json:"audioBitrate"`
}

type thumbnailConfig struct {
	Enabled bool  `json:"enabled"`
	Width   int   `json:"width"`
	Height  int   `json:"height"`
	Offsets []int `json:"offsets"` // seconds
}

type transcriptConfig struct {
	Role        string   `json:"role"`
	Modes       []string `json:"modes"`
	OutputModes []string `json:"outputModes"`
	Summary     struct {
		Enabled bool `json:"enabled"`
	} `json:"summary"`
}

// readBeamConfig reads what a template says. What has another type than it should have counts as not said, and that is all that
// can be wrong with it: it was checked, or parsed, when it was put.
func readBeamConfig(t *template) beamConfig {
	c := beamConfig{subdomain: t.subdomain}
	_ = json.Unmarshal(t.doc, &c)
	if t.recording != nil {
		if text, err := json.Marshal([]object{t.recording}); err == nil {
			_ = json.Unmarshal(text, &c.Recordings)
		}
	}
	return c
}

// browserRecordings are the ways in which the bot may record rooms of the template, by name.
func (c beamConfig) browserRecordings(conf conf) map[string]browserRecording {
	all := maps.Clone(c.Destinations.BrowserRecordings)
	if all == nil {
		all = map[string]browserRecording{}
	}
	for _, r := range c.Recordings {
		composite := r.CompositeRecording.BrowserComposite
		if composite == nil || !either(composite.Enabled, !conf.reads(ReadingCompositeEnabled)) {
			continue
		}
		b := *composite
		b.Role, b.MaxDuration, b.PresignDuration = r.Role, r.MaxDuration, r.PresignDuration
		all[r.Name] = b
	}
	return all
}

// transcription is what the template says about transcribing what a role's bot records, nil when nothing.
func (c beamConfig) transcription(role string) *transcription {
	for _, name := range slices.Sorted(maps.Keys(c.Destinations.Transcriptions)) {
		d := c.Destinations.Transcriptions[name]
		if d.Role != role {
			continue
		}
		return &transcription{
			Modes: d.Modes, OutputModes: d.OutputModes, Summary: d.Summary.Enabled,
		}
	}
	return nil
}

// plan is what a recording is by the template alone.
func (r browserRecording) plan(name string) beamPlan {
	return beamPlan{
		Destination: name, Records: true, MaxDuration: orDefault(r.MaxDuration, beamDurationMax), AutoStop: orDefault(r.AutoStopTimeout, beamAloneMax),
		Presign: orDefault(r.PresignDuration, beamPresign), Width: orDefault(r.Width, widthDefault), Height: orDefault(r.Height, heightDefault),
	}
}

func (d rtmpConfig) plan(name string) beamPlan {
	return beamPlan{
		Destination: name, Records: d.RecordingEnabled, RTMPURLs: d.RTMPURLs, MaxDuration: orDefault(d.MaxDuration, beamDurationMax),
		AutoStop: orDefault(d.AutoStopTimeout, beamAloneMax), Presign: beamPresign,
		Width: orDefault(d.Width, widthDefault), Height: orDefault(d.Height, heightDefault),
	}
}

func (d hlsConfig) plan(name string) beamPlan {
	layers := streamLayers(d.Layers)
	recorded := layers
	if len(d.Recording.Layers) > 0 {
		recorded = streamLayers(d.Recording.Layers)
	}
	p := beamPlan{
		Destination: name, MaxDuration: orDefault(d.MaxDuration, beamDurationMax), AutoStop: orDefault(d.AutoStopTimeout, beamAloneMax),
		Presign: orDefault(d.Recording.PresignDuration, beamPresign), Width: layers[0].Width, Height: layers[0].Height,
		VOD: d.Recording.HLSVod, PerLayer: d.Recording.SingleFilePerLayer, Zip: d.Recording.EnableZipUpload, Layers: recorded,
	}
	if thumbs := d.Recording.Thumbnails; thumbs != nil && thumbs.Enabled {
		p.Thumbnails = thumbs
	}
	return p
}

// streamLayers completes the layers of a destination; without any there is one.
func streamLayers(said []hlsLayer) []hlsLayer {
	if len(said) == 0 {
		said = []hlsLayer{{}}
	}
	layers := slices.Clone(said)
	for i, l := range layers {
		l.Width, l.Height = orDefault(l.Width, widthDefault), orDefault(l.Height, heightDefault)
		l.VideoBitrate = orDefault(l.VideoBitrate, videoBitrate(l.Width, l.Height))
		l.AudioBitrate = orDefault(l.AudioBitrate, audioBitrate)
		layers[i] = l
	}
	return layers
}

// numberMax bounds the numbers of templates, so that times can be reckoned with them.
const numberMax = 1 << 30

// orDefault returns n, or what holds where a template says nothing.
func orDefault(n, fallback int) int {
	return cmp.Or(min(max(n, 0), numberMax), fallback)
}

// bucket is where files go.
type bucket struct {
	scheme, location, prefix string
	own                      bool // the customer's; the vendor's keeps files for storageDays only
}

// vendorBucket is the vendor's own storage.
var vendorBucket = bucket{scheme: "s3", location: "sandbox-storage", prefix: customerID}

func newBucket(scheme, location, prefix string) bucket {
	return bucket{scheme: scheme, location: location, prefix: cmp.Or(strings.Trim(prefix, "/"), customerID), own: true}
}

// bucket is where the template's bots put their files.
func (c beamConfig) bucket() bucket {
	up := c.Settings.Recording.Upload
	if up == nil || up.Location == "" {
		return vendorBucket
	}
	return newBucket(up.Type, up.Location, up.Prefix)
}

// sessionBucket is where what a room's session records by itself goes.
func (c beamConfig) sessionBucket(rm *room) bucket {
	if rm.Recording != nil && rm.Recording.UploadInfo != nil {
		up := rm.Recording.UploadInfo
		return newBucket(up.Type, up.Location, up.Prefix)
	}
	return c.bucket()
}
