package hms

import (
	"context"
	"net/http"
	"net/url"
)

// PeerStats is how well audio and video went for one peer of a session that has ended (documentation: Analytics, "Peer
// quality stats").
type PeerStats struct {
	PeerID     string     `json:"peer_id"`
	SessionID  string     `json:"session_id"`
	RoomID     string     `json:"room_id"`
	Publisher  MediaStats `json:"publisher"`  // what the peer sent
	Subscriber MediaStats `json:"subscriber"` // what it received
}

// MediaStats holds the tracks of one direction.
type MediaStats struct {
	Video []TrackStats `json:"video,omitzero"`
	Audio []TrackStats `json:"audio,omitzero"`
}

// TrackStats is one track, or one layer of it: the same id then comes once for each.
type TrackStats struct {
	TrackID    string      `json:"track_id"`
	Type       TrackSource `json:"type,omitzero"` // of video
	RID        string      `json:"rid,omitzero"`  // of published video, the layer: h, m or l; "": only one
	TimeSeries TimeSeries  `json:"time_series"`
}

// TimeSeries holds measurements: the n-th of each list was made at the n-th timestamp. One that is nil is not known. Which
// lists there are depends on medium and direction.
type TimeSeries struct {
	Timestamps        []int64    `json:"timestamps"`       // milliseconds since 1970
	Bitrate           []*float64 `json:"bitrate,omitzero"` // bits a second
	FPS               []*float64 `json:"fps,omitzero"`     // frames a second
	PacketLossPercent []*float64 `json:"packet_loss_percent,omitzero"`
	RTT               []*float64 `json:"rtt_ms,omitzero"`    // milliseconds
	Jitter            []*float64 `json:"jitter_ms,omitzero"` // milliseconds
	FreezeCount       []*float64 `json:"freeze_count,omitzero"`
	ConcealedSamples  []*float64 `json:"concealed_samples,omitzero"`
}

func (s PeerStats) key() string { return s.PeerID }

// peerStatsWire is a peer's statistics as they come.
type peerStatsWire PeerStats

func (w peerStatsWire) value() PeerStats { return PeerStats(w) }

// timeSeriesWire is a time series as it comes.
type timeSeriesWire struct {
	plainTimeSeries
	Timestamps []whole `json:"timestamps"`
}

type plainTimeSeries TimeSeries

func (w timeSeriesWire) value() TimeSeries {
	series := TimeSeries(w.plainTimeSeries)
	series.Timestamps = make([]int64, len(w.Timestamps))
	for i, at := range w.Timestamps {
		series.Timestamps[i] = int64(at)
	}
	return series
}

// UnmarshalJSON reads a time series with all the quirks of the API's answers.
func (s *TimeSeries) UnmarshalJSON(b []byte) (err error) {
	*s, err = decode[TimeSeries, timeSeriesWire](b)
	return err
}

// PeerStats returns the statistics of a peer, once its session has ended. Lists are empty where nothing was measured.
func (c *Client) PeerStats(ctx context.Context, sessionID, peerID string) (PeerStats, error) {
	query := url.Values{}
	setText(query, "session_id", sessionID)
	setText(query, "peer_id", peerID)
	return fetch(ctx, c, request{
		op: "PeerStats", method: http.MethodGet, segments: []string{"analytics", "peer-stats"}, query: query, repeat: true,
	}, decodeOne[PeerStats, peerStatsWire])
}
