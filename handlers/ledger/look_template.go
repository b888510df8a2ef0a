package ledger

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

// atTemplate looks at what was asked of a template.
func (k *looker) atTemplate(ctx context.Context) (finding, error) {
	switch {
	case k.intent.Action == "template.create" && k.intent.Before == "":
		return k.forNewTemplate(ctx)
	case k.intent.Action == "template.record":
		return k.atRecordings(ctx)
	}
	var was hms.Template
	if err := decodeIf(k.intent.Before, &was); err != nil {
		return finding{}, err
	}
	t, err := k.template(ctx, k.intent.TargetID)
	if errors.Is(err, hms.ErrNotFound) {
		return goneTemplate(), nil
	}
	if err != nil {
		return finding{}, err
	}
	f := k.ofUpdate("The template", was.UpdatedAt, t.UpdatedAt, k.asAsked(k.intent.Before), k.asAsked(k.redact.value(t, templateShape)))
	if f.verdict != isMade && k.intent.Action == "template.create" && !sameMoment(was.UpdatedAt, t.UpdatedAt) && t.Name != was.Name {
		f = finding{words: "The template has another name now and is not as asked for: it was changed before, after or instead."}
	}
	f.template = k.redact.value(t, templateShape)
	return f, nil
}

// goneTemplate is the finding where the API doesn't know a template any more.
func goneTemplate() finding { return finding{words: "100ms doesn't know the template any more."} }

// template reads a template by its id. The error Is hms.ErrNotFound when there is none.
func (k *looker) template(ctx context.Context, id string) (hms.Template, error) {
	k.ask("/templates/"+url.PathEscape(id), nil)
	return k.hms.Template(ctx, id)
}

// forNewTemplate looks for a template that was to be made under a name which was free.
func (k *looker) forNewTemplate(ctx context.Context) (finding, error) {
	k.ask("/templates", nil)
	var named *hms.Template
	var suspect string // that was made at that time and changed since: it can have had the name
	for t, err := range k.hms.AllTemplates(ctx) {
		switch {
		case err != nil:
			return finding{}, err
		case strings.EqualFold(t.Name, k.intent.TargetName) && (named == nil || t.Name == k.intent.TargetName):
			named = &t
		case suspect == "" && !k.before(t.CreatedAt) && !k.after(t.CreatedAt) && !untouchedSince(t.CreatedAt, t.UpdatedAt):
			others, err := k.ofOtherCreates(ctx, t)
			if err != nil {
				return finding{}, err
			}
			if !others {
				suspect = "template " + t.ID + " (" + t.Name + ")"
			}
		}
	}
	if named == nil {
		return k.unlessSuspect("No template of this name exists", suspect), nil
	}
	f := k.ofNamedTemplate(*named, suspect)
	f.template, f.templateID = k.redact.value(*named, templateShape), named.ID
	return f, nil
}

// ofNamedTemplate tells of a template that has the name now, although the name was free just before the call.
func (k *looker) ofNamedTemplate(t hms.Template, suspect string) finding {
	asFor := k.asAsked(k.redact.value(t, templateShape))
	switch {
	case k.after(t.CreatedAt):
		return k.unlessSuspect("Another tool made the template of this name after the call had ended", suspect)
	case k.before(t.CreatedAt):
		return k.ofOlderTemplate(t, asFor)
	case asFor:
		return finding{verdict: isMade, words: "A template of this name was made at that time, and is as asked for."}
	case untouchedSince(t.CreatedAt, t.UpdatedAt):
		return finding{
			verdict: isNotMade,
			words:   "The template of this name is not as asked for, and nobody has changed it since it was made. So another tool made it: not made.",
		}
	}
	return finding{words: "A template of this name was made at that time, but is not as asked for: it was changed since, or another tool made it."}
}

// ofOlderTemplate tells of a template that has the name now and is older than the call: made by another tool in between, or
// renamed.
func (k *looker) ofOlderTemplate(t hms.Template, asFor bool) finding {
	switch {
	case k.before(t.UpdatedAt):
		return finding{verdict: isNotMade, words: "Another tool made the template of this name just before, and it was not changed since: not made."}
	case asFor && !k.surelyBefore(t.CreatedAt, k.span.from.Add(-closeCall)) && !k.after(t.UpdatedAt):
		return finding{
			verdict: isMade,
			words:   "The template of this name was changed at that time, and is as asked for.",
			remark:  "This may have overwritten a template that another tool made just before.",
		}
	}
	return finding{words: "The template of this name is older than this change: another tool gave it the name meanwhile, so its state tells nothing."}
}

// unlessSuspect is "not made", unless a template can have had the name.
func (k *looker) unlessSuspect(words, suspect string) finding {
	if suspect == "" {
		return finding{verdict: isNotMade, words: words + ": not made."}
	}
	return finding{words: words + ", but " + suspect + " was made at that time and changed since: it can have had the name."}
}

// ofOtherCreates says whether another operation of ours accounts for a template: it made it, or may have made it about that time.
func (k *looker) ofOtherCreates(ctx context.Context, t hms.Template) (bool, error) {
	for _, target := range []string{t.ID, t.Name} {
		tries, err := k.db.Operations(ctx, db.OperationQuery{
			Workspace: k.workspace.ID, Action: "template.create", TargetKind: "template", Target: target,
			From: k.span.from.Add(-longestCall), To: k.span.to.Add(2 * closeCall), // clocks are compared by whole seconds
		})
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(tries, func(o db.Operation) bool { return o.ID != k.intent.Operation && o.Outcome != db.OutcomeFailed }) {
			return true, nil
		}
	}
	return false, nil
}

// untouchedSince says whether surely nobody has changed something since it was made.
func untouchedSince(created, updated time.Time) bool {
	return !updated.IsZero() && !updated.After(created)
}

// atRecordings looks at the recording configurations that a template was to get.
func (k *looker) atRecordings(ctx context.Context) (finding, error) {
	t, err := k.template(ctx, k.intent.TargetID)
	if errors.Is(err, hms.ErrNotFound) {
		return goneTemplate(), nil
	}
	if err != nil {
		return finding{}, err
	}
	k.ask("/templates/"+url.PathEscape(t.ID)+"/recordings", nil)
	configs, err := k.hms.RecordingConfigs(ctx, t.ID)
	if err != nil {
		return finding{}, err
	}
	now := k.recording(k.redact.value(t, templateShape), configs)
	f := k.ofRecordings(now, t.UpdatedAt)
	f.template = now
	return f, nil
}

// ofRecordings tells what became of recording configurations by what they were, are and were to be, and by when the template was
// changed.
func (k *looker) ofRecordings(now string, updated time.Time) finding {
	want, _ := parseObject(`{"` + recordings + `":` + k.intent.Request + `}`)
	was, _ := parseObject(k.intent.Before)
	is, _ := parseObject(now)
	before, asked, after := compared("template", onlyRecordings(was)), compared("template", onlyRecordings(want)), compared("template", onlyRecordings(is))
	switch {
	case after == asked && before == asked:
		return finding{
			verdict: isMade, words: "The recording configurations are as asked for.",
			remark: "They were so before already: whether the call arrived makes no difference.",
		}
	case after == asked, after != before && agree(onlyRecordings(is), onlyRecordings(want)):
		return finding{verdict: isMade, words: "The recording configurations are as asked for, and were not before."}
	case after == before && (sameMoment(timeAt(was, "updatedAt"), updated) || k.before(updated)):
		return finding{verdict: isNotMade, words: "The recording configurations are as they were before: not made."}
	case after == before:
		return finding{words: "The recording configurations are as they were before, but the template was changed since: this can have been made and undone."}
	}
	return finding{words: "The recording configurations were changed since and are not as asked for: another tool changed them before, after or instead."}
}

// onlyRecordings are the recording configurations of a template, as an object.
func onlyRecordings(tree map[string]any) string {
	return encode(map[string]any{recordings: tree[recordings]})
}
