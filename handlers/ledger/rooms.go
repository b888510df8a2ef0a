package ledger

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

// Taken is the error when a room of that name exists and its overwriting wasn't agreed to: nothing was sent.
type Taken struct {
	Room  hms.Room // as it is; it may hold secrets
	Other bool     // overwriting was agreed to, but for another room than the one that has the name now
}

func (e *Taken) Error() string { return "the room name is taken by " + e.Room.ID }

// Made is a change that was done. Remark says what else is to be known, in words; it may be empty.
type Made struct {
	Operation string
	RoomID    string
	RoomName  string
	Overwrote bool
	Again     bool // the form was sent before: this is the first result
	Remark    string
}

// CreateRoom makes a room, or overwrites the one that has its name when overwrite is that room's id. A blank name is
// filled with a UUID, so that the room can be found again by name.
//
// Errors: *Taken, *Pending, *Unwritten, *Open, *Refused, ErrOtherContent, or what the look-up of the name met.
func (l *Ledger) CreateRoom(ctx context.Context, ch Change, p hms.RoomParams, overwrite string, secrets []string) (Made, error) {
	var made Made
	err := l.once(ctx, ch, func() error {
		var err error
		made, err = l.createRoom(ctx, ch, p, overwrite, secrets)
		return err
	}, func(first db.Operation) error {
		made = Made{Operation: first.ID, RoomID: first.TargetID, RoomName: first.TargetName, Again: true, Remark: first.Error}
		intent, err := l.db.Intent(ctx, first.ID)
		if err != nil {
			return fmt.Errorf("read first result: %w", err)
		}
		made.Overwrote = intent.Before != ""
		return l.firstError(ctx, first)
	})
	return made, err
}

func (l *Ledger) createRoom(ctx context.Context, ch Change, p hms.RoomParams, overwrite string, secrets []string) (Made, error) {
	if p.Name == "" {
		p.Name = newName()
	}
	unlock, err := l.lockRoom(ctx, p.Name, "room.create")
	if err != nil {
		return Made{}, err
	}
	defer unlock()
	have, err := l.roomToOverwrite(ctx, ch, p.Name, overwrite)
	if err != nil {
		return Made{}, err
	}
	var room hms.Room
	var sent time.Time
	var remark string
	c := call{
		action: "room.create", target: Target{Kind: "room", ID: have.ID, Name: p.Name},
		method: http.MethodPost, path: "/rooms", params: p, shape: roomShape, secrets: secrets,
	}
	if have.ID != "" {
		c.before = l.redact.value(have, roomShape)
		c.secrets = append(slices.Clone(secrets), secretsOf(have)...)
	}
	c.send = func(ctx context.Context) (err error) {
		sent = l.now()
		room, err = l.hms.CreateRoom(ctx, p)
		return err
	}
	c.done = func(row *db.Row) {
		if have.ID == "" {
			remark = l.overwroteUnseen("room", room.CreatedAt, room.UpdatedAt, sent, row.LatencyMS)
		}
		row.TargetID, row.TargetName = room.ID, room.Name
		if p.RecordingInfo == nil && recordingOf(have) == "inherit" {
			// The answer to a create may say "off" although the room inherits.
			room.RecordingInfo, room.RecordingSourceTemplate = nil, true
		}
		row.After, row.Error = l.redact.value(room, roomShape), remark
	}
	op, err := l.perform(ctx, ch, c)
	return Made{Operation: op, RoomID: room.ID, RoomName: p.Name, Overwrote: have.ID != "", Remark: remark}, err
}

// roomToOverwrite looks the name up among enabled and disabled rooms. It returns the room that the person agreed to
// overwrite, the zero Room when the name is free, and *Taken otherwise, which goes on record as well.
func (l *Ledger) roomToOverwrite(ctx context.Context, ch Change, name, overwrite string) (hms.Room, error) {
	found, err := l.hms.FindRoom(ctx, name)
	if errors.Is(err, hms.ErrNotFound) {
		return hms.Room{}, nil
	}
	if err != nil {
		return hms.Room{}, fmt.Errorf("look up the room name: %w", err)
	}
	have, err := l.hms.Room(ctx, found.ID) // lists leave out the storage
	if err != nil {
		return hms.Room{}, fmt.Errorf("read the room of that name: %w", err)
	}
	if have.ID == overwrite {
		return have, nil
	}
	t := Target{Kind: "room", ID: have.ID, Name: name}
	if err := l.Note(ctx, ch, "room.create", t, "Stopped: would overwrite room "+have.ID+".", nil); err != nil {
		return hms.Room{}, err
	}
	return hms.Room{}, &Taken{Room: have, Other: overwrite != ""}
}

// closeCall is how near to our intent a room's creation has to be for its overwriting to be only likely.
const closeCall = 2 * time.Second

// overwroteUnseen says, in words, whether the room or template that came back from a create was there before we asked, although
// the look-up just before hadn't found it: made by another tool in between. It trusts the API's own clock alone: the
// times of the object against each other, and against the clock that its answers show.
func (l *Ledger) overwroteUnseen(what string, created, updated, sent time.Time, latencyMS int64) string {
	// Both times of an object that this call made lie within this call.
	kept := updated.Sub(created) > time.Duration(latencyMS+1)*time.Millisecond
	age := updated.Sub(created)
	if earliest, _, ok := l.hms.ServerClock(sent); ok && !created.IsZero() && created.Before(earliest) {
		kept, age = true, max(age, earliest.Sub(created))
	}
	switch {
	case !kept || created.IsZero():
		return ""
	case age <= closeCall:
		return "This may have overwritten a " + what + " that another tool made just before."
	default:
		return "This has overwritten a " + what + " that another tool made at " + created.UTC().Format(time.RFC3339) + ", after we had looked."
	}
}

// SetRoomEnabled enables or disables a room. Errors as with CreateRoom, but for *Taken; a room that doesn't exist is hms.ErrNotFound.
func (l *Ledger) SetRoomEnabled(ctx context.Context, ch Change, id string, enabled bool) (Made, error) {
	made := Made{RoomID: id}
	err := l.once(ctx, ch, func() error {
		have, err := l.hms.Room(ctx, id)
		if err != nil {
			return fmt.Errorf("read the room: %w", err)
		}
		made.RoomName = have.Name
		made.Operation, err = l.setRoomEnabled(ctx, ch, have, enabled)
		return err
	}, func(first db.Operation) error {
		made.Operation, made.RoomName, made.Again = first.ID, first.TargetName, true
		return l.firstError(ctx, first)
	})
	return made, err
}

func (l *Ledger) setRoomEnabled(ctx context.Context, ch Change, have hms.Room, enabled bool) (string, error) {
	action := "room.disable"
	if enabled {
		action = "room.enable"
	}
	unlock, err := l.lockRoom(ctx, have.Name, action)
	if err != nil {
		return "", err
	}
	defer unlock()
	if have, err = l.hms.Room(ctx, have.ID); err != nil { // another change may have come before us
		return "", fmt.Errorf("read the room: %w", err)
	}
	return l.perform(ctx, ch, call{
		action: action, target: Target{Kind: "room", ID: have.ID, Name: have.Name},
		method: http.MethodPost, path: "/rooms/" + have.ID, shape: roomShape,
		params: hms.RoomParams{Enabled: &enabled}, before: l.redact.value(have, roomShape), secrets: secretsOf(have),
		send: func(ctx context.Context) error {
			_, err := l.hms.SetRoomEnabled(ctx, have.ID, enabled)
			return err
		},
		done: func(row *db.Row) {
			// The answer leaves out template and region: what it changes is known without it.
			have.Enabled = enabled
			row.After = l.redact.value(have, roomShape)
		},
	})
}

// foldName is a room's name as the API compares names.
func foldName(name string) string { return strings.ToLower(name) }

// subject is what an action is about: room or code.
func subject(action string) string {
	kind, _, _ := strings.Cut(action, ".")
	return kind
}

// RoomRecord is a room as the read model keeps it, without secrets. It counts as seen now.
func (l *Ledger) RoomRecord(r hms.Room) db.Room {
	rec := recordOf(r)
	rec.Workspace, rec.Data, rec.SeenAt = l.workspace.ID, l.redact.value(r, roomShape), l.now()
	return rec
}

func recordingOf(r hms.Room) string {
	switch {
	case r.RecordingSourceTemplate || r.RecordingInfo == nil:
		return "inherit"
	case r.RecordingInfo.Enabled:
		return "on"
	default:
		return "off"
	}
}

// Shown is a room without secrets, for a page.
func (l *Ledger) Shown(r hms.Room) hms.Room {
	if r.Webhook != nil {
		w := hms.Webhook{URL: l.redact.address(r.Webhook.URL), Headers: map[string]string{}}
		for k, v := range r.Webhook.Headers {
			w.Headers[k] = l.redact.mask(v)
		}
		r.Webhook = &w
	}
	if r.RecordingInfo != nil && r.RecordingInfo.UploadInfo != nil && r.RecordingInfo.UploadInfo.Credentials != nil {
		info, up := *r.RecordingInfo, *r.RecordingInfo.UploadInfo
		up.Credentials = &hms.Credentials{Key: l.redact.mask(up.Credentials.Key), Secret: l.redact.mask(up.Credentials.Secret)}
		info.UploadInfo = &up
		r.RecordingInfo = &info
	}
	return r
}
