package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Template is a template of the read model: what history last tells of it. Data is the redacted JSON of the whole of it, with
// its recording configurations under "recordings" where they were read; lists leave it empty.
type Template struct {
	Workspace    string
	ID           string
	Name         string
	Region       string
	Default      bool     // by the API
	Marked       bool     // by an admin
	Roles        int      // how many
	RoleNames    []string // in order
	Destinations []string // kind and name, such as "HLS default"
	Recordings   []string // names of the recording configurations; nil where nobody has read them
	Storage      string   // of its own: type://location/prefix; empty: none
	Versions     int      // the number of the newest
	Data         string
	CreatedAt    time.Time // by the API's clock; zero: not told
	ChangedAt    time.Time // when its newest version came about, or was seen
	SeenAt       time.Time // when history last told of it, changed or not
	ChangedBy    string    // name of the actor
	ChangedKind  string    // user, cli, run, system
	Action       string    // what its newest version came by: template.update, or template.seen where it was changed elsewhere
	Operation    string    // of its newest version
	Rooms        int       // that use it, as far as the index knows; RoomCountCap+1 stands for more than RoomCountCap
}

// TemplateVersion is a state that a template had, and how it came about. It differs by content from the one before.
type TemplateVersion struct {
	Workspace string
	ID        string // of the template
	N         int    // counted from 1
	Seq       int64  // of the history row that tells it first
	Time      time.Time
	SeenAt    time.Time // when history last told of it
	Operation string
	Action    string // template.seen: it was changed elsewhere, and seen at the time
	Actor     string
	ActorKind string
	Reason    string
	Mark      string // equal for versions that are equal
	Data      string // redacted JSON
}

// TemplateQuery asks for templates of one workspace.
type TemplateQuery struct {
	Workspace string
	Q         string // part of name, id or a role's name
	Sort      string // name (default), -name, changed, -changed
	After     string // cursor: those that follow on a template, see Template.Cursor
	Before    string // cursor: those that a template follows on
	Limit     int    // 1-200; 0: 50
}

// TemplatePage is one page of templates. Newer and Older are cursors for TemplateQuery.Before and After, empty at the ends.
type TemplatePage struct {
	Templates []Template
	Newer     string
	Older     string
	Total     int
}

// Orders of templates: the column that comes before the id.
var templateSorts = map[string]struct {
	column     string
	descending bool
}{
	"":         {"name_key", false},
	"name":     {"name_key", false},
	"-name":    {"name_key", true},
	"changed":  {"changed_at", false},
	"-changed": {"changed_at", true},
}

const templateColumns = `workspace, id, name, region, is_default, roles, destinations, recordings, storage, versions, created_at,
	changed_at, seen_at, changed_by, changed_kind, action, operation,
	EXISTS (SELECT 1 FROM settings s WHERE s.workspace = t.workspace AND s.name = '` + defaultTemplate + `' AND s.value = t.id),
	(SELECT count(*) FROM (SELECT 1 FROM rooms r WHERE r.workspace = t.workspace AND r.template_id = t.id LIMIT 1001))`

// list scans a JSON list of texts.
type list struct{ items *[]string }

func (l list) Scan(value any) error {
	text, _ := value.(string)
	if err := json.Unmarshal([]byte(text), l.items); err != nil {
		return fmt.Errorf("a stored list doesn't parse: %w", err)
	}
	return nil
}

func (t *Template) fields() []any {
	return []any{
		&t.Workspace, &t.ID, &t.Name, &t.Region, &t.Default,
		list{&t.RoleNames},
		list{&t.Destinations},
		list{&t.Recordings},
		&t.Storage, &t.Versions,
		column{&t.CreatedAt},
		column{&t.ChangedAt},
		column{&t.SeenAt},
		&t.ChangedBy, &t.ChangedKind, &t.Action, &t.Operation, &t.Marked, &t.Rooms,
	}
}

func scanTemplate(from scanner) (Template, error) {
	var t Template
	err := from.Scan(t.fields()...)
	t.Roles = len(t.RoleNames)
	return t, err
}

func scanTemplateWithData(from scanner) (Template, error) {
	var t Template
	err := from.Scan(append(t.fields(), &t.Data)...)
	t.Roles = len(t.RoleNames)
	return t, err
}

const templateWithData = "SELECT " + templateColumns + `, coalesce((SELECT data FROM template_versions v
	WHERE v.workspace = t.workspace AND v.id = t.id AND v.n = t.versions), '') FROM templates t`

// Template returns one template. The error is ErrNotFound when history doesn't know it.
func (d *DB) Template(ctx context.Context, workspace, id string) (Template, error) {
	t, err := scanTemplateWithData(d.readers.QueryRowContext(ctx, templateWithData+" WHERE t.workspace = ? AND t.id = ?", workspace, id))
	if err != nil {
		return Template{}, fmt.Errorf("template %s: %w", id, found(err))
	}
	return t, nil
}

// Templates returns the templates that match q in its order, without their Data. The error is ErrCursor for a cursor of another
// order, or for an order that there isn't.
func (d *DB) Templates(ctx context.Context, q TemplateQuery) ([]Template, error) {
	at, err := templatePlaceOf(q)
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	text, args := templatesText(q, at, pageLimit(q.Limit))
	list, err := query(ctx, d, scanTemplate, text, args...)
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	if at.Back {
		slices.Reverse(list)
	}
	return list, nil
}

// TemplatePage returns a page of the templates that match q, with the cursors of those beside it. Errors as with Templates.
func (d *DB) TemplatePage(ctx context.Context, q TemplateQuery) (TemplatePage, error) {
	at, err := templatePlaceOf(q)
	if err != nil {
		return TemplatePage{}, fmt.Errorf("templates: %w", err)
	}
	limit := pageLimit(q.Limit)
	text, args := templatesText(q, at, limit+1)
	list, err := query(ctx, d, scanTemplate, text, args...)
	if err != nil {
		return TemplatePage{}, fmt.Errorf("templates: %w", err)
	}
	more := len(list) > limit
	p := TemplatePage{Templates: list[:min(len(list), limit)]}
	if at.Back {
		slices.Reverse(p.Templates)
	}
	if n := len(p.Templates); n > 0 && (more || at.Back) {
		p.Older = p.Templates[n-1].Cursor(q.Sort)
	}
	if len(p.Templates) > 0 && at.ID != "" && (more || !at.Back) {
		p.Newer = p.Templates[0].Cursor(q.Sort)
	}
	f := templateFilter(q)
	if p.Total, err = d.countUpTo(ctx, "templates", f, RoomCountCap+1); err != nil {
		return TemplatePage{}, fmt.Errorf("templates: %w", err)
	}
	return p, nil
}

// Cursor is the place of a template in a list of that order.
func (t Template) Cursor(sort string) string {
	key := strings.ToLower(t.Name)
	if templateSorts[sort].column == "changed_at" {
		key = stored(t.ChangedAt)
	}
	text, err := place{Sort: sort, Key: key, ID: t.ID}.cursor()
	if err != nil {
		return "" // texts can always be encoded
	}
	return text
}

// templatePlaceOf is the place that q reads from, and to which side.
func templatePlaceOf(q TemplateQuery) (place, error) {
	if _, ok := templateSorts[q.Sort]; !ok {
		return place{}, ErrCursor
	}
	switch {
	case q.After != "":
		return parseCursor(q.After, q.Sort)
	case q.Before != "":
		at, err := parseCursor(q.Before, q.Sort)
		at.Back = true
		return at, err
	}
	return place{Sort: q.Sort}, nil
}

func templateFilter(q TemplateQuery) filter {
	f := filter{}
	f.add("workspace = +?", q.Workspace)
	f.search(q.Q)
	return f
}

// templatesText is the query for templates from a place on.
func templatesText(q TemplateQuery, at place, limit int) (string, []any) {
	sort := templateSorts[q.Sort]
	f := templateFilter(q)
	direction, beyond := " ASC", ">"
	if sort.descending != at.Back {
		direction, beyond = " DESC", "<"
	}
	if at.ID != "" {
		f.add("("+sort.column+", id) "+beyond+" (?, ?)", at.Key, at.ID)
	}
	return "SELECT " + templateColumns + " FROM templates t" + f.where() + " ORDER BY " + sort.column + direction + ", id" + direction +
		" LIMIT ?", append(f.args, limit)
}

const versionColumns = "workspace, id, n, seq, time, seen_at, operation, action, actor, actor_kind, reason, mark, data"

func scanVersion(from scanner) (TemplateVersion, error) {
	var v TemplateVersion
	return v, from.Scan(&v.Workspace, &v.ID, &v.N, &v.Seq, column{&v.Time}, column{&v.SeenAt}, &v.Operation, &v.Action, &v.Actor,
		&v.ActorKind, &v.Reason, &v.Mark, &v.Data)
}

// TemplateVersions returns the versions of a template before one, newest first, up to 50; before 0: from the newest.
func (d *DB) TemplateVersions(ctx context.Context, workspace, id string, before int) ([]TemplateVersion, error) {
	f := filter{}
	f.add("workspace = +? AND id = +?", workspace, id)
	if before > 0 {
		f.add("n < ?", before)
	}
	list, err := query(ctx, d, scanVersion, "SELECT "+versionColumns+" FROM template_versions"+f.where()+" ORDER BY n DESC LIMIT 50", f.args...)
	if err != nil {
		return nil, fmt.Errorf("versions of template %s: %w", id, err)
	}
	return list, nil
}

// TemplateVersion returns one version of a template. The error is ErrNotFound when there is none of that number.
func (d *DB) TemplateVersion(ctx context.Context, workspace, id string, n int) (TemplateVersion, error) {
	v, err := scanVersion(d.readers.QueryRowContext(ctx, "SELECT "+versionColumns+" FROM template_versions WHERE workspace = ? AND id = ? AND n = ?",
		workspace, id, n))
	if err != nil {
		return TemplateVersion{}, fmt.Errorf("version %d of template %s: %w", n, id, found(err))
	}
	return v, nil
}

// TemplateVersionAt returns the version that a template had at a moment. The error is ErrNotFound when none was known by then.
func (d *DB) TemplateVersionAt(ctx context.Context, workspace, id string, at time.Time) (TemplateVersion, error) {
	v, err := scanVersion(d.readers.QueryRowContext(ctx, "SELECT "+versionColumns+` FROM template_versions
		WHERE workspace = ? AND id = ? AND time <= ? ORDER BY n DESC LIMIT 1`, workspace, id, stored(at)))
	if err != nil {
		return TemplateVersion{}, fmt.Errorf("version of template %s at %s: %w", id, stored(at), found(err))
	}
	return v, nil
}
