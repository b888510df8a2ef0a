package db

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// searchText is what of an operation is searched: SQL's lower knows ASCII only.
func searchText(o Operation) string {
	ascii := func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return r
	}
	return strings.ToLower(o.TargetName) + "\n" + strings.Map(ascii, o.TargetID+"\n"+o.ActorName+"\n"+o.Action)
}

// reasonOf is why an operation of the tests was made: it has none, or the same in each of its rows.
func reasonOf(at time.Time) string {
	why := []string{"", "", "", "Moved to the LAB", "größe ÄNDERT sich", "100% sure: \"room.create\"", "es 日本語"}
	return why[at.Unix()%int64(len(why))]
}

// naive is what OperationQuery means, said in another way, but for its place. reach is how many operations words of one
// or two letters are looked for among.
func naive(all []Operation, q OperationQuery, reach int) []Operation {
	words := folded(q.Q)
	if len(words) > 0 && !slices.ContainsFunc(words, indexable) {
		all = all[:min(len(all), reach)]
	}
	named := slices.ContainsFunc(all, func(o Operation) bool { return o.ActorName == q.Actor })
	q.Q = ""
	var list []Operation
	for _, o := range all {
		if named && q.Actor != "" && o.ActorName != q.Actor || !matches(o, q) {
			continue
		}
		text, reason := searchText(o), strings.ToLower(reasonOf(o.Time))
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) && !strings.Contains(reason, word) }) {
			list = append(list, o)
		}
	}
	return list
}

// page cuts the page that q asks for out of everything that matches.
func page(list []Operation, q OperationQuery) []Operation {
	var part []Operation
	for _, o := range list {
		if (q.BeforeSeq == 0 || o.Seq < q.BeforeSeq) && o.Seq > q.AfterSeq {
			part = append(part, o)
		}
	}
	if q.AfterSeq != 0 {
		return part[max(0, len(part)-q.Limit):]
	}
	return part[:min(len(part), q.Limit)]
}

// daysOf counts what matches by day and outcome.
func daysOf(list []Operation, from time.Time) []DayCount {
	counts := map[dayOutcome]int{}
	for _, o := range list {
		if dayOf(o.Time) >= dayOf(from) {
			counts[dayOutcome{dayOf(o.Time), o.Outcome}]++
		}
	}
	var days []DayCount
	for c, n := range counts {
		days = append(days, DayCount{c.day, c.outcome, n})
	}
	slices.SortFunc(days, func(a, b DayCount) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Outcome, b.Outcome)) })
	return days
}
