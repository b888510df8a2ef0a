package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A value outside the choices of a list or of radio buttons can't come back in them.
var choices = []string{"region", "recording", "storage", "upload_info.type", "large_room"}

// typedSecrets are the inputs that come back blank.
var typedSecrets = []string{"upload_info.credentials.key", "upload_info.credentials.secret", "webhook.header_value"}

// ruleTests breaks every rule of the room form once, with the message that belongs to it.
var ruleTests = []struct {
	field   string
	changes []string
	says    string
}{
	{"name", []string{"name", "Rishabh's Room"}, "Use only letters a to z, digits, and . - : _ in the name, for example Rishabhs-Room."},
	{"name", []string{"name", "会議室"}, "Use only letters a to z, digits, and . - : _ in the name."},
	{"name", []string{"name", strings.Repeat("a", 257)}, "Shorten the name to 256 characters or fewer."},
	{"name", []string{"name", "a", "name", "b"}, "This was sent more than once. Give one value only."},
	{"description", []string{"description", strings.Repeat("é", 5001)}, "Shorten the description to 5,000 characters or fewer."},
	{"template_id", []string{"template_id", "classroom"}, "Choose a template from the list, or give its id: 24 characters, each 0 to 9 or a to f."},
	{"region", []string{"region", "mars"}, "Choose a region from the list: automatic, India, United States or Europe."},
	{"large_room", []string{"large_room", "maybe"}, "Tick or clear the box for a large room again."},
	{"size", []string{"size", "many"}, "Write the size as a whole number of people, such as 250 or 2,500."},
	{"size", []string{"size", "-1"}, "Write the size as a whole number of people, such as 250 or 2,500."},
	{"size", []string{"size", "2501"}, "Turn on large room for this size, or choose 2,500 or fewer."},
	{"size", []string{"size", "20001", "large_room", "on"}, "Choose a size of 20,000 or fewer; more than 2,500 also needs the large room turned on."},
	{"max_duration_seconds", []string{"max_duration_seconds", "119"}, "Choose 2 minutes (120 seconds) or longer."},
	{"max_duration_seconds", []string{"max_duration_seconds", "12h1s"}, "Choose 12 hours (43,200 seconds) or shorter."},
	{"max_duration_seconds", []string{"max_duration_seconds", "an hour"}, "Write the duration in seconds, such as 5400, or with units, such as 90m or 1h30m."},
	{"recording", []string{"recording", "perhaps"}, "Choose one of the three: as the template says, off, or on."},
	{"storage", []string{"recording", "on", "storage", "attic"}, "Choose where recordings go: with 100ms, or your own bucket."},
	{"upload_info.type", []string{"upload_info.type", "tape"}, "Choose the kind of storage: S3, Google Cloud, Alibaba OSS or Azure."},
	{"upload_info.location", []string{"upload_info.location", ""}, "Name the bucket that recordings go to (for Azure the container)."},
	{"upload_info.location", []string{"upload_info.location", "My Bucket"}, "Check the bucket: S3 names have 3 to 63 lower-case letters, digits, dots and dashes."},
	{"upload_info.prefix", []string{"upload_info.prefix", "/a"}, "Start the path prefix without a slash, such as recordings/ward-7."},
	{"upload_info.prefix", []string{"upload_info.prefix", "a/../b"}, "Write the path prefix without \"..\" steps, such as recordings/ward-7."},
	{"upload_info.options.region", []string{"upload_info.options.region", "eu central"}, "Write the bucket's region in letters, digits and dashes, such as eu-central-1, or leave it blank."},
	{"upload_info.credentials.key", []string{"upload_info.credentials.key", ""}, "Give the access key of the bucket (for Azure the account name); 100ms needs it to write recordings."},
	{"upload_info.credentials.secret", []string{"upload_info.credentials.secret", ""}, "Give the secret that belongs to the access key; 100ms needs both."},
	{"webhook.url", []string{"webhook.url", ""}, "Give the URL that these headers are sent to, or clear the header rows."},
	{"webhook.url", []string{"webhook.url", "hooks.example.org"}, "Write a full web address, such as https://hooks.example.org/rooms."},
	{"webhook.url", []string{"webhook.url", "https://ann:pass@hooks.example.org/"}, "Take the user name and password out of the URL; send them in a header row instead."},
	{"webhook.url", []string{"webhook.url", "https://hooks.example.org/#top"}, "Take the # and what follows out of the URL; it is never sent to a server."},
	{"webhook.header_name", []string{"webhook.header_name", "", "webhook.header_value", "v"}, "Header row 1: give the name that belongs to this value, or clear the row."},
	{"webhook.header_name", []string{"webhook.header_name", "X-A", "webhook.header_value", ""}, "Header row 1: give the value that belongs to this name, or clear the row."},
	{"webhook.header_name", []string{"webhook.header_name", "bad name", "webhook.header_value", "v"}, "Header row 1: use only letters, digits and dashes in the name, such as X-Shared-Secret."},
	{"webhook.header_name", []string{"webhook.header_name", "Host", "webhook.header_value", "v"}, "Header row 1: choose another name; this one belongs to the connection and is set by 100ms."},
	{"webhook.header_name", []string{"webhook.header_name", "X-A", "webhook.header_name", "x-a", "webhook.header_value", "v", "webhook.header_value", "w"}, "Header row 2: this name stands in an earlier row. Keep one of the two; upper and lower case are the same."},
	{"polls", []string{"polls", pollA + " quiz"}, "Check poll 2: an id has 24 characters, each 0 to 9 or a to f."},
	{"polls", []string{"polls", pollA + " " + pollA}, "Take out poll 2: it is the same as poll 1."},
}

func TestEachBrokenRuleIsToldAtItsField(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	good := fill(b, slices.Concat([]string{"name", "ward-7", "description", "text", "polls", pollA}, bucket("s3"), webhook())...)
	for _, tt := range ruleTests {
		t.Run(tt.field+" "+tt.says[:min(len(tt.says), 30)], func(t *testing.T) {
			sent := with(good, tt.changes...)
			p := b.in(t).post("/rooms/new", sent).want(http.StatusUnprocessableEntity)
			wantProblem(t, p, tt.field, tt.says)
			wantInputKept(t, p, sent)
			wantNoSecret(t, "the page", p.body)
		})
	}
	if d.creates() != 0 || len(d.rows()) != 0 {
		t.Error("a form with a broken rule reached the API or history")
	}
	b.post("/rooms/new", good).want(http.StatusSeeOther) // with the token that all of the above left unused
}

// wantProblem fails unless the page says this at the field, ties it to the field's control, and says it in the summary too.
func wantProblem(t *testing.T, p page, field, says string) {
	t.Helper()
	if got := p.message(field); got != says {
		t.Errorf("at %s stands %q, want %q", field, got, says)
	}
	described := p.Find(`[aria-describedby~="` + field + `-error"][aria-invalid="true"]`)
	if described.Length() == 0 || described.Find(`[name="`+field+`"]`).Length()+described.Filter(`[name="`+field+`"]`).Length() == 0 {
		t.Errorf("the message is not tied to the control of %s", field)
	}
	link := p.Find(`[role="alert"] a[href="#` + field + `"]`)
	if link.Length() != 1 || link.Text() != says {
		t.Errorf("the summary says %q of %s", link.Text(), field)
	}
	if p.Find(`[id="`+field+`"]`).Length() != 1 {
		t.Errorf("the summary's link to %s leads nowhere", field)
	}
	if title := p.Find("title").Text(); !strings.HasPrefix(title, "Error: ") {
		t.Errorf("the title is %q", title)
	}
}

// wantInputKept fails unless the form still has what was sent, but for secrets.
func wantInputKept(t *testing.T, p page, sent url.Values) {
	t.Helper()
	kept := p.form("/rooms/new")
	for field, values := range sent {
		switch {
		case slices.Contains(choices, field) && p.message(field) != "":
		case slices.Contains(typedSecrets, field):
			if blank := strings.Join(kept[field], ""); blank != "" {
				t.Errorf("%s came back as %q, want it blank", field, blank)
			}
		case field == "webhook.header_name":
			if diff := cmp.Diff(values, kept[field][:len(values)]); diff != "" {
				t.Errorf("header names (-want +got):\n%s", diff)
			}
		case field == "webhook.url":
			wantURLKept(t, kept.Get(field), values[0])
		case kept.Get(field) != values[0]:
			t.Errorf("%s came back as %.80q, want %.80q", field, kept.Get(field), values[0])
		}
	}
}

// wantURLKept fails unless a URL came back without the parts that may hold a secret, with a question mark where its
// query has to be typed again.
func wantURLKept(t *testing.T, got, sent string) {
	t.Helper()
	want := strings.ReplaceAll(sent, "ann:pass@", "")
	want, _, _ = strings.Cut(want, "#")
	if path, _, query := strings.Cut(want, "?"); query {
		want = path + "?"
	}
	if got != want {
		t.Errorf("the URL came back as %.80q, want %.80q", got, want)
	}
}

func TestAllBrokenRulesAtOnce(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	sent := fill(b, "name", "a b", "size", "x", "max_duration_seconds", "y", "polls", "z", "webhook.url", "nowhere", "template_id", "t")
	p := b.post("/rooms/new", sent).want(http.StatusUnprocessableEntity)
	var order []string
	for _, a := range p.Find(`[role="alert"] a`).EachIter() {
		order = append(order, strings.TrimPrefix(a.AttrOr("href", ""), "#"))
	}
	want := []string{"name", "template_id", "size", "max_duration_seconds", "webhook.url", "polls"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("the summary's order (-want +got):\n%s", diff)
	}
}
