package ledger

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

// CreateTemplate makes a template, or overwrites the one that has its name when overwrite is that template's id. A blank name is
// filled with a UUID, so that the template can be found again by name. Recording configurations are sent by a second call.
//
// Errors: *TemplateTaken, *PartlyDone, *Pending, *Unwritten, *Open, *Refused, ErrOtherContent, or what the look-up met.
func (l *Ledger) CreateTemplate(ctx context.Context, ch Change, tree map[string]any, overwrite string, secrets []string) (MadeTemplate, error) {
	var made MadeTemplate
	err := l.once(ctx, ch, func() (err error) {
		made, err = l.createTemplate(ctx, ch, tree, overwrite, secrets)
		return err
	}, func(first db.Operation) (err error) {
		made, err = l.replayTemplate(ctx, ch, first, resent{tree, secrets})
		return err
	})
	return made, err
}

func (l *Ledger) createTemplate(ctx context.Context, ch Change, tree map[string]any, overwrite string, secrets []string) (MadeTemplate, error) {
	if textAt(tree, "name") == "" {
		tree = maps.Clone(tree)
		tree["name"] = newName()
	}
	body, err := bodyOf(tree)
	if err != nil {
		return MadeTemplate{}, err
	}
	body.secrets = append(body.secrets, secrets...)
	unlock, err := l.lockTemplate(ctx, body.next.Name, overwrite)
	if err != nil {
		return MadeTemplate{}, err
	}
	defer unlock()
	have, err := l.templateToOverwrite(ctx, ch, body.next.Name, overwrite)
	if err != nil {
		return MadeTemplate{}, err
	}
	return l.sendCreate(ctx, ch, have, body)
}

// sendCreate sends a new template in the place of have, which is the zero one where there is none.
func (l *Ledger) sendCreate(ctx context.Context, ch Change, have LiveTemplate, body templateBody) (made MadeTemplate, err error) {
	made.Name = body.next.Name
	var after string
	c := l.templateCreate(have, body, &made, &after)
	if len(body.list) > 0 && !recordsAs(body.list, have.recordings()) {
		c.next = l.toFollow(body.list)
	}
	made.Operation, err = l.perform(ctx, ch, c)
	if err != nil {
		return made, err
	}
	if c.next != "" || len(body.list) > 0 && !made.Overwrote {
		err = l.goOn(ctx, ch, made, after, body)
	}
	return made, err
}

// templateCreate is the call that makes a template. What it made goes into made, and how it is from then on, redacted, into after.
func (l *Ledger) templateCreate(have LiveTemplate, body templateBody, made *MadeTemplate, after *string) call {
	var answer hms.Template
	var sent time.Time
	target := have.target()
	target.Name = body.next.Name
	return call{
		action: "template.create", target: target,
		method: http.MethodPost, path: "/templates", params: body.next, shape: templateShape,
		before: have.Shown, secrets: slices.Concat(body.secrets, have.secrets()),
		send: func(ctx context.Context) (err error) {
			sent = l.now()
			answer, err = l.hms.CreateTemplate(ctx, body.next)
			return err
		},
		done: func(row *db.Row) {
			made.ID, made.Overwrote = answer.ID, answer.ID == have.ID
			*after = l.redact.value(answer, templateShape)
			switch {
			case have.ID == "":
				made.Remark = l.overwroteUnseen("template", answer.CreatedAt, answer.UpdatedAt, sent, row.LatencyMS)
			case !made.Overwrote:
				made.Remark = "Template " + have.ID + " (" + have.Name + ") is as it was: this made another one."
			default:
				*after = withUntold(*after, have.Shown)
				if len(body.list) == 0 && len(have.recordings()) > 0 {
					made.Remark = "Its recording configuration stays: creating doesn't replace it."
				}
			}
			row.TargetID, row.TargetName, row.After, row.Error = answer.ID, answer.Name, *after, made.Remark
		},
	}
}

// templateToOverwrite looks the name up among all templates, in any case. It returns the template that the person agreed to
// overwrite, the zero one when the name is free, and *TemplateTaken otherwise, which goes on record as well.
func (l *Ledger) templateToOverwrite(ctx context.Context, ch Change, name, overwrite string) (LiveTemplate, error) {
	found, err := l.templateNamed(ctx, name, "")
	if err != nil || found == nil {
		return LiveTemplate{}, err
	}
	have, err := l.ReadTemplate(ctx, found.ID)
	if err != nil {
		return LiveTemplate{}, err
	}
	if have.ID == overwrite && strings.EqualFold(have.Name, name) {
		return have, nil
	}
	t := Target{Kind: "template", ID: have.ID, Name: name}
	if err := l.Note(ctx, ch, "template.create", t, "Stopped: would overwrite template "+have.ID+".", nil); err != nil {
		return LiveTemplate{}, err
	}
	return LiveTemplate{}, &TemplateTaken{Template: have}
}

// templateNamed finds the template of a name, but for one id: the one that has exactly this name, else one that has it in another
// case, as nobody says how the API compares names; nil when the name is free.
func (l *Ledger) templateNamed(ctx context.Context, name, but string) (*hms.Template, error) {
	var found *hms.Template
	for t, err := range l.hms.AllTemplates(ctx) {
		switch {
		case err != nil:
			return nil, fmt.Errorf("look up the template name: %w", err)
		case t.ID == but || !strings.EqualFold(t.Name, name):
		case t.Name == name:
			return &t, nil
		case found == nil:
			found = &t
		}
	}
	return found, nil
}
