package ledger

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

// verdict is what may be said of an open operation after looking.
type verdict int

const (
	isUnclear verdict = iota // what the API shows fits both, or neither
	isEarly                  // the API may still be at work on the call
	isMade
	isNotMade
)

// finding is what looking brought to light.
type finding struct {
	verdict verdict
	words   string    // what was found: of what wasn't made, why; of what is unclear, why that is so
	remark  string    // on something made: what else is to be known
	asked   []string  // of the API, in order
	room    *hms.Room // as it is now, when it was found; it may hold secrets
	codes   *codes    // the room's as they are now, when they were listed
	fresh   bool      // a room that wasn't there before

	template   string // as it is now, redacted, when it was found
	templateID string // where the intent didn't know it
}

// clear says whether the operation can be closed.
func (f finding) clear() bool { return f.verdict == isMade || f.verdict == isNotMade }

// longestCall is the most that a call can take with all its attempts and the waits between them, and more.
const longestCall = 10 * time.Minute

// span is when the API can have been at work on a call, by our clock.
type span struct{ from, to time.Time }

// spanOf is the span of an intent's call: it ends when the call did, when its process was gone, or after the longest a call
// can take.
func (l *Ledger) spanOf(intent db.Row) span {
	s := span{from: intent.Time, to: intent.Time.Add(longestCall)}
	l.mu.Lock()
	ended, ours := l.ended[intent.Operation]
	l.mu.Unlock()
	switch {
	case !ours && intent.Time.Before(l.started):
		ended = l.started
	case !ours:
		ended = s.to
	}
	if ended.Before(s.to) {
		s.to = ended
	}
	s.to = s.to.Add(l.grace)
	return s
}

// early says whether the API may still be at work on an intent's call.
func (l *Ledger) early(intent db.Row) bool {
	sent := intent.Time
	if l.started.After(sent) {
		sent = l.started // a call that was repeated can be much younger than its intent
	}
	return l.now().Sub(sent) < l.grace
}

// looker looks at one intent.
type looker struct {
	*Ledger
	intent db.Row
	span   span
	asked  []string
}

// look asks the API what became of an intent.
func (l *Ledger) look(ctx context.Context, op db.Operation, intent db.Row) (finding, error) {
	k := &looker{Ledger: l, intent: intent, span: l.spanOf(intent)}
	f, err := k.byAction(ctx)
	if err != nil {
		return finding{}, err
	}
	f.asked = k.asked
	if f.verdict != isMade && l.early(intent) {
		f.verdict, f.words = isEarly, "100ms may still be at work on the call. "+f.words
		return f, nil
	}
	// Asked after the API was: a change of ours that what we saw could come from is on record by now.
	later, err := l.changedSince(ctx, op)
	if err == nil && later != "" && f.clear() {
		f.verdict = isUnclear
		f.words = "Operation " + later + " of this desk came afterwards, so what 100ms shows now tells nothing of this one."
	}
	return f, err
}

func (k *looker) byAction(ctx context.Context) (finding, error) {
	switch {
	case k.intent.Action == "room.create" && k.intent.Before == "":
		return k.forNewRoom(ctx)
	case k.intent.Action == "room.create":
		return k.atOverwritten(ctx)
	case k.intent.Action == "room.enable" || k.intent.Action == "room.disable":
		return k.atSwitch(ctx)
	case k.intent.Action == "room.update":
		return k.atUpdated(ctx)
	case subject(k.intent.Action) == "template":
		return k.atTemplate(ctx)
	case subject(k.intent.Action) == "code":
		return k.atCodes(ctx)
	}
	return finding{}, fmt.Errorf("no way to look for action %s", k.intent.Action)
}

// changedSince returns a later operation of ours on the same subject that was made or may have been; "" when there is none.
// Where an earlier one could be told, it was settled before the later one was begun.
func (l *Ledger) changedSince(ctx context.Context, op db.Operation) (string, error) {
	q := db.OperationQuery{Workspace: op.Workspace, TargetKind: op.TargetKind, Target: op.TargetID, AfterSeq: op.Seq, Limit: 200}
	if q.Target == "" {
		q.Target = op.TargetName
	}
	later, err := l.db.Operations(ctx, q)
	if err != nil {
		return "", fmt.Errorf("read later operations: %w", err)
	}
	for _, o := range later {
		if o.Outcome != db.OutcomeFailed && subject(o.Action) == subject(op.Action) && asks(o.Action) {
			return o.ID, nil
		}
	}
	return "", nil
}

// asks says whether an action changes something at the API: looking at it, handing it out and marking it don't.
func asks(action string) bool {
	return !strings.HasSuffix(action, seenVerb) && action != "template.export" && action != "template.default"
}

// ask notes what is asked of the API.
func (k *looker) ask(path string, query url.Values) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	k.asked = append(k.asked, http.MethodGet+" "+path)
}

// room reads a room by its id. The error Is hms.ErrNotFound when there is none.
func (k *looker) room(ctx context.Context, id string) (hms.Room, error) {
	k.ask("/rooms/"+url.PathEscape(id), nil)
	return k.hms.Room(ctx, id)
}

// named reads the room that has the intent's name now, enabled or not. The error Is hms.ErrNotFound when there is none.
func (k *looker) named(ctx context.Context) (hms.Room, error) {
	for _, enabled := range []string{"true", "false"} {
		k.ask("/rooms", url.Values{"name": {k.intent.TargetName}, "enabled": {enabled}})
	}
	found, err := k.hms.FindRoom(ctx, k.intent.TargetName)
	if err != nil {
		return hms.Room{}, err
	}
	return k.room(ctx, found.ID)
}

// before says whether t, a time of the API, is surely before the call.
func (k *looker) before(t time.Time) bool { return k.surelyBefore(t, k.span.from) }

// after says whether t, a time of the API, is surely after the end of the call.
func (k *looker) after(t time.Time) bool { return k.surelyAfter(t, k.span.to) }

// surelyBefore says whether t, a time of the API, is surely before our time at: by the API's clock where that is known.
// A time that the API didn't tell is before nothing.
func (l *Ledger) surelyBefore(t, at time.Time) bool {
	if t.IsZero() {
		return false
	}
	if earliest, _, ok := l.hms.ServerClock(at); ok {
		return t.Before(earliest)
	}
	return t.Before(at.Add(-closeCall))
}

// surelyAfter is surelyBefore the other way round.
func (l *Ledger) surelyAfter(t, at time.Time) bool {
	if t.IsZero() {
		return false
	}
	if _, latest, ok := l.hms.ServerClock(at); ok {
		return t.After(latest)
	}
	return t.After(at.Add(closeCall))
}

// sameMoment says whether two times of the API are known and the same. It stores milliseconds.
func sameMoment(a, b time.Time) bool {
	return !a.IsZero() && !b.IsZero() && a.Truncate(time.Millisecond).Equal(b.Truncate(time.Millisecond))
}

// switched is something that is on or off, and when the API last changed it.
type switched struct {
	on bool
	at time.Time
}

// ofSwitch tells what became of switching something that was so before, and is so now.
func (k *looker) ofSwitch(was, is switched, wanted bool, what string) finding {
	state := map[bool]string{true: "enabled", false: "disabled"}
	switch {
	case is.on == wanted && (was.on == wanted || k.before(is.at)):
		return finding{verdict: isMade, words: what + " is " + state[wanted] + ".", remark: "It was so before already: whether the call arrived makes no difference."}
	case is.on == wanted && k.after(is.at):
		return finding{words: what + " is " + state[wanted] + ", but was changed after the call had ended. That can have been another tool."}
	case is.on == wanted:
		return finding{verdict: isMade, words: what + " is " + state[wanted] + "."}
	case sameMoment(was.at, is.at) || k.before(is.at):
		return finding{verdict: isNotMade, words: what + " is as it was before: not made."}
	}
	return finding{words: what + " is " + state[is.on] + " and was changed since: this can have been made and undone."}
}

// atSwitch looks at a room that was to be enabled or disabled.
func (k *looker) atSwitch(ctx context.Context) (finding, error) {
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
	wanted := k.intent.Action == "room.enable"
	f := k.ofSwitch(switched{was.Enabled, was.UpdatedAt}, switched{room.Enabled, room.UpdatedAt}, wanted, "The room")
	f.room = &room
	return f, nil
}

// gone is the finding where the API doesn't know a room any more, although rooms can't be deleted.
func gone() finding { return finding{words: "100ms doesn't know the room any more."} }

// atCodes looks at the codes of a room.
func (k *looker) atCodes(ctx context.Context) (finding, error) {
	var asked hms.RoomCode
	var was codes
	if err := errors.Join(decodeIf(k.intent.Request, &asked), decodeIf(k.intent.Before, &was)); err != nil {
		return finding{}, err
	}
	k.ask("/room-codes/room/"+url.PathEscape(k.intent.TargetID), nil)
	now, err := k.codesOf(ctx, k.intent.TargetID)
	if e, ok := errors.AsType[*hms.Error](err); ok && !e.IsAuth() {
		switch e.Status {
		case http.StatusForbidden:
			return finding{words: "100ms doesn't list the codes of a disabled room. Only when the room is enabled again can this be told."}, nil
		case http.StatusNotFound:
			return gone(), nil
		}
	}
	if err != nil {
		return finding{}, err
	}
	var f finding
	if k.intent.Action == "code.create" {
		f = k.ofNewCodes(was.Data, now.Data)
	} else {
		f = k.ofCode(was.Data, now.Data, asked)
	}
	f.codes = &now
	return f, nil
}

// ofNewCodes tells whether codes were made: by what they are and, where another tool made some too, by when.
func (k *looker) ofNewCodes(was, now []hms.RoomCode) finding {
	var fresh, ours []string
	for _, code := range now {
		if slices.ContainsFunc(was, func(old hms.RoomCode) bool { return old.Code == code.Code }) {
			continue
		}
		fresh = append(fresh, code.Code)
		// Some answers cut the time of a code to whole seconds.
		if !k.after(code.CreatedAt) && !k.before(code.CreatedAt.Add(time.Second)) {
			ours = append(ours, code.Code)
		}
	}
	switch {
	case len(ours) > 0:
		return finding{verdict: isMade, words: "The room has codes that it hadn't before: " + strings.Join(ours, ", ") + "."}
	case len(fresh) > 0:
		return finding{verdict: isNotMade, words: "The room's new codes were made at another time, by another tool: not made."}
	}
	return finding{verdict: isNotMade, words: "The room's codes are as they were before: not made."}
}

// ofCode tells what became of switching one code.
func (k *looker) ofCode(was, now []hms.RoomCode, asked hms.RoomCode) finding {
	is := func(code hms.RoomCode) bool { return code.Code == asked.Code }
	i, j := slices.IndexFunc(was, is), slices.IndexFunc(now, is)
	if i < 0 || j < 0 {
		return finding{words: "100ms doesn't list the code any more."}
	}
	return k.ofSwitch(switched{was[i].Enabled, was[i].UpdatedAt}, switched{now[j].Enabled, now[j].UpdatedAt}, asked.Enabled, "The code")
}
