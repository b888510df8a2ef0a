package ledger

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

// shaped are the objects of the client's that the table has to know in full.
var shaped = []struct {
	object any
	shape  shape
}{
	{hms.Room{}, roomShape},
	{hms.RoomParams{}, roomShape},
	{hms.RoomCode{}, codeShape},
	{codes{}, codeShape},
	{hms.Template{}, templateShape},
	{hms.Role{}, roleShape},
	{hms.TemplateSettings{}, settingsShape},
	{hms.Destinations{}, destinationsShape},
	{hms.RecordingConfig{}, recordingConfigShape},
	{hms.Session{}, sessionShape},
	{hms.StreamKey{}, streamKeyShape},
	{hms.Recording{}, recordingJobShape},
	{hms.RecordingParams{}, recordingJobShape},
	{hms.LiveStream{}, liveStreamShape},
	{hms.LiveStreamParams{}, liveStreamShape},
	{hms.ExternalStream{}, externalStreamShape},
	{hms.ExternalStreamParams{}, externalStreamShape},
	{hms.Asset{}, assetShape},
	{hms.PresignedURL{}, assetShape},
}

// TestEveryFieldHasARule walks what the client knows of each object: a field that it learns has to get its rule.
func TestEveryFieldHasARule(t *testing.T) {
	for _, tt := range shaped {
		typ := reflect.TypeOf(tt.object)
		wantRules(t, typ.Name(), typ, tt.shape)
	}
}

// wantRules fails unless each field of a struct has a rule in s that fits what it holds.
func wantRules(t *testing.T, path string, typ reflect.Type, s shape) {
	t.Helper()
	for field := range typ.Fields() {
		if field.Anonymous {
			wantRules(t, path, field.Type, s)
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		for _, key := range []string{name, field.Tag.Get("alias")} {
			if key == "" || key == "-" {
				continue
			}
			r, known := s[key]
			if !known || r.how == hide {
				t.Errorf("%s.%s has no rule", path, key)
				continue
			}
			wantRule(t, path+"."+key, field.Type, r)
		}
	}
}

func wantRule(t *testing.T, path string, typ reflect.Type, r rule) {
	t.Helper()
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	want := []how{keep, masked, address, stream}
	switch {
	case typ == reflect.TypeFor[time.Time]():
	case typ.Kind() == reflect.Struct:
		want = []how{object}
		wantRules(t, path, typ, r.fields)
	case typ.Kind() == reflect.Map && typ.Elem().Kind() == reflect.Struct:
		want = []how{named}
		wantRules(t, path, typ.Elem(), r.fields)
	case typ.Kind() == reflect.Map && typ.Elem().Kind() == reflect.Bool:
		want = []how{flags}
	case typ.Kind() == reflect.Map:
		want = []how{values, words}
	}
	if !slices.Contains(want, r.how) {
		t.Errorf("%s has the rule %d, which doesn't fit a %s", path, r.how, typ)
	}
}

// tables are the rows of the table that stand for a whole object.
var tables = map[string]shape{
	"room": roomShape, "code": codeShape, "template": templateShape, "role": roleShape, "settings": settingsShape,
	"destinations": destinationsShape, "plugins": pluginsShape, "recording config": recordingConfigShape, "session": sessionShape,
	"stream key": streamKeyShape, "recording": recordingJobShape, "live stream": liveStreamShape, "external stream": externalStreamShape,
	"asset": assetShape,
}

// secretNames are fields whose values nobody may see, wherever they stand; of a room, key is its name once more.
var secretNames = map[string]bool{"key": true, "secret": true, "secretKey": true, "url": true, "rtmpUrls": true, "rtmp_urls": true, "headers": true, "meeting_url": true, "path": true}

// TestNoRowGivesASecretAway fills each object of the table, with secrets where they belong and with fields that nobody knows.
func TestNoRowGivesASecretAway(t *testing.T) {
	for name, s := range tables {
		in, err := json.Marshal(filled(s, name == "room"))
		if err != nil {
			t.Fatal(err)
		}
		got := red.json(in, s)
		if strings.Contains(got, "CANARY") {
			t.Errorf("%s is kept as %s", name, got)
		}
		if strings.Count(string(in), "unheard-of") != strings.Count(got, `"unheard-of":"[hidden]"`) {
			t.Errorf("of %s not every unknown field is kept by name alone: %s", name, got)
		}
	}
}

// filled is an object with every field of a shape.
func filled(s shape, room bool) map[string]any {
	const canary = "CANARY-0123456789-abcdefghij"
	out := map[string]any{"unheard-of": canary}
	for field, r := range s {
		switch {
		case r.how == object:
			out[field] = []any{filled(r.fields, false)}
		case r.how == named:
			out[field] = map[string]any{"one": filled(r.fields, false)}
		case r.how == values, r.how == flags, r.how == words:
			out[field] = map[string]any{"one": canary}
		case r.how == stream:
			out[field] = []any{"rtmp://user@live.example.org/app/" + canary}
		case r.how == address:
			out[field] = "https://user:" + canary + "@files.example.org/a?sig=" + canary
		case r.how == masked || secretNames[field] && !room:
			out[field] = canary
		default:
			out[field] = "plain"
		}
	}
	return out
}

func TestTemplatesAreRedacted(t *testing.T) {
	in := `{"id":"t1","name":"ward","roles":{"host":{"name":"host","permissions":{"endRoom":true,"odd":"text"},"publishParams":{"allowed":["audio"],
		"simulcast":{"video":{"layers":[{"rid":"f","new":1}]}}},"priority":1}},
		"settings":{"region":"eu","recording":{"upload":{"type":"s3","location":"b","credentials":{"key":"short","secretKey":"` + longSecret + `"}}},"retry":{}},
		"destinations":{"rtmpDestinations":{"yt":{"name":"yt","rtmpUrls":["rtmp://a.example.org/live2/` + longSecret + `","rtmp://a.example.org/k"]}},
		"transcriptions":{"x":{"name":"x","translation":{"roleLanguages":{"host":"es","odd":"two words"}}}}},"subdomain":"ward.example.org"}`
	want := map[string]any{
		"id": "t1", "name": "ward", "subdomain": hidden,
		"roles": map[string]any{"host": map[string]any{
			"name": "host", "permissions": map[string]any{"endRoom": true, "odd": hidden}, "priority": 1.0,
			"publishParams": map[string]any{"allowed": []any{"audio"}, "simulcast": map[string]any{
				"video": map[string]any{"layers": []any{map[string]any{"rid": "f", "new": hidden}}},
			}},
		}},
		"settings": map[string]any{"region": "eu", "retry": map[string]any{}, "recording": map[string]any{"upload": map[string]any{
			"type": "s3", "location": "b", "credentials": map[string]any{"key": secret, "secretKey": red.mask(longSecret)},
		}}},
		"destinations": map[string]any{
			"rtmpDestinations": map[string]any{"yt": map[string]any{
				"name": "yt", "rtmpUrls": []any{"rtmp://a.example.org/" + red.mask("live2/"+longSecret), "rtmp://a.example.org/" + secret},
			}},
			"transcriptions": map[string]any{"x": map[string]any{
				"name": "x", "translation": map[string]any{"roleLanguages": map[string]any{"host": "es", "odd": hidden}},
			}},
		},
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(red.json([]byte(in), templateShape)), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a template (-want +got):\n%s", diff)
	}
}

func TestStreamURLs(t *testing.T) {
	for in, want := range map[string]string{
		"":                                       "",
		"rtmp://a.example.org":                   "rtmp://a.example.org",
		"rtmps://a.example.org:443/app/short":    "rtmps://a.example.org:443/" + secret,
		"rtmp://a.example.org/app/" + longSecret: "rtmp://a.example.org/" + red.mask("app/"+longSecret),
		"rtmp://me:pass@a.example.org/app":       "rtmp://a.example.org/" + secret,
		"no URL":                                 hidden,
		"rtmp://[::/x":                           hidden,
	} {
		if got := red.stream(in); got != want {
			t.Errorf("%q is kept as %q, want %q", in, got, want)
		}
	}
}

// TestScrubbedErrors wants an error that repeats secrets to go on without them, and to stay what it is.
func TestScrubbedErrors(t *testing.T) {
	first := &hms.Error{Status: 400, Message: "bad " + longSecret, Details: []string{otherSecret}, Err: errors.New("read " + longSecret)}
	e, ok := errors.AsType[*hms.Error](scrubbed(first, []string{longSecret, otherSecret}))
	if !ok || strings.Contains(e.Error(), longSecret) || strings.Contains(e.Error(), otherSecret) || e.Status != 400 {
		t.Errorf("it is %v", e)
	}
	if first.Details[0] != otherSecret {
		t.Error("the first error was changed")
	}
	other := errors.New("not of the API")
	if got := scrubbed(other, []string{"API"}); got != other {
		t.Errorf("another error is %v", got)
	}
	if scrubbed(nil, nil) != nil {
		t.Error("no error is one")
	}
}

func TestSecretsOfARoom(t *testing.T) {
	room := hms.Room{
		Webhook:       &hms.Webhook{URL: "https://h.example.org/?sig=1", Headers: map[string]string{"X-A": "Bearer header"}},
		RecordingInfo: &hms.RecordingInfo{UploadInfo: &hms.UploadInfo{Credentials: &hms.Credentials{Key: "key", Secret: "secret"}}},
	}
	got := slices.Sorted(slices.Values(secretsOf(room)))
	if diff := cmp.Diff([]string{"Bearer header", "header", "key", "secret", "sig=1"}, got); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
	if got := secretsOf(hms.Room{RecordingInfo: &hms.RecordingInfo{}}); got != nil {
		t.Errorf("a room without secrets has %q", got)
	}
}

// TestShapesAreApart wants no shape to be changed by building another one on it.
func TestShapesAreApart(t *testing.T) {
	before := maps.Clone(jobShape)
	jobShape.and(plainly("more"))
	if len(before) != len(jobShape) {
		t.Error("a shape was changed")
	}
}
