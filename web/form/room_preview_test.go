package form_test

import (
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/form"
)

func TestPreview(t *testing.T) {
	f, _ := full()
	want := `{
  "name": "ward-7",
  "description": "It's $HOME \"quoted\" ` + "`date`" + ` $STORAGE_KEY <b>",
  "recording_info": {
    "enabled": true,
    "upload_info": {
      "type": "s3",
      "location": "ward-recordings",
      "credentials": {
        "key": "$STORAGE_KEY",
        "secret": "$STORAGE_SECRET"
      }
    }
  },
  "webhook": {
    "url": "https://hooks.example.org/in?$WEBHOOK_QUERY",
    "headers": {
      "X-Api-Key": "$HEADER_X_API_KEY",
      "x_api_key": "$HEADER_X_API_KEY_2"
    }
  }
}`
	if diff := cmp.Diff(want, f.Preview().JSON); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
}

// The command is run by a real shell with a curl that writes its arguments down: what a person copies must send the
// body with the secrets in it, and nothing that was typed may run.
func TestPreviewCurlInAShell(t *testing.T) {
	f, _ := full()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "curl"), []byte("#!/bin/sh\nprintf '%s\\n' \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", f.Preview().Curl)
	cmd.Env = []string{
		"PATH=" + dir, "HOME=/nowhere", "HMS_TOKEN=tok", "STORAGE_KEY=k1", "STORAGE_SECRET=s1", "WEBHOOK_QUERY=a=b",
		"HEADER_X_API_KEY=h1", "HEADER_X_API_KEY_2=h2",
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	head, body, _ := strings.Cut(string(out), "--data-raw\n")
	if want := "-X\nPOST\nhttps://api.100ms.live/v2/rooms\n-H\nAuthorization: Bearer tok\n-H\nContent-Type: application/json\n"; head != want {
		t.Errorf("arguments %q, want %q", head, want)
	}
	var sent, want any
	if err := json.Unmarshal([]byte(body), &sent); err != nil {
		t.Fatalf("%v in\n%s", err, body)
	}
	f.UploadKey, f.UploadSecret, f.WebhookURL = "k1", "s1", "https://hooks.example.org/in?a=b"
	f.Headers = []form.Header{{Name: "X-Api-Key", Value: "h1"}, {Name: "x_api_key", Value: "h2"}}
	wantBody, err := json.Marshal(f.Params())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(wantBody, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestPreviewOfAHalfTypedForm(t *testing.T) {
	f := form.ParseRoom(url.Values{
		"name": {"Rishabh's Room"}, "description": {"fine"}, "size": {"many"}, "max_duration_seconds": {"90m"},
		"recording": {"on"}, "storage": {"own"}, "upload_info.type": {"tape"}, "large_room": {"perhaps"},
		"webhook.url": {"https://h.example.org"}, "webhook.header_name": {"X-One", "bad name", "x-one", "Host"},
	})
	want := `{"description":"fine","max_duration_seconds":5400,"recording_info":{"enabled":true,"upload_info":{"type":"",` +
		`"location":"","credentials":{"key":"$STORAGE_KEY","secret":"$STORAGE_SECRET"}}},` +
		`"webhook":{"url":"https://h.example.org","headers":{"X-One":"$HEADER_X_ONE"}}}`
	var got strings.Builder
	for line := range strings.SplitSeq(f.Preview().JSON, "\n") {
		got.WriteString(strings.Replace(strings.TrimLeft(line, " "), "\": ", "\":", 1))
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	if f.Errors.Any() || f.Size != "many" || len(f.Headers) != 4 {
		t.Errorf("the preview changed the form: %+v", f)
	}
}

// Whatever is wrong with the rest, no text that a page shows has a secret in it.
func TestNoSecretIsShown(t *testing.T) {
	spoil := map[string]func(*form.Room){
		"nothing":          func(*form.Room) {},
		"user info":        func(f *form.Room) { f.WebhookURL = "https://HUSHann:HUSHpass@h.example.org/?HUSHq" },
		"fragment":         func(f *form.Room) { f.WebhookURL = "https://h.example.org/#HUSHfragment" },
		"query twice":      func(f *form.Room) { f.WebhookURL = "https://h.example.org/?HUSHa?HUSHb" },
		"unreadable URL":   func(f *form.Room) { f.WebhookURL = "https://HUSHann:HUSHpass@[::/?HUSHq" },
		"control in query": func(f *form.Room) { f.WebhookURL = "https://h.example.org/?HUSH\x00q" },
		"no URL":           func(f *form.Room) { f.WebhookURL = "" },
		"value only":       func(f *form.Room) { f.Headers = []form.Header{{Value: "HUSHvalue"}} },
		"illegal value":    func(f *form.Room) { f.Headers[0].Value = "HUSH\r\nvalue" },
		"illegal key":      func(f *form.Room) { f.UploadKey = "HUSH\x00key" },
		"key without secret": func(f *form.Room) {
			f.UploadSecret = ""
		},
		"huge secret":       func(f *form.Room) { f.UploadSecret = strings.Repeat("HUSH", 5000) },
		"recording off":     func(f *form.Room) { f.Recording = "off" },
		"recording unknown": func(f *form.Room) { f.Recording = "?" },
	}
	for name, change := range spoil {
		t.Run(name, func(t *testing.T) {
			f, _ := full()
			change(f)
			f.FormToken = token
			f.Valid()
			var shown strings.Builder
			shown.WriteString(f.Preview().JSON + f.Preview().Curl)
			for _, m := range f.Errors.List {
				shown.WriteString(m.Text)
			}
			if secret := holdsSecret(shown.String(), f.Secrets()); secret != "" {
				t.Errorf("%s is shown in\n%s", secret, shown.String())
			}
		})
	}
}

func FuzzRoom(f *testing.F) {
	f.Add("ward-7", "text", "2,500", "1h", "https://h.example.org/?HUSHq", "X-One", "HUSHvalue", "own")
	f.Add("a b", "\x00", "-1", "0x1", "https://a:b@[", "", "\x7f", "vendor")
	f.Add("\xff", "\x7fSTORAGE_KEY\x7f", "9e9", "h", "?#", "host", "", "?")
	f.Fuzz(func(t *testing.T, name, description, size, duration, target, header, value, storage string) {
		r := form.ParseRoom(url.Values{
			"name": {name}, "description": {description}, "size": {size}, "max_duration_seconds": {duration},
			"webhook.url": {target}, "webhook.header_name": {header}, "webhook.header_value": {value},
			"recording": {"on"}, "storage": {storage}, "upload_info.credentials.secret": {"HUSH" + value}, "form_token": {token},
		})
		p := r.Preview()
		if !json.Valid([]byte(p.JSON)) {
			t.Errorf("not JSON: %s", p.JSON)
		}
		if value != "" && strings.Contains(p.JSON+p.Curl, "HUSH"+value) && !strings.Contains(name+description+target+header, "HUSH") {
			t.Errorf("the secret is shown: %s", p.JSON)
		}
		if strings.ContainsRune(p.JSON+p.Curl, '\x7f') {
			t.Errorf("a mark is left: %q", p.JSON)
		}
		if r.Valid() {
			r.Params()
		}
	})
}
