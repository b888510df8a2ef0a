package pages

import (
	"strings"
	"testing"
	"time"

	"roomledger/db"
	"roomledger/web/form"
)

// What was drawn is given again for the same filter on the same day, wherever in the list, and for no other.
func TestDrawnTimeline(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	timeline := Timeline{From: day(1), To: day(22), Drawn: new(Drawn)}
	draw := func(now time.Time, count int, query map[string][]string) string {
		timeline.Days = []db.DayCount{{Day: "2026-11-20", Outcome: db.OutcomeDone, Count: count}}
		d := HistoryData{Filter: form.ParseHistoryFilter(query), Timeline: timeline}
		d.Page.Now = now
		var text strings.Builder
		if err := drawnTimeline(d).Render(t.Context(), &text); err != nil {
			t.Fatal(err)
		}
		return text.String()
	}
	first := draw(day(22), 4711, nil)
	if !strings.Contains(first, "4,711 done") {
		t.Fatalf("drawn:\n%s", first)
	}
	if again := draw(day(22), 1, map[string][]string{"cursor": {"o9"}}); again != first {
		t.Error("another page of the same list has another picture")
	}
	for name, other := range map[string]string{
		"another day":    draw(day(23), 2, nil),
		"another filter": draw(day(23), 3, map[string][]string{"actor": {"a&b"}}),
	} {
		if strings.Contains(other, "4,711") || !strings.Contains(other, " done") {
			t.Errorf("%s: drawn:\n%s", name, other)
		}
	}
}
