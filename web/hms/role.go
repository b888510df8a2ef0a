package hms

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
)

// Role is what a peer may publish, receive and do (documentation: policy, "Template object"). Permissions that it lacks
// have the API's defaults.
type Role struct {
	Origin          Origin          `json:"-"`
	Name            string          `json:"name"`
	PublishParams   PublishParams   `json:"publishParams,omitzero"`
	SubscribeParams SubscribeParams `json:"subscribeParams,omitzero"`
	Permissions     map[string]bool `json:"permissions,omitzero"`  // by the Permission constants
	Priority        int             `json:"priority,omitzero"`     // 1 (highest) - 5
	MaxPeerCount    int             `json:"maxPeerCount,omitzero"` // 0: no limit, -1: nobody
}

// The permissions of a role. The last three are on when a role doesn't name them.
const (
	PermissionEndRoom          = "endRoom"
	PermissionRemoveOthers     = "removeOthers"
	PermissionMute             = "mute"
	PermissionUnmute           = "unmute" // to ask for it
	PermissionChangeRole       = "changeRole"
	PermissionSendRoomState    = "sendRoomState" // receives the room's state before joining
	PermissionPollRead         = "pollRead"
	PermissionPollWrite        = "pollWrite" // includes PermissionPollRead
	PermissionBrowserRecording = "browserRecording"
	PermissionRTMPStreaming    = "rtmpStreaming"
	PermissionHLSStreaming     = "hlsStreaming"
)

// What PublishParams.Allowed may list.
const (
	PublishAudio     = "audio"
	PublishVideo     = "video"
	PublishScreen    = "screen"
	PublishSimulcast = "simulcast"
)

// PublishParams holds what a role may publish, and in which quality. Without Allowed it is nothing.
type PublishParams struct {
	Allowed   []string     `json:"allowed,omitzero"` // the Publish constants
	Audio     *AudioParams `json:"audio,omitzero"`
	Video     *VideoParams `json:"video,omitzero"`
	Screen    *VideoParams `json:"screen,omitzero"`
	Simulcast *Simulcast   `json:"simulcast,omitzero"`
}

// Codec is how audio or video is encoded. Others than the constants may come.
type Codec string

// The codecs that are documented.
const (
	CodecOpus Codec = "opus" // audio
	CodecVP8  Codec = "vp8"  // video and screen
)

// AudioParams is the quality of published audio.
type AudioParams struct {
	BitRate int   `json:"bitRate,omitzero"` // kbit/s, 16-128
	Codec   Codec `json:"codec,omitzero"`
}

// VideoParams is the quality of published video, or of a shared screen.
type VideoParams struct {
	BitRate   int   `json:"bitRate,omitzero"` // kbit/s, 30-2000; screen: from 500
	Codec     Codec `json:"codec,omitzero"`
	FrameRate int   `json:"frameRate,omitzero"` // a second, 1-30
	Width     int   `json:"width,omitzero"`     // px, 50-1920; screen: 480-1920
	Height    int   `json:"height,omitzero"`    // px, 50-1080; screen: 270-1080
}

// Simulcast is the further qualities that video and screen are published in.
type Simulcast struct {
	Video  *SimulcastTrack  `json:"video,omitzero"`
	Screen *SimulcastTrack  `json:"screen,omitzero"`
	Layers []SimulcastLayer `json:"layers,omitzero"` // the documentation's table has them here, its samples in the tracks
}

// SimulcastTrack holds up to three layers, the best first. An empty one means no simulcast.
type SimulcastTrack struct {
	Layers []SimulcastLayer `json:"layers,omitzero"`
}

// SimulcastRID names a layer. Others than the constants may come.
type SimulcastRID string

// The layers in their order: the first one must be full.
const (
	SimulcastFull    SimulcastRID = "f"
	SimulcastHalf    SimulcastRID = "h"
	SimulcastQuarter SimulcastRID = "q"
)

// SimulcastLayer is one quality.
type SimulcastLayer struct {
	Origin                Origin       `json:"-"`
	RID                   SimulcastRID `json:"rid"`
	ScaleResolutionDownBy float64      `json:"scaleResolutionDownBy"` // 1.0-12.0, ascending; the first must be 1.0
	MaxBitrate            int          `json:"maxBitrate,omitzero"`   // kbit/s, 0-2000
	MaxFramerate          int          `json:"maxFramerate,omitzero"` // a second, 1-30
}

// SubscribeParams holds whom a role receives.
type SubscribeParams struct {
	SubscribeToRoles     []string              `json:"subscribeToRoles,omitzero"` // empty, but not nil: nobody
	MaxSubsBitRate       int                   `json:"maxSubsBitRate,omitzero"`   // kbit/s
	SubscribeDegradation *SubscribeDegradation `json:"subscribeDegradation,omitzero"`
}

// SubscribeDegradation says when a receiver gets less than what is published. That it is there turns on simulcast for
// screens.
type SubscribeDegradation struct {
	PacketLossThreshold       int  `json:"packetLossThreshold,omitzero"`       // %, 1-100
	DegradeGracePeriodSeconds int  `json:"degradeGracePeriodSeconds,omitzero"` // 1-10
	RecoverGracePeriodSeconds int  `json:"recoverGracePeriodSeconds,omitzero"` // 1-10
	VideoAlwaysEnabled        bool `json:"videoAlwaysEnabled,omitzero"`        // in a guide only; where it stands isn't said
}

// UnmarshalJSON reads a role with all the quirks of the API's answers.
func (r *Role) UnmarshalJSON(b []byte) error { return unmarshalOver(b, r) }

// MarshalJSON writes the role over what it was read from; see Origin.
func (r Role) MarshalJSON() ([]byte, error) { return marshalOver(r) }

// LogValue names the role only: what we don't know of it may be anything.
func (r Role) LogValue() slog.Value { return slog.StringValue(r.Name) }

// nameless drops a name that a role has only from its key, when it was read from something without one.
func (r Role) nameless(key string, from any) Role {
	members, _ := from.(map[string]any)
	if name, _ := members["name"].(string); name == "" && r.Name == key {
		r.Name = ""
	}
	return r
}

// roleBody is a role on its way to the path of that name.
type roleBody struct {
	role Role
	path string
}

// MarshalJSON writes the role as PutRole sends it.
func (b roleBody) MarshalJSON() ([]byte, error) {
	if from := b.role.Origin.read().members; from != nil {
		return marshalOver(b.role.nameless(b.path, from))
	}
	return marshalOver(b.role)
}

// decodeRole reads the role of that name.
func decodeRole(name string) func([]byte) (Role, error) {
	return func(body []byte) (Role, error) {
		role, err := decodeOver[Role](body)
		role.Name = cmp.Or(role.Name, name)
		return role, err
	}
}

// Role returns one role of a template (documentation: policy); an error that Is ErrNotFound when there is
// none.
func (c *Client) Role(ctx context.Context, templateID, name string) (Role, error) {
	return fetch(ctx, c, request{
		op: "Role", method: http.MethodGet, segments: []string{"templates", templateID, "roles", name}, repeat: true,
	}, decodeRole(name))
}

// PutRole makes or changes the role of that name (documentation: policy). A role whose own Name
// is another one is renamed, which fails when that name is taken. What happens to the parts that role lacks isn't
// documented: read it, change it and send the whole.
//
// Sending the same role again changes nothing more, so the request is repeated; but not a renaming, which, once done,
// would make a second role of the old name.
func (c *Client) PutRole(ctx context.Context, templateID, name string, role Role) (Role, error) {
	renamed := role.Name != "" && role.Name != name
	return fetch(ctx, c, request{
		op: "PutRole", method: http.MethodPost, segments: []string{"templates", templateID, "roles", name},
		params: roleBody{role, name}, repeat: !renamed,
	}, decodeRole(cmp.Or(role.Name, name)))
}

// DeleteRole deletes a role of a template (documentation: policy); an error that Is ErrNotFound when there
// is none. It is sent once: the second answer would be a 404 that can't be told from that of a role that never was.
func (c *Client) DeleteRole(ctx context.Context, templateID, name string) error {
	_, err := fetch(ctx, c, request{
		op: "DeleteRole", method: http.MethodDelete, segments: []string{"templates", templateID, "roles", name},
	}, nothing)
	return err
}
