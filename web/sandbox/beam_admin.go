package sandbox

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

func beamAdmin() []adminRoute {
	return []adminRoute{
		{
			method: "POST", path: "/beams/{beam_id}/fail", handle: (*Server).failBeamNow,
			help: "make a recording or stream fail, or its transcripts; error_type: " + errorTypes(beamErrors) + " (" + errorInternal + ")",
		},
		{
			method: "POST", path: "/sessions/{session_id}/recordings/fail", handle: (*Server).failCapture,
			help: "make what a session records by itself fail; error_type: " + errorTypes(captureErrors) + " (" + captureNoCloud + ")",
		},
		{
			method: "POST", path: "/stream-keys/{key}/ingest/start", handle: (*Server).startIngestNow,
			help: "connect an encoder by a stream key, which starts a live stream",
		},
		{
			method: "POST", path: "/stream-keys/{key}/ingest/stop", handle: (*Server).stopIngestNow,
			help: "disconnect the encoder; it can come back for a while, unless a reason is given",
		},
	}
}

// errorTypes lists the keys of texts.
func errorTypes(texts map[string]string) string {
	return fmt.Sprintf("%q", slices.Sorted(maps.Keys(texts)))
}

// readErrorType reads what to fail with; an empty body leaves the usual.
func readErrorType(r *http.Request, usual string, texts map[string]string) (string, error) {
	f, err := readFieldsSent(r)
	if err != nil {
		return "", err
	}
	errorType := cmp.Or(either(f.text("error_type"), ""), usual)
	if *f.err == nil && texts[errorType] == "" {
		f.refuse(textOneOf, "error_type", slices.Sorted(maps.Keys(texts)))
	}
	return errorType, *f.err
}

// failBeamNow makes a beam fail that isn't over, or the transcripts of one that is.
func (s *Server) failBeamNow(r *http.Request) (reply any, err error) {
	errorType, err := readErrorType(r, errorInternal, beamErrors)
	if err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		b := tx.beams.at(r.PathValue("beam_id"))
		switch {
		case b == nil:
			return errBeamNotFound
		case b.present() || b.Status == beamProcessing:
			reply = tx.beamShown(tx.failBeam(b, errorType))
		case b.Status == beamCompleted && !b.NextAt.IsZero():
			tx.endTranscripts(b, assetFailed)
			reply = tx.beamShown(b)
		default:
			return errBeamOver
		}
		return nil
	})
}

// beamShown is b as its kind is answered.
func (st *state) beamShown(b *beam) any {
	switch b.Kind {
	case beamLive:
		return liveStreamShown(b, time.Millisecond)
	case beamExternal:
		return st.externalWithAssets(b)
	}
	return st.recordingShown(b)
}

// failCapture makes the files fail that a session's own recording has not made yet.
func (s *Server) failCapture(r *http.Request) (reply any, err error) {
	errorType, err := readErrorType(r, captureNoCloud, captureErrors)
	if err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		c := tx.captures.at(r.PathValue("session_id"))
		if c == nil || c.Done {
			return errBeamOver
		}
		next := *c
		next.ErrorType = errorType
		tx.captures.put(tx, &next)
		reply = object{"session_id": c.SessionID, "error_type": errorType}
		return nil
	})
}

// startIngestNow begins an ingest as an encoder would. A refusal is a 409, and told by webhook all the same.
func (s *Server) startIngestNow(r *http.Request) (reply any, err error) {
	return reply, s.update(func(tx *tx) error {
		k := tx.streamKeys.at(r.PathValue("key"))
		if k == nil {
			return errKeyNotFound
		}
		in, why := tx.connectIngest(k, linkBase(r))
		reply = in
		if why != "" {
			tx.refuseIngest(k, why)
			reply = answer{status: http.StatusConflict, body: refuse(http.StatusConflict, why)}
		}
		return nil
	})
}

// stopIngestNow disconnects an encoder, or ends its ingest for the reason in the query.
func (s *Server) stopIngestNow(r *http.Request) (reply any, err error) {
	reason := r.URL.Query().Get("reason")
	if reason != "" && !slices.Contains(ingestEndReasons, reason) {
		return nil, errBadQuery
	}
	return reply, s.update(func(tx *tx) error {
		k := tx.streamKeys.at(r.PathValue("key"))
		if k == nil {
			return errKeyNotFound
		}
		in := tx.ingesting[k.RoomID]
		if in == nil || in.Key != k.Key || (reason == "" && !in.DisconnectedAt.IsZero()) {
			return errNotConnected
		}
		if reason != "" {
			reply = tx.endIngest(in.ID, reason)
			return nil
		}
		reply = tx.disconnectIngest(in)
		return nil
	})
}
