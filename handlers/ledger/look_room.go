package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

// hashedName is how accounts under HIPAA show names.
var hashedName = regexp.MustCompile(`(?i)(^|:)[0-9a-f]{64}$`)

// mostRenamed is how many rooms are read one by one in search of one that was renamed.
const mostRenamed = 20

// forNewRoom looks for a room that was to be made under a name which was free.
func (k *looker) forNewRoom(ctx context.Context) (finding, error) {
	room, err := k.named(ctx)
	if errors.Is(err, hms.ErrNotFound) {
		return k.unlessRenamed(ctx, nil, "No room of this name exists")
	}
	if err != nil {
		return finding{}, err
	}
	f := finding{room: &room, fresh: true}
	switch {
	case k.after(room.CreatedAt):
		return k.unlessRenamed(ctx, &room, "Another tool made the room of this name after the call had ended")
	case k.before(room.CreatedAt):
		return k.ofOlderRoom(room), nil
	case k.agrees(room, k.intent.Request):
		f.verdict, f.words = isMade, "A room of this name was made at that time, and is as asked for."
	case untouched(room):
		f.verdict = isNotMade
		f.words = "The room of this name is not as asked for, and nobody has changed it since it was made. So another tool made it: not made."
	default:
		f.words = "A room of this name was made at that time, but is not as asked for: it was changed since, or another tool made it."
	}
	return f, nil
}

// untouched says whether surely nobody has changed a room since it was made: then the time of its last change is not after
// that of its making, but a little before it.
func untouched(room hms.Room) bool { return untouchedSince(room.CreatedAt, room.UpdatedAt) }

// ofOlderRoom tells of a room that has the name now and is older than the call, although the name was free just before: made
// by another tool in between, or renamed.
func (k *looker) ofOlderRoom(room hms.Room) finding {
	switch {
	case k.before(room.UpdatedAt):
		return finding{
			verdict: isNotMade, room: &room,
			words: "Another tool made the room of this name just before, and it was not changed since: not made.",
		}
	case k.agrees(room, k.intent.Request) && !k.surelyBefore(room.CreatedAt, k.span.from.Add(-closeCall)) && !k.after(room.UpdatedAt):
		return finding{
			verdict: isMade, room: &room,
			words:  "The room of this name was changed at that time, and is as asked for.",
			remark: "This may have overwritten a room that another tool made just before.",
		}
	}
	return finding{room: &room, words: "The room of this name is older than this change: another tool gave it the name meanwhile, so its state tells nothing."}
}

// unlessRenamed is "not made", unless a room that was made during the call was changed since: it may have had the name.
func (k *looker) unlessRenamed(ctx context.Context, room *hms.Room, words string) (finding, error) {
	f := finding{room: room, verdict: isNotMade, words: words + ": not made."}
	suspects, err := k.madeMeanwhile(ctx)
	if err != nil {
		return finding{}, err
	}
	if len(suspects) > mostRenamed {
		f.verdict = isUnclear
		f.words = fmt.Sprintf("%s, but %d other rooms were made at that time: one of them can have had it, and been renamed.", words, len(suspects))
		return f, nil
	}
	for _, id := range suspects {
		other, err := k.room(ctx, id)
		if err != nil {
			return finding{}, err
		}
		if !untouched(other) {
			f.verdict, f.room = isUnclear, &other
			f.words = words + ", but room " + other.ID + " (" + other.Name + ") was made at that time and changed since: it can have had the name."
			return f, nil
		}
	}
	return f, nil
}

// madeMeanwhile are the ids of the rooms that were made during the call, but for those that are known to be another
// operation's and the one that has the name now.
func (k *looker) madeMeanwhile(ctx context.Context) ([]string, error) {
	from := k.span.from.Add(-closeCall)
	if earliest, _, ok := k.hms.ServerClock(k.span.from); ok {
		from = earliest
	}
	var ids []string
	for _, enabled := range []bool{true, false} {
		q := hms.RoomQuery{Enabled: &enabled, After: from}
		k.ask("/rooms", url.Values{"enabled": {strconv.FormatBool(enabled)}, "after": {from.UTC().Format(time.RFC3339Nano)}})
		for room, err := range k.hms.AllRooms(ctx, q) {
			if err != nil {
				return nil, err
			}
			if k.after(room.CreatedAt) || strings.EqualFold(room.Name, k.intent.TargetName) {
				continue
			}
			others, err := k.ofOthers(ctx, room)
			if err != nil {
				return nil, err
			}
			if !others {
				ids = append(ids, room.ID)
			}
		}
	}
	return ids, nil
}

// ofOthers says whether another operation of ours accounts for the room: it made it, or may have made it about that time under
// the name that the room has.
func (k *looker) ofOthers(ctx context.Context, room hms.Room) (bool, error) {
	known, err := k.db.Room(ctx, k.workspace.ID, room.ID)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return false, err
	}
	if known.Operation != "" {
		return known.Operation != k.intent.Operation, nil
	}
	tries, err := k.db.Operations(ctx, db.OperationQuery{
		Workspace: k.workspace.ID, Action: "room.create", TargetKind: "room", Target: room.Name,
		From: k.span.from.Add(-longestCall), To: k.span.to.Add(2 * closeCall), // clocks are compared by whole seconds
	})
	return slices.ContainsFunc(tries, func(o db.Operation) bool { return o.Outcome != db.OutcomeFailed }), err
}

// atOverwritten looks at a room that was to be overwritten: by its id, as its name may be another one by now.
func (k *looker) atOverwritten(ctx context.Context) (finding, error) {
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
	f := finding{room: &room}
	asFor, hadBeen := k.agrees(room, k.intent.Request), agree(k.intent.Before, k.intent.Request)
	switch {
	case sameMoment(was.UpdatedAt, room.UpdatedAt):
		f.verdict, f.words = isNotMade, "The room was not changed since: not made."
	case !strings.EqualFold(room.Name, was.Name) && (!asFor || k.before(room.UpdatedAt)):
		return k.underName(ctx)
	case k.before(room.UpdatedAt):
		f.verdict, f.words = isNotMade, "The room was not changed since: not made."
	case asFor && !hadBeen:
		f.verdict, f.words = isMade, "The room is as asked for, and was not before."
	case asFor && !room.UpdatedAt.IsZero() && !k.after(room.UpdatedAt):
		f.verdict, f.words = isMade, "The room is as asked for, and was changed at that time."
	case asFor:
		f.words = "The room is as asked for, but it was so before as well, and was changed after the call had ended."
	default:
		f.words = "The room was changed since and is not as asked for: another tool changed it before, after or instead."
	}
	return f, nil
}

// underName looks for the room that the call has made if the one to be overwritten had been given another name just before.
func (k *looker) underName(ctx context.Context) (finding, error) {
	f := finding{words: "The room has another name now and is not as asked for: it was changed before, after or instead."}
	room, err := k.named(ctx)
	if errors.Is(err, hms.ErrNotFound) {
		return f, nil
	}
	if err != nil {
		return finding{}, err
	}
	f.room = &room
	if k.agrees(room, k.intent.Request) && !k.before(room.CreatedAt) && !k.after(room.CreatedAt) {
		f.verdict, f.fresh = isMade, true
		f.words = "A room of this name was made at that time, and is as asked for."
		f.remark = "The room to be overwritten had been given another name just before, so this made a new one."
	}
	return f, nil
}

// decodeIf decodes what an intent holds, if anything.
func decodeIf(text string, into any) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("read the intent: %w", err)
	}
	return nil
}

// agrees says whether a room is as a (redacted) request wanted it, in everything that both show.
func (l *Ledger) agrees(room hms.Room, request string) bool {
	return agree(l.redact.value(room, roomShape), request)
}

// agree is agrees for a room that is redacted already.
func agree(room, request string) bool {
	var want, have map[string]any
	if json.Unmarshal([]byte(request), &want) != nil || json.Unmarshal([]byte(room), &have) != nil {
		return false
	}
	name, _ := want["name"].(string)
	if shown, _ := have["name"].(string); !strings.EqualFold(name, shown) && hashedName.MatchString(shown) {
		delete(want, "description") // neither does such an account show descriptions
	}
	delete(want, "name") // found by it, in any case
	if want["region"] == "auto" {
		delete(want, "region") // answered as the template's
	}
	return contains(have, want)
}

// contains says whether have holds all that want asks for; what the API leaves out of its answers counts as agreeing
// when it is a secret, and as zero otherwise.
func contains(have, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		h, _ := have.(map[string]any)
		for k, w := range want {
			if k == "credentials" && h[k] == nil {
				continue
			}
			if !contains(h[k], w) {
				return false
			}
		}
		return true
	case []any:
		h, _ := have.([]any)
		return slices.EqualFunc(h, want, contains)
	}
	if have == nil {
		return want == false || want == float64(0) || want == ""
	}
	return have == want
}
