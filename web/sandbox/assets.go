package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// The types of assets (documentation: Recording assets, "Object").
const (
	assetComposite  = "room-composite"
	assetLegacy     = "room-composite-legacy"
	assetVOD        = "room-vod"
	assetChat       = "chat"
	assetTranscript = "transcript"
	assetSummary    = "summary"
	assetTrack      = "track"
	assetStream     = "stream"
)

// Where an asset stands.
const (
	assetCompleted  = "completed"
	assetFailed     = "failed"
	assetProcessing = "processing" // a transcript that is on its way
)

// storageDays is how long the vendor's own storage keeps files.
const storageDays = 15

// The documented validity of presigned URLs by the kind of storage, and the longest that S3 signs for, in seconds.
const (
	presignDefault    = 3 * 24 * 60 * 60
	presignDefaultOSS = 9 * 60 * 60
	presignMax        = 7 * 24 * 60 * 60
)

// asset is a file that came of a recording or stream.
type asset struct {
	ID         string    `json:"id"`
	Type       string    `json:"type"`
	Status     string    `json:"status"`
	JobID      string    `json:"job_id"` // of the beam or the capture
	RoomID     string    `json:"room_id"`
	SessionID  string    `json:"session_id"`
	Path       string    `json:"path"`
	Own        bool      `json:"own,omitzero"` // in the customer's bucket
	Size       int       `json:"size,omitzero"`
	Duration   int       `json:"duration,omitzero"` // seconds
	Metadata   object    `json:"metadata"`
	Thumbnails []string  `json:"thumbnails,omitzero"`
	CreatedAt  time.Time `json:"created_at"`
	Seal       string    `json:"seal"` // the key that its links are signed with
}

func (a *asset) key() string     { return a.ID }
func (a *asset) order() string   { return a.ID }
func (a *asset) made() time.Time { return a.CreatedAt }

// assetIndex leads to assets by what they are asked for.
type assetIndex struct {
	byJob    lists[*asset]
	byRoom   lists[*asset]
	byStatus lists[*asset]
}

func (x *assetIndex) moved(old, next **asset) {
	x.byJob.move(old, next, func(a *asset) string { return a.JobID })
	x.byRoom.move(old, next, func(a *asset) string { return a.RoomID })
	x.byStatus.move(old, next, func(a *asset) string { return a.Status })
}

// assetReply is an asset as the API answers it: within its recording without what the recording says already.
type assetReply struct {
	ID         string    `json:"id"`
	Thumbnails any       `json:"thumbnails,omitzero"` // nil: no key
	Metadata   object    `json:"metadata"`
	Duration   int       `json:"duration"`
	Path       string    `json:"path"`
	Status     string    `json:"status"`
	CreatedAt  time.Time `json:"created_at"`
	Type       string    `json:"type"`
	Size       int       `json:"size"`
	JobID      string    `json:"job_id,omitzero"`
	RoomID     string    `json:"room_id,omitzero"`
	SessionID  string    `json:"session_id,omitzero"`
}

func (a *asset) shown(embedded bool) *assetReply {
	shown := &assetReply{
		ID: a.ID, Metadata: a.Metadata, Duration: a.Duration, Path: a.Path, Status: a.Status, CreatedAt: a.CreatedAt, Type: a.Type, Size: a.Size,
	}
	if a.Type != assetTranscript && a.Type != assetSummary {
		shown.Thumbnails = a.Thumbnails
	}
	if !embedded {
		shown.JobID, shown.RoomID, shown.SessionID = a.JobID, a.RoomID, a.SessionID
	}
	return shown
}

// visible says whether an asset is answered already.
func (st *state) visible(a *asset) bool {
	return a.Status != assetProcessing || !st.conf.reads(ReadingTranscriptsWhenDone)
}

func assetRoutes() []route {
	return []route{
		{
			method: "GET", path: "/recording-assets", page: "Recording assets: list", handle: (*Server).listAssets,
			query: []string{"room_id", "session_id", "status", "asset_type", "start", "limit"},
		},
		{method: "GET", path: "/recording-assets/{asset_id}", page: "Recording assets: get", handle: (*Server).asset},
		{
			method: "GET", path: "/recording-assets/{asset_id}/presigned-url", page: "Recording assets: presigned URL", handle: (*Server).presignedURL,
			query: []string{"presign_duration"},
		},
	}
}

func (s *Server) listAssets(r *http.Request) (reply any, err error) {
	q, err := s.readBeamQuery(r, []string{assetCompleted, assetFailed, assetProcessing})
	if err != nil {
		return nil, err
	}
	types := r.URL.Query()["asset_type"]
	return reply, s.view(func(st *state) error {
		if st.conf.reads(ReadingAssetTypeIgnored) {
			types = nil
		}
		reply = pageOf(st.conf, q.limit, q.start, st.findAssets(q, types), func(a *asset) any { return a.shown(false) })
		return nil
	})
}

// findAssets returns a page of assets, newest first, out of the shortest list that has them all.
func (st *state) findAssets(q beamQuery, types []string) []*asset {
	roomID, ok := q.room(st)
	if !ok {
		return nil
	}
	all := st.assets.list
	switch {
	case roomID != "":
		all = st.assetIndex.byRoom[roomID]
	case q.status != "":
		all = st.assetIndex.byStatus[q.status]
	}
	return all.before(q.start).newest(q.limit, func(a *asset) bool {
		return (q.sessionID == "" || a.SessionID == q.sessionID) && (q.status == "" || a.Status == q.status) &&
			(len(types) == 0 || slices.Contains(types, a.Type)) && st.visible(a)
	})
}

func (s *Server) asset(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		a := st.assets.at(r.PathValue("asset_id"))
		if a == nil || !st.visible(a) {
			return errNoSuchAsset
		}
		reply = a.shown(false)
		return nil
	})
}

// presignedReply is a link to a file.
type presignedReply struct {
	ID     string `json:"id"`
	Path   string `json:"path"`
	URL    string `json:"url"`
	Expiry int    `json:"expiry"` // seconds
}

// presignedURL makes a link that the sandbox itself serves, see serveFile.
func (s *Server) presignedURL(r *http.Request) (reply any, err error) {
	seconds, err := readPresignDuration(r)
	if err != nil {
		return nil, err
	}
	now := s.clock.now()
	return reply, s.view(func(st *state) error {
		a := st.assets.at(r.PathValue("asset_id"))
		switch {
		case a == nil || !st.visible(a):
			return errNoSuchAsset
		case st.conf.hipaa:
			return errHIPAAPresign
		case a.Status != assetCompleted:
			return errAssetUnusable
		case !a.Own && now.After(a.CreatedAt.AddDate(0, 0, storageDays)):
			return errAssetExpired
		}
		expiry := cmp.Or(seconds, a.presignDefault())
		reply = presignedReply{ID: a.ID, Path: a.Path, URL: a.link(linkBase(r), a.Path, now, expiry), Expiry: expiry}
		return nil
	})
}

// readPresignDuration returns 0 when none was sent.
func readPresignDuration(r *http.Request) (seconds int, err error) {
	text := r.URL.Query().Get("presign_duration")
	if text == "" {
		return 0, nil
	}
	seconds, err = strconv.Atoi(text)
	if err != nil || seconds < 1 || seconds > presignMax {
		return 0, errBadQuery
	}
	return seconds, nil
}
