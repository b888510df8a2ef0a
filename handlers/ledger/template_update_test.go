package ledger_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"roomledger/handlers/ledger"
	"roomledger/web/hms"
)

func TestUpdateTemplate(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	id := b.makeTemplate(recorded(desk("clinic"), "host"), "").ID
	created := b.live(id).Tree["createdAt"]
	region := func(tree map[string]any) { at(tree, "settings")["region"] = "us" }
	if made, err := b.edit(id, region); err != nil || made.ID != id || made.Name != "clinic" {
		t.Fatalf("edited %+v, %v", made, err)
	}
	if _, err := b.edit(id, func(map[string]any) {}); !errors.Is(err, ledger.ErrNoChange) {
		t.Errorf("nothing changed, which came to %v", err)
	}
	if _, err := b.edit(id, func(tree map[string]any) { recorded(tree, "guest") }); err != nil {
		t.Fatal(err)
	}
	if _, err := b.edit(id, func(tree map[string]any) { region(tree); recorded(tree, "host"); tree["name"] = "clinic 2" }); err != nil {
		t.Fatal(err)
	}
	list, told := b.versions(id)
	b.same("versions", []string{
		"template.create ann@example.org", "template.update ann@example.org", "template.record ann@example.org",
		"template.update ann@example.org", "template.record ann@example.org",
	}, told)
	if got := tree(list[4].Data)["createdAt"]; got != created {
		t.Errorf("made at %v, want %v", got, created)
	}
	if live := b.live(id); live.N != 5 || live.Name != "clinic 2" || live.Tree["x-unknown"] == nil {
		t.Errorf("the template is %s", live.Shown)
	}
	if rows, _ := b.rows("template.seen"); len(rows) != 0 {
		t.Errorf("our own changes left %+v", rows)
	}
	b.noSecrets()
}

func TestUpdateStaleTemplate(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	id := b.makeTemplate(desk("clinic"), "").ID
	was := b.live(id)
	b.clock.pass(time.Minute)
	b.updateTemplate(id, func(t *hms.Template) { t.Settings.Region = "in" })
	mine := tree(string(encoded(t, was.Tree)))
	at(mine, "settings")["region"] = "us"
	b.clock.pass(time.Minute)
	_, err := b.ledger.UpdateTemplate(t.Context(), byAnn, id, was.Version, mine, nil)
	stale, ok := errors.AsType[*ledger.TemplateStale](err)
	if !ok || stale.Was != was.Shown || !strings.Contains(stale.Now.Shown, `"region":"in"`) || stale.Now.N != 2 {
		t.Fatalf("it came to %v: %+v", err, stale)
	}
	_, told := b.versions(id)
	b.same("versions", []string{"template.create ann@example.org", "template.seen system"}, told)
	if _, err := b.ledger.UpdateTemplate(t.Context(), byAnn, id, stale.Now.Version, mine, nil); err != nil {
		t.Errorf("with the new version it came to %v", err)
	}
	b.updateTemplate(id, func(t *hms.Template) { t.Settings.Recording.Upload.Credentials.SecretKey = "short" })
	secret := b.live(id)
	b.updateTemplate(id, func(t *hms.Template) { t.Settings.Recording.Upload.Credentials.SecretKey = "other" })
	if _, err := b.ledger.UpdateTemplate(t.Context(), byAnn, id, secret.Version, mine, nil); err == nil {
		t.Error("a secret that was changed meanwhile is no reason to stop")
	}
	if _, err := b.ledger.UpdateTemplate(t.Context(), byAnn, strings.Repeat("f", 24), secret.Version, mine, nil); !errors.Is(err, hms.ErrNotFound) {
		t.Errorf("a template that doesn't exist came to %v", err)
	}
}

func TestUpdateToTakenName(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	other, id := b.makeTemplate(desk("clinic"), "").ID, b.makeTemplate(desk("ward"), "").ID
	_, err := b.edit(id, func(tree map[string]any) { tree["name"] = "CLINIC" })
	if taken, ok := errors.AsType[*ledger.TemplateTaken](err); !ok || taken.Template.ID != other {
		t.Errorf("another one's name came to %v", err)
	}
	if _, err := b.edit(id, func(tree map[string]any) { tree["name"] = "Ward" }); err != nil {
		t.Errorf("its own name in other case came to %v", err)
	}
}

// TestTemplatesAtOnce has several people make, and change, one template at the same time: one of each gets through.
func TestTemplatesAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	atOnce := func(change func(i int) error) (done int) {
		t.Helper()
		came := make(chan error, 4)
		for i := range cap(came) {
			go func() { came <- change(i) }()
		}
		for range cap(came) {
			err := <-came
			_, taken := errors.AsType[*ledger.TemplateTaken](err)
			_, stale := errors.AsType[*ledger.TemplateStale](err)
			switch {
			case err == nil:
				done++
			case !taken && !stale:
				t.Error(err)
			}
		}
		return done
	}
	made := atOnce(func(i int) error {
		_, err := b.ledger.CreateTemplate(t.Context(), byAnn, desk([]string{"clinic", "Clinic"}[i%2]), "", nil)
		return err
	})
	if made != 1 {
		t.Fatalf("%d templates were made", made)
	}
	found := ""
	for template, err := range b.client.AllTemplates(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.EqualFold(template.Name, "clinic") {
			found = template.ID
		}
	}
	live := b.live(found)
	b.clock.pass(time.Minute)
	changed := atOnce(func(i int) error {
		next := tree(string(encoded(t, live.Tree)))
		at(next, "roles", "host")["maxPeerCount"] = i + 1
		_, err := b.ledger.UpdateTemplate(t.Context(), byAnn, live.ID, live.Version, next, nil)
		return err
	})
	if list, _ := b.versions(found); changed != 1 || len(list) != 2 {
		t.Errorf("%d changes made %d versions", changed, len(list))
	}
}
