package hms

import (
	"context"
	"log/slog"
	"net/http"
)

// TemplateSettings are the defaults that rooms inherit (documentation: policy, "Template object").
type TemplateSettings struct {
	Origin    Origin             `json:"-"`
	Region    string             `json:"region,omitzero"` // the Region constants
	Recording *TemplateRecording `json:"recording,omitzero"`
	RoomState *TemplateRoomState `json:"roomState,omitzero"`
	Retry     *TemplateRetry     `json:"retry,omitzero"` // only in answers
}

// The regions of rooms and templates.
const (
	RegionAuto   = "auto" // room: the template's; template: the nearest
	RegionIndia  = "in"
	RegionUS     = "us"
	RegionEurope = "eu"
)

// The kinds of a bucket, in TemplateUpload.Type and UploadInfo.Type.
const (
	UploadS3    = "s3"
	UploadGS    = "gs"
	UploadOSS   = "oss"
	UploadAzure = "azure"
)

// TemplateRecording is the recording default of a template's rooms.
type TemplateRecording struct {
	Enabled bool            `json:"enabled,omitzero"` // deprecated: RecordingConfig is its successor
	Upload  *TemplateUpload `json:"upload,omitzero"`  // nil: 100ms keeps recordings for 15 days
}

// TemplateUpload is the bucket of a template's recordings.
type TemplateUpload struct {
	Type        string               `json:"type"` // the Upload constants
	Location    string               `json:"location"`
	Prefix      string               `json:"prefix,omitzero"`
	Options     *UploadOptions       `json:"options,omitzero"`
	Credentials *TemplateCredentials `json:"credentials,omitzero"`
}

// TemplateCredentials are secrets: the API echoes them in clear. Its answer to UpdateTemplateSettings names the second one
// like a room's, "secret".
type TemplateCredentials struct {
	Key       string `json:"key"`
	SecretKey string `json:"secretKey" alias:"secret"`
}

// TemplateRoomState says what those before the door see of the room. It reaches roles with PermissionSendRoomState.
type TemplateRoomState struct {
	MessageInterval     int  `json:"messageInterval,omitzero"` // s, 5-3600, a multiple of 5
	SendPeerList        bool `json:"sendPeerList,omitzero"`    // the list, not only how many
	StopRoomStateOnJoin bool `json:"stopRoomStateOnJoin,omitzero"`
	Enabled             bool `json:"enabled,omitzero"`
}

// TemplateRetry is {} in every documented answer.
type TemplateRetry struct{}

// UnmarshalJSON reads settings with all the quirks of the API's answers.
func (s *TemplateSettings) UnmarshalJSON(b []byte) error { return unmarshalOver(b, s) }

// MarshalJSON writes the settings over what they were read from; see Origin. It holds secrets.
func (s TemplateSettings) MarshalJSON() ([]byte, error) { return marshalOver(s) }

// WithoutSecrets returns a copy to keep or to show: without credentials, and without what we don't know. It can't be sent.
func (s TemplateSettings) WithoutSecrets() TemplateSettings {
	shown := withoutOrigins(s)
	if shown.Recording != nil && shown.Recording.Upload != nil {
		shown.Recording.Upload.Credentials = nil
	}
	return shown
}

// secrets lists the values that must not show up in an error, should the API repeat them.
func (s TemplateSettings) secrets() []string {
	if s.Recording == nil || s.Recording.Upload == nil || s.Recording.Upload.Credentials == nil {
		return nil
	}
	keys := s.Recording.Upload.Credentials
	return []string{keys.Key, keys.SecretKey}
}

// String shows no secret.
func (c TemplateCredentials) String() string { return "hms.TemplateCredentials{hidden}" }

// GoString is String.
func (c TemplateCredentials) GoString() string { return c.String() }

// LogValue is String for log/slog.
func (c TemplateCredentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// LogValue names the bucket only.
func (u TemplateUpload) LogValue() slog.Value { return slog.StringValue(u.Type + "://" + u.Location) }

// LogValue leaves out the credentials.
func (r TemplateRecording) LogValue() slog.Value {
	attrs := []slog.Attr{slog.Bool("enabled", r.Enabled)}
	if r.Upload != nil {
		attrs = append(attrs, slog.Any("upload", *r.Upload))
	}
	return slog.GroupValue(attrs...)
}

// LogValue leaves out the credentials.
func (s TemplateSettings) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("region", s.Region)}
	if s.Recording != nil {
		attrs = append(attrs, slog.Any("recording", *s.Recording))
	}
	return slog.GroupValue(attrs...)
}

// settingsBody is settings on their way to the API.
type settingsBody TemplateSettings

// MarshalJSON writes the settings as UpdateTemplateSettings sends them.
func (b settingsBody) MarshalJSON() ([]byte, error) {
	settings := TemplateSettings(b)
	if settings.Origin.read().stripped {
		return nil, errStripped
	}
	return marshalChanged(settings, nameSecretKey)
}

// nameSecretKey makes sure that a secret stands under the name that requests document: it may have been read under the
// other one, and a server that doesn't take it by that would wipe it.
func nameSecretKey(settings map[string]any) {
	keys := reach(settings, "recording", "upload", "credentials")
	if secret := keys["secret"]; secret != nil && keys["secretKey"] == nil {
		keys["secretKey"] = secret
	}
}

// TemplateSettings returns the settings of a template (documentation: policy).
func (c *Client) TemplateSettings(ctx context.Context, templateID string) (TemplateSettings, error) {
	return fetch(ctx, c, request{
		op: "TemplateSettings", method: http.MethodGet, segments: []string{"templates", templateID, "settings"}, repeat: true,
	}, decodeOver[TemplateSettings])
}

// UpdateTemplateSettings replaces the settings of a template: read, change and send the whole (documentation: policy).
// Sending the same again changes nothing more, so the request is repeated where no clear answer came.
func (c *Client) UpdateTemplateSettings(ctx context.Context, templateID string, s TemplateSettings) (TemplateSettings, error) {
	return fetch(ctx, c, request{
		op: "UpdateTemplateSettings", method: http.MethodPost, segments: []string{"templates", templateID, "settings"},
		params: settingsBody(s), repeat: true, secrets: s.secrets(),
	}, decodeOver[TemplateSettings])
}
