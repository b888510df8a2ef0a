package pages

import (
	"cmp"
	"net/url"
	"slices"
	"time"

	"roomledger/db"
	"roomledger/views/components"
	"roomledger/web/form"
)

// Widest spans that are drawn by day and by week; wider ones are drawn by month.
const (
	byDay  = 366
	byWeek = 3 * 366
)

// column is what one column of the timeline stands for: its first and its last day.
type column struct{ first, last time.Time }

// columnsOf cuts a span of days into columns of a unit. The first and the last one may be shorter.
func columnsOf(from, to time.Time) (list []column, unit string) {
	next, unit := nextDay, "Day"
	switch days := int(to.Sub(from)/(24*time.Hour)) + 1; {
	case days > byWeek:
		next, unit = nextMonth, "Month"
	case days > byDay:
		next, unit = nextMonday, "Week"
	}
	for first := from; !first.After(to); {
		after := next(first)
		last := after.AddDate(0, 0, -1)
		if last.After(to) {
			last = to
		}
		list = append(list, column{first, last})
		first = after
	}
	return list, unit
}

func nextDay(t time.Time) time.Time { return t.AddDate(0, 0, 1) }

func nextMonday(t time.Time) time.Time {
	return t.AddDate(0, 0, 7-(int(t.Weekday())+6)%7)
}

func nextMonth(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

// label names a column for people.
func (c column) label(now time.Time, unit string) string {
	switch unit {
	case "Month":
		return c.first.Format("Jan 2006")
	case "Week":
		return components.Date(now, c.first) + " to " + components.Date(now, c.last)
	}
	return components.Date(now, c.first)
}

// timelineChart lays the counts of the history's filter out on its span. Each column leads to the same filter in its time.
func timelineChart(d HistoryData) components.Chart {
	t := d.Timeline
	from := drawnFrom(t)
	list, unit := columnsOf(from, t.To)
	c := components.Chart{ID: "days", Unit: unit, Days: make([]components.Day, len(list))}
	c.Title = "Operations per " + map[string]string{"Day": "day", "Week": "week", "Month": "month"}[unit] + " by outcome, " + spanWords(d.Page.Now, from, t.To)
	if t.Capped {
		c.Note = "of the newest 20,000 that match"
	}
	for i, col := range list {
		c.Days[i].Label = col.label(d.Page.Now, unit)
	}
	addCounts(c.Days, list, t.Days)
	linkColumns(c.Days, list, d.Filter)
	if n := len(list); n > 0 {
		c.End = cmp.Or(todayWord(d.Page.Now, t.To), c.Days[n-1].Label)
	}
	return c
}

// usualDays is the width of a timeline that no time is asked for.
const usualDays = 90

// drawnFrom is where the picture begins: a span that is asked for from long ago begins where there is something, but is
// as wide as usual.
func drawnFrom(t Timeline) time.Time {
	if t.To.Sub(t.From) < byDay*24*time.Hour {
		return t.From
	}
	from := t.To.AddDate(0, 0, 1-usualDays)
	if len(t.Days) > 0 {
		if first, err := time.Parse(time.DateOnly, t.Days[0].Day); err == nil && first.Before(from) {
			from = first
		}
	}
	if from.Before(t.From) {
		return t.From
	}
	return from
}

func addCounts(days []components.Day, list []column, counts []db.DayCount) {
	for _, c := range counts {
		at, err := time.Parse(time.DateOnly, c.Day)
		if err != nil {
			continue // no day of ours is written otherwise
		}
		i, found := slices.BinarySearchFunc(list, at, func(c column, at time.Time) int { return c.first.Compare(at) })
		if !found {
			i--
		}
		if i < 0 || at.After(list[i].last) {
			continue
		}
		addCount(&days[i], c)
	}
}

func addCount(d *components.Day, c db.DayCount) {
	switch c.Outcome {
	case db.OutcomeDone:
		d.Done += c.Count
	case db.OutcomeFailed:
		d.Fail += c.Count
	default:
		d.Ask += c.Count
	}
}

// linkColumns gives each column its address. The times are the last of a query, so all but them is written once.
func linkColumns(days []components.Day, list []column, f *form.HistoryFilter) {
	rest := f.URL("from", "", "to", "") + "?"
	if f.Query("from", "", "to", "") != "" {
		rest = f.URL("from", "", "to", "") + "&"
	}
	var b []byte
	for i, col := range list {
		b = append(append(b[:0], rest...), "from="...)
		b = append(col.first.AppendFormat(b, time.DateOnly), "&to="...)
		b = col.last.AppendFormat(b, time.DateOnly)
		days[i].URL = string(b)
	}
	if len(list) == 0 {
		return
	}
	// What was asked for may begin or end within a day.
	if start := f.Of("from"); start != "" && !f.Start().Before(list[0].first) {
		days[0].URL = rest + "from=" + url.QueryEscape(start) + "&to=" + list[0].last.Format(time.DateOnly)
	}
	if end := f.Of("to"); end != "" && f.End().Before(nextDay(list[len(list)-1].last)) {
		last := len(list) - 1
		days[last].URL = rest + "from=" + list[last].first.Format(time.DateOnly) + "&to=" + url.QueryEscape(end)
	}
}

func spanWords(now, from, to time.Time) string {
	if n := int(to.Sub(from)/(24*time.Hour)) + 1; todayWord(now, to) != "" {
		return "last " + components.Plural(n, "day", "days")
	}
	return components.Date(now, from) + " to " + components.Date(now, to)
}

func todayWord(now, day time.Time) string {
	if now.UTC().Format(time.DateOnly) == day.Format(time.DateOnly) {
		return "today"
	}
	return ""
}
