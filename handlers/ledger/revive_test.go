package ledger

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const streamOfThen, streamOfNow = "rtmp://tv.example.org/live/a-stream-key-of-then-1", "rtmp://tv.example.org/live/a-stream-key-of-now-22"

// TestRevive goes from how it is to how it was: then is redacted as history has it.
func TestRevive(t *testing.T) {
	type object = map[string]any
	redact := redactor{key: []byte("a key for tests, thirty-two byte")}
	destination := func(urls ...any) object {
		return object{"destinations": object{"rtmpDestinations": object{"tv": object{"rtmpUrls": urls}}}}
	}
	bucket := func(key string) object {
		return object{"settings": object{"recording": object{"upload": object{"credentials": object{"key": key}}}}}
	}
	const path, key = "destinations.rtmpDestinations.tv.rtmpUrls.", "settings.recording.upload.credentials.key"
	tests := map[string]struct {
		then, now object
		typed     map[string]string
		want      object
		asked     []Secret
		left      []string
		unsure    []string
	}{
		"the same secret": {then: bucket(longSecret), now: bucket(longSecret), want: bucket(longSecret)},
		"another secret": {
			then: bucket(longSecret), now: bucket(otherSecret), want: bucket(""), asked: []Secret{{Path: key, Missing: true}},
		},
		"another secret, typed": {
			then: bucket(longSecret), now: bucket(otherSecret), typed: map[string]string{key: "typed"}, want: bucket("typed"), asked: []Secret{{Path: key}},
		},
		"short secrets": {then: bucket("abc"), now: bucket("xyz"), want: bucket("xyz"), unsure: []string{key}},
		"no secret now": {then: bucket("abc"), now: object{}, want: bucket(""), asked: []Secret{{Path: key, Missing: true}}},
		"streams that moved": {
			then: destination(streamOfThen, streamOfNow), now: destination(streamOfNow, streamOfThen), want: destination(streamOfThen, streamOfNow),
		},
		"another stream": {
			then: destination(streamOfNow, streamOfThen), now: destination(streamOfNow), typed: map[string]string{path + "1": "live/again"},
			want:  destination(streamOfNow, "rtmp://tv.example.org/live/again"),
			asked: []Secret{{Path: path + "1", Rest: "rtmp://tv.example.org/"}},
		},
		"unknown fields": {
			then: object{"name": "a", "new": object{"a": 1.0}, "gone": "x"}, now: object{"name": "b", "new": object{"a": 2.0}, "later": true},
			want: object{"name": "a", "new": object{"a": 2.0}, "later": true}, left: []string{"gone"},
		},
		"known fields that came later": {
			then: object{"name": "a"}, now: object{"name": "a", "plugins": object{"whiteboard": object{}}}, want: object{"name": "a"},
		},
		"text that looks like a mark": {then: object{"name": hidden + secret + mark}, now: object{}, want: object{"name": hidden + secret + mark}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			then, _ := parseObject(redact.value(tt.then, templateShape))
			r := reviver{redact: redact, typed: tt.typed}
			got := r.members(then, tt.now, templateShape, "")
			if diff := cmp.Diff(tree(t, tt.want), tree(t, got)); diff != "" {
				t.Errorf("revived (-want +got):\n%s", diff)
			}
			var left []string
			for _, l := range r.left {
				left = append(left, l.Path)
			}
			if diff := cmp.Diff(tt.asked, r.asked) + cmp.Diff(tt.left, left) + cmp.Diff(tt.unsure, r.unsure); diff != "" {
				t.Errorf("asked for, left and unsure (-want +got):\n%s", diff)
			}
		})
	}
}

// tree is an object as it comes back from JSON.
func tree(t *testing.T, v any) (out any) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBeforeSecret(t *testing.T) {
	for text, want := range map[string]string{
		"https://h.example.org/x?" + mark + "12": "https://h.example.org/x?",
		"https://h.example.org/x?" + secret:      "https://h.example.org/x?",
		"rtmp://h.example.org/" + mark + "12":    "rtmp://h.example.org/",
		"https://" + secret + "@h.example.org/":  "",
		mark + "12":                              "",
		hidden:                                   "",
	} {
		if got := beforeSecret(text); got != want {
			t.Errorf("before the secret of %q stands %q, want %q", text, got, want)
		}
	}
}

func TestCompared(t *testing.T) {
	same := map[string][2]string{
		"what nobody sets":  {`{"id":"1","name":"a","updated_at":"x","template":"t"}`, `{"id":"1","name":"a","customer_id":"c"}`},
		"off, zero, empty":  {`{"name":"a","size":0,"large_room":false,"polls":[],"description":""}`, `{"name":"a","webhook":{}}`},
		"inherited":         {`{"recording_source_template":true,"recording_info":{"enabled":true}}`, `{"recording_info":null}`},
		"order and numbers": {`{"size":10,"name":"a"}`, `{"name":"a","size":10}`},
	}
	for name, c := range same {
		if a, b := compared("room", c[0]), compared("room", c[1]); a != b {
			t.Errorf("%s: %s and %s", name, a, b)
		}
	}
	differ := map[string][2]string{
		"disabled": {`{"enabled":false}`, `{"enabled":true}`},
		"off":      {`{"recording_info":{"enabled":false}}`, `{}`},
		"name":     {`{"name":"a"}`, `{"name":"A"}`},
	}
	for name, c := range differ {
		if a, b := compared("room", c[0]), compared("room", c[1]); a == b {
			t.Errorf("%s: both are %s", name, a)
		}
	}
}

func TestOverlaid(t *testing.T) {
	const bucket = `"recording_info":{"enabled":true,"upload_info":{"type":"s3"}}`
	for name, c := range map[string]struct{ known, listed, want string }{
		"details stay": {
			`{"name":"a","webhook":{"url":"u"},"polls":["p"],` + bucket + `,"region":"in","size":5}`,
			`{"name":"b","region":"","recording_info":{"enabled":true},"updated_at":"0001-01-01T00:00:00Z"}`,
			`{"name":"b",` + bucket + `,"webhook":{"url":"u"},"polls":["p"],"region":"in"}`,
		},
		"inherits now":     {`{` + bucket + `}`, `{"recording_source_template":true}`, `{"recording_source_template":true}`},
		"off now":          {`{` + bucket + `}`, `{"recording_info":{"enabled":false}}`, `{"recording_info":{"enabled":false}}`},
		"nothing known":    {``, `{"name":"a"}`, `{"name":"a"}`},
		"description gone": {`{"description":"x"}`, `{"description":"","recording_source_template":true}`, `{"description":"","recording_source_template":true}`},
	} {
		got, _ := parseObject(overlaid(c.known, c.listed))
		want, _ := parseObject(c.want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
