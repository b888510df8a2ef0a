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
	if t.Source != sourceRegular {
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
func (c conf) publisherStats(p *peer) stats {
	all := noStats()
	for _, t := range p.Tracks {
		if t.Type != trackVideo {
			s := newSeries(t.ID, t.StartedAt, t.end(p))
			all.Audio = append(all.Audio, object{"track_id": t.ID, "time_series": object{
				"timestamps": s.timestamps, "bitrate": s.around(31_000, 0.1), "packet_loss_percent": s.upto(1),
				"rtt_ms": s.around(60, 0.3), "jitter_ms": s.upto(8),
			}})
			continue
		}
		for i, l := range c.layers(t) {
			s := newSeries(t.ID+string(rune('0'+i)), t.StartedAt, t.end(p))
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
		for _, t := range other.Tracks {
			all.receive(p, t, t.end(other))
		}
	}
	return all
}

// receive adds the series of a track that p got until it ended.
func (all *stats) receive(p *peer, t track, until time.Time) {
	s := newSeries(p.ID+t.ID, later(t.StartedAt, p.JoinedAt), earlier(until, p.LeftAt))
	if len(s.timestamps) == 0 {
		return
	}
	if t.Type == trackVideo {
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
			publisher, subscriber = st.conf.publisherStats(p), st.subscriberStats(p)
		case !st.conf.reads(ReadingStatsRunning):
			return errNoStats
		}
		reply = object{"peer_id": p.ID, "session_id": se.ID, "room_id": p.RoomID, "publisher": publisher, "subscriber": subscriber}
		return nil
	})
}
