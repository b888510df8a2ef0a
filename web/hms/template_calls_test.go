package hms_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

// templateCall is one operation on templates and what it must look like on the wire.
type templateCall struct {
	name   string
	call   func(*testing.T, *hms.Client) error
	want   sent
	answer string
	repeat bool // where no clear answer came
}

var templateCallTable = []templateCall{
	{"create", func(t *testing.T, c *hms.Client) error {
		got, err := c.CreateTemplate(t.Context(), hms.Template{
			ID: "not-sent", Name: "duet", Roles: map[string]hms.Role{"one": {}, "two": {Name: "two", MaxPeerCount: -1}},
		})
		return answered(err, got.ID, "t7")
	}, sent{"POST", "/v2/templates", `{"name":"duet","roles":{"one":{},"two":{"maxPeerCount":-1,"name":"two"}}}`}, `{"id":"t7"}`, true},
	{"create without a name", func(t *testing.T, c *hms.Client) error {
		_, err := c.CreateTemplate(t.Context(), hms.Template{})
		return err
	}, sent{"POST", "/v2/templates", `{}`}, `{"_id":"t8"}`, false},
	{"update", func(t *testing.T, c *hms.Client) error {
		got, err := c.UpdateTemplate(t.Context(), "a/b", hms.Template{Settings: hms.TemplateSettings{Region: hms.RegionUS}})
		return answered(err, got.Settings.Region, "us")
	}, sent{"POST", "/v2/templates/a%2Fb", `{"settings":{"region":"us"}}`}, `{"id":"t7","settings":{"region":"us"}}`, true},
	{"role", func(t *testing.T, c *hms.Client) error {
		got, err := c.Role(t.Context(), "t7", "co/ho st?")
		return answered(err, got.Name, "co/ho st?")
	}, sent{"GET", "/v2/templates/t7/roles/co%2Fho%20st%3F", ""}, `{"publishParams":{}}`, true},
	{"put a role", func(t *testing.T, c *hms.Client) error {
		got, err := c.PutRole(t.Context(), "t7", "one", hms.Role{Name: "one", Priority: 2})
		return answered(err, got.Name, "one")
	}, sent{"POST", "/v2/templates/t7/roles/one", `{"name":"one","priority":2}`}, `{"name":"one","priority":2}`, true},
	{"rename a role", func(t *testing.T, c *hms.Client) error {
		got, err := c.PutRole(t.Context(), "t7", "one", hms.Role{Name: "first"})
		return answered(err, got.Name, "first")
	}, sent{"POST", "/v2/templates/t7/roles/one", `{"name":"first"}`}, `{}`, false},
	{"delete a role", func(t *testing.T, c *hms.Client) error {
		return c.DeleteRole(t.Context(), "t7", "one/two")
	}, sent{"DELETE", "/v2/templates/t7/roles/one%2Ftwo", `{}`}, ``, false},
	{"settings", func(t *testing.T, c *hms.Client) error {
		got, err := c.TemplateSettings(t.Context(), "t7")
		return answered(err, got.Region, "in")
	}, sent{"GET", "/v2/templates/t7/settings", ""}, `{"region":"in"}`, true},
	{"update settings", func(t *testing.T, c *hms.Client) error {
		got, err := c.UpdateTemplateSettings(t.Context(), "t7", hms.TemplateSettings{Region: "in"})
		return answered(err, got.Region, "in")
	}, sent{"POST", "/v2/templates/t7/settings", `{"region":"in"}`}, `{"region":"in"}`, true},
	{"destinations", func(t *testing.T, c *hms.Client) error {
		got, err := c.Destinations(t.Context(), "t7")
		return answered(err, got.HLS["a"].Name, "a")
	}, sent{"GET", "/v2/templates/t7/destinations", ""}, `{"hlsDestinations":{"a":{"name":"a"}}}`, true},
	{"update destinations", func(t *testing.T, c *hms.Client) error {
		_, err := c.UpdateDestinations(t.Context(), "t7", hms.Destinations{RTMP: map[string]hms.RTMPDestination{
			"a": {Name: "a", URLs: []hms.StreamURL{"rtmp://h.example/x/k"}},
		}})
		return err
	}, sent{"POST", "/v2/templates/t7/destinations", `{"rtmpDestinations":{"a":{"name":"a","rtmpUrls":["rtmp://h.example/x/k"]}}}`}, `{}`, true},
	{"recordings", func(t *testing.T, c *hms.Client) error {
		got, err := c.RecordingConfigs(t.Context(), "t7")
		return answered(err, firstRole(got), "host")
	}, sent{"GET", "/v2/templates/t7/recordings", ""}, `[{"name":"a","role":"host"}]`, true},
	{"update recordings", func(t *testing.T, c *hms.Client) error {
		got, err := c.UpdateRecordingConfigs(t.Context(), "t7", []hms.RecordingConfig{{Name: "a", Role: "host", TrackRecording: &hms.TrackRecording{}}})
		return answered(err, firstRole(got), "host")
	}, sent{"POST", "/v2/templates/t7/recordings", `[{"name":"a","role":"host","trackRecording":{}}]`}, `[{"name":"a","role":"host"}]`, true},
	{"no recordings", func(t *testing.T, c *hms.Client) error {
		_, err := c.UpdateRecordingConfigs(t.Context(), "t7", nil)
		return err
	}, sent{"POST", "/v2/templates/t7/recordings", `[]`}, `null`, true},
}

// answered is err, or else an error unless got is want.
func answered(err error, got, want string) error {
	if err == nil && got != want {
		return fmt.Errorf("answered %q, want %q", got, want)
	}
	return err
}

func firstRole(configs []hms.RecordingConfig) string {
	for _, config := range configs {
		return config.Role
	}
	return ""
}

func TestTemplateOperations(t *testing.T) {
	for _, tc := range templateCallTable {
		t.Run(tc.name, func(t *testing.T) {
			var got sent
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got = sent{r.Method, r.RequestURI, string(body)}
				if tc.answer == "" {
					w.WriteHeader(http.StatusNoContent)
					return
				}
				io.WriteString(w, tc.answer)
			})
			if err := tc.call(t, client); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTemplateRefusals(t *testing.T) {
	for _, tc := range templateCallTable {
		t.Run(tc.name, func(t *testing.T) {
			client := serve(t, reply(http.StatusNotFound, "application/json", `{"code":404,"message":"not there","details":["said so"]}`))
			failed := asError(t, tc.call(t, client))
			if failed.Status != http.StatusNotFound || failed.Message != "not there" || failed.MaybeDone() {
				t.Errorf("got %+v", failed)
			}
		})
	}
}

// TestTemplateRepeats tells the operations that are sent again when a first answer was lost.
func TestTemplateRepeats(t *testing.T) {
	for _, tc := range templateCallTable {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := &script{steps: []step{{status: http.StatusBadGateway}, {status: http.StatusOK, body: tc.answer}}}
				err := tc.call(t, api.client(t))
				if repeated := len(api.times) == 2 && err == nil; repeated != tc.repeat {
					t.Errorf("%d requests, %v; to be repeated: %t", len(api.times), err, tc.repeat)
				}
				if !tc.repeat && !asError(t, err).MaybeDone() {
					t.Error("a change that may have been made isn't said to be")
				}
			})
		})
	}
}

func TestDeleteRoleAnswers(t *testing.T) {
	cases := []struct {
		name, kind, body string
		status           int
		ok               bool
	}{
		{"204", "", "", http.StatusNoContent, true},
		{"empty 200", "", "", http.StatusOK, true},
		{"object", "application/json", "{}", http.StatusOK, true},
		{"another server's page", "text/html", "<html>", http.StatusOK, false},
		{"refusal in a 200", "application/json", `{"code":404,"message":"role not found"}`, http.StatusOK, false},
		{"gone already", "application/json", `{"code":404,"message":"role not found"}`, http.StatusNotFound, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			err := serve(t, reply(tc.status, tc.kind, tc.body)).DeleteRole(t.Context(), "t7", "one")
			if ok := err == nil; ok != tc.ok {
				t.Errorf("got %v", err)
			}
		})
	}
	for _, name := range []string{"", ".", ".."} {
		client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
		if err := client.DeleteRole(t.Context(), "t7", name); err == nil {
			t.Errorf("role %q was deleted", name)
		}
	}
}

// TestEmptyAnswerElsewhere: what answers with a template must not pass with nothing.
func TestEmptyAnswerElsewhere(t *testing.T) {
	for _, tc := range templateCallTable {
		if tc.answer == "" {
			continue
		}
		if err := tc.call(t, serve(t, reply(http.StatusOK, "application/json", ""))); err == nil {
			t.Errorf("%s took an empty answer", tc.name)
		}
	}
	client := serve(t, reply(http.StatusOK, "application/json", "null"))
	for name, read := range templateExamples {
		if strings.HasPrefix(name, "recordings") {
			continue // a list may be null
		}
		if _, err := read(t, client); err == nil {
			t.Errorf("null was read like %s", name)
		}
	}
}

// TestPartsSentBack reads each part of a template and sends it unchanged, with members that nobody knows.
func TestPartsSentBack(t *testing.T) {
	cases := []struct {
		name, answer string
		back         func(*testing.T, *hms.Client) error
		want         string // "": the answer
	}{
		{"role", `{"x":[1.0],"priority":2.0,"permissions":null}`, func(t *testing.T, c *hms.Client) error {
			role, err := c.Role(t.Context(), "t1", "a")
			return then(err, func() error { _, err := c.PutRole(t.Context(), "t1", "a", role); return err })
		}, ""},
		{"settings", `{"x":1,"recording":null,"roomState":{"enabled":["a"]},"retry":{"y":2}}`, sendSettingsBack, ""},
		{
			"secret by its other name", `{"recording":{"upload":{"credentials":{"key":"k","secret":"s"}}}}`,
			sendSettingsBack, `{"recording":{"upload":{"credentials":{"key":"k","secret":"s","secretKey":"s"}}}}`,
		},
		{"destinations", `{"x":1,"hlsDestinations":{"a":{"layers":[{}]}},"plugins":{"y":2}}`, func(t *testing.T, c *hms.Client) error {
			destinations, err := c.Destinations(t.Context(), "t1")
			return then(err, func() error { _, err := c.UpdateDestinations(t.Context(), "t1", destinations); return err })
		}, ""},
		{"recordings", `[{"name":"a","x":1,"trackRecording":{"y":false}}]`, func(t *testing.T, c *hms.Client) error {
			configs, err := c.RecordingConfigs(t.Context(), "t1")
			return then(err, func() error { _, err := c.UpdateRecordingConfigs(t.Context(), "t1", configs); return err })
		}, ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var body []byte
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					body, _ = io.ReadAll(r.Body)
				}
				io.WriteString(w, tc.answer)
			})
			if err := tc.back(t, client); err != nil {
				t.Fatal(err)
			}
			want := tc.answer
			if tc.want != "" {
				want = tc.want
			}
			if diff := cmp.Diff(treeOf(t, []byte(want)), treeOf(t, body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func sendSettingsBack(t *testing.T, c *hms.Client) error {
	settings, err := c.TemplateSettings(t.Context(), "t1")
	return then(err, func() error {
		_, err := c.UpdateTemplateSettings(t.Context(), "t1", settings)
		return err
	})
}

// then goes on where there is no error.
func then(err error, next func() error) error {
	if err != nil {
		return err
	}
	return next()
}

func TestSandboxTemplatesSurvive(t *testing.T) {
	client, _ := withSandbox(t)
	n := 0
	for listed, err := range client.AllTemplates(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		var call hms.Call
		template, err := client.Template(hms.WithCall(t.Context(), &call), listed.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(treeOf(t, call.Body), treeOf(t, encode(t, template))); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(listed, template); diff != "" {
			t.Error(diff)
		}
		n++
	}
	if n == 0 {
		t.Error("the sandbox has no templates")
	}
}
