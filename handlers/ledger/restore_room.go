package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

// roomRestore makes the body of the update that brings a room back, field by field.
type roomRestore struct {
	reviver
	was, is    map[string]any // as they are compared: then, and now
	then, live hms.Room
	raw        map[string]any // the room as it is, with its secrets
	params     hms.RoomParams
	will       map[string]any
}

func (l *Ledger) planRoom(ctx context.Context, id string, at time.Time, typed map[string]string) (change, error) {
	then, err := l.toRestore(ctx, Target{Kind: "room", ID: id}, at)
	if err != nil {
		return change{}, err
	}
	live, now, err := l.readRoom(ctx, id)
	if err != nil {
		return change{}, err
	}
	r, err := newRoomRestore(live, now, then)
	if err != nil {
		return change{}, err
	}
	r.redact, r.typed = l.redact, typed
	if err := l.restoreName(ctx, r); err != nil {
		return change{}, err
	}
	r.plain()
	if err := errors.Join(r.recording(), r.webhook()); err != nil {
		return change{}, err
	}
	c := change{name: live.Name, plan: Restore{
		Target: Target{Kind: "room", ID: id, Name: live.Name}, At: at, State: then, Now: now.Compared, Will: encode(r.will),
		Left: r.left, Asked: r.asked, Unsure: r.unsure,
	}}
	if r.params.Name != "" {
		c.name = r.params.Name
	}
	c.plan.Version = l.Mark(encode([]any{"room", id, now.Content, then.Content, c.plan.Will}))
	c.call = l.roomUpdate(live, now, r.params)
	return c, nil
}

func newRoomRestore(live hms.Room, now, then State) (*roomRestore, error) {
	r := &roomRestore{live: live}
	if err := json.Unmarshal([]byte(then.Content), &r.then); err != nil {
		return nil, fmt.Errorf("read the state of the room: %w", err)
	}
	raw, err := json.Marshal(live)
	if err != nil {
		return nil, fmt.Errorf("read the room: %w", err)
	}
	r.raw, _ = parseObject(string(raw))
	r.was, _ = parseObject(then.Compared)
	r.is, _ = parseObject(now.Compared)
	r.will, _ = parseObject(now.Compared)
	return r, nil
}

// differs says whether a field was another than it is.
func (r *roomRestore) differs(field string) bool { return encode(r.was[field]) != encode(r.is[field]) }

// takes lets a field be as it was.
func (r *roomRestore) takes(fields ...string) {
	for _, f := range fields {
		delete(r.will, f)
		if was, had := r.was[f]; had {
			r.will[f] = was
		}
	}
}

func (r *roomRestore) leaves(field, why string) { r.left = append(r.left, Left{field, why}) }

// restoreName brings the name back, unless another room has it by now: what the API would do then isn't documented.
func (l *Ledger) restoreName(ctx context.Context, r *roomRestore) error {
	if !r.differs("name") || r.then.Name == "" {
		return nil
	}
	holder, err := l.hms.FindRoom(ctx, r.then.Name)
	switch {
	case err == nil && holder.ID != r.live.ID:
		r.leaves("name", "Another room has this name now: "+holder.ID+".")
		return nil
	case err != nil && !errors.Is(err, hms.ErrNotFound):
		return fmt.Errorf("look up the room name: %w", err)
	}
	r.params.Name = r.then.Name
	r.takes("name")
	return nil
}

// plain brings back what holds no secret (documentation: Rooms, "Update a room").
func (r *roomRestore) plain() {
	p := &r.params
	for _, f := range []struct {
		field string
		set   func()
		why   string // why it can't be
	}{
		{field: "description", set: func() { p.Description = &r.then.Description }},
		{field: "template_id", why: "An update can't change the template of a room. Making a room of the same name with the other template does."},
		{field: "region", set: func() { p.Region = r.then.Region }, why: r.unless(r.then.Region != "", "It isn't on record.")},
		{field: "large_room", set: func() { p.LargeRoom = &r.then.LargeRoom }},
		{field: "size", set: func() { p.Size = &r.then.Size }},
		{
			field: "max_duration_seconds", set: func() { p.MaxDurationSeconds = &r.then.MaxDurationSeconds },
			why: r.unless(r.then.MaxDurationSeconds != 0, "It had none, and 100ms names no way to take a limit away."),
		},
		{field: "polls", set: func() { p.Polls = append([]string{}, r.then.Polls...) }},
		{field: "enabled", set: func() { p.Enabled = &r.then.Enabled }},
	} {
		switch {
		case !r.differs(f.field):
		case f.why != "":
			r.leaves(f.field, f.why)
		default:
			f.set()
			r.takes(f.field)
		}
	}
}

// unless is why a field can't be brought back, unless it can.
func (r *roomRestore) unless(can bool, why string) string {
	if can {
		return ""
	}
	return why
}

// recording brings the recording settings back, which are replaced as a whole.
func (r *roomRestore) recording() error {
	if !r.differs("recording") && !r.differs("recording_info") {
		return nil
	}
	if recordingOf(r.then) == "inherit" {
		r.leaves("recording", "It followed its template. 100ms names no way back to that.")
		return nil
	}
	info := &hms.RecordingInfo{}
	if err := r.revive(r.then.RecordingInfo, "recording_info", recordingShape, info); err != nil {
		return err
	}
	if info.UploadInfo != nil && info.UploadInfo.Credentials == nil {
		r.askForCredentials(info.UploadInfo)
	}
	r.params.RecordingInfo = info
	r.takes("recording", "recording_info")
	return nil
}

// askForCredentials offers to type the credentials of a bucket that only readings told of: these leave them out.
func (r *roomRestore) askForCredentials(up *hms.UploadInfo) {
	const path = "recording_info.upload_info.credentials."
	key, secret := r.typed[path+"key"], r.typed[path+"secret"]
	half := (key == "") != (secret == "")
	r.asked = append(r.asked,
		Secret{Path: path + "key", Optional: !half, Missing: half && key == ""},
		Secret{Path: path + "secret", Optional: !half, Missing: half && secret == ""})
	if key != "" && secret != "" {
		up.Credentials = &hms.Credentials{Key: key, Secret: secret}
	}
}

// webhook brings the webhook back, which is replaced as a whole.
func (r *roomRestore) webhook() error {
	if !r.differs("webhook") {
		return nil
	}
	if r.then.Webhook == nil {
		r.leaves("webhook", "It had none. 100ms names no way to take a webhook away.")
		return nil
	}
	hook := &hms.Webhook{}
	if err := r.revive(r.then.Webhook, "webhook", webhookShape, hook); err != nil {
		return err
	}
	r.params.Webhook = hook
	r.takes("webhook")
	return nil
}

// revive fills into with what then was, secrets and all.
func (r *roomRestore) revive(then any, key string, s shape, into any) error {
	text, err := json.Marshal(then)
	if err != nil {
		return fmt.Errorf("read the state of the room: %w", err)
	}
	tree, _ := parseObject(string(text))
	raw, err := json.Marshal(r.object(tree, r.raw[key], s, key))
	if err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	return nil
}

// otherRoom is the error when an update was answered with another room than the one that was addressed.
type otherRoom struct{ id string }

func (e *otherRoom) Error() string {
	return "100ms answered with another room, " + e.id + ", which has this name by now. This room was not changed; that one may have been."
}

// roomUpdate is the call that changes a room as p says.
func (l *Ledger) roomUpdate(have hms.Room, now State, p hms.RoomParams) call {
	var room hms.Room
	return call{
		action: "room.update", target: Target{Kind: "room", ID: have.ID, Name: have.Name},
		method: http.MethodPost, path: "/rooms/" + url.PathEscape(have.ID), params: p, shape: roomShape,
		before: l.redact.value(have, roomShape), secrets: append(secretsOf(have), secretsOf(hms.Room{Webhook: p.Webhook, RecordingInfo: p.RecordingInfo})...),
		send: func(ctx context.Context) (err error) {
			room, err = l.hms.UpdateRoom(ctx, have.ID, p)
			if err == nil && room.ID != have.ID {
				return &otherRoom{room.ID}
			}
			return err
		},
		done: func(row *db.Row) {
			rec := l.RoomRecord(room)
			switch {
			case onlyEnabled(p):
				rec = l.switched(have, now, room)
			case p.RecordingInfo == nil:
				rec.Data = carried(rec.Data, now.Content)
			}
			row.TargetName, row.After = rec.Name, rec.Data
		},
	}
}

// onlyEnabled says whether nothing but that is changed: the answer leaves most out then.
func onlyEnabled(p hms.RoomParams) bool {
	p.Enabled = nil
	return encode(p) == "{}"
}

// switched is a room of which only that was changed whether it is enabled.
func (l *Ledger) switched(have hms.Room, now State, room hms.Room) db.Room {
	have.Enabled, have.UpdatedAt = room.Enabled, room.UpdatedAt
	rec := l.RoomRecord(have)
	if tree, ok := parseObject(now.Content); ok {
		tree["enabled"], tree["updated_at"] = have.Enabled, have.UpdatedAt
		rec.Data = encode(tree)
	}
	return rec
}
