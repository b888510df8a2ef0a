package pages

import (
	"net/url"

	"roomledger/views/components"
)

// pair is one query parameter. Lists of pairs keep the order of the form, so that addresses stay stable.
type pair struct{ key, value string }

func address(path string, pairs []pair) string {
	query := ""
	for _, p := range pairs {
		if p.value == "" {
			continue
		}
		if query != "" {
			query += "&"
		}
		query += p.key + "=" + url.QueryEscape(p.value)
	}
	if query == "" {
		return path
	}
	return path + "?" + query
}

// without returns the pairs with one key left out.
func without(pairs []pair, key string) []pair {
	out := make([]pair, 0, len(pairs))
	for _, p := range pairs {
		if p.key != key {
			out = append(out, p)
		}
	}
	return out
}

// with returns the pairs with one key set; a new key comes last.
func with(pairs []pair, key, value string) []pair {
	return append(without(pairs, key), pair{key, value})
}

// relative joins a path with what the handlers give for a neighbouring page: a query string with or without its "?", or
// "" at the end of the list.
func relative(path, query string) string {
	switch {
	case query == "":
		return ""
	case query[0] == '?':
		return path + query
	}
	return path + "?" + query
}

func (q RoomsQuery) pairs() []pair {
	return []pair{
		{"q", q.Q},
		{"enabled", q.Enabled},
		{"template_id", q.TemplateID},
		{"region", q.Region},
		{"recording", q.Recording},
		{"creator", q.Creator},
		{"after", q.After},
		{"before", q.Before},
		{"sort", q.Sort},
	}
}

// filtered says whether anything besides the order is asked for.
func (q RoomsQuery) filtered() bool {
	q.Sort = ""
	if q.Enabled == "all" {
		q.Enabled = ""
	}
	return q != RoomsQuery{}
}

// narrowed says whether one of the folded filters is in use.
func (q RoomsQuery) narrowed() bool {
	q.Q = ""
	return q.filtered()
}

// sortURL is where the head of a column leads: the first click sorts the way that is most asked for, the next the other way.
func (q RoomsQuery) sortURL(column string) string {
	first, second := column, "-"+column
	if column == "created" {
		first, second = second, first
	}
	if q.order() == first {
		return address("/rooms", with(q.pairs(), "sort", second))
	}
	return address("/rooms", with(q.pairs(), "sort", first))
}

func (q RoomsQuery) order() string {
	if q.Sort == "" {
		return "-created"
	}
	return q.Sort
}

// sorted is the value of aria-sort for a column.
func (q RoomsQuery) sorted(column string) string {
	switch q.order() {
	case column:
		return "ascending"
	case "-" + column:
		return "descending"
	}
	return ""
}

func roomChips(d RoomsData) []components.Chip {
	q := d.Query
	var chips []components.Chip
	add := func(key, label string) {
		chips = append(chips, components.Chip{Label: label, Remove: address("/rooms", without(q.pairs(), key))})
	}
	if q.Q != "" {
		add("q", "search: "+q.Q)
	}
	switch q.Enabled {
	case "true":
		add("enabled", "enabled")
	case "false":
		add("enabled", "disabled")
	}
	for _, f := range []struct{ key, label, value string }{
		{"template_id", "template", templateName(d.Templates, q.TemplateID)},
		{"region", "region", regionName(q.Region)},
		{"recording", "recording", recordingName(q.Recording)},
		{"creator", "made by", q.Creator},
		{"after", "made from", q.After},
		{"before", "made until", q.Before},
	} {
		if f.value != "" {
			add(f.key, f.label+": "+f.value)
		}
	}
	return chips
}

func (q HistoryQuery) pairs() []pair {
	return []pair{
		{"q", q.Q},
		{"actor", q.Actor},
		{"action", q.Action},
		{"outcome", q.Outcome},
		{"target", q.Target},
		{"from", q.From},
		{"to", q.To},
	}
}

func (q HistoryQuery) narrowed() bool {
	q.Q = ""
	return q != HistoryQuery{}
}

func historyChips(q HistoryQuery) []components.Chip {
	labels := map[string]string{"q": "search", "actor": "by", "action": "what", "outcome": "outcome", "target": "target", "from": "from", "to": "until"}
	var chips []components.Chip
	for _, p := range q.pairs() {
		if p.value != "" {
			chips = append(chips, components.Chip{Label: labels[p.key] + ": " + p.value, Remove: address("/history", without(q.pairs(), p.key))})
		}
	}
	return chips
}
