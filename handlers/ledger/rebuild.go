package ledger

import (
	"context"

	"roomledger/db"
)

// Rebuild makes the read models anew from history: nobody else may be writing. Progress is called now and then; see
// db.Tx.Rebuild.
func (l *Ledger) Rebuild(ctx context.Context, ch Change, progress func(row, last int64)) (done db.Rebuilt, err error) {
	err = l.write(ctx, func(tx *db.Tx) (err error) {
		done, err = tx.Rebuild(ctx, projection, progress)
		return err
	}, func(tx *db.Tx) error {
		return l.appendLocal(tx, ch, "history.rebuild", wholeHistory, nil, map[string]int64{"rows": done.Rows, "rooms": int64(done.Rooms)})
	})
	return done, err
}

// wholeHistory is the target of what is about all of history.
var wholeHistory = Target{Kind: "history", Name: "history"}
