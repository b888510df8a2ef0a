package handlers

import "testing"

func TestSearchText(t *testing.T) {
	for want, words := range map[string][]string{
		"":                      nil,
		"standup":               {"standup"},
		`standup "two words" x`: {"standup", "two words", "x"},
		"actor:ann":             {"actor:ann"},
		`5" a"b"`:               {`5"`, `a"b"`},
		`"say " hi`:             {`say "hi"`},
		`a`:                     {`"a"`},
		"\"a\u3000b\"":          {"a\u3000b"},
	} {
		if got := searchText(words); got != want {
			t.Errorf("%q is asked for as %q, want %q", words, got, want)
		}
	}
}
