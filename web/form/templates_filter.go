package form

import (
	"cmp"
	"net/url"
	"slices"
)

// SortName is the order of a list of templates that nothing was chosen for.
const SortName = "name"

// TemplatesFilter is the query of the list of templates, as typed. The methods give what is in force: values that break their
// rule have a message in Errors and count as missing.
type TemplatesFilter struct {
	Q      string // part of name or id, or of a role's name
	Sort   string // name, -name, changed, -changed
	After  string // cursors: of the page that follows on a template, or that one follows on
	Before string

	Errors Errors
}

func (f *TemplatesFilter) filter() filter {
	return filter{path: "/templates", errors: &f.Errors, criteria: []criterion{
		{input{"q", &f.Q}, "Search", "", words},
		{input{"sort", &f.Sort}, "", SortName, oneOf("Choose an order by clicking a column.", SortName, "-name", "changed", "-changed")},
		{input{"after", &f.After}, "", "", position},
		{input{"before", &f.Before}, "", "", position},
	}}
}

// ParseTemplatesFilter reads and checks the query of the list of templates.
func ParseTemplatesFilter(values url.Values) *TemplatesFilter {
	f := &TemplatesFilter{}
	f.filter().read(values)
	f.filter().check()
	return f
}

// Of returns the value in force of a query name: "" when it is missing, at its default or not usable.
func (f *TemplatesFilter) Of(name string) string { return f.filter().of(name) }

// Order is the order in force.
func (f *TemplatesFilter) Order() string { return cmp.Or(f.Of("sort"), SortName) }

// URL is the page with the query in force, changed by pairs of name and value ("" takes one out). Any change leads back to the
// first page, unless it says itself which page it leads to.
func (f *TemplatesFilter) URL(changes ...string) string {
	return f.filter().url(slices.Concat([]string{"after", "", "before", ""}, changes))
}

// Chips are the filters in force.
func (f *TemplatesFilter) Chips() []Chip {
	chips := f.filter().chips()
	for i := range chips {
		chips[i].Remove = f.URL(chips[i].Field, "")
	}
	return chips
}
