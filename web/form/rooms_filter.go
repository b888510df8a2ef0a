package form

import (
	"cmp"
	"net/url"
	"time"
)

// SortNewest is the order of a list of rooms that nothing was chosen for.
const SortNewest = "-created"

// RoomsFilter is the query of the list of rooms, as typed. The methods give what is in force: values that break their
// rule have a message in Errors and count as missing.
type RoomsFilter struct {
	Q          string // part of name, description or id
	Enabled    string // all, true, false
	TemplateID string
	Region     string
	Recording  string
	Creator    string
	After      string // of the creation; a day or a moment
	Before     string
	Sort       string // created, -created, name, -name
	Cursor     string

	Errors Errors
}

func (f *RoomsFilter) filter() filter {
	return filter{path: "/rooms", errors: &f.Errors, criteria: []criterion{
		{input{"q", &f.Q}, "Search", "", words},
		{input{"enabled", &f.Enabled}, "Enabled", "all", oneOf("Choose all, true or false.", "all", "true", "false")},
		{input{"template_id", &f.TemplateID}, "Template", "", templateRule},
		{input{"region", &f.Region}, "Region", "", oneOf("Choose a region from the list.", "auto", "in", "us", "eu")},
		{input{"recording", &f.Recording}, "Recording", "", oneOf("Choose inherit, off or on.", "inherit", "off", "on")},
		{input{"creator", &f.Creator}, "Made by", "", words},
		{input{"after", &f.After}, "Made after", "", date},
		{input{"before", &f.Before}, "Made before", "", date},
		{input{"sort", &f.Sort}, "", SortNewest, oneOf("Choose an order by clicking a column.", "created", SortNewest, "name", "-name")},
		{input{"cursor", &f.Cursor}, "", "", position},
	}}
}

func templateRule(s string) string {
	if !isID(s) {
		return "Choose a template from the list. Until then it is not used."
	}
	return ""
}

// ParseRoomsFilter reads and checks the query of the list of rooms.
func ParseRoomsFilter(values url.Values) *RoomsFilter {
	f := &RoomsFilter{}
	f.filter().read(values)
	f.Valid()
	return f
}

// Valid leaves a message in Errors for each value that can't be used, and says whether there is none.
func (f *RoomsFilter) Valid() bool {
	list := f.filter()
	list.check()
	list.checkPeriod("after", "before")
	return !f.Errors.Any()
}

// Of returns the value in force of a query name of the contract: "" when it is missing, at its default or not usable.
func (f *RoomsFilter) Of(name string) string { return f.filter().of(name) }

// OnlyEnabled says which rooms are asked for: enabled, disabled, or both (nil).
func (f *RoomsFilter) OnlyEnabled() *bool {
	switch f.Of("enabled") {
	case "true":
		return new(true)
	case "false":
		return new(false)
	}
	return nil
}

// From is the earliest creation asked for; zero for any.
func (f *RoomsFilter) From() time.Time { return startOf(f.Of("after")) }

// To is the latest creation asked for; zero for any. A day means its end.
func (f *RoomsFilter) To() time.Time { return endOf(f.Of("before")) }

// Order is the order in force.
func (f *RoomsFilter) Order() string { return cmp.Or(f.Of("sort"), SortNewest) }

// Query is the canonical query string of what is in force, changed by pairs of name and value ("" takes one out).
// Any change but of the cursor leads back to the first page.
func (f *RoomsFilter) Query(changes ...string) string { return f.filter().query(changes) }

// URL is the page with the query of the same changes.
func (f *RoomsFilter) URL(changes ...string) string { return f.filter().url(changes) }

// Chips are the filters in force.
func (f *RoomsFilter) Chips() []Chip { return f.filter().chips() }
