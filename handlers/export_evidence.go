package handlers

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"context"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"text/template"
	"time"

	"roomledger/db/seal"
)

//go:embed export_evidence.txt
var evidenceText string

// evidenceReadme tells what an evidence pack is and how to check it, so that somebody can who has neither the program nor
// its source.
var evidenceReadme = template.Must(template.New("README.txt").Parse(evidenceText))

type evidenceData struct {
	Time    string
	By      string
	Filter  string
	Origin  string
	Size    int64
	Whole   bool
	Columns []evidenceColumn
}

type evidenceColumn struct {
	Place   int
	Name    string
	Kind    string // text or number
	Meaning string
}

// columnMeanings are in the order of the columns.
var columnMeanings = [seal.Width]string{
	"number of the row, from 1 without a gap",
	"when, UTC",
	"which 100ms account",
	"id that ties the rows of one change together",
	"id of the bulk run that it is of",
	"id of who did it",
	"name of who did it",
	"user, cli, run or system",
	"address it came from",
	"browser or tool it came from",
	"id of the request in the server's log",
	"what was done: object.verb",
	"intent: about to be done; done; failed; settled: found out later; note: done in one step",
	"what kind of object it was done to",
	"id of that object",
	"name of that object",
	"why, in the words of who did it; of an export its filter",
	"what was sent to 100ms: JSON without secrets",
	"what 100ms answered: JSON without secrets",
	"the object as it was: JSON without secrets",
	"the object as it is then: JSON without secrets",
	"method of the call to 100ms",
	"path of the call to 100ms",
	"status of the answer; 0: none",
	"how long the call took, in milliseconds",
	"how many times it was sent",
	"why it failed, or a remark",
}

// writeEvidence writes a zip file that can be checked with nothing else but a key that is trusted.
func (x *export) writeEvidence(ctx context.Context, out *bufio.Writer) error {
	z := zip.NewWriter(out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestSpeed) // half the time, a sixth more bytes
	})
	for _, file := range []struct {
		name  string
		write func(*bufio.Writer) error
	}{
		{"README.txt", x.writeReadme},
		{"key.pub", textOf(x.key + "\n")},
		{"checkpoint.txt", textOf(x.checkpoint.Note)},
		{"rows.jsonl", func(out *bufio.Writer) error { return x.writeJSONL(ctx, out) }},
	} {
		if err := x.pack(z, file.name, file.write); err != nil {
			return fmt.Errorf("%s: %w", file.name, err)
		}
	}
	return z.Close()
}

func textOf(text string) func(*bufio.Writer) error {
	return func(out *bufio.Writer) error {
		_, err := out.WriteString(text)
		return err
	}
}

func (x *export) pack(z *zip.Writer, name string, write func(*bufio.Writer) error) error {
	file, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: x.checkpoint.Time})
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, exportBuffer)
	if err := write(out); err != nil {
		return err
	}
	return out.Flush()
}

func (x *export) writeReadme(out *bufio.Writer) error {
	origin, _, _ := strings.Cut(x.checkpoint.Note, "\n")
	d := evidenceData{
		Time: x.checkpoint.Time.UTC().Format(time.RFC3339), By: x.by, Filter: x.Filter, Origin: origin,
		Size: x.Extract.Size, Whole: x.Extract.Whole(),
	}
	if d.Filter == "" {
		d.Filter = "none: all of history"
	}
	for i, c := range seal.Columns() {
		column := evidenceColumn{Place: i + 1, Name: c.Name, Kind: "text", Meaning: columnMeanings[i]}
		if c.Number {
			column.Kind = "number"
		}
		d.Columns = append(d.Columns, column)
	}
	return evidenceReadme.Execute(out, d)
}
