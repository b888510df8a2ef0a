package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"roomledger/db/seal"
)

// Checkpoint is a signed note over the first Size rows of history.
type Checkpoint struct {
	Size int64
	Time time.Time
	Note string
}

func scanCheckpoint(from scanner) (Checkpoint, error) {
	var c Checkpoint
	return c, from.Scan(&c.Size, column{&c.Time}, &c.Note)
}

// Checkpoint returns the checkpoint over all rows there are; made says that there was none yet and sign was asked for it.
// The error is ErrNotFound while history is empty.
func (tx *Tx) Checkpoint(at time.Time, sign func(size int64, root seal.Hash) (string, error)) (c Checkpoint, made bool, err error) {
	if err := tx.tail(); err != nil {
		return Checkpoint{}, false, fmt.Errorf("checkpoint: %w", err)
	}
	size := tx.edge.Size
	if size == 0 {
		return Checkpoint{}, false, fmt.Errorf("checkpoint: history is empty: %w", ErrNotFound)
	}
	c, err = scanCheckpoint(tx.QueryRow("SELECT size, time, note FROM checkpoints WHERE size = ?", size))
	if !errors.Is(err, sql.ErrNoRows) {
		return c, false, err
	}
	c = Checkpoint{Size: size, Time: at.UTC().Truncate(time.Millisecond)}
	if c.Note, err = sign(size, tx.edge.Root()); err != nil {
		return Checkpoint{}, false, fmt.Errorf("checkpoint: %w", err)
	}
	if _, err = tx.Exec("INSERT INTO checkpoints (size, time, note) VALUES (?, ?, ?)", size, stored(c.Time), c.Note); err != nil {
		return Checkpoint{}, false, fmt.Errorf("checkpoint: %w", err)
	}
	return c, true, nil
}

// Checkpoints returns up to limit checkpoints of fewer rows than below (0: all), the newest first.
func (d *DB) Checkpoints(ctx context.Context, below int64, limit int) ([]Checkpoint, error) {
	list, err := query(ctx, d, scanCheckpoint, `SELECT size, time, note FROM checkpoints
		WHERE size < iif(?1 = 0, 9223372036854775807, ?1) ORDER BY size DESC LIMIT ?2`, below, pageLimit(limit))
	if err != nil {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	return list, nil
}

// LastCheckpoint returns the newest checkpoint. The error is ErrNotFound when there is none.
func (d *DB) LastCheckpoint(ctx context.Context) (Checkpoint, error) {
	c, err := scanCheckpoint(d.readers.QueryRowContext(atOnce(ctx), "SELECT size, time, note FROM checkpoints ORDER BY size DESC LIMIT 1"))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("last checkpoint: %w", found(err))
	}
	return c, nil
}
