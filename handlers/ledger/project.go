package ledger

import (
	"encoding/json"

	"roomledger/db"
	"roomledger/web/hms"
)

// conclude returns what appends an outcome and brings the read models in step. Every outcome goes through here. What it tells of
// a room is found out beforehand: transactions wait for each other.
func conclude(intent, outcome *db.Row) func(*db.Tx) error {
	room, tells := projection.Room(intent, outcome)
	return func(tx *db.Tx) error {
		row := *outcome // it may be run again
		if err := tx.Append(&row); err != nil {
			return err
		}
		if tells {
			return tx.PutRoom(room)
		}
		return tx.TellTemplate(projection, intent, &row)
	}
}

// projector says what the rows of a change tell of rooms and templates. It depends on nothing but the rows, so that rebuilding
// gives what was there.
type projector struct{}

var projection db.Projection = projector{}

// Room is as the outcome's After has it, as of the outcome's time.
func (projector) Room(intent, outcome *db.Row) (db.Room, bool) {
	var room hms.Room
	if !tellsOfRoom(outcome) || json.Unmarshal([]byte(outcome.After), &room) != nil || room.ID == "" {
		return db.Room{}, false
	}
	rec := recordOf(room)
	rec.Workspace, rec.Data, rec.SeenAt = outcome.Workspace, outcome.After, outcome.Time
	if madeNew(intent, outcome) {
		rec.Creator, rec.Operation = intent.ActorName, intent.Operation
	}
	return rec, true
}

// tellsOfRoom says whether a row tells how a room is from then on: it was changed, or seen as another tool had changed it.
func tellsOfRoom(outcome *db.Row) bool {
	if subject(outcome.Action) != "room" {
		return false
	}
	return outcome.Phase == db.PhaseDone || outcome.Phase == db.PhaseSettled && outcome.TargetID != "" ||
		outcome.Phase == db.PhaseNote && outcome.Action == "room"+seenVerb
}

// madeNew says whether a change made a room that wasn't there. What was overwritten keeps its maker: where that was agreed
// to, it is the room that the intent names; where it was found out by looking, there is a remark.
func madeNew(intent, outcome *db.Row) bool {
	if outcome.Action != "room.create" || outcome.TargetID == intent.TargetID {
		return false
	}
	return outcome.Phase == db.PhaseDone || intent.TargetID != "" || outcome.Error == ""
}

// recordOf is a room as the read model keeps it, but for its workspace, its data and when it was seen.
func recordOf(r hms.Room) db.Room {
	return db.Room{
		ID: r.ID, Name: r.Name, Enabled: r.Enabled, Description: r.Description,
		TemplateID: r.TemplateID, TemplateName: r.Template, Region: r.Region, Size: r.Size, LargeRoom: r.LargeRoom,
		MaxDurationSeconds: r.MaxDurationSeconds, Recording: recordingOf(r), CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}
