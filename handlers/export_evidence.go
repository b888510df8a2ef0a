package handlers

import (
	"archive/zip"
	"bufio"
	"cmp"
	"compress/flate"
	"context"
	_ "embed"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"roomledger/db/seal"
)

// The text that tells what an evidence pack is and how to check it, so that somebody can who has neither the program nor its source.
// What differs between all of history and a part of it stands in files of its own, three pieces each. Names in braces are filled in by
// a strings.Replacer: text/template finds methods by name, for which the program would have to keep every method of every type, a
// twelfth of its size.
var (
	//go:embed export_evidence.txt
	evidenceText string
	//go:embed export_evidence_whole.txt
	evidenceOfWhole string
	//go:embed export_evidence_part.txt
	evidenceOfPart string
)

// evidencePieces parts the pieces of a text: what the rows are, what they show of one who has the key, how to check the tree.
const evidencePieces = "\n\n--\n\n"

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
	size := strconv.FormatInt(x.Extract.Size, 10)
	text := evidenceOfPart
	if x.Extract.Whole() {
		text = evidenceOfWhole
	}
	rows, rest, _ := strings.Cut(strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "{Size}", size), evidencePieces)
	trust, tree, _ := strings.Cut(rest, evidencePieces)
	_, err := strings.NewReplacer(
		"{Time}", x.checkpoint.Time.UTC().Format(time.RFC3339), "{By}", x.by, "{Filter}", cmp.Or(x.Filter, "none: all of history"),
		"{Origin}", origin, "{Size}", size, "{Rows}", rows, "{Trust}", trust, "{Tree}", tree, "{Columns}", evidenceColumns(),
	).WriteString(out, evidenceText)
	return err
}

// evidenceColumns are the columns of a row, a line each.
func evidenceColumns() string {
	var lines strings.Builder
	for i, c := range seal.Columns() {
		kind := "text"
		if c.Number {
			kind = "number"
		}
		fmt.Fprintf(&lines, "%2d  %-12s %-7s %s\n", i+1, c.Name, kind, columnMeanings[i])
	}
	return lines.String()
}
