package hms_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// stopNothing checks what came of stopping all of a kind in a room where none runs.
func (a *account) stopNothing(stopped int, err error, text string) {
	a.t.Helper()
	if a.reads[sandbox.ReadingStopNothing] {
		succeeds(err)
		a.equal("stopping nothing", stopped, 0)
		return
	}
	a.refused("stopping nothing", err, 404, text)
}

func playLiveStreams(a *account) {
	ctx := a.t.Context()
	room := a.room("a")
	a.join(room.ID, "teacher", "asha")
	none, err := a.StopRoomLiveStreams(ctx, room.ID)
	a.stopNothing(len(none), err, "hls not running")
	kept := hms.LiveStreamRecording{HLSVOD: true, SingleFilePerLayer: true}
	started := must(a.StartLiveStream(ctx, room.ID, hms.LiveStreamParams{MeetingURL: beamPage, Recording: &kept}))
	a.equal("started", []any{started.Status, *started.Recording, started.RoomID}, []any{hms.JobStarting, kept, room.ID})
	a.contains("manifest", started.Playback.URL, ".m3u8")
	_, err = a.StartLiveStream(ctx, room.ID, hms.LiveStreamParams{MeetingURL: beamPage})
	a.refused("a second one", err, 409, "beam already started")
	_, err = a.StartRecording(ctx, room.ID, hms.RecordingParams{MeetingURL: beamPage})
	if a.reads[sandbox.ReadingBeamPerKind] {
		succeeds(err)
	} else {
		a.refused("a recording besides", err, 409, "beam already started")
	}
	a.pass(time.Minute)
	useLiveStream(a, started)
	a.equal("stopping", must(a.StopLiveStream(ctx, started.ID)).Status, hms.JobStopping)
	_, err = a.StopLiveStream(ctx, started.ID)
	a.refused("again", err, 404, "hls not running")
	a.pass(time.Hour)
	over := must(a.LiveStream(ctx, started.ID))
	a.equal("assets", assetTypes(over.RecordingAssets), []hms.AssetType{hms.AssetChat, hms.AssetComposite, hms.AssetVOD})

	second := must(a.StartLiveStream(ctx, room.ID, hms.LiveStreamParams{MeetingURL: beamPage}))
	a.pass(time.Minute)
	stopped := must(a.StopRoomLiveStreams(ctx, room.ID))
	a.equal("stopped", []any{len(stopped), stopped[0].ID}, []any{1, second.ID})
	var ids []string
	for _, stream := range every(a.AllLiveStreams(ctx, hms.JobQuery{RoomID: room.ID})) {
		ids = append(ids, stream.ID)
	}
	a.equal("all", ids, []string{second.ID, started.ID})
	completed := must(a.ListLiveStreams(ctx, hms.JobQuery{RoomID: room.ID, Status: hms.JobCompleted}))
	a.equal("completed", []any{len(completed.Data), completed.Data[0].ID}, []any{1, started.ID})
	_, err = a.LiveStream(ctx, absentID)
	a.equal("no stream", errors.Is(err, hms.ErrNotFound), true)
}

// useLiveStream does what can be done to a stream that runs.
func useLiveStream(a *account, stream hms.LiveStream) {
	ctx := a.t.Context()
	marked := must(a.SendTimedMetadata(ctx, stream.ID, hms.TimedMetadata{Payload: "now buy", Duration: 5}))
	a.equal("marked", marked.Status, hms.JobRunning)
	_, err := a.SendTimedMetadata(ctx, stream.ID, hms.TimedMetadata{Payload: strings.Repeat("x", 101), Duration: 5})
	a.refused("a long text", err, 400, "")
	a.equal("paused", must(a.PauseLiveStreamRecording(ctx, stream.ID)).Status, hms.JobRunning)
	a.pass(time.Minute)
	a.equal("resumed", must(a.ResumeLiveStreamRecording(ctx, stream.ID)).Status, hms.JobRunning)
	a.pass(time.Minute)
}

func playExternalStreams(a *account) {
	ctx := a.t.Context()
	room := a.room("a")
	a.join(room.ID, "teacher", "asha")
	none, err := a.StopRoomExternalStreams(ctx, room.ID)
	a.stopNothing(len(none), err, "")
	urls := []string{"rtmp://a.example.org/live/key-000001", "rtmps://b.example.org/x/key-000002"}
	large := hms.Resolution{Width: 1920, Height: 1080}
	started := must(a.StartExternalStream(ctx, room.ID, hms.ExternalStreamParams{
		RTMPURLs: urls, MeetingURL: beamPage, Recording: new(true), Resolution: &large,
	}))
	a.equal("started", []any{started.Status, started.RTMPURLs, started.Recording, *started.Resolution}, []any{hms.JobStarting, urls, true, large})
	a.equal("times of what hasn't happened", !started.StartedAt.IsZero(), a.reads[sandbox.ReadingExternalTimes])
	a.equal("it prints without keys", strings.Contains(fmt.Sprintf("%v %+v %#v", started, started, started), "key-00000"), false)
	a.pass(time.Minute)
	running := must(a.ListExternalStreams(ctx, hms.JobQuery{RoomID: room.ID, Status: hms.JobRunning}))
	a.equal("running", []any{len(running.Data), running.Data[0].ID}, []any{1, started.ID})
	a.equal("stopping", must(a.StopExternalStream(ctx, started.ID)).Status, hms.JobStopping)
	a.pass(time.Hour)
	over := must(a.ExternalStream(ctx, started.ID))
	a.equal("completed", over.Status, hms.JobCompleted)
	a.equal("assets", assetTypes(over.RecordingAssets), []hms.AssetType{hms.AssetChat, hms.AssetComposite})

	four := append(urls, "rtmp://c.example.org/x/key-000003", "rtmp://d.example.org/x/key-000004")
	_, err = a.StartExternalStream(ctx, room.ID, hms.ExternalStreamParams{MeetingURL: beamPage, RTMPURLs: four})
	if a.reads[sandbox.ReadingThreeRTMPURLs] {
		a.refused("four addresses", err, 400, "")
		must(a.StartExternalStream(ctx, room.ID, hms.ExternalStreamParams{MeetingURL: beamPage, RTMPURLs: urls}))
	} else {
		succeeds(err)
	}
	a.pass(time.Minute)
	stopped := must(a.StopRoomExternalStreams(ctx, room.ID))
	a.equal("stopped", []any{len(stopped), stopped[0].Status}, []any{1, hms.JobStopping})
	all := every(a.AllExternalStreams(ctx, hms.JobQuery{RoomID: room.ID}))
	a.equal("all", []any{len(all), all[1].ID}, []any{2, started.ID})
	_, err = a.StartExternalStream(ctx, room.ID, hms.ExternalStreamParams{MeetingURL: beamPage})
	a.refused("to nowhere", err, 400, "")
}

func playStreamKeys(a *account) {
	ctx := a.t.Context()
	template := twoRoles("tv")
	template.Destinations = &hms.Destinations{HLS: map[string]hms.HLSDestination{"tv": {Name: "tv"}}}
	room := must(a.CreateRoom(ctx, hms.RoomParams{Name: "a", TemplateID: must(a.CreateTemplate(ctx, template)).ID}))
	_, err := a.StreamKey(ctx, room.ID)
	a.refused("none", err, 404, "No active key found")
	a.equal("which is not found", errors.Is(err, hms.ErrNotFound), true)
	made := must(a.CreateStreamKey(ctx, room.ID))
	a.equal("made", []any{made.RoomID, made.Enabled, made.CreatedAt}, []any{room.ID, true, sandboxStart})
	a.equal("it prints without the key", strings.Contains(fmt.Sprintf("%v %+v %#v", made, made, made), made.Key), false)
	a.equal("read", must(a.StreamKey(ctx, room.ID)), made)
	_, err = a.CreateStreamKey(ctx, room.ID)
	a.refused("another", err, 400, "Active key already exists")

	a.admin("/stream-keys/"+made.Key+"/ingest/start", "") // an encoder begins to stream by it
	a.pass(time.Minute)
	live := must(a.ListLiveStreams(ctx, hms.JobQuery{RoomID: room.ID, Status: hms.JobRunning}))
	a.equal("streams", len(live.Data), 1)
	succeeds(a.DisableStreamKey(ctx, room.ID))
	a.refused("twice", a.DisableStreamKey(ctx, room.ID), 404, "Key not found")
	_, err = a.CreateStreamKey(ctx, absentID)
	a.refused("no room", err, 404, "Room not found")
	must(a.CreateStreamKey(ctx, room.ID))
	must(a.SetRoomEnabled(ctx, room.ID, false))
	_, err = a.StreamKey(ctx, room.ID)
	a.refused("of a disabled room", err, 403, "Room is disabled (not active)")
}
