package db

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// StateQuery asks for the rows of history that tell how one room or template was. The zero value of all but Workspace,
// Kind and ID asks for all of them, newest first.
type StateQuery struct {
	Workspace string
	Kind      string    // room, template: the object of the actions that count
	ID        string    // of the room or template
	At        time.Time // rows up to this moment; zero: any
	Before    int64     // rows before this one
	After     int64     // rows after this one, oldest first
	Holding   string    // a text that Before or After of the row has to hold
	Limit     int       // 1-200; 0: 50
}

// stateColumns are those of a row that tell of a state and how it came about.
const stateColumns = `h.seq, h.time, h.operation, h.actor_name, h.actor_kind, h.action, h.phase, h.target_name, h.reason,
	h.request, h."before", h."after"`

func scanState(from scanner) (Row, error) {
	var row Row
	return row, from.Scan(&row.Seq, column{&row.Time}, &row.Operation, &row.ActorName, &row.ActorKind, &row.Action, &row.Phase,
		&row.TargetName, &row.Reason, &row.Request, &row.Before, &row.After)
}

// text is the query: the operations of the target by their index, in order, and the rows of each. So a page costs as much
// as it has rows, however long the history of the target is.
func (q StateQuery) text() (string, []any) {
	f := filter{}
	f.equal("o.target_id", q.ID)
	f.equal("o.object", q.Kind)
	f.equal("o.workspace", q.Workspace)
	order := "DESC"
	if q.Before != 0 {
		f.add("o.seq < ? AND h.seq < ?", q.Before, q.Before)
	}
	if q.After != 0 {
		f.add(`o.seq >= coalesce((SELECT seq FROM operations WHERE id = (SELECT operation FROM history WHERE seq = ?)), 0)
			AND h.seq > ?`, q.After, q.After)
		order = "ASC"
	}
	if !q.At.IsZero() {
		f.add("o.seq <= "+lastSeq+" AND o.time <= ? AND h.time <= ?", dayOf(q.At), stored(q.At), stored(q.At))
	}
	f.add(`(h."before" <> '' OR h."after" <> '')`)
	if q.Holding != "" {
		f.add(`(instr(h."before", ?) > 0 OR instr(h."after", ?) > 0)`, q.Holding, q.Holding)
	}
	return "SELECT " + stateColumns + " FROM operations o CROSS JOIN history h ON h.operation = o.id" + f.where() +
		" ORDER BY o.seq " + order + ", h.seq " + order + " LIMIT ?", append(f.args, pageLimit(q.Limit))
}

// States returns the rows that tell how a room or template was: Before holds it as it was read just before, After as it was
// from then on. Only Seq, Time, Operation, ActorName, ActorKind, Action, Phase, TargetName, Reason, Request, Before and
// After are filled in.
func (d *DB) States(ctx context.Context, q StateQuery) ([]Row, error) {
	text, args := q.text()
	rows, err := query(ctx, d, scanState, text, args...)
	if err != nil {
		return nil, fmt.Errorf("states of %s %s: %w", q.Kind, q.ID, err)
	}
	return rows, nil
}

// States is DB.States within the transaction: nobody can append meanwhile.
func (tx *Tx) States(q StateQuery) ([]Row, error) {
	text, args := q.text()
	rows, err := tx.Query(text, args...)
	if err != nil {
		return nil, fmt.Errorf("states of %s %s: %w", q.Kind, q.ID, err)
	}
	list, err := collect(rows, scanState)
	if err != nil {
		return nil, fmt.Errorf("states of %s %s: %w", q.Kind, q.ID, err)
	}
	return list, nil
}

// Changing says whether a change of a room or template has no outcome yet: what the API shows of it meanwhile may be ours.
func (tx *Tx) Changing(workspace, kind, id string) (bool, error) {
	var open bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM operations
		WHERE target_id = +? AND +object = ? AND +workspace = ? AND +outcome = 'unknown')`, id, kind, workspace).Scan(&open)
	if err != nil {
		return false, fmt.Errorf("open changes of %s %s: %w", kind, id, err)
	}
	return open, nil
}

// Making says whether something of a kind is being made under a name, in any case: since a time, and without an outcome. Until
// then nobody knows its id.
func (tx *Tx) Making(workspace, kind, name string, since time.Time) (bool, error) {
	var open bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM operations WHERE outcome = 'unknown' AND object = ? AND +workspace = ?
		AND +target_id = '' AND +target_key = ? AND +time >= ?)`, kind, workspace, strings.ToLower(name), stored(since)).Scan(&open)
	if err != nil {
		return false, fmt.Errorf("open makings of %s %s: %w", kind, name, err)
	}
	return open, nil
}

// Room returns one room as it is within the transaction. The error is ErrNotFound when we don't know it.
func (tx *Tx) Room(workspace, id string) (Room, error) {
	r, err := scanRoomWithData(tx.QueryRow(roomWithData+" WHERE workspace = ? AND id = ?", workspace, id))
	if err != nil {
		return Room{}, fmt.Errorf("room %s: %w", id, found(err))
	}
	return r, nil
}
