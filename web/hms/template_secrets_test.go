package hms_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

// canaries are the secrets of guarded, and what it says of itself that we don't know.
var canaries = []string{"canary-key", "canary-secret", "canary-stream", "canary-password", "canary-query", "canary-unknown"}

func guarded(t *testing.T) hms.Template {
	return decodeAs[hms.Template](t, []byte(`{
		"id": "t1", "name": "choir", "x": "canary-unknown",
		"roles": {"a": {"x": "canary-unknown", "publishParams": {"simulcast": {"video": {"layers": [{"rid": "f", "x": "canary-unknown"}]}}}}},
		"settings": {"recording": {"enabled": true, "upload": {"type": "s3", "location": "choir-takes", "x": "canary-unknown",
			"credentials": {"key": "canary-key-1", "secretKey": "canary-secret-1"}}}},
		"destinations": {"rtmpDestinations": {"d": {"name": "d", "x": "canary-unknown", "rtmpUrls": [
			"rtmp://in.example.org/app/canary-stream-1", "rtmp://u:canary-password@in.example.org/app/s?auth=canary-query",
			"rtmp://in.example.org:bad/app/canary-stream-2"]}}}}`))
}

func reveals(text string) bool {
	for _, canary := range canaries {
		if strings.Contains(text, canary) {
			return true
		}
	}
	return false
}

func TestTemplateWithoutSecrets(t *testing.T) {
	template := guarded(t)
	before := encode(t, template)
	shown := template.WithoutSecrets()
	if text := string(encode(t, shown)); reveals(text) {
		t.Errorf("a secret is left: %s", text)
	}
	if after := encode(t, template); string(before) != string(after) {
		t.Errorf("the template itself was changed from %s to %s", before, after)
	}
	want := guarded(t)
	want.Settings.Recording.Upload.Credentials = nil
	destination := want.Destinations.RTMP["d"]
	destination.URLs = []hms.StreamURL{"rtmp://in.example.org", "rtmp://in.example.org", "(no address)"}
	want.Destinations.RTMP["d"] = destination
	if diff := cmp.Diff(want, shown, fieldsOnly); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(hms.Template{}, hms.Template{}.WithoutSecrets(), fieldsOnly); diff != "" {
		t.Error(diff)
	}
}

// TestTemplateWithoutSecretsIsNotSent: sending it would wipe the secrets, and what we don't know.
func TestTemplateWithoutSecretsIsNotSent(t *testing.T) {
	client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	shown := guarded(t).WithoutSecrets()
	mixed := guarded(t)
	mixed.Settings = shown.Settings
	mixedToo := guarded(t)
	mixedToo.Destinations.RTMP["d"] = shown.Destinations.RTMP["d"]
	for i, send := range []func() error{
		func() error { _, err := client.CreateTemplate(t.Context(), shown); return err },
		func() error { _, err := client.UpdateTemplate(t.Context(), "t1", shown); return err },
		func() error { _, err := client.UpdateTemplate(t.Context(), "t1", mixed); return err },
		func() error { _, err := client.UpdateTemplate(t.Context(), "t1", mixedToo); return err },
		func() error {
			_, err := client.UpdateTemplateSettings(t.Context(), "t1", shown.Settings)
			return err
		},
		func() error {
			_, err := client.UpdateDestinations(t.Context(), "t1", *shown.Destinations)
			return err
		},
	} {
		if failed := asError(t, send()); failed.Attempts != 0 || failed.MaybeDone() {
			t.Errorf("%d: got %+v", i, failed)
		}
	}
}

func TestPrintingTemplatesShowsNoSecret(t *testing.T) {
	template := guarded(t)
	upload := template.Settings.Recording.Upload
	destination := template.Destinations.RTMP["d"]
	config := decodeAs[hms.RecordingConfig](t, []byte(`{"name":"r","x":"canary-unknown"}`))
	for _, value := range []any{
		config, template, &template, template.Origin, template.Roles["a"], template.Settings, &template.Settings,
		*template.Settings.Recording, upload, *upload, upload.Credentials, *upload.Credentials,
		template.Destinations, *template.Destinations, destination, destination.URLs[0],
	} {
		if text := fmt.Sprintf("%v %+v %#v %s", value, value, value, value); reveals(text) {
			t.Errorf("%T printed: %s", value, text)
		}
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
		if reveals(log.String()) {
			t.Errorf("%T logged: %s", value, log.String())
		}
	}
	type holder struct{ template hms.Template } // its field is printed without asking its methods
	if text := fmt.Sprintf("%v %+v %#v", holder{template}, holder{template}, holder{template}); reveals(text) {
		t.Errorf("within a struct: %s", text)
	}
	if got := fmt.Sprint(template); got != "hms.Template{t1 choir}" {
		t.Errorf("got %s", got)
	}
}

// TestTemplateErrorsMaskSecrets has an API that repeats in its error what it was sent, whole and in parts.
func TestTemplateErrorsMaskSecrets(t *testing.T) {
	template := guarded(t)
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		said := strings.ReplaceAll(string(body), "canary-unknown", "x")
		answer, _ := json.Marshal(map[string]any{
			"code": 400, "message": "can't use canary-stream-1", "details": []string{said, "nor canary-password or canary-query", "canary-stream-2"},
		})
		w.WriteHeader(http.StatusBadRequest)
		w.Write(answer)
	})
	for name, send := range map[string]func() error{
		"create": func() error { _, err := client.CreateTemplate(t.Context(), template); return err },
		"update": func() error { _, err := client.UpdateTemplate(t.Context(), "t1", template); return err },
		"destinations": func() error {
			_, err := client.UpdateDestinations(t.Context(), "t1", *template.Destinations)
			return err
		},
	} {
		failed := asError(t, send())
		if text := failed.Error() + strings.Join(failed.Texts(), " "); reveals(text) || !strings.Contains(text, "[hidden]") {
			t.Errorf("%s: %s", name, text)
		}
	}
	client = serve(t, reply(http.StatusBadRequest, "application/json", `{"message":"canary-key-1 and canary-secret-1 don't fit"}`))
	_, err := client.UpdateTemplateSettings(t.Context(), "t1", template.Settings)
	if text := asError(t, err).Error(); reveals(text) || !strings.Contains(text, "[hidden]") {
		t.Error(text)
	}
}
