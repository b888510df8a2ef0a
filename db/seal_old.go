package db

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"

	"roomledger/db/seal"
)

// sealedVersion is the version of the schema from which every row has its leaf.
const sealedVersion = 3

// sealOld is the migration that gives the rows of an older database their leaves. It runs once: a row that shows up
// without a leaf later was inserted by somebody else.
func sealOld() *goose.Migration {
	return goose.NewGoMigration(sealedVersion, &goose.GoFunc{RunTx: sealRows}, nil)
}

func sealRows(ctx context.Context, tx *sql.Tx) error {
	var edge seal.Edge
	for {
		n, err := sealSome(ctx, tx, &edge)
		if err != nil {
			return fmt.Errorf("seal the rows from %d: %w", edge.Size+1, err)
		}
		if n == 0 {
			return nil
		}
	}
}

// sealSome seals the next rows and returns how many.
func sealSome(ctx context.Context, tx *sql.Tx, edge *seal.Edge) (int, error) {
	rows, err := tx.QueryContext(ctx, "SELECT "+leafSQL+" FROM history WHERE seq BETWEEN ? AND ? ORDER BY seq", edge.Size+1, edge.Size+window)
	if err != nil {
		return 0, err
	}
	list, err := collect(rows, func(row scanner) (seal.Hash, error) {
		var leaf sql.RawBytes
		err := row.Scan(&leaf)
		return seal.LeafHash(leaf), err
	})
	if err != nil {
		return 0, err
	}
	for _, leaf := range list {
		_, err := tx.ExecContext(ctx, "INSERT INTO leaves (seq, version, hashes) VALUES (?, ?, ?)",
			edge.Size+1, seal.Version, flatten(edge.Add(leaf, nil)))
		if err != nil {
			return 0, err
		}
	}
	return len(list), nil
}
