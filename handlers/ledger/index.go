package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

// batch is how many rooms of the API's list go into the read model at a time.
const batch = 100

// RefreshRooms reads every room of the workspace, enabled and disabled, and brings the read model up to it. Changes that
// were made elsewhere to rooms that we know go on record. It returns how many rooms it met.
func (l *Ledger) RefreshRooms(ctx context.Context) (int, error) {
	n, seen := 0, moves{}
	for _, enabled := range []bool{true, false} {
		met, err := l.refresh(ctx, hms.RoomQuery{Enabled: &enabled, Limit: batch}, seen)
		n += met
		if err != nil {
			return n, fmt.Errorf("refresh the room index: %w", err)
		}
	}
	return n, nil
}

func (l *Ledger) refresh(ctx context.Context, q hms.RoomQuery, seen moves) (int, error) {
	n := 0
	asked := l.now()
	var changed []db.Room
	for room, err := range l.hms.AllRooms(ctx, q) {
		if err != nil {
			return n, err
		}
		n++
		rec, differs, err := l.differs(ctx, room, asked)
		if err != nil {
			return n, err
		}
		if differs {
			changed = append(changed, rec)
		}
		if len(changed) == batch {
			if err := l.putRooms(ctx, changed, seen); err != nil {
				return n, err
			}
			changed = changed[:0]
		}
	}
	return n, l.putRooms(ctx, changed, seen)
}

// differs compares a room of a list that was asked for at a time with the read model. Lists leave details out, so those
// that we know are kept; what we have seen since then is newer than the list.
func (l *Ledger) differs(ctx context.Context, room hms.Room, asked time.Time) (db.Room, bool, error) {
	rec := l.RoomRecord(room)
	rec.SeenAt = asked
	known, err := l.db.Room(ctx, l.workspace.ID, room.ID)
	if errors.Is(err, db.ErrNotFound) {
		return rec, true, nil
	}
	if err != nil {
		return rec, false, err
	}
	same := known
	same.Name, same.Enabled, same.Description, same.TemplateID = rec.Name, rec.Enabled, rec.Description, rec.TemplateID
	same.Region, same.Size, same.LargeRoom = rec.Region, rec.Size, rec.LargeRoom
	same.MaxDurationSeconds, same.Recording = rec.MaxDurationSeconds, rec.Recording
	return rec, same != known || detailsDiffer(room, known, rec), nil
}

// detailsDiffer says whether a list tells other details of a room than those that are known; most lists tell none.
func detailsDiffer(room hms.Room, known, rec db.Room) bool {
	if room.Webhook == nil && room.Polls == nil && (room.RecordingInfo == nil || room.RecordingInfo.UploadInfo == nil) {
		return false
	}
	return compared("room", known.Data) != compared("room", overlaid(known.Data, rec.Data))
}

func (l *Ledger) putRooms(ctx context.Context, rooms []db.Room, seen moves) error {
	if len(rooms) == 0 {
		return nil
	}
	return l.db.InTx(ctx, func(tx *db.Tx) error {
		for i := range rooms {
			if err := l.observeRoom(tx, rooms[i], seen); err != nil {
				return err
			}
		}
		return nil
	})
}
