package ledger_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/web/hms"
)

// What an update can't bring back is said, with the reason, and stays; the rest is restored.
func TestRestoreLeavesWhatNoUpdateCanDo(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	template := b.firstTemplate().ID
	room := b.create(hms.RoomParams{Name: "ward-1", Description: new("then"), TemplateID: template, Region: "in"})
	then := b.clock.now()
	b.clock.pass(time.Minute)
	page, err := b.client.ListTemplates(t.Context(), 10, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.ledger.CreateRoom(t.Context(), byAnn, hms.RoomParams{
		Name: "ward-1", Description: new("now"), Region: "in", TemplateID: page.Data[1].ID, MaxDurationSeconds: new(600), RecordingInfo: &hms.RecordingInfo{},
		Webhook: &hms.Webhook{URL: "https://h.example.org/"},
	}, room.ID, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := b.client.UpdateRoom(t.Context(), room.ID, hms.RoomParams{Name: "ward-2"}); err != nil {
		t.Fatal(err)
	}
	b.create(hms.RoomParams{Name: "WARD-1"})
	plan, err := b.ledger.PlanRoom(t.Context(), room.ID, then, nil)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, l := range plan.Left {
		left = append(left, l.Path)
	}
	b.same("what is left", []string{"name", "template_id", "max_duration_seconds", "recording", "webhook"}, left)
	if _, err := b.ledger.RestoreRoom(t.Context(), byAnn, room.ID, then, plan.Version, nil); err != nil {
		t.Fatal(err)
	}
	rows, _ := b.rows("room.update")
	if is := b.known(room.ID); is.Description != "then" || is.Name != "ward-2" || rows[0].Request != `{"description":"then"}` {
		t.Errorf("the room is %+v after %s", is, rows[0].Request)
	}
	if plan, err = b.ledger.PlanRoom(t.Context(), room.ID, then, nil); err != nil || !plan.Nothing() {
		t.Errorf("restored, it has still to be: %+v, %v", plan, err)
	}
}

// TestLostRestores: what became of a restore whose answer was lost is told by the API.
func TestLostRestores(t *testing.T) {
	t.Parallel()
	for _, made := range []bool{true, false} {
		b := newBench(t, 0)
		room := b.create(hms.RoomParams{Name: "ward-1"})
		b.observe()
		then, id := b.clock.now(), b.firstTemplate().ID
		b.clock.pass(time.Minute)
		if _, err := b.client.UpdateRoom(t.Context(), room.ID, hms.RoomParams{Name: "ward-2"}); err != nil {
			t.Fatal(err)
		}
		b.updateTemplate(id, func(t *hms.Template) { t.Settings.Region = "eu" })
		b.clock.pass(time.Minute)
		plan, err := b.ledger.PlanRoom(t.Context(), room.ID, then, nil)
		if err != nil {
			t.Fatal(err)
		}
		b.lose("/rooms/"+room.ID, made, func() error {
			_, err := b.ledger.RestoreRoom(t.Context(), byAnn, room.ID, then, plan.Version, nil)
			return err
		})
		b.settle()
		if plan, err = b.ledger.PlanTemplate(t.Context(), id, then, nil); err != nil {
			t.Fatal(err)
		}
		b.lose("/templates/"+id, made, func() error {
			_, err := b.ledger.RestoreTemplate(t.Context(), byAnn, id, then, plan.Version, nil)
			return err
		})
		b.clock.pass(time.Minute)
		b.settle()
		want := map[bool][]string{true: {db.OutcomeDone}, false: {db.OutcomeFailed}}[made]
		b.same("the room's restore", want, b.outcomes("room.update"))
		b.same("the template's restore", want, b.outcomes("template.update"))
		b.observe()
		b.refresh()
		for target, change := range map[ledger.Target]string{{Kind: "room", ID: room.ID}: `"ward-2"`, {Kind: "template", ID: id}: `"region":"eu"`} {
			state, err := b.ledger.NewestState(t.Context(), target)
			if err != nil || strings.Contains(state.Compared, change) == made {
				t.Errorf("made %v: the newest state of the %s is %+v, %v", made, target.Kind, state, err)
			}
		}
	}
}

// TestTemplateRestore brings a template back with all its secrets, and with what nobody knows.
func TestTemplateRestore(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	id := b.firstTemplate().ID
	const oldKey, newKey = "rtmp://a.example.org/live/a-stream-key-of-then", "rtmp://a.example.org/live/a-stream-key-of-now"
	b.updateTemplate(id, func(t *hms.Template) {
		t.Settings.Recording = &hms.TemplateRecording{Upload: &hms.TemplateUpload{
			Type: "s3", Location: "bucket", Prefix: "p", Credentials: &hms.TemplateCredentials{Key: "a-key-that-stays-here", SecretKey: "a-secret-that-stays-here"},
		}}
		t.Destinations = &hms.Destinations{RTMP: map[string]hms.RTMPDestination{"tv": {Name: "tv", URLs: []hms.StreamURL{oldKey}}}}
	})
	b.observe()
	then := b.clock.now()
	was, err := b.client.Template(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	b.clock.pass(time.Minute)
	b.updateTemplate(id, func(t *hms.Template) {
		t.Settings.Recording.Upload.Prefix = "q"
		t.Destinations.RTMP["tv"] = hms.RTMPDestination{Name: "tv", URLs: []hms.StreamURL{newKey}, MaxDuration: 600}
	})
	plan, err := b.ledger.PlanTemplate(t.Context(), id, then, nil)
	if err != nil {
		t.Fatal(err)
	}
	const path = "destinations.rtmpDestinations.tv.rtmpUrls.0"
	want := []ledger.Secret{{Path: path, Rest: "rtmp://a.example.org/live/a-stream-key-of-"[:27], Missing: true}}
	want[0].Rest = "rtmp://a.example.org/"
	if diff := cmp.Diff(want, plan.Asked); diff != "" || plan.Nothing() || len(plan.Left) != 1 || plan.Left[0].Path != "recordings" {
		t.Fatalf("asked for (-want +got):\n%s\nleft %v", diff, plan.Left)
	}
	_, err = b.ledger.RestoreTemplate(t.Context(), byAnn, id, then, plan.Version, nil)
	if not, ok := errors.AsType[*ledger.NotRestored](err); !ok || not.Stale || !not.Plan.Missing() {
		t.Fatalf("without the secret it came to %v", err)
	}
	done, err := b.ledger.RestoreTemplate(t.Context(), byAnn, id, then, plan.Version, map[string]string{path: strings.TrimPrefix(oldKey, want[0].Rest)})
	if err != nil || done.Name != was.Name {
		t.Fatalf("restored %+v, %v", done, err)
	}
	is, err := b.client.Template(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	but := map[string]bool{"updatedAt": true}
	if diff := cmp.Diff(fieldsBut(t, encoded(t, was), but), fieldsBut(t, encoded(t, is), but)); diff != "" {
		t.Errorf("the template (-then +now):\n%s", diff)
	}
	rows, told := b.rows("template.update")
	b.same("history", []string{"template.update intent", "template.update done"}, told)
	if all := encoded(t, rows); bytes.Contains(all, []byte("a-stream-key-of")) || bytes.Contains(all, []byte("that-stays-here")) {
		t.Error("history holds a secret")
	}
	b.observe()
	if rows, _ := b.rows("template.seen"); len(rows) != 2 {
		t.Errorf("our own change of a template left %d notes, want those of the two at first sight", len(rows))
	}
}

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
