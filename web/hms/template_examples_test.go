package hms_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

// templateExamples are the files in testdata/template: answers of the shapes that are documented, and how each is read.
var templateExamples = map[string]func(*testing.T, *hms.Client) (any, error){
	"whole.json":        readTemplate,
	"created.json":      readTemplate,
	"updated.json":      readTemplate,
	"settings.json":     readSettings,
	"recordings.json":   readRecordings,
	"destinations.json": func(t *testing.T, c *hms.Client) (any, error) { return c.Destinations(t.Context(), "t") },
	"role.json":         func(t *testing.T, c *hms.Client) (any, error) { return c.Role(t.Context(), "t", "usher") },
	"list.json": func(t *testing.T, c *hms.Client) (any, error) {
		page, err := c.ListTemplates(t.Context(), 0, "")
		return map[string]any{"limit": page.Limit, "data": page.Data, "last": page.Last}, err
	},
	"settings_blank.json":   readSettings,
	"recordings_whole.json": readRecordings,
}

func readTemplate(t *testing.T, c *hms.Client) (any, error) { return c.Template(t.Context(), "t") }

func readSettings(t *testing.T, c *hms.Client) (any, error) {
	return c.TemplateSettings(t.Context(), "t")
}

func readRecordings(t *testing.T, c *hms.Client) (any, error) {
	return c.RecordingConfigs(t.Context(), "t")
}

func TestTemplateExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/template/*.json")
	if err != nil || len(files) != len(templateExamples) {
		t.Errorf("%d files, %d ways to read them, %v", len(files), len(templateExamples), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			body := readFile(t, file)
			read := templateExamples[filepath.Base(file)]
			if read == nil {
				t.Fatal("nothing reads this file")
			}
			value, err := read(t, serve(t, reply(http.StatusOK, "application/json", string(body))))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(treeOf(t, body), treeOf(t, encode(t, value))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPartsOfTemplateAlone reads and writes the parts without a client.
func TestPartsOfTemplateAlone(t *testing.T) {
	for file, again := range map[string]func([]byte) []byte{
		"role.json":         func(body []byte) []byte { return encode(t, decodeAs[hms.Role](t, body)) },
		"settings.json":     func(body []byte) []byte { return encode(t, decodeAs[hms.TemplateSettings](t, body)) },
		"destinations.json": func(body []byte) []byte { return encode(t, decodeAs[hms.Destinations](t, body)) },
		"recordings.json":   func(body []byte) []byte { return encode(t, decodeAs[[]hms.RecordingConfig](t, body)) },
	} {
		body := readFile(t, "testdata/template/"+file)
		if diff := cmp.Diff(treeOf(t, body), treeOf(t, again(body))); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
	settings := decodeAs[hms.TemplateSettings](t, readFile(t, "testdata/template/settings.json"))
	if got := settings.Recording.Upload.Credentials.SecretKey; got != "town-hall-example-secret" {
		t.Errorf("the secret's other name gives %q", got)
	}
}

// TestTemplateFields reads examples in which every documented field is set.
func TestTemplateFields(t *testing.T) {
	template := decodeAs[hms.Template](t, readFile(t, "testdata/template/whole.json"))
	missing := blanks(reflect.ValueOf(template), "template")
	configs := decodeAs[[]hms.RecordingConfig](t, readFile(t, "testdata/template/recordings_whole.json"))
	missing = append(missing, blanks(reflect.ValueOf(configs), "recordings")...)
	slices.Sort(missing)
	want := []string{
		"template.Destinations.Plugins", // stands at the top
		"template.Roles[learner].MaxPeerCount", "template.Roles[learner].Permissions", "template.Roles[learner].Priority",
		"template.Roles[learner].PublishParams", "template.Roles[learner].SubscribeParams",
		"template.Roles[tutor].Permissions[sendRoomState]",
	}
	if diff := cmp.Diff(want, missing); diff != "" {
		t.Error(diff)
	}
}

// blanks lists the fields and entries below value that are zero. A struct without fields can't be anything else.
func blanks(value reflect.Value, path string) []string {
	var found []string
	switch {
	case value.IsZero() && value.Type().Size() > 0:
		return []string{path}
	case value.Type() == reflect.TypeFor[hms.Origin](), value.Type().PkgPath() == "time":
	case value.Kind() == reflect.Pointer:
		return blanks(value.Elem(), path)
	case value.Kind() == reflect.Struct:
		for field, member := range value.Fields() {
			found = append(found, blanks(member, path+"."+field.Name)...)
		}
	case value.Kind() == reflect.Map:
		for entry := value.MapRange(); entry.Next(); {
			found = append(found, blanks(entry.Value(), fmt.Sprintf("%s[%s]", path, entry.Key()))...)
		}
	case value.Kind() == reflect.Slice:
		for i := range value.Len() {
			found = append(found, blanks(value.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
	}
	return found
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// treeOf reads JSON so that two trees are equal when every text, number and null is.
func treeOf(t *testing.T, body []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return tree
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	body, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func decodeAs[T any](t *testing.T, body []byte) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatal(err)
	}
	return value
}
