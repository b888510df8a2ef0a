package db

import "context"

// Kinds lists the kinds of targets that something happened to, up to 200.
func (d *DB) Kinds(ctx context.Context) ([]string, error) {
	return d.distinct(ctx, "operations", "target_kind", filter{})
}
