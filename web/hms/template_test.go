package hms_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"roomledger/web/hms"
)

// fieldsOnly compares what is in the fields, whatever it was read from.
var fieldsOnly = cmpopts.IgnoreTypes(hms.Origin{})

func TestDecodeTemplate(t *testing.T) {
	at := time.Date(2026, 2, 3, 4, 5, 6, 7_000_000, time.UTC)
	cases := []struct {
		name, body string
		want       hms.Template
	}{
		{
			"full",
			`{"id":"t1","_id":"t1","name":"class","customerId":"c1","customer":"c1","default":true,
			"roles":{"teacher":{"name":"teacher","publishParams":{"allowed":["audio","video"],"video":{"bitRate":300}},"subscribeParams":{"subscribeToRoles":["pupil"]},"permissions":{"endRoom":true,"mute":false},"priority":1.0,"maxPeerCount":-1},"pupil":{}},
			"settings":{"region":"eu","recording":{"enabled":true,"upload":{"type":"s3","location":"lectures","prefix":"p","options":{"region":"eu-west-3"},"credentials":{"key":"k","secretKey":"s"}}},"roomState":{"messageInterval":5},"retry":{}},
			"destinations":{},"createdAt":"2026-02-03T04:05:06.007Z","updatedAt":"0001-01-01T00:00:00Z"}`,
			hms.Template{
				ID: "t1", Name: "class", CustomerID: "c1", Default: true, CreatedAt: at,
				Roles: map[string]hms.Role{
					"teacher": {
						Name: "teacher", PublishParams: hms.PublishParams{
							Allowed: []string{"audio", "video"}, Video: &hms.VideoParams{BitRate: 300},
						},
						SubscribeParams: hms.SubscribeParams{SubscribeToRoles: []string{"pupil"}},
						Permissions:     map[string]bool{"endRoom": true, "mute": false}, Priority: 1, MaxPeerCount: -1,
					},
					"pupil": {Name: "pupil"},
				},
				Settings: hms.TemplateSettings{
					Region: "eu", RoomState: &hms.TemplateRoomState{MessageInterval: 5}, Retry: &hms.TemplateRetry{},
					Recording: &hms.TemplateRecording{Enabled: true, Upload: &hms.TemplateUpload{
						Type: "s3", Location: "lectures", Prefix: "p", Options: &hms.UploadOptions{Region: "eu-west-3"},
						Credentials: &hms.TemplateCredentials{Key: "k", SecretKey: "s"},
					}},
				},
				Destinations: &hms.Destinations{},
			},
		},
		{"old id", `{"_id":"t2","roles":null,"settings":{"recording":null}}`, hms.Template{ID: "t2", Roles: map[string]hms.Role{}}},
		{
			"nulls", `{"id":"t3","name":null,"roles":{"a":null,"b":{"publishParams":null,"permissions":null,"priority":null}},"settings":null,"createdAt":null}`,
			hms.Template{ID: "t3", Roles: map[string]hms.Role{"a": {Name: "a"}, "b": {Name: "b"}}},
		},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var got hms.Template
			if err := json.Unmarshal([]byte(tc.body), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got, fieldsOnly); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTemplateCalls(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v2/templates/t1":
			fmt.Fprint(w, `{"_id":"t1"}`)
		case "/v2/templates/t2":
			fmt.Fprint(w, `{"name":"without an id"}`)
		default:
			fmt.Fprint(w, map[string]string{
				"":   `{"limit":2,"data":[{"id":"a"},{"id":"b"}],"last":"b"}`,
				"b":  `{"limit":2,"data":[{"id":"c"}],"last":"c"}`,
				"zz": `{"limit":2,"data":null}`,
			}[r.URL.Query().Get("start")])
		}
	})
	if template, err := client.Template(t.Context(), "t1"); err != nil || template.ID != "t1" {
		t.Errorf("got %+v, %v", template, err)
	}
	if _, err := client.Template(t.Context(), "t2"); err == nil {
		t.Error("an answer without an id was taken for a template")
	}
	page, err := client.ListTemplates(t.Context(), 0, "zz")
	if err != nil || page.Limit != 2 || len(page.Data) != 0 {
		t.Errorf("got %+v, %v", page, err)
	}
	var ids []string
	for template, err := range client.AllTemplates(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, template.ID)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, ids); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkDecodeTemplates(b *testing.B) {
	whole, err := os.ReadFile("testdata/template/whole.json")
	if err != nil {
		b.Fatal(err)
	}
	body := []byte("[" + strings.Repeat(string(whole)+",", 99) + string(whole) + "]")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var list []hms.Template
		if err := json.Unmarshal(body, &list); err != nil || len(list) != 100 {
			b.Fatal(len(list), err)
		}
	}
}
