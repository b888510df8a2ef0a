package blueprint_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/blueprint"
)

// FuzzForm sends any values over any template: nothing panics, what comes out is JSON, and what Valid passes can be read, drawn and sent
// again without a change.
func FuzzForm(f *testing.F) {
	f.Add([]byte(`{}`), "name=x", "roles")
	f.Add([]byte(`{"roles":{"a":{}},"recordings":[null,1]}`), "roles.0.was=a&roles.0.name=b&roles.0.priority=1,5", "roles.0")
	f.Add([]byte(`{"roles":[],"settings":{"recording":7}}`), "roles.-1.name=x&roles.999999.name=y&roles..=z&=1", "destinations.rtmpDestinations.0.rtmpUrls")
	f.Add([]byte(`{"destinations":{"plugins":{"whiteboard":1}}}`), "plugins.whiteboard.permissions.admin=a&plugins.whiteboard.permissions.admin=%00", "..")
	f.Add(fullJSON, blueprint.Flatten(full(f)).Encode(), "roles.1.publishParams.simulcast.video.layers.0")
	f.Fuzz(func(t *testing.T, base []byte, query, path string) {
		tree, err := blueprint.ParseTree(base)
		if err != nil {
			tree = nil
		}
		values, _ := url.ParseQuery(query) // what can be read of it
		form := blueprint.NewForm(tree, values)
		valid := form.Valid()
		form.Roles()
		for _, m := range form.Errors.List {
			form.Label(m.Field)
		}
		sent := form.Tree()
		raw, err := json.Marshal(sent)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := blueprint.Diff(string(raw), "{}"); err != nil {
			t.Fatal(err)
		}
		if valid {
			settled(t, sent)
		}
		blueprint.GlanceOf(sent)
		blueprint.MatrixOf(sent, tree)
		blueprint.Export(sent)
		for _, button := range []string{"add", "remove"} {
			form.EditRows(url.Values{button: {path}})
			form.Tree()
		}
	})
}

// settled checks that a form of what a form made changes nothing.
func settled(t *testing.T, sent blueprint.Tree) {
	t.Helper()
	if slices.ContainsFunc(blueprint.FormOf(sent).Roles(), func(c blueprint.RoleChange) bool { return c.Was != c.Now }) {
		t.Error("roles change by themselves")
	}
	if d := cmp.Diff(sent, blueprint.FormOf(sent).Tree()); d != "" {
		t.Error(d)
	}
}

// FuzzImport reads anything: nothing panics, errors are words, and what was taken can be sent.
func FuzzImport(f *testing.F) {
	f.Add(fullJSON)
	for _, text := range hostileImports {
		f.Add([]byte(text[:min(len(text), 2000)]))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := blueprint.Import(raw)
		if err != nil {
			if err.Error() == "" || got.Form != nil {
				t.Errorf("got %v, %v", got, err)
			}
			return
		}
		if _, err := json.Marshal(got.Form.Tree()); err != nil {
			t.Error(err)
		}
	})
}
