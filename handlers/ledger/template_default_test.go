package ledger_test

import (
	"errors"
	"testing"

	"roomledger/db"
)

func TestDefaultTemplate(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	b.observe()
	first, second := b.makeTemplate(desk("one"), "").ID, b.makeTemplate(desk("two"), "").ID
	marked := func() (ids []string) {
		t.Helper()
		list, err := b.db.Templates(t.Context(), db.TemplateQuery{Workspace: workspace.ID})
		if err != nil {
			t.Fatal(err)
		}
		for _, template := range list {
			if template.Marked {
				ids = append(ids, template.ID)
			}
		}
		return ids
	}
	for _, step := range []struct {
		id   string
		on   bool
		want []string
	}{
		{first, false, nil},
		{first, true, []string{first}},
		{first, true, []string{first}},
		{second, false, []string{first}},
		{second, true, []string{second}},
		{second, false, nil},
	} {
		if err := b.ledger.SetDefaultTemplate(t.Context(), byAnn, step.id, step.on); err != nil {
			t.Fatal(err)
		}
		b.same("marked", step.want, marked())
	}
	rows, told := b.rows("template.default")
	const intent, outcome = "template.default intent", "template.default done"
	b.same("history", []string{intent, outcome, intent, outcome, intent, outcome}, told)
	if rows[2].Request != `{"default":true,"was":"`+first+`"}` || rows[2].TargetName != "two" || rows[3].Before+rows[3].After != "" {
		t.Errorf("the rows are %+v", rows[2:4])
	}
	if err := b.ledger.SetDefaultTemplate(t.Context(), byAnn, "unknown", true); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("an unknown template came to %v", err)
	}
	if list, _ := b.versions(second); len(list) != 1 {
		t.Errorf("marks made %d versions", len(list))
	}
}
