package ledger

import (
	"testing"

	"roomledger/web/hms"
)

func TestContains(t *testing.T) {
	type object = map[string]any
	tests := map[string]struct {
		have, want any
		agrees     bool
	}{
		"nothing asked for":       {object{"a": "b"}, object{}, true},
		"the same":                {object{"a": "b", "n": 1.0, "t": true}, object{"a": "b", "n": 1.0, "t": true}, true},
		"more than asked for":     {object{"a": "b", "c": "d"}, object{"a": "b"}, true},
		"another text":            {object{"a": "b"}, object{"a": "c"}, false},
		"another number":          {object{"a": 1.0}, object{"a": 2.0}, false},
		"missing":                 {object{}, object{"a": "b"}, false},
		"missing zero":            {object{}, object{"a": 0.0}, true},
		"missing off":             {object{}, object{"a": false}, true},
		"missing blank":           {object{}, object{"a": ""}, true},
		"missing on":              {object{}, object{"a": true}, false},
		"null":                    {object{"a": nil}, object{"a": "b"}, false},
		"inside":                  {object{"a": object{"b": "c"}}, object{"a": object{"b": "c"}}, true},
		"other inside":            {object{"a": object{"b": "c"}}, object{"a": object{"b": "d"}}, false},
		"missing inside":          {object{}, object{"a": object{"b": "d"}}, false},
		"hidden credentials":      {object{"a": object{}}, object{"a": object{"credentials": object{"key": "k"}}}, true},
		"other credentials":       {object{"credentials": object{"key": "k"}}, object{"credentials": object{"key": "j"}}, false},
		"list":                    {object{"a": []any{"b", "c"}}, object{"a": []any{"b", "c"}}, true},
		"list in another order":   {object{"a": []any{"c", "b"}}, object{"a": []any{"b", "c"}}, false},
		"shorter list":            {object{"a": []any{"b"}}, object{"a": []any{"b", "c"}}, false},
		"longer list":             {object{"a": []any{"b", "c"}}, object{"a": []any{"b"}}, false},
		"missing list":            {object{}, object{"a": []any{"b"}}, false},
		"missing and empty list":  {object{}, object{"a": []any{}}, true},
		"text instead of object":  {object{"a": "b"}, object{"a": object{"b": "c"}}, false},
		"object instead of text":  {object{"a": object{"b": "c"}}, object{"a": "b"}, false},
		"list instead of a text":  {object{"a": []any{"b"}}, object{"a": "b"}, false},
		"text instead of a list":  {object{"a": "b"}, object{"a": []any{"b"}}, false},
		"text instead of number":  {object{"a": "1"}, object{"a": 1.0}, false},
		"objects within lists":    {object{"a": []any{object{"b": 1.0, "c": 2.0}}}, object{"a": []any{object{"b": 1.0}}}, true},
		"nothing against nothing": {nil, object{}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := contains(tt.have, tt.want); got != tt.agrees {
				t.Errorf("contains(%v, %v) = %v", tt.have, tt.want, got)
			}
		})
	}
}

func TestAgrees(t *testing.T) {
	l := New(Config{Key: []byte("a key for tests, thirty-two byte")})
	asked := hms.RoomParams{
		Name: "Ward-7", Description: new("text"), Region: "auto", LargeRoom: new(true), Size: new(3000), Polls: []string{"p"},
		RecordingInfo: &hms.RecordingInfo{Enabled: true, UploadInfo: &hms.UploadInfo{Type: "s3", Location: "b", Credentials: &hms.Credentials{Key: "k", Secret: longSecret}}},
		Webhook:       &hms.Webhook{URL: "https://h.example.org/?" + otherSecret[:9], Headers: map[string]string{"X-A": longSecret}},
	}
	made := func() hms.Room {
		return hms.Room{
			ID: "1", Name: "ward-7", Enabled: true, Description: "text", Region: "in", LargeRoom: true, Size: 3000, Polls: []string{"p"}, TemplateID: "t",
			RecordingInfo: &hms.RecordingInfo{Enabled: true, UploadInfo: &hms.UploadInfo{Type: "s3", Location: "b"}}, // reading leaves the keys out
			Webhook:       &hms.Webhook{URL: "https://h.example.org/?" + otherSecret[:9], Headers: map[string]string{"X-A": longSecret}},
		}
	}
	request := l.redact.value(asked, roomShape)
	if !l.agrees(made(), request) {
		t.Errorf("the room that was asked for doesn't agree with %s", request)
	}
	for name, spoil := range map[string]func(*hms.Room){
		"description": func(r *hms.Room) { r.Description = "other" },
		"size":        func(r *hms.Room) { r.Size = 0 },
		"large room":  func(r *hms.Room) { r.LargeRoom = false },
		"polls":       func(r *hms.Room) { r.Polls = nil },
		"recording":   func(r *hms.Room) { r.RecordingInfo = nil },
		"bucket":      func(r *hms.Room) { r.RecordingInfo.UploadInfo.Location = "c" },
		"keys": func(r *hms.Room) {
			r.RecordingInfo.UploadInfo.Credentials = &hms.Credentials{Key: "k", Secret: otherSecret}
		},
		"header":    func(r *hms.Room) { r.Webhook.Headers["X-A"] = otherSecret },
		"no header": func(r *hms.Room) { r.Webhook.Headers = nil },
		"webhook":   func(r *hms.Room) { r.Webhook = nil },
	} {
		room := made()
		spoil(&room)
		if l.agrees(room, request) {
			t.Errorf("a room with another %s agrees", name)
		}
	}
	for _, broken := range []string{"", "null and void", `"[hidden]"`, "[]"} {
		if l.agrees(made(), broken) {
			t.Errorf("a room agrees with the request %q", broken)
		}
	}
}

func TestRecordingOf(t *testing.T) {
	for want, room := range map[string]hms.Room{
		"inherit": {RecordingSourceTemplate: true, RecordingInfo: &hms.RecordingInfo{Enabled: true}},
		"on":      {RecordingInfo: &hms.RecordingInfo{Enabled: true}},
		"off":     {RecordingInfo: &hms.RecordingInfo{}},
	} {
		if got := recordingOf(room); got != want {
			t.Errorf("recordingOf(%+v) = %s, want %s", room, got, want)
		}
	}
	if got := recordingOf(hms.Room{}); got != "inherit" {
		t.Errorf("a room that says nothing of recording counts as %s", got)
	}
}
