package sandbox

import (
	"slices"
	"time"
)

// track is an audio or video track that a peer publishes, or published.
type track struct {
	ID          string    `json:"id"`
	StreamID    string    `json:"stream_id"`
	Mute        bool      `json:"mute"`
	Type        string    `json:"type"`   // audio or video
	Source      string    `json:"source"` // regular or screen
	StartedAt   time.Time `json:"started_at"`
	StoppedAt   time.Time `json:"stopped_at,omitzero"` // zero: it goes on
	Description string    `json:"description"`
}

// The kinds of tracks.
const (
	trackAudio    = "audio"
	trackVideo    = "video"
	sourceRegular = "regular"
	sourceScreen  = "screen"
)

// trackTypes and trackSources list them.
var (
	trackTypes   = []string{trackAudio, trackVideo}
	trackSources = []string{sourceRegular, sourceScreen}
)

func (t track) on() bool { return t.StoppedAt.IsZero() }

// needs is what a role must be allowed to publish for such a track.
func (t track) needs() string {
	if t.Source == sourceScreen {
		return sourceScreen
	}
	return t.Type
}

// live returns the index of the track of this kind that a peer publishes now; -1 when there is none.
func (p *peer) live(kind, source string) int {
	return slices.IndexFunc(p.Tracks, func(t track) bool { return t.on() && t.Type == kind && t.Source == source })
}

// publish makes a peer publish what its role may: tracks that it may not publish stop, audio and video that it may begin.
func (tx *tx) publish(p *peer) *peer {
	rules, _ := tx.ruleOf(tx.rooms.at(p.RoomID), p.Role)
	p = tx.stopTracks(p, func(t track) bool { return !rules.mayPublish(t.needs()) })
	var begin []track
	for _, kind := range trackTypes {
		if rules.mayPublish(kind) && p.live(kind, sourceRegular) < 0 {
			begin = append(begin, track{Type: kind, Source: sourceRegular})
		}
	}
	return tx.addTracks(p, begin...)
}

// addTracks makes a peer publish more tracks. Those of one source share a stream.
func (tx *tx) addTracks(p *peer, added ...track) *peer {
	if len(added) == 0 {
		return p
	}
	next := *p
	next.Tracks = slices.Clone(p.Tracks)
	for _, t := range added {
		t.ID, t.StreamID, t.StartedAt = tx.newUUID(), next.stream(t.Source), tx.now
		if t.StreamID == "" {
			t.StreamID = tx.newUUID()
		}
		next.Tracks = append(next.Tracks, t)
	}
	tx.peers.put(tx, &next)
	for _, t := range next.Tracks[len(p.Tracks):] {
		tx.observe(tx.rooms.at(p.RoomID), "track.add.success", tx.trackData(&next, t))
		tx.captureTrack(tx.rooms.at(p.RoomID), &next, t)
	}
	return &next
}

// stream returns the stream of a peer's tracks of a source; empty when it publishes none.
func (p *peer) stream(source string) string {
	at := slices.IndexFunc(p.Tracks, func(t track) bool { return t.on() && t.Source == source })
	if at < 0 {
		return ""
	}
	return p.Tracks[at].StreamID
}

// muteTrack mutes a track of a peer, or unmutes it; one that is so already stays as it is.
func (tx *tx) muteTrack(p *peer, at int, mute bool) *peer {
	if p.Tracks[at].Mute == mute {
		return p
	}
	next := *p
	next.Tracks = slices.Clone(p.Tracks)
	next.Tracks[at].Mute = mute
	tx.peers.put(tx, &next)
	tx.observe(tx.rooms.at(p.RoomID), "track.update.success", tx.trackData(&next, next.Tracks[at]))
	return &next
}

// stopTracks ends the tracks of a peer that are wanted to end.
func (tx *tx) stopTracks(p *peer, wanted func(track) bool) *peer {
	next := *p
	next.Tracks = slices.Clone(p.Tracks)
	var stopped []track
	for i, t := range p.Tracks {
		if t.on() && wanted(t) {
			t.StoppedAt = tx.now
			next.Tracks[i] = t
			stopped = append(stopped, t)
		}
	}
	if len(stopped) == 0 {
		return p
	}
	tx.peers.put(tx, &next)
	for _, t := range stopped {
		data := tx.trackData(&next, t)
		data["stopped_at"] = t.StoppedAt
		tx.observe(tx.rooms.at(p.RoomID), "track.remove.success", data)
	}
	return &next
}

// trackData is what analytics say about a track.
func (tx *tx) trackData(p *peer, t track) object {
	return object{
		"session_id": p.SessionID, "peer_id": p.ID, "user_id": p.UserID, "user_name": tx.conf.shownName(p.Name), "joined_at": p.JoinedAt,
		"role": p.Role, "track_id": t.ID, "stream_id": t.StreamID, "type": t.Type, "source": t.Source, "mute": t.Mute,
		"started_at": t.StartedAt,
	}
}
