package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"roomledger/db"
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
		if !leftOut(key, value) {
			old[key] = value
		}
	}
	return encode(old)
}

// leftOut says whether a list leaves a value out by naming it without one.
func leftOut(key string, value any) bool {
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
	if t.Kind == "room" && compared(t.Kind, before) == compared(t.Kind, after) || t.Kind == "template" && !tellsNews(before, after) {
		return nil
	}
	changing, err := tx.Changing(l.workspace.ID, t.Kind, t.ID)
	if err == nil && !changing && before == "" {
		changing, err = tx.Making(l.workspace.ID, t.Kind, t.Name, at.Add(-longestCall))
	}
	if err != nil || changing {
		return err // its outcome, or looking for it, will tell
	}
	row := l.base(db.NewID(), Change{Actor: System}, t.Kind+seenVerb, t)
	row.Phase, row.Time, row.Before, row.After = db.PhaseNote, at, before, after
	if t.Kind == "template" && before != "" && sameTemplate(before, after) {
		row.Reason = learnt(before, after)
	}
	if err := tx.Append(&row); err != nil {
		return err
	}
	return tx.TellTemplate(projection, &row, &row)
}

// ObserveTemplates reads the templates of the workspace and puts on record those that history doesn't have as they are:
// at first sight, and when another tool has changed them. It returns how many templates it met. Of up to so many toRead it reads
// the recording configurations, too, where nobody has yet: each is a call of its own.
func (l *Ledger) ObserveTemplates(ctx context.Context, toRead int) (int, error) {
	n := 0
	asked := l.now()
	var met []seenTemplate
	observe := func() error {
		if err := l.addRecordings(ctx, met, &toRead); err != nil {
			return err
		}
		return l.observeTemplates(ctx, met, asked)
	}
	for t, err := range l.hms.AllTemplates(ctx) {
		if err != nil {
			return n, fmt.Errorf("read the templates: %w", err)
		}
		n++
		met = append(met, seenTemplate{Target{Kind: "template", ID: t.ID, Name: t.Name}, l.redact.value(t, templateShape)})
		if len(met) == batch {
			if err := observe(); err != nil {
				return n, err
			}
			met = met[:0]
		}
	}
	return n, observe()
}

// addRecordings reads the recording configurations of templates of which nobody has read them, as far as there are any toRead:
// lists leave them out. The next comparison goes on with the others.
func (l *Ledger) addRecordings(ctx context.Context, met []seenTemplate, toRead *int) error {
	for i := range met {
		if *toRead == 0 {
			return nil
		}
		known, err := l.knownTemplate(ctx, met[i].ID)
		if err != nil {
			return err
		}
		if tellsRecordings(known.Data) {
			continue
		}
		*toRead--
		configs, err := l.hms.RecordingConfigs(ctx, met[i].ID)
		if err != nil {
			return fmt.Errorf("read the recording configurations of a template: %w", err)
		}
		list, err := listOf(configs)
		if err != nil {
			return err
		}
		met[i].content = withUntold(met[i].content, l.TemplateShown(map[string]any{recordings: list}))
	}
	return nil
}

// cut is a time as precisely as it is kept.
func cut(t time.Time) time.Time { return t.Truncate(time.Millisecond) }
