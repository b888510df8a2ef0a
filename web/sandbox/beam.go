package sandbox

import (
	"slices"
	"time"
)

// The kinds of beams.
const (
	beamRecording = "recording"
	beamLive      = "live"     // HLS
	beamExternal  = "external" // RTMP out
)

var beamKinds = []string{beamRecording, beamLive, beamExternal}

// Where a beam stands (documentation: Recordings, "Recording object").
const (
	beamStarting   = "starting"
	beamRunning    = "running"
	beamStopping   = "stopping"
	beamProcessing = "post_processing"
	beamCompleted  = "completed"
	beamFailed     = "failed"
)

var beamStatuses = []string{beamStarting, beamRunning, beamStopping, beamProcessing, beamCompleted, beamFailed}

// Why a recording or stream stopped, as webhooks say it.
const (
	beamClientRequest = "client request"
	beamMaxDuration   = "max duration reached"
	beamRoomEnded     = "room ended"
	beamLastPeerLeft  = "last peer left"
	beamFailure       = "failure: " // and the type of the error
)

// beam is a bot that opens the meeting page of a room to record it or to send it on: a recording, a live stream or an external
// stream. They share their states, and a room has one at a time.
type beam struct {
	ID         string `json:"id"`
	Kind       string `json:"kind"`
	RoomID     string `json:"room_id"`
	SessionID  string `json:"session_id"`
	Status     string `json:"status"`
	MeetingURL string `json:"meeting_url,omitzero"` // empty: it shows what an encoder sends, see ingest
	StartedBy  string `json:"started_by,omitzero"`  // a peer's id; empty: by the server
	StoppedBy  string `json:"stopped_by,omitzero"`
	IngestID   string `json:"ingest_id,omitzero"`
	MetadataID string `json:"metadata_id"`   // a UUID, for webhooks
	Base       string `json:"base,omitzero"` // of the links in webhooks, like http://127.0.0.1:8100

	beamPlan

	CreatedAt time.Time     `json:"created_at"`
	UpdatedAt time.Time     `json:"updated_at"`
	StartedAt time.Time     `json:"started_at,omitzero"`
	StoppedAt time.Time     `json:"stopped_at,omitzero"`
	PausedAt  time.Time     `json:"paused_at,omitzero"`  // zero: it isn't paused
	PausedFor time.Duration `json:"paused_for,omitzero"` // before that
	Reason    string        `json:"reason,omitzero"`     // why it stopped
	ErrorType string        `json:"error_type,omitzero"`
	ToFail    string        `json:"to_fail,omitzero"` // the error that is to come of it when it is over; empty: none

	TranscriptionID string `json:"transcription_id,omitzero"` // of its transcripts, once they are begun

	NextAt  time.Time `json:"next_at,omitzero"`  // when its state changes by itself, unless it runs
	EndsAt  time.Time `json:"ends_at,omitzero"`  // when it has run for as long as it may
	AloneAt time.Time `json:"alone_at,omitzero"` // when it has been alone for as long as it may
}

// beamPlan is what a beam was asked for, by the call and by the template.
type beamPlan struct {
	Destination string `json:"destination,omitzero"`
	MaxDuration int    `json:"max_duration"` // seconds
	AutoStop    int    `json:"auto_stop"`    // seconds that the bot may be alone
	Presign     int    `json:"presign"`      // seconds that links in webhooks are good for

	Width         int            `json:"width"`
	Height        int            `json:"height"`
	AudioOnly     bool           `json:"audio_only,omitzero"`
	Transcription *transcription `json:"transcription,omitzero"` // nil: none

	RTMPURLs []string `json:"rtmp_urls,omitzero"` // of an external stream
	Records  bool     `json:"records,omitzero"`   // a recording always, an external stream when asked to

	PlaybackURL string           `json:"playback_url,omitzero"` // of a live stream, as all below
	VOD         bool             `json:"vod,omitzero"`
	PerLayer    bool             `json:"per_layer,omitzero"`
	Zip         bool             `json:"zip,omitzero"`
	Layers      []hlsLayer       `json:"layers,omitzero"` // that are recorded, the best first
	Thumbnails  *thumbnailConfig `json:"thumbnails,omitzero"`
}

func (b *beam) key() string     { return b.ID }
func (b *beam) order() string   { return b.ID }
func (b *beam) made() time.Time { return b.CreatedAt }

// going says whether b can be stopped.
func (b *beam) going() bool { return b.Status == beamStarting || b.Status == beamRunning }

// present says whether the bot is in the room, or on its way.
func (b *beam) present() bool { return b.going() || b.Status == beamStopping }

// files says whether something is left when b is over.
func (b *beam) files() bool { return b.Records || b.VOD || b.PerLayer }

// recorded is how long the recording of b is at a time: the bot's stay without its pauses.
func (b *beam) recorded(at time.Time) time.Duration {
	if b.StartedAt.IsZero() {
		return 0
	}
	if !b.StoppedAt.IsZero() {
		at = b.StoppedAt
	}
	paused := b.PausedFor
	if !b.PausedAt.IsZero() {
		paused += at.Sub(later(b.PausedAt, b.StartedAt))
	}
	return max(0, at.Sub(b.StartedAt)-paused)
}

func (b *beam) due() time.Time {
	if b.Status != beamRunning {
		return b.NextAt
	}
	if !b.AloneAt.IsZero() && b.AloneAt.Before(b.EndsAt) {
		return b.AloneAt
	}
	return b.EndsAt
}

// beamIndex leads to beams by what they are asked for.
type beamIndex struct {
	byKind   lists[*beam]
	byRoom   lists[*beam]     // keyed by kind and room
	byStatus lists[*beam]     // keyed by kind and status
	present  map[string]*beam // those in a room, keyed by kind and room
}

func (x *beamIndex) moved(old, next **beam) {
	x.byKind.move(old, next, func(b *beam) string { return b.Kind })
	x.byRoom.move(old, next, func(b *beam) string { return b.Kind + "/" + b.RoomID })
	x.byStatus.move(old, next, func(b *beam) string { return b.Kind + "/" + b.Status })
	if x.present == nil {
		x.present = map[string]*beam{}
	}
	if old != nil && x.present[(*old).Kind+"/"+(*old).RoomID] == *old {
		delete(x.present, (*old).Kind+"/"+(*old).RoomID)
	}
	if next != nil && (*next).present() {
		x.present[(*next).Kind+"/"+(*next).RoomID] = *next
	}
}

func (st *state) movedBeam(old, next **beam) {
	st.beamIndex.moved(old, next)
	schedule(st, "beam", old, next)
}

// beamsIn returns the beams whose bots are in a room; there is one at most but with ReadingBeamPerKind.
func (st *state) beamsIn(roomID string) (found []*beam) {
	for _, kind := range beamKinds {
		if b := st.beamIndex.present[kind+"/"+roomID]; b != nil {
			found = append(found, b)
		}
	}
	return found
}

// going returns the beam of a kind that goes on in a room, nil when none does.
func (st *state) going(kind, roomID string) *beam {
	if b := st.beamIndex.present[kind+"/"+roomID]; b != nil && b.going() {
		return b
	}
	return nil
}

// taken says whether a beam of a kind has no place in a room.
func (st *state) taken(kind, roomID string) bool {
	return slices.ContainsFunc(st.beamsIn(roomID), func(b *beam) bool { return b.Kind == kind || !st.conf.reads(ReadingBeamPerKind) })
}

// beamsAlone says whether a recording or stream goes on in a room that everybody has left, and counts the time from now on that
// the bot may stay alone.
func (tx *tx) beamsAlone(roomID string) bool {
	alone := false
	for _, b := range tx.beamsIn(roomID) {
		if !b.going() {
			continue
		}
		alone = true
		if b.Status == beamRunning && b.IngestID == "" {
			next := *b
			next.AloneAt = tx.now.Add(time.Duration(b.AutoStop) * time.Second)
			tx.beams.put(tx, &next)
		}
	}
	return alone
}

// endBeams stops what records or streams in a room.
func (tx *tx) endBeams(roomID, reason string) {
	for _, b := range tx.beamsIn(roomID) {
		if b.going() {
			tx.stopBeam(b, reason)
		}
	}
}

func beamRoutes() []route {
	return slices.Concat(recordingRoutes(), assetRoutes(), liveStreamRoutes(), externalStreamRoutes(), streamKeyRoutes())
}
