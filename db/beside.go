package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Beside returns the operations just before and just after op on the same target of the same workspace: those with its
// id or, when op has none, those with its kind and its name, in any case. An end gives nil, and so do both when op has
// neither id nor name.
func (d *DB) Beside(ctx context.Context, op Operation) (before, after *Operation, err error) {
	f, ok := sameTarget(op)
	if !ok {
		return nil, nil, nil
	}
	if before, err = d.nearest(ctx, f, "<", "DESC", op.Seq); err == nil {
		after, err = d.nearest(ctx, f, ">", "ASC", op.Seq)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("operations beside %s: %w", op.ID, err)
	}
	return before, after, nil
}

// sameTarget asks for the operations on the target of op, if that can be known again.
func sameTarget(op Operation) (f filter, ok bool) {
	switch {
	case op.TargetID != "":
		f.equal("target_id", op.TargetID)
	case op.TargetName != "":
		f.equal("target_key", strings.ToLower(op.TargetName))
		f.equal("target_kind", op.TargetKind)
	default:
		return f, false
	}
	f.add("+workspace = +?", op.Workspace) // also when it is empty: nothing that belongs to another one
	return f, true
}

// nearestText is the query for the first operation from seq on in one direction.
func nearestText(f filter, side, order string) string {
	f.terms = append(f.terms[:len(f.terms):len(f.terms)], "seq "+side+" ?")
	return "SELECT " + operationColumns + " FROM operations" + f.where() + " ORDER BY seq " + order + " LIMIT 1"
}

func (d *DB) nearest(ctx context.Context, f filter, side, order string, seq int64) (*Operation, error) {
	args := append(f.args[:len(f.args):len(f.args)], seq)
	o, err := scanOperation(d.readers.QueryRowContext(atOnce(ctx), nearestText(f, side, order), args...))
	switch err = found(err); {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &o, nil
}
