package components

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// Indent lays out JSON for reading; what isn't JSON comes back as it is.
func Indent(text string) string {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(text), "", "  "); err != nil {
		return text
	}
	return out.String()
}

// JSON draws indented JSON, keys quieter than values and $PLACEHOLDERS in their own colour.
func JSON(text string) templ.Component {
	b := make([]byte, 0, len(text)*2)
	for line := range strings.Lines(text) {
		b = appendJSONLine(b, line)
	}
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

func appendJSONLine(b []byte, line string) []byte {
	rest := strings.TrimLeft(line, " ")
	b = append(b, line[:len(line)-len(rest)]...)
	if end := keyEnd(rest); end > 0 {
		b = append(b, `<span class="k">`...)
		b = AppendText(b, rest[:end])
		b = append(b, `</span>`...)
		rest = rest[end:]
	}
	return appendMarked(b, rest)
}

// keyEnd returns the length of the quoted key at the start of an indented line, or 0 when the line has none.
func keyEnd(line string) int {
	if len(line) == 0 || line[0] != '"' {
		return 0
	}
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			if i+1 < len(line) && line[i+1] == ':' {
				return i + 1
			}
			return 0
		}
	}
	return 0
}

// appendMarked writes text with each $PLACEHOLDER marked.
func appendMarked(b []byte, text string) []byte {
	for {
		at := strings.IndexByte(text, '$')
		if at < 0 {
			return AppendText(b, text)
		}
		end := at + 1
		for end < len(text) && placeholderByte(text[end]) {
			end++
		}
		b = AppendText(b, text[:at])
		if end-at < 3 {
			b = AppendText(b, text[at:end])
		} else {
			b = append(b, `<span class="s">`...)
			b = AppendText(b, text[at:end])
			b = append(b, `</span>`...)
		}
		text = text[end:]
	}
}

func placeholderByte(c byte) bool { return c == '_' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' }
