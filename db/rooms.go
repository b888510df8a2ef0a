package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// roomColumns are those of the list; the object itself is in room_data.
const roomColumns = `workspace, id, name, enabled, description, template_id, template_name, region, size, large_room,
	max_duration_seconds, recording, created_at, updated_at, seen_at, creator, operation`

const roomWithData = "SELECT " + roomColumns + ", coalesce(data, '') FROM rooms LEFT JOIN room_data USING (n)"

// roomTables are the statements for one set of rooms: those that are, or those that removed history tells of.
type roomTables struct{ put, data, maker string }

var (
	presentRooms = roomTablesOf("rooms", "room_data")
	pastRooms    = roomTablesOf("past_rooms", "past_room_data")
)

func roomTablesOf(rooms, data string) roomTables {
	return roomTables{
		put: `INSERT INTO ` + rooms + ` (workspace, id, name, name_key, enabled, description, template_id, template_name,
		region, size, large_room, max_duration_seconds, recording, created_at, updated_at, seen_at, creator, operation)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (workspace, id) DO UPDATE SET
			name = excluded.name, name_key = excluded.name_key, enabled = excluded.enabled, description = excluded.description,
			template_id = iif(excluded.template_id = '', template_id, excluded.template_id),
			template_name = iif(excluded.template_name <> '', excluded.template_name,
				iif(excluded.template_id IN ('', template_id), template_name, '')),
			region = iif(excluded.region = '', region, excluded.region),
			size = excluded.size, large_room = excluded.large_room,
			max_duration_seconds = excluded.max_duration_seconds, recording = excluded.recording,
			created_at = iif(excluded.created_at = '', created_at, excluded.created_at),
			updated_at = iif(excluded.updated_at = '', updated_at, excluded.updated_at),
			seen_at = max(seen_at, excluded.seen_at),
			creator = iif(excluded.creator = '', creator, excluded.creator),
			operation = iif(excluded.operation = '', operation, excluded.operation)
		WHERE excluded.seen_at >= seen_at
		RETURNING n`,
		data: `INSERT INTO ` + data + ` (n, data) VALUES (?, ?)
			ON CONFLICT DO UPDATE SET data = excluded.data WHERE data <> excluded.data`,
		maker: `UPDATE ` + rooms + ` SET creator = ?, operation = ? WHERE workspace = ? AND id = ? AND operation = ''`,
	}
}

// PutRoom remembers what is known of a room. Rooms are told apart by workspace and id and are never removed. What r
// leaves empty of TemplateID, TemplateName, Region, CreatedAt, UpdatedAt, Data, Creator and Operation stays as it was
// known: not every answer of the API has all of them. A state that was seen before the one that is known tells at most who made the room.
func (tx *Tx) PutRoom(r Room) error { return tx.putRoom(presentRooms, r) }

func (tx *Tx) putRoom(into roomTables, r Room) error {
	name := clean(r.Name)
	var n int64
	err := tx.QueryRow(into.put,
		r.Workspace, r.ID, name, strings.ToLower(name), r.Enabled, clean(r.Description), r.TemplateID, clean(r.TemplateName),
		r.Region, r.Size, r.LargeRoom, r.MaxDurationSeconds, r.Recording, stored(r.CreatedAt), stored(r.UpdatedAt),
		stored(r.SeenAt), clean(r.Creator), r.Operation).Scan(&n)
	if err = found(err); errors.Is(err, ErrNotFound) {
		return tx.putMaker(into, r) // a newer state is known
	}
	if err == nil && r.Data != "" {
		_, err = tx.Exec(into.data, n, clean(r.Data))
	}
	if err != nil {
		return fmt.Errorf("remember room %s: %w", r.ID, err)
	}
	return nil
}

// putMaker remembers who made a room, which is true whenever it was learnt.
func (tx *Tx) putMaker(into roomTables, r Room) error {
	if r.Operation == "" {
		return nil
	}
	_, err := tx.Exec(into.maker, clean(r.Creator), r.Operation, r.Workspace, r.ID)
	if err != nil {
		return fmt.Errorf("remember who made room %s: %w", r.ID, err)
	}
	return nil
}

// fields are where roomColumns go.
func (r *Room) fields() []any {
	return []any{
		&r.Workspace, &r.ID, &r.Name, &r.Enabled, &r.Description, &r.TemplateID, &r.TemplateName, &r.Region, &r.Size,
		&r.LargeRoom, &r.MaxDurationSeconds, &r.Recording,
		column{&r.CreatedAt},
		column{&r.UpdatedAt},
		column{&r.SeenAt},
		&r.Creator, &r.Operation,
	}
}

func scanRoom(from scanner) (Room, error) {
	var r Room
	return r, from.Scan(r.fields()...)
}

func scanRoomWithData(from scanner) (Room, error) {
	var r Room
	return r, from.Scan(append(r.fields(), &r.Data)...)
}

// Room returns one room. The error is ErrNotFound when we don't know it.
func (d *DB) Room(ctx context.Context, workspace, id string) (Room, error) {
	r, err := scanRoomWithData(d.readers.QueryRowContext(ctx, roomWithData+" WHERE workspace = ? AND id = ?", workspace, id))
	if err != nil {
		return Room{}, fmt.Errorf("room %s: %w", id, found(err))
	}
	return r, nil
}

// RoomsNamed returns the rooms of that name in any case, oldest first; there should be one at most.
func (d *DB) RoomsNamed(ctx context.Context, workspace, name string) ([]Room, error) {
	list, err := query(ctx, d, scanRoomWithData,
		roomWithData+" WHERE workspace = ? AND name_key = ? ORDER BY created_at, id", workspace, strings.ToLower(name))
	if err != nil {
		return nil, fmt.Errorf("rooms by name: %w", err)
	}
	return list, nil
}

// RoomCounts returns how many rooms of a workspace are enabled and how many are not.
func (d *DB) RoomCounts(ctx context.Context, workspace string) (enabled, disabled int, err error) {
	err = d.readers.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM rooms WHERE workspace = ?1 AND enabled = 1),
		(SELECT count(*) FROM rooms WHERE workspace = ?1 AND enabled = 0)`, workspace).Scan(&enabled, &disabled)
	if err != nil {
		return 0, 0, fmt.Errorf("count rooms: %w", err)
	}
	return enabled, disabled, nil
}

// Creators lists the names of those who made rooms of a workspace through us, up to 200.
func (d *DB) Creators(ctx context.Context, workspace string) ([]string, error) {
	return d.distinct(ctx, "rooms", "creator", inWorkspace(workspace))
}

// TemplateRefs lists the templates that rooms of a workspace use, up to 200, with the name that the newest room of each
// has for it.
func (d *DB) TemplateRefs(ctx context.Context, workspace string) ([]TemplateRef, error) {
	ids, err := d.distinct(ctx, "rooms", "template_id", inWorkspace(workspace))
	if err != nil {
		return nil, err
	}
	refs := make([]TemplateRef, len(ids))
	for i, id := range ids {
		refs[i].ID = id
		err := d.readers.QueryRowContext(ctx, `SELECT template_name FROM rooms WHERE workspace = ? AND template_id = ?
			ORDER BY created_at DESC, id DESC LIMIT 1`, workspace, id).Scan(&refs[i].Name)
		if err != nil {
			return nil, fmt.Errorf("name of template %s: %w", id, found(err))
		}
	}
	return refs, nil
}

func inWorkspace(id string) filter {
	return filter{terms: []string{"workspace = +?"}, args: []any{id}}
}
