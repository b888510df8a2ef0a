package form

import (
	"net/url"
	"time"
)

// HistoryFilter is the query of the history, as typed. The methods give what is in force: values that break their rule
// have a message in Errors and count as missing.
type HistoryFilter struct {
	Q       string // part of target, actor or action
	Actor   string
	Action  string // object.verb, or an object with ".*"
	Outcome string // done, failed, unknown
	Target  string // id, or name in any case
	From    string // a day or a moment
	To      string
	Cursor  string

	Errors Errors
}

func (f *HistoryFilter) filter() filter {
	return filter{path: "/history", errors: &f.Errors, criteria: []criterion{
		{input{"q", &f.Q}, "Search", "", words},
		{input{"actor", &f.Actor}, "By", "", words},
		{input{"action", &f.Action}, "Action", "", actionRule},
		{input{"outcome", &f.Outcome}, "Outcome", "", oneOf("Choose done, failed or unknown.", "done", "failed", "unknown")},
		{input{"target", &f.Target}, "Target", "", words},
		{input{"from", &f.From}, "From", "", date},
		{input{"to", &f.To}, "To", "", date},
		{input{"cursor", &f.Cursor}, "", "", position},
	}}
}

func actionRule(s string) string {
	const limit = 64 // bytes
	if len(s) > limit || !consistsOf(s, func(b byte) bool { return isAlnum(b) || b == '.' || b == '_' || b == '*' }) {
		return "Choose an action from the list, such as room.create. Until then it is not used."
	}
	return ""
}

// ParseHistoryFilter reads and checks the query of the history.
func ParseHistoryFilter(values url.Values) *HistoryFilter {
	f := &HistoryFilter{}
	f.filter().read(values)
	f.Valid()
	return f
}

// Valid leaves a message in Errors for each value that can't be used, and says whether there is none.
func (f *HistoryFilter) Valid() bool {
	list := f.filter()
	list.check()
	list.checkPeriod("from", "to")
	return !f.Errors.Any()
}

// Of returns the value in force of a query name of the contract: "" when it is missing or not usable.
func (f *HistoryFilter) Of(name string) string { return f.filter().of(name) }

// Start is the earliest time asked for; zero for any.
func (f *HistoryFilter) Start() time.Time { return startOf(f.Of("from")) }

// End is the latest time asked for; zero for any. A day means its end.
func (f *HistoryFilter) End() time.Time { return endOf(f.Of("to")) }

// Query is the canonical query string of what is in force, changed by pairs of name and value ("" takes one out).
// Any change but of the cursor leads back to the first page.
func (f *HistoryFilter) Query(changes ...string) string { return f.filter().query(changes) }

// URL is the page with the query of the same changes.
func (f *HistoryFilter) URL(changes ...string) string { return f.filter().url(changes) }

// Chips are the filters in force.
func (f *HistoryFilter) Chips() []Chip { return f.filter().chips() }
