package form

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// HistoryFilter is the query of the history, as typed. The methods give what is in force: values that break their rule
// have a message in Errors and count as missing.
//
// The search box takes all of it as one text, words and qualifiers in any order: "actor:ann@example.org standup" as q is
// the same filter as actor and q given one by one. Reading takes the qualifiers out, so that Q holds words alone.
type HistoryFilter struct {
	Q       string // words that all have to be part of target, actor or action; those with spaces in quotation marks
	Actor   string
	Action  string // object.verb, or an object with ".*"
	Outcome string // done, failed, unknown
	Target  string // id, or name in any case
	Kind    string // of the target: room, user, ...
	From    string // a day or a moment
	To      string
	Cursor  string

	Errors Errors

	broken  Errors   // of single values, which are not in force then
	typed   string   // the box as typed, when it holds what can't be understood
	unclear []string // messages about that
	unknown []string // names before a colon that are no qualifiers
}

func (f *HistoryFilter) filter() filter {
	return filter{path: "/history", errors: &f.broken, criteria: []criterion{
		{input{"q", &f.Q}, "Search", "", words},
		{input{"actor", &f.Actor}, "By", "", words},
		{input{"action", &f.Action}, "Action", "", actionRule},
		{input{"outcome", &f.Outcome}, "Outcome", "", oneOf("Choose done, failed or unknown.", "done", "failed", "unknown")},
		{input{"target", &f.Target}, "Target", "", words},
		{input{"kind", &f.Kind}, "Kind", "", kindRule},
		{input{"from", &f.From}, "From", "", date},
		{input{"to", &f.To}, "To", "", date},
		{input{"cursor", &f.Cursor}, "", "", position},
	}}
}

// qualifiers are the values that have a qualifier in the search box, in the order in which they are written there.
func (f *HistoryFilter) qualifiers() []input {
	var list []input
	for _, c := range f.filter().criteria {
		if c.name != "q" && c.label != "" {
			list = append(list, c.input)
		}
	}
	return list
}

func actionRule(s string) string {
	const limit = 64 // bytes
	if len(s) > limit || !consistsOf(s, func(b byte) bool { return isAlnum(b) || b == '.' || b == '_' || b == '*' }) {
		return "Choose an action from the list, such as room.create. Until then it is not used."
	}
	return ""
}

func kindRule(s string) string {
	const limit = 64 // bytes
	if len(s) > limit || !consistsOf(s, func(b byte) bool { return isLower(b) || b == '_' }) {
		return "Choose a kind from the list, such as room. Until then it is not used."
	}
	return ""
}

// ParseHistoryFilter reads and checks the query of the history.
func ParseHistoryFilter(values url.Values) *HistoryFilter {
	f := &HistoryFilter{}
	f.filter().read(values)
	f.readBox()
	f.Valid()
	return f
}

// readBox moves the qualifiers in Q to where they belong. A text that is far too long or no text is left to its rule.
func (f *HistoryFilter) readBox() {
	const limit = 2048 // bytes
	box := f.Q
	if len(box) > limit || !isPlain(box, "") {
		return
	}
	f.Q = ""
	beside := f.text() // what the address gives besides
	var list []string
	for _, t := range splitTerms(box) {
		if word, ok := f.take(t); ok {
			list = append(list, word)
		}
	}
	f.Q = joinWords(list)
	if len(f.unclear) > 0 {
		f.typed = strings.TrimSpace(beside + " " + box)
	}
}

// take puts the value of a qualifier into its place. What is none is a word to look for.
func (f *HistoryFilter) take(t term) (word string, ok bool) {
	if t.name == "" {
		return t.value, true
	}
	name := strings.ToLower(t.name)
	list := f.qualifiers()
	at := slices.IndexFunc(list, func(in input) bool { return in.name == name })
	if at < 0 {
		f.unknown = append(f.unknown, t.name)
		return t.name + ":" + t.value, true
	}
	switch value := list[at].value; {
	case t.value == "":
		f.unclear = append(f.unclear, "Write a value after "+name+": without a space, such as "+qualifierExample(name)+". Until then it is not used.")
	case *value == "":
		*value = t.value
	case *value != t.value:
		f.unclear = append(f.unclear, "Write "+name+": once only. "+term{name, t.value}.String()+" is not used.")
	}
	return "", false
}

func qualifierExample(name string) string {
	return map[string]string{
		"actor": "actor:ann@example.org", "action": "action:room.create", "outcome": "outcome:failed", "target": `target:"Physics 1"`,
		"kind": "kind:room", "from": "from:2026-11-01", "to": "to:2026-11-22",
	}[name]
}

// Valid leaves a message in Errors for each value that can't be used, and says whether there is none.
func (f *HistoryFilter) Valid() bool {
	list := f.filter()
	list.check()
	list.checkPeriod("from", "to")
	f.Errors = Errors{}
	if len(f.unclear) > 0 {
		f.Errors.Add("q", strings.Join(f.unclear, " "))
	}
	for _, m := range f.broken.List {
		f.Errors.Add(m.Field, m.Text)
	}
	return !f.Errors.Any()
}

// Text is the whole filter as the search box has it: what was typed there when it can't be understood, else the
// qualifiers and then the words. Reading it as q gives this filter again.
func (f *HistoryFilter) Text() string {
	if f.typed != "" {
		return f.typed
	}
	return f.text()
}

func (f *HistoryFilter) text() string {
	var list []string
	for _, in := range f.qualifiers() {
		if *in.value != "" {
			list = append(list, term{in.name, *in.value}.String())
		}
	}
	if f.Q != "" {
		list = append(list, f.Q)
	}
	return strings.Join(list, " ")
}

// Words are the words in force, without quotation marks.
func (f *HistoryFilter) Words() []string {
	var list []string
	for _, t := range splitTerms(f.Of("q")) {
		list = append(list, t.value)
	}
	return list
}

// Hints say what is to be known about a search that is understood, in sentences.
func (f *HistoryFilter) Hints() []string {
	var list []string
	for _, name := range f.unknown {
		list = append(list, "There is no qualifier "+oneLine(name, 40)+": so it is looked for as a word. There are "+f.qualifierNames()+".")
	}
	const short = 3 // letters that the index of the search needs
	found := f.Words()
	if len(found) > 0 && !slices.ContainsFunc(found, func(word string) bool { return utf8.RuneCountInString(word) >= short }) {
		list = append(list, "A word of one or two letters is looked for among the newest 20,000 operations only. Write a third letter to search all.")
	}
	return list
}

// qualifierNames lists the qualifiers for a sentence.
func (f *HistoryFilter) qualifierNames() string {
	var names []string
	for _, in := range f.qualifiers() {
		names = append(names, in.name+":")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
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

// Chips are the filters in force, with one for each word.
func (f *HistoryFilter) Chips() []Chip {
	var chips []Chip
	for _, c := range f.filter().chips() {
		if c.Field == "q" {
			chips = append(chips, f.wordChips(c.Label)...)
			continue
		}
		chips = append(chips, c)
	}
	return chips
}

func (f *HistoryFilter) wordChips(label string) []Chip {
	list := f.Words()
	chips := make([]Chip, len(list))
	for i, word := range list {
		rest := joinWords(slices.Delete(slices.Clone(list), i, i+1))
		chips[i] = Chip{Field: "q", Label: label, Value: word, Remove: f.URL("q", rest)}
	}
	return chips
}
