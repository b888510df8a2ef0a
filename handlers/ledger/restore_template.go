package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

func (l *Ledger) planTemplate(ctx context.Context, id string, at time.Time, typed map[string]string) (change, error) {
	t := Target{Kind: "template", ID: id}
	then, err := l.toRestore(ctx, t, at)
	if err != nil {
		return change{}, err
	}
	live, err := l.liveTemplate(ctx, id)
	if err != nil {
		return change{}, err
	}
	was, readable := parseObject(then.Content)
	if !readable {
		return change{}, errors.New("the state of the template can't be read")
	}
	r := reviver{redact: l.redact, typed: typed}
	tree, will := l.revived(&r, was, live)
	body, err := bodyOf(tree)
	if err != nil {
		return change{}, err
	}
	for _, typed := range r.typed {
		body.secrets = append(body.secrets, typed)
	}
	c := change{name: body.next.Name, plan: Restore{
		Target: live.target(), At: at, State: then, Now: compared("template", live.Shown), Will: compared("template", will),
		Left: r.left, Asked: r.asked, Unsure: r.unsure,
	}}
	c.plan.Version = l.Mark(encode([]any{"template", id, live.Shown, then.Content, c.plan.Will}))
	l.carryOut(&c, live, body, will)
	return c, nil
}

// versionAt is the version that a template had at a moment, as a state: versions stay when the history that told them is removed.
// The error is ErrNoState when none was known by then.
func (l *Ledger) versionAt(ctx context.Context, id string, at time.Time) (State, error) {
	v, err := l.db.TemplateVersionAt(ctx, l.workspace.ID, id, at)
	if errors.Is(err, db.ErrNotFound) {
		return State{}, ErrNoState
	}
	if err != nil {
		return State{}, err
	}
	return State{
		Seq: v.Seq, Time: v.Time, Operation: v.Operation, Action: v.Action, Actor: v.Actor, ActorKind: v.ActorKind, Reason: v.Reason,
		Seen: strings.HasSuffix(v.Action, seenVerb), First: v.N == 1, Content: v.Data, Compared: compared("template", v.Data),
	}, nil
}

// liveTemplate is a template as the API shows it, without a look at what is on record.
func (l *Ledger) liveTemplate(ctx context.Context, id string) (LiveTemplate, error) {
	t, tree, err := l.fetchTemplate(ctx, id)
	if err != nil {
		return LiveTemplate{}, err
	}
	return LiveTemplate{ID: t.ID, Name: t.Name, Tree: tree, Shown: l.redact.tree(tree, templateShape), Default: t.Default}, nil
}

// revived is what a template was, as it is sent, and as it will be shown then.
func (l *Ledger) revived(r *reviver, was map[string]any, live LiveTemplate) (tree map[string]any, will string) {
	list := reviveRecordings(r, was, live.recordings())
	then := withoutKeys(was, apart...)
	tree = r.members(then, withoutKeys(live.Tree, apart...), templateShape, "")
	will = l.willBe(tree, then)
	shown, _ := parseObject(will)
	shown[recordings] = l.redact.apply(list, rule{how: object, fields: recordingConfigShape})
	tree[recordings] = list
	return tree, encode(shown)
}

// reviveRecordings are the recording configurations as they were, or those that it has now where they can't be brought back.
func reviveRecordings(r *reviver, was map[string]any, now []any) []any {
	then, told := was[recordings].([]any)
	switch {
	case !told && len(now) > 0:
		r.left = append(r.left, Left{recordings, "Nobody had read by then how its rooms were recorded."})
		return now
	case len(then) == 0 && len(now) > 0:
		r.left = append(r.left, Left{recordings, "100ms replaces a recording configuration, but doesn't take it away."})
		return now
	}
	list, _ := r.object(then, now, recordingConfigShape, recordings).([]any)
	return list
}

// carryOut sets the call that a restore takes: the template's update or, where only these differ, that of its recording
// configurations. Where both differ these come second.
func (l *Ledger) carryOut(c *change, live LiveTemplate, body templateBody, will string) {
	shown, _ := parseObject(will)
	is, _ := parseObject(live.Shown)
	records := compared("template", onlyRecordings(shown)) != compared("template", onlyRecordings(is))
	if records && compared("template", encode(withoutKeys(shown, recordings))) == compared("template", encode(withoutKeys(is, recordings))) {
		c.call = l.templateRecord(live.target(), live.Shown, body.configs)
		c.call.secrets = body.secrets
		return
	}
	var after string
	c.call = l.templateUpdate(live, body.next, body.secrets, &after)
	if records {
		c.call.next = l.toFollow(body.list)
		c.more = func(ctx context.Context, ch Change, operation string) error {
			return l.goOn(ctx, ch, MadeTemplate{ID: live.ID, Name: c.name, Operation: operation}, after, body)
		}
	}
}

// willBe is what a revived template looks like in history: secrets that are still to be typed bear the marks of then.
func (l *Ledger) willBe(tree, then map[string]any) string {
	shown, _ := parseObject(l.redact.value(tree, templateShape))
	return encode(overlay(shown, then))
}

// overlay is what was then, with what only a revived tree has.
func overlay(now, then any) any {
	switch then := then.(type) {
	case map[string]any:
		is, _ := now.(map[string]any)
		out := make(map[string]any, len(is))
		for key := range is {
			out[key] = overlay(is[key], then[key])
		}
		return out
	case []any:
		is, _ := now.([]any)
		out := make([]any, len(then))
		for i := range then {
			out[i] = overlay(itemAt(is, i), then[i])
		}
		return out
	case nil:
		return now
	}
	if then == hidden {
		return now
	}
	return then
}

// templateOf reads a tree as a template that is sent as the tree stands.
func templateOf(tree map[string]any) (hms.Template, error) {
	raw, err := json.Marshal(tree)
	if err != nil {
		return hms.Template{}, fmt.Errorf("write the template: %w", err)
	}
	var t hms.Template
	if err := json.Unmarshal(raw, &t); err != nil {
		return hms.Template{}, fmt.Errorf("write the template: %w", err)
	}
	return t, nil
}
