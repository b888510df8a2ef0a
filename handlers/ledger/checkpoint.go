package ledger

import (
	"context"

	"roomledger/db"
)

// Checkpoint returns the newest checkpoint of history, which it signs first if rows came since the last one. The error
// is db.ErrNotFound while history is empty.
func (l *Ledger) Checkpoint(ctx context.Context) (c db.Checkpoint, made bool, err error) {
	err = l.db.InTx(ctx, func(tx *db.Tx) (err error) {
		c, made, err = tx.Checkpoint(l.now(), l.signer.Checkpoint)
		return err
	})
	return c, made, err
}

// PublicKey is the key that checkpoints are checked with, as one line.
func (l *Ledger) PublicKey() string { return l.signer.Public() }
