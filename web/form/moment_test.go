package form

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestMoment(t *testing.T) {
	day := time.Date(2026, 3, 1, 23, 59, 59, 999e6, time.UTC)
	for query, want := range map[string]struct {
		at, with time.Time
		before   int64
		problem  string
	}{
		"":                                     {},
		"at=2026-03-01":                        {at: day},
		"at=2026-03-01T10:00:00%2B02:00&with=": {at: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)},
		"at=2026-03-01&with=2026-03-01":        {at: day, with: day},
		"cursor=17":                            {before: 17},
		"at=2026-02-30":                        {problem: "at"},
		"with=soon":                            {problem: "with"},
		"cursor=-1":                            {problem: "cursor"},
		"cursor=99999999999999999999":          {problem: "cursor"},
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		f := ParseMoment(values)
		if !f.Time().Equal(want.at) || !f.Other().Equal(want.with) || f.Before() != want.before {
			t.Errorf("%s: %v, %v, %d", query, f.Time(), f.Other(), f.Before())
		}
		if f.Errors.Any() != (want.problem != "") || want.problem != "" && f.Errors.Of(want.problem) == "" {
			t.Errorf("%s: messages %v, want one at %q", query, f.Errors.List, want.problem)
		}
	}
}

func TestRestoreForm(t *testing.T) {
	good := func() url.Values {
		return url.Values{
			"at": {"2026-03-01T10:00:00.5Z"}, "version": {"v"}, "form_token": {strings.Repeat("t", 20)}, "reason": {" why "},
			"secret.webhook.url": {" key=1 "}, "secret.x": {""}, "secretive": {"no"},
		}
	}
	f := ParseRestore(good())
	if !f.Valid() || f.Secrets["webhook.url"] != "key=1" || len(f.Secrets) != 2 || f.Reason != "why" || f.Version != "v" ||
		!f.Time().Equal(time.Date(2026, 3, 1, 10, 0, 0, 5e8, time.UTC)) {
		t.Errorf("the form is %+v, with %v", f, f.Errors.List)
	}
	for name, c := range map[string]struct {
		spoil func(url.Values)
		field string
	}{
		"no moment":       {func(v url.Values) { v.Del("at") }, ""},
		"two moments":     {func(v url.Values) { v.Add("at", "2026-01-01") }, "at"},
		"no token":        {func(v url.Values) { v.Del("form_token") }, ""},
		"long secret":     {func(v url.Values) { v.Set("secret.x", strings.Repeat("x", 5000)) }, "secret.x"},
		"secret of two":   {func(v url.Values) { v.Set("secret.x", "a\nb") }, "secret.x"},
		"too long a why":  {func(v url.Values) { v.Set("reason", strings.Repeat("x", 501)) }, "reason"},
		"a broken moment": {func(v url.Values) { v.Set("at", "then") }, ""},
	} {
		v := good()
		c.spoil(v)
		f := ParseRestore(v)
		if f.Valid() || f.Errors.Of(c.field) == "" {
			t.Errorf("%s: messages %v", name, f.Errors.List)
		}
	}
}
