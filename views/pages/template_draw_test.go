package pages

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/blueprint"
)

// TestDrawnByHand: what is written by hand is what the components write, for each field of the table, blank, filled in, and with
// something that isn't among the usual.
func TestDrawnByHand(t *testing.T) {
	compared := 0
	for _, typed := range [][]string{nil, {""}, {"on"}, {"7"}, {"audio", "host"}, {`<"&'>`, "eu"}} {
		for _, f := range blueprint.Fields() {
			name := strings.ReplaceAll(f.Path, "*", "0")
			values := url.Values{"roles.0.name": {"host"}, "roles.1.name": {`a "b" <c>`}}
			if typed != nil {
				values[name] = typed
			}
			w := newDrawing(TemplateFormData{Form: &blueprint.Form{Values: values}})
			byHand, done := w.plain(nil, name, &newRuns([]blueprint.Node{f.Node})[0][0])
			if !done {
				continue
			}
			compared++
			var want strings.Builder
			if err := templateValue(w, name, f.Node).Render(t.Context(), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.String(), string(byHand)); diff != "" {
				t.Fatalf("%s, %q (-components +by hand):\n%s", name, typed, diff)
			}
		}
	}
	if compared < 300 {
		t.Errorf("only %d fields are written by hand", compared)
	}
}

func TestValuesOfOneThingStandUnderItsName(t *testing.T) {
	values := []blueprint.Value{
		{Label: "Region", Text: "Europe"},
		{Label: "Room state: How often", Text: "10 s"},
		{Label: "Room state: With the list", Text: "rows: two\nand two"},
		{Label: "Bucket", Text: "s3: lessons"},
	}
	want := []valueGroup{
		{"", values[:1]},
		{"Room state", []blueprint.Value{{Label: "How often", Text: "10 s"}, {Label: "With the list", Text: "rows: two\nand two"}}},
		{"", values[3:]},
	}
	if diff := cmp.Diff(want, valueGroups(values)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := valueGroups(nil); got != nil {
		t.Errorf("no values are %v", got)
	}
}
