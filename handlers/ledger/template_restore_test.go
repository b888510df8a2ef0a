package ledger_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"roomledger/handlers/ledger"
	"roomledger/web/sandbox"
)

// recordingRole is the role that a template's rooms are recorded by, at the API.
func (b *bench) recordingRole(id string) string {
	b.t.Helper()
	configs, err := b.client.RecordingConfigs(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(configs) == 0 {
		return ""
	}
	return configs[0].Role
}

// A restore brings back how rooms are recorded, by a second call where the template differs as well.
func TestRestoreRecordings(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(tree map[string]any){
		"alone":             func(tree map[string]any) { recorded(tree, "guest") },
		"with the template": func(tree map[string]any) { recorded(tree, "guest"); at(tree, "settings")["region"] = "us" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 0)
			id := b.makeTemplate(recorded(desk("clinic"), "host"), "").ID
			then := b.clock.now()
			if _, err := b.edit(id, change); err != nil {
				t.Fatal(err)
			}
			b.clock.pass(time.Minute)
			plan, err := b.ledger.PlanTemplate(t.Context(), id, then, nil)
			if err != nil || plan.Nothing() || len(plan.Left) > 0 || !strings.Contains(plan.Will, `"role":"host"`) || !strings.Contains(plan.Now, `"role":"guest"`) {
				t.Fatalf("the plan is %+v, %v", plan, err)
			}
			if _, err := b.ledger.RestoreTemplate(t.Context(), byAnn, id, then, plan.Version, nil); err != nil {
				t.Fatal(err)
			}
			if role := b.recordingRole(id); role != "host" {
				t.Errorf("rooms are recorded as %s", role)
			}
			b.clock.pass(time.Minute)
			if plan, err = b.ledger.PlanTemplate(t.Context(), id, then, nil); err != nil || !plan.Nothing() {
				t.Errorf("restored, it has still to be: %+v, %v", plan, err)
			}
			list, _ := b.versions(id)
			if first, last := list[0], list[len(list)-1]; first.Mark != last.Mark || !strings.HasPrefix(last.Reason, "Restored as of ") {
				t.Errorf("the newest version is %+v", last)
			}
		})
	}
}

// What no call can bring back is said, and stays.
func TestRestoreLeavesRecordings(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	id := b.makeTemplate(desk("clinic"), "").ID
	b.live(id)
	then := b.clock.now()
	if _, err := b.edit(id, func(tree map[string]any) { recorded(tree, "guest"); at(tree, "settings")["region"] = "us" }); err != nil {
		t.Fatal(err)
	}
	plan, err := b.ledger.PlanTemplate(t.Context(), id, then, nil)
	if err != nil || len(plan.Left) != 1 || plan.Left[0].Path != "recordings" || plan.Nothing() {
		t.Fatalf("the plan is %+v, %v", plan, err)
	}
	if _, err := b.ledger.RestoreTemplate(t.Context(), byAnn, id, then, plan.Version, nil); err != nil {
		t.Fatal(err)
	}
	if role := b.recordingRole(id); role != "guest" {
		t.Errorf("rooms are recorded as %s", role)
	}
}

func TestRestorePartly(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	id := b.makeTemplate(recorded(desk("clinic"), "host"), "").ID
	then := b.clock.now()
	if _, err := b.edit(id, func(tree map[string]any) { recorded(tree, "guest"); at(tree, "settings")["region"] = "us" }); err != nil {
		t.Fatal(err)
	}
	plan, err := b.ledger.PlanTemplate(t.Context(), id, then, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: "/templates/" + id + "/recordings", Status: http.StatusBadRequest})
	_, err = b.ledger.RestoreTemplate(t.Context(), byAnn, id, then, plan.Version, nil)
	if partly, ok := errors.AsType[*ledger.PartlyDone](err); !ok || partly.Made.ID != id || partly.Made.Operation == "" {
		t.Errorf("it came to %v", err)
	}
	if live := b.live(id); !strings.Contains(live.Shown, `"region":"eu"`) || b.recordingRole(id) != "guest" {
		t.Errorf("the template is %s", live.Shown)
	}
}

// A version whose history was removed can be restored all the same.
func TestRestoreOfWhatWasRemoved(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, 1)
	id := k.makeTemplate(desk("clinic"), "").ID
	then := k.clock.now()
	k.clock.pass(31 * 24 * time.Hour)
	if _, err := k.edit(id, func(tree map[string]any) { at(tree, "settings")["region"] = "us" }); err != nil {
		t.Fatal(err)
	}
	if n, err := k.ledger.Prune(t.Context(), byAnn); n == 0 || err != nil {
		t.Fatalf("%d rows were removed, %v", n, err)
	}
	plan, err := k.ledger.PlanTemplate(t.Context(), id, then, nil)
	if err != nil || !strings.Contains(plan.Will, `"region":"eu"`) {
		t.Fatalf("the plan is %+v, %v", plan, err)
	}
	if _, err := k.ledger.RestoreTemplate(t.Context(), byAnn, id, then, plan.Version, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := k.ledger.PlanTemplate(t.Context(), id, then.Add(-time.Hour), nil); !errors.Is(err, ledger.ErrNoState) {
		t.Errorf("before it was made it came to %v", err)
	}
}
