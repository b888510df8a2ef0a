package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// statsEvery is how far apart the samples of a peer's quality are.
const statsEvery = time.Minute

// statsOthers is how many others a subscriber has series of at most.
const statsOthers = 25

// seriesOf makes up the series of one track: the same every time, as they hang on the ids and times alone.
type seriesOf struct {
	random     *rand.Rand
	timestamps []int64 // milliseconds since the epoch, whole minutes
}

// newSeries begins the series of a track between two times.
func newSeries(seed string, from, to time.Time) seriesOf {
	sum := sha256.Sum256([]byte(seed))
	s := seriesOf{
		random:     rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16]))),
		timestamps: []int64{},
	}
	at := from.Truncate(statsEvery)
	if at.Before(from) {
		at = at.Add(statsEvery)
	}
	for ; !at.After(to); at = at.Add(statsEvery) {
		s.timestamps = append(s.timestamps, at.UnixMilli())
	}
	return s
}

// around returns whole numbers that differ from the middle by a share of it at most.
func (s seriesOf) around(middle int, share float64) []any {
	all := make([]any, len(s.timestamps))
	for i := range all {
		all[i] = middle + int(float64(middle)*share*(2*s.random.Float64()-1))
	}
	return all
}

// upto returns numbers from 0 to most with one or two digits after the point.
func (s seriesOf) upto(most float64) []any {
	all := make([]any, len(s.timestamps))
	for i := range all {
		all[i] = math.Round(s.random.Float64()*most*100) / 100
	}
	return all
}

// counts returns mostly small counts.
func (s seriesOf) counts(most int) []any {
	all := make([]any, len(s.timestamps))
	for i := range all {
		all[i] = s.random.IntN(most + 1)
	}
	return all
}

// withGaps replaces every now and then a value by null.
func (s seriesOf) withGaps(all []any) []any {
	for i := range all {
		if s.random.IntN(4) == 0 {
			all[i] = nil
		}
	}
	return all
}

// layer is one of the qualities in which a video is published.
type layer struct {
	rid          any // null: there is one quality alone
	bitrate, fps int
}

// layers are those of a track.
func (c conf) layers(t track) []layer {
	if t.Source != "regular" {
		return []layer{{nil, 1_600_000, 12}}
	}
	rids := [3]string{"h", "m", "l"}
	if c.reads(ReadingStatsLayers) {
		rids = [3]string{"f", "h", "q"}
	}
	return []layer{{rids[0], 850_000, 25}, {rids[1], 310_000, 25}, {rids[2], 110_000, 15}}
}

// stats are series of video and audio.
type stats struct {
	Video []object `json:"video"`
	Audio []object `json:"audio"`
}

func noStats() stats { return stats{Video: []object{}, Audio: []object{}} }

// publisherStats are the series of what a peer published.
func (st *state) publisherStats(p *peer) stats {
	all := noStats()
	for _, t := range st.published(p) {
		if t.Type != "video" {
			s := newSeries(t.ID, t.StartedAt, t.until)
			all.Audio = append(all.Audio, object{"track_id": t.ID, "time_series": object{
				"timestamps": s.timestamps, "bitrate": s.around(31_000, 0.1), "packet_loss_percent": s.upto(1),
				"rtt_ms": s.around(60, 0.3), "jitter_ms": s.upto(8),
			}})
			continue
		}
		for i, l := range st.conf.layers(t.track) {
			s := newSeries(t.ID+string(rune('0'+i)), t.StartedAt, t.until)
			all.Video = append(all.Video, object{"track_id": t.ID, "type": t.Source, "rid": l.rid, "time_series": object{
				"timestamps": s.timestamps, "bitrate": s.around(l.bitrate, 0.15), "fps": s.around(l.fps, 0.1),
				"packet_loss_percent": s.upto(1.5), "rtt_ms": s.around(60, 0.3),
			}})
		}
	}
	return all
}

// subscriberStats are the series of what a peer got from the others, while both were there.
func (st *state) subscriberStats(p *peer) stats {
	all := noStats()
	others := slices.DeleteFunc(slices.Clone(st.sessionPeers[p.SessionID]), func(other *peer) bool { return other.ID == p.ID })
	for _, other := range others[:min(len(others), statsOthers)] {
		for _, t := range st.published(other) {
			all.receive(p, t)
		}
	}
	return all
}

// receive adds the series of a track that p got.
func (all *stats) receive(p *peer, t publishedTrack) {
	s := newSeries(p.ID+t.ID, later(t.StartedAt, p.JoinedAt), earlier(t.until, p.LeftAt))
	if len(s.timestamps) == 0 {
		return
	}
	if t.Type == "video" {
		all.Video = append(all.Video, object{"track_id": t.ID, "type": t.Source, "time_series": object{
			"timestamps": s.timestamps, "bitrate": s.withGaps(s.around(700_000, 0.3)), "fps": s.around(24, 0.15), "freeze_count": s.counts(2),
		}})
		return
	}
	all.Audio = append(all.Audio, object{"track_id": t.ID, "time_series": object{
		"timestamps": s.timestamps, "bitrate": s.withGaps(s.around(30_000, 0.1)), "concealed_samples": s.counts(960),
		"packet_loss_percent": s.upto(1),
	}})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// publishedTrack is a track and when its publishing ended.
type publishedTrack struct {
	track
	until time.Time
}

// published returns the tracks that a peer has had: those it left with, and those that analytics know of.
func (st *state) published(p *peer) []publishedTrack {
	var tracks []publishedTrack
	for _, t := range p.Tracks {
		tracks = append(tracks, publishedTrack{t, p.LeftAt})
	}
	for _, e := range until(since(st.roomEvents[p.RoomID], p.JoinedAt), p.LeftAt) {
		if e.PeerID != p.ID {
			continue
		}
		t := track{ID: textOf(e.Data["track_id"]), Type: textOf(e.Data["type"]), Source: textOf(e.Data["source"]), StartedAt: e.At}
		at := slices.IndexFunc(tracks, func(known publishedTrack) bool { return known.ID == t.ID })
		switch {
		case e.Type == "track.add.success" && at < 0:
			tracks = append(tracks, publishedTrack{t, p.LeftAt})
		case e.Type == "track.remove.success" && at >= 0:
			tracks[at].until = e.At
		}
	}
	return tracks
}

func textOf(v any) string {
	text, _ := v.(string)
	return text
}

// peerStats answers with the quality of what a peer sent and got in a session that is over.
func (s *Server) peerStats(r *http.Request) (reply any, err error) {
	values := r.URL.Query()
	peerID, sessionID := values.Get("peer_id"), values.Get("session_id")
	if peerID == "" || sessionID == "" {
		return nil, errBadQuery
	}
	return reply, s.view(func(st *state) error {
		p, se := st.peers.at(peerID), st.sessions.at(sessionID)
		if p == nil || se == nil || p.SessionID != se.ID {
			return errNoStats
		}
		publisher, subscriber := noStats(), noStats()
		switch {
		case !se.Active:
			publisher, subscriber = st.publisherStats(p), st.subscriberStats(p)
		case !st.conf.reads(ReadingStatsRunning):
			return errNoStats
		}
		reply = object{"peer_id": p.ID, "session_id": se.ID, "room_id": p.RoomID, "publisher": publisher, "subscriber": subscriber}
		return nil
	})
}
