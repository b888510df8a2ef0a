package db

import (
	"context"
	"fmt"
)

// RoomsByRegion returns how many rooms of a workspace are in each region.
func (d *DB) RoomsByRegion(ctx context.Context, workspace string) (map[string]int, error) {
	return d.roomsBy(ctx, `SELECT region, count(*) FROM rooms WHERE workspace = ? GROUP BY region`, workspace)
}

// RoomsByTemplate returns how many rooms of a workspace use each template, by its id.
func (d *DB) RoomsByTemplate(ctx context.Context, workspace string) (map[string]int, error) {
	return d.roomsBy(ctx, `SELECT template_id, count(*) FROM rooms WHERE workspace = ? GROUP BY template_id`, workspace)
}

func (d *DB) roomsBy(ctx context.Context, query, workspace string) (counts map[string]int, err error) {
	rows, err := d.readers.QueryContext(ctx, query, workspace)
	if err != nil {
		return nil, fmt.Errorf("count rooms: %w", err)
	}
	defer rows.Close()
	counts = map[string]int{}
	for rows.Next() {
		var label string
		var n int
		if err := rows.Scan(&label, &n); err != nil {
			return nil, fmt.Errorf("count rooms: %w", err)
		}
		counts[label] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count rooms: %w", err)
	}
	return counts, nil
}
