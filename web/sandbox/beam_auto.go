package sandbox

import (
	"errors"
	"slices"
)

// autoStart begins what a room records by itself as soon as it has a session. Call it when one has opened; calling it again
// changes nothing.
func (tx *tx) autoStart(rm *room, se *session) {
	config := readBeamConfig(tx.templates.at(rm.TemplateID))
	if tx.conf.hipaa && !config.bucket().own {
		return
	}
	tx.autoRecord(rm, config)
	if c := tx.captureOf(rm, se, config); c != nil && tx.captures.at(se.ID) == nil {
		tx.captures.put(tx, c)
	}
}

// autoRecord starts the bot where the template says so; without a page to open it can't.
func (tx *tx) autoRecord(rm *room, config beamConfig) {
	all := config.browserRecordings(tx.conf)
	for name, d := range all {
		if !d.AutoStart {
			delete(all, name)
		}
	}
	name, d, found := firstDestination(all)
	page, err := tx.meetingURL(rm, config, "", d.Role, found)
	if !found || err != nil || tx.taken(beamRecording, rm.ID) {
		return
	}
	plan := d.plan(name)
	plan.Transcription = config.transcription(d.Role)
	tx.sendBot(rm, beam{Kind: beamRecording, MeetingURL: page, beamPlan: plan})
}

// captureOf is what a session of rm records by itself, nil when nothing.
func (tx *tx) captureOf(rm *room, se *session, config beamConfig) *capture {
	has := func(on func(recordConfig) bool) bool { return slices.ContainsFunc(config.Recordings, on) }
	c := capture{
		RoomID: rm.ID, SessionID: se.ID,
		Composite: config.Settings.Recording.Enabled || has(func(r recordConfig) bool { return r.CompositeRecording.CustomComposite.Enabled }),
		Tracks:    has(func(r recordConfig) bool { return r.TrackRecording.Enabled }) && !tx.conf.hipaa,
		Streams:   has(func(r recordConfig) bool { return r.StreamRecording.Enabled }) && !tx.conf.hipaa,
	}
	if rm.Recording != nil {
		c.Composite = rm.Recording.Enabled
	}
	if !c.Composite && !c.Tracks && !c.Streams {
		return nil
	}
	c.ID = tx.newID()
	return &c
}

// autoStop has the files made of what a session recorded by itself. Call it when one has closed.
func (tx *tx) autoStop(se *session) {
	c := tx.captures.at(se.ID)
	if c == nil || !c.NextAt.IsZero() || c.Done {
		return
	}
	next := *c
	next.NextAt = tx.now.Add(captureTime + tx.now.Sub(se.CreatedAt)*captureShare/100)
	tx.captures.put(tx, &next)
}

// captureTrack tells that a track's recording began, where the room's session records its tracks. Call it when one is published.
func (tx *tx) captureTrack(rm *room, p *peer, t track) {
	if c := tx.captures.at(p.SessionID); c != nil && c.Tracks {
		tx.happen(rm, "track.recording.started.success", captureData(p, t))
	}
}

// startByPeer starts a beam of a kind as the client of somebody in the room does: with what the template says, and with a page where
// it says nothing. It fails when the room has a beam, when the template doesn't say where to stream to, and when a HIPAA workspace
// has no place for it.
func (tx *tx) startByPeer(kind string, rm *room, peerID string) (*beam, error) {
	config := readBeamConfig(tx.templates.at(rm.TemplateID))
	if err := tx.maySend(kind, config); err != nil {
		return nil, err
	}
	asked, err := tx.askedByPeer(kind, rm, config, "")
	if errors.Is(err, errInvalidInput) { // there is no page to open
		asked, err = tx.askedByPeer(kind, rm, config, config.page(rm, ""))
	}
	if err != nil {
		return nil, err
	}
	asked.StartedBy = peerID
	return tx.startBeam(rm, asked)
}

// askedByPeer is the beam that a client asks for who names nothing but perhaps a page.
func (tx *tx) askedByPeer(kind string, rm *room, config beamConfig, page string) (beam, error) {
	switch kind {
	case beamLive:
		return tx.liveStreamAsked(rm, config, liveStreamBody{meetingURL: page})
	case beamExternal:
		return tx.externalStreamAsked(rm, config, externalStreamBody{meetingURL: page})
	}
	return tx.recordingAsked(rm, config, recordingBody{meetingURL: page})
}

// stopByPeer stops the beam of a kind as the client of somebody in the room does, where one goes on.
func (tx *tx) stopByPeer(kind string, rm *room, peerID string) {
	if b := tx.going(kind, rm.ID); b != nil {
		next := *b
		next.StoppedBy = peerID
		tx.stopBeam(&next, beamClientRequest)
	}
}
