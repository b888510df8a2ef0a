package form_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/form"
	"roomledger/web/hms"
)

// documented is every error text that the vendor's documentation or other people's programs give for calls about rooms,
// with the field where we show it. "auth" are refusals of our key.
var documented = map[string]string{
	"Token validation error":                                                       "auth",
	"Authentication error":                                                         "auth",
	"Authentication Error":                                                         "auth",
	"insufficient permissions":                                                     "auth",
	"Bucket location is missing":                                                   "upload_info.location",
	"Invalid upload configuration":                                                 "upload_info.type",
	"Invalid body param: template. Use template_id":                                "template_id",
	"Error: region not supported":                                                  "region",
	"Error: template not found":                                                    "template_id",
	"template not found":                                                           "template_id",
	"Invalid body param: max_duration_seconds less than 120 seconds":               "max_duration_seconds",
	"Invalid body param: max_duration_seconds greater than 43200 seconds":          "max_duration_seconds",
	"Invalid body param: room size greater than 20000":                             "size",
	"Invalid body param: room size greater than 2500, set large_room flag as true": "size",
	"Room not found":                                                               "",
	"Room is disabled":                                                             "",
	"Room is disabled (not active)":                                                "",
	"cannot create: room not active":                                               "name",
	"user does not have required permission":                                       "",
	"request body must not be empty":                                               "",
	"request body contains badly-formed JSON (at position 67)":                     "",
	"rate limit exceeded, retry after 45 seconds":                                  "",
}

func TestRefusedTextsRowByRow(t *testing.T) {
	for text, field := range documented {
		t.Run(text, func(t *testing.T) {
			r, known := form.FindRefusal(strings.ToUpper(text))
			if !known || (field == "auth") != r.Auth {
				t.Fatalf("FindRefusal = %+v, %v", r, known)
			}
			if field == "auth" {
				field = ""
			}
			for shape, e := range map[string]*hms.Error{
				"message":          {Status: 400, Message: text},
				"detail":           {Status: 400, Message: "Invalid body param", Details: []string{text}},
				"both":             {Status: 400, Message: text, Details: []string{text}},
				"with an aside":    {Status: 400, Message: text, Details: []string{"not found"}},
				"in another case":  {Status: 400, Message: strings.ToLower(text)},
				"in the middle of": {Status: 400, Message: "oops: " + text + " (again)"},
			} {
				f := form.ParseRoom(typed())
				if !f.Refused(e) {
					t.Errorf("%s: not known", shape)
				}
				want := []form.Message{{Field: field, Text: r.Says}}
				if diff := cmp.Diff(want, f.Errors.List); diff != "" {
					t.Errorf("%s: messages (-want +got):\n%s", shape, diff)
				}
			}
		})
	}
}

func TestRefusalsAreComplete(t *testing.T) {
	for _, r := range form.RoomRefusals() {
		met := func(text string) bool { return strings.Contains(text, r.Text) }
		if !slices.ContainsFunc(slices.Collect(maps.Keys(documented)), met) {
			t.Errorf("%q is in the table and not among the documented texts", r.Text)
		}
		if r.Says == "" || !strings.HasSuffix(r.Says, ".") || r.Auth && r.Field != "" {
			t.Errorf("row %+v: want a sentence, and no field for a refused key", r)
		}
		if got, _ := form.FindRefusal(r.Text); got != r {
			t.Errorf("%q is found as %q", r.Text, got.Text)
		}
	}
}

func TestRefusedUnknownText(t *testing.T) {
	tests := []struct {
		name  string
		err   *hms.Error
		known bool
		want  []form.Message
	}{
		{
			"text", &hms.Error{Message: "moon phase unsuitable"}, false,
			[]form.Message{{Text: "100ms answered: moon phase unsuitable."}},
		},
		{
			"head and detail", &hms.Error{Message: "Invalid body param", Details: []string{"Invalid body param: name!"}}, false,
			[]form.Message{{Text: "100ms answered: Invalid body param; Invalid body param: name!"}},
		},
		{"nothing", &hms.Error{}, false, []form.Message{{Text: "100ms answered: no, without saying why."}}},
		{
			"one of two details known",
			&hms.Error{Message: "Invalid body param", Details: []string{"odd thing", "Bucket location is missing"}}, true,
			[]form.Message{
				{Text: "100ms answered: odd thing."},
				{Field: "upload_info.location", Text: "100ms got no bucket to store in. Name the bucket (for Azure the container)."},
			},
		},
		{
			"unprintable", &hms.Error{Message: "bad\x00\r\n\u202etext\xff"}, false,
			[]form.Message{{Text: "100ms answered: bad    text\uFFFD."}},
		},
		{
			"echo of secrets", &hms.Error{Message: "bad HUSHkey0001, HUSH'se\"cret at https://hooks.example.org/in?HUSHname=HUSHvalue"}, false,
			[]form.Message{{Text: "100ms answered: bad ••••, •••• at https://hooks.example.org/in?••••."}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, _ := full()
			if known := f.Refused(tt.err); known != tt.known {
				t.Errorf("known = %v", known)
			}
			if diff := cmp.Diff(tt.want, f.Errors.List); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefusedCutsLongTexts(t *testing.T) {
	f, secrets := full()
	f.Refused(&hms.Error{Message: strings.Repeat("é", 490) + " HUSHheader " + strings.Repeat("x", 1<<20)})
	text := f.Errors.Of("")
	if n := utf8.RuneCountInString(text); n > 550 || !utf8.ValidString(text) {
		t.Errorf("%d characters", n)
	}
	if secret := holdsSecret(text, secrets); secret != "" {
		t.Errorf("%s is shown: %s", secret, text)
	}
}
