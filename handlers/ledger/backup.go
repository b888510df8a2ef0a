package ledger

import (
	"context"
	"os"

	"roomledger/db"
)

// Backup copies the database to a file, while it is in use; see db.DB.Backup. That it was asked for is in the copy, and the
// copy ends with a checkpoint over all of its rows.
func (l *Ledger) Backup(ctx context.Context, ch Change, path string, replace bool) error {
	if err := l.announceBackup(ctx, ch); err != nil {
		return err
	}
	return l.db.Backup(ctx, path, replace, l.signer.Checkpoint)
}

// TemporaryBackup is Backup into a file that is there only while use runs.
func (l *Ledger) TemporaryBackup(ctx context.Context, ch Change, use func(*os.File) error) error {
	if err := l.announceBackup(ctx, ch); err != nil {
		return err
	}
	return l.db.TemporaryBackup(ctx, l.signer.Checkpoint, use)
}

func (l *Ledger) announceBackup(ctx context.Context, ch Change) error {
	row := l.base(db.NewID(), ch, "history.backup", wholeHistory)
	row.Phase = db.PhaseNote
	return l.write(ctx, nil, func(tx *db.Tx) error {
		if err := tx.Append(&row); err != nil {
			return err
		}
		_, _, err := tx.Checkpoint(l.now(), l.signer.Checkpoint)
		return err
	})
}

// FromBackup is what history tells of a backup that took the place of what was there.
type FromBackup struct {
	File string `json:"file"` // its name, without where it was
	Rows int64  `json:"rows"` // up to which history was restored
	Root string `json:"root"` // of the tree over them
}

// Restored records that the database was restored from a backup, when it held up to replaced rows before, and ends all
// sessions: who had ended theirs since the backup would be signed in again.
func (l *Ledger) Restored(ctx context.Context, ch Change, replaced int64, r FromBackup) error {
	return l.Local(ctx, ch, "history.restore", wholeHistory, map[string]int64{"rows": replaced}, r, func(tx *db.Tx) error {
		_, err := tx.RevokeAllSessions()
		return err
	})
}
