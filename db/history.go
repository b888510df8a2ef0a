package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const rowColumns = `seq, time, workspace, operation, batch, actor_id, actor_name, actor_kind, ip, user_agent, request_id,
	action, phase, target_kind, target_id, target_name, reason, request, response, "before", "after",
	api_method, api_path, api_status, latency_ms, attempts, error`

// insertRow has a place for each of rowColumns.
var insertRow = "INSERT INTO history (" + rowColumns + ") VALUES (?" + strings.Repeat(", ?", strings.Count(rowColumns, ",")) + ")"

// Append adds row to history as the next one and keeps the operations and the counts of days in step. It sets row.Seq,
// sets row.Time when that is zero, cuts it to UTC milliseconds, and replaces what is not UTF-8 or NUL in texts.
//
// The error is ErrSettled for an outcome of an operation that has one, ErrNotFound for an outcome without an intent and
// ErrExists for a second intent or note of an operation. Return the error from the transaction's function: the row is
// then not kept.
func (tx *Tx) Append(row *Row) error {
	if err := row.prepare(); err != nil {
		return fmt.Errorf("append to history: %w", err)
	}
	if err := tx.append(row); err != nil {
		return fmt.Errorf("append %s %s of operation %s to history: %w", row.Action, row.Phase, row.Operation, err)
	}
	return nil
}

func (tx *Tx) append(row *Row) error {
	if err := tx.tail(); err != nil {
		return err
	}
	row.Seq = tx.edge.Size + 1
	if err := tx.tellOperation(row); err != nil {
		return err
	}
	_, err := tx.Exec(insertRow, row.Seq, stored(row.Time), row.Workspace, row.Operation, row.Batch, row.ActorID,
		row.ActorName, row.ActorKind, row.IP, row.UserAgent, row.RequestID, row.Action, row.Phase, row.TargetKind,
		row.TargetID, row.TargetName, row.Reason, row.Request, row.Response, row.Before, row.After, row.APIMethod,
		row.APIPath, row.APIStatus, row.LatencyMS, row.Attempts, row.Error)
	if err != nil {
		return err
	}
	return tx.addLeaf(row)
}

// tellOperation does to the operations what a row of history says.
func (tx *Tx) tellOperation(row *Row) error {
	switch row.Phase {
	case PhaseIntent:
		return tx.openOperation(row, OutcomeUnknown)
	case PhaseNote:
		return tx.openOperation(row, outcomeOf(row))
	default:
		return tx.closeOperation(row, outcomeOf(row))
	}
}

// prepare checks row and brings it into the form that is stored.
func (row *Row) prepare() error {
	for _, text := range []*string{
		&row.Workspace, &row.Operation, &row.Batch, &row.ActorID, &row.ActorName, &row.ActorKind, &row.IP,
		&row.UserAgent, &row.RequestID, &row.Action, &row.TargetKind, &row.TargetID, &row.TargetName, &row.Reason,
		&row.Request, &row.Response, &row.Before, &row.After, &row.APIMethod, &row.APIPath, &row.Error,
	} {
		*text = clean(*text)
	}
	if row.Time.IsZero() {
		row.Time = now()
	}
	row.Time = row.Time.UTC().Truncate(1e6)
	switch {
	case row.Action == "":
		return errors.New("a history row needs an action")
	case row.Operation == "":
		return errors.New("a history row needs an operation")
	case !slices.Contains([]string{PhaseIntent, PhaseDone, PhaseFailed, PhaseSettled, PhaseNote}, row.Phase):
		return fmt.Errorf("a history row can't have the phase %q", row.Phase)
	case len(stored(row.Time)) != len(timeLayout):
		return fmt.Errorf("a history row can't be of the year %d", row.Time.Year())
	}
	return nil
}

// outcomeOf is what a row other than an intent says about its operation. A failed one gives its error; a settled one was
// done if it names what was made; anything done may carry a remark.
func outcomeOf(row *Row) string {
	failed := row.Phase == PhaseFailed ||
		row.Phase == PhaseNote && row.Error != "" ||
		row.Phase == PhaseSettled && row.Error != "" && row.TargetID == ""
	if failed {
		return OutcomeFailed
	}
	return OutcomeDone
}

func scanRow(row *Row, from scanner) error {
	return from.Scan(&row.Seq, column{&row.Time}, &row.Workspace, &row.Operation, &row.Batch, &row.ActorID, &row.ActorName,
		&row.ActorKind, &row.IP, &row.UserAgent, &row.RequestID, &row.Action, &row.Phase, &row.TargetKind, &row.TargetID,
		&row.TargetName, &row.Reason, &row.Request, &row.Response, &row.Before, &row.After, &row.APIMethod, &row.APIPath,
		&row.APIStatus, &row.LatencyMS, &row.Attempts, &row.Error)
}

func newRow(from scanner) (Row, error) {
	var row Row
	return row, scanRow(&row, from)
}

// OperationRows returns the history rows of one operation, oldest first. The error is ErrNotFound when there are none.
func (d *DB) OperationRows(ctx context.Context, id string) ([]Row, error) {
	rows, err := query(ctx, d, newRow, "SELECT "+rowColumns+" FROM history WHERE operation = ? ORDER BY seq", id)
	if err != nil {
		return nil, fmt.Errorf("rows of operation %s: %w", id, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("rows of operation %s: %w", id, ErrNotFound)
	}
	return rows, nil
}

// Intent returns the intent of an operation. The error is ErrNotFound when it has none.
func (d *DB) Intent(ctx context.Context, operation string) (Row, error) {
	row, err := newRow(d.readers.QueryRowContext(ctx, "SELECT "+rowColumns+
		" FROM history WHERE operation = ? AND phase = 'intent' ORDER BY seq LIMIT 1", operation))
	if err != nil {
		return Row{}, fmt.Errorf("intent of operation %s: %w", operation, found(err))
	}
	return row, nil
}

// LastRow returns the newest row, of which only Seq, Time, ActorID, ActorName and ActorKind are filled in. The error is
// ErrNotFound while history is empty.
func (d *DB) LastRow(ctx context.Context) (Row, error) {
	var row Row
	err := d.readers.QueryRowContext(ctx,
		"SELECT seq, time, actor_id, actor_name, actor_kind FROM history ORDER BY seq DESC LIMIT 1").
		Scan(&row.Seq, column{&row.Time}, &row.ActorID, &row.ActorName, &row.ActorKind)
	if err != nil {
		return Row{}, fmt.Errorf("last row of history: %w", found(err))
	}
	return row, nil
}

// HistoryLen is how many history rows there have been. They are numbered from 1 without gaps, so it is the last one's
// number too; see Kept for how many are left.
func (d *DB) HistoryLen(ctx context.Context) (int64, error) {
	var n int64
	if err := d.readers.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM history").Scan(&n); err != nil {
		return 0, fmt.Errorf("length of history: %w", err)
	}
	return n, nil
}

// Writable is nil when a transaction can be made durable and the end of history is what the operations say it is.
func (d *DB) Writable(ctx context.Context) error {
	return d.InTx(ctx, func(tx *Tx) error {
		if _, err := tx.Exec("UPDATE ready SET at = ? WHERE id = 1", stored(now())); err != nil {
			return fmt.Errorf("readiness: %w", err)
		}
		var last, known int64
		err := tx.QueryRow(`SELECT coalesce(max(h.seq), 0), coalesce((SELECT last_seq FROM operations WHERE id = h.operation), 0)
			FROM (SELECT seq, operation FROM history ORDER BY seq DESC LIMIT 1) h`).Scan(&last, &known)
		if err != nil {
			return fmt.Errorf("readiness: %w", err)
		}
		if last != known {
			return fmt.Errorf("readiness: history ends at %d, its operation at %d", last, known)
		}
		return nil
	})
}
