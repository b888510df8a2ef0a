package hms_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

// wireCase is one operation: what it sends, and that what it returns is the example it gets.
type wireCase struct {
	op      string
	example string // "": none is read
	part    string // the member of the example that is returned; "": all of it
	call    func(context.Context, *hms.Client) (any, error)
	want    sent
}

// listed is a page as it stands on the wire, its list under key.
func listed[T any](key string, page hms.Page[T], err error) (any, error) {
	out := map[string]any{key: page.Data, "last": page.Last}
	if page.Limit != 0 {
		out["limit"] = page.Limit
	}
	return out, err
}

// done is the result of an operation that returns an error only.
func done(err error) (any, error) { return nil, err }

func (tc wireCase) run(t *testing.T) {
	var got sent
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = sent{r.Method, r.RequestURI, string(body)}
		if tc.example == "" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if tc.op == "DisableStreamKey" {
			w.WriteHeader(http.StatusCreated)
		}
		io.WriteString(w, example(t, tc.example))
	})
	var call hms.Call
	value, err := tc.call(hms.WithCall(t.Context(), &call), client)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tc.want, got); diff != "" {
		t.Error(diff)
	}
	if call.Op != tc.op {
		t.Errorf("it calls itself %s", call.Op)
	}
	if value == nil {
		return
	}
	want := plain(t, []byte(example(t, tc.example)))
	if tc.part != "" {
		want = want.(map[string]any)[tc.part]
	}
	if diff := cmp.Diff(want, encoded(t, value)); diff != "" {
		t.Error(diff)
	}
}

var (
	noon    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	jobs    = hms.JobQuery{RoomID: "r1", SessionID: "s1", Status: hms.JobRunning, Limit: 20, Start: "j9"}
	jobsURL = "?limit=20&room_id=r1&session_id=s1&start=j9&status=running"
	speech  = &hms.TranscriptionParams{
		Enabled: new(true), OutputModes: []hms.TranscriptFormat{hms.TranscriptText}, CustomVocabulary: []string{"lens"},
		Summary: &hms.SummaryParams{
			Enabled: new(true), Context: "a lesson", Temperature: new(0.25),
			Sections: []hms.SummarySection{{Title: "Homework", Format: hms.SectionBullets}},
		},
	}
)

const speechJSON = `{"enabled":true,"output_modes":["txt"],"custom_vocabulary":["lens"],"summary":{"enabled":true,` +
	`"context":"a lesson","sections":[{"title":"Homework","format":"bullets"}],"temperature":0.25}}`

func TestRoomCases(t *testing.T) {
	cases := []wireCase{
		{"ListRoomCodes", "room_code/list", "", func(ctx context.Context, c *hms.Client) (any, error) {
			page, err := c.ListRoomCodes(ctx, "r1", "", hms.CodesOfRole("co host"), hms.CodesEnabled(false))
			return listed("data", page, err)
		}, sent{"GET", "/v2/room-codes/room/r1?enabled=false&limit=100&role=co+host", ""}},
		{"ExchangeRoomCode", "token_exchange/token", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.ExchangeRoomCode(ctx, "jol-rimn-ced", "pupil-19")
		}, sent{"POST", "/v2/token", `{"code":"jol-rimn-ced","user_id":"pupil-19"}`}},
		{"ExchangeRoomCode", "token_exchange/token", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.ExchangeRoomCode(ctx, "jol-rimn-ced", "")
		}, sent{"POST", "/v2/token", `{"code":"jol-rimn-ced"}`}},

		{"ActiveRoom", "active_room/got", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.ActiveRoom(ctx, "r1")
		}, sent{"GET", "/v2/active-rooms/r1", ""}},
		{"Peers", "peer/list", "peers", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.Peers(ctx, "r1", hms.PeerQuery{UserID: "u 1", Role: "host"})
		}, sent{"GET", "/v2/active-rooms/r1/peers?role=host&user_id=u+1", ""}},
		{"Peers", "peer/none", "peers", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.Peers(ctx, "r1", hms.PeerQuery{})
		}, sent{"GET", "/v2/active-rooms/r1/peers", ""}},
		{"Peer", "peer/got", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.Peer(ctx, "r1", "p1")
		}, sent{"GET", "/v2/active-rooms/r1/peers/p1", ""}},
		{"UpdatePeer", "peer/got", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.UpdatePeer(ctx, "r1", "p1", hms.PeerParams{Name: "Noor", Metadata: new("")})
		}, sent{"POST", "/v2/active-rooms/r1/peers/p1", `{"name":"Noor","metadata":""}`}},
		{"SendMessage", "active_room/acknowledged", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return done(c.SendMessage(ctx, "r1", hms.MessageParams{Message: "hi", PeerID: "p1", Type: "chat"}))
		}, sent{"POST", "/v2/active-rooms/r1/send-message", `{"message":"hi","peer_id":"p1","type":"chat"}`}},
		{"RemovePeers", "active_room/acknowledged", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return done(c.RemovePeers(ctx, "r1", hms.RemoveParams{Role: "guest", Reason: "late"}))
		}, sent{"POST", "/v2/active-rooms/r1/remove-peers", `{"role":"guest","reason":"late"}`}},
		{"EndRoom", "active_room/acknowledged", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return done(c.EndRoom(ctx, "r1", hms.EndParams{Reason: "over", Lock: new(false)}))
		}, sent{"POST", "/v2/active-rooms/r1/end-room", `{"reason":"over","lock":false}`}},
		{"EndRoom", "active_room/acknowledged", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return done(c.EndRoom(ctx, "r1", hms.EndParams{}))
		}, sent{"POST", "/v2/active-rooms/r1/end-room", `{}`}},

		{"ListSessions", "session/list", "", func(ctx context.Context, c *hms.Client) (any, error) {
			page, err := c.ListSessions(ctx, hms.SessionQuery{
				Active: new(false), RoomID: "r1", After: noon, Before: noon.Add(1), Limit: 30, Start: "s9",
			})
			return listed("data", page, err)
		}, sent{"GET", "/v2/sessions?active=false&after=2026-03-01T12%3A00%3A00.000Z&before=2026-03-01T12%3A00%3A00.001Z" +
			"&limit=30&room_id=r1&start=s9", ""}},
		{"Session", "session/got", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.Session(ctx, "s1")
		}, sent{"GET", "/v2/sessions/s1", ""}},

		{"CreateStreamKey", "stream_key/created", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.CreateStreamKey(ctx, "r1")
		}, sent{"POST", "/v2/stream-keys/room/r1", `{}`}},
		{"StreamKey", "stream_key/list", "data", func(ctx context.Context, c *hms.Client) (any, error) {
			key, err := c.StreamKey(ctx, "r1")
			return []any{key}, err
		}, sent{"GET", "/v2/stream-keys/room/r1", ""}},
		{"DisableStreamKey", "stream_key/disabled", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return done(c.DisableStreamKey(ctx, "r1"))
		}, sent{"POST", "/v2/stream-keys/room/r1/disable", `{}`}},
	}
	for _, tc := range cases {
		t.Run(tc.op, tc.run)
	}
}

func TestRecordingCases(t *testing.T) {
	const link = "https://lab.app.100ms.live/preview/r1/observer"
	size := &hms.Resolution{Width: 1080, Height: 1920}
	cases := []wireCase{
		{"StartRecording", "recording/started", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.StartRecording(ctx, "r1", hms.RecordingParams{
				MeetingURL: link, Resolution: size, Destination: "main", AudioOnly: new(false), Transcription: speech,
			})
		}, sent{"POST", "/v2/recordings/room/r1/start", `{"meeting_url":"` + link + `","resolution":{"width":1080,` +
			`"height":1920},"destination":"main","audio_only":false,"transcription":` + speechJSON + `}`}},
		{"StartRecording", "recording/started", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.StartRecording(ctx, "r1", hms.RecordingParams{})
		}, sent{"POST", "/v2/recordings/room/r1/start", `{}`}},
		{"StopRoomRecordings", "recording/stopped_all", "data", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.StopRoomRecordings(ctx, "r1")
		}, sent{"POST", "/v2/recordings/room/r1/stop", `{}`}},
		{"StopRecording", "recording/stopped", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.StopRecording(ctx, "j1")
		}, sent{"POST", "/v2/recordings/j1/stop", `{}`}},
		{"PauseRoomRecording", "recording/paused", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.PauseRoomRecording(ctx, "r1")
		}, sent{"POST", "/v2/recordings/room/r1/pause", `{}`}},
		{"ResumeRoomRecording", "recording/paused", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.ResumeRoomRecording(ctx, "r1")
		}, sent{"POST", "/v2/recordings/room/r1/resume", `{}`}},
		{"Recording", "recording/got", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.Recording(ctx, "j1")
		}, sent{"GET", "/v2/recordings/j1", ""}},
		{"ListRecordings", "recording/list", "", func(ctx context.Context, c *hms.Client) (any, error) {
			page, err := c.ListRecordings(ctx, jobs)
			return listed("data", page, err)
		}, sent{"GET", "/v2/recordings" + jobsURL, ""}},
		{"ListAssets", "asset/list", "", func(ctx context.Context, c *hms.Client) (any, error) {
			page, err := c.ListAssets(ctx, hms.AssetQuery{
				RoomID: "r1", SessionID: "s1", Status: hms.AssetFailed, Type: hms.AssetTrack, Limit: 20, Start: "a9",
			})
			return listed("data", page, err)
		}, sent{"GET", "/v2/recording-assets?asset_type=track&limit=20&room_id=r1&session_id=s1&start=a9&status=failed", ""}},
		{"Asset", "asset/got", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.Asset(ctx, "a1")
		}, sent{"GET", "/v2/recording-assets/a1", ""}},
		{"PresignedURL", "asset/presigned_url", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.PresignedURL(ctx, "a1", 90*time.Minute+time.Millisecond)
		}, sent{"GET", "/v2/recording-assets/a1/presigned-url?presign_duration=5401", ""}},
		{"PresignedURL", "asset/presigned_url", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.PresignedURL(ctx, "a1", 0)
		}, sent{"GET", "/v2/recording-assets/a1/presigned-url", ""}},

		{"StartLiveStream", "live_stream/started", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.StartLiveStream(ctx, "r1", hms.LiveStreamParams{
				MeetingURL: link, Recording: &hms.LiveStreamRecording{HLSVOD: true}, Destination: "web",
				Transcription: &hms.TranscriptionParams{Modes: []hms.TranscriptionMode{hms.TranscribeRecorded, hms.TranscribeLive}},
			})
		}, sent{"POST", "/v2/live-streams/room/r1/start", `{"meeting_url":"` + link + `","recording":{"hls_vod":true,` +
			`"single_file_per_layer":false},"destination":"web","transcription":{"modes":["recorded","live"]}}`}},
		{"StopLiveStream", "live_stream/stopped", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.StopLiveStream(ctx, "j1")
		}, sent{"POST", "/v2/live-streams/j1/stop", `{}`}},
		{"LiveStream", "live_stream/got", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.LiveStream(ctx, "j1")
		}, sent{"GET", "/v2/live-streams/j1", ""}},
		{"ListLiveStreams", "live_stream/list", "", func(ctx context.Context, c *hms.Client) (any, error) {
			page, err := c.ListLiveStreams(ctx, jobs)
			return listed("data", page, err)
		}, sent{"GET", "/v2/live-streams" + jobsURL, ""}},
		{"SendTimedMetadata", "live_stream/running", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.SendTimedMetadata(ctx, "j1", hms.TimedMetadata{Payload: "quiz", Duration: 5})
		}, sent{"POST", "/v2/live-streams/j1/timed-metadata", `{"payload":"quiz","duration":5}`}},
		{"PauseLiveStreamRecording", "live_stream/running", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.PauseLiveStreamRecording(ctx, "j1")
		}, sent{"POST", "/v2/live-streams/j1/pause-recording", `{}`}},
		{"ResumeLiveStreamRecording", "live_stream/running", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.ResumeLiveStreamRecording(ctx, "j1")
		}, sent{"POST", "/v2/live-streams/j1/resume-recording", `{}`}},

		{"StartExternalStream", "external_stream/started", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.StartExternalStream(ctx, "r1", hms.ExternalStreamParams{
				RTMPURLs: []string{"rtmp://b.example.net/in/k2"}, MeetingURL: link, Recording: new(false), Resolution: size, Destination: "two",
			})
		}, sent{"POST", "/v2/external-streams/room/r1/start", `{"rtmp_urls":["rtmp://b.example.net/in/k2"],"meeting_url":"` +
			link + `","recording":false,"resolution":{"width":1080,"height":1920},"destination":"two"}`}},
		{"StopExternalStream", "external_stream/stopped", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.StopExternalStream(ctx, "j1")
		}, sent{"POST", "/v2/external-streams/j1/stop", `{}`}},
		{"ExternalStream", "external_stream/got", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.ExternalStream(ctx, "j1")
		}, sent{"GET", "/v2/external-streams/j1", ""}},
		{"ListExternalStreams", "external_stream/list", "", func(ctx context.Context, c *hms.Client) (any, error) {
			page, err := c.ListExternalStreams(ctx, jobs)
			return listed("data", page, err)
		}, sent{"GET", "/v2/external-streams" + jobsURL, ""}},
	}
	for _, tc := range cases {
		t.Run(tc.op, tc.run)
	}
}
