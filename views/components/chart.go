package components

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/a-h/templ"
)

// Day is one column of StackedBars or of a Chart.
type Day struct {
	Label string // for people: "3 Sep"
	Done  int
	Fail  int
	Ask   int
	URL   string // where it leads; "" nowhere
}

// Chart is what LinkedBars draws.
type Chart struct {
	ID    string // tells charts of one page apart
	Title string
	Unit  string // what a column stands for: "Day"
	End   string // the label of the last column
	Note  string // what the figures leave out; "" nothing
	Days  []Day
}

func (d Day) total() int { return d.Done + d.Fail + d.Ask }

// Totals adds up the columns.
func Totals(days []Day) Day {
	var sum Day
	for _, d := range days {
		sum.Done += d.Done
		sum.Fail += d.Fail
		sum.Ask += d.Ask
	}
	return sum
}

// DayLabel names the day i days after from, as Date does.
func DayLabel(now, from time.Time, i int) string { return Date(now, from.UTC().AddDate(0, 0, i)) }

// Size of the bars in user units; the picture is stretched to the width of the page.
const (
	chartHeight = 72
	chartFloor  = 70
	dayWidth    = 12
	barWidth    = 8
)

// stack is one column with its heights in user units.
type stack struct {
	Day
	x                  int
	doneY, failY, askY int
	doneH, failH, askH int
}

// stacks scales the columns so that the tallest is just under the full height. What isn't zero is at least 2 units high.
func stacks(days []Day) []stack {
	most := 1
	for _, d := range days {
		most = max(most, d.total())
	}
	out := make([]stack, len(days))
	for i, d := range days {
		s := stack{Day: d, x: i*dayWidth + (dayWidth-barWidth)/2}
		s.doneH, s.failH, s.askH = height(d.Done, most), height(d.Fail, most), height(d.Ask, most)
		s.doneY = chartFloor - s.doneH
		s.failY = s.doneY - s.failH
		s.askY = s.failY - s.askH
		out[i] = s
	}
	return out
}

// height leaves six units of air at the top, so that three minimum heights on the tallest column still fit.
func height(n, most int) int {
	if n == 0 {
		return 0
	}
	return max(2, n*(chartFloor-6)/most)
}

// appendSummary says the column in words.
func (d Day) appendSummary(b []byte) []byte {
	b = AppendText(b, d.Label)
	b = append(AppendNumber(append(b, ": "...), d.Done), " done"...)
	if d.Fail > 0 {
		b = append(AppendNumber(append(b, ", "...), d.Fail), " failed"...)
	}
	if d.Ask > 0 {
		b = append(AppendNumber(append(b, ", "...), d.Ask), " unknown"...)
	}
	return b
}

func chartBox(days int) string {
	return "0 0 " + strconv.Itoa(max(1, days)*dayWidth) + " " + strconv.Itoa(chartHeight)
}

// appendBars writes the columns as SVG. It is written by hand because a quarter of a thousand rectangles through the
// template cost more than the rest of the page.
func appendBars(b []byte, days []Day) []byte {
	for _, s := range stacks(days) {
		if s.total() == 0 {
			continue
		}
		b = appendColumn(b, s.URL)
		b = append(b, ` transform="translate(`...)
		b = strconv.AppendInt(b, int64(s.x), 10)
		b = append(b, ",0)\"><title>"...)
		b = s.appendSummary(b)
		b = append(b, "</title>"...)
		b = appendBar(b, "d", s.doneY, s.doneH)
		b = appendBar(b, "f", s.failY, s.failH)
		b = appendBar(b, "u", s.askY, s.askH)
		if s.URL == "" {
			b = append(b, "</g>"...)
		} else {
			b = append(b, "</a>"...)
		}
	}
	return b
}

// appendColumn opens a column. One that leads somewhere is a link for the mouse: the table under the chart has the same
// ones for everybody.
func appendColumn(b []byte, url string) []byte {
	if url == "" {
		return append(b, "<g"...)
	}
	b = append(b, `<a tabindex="-1" href="`...)
	b = AppendText(b, url)
	return append(b, '"')
}

// appendDayRows writes the rows of the table under a chart, by hand like its columns.
func appendDayRows(b []byte, days []Day) []byte {
	for _, d := range days {
		if d.total() == 0 {
			continue
		}
		b = append(b, `<tr><th scope="row"><a href="`...)
		b = AppendText(b, d.URL)
		b = append(b, `">`...)
		b = AppendText(b, d.Label)
		b = append(b, `</a></th>`...)
		for _, n := range [...]int{d.Done, d.Fail, d.Ask} {
			b = append(b, `<td class="num">`...)
			b = AppendNumber(b, n)
			b = append(b, `</td>`...)
		}
		b = append(b, `</tr>`...)
	}
	return b
}

func appendBar(b []byte, class string, y, h int) []byte {
	if h == 0 {
		return b
	}
	b = append(b, `<rect class="`...)
	b = append(b, class...)
	b = append(b, `" width="8" y="`...)
	b = strconv.AppendInt(b, int64(y), 10)
	b = append(b, `" height="`...)
	b = strconv.AppendInt(b, int64(h), 10)
	return append(b, `"/>`...)
}

// Bar is one line of BarList.
type Bar struct {
	Label string
	Count int
}

// share is the bar's length in percent of the longest, at least 1 where there is something.
func share(n int, bars []Bar) string {
	most := 1
	for _, b := range bars {
		most = max(most, b.Count)
	}
	if n == 0 {
		return "0"
	}
	return strconv.Itoa(max(1, n*100/most))
}

func bars(days []Day) templ.Component { return written(appendBars, days) }

func dayRows(days []Day) templ.Component { return written(appendDayRows, days) }

func written(draw func([]byte, []Day) []byte, days []Day) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := w.Write(draw(make([]byte, 0, 384*len(days)), days))
		return err
	})
}

// few says whether the columns would be slabs on the whole width of a page.
func (c Chart) few() bool {
	const enough = 28
	return len(c.Days) < enough
}

// words sums up the columns for people: "412 done · 9 failed · 1 unknown".
func (d Day) words() string {
	if d.total() == 0 {
		return "nothing in these days"
	}
	return Number(d.Done) + " done · " + Number(d.Fail) + " failed · " + Number(d.Ask) + " unknown"
}

func chartWords(days []Day) string {
	return Plural(len(days), "day", "days") + ": " + Totals(days).words() + ". A table with the days follows."
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
