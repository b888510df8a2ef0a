package form

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// NameProblem says what to change in the name of a room, or "" when it may be used. A blank name may: the room is then
// named by its own random id.
func NameProblem(name string) string {
	name = strings.TrimSpace(name)
	switch {
	case len(name) > MaxNameBytes:
		return "Shorten the name to 256 characters or fewer."
	case consistsOf(name, isNameByte):
		return ""
	case !utf8.ValidString(name):
		return "The name could not be read as text. " + nameRule(name)
	case strings.ContainsFunc(name, unicode.IsControl):
		return "The name holds a character that can't be seen, such as a tab or a null byte. " + nameRule(name)
	}
	return nameRule(name)
}

func nameRule(name string) string {
	const rule = "Use only letters a to z, digits, and . - : _ in the name"
	if s := SuggestName(name); s != "" {
		return rule + ", for example " + s + "."
	}
	return rule + "."
}

func isNameByte(b byte) bool { return isAlnum(b) || strings.IndexByte(".-:_", b) >= 0 }

// SuggestName makes a name that the API allows out of one that it does not: Rishabh's Room becomes Rishabhs-Room.
// A name that is allowed comes back as it is; "" means that nothing of it is left.
func SuggestName(name string) string {
	name = strings.TrimSpace(name)
	if len(name) <= MaxNameBytes && consistsOf(name, isNameByte) {
		return name
	}
	const enough = 8 * MaxNameBytes
	name = name[:min(len(name), enough)]
	var b strings.Builder
	gap := false
	for _, r := range name {
		part := nameRunes(r)
		if part == "" {
			gap = gap || !dropped(r)
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteString(part)
	}
	s := b.String()
	return strings.TrimRight(s[:min(len(s), MaxNameBytes)], "-")
}

// nameRunes is what stands for r in a name, or "" when it is left out. Dashes are left out too, so that "a - b" gets one.
func nameRunes(r rune) string {
	if r < utf8.RuneSelf && r != '-' && isNameByte(byte(r)) {
		return string(r)
	}
	return folded[r]
}

// dropped says whether r goes without a dash in its place: quotes, and marks that belong to the letter before.
func dropped(r rune) bool {
	return strings.ContainsRune("'’‘`´ʼ\"“”", r) || unicode.Is(unicode.Mn, r)
}

// folded has the plain spelling of letters with accents and of ligatures.
var folded = foldTable()

func foldTable() map[rune]string {
	table := map[rune]string{
		'ß': "ss", 'æ': "ae", 'Æ': "AE", 'œ': "oe", 'Œ': "OE", 'þ': "th", 'Þ': "Th", 'ð': "d", 'Ð': "D",
		'ø': "o", 'Ø': "O", 'ł': "l", 'Ł': "L", 'đ': "d", 'Đ': "D", 'ħ': "h", 'Ħ': "H", 'ı': "i",
	}
	for plain, accented := range map[string]string{
		"a": "àáâãäåāăą", "c": "çćĉċč", "d": "ď", "e": "èéêëēĕėęě", "g": "ĝğġģ", "h": "ĥ", "i": "ìíîïĩīĭį", "j": "ĵ",
		"k": "ķ", "l": "ĺļľ", "n": "ñńņň", "o": "òóôõöōŏő", "r": "ŕŗř", "s": "śŝşšș", "t": "ţťț", "u": "ùúûüũūŭůűų",
		"w": "ŵ", "y": "ýÿŷ", "z": "źżž",
	} {
		for _, r := range accented {
			table[r] = plain
			table[unicode.ToUpper(r)] = strings.ToUpper(plain)
		}
	}
	return table
}
