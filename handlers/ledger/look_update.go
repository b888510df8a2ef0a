package ledger

import (
	"context"
	"errors"
	"time"

	"roomledger/web/hms"
)

// atUpdated looks at a room that was to be changed, by its id.
func (k *looker) atUpdated(ctx context.Context) (finding, error) {
	var was hms.Room
	if err := decodeIf(k.intent.Before, &was); err != nil {
		return finding{}, err
	}
	room, err := k.room(ctx, k.intent.TargetID)
	if errors.Is(err, hms.ErrNotFound) {
		return gone(), nil
	}
	if err != nil {
		return finding{}, err
	}
	f := k.ofUpdate("The room", was.UpdatedAt, room.UpdatedAt,
		k.asAsked(k.intent.Before), k.asAsked(k.redact.value(room, roomShape)))
	f.room = &room
	return f, nil
}

// asAsked says whether a redacted object is as the intent asked for, its name included.
func (k *looker) asAsked(object string) bool {
	want, _ := parseObject(k.intent.Request)
	have, _ := parseObject(object)
	name, _ := want["name"].(string)
	shown, _ := have["name"].(string)
	if name != "" && name != shown && !hashedName.MatchString(shown) {
		return false
	}
	return agree(object, k.intent.Request)
}

// ofUpdate tells what became of an update by when the object was changed last, and whether it was and is as asked for.
func (k *looker) ofUpdate(what string, was, is time.Time, hadBeen, asFor bool) finding {
	switch {
	case sameMoment(was, is) || k.before(is):
		return finding{verdict: isNotMade, words: what + " was not changed since: not made."}
	case asFor && !hadBeen:
		return finding{verdict: isMade, words: what + " is as asked for, and was not before."}
	case asFor && !is.IsZero() && !k.after(is):
		return finding{verdict: isMade, words: what + " is as asked for, and was changed at that time."}
	case asFor:
		return finding{words: what + " is as asked for, but it was so before as well, and was changed after the call had ended."}
	}
	return finding{words: what + " was changed since and is not as asked for: another tool changed it before, after or instead."}
}
