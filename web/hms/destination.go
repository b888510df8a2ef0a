package hms

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
)

// Destinations are where a room's streams, recordings and transcripts go, by name (documentation: policy, "Template
// object"). The name of a map's key and the Name inside are normally equal.
type Destinations struct {
	Origin            Origin                                 `json:"-"`
	RTMP              map[string]RTMPDestination             `json:"rtmpDestinations,omitzero"`
	HLS               map[string]HLSDestination              `json:"hlsDestinations,omitzero"`
	Transcriptions    map[string]TranscriptionDestination    `json:"transcriptions,omitzero"`
	BrowserRecordings map[string]BrowserRecordingDestination `json:"browserRecordings,omitzero"` // deprecated: see RecordingConfig
	Plugins           *Plugins                               `json:"plugins,omitzero"`           // a sample has them here; see Template.Plugins
}

// RTMPDestination streams to other platforms. Its URLs are secrets.
type RTMPDestination struct {
	Origin           Origin      `json:"-"`
	Name             string      `json:"name"`
	Width            int         `json:"width,omitzero"`       // px
	Height           int         `json:"height,omitzero"`      // px
	MaxDuration      int         `json:"maxDuration,omitzero"` // s; 0: 4 hours
	URLs             []StreamURL `json:"rtmpUrls,omitzero"`    // at most 3
	RecordingEnabled bool        `json:"recordingEnabled,omitzero"`
	AutoStopTimeout  int         `json:"autoStopTimeout,omitzero"` // s after the last peer left
}

// StreamURL is where a stream is sent. It ends in the stream key, a secret; it prints as scheme and host.
type StreamURL string

// PlaylistType says what an HLS playlist keeps. Others than the constants may come.
type PlaylistType string

// The types of an HLS playlist.
const (
	PlaylistEvent PlaylistType = "event" // all of the stream
	PlaylistLive  PlaylistType = "live"  // the last segments
)

// HLSDestination streams to viewers over HLS.
type HLSDestination struct {
	Origin                  Origin                `json:"-"`
	Name                    string                `json:"name"`
	Role                    string                `json:"role,omitzero"`        // only in answers
	MaxDuration             int                   `json:"maxDuration,omitzero"` // s; 0: 4 hours
	Layers                  []HLSDestinationLayer `json:"layers,omitzero"`      // the best first
	PlaylistType            PlaylistType          `json:"playlistType,omitzero"`
	NumPlaylistSegments     int                   `json:"numPlaylistSegments,omitzero"` // of 2 s, 3-150, for PlaylistLive; 0: 5
	VideoFrameRate          int                   `json:"videoFrameRate,omitzero"`      // a second
	EnableMetadataInsertion bool                  `json:"enableMetadataInsertion,omitzero"`
	EnableStaticURL         bool                  `json:"enableStaticUrl,omitzero"`
	Recording               *HLSRecording         `json:"recording,omitzero"`
	AutoStopTimeout         int                   `json:"autoStopTimeout,omitzero"` // s; also how long RTMP input may come back
}

// HLSDestinationLayer is one quality of an HLS stream or of its recording. Width and height are even; the smaller one is
// 144-1080, the larger one 192-1920.
type HLSDestinationLayer struct {
	Origin       Origin `json:"-"`
	Width        int    `json:"width,omitzero"`        // px
	Height       int    `json:"height,omitzero"`       // px
	VideoBitrate int    `json:"videoBitrate,omitzero"` // kbit/s
	AudioBitrate int    `json:"audioBitrate,omitzero"` // kbit/s
}

// HLSRecording says what is kept of an HLS stream.
type HLSRecording struct {
	VOD                bool                  `json:"hlsVod,omitzero"`             // the playlist and its segments
	SingleFilePerLayer bool                  `json:"singleFilePerLayer,omitzero"` // one mp4 for each layer
	EnableZipUpload    bool                  `json:"enableZipUpload,omitzero"`    // needs a bucket of one's own
	Layers             []HLSDestinationLayer `json:"layers,omitzero"`             // some of the stream's; nil: all
	Thumbnails         *RecordingThumbnails  `json:"thumbnails,omitzero"`
	PresignDuration    int                   `json:"presignDuration,omitzero"` // s
}

// RecordingThumbnails says which pictures are taken of a recording.
type RecordingThumbnails struct {
	Enabled bool  `json:"enabled,omitzero"`
	Width   int   `json:"width,omitzero"`   // px
	Height  int   `json:"height,omitzero"`  // px
	Offsets []int `json:"offsets,omitzero"` // s from the beginning
	FPS     int   `json:"fps,omitzero"`
}

// BrowserRecordingDestination is the deprecated form of a RecordingConfig.
type BrowserRecordingDestination struct {
	Origin          Origin               `json:"-"`
	Name            string               `json:"name"`
	Role            string               `json:"role,omitzero"`
	Width           int                  `json:"width,omitzero"`       // px
	Height          int                  `json:"height,omitzero"`      // px
	MaxDuration     int                  `json:"maxDuration,omitzero"` // s
	Thumbnails      *RecordingThumbnails `json:"thumbnails,omitzero"`
	PresignDuration int                  `json:"presignDuration,omitzero"` // s
	AutoStart       bool                 `json:"autoStart,omitzero"`
	AutoStopTimeout int                  `json:"autoStopTimeout,omitzero"` // s
}

// UnmarshalJSON reads destinations with all the quirks of the API's answers.
func (d *Destinations) UnmarshalJSON(b []byte) error { return unmarshalOver(b, d) }

// MarshalJSON writes the destinations over what they were read from; see Origin. It holds secrets.
func (d Destinations) MarshalJSON() ([]byte, error) { return marshalOver(d) }

// WithoutSecrets returns a copy to keep or to show: of stream URLs only scheme and host, and without what we don't know. It
// can't be sent.
func (d Destinations) WithoutSecrets() Destinations {
	shown := withoutOrigins(d)
	for _, destination := range shown.RTMP {
		for i, address := range destination.URLs {
			destination.URLs[i] = StreamURL(address.String())
		}
	}
	return shown
}

// stripped says whether any of it came from WithoutSecrets.
func (d Destinations) stripped() bool {
	for _, destination := range d.RTMP {
		if destination.Origin.read().stripped {
			return true
		}
	}
	return d.Origin.read().stripped
}

// secrets lists the values that must not show up in an error, should the API repeat them.
func (d Destinations) secrets() []string {
	var values []string
	for _, destination := range d.RTMP {
		for _, address := range destination.URLs {
			values = append(values, address.secrets()...)
		}
	}
	return values
}

// LogValue names the destinations by their number only.
func (d Destinations) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("rtmp", len(d.RTMP)), slog.Int("hls", len(d.HLS)),
		slog.Int("transcriptions", len(d.Transcriptions)), slog.Int("browserRecordings", len(d.BrowserRecordings)))
}

// LogValue leaves out the URLs.
func (d RTMPDestination) LogValue() slog.Value { return slog.StringValue(d.Name) }

// String is the URL's scheme and host.
func (u StreamURL) String() string { return hostOf(string(u)) }

// GoString is String.
func (u StreamURL) GoString() string { return u.String() }

// LogValue is String for log/slog.
func (u StreamURL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// secrets are the whole URL and its telling parts: the stream key at its end, a password, what its query says.
func (u StreamURL) secrets() []string {
	text := string(u)
	values := []string{text, text[strings.LastIndexByte(text, '/')+1:]}
	parsed, err := url.Parse(text)
	if err != nil {
		return values
	}
	values = append(values, parsed.Path[strings.LastIndexByte(parsed.Path, '/')+1:])
	if password, ok := parsed.User.Password(); ok {
		values = append(values, password)
	}
	for _, said := range parsed.Query() {
		values = append(values, said...)
	}
	return values
}

// destinationsBody is destinations on their way to the API.
type destinationsBody Destinations

// MarshalJSON writes the destinations as UpdateDestinations sends them.
func (b destinationsBody) MarshalJSON() ([]byte, error) {
	if Destinations(b).stripped() {
		return nil, errStripped
	}
	return marshalOver(Destinations(b))
}

// Destinations returns the destinations of a template (documentation: policy).
func (c *Client) Destinations(ctx context.Context, templateID string) (Destinations, error) {
	return fetch(ctx, c, request{
		op: "Destinations", method: http.MethodGet, segments: []string{"templates", templateID, "destinations"}, repeat: true,
	}, decodeOver[Destinations])
}

// UpdateDestinations replaces the destinations of a template: read, change and send the whole (documentation: policy).
// Sending the same again changes nothing more, so the request is repeated where no clear answer came.
func (c *Client) UpdateDestinations(ctx context.Context, templateID string, d Destinations) (Destinations, error) {
	return fetch(ctx, c, request{
		op: "UpdateDestinations", method: http.MethodPost, segments: []string{"templates", templateID, "destinations"},
		params: destinationsBody(d), repeat: true, secrets: d.secrets(),
	}, decodeOver[Destinations])
}
