package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"roomledger/db/seal"
)

// sealedTables are the tables of history.
var sealedTables = []string{"history", "leaves", "checkpoints", "tombstones"}

// schema compares the tables and triggers of history with those that the program makes.
func (v *verifier) schema(ctx context.Context, tx *sql.Tx) error {
	want, err := schemaOf(ctx, v.version)
	if err != nil {
		return err
	}
	have, err := readSchema(tx)
	if err != nil {
		v.report.Fault(0, "the list of tables can't be read: %v", err)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		switch have[name] {
		case want[name]:
		case "":
			v.report.Fault(0, "%s is missing: it guards history", name)
		default:
			v.report.Fault(0, "%s is not as it was made: it guards history", name)
		}
		delete(have, name)
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		v.report.Fault(0, "%s was added to history", name)
	}
	return nil
}

// readSchema returns the SQL of the tables of history and of what hangs on them, by kind and name.
func readSchema(tx *sql.Tx) (map[string]string, error) {
	rows, err := tx.Query(`SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema
		WHERE tbl_name IN ('` + strings.Join(sealedTables, "', '") + "')")
	if err != nil {
		return nil, err
	}
	list := map[string]string{}
	_, err = collect(rows, func(row scanner) (name string, err error) {
		var text string
		err = row.Scan(&name, &text)
		list[name] = text
		return name, err
	})
	return list, err
}

// schemaOf returns the same of a new database of a version.
func schemaOf(ctx context.Context, version int64) (list map[string]string, err error) {
	pool, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	pool.SetMaxOpenConns(1)
	p, err := provider(pool)
	if err != nil {
		return nil, err
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return nil, fmt.Errorf("tables of version %d: %w", version, err)
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	list, err = readSchema(tx)
	return list, errors.Join(err, tx.Rollback())
}

// signed reads the checkpoints and tombstones and checks who signed them.
func (v *verifier) signed(tx *sql.Tx, trust seal.Trust) (*seal.Marks, []seal.Tombstone) {
	own := v.checkpoints(tx, trust)
	stones := v.tombstones(tx, trust)
	var kept []seal.Checkpoint
	for _, text := range trust.Kept {
		if c, err := trust.Open(text); err != nil {
			v.report.Fault(0, "the checkpoint that was kept: %v", err)
		} else {
			kept = append(kept, c)
		}
	}
	return seal.NewMarks(own, kept), stones
}

// checkpoints reads those in the file. Of many that are wrong in the same way the first is told: one key may have signed
// them all.
func (v *verifier) checkpoints(tx *sql.Tx, trust seal.Trust) (own []seal.Checkpoint) {
	refused := 0
	err := eachNote(tx, "SELECT size, note FROM checkpoints ORDER BY size", func(size int64, text string) {
		c, err := trust.Open(text)
		if err == nil && c.Size == size {
			own = append(own, c)
			return
		}
		if refused++; refused > 1 {
			return
		}
		if err == nil {
			v.report.Fault(0, "the checkpoint of %d rows is signed for %d", size, c.Size)
		} else {
			v.report.Fault(0, "the checkpoint of %d rows: %v", size, err)
		}
	})
	if err != nil {
		v.report.Fault(0, "the checkpoints can't be read: %v", err)
	}
	if refused > 1 {
		v.report.Fault(0, "in all, %d checkpoints can't be trusted", refused)
	}
	return own
}

func (v *verifier) tombstones(tx *sql.Tx, trust seal.Trust) (stones []seal.Tombstone) {
	err := eachNote(tx, "SELECT upto, note FROM tombstones ORDER BY upto", func(upto int64, text string) {
		t, err := trust.OpenTombstone(text)
		switch {
		case err != nil:
			v.report.Fault(upto, "the tombstone of the rows up to %d: %v", upto, err)
		case t.Upto != upto:
			v.report.Fault(upto, "the tombstone of the rows up to %d is signed for %d", upto, t.Upto)
		default:
			stones = append(stones, t)
		}
	})
	if err != nil {
		v.report.Fault(0, "the tombstones can't be read: %v", err)
	}
	return stones
}

func eachNote(tx *sql.Tx, text string, fn func(n int64, note string)) error {
	rows, err := tx.Query(text)
	if err != nil {
		return err
	}
	_, err = collect(rows, func(row scanner) (n int64, err error) {
		var note string
		if err = row.Scan(&n, &note); err == nil {
			fn(n, note)
		}
		return n, err
	})
	return err
}

// extra looks for rows beyond the tree.
func (v *verifier) extra(tx *sql.Tx) {
	var seq sql.NullInt64
	if err := tx.QueryRow("SELECT min(seq) FROM history WHERE seq > ?", v.size).Scan(&seq); err != nil {
		v.report.Fault(v.size+1, "the rows from %d can't be read: %v", v.size+1, err)
	} else if seq.Valid {
		v.report.Fault(seq.Int64, "row %d isn't in the tree: it was inserted", seq.Int64)
	}
	if err := tx.QueryRow("SELECT min(seq) FROM history WHERE seq <= ?", v.pruned).Scan(&seq); err != nil {
		v.report.Fault(0, "the rows up to %d can't be read: %v", v.pruned, err)
	} else if seq.Valid {
		v.report.Fault(seq.Int64, "row %d is there, though a tombstone says that it was removed", seq.Int64)
	}
}
