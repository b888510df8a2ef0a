package form

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// SentTwice is the message of a field that can have one value only and came with more.
const SentTwice = "This was sent more than once. Give one value only."

// input ties the name of a single-valued field to where its text is kept.
type input struct {
	name  string
	value *string
}

// readInputs fills each input with the first value of its name and returns the names that had more than one.
func readInputs(values map[string][]string, inputs []input) (repeated []string) {
	for _, in := range inputs {
		typed := values[in.name]
		if len(typed) > 0 {
			*in.value = typed[0]
		}
		if len(typed) > 1 {
			repeated = append(repeated, in.name)
		}
	}
	return repeated
}

// unixLines undoes what browsers do to the line ends of a textarea.
func unixLines(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}

// consistsOf says whether ok accepts every byte of s.
func consistsOf(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func isLower(b byte) bool { return 'a' <= b && b <= 'z' }

func isAlnum(b byte) bool { return isDigit(b) || isLower(b) || 'A' <= b && b <= 'Z' }

func isVisible(b byte) bool { return '!' <= b && b <= '~' }

func isURLSafe(b byte) bool { return isAlnum(b) || b == '-' || b == '_' }

// isID says whether s looks like an id of the API: 24 lower-case hexadecimal digits.
func isID(s string) bool {
	return len(s) == 24 && consistsOf(s, func(b byte) bool { return isDigit(b) || 'a' <= b && b <= 'f' })
}

// isPlain says whether s is valid UTF-8 without control characters other than those in allowed.
func isPlain(s, allowed string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune(allowed, r)
	})
}

// longerThan says whether s has more than limit characters; it doesn't count through a megabyte to find out.
func longerThan(s string, limit int) bool {
	return len(s) > limit*utf8.UTFMax || utf8.RuneCountInString(s) > limit
}

// oneLine makes foreign text fit to be shown as a sentence: valid, without control characters, cut at limit characters.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.TrimSpace(s)
	if !longerThan(s, limit) {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}
