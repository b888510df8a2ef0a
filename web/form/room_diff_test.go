package form_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/form"
	"roomledger/web/hms"
)

func TestDiffRoom(t *testing.T) {
	const (
		hidden  = "•••• (kept hidden)"
		renewed = "•••• (a new value, kept hidden)"
		info    = "recording_info."
		upload  = "recording_info.upload_info."
	)
	bucket := func(location string, keys *hms.Credentials) *hms.RecordingInfo {
		return &hms.RecordingInfo{Enabled: true, UploadInfo: &hms.UploadInfo{Type: "s3", Location: location, Credentials: keys}}
	}
	tests := []struct {
		name string
		have hms.Room
		want hms.RoomParams
		diff []form.Change
	}{
		{"nothing", hms.Room{Enabled: true}, hms.RoomParams{}, nil},
		{"the same", hms.Room{Name: "a", Enabled: true, Size: 5}, hms.RoomParams{Name: "a", Size: new(5)}, nil},
		{"zero is not set", hms.Room{Name: "a", Enabled: true}, hms.RoomParams{Name: "a", Size: new(0), LargeRoom: new(false)}, nil},
		{
			"change of case",
			hms.Room{Name: "Ward", Enabled: true},
			hms.RoomParams{Name: "ward"},
			[]form.Change{{Field: "name", Have: "Ward", Will: "ward"}},
		},
		{
			"order of the form, kept and changed",
			hms.Room{
				Name: "a", Description: "old", TemplateID: templateID, Template: "clinic", Region: "in", LargeRoom: true,
				MaxDurationSeconds: 5400, Polls: []string{pollA},
			},
			hms.RoomParams{Name: "a", TemplateID: pollA, Size: new(30), MaxDurationSeconds: new(7200), Polls: []string{pollB}},
			[]form.Change{
				{Field: "description", Have: "old", Will: "old", Kept: true},
				{Field: "template_id", Have: templateID + " (clinic)", Will: pollA},
				{Field: "region", Have: "in", Will: "in", Kept: true},
				{Field: "large_room", Have: "on", Will: "on", Kept: true},
				{Field: "size", Have: "", Will: "30"},
				{Field: "max_duration_seconds", Have: "1 h 30 min (5400 s)", Will: "2 h (7200 s)"},
				{Field: "polls", Have: pollA, Will: pollB},
				{Field: "enabled", Have: "no (the room is disabled)", Will: "no (the room is disabled)", Kept: true},
			},
		},
		{
			"enabling",
			hms.Room{},
			hms.RoomParams{Enabled: new(true)},
			[]form.Change{{Field: "enabled", Have: "no (the room is disabled)", Will: "yes"}},
		},
		{
			"inheriting is cut off",
			hms.Room{Enabled: true, RecordingSourceTemplate: true},
			hms.RoomParams{RecordingInfo: &hms.RecordingInfo{}},
			[]form.Change{{Field: info + "enabled", Have: "as its template says", Will: "off"}},
		},
		{"inheriting goes on", hms.Room{Enabled: true, RecordingSourceTemplate: true}, hms.RoomParams{}, nil},
		{
			"recording stays",
			hms.Room{Enabled: true, RecordingInfo: bucket("old", nil)},
			hms.RoomParams{},
			[]form.Change{
				{Field: info + "enabled", Have: "on", Will: "on", Kept: true},
				{Field: upload + "type", Have: "s3", Will: "s3", Kept: true},
				{Field: upload + "location", Have: "old", Will: "old", Kept: true},
				{Field: upload + "credentials.key", Have: "not shown by 100ms", Will: "not shown by 100ms", Kept: true},
				{Field: upload + "credentials.secret", Have: "not shown by 100ms", Will: "not shown by 100ms", Kept: true},
			},
		},
		{
			"recording is replaced as a whole",
			hms.Room{Enabled: true, RecordingInfo: bucket("old", &hms.Credentials{Key: "HUSHk", Secret: "HUSHs"})},
			hms.RoomParams{RecordingInfo: &hms.RecordingInfo{Enabled: true}},
			[]form.Change{
				{Field: upload + "type", Have: "s3"},
				{Field: upload + "location", Have: "old"},
				{Field: upload + "credentials.key", Have: hidden},
				{Field: upload + "credentials.secret", Have: hidden},
			},
		},
		{
			"another secret with the same key",
			hms.Room{Enabled: true, RecordingInfo: bucket("b", &hms.Credentials{Key: "HUSHk", Secret: "HUSHs"})},
			hms.RoomParams{RecordingInfo: bucket("b", &hms.Credentials{Key: "HUSHk", Secret: "HUSHother"})},
			[]form.Change{{Field: upload + "credentials.secret", Have: hidden, Will: renewed}},
		},
		{
			"credentials that the API doesn't show",
			hms.Room{Enabled: true, RecordingInfo: bucket("b", nil)},
			hms.RoomParams{RecordingInfo: bucket("b", &hms.Credentials{Key: "HUSHk", Secret: "HUSHs"})},
			[]form.Change{
				{Field: upload + "credentials.key", Have: "not shown by 100ms", Will: hidden},
				{Field: upload + "credentials.secret", Have: "not shown by 100ms", Will: hidden},
			},
		},
		{
			"webhook",
			hms.Room{Enabled: true, Webhook: &hms.Webhook{
				URL: "https://h.example.org/?HUSHq", Headers: map[string]string{"X-Old": "HUSH1", "X-Same": "HUSH2", "X-New": "HUSH3"},
			}},
			hms.RoomParams{Webhook: &hms.Webhook{
				URL: "https://h.example.org/?HUSHr", Headers: map[string]string{"x-same": "HUSH2", "X-New": "HUSH4", "X-More": "HUSH5"},
			}},
			[]form.Change{
				{Field: "webhook.url", Have: "https://h.example.org/?••••", Will: "https://h.example.org/?•••• (a new value, kept hidden)"},
				{Field: "webhook.headers.x-new", Have: hidden, Will: renewed},
				{Field: "webhook.headers.x-old", Have: hidden},
				{Field: "webhook.headers.x-more", Will: hidden},
			},
		},
		{
			"webhook that can't be read stays",
			hms.Room{Enabled: true, Webhook: &hms.Webhook{URL: "https://HUSHu:HUSHp@[::/"}},
			hms.RoomParams{},
			[]form.Change{{Field: "webhook.url", Have: hidden, Will: hidden, Kept: true}},
		},
		{
			"webhook with secrets everywhere stays",
			hms.Room{Enabled: true, Webhook: &hms.Webhook{URL: "https://HUSHu:HUSHp@h.example.org/a#HUSHf"}},
			hms.RoomParams{},
			[]form.Change{{Field: "webhook.url", Have: "https://h.example.org/a?••••", Will: "https://h.example.org/a?••••", Kept: true}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := form.DiffRoom(tt.have, tt.want)
			if diff := cmp.Diff(tt.diff, got); diff != "" {
				t.Errorf("difference (-want +got):\n%s", diff)
			}
			if secret := holdsSecret(fmt.Sprint(got), nil); secret != "" {
				t.Errorf("%s is shown: %v", secret, got)
			}
		})
	}
}
