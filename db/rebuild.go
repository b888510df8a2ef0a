package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// Projection says what rows of history make of the read models: intent and outcome are the rows of one change, which are the
// same row for a note. It depends on nothing but what it is given. Whoever writes an outcome brings the read models in step in
// the same transaction, so that they are told by what happens now as by what is rebuilt.
type Projection interface {
	// Room is what the rows tell of a room, for PutRoom; ok is false where they tell of none.
	Room(intent, outcome *Row) (room Room, ok bool)
	// Versions are those that the rows add to a template, oldest first; last is its newest so far, nil when there is none. One
	// with the number of last takes its place.
	Versions(intent, outcome *Row, last *TemplateVersion) []TemplateVersion
	// Template is how a template is listed whose newest version is v.
	Template(v TemplateVersion) Template
}

// Tell brings the read models in step with a change of which outcome is the row that was just appended.
func (tx *Tx) Tell(p Projection, intent, outcome *Row) error {
	if room, ok := p.Room(intent, outcome); ok {
		return tx.PutRoom(room)
	}
	return tx.TellTemplate(p, intent, outcome)
}

// Rebuilt is what Rebuild has been through.
type Rebuilt struct {
	Rows  int64 // of history
	Rooms int   // that history tells of
}

// Rebuild makes the read models anew from history: operations, days, their counts, each room that history tells of, and the
// templates. Rooms that only the API has told of stay as they are. Progress is called now and then with the number of the row it has
// come to and that of the last one. The error is ErrNotFound when an outcome has no intent: then history was altered.
//
// Memory grows with the operations that have no outcome yet, not with history.
func (tx *Tx) Rebuild(ctx context.Context, project Projection, progress func(row, last int64)) (Rebuilt, error) {
	done, err := tx.rebuild(ctx, project, progress)
	if _, back := tx.Exec("PRAGMA cache_size = -2000"); back != nil { // SQLite's own
		err = errors.Join(err, back)
	}
	if err != nil {
		return Rebuilt{}, fmt.Errorf("rebuild from history: %w", err)
	}
	return done, nil
}

// rebuildCache is how many KiB of the file are kept in memory meanwhile: the indexes are written to all over.
const rebuildCache = 64 << 10

func (tx *Tx) rebuild(ctx context.Context, project Projection, progress func(row, last int64)) (Rebuilt, error) {
	first, last, err := tx.ends()
	if err != nil {
		return Rebuilt{}, err
	}
	if _, err := tx.Exec("PRAGMA cache_size = -" + strconv.Itoa(rebuildCache)); err != nil {
		return Rebuilt{}, err
	}
	tx.days = days{} // what this transaction has counted so far is counted again from its rows
	for _, table := range []string{"operations", "days", "day_counts"} {
		if _, err := tx.Exec("DELETE FROM " + table); err != nil {
			return Rebuilt{}, err
		}
	}
	known, err := tx.beginTelling()
	if err != nil {
		return Rebuilt{}, err
	}
	if err := tx.eachPastRoom(known.put); err != nil {
		return Rebuilt{}, fmt.Errorf("rooms of removed history: %w", err)
	}
	if err := tx.beginVersions(project); err != nil {
		return Rebuilt{}, fmt.Errorf("templates of removed history: %w", err)
	}
	err = tx.replay(ctx, first, last, func(intent, row *Row) error {
		if row.Seq%window == 0 {
			progress(row.Seq, last)
		}
		if err := tx.tellOperation(row); err != nil {
			return fmt.Errorf("row %d: %w", row.Seq, err)
		}
		if intent == nil {
			return nil
		}
		if room, ok := project.Room(intent, row); ok {
			return known.put(room)
		}
		return tx.TellTemplate(project, intent, row)
	})
	return Rebuilt{Rows: last - first + 1, Rooms: known.rooms}, errors.Join(err, known.end())
}

// ends returns the first and the last history row that are there; last is less than first while there is none. One query
// for both would read all of history.
func (tx *Tx) ends() (first, last int64, err error) {
	err = tx.QueryRow("SELECT (SELECT coalesce(min(seq), 1) FROM history), (SELECT coalesce(max(seq), 0) FROM history)").
		Scan(&first, &last)
	return first, last, err
}

// told are the rooms that history tells of, while they are made anew. Those that were known before have numbers up to that
// of a row which is there only meanwhile, so that no number is given a second time.
type told struct {
	tx    *Tx
	last  int64 // number of that row
	rooms int
}

// placeholder is the row that parts the rooms from before from those that are made anew: no room is of no workspace.
var placeholder = Room{}

func (tx *Tx) beginTelling() (*told, error) {
	if err := tx.PutRoom(placeholder); err != nil {
		return nil, err
	}
	last, err := tx.roomNumber(placeholder)
	return &told{tx: tx, last: last}, err
}

func (t *told) end() error { return t.tx.dropRoom(t.last) }

// put does what PutRoom does, except that nothing is left of what was known before history told of a room.
func (t *told) put(r Room) error {
	n, err := t.tx.roomNumber(r)
	if err == nil && n != 0 && n <= t.last {
		err = t.tx.dropRoom(n)
	}
	if err != nil {
		return fmt.Errorf("room %s: %w", r.ID, err)
	}
	if n <= t.last {
		t.rooms++
	}
	return t.tx.PutRoom(r)
}

// roomNumber is the number of a room's row; 0: there is none.
func (tx *Tx) roomNumber(r Room) (n int64, err error) {
	err = found(tx.QueryRow("SELECT n FROM rooms WHERE workspace = ? AND id = ?", r.Workspace, r.ID).Scan(&n))
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return n, err
}

func (tx *Tx) dropRoom(n int64) error {
	_, err := tx.Exec("DELETE FROM room_data WHERE n = ?", n)
	if err == nil {
		_, err = tx.Exec("DELETE FROM rooms WHERE n = ?", n)
	}
	return err
}

// eachPastRoom calls fn with each room as removed history tells of it.
func (tx *Tx) eachPastRoom(fn func(Room) error) error {
	for n := int64(0); ; {
		rows, err := tx.Query("SELECT n, "+roomColumns+", coalesce(data, '') FROM past_rooms LEFT JOIN past_room_data USING (n)"+
			" WHERE n > ? ORDER BY n LIMIT ?", n, window)
		if err != nil {
			return err
		}
		list, err := collect(rows, func(row scanner) (Room, error) {
			var r Room
			return r, row.Scan(append(append([]any{&n}, r.fields()...), &r.Data)...)
		})
		if err != nil || len(list) == 0 {
			return err
		}
		for i := range list {
			if err := fn(list[i]); err != nil {
				return err
			}
		}
	}
}

// replay calls fn with each history row from first to last, and with its operation's intent where it is the outcome of
// one. Both of an operation must be among them.
func (tx *Tx) replay(ctx context.Context, first, last int64, fn func(intent, row *Row) error) error {
	open := map[string]Row{}
	for ; first <= last; first += window {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, err := tx.Query("SELECT "+rowColumns+" FROM history WHERE seq BETWEEN ? AND ? ORDER BY seq",
			first, min(first+window-1, last))
		if err != nil {
			return err
		}
		list, err := collect(rows, newRow)
		if err != nil {
			return err
		}
		for i := range list {
			if err := replayRow(open, &list[i], fn); err != nil {
				return err
			}
		}
	}
	return nil
}

// replayRow calls fn with one row, and its intent unless it is one; a note is its own. Open are the intents before it that have no outcome yet.
func replayRow(open map[string]Row, row *Row, fn func(intent, row *Row) error) error {
	switch row.Phase {
	case PhaseIntent:
		open[row.Operation] = *row
		return fn(nil, row)
	case PhaseNote:
		return fn(row, row)
	}
	intent, ok := open[row.Operation]
	if !ok {
		return fmt.Errorf("row %d has no intent: %w", row.Seq, ErrNotFound)
	}
	delete(open, row.Operation)
	return fn(&intent, row)
}
