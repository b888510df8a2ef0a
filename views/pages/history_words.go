package pages

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"roomledger/db"
	"roomledger/views/components"
	"roomledger/web/form"
)

// searchLag is how many rows of history the search may be behind without a word: those are read besides.
const searchLag = 1000

// behind says how far the search has come, or nothing when it has.
func (s SearchFeed) behind() string {
	if s.Head-s.Fed <= searchLag {
		return ""
	}
	return "Search is being built: " + components.Number(s.Fed) + " of " + components.Number(s.Head) +
		" rows. Until it is done, words and combined filters may not find what is older than the newest 20,000 operations."
}

func historyBox(f *form.HistoryFilter) components.Field {
	box := field(f.Errors, "q", "Search history", f.Text(), "")
	box.Attrs = templ.Attributes{"placeholder": "Search history: words, actor:, action:, outcome: …"}
	return box
}

// menusWrong says whether a message stands in the folded menus rather than at the search box.
func menusWrong(e form.Errors) bool {
	for _, m := range e.List {
		if m.Field != "q" && m.Field != "cursor" {
			return true
		}
	}
	return false
}

// example is a search that shows what a qualifier is for.
type example struct {
	Query string
	Finds string
}

// URL is the page with the example in its box.
func (e example) URL() templ.SafeURL { return templ.SafeURL("/history?q=" + url.QueryEscape(e.Query)) }

// examples have one for each qualifier, with what is there to be found.
func examples(d HistoryData) []example {
	week := d.Page.Now.UTC().AddDate(0, 0, -6).Format("2006-01-02")
	return []example{
		{`standup "physics 1"`, "Both texts, each as a part of the target's name or id, of who did it, or of the action, in any case."},
		{"actor:" + firstOr(d.Actors, "ann@example.org"), "Who did it: a name or an id."},
		{"action:" + firstOr(d.Actions, "room.create"), "What was done; action:room.* is everything done to rooms."},
		{"outcome:failed", "Done, failed or unknown."},
		{`target:"Physics 1"`, "What it was done to: the whole name in any case, or the id."},
		{"kind:" + firstOr(d.Kinds, "room"), "The kind of thing it was done to."},
		{"from:" + week, "From that day on, in UTC; to: is the last day."},
		{"outcome:unknown from:" + week + " kind:room", "All of it at once: what is still open on rooms this week."},
	}
}

func firstOr(list []string, other string) string {
	if len(list) == 0 || strings.ContainsAny(list[0], " \"") {
		return other
	}
	return list[0]
}

func historyChips(f *form.HistoryFilter) []components.Chip {
	return shownChips(f.Chips(), func(c form.Chip) string { return c.Value })
}

// moreOf leads to all of the history that has one value.
func moreOf(name, value string) templ.SafeURL {
	f := form.HistoryFilter{}
	return templ.SafeURL(f.URL(name, value))
}

// didWords heads what a person did.
func didWords(d PersonData) string {
	if d.Self {
		return "What you did"
	}
	return "What they did"
}

// besideWords names an operation beside another one.
func besideWords(o *db.Operation) string {
	return o.Action + ", " + strings.ToLower(outcomeWord(o.Outcome))
}

// changeWord heads the difference that an operation made.
func changeWord(rows []db.Row) string {
	if rows[0].Before == "" {
		return "What was made"
	}
	return "What changed"
}

// targetValue is what a filter finds the operations on the same target by.
func targetValue(o *db.Operation) string {
	if o.TargetID != "" {
		return o.TargetID
	}
	return o.TargetName
}

// marks says what the marks mean that stand for hidden values in these rows.
func marks(rows []db.Row) []string {
	var list []string
	for _, m := range []struct{ mark, words string }{
		{"hmac-sha256:", "hmac-sha256:… stands for a secret: the same mark, the same secret."},
		{"[secret]", "[secret] stands for one so short or plain that a mark could be guessed."},
		{"[hidden]", "[hidden] stands for the value of a field that this program doesn't know."},
	} {
		for i := range rows {
			r := &rows[i]
			if strings.Contains(r.Request+r.Response+r.Before+r.After, m.mark) {
				list = append(list, m.words)
				break
			}
		}
	}
	return list
}

// sinceIntent is how long after its first row a row was written; "" for the first one itself.
func sinceIntent(rows []db.Row, i int) string {
	if i == 0 {
		return ""
	}
	return "written " + components.Took(max(1, rows[i].Time.Sub(rows[0].Time).Milliseconds())) + " after No. " + components.Number(rows[0].Seq)
}

// tries says how often the API was called.
func tries(r *db.Row) string {
	if r.Attempts > 1 {
		return "in " + components.Plural(r.Attempts, "attempt", "attempts") + ", " + components.Took(r.LatencyMS) + " in all"
	}
	return "in " + components.Took(r.LatencyMS)
}

// rowNumbers names the rows of an operation.
func rowNumbers(rows []db.Row) string {
	numbers := make([]string, len(rows))
	for i := range rows {
		numbers[i] = components.Number(rows[i].Seq)
	}
	return strings.Join(numbers, ", ")
}
