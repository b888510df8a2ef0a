package form

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func templatesFilter(t *testing.T, query string) *TemplatesFilter {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return ParseTemplatesFilter(values)
}

func TestTemplatesFilter(t *testing.T) {
	f := templatesFilter(t, "q=a+b%26c&sort=-changed&after=here")
	for name, tt := range map[string]struct{ got, want string }{
		"as it is":        {f.URL("after", "here"), "/templates?q=a+b%26c&sort=-changed&after=here"},
		"older":           {f.URL("after", "x/y"), "/templates?q=a+b%26c&sort=-changed&after=x%2Fy"},
		"newer":           {f.URL("before", "x"), "/templates?q=a+b%26c&sort=-changed&before=x"},
		"another order":   {f.URL("sort", "-name"), "/templates?q=a+b%26c&sort=-name"},
		"the usual order": {f.URL("sort", SortName), "/templates?q=a+b%26c"},
		"in force":        {f.Of("q") + f.Order() + f.Of("after"), "a b&c-changedhere"},
		"usual":           {templatesFilter(t, "").Order() + templatesFilter(t, "").URL(), "name/templates"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", name, tt.got, tt.want)
		}
	}
	want := []Chip{{Field: "q", Label: "Search", Value: "a b&c", Remove: "/templates?sort=-changed"}}
	if diff := cmp.Diff(want, f.Chips()); diff != "" {
		t.Errorf("chips (-want +got):\n%s", diff)
	}
}

func TestTemplatesFilterLeavesOutWhatBreaksItsRule(t *testing.T) {
	for field, value := range map[string]string{
		"q": strings.Repeat("x", 257), "sort": "size", "after": "a b", "before": strings.Repeat("x", 513),
	} {
		f := templatesFilter(t, field+"="+url.QueryEscape(value))
		if f.Errors.Of(field) == "" || f.Of(field) != "" || f.URL() != "/templates" || f.Order() != SortName {
			t.Errorf("%s: %+v is in force", field, f)
		}
	}
}
