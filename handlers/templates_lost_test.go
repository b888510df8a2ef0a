package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"roomledger/db"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// withRecording is a template's form with a recording configuration that it hasn't yet.
func withRecording(b *browser, at string, v url.Values) url.Values {
	b.t.Helper()
	v = b.post(at, with(v, "add", "recordings")).want(http.StatusOK).form(at)
	return with(v, "recordings.0.name", "lesson", "recordings.0.role", "host", "recordings.0.compositeRecording.browserComposite.enabled", "on")
}

// recordingNames are the recording configurations that the API has for a template.
func (d *desk) recordingNames(id string) string {
	d.t.Helper()
	configs, err := d.app.HMS.RecordingConfigs(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	var names []string
	for _, c := range configs {
		names = append(names, c.Name)
	}
	return strings.Join(names, " ")
}

// records are the calls that set recording configurations.
func (d *desk) records(id string) int {
	return d.box.Calls(http.MethodPost, "/templates/"+id+"/recordings")
}

// lostTemplate is a change of a template and its recording configuration of which the first answer was lost after the API had done
// the work, settled since: nothing was sent by the second call.
type lostTemplate struct {
	*desk
	b    *browser
	at   string     // of the form
	sent url.Values // by the form
	id   string
	op   string
}

func lostRecording(t *testing.T, edits bool) *lostTemplate {
	t.Helper()
	d := oneTry(t)
	l := &lostTemplate{desk: d, b: d.as("operator"), at: "/templates/new"}
	if edits {
		l.id = d.aTemplate("whole").ID
		l.at = editPath(l.id)
		l.sent = withRecording(l.b, l.at, with(l.b.get(l.at).form(l.at), "settings.region", "us", "reason", "to see"))
	} else {
		l.sent = withRecording(l.b, l.at, fillTemplate(l.b, "name", "whole"))
	}
	d.lose(sandbox.Fault{Path: "/templates", CutAfter: true})
	p := l.b.post(l.at, l.sent).want(http.StatusBadGateway)
	wantTemplateKept(t, p, l.at, l.sent)
	l.op = strings.TrimPrefix(p.Find(`main a[href^="/history/"]`).AttrOr("href", ""), "/history/")
	if op, err := d.db.Operation(t.Context(), l.op); err != nil || op.Outcome != db.OutcomeUnknown {
		t.Fatalf("the page links to an operation that is %s, %v", op.Outcome, err)
	}
	d.settle(1, 0)
	l.id = d.boxedTemplates()["whole"].ID
	if d.recordingNames(l.id) != "" || d.records(l.id) != 0 {
		t.Fatal("a recording configuration was sent")
	}
	return l
}

// wantMissing wants both pages to say that the recording configuration was never sent, and where to set it; or neither.
func (l *lostTemplate) wantMissing(want bool) {
	l.t.Helper()
	page, operation := l.b.get("/templates/"+l.id).want(http.StatusOK), l.b.get("/history/"+l.op).want(http.StatusOK)
	for _, p := range []namedPage{{"template", page}, {"operation", operation}} {
		links := p.Find(`main a[href="` + editPath(l.id) + `#section-recordings"]`).Length()
		if says := strings.Contains(p.Text(), "never was") || strings.Contains(p.Text(), "It was never made"); want && (!says || links != 1 || !strings.Contains(p.Text(), `"lesson"`)) || !want && links != 0 {
			l.t.Errorf("the page of the %s says %v, links %d: %s", p.name, says, links, p.problem())
		}
	}
	if want && l.b.get(editPath(l.id)).Find("#section-recordings").Length() != 1 {
		l.t.Error("the edit form has no such place")
	}
}

// actions are the rows of history with one of these actions.
func (d *desk) actions(of ...string) []db.Row {
	d.t.Helper()
	return slices.DeleteFunc(d.rows(), func(r db.Row) bool { return !slices.Contains(of, r.Action) })
}

// namedPage is a page with its name.
type namedPage struct {
	name string
	page
}

// TestRecordingsOfALostTemplate: it is said what is missing, and the same form, sent again by the same person, brings it.
func TestRecordingsOfALostTemplate(t *testing.T) {
	for name, edits := range map[string]bool{"new": false, "edit": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := lostRecording(t, edits)
			l.wantMissing(true)
			rows, err := l.db.OperationRows(t.Context(), l.op)
			if err != nil || len(rows) != 2 || !strings.Contains(rows[0].After, `"lesson"`) || rows[1].Phase != db.PhaseSettled ||
				!strings.Contains(rows[1].Error, "Its recording configuration was not sent") || rows[1].TargetID != l.id {
				t.Fatalf("history is %+v, %v", rows, err)
			}
			if strings.Contains(rows[0].Request, "lesson") {
				t.Error("the request on record isn't the one that was sent")
			}
			calls := len(l.actions("template.create", "template.update"))
			if got := l.b.post(l.at, l.sent).want(http.StatusSeeOther).location; got != "/templates/"+l.id {
				t.Errorf("the same form leads to %s", got)
			}
			if l.recordingNames(l.id) != "lesson" || l.records(l.id) != 1 || len(l.actions("template.create", "template.update")) != calls {
				t.Errorf("the recording configurations are %q after %d calls", l.recordingNames(l.id), l.records(l.id))
			}
			l.wantMissing(false)
			l.b.post(l.at, l.sent).want(http.StatusSeeOther)
			if l.records(l.id) != 1 {
				t.Error("a third time, they were sent again")
			}
			last := l.rows()[len(l.rows())-1]
			if last.Action != "template.record" || last.Batch != l.op || last.Phase != db.PhaseDone {
				t.Errorf("history ends with %+v", last)
			}
		})
	}
}

// TestLostTemplateGoesOn: the edit form sets what is missing, and the form of then doesn't undo what came since.
func TestLostTemplateGoesOn(t *testing.T) {
	for name, change := range map[string]func(l *lostTemplate){
		"the edit form": func(l *lostTemplate) {
			at := editPath(l.id)
			v := withRecording(l.b, at, l.b.get(at).form(at))
			l.b.post(at, with(v, "recordings.0.name", "by-hand")).want(http.StatusSeeOther)
		},
		"another tool": func(l *lostTemplate) {
			configs := []hms.RecordingConfig{{Name: "by-hand", Role: "host"}}
			if _, err := l.app.HMS.UpdateRecordingConfigs(l.t.Context(), l.id, configs); err != nil {
				l.t.Fatal(err)
			}
		},
	} {
		for kind, edits := range map[string]bool{"new": false, "edit": true} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				l := lostRecording(t, edits)
				change(l)
				calls := l.records(l.id)
				l.b.post(l.at, l.sent).want(http.StatusSeeOther)
				if l.recordingNames(l.id) != "by-hand" || l.records(l.id) != calls {
					t.Errorf("the recording configurations are %q", l.recordingNames(l.id))
				}
				if said := l.b.get("/templates/" + l.id).Find(".flash").Text(); !strings.Contains(said, "Its recording configuration was not sent") {
					t.Errorf("the page says %q", said)
				}
			})
		}
	}
}

// A second call that is lost itself stays open, and is told as any other; the form brings nothing twice.
func TestLostRecordingOfALostTemplate(t *testing.T) {
	t.Parallel()
	l := lostRecording(t, true)
	l.lose(sandbox.Fault{Path: "/templates/" + l.id + "/recordings", CutAfter: true})
	p := l.b.post(l.at, l.sent).want(http.StatusBadGateway)
	wantSaid(t, p, "is saved, but its recording configuration is not")
	l.settle(1, 0)
	l.b.post(l.at, l.sent).want(http.StatusSeeOther)
	if l.recordingNames(l.id) != "lesson" || l.records(l.id) != 1 {
		t.Errorf("the recording configurations are %q after %d calls", l.recordingNames(l.id), l.records(l.id))
	}
	l.wantMissing(false)
}

// TestTemplateThatStopsHalfway: history can't be written any more once the first call is on its way, as when the program ends there.
func TestTemplateThatStopsHalfway(t *testing.T) {
	for name, edits := range map[string]bool{"new": false, "edit": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := oneTry(t)
			l := &lostTemplate{desk: d, b: d.as("operator"), at: "/templates/new"}
			if edits {
				l.at = editPath(d.aTemplate("whole").ID)
				l.sent = withRecording(l.b, l.at, with(l.b.get(l.at).form(l.at), "settings.region", "us"))
			} else {
				l.sent = withRecording(l.b, l.at, fillTemplate(l.b, "name", "whole"))
			}
			var undo func()
			d.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: "/templates", Handle: true, Hook: func() { undo = d.refuseRows(db.PhaseIntent) }})
			p := l.b.post(l.at, l.sent).want(http.StatusServiceUnavailable)
			undo()
			if !strings.Contains(p.Text(), "is saved, but its recording configuration is not") {
				t.Errorf("the page says %s", p.problem())
			}
			l.id = d.boxedTemplates()["whole"].ID
			rows := l.actions("template.create", "template.update")
			l.op = rows[len(rows)-1].Operation
			l.wantMissing(true)
			l.b.post(l.at, l.sent).want(http.StatusSeeOther)
			l.wantMissing(false)
			if l.recordingNames(l.id) != "lesson" {
				t.Errorf("the recording configurations are %q", l.recordingNames(l.id))
			}
		})
	}
}
