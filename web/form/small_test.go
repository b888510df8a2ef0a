package form

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEditRows(t *testing.T) {
	rows := url.Values{"webhook.header_name": {"A", "B", "C"}, "webhook.header_value": {"1", "2", "3"}}
	for _, tt := range []struct {
		name, button, path string
		edits              bool
		want               []string
	}{
		{"add", "add", "webhook.header", true, []string{"A", "B", "C", ""}},
		{"remove the first", "remove", "webhook.header.0", true, []string{"B", "C"}},
		{"remove the last", "remove", "webhook.header.2", true, []string{"A", "B"}},
		{"no such row", "remove", "webhook.header.3", true, []string{"A", "B", "C"}},
		{"negative", "remove", "webhook.header.-1", true, []string{"A", "B", "C"}},
		{"no number", "remove", "webhook.header.x", true, []string{"A", "B", "C"}},
		{"other path", "add", "polls", true, []string{"A", "B", "C"}},
		{"no button", "", "", false, []string{"A", "B", "C"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			values := url.Values{"webhook.header_name": rows["webhook.header_name"], "webhook.header_value": rows["webhook.header_value"]}
			if tt.button != "" {
				values.Set(tt.button, tt.path)
			}
			f := ParseRoom(values)
			if got := f.EditRows(values); got != tt.edits {
				t.Errorf("EditRows is %v", got)
			}
			var names []string
			for _, h := range f.Headers {
				names = append(names, h.Name)
			}
			if diff := cmp.Diff(tt.want, names); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEditRowsKeepsOneRowToTypeInto(t *testing.T) {
	values := url.Values{"webhook.header_name": {"A"}, "webhook.header_value": {"1"}, "remove": {"webhook.header.0"}}
	f := ParseRoom(values)
	f.EditRows(values)
	if diff := cmp.Diff([]Header{{}}, f.Headers); diff != "" {
		t.Error(diff)
	}
}

func TestConfirm(t *testing.T) {
	good := strings.Repeat("t", 16)
	for _, tt := range []struct {
		name   string
		values url.Values
		field  string // of the message; "-" for none
	}{
		{"plain", url.Values{"form_token": {good}}, "-"},
		{"with a reason", url.Values{"form_token": {good}, "reason": {"term is over\r\nsee you"}}, "-"},
		{"no token", url.Values{}, ""},
		{"short token", url.Values{"form_token": {"short"}}, ""},
		{"token with a blank", url.Values{"form_token": {good + " x"}}, ""},
		{"token twice", url.Values{"form_token": {good, good}}, "form_token"},
		{"long reason", url.Values{"form_token": {good}, "reason": {strings.Repeat("x", MaxReason+1)}}, "reason"},
		{"control character", url.Values{"form_token": {good}, "reason": {"a\x00b"}}, "reason"},
		{"reason twice", url.Values{"form_token": {good}, "reason": {"a", "b"}}, "reason"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := ParseConfirm(tt.values)
			if valid := f.Valid(); valid != (tt.field == "-") {
				t.Fatalf("valid is %v: %v", valid, f.Errors.List)
			}
			if tt.field != "-" && f.Errors.Of(tt.field) == "" {
				t.Errorf("no message at %q: %v", tt.field, f.Errors.List)
			}
		})
	}
}

func TestReasons(t *testing.T) {
	const at = "reason"
	typed := " the term\r\nis over \n"
	for name, tt := range map[string]struct {
		reason string
		want   string // as kept, when it may be
		says   string
	}{
		"plain":     {typed, "the term\nis over", ""},
		"blank":     {" \n", "", ""},
		"as long":   {strings.Repeat("ü", MaxReason), strings.Repeat("ü", MaxReason), ""},
		"too long":  {strings.Repeat("ü", MaxReason+1), "", "Shorten the reason to 500 characters or fewer."},
		"null byte": {"a\x00b", "", "Type the reason again; it holds something that is no text."},
	} {
		values := url.Values{at: {tt.reason}}
		confirm, room, person := ParseConfirm(values), ParseRoom(values), ParsePerson(values)
		confirm.ValidLocal()
		room.Valid()
		person.ValidChange("ann@example.org")
		for kind, got := range map[string][2]string{
			"confirm": {confirm.Reason, confirm.Errors.Of(at)}, "room": {room.Reason, room.Errors.Of(at)}, "person": {person.Reason, person.Errors.Of(at)},
		} {
			if got[1] != tt.says || tt.says == "" && got[0] != tt.want {
				t.Errorf("%s, %s: %q with the message %q", name, kind, got[0], got[1])
			}
		}
	}
}

func TestCSVCell(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "plain": "plain", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "a=1": "a=1", "'=1": "'=1",
	} {
		if got := CSVCell(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestDiffJSON(t *testing.T) {
	got, err := DiffJSON(
		`{"name":"a","size":40,"gone":true,"same":1,"none":null,"webhook":{"headers":{"x":"one"}},"polls":["p"]}`,
		`{"name":"b","size":2500000,"same":1,"new":false,"webhook":{"headers":{"x":"two"}},"polls":["p","q"]}`)
	want := []Change{
		{Field: "gone", Have: "true"},
		{Field: "name", Have: "a", Will: "b"},
		{Field: "new", Will: "false"},
		{Field: "polls.1", Will: "q"},
		{Field: "size", Have: "40", Will: "2500000"},
		{Field: "webhook.headers.x", Have: "one", Will: "two"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, broken := range [][2]string{{"", "{}"}, {"{}", "{"}} {
		if _, err := DiffJSON(broken[0], broken[1]); err == nil {
			t.Errorf("%q is taken for JSON", broken)
		}
	}
}

func TestShownHoldsNoSecret(t *testing.T) {
	f := &Room{
		Name: "kept", UploadLocation: "bucket", UploadKey: "canary-key", UploadSecret: "canary-secret",
		WebhookURL: "https://u:canary-user@hooks.example.org/a?k=canary-query#canary-fragment",
		Headers:    []Header{{Name: "X-Team", Value: "canary-header"}},
	}
	shown := f.Shown()
	want := &Room{Name: "kept", UploadLocation: "bucket", WebhookURL: "https://hooks.example.org/a?", Headers: []Header{{Name: "X-Team"}}}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Error(diff)
	}
	if f.Headers[0].Value != "canary-header" {
		t.Error("the form itself lost its secret")
	}
	plain := &Room{WebhookURL: "not a url yet"}
	if got := plain.Shown().WebhookURL; got != "not a url yet" {
		t.Errorf("typed text without a secret came back as %q", got)
	}
}
