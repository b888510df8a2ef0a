package hms_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

// TestTemplateTree: the tree of a template is what it was read from, and what it would be written as.
func TestTemplateTree(t *testing.T) {
	for name, body := range map[string]string{
		"documented":  string(readFile(t, "testdata/template/whole.json")),
		"with quirks": `{"_id":"t1","x":[1.0,null],"roles":{"a":{"priority":2.0,"maxPeerCount":"many"},"b":{"name":""}},"destinations":{"plugins":{"y":2}},"settings":null}`,
	} {
		template, err := serve(t, reply(http.StatusOK, "application/json", body)).Template(t.Context(), "t1")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		tree := template.Tree()
		if diff := cmp.Diff(treeOf(t, []byte(body)), treeOf(t, encode(t, tree))); diff != "" {
			t.Errorf("%s (-read +tree):\n%s", name, diff)
		}
		if diff := cmp.Diff(treeOf(t, encode(t, template)), treeOf(t, encode(t, tree))); diff != "" {
			t.Errorf("%s (-written +tree):\n%s", name, diff)
		}
	}
}

// TestTemplateTreeIsACopy: a tree may be changed without the template's changing.
func TestTemplateTreeIsACopy(t *testing.T) {
	template := decodeAs[hms.Template](t, []byte(`{"id":"t1","roles":{"a":{"x":[{"y":1}]}}}`))
	before := string(encode(t, template))
	tree := template.Tree()
	role := tree["roles"].(map[string]any)["a"].(map[string]any)
	role["x"].([]any)[0].(map[string]any)["y"] = json.Number("2")
	role["new"] = "z"
	if after := string(encode(t, template)); after != before {
		t.Errorf("%s became %s", before, after)
	}
	if tree := (hms.Template{Name: "by hand"}).Tree(); tree != nil {
		t.Errorf("a template that was made by hand has the tree %v", slices.Sorted(maps.Keys(tree)))
	}
}

func TestTemplateAndMore(t *testing.T) {
	for _, body := range []string{`{"id":"t1","roles":{}} {}`, `{"id":"t1","roles":{}}x`, `null`, `[]`, ``, `{"id":"t1","roles":3}`} {
		if got, err := serve(t, reply(http.StatusOK, "application/json", body)).Template(t.Context(), "t1"); err == nil {
			t.Errorf("%s was read as %v", body, got)
		}
	}
}
