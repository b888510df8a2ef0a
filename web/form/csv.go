package form

import "strings"

// CSVCell is text as a cell of a CSV file: what a spreadsheet would run as a formula gets a leading apostrophe.
func CSVCell(text string) string {
	if text != "" && CSVFormula(text[0]) {
		return "'" + text
	}
	return text
}

// CSVFormula says whether a spreadsheet would run a cell that begins with first.
func CSVFormula(first byte) bool { return strings.IndexByte("=+-@\t\r", first) >= 0 }
