package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"roomledger/db/seal"
)

// Pruning says what Prune removes.
type Pruning struct {
	Before  time.Time // rows of this time and later stay
	Rows    int       // how many to remove at most; see Prune
	Sign    Sign      // signs the tombstone
	Project Projection
}

// Pruned are the rows that Prune has removed: First to Upto, none left out. All zero: there was nothing to remove.
type Pruned struct {
	First, Upto int64
	Operations  int
}

// Prune removes the oldest rows of history together with their operations. It ends before the first row that isn't older
// than p.Before, that belongs to an operation with a row that stays or without an outcome, or that is the newest; and after
// p.Rows, or more where operations overlap without a gap. Their leaves stay, and a signed tombstone stands for them. The
// counts of days go with their operations. What the rows told of rooms is kept for Rebuild, and so are versions of templates.
//
// This is the one function that lifts a guard of history, and puts it back before the transaction ends. It fails rather
// than removing rows that are not what their leaves say: tampering isn't swept away.
func (tx *Tx) Prune(ctx context.Context, at time.Time, p Pruning) (Pruned, error) {
	done, err := tx.prune(ctx, at, p)
	if err != nil {
		return Pruned{}, fmt.Errorf("prune history: %w", err)
	}
	return done, nil
}

func (tx *Tx) prune(ctx context.Context, at time.Time, p Pruning) (Pruned, error) {
	first, newest, err := tx.ends()
	if err == nil {
		err = tx.beginsWith(first)
	}
	if err != nil {
		return Pruned{}, err
	}
	upto, err := tx.prunable(first, newest, p)
	if err != nil || upto < first {
		return Pruned{}, err
	}
	if err := tx.keepPast(ctx, first, upto, p.Project); err != nil {
		return Pruned{}, err
	}
	if err := tx.writeDays(); err != nil { // what was counted before in this transaction may be among it
		return Pruned{}, err
	}
	var operations int
	err = tx.erasing(func() (err error) {
		if operations, err = tx.dropOperations(upto); err != nil {
			return err
		}
		return tx.dropRows(first, upto)
	})
	if err != nil {
		return Pruned{}, err
	}
	// Those tokens would answer with results that are gone. Each was used a moment after its operation began.
	if err := tx.DropFormTokens(p.Before.Add(time.Minute)); err != nil {
		return Pruned{}, err
	}
	return Pruned{First: first, Upto: upto, Operations: operations}, tx.bury(at, upto, p)
}

// beginsWith is an error unless all rows before first were removed by Prune.
func (tx *Tx) beginsWith(first int64) error {
	var buried int64
	if err := tx.QueryRow("SELECT coalesce(max(upto), 0) FROM tombstones").Scan(&buried); err != nil {
		return err
	}
	if first != buried+1 {
		return fmt.Errorf("history begins with row %d, its tombstones end with %d: run roomledger verify", first, buried)
	}
	return nil
}

// prunable returns the last row that Prune may remove; less than first when there is none.
func (tx *Tx) prunable(first, newest int64, p Pruning) (int64, error) {
	rows, err := tx.Query(`SELECT seq, last_seq, outcome <> 'unknown' AND max(time,
			coalesce((SELECT time FROM history WHERE history.seq = last_seq), time)) < ?
		FROM operations WHERE seq >= ? ORDER BY seq`, stored(p.Before), first)
	if err != nil {
		return 0, err
	}
	upto, reach := first-1, first-1 // reach: the last row of the operations so far
	for rows.Next() {
		var seq, last int64
		var old bool
		if err := rows.Scan(&seq, &last, &old); err != nil {
			return 0, closing(rows, err)
		}
		if seq > reach { // no operation has a row on both sides
			upto = reach
		}
		if !old || last >= newest || upto-first+1 >= int64(p.Rows) {
			break
		}
		reach = max(reach, last)
	}
	return upto, closing(rows, rows.Err())
}

// keepPast adds what rows that are about to go tell of rooms to what is known of the past, and checks the rows.
func (tx *Tx) keepPast(ctx context.Context, first, upto int64, project Projection) error {
	return tx.replay(ctx, first, upto, func(intent, row *Row) error {
		hashes, err := tx.hashesOf(row.Seq)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", row.Seq, found(err))
		}
		tx.leaf = seal.AppendLeaf(tx.leaf[:0], row.fields())
		if len(hashes) < seal.HashSize || seal.LeafHash(tx.leaf) != seal.Hash(hashes[:seal.HashSize]) {
			return fmt.Errorf("row %d is not what its leaf says: run roomledger verify", row.Seq)
		}
		if intent == nil {
			return nil
		}
		if room, ok := project.Room(intent, row); ok {
			return tx.putRoom(pastRooms, room)
		}
		return nil
	})
}

// dropOperations removes the operations up to a row, and what was counted of them, and returns how many.
func (tx *Tx) dropOperations(upto int64) (int, error) {
	for _, text := range []string{
		`UPDATE day_counts SET n = day_counts.n - gone.n
			FROM (SELECT substr(time, 1, 10) AS day, workspace, action, outcome, count(*) AS n FROM operations WHERE seq <= ?
				GROUP BY 1, 2, 3, 4) AS gone
			WHERE day_counts.day = gone.day AND day_counts.workspace = gone.workspace AND day_counts.action = gone.action
				AND day_counts.outcome = gone.outcome`,
		"DELETE FROM days WHERE last_seq <= ?",
		`UPDATE days SET first_seq = (SELECT seq FROM operations WHERE seq > ?1 AND substr(time, 1, 10) = day ORDER BY seq LIMIT 1)
			WHERE first_seq <= ?1`,
	} {
		if _, err := tx.Exec(text, upto); err != nil {
			return 0, err
		}
	}
	if _, err := tx.Exec("DELETE FROM day_counts WHERE n = 0"); err != nil {
		return 0, err
	}
	return tx.deleted("DELETE FROM operations WHERE seq <= ?", upto)
}

// erasing has what fn removes overwritten in the file: an operation holds reasons, too.
func (tx *Tx) erasing(fn func() error) (err error) {
	if _, err := tx.Exec("PRAGMA secure_delete = ON"); err != nil {
		return err
	}
	defer func() {
		_, off := tx.Exec("PRAGMA secure_delete = OFF")
		err = errors.Join(err, off)
	}()
	return fn()
}

// dropRows removes history rows.
func (tx *Tx) dropRows(first, upto int64) error {
	const guard = "history_no_delete"
	var text string
	if err := tx.QueryRow("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?", guard).Scan(&text); err != nil {
		return fmt.Errorf("trigger %s: %w", guard, found(err))
	}
	if _, err := tx.Exec("DROP TRIGGER " + guard); err != nil {
		return err
	}
	n, err := tx.deleted("DELETE FROM history WHERE seq BETWEEN ? AND ?", first, upto)
	if err != nil {
		return err
	}
	if int64(n) != upto-first+1 {
		return fmt.Errorf("%d rows from %d to %d: history has gaps, run roomledger verify", n, first, upto)
	}
	_, err = tx.Exec(text) // to the letter: a check of the file compares it
	return err
}

// bury signs and keeps the tombstone of the rows up to one.
func (tx *Tx) bury(at time.Time, upto int64, p Pruning) error {
	edge, err := readEdge(upto, tx.hashesOf)
	if err != nil {
		return err
	}
	note, err := p.Sign(upto, edge.Root())
	if err != nil {
		return fmt.Errorf("tombstone: %w", err)
	}
	_, err = tx.Exec("INSERT INTO tombstones (upto, time, note) VALUES (?, ?, ?)", upto, stored(at), note)
	return err
}

func (tx *Tx) hashesOf(seq int64) ([]byte, error) {
	var hashes []byte
	return hashes, tx.QueryRow("SELECT hashes FROM leaves WHERE seq = ?", seq).Scan(&hashes)
}

// Kept says which part of history is there.
type Kept struct {
	First, Last int64     // rows; First is more than Last while history is empty
	Since       time.Time // of the first operation that is there; zero when there is none
	Pruned      int64     // rows up to this one were removed; 0: none
	PrunedAt    time.Time // when the last of them were
	Tombstone   string    // the signed note that says so
}

// Kept returns which part of history is there.
func (d *DB) Kept(ctx context.Context) (Kept, error) {
	var k Kept
	err := d.readers.QueryRowContext(ctx, `SELECT (SELECT coalesce(min(seq), 1) FROM history), (SELECT coalesce(max(seq), 0) FROM history),
		coalesce((SELECT time FROM operations ORDER BY seq LIMIT 1), ''),
		coalesce((SELECT max(upto) FROM tombstones), 0), coalesce((SELECT time FROM tombstones ORDER BY upto DESC LIMIT 1), ''),
		coalesce((SELECT note FROM tombstones ORDER BY upto DESC LIMIT 1), '')`).
		Scan(&k.First, &k.Last, column{&k.Since}, &k.Pruned, column{&k.PrunedAt}, &k.Tombstone)
	if err != nil {
		return Kept{}, fmt.Errorf("what is kept of history: %w", err)
	}
	return k, nil
}

// OperationsBefore returns how many operations began before the UTC day of a time.
func (d *DB) OperationsBefore(ctx context.Context, at time.Time) (int, error) {
	var n int
	err := d.readers.QueryRowContext(ctx, "SELECT coalesce(sum(n), 0) FROM day_counts WHERE day < ?", dayOf(at)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count operations before %s: %w", dayOf(at), err)
	}
	return n, nil
}
