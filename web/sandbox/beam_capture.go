package sandbox

import (
	"fmt"
	"time"
)

// How long files take that are made of what the media servers got: a minute, and a tenth of the documented 1.2 to 1.5 times the
// session's length (documentation: legacy recordings), see beam_course.go.
const (
	captureTime  = time.Minute
	captureShare = 13 // percent
)

// Bitrates of what peers publish, in kbps, for the sizes of files.
const (
	captureVideo = 300
	captureAudio = 32
)

// The errors of these recordings, and their texts (documentation: webhooks, "Recording failures").
const (
	captureNoInput = "INPUT_ERROR"
	captureNoCloud = "CLOUD_ACCESS_ERROR"
)

var captureErrors = map[string]string{
	captureNoInput: "No input streams available to create recording", captureNoCloud: "Error accessing cloud bucket. Please make sure upload config is correct",
	"CONFIG_ERROR": "INTERNAL_ERROR", "MEMORY_ERROR": "INTERNAL_ERROR", "PROCESSING_CMD_ERROR": "INTERNAL_ERROR", "API_ERROR": "INTERNAL_ERROR",
}

// capture is what a session records by itself: no bot, but the media servers put down what peers publish. It is no job of the API;
// its id is that of its assets' job.
type capture struct {
	ID        string    `json:"id"`
	RoomID    string    `json:"room_id"`
	SessionID string    `json:"session_id"`
	Composite bool      `json:"composite,omitzero"`
	Tracks    bool      `json:"tracks,omitzero"`
	Streams   bool      `json:"streams,omitzero"`
	ErrorType string    `json:"error_type,omitzero"` // it is to fail
	NextAt    time.Time `json:"next_at,omitzero"`
	Done      bool      `json:"done,omitzero"`
}

func (c *capture) key() string    { return c.SessionID }
func (c *capture) order() string  { return c.ID }
func (c *capture) due() time.Time { return c.NextAt }

// step makes the files.
func (c *capture) step(tx *tx) {
	next := *c
	next.NextAt, next.Done = time.Time{}, true
	tx.captures.put(tx, &next)
	f := tx.filming(&next)
	if c.Composite {
		tx.makeLegacy(f)
	}
	for _, p := range tx.sessionPeers[c.SessionID] {
		if c.Tracks {
			tx.makeTracks(f, p)
		}
		if c.Streams {
			tx.makeStreams(f, p)
		}
	}
}

// filming is what the files of a capture share.
type filming struct {
	*capture
	room    *room
	session *session
	to      bucket
	folder  string // of the session
}

func (tx *tx) filming(c *capture) filming {
	rm, se := tx.rooms.at(c.RoomID), tx.sessions.at(c.SessionID)
	return filming{
		capture: c, room: rm, session: se, to: readBeamConfig(tx.templates.at(rm.TemplateID)).sessionBucket(rm),
		folder: rm.ID + "/" + se.CreatedAt.Format(dayLayout) + "/" + se.ID + "/",
	}
}

// make puts an asset of the capture; one that is to fail has no size.
func (f filming) make(tx *tx, below string, a asset) *asset {
	a.JobID, a.RoomID, a.SessionID = f.ID, f.RoomID, f.SessionID
	if f.ErrorType != "" {
		a.Status, a.Size = assetFailed, 0
	}
	return tx.newAsset(f.to, below, a)
}

// link is a signed URL for a webhook, good for the documented day.
func (tx *tx) captureLink(a *asset) string {
	if tx.conf.hipaa {
		return ""
	}
	return a.link(defaultBase, a.Path, tx.now, beamPresign)
}

// makeLegacy makes the composite of everybody's streams.
func (tx *tx) makeLegacy(f filming) {
	data := object{"session_id": f.SessionID, "session_started_at": f.session.CreatedAt, "session_stopped_at": f.session.UpdatedAt}
	reason := f.ErrorType
	if reason == "" && !tx.anyPublished(f.SessionID) {
		reason = captureNoInput
	}
	if reason != "" {
		data["error_type"], data["error"] = reason, captureErrors[reason]
		tx.happen(f.room, "recording.failed", data)
		return
	}
	length := f.session.UpdatedAt.Sub(f.session.CreatedAt)
	name := fmt.Sprintf("Rec-%s-%d", f.SessionID, f.session.CreatedAt.UnixMilli())
	file := f.make(tx, f.folder+name+".mp4", asset{Type: assetLegacy, Size: mediaSize(videoBitrate(widthDefault, heightDefault)+audioBitrate, length)})
	said := asset{Type: assetChat, JobID: f.ID, RoomID: f.RoomID, SessionID: f.SessionID}
	said.Size = len(tx.chat(&said))
	chat := f.make(tx, "chat/"+f.RoomID+"/"+f.session.CreatedAt.Format(dayLayout)+"/"+name+".csv", said)
	data["duration"], data["size"] = seconds(length), file.Size
	data["recording_path"], data["location"] = file.Path, file.Path
	data["recording_presigned_url"] = tx.captureLink(file)
	data["URL"] = data["recording_presigned_url"]
	data["chat_recording_path"], data["chat_recording_presigned_url"] = chat.Path, tx.captureLink(chat)
	tx.happen(f.room, "recording.success", data)
}

// anyPublished says whether anybody published anything in a session.
func (st *state) anyPublished(sessionID string) bool {
	for _, p := range st.sessionPeers[sessionID] {
		if len(p.Tracks) > 0 {
			return true
		}
	}
	return false
}

func kbps(trackType string) int {
	if trackType == "video" {
		return captureVideo
	}
	return captureAudio
}

// captureData is what webhooks say about a recorded track.
func captureData(p *peer, t track) object {
	return object{"session_id": p.SessionID, "peer_id": p.ID, "stream_id": t.StreamID, "track_id": t.ID, "track_type": t.Type}
}

// makeTracks makes a file of each track of a peer.
func (tx *tx) makeTracks(f filming, p *peer) {
	for _, t := range p.Tracks {
		length := max(0, t.end(p).Sub(t.StartedAt))
		a := f.make(tx, f.folder+p.ID+"/"+t.StreamID+"/"+t.ID+".webm", asset{
			Type: assetTrack, Duration: seconds(length), Size: mediaSize(kbps(t.Type), length),
			Metadata: object{"track_id": t.ID, "stream_id": t.StreamID, "peer_id": p.ID, "track_type": t.Type},
		})
		tx.tellFile(f, "track.recording.", a, captureData(p, t))
	}
}

// stream is the tracks of a peer that belong together.
type stream struct {
	id, kind string // regular, screen or audio
	from     time.Time
	kbps     int
}

// streams are those that a peer published, in the order of their beginning.
func (p *peer) streams() (all []stream) {
	at := map[string]int{}
	for _, t := range p.Tracks {
		i, known := at[t.StreamID]
		if !known {
			i = len(all)
			at[t.StreamID] = i
			all = append(all, stream{id: t.StreamID, kind: "audio", from: t.StartedAt})
		}
		if t.Type == "video" {
			all[i].kind = t.Source
		}
		all[i].kbps += kbps(t.Type)
	}
	return all
}

// makeStreams makes a file of each stream of a peer.
func (tx *tx) makeStreams(f filming, p *peer) {
	for _, s := range p.streams() {
		length := max(0, p.LeftAt.Sub(s.from))
		a := f.make(tx, f.folder+p.ID+"/"+s.id+".mp4", asset{
			Type: assetStream, Duration: seconds(length), Size: mediaSize(s.kbps, length),
			Metadata: object{"stream_id": s.id, "peer_id": p.ID, "user_id": p.UserID, "stream_type": s.kind},
		})
		tx.tellFile(f, "stream.recording.", a, object{
			"session_id": p.SessionID, "peer_id": p.ID, "stream_id": s.id, "user_id": p.UserID, "stream_type": s.kind,
		})
	}
}

// tellFile sends the webhook about the file of a track or stream.
func (tx *tx) tellFile(f filming, group string, a *asset, data object) {
	data["size"], data["duration"] = a.Size, a.Duration
	data["recording_id"], data["recording_path"] = a.ID, a.Path
	if f.ErrorType != "" {
		data["error_message"] = captureErrors[f.ErrorType]
		tx.happen(f.room, group+"failure", data)
		return
	}
	data["recording_presigned_url"] = tx.captureLink(a)
	tx.happen(f.room, group+"success", data)
}

// end is when a peer's track ended; the zero time when it goes on.
func (t track) end(p *peer) time.Time {
	if t.on() {
		return p.LeftAt
	}
	return t.StoppedAt
}
