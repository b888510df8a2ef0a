package ledger

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/web/hms"
)

var red = redactor{key: []byte("a key for tests, thirty-two byte")}

const (
	longSecret  = "correct horse battery"
	otherSecret = "staple of another kind"
)

// unknown is a value of every type, for fields that nobody knows.
var unknown = []string{`"text"`, `12`, `true`, `{"a":"b"}`, `["a",{"b":"c"}]`, `[["a"]]`}

func TestRoomsAreRedacted(t *testing.T) {
	mark := red.mask(longSecret)
	tests := map[string]struct{ in, want string }{
		"plain fields": {
			`{"id":"1","name":"n","enabled":true,"description":"d","customer_id":"c","customer":"c","app_id":"a","key":"c:n","recording_source_template":true,"enabled_source_template":false,"template_id":"t","template":"tn","region":"eu","size":12,"large_room":true,"max_duration_seconds":5400,"polls":["p"],"created_at":"x","updated_at":"y"}`,
			`{"app_id":"a","created_at":"x","customer":"c","customer_id":"c","description":"d","enabled":true,"enabled_source_template":false,"id":"1","key":"c:n","large_room":true,"max_duration_seconds":5400,"name":"n","polls":["p"],"recording_source_template":true,"region":"eu","size":12,"template":"tn","template_id":"t","updated_at":"y"}`,
		},
		"recording_info": {
			`{"recording_info":{"enabled":true,"polls":["p"],"upload_info":{"type":"s3","location":"b","prefix":"p","options":{"region":"r"},"credentials":{"key":"short","secret":"` + longSecret + `"}}}}`,
			`{"recording_info":{"enabled":true,"polls":["p"],"upload_info":{"credentials":{"key":"[secret]","secret":"` + mark + `"},"location":"b","options":{"region":"r"},"prefix":"p","type":"s3"}}}`,
		},
		"recording of lists": {`{"recording":{"enabled":false,"secret":"s"}}`, `{"recording":{"enabled":false,"secret":"[hidden]"}}`},
		"webhook": {
			`{"webhook":{"url":"https://h.example.org/a?` + strings.ReplaceAll(longSecret, " ", "+") + `","headers":{"X-A":"` + longSecret + `","X-B":"","X-C":"abc","X-D":12}}}`,
			`{"webhook":{"headers":{"X-A":"` + mark + `","X-B":"","X-C":"[secret]","X-D":"[hidden]"},"url":"https://h.example.org/a?` + red.mask(strings.ReplaceAll(longSecret, " ", "+")) + `"}}`,
		},
		"nulls":             {`{"recording_info":null,"webhook":null,"name":null,"new":null}`, `{"name":null,"new":null,"recording_info":null,"webhook":null}`},
		"big numbers":       {`{"size":12345678901234567890}`, `{"size":12345678901234567890}`},
		"no HTML escapes":   {`{"name":"<a&b>"}`, `{"name":"<a&b>"}`},
		"objects for texts": {`{"name":{"a":"b"},"polls":[{"a":"b"},["c"],"d"]}`, `{"name":"[hidden]","polls":["[hidden]","[hidden]","d"]}`},
		"texts for objects": {`{"recording_info":"s","webhook":["s"],"size":"12"}`, `{"recording_info":"[hidden]","size":"12","webhook":["[hidden]"]}`},
		"a list of rooms":   {`[{"name":"a","token":"b"}]`, `[{"name":"a","token":"[hidden]"}]`},
		"a text":            {`"secret"`, `"[hidden]"`},
		"no JSON":           {`<html>secret`, `"[hidden]"`},
		"cut JSON":          {`{"name":"secr`, `"[hidden]"`},
		"nothing":           {" \n", ""},
	}
	for name, tt := range tests {
		if diff := cmp.Diff(tt.want, red.json([]byte(tt.in), roomShape)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A field that the API adds tomorrow may hold anything.
func TestUnknownFieldsAreHiddenByName(t *testing.T) {
	paths := map[string]string{
		"top":         `{"new":%}`,
		"recording":   `{"recording_info":{"new":%}}`,
		"upload":      `{"recording_info":{"upload_info":{"new":%}}}`,
		"credentials": `{"recording_info":{"upload_info":{"credentials":{"new":%}}}}`,
		"options":     `{"recording_info":{"upload_info":{"options":{"new":%}}}}`,
		"webhook":     `{"webhook":{"new":%}}`,
	}
	for name, in := range paths {
		want := strings.ReplaceAll(in, "%", `"[hidden]"`)
		for _, value := range unknown {
			if got := red.json([]byte(strings.ReplaceAll(in, "%", value)), roomShape); got != want {
				t.Errorf("%s: %s is kept as %s, want %s", name, value, got, want)
			}
		}
	}
}

// Whatever is asked of a room has its place in the shape: nothing of a request gets lost in history.
func TestEveryParameterHasARule(t *testing.T) {
	full := hms.RoomParams{
		Name: "n", Description: new("d"), TemplateID: "t", Region: "eu", LargeRoom: new(true), Size: new(1), MaxDurationSeconds: new(120),
		RecordingInfo: &hms.RecordingInfo{Enabled: true, UploadInfo: &hms.UploadInfo{
			Type: "s3", Location: "l", Prefix: "p", Options: &hms.UploadOptions{Region: "r"}, Credentials: &hms.Credentials{Key: "k", Secret: "s"},
		}},
		Webhook: &hms.Webhook{URL: "https://h.example.org", Headers: map[string]string{"X-A": "v"}}, Polls: []string{"p"}, Enabled: new(true),
	}
	got := red.value(full, roomShape)
	if strings.Contains(got, hidden) {
		t.Errorf("something is hidden: %s", got)
	}
	var back hms.RoomParams
	if err := json.Unmarshal([]byte(got), &back); err != nil {
		t.Fatal(err)
	}
	full.RecordingInfo.UploadInfo.Credentials = &hms.Credentials{Key: secret, Secret: secret}
	full.Webhook.Headers["X-A"] = secret
	if diff := cmp.Diff(full, back); diff != "" {
		t.Errorf("what history tells of the request (-want +got):\n%s", diff)
	}
}

func TestMarks(t *testing.T) {
	once, again := red.mask(longSecret), red.mask(longSecret)
	if once == red.mask(otherSecret) || once != again {
		t.Error("a mark doesn't tell secrets apart")
	}
	if other := (redactor{key: []byte("another key")}).mask(longSecret); other == red.mask(longSecret) {
		t.Error("a mark doesn't depend on the key")
	}
	for _, guess := range []string{"hunter2", "123456789012345678901234", "aaaaaaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabcabc"} {
		if got := red.mask(guess); got != secret {
			t.Errorf("%q is kept as %s, want no mark", guess, got)
		}
	}
	if got := red.mask(""); got != "" {
		t.Errorf("a secret that isn't there is kept as %q", got)
	}
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"https://h.example.org/a/b":                "https://h.example.org/a/b",
		"https://h.example.org/a?k=v":              "https://h.example.org/a?[secret]",
		"https://h.example.org/a?" + longSecret:    "https://h.example.org/a?" + red.mask(longSecret),
		"https://ann:pass@h.example.org/#fragment": "https://%5Bsecret%5D@h.example.org/",
		"https://h.example.org/?":                  "https://h.example.org/?",
		"https://[::":                              hidden,
		"":                                         "",
	} {
		if got := red.address(in); got != want {
			t.Errorf("%q is kept as %q, want %q", in, got, want)
		}
	}
}

func TestCodesAreRedacted(t *testing.T) {
	in := `{"data":[{"code":"abc","room_id":"r","role":"host","enabled":true,"created_at":"x","updated_at":"y","token":"t"}],"last":"l"}`
	want := `{"data":[{"code":"abc","created_at":"x","enabled":true,"role":"host","room_id":"r","token":"[hidden]","updated_at":"y"}],"last":"[hidden]"}`
	if diff := cmp.Diff(want, red.json([]byte(in), codeShape)); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestScrub(t *testing.T) {
	tests := []struct {
		text    string
		secrets []string
		want    string
	}{
		{"bad key abcdef", []string{"abc", "abcdef"}, "bad key [secret]"},
		{"abc abc", []string{"abc"}, "[secret] [secret]"},
		{"is it on?", []string{"is", ""}, "is it on?"},
		{"nothing", nil, "nothing"},
	}
	for _, tt := range tests {
		if got := scrub(tt.text, tt.secrets); got != tt.want {
			t.Errorf("scrub(%q, %q) = %q, want %q", tt.text, tt.secrets, got, tt.want)
		}
	}
}

// What a refusal left in history is enough to tell the person the same again.
func TestFailureAndBack(t *testing.T) {
	refused := &hms.Error{Method: "POST", Path: "/rooms", Status: 400, Code: 400, Message: "bad " + longSecret, Details: []string{"detail", longSecret}, Attempts: 2}
	row := db.Row{
		Action: "room.create", APIMethod: "POST", APIPath: "/rooms", APIStatus: 400, Attempts: 2,
		Response: failure(scrubbed(refused, []string{longSecret})), Error: scrubbed(refused, []string{longSecret}).Error(),
	}
	if strings.Contains(row.Response+row.Error, longSecret) {
		t.Errorf("the secret is kept: %s, %s", row.Response, row.Error)
	}
	back, ok := errors.AsType[*hms.Error](failureOf(row))
	if !ok || back.Status != 400 || back.Attempts != 2 {
		t.Fatalf("the way back gives %+v", back)
	}
	if diff := cmp.Diff([]string{"bad [secret]", "detail", "[secret]"}, back.Texts()); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	silent := failureOf(db.Row{Response: failure(&hms.Error{Err: errors.New("no route")}), Error: "not sent: no route"})
	if silent.Error() == "" || !strings.Contains(silent.Error(), "no route") {
		t.Errorf("a failure without an answer comes back as %v", silent)
	}
}

func FuzzRedact(f *testing.F) {
	f.Add(`{"name":"a","webhook":{"url":"https://a.example.org/?SECRETSECRETSECRET","headers":{"a":"SECRETSECRETSECRET"}}}`)
	f.Add(`{"recording_info":{"upload_info":{"credentials":{"secret":"SECRETSECRETSECRET"}}},"x":"SECRETSECRETSECRET"}`)
	f.Add(`[{"recording":{"upload_info":{"credentials":["SECRETSECRETSECRET"]}}}]`)
	f.Fuzz(func(t *testing.T, in string) {
		out := red.json([]byte(in), shape{"webhook": roomShape["webhook"], "recording_info": {how: object, fields: shape{}}})
		if out != "" && !json.Valid([]byte(out)) {
			t.Errorf("not JSON: %s", out)
		}
		var object struct {
			Webhook struct{ Headers map[string]string }
		}
		if json.Unmarshal([]byte(in), &object) != nil {
			return
		}
		for _, value := range object.Webhook.Headers {
			if len(value) > 20 && strings.Contains(out, value) && strings.Count(in, value) == 1 {
				t.Errorf("a header's value is kept: %s", out)
			}
		}
	})
}
