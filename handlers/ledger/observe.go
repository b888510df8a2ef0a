package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

// seenVerb ends the action of a note that says that something was changed elsewhere: room.seen, template.seen.
const seenVerb = ".seen"

// told are the keys of a room that every list tells, but for what is off or zero.
var told = []string{"description", "size", "large_room", "max_duration_seconds"}

// overlaid is what is known of a room with what a list tells of it. Lists leave out details: what is known of those stays.
func overlaid(known, listed string) string {
	old, knows := parseObject(known)
	now, tells := parseObject(listed)
	if !knows || !tells {
		return listed
	}
	for _, key := range told {
		delete(old, key)
	}
	delete(old, "recording_source_template")
	if inheritsRecording(now) {
		delete(old, "recording_info")
		delete(now, "recording_info")
		now["recording_source_template"] = true
	}
	own, had := objectAt(now, "recording_info"), objectAt(old, "recording_info")
	if own["upload_info"] == nil && had["upload_info"] != nil && own["enabled"] == had["enabled"] {
		delete(now, "recording_info") // a list that leaves the bucket out
	}
	for key, value := range now {
		if !untold(key, value) {
			old[key] = value
		}
	}
	return encode(old)
}

// untold says whether a list leaves a value out by naming it without one.
func untold(key string, value any) bool {
	switch value {
	case nil, "0001-01-01T00:00:00Z":
		return true
	case "":
		return key != "description"
	}
	return false
}

// moves remembers which templates are known to have moved from one region to another.
type moves map[string]bool

// observeRoom brings the read model up to what a list tells of a room, and puts on record that it was changed elsewhere,
// unless a change of ours explains the difference: one that came since the list was asked for, or that has no outcome yet.
// Neither is a room that only went to another region with its template changed: the template's own row tells that for all
// its rooms. Rooms that nobody knew are not on record: history begins where it can tell a before from an after.
func (l *Ledger) observeRoom(tx *db.Tx, rec db.Room, seen moves) error {
	known, err := tx.Room(l.workspace.ID, rec.ID)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return tx.PutRoom(rec)
	case err != nil:
		return err
	}
	rec.Data = overlaid(known.Data, rec.Data)
	if err := tx.PutRoom(rec); err != nil || !known.SeenAt.Before(cut(rec.SeenAt)) {
		return err
	}
	if moved, err := l.movedAlong(tx, known, rec, seen); err != nil || moved {
		return err
	}
	return l.noteSeen(tx, Target{Kind: "room", ID: rec.ID, Name: rec.Name}, known.Data, rec.Data, rec.SeenAt)
}

// movedAlong says whether nothing but its region differs in a room, and its template went from the one to the other.
func (l *Ledger) movedAlong(tx *db.Tx, known, rec db.Room, seen moves) (bool, error) {
	was, knows := parseObject(compared("room", known.Data))
	is, tells := parseObject(compared("room", rec.Data))
	if !knows || !tells {
		return false, nil
	}
	from, _ := was["region"].(string)
	to, _ := is["region"].(string)
	was["region"] = to
	if from == to || encode(was) != encode(is) {
		return false, nil
	}
	key := encode([]string{rec.TemplateID, from, to})
	if moved, known := seen[key]; known {
		return moved, nil
	}
	moved, err := l.templateMoved(tx, rec.TemplateID, from, to)
	if err == nil {
		seen[key] = moved
	}
	return moved, err
}

// templateMoved says whether a template is in a region by now, and was in another one not long ago.
func (l *Ledger) templateMoved(tx *db.Tx, id, from, to string) (bool, error) {
	q := l.statesOf(Target{Kind: "template", ID: id})
	q.Limit = walkPage
	rows, err := tx.States(q)
	if err != nil {
		return false, err
	}
	var regions []string // newest first
	for _, row := range rows {
		for _, s := range slices.Backward(statesIn(row)) {
			tree, _ := parseObject(s.Content)
			region, _ := objectAt(tree, "settings")["region"].(string)
			regions = append(regions, region)
		}
	}
	return len(regions) > 0 && regions[0] == to && slices.Contains(regions, from), nil
}

// noteSeen appends the note of a change made elsewhere that was seen at a time, where there is one: before is what was
// known, "" for nothing.
func (l *Ledger) noteSeen(tx *db.Tx, t Target, before, after string, at time.Time) error {
	if compared(t.Kind, before) == compared(t.Kind, after) {
		return nil
	}
	changing, err := tx.Changing(l.workspace.ID, t.Kind, t.ID)
	if err != nil || changing {
		return err // its outcome, or looking for it, will tell
	}
	row := l.base(db.NewID(), Change{Actor: System}, t.Kind+seenVerb, t)
	row.Phase, row.Time, row.Before, row.After = db.PhaseNote, at, before, after
	return tx.Append(&row)
}

// ObserveTemplates reads the templates of the workspace and puts on record those that history doesn't have as they are:
// at first sight, and when another tool has changed them. It returns how many templates it met.
func (l *Ledger) ObserveTemplates(ctx context.Context) (int, error) {
	n := 0
	asked := l.now()
	var met []hms.Template
	for t, err := range l.hms.AllTemplates(ctx) {
		if err != nil {
			return n, fmt.Errorf("read the templates: %w", err)
		}
		n++
		if met = append(met, t); len(met) == batch {
			if err := l.observeTemplates(ctx, met, asked); err != nil {
				return n, err
			}
			met = met[:0]
		}
	}
	return n, l.observeTemplates(ctx, met, asked)
}

// observeTemplates compares templates that were asked for at a time with history, and notes the differences.
func (l *Ledger) observeTemplates(ctx context.Context, met []hms.Template, asked time.Time) error {
	var differ []hms.Template
	for _, t := range met { // most don't, which is found out without keeping others from writing
		newest, err := l.NewestState(ctx, Target{Kind: "template", ID: t.ID})
		if err != nil {
			return fmt.Errorf("read the newest state of a template: %w", err)
		}
		if newest == nil || newest.Compared != compared("template", l.redact.value(t, templateShape)) {
			differ = append(differ, t)
		}
	}
	if len(differ) == 0 {
		return nil
	}
	return l.db.InTx(ctx, func(tx *db.Tx) error {
		for _, t := range differ {
			if err := l.observeTemplate(tx, t, asked); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l *Ledger) observeTemplate(tx *db.Tx, t hms.Template, asked time.Time) error {
	target := Target{Kind: "template", ID: t.ID, Name: t.Name}
	q := l.statesOf(target)
	q.Limit = 1
	rows, err := tx.States(q)
	if err != nil {
		return err
	}
	before := ""
	if len(rows) > 0 {
		if !rows[0].Time.Before(cut(asked)) {
			return nil // told by a change of ours that may be newer than what was read
		}
		before = lastOf(rows[0])
	}
	return l.noteSeen(tx, target, before, l.redact.value(t, templateShape), asked)
}

// cut is a time as precisely as it is kept.
func cut(t time.Time) time.Time { return t.Truncate(time.Millisecond) }
