package hms_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// hipaaScenes are played in workspaces with HIPAA rules.
var hipaaScenes = []scene{{name: "hipaa", run: playHIPAA, hipaa: true}}

func TestSandboxHIPAA(t *testing.T) {
	for _, s := range hipaaScenes {
		s.play(newAccount(t, s.options()))
	}
}

// hashed is a name as a HIPAA workspace shows it.
func (a *account) hashed(name string) string {
	sum := sha256.Sum256([]byte(name))
	text := hex.EncodeToString(sum[:])
	if a.reads[sandbox.ReadingHIPAANamePrefix] {
		return "SHA256:" + text
	}
	return text
}

func playHIPAA(a *account) {
	ctx := a.t.Context()
	made := must(a.CreateRoom(ctx, hms.RoomParams{Name: "ward-7", Description: new("Mia's"), TemplateID: classroomID}))
	a.equal("name and description", []string{made.Name, made.Description}, []string{a.hashed("ward-7"), ""})
	for _, name := range []string{"ward-7", made.Name} {
		a.equal("found by "+name, must(a.FindRoom(ctx, name)).ID, made.ID)
	}
	_, err := a.FindRoom(ctx, "ward-8")
	a.equal("no other", errors.Is(err, hms.ErrNotFound), true)

	asha := a.join(made.ID, "teacher", "Asha")
	a.equal("the name of a peer in a room", must(a.Peer(ctx, made.ID, asha)).Name, "Asha")
	a.equal("in the list", must(a.Peers(ctx, made.ID, hms.PeerQuery{}))[asha].Name, "Asha")
	a.equal("of the room", must(a.ActiveRoom(ctx, made.ID)).Name, a.hashed("ward-7"))
	a.equal("in a session", must(a.ActiveSession(ctx, made.ID)).Peers[asha].Name, a.hashed("Asha"))

	streamsLockedOff(a, made.ID)
	recordsToOwnBucket(a, made.ID)
}

// streamsLockedOff starts and stops what such a workspace doesn't have.
func streamsLockedOff(a *account, roomID string) {
	ctx := a.t.Context()
	_, err := a.StartLiveStream(ctx, roomID, hms.LiveStreamParams{MeetingURL: beamPage})
	a.refused("a live stream", err, 403, "")
	_, err = a.StopRoomLiveStreams(ctx, roomID)
	a.refused("its stop", err, 403, "")
	_, err = a.StopLiveStream(ctx, absentID)
	a.refused("its stop by id", err, 403, "")
	_, err = a.StartExternalStream(ctx, roomID, hms.ExternalStreamParams{MeetingURL: beamPage, RTMPURLs: []string{"rtmp://a.example.org/x/key-000001"}})
	a.refused("an external stream", err, 403, "")
	_, err = a.StopRoomExternalStreams(ctx, roomID)
	a.refused("its stop", err, 403, "")
	_, err = a.StopExternalStream(ctx, absentID)
	a.refused("its stop by id", err, 403, "")
}

// recordsToOwnBucket records with a bucket, whose files nobody can read by the API, and without one.
func recordsToOwnBucket(a *account, roomID string) {
	ctx := a.t.Context()
	recording := must(a.StartRecording(ctx, roomID, hms.RecordingParams{MeetingURL: beamPage}))
	a.pass(time.Minute)
	must(a.StopRecording(ctx, recording.ID))
	a.pass(time.Hour)
	assets := must(a.Recording(ctx, recording.ID)).RecordingAssets
	a.equal("in its own bucket", strings.HasPrefix(assets[0].Path, "s3://lessons-of-the-demo-school/"), true)
	_, err := a.PresignedURL(ctx, assets[0].ID, 0)
	a.refused("a link to it", err, 403, "")

	webinar := hms.Template{Name: "without a bucket", Roles: map[string]hms.Role{"host": {Name: "host"}}}
	bare := must(a.CreateTemplate(ctx, webinar))
	room := must(a.CreateRoom(ctx, hms.RoomParams{Name: "bare", TemplateID: bare.ID}))
	_, err = a.StartRecording(ctx, room.ID, hms.RecordingParams{MeetingURL: beamPage})
	a.refused("without a bucket", err, 500, "hipaa enabled: recording config is not provided")
	a.equal("which was not done", len(must(a.ListRecordings(ctx, hms.JobQuery{RoomID: room.ID})).Data), 0)
}
