package ledger

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"roomledger/db"
	"roomledger/db/seal"
)

// pruneRows is how many rows go in one transaction: changes wait for no longer than that takes.
const pruneRows = 1000

// pruned is what history tells of rows that were removed.
type pruned struct {
	First      int64  `json:"first"`
	Upto       int64  `json:"upto"`
	Operations int    `json:"operations"`
	Before     string `json:"before"` // RFC 3339: the rows are older
	KeepDays   int    `json:"keep_days"`
}

// Prune removes the history rows that are older than the policy says, oldest first, and returns how many. Each part is
// on record with a signed tombstone, in the same transaction as its removal: whatever ends it, the rest goes the next time.
// It does nothing while history is kept for good.
func (l *Ledger) Prune(ctx context.Context, ch Change) (rows int64, err error) {
	policies, err := l.db.Policies(ctx)
	if err != nil || policies.KeepDays == 0 {
		return 0, err
	}
	before := l.now().Add(-time.Duration(policies.KeepDays) * 24 * time.Hour)
	for ctx.Err() == nil {
		done, err := l.pruneSome(ctx, ch, before, policies.KeepDays)
		if err != nil || done.Upto == 0 {
			return rows, err
		}
		rows += done.Upto - done.First + 1
	}
	return rows, ctx.Err()
}

func (l *Ledger) pruneSome(ctx context.Context, ch Change, before time.Time, days int) (done db.Pruned, err error) {
	at := l.now()
	remove := func(tx *db.Tx) (err error) {
		done, err = tx.Prune(ctx, at, db.Pruning{
			Before: before, Rows: pruneRows, Project: projection,
			Sign: func(upto int64, root seal.Hash) (string, error) {
				return l.signer.Tombstone(seal.Tombstone{
					Upto: upto, Root: root, Time: at.UTC().Format(time.RFC3339),
					Policy: "history is kept for " + strconv.Itoa(days) + " days",
				})
			},
		})
		return err
	}
	err = l.write(ctx, remove, func(tx *db.Tx) error {
		if done.Upto == 0 {
			return nil
		}
		t := Target{Kind: "history", Name: fmt.Sprintf("rows %d to %d", done.First, done.Upto)}
		return l.appendLocal(tx, ch, "history.prune", t, nil, pruned{
			First: done.First, Upto: done.Upto, Operations: done.Operations, Before: before.UTC().Format(time.RFC3339), KeepDays: days,
		})
	})
	return done, err
}
