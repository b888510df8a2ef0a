package form

import "strings"

// CSVCell is text as a cell of a CSV file: what a spreadsheet would run as a formula gets a leading apostrophe.
func CSVCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
