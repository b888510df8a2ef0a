package ledger

import (
	"context"
	"fmt"

	"roomledger/db"
	"roomledger/db/seal"
)

// Checkpoint returns the newest checkpoint of history, which it signs first if rows came since the last one; made says
// that it did. The error is db.ErrNotFound while history is empty.
func (l *Ledger) Checkpoint(ctx context.Context) (c db.Checkpoint, made bool, err error) {
	err = l.db.InTx(ctx, func(tx *db.Tx) (err error) {
		c, made, err = tx.Checkpoint(l.now(), l.signer.Checkpoint)
		return err
	})
	return c, made, err
}

// PublicKey is the key that checkpoints are checked with, as one line.
func (l *Ledger) PublicKey() string { return l.signer.Public() }

// Keys is the same, ready to check with.
func (l *Ledger) Keys() seal.Keys { return l.signer.Keys() }

// Verification is what a verification found, as its row of history keeps it.
type Verification struct {
	Rows        int64
	Root        string // hexadecimal
	Checkpoints int    // that history agrees with
	Signed      int64  // the last row that is signed
	Kept        int    // of these, how many somebody had kept and brought along
	Faults      []seal.Fault
}

// Verify checks the whole history against our own key and the checkpoints that somebody kept, and puts on record who
// asked and what was found.
func (l *Ledger) Verify(ctx context.Context, ch Change, kept []string) (Verification, error) {
	report, err := l.db.Verify(ctx, seal.Trust{Keys: l.Keys(), Kept: kept})
	if err != nil {
		return Verification{}, fmt.Errorf("verify history: %w", err)
	}
	v := Verification{
		Rows: report.Rows, Root: seal.Hex(report.Root), Checkpoints: report.Checkpoints, Signed: report.Signed,
		Kept: len(kept), Faults: report.Faults,
	}
	row := l.base(db.NewID(), ch, "history.verify", Target{Kind: "history", Name: "database"})
	row.Phase, row.After = db.PhaseNote, plain(v)
	if len(v.Faults) > 0 {
		row.Error = v.Faults[0].Text
	}
	return v, l.write(ctx, nil, func(tx *db.Tx) error { return tx.Append(&row) })
}
