package ledger

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"roomledger/db"
	"roomledger/web/hms"
)

// CreateRoomCodes makes a code for each role of the room's template that has none. Errors as with SetRoomEnabled.
func (l *Ledger) CreateRoomCodes(ctx context.Context, ch Change, room Target) (Made, error) {
	path := "/room-codes/room/" + url.PathEscape(room.ID)
	return l.changeCode(ctx, ch, room, "", call{
		action: "code.create", method: http.MethodPost, path: path,
		send: func(ctx context.Context) error {
			_, err := l.hms.CreateRoomCodes(ctx, room.ID)
			return err
		},
	})
}

// SetCodeEnabled enables or disables one code of a room. Errors as with SetRoomEnabled; a code that isn't the room's is
// db.ErrNotFound.
func (l *Ledger) SetCodeEnabled(ctx context.Context, ch Change, room Target, code string, enabled bool) (Made, error) {
	action := "code.disable"
	if enabled {
		action = "code.enable"
	}
	return l.changeCode(ctx, ch, room, code, call{
		action: action, method: http.MethodPost, path: "/room-codes/code",
		params: hms.RoomCode{Code: code, Enabled: enabled},
		send: func(ctx context.Context) error {
			_, err := l.hms.SetRoomCodeEnabled(ctx, code, enabled)
			return err
		},
	})
}

// changeCode changes the codes of a room: one of them, or with code "" all.
func (l *Ledger) changeCode(ctx context.Context, ch Change, room Target, code string, c call) (Made, error) {
	c.target, c.shape = room, codeShape
	made := Made{RoomID: room.ID, RoomName: room.Name}
	err := l.once(ctx, ch, func() error {
		unlock, err := l.lockRoom(ctx, room.Name, c.action)
		if err != nil {
			return err
		}
		defer unlock()
		have, err := l.codesOf(ctx, room.ID)
		if err != nil {
			return err
		}
		if code != "" && !slices.ContainsFunc(have.Data, func(c hms.RoomCode) bool { return c.Code == code }) {
			return fmt.Errorf("code of room %s: %w", room.ID, db.ErrNotFound)
		}
		c.before = l.redact.value(have, codeShape)
		made.Operation, err = l.perform(ctx, ch, c)
		return err
	}, func(first db.Operation) error {
		made.Operation, made.Again = first.ID, true
		return l.firstError(ctx, first)
	})
	return made, err
}

// codes are those of one room, as the API lists them.
type codes struct {
	Data []hms.RoomCode `json:"data"`
}

func (l *Ledger) codesOf(ctx context.Context, roomID string) (codes, error) {
	var have codes
	for code, err := range l.hms.AllRoomCodes(ctx, roomID) {
		if err != nil {
			return codes{}, fmt.Errorf("list the codes of the room: %w", err)
		}
		have.Data = append(have.Data, code)
	}
	return have, nil
}

// lockRoom takes the lock of a room's name for a change. Earlier changes of that room whose outcome is unknown are
// settled first, as they could be taken for this one later, or this one for them. The error is *Pending where that
// can't be done yet.
func (l *Ledger) lockRoom(ctx context.Context, name, action string) (unlock func(), err error) {
	unlock, err = l.locks.lock(ctx, "room\x00"+foldName(name))
	if err != nil {
		return nil, err
	}
	if err := l.closeEarlier(ctx, name, action); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// Pending is the error when an earlier change of the same room or template has no known outcome yet: nothing was sent.
type Pending struct{ Operation string }

func (e *Pending) Error() string {
	return "operation " + e.Operation + " is of the same room or template and has no known outcome yet"
}

// closeEarlier settles what is open for the room or template of this name. Codes don't stand in the way of changes to the room
// itself: those of a disabled room can't even be listed. Neither does what waiting can't make clear: it stays unknown.
func (l *Ledger) closeEarlier(ctx context.Context, name, action string) error {
	open, err := l.db.OpenNamed(ctx, l.workspace.ID, name)
	if err != nil {
		return fmt.Errorf("read open operations: %w", err)
	}
	for _, op := range open {
		f, err := finding{verdict: isEarly}, error(nil)
		if !l.isInFlight(op.ID) {
			f, err = l.settle(ctx, op, Change{Actor: System})
		}
		switch {
		case subject(op.Action) != subject(action):
		case err != nil && !errors.Is(err, context.Canceled):
			return fmt.Errorf("settle an earlier change of this %s: %w", subject(action), err)
		case err != nil || f.verdict == isEarly:
			return &Pending{Operation: op.ID}
		}
	}
	return nil
}
