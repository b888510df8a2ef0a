package sandbox

import "time"

// Why an ingest ended (documentation: webhooks, "Ingest").
const (
	ingestWindowOver = "reconnection window expired"
	ingestClosed     = "stream closed"
	ingestPublish    = "publish error"
	ingestInternal   = "internal error"
)

// Why one could not start, or failed.
const (
	ingestKeyDisabled     = "stream key disabled"
	ingestNoDestination   = "no hls destinations"
	ingestRemoteSession   = "remote session active"
	ingestConnected       = "already connected"
	ingestBeamNotStarting = "beam start error"
)

var ingestEndReasons = []string{ingestPublish, ingestWindowOver, ingestClosed, ingestInternal}

// ingest is an encoder that sends into a room by a stream key, which makes a live stream of it.
type ingest struct {
	ID             string        `json:"id"`
	Key            string        `json:"stream_key"`
	RoomID         string        `json:"room_id"`
	StreamID       string        `json:"stream_id"` // of the live stream
	Window         time.Duration `json:"window"`    // how long it may be disconnected
	StartedAt      time.Time     `json:"started_at"`
	DisconnectedAt time.Time     `json:"disconnected_at,omitzero"` // zero: it sends
	CompletedAt    time.Time     `json:"completed_at,omitzero"`    // zero: it goes on
}

func (in *ingest) key() string   { return in.ID }
func (in *ingest) order() string { return in.ID }

func (in *ingest) due() time.Time {
	if in.DisconnectedAt.IsZero() || !in.CompletedAt.IsZero() {
		return time.Time{}
	}
	return in.DisconnectedAt.Add(in.Window)
}

// step gives up an encoder that didn't come back.
func (in *ingest) step(tx *tx) {
	tx.endIngest(in.ID, ingestWindowOver)
}

// movedIngest keeps those that go on by their room.
func (st *state) movedIngest(old, next **ingest) {
	if old != nil && st.ingesting[(*old).RoomID] == *old {
		delete(st.ingesting, (*old).RoomID)
	}
	if next != nil && (*next).CompletedAt.IsZero() {
		st.ingesting[(*next).RoomID] = *next
	}
	schedule(st, "ingest", old, next)
}

// ingestData is what webhooks say about an ingest.
func ingestData(in *ingest) object {
	return object{
		"account_id": customerID, "app_id": appID, "ingest_id": in.ID, "stream_id": in.StreamID, "started_at": in.StartedAt,
	}
}

// connectIngest lets an encoder begin to send, or to send again. It returns why it can't, "" when it can.
func (tx *tx) connectIngest(k *streamKey, base string) (in *ingest, refused string) {
	rm := tx.rooms.at(k.RoomID)
	config := readBeamConfig(tx.templates.at(rm.TemplateID))
	name, d, found := firstDestination(config.Destinations.HLS)
	in = tx.ingesting[rm.ID]
	switch {
	case !k.Enabled || !rm.Enabled:
		return nil, ingestKeyDisabled
	case in != nil && in.DisconnectedAt.IsZero():
		return nil, ingestConnected
	case in != nil: // back in time
		next := *in
		next.DisconnectedAt = time.Time{}
		tx.ingests.put(tx, &next)
		return &next, ""
	case tx.going(beamLive, rm.ID) != nil:
		return nil, ingestRemoteSession
	case !found:
		return nil, ingestNoDestination
	case tx.conf.hipaa:
		return nil, ingestBeamNotStarting
	}
	plan := d.plan(name)
	plan.PlaybackURL = tx.playbackURL(rm, d)
	return tx.startIngest(rm, k, beam{Kind: beamLive, IngestID: tx.newID(), Base: base, beamPlan: plan})
}

// startIngest makes a live stream of what the encoder sends.
func (tx *tx) startIngest(rm *room, k *streamKey, asked beam) (in *ingest, refused string) {
	b, err := tx.startBeam(rm, asked)
	if err != nil {
		return nil, ingestBeamNotStarting
	}
	in = &ingest{
		ID: b.IngestID, Key: k.Key, RoomID: rm.ID, StreamID: b.ID, StartedAt: tx.now, Window: time.Duration(b.AutoStop) * time.Second,
	}
	tx.ingests.put(tx, in)
	tx.happen(rm, "ingest.start.success", ingestData(in))
	return in, ""
}

// disconnectIngest notes that an encoder stopped sending; viewers see a slate until it is back or its window over.
func (tx *tx) disconnectIngest(in *ingest) *ingest {
	next := *in
	next.DisconnectedAt = tx.now
	tx.ingests.put(tx, &next)
	return &next
}

// endIngest ends an ingest that goes on, and its live stream. The id may be empty.
func (tx *tx) endIngest(id, reason string) *ingest {
	in := tx.ingests.at(id)
	if in == nil || !in.CompletedAt.IsZero() {
		return in
	}
	done := tx.closeIngest(in)
	data := ingestData(done)
	data["completed_at"], data["last_disconnected_at"] = done.CompletedAt, done.DisconnectedAt
	data["duration"], data["reason"] = seconds(done.CompletedAt.Sub(done.StartedAt)), reason
	tx.happen(tx.rooms.at(in.RoomID), "ingest.end.success", data)
	return done
}

// closeIngest ends an ingest without a word.
func (tx *tx) closeIngest(in *ingest) *ingest {
	done := *in
	done.CompletedAt = tx.now
	if done.DisconnectedAt.IsZero() {
		done.DisconnectedAt = tx.now
	}
	tx.ingests.put(tx, &done)
	if b := tx.beams.at(in.StreamID); b != nil && b.going() {
		tx.stopBeam(b, beamClientRequest)
	}
	return &done
}

// failIngests ends what an encoder sends by a key that is disabled now.
func (tx *tx) failIngests(k *streamKey) {
	in := tx.ingesting[k.RoomID]
	if in == nil || in.Key != k.Key {
		return
	}
	tx.closeIngest(in)
	tx.happen(tx.rooms.at(in.RoomID), "ingest.failure", object{
		"account_id": customerID, "app_id": appID, "ingest_id": in.ID, "error_message": ingestKeyDisabled,
	})
}

// silence ends what an encoder sends into a room that is disabled: its key is good again once the room is (documentation: Stream
// keys, "Overview").
func (tx *tx) silence(rm *room) {
	if k := tx.activeKey(rm.ID); k != nil && !rm.Enabled {
		tx.failIngests(k)
	}
}

// refuseIngest tells that an encoder was refused.
func (tx *tx) refuseIngest(k *streamKey, why string) {
	tx.happen(tx.rooms.at(k.RoomID), "ingest.start.failure", object{"account_id": customerID, "app_id": appID, "error_message": why})
}
