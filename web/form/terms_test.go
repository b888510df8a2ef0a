package form_test

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"roomledger/web/form"
)

// box reads a filter that was typed into the search box.
func box(text string) *form.HistoryFilter {
	return form.ParseHistoryFilter(url.Values{"q": {text}})
}

// values is what a filter asks for.
func values(f *form.HistoryFilter) map[string]string {
	m := map[string]string{}
	for _, name := range []string{"q", "actor", "action", "outcome", "target", "kind", "from", "to"} {
		if v := f.Of(name); v != "" {
			m[name] = v
		}
	}
	return m
}

func TestSearchBox(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"":                       {},
		"  \u00a0 ":              {},
		"standup":                {"q": "standup"},
		` standup  "two words" `: {"q": `standup "two words"`},
		`actor:ops@example.org action:room.create outcome:failed target:"Physics 1" kind:room from:2026-01-01 to:2026-02-01 standup "two words"`: {
			"actor": "ops@example.org", "action": "room.create", "outcome": "failed", "target": "Physics 1", "kind": "room",
			"from": "2026-01-01", "to": "2026-02-01", "q": `standup "two words"`,
		},
		"standup outcome:done maths":       {"outcome": "done", "q": "standup maths"},
		"Outcome:done ACTOR:Ann":           {"outcome": "done", "actor": "Ann"},
		"from:2026-11-01T10:00:00+05:30":   {"from": "2026-11-01T10:00:00+05:30"},
		"action:room.*":                    {"action": "room.*"},
		`target:"say ""hi"" now"`:          {"target": `say "hi" now`},
		`target:"not closed`:               {"target": "not closed"},
		`"not closed`:                      {"q": `"not closed"`},
		`"closed"early`:                    {"q": "closed early"},
		`"actor:ann"`:                      {"q": `"actor:ann"`},
		`"" word`:                          {"q": "word"},
		`5" pipe`:                          {"q": `5" pipe`},
		`"""abc"`:                          {"q": `"""abc"`},
		"10:30 a1:b :x":                    {"q": "10:30 a1:b :x"},
		"https://example.org/actor:x":      {"q": "https://example.org/actor:x"},
		`actor:"//x"`:                      {"actor": "//x"},
		"actor:a:b":                        {"actor": "a:b"},
		"actor:ann actor:ann":              {"actor": "ann"},
		"\u3000übung\u3000kind:room\u3000": {"q": "übung", "kind": "room"},
	} {
		f := box(text)
		if diff := cmp.Diff(want, values(f)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		if f.Errors.Any() || len(f.Hints()) > 0 {
			t.Errorf("%s: told %v, %v", text, f.Errors.List, f.Hints())
		}
	}
}

// What can't be understood is told at the box, stays in it, and the rest is in force.
func TestSearchBoxThatIsUnclear(t *testing.T) {
	for query, c := range map[string]struct {
		message, text string
		want          map[string]string
	}{
		"q=actor:+ann": {
			"Write a value after actor: without a space, such as actor:ann@example.org. Until then it is not used.", "actor: ann",
			map[string]string{"q": "ann"},
		},
		"q=kind:room+kind:%22a+b%22": {`Write kind: once only. kind:"a b" is not used.`, `kind:room kind:"a b"`, map[string]string{"kind": "room"}},
		"q=actor:ben+x&actor=ann+b": {
			"Write actor: once only. actor:ben is not used.", `actor:"ann b" actor:ben x`, map[string]string{"actor": "ann b", "q": "x"},
		},
	} {
		f := form.ParseHistoryFilter(parseQuery(t, query))
		if f.Errors.Of("q") != c.message || len(f.Errors.List) != 1 {
			t.Errorf("%s: told %v, want %q", query, f.Errors.List, c.message)
		}
		if diff := cmp.Diff(c.want, values(f)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
		if f.Text() != c.text {
			t.Errorf("%s: the box has %q, want %q", query, f.Text(), c.text)
		}
	}
	f := box("from:soon outcome:perhaps kind:ROOM word")
	if f.Errors.Of("from") == "" || f.Errors.Of("outcome") == "" || f.Errors.Of("kind") == "" || f.Text() != "outcome:perhaps kind:ROOM from:soon word" {
		t.Errorf("told %v, the box has %q", f.Errors.List, f.Text())
	}
	for _, text := range []string{"actor:\x00", "\xff", strings.Repeat("actor:x ", 300), strings.Repeat("q", 257)} {
		f := box(text)
		if f.Errors.Of("q") == "" || len(f.Errors.List) != 1 || len(values(f)) != 0 || f.Text() != text {
			t.Errorf("%.20q: told %v, the box has %.20q", text, f.Errors.List, f.Text())
		}
	}
}

func TestSearchHints(t *testing.T) {
	for text, want := range map[string][]string{
		"foo:bar x":           {"There is no qualifier foo:"},
		"f:b":                 {"There is no qualifier f:"},
		`a "" "b"`:            {"A word of one or two letters"},
		"foo:bar":             {"There is no qualifier foo:"},
		"who:a when:b":        {"There is no qualifier who:", "There is no qualifier when:"},
		"ab übe":              nil,
		"ü":                   {"A word of one or two letters"},
		"ab outcome:done":     {"A word of one or two letters"},
		"outcome:done":        nil,
		"https://x 10:30 ::a": nil,
	} {
		got := box(text).Hints()
		if !slices.EqualFunc(want, got, func(want, got string) bool { return strings.HasPrefix(got, want) }) {
			t.Errorf("%s: hints %q, want %q", text, got, want)
		}
	}
	f := box("foo:bar")
	if f.Words()[0] != "foo:bar" || !strings.Contains(f.Hints()[0], "target:, kind:, from: and to:.") {
		t.Errorf("words %q, hints %q", f.Words(), f.Hints())
	}
	if again := box(f.Text()); len(again.Hints()) > 0 || again.Words()[0] != "foo:bar" {
		t.Errorf("a word that was understood as one asks again: %q, %q", f.Text(), again.Hints())
	}
}

func TestSearchChips(t *testing.T) {
	f := box(`kind:room standup "two words" standup`)
	want := []form.Chip{
		{Field: "q", Label: "Search", Value: "standup", Remove: "/history?q=%22two+words%22+standup&kind=room"},
		{Field: "q", Label: "Search", Value: "two words", Remove: "/history?q=standup+standup&kind=room"},
		{Field: "q", Label: "Search", Value: "standup", Remove: "/history?q=standup+%22two+words%22&kind=room"},
		{Field: "kind", Label: "Kind", Value: "room", Remove: "/history?q=standup+%22two+words%22+standup"},
	}
	if diff := cmp.Diff(want, f.Chips()); diff != "" {
		t.Errorf("chips (-want +got):\n%s", diff)
	}
	if got := box("x").Chips()[0].Remove; got != "/history" {
		t.Errorf("without its only word the page is %s", got)
	}
}

// again reads a filter's text and its address back.
func again(t *testing.T, f *form.HistoryFilter) {
	t.Helper()
	same := cmpopts.IgnoreUnexported(form.HistoryFilter{})
	if back := box(f.Text()); !cmp.Equal(f, back, same) {
		t.Errorf("the box has %q, which is read as (-want +got):\n%s", f.Text(), cmp.Diff(f, back, same))
	}
	if back := form.ParseHistoryFilter(parseQuery(t, f.Query())); !cmp.Equal(f, back, same) {
		t.Errorf("the address has %q, which is read as (-want +got):\n%s", f.Query(), cmp.Diff(f, back, same))
	}
	if once, twice := f.Text(), box(f.Text()).Text(); once != twice {
		t.Errorf("written %q, and then %q", once, twice)
	}
}

// Any filter written as text is the same filter when it is read.
func TestSearchTextIsReadAsItself(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	pieces := []string{"a", "B", "ß", "日", " ", "  ", `"`, `""`, ":", "//", "actor:", "foo:", "5", ".", "*", "%", `\`, "'", "\u00a0", "-", "😀"}
	text := func() string {
		var b strings.Builder
		for range random.IntN(7) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		return b.String()
	}
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	for range 4000 {
		f := form.ParseHistoryFilter(url.Values{
			"q": {pick("", text(), text()+" "+text())}, "actor": {pick("", text())}, "target": {pick("", text())},
			"action": {pick("", "room.*", "room.create")}, "outcome": {pick("", "done", "unknown")}, "kind": {pick("", "room")},
			"from": {pick("", "2026-01-01", "2026-01-01T10:00:00+05:30")}, "to": {pick("", "2026-02-01")},
		})
		if f.Errors.Any() {
			continue // told, and kept as it was typed
		}
		again(t, f)
		if t.Failed() {
			return
		}
	}
}

func FuzzSearchBox(f *testing.F) {
	for _, text := range []string{
		"", "a b", `actor:ann "b c"`, `target:"say ""hi"""`, `"`, `""""`, "from:2026-01-01 to:2025-01-01", "foo:bar", "actor:", `a"b c"d`, "actor://x", "::", "\u2003",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := box(text)
		for _, word := range got.Words() {
			if word == "" {
				t.Errorf("%q has an empty word", text)
			}
		}
		for _, c := range got.Chips() {
			if !strings.HasPrefix(c.Remove, "/history") {
				t.Errorf("%q: a chip leads to %q", text, c.Remove)
			}
		}
		if got.Errors.Any() {
			if lost := utf8.ValidString(text) && len(text) < 100 && !holds(got.Text(), text); lost {
				t.Errorf("%q came back as %q", text, got.Text())
			}
			return
		}
		again(t, got)
	})
}

// holds says whether what comes back has every letter and digit that was typed.
func holds(back, typed string) bool {
	count := func(s string) map[rune]int {
		m := map[rune]int{}
		for _, r := range strings.ToLower(s) {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				m[r]++
			}
		}
		return m
	}
	have := count(back)
	for r, n := range count(typed) {
		if have[r] < n {
			return false
		}
	}
	return true
}
