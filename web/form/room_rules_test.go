package form_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/form"
)

const (
	templateID = "5f0c1d2e3a4b5c6d7e8f9012"
	pollA      = "6a01b2c3d4e5f60718293a4b"
	pollB      = "6a01b2c3d4e5f60718293a4c"
	token      = "kq3Zt0_-Ww81LxPzB2aa"
)

// typed is a query string with a good form_token, from pairs of name and value.
func typed(pairs ...string) url.Values {
	values := url.Values{"form_token": {token}}
	for pair := range slices.Chunk(pairs, 2) {
		values.Add(pair[0], pair[1])
	}
	return values
}

// ownBucket is a form with a complete bucket, changed by pairs.
func ownBucket(pairs ...string) url.Values {
	values := typed(
		"recording", "on", "storage", "own", "upload_info.type", "s3", "upload_info.location", "ward-recordings",
		"upload_info.credentials.key", "AKIDWARD0001", "upload_info.credentials.secret", "hush-hush-1234",
	)
	for pair := range slices.Chunk(pairs, 2) {
		values.Set(pair[0], pair[1])
	}
	return values
}

// hooked is a form with a webhook and header rows.
func hooked(target string, rows ...string) url.Values {
	values := typed("webhook.url", target)
	for row := range slices.Chunk(rows, 2) {
		values.Add("webhook.header_name", row[0])
		values.Add("webhook.header_value", row[1])
	}
	return values
}

func TestRoomRules(t *testing.T) {
	const hook = "https://hooks.example.org/in"
	tests := []struct {
		name  string
		typed url.Values
		field string // where a message is expected; "-" for none at all
		says  string // part of it
	}{
		{"nothing but a token", typed(), "-", ""},
		{"name of every allowed kind", typed("name", "Az09.-:_"), "-", ""},
		{"name with blanks around it", typed("name", "  ward-7 "), "-", ""},
		{"name at its limit", typed("name", strings.Repeat("n", 256)), "-", ""},
		{"name over its limit", typed("name", strings.Repeat("n", 257)), "name", "256"},
		{"name of a megabyte", typed("name", strings.Repeat("n", 1<<20)), "name", "256"},
		{"name with an apostrophe", typed("name", "Rishabh's Room"), "name", "Rishabhs-Room"},
		{"name with a null byte", typed("name", "a\x00b"), "name", "can't be seen"},
		{"name with a newline", typed("name", "a\nb"), "name", "can't be seen"},
		{"name in invalid UTF-8", typed("name", "a\xffb"), "name", "could not be read"},
		{"name in Arabic", typed("name", "غرفة"), "name", "letters a to z"},
		{"name as emoji", typed("name", "🎉"), "name", "letters a to z"},
		{"name as markup", typed("name", "<script>x</script>"), "name", "script-x-script"},
		{"name with a slash", typed("name", "a/b"), "name", "a-b"},

		{"description with lines", typed("description", "one\r\ntwo\tthree"), "-", ""},
		{"description at its limit", typed("description", strings.Repeat("é", 5000)), "-", ""},
		{"description over its limit", typed("description", strings.Repeat("é", 5001)), "description", "5,000"},
		{"description with a null byte", typed("description", "a\x00"), "description", "null byte"},
		{"description in invalid UTF-8", typed("description", "\xc3("), "description", "can't be shown"},

		{"template", typed("template_id", " "+templateID+"\n"), "-", ""},
		{"template in capitals", typed("template_id", strings.ToUpper(templateID)), "template_id", "24 characters"},
		{"template cut short", typed("template_id", templateID[1:]), "template_id", "24 characters"},
		{"template by name", typed("template_id", "clinic"), "template_id", "from the list"},

		{"region automatic", typed("region", "auto"), "-", ""},
		{"region us", typed("region", "us"), "-", ""},
		{"region unknown", typed("region", "mars"), "region", "from the list"},
		{"region in capitals", typed("region", "EU"), "region", "from the list"},

		{"large room by another value", typed("large_room", "1"), "large_room", "Tick or clear"},
		{"size zero", typed("size", "0"), "-", ""},
		{"size at its limit", typed("size", "2500"), "-", ""},
		{"size with a comma", typed("size", "2,500"), "-", ""},
		{"size with a thin space", typed("size", "2\u2009500"), "-", ""},
		{"size over its limit", typed("size", "2501"), "size", "Turn on large room"},
		{"size in a large room", typed("size", "20000", "large_room", "on"), "-", ""},
		{"size over a large room", typed("size", "20001", "large_room", "on"), "size", "20,000"},
		{"size over a large room without one", typed("size", "20001"), "size", "20,000"},
		{"size negative", typed("size", "-1"), "size", "whole number"},
		{"size with a plus", typed("size", "+5"), "size", "whole number"},
		{"size hexadecimal", typed("size", "0x10"), "size", "whole number"},
		{"size with an exponent", typed("size", "1e3"), "size", "whole number"},
		{"size with a fraction", typed("size", "2.5"), "size", "whole number"},
		{"size with a misplaced comma", typed("size", "25,00"), "size", "whole number"},
		{"size with two commas", typed("size", "2,,500"), "size", "whole number"},
		{"size in other digits", typed("size", "٢٥"), "size", "whole number"},
		{"size beyond an integer", typed("size", strings.Repeat("9", 40)), "size", "20,000"},
		{"size of a megabyte", typed("size", strings.Repeat("9", 1<<20)), "size", "whole number"},

		{"duration in words", typed("max_duration_seconds", "1h30m"), "-", ""},
		{"duration too short", typed("max_duration_seconds", "119"), "max_duration_seconds", "2 minutes"},
		{"duration too long", typed("max_duration_seconds", "43201"), "max_duration_seconds", "12 hours"},
		{"duration unreadable", typed("max_duration_seconds", "soon"), "max_duration_seconds", "1h30m"},

		{"recording off", typed("recording", "off"), "-", ""},
		{"recording unknown", typed("recording", "maybe"), "recording", "three"},
		{"storage unknown", typed("recording", "on", "storage", "drawer"), "storage", "your own bucket"},
		{"storage unknown without recording", typed("recording", "off", "storage", "drawer"), "-", ""},
		{"storage sent twice without recording", typed("storage", "own", "storage", "vendor"), "-", ""},
		{"bucket without recording", typed("storage", "own", "upload_info.type", "tape"), "-", ""},
		{"bucket while stored with 100ms", typed("recording", "on", "upload_info.prefix", "/x"), "-", ""},

		{"bucket complete", ownBucket(), "-", ""},
		{"bucket of unknown kind", ownBucket("upload_info.type", "tape"), "upload_info.type", "kind of storage"},
		{"bucket without a name", ownBucket("upload_info.location", " "), "upload_info.location", "Name the bucket"},
		{"bucket in capitals", ownBucket("upload_info.location", "Ward"), "upload_info.location", "S3 names"},
		{"bucket too short", ownBucket("upload_info.location", "ab"), "upload_info.location", "3 to 63"},
		{"bucket at an end a dash", ownBucket("upload_info.location", "ward-"), "upload_info.location", "3 to 63"},
		{"bucket with an underscore at s3", ownBucket("upload_info.location", "a_b"), "upload_info.location", "S3 names"},
		{"bucket with an underscore at gs", ownBucket("upload_info.type", "gs", "upload_info.location", "a_b"), "-", ""},
		{"bucket with a dot at oss", ownBucket("upload_info.type", "oss", "upload_info.location", "a.b"), "upload_info.location", "OSS"},
		{"container with a dot", ownBucket("upload_info.type", "azure", "upload_info.location", "a.b"), "upload_info.location", "container"},
		{"prefix", ownBucket("upload_info.prefix", "prod/ward 7"), "-", ""},
		{"prefix with a leading slash", ownBucket("upload_info.prefix", "/prod"), "upload_info.prefix", "without a slash"},
		{"prefix going up", ownBucket("upload_info.prefix", "a/../b"), "upload_info.prefix", ".."},
		{"prefix with two dots in a name", ownBucket("upload_info.prefix", "a..b"), "-", ""},
		{"prefix with a tab", ownBucket("upload_info.prefix", "a\tb"), "upload_info.prefix", "can't be shown"},
		{"prefix too long", ownBucket("upload_info.prefix", strings.Repeat("p", 513)), "upload_info.prefix", "512"},
		{"bucket region", ownBucket("upload_info.options.region", "eu-central-1"), "-", ""},
		{"bucket region with a space", ownBucket("upload_info.options.region", "eu central"), "upload_info.options.region", "dashes"},
		{"key without secret", ownBucket("upload_info.credentials.secret", ""), "upload_info.credentials.secret", "100ms needs both"},
		{"secret without key", ownBucket("upload_info.credentials.key", ""), "upload_info.credentials.key", "access key"},
		{"key with a line break inside", ownBucket("upload_info.credentials.key", "a\nb"), "upload_info.credentials.key", "Copy it again"},
		{"secret too long", ownBucket("upload_info.credentials.secret", strings.Repeat("s", 4097)), "upload_info.credentials.secret", "too long"},

		{"webhook", hooked(hook), "-", ""},
		{"webhook by http and port", hooked("http://10.0.0.7:8080/x?y=z"), "-", ""},
		{"webhook to IPv6", hooked("https://[::1]/x"), "-", ""},
		{"webhook by ftp", hooked("ftp://example.org/"), "webhook.url", "full web address"},
		{"webhook without scheme", hooked("example.org/in"), "webhook.url", "full web address"},
		{"webhook without host", hooked("https:///in"), "webhook.url", "full web address"},
		{"webhook opaque", hooked("https:example.org"), "webhook.url", "full web address"},
		{"webhook as script", hooked("javascript:alert(1)"), "webhook.url", "full web address"},
		{"webhook to port zero", hooked("https://example.org:0/"), "webhook.url", "full web address"},
		{"webhook to no port", hooked("https://example.org:99999/"), "webhook.url", "full web address"},
		{"webhook with bad escape", hooked("https://example.org/%zz"), "webhook.url", "full web address"},
		{"webhook with user info", hooked("https://ann:hush@example.org/"), "webhook.url", "user name and password"},
		{"webhook with fragment", hooked("https://example.org/in#top"), "webhook.url", "#"},
		{"webhook that lost its query", hooked("https://example.org/in?"), "webhook.url", "again"},
		{"webhook with empty fragment", hooked("https://example.org/in#"), "webhook.url", "#"},
		{"webhook with space", hooked("https://example.org/a b"), "webhook.url", "without spaces"},
		{"webhook with null byte", hooked("https://example.org/\x00"), "webhook.url", "without spaces"},
		{"webhook too long", hooked("https://example.org/" + strings.Repeat("p", 2048)), "webhook.url", "2,048"},

		{"headers", hooked(hook, "X-One", "1", "", "", "X-Two", " two words\t2 "), "-", ""},
		{"headers without URL", hooked("", "X-One", "1"), "webhook.url", "clear the header rows"},
		{"blank rows without URL", hooked("", "", "", " ", ""), "-", ""},
		{"name without value", hooked(hook, "X-One", "1", "X-Two", ""), "webhook.header_name", "Header row 2: give the value"},
		{"value without name", hooked(hook, "", "lonely"), "webhook.header_name", "Header row 1: give the name"},
		{"name with a space", hooked(hook, "X One", "1"), "webhook.header_name", "letters, digits and dashes"},
		{"name with a colon", hooked(hook, "X-One:", "1"), "webhook.header_name", "letters, digits and dashes"},
		{"name with a line break", hooked(hook, "X\r\nY", "1"), "webhook.header_name", "letters, digits and dashes"},
		{"name too long", hooked(hook, strings.Repeat("x", 257), "1"), "webhook.header_name", "256"},
		{"name of the connection", hooked(hook, "HOST", "1"), "webhook.header_name", "belongs to the connection"},
		{"name Content-Length", hooked(hook, "content-length", "1"), "webhook.header_name", "belongs to the connection"},
		{"same name in another case", hooked(hook, "X-One", "1", "x-one", "2"), "webhook.header_name", "Header row 2: this name"},
		{"value with a line break", hooked(hook, "X-One", "a\r\nb"), "webhook.header_name", "on one line"},
		{"value with a null byte", hooked(hook, "X-One", "a\x00"), "webhook.header_name", "on one line"},
		{"value in other letters", hooked(hook, "X-One", "é"), "webhook.header_name", "plain letters"},
		{"value too long", hooked(hook, "X-One", strings.Repeat("v", 4097)), "webhook.header_name", "4,096"},

		{"polls", typed("polls", pollA+",\r\n "+pollB), "-", ""},
		{"poll of another shape", typed("polls", pollA+" nope"), "polls", "Check poll 2"},
		{"poll twice", typed("polls", pollA+" "+pollB+" "+pollA), "polls", "poll 3: it is the same as poll 1"},
		{"polls over their limit", typed("polls", strings.Repeat(pollA+" ", 101)), "polls", "100"},
		{"polls of a megabyte", typed("polls", strings.Repeat("a ", 1<<19)), "polls", "100"},

		{"overwrite", typed("overwrite", templateID), "-", ""},
		{"overwrite by yes", typed("overwrite", "yes"), "", "did not name a room"},
		{"no token", url.Values{}, "", "out of date"},
		{"token too short", url.Values{"form_token": {"abc"}}, "", "out of date"},
		{"token too long", url.Values{"form_token": {strings.Repeat("a", 129)}}, "", "out of date"},
		{"token of other characters", url.Values{"form_token": {strings.Repeat("a ", 16)}}, "", "out of date"},
		{"token twice", typed("form_token", token), "", "out of date"},
		{"name twice", typed("name", "a", "name", "b"), "name", "more than once"},
		{"size twice", typed("size", "1", "size", "1"), "size", "more than once"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := form.ParseRoom(tt.typed)
			valid := f.Valid()
			if tt.field == "-" {
				if !valid {
					t.Fatalf("broken rules: %v", f.Errors.List)
				}
				return
			}
			if valid || len(f.Errors.List) != 1 || f.Errors.List[0].Field != tt.field {
				t.Fatalf("broken rules: %.300v, want one at %q", f.Errors.List, tt.field)
			}
			if text := f.Errors.Of(tt.field); !strings.Contains(text, tt.says) || !strings.HasSuffix(text, ".") {
				t.Errorf("message %q, want a sentence with %q", text, tt.says)
			}
		})
	}
}

func TestTooManyHeaders(t *testing.T) {
	f := form.ParseRoom(hooked("https://example.org/"))
	f.Headers = make([]form.Header, 10_000)
	if !f.Valid() {
		t.Errorf("blank rows count: %v", f.Errors.List)
	}
	for i := range f.Headers {
		f.Headers[i] = form.Header{Name: "X-" + strings.Repeat("y", i%200) + string(rune('a'+i%26)), Value: "v"}
	}
	if f.Valid() || f.Errors.Of("webhook.header_name") == "" {
		t.Errorf("ten thousand headers pass: %v", f.Errors.List)
	}
}

func TestBucketWithoutCredentialsAsksForBoth(t *testing.T) {
	f := form.ParseRoom(ownBucket("upload_info.credentials.key", "", "upload_info.credentials.secret", ""))
	f.Valid()
	for _, field := range []string{"upload_info.credentials.key", "upload_info.credentials.secret"} {
		if f.Errors.Of(field) == "" {
			t.Errorf("no message at %s", field)
		}
	}
}

func TestMessagesInOrderOfTheForm(t *testing.T) {
	f := form.ParseRoom(url.Values{
		"polls": {"x"}, "webhook.url": {"x"}, "size": {"x"}, "name": {"a b"}, "region": {"us", "eu"}, "overwrite": {"x"},
	})
	f.Valid()
	f.Valid() // starts afresh
	var got []string
	for _, m := range f.Errors.List {
		got = append(got, m.Field)
	}
	want := []string{"", "", "name", "region", "size", "webhook.url", "polls"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestParseRoomKeepsWhatWasTyped(t *testing.T) {
	f := form.ParseRoom(url.Values{
		"name": {" a b ", "second"}, "description": {"one\r\ntwo\rthree"}, "large_room": {"on"},
		"webhook.header_name": {"X-One", ""}, "webhook.header_value": {"1", "", "3"},
	})
	want := &form.Room{
		Name: " a b ", Description: "one\ntwo\nthree", LargeRoom: true, LargeRoomValue: "on",
		Recording: "inherit", Storage: "vendor", Repeated: []string{"name"},
		Headers: []form.Header{{Name: "X-One", Value: "1"}, {}, {Value: "3"}},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
	if got := form.ParseRoom(nil).Headers; len(got) != 1 {
		t.Errorf("an empty form has %d header rows, want one to type into", len(got))
	}
}

func BenchmarkValidMegabyteFields(b *testing.B) {
	big := strings.Repeat("a", 1<<20)
	f := form.ParseRoom(ownBucket())
	f.Name, f.Description, f.Size, f.Polls, f.WebhookURL = big, big, big, big, big
	f.UploadPrefix, f.UploadSecret, f.Headers[0].Name = big, big, big
	for b.Loop() {
		if f.Valid() {
			b.Fatal("a megabyte passes")
		}
	}
}
