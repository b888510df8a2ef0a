package hms_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

func TestDocumentedRefusals(t *testing.T) {
	cases := []struct {
		op       string
		status   int
		text     string
		notFound bool
	}{
		{"CreateRoomCodes", 404, "Room not found", true},
		{"ListRoomCodes", 403, "Room is disabled", false},
		{"ListRoomCodes", 404, "Role not found", true},
		{"ListRoomCodes", 400, "Invalid query parameter", false},
		{"CreateRoomCode", 404, "Role not found", true},
		{"SetRoomCodeEnabled", 404, "Code not found", true},
		{"SetRoomCodeEnabled", 403, "Code can not be enabled (role/room does not exist)", false},
		{"SetRoomCodeEnabled", 400, "Invalid body parameter", false},
		{"ExchangeRoomCode", 403, "room is not active", false},
		{"CreateStreamKey", 400, "Active key already exists", false},
		{"CreateStreamKey", 403, "Room is disabled (not active)", false},
		{"CreateStreamKey", 404, "Room not found", true},
		{"StreamKey", 404, "No active key found", true},
		{"DisableStreamKey", 404, "Key not found", true},
		{"Session", 404, "Error: Session not found", true},
		{"ActiveRoom", 404, "room not active", true},
		{"EndRoom", 404, "session not found", true},
		{"StartRecording", 409, "beam already started", false},
		{"StartRecording", 400, "invalid input", false},
		{"StartRecording", 403, "user does not have required permission", false},
		{"StartRecording", 500, "hipaa enabled: recording config is not provided", false},
		{"StopRoomRecordings", 404, "beam not found", true},
		{"StopRoomLiveStreams", 404, "hls not running", true},
		{"ListWebhookEvents", 400, "start_time must be within the last 30 days", false},
		{"ListWebhookEvents", 400, "end_time must be within 14 days after start_time", false},
		{"ReplayWebhookEvents", 503, "webhook replay service unavailable", false},
		{"WebhookReplay", 404, "workflow not found", true},
		{"Call", 408, "timed out", false},
		{"Call", 400, "to is mandatory", false},
		{"SendDTMF", 400, "invalid digit", false},
		{"SendDTMF", 400, "digits are mandatory", false},
	}
	for _, tc := range cases {
		t.Run(tc.op+" "+tc.text, func(t *testing.T) {
			body := fmt.Sprintf(`{"code":%d,"message":%q}`, tc.status, tc.text)
			_, err := callOperation(t.Context(), serve(t, reply(tc.status, "application/json", body)), tc.op)
			failed := asError(t, err)
			if failed.Status != tc.status || failed.Message != tc.text || failed.IsAuth() {
				t.Errorf("got %+v", failed)
			}
			if errors.Is(err, hms.ErrNotFound) != tc.notFound {
				t.Errorf("not found: %t", !tc.notFound)
			}
		})
	}
}

func TestPermissionsOfAnalytics(t *testing.T) {
	client := serve(t, reply(http.StatusForbidden, "application/json", `{"code":403,"message":"insufficient permissions"}`))
	if _, err := client.ListWebhookEvents(t.Context(), hms.WebhookQuery{}); !asError(t, err).IsAuth() {
		t.Errorf("got %v", err)
	}
}

// What was stopped and what went wrong both reach the caller.
func TestStopAllInPart(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		name := "live_stream/stopped_all"
		if strings.Contains(r.URL.Path, "external") {
			name = "external_stream/stopped_all"
		}
		io.WriteString(w, example(t, name))
	})
	live, err := client.StopRoomLiveStreams(t.Context(), "r1")
	failed := asError(t, err)
	if failed.Status != 200 || failed.Message != "stream 66f1d0a1c4d5e6f708192000: internal error" || !failed.MaybeDone() || failed.Err != nil {
		t.Errorf("got %+v", failed)
	}
	if len(live) != 1 || live[0].Status != hms.JobStopping {
		t.Errorf("got %+v", live)
	}
	external, err := client.StopRoomExternalStreams(t.Context(), "r1")
	if asError(t, err).Status != 200 || len(external) != 1 || external[0].ID != "66f1e0b2c4d5e6f708193001" {
		t.Errorf("got %+v, %v", external, err)
	}
}

func TestStopAllAnswers(t *testing.T) {
	cases := []struct {
		name, body string
		stopped    int
		fails      bool
		beneath    bool // a failure to read what was stopped
	}{
		{"all", `{"data":[{"id":"a"},{"id":"b"}],"limit":10,"last":"b"}`, 2, false, false},
		{"empty error", `{"error":"","data":[{"id":"a"}],"limit":10,"last":"a"}`, 1, false, false},
		{"null error", `{"error":null,"data":[{"id":"a"}],"limit":10,"last":"a"}`, 1, false, false},
		{"none", `{"data":null,"limit":10,"last":""}`, 0, false, false},
		{"error and none", `{"error":"no","data":null}`, 0, true, false},
		{"error alone", `{"error":"no"}`, 0, true, false},
		{"error and nonsense", `{"error":"no","data":[{"id":5}]}`, 0, true, true},
		{"refused within", `{"code":500,"message":"no"}`, 0, true, false},
		{"nothing", `{}`, 0, true, true},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			client := serve(t, reply(http.StatusOK, "application/json", tc.body))
			live, err := client.StopRoomLiveStreams(t.Context(), "r1")
			if len(live) != tc.stopped || (err != nil) != tc.fails {
				t.Fatalf("got %v, %v", live, err)
			}
			if tc.fails && (asError(t, err).Err != nil) != tc.beneath {
				t.Errorf("got %+v", asError(t, err))
			}
		})
	}
}

// Each secret that goes out comes back in a refusal, and must not be in its texts.
func TestSecretsOfResourcesAreMasked(t *testing.T) {
	const link = "https://lab.app.100ms.live/x?skip_preview=true&auth_token=canary-link"
	calls := map[string]func(context.Context, *hms.Client) error{
		"recording": func(ctx context.Context, c *hms.Client) error {
			_, err := c.StartRecording(ctx, "r1", hms.RecordingParams{MeetingURL: link})
			return err
		},
		"live stream": func(ctx context.Context, c *hms.Client) error {
			_, err := c.StartLiveStream(ctx, "r1", hms.LiveStreamParams{MeetingURL: link})
			return err
		},
		"external stream": func(ctx context.Context, c *hms.Client) error {
			_, err := c.StartExternalStream(ctx, "r1", hms.ExternalStreamParams{
				MeetingURL: link, RTMPURLs: []string{"rtmp://a.example.net/live/canary-1", "rtmps://b.example.net/in?key=canary-2"},
			})
			return err
		},
		"trunk": func(ctx context.Context, c *hms.Client) error {
			_, err := c.CreateTrunk(ctx, hms.TrunkParams{Password: "canary-password"})
			return err
		},
		"trunk again": func(ctx context.Context, c *hms.Client) error {
			_, err := c.UpdateTrunk(ctx, "k1", hms.TrunkParams{Password: "canary-password"})
			return err
		},
		"call": func(ctx context.Context, c *hms.Client) error {
			_, err := c.Call(ctx, hms.CallParams{RoomCode: "canary-code", Headers: map[string]string{"X-A": "canary-header"}})
			return err
		},
		"tones": func(ctx context.Context, c *hms.Client) error {
			return c.SendDTMF(ctx, hms.AuthToken{Token: "canary-token"}, "4711")
		},
		"exchange": func(ctx context.Context, c *hms.Client) error {
			_, err := c.ExchangeRoomCode(ctx, "canary-code", "")
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				w.WriteHeader(http.StatusBadRequest)
				said := strings.NewReplacer(`"`, " ", `\u0026`, "&").Replace(string(body))
				fmt.Fprintf(w, `{"message":%q,"details":[%q,"4711"]}`, said, r.Header.Get("Authorization"))
			})
			err := call(t.Context(), client)
			texts := strings.Join(asError(t, err).Texts(), "\n") + err.Error()
			if strings.Contains(texts, "canary") || name == "tones" && strings.Contains(texts, "4711") {
				t.Errorf("got %s", texts)
			}
			if !strings.Contains(texts, "[hidden]") {
				t.Errorf("nothing was masked: %s", texts)
			}
		})
	}
}

// Types that hold a secret print without it, by themselves and within others.
func TestSecretTypesPrintWithoutTheirSecrets(t *testing.T) {
	const canary = "canary-secret"
	job := hms.Job{ID: "j1", Status: hms.JobRunning, MeetingURL: "https://x?auth_token=" + canary}
	secrets := []any{
		hms.AuthToken{Token: canary, RoomID: "r1"},
		hms.StreamKey{ID: "k1", Key: canary},
		hms.PresignedURL{ID: "a1", URL: canary},
		job,
		hms.Recording{Job: job},
		hms.LiveStream{Job: job},
		hms.ExternalStream{Job: job, RTMPURLs: []string{canary}},
		hms.ExternalStreamParams{RTMPURLs: []string{canary}, MeetingURL: canary},
		hms.RecordingParams{MeetingURL: canary},
		hms.LiveStreamParams{MeetingURL: canary},
		hms.TrunkParams{Address: "a", Password: canary},
		hms.CallParams{Headers: map[string]string{"X-A": canary}},
		hms.Event{ID: "e1", Data: []byte(`"` + canary + `"`)},
		hms.RecordingEvent{BeamID: "b1", RecordingPresignedURL: canary, RTMP: []hms.RTMPAddress{{URL: canary}}},
		hms.WebhookPayload{OriginalEventName: "n", WebhookURL: canary},
		hms.WebhookEvent{Payload: hms.WebhookPayload{WebhookURL: canary}},
	}
	for _, value := range secrets {
		var log strings.Builder
		if _, ok := value.(slog.LogValuer); ok {
			slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
		}
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		text := fmt.Sprintf("%v %+v %#v %s %v %#v", value, value, value, value, []any{value}, struct{ V any }{value}) + log.String()
		if strings.Contains(text, canary) {
			t.Errorf("%T shows its secret: %s", value, text)
		}
		if slices.Contains([]string{"", "<nil>"}, fmt.Sprint(value)) {
			t.Errorf("%T says nothing", value)
		}
	}
}

func TestAnswersWithoutWhatTheyShouldHold(t *testing.T) {
	client := serve(t, reply(http.StatusOK, "application/json", `{"name":"x"}`))
	silent := []string{ // an answer of any words, or of none, will do
		"SendMessage", "RemovePeers", "EndRoom", "DisableStreamKey", "DeletePollQuestion", "DeletePollOption", "SendDTMF",
	}
	for _, op := range hms.Operations() {
		if strings.Contains(op.Path, "template") {
			continue // their own tests tell
		}
		_, err := callOperation(t.Context(), client, op.Name)
		if want := !slices.Contains(silent, op.Name); want != (err != nil) {
			t.Errorf("%s: %v", op.Name, err)
		}
	}
	page := serve(t, reply(http.StatusOK, "text/html", `<html>sign in</html>`))
	for _, name := range silent {
		if _, err := callOperation(t.Context(), page, name); err == nil {
			t.Errorf("%s took a web page for an answer", name)
		}
	}
	null := serve(t, reply(http.StatusOK, "application/json", `null`))
	if _, err := callOperation(t.Context(), null, "SendMessage"); err == nil {
		t.Error("SendMessage took null for an answer")
	}
}

// A 200 whose list is empty says "none" as well as a 404.
func TestNoKeyAndNoSession(t *testing.T) {
	cases := map[string]string{
		"empty":        `{"data":[],"last":""}`,
		"null":         `{"limit":10,"data":null}`,
		"disabled key": `{"data":[{"id":"k1","enabled":false}],"last":"k1"}`,
		"other room":   `{"data":[{"id":"s1","room_id":"other","active":true}],"last":"s1"}`,
		"ended":        `{"data":[{"id":"s1","room_id":"r1","active":false}],"last":"s1"}`,
	}
	for name, body := range cases {
		client := serve(t, reply(http.StatusOK, "application/json", body))
		if _, err := client.StreamKey(t.Context(), "r1"); !errors.Is(err, hms.ErrNotFound) {
			t.Errorf("%s: StreamKey: %v", name, err)
		}
		if _, err := client.ActiveSession(t.Context(), "r1"); !errors.Is(err, hms.ErrNotFound) {
			t.Errorf("%s: ActiveSession: %v", name, err)
		}
	}
	body := `{"data":[{"id":"s1","room_id":"r1","active":false},{"id":"s2","room_id":"r1","active":true}],"last":"s2"}`
	session, err := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if diff := cmp.Diff("active=true&room_id=r1", r.URL.RawQuery); diff != "" {
			t.Error(diff)
		}
		io.WriteString(w, body)
	}).ActiveSession(t.Context(), "r1")
	if err != nil || session.ID != "s2" {
		t.Errorf("got %v, %v", session, err)
	}
}

// slowly answers after a while, by the clock of a synctest bubble.
type slowly time.Duration

func (s slowly) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(time.Duration(s)):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: http.StatusOK, Request: r, Body: io.NopCloser(strings.NewReader(`{"id":"c1"}`))}, nil
}

// A call rings for longer than other requests may take.
func TestCallIsPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := hms.New(hms.Config{
			BaseURL: "http://api.test/v2", AccessKey: testKey, Secret: testSecret, Tries: 1,
			HTTP: &http.Client{Transport: slowly(time.Minute)},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Recording(t.Context(), "j1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if call, err := client.Call(t.Context(), hms.CallParams{}); err != nil || call.ID != "c1" {
			t.Errorf("got %v, %v", call, err)
		}
	})
}
