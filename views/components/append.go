package components

import (
	"strconv"
	"time"
)

// What a list repeats a hundred times is written by hand, into one buffer: through a template each text of it is copied
// several times, which costs more than all the rest of the page.

// AppendText appends a text so that it can stand in an element or in a quoted attribute.
func AppendText(b []byte, s string) []byte {
	from := 0
	for i := range len(s) {
		escape := ""
		switch s[i] {
		case '&':
			escape = "&amp;"
		case '\'':
			escape = "&#39;"
		case '<':
			escape = "&lt;"
		case '>':
			escape = "&gt;"
		case '"':
			escape = "&#34;"
		default:
			continue
		}
		b = append(append(b, s[from:i]...), escape...)
		from = i + 1
	}
	return append(b, s[from:]...)
}

// AppendNumber appends what Number writes.
func AppendNumber[N int | int64](b []byte, n N) []byte {
	var space [20]byte
	digits := strconv.AppendInt(space[:0], int64(n), 10)
	if digits[0] == '-' {
		b, digits = append(b, '-'), digits[1:]
	}
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b = append(b, ',')
		}
		b = append(b, digit)
	}
	return b
}

// AppendTime appends what Time draws. Nothing in it needs escaping.
func AppendTime(b []byte, now, t time.Time) []byte {
	if t.IsZero() {
		return append(b, "never"...)
	}
	t = t.UTC()
	b = append(b, `<time datetime="`...)
	b = t.AppendFormat(b, stampLayout)
	b = append(b, `" title="`...)
	b = t.AppendFormat(b, exactLayout)
	b = append(b, `">`...)
	b = append(b, Ago(now, t)...)
	return append(b, "</time>"...)
}
