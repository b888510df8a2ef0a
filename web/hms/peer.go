package hms

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Peer is somebody who is in a room now (documentation: Active rooms, "Retrieve a specific peer").
type Peer struct {
	ID       string           `json:"id"`   // a new one at each join
	Name     string           `json:"name"` // in clear also where other answers hash names
	UserID   string           `json:"user_id"`
	Metadata string           `json:"metadata"` // free text, often JSON
	Role     string           `json:"role"`
	JoinedAt time.Time        `json:"joined_at"`
	Tracks   map[string]Track `json:"tracks,omitzero"` // by id; not in the list of all peers
}

// TrackType is what a track carries.
type TrackType string

// The documented types.
const (
	TrackAudio TrackType = "audio"
	TrackVideo TrackType = "video"
)

// TrackSource is where a track comes from.
type TrackSource string

// The documented sources; plugins of client SDKs may name others.
const (
	SourceRegular TrackSource = "regular"
	SourceScreen  TrackSource = "screen"
)

// Track is one audio or video that a peer publishes.
type Track struct {
	ID          string      `json:"id"`
	StreamID    string      `json:"stream_id"`
	Mute        bool        `json:"mute"`
	Type        TrackType   `json:"type"`
	Source      TrackSource `json:"source"`
	StartedAt   time.Time   `json:"started_at"`
	Description string      `json:"description"`
}

func (p Peer) key() string { return p.ID }

func (t Track) key() string { return t.ID }

// peerWire is a peer as it comes.
type peerWire struct {
	plainPeer
	JoinedAt moment       `json:"joined_at"`
	Tracks   keyed[Track] `json:"tracks"`
}

type plainPeer Peer

func (w peerWire) value() Peer {
	peer := Peer(w.plainPeer)
	peer.JoinedAt, peer.Tracks = time.Time(w.JoinedAt), w.Tracks
	return peer
}

// UnmarshalJSON reads a peer with all the quirks of the API's answers.
func (p *Peer) UnmarshalJSON(b []byte) (err error) {
	*p, err = decode[Peer, peerWire](b)
	return err
}

// trackWire is a track as it comes.
type trackWire struct {
	plainTrack
	StartedAt moment `json:"started_at"`
}

type plainTrack Track

func (w trackWire) value() Track {
	track := Track(w.plainTrack)
	track.StartedAt = time.Time(w.StartedAt)
	return track
}

// UnmarshalJSON reads a track with all the quirks of the API's answers.
func (t *Track) UnmarshalJSON(b []byte) (err error) {
	*t, err = decode[Track, trackWire](b)
	return err
}

// PeerQuery filters the peers of a room. The zero value asks for all.
type PeerQuery struct {
	UserID string
	Role   string
}

// peersWire is the list of a room's peers as it comes.
type peersWire struct {
	Peers *keyed[Peer] `json:"peers"`
}

// decodePeers reads the peers of a room by id. Null is nobody, but an answer that doesn't speak of peers isn't.
func decodePeers(body []byte) (map[string]Peer, error) {
	var in peersWire
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	if in.Peers != nil {
		return *in.Peers, nil
	}
	if !hasKey(body, "peers") {
		return nil, errIncomplete
	}
	return map[string]Peer{}, nil
}

// Peers returns the peers of a room that q selects, by id and without their tracks. When none matches the map is empty.
func (c *Client) Peers(ctx context.Context, roomID string, q PeerQuery) (map[string]Peer, error) {
	query := url.Values{}
	setText(query, "user_id", q.UserID)
	setText(query, "role", q.Role)
	return fetch(ctx, c, request{
		op: "Peers", method: http.MethodGet, segments: []string{"active-rooms", roomID, "peers"}, query: query, repeat: true,
	}, decodePeers)
}

// Peer returns one peer with its tracks, as long as it is connected; sessions tell of those who left.
func (c *Client) Peer(ctx context.Context, roomID, peerID string) (Peer, error) {
	return fetch(ctx, c, request{
		op: "Peer", method: http.MethodGet, segments: []string{"active-rooms", roomID, "peers", peerID}, repeat: true,
	}, decodeOne[Peer, peerWire])
}

// PeerParams is the change of a peer. What is nil, or an empty text, is left out of the request.
type PeerParams struct {
	Name     string  `json:"name,omitzero"`
	Role     string  `json:"role,omitzero"` // changed without asking the peer
	Metadata *string `json:"metadata,omitzero"`
}

// UpdatePeer changes what p names of a peer and nothing else. It is sent once, as the peer may change it in between.
func (c *Client) UpdatePeer(ctx context.Context, roomID, peerID string, p PeerParams) (Peer, error) {
	return fetch(ctx, c, request{
		op: "UpdatePeer", method: http.MethodPost, segments: []string{"active-rooms", roomID, "peers", peerID}, params: p,
	}, decodeOne[Peer, peerWire])
}
