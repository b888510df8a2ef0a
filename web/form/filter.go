package form

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// Chip is one filter in force: what it is, and the page without it.
type Chip struct {
	Field  string // name in the query
	Label  string // e.g. Region
	Value  string // as typed
	Remove string // URL
}

// criterion is one value of a list's query.
type criterion struct {
	input
	label   string // of its chip; "" for what is no filter (order, position)
	resting string // value that is the same as none
	problem func(string) string
}

// filter is what the filters of all lists have in common. A value that breaks its rule is told about and ignored.
type filter struct {
	path     string
	criteria []criterion
	errors   *Errors
}

// read takes the first value of each name: a query is typed by hand now and then, and a second value is no harm.
func (f filter) read(values url.Values) {
	for _, c := range f.criteria {
		*c.value = values.Get(c.name)
	}
}

func (f filter) check() {
	*f.errors = Errors{}
	for _, c := range f.criteria {
		if *c.value != "" {
			f.errors.problem(c.name, c.problem(*c.value))
		}
	}
}

// inForce is the value that counts: "" when it is at rest or breaks its rule.
func (f filter) inForce(c criterion) string {
	if *c.value == c.resting || f.errors.Of(c.name) != "" || c.problem(*c.value) != "" {
		return ""
	}
	return *c.value
}

// of is the value in force of the criterion with this name; a name that the list doesn't have has none.
func (f filter) of(name string) string {
	for _, c := range f.criteria {
		if c.name == name {
			return f.inForce(c)
		}
	}
	return ""
}

// query writes the values in force in their own order, changed by pairs of name and value. A change other than of the
// cursor leads to the first page, so the cursor is dropped.
func (f filter) query(changes []string) string {
	var b strings.Builder
	for _, c := range f.criteria {
		value := f.inForce(c)
		if c.name == "cursor" && len(changes) > 0 {
			value = ""
		}
		for pair := range slices.Chunk(changes, 2) {
			if pair[0] == c.name {
				value = strings.Join(pair[1:], "")
			}
		}
		if value == "" || value == c.resting {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(c.name + "=" + url.QueryEscape(value))
	}
	return b.String()
}

func (f filter) url(changes []string) string {
	if q := f.query(changes); q != "" {
		return f.path + "?" + q
	}
	return f.path
}

func (f filter) chips() []Chip {
	var chips []Chip
	for _, c := range f.criteria {
		if value := f.inForce(c); value != "" && c.label != "" {
			chips = append(chips, Chip{c.name, c.label, value, f.url([]string{c.name, ""})})
		}
	}
	return chips
}

// checkPeriod refuses an end before its beginning; either may be missing.
func (f filter) checkPeriod(from, to string) {
	start, end := startOf(f.of(from)), endOf(f.of(to))
	f.errors.Check(start.IsZero() || end.IsZero() || !end.Before(start), to,
		"Choose an end that is not before the beginning. Until then it is not used.")
}

func oneOf(text string, values ...string) func(string) string {
	return func(s string) string {
		if slices.Contains(values, s) {
			return ""
		}
		return text + " Until then it is not used."
	}
}

// words is the rule for what is searched for or compared as text.
func words(s string) string {
	const limit = 256 // bytes
	switch {
	case len(s) > limit:
		return "Shorten this to 256 characters or fewer. Until then it is not used."
	case !isPlain(s, ""):
		return "Type this again; it holds something that is no text. Until then it is not used."
	}
	return ""
}

func date(s string) string {
	if startOf(s).IsZero() {
		return "Write the date as 2026-11-22, or with a time as 2026-11-22T09:30:00Z. Until then it is not used."
	}
	return ""
}

func position(s string) string {
	if len(s) > 512 || !consistsOf(s, isVisible) {
		return "The link to this page is damaged, so this is the first page."
	}
	return ""
}

// startOf reads a day (its beginning, in UTC) or a moment; the zero time when it can't.
func startOf(s string) time.Time {
	const enough = 64
	if len(s) > enough {
		return time.Time{}
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		return day
	}
	moment, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return moment.UTC()
}

// endOf is like startOf, but a day means its last millisecond, which is as fine as times are kept.
func endOf(s string) time.Time {
	t := startOf(s)
	if len(s) == len(time.DateOnly) && !t.IsZero() {
		return t.AddDate(0, 0, 1).Add(-time.Millisecond)
	}
	return t
}
