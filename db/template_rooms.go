package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// TemplateRoomsCap is how many rooms of a template are looked at, the newest first.
const TemplateRoomsCap = 20_000

// TemplateRooms is how the rooms of a template hang together with it.
type TemplateRooms struct {
	Groups []RoomGroup
	Capped bool // there are more than TemplateRoomsCap; the groups are of the newest
}

// RoomGroup is how many rooms of a template are alike in what ties them to it.
type RoomGroup struct {
	Recording string // inherit, off, on
	Region    string // "" where the API doesn't tell
	Enabled   bool
	Count     int
}

// RoomRef names a room.
type RoomRef struct {
	ID, Name, TemplateID string
	Enabled              bool
}

// Of returns the groups that are as asked for.
func (t TemplateRooms) Of(is func(RoomGroup) bool) []RoomGroup {
	return slices.DeleteFunc(slices.Clone(t.Groups), func(g RoomGroup) bool { return !is(g) })
}

// Rooms is how many rooms are in all groups.
func (t TemplateRooms) Rooms() int { return CountRooms(t.Groups) }

// CountRooms is how many rooms are in groups.
func CountRooms(groups []RoomGroup) int {
	n := 0
	for _, g := range groups {
		n += g.Count
	}
	return n
}

// newestOfTemplate are the rooms that are looked at: each room is a look-up, so they have to be bounded.
const newestOfTemplate = `(SELECT id, name, template_id, enabled, recording, region FROM rooms
	WHERE workspace = +? AND template_id = +? ORDER BY created_at DESC, id DESC LIMIT ?)`

// TemplateRooms counts the rooms of a template by what ties them to it.
func (d *DB) TemplateRooms(ctx context.Context, workspace, template string) (TemplateRooms, error) {
	var t TemplateRooms
	var err error
	t.Groups, err = query(ctx, d, func(row scanner) (g RoomGroup, err error) {
		return g, row.Scan(&g.Recording, &g.Region, &g.Enabled, &g.Count)
	}, "SELECT recording, region, enabled, count(*) FROM "+newestOfTemplate+" GROUP BY 1, 2, 3", workspace, template, TemplateRoomsCap)
	if err == nil && t.Rooms() == TemplateRoomsCap {
		err = d.readers.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM rooms WHERE workspace = +? AND template_id = +?
			LIMIT 1 OFFSET ?)`, workspace, template, TemplateRoomsCap).Scan(&t.Capped)
	}
	if err != nil {
		return TemplateRooms{}, fmt.Errorf("count the rooms of a template: %w", err)
	}
	return t, nil
}

// RoomsAlike lists rooms of a template that are in one of the groups, the newest first, limit at most.
func (d *DB) RoomsAlike(ctx context.Context, workspace, template string, groups []RoomGroup, limit int) ([]RoomRef, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	terms, args := "0", []any{workspace, template, TemplateRoomsCap}
	for _, g := range groups {
		terms += " OR recording = ? AND region = ? AND enabled = ?"
		args = append(args, g.Recording, g.Region, g.Enabled)
	}
	list, err := query(ctx, d, scanRoomRef, "SELECT id, name, template_id, enabled FROM "+newestOfTemplate+
		" WHERE "+terms+" LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("rooms of a template: %w", err)
	}
	return list, nil
}

// RoomRefs finds rooms by their ids; those that aren't known are missing.
func (d *DB) RoomRefs(ctx context.Context, workspace string, ids []string) (map[string]RoomRef, error) {
	text, err := json.Marshal(ids)
	if err != nil {
		return nil, fmt.Errorf("rooms by id: %w", err)
	}
	list, err := query(ctx, d, scanRoomRef, `SELECT id, name, template_id, enabled FROM rooms
		WHERE workspace = +? AND id IN (SELECT value FROM json_each(?))`, workspace, string(text))
	if err != nil {
		return nil, fmt.Errorf("rooms by id: %w", err)
	}
	refs := make(map[string]RoomRef, len(list))
	for _, r := range list {
		refs[r.ID] = r
	}
	return refs, nil
}

func scanRoomRef(row scanner) (r RoomRef, err error) {
	return r, row.Scan(&r.ID, &r.Name, &r.TemplateID, &r.Enabled)
}
