package sandbox

import (
	"net/http"
	"time"
)

// recordingReply is a recording as the API answers it; calls differ in the keys that may be missing.
type recordingReply struct {
	ID              string     `json:"id"`
	RoomID          string     `json:"room_id"`
	SessionID       string     `json:"session_id"`
	Status          string     `json:"status"`
	CreatedAt       time.Time  `json:"created_at"`
	StartedAt       *time.Time `json:"started_at"`
	UpdatedAt       time.Time  `json:"updated_at"`
	StoppedAt       *time.Time `json:"stopped_at"`
	MeetingURL      string     `json:"meeting_url"`
	Destination     *string    `json:"destination,omitzero"`
	StartedBy       string     `json:"started_by"`
	StoppedBy       string     `json:"stopped_by"`
	AssetTypes      []string   `json:"asset_types"`
	RecordingAssets any        `json:"recording_assets,omitzero"` // nil: no key
}

func recordingRoutes() []route {
	return []route{
		{
			method: "POST", path: "/recordings/room/{room_id}/start", page: "Recordings: start", handle: (*Server).startRecording,
			body: []string{"meeting_url", "resolution", "destination", "audio_only", "transcription"},
		},
		{method: "POST", path: "/recordings/room/{room_id}/stop", page: "Recordings: stop all of a room", handle: (*Server).stopRecordings},
		{method: "POST", path: "/recordings/room/{room_id}/pause", page: "Recordings: pause", handle: (*Server).pauseRecording},
		{method: "POST", path: "/recordings/room/{room_id}/resume", page: "Recordings: resume", handle: (*Server).resumeRecording},
		{method: "POST", path: "/recordings/{recording_id}/stop", page: "Recordings: stop", handle: (*Server).stopRecording},
		{method: "GET", path: "/recordings/{recording_id}", page: "Recordings: get", handle: (*Server).recording},
		{
			method: "GET", path: "/recordings", page: "Recordings: list", handle: (*Server).listRecordings,
			query: []string{"room_id", "session_id", "status", "start", "limit"},
		},
	}
}

// assetTypes are those that come of b, as a recording names them.
func (b *beam) assetTypes() []string {
	types := []string{assetComposite, assetChat}
	if b.Transcription.wanted(modeRecorded) {
		types = append(types, assetTranscript)
		if b.Transcription.Summary {
			types = append(types, assetSummary)
		}
	}
	return types
}

// recordingShown has the keys that all answers share, with times as those of stored objects are shown.
func (st *state) recordingShown(b *beam) *recordingReply {
	shown := &recordingReply{
		ID: b.ID, RoomID: b.RoomID, SessionID: b.SessionID, Status: b.Status, MeetingURL: b.MeetingURL,
		CreatedAt: b.CreatedAt.Truncate(time.Millisecond), StartedAt: happened(b.StartedAt, time.Millisecond),
		UpdatedAt: b.UpdatedAt.Truncate(time.Millisecond), StoppedAt: happened(b.StoppedAt, time.Millisecond),
		StartedBy: b.StartedBy, StoppedBy: b.StoppedBy, AssetTypes: b.assetTypes(),
	}
	if st.conf.reads(ReadingDestinationShown) {
		shown.Destination = &b.Destination
	}
	return shown
}

// happened is a time that is null until it has come, in whole units.
func happened(t time.Time, unit time.Duration) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.Truncate(unit))
}

// startedRecording is the answer to a start: the clock's digits whole, and no files yet.
func (st *state) startedRecording(b *beam) *recordingReply {
	shown := st.recordingShown(b)
	shown.CreatedAt, shown.UpdatedAt = b.CreatedAt, b.UpdatedAt
	shown.Destination, shown.RecordingAssets = &b.Destination, ([]any)(nil)
	return shown
}

// pausedRecording is the answer to pausing and resuming, which doesn't name the asset types.
func (st *state) pausedRecording(b *beam) *recordingReply {
	shown := st.recordingShown(b)
	shown.Destination, shown.RecordingAssets, shown.AssetTypes = &b.Destination, ([]any)(nil), nil
	return shown
}

// recordingBody is the body of a start.
type recordingBody struct {
	meetingURL, destination string
	audioOnly               bool
	resolution              *resolution
	transcription           *transcription
	hasTranscription        bool
}

func readRecordingBody(r *http.Request) (recordingBody, error) {
	f, err := readFields(r)
	if err != nil {
		return recordingBody{}, err
	}
	in := recordingBody{
		meetingURL: either(f.text("meeting_url"), ""), destination: either(f.text("destination"), ""),
		audioOnly: either(f.flag("audio_only"), false), resolution: readResolution(f),
	}
	in.transcription, in.hasTranscription = readTranscription(f, false)
	return in, *f.err
}

// startRecording sends a bot that records a room (documentation: Recordings, "Start").
func (s *Server) startRecording(r *http.Request) (reply any, err error) {
	in, err := readRecordingBody(r)
	if err != nil {
		return nil, err
	}
	asked := func(tx *tx, rm *room, config beamConfig) (beam, error) { return tx.recordingAsked(rm, config, in) }
	return s.startCall(r, beamRecording, asked, func(tx *tx, b *beam) any { return tx.startedRecording(b) })
}

// recordingAsked is the beam that a start asks for.
func (tx *tx) recordingAsked(rm *room, config beamConfig, in recordingBody) (beam, error) {
	name, d, configured, err := destination(config.browserRecordings(tx.conf), in.destination)
	if err != nil {
		return beam{}, err
	}
	page, err := tx.meetingURL(rm, config, in.meetingURL, d.Role, configured)
	if err != nil {
		return beam{}, err
	}
	plan := d.plan(name).resized(in.resolution)
	plan.AudioOnly = in.audioOnly
	plan.Transcription = in.transcription
	if !in.hasTranscription {
		plan.Transcription = config.transcription(d.Role)
	}
	return beam{Kind: beamRecording, MeetingURL: page, beamPlan: plan}, nil
}

// stopRecordings stops all recordings of a room.
func (s *Server) stopRecordings(r *http.Request) (reply any, err error) {
	return reply, s.update(func(tx *tx) error {
		stopped, err := tx.stopAll(r, beamRecording, errBeamNotFound)
		if err != nil {
			return err
		}
		reply = pageOf(tx.conf, max(1, len(stopped)), "", stopped, func(b *beam) any { return tx.recordingShown(b) })
		return nil
	})
}

func (s *Server) stopRecording(r *http.Request) (reply any, err error) {
	return reply, s.update(func(tx *tx) error {
		b, err := tx.stopOne(beamRecording, r.PathValue("recording_id"), errBeamNotFound)
		if err != nil {
			return err
		}
		reply = tx.recordingShown(b)
		return nil
	})
}

func (s *Server) pauseRecording(r *http.Request) (any, error)  { return s.switchRecording(r, true) }
func (s *Server) resumeRecording(r *http.Request) (any, error) { return s.switchRecording(r, false) }

// switchRecording pauses or resumes what records a room. Its status stays as it is: there is none for a pause.
func (s *Server) switchRecording(r *http.Request, paused bool) (reply any, err error) {
	return reply, s.update(func(tx *tx) error {
		rm, err := tx.beamRoom(r)
		if err != nil {
			return err
		}
		b := tx.going(beamRecording, rm.ID)
		if b == nil {
			return errBeamNotFound
		}
		reply = tx.pausedRecording(tx.pauseBeam(b, paused))
		return nil
	})
}

func (s *Server) recording(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		b := st.beamOf(beamRecording, r.PathValue("recording_id"))
		if b == nil {
			return errBeamNotFound
		}
		shown := st.recordingShown(b)
		shown.RecordingAssets = st.embedded(b, false)
		reply = shown
		return nil
	})
}

func (s *Server) listRecordings(r *http.Request) (any, error) {
	return s.listBeams(r, beamRecording, func(st *state, b *beam) any { return st.recordingShown(b) })
}

// embedded are the assets of b as they stand within it: null until there are some, or an empty list.
func (st *state) embedded(b *beam, emptyList bool) any {
	shown := []any{}
	for _, a := range st.assetIndex.byJob[b.ID] {
		if st.visible(a) {
			shown = append(shown, a.shown(true))
		}
	}
	if len(shown) == 0 && !emptyList {
		return ([]any)(nil)
	}
	return shown
}
