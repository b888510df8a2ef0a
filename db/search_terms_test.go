package db

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	for q, want := range map[string][]string{
		"":                      nil,
		" \t\n\u00a0":           nil,
		"standup":               {"standup"},
		"  Stand\tup \n":        {"Stand", "up"},
		`"two words" third`:     {"two words", "third"},
		`first "two words`:      {"first", "two words"},
		`"a""b"c`:               {"a", "b", "c"},
		`""`:                    nil,
		`"`:                     nil,
		`" "`:                   {" "},
		`5"tall it's`:           {`5"tall`, "it's"},
		"Größe\u2003日本語":        {"Größe", "日本語"},
		"a AND -b NEAR/2 c* %_": {"a", "AND", "-b", "NEAR/2", "c*", "%_"},
	} {
		if diff := cmp.Diff(want, Words(q)); diff != "" {
			t.Errorf("%q: %s", q, diff)
		}
	}
}

func TestFolded(t *testing.T) {
	if diff := cmp.Diff([]string{"größe", "a\uFFFDb", "x y"}, folded("GRÖßE a\xffb größe \"X Y\" A\x00B")); diff != "" {
		t.Error(diff)
	}
}

func TestTrigrams(t *testing.T) {
	for text, want := range map[string]string{
		"":      "",
		"ab":    "",
		"äö":    "",
		"abc":   " 616263",
		"abcd":  " 616263 626364",
		"aäb\n": " 61c3a462 c3a4620a",
		"🎓🎒🎓":   " f09f8e93f09f8e92f09f8e93",
	} {
		if got := string(appendTrigrams(nil, text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestPhrases(t *testing.T) {
	for letters, want := range map[string][]string{
		"a":         {`"a"`},
		"abcd":      {`"a b c d"`},
		"abcde":     {`"a b c d"`, `"b c d e"`},
		"abcdefgh":  {`"a b c d"`, `"e f g h"`},
		"abcdefghi": {`"a b c d"`, `"e f g h"`, `"f g h i"`},
	} {
		if diff := cmp.Diff(want, phrases(strings.Split(letters, ""))); diff != "" {
			t.Errorf("%s: %s", letters, diff)
		}
	}
}

// What is asked of the index depends on what is rare.
func TestCheaply(t *testing.T) {
	word := func(letters string) []string { return strings.Split(letters, "") }
	const all = 500_000
	for name, c := range map[string]struct {
		w    wanted
		seen map[string]int
		want string
	}{
		"one":                          {wanted{words: [][]string{word("a")}}, map[string]int{"a": 9000}, "(a)"},
		"rare alone":                   {wanted{words: [][]string{word("abc")}}, map[string]int{"a": 50_000, "b": 100, "c": 300}, "(b)"},
		"unknown to the sample":        {wanted{words: [][]string{word("abc")}}, map[string]int{"a": 50_000, "c": 100}, "(b)"},
		"two that are cheap":           {wanted{words: [][]string{word("abc")}}, map[string]int{"a": 50_000, "b": 9000, "c": 9500}, "(b) AND (c)"},
		"common: one of the word":      {wanted{words: [][]string{word("abc")}}, map[string]int{"a": 60_000, "b": 50_000, "c": 70_000}, "(b)"},
		"one of each word":             {wanted{words: [][]string{word("ab"), word("cd")}}, map[string]int{"a": 60_000, "b": 50_000, "c": 70_000, "d": 80_000}, "(b) AND (c)"},
		"filter beside a word":         {wanted{[][]string{word("a")}, [][]string{{"f"}}}, map[string]int{"a": 60_000, "f": 90_000}, "(a) AND (f)"},
		"filter that nearly all pass":  {wanted{[][]string{word("a")}, [][]string{{"f"}}}, map[string]int{"a": 60_000, "f": 499_000}, "(a)"},
		"only filters nearly all pass": {wanted{filters: [][]string{{"f"}, {"g"}}}, map[string]int{"f": 499_000, "g": 500_000}, "(f)"},
		"either of two":                {wanted{filters: [][]string{{"f", "g"}, {"h"}}}, map[string]int{"f": 40_000, "g": 20_000, "h": 50_000}, "(h) AND (f OR g)"},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.w.cheaply(func(token string) int { return c.seen[token] }, all)
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// An index that is empty has seen nothing, and is asked all the same.
func TestCheaplyOfNothing(t *testing.T) {
	w := wanted{words: [][]string{{"a", "b"}}, filters: [][]string{{"f"}}}
	none := func(string) int { return 0 }
	for _, got := range []string{w.cheaply(none, 0), w.countably(none, 0), w.exactly()} {
		if got == "" {
			t.Error("nothing is asked for")
		}
	}
}

// Whatever is typed, the index understands what is asked of it, and finds the operation that has it in its name.
func FuzzMatch(f *testing.F) {
	for _, q := range []string{
		"", "standup", `"two words"`, `a AND b OR NOT c`, "NEAR/3 -x", `tokens:abc* ^abc`, "(((", `"""`, "%_\\", "日本語 größe", "🎓🎒🎓",
		"\x00\xff\xfe\xfd", strings.Repeat("abc ", 100), strings.Repeat("x", 1000), "a\nb\rc", "İstanbul ΣΑΣ ǅ", "\u2028\u2029\u200b",
	} {
		f.Add(q, q, uint8(3))
	}
	d := open(f, f.TempDir())
	f.Fuzz(func(t *testing.T, q, value string, filters uint8) {
		if words := Words(q); slices.Contains(words, "") || len(words) > 0 && !utf8.ValidString(strings.Join(folded(q), "")) {
			t.Fatalf("words are %q", words)
		}
		row := note("room.create", NewID())
		row.TargetName = strings.Join(Words(q), " ")
		add(t, d, row)
		if _, err := d.FeedSearch(t.Context()); err != nil {
			t.Fatal(err)
		}
		ask := OperationQuery{Q: q, Limit: 200}
		list, err := d.Operations(t.Context(), ask)
		if err != nil {
			t.Fatalf("%q: %v", q, err)
		}
		if !slices.ContainsFunc(list, func(o Operation) bool { return o.ID == row.Operation }) {
			t.Fatalf("%q isn't found in %q", q, row.TargetName)
		}
		for i, field := range []*string{&ask.Workspace, &ask.Actor, &ask.Action, &ask.TargetKind, &ask.Target} {
			if filters&(1<<i) != 0 {
				*field = value
			}
		}
		if _, err := d.Operations(t.Context(), ask); err != nil {
			t.Fatalf("%+v: %v", ask, err)
		}
		if _, _, err := d.Timeline(t.Context(), ask, row.Time); err != nil {
			t.Fatalf("%+v: %v", ask, err)
		}
	})
}

// Each expression that a long text makes is one that SQLite takes.
func TestLongTexts(t *testing.T) {
	d := open(t, t.TempDir())
	var many []string
	for i := range 5000 {
		many = append(many, fmt.Sprintf("word%d", i))
	}
	row := note("room.create", "op")
	row.TargetName = strings.Join(many, " ")
	add(t, d, row, note("room.create", "other"))
	if _, err := d.FeedSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{strings.Join(many, " "), `"` + strings.Join(many, " ")} {
		list, err := d.Operations(t.Context(), OperationQuery{Q: q})
		if err != nil || len(list) != 1 || list[0].ID != "op" {
			t.Errorf("%d operations, error %v", len(list), err)
		}
		if list, err = d.Operations(t.Context(), OperationQuery{Q: q + " absent"}); err != nil || len(list) != 0 {
			t.Errorf("%d operations with a word more, error %v", len(list), err)
		}
		if _, _, err := d.Timeline(t.Context(), OperationQuery{Q: q}, row.Time); err != nil {
			t.Error(err)
		}
	}
}
