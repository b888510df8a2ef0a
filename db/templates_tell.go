package db

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// TellTemplate brings the read model of templates in step with a change of which outcome was just appended; for a note, intent
// is the note itself. Rows about anything else change nothing.
func (tx *Tx) TellTemplate(p Projection, intent, outcome *Row) error {
	id := outcome.TargetID
	if id == "" {
		id = intent.TargetID // of what wasn't made
	}
	if outcome.TargetKind != "template" || id == "" {
		return nil
	}
	last, err := tx.newestVersion(outcome.Workspace, id)
	if err != nil {
		return fmt.Errorf("template %s: %w", id, err)
	}
	list := p.Versions(intent, outcome, last)
	if len(list) == 0 {
		return nil
	}
	for _, v := range list {
		if err := tx.putVersion(v); err != nil {
			return fmt.Errorf("remember version %d of template %s: %w", v.N, id, err)
		}
	}
	return tx.putTemplate(p.Template(list[len(list)-1]))
}

// newestVersion is the newest version of a template; nil when there is none.
func (tx *Tx) newestVersion(workspace, id string) (*TemplateVersion, error) {
	v, err := scanVersion(tx.QueryRow("SELECT "+versionColumns+` FROM template_versions
		WHERE workspace = ? AND id = ? ORDER BY n DESC LIMIT 1`, workspace, id))
	switch err = found(err); {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &v, nil
}

func (tx *Tx) putVersion(v TemplateVersion) error {
	_, err := tx.Exec("INSERT INTO template_versions ("+versionColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (workspace, id, n) DO UPDATE SET seen_at = excluded.seen_at, mark = excluded.mark, data = excluded.data`,
		v.Workspace, v.ID, v.N, v.Seq, stored(v.Time), stored(v.SeenAt), v.Operation, v.Action, v.Actor, v.ActorKind, v.Reason,
		v.Mark, clean(v.Data))
	return err
}

// putTemplate remembers a template as of its newest version. When it was made stays known where that isn't told again.
func (tx *Tx) putTemplate(t Template) error {
	lists := make([]string, 0, 3)
	for _, names := range [][]string{t.RoleNames, t.Destinations, t.Recordings} {
		text, err := json.Marshal(names)
		if err != nil {
			return fmt.Errorf("remember template %s: %w", t.ID, err)
		}
		lists = append(lists, string(text))
	}
	name := clean(t.Name)
	_, err := tx.Exec(`INSERT INTO templates (workspace, id, name, name_key, region, is_default, roles, destinations, recordings,
			storage, versions, created_at, changed_at, seen_at, changed_by, changed_kind, action, operation)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (workspace, id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, region = excluded.region,
			is_default = excluded.is_default, roles = excluded.roles, destinations = excluded.destinations,
			recordings = excluded.recordings, storage = excluded.storage, versions = excluded.versions,
			created_at = excluded.created_at, changed_at = excluded.changed_at, seen_at = excluded.seen_at,
			changed_by = excluded.changed_by, changed_kind = excluded.changed_kind, action = excluded.action,
			operation = excluded.operation`,
		t.Workspace, t.ID, name, strings.ToLower(name), clean(t.Region), t.Default, clean(lists[0]), clean(lists[1]), clean(lists[2]),
		clean(t.Storage), t.Versions, stored(t.CreatedAt), stored(t.ChangedAt), stored(t.SeenAt), clean(t.ChangedBy), t.ChangedKind,
		t.Action, t.Operation)
	if err != nil {
		return fmt.Errorf("remember template %s: %w", t.ID, err)
	}
	return nil
}

// Template returns one template as it is within the transaction. The error is ErrNotFound when history doesn't know it.
func (tx *Tx) Template(workspace, id string) (Template, error) {
	t, err := scanTemplateWithData(tx.QueryRow(templateWithData+" WHERE t.workspace = ? AND t.id = ?", workspace, id))
	if err != nil {
		return Template{}, fmt.Errorf("template %s: %w", id, found(err))
	}
	return t, nil
}

// FillTemplates makes the read model of templates from a history that was written before there was one. It does nothing when
// there is something in it.
func (tx *Tx) FillTemplates(p Projection) error {
	var filled, tells bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM template_versions), EXISTS (SELECT 1 FROM operations WHERE target_kind = 'template')`).
		Scan(&filled, &tells)
	if err != nil || filled || !tells {
		return err
	}
	open := map[string]Row{}
	for seq := int64(0); ; {
		list, err := tx.templateRows(seq)
		if err != nil || len(list) == 0 {
			return err
		}
		for i := range list {
			seq = list[i].Seq
			err := replayRow(open, &list[i], func(intent, row *Row) error {
				if intent == nil {
					return nil
				}
				return tx.TellTemplate(p, intent, row)
			})
			if err != nil {
				return fmt.Errorf("read the templates from history: %w", err)
			}
		}
	}
}

// templateRows are some history rows about templates, those that follow on one.
func (tx *Tx) templateRows(after int64) ([]Row, error) {
	rows, err := tx.Query("SELECT "+rowColumns+` FROM history
		WHERE seq > ? AND operation IN (SELECT id FROM operations WHERE target_kind = 'template') ORDER BY seq LIMIT ?`, after, window)
	if err != nil {
		return nil, err
	}
	return collect(rows, newRow)
}

// beginVersions leaves of the templates what only removed history has told: their versions up to that, and the lines of those.
func (tx *Tx) beginVersions(p Projection) error {
	for _, text := range []string{
		"DELETE FROM template_versions WHERE seq > (SELECT coalesce(max(upto), 0) FROM tombstones)", "DELETE FROM templates",
	} {
		if _, err := tx.Exec(text); err != nil {
			return err
		}
	}
	list, err := tx.newestVersions()
	for i := range list {
		if err == nil {
			err = tx.putTemplate(p.Template(list[i]))
		}
	}
	return err
}

func (tx *Tx) newestVersions() ([]TemplateVersion, error) {
	rows, err := tx.Query("SELECT " + versionColumns + ` FROM template_versions v
		WHERE n = (SELECT max(n) FROM template_versions w WHERE w.workspace = v.workspace AND w.id = v.id)`)
	if err != nil {
		return nil, err
	}
	return collect(rows, scanVersion)
}

// defaultTemplate is the setting that holds the id of the template which an admin has marked as the default one.
const defaultTemplate = "template.default"

// MarkedTemplate returns the id of the template that is marked as the default one; "" when none is.
func (tx *Tx) MarkedTemplate(workspace string) (string, error) {
	var id string
	err := tx.QueryRow("SELECT value FROM settings WHERE workspace = ? AND name = '"+defaultTemplate+"'", workspace).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// MarkTemplate marks a template as the default one, and no other; "" marks none.
func (tx *Tx) MarkTemplate(workspace, id string) error {
	text, args := "DELETE FROM settings WHERE workspace = ? AND name = ?", []any{workspace, defaultTemplate}
	if id != "" {
		text = "INSERT INTO settings (workspace, name, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
		args = append(args, id)
	}
	if _, err := tx.Exec(text, args...); err != nil {
		return fmt.Errorf("mark a template: %w", err)
	}
	return nil
}
