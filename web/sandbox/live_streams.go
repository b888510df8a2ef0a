package sandbox

import (
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"
)

// metadataMax is how long the payload of timed metadata can be, in characters (documentation: Live streams, "Timed metadata").
const metadataMax = 100

// liveStreamReply is a live stream as the API answers it.
type liveStreamReply struct {
	ID          string      `json:"id"`
	RoomID      string      `json:"room_id"`
	SessionID   string      `json:"session_id"`
	Status      string      `json:"status"`
	MeetingURL  string      `json:"meeting_url"`
	Playback    playback    `json:"playback"`
	Recording   hlsRecorded `json:"recording"`
	Destination string      `json:"destination"`
	streamTimes
	RecordingAssets any `json:"recording_assets"`
}

type playback struct {
	URL string `json:"url"`
}

type hlsRecorded struct {
	VOD      bool `json:"hls_vod"`
	PerLayer bool `json:"single_file_per_layer"`
}

// streamTimes are the times that live and external streams share.
type streamTimes struct {
	CreatedAt time.Time  `json:"created_at"`
	StartedAt *time.Time `json:"started_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	StartedBy string     `json:"started_by"`
	StoppedAt *time.Time `json:"stopped_at"`
	StoppedBy string     `json:"stopped_by"`
}

// times shows the times of b in whole units; calls differ in theirs.
func (b *beam) times(unit time.Duration) streamTimes {
	return streamTimes{
		CreatedAt: b.CreatedAt.Truncate(unit), StartedAt: happened(b.StartedAt, unit), UpdatedAt: b.UpdatedAt.Truncate(unit),
		StartedBy: b.StartedBy, StoppedAt: happened(b.StoppedAt, unit), StoppedBy: b.StoppedBy,
	}
}

func liveStreamRoutes() []route {
	return []route{
		{
			method: "POST", path: "/live-streams/room/{room_id}/start", page: "Live streams: start", handle: (*Server).startLiveStream,
			body: []string{"meeting_url", "recording", "destination", "transcription"},
		},
		{method: "POST", path: "/live-streams/room/{room_id}/stop", page: "Live streams: stop all of a room", handle: (*Server).stopLiveStreams},
		{method: "POST", path: "/live-streams/{stream_id}/stop", page: "Live streams: stop", handle: (*Server).stopLiveStream},
		{method: "GET", path: "/live-streams/{stream_id}", page: "Live streams: get", handle: (*Server).liveStream},
		{
			method: "GET", path: "/live-streams", page: "Live streams: list", handle: (*Server).listLiveStreams,
			query: []string{"room_id", "session_id", "status", "start", "limit"},
		},
		{
			method: "POST", path: "/live-streams/{stream_id}/timed-metadata", page: "Live streams: timed metadata", handle: (*Server).sendTimedMetadata,
			body: []string{"payload", "duration"},
		},
		{method: "POST", path: "/live-streams/{stream_id}/pause-recording", page: "Live streams: pause recording", handle: (*Server).pauseLiveStream},
		{method: "POST", path: "/live-streams/{stream_id}/resume-recording", page: "Live streams: resume recording", handle: (*Server).resumeLiveStream},
	}
}

// liveStreamShown is a live stream with times in whole units and without its files.
func liveStreamShown(b *beam, unit time.Duration) *liveStreamReply {
	return &liveStreamReply{
		ID: b.ID, RoomID: b.RoomID, SessionID: b.SessionID, Status: b.Status, MeetingURL: b.MeetingURL,
		Playback: playback{b.PlaybackURL}, Recording: hlsRecorded{b.VOD, b.PerLayer}, Destination: b.Destination, streamTimes: b.times(unit),
	}
}

// liveStreamBody is the body of a start. A nil pointer is a key that wasn't sent.
type liveStreamBody struct {
	meetingURL, destination string
	vod, perLayer           *bool
	transcription           *transcription
	hasTranscription        bool
}

func readLiveStreamBody(r *http.Request) (liveStreamBody, error) {
	f, err := readFields(r)
	if err != nil {
		return liveStreamBody{}, err
	}
	in := liveStreamBody{meetingURL: either(f.text("meeting_url"), ""), destination: either(f.text("destination"), "")}
	if recording, ok := f.object("recording"); ok {
		in.vod, in.perLayer = recording.flag("hls_vod"), recording.flag("single_file_per_layer")
	}
	in.transcription, in.hasTranscription = readTranscription(f, true)
	return in, *f.err
}

// startLiveStream sends a bot that streams a room as HLS (documentation: Live streams, "Start").
func (s *Server) startLiveStream(r *http.Request) (reply any, err error) {
	in, err := readLiveStreamBody(r)
	if err != nil {
		return nil, err
	}
	asked := func(tx *tx, rm *room, config beamConfig) (beam, error) { return tx.liveStreamAsked(rm, config, in) }
	return s.startCall(r, beamLive, asked, func(_ *tx, b *beam) any { return liveStreamShown(b, 1) })
}

// liveStreamAsked is the beam that a start asks for.
func (tx *tx) liveStreamAsked(rm *room, config beamConfig, in liveStreamBody) (beam, error) {
	name, d, configured, err := destination(config.Destinations.HLS, in.destination)
	if err != nil {
		return beam{}, err
	}
	page, err := tx.meetingURL(rm, config, in.meetingURL, d.Role, configured)
	if err != nil {
		return beam{}, err
	}
	plan := d.plan(name)
	plan.VOD, plan.PerLayer = either(in.vod, plan.VOD), either(in.perLayer, plan.PerLayer)
	plan.PlaybackURL = tx.playbackURL(rm, d)
	plan.Transcription = in.transcription
	if !in.hasTranscription {
		plan.Transcription = config.transcription(d.Role)
	}
	return beam{Kind: beamLive, MeetingURL: page, beamPlan: plan}, nil
}

// playbackURL is where viewers see a live stream: at an address of its own, or always at the same.
func (tx *tx) playbackURL(rm *room, d hlsConfig) string {
	base := "https://cdn.100ms.live/beam/" + customerID + "/" + rm.ID
	if d.EnableStaticURL {
		return base + "/master.m3u8"
	}
	return fmt.Sprintf("%s/%s/%d/master.m3u8", base, tx.now.Format(dayLayout), tx.now.UnixMilli())
}

func (s *Server) stopLiveStreams(r *http.Request) (any, error) {
	return s.stopStreams(r, beamLive, errHLSNotRunning, func(b *beam) any { return liveStreamShown(b, time.Millisecond) })
}

func (s *Server) stopLiveStream(r *http.Request) (any, error) {
	if s.state.conf.hipaa {
		return nil, errHIPAAStream
	}
	return s.changeLiveStream(r, time.Millisecond, func(tx *tx, b *beam) *beam { return tx.stopBeam(b, beamClientRequest) })
}

// changeLiveStream changes a live stream that goes on.
func (s *Server) changeLiveStream(r *http.Request, unit time.Duration, change func(*tx, *beam) *beam) (reply any, err error) {
	return reply, s.update(func(tx *tx) error {
		b := tx.beamOf(beamLive, r.PathValue("stream_id"))
		if b == nil || !b.going() {
			return errHLSNotRunning
		}
		reply = liveStreamShown(change(tx, b), unit)
		return nil
	})
}

func (s *Server) pauseLiveStream(r *http.Request) (any, error) {
	return s.changeLiveStream(r, time.Second, func(tx *tx, b *beam) *beam { return tx.pauseBeam(b, true) })
}

func (s *Server) resumeLiveStream(r *http.Request) (any, error) {
	return s.changeLiveStream(r, time.Second, func(tx *tx, b *beam) *beam { return tx.pauseBeam(b, false) })
}

// sendTimedMetadata takes what is to be shown to viewers; there are none to show it to.
func (s *Server) sendTimedMetadata(r *http.Request) (any, error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	payload, duration := f.text("payload"), f.integer("duration")
	switch {
	case *f.err != nil:
	case payload == nil || *payload == "":
		f.refuse(textRequired, "payload")
	case utf8.RuneCountInString(*payload) > metadataMax:
		f.refuse(textLonger, "payload", metadataMax)
	case duration == nil:
		f.refuse(textRequired, "duration")
	case *duration < 1:
		f.refuse(textPositive, "duration")
	}
	if *f.err != nil {
		return nil, *f.err
	}
	return s.changeLiveStream(r, time.Second, func(tx *tx, b *beam) *beam {
		next := *b
		next.UpdatedAt = tx.now
		tx.beams.put(tx, &next)
		return &next
	})
}

func (s *Server) liveStream(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		b := st.beamOf(beamLive, r.PathValue("stream_id"))
		if b == nil {
			return errNoSuchStream
		}
		shown := liveStreamShown(b, time.Millisecond)
		shown.RecordingAssets = st.embedded(b, false)
		reply = shown
		return nil
	})
}

func (s *Server) listLiveStreams(r *http.Request) (any, error) {
	return s.listBeams(r, beamLive, func(_ *state, b *beam) any { return liveStreamShown(b, time.Millisecond) })
}

// streamsReply is the answer to stopping all streams of a room: a list, and what went wrong on the way.
type streamsReply struct {
	Error *string `json:"error,omitzero"`
	page
}

// stopStreams stops the streams of a kind in a room.
func (s *Server) stopStreams(r *http.Request, kind string, none error, shown func(*beam) any) (reply any, err error) {
	return reply, s.update(func(tx *tx) error {
		if tx.conf.hipaa {
			return errHIPAAStream
		}
		stopped, err := tx.stopAll(r, kind, none)
		if err != nil {
			return err
		}
		answer := streamsReply{page: pageOf(tx.conf, limitDefault, "", stopped, shown)}
		if !tx.conf.reads(ReadingStopWithoutError) {
			answer.Error = new("")
		}
		reply = answer
		return nil
	})
}
