package form_test

import (
	"strings"
	"testing"

	"roomledger/web/form"
)

func TestSuggestName(t *testing.T) {
	tests := []struct{ name, want string }{
		{"Rishabh's Room", "Rishabhs-Room"},
		{"already-Fine_1.2:3", "already-Fine_1.2:3"},
		{"  spaced  ", "spaced"},
		{"Élève à Zürich", "Eleve-a-Zurich"},
		{"Straße Łódź Ærø", "Strasse-Lodz-AEro"},
		{"e\u0301te\u0301", "ete"}, // combining accents
		{"a - b", "a-b"},
		{"a & b / c", "a-b-c"},
		{"Ward 7 🎉", "Ward-7"},
		{"🎉 Ward", "Ward"},
		{"“Quoted”", "Quoted"},
		{"a\x00b\xffc", "a-b-c"},
		{"غرفة", ""},
		{"???", ""},
		{"", ""},
		{strings.Repeat("ab ", 1<<19), strings.Repeat("ab-", 85) + "a"},
	}
	for _, tt := range tests {
		if got := form.SuggestName(tt.name); got != tt.want {
			t.Errorf("SuggestName(%.40q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzSuggestName(f *testing.F) {
	f.Add("Rishabh's Room")
	f.Add("\xff\x00 -")
	f.Fuzz(func(t *testing.T, name string) {
		s := form.SuggestName(name)
		if text := form.NameProblem(s); text != "" {
			t.Errorf("SuggestName(%q) = %q, which is refused: %s", name, s, text)
		}
		if again := form.SuggestName(s); again != s {
			t.Errorf("SuggestName(%q) = %q, an allowed name is changed", s, again)
		}
	})
}
