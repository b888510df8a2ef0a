package form

import (
	"net/url"
	"strconv"
	"time"
)

// Moment is the query of a room's or template's states, as typed: one moment, and perhaps another to compare it with. The
// methods give what is in force: values that break their rule have a message in Errors and count as missing.
type Moment struct {
	At     string // a day, which means its end, or a point in time
	With   string
	Cursor string // number of a history row

	Errors Errors
}

func (f *Moment) filter() filter {
	return filter{errors: &f.Errors, criteria: []criterion{
		{input{"at", &f.At}, "At", "", date},
		{input{"with", &f.With}, "With", "", date},
		{input{"cursor", &f.Cursor}, "", "", rowNumber},
	}}
}

func rowNumber(s string) string {
	if n, err := strconv.ParseInt(s, 10, 64); err != nil || n < 1 {
		return "The link to this page is damaged, so this is the first page."
	}
	return ""
}

// ParseMoment reads and checks the query.
func ParseMoment(values url.Values) *Moment {
	f := &Moment{}
	f.filter().read(values)
	f.filter().check()
	return f
}

// Time is the moment; zero for none. A day means its last millisecond, in UTC.
func (f *Moment) Time() time.Time { return endOf(f.filter().of("at")) }

// Other is the moment to compare with; zero for now.
func (f *Moment) Other() time.Time { return endOf(f.filter().of("with")) }

// Before is the history row before which the page begins; 0 for the newest.
func (f *Moment) Before() int64 {
	n, err := strconv.ParseInt(f.filter().of("cursor"), 10, 64)
	if err != nil {
		return 0 // there is none in force
	}
	return n
}
