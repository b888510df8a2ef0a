package handlers_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"roomledger/db"
	"roomledger/web/sandbox"
)

// canaries are secrets that must never be seen again, by the field they are typed into.
var canaries = map[string]string{
	"upload_info.credentials.key":    "CANARY-key-8f3a91",
	"upload_info.credentials.secret": `CANARY"secret"&<77>+/= with words`,
	"header 1":                       "CANARY-header-value-51c0e7d2",
	"header 2":                       "Bearer CANARYtoken4409aa",
	"query":                          "sig=CANARYquery0017&v=CANARYvalue9988",
	"short key":                      "CANARYk",
	"password of a sign-in":          "CANARY signs in with 41d7",
	"password as an address":         "canary-typed-into-the-wrong-field-93",
	"new password":                   "CANARY new words 6a0e",
	"current password":               "CANARY old words 77b2",
	"unknown field":                  "CANARY-unheard-of-5f0d21c8",
	"template key":                   "CANARY-of-a-template-key-77d0",
	"template secret":                `CANARY'template "secret" <8c1>&`,
	"stream key":                     "CANARYstream-key-e51b9f",
	"secret of the account":          sandbox.DemoSecret,
}

// tells are the parts of the canaries to look for: each alone would give its secret away.
func tells() []string {
	var all []string
	for _, secret := range canaries {
		all = append(all, secret)
	}
	return append(all, "CANARYtoken4409aa", "CANARYquery0017", "CANARYvalue9988", `CANARY"secret`, "CANARY-head")
}

// disguises are the ways in which a text may be written down.
func disguises(text string) []string {
	quoted := jsonOf(text)
	return []string{
		text, html.EscapeString(text), url.QueryEscape(text), url.PathEscape(text), quoted[1 : len(quoted)-1],
		strings.ReplaceAll(text, `"`, `\"`), strings.ReplaceAll(text, `"`, `""`), base64.StdEncoding.EncodeToString([]byte(text)),
	}
}

// wantNoCanary fails when a text gives a secret away.
func wantNoCanary(t *testing.T, where, text string) {
	t.Helper()
	for _, tell := range tells() {
		for _, disguise := range disguises(tell) {
			if i := strings.Index(text, disguise); i >= 0 {
				t.Errorf("%s holds %q: …%q…", where, tell, text[max(0, i-80):min(len(text), i+80)])
				break
			}
		}
	}
}

// tap hears every answer that a browser gets, with its headers.
type tap struct {
	mu      sync.Mutex
	answers map[string]string
}

func (l *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if closing := resp.Body.Close(); err == nil {
		err = closing
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers[fmt.Sprintf("%d. %s %s: %d", len(l.answers)+1, r.Method, r.URL.Path, resp.StatusCode)] = fmt.Sprint(resp.Header) + string(body)
	return resp, err
}

// secretive is what the form is changed by for a room with every canary in it.
func secretive(key string) []string {
	return []string{
		"recording", "on", "storage", "own", "upload_info.type", "s3", "upload_info.location", "ward-recordings",
		"upload_info.credentials.key", key, "upload_info.credentials.secret", canaries["upload_info.credentials.secret"],
		"webhook.url", "https://hooks.example.org/in?" + canaries["query"],
		"webhook.header_name", "X-Api-Key", "webhook.header_name", "Authorization", "webhook.header_name", "X-Short",
		"webhook.header_value", canaries["header 1"], "webhook.header_value", canaries["header 2"], "webhook.header_value", canaries["short key"],
	}
}

// useSecrets sends rooms with secrets to every kind of answer that there is.
func useSecrets(t *testing.T, d *desk, b *browser) {
	t.Helper()
	long := secretive(canaries["upload_info.credentials.key"])
	name := func(name string) url.Values { return with(fill(b, long...), "name", name) }
	b.post("/rooms/new", name("not a name")).want(http.StatusUnprocessableEntity)
	b.post("/rooms/new", with(name("ward-1"), "show", "request")).want(http.StatusOK)
	b.post("/rooms/new", with(name("ward-1"), "add", "webhook.header")).want(http.StatusOK)
	b.post("/rooms/new", with(name("ward-1"), "webhook.url", "https://CANARYtoken4409aa:CANARYquery0017@[::/?CANARYvalue9988")).want(http.StatusUnprocessableEntity)
	made := name("ward-1")
	at := b.post("/rooms/new", made).want(http.StatusSeeOther).location
	b.post("/rooms/new", with(made, "description", "other content")).want(http.StatusConflict)
	b.post("/rooms/new", with(fill(b, secretive(canaries["short key"])...), "name", "ward-2")).want(http.StatusSeeOther)
	b.post("/rooms/new", name("WARD-2")).want(http.StatusConflict)
	b.post("/rooms/new", with(name("WARD-1"), "overwrite", strings.TrimPrefix(at, "/rooms/"))).want(http.StatusSeeOther)
	b.confirm(at+"/disable", "").want(http.StatusSeeOther)
	b.confirm(at+"/enable", "").want(http.StatusSeeOther)
	echoSecrets(d, b, name)
	echoKept(d, b, at)
	useUnknown(d, b)
	useTemplateSecrets(d, b)
}

// echoSecrets lets the API repeat the secrets in every shape of an error, and in an answer that can't be read.
func echoSecrets(d *desk, b *browser, name func(string) url.Values) {
	b.t.Helper()
	var all []string
	for _, of := range []string{"upload_info.credentials.key", "upload_info.credentials.secret", "header 1", "header 2", "query", "short key"} {
		all = append(all, canaries[of])
	}
	text := "bad upload: " + strings.Join(all, ", ")
	details := `{"code":%d,"message":` + jsonOf(text) + `,"details":` + jsonOf(all) + `}`
	cut := `{"code":400,"message":"%s` + canaries["header 1"] + `"}` // so long that it is cut within the secret
	for i, fault := range []struct {
		sandbox.Fault
		want int
	}{
		{sandbox.Fault{Status: 400, Body: fmt.Sprintf(details, 400)}, http.StatusUnprocessableEntity},
		{sandbox.Fault{Status: 400, Body: fmt.Sprintf(cut, strings.Repeat("x", 488))}, http.StatusUnprocessableEntity},
		{sandbox.Fault{Status: 400, Body: fmt.Sprintf(cut, strings.Repeat("é", 244))}, http.StatusUnprocessableEntity},
		{sandbox.Fault{Status: 403, Body: fmt.Sprintf(details, 403)}, http.StatusConflict},
		{sandbox.Fault{Status: 500, Body: fmt.Sprintf(details, 500)}, http.StatusBadGateway},
		{sandbox.Fault{Status: 502, Body: "<html>" + text, ContentType: "text/html", Times: 3}, http.StatusBadGateway},
		{sandbox.Fault{Body: `{"id":` + jsonOf(text)}, http.StatusBadGateway},
		{sandbox.Fault{Body: `{"error":` + jsonOf(text) + `}`}, http.StatusBadGateway},
		{sandbox.Fault{CutAfter: true, Times: 3}, http.StatusBadGateway},
	} {
		sent := name(fmt.Sprintf("ward-1%d", i))
		d.lose(fault.Fault)
		b.post("/rooms/new", sent).want(fault.want)
		b.post("/rooms/new", sent).want(fault.want)
	}
	d.settle(5, 0)
}

// readEverything opens every page and file that shows rooms or history.
func readEverything(d *desk, b *browser) {
	b.t.Helper()
	d.refresh()
	paths := []string{"/", "/rooms", "/rooms.csv", "/history", "/history.csv", "/history.jsonl", "/settings/sessions", "/metrics"}
	for _, room := range d.boxed() {
		paths = append(paths, "/rooms/"+room.ID, "/rooms/"+room.ID+"?live=1", "/rooms/new?from="+room.ID, "/rooms/"+room.ID+"/disable")
	}
	for _, row := range d.rows() {
		paths = append(paths, "/history/"+row.Operation)
	}
	for _, path := range paths {
		b.get(path).want(http.StatusOK)
	}
}

func TestSecretsAreNeverSeenAgain(t *testing.T) {
	d := newDesk(t)
	b := d.as("admin")
	heard := &tap{answers: map[string]string{}}
	b.http.Transport = heard
	usePasswords(d, b, heard)
	useSecrets(t, d, b)
	readEverything(d, b)
	readRoutes(d, b)
	for which, answer := range heard.answers {
		wantNoCanary(t, which, answer)
	}
	wantNoCanary(t, "the log", d.log.String())
	wantNoCanary(t, "the database", d.onDisk())
	if !strings.Contains(string(d.boxed()[0].Body), "CANARYquery0017") {
		t.Error("the API doesn't have the secrets: this test would see nothing")
	}
	wantMarks(t, d)
}

// wantMarks fails unless long secrets left marks that tell them to be equal, and short ones nothing.
func wantMarks(t *testing.T, d *desk) {
	t.Helper()
	secret := "hmac-sha256:" + d.ledger.Mark(canaries["upload_info.credentials.secret"])
	query := "https://hooks.example.org/in?hmac-sha256:" + d.ledger.Mark(canaries["query"])
	for _, row := range d.rows() {
		if row.Action != "room.create" || row.Phase != db.PhaseIntent || row.TargetName == "ward-30" { // which was asked for without any
			continue
		}
		if !strings.Contains(row.Request, secret) || !strings.Contains(row.Request, query) {
			t.Errorf("the intent of %s has no marks: %s", row.TargetName, row.Request)
		}
		if short := strings.Contains(row.Request, `"key":"[secret]"`); short != (row.TargetName == "ward-2") {
			t.Errorf("the intent of %s has the key as %s", row.TargetName, row.Request)
		}
	}
	if mark := d.ledger.Mark(canaries["short key"]); strings.Contains(d.onDisk(), mark) {
		t.Error("the mark of a short secret is kept, so that it could be guessed")
	}
}
