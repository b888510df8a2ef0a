package form_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/form"
	"roomledger/web/hms"
)

func TestRoomParams(t *testing.T) {
	tests := []struct {
		name  string
		typed url.Values
		want  hms.RoomParams
	}{
		{"blank", typed("description", " \r\n", "webhook.header_name", "", "webhook.header_value", " "), hms.RoomParams{}},
		{
			"plain", typed("name", " ward-7 ", "description", " one\r\ntwo", "template_id", templateID, "region", "auto",
				"large_room", "on", "size", "19,000", "max_duration_seconds", "1h30m", "polls", pollA+",\n"+pollB),
			hms.RoomParams{
				Name: "ward-7", Description: new(" one\ntwo"), TemplateID: templateID, Region: "auto", LargeRoom: new(true),
				Size: new(19000), MaxDurationSeconds: new(5400), Polls: []string{pollA, pollB},
			},
		},
		{"size zero", typed("size", "0"), hms.RoomParams{Size: new(0)}},
		{"recording off", typed("recording", "off", "storage", "own"), hms.RoomParams{RecordingInfo: &hms.RecordingInfo{}}},
		{
			"recording with 100ms", typed("recording", "on", "upload_info.type", "s3"),
			hms.RoomParams{RecordingInfo: &hms.RecordingInfo{Enabled: true}},
		},
		{
			"own bucket", ownBucket("upload_info.prefix", " p/q ", "upload_info.options.region", "eu-west-3",
				"upload_info.credentials.key", "AKIDWARD0001\n"),
			hms.RoomParams{RecordingInfo: &hms.RecordingInfo{Enabled: true, UploadInfo: &hms.UploadInfo{
				Type: "s3", Location: "ward-recordings", Prefix: "p/q", Options: &hms.UploadOptions{Region: "eu-west-3"},
				Credentials: &hms.Credentials{Key: "AKIDWARD0001", Secret: "hush-hush-1234"},
			}}},
		},
		{
			"webhook", hooked(" https://hooks.example.org/in?k=v ", "X-One", " 1 ", "", "", "X-Two", "2"),
			hms.RoomParams{Webhook: &hms.Webhook{
				URL: "https://hooks.example.org/in?k=v", Headers: map[string]string{"X-One": "1", "X-Two": "2"},
			}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := form.ParseRoom(tt.typed)
			if !f.Valid() {
				t.Fatalf("broken rules: %v", f.Errors.List)
			}
			got, err := json.Marshal(f.Params())
			if err != nil {
				t.Fatal(err)
			}
			want, err := json.Marshal(tt.want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("params (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRoomFromLeavesSecretsBehind(t *testing.T) {
	r := hms.Room{
		ID: templateID, Name: "ward-7", Enabled: true, Description: "Handover", TemplateID: templateID, Region: "eu",
		LargeRoom: true, Size: 3000, MaxDurationSeconds: 5400, Polls: []string{pollA, pollB},
		RecordingInfo: &hms.RecordingInfo{Enabled: true, UploadInfo: &hms.UploadInfo{
			Type: "gs", Location: "ward-recordings", Prefix: "p", Options: &hms.UploadOptions{Region: "EU"},
			Credentials: &hms.Credentials{Key: "GOOGHUSH", Secret: "hush-hush"},
		}},
		Webhook: &hms.Webhook{
			URL:     "https://ann:hush@hooks.example.org/in?token=hush#hush",
			Headers: map[string]string{"x-two": "hush", "X-One": "hush"},
		},
	}
	want := &form.Room{
		Description: "Handover", TemplateID: templateID, Region: "eu", LargeRoom: true, LargeRoomValue: "on", Size: "3000",
		MaxDurationSeconds: "5400", Polls: pollA + "\n" + pollB, Recording: "on", Storage: "own", UploadType: "gs",
		UploadLocation: "ward-recordings", UploadPrefix: "p", UploadRegion: "EU",
		WebhookURL: "https://hooks.example.org/in?", Headers: []form.Header{{Name: "X-One"}, {Name: "x-two"}},
	}
	got := form.RoomFrom(r)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("copy (-want +got):\n%s", diff)
	}
	if got.HasSecrets() {
		t.Errorf("the copy has secrets: %q", got.Secrets())
	}
}

func TestRoomFromRecording(t *testing.T) {
	tests := []struct {
		name string
		room hms.Room
		want string
	}{
		{"nothing said", hms.Room{}, form.RecordingInherit},
		{"inherited", hms.Room{RecordingSourceTemplate: true, RecordingInfo: &hms.RecordingInfo{Enabled: true}}, form.RecordingInherit},
		{"off", hms.Room{RecordingInfo: &hms.RecordingInfo{}}, form.RecordingOff},
		{"on", hms.Room{RecordingInfo: &hms.RecordingInfo{Enabled: true}}, form.RecordingOn},
	}
	for _, tt := range tests {
		if got := form.RoomFrom(tt.room); got.Recording != tt.want || got.Storage != form.StorageVendor || len(got.Headers) != 1 {
			t.Errorf("%s: recording %q, storage %q, %d header rows", tt.name, got.Recording, got.Storage, len(got.Headers))
		}
	}
}

// A copy of any room that the API can hold sends the same settings again, once named and given its secrets.
func TestRoomFromCanBeSent(t *testing.T) {
	f := form.RoomFrom(hms.Room{
		Name: "ward-7", TemplateID: templateID, Region: "in", Size: 20, MaxDurationSeconds: 120,
		RecordingInfo: &hms.RecordingInfo{}, Polls: []string{pollA},
	})
	f.FormToken = token
	if !f.Valid() {
		t.Fatalf("broken rules: %v", f.Errors.List)
	}
	if p := f.Params(); p.Name != "" || *p.Size != 20 || *p.MaxDurationSeconds != 120 || p.RecordingInfo.Enabled {
		t.Errorf("params %+v", p)
	}
}

func TestSecrets(t *testing.T) {
	f := form.ParseRoom(hooked("https://ann:open-sesame@h.example.org/in?v=1&token=s3cr%2Bt-token#frag",
		"Authorization", "Bearer abcdef0123", "X-Env", "p"))
	f.UploadKey, f.UploadSecret = " AKIDWARD0001 ", "\thush-hush-1234"
	want := []string{
		"v=1&token=s3cr%2Bt-token", "Bearer abcdef0123", "ann:open-sesame", "hush-hush-1234", "s3cr%2Bt-token",
		"AKIDWARD0001", "s3cr+t-token", "open-sesame", "abcdef0123", "frag", "p",
	}
	if diff := cmp.Diff(want, f.Secrets()); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
	if !f.HasSecrets() {
		t.Error("HasSecrets says no")
	}
	if empty := form.ParseRoom(typed("webhook.url", "https://h.example.org/in")); empty.HasSecrets() {
		t.Errorf("secrets out of nothing: %q", empty.Secrets())
	}
}

func TestScrub(t *testing.T) {
	f := &form.Room{
		UploadKey: "AKIDWARD0001", UploadSecret: "AKIDWARD0001-and-more", Headers: []form.Header{{Name: "X", Value: "a"}, {Name: "Y", Value: "42"}},
	}
	tests := []struct{ text, want string }{
		{"nothing here", "nothing here"},
		{"key AKIDWARD0001, secret AKIDWARD0001-and-more.", "key ••••, secret ••••."},
		{"sent a as value", "sent •••• as value"},
		{"a", "••••"},
		{"code 42, not 420", "code ••••, not 420"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := f.Scrub(tt.text); got != tt.want {
			t.Errorf("Scrub(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

// full is a form with a distinctive secret in every place that can hold one.
func full() (f *form.Room, secrets []string) {
	f = form.ParseRoom(ownBucket("upload_info.credentials.key", "HUSHkey0001", "upload_info.credentials.secret", "HUSH'se\"cret"))
	f.Name, f.Description = "ward-7", "It's $HOME \"quoted\" `date` $STORAGE_KEY <b>"
	f.WebhookURL = "https://hooks.example.org/in?HUSHname=HUSHvalue"
	f.Headers = []form.Header{{Name: "X-Api-Key", Value: "HUSHheader"}, {Name: "x_api_key", Value: "HUSHother"}, {}}
	return f, f.Secrets()
}

// holdsSecret says which secret a text holds.
func holdsSecret(text string, secrets []string) string {
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			return secret
		}
	}
	if strings.Contains(text, "HUSH") {
		return "part of one"
	}
	return ""
}
