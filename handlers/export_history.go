package handlers

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net/url"
	"time"

	"roomledger/db"
	"roomledger/db/seal"
	"roomledger/handlers/ledger"
	"roomledger/web/form"
)

// Export formats of history.
const (
	FormatCSV      = "csv"
	FormatJSONL    = "jsonl"
	FormatEvidence = "evidence"
)

// Formats lists the export formats.
func Formats() []string { return []string{FormatJSONL, FormatCSV, FormatEvidence} }

// exportBuffer is how many bytes are written at once.
const exportBuffer = 128 << 10

// Export says what of history is exported, and how.
type Export struct {
	Format  string
	Extract db.Extract // whose rows; what to read of them is up to the format
	Filter  string     // the same as a query string, for the record; "": all of history
}

// NewExport reads a filter as the address of the history page has it, besides an operation, whose rows alone are asked
// for. Where the errors aren't empty, something in the filter can't be used.
func NewExport(format string, filter url.Values) (Export, form.Errors) {
	filter = maps.Clone(filter)
	filter.Del("cursor") // an export has no pages
	f := form.ParseHistoryFilter(filter)
	q := operationQuery(f)
	q.Limit = 0
	return Export{Format: format, Extract: db.Extract{Query: q}, Filter: f.Query()}, f.Errors
}

// OperationExport is the export of one operation's rows, which with their proofs is what shows that it is on record.
func OperationExport(format, id string) Export {
	return Export{Format: format, Extract: db.Extract{Operation: id}, Filter: url.Values{"operation": {id}}.Encode()}
}

// ExportHistory writes what e asks for to out, in sequence and in constant memory. The export goes on record before its
// first row.
func ExportHistory(ctx context.Context, d *db.DB, l *ledger.Ledger, actor ledger.Actor, e Export, out io.Writer) error {
	x, err := beginExport(ctx, d, l, actor, e)
	if err != nil {
		return err
	}
	return x.write(ctx, bufio.NewWriterSize(out, exportBuffer))
}

// export is an export that is on record.
type export struct {
	Export
	db         *db.DB
	checkpoint db.Checkpoint // over all rows, the record of this export among them; not for CSV
	key        string        // the public key of the checkpoint
	by         string        // the name of who asked for it
}

// beginExport puts an export on record and signs history as it is then.
func beginExport(ctx context.Context, d *db.DB, l *ledger.Ledger, actor ledger.Actor, e Export) (*export, error) {
	ch := ledger.Change{Actor: actor, Reason: e.Filter}
	if err := l.Note(ctx, ch, "history.export", ledger.Target{Kind: "history", Name: e.Format}, "", nil); err != nil {
		return nil, fmt.Errorf("record the export: %w", err)
	}
	x := &export{Export: e, db: d, by: actor.Name}
	if e.Format == FormatCSV {
		return x, nil
	}
	var err error
	if x.checkpoint, _, err = l.Checkpoint(ctx); err != nil {
		return nil, fmt.Errorf("sign history for the export: %w", err)
	}
	x.key = l.PublicKey()
	x.Extract.Size, x.Extract.Hashes = x.checkpoint.Size, true
	x.Extract.Proofs = !x.Extract.Whole()
	return x, nil
}

func (x *export) write(ctx context.Context, out *bufio.Writer) error {
	write := x.writeJSONL
	switch x.Format {
	case FormatCSV:
		write = x.writeCSV
	case FormatEvidence:
		write = x.writeEvidence
	}
	if err := write(ctx, out); err != nil {
		return fmt.Errorf("export history: %w", err)
	}
	return out.Flush()
}

// name is what the file of an export is called that is made at a time.
func (x *export) name(at time.Time) string {
	day := at.UTC().Format("20060102-150405")
	switch {
	case x.Format == FormatEvidence:
		return "evidence-" + day + ".zip"
	case x.Extract.Operation != "":
		return "proof-" + x.Extract.Operation + "." + x.Format
	}
	return "history-" + day + "." + x.Format
}

// writeJSONL writes the rows as package seal has them: all of history, or an extract with proofs.
func (x *export) writeJSONL(ctx context.Context, out *bufio.Writer) error {
	write := x.writeAll
	if !x.Extract.Whole() {
		write = x.writeProven
	}
	if err := write(ctx, out); err != nil {
		return err
	}
	end := seal.End{Checkpoint: x.checkpoint.Note, Key: x.key, Extract: x.Extract.Proofs}
	_, err := out.Write(seal.AppendEnd(out.AvailableBuffer(), end))
	return err
}

// writeAll writes every row, and first what is left of those that a policy removed.
func (x *export) writeAll(ctx context.Context, out *bufio.Writer) error {
	last, err := x.writeHead(ctx, out)
	if err != nil {
		return err
	}
	var fields seal.Fields
	err = x.db.EachLeaf(ctx, x.Extract, func(leaf db.Leaf) error {
		if leaf.Seq != last+1 {
			return missingRow(last + 1)
		}
		last = leaf.Seq
		if err := parseLeaf(leaf, &fields); err != nil {
			return err
		}
		_, err := out.Write(seal.AppendLine(out.AvailableBuffer(), &fields, leaf.Hash, nil))
		return err
	})
	if err == nil && last != x.Extract.Size {
		return missingRow(last + 1)
	}
	return err
}

// writeHead returns the number of the last row that was removed.
func (x *export) writeHead(ctx context.Context, out *bufio.Writer) (int64, error) {
	kept, err := x.db.Kept(ctx)
	if err != nil || kept.Pruned == 0 {
		return 0, err
	}
	edge, err := x.db.EdgeAt(ctx, kept.Pruned)
	if err != nil {
		return 0, err
	}
	_, err = out.Write(seal.AppendHead(out.AvailableBuffer(), edge, kept.Tombstone))
	return kept.Pruned, err
}

// missingRow is the error for a gap: it was torn by hand, or a policy removed rows just now.
func missingRow(seq int64) error {
	return fmt.Errorf("row %d of history is missing: export again, and if it stays so, look with roomledger verify", seq)
}

func (x *export) writeProven(ctx context.Context, out *bufio.Writer) error {
	var fields seal.Fields
	proof := seal.Proof{Size: x.Extract.Size}
	return x.db.EachLeaf(ctx, x.Extract, func(leaf db.Leaf) error {
		if err := parseLeaf(leaf, &fields); err != nil {
			return err
		}
		proof.Hashes = leaf.Proof
		_, err := out.Write(seal.AppendLine(out.AvailableBuffer(), &fields, leaf.Hash, &proof))
		return err
	})
}

func parseLeaf(leaf db.Leaf, fields *seal.Fields) error {
	if err := seal.ParseLeaf(leaf.Bytes, fields); err != nil {
		return fmt.Errorf("row %d of history was changed (%w): look with roomledger verify", leaf.Seq, err)
	}
	return nil
}
