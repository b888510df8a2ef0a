package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// operationColumns gives an operation as one text with a NUL between the columns, none of which holds one: a list of fifty
// would be eight hundred values, each of which costs more to hand over than to read.
const operationColumns = `concat_ws(char(0), seq, last_seq, latency_ms, id, workspace, time, actor_id, actor_name, actor_kind, ip,
	action, target_kind, target_id, target_name, outcome, error)`

// openOperation adds the operation that row begins.
func (tx *Tx) openOperation(row *Row, outcome string) error {
	object, _, _ := strings.Cut(row.Action, ".")
	_, err := tx.Exec(`INSERT INTO operations (seq, last_seq, id, workspace, time, actor_id, actor_name, actor_kind, ip,
		action, object, target_kind, target_id, target_name, target_key, outcome, latency_ms, error, reason)
		VALUES (?1, ?1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		row.Seq, row.Operation, row.Workspace, stored(row.Time), row.ActorID, row.ActorName, row.ActorKind, row.IP,
		row.Action, object, row.TargetKind, row.TargetID, row.TargetName, strings.ToLower(row.TargetName), outcome,
		row.LatencyMS, row.Error, row.why())
	if taken(err) {
		return ErrExists
	}
	if err != nil {
		return err
	}
	day := dayOf(row.Time)
	tx.days.met(day, row.Seq)
	tx.days.add(dayCount{day, row.Workspace, row.Action, outcome}, 1)
	return nil
}

// closeOperation gives the open operation of row its outcome.
func (tx *Tx) closeOperation(row *Row, outcome string) error {
	var day, workspace, action string
	var seq int64
	var id, name string
	err := tx.QueryRow(`UPDATE operations SET outcome = ?, last_seq = ?, latency_ms = ?, error = ?
		WHERE id = ? AND outcome = 'unknown'
		RETURNING seq, substr(time, 1, 10), workspace, action, target_id, target_name`,
		outcome, row.Seq, row.LatencyMS, row.Error, row.Operation).Scan(&seq, &day, &workspace, &action, &id, &name)
	if err = found(err); errors.Is(err, ErrNotFound) {
		return tx.whyNotOpen(row.Operation)
	}
	if err == nil {
		err = tx.retarget(seq, row, id, name)
	}
	if why := row.why(); err == nil && why != "" {
		_, err = tx.Exec(addReason, why, row.Operation)
	}
	if err != nil {
		return err
	}
	tx.days.add(dayCount{day, workspace, action, OutcomeUnknown}, -1)
	tx.days.add(dayCount{day, workspace, action, outcome}, 1)
	return nil
}

// why is what of a row's reason is searched. An export has its filter for one, and would be found by it ever after.
func (row *Row) why() string {
	if strings.HasSuffix(row.Action, ".export") {
		return ""
	}
	return strings.ToLower(row.Reason)
}

// addReason gives an operation what one of its rows says of why, unless it has that: most outcomes repeat the intent's.
const addReason = `UPDATE operations SET reason = trim(reason || char(10) || ?1, char(10)) WHERE id = ?2 AND instr(reason, ?1) = 0`

// retarget gives an operation the target that its outcome names. Most outcomes name the same one, and indexes are written
// to for every column that is set.
func (tx *Tx) retarget(seq int64, row *Row, id, name string) (err error) {
	if row.TargetID != "" && row.TargetID != id {
		_, err = tx.Exec("UPDATE operations SET target_id = ? WHERE seq = ?", row.TargetID, seq)
	}
	if err == nil && row.TargetName != "" && row.TargetName != name {
		_, err = tx.Exec("UPDATE operations SET target_name = ?, target_key = ? WHERE seq = ?",
			row.TargetName, strings.ToLower(row.TargetName), seq)
	}
	return err
}

// whyNotOpen tells an operation that has an outcome from one that never was.
func (tx *Tx) whyNotOpen(id string) error {
	var exists bool
	if err := tx.QueryRow("SELECT EXISTS (SELECT 1 FROM operations WHERE id = ?)", id).Scan(&exists); err != nil {
		return err
	}
	if exists {
		return ErrSettled
	}
	return fmt.Errorf("its intent: %w", ErrNotFound)
}

func scanOperation(from scanner) (Operation, error) {
	line, err := scanText(from)
	if err != nil {
		return Operation{}, err
	}
	return parseOperation(line)
}

// parseOperation reads what operationColumns gives.
func parseOperation(line string) (o Operation, err error) {
	var at string
	for _, number := range []*int64{&o.Seq, &o.LastSeq, &o.LatencyMS} {
		var text string
		text, line, _ = strings.Cut(line, "\x00")
		if *number, err = strconv.ParseInt(text, 10, 64); err != nil {
			return Operation{}, fmt.Errorf("a number of an operation: %w", err)
		}
	}
	for _, text := range []*string{
		&o.ID, &o.Workspace, &at, &o.ActorID, &o.ActorName, &o.ActorKind, &o.IP, &o.Action, &o.TargetKind, &o.TargetID,
		&o.TargetName, &o.Outcome, &o.Error,
	} {
		*text, line, _ = strings.Cut(line, "\x00")
	}
	return o, column{&o.Time}.Scan(at)
}

// Operations returns the operations that match q, newest first.
func (d *DB) Operations(ctx context.Context, q OperationQuery) ([]Operation, error) {
	list, err := d.operations(ctx, q, pageLimit(q.Limit))
	if err != nil {
		return nil, fmt.Errorf("operations: %w", err)
	}
	if q.AfterSeq != 0 {
		slices.Reverse(list)
	}
	return list, nil
}

// operations are the first n that match q; those after q.AfterSeq oldest first.
func (d *DB) operations(ctx context.Context, q OperationQuery, n int) ([]Operation, error) {
	hits, indexed, err := d.find(ctx, q, n)
	if err != nil {
		return nil, err
	}
	if indexed {
		return d.load(ctx, hits)
	}
	f, err := d.operationFilter(ctx, q, filter{})
	if err != nil {
		return nil, err
	}
	text, args := operationPage(operationColumns, q, f, n)
	return query(ctx, d, scanOperation, text, args...)
}

// operationPage is the query for one page of n. The page before is read from its end backwards.
func operationPage(columns string, q OperationQuery, f filter, n int) (string, []any) {
	order := "DESC"
	if q.BeforeSeq != 0 {
		f.add("seq < ?", q.BeforeSeq)
	}
	if q.AfterSeq != 0 {
		f.add("seq > ?", q.AfterSeq)
		order = "ASC"
	}
	return "SELECT " + columns + " FROM operations" + f.where() + " ORDER BY seq " + order + " LIMIT ?", append(f.args, n)
}

// pageLimit is 50 unless asked for, and at most 200.
func pageLimit(limit int) int { return min(max(cmp.Or(limit, 50), 1), 200) }

// Operation returns one operation. The error is ErrNotFound when there is none of that id.
func (d *DB) Operation(ctx context.Context, id string) (Operation, error) {
	o, err := scanOperation(d.readers.QueryRowContext(ctx, "SELECT "+operationColumns+" FROM operations WHERE id = ?", id))
	if err != nil {
		return Operation{}, fmt.Errorf("operation %s: %w", id, found(err))
	}
	return o, nil
}

// OpenOperations returns the operations of a workspace, or of all when it is empty, whose outcome is unknown, oldest
// first.
func (d *DB) OpenOperations(ctx context.Context, workspace string) ([]Operation, error) {
	text, args := openPage(workspace)
	list, err := query(ctx, d, scanOperation, text, args...)
	if err != nil {
		return nil, fmt.Errorf("open operations: %w", err)
	}
	return list, nil
}

// openPage is the query of OpenOperations.
func openPage(workspace string) (string, []any) {
	var f filter
	f.undone(OutcomeUnknown)
	f.equal("workspace", workspace)
	return "SELECT " + operationColumns + " FROM operations" + f.where() + " ORDER BY seq", f.args
}

// OpenNamed returns the operations without an outcome whose target has this name, in any case, oldest first.
func (d *DB) OpenNamed(ctx context.Context, workspace, name string) ([]Operation, error) {
	list, err := query(atOnce(ctx), d, scanOperation, "SELECT "+operationColumns+" FROM operations"+
		" WHERE target_key = +? AND +outcome = 'unknown' AND +workspace = ? ORDER BY seq",
		strings.ToLower(name), workspace)
	if err != nil {
		return nil, fmt.Errorf("open operations: %w", err)
	}
	return list, nil
}

// Actors lists the names of those who did something, up to 200.
func (d *DB) Actors(ctx context.Context) ([]string, error) {
	return d.distinct(ctx, "operations", "actor_name", filter{})
}

// Actions lists the actions that happened, up to 200.
func (d *DB) Actions(ctx context.Context) ([]string, error) {
	return d.distinct(ctx, "operations", "action", filter{})
}
