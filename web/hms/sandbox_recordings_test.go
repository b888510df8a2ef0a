package hms_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// beamPage is a page for bots to open, with a token in its query.
const beamPage = "https://app.example.org/rec?auth_token=page-token-000001"

func assetTypes(assets []hms.Asset) (types []hms.AssetType) {
	for _, asset := range assets {
		types = append(types, asset.Type)
	}
	slices.Sort(types)
	return types
}

func playRecordings(a *account) {
	ctx := a.t.Context()
	room := a.room("a")
	a.join(room.ID, "teacher", "asha")
	startRefusals(a, room.ID)
	started := must(a.StartRecording(ctx, room.ID, hms.RecordingParams{MeetingURL: beamPage, Resolution: &hms.Resolution{Width: 1280, Height: 720}}))
	destination := "lesson"
	if a.reads[sandbox.ReadingCompositeEnabled] {
		destination = ""
	}
	a.equal("started", started, hms.Recording{
		Job: hms.Job{
			ID: started.ID, RoomID: room.ID, SessionID: must(a.ActiveSession(ctx, room.ID)).ID, Status: hms.JobStarting,
			MeetingURL: beamPage, Destination: destination, CreatedAt: sandboxStart, UpdatedAt: sandboxStart,
		},
		AssetTypes: []hms.AssetType{hms.AssetComposite, hms.AssetChat},
	})
	_, err := a.StartRecording(ctx, room.ID, hms.RecordingParams{MeetingURL: beamPage})
	a.refused("a second one", err, 409, "beam already started")

	a.pass(10 * time.Second)
	a.equal("paused", must(a.PauseRoomRecording(ctx, room.ID)).Status, hms.JobRunning)
	a.pass(time.Minute)
	a.equal("resumed", must(a.ResumeRoomRecording(ctx, room.ID)).Status, hms.JobRunning)
	a.pass(time.Minute)
	a.equal("stopping", must(a.StopRecording(ctx, started.ID)).Status, hms.JobStopping)
	a.pass(3 * time.Second)
	processing := must(a.Recording(ctx, started.ID))
	a.equal("processing", []any{processing.Status, len(processing.RecordingAssets)}, []any{hms.JobPostProcessing, 0})
	a.equal("its destination", processing.Destination == destination, destination == "" || a.reads[sandbox.ReadingDestinationShown])
	a.pass(time.Hour)
	_, err = a.StopRecording(ctx, started.ID)
	a.refused("stopping what is over", err, 404, "beam not found")

	recorded := must(a.Recording(ctx, started.ID))
	a.equal("completed", recorded.Status, hms.JobCompleted)
	a.equal("assets", assetTypes(recorded.RecordingAssets), []hms.AssetType{hms.AssetChat, hms.AssetComposite})
	listAssets(a, recorded)
	recordAgain(a, room.ID, started.ID)
}

// startRefusals starts recordings that can't be.
func startRefusals(a *account, roomID string) {
	ctx := a.t.Context()
	_, err := a.StartRecording(ctx, absentID, hms.RecordingParams{MeetingURL: beamPage})
	a.refused("no room", err, 403, "user does not have required permission")
	_, err = a.StartRecording(ctx, roomID, hms.RecordingParams{MeetingURL: beamPage, Destination: "elsewhere"})
	a.refused("no destination", err, 400, "")
	bare := must(a.CreateRoom(ctx, hms.RoomParams{Name: "bare", TemplateID: must(a.CreateTemplate(ctx, twoRoles("bare"))).ID}))
	for id, linked := range map[string]bool{a.room("linked").ID: !a.reads[sandbox.ReadingCompositeEnabled], bare.ID: false} {
		started, err := a.StartRecording(ctx, id, hms.RecordingParams{})
		known := linked || a.reads[sandbox.ReadingMeetingURLDefault]
		if !known || a.reads[sandbox.ReadingMeetingURLMandatory] {
			a.refused("without a page", err, 400, "invalid input")
			continue
		}
		succeeds(err)
		a.contains("the template's link", started.MeetingURL, id)
		must(a.StopRecording(ctx, started.ID))
	}
}

// listAssets finds the files of a recording, and downloads one.
func listAssets(a *account, recorded hms.Recording) {
	ctx := a.t.Context()
	at := slices.IndexFunc(recorded.RecordingAssets, func(asset hms.Asset) bool { return asset.Type == hms.AssetComposite })
	within := recorded.RecordingAssets[at]
	asset := must(a.Asset(ctx, within.ID))
	a.equal("of", []string{asset.JobID, asset.RoomID, asset.SessionID}, []string{recorded.ID, recorded.RoomID, recorded.SessionID})
	asset.JobID, asset.RoomID, asset.SessionID = "", "", ""
	a.equal("the same as within its recording", asset, within)
	a.equal("file", []any{asset.Status, asset.Size > 0}, []any{hms.AssetCompleted, true})
	a.equal("size of the picture", *asset.Metadata.Resolution, hms.Resolution{Width: 1280, Height: 720})
	a.equal("without the pause", asset.Duration < 80, true)
	a.contains("bucket", asset.Path, "s3://lessons-of-the-demo-school/classroom/")

	ofRoom := hms.AssetQuery{RoomID: recorded.RoomID, SessionID: recorded.SessionID, Status: hms.AssetCompleted}
	all := every(a.AllAssets(ctx, ofRoom))
	ofRoom.Type = hms.AssetChat
	chats := must(a.ListAssets(ctx, ofRoom))
	if a.reads[sandbox.ReadingAssetTypeIgnored] {
		a.equal("all types", len(chats.Data), len(all))
	} else {
		a.equal("chats", assetTypes(chats.Data), []hms.AssetType{hms.AssetChat})
	}
	download(a, asset.ID)
	_, err := a.Asset(ctx, absentID)
	a.equal("no asset", errors.Is(err, hms.ErrNotFound), true)
}

func download(a *account, id string) {
	ctx := a.t.Context()
	signed := must(a.PresignedURL(ctx, id, 90*time.Second))
	a.equal("signed", []any{signed.ID, signed.Expiry}, []any{id, 90})
	a.equal("by itself for three days", must(a.PresignedURL(ctx, id, 0)).Expiry, 3*24*60*60)
	token := a.token
	a.token = "" // the signature is enough
	defer func() { a.token = token }()
	path := strings.TrimPrefix(signed.URL, a.base)
	a.contains("an mp4", string(a.fetch("GET", path, "", 200)), "ftypisom")
	a.fetch("GET", path+"0", "", 403)
	a.pass(2 * time.Minute)
	a.fetch("GET", path, "", 403)
	if _, err := url.Parse(signed.URL); err != nil || strings.Contains(fmt.Sprintf("%v %+v %#v", signed, signed, signed), signed.URL) {
		a.t.Errorf("it prints with its URL: %v", err)
	}
}

// recordAgain stops a second recording with the room, which has two then.
func recordAgain(a *account, roomID, first string) {
	ctx := a.t.Context()
	second := must(a.StartRecording(ctx, roomID, hms.RecordingParams{MeetingURL: beamPage, AudioOnly: new(true)}))
	a.pass(time.Minute)
	running := must(a.ListRecordings(ctx, hms.JobQuery{RoomID: roomID, Status: hms.JobRunning}))
	a.equal("running", []any{len(running.Data), running.Data[0].ID}, []any{1, second.ID})
	stopped := must(a.StopRoomRecordings(ctx, roomID))
	a.equal("stopped", []any{len(stopped), stopped[0].ID, stopped[0].Status}, []any{1, second.ID, hms.JobStopping})
	none, err := a.StopRoomRecordings(ctx, roomID)
	a.stopNothing(len(none), err, "beam not found")
	var ids []string
	for _, recording := range every(a.AllRecordings(ctx, hms.JobQuery{RoomID: roomID, SessionID: second.SessionID})) {
		ids = append(ids, recording.ID)
	}
	a.equal("all", ids, []string{second.ID, first})
	_, err = a.Recording(ctx, absentID)
	a.equal("no recording", errors.Is(err, hms.ErrNotFound), true)
}

// playTranscripts records with a transcript and a summary.
func playTranscripts(a *account) {
	ctx := a.t.Context()
	room := a.room("a")
	a.join(room.ID, "teacher", "asha")
	started := must(a.StartRecording(ctx, room.ID, hms.RecordingParams{MeetingURL: beamPage, Transcription: &hms.TranscriptionParams{
		Enabled: new(true), OutputModes: []hms.TranscriptFormat{hms.TranscriptText, hms.TranscriptJSON}, CustomVocabulary: []string{"ibuprofen"},
		Summary: &hms.SummaryParams{
			Enabled: new(true), Context: "a ward round", Temperature: new(0.5),
			Sections: []hms.SummarySection{{Title: "Agenda", Format: hms.SectionBullets}},
		},
	}}))
	a.equal("to come", started.AssetTypes, []hms.AssetType{hms.AssetComposite, hms.AssetChat, hms.AssetTranscript, hms.AssetSummary})
	a.pass(10 * time.Minute)
	must(a.StopRecording(ctx, started.ID))
	a.pass(2 * time.Minute)
	statuses := map[hms.AssetType]hms.AssetStatus{}
	for _, asset := range must(a.Recording(ctx, started.ID)).RecordingAssets {
		statuses[asset.Type] = asset.Status
	}
	want := map[hms.AssetType]hms.AssetStatus{hms.AssetComposite: hms.AssetCompleted, hms.AssetChat: hms.AssetCompleted}
	if !a.reads[sandbox.ReadingTranscriptsWhenDone] {
		want[hms.AssetTranscript], want[hms.AssetSummary] = hms.AssetProcessing, hms.AssetProcessing
	}
	a.equal("files first", statuses, want)
	a.pass(time.Hour)
	formats := map[hms.TranscriptFormat]int{}
	for _, asset := range must(a.Recording(ctx, started.ID)).RecordingAssets {
		formats[asset.Metadata.OutputMode]++
		a.equal(string(asset.Type), asset.Status, hms.AssetCompleted)
	}
	a.equal("formats", formats, map[hms.TranscriptFormat]int{"": 2, hms.TranscriptText: 1, hms.TranscriptJSON: 2})
	_, err := a.StartRecording(ctx, room.ID, hms.RecordingParams{MeetingURL: beamPage, Transcription: &hms.TranscriptionParams{
		Enabled: new(true), Summary: &hms.SummaryParams{Temperature: new(1.5)},
	}})
	a.refused("too hot", err, 400, "")
}
