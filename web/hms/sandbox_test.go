package hms_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// withSandbox returns a client and the sandbox it talks to over HTTP.
func withSandbox(t *testing.T, change ...func(*hms.Config)) (*hms.Client, *sandbox.Server) {
	t.Helper()
	api, err := sandbox.New(sandbox.Options{AccessKey: testKey, Secret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(func() {
		server.Close()
		if err := api.Close(); err != nil {
			t.Error(err)
		}
	})
	cfg := hms.Config{BaseURL: server.URL + "/v2", AccessKey: testKey, Secret: testSecret}
	for _, f := range change {
		f(&cfg)
	}
	client, err := hms.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client, api
}

// fullParams is a room with everything that a room can have.
func fullParams() hms.RoomParams {
	return hms.RoomParams{
		Name: "chemistry-2b", Description: new("Tuesdays"), Region: "us", LargeRoom: new(true), Size: new(5000), MaxDurationSeconds: new(5400),
		RecordingInfo: &hms.RecordingInfo{Enabled: true, UploadInfo: &hms.UploadInfo{
			Type: "s3", Location: "lectures", Prefix: "chem", Options: &hms.UploadOptions{Region: "eu-west-3"},
			Credentials: &hms.Credentials{Key: "AKIATEST", Secret: "test-secret"},
		}},
		Webhook: &hms.Webhook{URL: "https://hooks.example.org/in", Headers: map[string]string{"X-Auth": "v"}},
		Polls:   []string{"65a1c0ded5e6f70819200001"},
	}
}

func TestSandboxRooms(t *testing.T) {
	client, _ := withSandbox(t)
	ctx := t.Context()
	params := fullParams()
	made, err := client.CreateRoom(ctx, params)
	if err != nil {
		t.Fatal(err)
	}
	want := hms.Room{
		ID: made.ID, Name: params.Name, Enabled: true, Description: "Tuesdays", CustomerID: made.CustomerID, AppID: made.AppID,
		RecordingInfo: params.RecordingInfo, TemplateID: made.TemplateID, Template: made.Template, Region: "us", Size: 5000,
		LargeRoom: true, MaxDurationSeconds: 5400, Polls: params.Polls, Webhook: params.Webhook,
		CreatedAt: made.CreatedAt, UpdatedAt: made.UpdatedAt,
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Error(diff)
	}
	if made.TemplateID == "" || made.CreatedAt.IsZero() {
		t.Errorf("got %+v", made)
	}

	got, err := client.Room(ctx, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.RecordingInfo.UploadInfo.Credentials != nil {
		t.Error("reading a room shows its credentials")
	}
	if !slices.Equal(got.Polls, params.Polls) || got.MaxDurationSeconds != 5400 {
		t.Errorf("got %+v", got)
	}

	again, err := client.CreateRoom(ctx, hms.RoomParams{Name: strings.ToUpper(params.Name), Description: new("Fridays")})
	if err != nil || again.ID != made.ID || again.Description != "Fridays" {
		t.Errorf("creating over the name: %+v, %v", again, err)
	}
	off, err := client.SetRoomEnabled(ctx, made.ID, false)
	if err != nil || off.Enabled {
		t.Errorf("disabling: %+v, %v", off, err)
	}
	found, err := client.FindRoom(ctx, "Chemistry-2B")
	if err != nil || found.ID != made.ID || found.Enabled {
		t.Errorf("finding the disabled room: %+v, %v", found, err)
	}
	updated, err := client.UpdateRoom(ctx, made.ID, hms.RoomParams{Region: "in", Enabled: new(true)})
	if err != nil || updated.Region != "in" || !updated.Enabled || updated.Size != 5000 {
		t.Errorf("updating: %+v, %v", updated, err)
	}
	if _, err := client.FindRoom(ctx, "chemistry-2"); !errors.Is(err, hms.ErrNotFound) {
		t.Errorf("finding a part of the name: %v", err)
	}
	if _, err := client.Room(ctx, "65a0b3c4d5e6f70819209999"); !errors.Is(err, hms.ErrNotFound) {
		t.Errorf("reading no room: %v", err)
	}
}

func TestSandboxWalksAllPages(t *testing.T) {
	client, api := withSandbox(t)
	ctx := t.Context()
	var want []string
	for i := range 25 {
		room, err := client.CreateRoom(ctx, hms.RoomParams{Name: fmt.Sprintf("room-%02d", i)})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, room.ID)
		if i%5 == 0 {
			if _, err := client.SetRoomEnabled(ctx, room.ID, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	slices.Reverse(want)
	for _, limit := range []int{0, 10, 20} {
		api.ResetCalls()
		var got []string
		for _, enabled := range []bool{true, false} {
			for room, err := range client.AllRooms(ctx, hms.RoomQuery{Limit: limit, Enabled: &enabled}) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, room.ID)
			}
		}
		slices.Sort(got)
		slices.Reverse(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("limit %d: %s", limit, diff)
		}
	}
}

func TestSandboxTemplatesAndCodes(t *testing.T) {
	client, _ := withSandbox(t)
	ctx := t.Context()
	templates := map[string]hms.Template{}
	for template, err := range client.AllTemplates(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		templates[template.Name] = template
	}
	class := templates["classroom"]
	got, err := client.Template(ctx, class.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(class, got); diff != "" {
		t.Errorf("listed and read differ: %s", diff)
	}
	teacher := got.Roles["teacher"]
	if len(templates) != 2 || !teacher.Permissions["browserRecording"] || !slices.Contains(teacher.PublishParams.Allowed, "video") {
		t.Errorf("got %+v", got)
	}

	room, err := client.CreateRoom(ctx, hms.RoomParams{Name: "a", TemplateID: class.ID})
	if err != nil {
		t.Fatal(err)
	}
	codes, err := client.CreateRoomCodes(ctx, room.ID)
	if err != nil || len(codes) != len(class.Roles) {
		t.Fatalf("got %d codes, %v", len(codes), err)
	}
	extra, err := client.CreateRoomCode(ctx, room.ID, "teacher")
	if err != nil {
		t.Fatal(err)
	}
	off, err := client.SetRoomCodeEnabled(ctx, extra.Code, false)
	if err != nil || off.Enabled || off.Code != extra.Code {
		t.Errorf("disabling a code: %+v, %v", off, err)
	}
	n := 0
	for code, err := range client.AllRoomCodes(ctx, room.ID) {
		if err != nil {
			t.Fatal(err)
		}
		if code.RoomID != room.ID || code.CreatedAt.IsZero() {
			t.Errorf("got %+v", code)
		}
		n++
	}
	if n != len(codes)+1 {
		t.Errorf("listed %d codes, want %d", n, len(codes)+1)
	}
	if _, err := client.CreateRoomCode(ctx, room.ID, "nobody/else"); !errors.Is(err, hms.ErrNotFound) {
		t.Errorf("a code for no role: %v", err)
	}
}

func TestSandboxRefusals(t *testing.T) {
	client, _ := withSandbox(t)
	upload := func(u hms.UploadInfo) hms.RoomParams {
		return hms.RoomParams{RecordingInfo: &hms.RecordingInfo{UploadInfo: &u}}
	}
	cases := []struct {
		params hms.RoomParams
		want   string
	}{
		{upload(hms.UploadInfo{Type: "s3"}), "Bucket location is missing"},
		{upload(hms.UploadInfo{Type: "ftp", Location: "x"}), "Invalid upload configuration"},
		{hms.RoomParams{Region: "mars"}, "Error: region not supported"},
		{hms.RoomParams{TemplateID: "64d2a7b1c94e0f52a6b30000"}, "Error: template not found"},
		{hms.RoomParams{MaxDurationSeconds: new(119)}, "Invalid body param: max_duration_seconds less than 120 seconds"},
		{hms.RoomParams{MaxDurationSeconds: new(43201)}, "Invalid body param: max_duration_seconds greater than 43200 seconds"},
		{hms.RoomParams{Size: new(20001), LargeRoom: new(true)}, "Invalid body param: room size greater than 20000"},
		{hms.RoomParams{Size: new(2501)}, "Invalid body param: room size greater than 2500, set large_room flag as true"},
	}
	for _, tc := range cases {
		_, err := client.CreateRoom(t.Context(), tc.params)
		failed := asError(t, err)
		if failed.Status != 400 || !slices.Contains(failed.Texts(), tc.want) || failed.MaybeDone() {
			t.Errorf("want %q, got %v", tc.want, err)
		}
	}
}

func TestSandboxRefusesOurKey(t *testing.T) {
	for name, change := range map[string]func(*hms.Config){
		"access key": func(c *hms.Config) { c.AccessKey = "64c1f0a2e5b7d3419f8a0000" },
		"secret":     func(c *hms.Config) { c.Secret = "another" },
		"clock":      func(c *hms.Config) { c.Now = func() time.Time { return time.Now().Add(time.Hour) } },
	} {
		client, api := withSandbox(t, change)
		_, err := client.CreateRoom(t.Context(), hms.RoomParams{Name: "a"})
		if failed := asError(t, err); !failed.IsAuth() || failed.Attempts != 2 || failed.MaybeDone() {
			t.Errorf("wrong %s: %v", name, err)
		}
		rooms, err := api.Rooms()
		if err != nil || len(rooms) != 0 {
			t.Errorf("wrong %s: %d rooms, %v", name, len(rooms), err)
		}
	}
}

func TestSandboxFaults(t *testing.T) {
	const page = "<html><body>Service unavailable</body></html>"
	cases := []struct {
		name     string
		fault    sandbox.Fault
		params   hms.RoomParams
		ok       bool
		status   int
		maybe    bool
		rooms    int
		attempts int
	}{
		{"401 once", sandbox.Fault{Status: 401, Body: `{"code":401,"message":"Token validation error"}`}, hms.RoomParams{}, true, 0, false, 1, 2},
		{"429 with a long wait", sandbox.Fault{Status: 429, Body: `{"code":429,"message":"rate limit exceeded, retry after 45 seconds"}`}, hms.RoomParams{Name: "a"}, false, 429, false, 0, 1},
		{"500", sandbox.Fault{Status: 500, Body: `{"code":500,"message":"internal"}`}, hms.RoomParams{Name: "a"}, false, 500, true, 0, 1},
		{"cut before, no name", sandbox.Fault{CutBefore: true}, hms.RoomParams{}, false, 0, true, 0, 1},
		{"cut after, no name", sandbox.Fault{CutAfter: true}, hms.RoomParams{}, false, 0, true, 1, 1},
		{"cut before, named", sandbox.Fault{CutBefore: true}, hms.RoomParams{Name: "a"}, true, 0, false, 1, 2},
		{"cut after, named", sandbox.Fault{CutAfter: true}, hms.RoomParams{Name: "a"}, true, 0, false, 1, 2},
		{"broken JSON after the change", sandbox.Fault{Status: 200, Body: `{"id":`, Handle: true}, hms.RoomParams{Name: "a"}, false, 200, true, 1, 1},
		{"HTML page", sandbox.Fault{Status: 502, Body: page, ContentType: "text/html"}, hms.RoomParams{}, false, 502, true, 0, 1},
		{"HTML page with 200", sandbox.Fault{Status: 200, Body: page, ContentType: "text/html"}, hms.RoomParams{Name: "a"}, false, 200, true, 0, 1},
		{"200 with an error", sandbox.Fault{Status: 200, Body: `{"code":400,"message":"Error: region not supported"}`}, hms.RoomParams{Name: "a"}, false, 400, false, 0, 1},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			client, api := withSandbox(t)
			api.FailNext(tc.fault)
			var call hms.Call
			_, err := client.CreateRoom(hms.WithCall(t.Context(), &call), tc.params)
			if (err == nil) != tc.ok || call.Attempts != tc.attempts {
				t.Fatalf("%d attempts: %v", call.Attempts, err)
			}
			if err != nil {
				if failed := asError(t, err); failed.Status != tc.status || failed.MaybeDone() != tc.maybe {
					t.Errorf("status %d, maybe done %t: %v", failed.Status, failed.MaybeDone(), err)
				}
			}
			rooms, err := api.Rooms()
			if err != nil || len(rooms) != tc.rooms {
				t.Errorf("the sandbox has %d rooms, want %d; %v", len(rooms), tc.rooms, err)
			}
		})
	}
}

func TestSandboxGivenUp(t *testing.T) {
	client, api := withSandbox(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	returned := make(chan struct{})
	api.FailNext(sandbox.Fault{Hook: func() {
		cancel()
		<-returned
	}})
	_, err := client.CreateRoom(ctx, hms.RoomParams{Name: "a"})
	close(returned)
	if failed := asError(t, err); !errors.Is(err, context.Canceled) || !failed.MaybeDone() {
		t.Errorf("got %v", err)
	}
}

// The moment a room was made lies between what the API's clock can have shown before and after the call.
func TestSandboxClockFrames(t *testing.T) {
	client, _ := withSandbox(t)
	before := time.Now()
	room, err := client.CreateRoom(t.Context(), hms.RoomParams{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	earliest, _, ok := client.ServerClock(before)
	_, latest, _ := client.ServerClock(time.Now())
	if !ok || room.CreatedAt.Before(earliest.Truncate(time.Millisecond)) || room.CreatedAt.After(latest) {
		t.Errorf("created at %s, not within %s and %s", room.CreatedAt, earliest, latest)
	}
}

// A secret that the API repeats must not get into an error; see also TestErrorsMaskSecrets.
func TestSandboxEchoesSecret(t *testing.T) {
	client, api := withSandbox(t)
	api.FailNext(sandbox.Fault{Status: http.StatusBadRequest, Body: `{"code":400,"message":"Invalid upload configuration","details":["key AKIATEST, secret test-secret"]}`})
	_, err := client.CreateRoom(t.Context(), fullParams())
	text := fmt.Sprintf("%v %+v", err, *asError(t, err))
	if strings.Contains(text, "AKIATEST") || strings.Contains(text, "test-secret") {
		t.Errorf("the error shows a secret: %s", text)
	}
}
