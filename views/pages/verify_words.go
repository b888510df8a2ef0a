package pages

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"roomledger/views/components"
)

// verifyCommands are how history is checked away from the page.
const verifyCommands = `roomledger verify -key roomledger-key.txt -checkpoint checkpoint.txt -file backup.db
roomledger verify -key roomledger-key.txt -checkpoint checkpoint.txt -export history.jsonl
roomledger verify -key roomledger-key.txt -proof proof.jsonl
`

func checkpointField(d VerificationData) components.Field {
	f := field(d.Errors, "checkpoint", "Compare with a checkpoint that you kept", d.Checkpoint,
		"Optional: paste one or more. They show whether the end was cut off, or an older copy put in place.")
	f.Attrs = templ.Attributes{"rows": "4", "spellcheck": "false", "autocomplete": "off", "class": "mono"}
	return f
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(text[size:], ".") + "."
}
