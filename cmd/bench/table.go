package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// limit is a target: at least, below, or none (the zero value).
type limit struct {
	kind  limitKind
	value float64
}

type limitKind int

const (
	none limitKind = iota
	least
	below
)

func atLeast(v float64) limit { return limit{least, v} }

func under(v float64) limit { return limit{below, v} }

// met says whether a value keeps the target.
func (l limit) met(v float64) bool {
	switch l.kind {
	case least:
		return v >= l.value
	case below:
		return v < l.value
	}
	return true
}

// row is one figure. Values are those of the rounds, in their order; without a target, more counts as better unless
// fewer is set.
type row struct {
	figure string
	unit   string
	values []float64
	target limit
	fewer  bool
	fault  string // why there is no value
}

// best is the value that counts.
func (r row) best() float64 {
	if r.target.kind == below || r.fewer {
		return slices.Min(r.values)
	}
	return slices.Max(r.values)
}

func (r row) verdict() string {
	switch {
	case r.fault != "":
		return "MISS"
	case r.target.kind == none:
		return ""
	case r.target.met(r.best()):
		return "ok"
	}
	return "MISS"
}

// table is everything that was measured.
type table []row

// rate adds answers a second of the rounds.
func (t *table) rate(figure string, samples []sample, target limit) {
	*t = append(*t, row{figure: figure, unit: "/s", values: each(samples, sample.rate), target: target})
}

// latency adds the median and the 99th percentile of the rounds; the target is for the latter.
func (t *table) latency(figure string, samples []sample, target limit) {
	for _, p := range []float64{50, 99} {
		r := row{figure: fmt.Sprintf("%s, p%.0f", figure, p), unit: " ms", fewer: true}
		r.values = each(samples, func(s sample) float64 { return s.millis(p) })
		if p == 99 {
			r.target = target
		}
		*t = append(*t, r)
	}
}

// one adds a figure that is better when it is lower, measured once or more.
func (t *table) one(figure, unit string, target limit, values ...float64) {
	*t = append(*t, row{figure: figure, unit: unit, values: values, target: target, fewer: true})
}

// broken adds a figure that could not be measured.
func (t *table) broken(figure string, target limit, why error) {
	*t = append(*t, row{figure: figure, target: target, fault: strings.Join(strings.Fields(why.Error()), " ")})
}

func (t table) missed() bool {
	return slices.ContainsFunc(t, func(r row) bool { return r.verdict() == "MISS" })
}

func (t table) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "figure\tmeasured\ttarget\t\trounds")
	fmt.Fprintln(w, "------\t--------\t------\t\t------")
	for _, r := range t {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.figure, r.measured(), r.target.text(r.unit), r.verdict(), r.spread())
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

func (l limit) text(unit string) string {
	switch l.kind {
	case least:
		return "≥ " + number(l.value) + unit
	case below:
		return "< " + number(l.value) + unit
	}
	return ""
}

// measured is the value that counts, with its unit.
func (r row) measured() string {
	if r.fault != "" {
		return "-"
	}
	return number(r.best()) + r.unit
}

// spread is all values, when there are several, or why there are none.
func (r row) spread() string {
	if r.fault != "" {
		return r.fault
	}
	if len(r.values) < 2 {
		return ""
	}
	texts := make([]string, len(r.values))
	for i, v := range r.values {
		texts[i] = number(v)
	}
	return strings.Join(texts, " ")
}

// number writes three digits or more, with commas in thousands.
func number(v float64) string {
	switch {
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	whole := fmt.Sprintf("%.0f", v)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return whole
}

// plural is a number with its noun.
func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
