package form_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/form"
)

func parseQuery(t *testing.T, query string) url.Values {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func TestRoomsFilterRules(t *testing.T) {
	tests := []struct {
		query     string
		field     string // where a message is expected; "" for none
		canonical string
	}{
		{"", "", ""},
		{"enabled=all&sort=-created&q=", "", ""},
		{"sort=name&q=a+b%26c", "", "q=a+b%26c&sort=name"},
		{"enabled=false&region=eu&recording=off&creator=asha@example.org", "", "enabled=false&region=eu&recording=off&creator=asha%40example.org"},
		{"template_id=" + templateID + "&cursor=abc", "", "template_id=" + templateID + "&cursor=abc"},
		{"after=2026-11-01&before=2026-11-01", "", "after=2026-11-01&before=2026-11-01"},
		{"after=2026-11-01T10:00:00%2B05:30", "", "after=2026-11-01T10%3A00%3A00%2B05%3A30"},
		{"unknown=1", "", ""},
		{"enabled=yes&q=x", "enabled", "q=x"},
		{"template_id=clinic&q=x", "template_id", "q=x"},
		{"region=mars&q=x", "region", "q=x"},
		{"recording=maybe&q=x", "recording", "q=x"},
		{"after=yesterday&q=x", "after", "q=x"},
		{"before=2026-02-30&q=x", "before", "q=x"},
		{"after=2026-11-02&before=2026-11-01", "before", "after=2026-11-02"},
		{"sort=size&q=x", "sort", "q=x"},
		{"q=a%00b", "q", ""},
		{"q=%ff", "q", ""},
		{"q=" + strings.Repeat("q", 257), "q", ""},
		{"cursor=a%20b", "cursor", ""},
		{"cursor=" + strings.Repeat("c", 513), "cursor", ""},
	}
	for _, tt := range tests {
		f := form.ParseRoomsFilter(parseQuery(t, tt.query))
		if got := f.Query(); got != tt.canonical {
			t.Errorf("%.60s: query %q, want %q", tt.query, got, tt.canonical)
		}
		if tt.field == "" {
			if f.Errors.Any() {
				t.Errorf("%.60s: broken rules: %v", tt.query, f.Errors.List)
			}
			continue
		}
		if len(f.Errors.List) != 1 || !strings.HasSuffix(f.Errors.Of(tt.field), ".") {
			t.Errorf("%.60s: broken rules %v, want one at %s", tt.query, f.Errors.List, tt.field)
		}
		if f.Of(tt.field) != "" {
			t.Errorf("%.60s: the value of %s is in force", tt.query, tt.field)
		}
	}
}

func TestRoomsFilterValues(t *testing.T) {
	f := form.ParseRoomsFilter(parseQuery(t, "enabled=true&after=2026-11-01&before=2026-11-02&sort=name"))
	if on := f.OnlyEnabled(); on == nil || !*on {
		t.Errorf("OnlyEnabled = %v", on)
	}
	if got, want := f.From(), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("From = %v, want %v", got, want)
	}
	if got, want := f.To(), time.Date(2026, 11, 2, 23, 59, 59, 999e6, time.UTC); !got.Equal(want) {
		t.Errorf("To = %v, want the end of the day, %v", got, want)
	}
	if f.Order() != "name" {
		t.Errorf("Order = %q", f.Order())
	}
	f = form.ParseRoomsFilter(parseQuery(t, "enabled=false&before=2026-11-02T08:30:00%2B05:30&sort=x"))
	if on := f.OnlyEnabled(); on == nil || *on {
		t.Errorf("OnlyEnabled = %v", on)
	}
	if got, want := f.To(), time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("To = %v, want the moment, %v", got, want)
	}
	f = form.ParseRoomsFilter(nil)
	if f.OnlyEnabled() != nil || !f.From().IsZero() || !f.To().IsZero() || f.Order() != form.SortNewest || f.Of("nonsense") != "" {
		t.Errorf("an empty query asks for something: %+v", f)
	}
}

func TestRoomsFilterLinks(t *testing.T) {
	f := form.ParseRoomsFilter(parseQuery(t, "q=ward&region=eu&enabled=sometimes&sort=name&cursor=abc"))
	links := map[string]string{
		f.URL():                              "/rooms?q=ward&region=eu&sort=name&cursor=abc",
		f.URL("cursor", "def"):               "/rooms?q=ward&region=eu&sort=name&cursor=def",
		f.URL("sort", form.SortNewest):       "/rooms?q=ward&region=eu",
		f.URL("q", "", "region", ""):         "/rooms?sort=name",
		f.URL("q", "a&b"):                    "/rooms?q=a%26b&region=eu&sort=name",
		form.ParseRoomsFilter(nil).URL():     "/rooms",
		f.URL("sort", "", "cursor", "first"): "/rooms?q=ward&region=eu&cursor=first",
	}
	for got, want := range links {
		if got != want {
			t.Errorf("link %q, want %q", got, want)
		}
	}
	want := []form.Chip{
		{Field: "q", Label: "Search", Value: "ward", Remove: "/rooms?region=eu&sort=name"},
		{Field: "region", Label: "Region", Value: "eu", Remove: "/rooms?q=ward&sort=name"},
	}
	if diff := cmp.Diff(want, f.Chips()); diff != "" {
		t.Errorf("chips (-want +got):\n%s", diff)
	}
}

func TestHistoryFilter(t *testing.T) {
	f := form.ParseHistoryFilter(parseQuery(t,
		"q=ward&actor=asha%40example.org&action=room.*&outcome=failed&target=ward-7&from=2026-11-01&to=2026-11-02&cursor=9"))
	if f.Errors.Any() {
		t.Fatalf("broken rules: %v", f.Errors.List)
	}
	if got, want := f.End(), time.Date(2026, 11, 2, 23, 59, 59, 999e6, time.UTC); !got.Equal(want) {
		t.Errorf("End = %v, want %v", got, want)
	}
	if got, want := f.Start(), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("Start = %v, want %v", got, want)
	}
	if got, want := f.URL("outcome", ""), "/history?q=ward&actor=asha%40example.org&action=room.%2A&target=ward-7&from=2026-11-01&to=2026-11-02"; got != want {
		t.Errorf("URL = %q, want %q", got, want)
	}
	if got := len(f.Chips()); got != 7 {
		t.Errorf("%d chips, want one per filter and none for the cursor", got)
	}
	for query, field := range map[string]string{
		"outcome=lost": "outcome", "action=room create": "action", "from=1": "from", "from=2026-11-02&to=2026-11-01": "to",
		"target=a%0d": "target", "actor=%ff": "actor", "to=tomorrow": "to", "cursor=%0a": "cursor",
	} {
		f := form.ParseHistoryFilter(parseQuery(t, query))
		if len(f.Errors.List) != 1 || f.Errors.Of(field) == "" || f.Of(field) != "" {
			t.Errorf("%s: broken rules %v, want one at %s", query, f.Errors.List, field)
		}
	}
}
