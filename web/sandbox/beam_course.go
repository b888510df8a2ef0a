package sandbox

import (
	"net/url"
	"strings"
	"time"
)

// How long a beam takes over what it does. Where the documents name times, they are for files that are really made; the sandbox
// takes a tenth of them, so that nobody waits half an hour for an answer that is known.
const (
	beamJoinTime  = 4 * time.Second  // the documents' samples are running after 3 to 4 seconds
	beamTryTime   = 10 * time.Second // within which the bot has to be in the meeting (documentation: Recordings, "Start")
	beamTries     = 3
	beamLeaveTime = 2 * time.Second
	beamFilesTime = 100 * time.Second // a tenth of 15 to 20 minutes (documentation: FAQ, "recordings")

	// Transcripts take at least five minutes, and a fifth of the recording's length (documentation: transcription and summary).
	transcriptTime  = 5 * time.Minute
	transcriptShare = 5

	beamDurationMax = 4 * 60 * 60 // seconds, where the template says nothing (documentation: webhooks, "Beam stop reasons")
	beamAloneMax    = 5 * 60      // seconds, likewise
	beamPresign     = 24 * 60 * 60
)

// unreachable says whether a bot can't open a page: those below .invalid, a name that never resolves, are there to try it out.
func unreachable(page string) bool {
	u, err := url.Parse(page)
	return err != nil || strings.HasSuffix(strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), ".invalid")
}

// startBeam sends a bot into a room. It fails when the room has one.
func (tx *tx) startBeam(rm *room, asked beam) (*beam, error) {
	if tx.taken(asked.Kind, rm.ID) {
		return nil, errBeamStarted
	}
	return tx.sendBot(rm, asked), nil
}

// sendBot sends a bot into a room that isn't taken, which opens its session where none runs. asked has to have the kind, the meeting
// URL and the plan.
func (tx *tx) sendBot(rm *room, asked beam) *beam {
	b := asked
	b.ID, b.RoomID, b.MetadataID = tx.newID(), rm.ID, tx.newUUID()
	b.Status, b.CreatedAt, b.UpdatedAt = beamStarting, tx.now, tx.now
	b.NextAt = tx.now.Add(beamJoinTime)
	if unreachable(b.MeetingURL) {
		b.NextAt = tx.now.Add(beamTries * beamTryTime)
	}
	// It is there before its session, so that what starts by itself with the session finds the room taken.
	tx.beams.put(tx, &b)
	started := b
	started.SessionID = tx.openSession(rm).ID
	tx.beams.put(tx, &started)
	return &started
}

// step lets happen what is next for a beam.
func (b *beam) step(tx *tx) {
	switch b.Status {
	case beamStarting:
		tx.enterBeam(b)
	case beamRunning:
		tx.expireBeam(b)
	case beamStopping:
		tx.leaveBeam(b)
	case beamProcessing:
		tx.completeBeam(b)
	case beamCompleted:
		tx.endTranscripts(b, assetCompleted)
	}
}

// enterBeam lets the bot into its meeting, if it can open its page.
func (tx *tx) enterBeam(b *beam) {
	if unreachable(b.MeetingURL) {
		tx.failBeam(b, errorMaxRetries)
		return
	}
	next := *b
	next.Status, next.StartedAt, next.UpdatedAt, next.NextAt = beamRunning, tx.now, tx.now, time.Time{}
	next.EndsAt = tx.now.Add(time.Duration(b.MaxDuration) * time.Second)
	if b.IngestID == "" && len(tx.connected(b.RoomID)) == 0 {
		next.AloneAt = tx.now.Add(time.Duration(b.AutoStop) * time.Second)
	}
	tx.beams.put(tx, &next)
	tx.tellStarted(&next)
}

// expireBeam stops a beam whose time is over, or that was alone for too long.
func (tx *tx) expireBeam(b *beam) {
	switch {
	case !tx.now.Before(b.EndsAt):
		tx.stopBeam(b, beamMaxDuration)
	case len(tx.connected(b.RoomID)) == 0:
		tx.stopBeam(b, beamLastPeerLeft)
	default: // somebody came back
		next := *b
		next.AloneAt = time.Time{}
		tx.beams.put(tx, &next)
	}
}

// stopBeam tells the bot to leave.
func (tx *tx) stopBeam(b *beam, reason string) *beam {
	next := *b
	next.Status, next.Reason, next.UpdatedAt = beamStopping, reason, tx.now
	next.NextAt = tx.now.Add(beamLeaveTime)
	tx.beams.put(tx, &next)
	return &next
}

// leaveBeam takes the bot out of the room; what it recorded is made into files from now on.
func (tx *tx) leaveBeam(b *beam) {
	if b.StartedAt.IsZero() {
		tx.failBeam(b, errorTooEarly)
		return
	}
	next := *b
	next.Status, next.StoppedAt, next.UpdatedAt = beamProcessing, tx.now, tx.now
	next.NextAt = tx.now.Add(beamFilesTime)
	if !b.files() {
		next.Status, next.NextAt = beamCompleted, time.Time{}
	}
	tx.beams.put(tx, &next)
	tx.tellStopped(&next)
	tx.beamGone(&next)
}

// beamGone ends what only the bot kept going.
func (tx *tx) beamGone(b *beam) {
	tx.endIngest(b.IngestID, ingestClosed)
	se := tx.running[b.RoomID]
	if se != nil && len(tx.connected(b.RoomID)) == 0 && len(tx.beamsIn(b.RoomID)) == 0 {
		tx.closeSession(se)
	}
}

// completeBeam has the files.
func (tx *tx) completeBeam(b *beam) {
	if b.ToFail != "" {
		tx.failBeam(b, b.ToFail)
		return
	}
	next := *b
	next.Status, next.UpdatedAt, next.NextAt = beamCompleted, tx.now, time.Time{}
	if b.Transcription.wanted(modeRecorded) {
		next.NextAt = tx.now.Add(max(transcriptTime, b.recorded(tx.now)/transcriptShare))
		next.TranscriptionID = tx.newID()
	}
	tx.beams.put(tx, &next)
	made := tx.makeAssets(&next)
	tx.tellRecorded(&next, made)
	if !next.NextAt.IsZero() {
		tx.startTranscripts(&next)
	}
}

// failBeam ends a beam with an error.
func (tx *tx) failBeam(b *beam, errorType string) *beam {
	next := *b
	next.Status, next.ErrorType, next.UpdatedAt, next.NextAt = beamFailed, errorType, tx.now, time.Time{}
	if b.present() {
		next.Reason = beamFailure + errorType
	}
	if b.Status != beamStarting && next.StoppedAt.IsZero() && !b.StartedAt.IsZero() {
		next.StoppedAt = tx.now
	}
	tx.beams.put(tx, &next)
	if b.present() {
		tx.tellStopped(&next)
	}
	tx.tellFailed(&next)
	if errorType == errorUpload {
		tx.failAssets(&next)
	}
	if b.present() {
		tx.beamGone(&next)
	}
	return &next
}

// pauseBeam stops and goes on with the recording of a beam; the bot stays.
func (tx *tx) pauseBeam(b *beam, paused bool) *beam {
	next := *b
	next.UpdatedAt = tx.now
	switch {
	case paused && b.PausedAt.IsZero():
		next.PausedAt = tx.now
	case !paused && !b.PausedAt.IsZero():
		next.PausedAt = time.Time{}
		if !b.StartedAt.IsZero() {
			next.PausedFor += tx.now.Sub(later(b.PausedAt, b.StartedAt))
		}
	}
	tx.beams.put(tx, &next)
	return &next
}
