package handlers_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"roomledger/db"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// slow are the ways in which saving a template takes too long, and whether 100ms saves it all the same.
var slow = map[string]struct {
	fault sandbox.Fault
	made  bool
}{
	"504 before":       {sandbox.Fault{Status: http.StatusGatewayTimeout, Body: "<h1>Gateway time-out</h1>", ContentType: "text/html"}, false},
	"504 after":        {sandbox.Fault{Status: http.StatusGatewayTimeout, Body: "<h1>Gateway time-out</h1>", ContentType: "text/html", Handle: true}, true},
	"502 after":        {sandbox.Fault{Status: http.StatusBadGateway, Handle: true}, true},
	"no answer at all": {sandbox.Fault{CutBefore: true}, false},
}

// TestTemplateThatTakesTooLong: the page keeps everything that was typed, the operation is unknown, and then settled; the same form
// makes nothing twice.
func TestTemplateThatTakesTooLong(t *testing.T) {
	for name, tt := range slow {
		for kind, edits := range map[string]bool{"new": false, "edit": true} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				d := oneTry(t)
				b, at, sent := d.as("operator"), "/templates/new", url.Values(nil)
				if edits {
					at = editPath(d.aTemplate("slow").ID)
					sent = with(b.get(at).form(at), "settings.region", "us", "reason", "to see")
				} else {
					sent = fillTemplate(b, "name", "slow", "settings.region", "us", "reason", "to see")
					maps.DeleteFunc(sent, func(name string, _ []string) bool { return strings.HasPrefix(name, "recordings.") })
				}
				fault := tt.fault
				if fault.Path = "/templates"; fault.CutBefore {
					fault.Hook = func() { <-t.Context().Done() } // until the desk gives up waiting, and longer
				}
				d.lose(fault)
				p := b.post(at, sent)
				wantTemplateKept(t, p, at, sent)
				op := wantUnknown(t, d, b, p)
				if got := p.form(at); got.Get("form_token") != sent.Get("form_token") || got.Get("reason") != "to see" {
					t.Error("the form lost its token or its reason")
				}
				wantUnknown(t, d, b, b.post(at, sent))
				d.settle(1, 0)
				wantSettled(t, d, op, tt.made)
				calls := d.box.Calls(http.MethodPost, "/templates")
				again := b.post(at, sent)
				if d.box.Calls(http.MethodPost, "/templates") != calls && (tt.made || !edits) {
					t.Error("it was sent twice")
				}
				if tt.made {
					again.want(http.StatusSeeOther)
				} else {
					wantTemplateKept(t, again, at, sent)
					b.post(at, again.form(at)).want(http.StatusSeeOther)
				}
				if got := d.boxedTemplates()["slow"].Settings.Region; got != "us" {
					t.Errorf("the region is %q", got)
				}
			})
		}
	}
}

// TestTemplateGoneAtTheAPI: deleted at 100ms while somebody works on it, every page says so in words and keeps what was typed.
func TestTemplateGoneAtTheAPI(t *testing.T) {
	t.Parallel()
	d := oneTry(t)
	b := d.as("admin")
	gone := d.aTemplate("gone")
	at, path := editPath(gone.ID), "/templates/"+gone.ID
	typed := with(b.get(at).form(at), "roles.0.priority", "4", "reason", "to see")
	reviewed := b.post(at, with(typed, "step", "review")).want(http.StatusOK).form(at)
	d.moveElsewhere(gone.ID, func(t *hms.Template) { t.Settings.Region = "in" })
	b.get(path + "?live=1").want(http.StatusOK)
	ask := b.get(b.get(path+"/versions/1").Find(`main a[href^="`+path+`/restore"]`).AttrOr("href", "")).want(http.StatusOK)
	restore := with(ask.form(path+"/restore"), "reason", "the tool was wrong")
	d.box.FailNext(sandbox.Fault{Path: path, Status: http.StatusNotFound, Body: `{"code":404,"message":"template not found"}`, Times: 1000})
	before := len(d.rows())

	wantSaid(t, b.get(at).want(http.StatusNotFound), "100ms doesn't know this.")
	for name, sent := range map[string]url.Values{"review": with(typed, "step", "review"), "save": typed, "save what was reviewed": reviewed} {
		p := b.post(at, sent).want(http.StatusNotFound)
		wantTemplateKept(t, p, at, sent)
		if said := p.Find(`[role="alert"]`).Text(); !strings.Contains(said, "100ms doesn't know this.") || p.form(at).Get("reason") != "to see" {
			t.Errorf("%s: the page says %q", name, said)
		}
	}
	wantSaid(t, b.post(path+"/restore", restore).want(http.StatusNotFound), "100ms doesn't know this.")
	wantSaid(t, b.get(path+"/restore?at="+url.QueryEscape(restore.Get("at"))).want(http.StatusNotFound), "100ms doesn't know this.")
	wantText(t, b.get(path+"?live=1").want(http.StatusOK), "100ms doesn't know this.", "Below is what was last known.")
	for _, page := range []string{path, path + "/versions", path + "/versions/1", path + "/versions/1?with=2", path + "/matrix", path + "/default", "/templates"} {
		b.get(page).want(http.StatusOK)
	}
	for _, page := range []string{path + "/impact", path + "/export", path + "/moments", "/templates/new?from=" + gone.ID, "/templates/compare?a=" + gone.ID + "&b=" + gone.ID} {
		if p := b.get(page); p.status >= 500 {
			t.Errorf("%s: %d %s", page, p.status, p.problem())
		}
	}
	for _, r := range d.rows()[before:] {
		if r.Phase == db.PhaseIntent {
			t.Errorf("%s was announced for a template that is gone", r.Action)
		}
	}
	if d.box.Calls(http.MethodPost, path) != 1 {
		t.Error("something was sent to it")
	}
}

// TestDefaultMarkTakenAwayTwice: by two admins at once, and again, it goes once and is on record once.
func TestDefaultMarkTakenAwayTwice(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	path := "/templates/" + d.templateElsewhere("clinic").ID
	b := d.as(db.RoleAdmin)
	b.get(path).want(http.StatusOK)
	b.confirm(path+"/default", "").want(http.StatusSeeOther)
	off := path + "/default?on=false"
	form := b.get(off).want(http.StatusOK).form(off)
	before := len(d.rows())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if p := b.post(off, form); p.status != http.StatusSeeOther {
				t.Errorf("status %d: %s", p.status, p.problem())
			}
		})
	}
	all.Wait()
	b.post(off, form).want(http.StatusSeeOther)
	b.get(off).want(http.StatusOK)
	if got := len(d.rows()) - before; got != 2 {
		t.Errorf("history has %d rows of it, want the intent and the outcome", got)
	}
	if b.get("/templates").Find("td.title .badge").Length() != 0 {
		t.Error("the mark stays")
	}
}
