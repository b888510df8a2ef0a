package handlers

import (
	"bufio"
	"bytes"
	"context"

	"roomledger/db"
	"roomledger/db/seal"
	"roomledger/web/form"
)

// csvHead is the first line of a CSV export.
var csvHead = func() []byte {
	var b []byte
	for i, c := range seal.Columns() {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, c.Name...)
	}
	return append(b, '\n')
}()

func (x *export) writeCSV(ctx context.Context, out *bufio.Writer) error {
	out.Write(csvHead)
	var fields seal.Fields
	return x.db.EachLeaf(ctx, x.Extract, func(leaf db.Leaf) error {
		if err := parseLeaf(leaf, &fields); err != nil {
			return err
		}
		_, err := out.Write(appendCSV(out.AvailableBuffer(), &fields)) // a bufio.Writer keeps its first error
		return err
	})
}

// appendCSV appends a history row as a line. With encoding/csv each value would have to be made a string first, which
// takes longer than reading the row.
func appendCSV(b []byte, fields *seal.Fields) []byte {
	for i, value := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		if seal.Columns()[i].Number {
			b = append(b, value...)
		} else {
			b = appendCell(b, value)
		}
	}
	return append(b, '\n')
}

// appendCell appends a text so that no spreadsheet runs it as a formula.
func appendCell(b, text []byte) []byte {
	if len(text) == 0 {
		return b
	}
	quoted := needsQuotes(text)
	if quoted {
		b = append(b, '"')
	}
	if form.CSVFormula(text[0]) {
		b = append(b, '\'')
	}
	if !quoted {
		return append(b, text...)
	}
	for {
		before, after, found := bytes.Cut(text, []byte{'"'})
		b = append(b, before...)
		if !found {
			return append(b, '"')
		}
		b, text = append(b, '"', '"'), after
	}
}

// special are the bytes that a value can't have outside quotation marks.
var special = [256]bool{',': true, '"': true, '\n': true, '\r': true}

func needsQuotes(text []byte) bool {
	for _, c := range text {
		if special[c] {
			return true
		}
	}
	return text[0] == ' '
}
