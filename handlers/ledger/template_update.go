package ledger

import (
	"context"
	"strconv"
	"strings"

	"roomledger/db"
)

// UpdateTemplate replaces a template by tree, when it is still as of version, and its recording configurations by a second call,
// where they differ. A tree without "recordings" leaves them alone.
//
// Errors: *TemplateStale, *TemplateTaken for another one's name, ErrNoChange, and as with CreateTemplate; hms.ErrNotFound.
func (l *Ledger) UpdateTemplate(ctx context.Context, ch Change, id, version string, tree map[string]any, secrets []string) (MadeTemplate, error) {
	var made MadeTemplate
	err := l.once(ctx, ch, func() (err error) {
		made, err = l.updateTemplate(ctx, ch, id, version, tree, secrets)
		return err
	}, func(first db.Operation) (err error) {
		made, err = l.replayTemplate(ctx, ch, first, resent{tree, secrets})
		return err
	})
	return made, err
}

// TemplateSentBefore is the first result of a template's form whose token was used before, with the errors of UpdateTemplate; sent is
// false when it wasn't. ErrOtherContent: it was used for something else. What the first try left unsent is taken from tree.
func (l *Ledger) TemplateSentBefore(ctx context.Context, ch Change, tree map[string]any, secrets []string) (made MadeTemplate, sent bool, err error) {
	if ch.Token == "" {
		return made, false, nil
	}
	err = l.once(ctx, ch, func() error { return nil }, func(first db.Operation) (err error) {
		sent = true
		made, err = l.replayTemplate(ctx, ch, first, resent{tree, secrets})
		return err
	})
	return made, sent, err
}

func (l *Ledger) updateTemplate(ctx context.Context, ch Change, id, version string, tree map[string]any, secrets []string) (MadeTemplate, error) {
	body, err := bodyOf(tree)
	if err != nil {
		return MadeTemplate{}, err
	}
	body.secrets = append(body.secrets, secrets...)
	unlock, err := l.lockTemplate(ctx, body.next.Name, id)
	if err != nil {
		return MadeTemplate{}, err
	}
	defer unlock()
	live, err := l.ReadTemplate(ctx, id)
	if err != nil {
		return MadeTemplate{}, err
	}
	if err := l.mayUpdate(ctx, live, version, body.next.Name); err != nil {
		return MadeTemplate{}, err
	}
	return l.sendUpdate(ctx, ch, live, body, bare(tree) != bare(live.Tree))
}

// sendUpdate sends what differs: the template, its recording configurations, or both.
func (l *Ledger) sendUpdate(ctx context.Context, ch Change, live LiveTemplate, body templateBody, differs bool) (made MadeTemplate, err error) {
	records := body.tells && !recordsAs(body.list, live.recordings())
	made = MadeTemplate{ID: live.ID, Name: live.Name}
	switch {
	case !differs && !records:
		return made, ErrNoChange
	case !differs:
		c := l.templateRecord(live.target(), live.Shown, body.configs)
		c.secrets = body.secrets
		made.Operation, err = l.perform(ctx, ch, c)
		return made, err
	}
	var after string
	c := l.templateUpdate(live, body.next, body.secrets, &after)
	if records {
		c.next = l.toFollow(body.list)
	}
	made.Operation, err = l.perform(ctx, ch, c)
	if err != nil {
		return made, err
	}
	if body.next.Name != "" {
		made.Name = body.next.Name
	}
	if records {
		err = l.goOn(ctx, ch, made, after, body)
	}
	return made, err
}

// mayUpdate is an error when a template isn't as of version any more, or its new name is another one's.
func (l *Ledger) mayUpdate(ctx context.Context, live LiveTemplate, version, name string) error {
	number, content, _ := strings.Cut(version, "-")
	if content != l.contentMark(live.Tree) {
		return &TemplateStale{Now: live, Was: l.versionShown(ctx, live.ID, number)}
	}
	if name == "" || name == live.Name {
		return nil
	}
	other, err := l.templateNamed(ctx, name, live.ID)
	if err != nil || other == nil {
		return err
	}
	taken, err := l.ReadTemplate(ctx, other.ID)
	if err != nil {
		return err
	}
	return &TemplateTaken{Template: taken}
}

// versionShown is a version on record, by its number as text; "" when there is none.
func (l *Ledger) versionShown(ctx context.Context, id, number string) string {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return ""
	}
	v, err := l.db.TemplateVersion(ctx, l.workspace.ID, id, n)
	if err != nil {
		return "" // what it was is said for information: without it the form is still stale
	}
	return v.Data
}
