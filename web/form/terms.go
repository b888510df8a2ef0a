package form

import (
	"strings"
	"unicode"
)

// term is a part of what stands in a search box: a word, or a qualifier with its value.
//
// White space separates terms. A quotation mark at the beginning of a word or of a value opens a text that may hold
// spaces, up to the next mark; two of them in it stand for one. A mark in the middle of a word is a letter like any other,
// and one that is never closed reaches to the end: half-typed text is understood too. A word that looks like a qualifier
// is written in quotation marks.
type term struct {
	name  string // of the qualifier, as typed; "" for a word
	value string // may be empty after a name
}

// splitTerms reads the text of a search box; it can't fail.
func splitTerms(text string) []term {
	var list []term
	for text != "" {
		var t term
		t.name, text = cutName(strings.TrimLeftFunc(text, unicode.IsSpace))
		t.value, text = cutValue(text)
		if t.name != "" || t.value != "" {
			list = append(list, t)
		}
	}
	return list
}

// cutName takes the name of a qualifier and its colon from the beginning of text. An address such as https://… has none.
func cutName(text string) (name, rest string) {
	n := 0
	for n < len(text) && (isLower(text[n]|0x20) || text[n] == '_') {
		n++
	}
	if n == 0 || !strings.HasPrefix(text[n:], ":") || strings.HasPrefix(text[n:], "://") {
		return "", text
	}
	return text[:n], text[n+1:]
}

// cutValue takes one word, or one text in quotation marks, from the beginning of text.
func cutValue(text string) (value, rest string) {
	quoted, open := strings.CutPrefix(text, `"`)
	if open {
		return cutQuoted(quoted)
	}
	if end := strings.IndexFunc(text, unicode.IsSpace); end >= 0 {
		return text[:end], text[end:]
	}
	return text, ""
}

func cutQuoted(text string) (value, rest string) {
	var b strings.Builder
	for {
		before, after, closed := strings.Cut(text, `"`)
		b.WriteString(before)
		if !closed {
			return b.String(), ""
		}
		if text = after; !strings.HasPrefix(after, `"`) {
			return b.String(), after
		}
		b.WriteByte('"')
		text = text[1:]
	}
}

// String writes a term so that splitTerms reads the same one.
func (t term) String() string {
	name := t.name
	if name != "" {
		name += ":"
	}
	if t.bare() {
		return name + t.value
	}
	return name + `"` + strings.ReplaceAll(t.value, `"`, `""`) + `"`
}

// bare says whether the value needs no quotation marks.
func (t term) bare() bool {
	if t.value == "" || t.value[0] == '"' || strings.ContainsFunc(t.value, unicode.IsSpace) {
		return false
	}
	if t.name != "" {
		return !strings.HasPrefix(t.value, "//")
	}
	name, _ := cutName(t.value)
	return name == ""
}

// joinWords writes words as the text of a search box.
func joinWords(words []string) string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = term{value: word}.String()
	}
	return strings.Join(list, " ")
}
