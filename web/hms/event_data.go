package hms

import (
	"encoding/json"
	"log/slog"
	"time"
)

// TrackEvent is the data of an event about a track (documentation: Analytics, "Track events").
type TrackEvent struct {
	RoomID    string      `json:"room_id"`
	SessionID string      `json:"session_id"`
	RoomName  string      `json:"room_name"`
	PeerID    string      `json:"peer_id"`
	UserID    string      `json:"user_id"`
	UserName  string      `json:"user_name"`
	JoinedAt  time.Time   `json:"joined_at"`
	Role      string      `json:"role"`
	TrackID   string      `json:"track_id"`
	StreamID  string      `json:"stream_id"`
	Type      TrackType   `json:"type"`
	Source    TrackSource `json:"source"`
	Mute      bool        `json:"mute"`
	StartedAt time.Time   `json:"started_at"`
	StoppedAt time.Time   `json:"stopped_at,omitzero"` // of removed tracks
}

// trackEventWire is a track event as it comes.
type trackEventWire struct {
	plainTrackEvent
	JoinedAt  moment `json:"joined_at"`
	StartedAt moment `json:"started_at"`
	StoppedAt moment `json:"stopped_at"`
}

type plainTrackEvent TrackEvent

func (w trackEventWire) value() TrackEvent {
	event := TrackEvent(w.plainTrackEvent)
	event.JoinedAt, event.StartedAt, event.StoppedAt = time.Time(w.JoinedAt), time.Time(w.StartedAt), time.Time(w.StoppedAt)
	return event
}

// UnmarshalJSON reads a track event with all the quirks of the API's answers.
func (e *TrackEvent) UnmarshalJSON(b []byte) (err error) {
	*e, err = decode[TrackEvent, trackEventWire](b)
	return err
}

// RecordingEvent is the data of an event about a finished recording (documentation: Analytics, "Recording events"). It
// prints without its addresses, which carry signatures and keys.
type RecordingEvent struct {
	BeamID                string        `json:"beam_id"`
	RoomID                string        `json:"room_id"`
	SessionID             string        `json:"session_id"`
	PeerID                string        `json:"peer_id"`
	TemplateID            string        `json:"template_id"`
	CreatedAt             time.Time     `json:"created_at"`
	StartedAt             time.Time     `json:"started_at"`
	StoppedAt             time.Time     `json:"stopped_at"`
	SessionStartedAt      time.Time     `json:"session_started_at"`
	Duration              int           `json:"duration"` // seconds
	Size                  int           `json:"size"`     // bytes
	MaxWidth              int           `json:"max_width"`
	MaxHeight             int           `json:"max_height"`
	RecordingPath         string        `json:"recording_path"`
	RecordingPresignedURL string        `json:"recording_presigned_url"`
	MeetingURL            string        `json:"meeting_url"`
	RTMP                  []RTMPAddress `json:"rtmp,omitzero"`
}

// RTMPAddress is where a recording was streamed to as well.
type RTMPAddress struct {
	URL string `json:"url"`
}

// String names the recording.
func (e RecordingEvent) String() string { return "hms.RecordingEvent{" + e.BeamID + "}" }

// GoString is String.
func (e RecordingEvent) GoString() string { return e.String() }

// LogValue is String for log/slog.
func (e RecordingEvent) LogValue() slog.Value { return slog.StringValue(e.String()) }

// recordingEventWire is a recording event as it comes.
type recordingEventWire struct {
	plainRecordingEvent
	CreatedAt        moment `json:"created_at"`
	StartedAt        moment `json:"started_at"`
	StoppedAt        moment `json:"stopped_at"`
	SessionStartedAt moment `json:"session_started_at"`
	Duration         amount `json:"duration"`
	Size             amount `json:"size"`
	MaxWidth         whole  `json:"max_width"`
	MaxHeight        whole  `json:"max_height"`
}

type plainRecordingEvent RecordingEvent

func (w recordingEventWire) value() RecordingEvent {
	event := RecordingEvent(w.plainRecordingEvent)
	event.CreatedAt, event.SessionStartedAt = time.Time(w.CreatedAt), time.Time(w.SessionStartedAt)
	event.StartedAt, event.StoppedAt = time.Time(w.StartedAt), time.Time(w.StoppedAt)
	event.Duration, event.Size = int(w.Duration), int(w.Size)
	event.MaxWidth, event.MaxHeight = int(w.MaxWidth), int(w.MaxHeight)
	return event
}

// UnmarshalJSON reads a recording event with all the quirks of the API's answers.
func (e *RecordingEvent) UnmarshalJSON(b []byte) (err error) {
	*e, err = decode[RecordingEvent, recordingEventWire](b)
	return err
}

// ClientError is the data of an event about a failure in somebody's client (documentation: Analytics, "Error events").
type ClientError struct {
	UserID           string         `json:"user_id"`
	UserName         string         `json:"user_name"`
	PeerID           string         `json:"peer_id"`
	AccountID        string         `json:"account_id"`
	RoomID           string         `json:"room_id"`
	SessionID        string         `json:"session_id,omitzero"`
	RoomName         string         `json:"room_name,omitzero"`   // not of EventConnectFailed, as the next two
	TemplateID       string         `json:"template_id,omitzero"` //
	Role             string         `json:"role,omitzero"`        //
	ErrorCode        int            `json:"error_code"`
	ErrorName        string         `json:"error_name"`
	ErrorMessage     string         `json:"error_message"`
	ErrorDescription string         `json:"error_description"`
	IsTerminal       bool           `json:"is_terminal"` // false: the client went on trying
	Action           string         `json:"action"`      // what it was doing, e.g. PUBLISH, JOIN
	Agent            ClientAgent    `json:"agent"`
	Domain           string         `json:"domain,omitzero"` // HMS: the vendor's sample app; CUSTOM
	Audio            *AudioSettings `json:"audio,omitzero"`  // of EventPublishFailed, as the next two
	Video            *VideoSettings `json:"video,omitzero"`
	Devices          *ClientDevices `json:"devices,omitzero"`
	RetriesJoin      *int           `json:"retries_join,omitzero"`    // of EventJoinFailed
	TransportState   string         `json:"transport_state,omitzero"` // of EventDisconnected and EventConnectFailed
	Endpoint         string         `json:"endpoint,omitzero"`        // of EventConnectFailed
}

// ClientAgent is what somebody's client ran on.
type ClientAgent struct {
	SDK                 string `json:"sdk,omitzero"`
	SDKVersion          string `json:"sdk_version,omitzero"`
	OS                  string `json:"os,omitzero"`
	OSVersion           string `json:"os_version,omitzero"`
	DeviceModel         string `json:"device_model,omitzero"`
	Framework           string `json:"framework,omitzero"`
	FrameworkVersion    string `json:"framework_version,omitzero"`
	FrameworkSDKVersion string `json:"framework_sdk_version,omitzero"`
	IsPrebuilt          bool   `json:"is_prebuilt"`
	Domain              string `json:"domain,omitzero"`
	Text                string `json:"string,omitzero"` // the agent as one text
}

// AudioSettings is how a client would have published audio.
type AudioSettings struct {
	MaxBitrate float64 `json:"maxBitrate"`
	DeviceID   string  `json:"deviceId"`
	Volume     float64 `json:"volume"`
	Codec      string  `json:"codec"`
}

// VideoSettings is how a client would have published video.
type VideoSettings struct {
	DeviceID     string  `json:"deviceId"`
	MaxFramerate float64 `json:"maxFramerate"`
	MaxBitrate   float64 `json:"maxBitrate"`
	Codec        string  `json:"codec"`
	Height       float64 `json:"height"` // pixels
	Width        float64 `json:"width"`
}

// ClientDevices are the devices that a client could choose from; the shape of each is not documented.
type ClientDevices struct {
	VideoInput  []json.RawMessage `json:"videoInput"`
	AudioInput  []json.RawMessage `json:"audioInput"`
	AudioOutput []json.RawMessage `json:"audioOutput"`
}

// clientErrorWire is a client's failure as it comes.
type clientErrorWire struct {
	plainClientError
	ErrorCode   whole  `json:"error_code"`
	RetriesJoin *whole `json:"retries_join"`
}

type plainClientError ClientError

func (w clientErrorWire) value() ClientError {
	failure := ClientError(w.plainClientError)
	failure.ErrorCode = int(w.ErrorCode)
	if w.RetriesJoin != nil {
		failure.RetriesJoin = new(int(*w.RetriesJoin))
	}
	return failure
}

// UnmarshalJSON reads a client's failure with all the quirks of the API's answers.
func (e *ClientError) UnmarshalJSON(b []byte) (err error) {
	*e, err = decode[ClientError, clientErrorWire](b)
	return err
}

// Track reads the data of an event about a track. Of another event the fields that it doesn't have stay empty.
func (e Event) Track() (TrackEvent, error) { return decode[TrackEvent, trackEventWire](e.Data) }

// Recording reads the data of an event about a finished recording.
func (e Event) Recording() (RecordingEvent, error) {
	return decode[RecordingEvent, recordingEventWire](e.Data)
}

// ClientError reads the data of an event about a client's failure.
func (e Event) ClientError() (ClientError, error) {
	return decode[ClientError, clientErrorWire](e.Data)
}
