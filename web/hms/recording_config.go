package hms

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
)

// RecordingConfig says how a template's rooms are recorded (documentation: policy, "Configure recordings"). In answers every
// false is missing.
type RecordingConfig struct {
	Origin             Origin               `json:"-"`
	Name               string               `json:"name"`                     // the "destination" when a recording is started
	Role               string               `json:"role"`                     // what it receives is recorded
	MaxDuration        int                  `json:"maxDuration,omitzero"`     // s; 0: 4 hours
	PresignDuration    int                  `json:"presignDuration,omitzero"` // s that a download's address is good for
	Thumbnails         *RecordingThumbnails `json:"thumbnails,omitzero"`
	CompositeRecording *CompositeRecording  `json:"compositeRecording,omitzero"`
	TrackRecording     *TrackRecording      `json:"trackRecording,omitzero"`
	StreamRecording    *StreamRecording     `json:"streamRecording,omitzero"`
}

// CompositeRecording is one recording of all.
type CompositeRecording struct {
	BrowserComposite *BrowserComposite `json:"browserComposite,omitzero"` // that it is there seems to turn it on
	CustomComposite  *CustomComposite  `json:"customComposite,omitzero"`
}

// BrowserComposite records what a browser shows.
type BrowserComposite struct {
	Enabled         bool `json:"enabled,omitzero"` // only in answers
	AutoStart       bool `json:"autoStart,omitzero"`
	AutoStopTimeout int  `json:"autoStopTimeout,omitzero"` // s after the last peer left
	Width           int  `json:"width,omitzero"`           // px
	Height          int  `json:"height,omitzero"`          // px
}

// CustomComposite records without a browser.
type CustomComposite struct {
	Enabled bool `json:"enabled,omitzero"`
}

// TrackRecording records each track in a file of its own.
type TrackRecording struct {
	Enabled bool `json:"enabled,omitzero"`
}

// StreamRecording records each peer's audio and video together.
type StreamRecording struct {
	Enabled bool `json:"enabled,omitzero"`
	Width   int  `json:"width,omitzero"`  // px
	Height  int  `json:"height,omitzero"` // px
}

// UnmarshalJSON reads a recording configuration with all the quirks of the API's answers.
func (r *RecordingConfig) UnmarshalJSON(b []byte) error { return unmarshalOver(b, r) }

// MarshalJSON writes the configuration over what it was read from; see Origin.
func (r RecordingConfig) MarshalJSON() ([]byte, error) { return marshalOver(r) }

// LogValue names the configuration only: what we don't know of it may be anything.
func (r RecordingConfig) LogValue() slog.Value { return slog.StringValue(r.Name) }

// decodeRecordingConfigs reads a list without an envelope.
func decodeRecordingConfigs(body []byte) ([]RecordingConfig, error) {
	var configs []RecordingConfig
	err := json.Unmarshal(body, &configs)
	return configs, err
}

// RecordingConfigs returns how a template's rooms are recorded; the list may be empty (documentation: policy, "Configure
// recordings").
func (c *Client) RecordingConfigs(ctx context.Context, templateID string) ([]RecordingConfig, error) {
	return fetch(ctx, c, request{
		op: "RecordingConfigs", method: http.MethodGet, segments: []string{"templates", templateID, "recordings"}, repeat: true,
	}, decodeRecordingConfigs)
}

// UpdateRecordingConfigs replaces how a template's rooms are recorded (documentation: policy, "Configure recordings"). At
// present the API takes exactly one. Sending the same again changes nothing more, so the request is repeated where no clear
// answer came.
func (c *Client) UpdateRecordingConfigs(ctx context.Context, templateID string, configs []RecordingConfig) ([]RecordingConfig, error) {
	if configs == nil {
		configs = []RecordingConfig{} // a list, not null
	}
	return fetch(ctx, c, request{
		op: "UpdateRecordingConfigs", method: http.MethodPost, segments: []string{"templates", templateID, "recordings"},
		params: configs, repeat: true,
	}, decodeRecordingConfigs)
}
