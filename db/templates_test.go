package db

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// putTemplates remembers templates by name, one a minute; each id is the name with dashes.
func putTemplates(t testing.TB, d *DB, names ...string) {
	t.Helper()
	do(t, d, func(tx *Tx) error {
		for i, name := range names {
			at := cutoff.Add(time.Duration(i) * time.Minute)
			id := strings.ReplaceAll(name, " ", "-")
			err := tx.putVersion(TemplateVersion{Workspace: "ws", ID: id, N: 1, Seq: int64(i + 1), Time: at, SeenAt: at, Operation: "o", Action: "template.seen", Data: `{"name":"` + name + `"}`})
			if err == nil {
				err = tx.putTemplate(Template{
					Workspace: "ws", ID: id, Name: name, Versions: 1, ChangedAt: at, SeenAt: at, RoleNames: []string{"host", "role of " + name},
					Destinations: []string{"HLS default"}, Storage: "s3://bucket",
				})
			}
			if err != nil {
				return err
			}
		}
		return tx.putTemplate(Template{Workspace: "other", ID: "foreign", Name: "foreign"})
	})
}

func namesOf(list []Template) (names []string) {
	for _, t := range list {
		names = append(names, t.Name)
	}
	return names
}

func TestTemplates(t *testing.T) {
	d := open(t, t.TempDir())
	putTemplates(t, d, "beta", "Alpha", "gamma ray", "delta")
	do(t, d, func(tx *Tx) error {
		for i, id := range []string{"beta", "beta", "delta"} {
			if err := tx.PutRoom(Room{Workspace: "ws", ID: fmt.Sprint("r", i), TemplateID: id, SeenAt: cutoff}); err != nil {
				return err
			}
		}
		return tx.PutRoom(Room{Workspace: "other", ID: "r9", TemplateID: "beta", SeenAt: cutoff})
	})
	for name, c := range map[string]struct {
		q    TemplateQuery
		want []string
	}{
		"by name":     {TemplateQuery{}, []string{"Alpha", "beta", "delta", "gamma ray"}},
		"backwards":   {TemplateQuery{Sort: "-name"}, []string{"gamma ray", "delta", "beta", "Alpha"}},
		"newest":      {TemplateQuery{Sort: "-changed"}, []string{"delta", "gamma ray", "Alpha", "beta"}},
		"oldest":      {TemplateQuery{Sort: "changed"}, []string{"beta", "Alpha", "gamma ray", "delta"}},
		"search":      {TemplateQuery{Q: "ALPHA"}, []string{"Alpha"}},
		"by id":       {TemplateQuery{Q: "gamma-ray"}, []string{"gamma ray"}},
		"by role":     {TemplateQuery{Q: "role of d"}, []string{"delta"}},
		"no pattern":  {TemplateQuery{Q: "%"}, nil},
		"as many":     {TemplateQuery{Limit: 2}, []string{"Alpha", "beta"}},
		"nobody else": {TemplateQuery{Q: "foreign"}, nil},
	} {
		c.q.Workspace = "ws"
		list, err := d.Templates(t.Context(), c.q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, namesOf(list)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	got, err := d.Template(t.Context(), "ws", "beta")
	want := Template{
		Workspace: "ws", ID: "beta", Name: "beta", Roles: 2, RoleNames: []string{"host", "role of beta"}, Destinations: []string{"HLS default"},
		Storage: "s3://bucket", Versions: 1, Data: `{"name":"beta"}`, ChangedAt: cutoff, SeenAt: cutoff, Rooms: 2,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := d.Template(t.Context(), "ws", "foreign"); !errors.Is(err, ErrNotFound) {
		t.Errorf("another workspace's template: %v", err)
	}
}

// Walking through the pages there and back gives each template once, in every order.
func TestTemplatePages(t *testing.T) {
	d := open(t, t.TempDir())
	var names []string
	for i := range 23 {
		names = append(names, fmt.Sprintf("plan %d of %d", i%7, i))
	}
	putTemplates(t, d, names...)
	for sort := range templateSorts {
		all, err := d.Templates(t.Context(), TemplateQuery{Workspace: "ws", Sort: sort})
		if err != nil {
			t.Fatal(err)
		}
		want := namesOf(all)
		var there, back []string
		q := TemplateQuery{Workspace: "ws", Sort: sort, Limit: 5}
		var last TemplatePage
		for {
			if last, err = d.TemplatePage(t.Context(), q); err != nil {
				t.Fatal(err)
			}
			if (last.Newer == "") != (len(there) == 0) || last.Total != 23 {
				t.Errorf("%q: after %d templates newer is %q, the total %d", sort, len(there), last.Newer, last.Total)
			}
			there = append(there, namesOf(last.Templates)...)
			if q.After = last.Older; q.After == "" {
				break
			}
		}
		back = namesOf(last.Templates)
		for last.Newer != "" {
			q.After, q.Before = "", last.Newer
			if last, err = d.TemplatePage(t.Context(), q); err != nil || last.Older == "" {
				t.Fatalf("older is %q, %v", last.Older, err)
			}
			back = slices.Concat(namesOf(last.Templates), back)
		}
		if diff := cmp.Diff([][]string{want, want}, [][]string{there, back}); diff != "" {
			t.Errorf("%q (-all +there and back):\n%s", sort, diff)
		}
	}
	good := Template{Name: "x", ID: "x"}.Cursor("name")
	for _, q := range []TemplateQuery{{Sort: "size"}, {After: "x"}, {Before: "eA"}, {After: good}, {Sort: "-name", Before: good}} {
		q.Workspace = "ws"
		_, err := d.Templates(t.Context(), q)
		if _, perr := d.TemplatePage(t.Context(), q); !errors.Is(err, ErrCursor) || !errors.Is(perr, ErrCursor) {
			t.Errorf("%+v: %v, %v", q, err, perr)
		}
	}
}

func TestTemplatePlans(t *testing.T) {
	d := open(t, t.TempDir())
	for sort, index := range map[string]string{"": "templates_name (workspace=?)", "-changed": "templates_changed (workspace=?)"} {
		text, args := templatesText(TemplateQuery{Workspace: "ws", Sort: sort}, place{}, 50)
		got := plan(t, d, text, args)
		if !strings.Contains(got, index) || strings.Contains(got, "TEMP B-TREE") || !strings.Contains(got, "rooms_template (workspace=? AND template_id=?)") {
			t.Errorf("plan is\n%s", got)
		}
	}
}

func TestTemplateVersions(t *testing.T) {
	d := open(t, t.TempDir())
	do(t, d, func(tx *Tx) error {
		for n := range 60 {
			at := cutoff.Add(time.Duration(n) * time.Minute)
			v := TemplateVersion{Workspace: "ws", ID: "a", N: n + 1, Seq: int64(n + 1), Time: at, SeenAt: at, Operation: "o", Action: "template.update", Data: fmt.Sprint(n)}
			if err := tx.putVersion(v); err != nil {
				return err
			}
		}
		return nil
	})
	for before, want := range map[int][2]int{0: {60, 50}, 11: {10, 10}, 1: {0, 0}} {
		list, err := d.TemplateVersions(t.Context(), "ws", "a", before)
		if err != nil || len(list) != want[1] || len(list) > 0 && list[0].N != want[0] {
			t.Errorf("before %d: %d versions, %v", before, len(list), err)
		}
	}
	v, err := d.TemplateVersion(t.Context(), "ws", "a", 7)
	if err != nil || v.Data != "6" || !v.Time.Equal(cutoff.Add(6*time.Minute)) {
		t.Errorf("version 7 is %+v, %v", v, err)
	}
	if v, err = d.TemplateVersionAt(t.Context(), "ws", "a", cutoff.Add(150*time.Second)); err != nil || v.N != 3 {
		t.Errorf("at a moment it is %+v, %v", v, err)
	}
	_, none := d.TemplateVersion(t.Context(), "ws", "a", 61)
	_, early := d.TemplateVersionAt(t.Context(), "ws", "a", cutoff.Add(-time.Second))
	if !errors.Is(none, ErrNotFound) || !errors.Is(early, ErrNotFound) {
		t.Errorf("what isn't there: %v, %v", none, early)
	}
}

func TestMarkTemplate(t *testing.T) {
	d := open(t, t.TempDir())
	putTemplates(t, d, "a", "b")
	for _, id := range []string{"a", "b", "", ""} {
		var got string
		do(t, d, func(tx *Tx) (err error) {
			if err = tx.MarkTemplate("ws", id); err == nil {
				got, err = tx.MarkedTemplate("ws")
			}
			return err
		})
		marked, err := d.Template(t.Context(), "ws", "b")
		if err != nil || got != id || marked.Marked != (id == "b") {
			t.Errorf("marked %q, want %q; b is %v, %v", got, id, marked.Marked, err)
		}
	}
	if _, err := d.Policies(t.Context()); err != nil {
		t.Errorf("beside a mark the policies are %v", err)
	}
}

// tells appends notes about templates: each tells a content.
func tells(t testing.TB, d *DB, contents ...string) {
	t.Helper()
	for i, content := range contents {
		row := note("template.seen", NewID())
		row.Workspace, row.TargetKind, row.TargetID, row.After = "ws", "template", content[:1], content
		row.Time = cutoff.Add(time.Duration(i-1000) * time.Minute)
		do(t, d, func(tx *Tx) error {
			if err := tx.Append(&row); err != nil {
				return err
			}
			return tx.Tell(tell, &row, &row)
		})
	}
}

// What removed history told of templates stays, and rebuilding goes on from there, whatever was done to the rest.
func TestTemplatesOutliveHistory(t *testing.T) {
	d := open(t, t.TempDir())
	tells(t, d, "a1", "b1", "a2", "a2", "c1", "a3", "b2")
	happened(t, d, "x.new")
	want := models(t, d)
	prune(t, d, pruning(t, 4))
	for _, spoil := range []string{
		"SELECT 1", "DELETE FROM template_versions WHERE seq > 4", "UPDATE templates SET name = 'x', versions = 9, region = 'y'",
		"DELETE FROM templates", "UPDATE templates SET id = 'z' || id",
	} {
		do(t, d, func(tx *Tx) error { _, err := tx.Exec(spoil); return err })
		rebuild(t, d)
		got := models(t, d)
		for _, table := range []string{"templates", "template_versions"} {
			if diff := cmp.Diff(want[table], got[table]); diff != "" || len(got[table]) == 0 {
				t.Errorf("after %s, %s (-live +rebuilt):\n%s", spoil, table, diff)
			}
		}
	}
}

// A history that was written before there was a read model fills it.
func TestFillTemplates(t *testing.T) {
	d := open(t, t.TempDir())
	fill := func() { do(t, d, func(tx *Tx) error { return tx.FillTemplates(tell) }) }
	fill()
	tells(t, d, "a1", "b1", "a2", "a2")
	want := models(t, d)
	do(t, d, func(tx *Tx) error {
		_, err := tx.Exec("DELETE FROM templates")
		if err == nil {
			_, err = tx.Exec("DELETE FROM template_versions")
		}
		return err
	})
	for range 2 {
		fill()
		if diff := cmp.Diff(want, models(t, d)); diff != "" {
			t.Errorf("(-live +filled):\n%s", diff)
		}
	}
}

func TestMaking(t *testing.T) {
	d := open(t, t.TempDir())
	row := note("template.create", "o1")
	row.Phase, row.Workspace, row.TargetKind, row.TargetName, row.Time = PhaseIntent, "ws", "template", "Clinic", cutoff
	add(t, d, row)
	for _, c := range []struct {
		workspace, kind, name string
		since                 time.Time
		want                  bool
	}{
		{"ws", "template", "CLINIC", cutoff, true},
		{"ws", "template", "CLINIC", cutoff.Add(time.Second), false},
		{"ws", "room", "CLINIC", cutoff, false},
		{"other", "template", "CLINIC", cutoff, false},
		{"ws", "template", "clinic 2", cutoff, false},
	} {
		var got bool
		do(t, d, func(tx *Tx) (err error) {
			got, err = tx.Making(c.workspace, c.kind, c.name, c.since)
			return err
		})
		if got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
