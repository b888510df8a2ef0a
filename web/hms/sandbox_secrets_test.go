package hms_test

import (
	"context"
	"encoding/json"
	"testing"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// secretDeeds send secrets, each with those of its request.
var secretDeeds = []struct {
	name    string
	do      func(ctx context.Context, a *account) error
	secrets []string
}{
	{"make a room", func(ctx context.Context, a *account) error {
		params := fullParams()
		params.Webhook = &hms.Webhook{URL: "https://hooks.example.org/in?k=url-secret-1", Headers: map[string]string{"X-Auth": "header-secret-2"}}
		_, err := a.CreateRoom(ctx, params)
		return err
	}, []string{"AKIATEST", "test-secret", "url-secret-1", "header-secret-2"}},
	{"change a room", func(ctx context.Context, a *account) error {
		_, err := a.UpdateRoom(ctx, absentID, hms.RoomParams{RecordingInfo: fullParams().RecordingInfo})
		return err
	}, []string{"AKIATEST", "test-secret"}},
	{"exchange a code", func(ctx context.Context, a *account) error {
		_, err := a.ExchangeRoomCode(ctx, "abc-defg-hij", "u")
		return err
	}, []string{"abc-defg-hij"}},
	{"make a template", func(ctx context.Context, a *account) error {
		_, err := a.CreateTemplate(ctx, twoRoles("t"))
		return err
	}, []string{"AKIATEST", "test-secret"}},
	{"change a template", func(ctx context.Context, a *account) error {
		_, err := a.UpdateTemplate(ctx, absentID, twoRoles("t"))
		return err
	}, []string{"AKIATEST", "test-secret"}},
	{"change settings", func(ctx context.Context, a *account) error {
		_, err := a.UpdateTemplateSettings(ctx, absentID, twoRoles("t").Settings)
		return err
	}, []string{"AKIATEST", "test-secret"}},
	{"change destinations", func(ctx context.Context, a *account) error {
		_, err := a.UpdateDestinations(ctx, absentID, hms.Destinations{RTMP: map[string]hms.RTMPDestination{
			"tube": {Name: "tube", URLs: []hms.StreamURL{"rtmp://a.example.org/live/key-000001"}},
		}})
		return err
	}, []string{"key-000001"}},
	{"record", func(ctx context.Context, a *account) error {
		_, err := a.StartRecording(ctx, absentID, hms.RecordingParams{MeetingURL: beamPage})
		return err
	}, []string{"page-token-000001"}},
	{"stream live", func(ctx context.Context, a *account) error {
		_, err := a.StartLiveStream(ctx, absentID, hms.LiveStreamParams{MeetingURL: beamPage})
		return err
	}, []string{"page-token-000001"}},
	{"stream elsewhere", func(ctx context.Context, a *account) error {
		params := hms.ExternalStreamParams{MeetingURL: beamPage, RTMPURLs: []string{"rtmp://a.example.org/x/key-000001"}}
		_, err := a.StartExternalStream(ctx, absentID, params)
		return err
	}, []string{"page-token-000001", "key-000001"}},
	{"make a trunk", func(ctx context.Context, a *account) error {
		_, err := a.CreateTrunk(ctx, hms.TrunkParams{Password: "trunk-password"})
		return err
	}, []string{"trunk-password"}},
	{"change a trunk", func(ctx context.Context, a *account) error {
		_, err := a.UpdateTrunk(ctx, absentID, hms.TrunkParams{Password: "trunk-password"})
		return err
	}, []string{"trunk-password"}},
	{"call", func(ctx context.Context, a *account) error {
		_, err := a.Call(ctx, hms.CallParams{RoomCode: "abc-defg-hij", Headers: map[string]string{"X-Pin": "header-secret-2"}})
		return err
	}, []string{"abc-defg-hij", "header-secret-2"}},
	{"send digits", func(ctx context.Context, a *account) error {
		return a.SendDTMF(ctx, hms.AuthToken{Token: "eyJ.auth.token"}, "907351")
	}, []string{"eyJ.auth.token", "907351"}},
}

// TestSandboxEchoesSecrets: what the API repeats of a request's secrets must not get into an error, in whichever shape it comes.
func TestSandboxEchoesSecrets(t *testing.T) {
	for _, d := range secretDeeds {
		t.Run(d.name, func(t *testing.T) {
			scene{run: func(a *account) {
				echo := append([]string{"got"}, d.secrets...)
				for _, answer := range []map[string]any{
					{"code": 400, "message": "Invalid body param", "details": echo},
					{"code": 404, "message": echo[1], "data": map[string]any{"description": echo[1]}},
					{"error": echo},
				} {
					body := must(json.Marshal(answer))
					a.api.FailNext(sandbox.Fault{Status: 400, Body: string(body)})
					a.api.FailNext(sandbox.Fault{Status: 200, Body: string(body)})
					for range 2 {
						failed := asError(t, d.do(t.Context(), a))
						checkSecrets(t, failed, d.secrets...)
						a.contains("it says that something is hidden", failed.Error(), "[hidden]")
					}
				}
			}}.play(newAccount(t, sandbox.Options{}))
		})
	}
}
