package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

func (l *Ledger) planTemplate(ctx context.Context, id string, at time.Time, typed map[string]string) (change, error) {
	then, err := l.toRestore(ctx, Target{Kind: "template", ID: id}, at)
	if err != nil {
		return change{}, err
	}
	live, err := l.hms.Template(ctx, id)
	if err != nil {
		return change{}, fmt.Errorf("read the template: %w", err)
	}
	raw, err := json.Marshal(live)
	if err != nil {
		return change{}, fmt.Errorf("read the template: %w", err)
	}
	was, readable := parseObject(then.Content)
	is, _ := parseObject(string(raw))
	if !readable {
		return change{}, errors.New("the state of the template can't be read")
	}
	r := reviver{redact: l.redact, typed: typed}
	for _, key := range unowned["template"] {
		delete(was, key)
		delete(is, key)
	}
	tree := r.members(was, is, templateShape, "")
	next, err := templateOf(tree)
	if err != nil {
		return change{}, err
	}
	now := l.redact.json(raw, templateShape)
	c := change{name: next.Name, plan: Restore{
		Target: Target{Kind: "template", ID: id, Name: live.Name}, At: at, State: then,
		Now: compared("template", now), Will: compared("template", l.willBe(tree, was)), Left: r.left, Asked: r.asked, Unsure: r.unsure,
	}}
	c.plan.Version = l.Mark(encode([]any{"template", id, now, then.Content, c.plan.Will}))
	c.call = l.templateUpdate(live, next, typed)
	return c, nil
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

// templateUpdate is the call that puts next in the place of a template.
func (l *Ledger) templateUpdate(have, next hms.Template, typed map[string]string) call {
	var answer hms.Template
	secrets := make([]string, 0, len(typed))
	for _, s := range typed {
		secrets = append(secrets, s)
	}
	return call{
		action: "template.update", target: Target{Kind: "template", ID: have.ID, Name: have.Name},
		method: http.MethodPost, path: "/templates/" + url.PathEscape(have.ID), params: next, shape: templateShape,
		before: l.redact.value(have, templateShape), secrets: secrets,
		send: func(ctx context.Context) (err error) {
			answer, err = l.hms.UpdateTemplate(ctx, have.ID, next)
			return err
		},
		done: func(row *db.Row) {
			row.TargetName, row.After = answer.Name, l.redact.value(answer, templateShape)
		},
	}
}
