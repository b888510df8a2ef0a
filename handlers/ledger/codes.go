package ledger

import (
	"context"
	"net/http"
	"net/url"

	"roomledger/db"
	"roomledger/web/hms"
)

// CreateRoomCodes makes a code for each role of the room's template that has none. Errors as with SetRoomEnabled.
func (l *Ledger) CreateRoomCodes(ctx context.Context, ch Change, room Target) (Made, error) {
	path := "/room-codes/room/" + url.PathEscape(room.ID)
	return l.changeCode(ctx, ch, room, call{
		action: "code.create", method: http.MethodPost, path: path,
		send: func(ctx context.Context) error {
			_, err := l.hms.CreateRoomCodes(ctx, room.ID)
			return err
		},
	})
}

// SetCodeEnabled enables or disables one code of a room. Errors as with SetRoomEnabled.
func (l *Ledger) SetCodeEnabled(ctx context.Context, ch Change, room Target, code string, enabled bool) (Made, error) {
	action := "code.disable"
	if enabled {
		action = "code.enable"
	}
	return l.changeCode(ctx, ch, room, call{
		action: action, method: http.MethodPost, path: "/room-codes/code",
		params: hms.RoomCode{Code: code, Enabled: enabled},
		send: func(ctx context.Context) error {
			_, err := l.hms.SetRoomCodeEnabled(ctx, code, enabled)
			return err
		},
	})
}

func (l *Ledger) changeCode(ctx context.Context, ch Change, room Target, c call) (Made, error) {
	c.target, c.shape = room, codeShape
	made := Made{RoomID: room.ID, RoomName: room.Name}
	err := l.once(ctx, ch, func() error {
		unlock, err := l.locks.lock(ctx, "codes\x00"+room.ID)
		if err != nil {
			return err
		}
		defer unlock()
		made.Operation, err = l.perform(ctx, ch, c)
		return err
	}, func(first db.Operation) error {
		made.Operation, made.Again = first.ID, true
		return l.firstError(ctx, first)
	})
	return made, err
}
