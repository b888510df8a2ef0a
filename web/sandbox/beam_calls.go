package sandbox

import (
	"net/http"
	"slices"
)

// The refusals of beams. Most are seen in tests of others, not in the documents.
var (
	errBeamStarted    = documented("Recordings: start", http.StatusConflict, "beam already started")
	errInvalidInput   = documented("Recordings: start", http.StatusBadRequest, "invalid input")
	errNoPermission   = documented("Recordings: start", http.StatusForbidden, "user does not have required permission")
	errHIPAARecording = documentedShort("Recordings: start", http.StatusInternalServerError, "hipaa enabled: recording config is not provided")
	errBeamNotFound   = documented("Recordings: stop", http.StatusNotFound, "beam not found")
	errHLSNotRunning  = documented("Live streams: stop", http.StatusNotFound, "hls not running")
)

// beamOf returns the beam with an id if it is of a kind, else nil.
func (st *state) beamOf(kind, id string) *beam {
	if b := st.beams.at(id); b != nil && b.Kind == kind {
		return b
	}
	return nil
}

// maySend refuses what a HIPAA workspace doesn't have: streams, and recordings without a bucket of one's own.
func (st *state) maySend(kind string, config beamConfig) error {
	switch {
	case !st.conf.hipaa:
		return nil
	case kind != beamRecording:
		return errHIPAAStream
	case !config.bucket().own:
		return errHIPAARecording
	}
	return nil
}

// startCall answers a call that sends a bot into a room: asked says what is wanted of it there, shown how it is answered.
func (s *Server) startCall(
	r *http.Request, kind string, asked func(*tx, *room, beamConfig) (beam, error), shown func(*tx, *beam) any,
) (reply any, err error) {
	return reply, s.update(func(tx *tx) error {
		rm, config, err := tx.startRoom(r)
		if err != nil {
			return err
		}
		if err := tx.maySend(kind, config); err != nil {
			return err
		}
		wanted, err := asked(tx, rm, config)
		if err != nil {
			return err
		}
		wanted.Base = linkBase(r)
		b, err := tx.startBeam(rm, wanted)
		if err != nil {
			return err
		}
		reply = shown(tx, b)
		return nil
	})
}

// stopAll stops the beams of a kind in a room; none is the error given.
func (tx *tx) stopAll(r *http.Request, kind string, none error) ([]*beam, error) {
	rm, err := tx.beamRoom(r)
	if err != nil {
		return nil, err
	}
	b := tx.going(kind, rm.ID)
	switch {
	case b != nil:
		return []*beam{tx.stopBeam(b, beamClientRequest)}, nil
	case tx.conf.reads(ReadingStopNothing):
		return nil, nil
	}
	return nil, none
}

// stopOne stops the beam with an id; one that doesn't go on is the error given.
func (tx *tx) stopOne(kind, id string, none error) (*beam, error) {
	b := tx.beamOf(kind, id)
	if b == nil || !b.going() {
		return nil, none
	}
	return tx.stopBeam(b, beamClientRequest), nil
}

// beamQuery is what a list of beams is asked for.
type beamQuery struct {
	roomID, sessionID, status, start string
	limit                            int
}

func (s *Server) readBeamQuery(r *http.Request, statuses []string) (beamQuery, error) {
	q := s.query(r)
	bq := beamQuery{
		roomID: q.values.Get("room_id"), sessionID: q.values.Get("session_id"), status: q.values.Get("status"),
		limit: q.limit(limitDefault), start: q.id("start"),
	}
	if q.bad || (bq.status != "" && !slices.Contains(statuses, bq.status)) {
		return beamQuery{}, errBadQuery
	}
	return bq, nil
}

// room is the room that the objects asked for are in, empty for any; ok is false when there can be none.
func (q beamQuery) room(st *state) (roomID string, ok bool) {
	if q.sessionID == "" {
		return q.roomID, true
	}
	se := st.sessions.at(q.sessionID)
	if se == nil || (q.roomID != "" && se.RoomID != q.roomID) {
		return "", false
	}
	return se.RoomID, true
}

// listBeams answers with a page of the beams of a kind.
func (s *Server) listBeams(r *http.Request, kind string, shown func(*state, *beam) any) (reply any, err error) {
	q, err := s.readBeamQuery(r, beamStatuses)
	if err != nil {
		return nil, err
	}
	return reply, s.view(func(st *state) error {
		reply = pageOf(st.conf, q.limit, q.start, st.findBeams(kind, q), func(b *beam) any { return shown(st, b) })
		return nil
	})
}

// findBeams returns a page of beams, newest first, out of the shortest list that has them all.
func (st *state) findBeams(kind string, q beamQuery) []*beam {
	roomID, ok := q.room(st)
	if !ok {
		return nil
	}
	all := st.beamIndex.byKind[kind]
	switch {
	case roomID != "":
		all = st.beamIndex.byRoom[kind+"/"+roomID]
	case q.status != "":
		all = st.beamIndex.byStatus[kind+"/"+q.status]
	}
	return all.before(q.start).newest(q.limit, func(b *beam) bool {
		return (q.sessionID == "" || b.SessionID == q.sessionID) && (q.status == "" || b.Status == q.status)
	})
}
