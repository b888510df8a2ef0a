package ledger_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
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

// The secrets of the templates in these tests.
const (
	bucketKey    = "AKIA-a-bucket-key-of-tests"
	bucketSecret = "a-bucket-secret-of-these-tests"
	streamKey    = "a-stream-key-of-these-tests"
)

// desk is a template's tree as a form makes it.
func desk(name string) map[string]any {
	return tree(`{"name":"` + name + `","x-unknown":{"deep":[1,{"of":"them"}]},
		"roles":{"host":{"name":"host","priority":1,"permissions":{"endRoom":true},"publishParams":{"allowed":["audio","video"],
			"video":{"bitRate":300,"codec":"vp8","frameRate":25,"width":480,"height":360}},"subscribeParams":{"subscribeToRoles":["host","guest"],"maxSubsBitRate":3200}},
			"guest":{"name":"guest","priority":2,"subscribeParams":{"subscribeToRoles":["host"]}}},
		"settings":{"region":"eu","recording":{"upload":{"type":"s3","location":"bucket","prefix":"p","credentials":{"key":"` + bucketKey + `","secretKey":"` + bucketSecret + `"}}}},
		"destinations":{"rtmpDestinations":{"tv":{"name":"tv","rtmpUrls":["rtmp://a.example.org/live/` + streamKey + `"]}}}}`)
}

func tree(text string) map[string]any {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var out map[string]any
	if err := d.Decode(&out); err != nil {
		return nil
	}
	return out
}

// recorded is a tree with a recording configuration of one role.
func recorded(tree map[string]any, role string) map[string]any {
	tree["recordings"] = []any{map[string]any{"name": "all", "role": role, "compositeRecording": map[string]any{"browserComposite": map[string]any{"width": json.Number("1280"), "height": json.Number("720")}}}}
	return tree
}

func (b *bench) makeTemplate(tree map[string]any, overwrite string) ledger.MadeTemplate {
	b.t.Helper()
	b.clock.pass(time.Minute)
	made, err := b.ledger.CreateTemplate(b.t.Context(), byAnn, tree, overwrite, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return made
}

func (b *bench) live(id string) ledger.LiveTemplate {
	b.t.Helper()
	b.clock.pass(time.Minute)
	live, err := b.ledger.ReadTemplate(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return live
}

// edit changes a template through the ledger, as it is now.
func (b *bench) edit(id string, change func(tree map[string]any)) (ledger.MadeTemplate, error) {
	b.t.Helper()
	live := b.live(id)
	next := tree(string(encoded(b.t, live.Tree)))
	change(next)
	b.clock.pass(time.Minute)
	return b.ledger.UpdateTemplate(b.t.Context(), byAnn, id, live.Version, next, nil)
}

// versions are those of a template, oldest first, as who made them how.
func (b *bench) versions(id string) (list []db.TemplateVersion, told []string) {
	b.t.Helper()
	list, err := b.db.TemplateVersions(b.t.Context(), workspace.ID, id, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	slices.Reverse(list)
	for i, v := range list {
		if v.N != i+1 {
			b.t.Errorf("version %d has the number %d", i+1, v.N)
		}
		told = append(told, v.Action+" "+v.Actor)
	}
	return list, told
}

func at(tree map[string]any, path ...string) map[string]any {
	for _, key := range path {
		tree, _ = tree[key].(map[string]any)
	}
	return tree
}

func TestCreateTemplate(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	made := b.makeTemplate(recorded(desk("clinic"), "host"), "")
	if made.Name != "clinic" || made.Overwrote || made.Remark != "" {
		t.Errorf("made %+v", made)
	}
	live := b.live(made.ID)
	if live.N != 1 || live.Tree["x-unknown"] == nil || len(live.Tree["recordings"].([]any)) != 1 {
		t.Errorf("the template is version %d: %s", live.N, live.Shown)
	}
	rows, told := b.rows("template.create", "template.record", "template.seen")
	b.same("history", []string{"template.create intent", "template.create done", "template.record intent", "template.record done"}, told)
	if rows[2].Batch != made.Operation || rows[3].Batch != made.Operation {
		t.Errorf("the second operation goes on from %q, want %s", rows[2].Batch, made.Operation)
	}
	_, told = b.versions(made.ID)
	b.same("versions", []string{"template.create ann@example.org"}, told)
	known, err := b.db.Template(t.Context(), workspace.ID, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.same("the line", []string{"clinic", "eu", "guest", "host", "RTMP tv", "all", "s3://bucket/p", "ann@example.org", "template.create"},
		slices.Concat([]string{known.Name, known.Region}, known.RoleNames, known.Destinations, known.Recordings, []string{known.Storage, known.ChangedBy, known.Action}))
	if known.CreatedAt.IsZero() || known.Roles != 2 || !strings.Contains(known.Data, `"recordings":[{`) {
		t.Errorf("the line is %+v", known)
	}
	b.noSecrets()
}

// noSecrets wants no secret anywhere in history or the read models.
func (b *bench) noSecrets() {
	b.t.Helper()
	var all []any
	err := b.db.EachRow(b.t.Context(), db.OperationQuery{}, func(r *db.Row) error { all = append(all, *r); return nil })
	if err != nil {
		b.t.Fatal(err)
	}
	list, err := b.db.Templates(b.t.Context(), db.TemplateQuery{Workspace: workspace.ID})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, template := range list {
		versions, _ := b.versions(template.ID)
		all = append(all, template, versions)
	}
	text := encoded(b.t, all)
	for _, s := range []string{bucketKey, bucketSecret, streamKey} {
		if bytes.Contains(text, []byte(s)) {
			b.t.Errorf("history holds %s", s)
		}
	}
}

func TestCreateTemplateWithoutName(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	nameless := desk("")
	made := b.makeTemplate(nameless, "")
	if len(made.Name) != 36 || b.live(made.ID).Name != made.Name || nameless["name"] != "" {
		t.Errorf("made %+v from %v", made, nameless["name"])
	}
}

func TestTemplateNameTaken(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	first := b.makeTemplate(recorded(desk("clinic"), "host"), "")
	for _, c := range []struct{ name, overwrite string }{{"clinic", ""}, {"CLINIC", ""}, {"clinic", b.firstTemplate().ID[:20] + "ffff"}} {
		_, err := b.ledger.CreateTemplate(t.Context(), byAnn, desk(c.name), c.overwrite, nil)
		taken, ok := errors.AsType[*ledger.TemplateTaken](err)
		if !ok || taken.Template.ID != first.ID || taken.Template.Shown == "" || taken.Template.N != 1 {
			t.Fatalf("%+v came to %v", c, err)
		}
	}
	rows, told := b.rows("template.create")
	b.same("history", []string{"template.create intent", "template.create done", "template.create note", "template.create note", "template.create note"}, told)
	if rows[2].Error != "Stopped: would overwrite template "+first.ID+"." || rows[2].TargetID != first.ID {
		t.Errorf("the note is %+v", rows[2])
	}
	other := desk("clinic")
	at(other, "settings")["region"] = "us"
	made := b.makeTemplate(other, first.ID)
	if made.ID != first.ID || !made.Overwrote || !strings.Contains(made.Remark, "recording configuration stays") {
		t.Errorf("made %+v", made)
	}
	list, told := b.versions(first.ID)
	b.same("versions", []string{"template.create ann@example.org", "template.create ann@example.org"}, told)
	if !strings.Contains(list[1].Data, `"region":"us"`) || !strings.Contains(list[1].Data, `"recordings":[{`) {
		t.Errorf("the newest version is %s", list[1].Data)
	}
}

// Where the API tells names in other case apart, agreeing to overwrite makes a template beside.
func TestTemplateNameInOtherCase(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	first := b.makeTemplate(desk("clinic"), "")
	made := b.makeTemplate(desk("Clinic"), first.ID)
	if made.ID == first.ID || made.Overwrote || !strings.Contains(made.Remark, "this made another one") {
		t.Errorf("made %+v", made)
	}
	for _, id := range []string{first.ID, made.ID} {
		if list, _ := b.versions(id); len(list) != 1 {
			t.Errorf("template %s has %d versions", id, len(list))
		}
	}
}

// TestOverwrittenUnseen has another tool make a template of the name between our look-up and our call.
func TestOverwrittenUnseen(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	b.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: "/templates", Hook: func() {
		if _, err := b.client.CreateTemplate(t.Context(), hms.Template{Name: "clinic", Roles: map[string]hms.Role{"theirs": {}}}); err != nil {
			t.Error(err)
		}
		b.clock.pass(time.Second)
	}})
	made := b.makeTemplate(desk("clinic"), "")
	if !strings.HasPrefix(made.Remark, "This may have overwritten a template") {
		t.Errorf("made %+v", made)
	}
	if op := b.outcome(made.Operation); op.Error != made.Remark {
		t.Errorf("on record is %q", op.Error)
	}
}

// TestSameFormOfTemplate sends one form twice, and once with other content.
func TestSameFormOfTemplate(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	ch := byAnn
	ch.Token, ch.Content = "token", "content"
	var results []ledger.MadeTemplate
	for range 2 {
		made, err := b.ledger.CreateTemplate(t.Context(), ch, recorded(desk("clinic"), "host"), "", nil)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, made)
	}
	results[1].Again = !results[1].Again
	if results[0] != results[1] {
		t.Errorf("sent twice it gave %+v and %+v", results[0], results[1])
	}
	ch.Content = "other"
	if _, err := b.ledger.CreateTemplate(t.Context(), ch, desk("other"), "", nil); !errors.Is(err, ledger.ErrOtherContent) {
		t.Errorf("with other content it came to %v", err)
	}
	live := b.live(results[0].ID)
	ch.Token, ch.Content = "second", "content"
	next := tree(string(encoded(t, live.Tree)))
	at(next, "settings")["region"] = "us"
	for i := range 2 {
		made, err := b.ledger.UpdateTemplate(t.Context(), ch, live.ID, live.Version, next, nil)
		if err != nil || made.Again != (i == 1) || made.ID != live.ID || made.Name != "clinic" || made.Overwrote {
			t.Errorf("try %d gave %+v, %v", i, made, err)
		}
	}
	if _, told := b.rows("template.update"); len(told) != 2 {
		t.Errorf("history has %v", told)
	}
}

// Recordings that fail leave a template that is changed, and say so, also when the form comes again.
func TestRecordingsThatFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault sandbox.Fault
		open  bool
	}{
		"refused": {sandbox.Fault{Status: http.StatusBadRequest, Body: `{"code":400,"message":"bad ` + bucketSecret + `"}`}, false},
		"lost":    {sandbox.Fault{CutAfter: true}, true},
		"failed":  {sandbox.Fault{Status: http.StatusInternalServerError}, true},
		"held":    {sandbox.Fault{Status: http.StatusTooManyRequests}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 0)
			live := b.live(b.makeTemplate(desk("clinic"), "").ID)
			c.fault.Method, c.fault.Path = http.MethodPost, "/templates/"+live.ID+"/recordings"
			b.box.FailNext(c.fault)
			ch := byAnn
			ch.Token = "token"
			next := recorded(tree(string(encoded(t, live.Tree))), "host")
			at(next, "settings")["region"] = "us"
			for range 2 {
				_, err := b.ledger.UpdateTemplate(t.Context(), ch, live.ID, live.Version, next, []string{bucketSecret})
				partly, ok := errors.AsType[*ledger.PartlyDone](err)
				if !ok || isOpen(err) != c.open || partly.Made.ID != live.ID || strings.Contains(err.Error(), bucketSecret) {
					t.Fatalf("it came to %v", err)
				}
			}
			b.client, b.ledger = b.through(b.box, nil) // the other one may have been asked to wait
			if !strings.Contains(b.live(live.ID).Shown, `"region":"us"`) {
				t.Error("the template isn't changed")
			}
			b.noSecrets()
			if c.open {
				b.settle()
			}
		})
	}
}

// TestReadTemplateAgain: what is read again as it was is told as it was, and whatever changes in it shows.
func TestReadTemplateAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	id := b.makeTemplate(desk("clinic"), "").ID
	first, again := b.live(id), b.live(id)
	if d := cmp.Diff(first, again); d != "" {
		t.Errorf("read again: (-first +again)\n%s", d)
	}
	if b.restart(); b.live(id).Version != first.Version {
		t.Error("another process marks the same content otherwise")
	}
	for name, change := range map[string]func(*hms.Template){
		"region":         func(t *hms.Template) { t.Settings.Region = "in" },
		"short secret":   func(t *hms.Template) { t.Settings.Recording.Upload.Credentials.SecretKey = "short" },
		"another secret": func(t *hms.Template) { t.Settings.Recording.Upload.Credentials.SecretKey = "other" },
	} {
		was := b.live(id)
		b.clock.pass(time.Minute)
		b.updateTemplate(id, change)
		b.clock.pass(time.Minute)
		if is := b.live(id); is.Version == was.Version {
			t.Errorf("%s: the version stays %s", name, is.Version)
		}
	}
}
