package jobs

import (
	"context"
	"errors"
	"time"

	"roomledger/db"
)

const (
	checkpointLook = 5 * time.Second // how often it is looked whether a checkpoint is due
	checkpointLast = 5 * time.Second // how long the one at the end may take
)

// checkpoint signs history where that is due, and hands the newest checkpoint to the witnesses.
func (j *Jobs) checkpoint(ctx context.Context) {
	due, err := j.due(ctx)
	if err == nil && due {
		_, _, err = j.Ledger.Checkpoint(ctx)
	}
	if err == nil {
		err = j.tell(ctx)
	}
	if err != nil && ctx.Err() == nil {
		j.Log.ErrorContext(ctx, "history not signed", "err", err)
	}
}

// due says whether as many rows came since the last checkpoint as the policies say, or any and as much time has passed.
// The policies are read each time, so that a new one holds at once.
func (j *Jobs) due(ctx context.Context) (bool, error) {
	rows, err := j.DB.HistoryLen(ctx)
	if err != nil {
		return false, err
	}
	last, err := j.DB.LastCheckpoint(ctx)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return false, err
	}
	policies, err := j.DB.Policies(ctx)
	if err != nil {
		return false, err
	}
	rows -= last.Size
	most := time.Duration(policies.CheckpointMinutes) * time.Minute
	return rows > 0 && (rows >= int64(policies.CheckpointRows) || time.Since(last.Time) >= most), nil
}

// lastCheckpoint signs what came since, when the program ends.
func (j *Jobs) lastCheckpoint(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkpointLast)
	defer cancel()
	_, _, err := j.Ledger.Checkpoint(ctx)
	if err == nil {
		err = j.tell(ctx)
	}
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		j.Log.ErrorContext(ctx, "history not signed at the end", "err", err)
	}
}

// tell hands the newest checkpoint to the witnesses.
func (j *Jobs) tell(ctx context.Context) error {
	c, err := j.DB.LastCheckpoint(ctx)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err == nil {
		j.Witnesses.tell(ctx, c)
	}
	return err
}
