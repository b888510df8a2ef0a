package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"roomledger/db"
)

// A change of a template and of its recording configurations takes two calls. What the second is to send stands in the intent of
// the first, as After: where the answer to the first is lost, or the program ends in between, the second never goes out, and that
// can be told. It is sent later only by the person who sends the form again: nobody else is known to want it still.

// notFollowed is the remark of a change that was made although its answer was lost.
const notFollowed = "Its recording configuration was not sent: that was to follow once this call was answered."

// Unsent is what a change of a template was to send by a second call, and didn't.
type Unsent struct {
	Operation string // the change
	Content   string // the recording configurations as JSON, under "recordings"; redacted
	Missing   bool   // the template isn't known to have them by now
}

// toFollow is what an intent tells of recording configurations that its change is to send by a second call.
func (l *Ledger) toFollow(list []any) string {
	return encode(map[string]any{recordings: l.redact.apply(list, rule{how: object, fields: recordingConfigShape})})
}

// Unsent returns what a change of a template that was made has left unsent; nil when that is nothing.
func (l *Ledger) Unsent(ctx context.Context, op db.Operation) (*Unsent, error) {
	if op.Outcome != db.OutcomeDone || op.Action != "template.create" && op.Action != "template.update" {
		return nil, nil
	}
	intent, err := l.db.Intent(ctx, op.ID)
	if err != nil || intent.After == "" {
		return nil, err
	}
	followed, err := l.followed(ctx, op)
	if err != nil || len(followed) > 0 {
		return nil, err
	}
	known, err := l.db.Template(ctx, l.workspace.ID, op.TargetID)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return nil, fmt.Errorf("read what is known of the template: %w", err)
	}
	want, _ := parseObject(intent.After)
	is, _ := parseObject(known.Data)
	return &Unsent{Operation: op.ID, Content: intent.After, Missing: !agree(onlyRecordings(is), onlyRecordings(want))}, nil
}

// LastUnsent is what the newest change of a template from here has left unsent, as long as the template lacks it; nil when that is
// nothing.
func (l *Ledger) LastUnsent(ctx context.Context, template string) (*Unsent, error) {
	list, err := l.db.Operations(ctx, db.OperationQuery{Workspace: l.workspace.ID, TargetKind: "template", Target: template, Limit: 20})
	if err != nil {
		return nil, fmt.Errorf("read the changes of the template: %w", err)
	}
	for _, op := range list {
		if op.TargetID != template || !asks(op.Action) || op.Outcome == db.OutcomeFailed {
			continue
		}
		u, err := l.Unsent(ctx, op)
		if err != nil || u == nil || !u.Missing {
			return nil, err
		}
		return u, nil
	}
	return nil, nil
}

// followed are the operations that went on from a change of a template, newest first.
func (l *Ledger) followed(ctx context.Context, first db.Operation) ([]db.Operation, error) {
	list, err := l.db.Operations(ctx, db.OperationQuery{
		Workspace: l.workspace.ID, Action: "template.record", TargetKind: "template", Target: first.TargetID, AfterSeq: first.Seq,
	})
	if err != nil {
		return nil, fmt.Errorf("read what followed: %w", err)
	}
	var followed []db.Operation
	for _, op := range list {
		intent, err := l.db.Intent(ctx, op.ID)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return nil, fmt.Errorf("read what followed: %w", err)
		}
		if intent.Batch == first.ID {
			followed = append(followed, op)
		}
	}
	return followed, nil
}

// finish sends what the first result of a form left unsent, when the form comes again: it has all of it, secrets too. Where the
// template was changed meanwhile it doesn't, and the remark stays.
func (l *Ledger) finish(ctx context.Context, ch Change, first db.Operation, made *MadeTemplate, sent resent) error {
	u, err := l.Unsent(ctx, first)
	if err != nil || u == nil {
		return err
	}
	unlock, err := l.lockTemplate(ctx, "", made.ID)
	if err != nil {
		return err
	}
	defer unlock()
	remark := strings.TrimSpace(strings.TrimSuffix(made.Remark, notFollowed))
	made.Remark = strings.TrimSpace(remark + " " + notFollowed)
	later, err := l.changedSince(ctx, first)
	if err != nil || later != "" {
		return err
	}
	live, err := l.ReadTemplate(ctx, made.ID)
	if err != nil {
		return err
	}
	body, err := bodyOf(sent.tree)
	if err != nil {
		return err
	}
	untouched, err := l.recordsAsBefore(ctx, first, live)
	if err != nil || !untouched || l.toFollow(body.list) != u.Content {
		return err
	}
	made.Remark = remark
	body.secrets = append(body.secrets, sent.secrets...)
	return l.goOn(ctx, ch, *made, live.Shown, body)
}

// recordsAsBefore says whether a template still has the recording configurations that it had before a change.
func (l *Ledger) recordsAsBefore(ctx context.Context, op db.Operation, live LiveTemplate) (bool, error) {
	intent, err := l.db.Intent(ctx, op.ID)
	if err != nil {
		return false, err
	}
	was, _ := parseObject(intent.Before)
	is, _ := parseObject(live.Shown)
	return compared("template", onlyRecordings(was)) == compared("template", onlyRecordings(is)), nil
}

// resent is what a form that was sent before asks for.
type resent struct {
	tree    map[string]any
	secrets []string
}

// remarked is a remark on a change that was settled as made, with what was to follow on it and can't have.
func remarked(remark string, intent *db.Row) string {
	if intent.After == "" {
		return remark
	}
	return strings.TrimSpace(remark + " " + notFollowed)
}
