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

// ErrAltered means that history isn't the one that a checkpoint was signed over.
var ErrAltered = errors.New("history isn't the one that was signed")

// Agrees is nil when history is the one that c was signed over, or has grown from it, as far as the stored hashes say.
// Else the error is ErrAltered. It reads a few hashes and no row.
func (d *DB) Agrees(ctx context.Context, c seal.Checkpoint) error {
	edge, err := d.EdgeAt(ctx, c.Size)
	switch {
	case errors.Is(err, ErrNotFound):
		return fmt.Errorf("%w: there are fewer than %d rows", ErrAltered, c.Size)
	case err != nil:
		return err
	case edge.Root() != c.Root:
		return fmt.Errorf("%w: the first %d rows aren't those of the checkpoint", ErrAltered, c.Size)
	}
	return nil
}

// Head is nil when the last row of history is the one that the tree has. Else the error is ErrAltered.
func (d *DB) Head(ctx context.Context) error {
	var row, leaf, pruned int64
	var text, hashes []byte
	err := d.readers.QueryRowContext(ctx, `SELECT (SELECT coalesce(max(seq), 0) FROM history), (SELECT coalesce(max(seq), 0) FROM leaves),
		(SELECT coalesce(max(upto), 0) FROM tombstones), (SELECT `+leafSQL+` FROM history ORDER BY seq DESC LIMIT 1),
		(SELECT hashes FROM leaves ORDER BY seq DESC LIMIT 1)`).Scan(&row, &leaf, &pruned, &text, &hashes)
	if err != nil {
		return fmt.Errorf("head of history: %w", err)
	}
	if row == 0 && leaf == pruned { // all that there was is gone, by a policy
		return nil
	}
	if row != leaf || len(hashes) < seal.HashSize || seal.LeafHash(text) != seal.Hash(hashes[:seal.HashSize]) {
		return fmt.Errorf("%w: row %d at its end isn't leaf %d of the tree", ErrAltered, row, leaf)
	}
	return nil
}

// CheckpointAt returns the checkpoint of this size. The error is ErrNotFound when there is none.
func (d *DB) CheckpointAt(ctx context.Context, size int64) (Checkpoint, error) {
	c, err := scanCheckpoint(d.readers.QueryRowContext(atOnce(ctx), "SELECT size, time, note FROM checkpoints WHERE size = ?", size))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint of %d rows: %w", size, found(err))
	}
	return c, nil
}

// OperationAt returns the id of the operation that a row of history belongs to. The error is ErrNotFound when there is no
// such row.
func (d *DB) OperationAt(ctx context.Context, seq int64) (string, error) {
	var id string
	if err := d.readers.QueryRowContext(atOnce(ctx), "SELECT operation FROM history WHERE seq = ?", seq).Scan(&id); err != nil {
		return "", fmt.Errorf("operation of row %d: %w", seq, found(err))
	}
	return id, nil
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
