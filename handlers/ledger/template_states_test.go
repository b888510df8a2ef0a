package ledger_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// The recording configurations of a template are learnt when it is read by itself, go on while lists leave them out, and make a
// version when they differ.
func TestRecordingsOfAState(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	b.observe()
	id := b.firstTemplate().ID
	configs := func(role string) {
		t.Helper()
		b.clock.pass(time.Minute)
		if _, err := b.client.UpdateRecordingConfigs(t.Context(), id, []hms.RecordingConfig{{Name: "all", Role: role}}); err != nil {
			t.Fatal(err)
		}
	}
	roles := slices.Sorted(func(yield func(string) bool) {
		for role := range b.firstTemplate().Roles {
			if !yield(role) {
				return
			}
		}
	})
	configs(roles[0])
	b.observe()
	b.live(id)
	b.live(id)
	b.observe()
	seen := []string{"template.seen system"}
	list, told := b.versions(id)
	b.same("versions", seen, told)
	if !strings.Contains(list[0].Data, `"recordings":[{`) {
		t.Errorf("the version is %s", list[0].Data)
	}
	configs(roles[1])
	b.live(id)
	b.updateTemplate(id, func(t *hms.Template) { t.Settings.Region = "in" })
	b.observe()
	list, told = b.versions(id)
	b.same("versions", slices.Concat(seen, seen, seen), told)
	if !strings.Contains(list[2].Data, `"region":"in"`) || !strings.Contains(list[2].Data, `"role":"`+roles[1]+`"`) {
		t.Errorf("the newest version is %s", list[2].Data)
	}
	states, older, err := b.ledger.States(t.Context(), ledger.Target{Kind: "template", ID: id}, 0)
	if err != nil || older != 0 || len(states) != 3 {
		t.Fatalf("%d states, %v", len(states), err)
	}
	for i, s := range slices.Backward(states) {
		if diff := cmp.Diff(tree(list[2-i].Data), tree(s.Content)); diff != "" {
			t.Errorf("state %d (-version +state):\n%s", 3-i, diff)
		}
	}
	newest, err := b.ledger.NewestState(t.Context(), ledger.Target{Kind: "template", ID: id})
	if err != nil || newest.Compared != states[0].Compared || newest.Seq != states[0].Seq {
		t.Errorf("the newest is %+v, %v", newest, err)
	}
}

// What nobody had read by the time of a state isn't taken for a difference to one that tells it.
func TestUnreadRecordingsAreNoDifference(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	b.observe()
	id := b.firstTemplate().ID
	if _, err := b.client.UpdateRecordingConfigs(t.Context(), id, []hms.RecordingConfig{{Name: "all", Role: "host"}}); err != nil {
		t.Fatal(err)
	}
	b.updateTemplate(id, func(t *hms.Template) { t.Settings.Region = "in" })
	b.live(id)
	states, _, err := b.ledger.States(t.Context(), ledger.Target{Kind: "template", ID: id}, 0)
	if err != nil || len(states) != 2 {
		t.Fatalf("%d states, %v", len(states), err)
	}
	this, that := states[1].Beside("template", states[0])
	want, was := tree(states[0].Compared), tree(states[0].Was)
	at(want, "settings")["region"] = at(tree(states[1].Content), "settings")["region"]
	if diff := cmp.Diff([]any{want, tree(states[0].Compared), want}, []any{tree(this), tree(that), was}); diff != "" || want["recordings"] == nil {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Another default template at the vendor is no new version of either, but is known.
func TestDefaultElsewhere(t *testing.T) {
	t.Parallel()
	b := &past{bench: newBench(t, 0)}
	b.read([]sandbox.Reading{sandbox.ReadingTemplateSDKKeys})
	id := b.makeTemplate(desk("clinic"), "").ID
	b.observe()
	defaults := func() (ids []string) {
		t.Helper()
		list, err := b.db.Templates(t.Context(), db.TemplateQuery{Workspace: workspace.ID})
		if err != nil {
			t.Fatal(err)
		}
		for _, template := range list {
			if template.Default {
				ids = append(ids, template.ID)
			}
		}
		return ids
	}
	before := defaults()
	r := httptest.NewRequest(http.MethodPost, "http://localhost/sandbox/templates/"+id+"/default", nil)
	r.RemoteAddr = "127.0.0.1:1"
	w := httptest.NewRecorder()
	b.box.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("the sandbox says %d: %s", w.Code, w.Body)
	}
	b.observe()
	b.observe()
	if got := defaults(); len(before) != 1 || before[0] == id || !slices.Equal(got, []string{id}) {
		t.Errorf("default were %v, are %v", before, got)
	}
	_, told := b.versions(id)
	b.same("versions", []string{"template.create ann@example.org"}, told)
	if rows, _ := b.rows("template.seen"); len(rows) != 4 || rows[2].Reason+rows[3].Reason == "" {
		t.Errorf("%d notes, want those of the two at first sight and of the two marks: %+v", len(rows), rows)
	}
	if _, err := b.edit(id, func(tree map[string]any) { at(tree, "settings")["region"] = "us" }); err != nil {
		t.Fatal(err)
	}
	if got := defaults(); !slices.Equal(got, []string{id}) {
		t.Errorf("after a change of it %v are default", got)
	}
}

// However the API reads its own documents, our changes are versions, each once, and nothing is taken for another tool's.
func TestTemplatesInOtherReadings(t *testing.T) {
	t.Parallel()
	readings := []sandbox.Reading{
		sandbox.ReadingTemplateSDKKeys, sandbox.ReadingTemplateCustomerID, sandbox.ReadingPluginsInDestinations, sandbox.ReadingUpdateShowsTimes,
		sandbox.ReadingRecordingsNull, sandbox.ReadingCompositeShowsEnabled, sandbox.ReadingTemplateNamesFold, sandbox.ReadingUnknownTemplateKeysDropped,
		sandbox.ReadingRoleDefaultsSamples, sandbox.ReadingRoleDefaultsLegacy,
	}
	for _, reading := range readings {
		t.Run(string(reading), func(t *testing.T) {
			t.Parallel()
			b := &past{bench: newBench(t, 0)}
			b.read([]sandbox.Reading{reading})
			plan := recorded(desk("clinic"), "host")
			plan["plugins"] = map[string]any{"whiteboard": map[string]any{"permissions": map[string]any{"admin": []any{"host"}}}}
			plan["recordings"].([]any)[0].(map[string]any)["compositeRecording"] = map[string]any{"browserComposite": map[string]any{}}
			id := b.makeTemplate(plan, "").ID
			steps := []func(tree map[string]any){
				func(tree map[string]any) { at(tree, "settings")["region"] = "us" },
				func(tree map[string]any) { recorded(tree, "guest") },
				func(tree map[string]any) {
					delete(at(tree, "roles"), "guest")
					at(tree, "roles", "host", "subscribeParams")["subscribeToRoles"] = []any{"host"}
					recorded(tree, "host")
				},
			}
			for _, step := range steps {
				b.observe()
				if _, err := b.edit(id, step); err != nil {
					t.Fatal(err)
				}
			}
			b.live(id)
			b.observe()
			_, told := b.versions(id)
			const ann = " ann@example.org"
			b.same("versions", []string{"template.create" + ann, "template.update" + ann, "template.record" + ann, "template.update" + ann, "template.record" + ann}, told)
		})
	}
}
