package hms_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

// Answers that say the same in another way than the examples, and how they are written then.
func TestLenientAnswers(t *testing.T) {
	cases := []struct {
		name       string
		kind       any
		body, want string // want: the body after reading and writing, as far as the two differ from the zero value
	}{
		{"peers as a list", hms.Session{}, `{"id":"s","peers":[{"id":"a","name":"A"},{"id":"b","left_at":null}]}`, `{"id":"s","peers":{"a":{"id":"a","name":"A"},"b":{"id":"b"}}}`},
		{"no peers", hms.Session{}, `{"id":"s","peers":null,"created_at":""}`, `{"id":"s"}`},
		{"tracks as a list", hms.Peer{}, `{"id":"p","tracks":[{"id":"t","type":"hologram"}]}`, `{"id":"p","tracks":{"t":{"id":"t","type":"hologram"}}}`},
		{"unknown status", hms.Recording{}, `{"id":"j","status":"napping"}`, `{"id":"j","status":"napping"}`},
		{"zero times", hms.Recording{}, `{"id":"j","started_at":"0001-01-01T00:00:00Z","stopped_at":""}`, `{"id":"j"}`},
		{"nine decimals", hms.Recording{}, `{"id":"j","started_at":"2026-01-02T03:04:05.000000007Z"}`, `{"id":"j","started_at":"2026-01-02T03:04:05.000000007Z"}`},
		{"another zone", hms.Recording{}, `{"id":"j","stopped_at":"2026-01-02T05:04:05+02:00"}`, `{"id":"j","stopped_at":"2026-01-02T03:04:05Z"}`},
		{"no assets yet", hms.Recording{}, `{"id":"j","recording_assets":[]}`, `{"id":"j","recording_assets":[]}`},
		{"quoted numbers", hms.Asset{}, `{"id":"a","size":"12","duration":"61"}`, `{"id":"a","size":12,"duration":61}`},
		{"no numbers", hms.Asset{}, `{"id":"a","size":"","duration":null,"thumbnails":null,"metadata":null}`, `{"id":"a"}`},
		{"layers as numbers", hms.Asset{}, `{"id":"a","metadata":{"layer":0,"num_layers":3,"max_width":640.0}}`, `{"id":"a","metadata":{"layer":"0","num_layers":"3","max_width":640}}`},
		{"live recording as a bool", hms.LiveStream{}, `{"id":"j","recording":true}`, `{"id":"j","recording":{"hls_vod":false,"single_file_per_layer":false}}`},
		{"live recording off", hms.LiveStream{}, `{"id":"j","recording":false}`, `{"id":"j"}`},
		{"external recording as an object", hms.ExternalStream{}, `{"id":"j","recording":{"hls_vod":false,"single_file_per_layer":true}}`, `{"id":"j","recording":true}`},
		{"external recording null", hms.ExternalStream{}, `{"id":"j","recording":null,"resolution":null,"rtmp_urls":null}`, `{"id":"j"}`},
		{"attachment as an address", hms.PollQuestion{}, `{"index":1,"attachment":["https://a.example.net"]}`, `{"index":1,"attachment":[{"url":"https://a.example.net"}]}`},
		{"no questions", hms.Poll{}, `{"id":"q","questions":null,"duration":3.0}`, `{"id":"q","duration":3}`},
		{"one option", hms.PollResponse{}, `{"id":"x","option":2}`, `{"id":"x","options":[2]}`},
		{"options", hms.PollResponse{}, `{"id":"x","options":[2,3],"option":null,"duration":"5"}`, `{"id":"x","options":[2,3],"duration":5}`},
		{"right options", hms.PollAnswer{}, `{"options":null}`, `{}`},
		{"no statistics", hms.PeerStats{}, `{"peer_id":"p","publisher":null,"subscriber":{"video":null}}`, `{"peer_id":"p"}`},
		{"no webhooks", hms.WebhookPage{}, `{"events":null,"pagination":null,"summary":{"total_events":0.0}}`, `{"events":[]}`},
		{"no result", hms.ReplayRun{}, `{"workflow_id":"w","status":"Terminated","progress":null,"filters":null}`, `{"workflow_id":"w","status":"Terminated"}`},
		{"an event of a new kind", hms.Event{}, `{"id":"e","type":"moon.rise","data":[1]}`, `{"id":"e","type":"moon.rise","data":[1]}`},
		{"a key without dates", hms.StreamKey{}, `{"id":"k","created_at":null,"new":{}}`, `{"id":"k"}`},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			got := reflect.New(reflect.TypeOf(tc.kind))
			if err := json.Unmarshal([]byte(tc.body), got.Interface()); err != nil {
				t.Fatal(err)
			}
			// The wanted text is read too, so that it needs no zero values; it holds nothing that is read leniently.
			want := reflect.New(reflect.TypeOf(tc.kind))
			if err := json.Unmarshal([]byte(tc.want), want.Interface()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(encoded(t, want.Interface()), encoded(t, got.Interface())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnswersThatMakeNoSense(t *testing.T) {
	cases := map[string]any{
		`{"id":"s","peers":"many"}`:                   hms.Session{},
		`{"id":"s","peers":[5]}`:                      hms.Session{},
		`{"id":"a","size":"large"}`:                   hms.Asset{},
		`{"id":"a","size":1.5}`:                       hms.Asset{},
		`{"id":"a","metadata":{"layer":{}}}`:          hms.Asset{},
		`{"id":"j","started_at":"soon"}`:              hms.Recording{},
		`{"id":"j","recording":"yes"}`:                hms.LiveStream{},
		`{"id":"j","recording":{"hls_vod":"yes"}}`:    hms.ExternalStream{},
		`{"id":"x","options":{"a":1}}`:                hms.PollResponse{},
		`{"index":1,"attachment":[5]}`:                hms.PollQuestion{},
		`{"token":"t","expires_at":"tomorrow"}`:       hms.AuthToken{},
		`{"workflow_id":"w","filters":{"limit":"x"}}`: hms.ReplayRun{},
	}
	for body, kind := range cases {
		if err := json.Unmarshal([]byte(body), reflect.New(reflect.TypeOf(kind)).Interface()); err == nil {
			t.Errorf("%s was read", body)
		}
	}
}

// A poll that is read and written again is the same, without its id.
func TestPollParamsKeepAll(t *testing.T) {
	var poll hms.Poll
	if err := json.Unmarshal([]byte(example(t, "poll/got")), &poll); err != nil {
		t.Fatal(err)
	}
	want, _ := plain(t, []byte(example(t, "poll/got"))).(map[string]any)
	delete(want, "id")
	if diff := cmp.Diff(any(want), encoded(t, poll.Params())); diff != "" {
		t.Error(diff)
	}
}

func TestEventData(t *testing.T) {
	event := func(name string) hms.Event { return hms.Event{Data: []byte(example(t, name))} }
	track, err := event("analytics/track_removed").Track()
	if err != nil || track.StoppedAt.IsZero() || track.Source != hms.SourceRegular {
		t.Errorf("got %+v, %v", track, err)
	}
	recording, err := event("analytics/recording").Recording()
	if err != nil || recording.Size == 0 || len(recording.RTMP) != 1 {
		t.Errorf("got %+v, %v", recording, err)
	}
	failure, err := event("analytics/join_failed").ClientError()
	if err != nil || !failure.IsTerminal || failure.RetriesJoin == nil {
		t.Errorf("got %+v, %v", failure, err)
	}
	if _, err := (hms.Event{}).Track(); err == nil {
		t.Error("data that isn't there was read")
	}
}

// FuzzAnswers reads anything as everything: what is accepted can be written, and reads the same again.
func FuzzAnswers(f *testing.F) {
	for name := range documented {
		f.Add([]byte(example(f, name)))
	}
	for _, seed := range []string{`null`, `[]`, `{`, `{"peers":[{"id":"a"},{"id":"a"}]}`, `{"size":"1e3","recording":{"a":true}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, kind := range documented {
			value := reflect.New(reflect.TypeOf(kind))
			if json.Unmarshal(body, value.Interface()) != nil {
				continue
			}
			text, err := json.Marshal(value.Interface())
			if err != nil {
				t.Fatalf("%T can't be written: %v", kind, err)
			}
			again := reflect.New(reflect.TypeOf(kind))
			if err := json.Unmarshal(text, again.Interface()); err != nil {
				t.Fatalf("our own %T %s: %v", kind, text, err)
			}
			if once, err := json.Marshal(again.Interface()); err != nil || string(once) != string(text) {
				t.Errorf("%T is not stable: %s, then %s", kind, text, once)
			}
		}
	})
}
