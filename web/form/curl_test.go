package form_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/form"
)

// run gives a command to a real shell, with a curl that writes its arguments down, each ended by a NUL, and returns them.
func run(t *testing.T, command string, env ...string) []string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "curl"), []byte("#!/bin/sh\nprintf '%s\\000' \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", command)
	cmd.Env = append([]string{"PATH=" + dir, "HOME=/nowhere", "HMS_TOKEN=tok"}, env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\nof\n%s", err, out, command)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func TestRecordedCurl(t *testing.T) {
	got := form.RecordedCurl("POST", "/rooms", `{"name":"ward-7","size":9007199254740993,"note":"it's","on":true,"none":null}`)
	want := `curl -X POST "${HMS_API_URL:-https://api.100ms.live/v2}/rooms" \
  -H "Authorization: Bearer $HMS_TOKEN" \
  -H 'Content-Type: application/json' \
  --data-raw '{
  "name": "ward-7",
  "none": null,
  "note": "it'\''s",
  "on": true,
  "size": 9007199254740993
}'`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := form.RecordedCurl("GET", "/rooms/1", ""); strings.Contains(got, "data") || strings.Contains(got, "Content-Type") {
		t.Errorf("without a body:\n%s", got)
	}
	if got := form.RecordedCurl("", "", `{"a":1}`); got != "" {
		t.Errorf("without a request:\n%s", got)
	}
}

// What the record hides becomes variables that the shell fills in; nothing of the record is run or expanded.
func TestRecordedCurlInAShell(t *testing.T) {
	const mark = "hmac-sha256:9f41c07d"
	body := `{"name":"$HOME ` + "`date`" + ` $(date) it's \"x\" \\","path":"[hidden]","list":["[secret]","plain"],
		"recording_info":{"upload_info":{"credentials":{"key":"[secret]","secret":"` + mark + `"}}},
		"webhook":{"url":"https://%5Bsecret%5D@h.example.org/in?` + mark + `","headers":{"X-Api-Key":"` + mark + `","x_api_key":"[secret]"}},
		"odd\u007f` + "`date`" + `\u007f":"a\u007fHOME\u007f"}`
	args := run(t, form.RecordedCurl("POST", "/rooms", body), "FIELD_PATH=p", "FIELD_LIST_0=l", "STORAGE_KEY=k", "STORAGE_SECRET=s",
		"WEBHOOK_USER=u", "WEBHOOK_QUERY=a=b", "HEADER_X_API_KEY=h1", "HEADER_X_API_KEY_2=h2")
	head := []string{"-X", "POST", "https://api.100ms.live/v2/rooms", "-H", "Authorization: Bearer tok", "-H", "Content-Type: application/json", "--data-raw"}
	if diff := cmp.Diff(head, args[:len(args)-1]); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
	var sent any
	if err := json.Unmarshal([]byte(args[len(args)-1]), &sent); err != nil {
		t.Fatalf("%v in\n%s", err, args[len(args)-1])
	}
	want := map[string]any{
		"name": "$HOME `date` $(date) it's \"x\" \\", "path": "p", "list": []any{"l", "plain"},
		"recording_info": map[string]any{"upload_info": map[string]any{"credentials": map[string]any{"key": "k", "secret": "s"}}},
		"webhook": map[string]any{
			"url": "https://u@h.example.org/in?a=b", "headers": map[string]any{"X-Api-Key": "h1", "x_api_key": "h2"},
		},
		"odd\uFFFD`date`\uFFFD": "a\uFFFDHOME\uFFFD",
	}
	if diff := cmp.Diff(any(want), sent); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// Rows may hold anything: another tool may have named the thing.
func TestRecordedCurlOfAnything(t *testing.T) {
	for _, odd := range []string{"`date`", "$(date)", "${HOME}", "'", `"`, `\`, "a b", "a\nb", ";date", "&&", "*", "\x7fHOME\x7f", "\x7f`date`\x7f", "!", "#", "~", "-x"} {
		shown := strings.ReplaceAll(odd, "\x7f", "\uFFFD")
		args := run(t, form.RecordedCurl("POST"+odd, "/rooms/"+odd, odd), "HMS_API_URL=http://x")
		want := []string{"-X", "POST" + shown, "http://x/rooms/" + shown, "-H", "Authorization: Bearer tok", "-H", "Content-Type: application/json", "--data-raw", shown}
		if diff := cmp.Diff(want, args); diff != "" {
			t.Errorf("%q (-want +got):\n%s", odd, diff)
		}
	}
	if args := run(t, form.RecordedCurl("POST", "/rooms", `"[hidden]"`), `BODY={"a":1}`); args[len(args)-1] != `{"a":1}` {
		t.Errorf("a body that is hidden as a whole gives %q", args)
	}
}

func FuzzRecordedCurl(f *testing.F) {
	f.Add("POST", "/rooms", `{"a":"[hidden]"}`)
	f.Add("'", "\x7f`x`\x7f", "{\"\\u007f$(x)\\u007f\":1}")
	f.Fuzz(func(t *testing.T, method, path, body string) {
		got := form.RecordedCurl(method, path, body)
		if path == "" || strings.Contains(method+path+body, "\x00") {
			return // the record has none of these
		}
		args := run(t, got)
		if n := len(args); n != 5 && n != 9 || args[0] != "-X" {
			t.Errorf("%q: the shell makes %q of\n%s", []string{method, path, body}, args, got)
		}
	})
}
