package pages

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/views/components"
)

func at(t *testing.T, day string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTimelineColumns(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		unit     string
		n        int
		some     map[int][2]string // first and last day of some columns
	}{
		"a day":       {"2026-11-22", "2026-11-22", "Day", 1, map[int][2]string{0: {"2026-11-22", "2026-11-22"}}},
		"a leap year": {"2024-01-01", "2024-12-31", "Day", 366, map[int][2]string{59: {"2024-02-29", "2024-02-29"}, 365: {"2024-12-31", "2024-12-31"}}},
		"a day more": {
			"2024-01-01", "2025-01-01", "Week", 53,
			map[int][2]string{0: {"2024-01-01", "2024-01-07"}, 1: {"2024-01-08", "2024-01-14"}, 52: {"2024-12-30", "2025-01-01"}},
		},
		"from a Sunday":   {"2023-12-31", "2026-06-01", "Week", 128, map[int][2]string{0: {"2023-12-31", "2023-12-31"}, 1: {"2024-01-01", "2024-01-07"}}},
		"years":           {"2020-01-31", "2026-02-01", "Month", 74, map[int][2]string{0: {"2020-01-31", "2020-01-31"}, 1: {"2020-02-01", "2020-02-29"}, 73: {"2026-02-01", "2026-02-01"}}},
		"before it began": {"2026-02-02", "2026-02-01", "Day", 0, nil},
	} {
		list, unit := columnsOf(at(t, c.from), at(t, c.to))
		if len(list) != c.n || unit != c.unit {
			t.Errorf("%s: %d columns by %s, want %d by %s", name, len(list), unit, c.n, c.unit)
			continue
		}
		for i, want := range c.some {
			if got := [2]string{list[i].first.Format(time.DateOnly), list[i].last.Format(time.DateOnly)}; got != want {
				t.Errorf("%s: column %d is %v, want %v", name, i, got, want)
			}
		}
		for i := range len(list) - 1 {
			if !list[i].last.AddDate(0, 0, 1).Equal(list[i+1].first) {
				t.Errorf("%s: %v is followed by %v", name, list[i], list[i+1])
			}
		}
	}
}

func TestTimelineChart(t *testing.T) {
	d := HistoryData{Page: page("History", "history", "/history"), Filter: historyQuery("q=a+%22b+c%22&outcome=done&cursor=o9&from=2023-01-01T10:30:00%2B05:30&to=2025-01-01T00:00:00.000Z")}
	d.Timeline = Timeline{From: at(t, "2023-01-01"), To: at(t, "2025-01-01"), Capped: true, Days: []db.DayCount{
		{Day: "2022-12-31", Outcome: db.OutcomeDone, Count: 100},
		{Day: "2023-01-01", Outcome: db.OutcomeDone, Count: 1},
		{Day: "2023-01-02", Outcome: db.OutcomeDone, Count: 2},
		{Day: "2023-01-08", Outcome: db.OutcomeFailed, Count: 3},
		{Day: "2025-01-01", Outcome: db.OutcomeUnknown, Count: 4},
		{Day: "2025-01-02", Outcome: db.OutcomeDone, Count: 100},
	}}
	c := timelineChart(d)
	const rest = "/history?q=a+%22b+c%22&outcome=done&"
	want := map[int]components.Day{
		0: {Label: "1 Jan 2023 to 1 Jan 2023", Done: 1, URL: rest + "from=2023-01-01T10%3A30%3A00%2B05%3A30&to=2023-01-01"},
		1: {Label: "2 Jan 2023 to 8 Jan 2023", Done: 2, Fail: 3, URL: rest + "from=2023-01-02&to=2023-01-08"},
		2: {Label: "9 Jan 2023 to 15 Jan 2023", URL: rest + "from=2023-01-09&to=2023-01-15"},
	}
	want[len(c.Days)-1] = components.Day{Label: "30 Dec 2024 to 1 Jan 2025", Ask: 4, URL: rest + "from=2024-12-30&to=2025-01-01T00%3A00%3A00.000Z"}
	for i, day := range want {
		if diff := cmp.Diff(day, c.Days[i]); diff != "" {
			t.Errorf("column %d (-want +got):\n%s", i, diff)
		}
	}
	if c.End != "30 Dec 2024 to 1 Jan 2025" || c.Note == "" || c.Title != "Operations per week by outcome, 1 Jan 2023 to 1 Jan 2025" {
		t.Errorf("the chart is %q to %q, %q", c.Title, c.End, c.Note)
	}
}

// A span from long ago begins where there is something, so that the picture isn't mostly empty.
func TestTimelineBeginsWhereThereIsSomething(t *testing.T) {
	for first, want := range map[string]struct {
		n     int
		title string
	}{
		"":           {90, "Operations per day by outcome, last 90 days"},
		"2026-11-10": {90, "Operations per day by outcome, last 90 days"},
		"2026-06-01": {175, "Operations per day by outcome, last 175 days"},
		"2024-11-22": {105, "Operations per week by outcome, last 731 days"},
		"1989-12-31": {443, "Operations per month by outcome, last 13,475 days"},
	} {
		d := HistoryData{Page: page("History", "history", "/history"), Filter: historyQuery("from=1990-01-01")}
		d.Timeline = Timeline{From: at(t, "1990-01-01"), To: at(t, "2026-11-22")}
		if first != "" {
			d.Timeline.Days = []db.DayCount{{Day: first, Outcome: db.OutcomeDone, Count: 1}}
		}
		c := timelineChart(d)
		if len(c.Days) != want.n || c.End != "today" || c.Title != want.title {
			t.Errorf("with the first on %q: %d columns to %q, %q", first, len(c.Days), c.End, c.Title)
		}
	}
}
