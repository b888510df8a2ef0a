package ledger_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

func noTemplate(*bench) string { return "" }

func oldTemplate(b *bench) string {
	old := desk("clinic")
	at(old, "settings")["region"] = "in"
	return b.makeTemplate(recorded(old, "host"), "").ID
}

func createTemplate(b *bench, id string) error {
	_, err := b.ledger.CreateTemplate(b.t.Context(), byAnn, desk("clinic"), id, nil)
	return err
}

func replaceTemplate(b *bench, id string) error {
	_, err := b.edit(id, func(tree map[string]any) { at(tree, "settings")["region"] = "us" })
	return err
}

func recordTemplate(b *bench, id string) error {
	_, err := b.edit(id, func(tree map[string]any) { recorded(tree, "guest") })
	return err
}

// recordWithout takes something away from how rooms are recorded.
func recordWithout(b *bench, id string) error {
	_, err := b.edit(id, func(tree map[string]any) {
		config, _ := recorded(tree, "host")["recordings"].([]any)[0].(map[string]any)
		config["compositeRecording"] = map[string]any{}
	})
	return err
}

func untouchedTemplates(*bench) {}

// theirs has another tool change the template of the tests, whatever its id.
func theirs(change func(*hms.Template)) func(*bench) {
	return func(b *bench) {
		b.t.Helper()
		for t, err := range b.client.AllTemplates(b.t.Context()) {
			if err != nil {
				b.t.Fatal(err)
			}
			if t.Name == "clinic" {
				b.updateTemplate(t.ID, change)
				return
			}
		}
		b.t.Fatal("the template isn't there")
	}
}

// makesTemplate has another tool make a template.
func makesTemplate(name, region string) func(*bench) {
	return func(b *bench) {
		b.t.Helper()
		_, err := b.client.CreateTemplate(b.t.Context(), hms.Template{Name: name, Roles: map[string]hms.Role{"host": {}}, Settings: hms.TemplateSettings{Region: region}})
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

// makesTheSame has another tool make what we wanted to.
func makesTheSame(b *bench) {
	b.t.Helper()
	var t hms.Template
	if err := t.UnmarshalJSON(encoded(b.t, desk("clinic"))); err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.client.CreateTemplate(b.t.Context(), t); err != nil {
		b.t.Fatal(err)
	}
}

// records has another tool change how the rooms of the template of the tests are recorded.
func records(role string) func(*bench) {
	return func(b *bench) {
		b.t.Helper()
		configs := []hms.RecordingConfig{{Name: "all", Role: role, CompositeRecording: &hms.CompositeRecording{BrowserComposite: &hms.BrowserComposite{Width: 1280, Height: 720}}}}
		for t, err := range b.client.AllTemplates(b.t.Context()) {
			if err == nil && t.Name == "clinic" {
				_, err = b.client.UpdateRecordingConfigs(b.t.Context(), t.ID, configs)
			}
			if err != nil {
				b.t.Fatal(err)
			}
		}
	}
}

func muchLater(does func(*bench)) func(*bench) {
	return func(b *bench) { b.clock.pass(time.Hour); does(b) }
}

func region(name string) func(*hms.Template) {
	return func(t *hms.Template) { t.Settings.Region = name }
}

func renamed(name string) func(*hms.Template) { return func(t *hms.Template) { t.Name = name } }

// templateMeanwhiles are changes of a template whose answer is lost, and what another tool does about the same time.
var templateMeanwhiles = map[string]struct {
	made    bool
	setUp   func(*bench) (id string)
	change  func(*bench, string) error
	other   func(*bench)
	outcome string
	says    string
}{
	"a new one":                          {true, noTemplate, createTemplate, untouchedTemplates, done, "was made at that time, and is as asked for"},
	"a new one, looked for much later":   {true, noTemplate, createTemplate, muchLater(untouchedTemplates), done, "is as asked for"},
	"a new one, not made":                {false, noTemplate, createTemplate, untouchedTemplates, failed, "No template of this name exists: not made."},
	"a new one, not made, another is":    {false, noTemplate, createTemplate, makesTemplate("ward", "eu"), failed, "No template of this name exists: not made."},
	"a new one, renamed since":           {true, noTemplate, createTemplate, theirs(renamed("ward")), unknown, "(ward) was made at that time and changed since"},
	"a new one, renamed and made anew":   {true, noTemplate, createTemplate, func(b *bench) { theirs(renamed("ward"))(b); muchLater(makesTheSame)(b) }, unknown, "Another tool made the template of this name after the call had ended, but template"},
	"a new one, changed since":           {true, noTemplate, createTemplate, theirs(region("us")), unknown, "it was changed since, or another tool made it"},
	"a new one, another tool was first":  {false, noTemplate, createTemplate, makesTemplate("clinic", "us"), failed, "So another tool made it: not made."},
	"a new one, another tool came later": {false, noTemplate, createTemplate, muchLater(makesTheSame), failed, "after the call had ended: not made."},

	"an overwriting":                    {true, oldTemplate, createTemplate, untouchedTemplates, done, "is as asked for, and was not before"},
	"an overwriting, not made":          {false, oldTemplate, createTemplate, untouchedTemplates, failed, "was not changed since: not made."},
	"an overwriting, changed since":     {true, oldTemplate, createTemplate, theirs(region("us")), unknown, "before, after or instead"},
	"an overwriting, not made, renamed": {false, oldTemplate, createTemplate, theirs(renamed("ward")), unknown, "before, after or instead"},

	"an update":                    {true, oldTemplate, replaceTemplate, untouchedTemplates, done, "is as asked for, and was not before"},
	"an update, not made":          {false, oldTemplate, replaceTemplate, untouchedTemplates, failed, "was not changed since: not made."},
	"an update, changed since":     {true, oldTemplate, replaceTemplate, theirs(region("eu")), unknown, "before, after or instead"},
	"an update, not made, changed": {false, oldTemplate, replaceTemplate, muchLater(theirs(region("eu"))), unknown, "before, after or instead"},

	"a recording":                    {true, oldTemplate, recordTemplate, untouchedTemplates, done, "are as asked for, and were not before"},
	"a recording, not made":          {false, oldTemplate, recordTemplate, untouchedTemplates, failed, "are as they were before: not made."},
	"a recording without":            {true, oldTemplate, recordWithout, untouchedTemplates, done, "are as asked for, and were not before"},
	"a recording without, not made":  {false, oldTemplate, recordWithout, untouchedTemplates, failed, "are as they were before: not made."},
	"a recording, not made, moved":   {false, oldTemplate, recordTemplate, theirs(region("us")), unknown, "can have been made and undone"},
	"a recording, undone since":      {true, oldTemplate, recordTemplate, records("host"), unknown, "can have been made and undone"},
	"a recording, not made, changed": {false, oldTemplate, recordTemplate, records("guest"), done, "are as asked for"},
}

// TestTemplatesMeanwhile loses answers while another tool works on the same template.
func TestTemplatesMeanwhile(t *testing.T) {
	t.Parallel()
	for name, tt := range templateMeanwhiles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 0)
			id := tt.setUp(b)
			b.clock.pass(time.Minute)
			b.lose("/templates", tt.made, func() error { return tt.change(b, id) })
			op := b.newest().ID
			b.clock.pass(time.Millisecond)
			tt.other(b)
			b.observe() // nothing is noted that may be ours
			if _, _, err := b.ledger.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.wantToldOf(op, tt.outcome, tt.says)
			b.noSecrets()
			b.onRecord()
		})
	}
}

// onRecord wants the read model to have each template as the API does, once nothing is open any more.
func (b *bench) onRecord() {
	b.t.Helper()
	b.clock.pass(time.Hour)
	b.observe()
	for t, err := range b.client.AllTemplates(b.t.Context()) {
		if err != nil {
			b.t.Fatal(err)
		}
		if open, err := b.db.OpenOperations(b.t.Context(), workspace.ID); err != nil || len(open) > 0 {
			continue
		}
		live := b.live(t.ID)
		if diff, same := b.differs(live); !same {
			b.t.Errorf("template %s isn't on record as it is: %s", t.Name, diff)
		}
	}
}

func (b *bench) differs(live ledger.LiveTemplate) (string, bool) {
	b.t.Helper()
	known, err := b.db.Template(b.t.Context(), workspace.ID, live.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	was, is := b.ledger.Compared("template", []byte(known.Data)), b.ledger.Compared("template", []byte(live.Shown))
	return was + "\n" + is, was == is
}

// TestKilledAtATemplate has a process die before its call, and after it.
func TestKilledAtATemplate(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before, after func(*bench) // the restart
		outcome       string
	}{
		"between intent and call":             {untouchedTemplates, untouchedTemplates, failed},
		"between call and outcome":            {makesTheSame, untouchedTemplates, done},
		"and another tool made it afterwards": {untouchedTemplates, makesTheSame, failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 0)
			op := b.leaveOpen(db.Row{
				Action: "template.create", TargetKind: "template", TargetName: "clinic", APIMethod: "POST", APIPath: "/templates",
				Request: b.ledger.TemplateShown(desk("clinic")),
			})
			tt.before(b)
			l := b.restart()
			b.clock.pass(time.Minute)
			tt.after(b)
			if closed, left, err := l.Settle(t.Context()); closed != 1 || left != 0 || err != nil {
				t.Fatalf("settling closed %d and left %d, %v", closed, left, err)
			}
			if got := b.outcome(op); got.Outcome != tt.outcome || (got.TargetID != "") != (tt.outcome == done) {
				t.Errorf("the operation is %s: %+v", got.Outcome, got)
			}
			b.onRecord()
		})
	}
}

// TestAskedAgainForATemplate has a person look at an open change of a template.
func TestAskedAgainForATemplate(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	b.lose("/templates", true, func() error { return createTemplate(b, "") })
	op := b.newest().ID
	looked, err := b.ledger.Look(t.Context(), byOlu, op)
	if err != nil || looked.Operation.Outcome != done || looked.Operation.TargetID == "" {
		t.Fatalf("looking came to %+v, %v", looked, err)
	}
	_, told := b.versions(looked.Operation.TargetID)
	b.same("versions", []string{"template.create olu@example.org"}, told)
	if live := b.live(looked.Operation.TargetID); live.N != 1 {
		t.Errorf("the template is version %d", live.N)
	}
}

// The next change of a template waits until it is known what became of the one before.
func TestTemplateChangesWaitForOpenOnes(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	id := oldTemplate(b)
	b.lose("/templates", true, func() error { return replaceTemplate(b, id) })
	if _, err := b.edit(id, func(tree map[string]any) { at(tree, "settings")["region"] = "eu" }); err != nil {
		t.Fatal(err)
	}
	b.lose("/templates", true, func() error { return createTemplate(b, id) })
	made := b.makeTemplate(recorded(desk("clinic"), "guest"), id)
	if made.ID != id {
		t.Errorf("made %+v", made)
	}
	b.same("the updates", []string{done, done}, b.outcomes("template.update"))
	if rows, _ := b.rows("template.seen"); len(rows) != 0 {
		t.Errorf("our own changes left %+v", rows)
	}
}

// TestTemplatesRefused wants each refusal to be told from what may have been done.
func TestTemplatesRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault sandbox.Fault
		open  bool
	}{
		"400":    {sandbox.Fault{Status: http.StatusBadRequest, Body: `{"code":400,"message":"no such thing as ` + streamKey + `"}`}, false},
		"403":    {sandbox.Fault{Status: http.StatusForbidden}, false},
		"429":    {sandbox.Fault{Status: http.StatusTooManyRequests}, false},
		"500":    {sandbox.Fault{Status: http.StatusInternalServerError}, true},
		"502":    {sandbox.Fault{Status: http.StatusBadGateway}, true},
		"spoilt": {sandbox.Fault{Spoil: "broken"}, true},
	} {
		for what, change := range map[string]func(*bench, string) error{"create": createTemplate, "update": replaceTemplate, "record": recordTemplate} {
			t.Run(name+" "+what, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, 0)
				id := oldTemplate(b)
				fault := c.fault // each change's own: they run side by side
				fault.Method, fault.Path = http.MethodPost, "/templates"
				b.box.FailNext(fault)
				err := change(b, id)
				if _, refused := errors.AsType[*ledger.Refused](err); isOpen(err) != c.open || refused == c.open {
					t.Errorf("it came to %v", err)
				}
				if err == nil || strings.Contains(err.Error(), streamKey) {
					t.Errorf("the error is %v", err)
				}
				b.noSecrets()
				b.clock.pass(time.Hour)
				b.client, b.ledger = b.through(b.box, nil) // the other one may have been asked to wait
				if c.open {
					b.settle()
				}
				b.onRecord()
			})
		}
	}
}

// What can't be read isn't changed, and leaves nothing on record.
func TestTemplatesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	id := oldTemplate(b)
	live := b.live(id)
	_, before := b.rows("template.create", "template.update", "template.record", "template.seen")
	for _, path := range []string{"/templates", "/templates/" + id, "/templates/" + id + "/recordings"} {
		b.box.FailNext(sandbox.Fault{Method: http.MethodGet, Path: path, Status: http.StatusInternalServerError})
		if err := createTemplate(b, id); err == nil {
			t.Error("without reading GET " + path + " a template was made")
		}
		b.box.ClearFaults()
	}
	b.box.FailNext(sandbox.Fault{Method: http.MethodGet, Path: "/templates/" + id, Status: http.StatusInternalServerError})
	if _, err := b.ledger.UpdateTemplate(t.Context(), byAnn, id, live.Version, desk("clinic"), nil); err == nil {
		t.Error("an update was sent over what couldn't be read")
	}
	_, after := b.rows("template.create", "template.update", "template.record", "template.seen")
	b.same("history", before, after)
}
