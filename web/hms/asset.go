package hms

import (
	"cmp"
	"context"
	"iter"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// AssetType is the kind of a recorded file.
type AssetType string

// The documented kinds.
const (
	AssetComposite       AssetType = "room-composite"
	AssetCompositeLegacy AssetType = "room-composite-legacy"
	AssetVOD             AssetType = "room-vod"
	AssetChat            AssetType = "chat"
	AssetTranscript      AssetType = "transcript"
	AssetSummary         AssetType = "summary"
	AssetTrack           AssetType = "track"
	AssetStream          AssetType = "stream"
)

// AssetStatus is whether a file is there.
type AssetStatus string

// The documented states. A transcript may show up as processing first.
const (
	AssetProcessing AssetStatus = "processing"
	AssetCompleted  AssetStatus = "completed"
	AssetFailed     AssetStatus = "failed"
)

// Asset is a recorded file (documentation: Recording assets). JobID is that of a recording, a live or an external stream;
// assets within their job lack it, the room's and the session's id.
type Asset struct {
	ID         string        `json:"id"`
	JobID      string        `json:"job_id,omitzero"`
	RoomID     string        `json:"room_id,omitzero"`
	SessionID  string        `json:"session_id,omitzero"`
	Type       AssetType     `json:"type"`
	MediaType  string        `json:"media_type,omitzero"` // undocumented: the vendor's own client knows it
	Status     AssetStatus   `json:"status"`
	Path       string        `json:"path"`     // scheme://bucket/key
	Size       int           `json:"size"`     // bytes
	Duration   int           `json:"duration"` // seconds; 0 for chats
	CreatedAt  time.Time     `json:"created_at"`
	Thumbnails []string      `json:"thumbnails,omitzero"` // paths; of VODs only
	Metadata   AssetMetadata `json:"metadata"`
}

// AssetMetadata is what is known of a file; which fields are set depends on its type.
type AssetMetadata struct {
	Resolution *Resolution      `json:"resolution,omitzero"`  // composite
	Layer      string           `json:"layer,omitzero"`       // composite of a live stream: "0" is the best
	NumLayers  string           `json:"num_layers,omitzero"`  // VOD
	MaxWidth   int              `json:"max_width,omitzero"`   // VOD
	MaxHeight  int              `json:"max_height,omitzero"`  // VOD
	OutputMode TranscriptFormat `json:"output_mode,omitzero"` // transcript, summary
	TrackID    string           `json:"track_id,omitzero"`    // track
	TrackType  TrackType        `json:"track_type,omitzero"`  // track
	StreamID   string           `json:"stream_id,omitzero"`   // track, stream
	StreamType string           `json:"stream_type,omitzero"` // stream: regular, screen or audio
	PeerID     string           `json:"peer_id,omitzero"`     // track, stream
	UserID     string           `json:"user_id,omitzero"`     // stream
}

func (a Asset) key() string { return a.ID }

// assetWire is an asset as it comes.
type assetWire struct {
	plainAsset
	Size      amount       `json:"size"`
	Duration  amount       `json:"duration"`
	CreatedAt moment       `json:"created_at"`
	Metadata  metadataWire `json:"metadata"`
}

type plainAsset Asset

type metadataWire struct {
	plainMetadata
	Resolution *resolutionWire `json:"resolution"`
	Layer      label           `json:"layer"`
	NumLayers  label           `json:"num_layers"`
	MaxWidth   whole           `json:"max_width"`
	MaxHeight  whole           `json:"max_height"`
}

type plainMetadata AssetMetadata

func (w metadataWire) value() AssetMetadata {
	metadata := AssetMetadata(w.plainMetadata)
	metadata.Resolution = w.Resolution.value()
	metadata.Layer, metadata.NumLayers = string(w.Layer), string(w.NumLayers)
	metadata.MaxWidth, metadata.MaxHeight = int(w.MaxWidth), int(w.MaxHeight)
	return metadata
}

func (w assetWire) value() Asset {
	asset := Asset(w.plainAsset)
	asset.Size, asset.Duration = int(w.Size), int(w.Duration)
	asset.CreatedAt = time.Time(w.CreatedAt)
	asset.Metadata = w.Metadata.value()
	return asset
}

// UnmarshalJSON reads an asset with all the quirks of the API's answers.
func (a *Asset) UnmarshalJSON(b []byte) (err error) {
	*a, err = decode[Asset, assetWire](b)
	return err
}

// AssetQuery filters a list of assets. The zero value asks for all, ten a page.
type AssetQuery struct {
	RoomID    string
	SessionID string
	Status    AssetStatus // AssetCompleted or AssetFailed
	Type      AssetType   // named in a guide, but not in the reference: it may be ignored
	Limit     int         // 10-100
	Start     string      // Page.Last of the page before
}

func (q AssetQuery) values() url.Values {
	v := url.Values{}
	setText(v, "room_id", q.RoomID)
	setText(v, "session_id", q.SessionID)
	setText(v, "status", string(q.Status))
	setText(v, "asset_type", string(q.Type))
	setPage(v, q.Limit, q.Start)
	return v
}

// ListAssets returns one page of assets, newest first.
func (c *Client) ListAssets(ctx context.Context, q AssetQuery) (Page[Asset], error) {
	return c.listAssets(ctx, "ListAssets", q)
}

func (c *Client) listAssets(ctx context.Context, op string, q AssetQuery) (Page[Asset], error) {
	return fetch(ctx, c, request{
		op: op, method: http.MethodGet, segments: []string{"recording-assets"}, query: q.values(), repeat: true,
	}, decodePage[Asset, assetWire])
}

// AllAssets walks the assets that q selects, newest first, in the largest pages unless q.Limit says otherwise. An error is
// the last thing it yields.
func (c *Client) AllAssets(ctx context.Context, q AssetQuery) iter.Seq2[Asset, error] {
	q.Limit = cmp.Or(q.Limit, maxLimit)
	return all(q.Start, func(start string) (Page[Asset], error) {
		page := q
		page.Start = start
		return c.listAssets(ctx, "AllAssets", page)
	})
}

// Asset returns one asset; an error that Is ErrNotFound when there is none.
func (c *Client) Asset(ctx context.Context, id string) (Asset, error) {
	return fetch(ctx, c, request{
		op: "Asset", method: http.MethodGet, segments: []string{"recording-assets", id}, repeat: true,
	}, decodeOne[Asset, assetWire])
}

// PresignedURL lets whoever has it download one asset for a while. It prints without the URL, which carries a signature
// (documentation: Recording assets, "Get presigned URL").
type PresignedURL struct {
	ID     string `json:"id"` // of the asset
	Path   string `json:"path"`
	URL    string `json:"url"`
	Expiry int    `json:"expiry"` // seconds that the URL is good for
}

// String names the asset, never the URL.
func (p PresignedURL) String() string { return "hms.PresignedURL{" + p.ID + "}" }

// GoString is String.
func (p PresignedURL) GoString() string { return p.String() }

// LogValue is String for log/slog.
func (p PresignedURL) LogValue() slog.Value { return slog.StringValue(p.String()) }

func (p PresignedURL) key() string { return p.URL } // without the URL the answer is of no use

// presignedWire is a presigned URL as it comes.
type presignedWire struct {
	plainPresigned
	Expiry amount `json:"expiry"`
}

type plainPresigned PresignedURL

func (w presignedWire) value() PresignedURL {
	signed := PresignedURL(w.plainPresigned)
	signed.Expiry = int(w.Expiry)
	return signed
}

// UnmarshalJSON reads a presigned URL with all the quirks of the API's answers.
func (p *PresignedURL) UnmarshalJSON(b []byte) (err error) {
	*p, err = decode[PresignedURL, presignedWire](b)
	return err
}

// PresignedURL returns an address to download an asset from, good for validity, rounded up to a second; 0 leaves it to the
// API: three days on S3 and GCS, nine hours on OSS. It fails in HIPAA workspaces, where nobody can read the bucket.
func (c *Client) PresignedURL(ctx context.Context, assetID string, validity time.Duration) (PresignedURL, error) {
	query := url.Values{}
	if validity > 0 {
		query.Set("presign_duration", strconv.Itoa(int(math.Ceil(validity.Seconds()))))
	}
	return fetch(ctx, c, request{
		op: "PresignedURL", method: http.MethodGet, segments: []string{"recording-assets", assetID, "presigned-url"},
		query: query, repeat: true,
	}, decodeOne[PresignedURL, presignedWire])
}
