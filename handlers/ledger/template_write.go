package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

// templateBody is what a tree asks for, in the parts that calls of their own write.
type templateBody struct {
	next    hms.Template
	list    []any // the recording configurations as they stand in the tree
	configs []hms.RecordingConfig
	tells   bool     // the tree says something of the recording configurations
	secrets []string // in it
}

// apart are the members of a template that its own update doesn't write.
var apart = append([]string{recordings}, unowned["template"]...)

// bodyOf takes a tree apart. It is sent as it stands, with what nobody knows in it.
func bodyOf(tree map[string]any) (templateBody, error) {
	var b templateBody
	var err error
	if b.next, err = templateOf(withoutKeys(tree, apart...)); err != nil {
		return b, err
	}
	_, b.tells = tree[recordings]
	b.list, _ = tree[recordings].([]any)
	raw, err := json.Marshal(append([]any{}, b.list...))
	if err == nil {
		err = json.Unmarshal(raw, &b.configs)
	}
	if err != nil {
		return b, fmt.Errorf("write the recording configurations: %w", err)
	}
	b.secrets = secretsIn(tree, rule{how: object, fields: templateShape})
	return b, nil
}

// withoutKeys is a tree without some of its members.
func withoutKeys(tree map[string]any, keys ...string) map[string]any {
	out := maps.Clone(tree)
	for _, key := range keys {
		delete(out, key)
	}
	return out
}

// bare is a template's tree without what its own update doesn't write, as text.
func bare(tree map[string]any) string {
	return encode(withoutKeys(tree, apart...))
}

// recordsAs says whether recording configurations are the same to the letter; none is the same as an empty list.
func recordsAs(a, b []any) bool { return len(a) == len(b) && encode(a) == encode(b) }

// secretsIn are the secrets in an object of the API: what an error text may repeat.
func secretsIn(v any, by rule) []string {
	var all []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			all = append(all, secretsIn(item, by)...)
		}
	case map[string]any:
		for key, value := range v {
			next := by.fields[key]
			if by.how == named {
				next = rule{how: object, fields: by.fields}
			}
			all = append(all, secretsIn(value, next)...)
		}
	case string:
		switch by.how {
		case masked:
			all = append(all, v)
		case stream:
			all = append(all, streamKeys(v)...)
		}
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// streamKeys are what follows the host of a stream's URL, and the last part of that, which most often is the key.
func streamKeys(address string) []string {
	_, rest, _ := strings.Cut(address, "//")
	_, path, _ := strings.Cut(rest, "/")
	return []string{telling(path), telling(path[strings.LastIndexByte(path, '/')+1:])}
}

// lockTemplate takes the locks of a name and of a template's id, in this order: either may be "". Earlier changes of both whose
// outcome is unknown are settled first. The error is *Pending where that can't be done yet.
func (l *Ledger) lockTemplate(ctx context.Context, name, id string) (unlock func(), err error) {
	var held []func()
	release := func() {
		for _, f := range slices.Backward(held) {
			f()
		}
	}
	locks := []string{"template name\x00" + foldName(name), "template\x00" + id}
	for _, lock := range locks {
		if strings.HasSuffix(lock, "\x00") {
			continue
		}
		f, err := l.locks.lock(ctx, lock)
		if err != nil {
			release()
			return nil, err
		}
		held = append(held, f)
	}
	if err := l.closeBefore(ctx, name, id); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// closeBefore settles earlier changes of a template by its name and its id, where these are known.
func (l *Ledger) closeBefore(ctx context.Context, name, id string) error {
	if name != "" {
		if err := l.closeEarlier(ctx, name, "template.create"); err != nil {
			return err
		}
	}
	if id == "" {
		return nil
	}
	return l.closeOpen(ctx, Target{Kind: "template", ID: id})
}

// templateUpdate is the call that puts next in the place of a template. How it is from then on goes into after, redacted.
func (l *Ledger) templateUpdate(have LiveTemplate, next hms.Template, secrets []string, after *string) call {
	var answer hms.Template
	return call{
		action: "template.update", target: have.target(),
		method: http.MethodPost, path: "/templates/" + url.PathEscape(have.ID), params: next, shape: templateShape,
		before: have.Shown, secrets: slices.Concat(secrets, have.secrets()),
		send: func(ctx context.Context) (err error) {
			answer, err = l.hms.UpdateTemplate(ctx, have.ID, next)
			return err
		},
		done: func(row *db.Row) {
			*after = dated(withUntold(l.redact.value(answer, templateShape), have.Shown), have.Shown)
			row.TargetName, row.After = cmp.Or(answer.Name, have.Name), *after
		},
	}
}

// templateRecord is the call that replaces the recording configurations of a template, which is as before says.
func (l *Ledger) templateRecord(t Target, before string, configs []hms.RecordingConfig) call {
	var answer []hms.RecordingConfig
	return call{
		action: "template.record", target: t,
		method: http.MethodPost, path: "/templates/" + url.PathEscape(t.ID) + "/recordings", params: configs, shape: recordingConfigShape,
		before: before,
		send: func(ctx context.Context) (err error) {
			answer, err = l.hms.UpdateRecordingConfigs(ctx, t.ID, configs)
			return err
		},
		done: func(row *db.Row) { row.After = l.recording(before, answer) },
	}
}

// recording is a redacted template with other recording configurations.
func (l *Ledger) recording(content string, configs []hms.RecordingConfig) string {
	tree, ok := parseObject(content)
	list, err := listOf(configs)
	if !ok || err != nil {
		return content
	}
	tree[recordings] = l.redact.apply(list, rule{how: object, fields: recordingConfigShape})
	return encode(tree)
}

func (t LiveTemplate) target() Target { return Target{Kind: "template", ID: t.ID, Name: t.Name} }

func (t LiveTemplate) secrets() []string {
	return secretsIn(t.Tree, rule{how: object, fields: templateShape})
}

func (t LiveTemplate) recordings() []any {
	list, _ := t.Tree[recordings].([]any)
	return list
}

// goOn sends the recording configurations of a template that operation made.Operation has just changed into what content says.
func (l *Ledger) goOn(ctx context.Context, ch Change, made MadeTemplate, content string, body templateBody) error {
	ctx = context.WithoutCancel(ctx)
	c := l.templateRecord(Target{Kind: "template", ID: made.ID, Name: made.Name}, l.changedAt(ctx, made.ID, content), body.configs)
	c.batch, c.secrets, ch.Token = made.Operation, body.secrets, ""
	if _, err := l.perform(ctx, ch, c); err != nil {
		return &PartlyDone{Made: made, Err: err}
	}
	return nil
}

// changedAt is a template with the time of its last change, which answers to an update leave out: should the next answer be lost,
// it is what tells whether anything happened. Without it less can be told then.
func (l *Ledger) changedAt(ctx context.Context, id, content string) string {
	tree, ok := parseObject(content)
	if !ok || !timeAt(tree, "updatedAt").IsZero() {
		return content
	}
	t, err := l.hms.Template(ctx, id)
	if err != nil {
		l.log.InfoContext(ctx, "time of a template's change not read", "template", id, "err", err)
		return content
	}
	tree["updatedAt"] = t.UpdatedAt.UTC().Format(time.RFC3339Nano)
	return encode(tree)
}

// replayTemplate is the first result of a form that was sent before, and comes again as sent says.
func (l *Ledger) replayTemplate(ctx context.Context, ch Change, first db.Operation, sent resent) (MadeTemplate, error) {
	made := MadeTemplate{ID: first.TargetID, Name: first.TargetName, Operation: first.ID, Again: true, Remark: first.Error}
	intent, err := l.db.Intent(ctx, first.ID)
	if err != nil {
		return made, fmt.Errorf("read first result: %w", err)
	}
	made.Overwrote = first.Action == "template.create" && intent.Before != "" && intent.TargetID == first.TargetID
	if err := l.firstError(ctx, first); err != nil {
		return made, err
	}
	if err := l.replayGoOn(ctx, first, made); err != nil {
		return made, err
	}
	err = l.finish(ctx, ch, first, &made, sent)
	return made, err
}

// replayGoOn is what became of the recording configurations that were sent after the first result of a form.
func (l *Ledger) replayGoOn(ctx context.Context, first db.Operation, made MadeTemplate) error {
	list, err := l.followed(ctx, first)
	if err != nil {
		return err
	}
	for _, op := range list {
		if err := l.firstError(ctx, op); err != nil {
			return &PartlyDone{Made: made, Err: err}
		}
	}
	return nil
}
