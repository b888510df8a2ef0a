package main

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"roomledger/db"
	"roomledger/web/sandbox"
)

// record is what a data directory has on record.
type record struct {
	rows      []db.Row
	creations []db.Operation    // the operations room.create, but for those stopped before their intent; oldest first
	open      []db.Operation    // the outcome is unknown
	rooms     []db.Room         // the read model of all workspaces
	tokens    map[string]string // form token to operation
}

// readRecord reads the record in dir. The program may serve it meanwhile.
func readRecord(t *testing.T, dir string) record {
	t.Helper()
	rec := record{tokens: map[string]string{}}
	d, err := db.Open(t.Context(), db.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(rec.readRows(t, d), rec.readRooms(t, d), d.Close(), rec.readTokens(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func (rec *record) readRows(t *testing.T, d *db.DB) error {
	err := d.EachRow(t.Context(), db.OperationQuery{}, func(row *db.Row) error {
		rec.rows = append(rec.rows, *row)
		if row.Phase != db.PhaseIntent || row.Action != "room.create" {
			return nil
		}
		op, err := d.Operation(t.Context(), row.Operation)
		rec.creations = append(rec.creations, op)
		return err
	})
	if err != nil {
		return err
	}
	rec.open, err = d.OpenOperations(t.Context(), "")
	return err
}

func (rec *record) readRooms(t *testing.T, d *db.DB) error {
	workspaces, err := d.Workspaces(t.Context())
	if err != nil {
		return err
	}
	for _, ws := range workspaces {
		err := d.EachRoom(t.Context(), db.RoomQuery{Workspace: ws.ID}, func(room *db.Room) error {
			rec.rooms = append(rec.rooms, *room)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readTokens reads the table itself: package db tells of single tokens only.
func (rec *record) readTokens(t *testing.T, dir string) (err error) {
	pool, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, db.FileName)+"?mode=ro&_busy_timeout=5000")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	rows, err := pool.QueryContext(t.Context(), "SELECT token, operation FROM form_tokens")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var token, operation string
		if err := rows.Scan(&token, &operation); err != nil {
			return err
		}
		if first, twice := rec.tokens[token]; twice {
			t.Errorf("token %s was used for the operations %s and %s", token, first, operation)
		}
		rec.tokens[token] = operation
	}
	return rows.Err()
}

// created is the one operation that was to make the room of this name.
func (rec *record) created(t *testing.T, name string) db.Operation {
	t.Helper()
	var found []db.Operation
	for _, op := range rec.creations {
		if op.TargetName == name {
			found = append(found, op)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d operations made %s: %+v", len(found), name, found)
	}
	return found[0]
}

// check compares history with itself and with what the API holds. Nothing may be on its way any more.
func (rec *record) check(t *testing.T, boxed []sandbox.RoomState) {
	t.Helper()
	for _, op := range rec.open {
		t.Errorf("operation %s, %s %s, is still open", op.ID, op.Action, op.TargetName)
	}
	rec.checkRows(t)
	rec.checkTokens(t)
	rec.checkRooms(t, boxed)
}

// checkRows wants no gap, and one outcome after each intent.
func (rec *record) checkRows(t *testing.T) {
	t.Helper()
	const awaiting, over = 1, 2
	state := map[string]int{}
	for i := range rec.rows {
		row := &rec.rows[i]
		if row.Seq != int64(i+1) {
			t.Fatalf("row %d of history has seq %d", i+1, row.Seq)
		}
		before, after := awaiting, over
		switch row.Phase {
		case db.PhaseIntent:
			before, after = 0, awaiting
		case db.PhaseNote:
			before = 0
		}
		if state[row.Operation] != before {
			t.Errorf("row %d, %s %s of operation %s, is out of order", row.Seq, row.Action, row.Phase, row.Operation)
		}
		state[row.Operation] = after
	}
	for operation, s := range state {
		if s == awaiting {
			t.Errorf("operation %s has an intent and no outcome", operation)
		}
	}
}

// checkTokens wants a token of its own for each operation.
func (rec *record) checkTokens(t *testing.T) {
	t.Helper()
	tokens := map[string]int{}
	for _, operation := range rec.tokens {
		tokens[operation]++
	}
	for _, op := range rec.creations {
		if tokens[op.ID] != 1 {
			t.Errorf("operation %s used %d tokens", op.ID, tokens[op.ID])
		}
		delete(tokens, op.ID)
	}
	for operation := range tokens {
		t.Errorf("a token was used for operation %s, which isn't in history", operation)
	}
}

// checkRooms wants each room of the API made by one operation, each operation that is done to have its room, and the
// read model to say the same.
func (rec *record) checkRooms(t *testing.T, boxed []sandbox.RoomState) {
	t.Helper()
	makers := map[string][]db.Operation{} // by room
	for _, op := range rec.creations {
		if op.Outcome == db.OutcomeDone {
			makers[op.TargetID] = append(makers[op.TargetID], op)
		}
	}
	index := map[string]db.Room{}
	for _, room := range rec.rooms {
		index[room.ID] = room
	}
	names := map[string]string{}
	for _, room := range boxed {
		key := strings.ToLower(room.Name)
		if other, twice := names[key]; twice {
			t.Errorf("the rooms %s and %s have the name %s", other, room.ID, room.Name)
		}
		names[key] = room.ID
		made := makers[room.ID]
		delete(makers, room.ID)
		if len(made) != 1 {
			t.Errorf("room %s, %s, was made by %d operations: %s", room.ID, room.Name, len(made), brief(made))
			continue
		}
		if !strings.EqualFold(made[0].TargetName, room.Name) {
			t.Errorf("operation %s made %s, the room's name is %s", made[0].ID, made[0].TargetName, room.Name)
		}
		if known := index[room.ID]; known.Name != room.Name || known.Operation != made[0].ID {
			t.Errorf("the index has %+v for room %s, made by operation %s", known, room.ID, made[0].ID)
		}
	}
	for id, ops := range makers {
		t.Errorf("history says that room %q was made, the API doesn't have it: %s", id, brief(ops))
	}
}

// brief is what tells operations apart.
func brief(ops []db.Operation) string {
	var b strings.Builder
	for _, op := range ops {
		fmt.Fprintf(&b, "\n  operation %s of rows %d and %d, %s: %s %s", op.ID, op.Seq, op.LastSeq, op.TargetName, op.Outcome, op.Error)
	}
	return b.String()
}
