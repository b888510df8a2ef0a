package handlers_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
)

// Made-up ids of polls.
const (
	pollA = "66b1c2d3e4f5061728394a5b"
	pollB = "66b1c2d3e4f5061728394a5c"
)

// in is the same browser, reporting to a subtest.
func (b *browser) in(t *testing.T) *browser {
	c := *b
	c.t = t
	return &c
}

// fill opens the room form and returns what it would send, changed by pairs of field and value.
func fill(b *browser, changes ...string) url.Values {
	b.t.Helper()
	return with(b.get("/rooms/new").want(http.StatusOK).form("/rooms/new"), changes...)
}

// with is a copy of a form, changed by pairs of field and value. A field that is named again gets one more value.
func with(v url.Values, changes ...string) url.Values {
	c := maps.Clone(v)
	seen := map[string]bool{}
	for pair := range slices.Chunk(changes, 2) {
		if !seen[pair[0]] {
			c.Del(pair[0])
		}
		seen[pair[0]] = true
		c.Add(pair[0], pair[1])
	}
	return c
}

// bucket is what the form is changed by for a room that is recorded into a bucket of our own.
func bucket(kind string) []string {
	return []string{
		"recording", "on", "storage", "own", "upload_info.type", kind, "upload_info.location", "ward-recordings",
		"upload_info.credentials.key", "AKIA-for-tests-0001", "upload_info.credentials.secret", "a secret of the bucket 1",
	}
}

// webhook is what the form is changed by for a webhook with two headers, of four rows.
func webhook() []string {
	return []string{
		"webhook.url", "https://hooks.example.org/in?token=a-secret-of-the-query",
		"webhook.header_name", "X-Api-Key", "webhook.header_name", "", "webhook.header_name", "Authorization", "webhook.header_name", "",
		"webhook.header_value", "a secret of the header 1", "webhook.header_value", "",
		"webhook.header_value", "Bearer another-secret-2", "webhook.header_value", "",
	}
}

// boxedRoom is the newest room that the API holds, as an update would answer it, and its id.
func (d *desk) boxedRoom() (room map[string]any, id string) {
	d.t.Helper()
	rooms := d.boxed()
	if len(rooms) == 0 {
		d.t.Fatal("the API has no room")
	}
	if err := json.Unmarshal(rooms[len(rooms)-1].Body, &room); err != nil {
		d.t.Fatal(err)
	}
	return room, rooms[len(rooms)-1].ID
}

// creates is how many requests to make a room have reached the API.
func (d *desk) creates() int { return d.box.Calls(http.MethodPost, "/rooms") }

// pick is what the API holds of the wanted fields; those it leaves out are nil.
func pick(room map[string]any, want map[string]any) map[string]any {
	got := map[string]any{}
	for field := range want {
		got[field] = room[field]
	}
	return got
}

func TestAdminMakesARoom(t *testing.T) {
	d := newDesk(t)
	b := d.as("admin")
	made := b.post("/rooms/new", fill(b, "name", "class-7b", "size", "40", "max_duration_seconds", "1h30m")).want(http.StatusSeeOther)
	room := b.get(made.location).want(http.StatusOK)
	if got := room.Find("h1").Text(); !strings.Contains(got, "class-7b") {
		t.Errorf("heading %q doesn't name the room", got)
	}
	boxed := d.boxed()
	if len(boxed) != 1 || boxed[0].Name != "class-7b" || made.location != "/rooms/"+boxed[0].ID {
		t.Errorf("the API has %+v, the page is %s", boxed, made.location)
	}
	rows := d.rows()
	if len(rows) != 2 || rows[0].Phase != db.PhaseIntent || rows[1].Phase != db.PhaseDone || rows[0].Operation != rows[1].Operation {
		t.Fatalf("history is %+v, want one intent and its outcome", rows)
	}
	if rows[1].TargetID != boxed[0].ID || rows[1].APIStatus != 200 || rows[0].ActorName != "admin@example.org" {
		t.Errorf("outcome is %+v", rows[1])
	}
	if rows[0].TargetName != "class-7b" || rows[0].APIPath != "/rooms" || rows[0].IP != "127.0.0.1" || rows[0].RequestID == "" {
		t.Errorf("intent is %+v", rows[0])
	}
}

func TestEveryFieldReachesTheAPI(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	templates := b.get("/rooms/new").Find("#template_id option")
	template := templates.Last().AttrOr("value", "")
	changes := slices.Concat([]string{
		"name", "Ward-7.a:b_c", "description", "Morning & <evening>\r\nsecond line", "template_id", template, "region", "eu",
		"large_room", "on", "size", "12,000", "max_duration_seconds", "90m", "polls", pollA + ",\n " + pollB,
		"upload_info.prefix", "ward/7", "upload_info.options.region", "eu-central-1",
	}, bucket("s3"), webhook())
	b.post("/rooms/new", fill(b, changes...)).want(http.StatusSeeOther)
	want := map[string]any{
		"name": "Ward-7.a:b_c", "description": "Morning & <evening>\nsecond line", "template_id": template, "region": "eu",
		"large_room": true, "size": 12000.0, "max_duration_seconds": 5400.0, "polls": []any{pollA, pollB}, "enabled": true,
		"recording_info": map[string]any{"enabled": true, "upload_info": map[string]any{
			"type": "s3", "location": "ward-recordings", "prefix": "ward/7", "options": map[string]any{"region": "eu-central-1"},
			"credentials": map[string]any{"key": "AKIA-for-tests-0001", "secret": "a secret of the bucket 1"},
		}},
		"webhook": map[string]any{
			"url":     "https://hooks.example.org/in?token=a-secret-of-the-query",
			"headers": map[string]any{"X-Api-Key": "a secret of the header 1", "Authorization": "Bearer another-secret-2"},
		},
	}
	room, _ := d.boxedRoom()
	if diff := cmp.Diff(want, pick(room, want)); diff != "" {
		t.Errorf("the API's room (-want +got):\n%s", diff)
	}
}

func TestRecordingAndStorage(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	own := func(kind string) any {
		return map[string]any{"enabled": true, "upload_info": map[string]any{
			"type": kind, "location": "ward-recordings",
			"credentials": map[string]any{"key": "AKIA-for-tests-0001", "secret": "a secret of the bucket 1"},
		}}
	}
	tests := map[string]struct {
		changes []string
		want    any
	}{
		"as the template":            {[]string{"recording", "inherit"}, nil},
		"off":                        {[]string{"recording", "off"}, map[string]any{"enabled": false}},
		"on, with 100ms":             {[]string{"recording", "on", "storage", "vendor"}, map[string]any{"enabled": true}},
		"s3":                         {bucket("s3"), own("s3")},
		"gs":                         {bucket("gs"), own("gs")},
		"oss":                        {bucket("oss"), own("oss")},
		"azure":                      {bucket("azure"), own("azure")},
		"off, the bucket filled in":  {append(bucket("s3"), "recording", "off"), map[string]any{"enabled": false}},
		"inherit, the bucket filled": {append(bucket("s3"), "recording", "inherit"), nil},
		"with 100ms, bucket filled":  {append(bucket("s3"), "storage", "vendor"), map[string]any{"enabled": true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := b.in(t)
			v := fill(b)
			for pair := range slices.Chunk(tt.changes, 2) {
				v.Set(pair[0], pair[1])
			}
			b.post("/rooms/new", v).want(http.StatusSeeOther)
			room, _ := d.boxedRoom()
			if diff := cmp.Diff(tt.want, room["recording_info"]); diff != "" {
				t.Errorf("recording_info (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWaysToWriteAValue(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	tests := []struct {
		changes []string
		field   string
		want    any
	}{
		{[]string{"max_duration_seconds", "5400"}, "max_duration_seconds", 5400.0},
		{[]string{"max_duration_seconds", "90m"}, "max_duration_seconds", 5400.0},
		{[]string{"max_duration_seconds", "1h30m"}, "max_duration_seconds", 5400.0},
		{[]string{"max_duration_seconds", " 1 H 30 MIN "}, "max_duration_seconds", 5400.0},
		{[]string{"max_duration_seconds", "120"}, "max_duration_seconds", 120.0},
		{[]string{"max_duration_seconds", "12h"}, "max_duration_seconds", 43200.0},
		{[]string{"max_duration_seconds", ""}, "max_duration_seconds", nil},
		{[]string{"size", "2500"}, "size", 2500.0},
		{[]string{"size", "20 000", "large_room", "on"}, "size", 20000.0},
		{[]string{"size", ""}, "size", nil},
		{[]string{"large_room", "on"}, "large_room", true},
		{[]string{"polls", pollA + "\t" + pollB}, "polls", []any{pollA, pollB}},
		{[]string{"polls", ""}, "polls", nil},
		{[]string{"webhook.url", "http://10.0.0.1:8080/x"}, "webhook", map[string]any{"url": "http://10.0.0.1:8080/x"}},
		{[]string{"description", "   "}, "description", ""},
		{[]string{"region", "in"}, "region", "in"},
	}
	for _, tt := range tests {
		b.post("/rooms/new", fill(b, tt.changes...)).want(http.StatusSeeOther)
		room, _ := d.boxedRoom()
		if diff := cmp.Diff(tt.want, room[tt.field]); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.changes, diff)
		}
	}
}

var uuid4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestBlankNameIsFilledBeforeTheCall(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	for _, name := range []string{"", "   "} {
		b.post("/rooms/new", fill(b, "name", name)).want(http.StatusSeeOther)
	}
	rows := d.rows()
	if len(rows) != 4 {
		t.Fatalf("history has %d rows, want 4", len(rows))
	}
	intent := rows[0]
	if !uuid4.MatchString(intent.TargetName) || !strings.Contains(intent.Request, `"name":"`+intent.TargetName+`"`) {
		t.Errorf("intent names %q and asks for %s", intent.TargetName, intent.Request)
	}
	if boxed := d.boxed(); boxed[0].Name != intent.TargetName || boxed[1].Name == boxed[0].Name {
		t.Errorf("the API has %+v", boxed)
	}
}

// secretsOf are the secret values that bucket and webhook put into the form.
var secretsOf = []string{
	"AKIA-for-tests-0001", "a secret of the bucket 1", "a secret of the header 1", "another-secret-2", "a-secret-of-the-query",
}

func wantNoSecret(t *testing.T, where, text string) {
	t.Helper()
	for _, s := range secretsOf {
		if strings.Contains(text, s) || strings.Contains(text, url.QueryEscape(s)) {
			t.Errorf("%s shows the secret %q", where, s)
		}
	}
}

func TestPreview(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	changes := slices.Concat([]string{"name", "ward-7", "size", "many", "show", "request"}, bucket("s3"), webhook())
	p := b.post("/rooms/new", fill(b, changes...)).want(http.StatusOK)
	asJSON, asCurl := p.Find("#preview .as-json").Text(), p.Find("#preview .as-curl").Text()
	for _, want := range []string{
		`"name": "ward-7"`, `"key": "$STORAGE_KEY"`, `"secret": "$STORAGE_SECRET"`, `"X-Api-Key": "$HEADER_X_API_KEY"`,
		`"Authorization": "$HEADER_AUTHORIZATION"`, "https://hooks.example.org/in?$WEBHOOK_QUERY",
	} {
		if !strings.Contains(asJSON, want) {
			t.Errorf("the JSON lacks %s:\n%s", want, asJSON)
		}
	}
	if strings.Contains(asJSON, `"size"`) {
		t.Errorf("the preview holds a size that is no number:\n%s", asJSON)
	}
	for _, want := range []string{"curl -X POST", `"$STORAGE_KEY"`, `"$HEADER_AUTHORIZATION"`, `"name": "ward-7"`} {
		if !strings.Contains(asCurl, want) {
			t.Errorf("the curl command lacks %s:\n%s", want, asCurl)
		}
	}
	wantNoSecret(t, "the preview", asJSON+asCurl)
	if strings.HasPrefix(p.Find("title").Text(), "Error") || p.message("size") != "" {
		t.Error("looking at the preview is treated as a mistake")
	}
	if d.creates() != 0 || len(d.rows()) != 0 {
		t.Error("looking at the preview changed something")
	}
}

func TestHeaderRowsWithoutScripts(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	v := fill(b, slices.Concat([]string{"name", "not a name!", "size", "many", "large_room", "on"}, webhook())...)
	p := b.post("/rooms/new", with(v, "add", "webhook.header")).want(http.StatusOK)
	grown := p.form("/rooms/new")
	if diff := cmp.Diff([]string{"X-Api-Key", "", "Authorization", "", ""}, grown["webhook.header_name"]); diff != "" {
		t.Errorf("rows after adding (-want +got):\n%s", diff)
	}
	p = b.post("/rooms/new", with(grown, "remove", "webhook.header.1")).want(http.StatusOK)
	shrunk := p.form("/rooms/new")
	if diff := cmp.Diff([]string{"X-Api-Key", "Authorization", "", ""}, shrunk["webhook.header_name"]); diff != "" {
		t.Errorf("rows after removing (-want +got):\n%s", diff)
	}
	for field := range v {
		if strings.HasPrefix(field, "webhook.") {
			continue
		}
		if diff := cmp.Diff(v[field], shrunk[field]); diff != "" {
			t.Errorf("%s changed along (-want +got):\n%s", field, diff)
		}
	}
	if p.Find(`[role="alert"]`).Length() != 0 || d.creates() != 0 || len(d.rows()) != 0 {
		t.Error("changing the rows did more than that")
	}
	last := b.post("/rooms/new", with(fill(b, "name", "x"), "remove", "webhook.header.0")).want(http.StatusOK)
	if n := len(last.form("/rooms/new")["webhook.header_name"]); n != 1 {
		t.Errorf("%d rows are left, want one to type into", n)
	}
}

func TestCopyOfARoom(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	original := fill(b, slices.Concat([]string{
		"name", "ward-7", "description", "Two\nlines", "region", "us", "large_room", "on", "size", "3000",
		"max_duration_seconds", "5400", "polls", pollA, "upload_info.prefix", "p", "upload_info.options.region", "eu-west-1",
	}, bucket("gs"), webhook())...)
	at := b.post("/rooms/new", original).want(http.StatusSeeOther).location
	p := b.get("/rooms/new?from=" + strings.TrimPrefix(at, "/rooms/")).want(http.StatusOK)
	wantNoSecret(t, "the copy", p.body)
	copied := p.form("/rooms/new")
	same := []string{
		"description", "region", "large_room", "size", "max_duration_seconds", "polls", "recording", "storage",
		"upload_info.type", "upload_info.location", "upload_info.prefix", "upload_info.options.region",
	}
	for _, field := range same {
		if copied.Get(field) != original.Get(field) {
			t.Errorf("%s is %q, want %q", field, copied.Get(field), original.Get(field))
		}
	}
	if copied.Get("name") != "" || copied.Get("webhook.url") != "https://hooks.example.org/in?" {
		t.Errorf("name %q and URL %q, want none and the URL with the question mark of its query", copied.Get("name"), copied.Get("webhook.url"))
	}
	if diff := cmp.Diff([]string{"Authorization", "X-Api-Key"}, copied["webhook.header_name"]); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if copied.Get("form_token") == "" || copied.Get("form_token") == original.Get("form_token") {
		t.Error("the copy has no token of its own")
	}
}

func TestCopyThatCannotBeRead(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	for _, from := range []string{"0123456789abcdef01234567", "x", "..", "%00", "a/b"} {
		p := b.get("/rooms/new?from=" + url.QueryEscape(from)).want(http.StatusOK)
		if !strings.Contains(p.Find("main").Text(), "couldn't be read") {
			t.Errorf("?from=%s: the page doesn't say that the room couldn't be read", from)
		}
	}
}

func TestNameState(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	at := b.post("/rooms/new", fill(b, "name", "Ward-7")).want(http.StatusSeeOther).location
	tests := map[string]struct{ name, text, link string }{
		"none":                  {"", "", ""},
		"free":                  {"ward-8", "Free.", ""},
		"taken in another case": {"wARD-7", "Taken", at},
		"bad":                   {"Rishabh's Room", "Rishabhs-Room", ""},
		"nothing to suggest":    {"会議室", "are allowed", ""},
	}
	for name, tt := range tests {
		p := b.get("/rooms/new?name=" + url.QueryEscape(tt.name)).want(http.StatusOK)
		state := p.Find("#name-state")
		if !strings.Contains(state.Text(), tt.text) || state.Find("a").AttrOr("href", "") != tt.link {
			t.Errorf("%s: the state says %q", name, strings.TrimSpace(state.Text()))
		}
		if got := p.form("/rooms/new").Get("name"); got != tt.name {
			t.Errorf("%s: the form has the name %q", name, got)
		}
	}
	if d.creates() != 1 {
		t.Error("looking at a name made a room")
	}
}

func TestFormWithoutTemplates(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	failing(d, http.MethodGet, "/templates", 500, 100)
	p := b.get("/rooms/new").want(http.StatusOK)
	if p.Find("input#template_id").Length() != 1 || !strings.Contains(p.Find("main").Text(), "templates couldn't be read") {
		t.Fatalf("the form doesn't take a template's id: %s", p.problem())
	}
	b.post("/rooms/new", with(p.form("/rooms/new"), "name", "ward-7")).want(http.StatusSeeOther)
}
