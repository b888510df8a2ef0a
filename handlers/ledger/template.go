package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
)

// recordings is the key under which the recording configurations stand beside a template, although calls of their own read and
// write them. Where it is missing nobody has read them.
const recordings = "recordings"

// LiveTemplate is a template as the API shows it. Tree holds secrets.
type LiveTemplate struct {
	ID, Name string
	Version  string         // a mark of the content, for forms
	N        int            // the number of the version on record; 0: none is
	Tree     map[string]any // as the API gave it, numbers as json.Number, with the recording configurations under "recordings"
	Shown    string         // the same, redacted
	Default  bool           // by the API
}

// String names the template, and shows nothing of what is in it.
func (t LiveTemplate) String() string { return "ledger.LiveTemplate{" + t.ID + " " + t.Name + "}" }

// GoString is String.
func (t LiveTemplate) GoString() string { return t.String() }

// MadeTemplate is a change of a template that was done. Remark says what else is to be known, in words; it may be empty.
type MadeTemplate struct {
	ID, Name  string
	Operation string
	Overwrote bool
	Again     bool // the form was sent before: this is the first result
	Remark    string
}

// TemplateTaken is the error when a template of that name exists, in any case: nothing was sent.
type TemplateTaken struct{ Template LiveTemplate }

func (e *TemplateTaken) Error() string { return "the template name is taken by " + e.Template.ID }

// TemplateStale is the error when a template isn't as the form had it any more: nothing was sent.
type TemplateStale struct {
	Now LiveTemplate
	Was string // what the form had, redacted; "" where that isn't on record
}

func (e *TemplateStale) Error() string { return "template " + e.Now.ID + " was changed meanwhile" }

// PartlyDone is the error when a template was changed, and its recording configurations were not: Err says why.
type PartlyDone struct {
	Made MadeTemplate
	Err  error
}

func (e *PartlyDone) Error() string {
	return "the template is changed, its recording configurations are not: " + e.Err.Error()
}
func (e *PartlyDone) Unwrap() error { return e.Err }

// ErrNoChange is the error when what was to be sent is what is there: nothing was sent.
var ErrNoChange = errors.New("nothing to change")

// ReadTemplate reads a template with its recording configurations, and puts on record what history doesn't have. The error Is
// hms.ErrNotFound when there is none.
func (l *Ledger) ReadTemplate(ctx context.Context, id string) (LiveTemplate, error) {
	asked := l.now()
	t, tree, err := l.fetchTemplate(ctx, id)
	if err != nil {
		return LiveTemplate{}, err
	}
	live := LiveTemplate{ID: t.ID, Name: t.Name, Tree: tree, Default: t.Default}
	known, err := l.knownTemplate(ctx, live.ID)
	if err != nil {
		return LiveTemplate{}, err
	}
	content := sha256.Sum256([]byte(encode(tree)))
	was, same := l.readings.again(live.ID, content, known.Data)
	if same { // it is on record as it is
		live.Shown = known.Data
	} else {
		live.Shown = l.redact.tree(tree, templateShape)
		if err := l.observeTemplates(ctx, []seenTemplate{{live.target(), live.Shown}}, asked); err != nil {
			return LiveTemplate{}, err
		}
		if known, err = l.knownTemplate(ctx, live.ID); err != nil {
			return LiveTemplate{}, err
		}
		was = reading{content, sha256.Sum256([]byte(live.Shown)), l.contentMark(tree)}
		l.readings.keep(live.ID, was)
	}
	live.N, live.Version = known.Versions, formVersion(known.Versions, was.mark)
	return live, nil
}

// knownTemplate is what is known of a template, nothing of one that nobody has seen.
func (l *Ledger) knownTemplate(ctx context.Context, id string) (db.Template, error) {
	known, err := l.db.Template(ctx, l.workspace.ID, id)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return db.Template{}, fmt.Errorf("read what is known of a template: %w", err)
	}
	return known, nil
}

// fetchTemplate reads a template and its recording configurations: as the client has it, and as a tree.
func (l *Ledger) fetchTemplate(ctx context.Context, id string) (hms.Template, map[string]any, error) {
	var (
		wg         sync.WaitGroup
		configs    []hms.RecordingConfig
		configsErr error
	)
	other := hms.WithCall(ctx, new(hms.Call)) // whoever wants to know of a call means that of the template
	wg.Go(func() { configs, configsErr = l.hms.RecordingConfigs(other, id) })
	t, err := l.hms.Template(ctx, id)
	wg.Wait()
	if err != nil {
		return hms.Template{}, nil, fmt.Errorf("read the template: %w", err)
	}
	if configsErr != nil {
		return hms.Template{}, nil, fmt.Errorf("read the recording configurations: %w", configsErr)
	}
	tree := t.Tree()
	if tree == nil {
		return hms.Template{}, nil, errors.New("the template can't be read")
	}
	tree[recordings], err = listOf(configs)
	return t, tree, err
}

// listOf are recording configurations as they stand in a tree.
func listOf(configs []hms.RecordingConfig) ([]any, error) {
	raw, err := json.Marshal(map[string]any{recordings: append([]hms.RecordingConfig{}, configs...)})
	if err != nil {
		return nil, fmt.Errorf("read the recording configurations: %w", err)
	}
	tree, _ := parseObject(string(raw))
	list, _ := tree[recordings].([]any)
	return list, nil
}

// TemplateShown is a template's tree as redacted JSON.
func (l *Ledger) TemplateShown(tree map[string]any) string {
	return l.redact.value(tree, templateShape)
}

// seenTemplate is a template that was just read, redacted.
type seenTemplate struct {
	Target
	content string
}

// observeTemplates notes the differences between templates that were asked for at a time and what is on record.
func (l *Ledger) observeTemplates(ctx context.Context, met []seenTemplate, asked time.Time) error {
	var differ []seenTemplate
	for _, t := range met { // most don't, which is found out without keeping others from writing
		known, err := l.knownTemplate(ctx, t.ID)
		if err != nil {
			return err
		}
		if tellsNews(known.Data, t.content) {
			differ = append(differ, t)
		}
	}
	if len(differ) == 0 {
		return nil
	}
	return l.db.InTx(ctx, func(tx *db.Tx) error {
		for _, t := range differ {
			if err := l.observeTemplate(tx, t, asked); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l *Ledger) observeTemplate(tx *db.Tx, t seenTemplate, asked time.Time) error {
	known, err := tx.Template(l.workspace.ID, t.ID)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	if !known.SeenAt.Before(cut(asked)) {
		return nil // told by a change of ours that may be newer than what was read
	}
	return l.noteSeen(tx, t.Target, known.Data, withUntold(t.content, known.Data), asked)
}
