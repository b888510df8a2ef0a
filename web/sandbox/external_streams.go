package sandbox

import (
	"net/http"
	"time"
)

// externalStreamReply is an external stream as the API answers it.
type externalStreamReply struct {
	ID          string     `json:"id"`
	RoomID      string     `json:"room_id"`
	SessionID   string     `json:"session_id"`
	Status      string     `json:"status"`
	Destination string     `json:"destination"`
	RTMPURLs    []string   `json:"rtmp_urls"`
	MeetingURL  string     `json:"meeting_url"`
	Recording   bool       `json:"recording"`
	Resolution  resolution `json:"resolution"`
	streamTimes
	RecordingAssets any `json:"recording_assets"`
}

func externalStreamRoutes() []route {
	return []route{
		{
			method: "POST", path: "/external-streams/room/{room_id}/start", page: "External streams: start", handle: (*Server).startExternalStream,
			body: []string{"rtmp_urls", "meeting_url", "recording", "resolution", "destination"},
		},
		{method: "POST", path: "/external-streams/room/{room_id}/stop", page: "External streams: stop all of a room", handle: (*Server).stopExternalStreams},
		{method: "POST", path: "/external-streams/{stream_id}/stop", page: "External streams: stop", handle: (*Server).stopExternalStream},
		{method: "GET", path: "/external-streams/{stream_id}", page: "External streams: get", handle: (*Server).externalStream},
		{
			method: "GET", path: "/external-streams", page: "External streams: list", handle: (*Server).listExternalStreams,
			query: []string{"room_id", "session_id", "status", "start", "limit"},
		},
	}
}

func externalStreamShown(b *beam, unit time.Duration) *externalStreamReply {
	return &externalStreamReply{
		ID: b.ID, RoomID: b.RoomID, SessionID: b.SessionID, Status: b.Status, Destination: b.Destination, RTMPURLs: b.RTMPURLs,
		MeetingURL: b.MeetingURL, Recording: b.Records, Resolution: resolution{b.Width, b.Height}, streamTimes: b.times(unit),
	}
}

// withAssets is a stream as reading calls show it, with its files.
func (st *state) externalWithAssets(b *beam) *externalStreamReply {
	shown := externalStreamShown(b, time.Millisecond)
	shown.RecordingAssets = st.embedded(b, true)
	return shown
}

// externalStreamBody is the body of a start. A nil pointer is a key that wasn't sent.
type externalStreamBody struct {
	meetingURL, destination string
	rtmpURLs                []string
	recording               *bool
	resolution              *resolution
}

func readExternalStreamBody(r *http.Request) (externalStreamBody, error) {
	f, err := readFields(r)
	if err != nil {
		return externalStreamBody{}, err
	}
	in := externalStreamBody{
		meetingURL: either(f.text("meeting_url"), ""), destination: either(f.text("destination"), ""),
		rtmpURLs: f.texts("rtmp_urls"), recording: f.flag("recording"), resolution: readResolution(f),
	}
	return in, *f.err
}

// startExternalStream sends a bot that streams a room to RTMP addresses (documentation: External streams, "Start").
func (s *Server) startExternalStream(r *http.Request) (reply any, err error) {
	in, err := readExternalStreamBody(r)
	if err != nil {
		return nil, err
	}
	asked := func(tx *tx, rm *room, config beamConfig) (beam, error) { return tx.externalStreamAsked(rm, config, in) }
	return s.startCall(r, beamExternal, asked, func(tx *tx, b *beam) any {
		shown := externalStreamShown(b, 1)
		if tx.conf.reads(ReadingExternalTimes) {
			shown.StartedAt, shown.StoppedAt = new(b.CreatedAt), new(b.CreatedAt)
		}
		return shown
	})
}

// externalStreamAsked is the beam that a start asks for.
func (tx *tx) externalStreamAsked(rm *room, config beamConfig, in externalStreamBody) (beam, error) {
	name, d, configured, err := destination(config.Destinations.RTMP, in.destination)
	if err != nil {
		return beam{}, err
	}
	plan := d.plan(name).resized(in.resolution)
	if in.rtmpURLs != nil {
		plan.RTMPURLs = in.rtmpURLs
	}
	if err := checkRTMP(plan.RTMPURLs, tx.conf.rtmpURLsMax()); err != nil {
		return beam{}, err
	}
	page, err := tx.meetingURL(rm, config, in.meetingURL, "", configured)
	if err != nil {
		return beam{}, err
	}
	plan.Records = either(in.recording, plan.Records)
	return beam{Kind: beamExternal, MeetingURL: page, beamPlan: plan}, nil
}

func (s *Server) stopExternalStreams(r *http.Request) (any, error) {
	return s.stopStreams(r, beamExternal, errBeamNotFound, func(b *beam) any { return externalStreamShown(b, time.Millisecond) })
}

func (s *Server) stopExternalStream(r *http.Request) (reply any, err error) {
	return reply, s.update(func(tx *tx) error {
		if tx.conf.hipaa {
			return errHIPAAStream
		}
		b, err := tx.stopOne(beamExternal, r.PathValue("stream_id"), errBeamNotFound)
		if err != nil {
			return err
		}
		reply = tx.externalWithAssets(b)
		return nil
	})
}

func (s *Server) externalStream(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		b := st.beamOf(beamExternal, r.PathValue("stream_id"))
		if b == nil {
			return errNoSuchStream
		}
		reply = st.externalWithAssets(b)
		return nil
	})
}

func (s *Server) listExternalStreams(r *http.Request) (any, error) {
	return s.listBeams(r, beamExternal, func(st *state, b *beam) any { return st.externalWithAssets(b) })
}
