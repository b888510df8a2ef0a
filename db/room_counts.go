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

func (d *DB) roomsBy(ctx context.Context, text, workspace string) (map[string]int, error) {
	counts := map[string]int{}
	_, err := query(ctx, d, func(row scanner) (label string, err error) {
		var n int
		err = row.Scan(&label, &n)
		counts[label] = n
		return label, err
	}, text, workspace)
	if err != nil {
		return nil, fmt.Errorf("count rooms: %w", err)
	}
	return counts, nil
}
