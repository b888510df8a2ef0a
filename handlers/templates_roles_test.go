package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

// roleNamings are all places of a template of the tests that name a role.
func roleNamings(t *testing.T, tpl hms.Template) map[string]string {
	t.Helper()
	got := map[string]string{}
	for key, role := range tpl.Roles {
		slices.Sort(role.SubscribeParams.SubscribeToRoles)
		got["role "+key] = role.Name + " sees " + strings.Join(role.SubscribeParams.SubscribeToRoles, " ")
	}
	for name, words := range tpl.Destinations.Transcriptions {
		got["transcription "+name] = words.Role
	}
	if tpl.Plugins.Whiteboard != nil {
		p := tpl.Plugins.Whiteboard.Permissions
		got["whiteboard"] = strings.Join(slices.Concat(p.Admin, []string{"|"}, p.Writer, []string{"|"}, p.Reader), " ")
	}
	return got
}

// wholeNamings are those of wholeTemplate, with its roles called otherwise.
func wholeNamings(host, guest string) map[string]string {
	sees := []string{host, guest}
	slices.Sort(sees)
	return map[string]string{
		"role " + host: host + " sees " + strings.Join(sees, " "), "role " + guest: guest + " sees " + host,
		"transcription words": host, "whiteboard": host + " | " + host + " | " + guest,
	}
}

// save sends a template's form, changed by pairs, and wants it to be saved.
func (b *browser) save(at string, changes ...string) {
	b.t.Helper()
	sent := with(b.get(at).want(http.StatusOK).form(at), changes...)
	reviewed := b.post(at, with(sent, "step", "review")).want(http.StatusOK)
	if reviewed.Find(`[role="alert"]`).Length() != 0 {
		b.t.Errorf("the review says %s", reviewed.problem())
	}
	b.post(at, reviewed.form(at)).want(http.StatusSeeOther)
}

// TestRolesCalledOtherwise: in one step, at once, there and back, whatever names a role follows, and what a role may do stays with it.
func TestRolesCalledOtherwise(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as("operator")
	at := editPath(d.aTemplate("whole").ID) // row 0 is guest, row 1 host
	wantNow := func(when, host, guest string) {
		t.Helper()
		got := d.boxedTemplates()["whole"]
		if diff := cmp.Diff(wholeNamings(host, guest), roleNamings(t, got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
		if !got.Roles[host].Permissions[hms.PermissionEndRoom] || got.Roles[guest].Permissions[hms.PermissionEndRoom] || got.Roles[guest].Priority != 2 {
			t.Errorf("%s, what they may do is mixed up: %+v", when, got.Roles)
		}
	}
	b.save(at, "roles.0.name", "host", "roles.1.name", "guest")
	wantNow("swapped", "guest", "host")
	b.save(at, "roles.0.name", "host", "roles.1.name", "guest") // guest is row 0 still, by its name
	wantNow("swapped back", "host", "guest")
	b.save(at, "roles.0.name", "visitor")
	wantNow("renamed", "host", "visitor")
	b.save(at, "roles.1.name", "guest") // host, visitor
	wantNow("and back", "host", "guest")
	b.save(at, "roles.0.name", "Guest")
	wantNow("in another case", "host", "Guest")
}

// TestRoleNamesThatCannotBe: a name that another role has is refused at its field, and nothing typed is lost.
func TestRoleNamesThatCannotBe(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as("operator")
	at := editPath(d.aTemplate("whole").ID)
	calls := d.templateCalls("")
	for _, name := range []string{"host", " host ", "", "..", "a/b", `a\b`, "a\x00b", "\xff\xfe", strings.Repeat("x", 101)} {
		sent := with(b.get(at).form(at), "roles.0.name", name, "roles.0.priority", "4", "reason", "to see")
		for _, step := range []string{"review", ""} {
			p := b.post(at, with(sent, "step", step)).want(http.StatusUnprocessableEntity)
			if p.message("roles.0.name") == "" && p.message("roles.1.name") == "" {
				t.Errorf("%q: no message at the field: %s", name, p.problem())
			}
			if got := p.form(at); got.Get("roles.0.priority") != "4" || got.Get("reason") != "to see" {
				t.Errorf("%q: what was typed is lost", name)
			}
		}
	}
	if d.templateCalls("") != calls {
		t.Error("something was sent")
	}
}

// TestRoleGoneThatOthersReceive: the review says who received it, and nothing names it afterwards.
func TestRoleGoneThatOthersReceive(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as("operator")
	id := d.aTemplate("whole").ID
	at := editPath(id)
	for row, gone := range map[string]string{"roles.0": "guest"} { // nothing but lists name it
		v := b.post(at, with(b.get(at).form(at), "remove", row)).want(http.StatusOK).form(at)
		p := b.post(at, with(v, "step", "review"))
		if p.status == http.StatusUnprocessableEntity { // what can't go by itself is said at its field
			t.Fatalf("%s", p.problem())
		}
		if text := p.Text(); !strings.Contains(text, gone) || !strings.Contains(text, "Receives") {
			t.Errorf("the review doesn't tell who received %s: %s", gone, p.problem())
		}
		b.post(at, p.form(at)).want(http.StatusSeeOther)
		for place, names := range roleNamings(t, d.boxedTemplates()["whole"]) {
			if strings.Contains(place+names, gone) {
				t.Errorf("%s: %s", place, names)
			}
		}
	}
	// host is named by a transcription, which can't be without one.
	v := b.post(at, with(b.get(at).form(at), "add", "roles")).want(http.StatusOK).form(at)
	v = b.post(at, with(v, "roles.1.name", "aide", "remove", "roles.0")).want(http.StatusOK).form(at)
	p := b.post(at, v).want(http.StatusUnprocessableEntity)
	if p.message("destinations.transcriptions.0.role") == "" {
		t.Errorf("no message where the role is needed: %s", p.problem())
	}
}

// TestTwoAdminsRename: of two who rename at once one is first, and the other gets the table and can send it on top.
func TestTwoAdminsRename(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.aTemplate("whole").ID
	at := editPath(id)
	people := []*browser{d.as("admin"), d.as("operator")}
	forms := []url.Values{
		with(people[0].get(at).form(at), "roles.0.name", "visitor"),
		with(people[1].get(at).form(at), "roles.1.name", "chair", "roles.0.name", "pupil"),
	}
	answers := make([]page, len(people))
	var both sync.WaitGroup
	for i, b := range people {
		both.Go(func() { answers[i] = b.post(at, forms[i]) })
	}
	both.Wait()
	late := slices.IndexFunc(answers, func(p page) bool { return p.status == http.StatusConflict })
	if late < 0 || answers[1-late].status != http.StatusSeeOther {
		t.Fatalf("the answers are %d and %d", answers[0].status, answers[1].status)
	}
	table := answers[late].Find("table.three").Text()
	for _, said := range []string{"visitor", "pupil"} {
		if !strings.Contains(table, said) {
			t.Errorf("the table lacks %q: %s", said, table)
		}
	}
	people[late].post(at, answers[late].form(at)).want(http.StatusSeeOther)
	host, guest := "host", "visitor"
	if late == 1 {
		host, guest = "chair", "pupil"
	} else {
		host = "chair"
	}
	if diff := cmp.Diff(wholeNamings(host, guest), roleNamings(t, d.boxedTemplates()["whole"])); diff != "" {
		t.Errorf("the one who was late is %d (-want +got):\n%s", late, diff)
	}
}

// TestRenamesMeet: what comes of two renames, or a rename and something else, whoever is late; it is sent only after another look.
func TestRenamesMeet(t *testing.T) {
	t.Parallel()
	call := func(changes ...string) func(*browser, string) {
		return func(b *browser, at string) { b.save(at, changes...) }
	}
	for name, tt := range map[string]struct {
		theirs func(*browser, string)
		mine   []string
		want   map[string]string // nil: the form is wrong as it comes back
		field  string            // of the message then
	}{
		"one role each":               {call("roles.0.name", "visitor"), []string{"roles.1.name", "chair"}, wholeNamings("chair", "visitor"), ""},
		"the same role":               {call("roles.0.name", "visitor"), []string{"roles.0.name", "pupil"}, wholeNamings("host", "pupil"), ""},
		"to the same name":            {call("roles.0.name", "visitor"), []string{"roles.0.name", "visitor"}, wholeNamings("host", "visitor"), ""},
		"two roles to one name":       {call("roles.0.name", "aide"), []string{"roles.1.name", "aide"}, nil, "roles.1.name"},
		"a swap, and one of them":     {call("roles.0.name", "visitor"), []string{"roles.0.name", "host", "roles.1.name", "guest"}, wholeNamings("guest", "host"), ""},
		"a rename, and its priority":  {call("roles.0.priority", "5"), []string{"roles.0.name", "visitor"}, wholeNamings("host", "visitor"), ""},
		"its priority, and a rename":  {call("roles.0.name", "visitor"), []string{"roles.0.priority", "5"}, wholeNamings("host", "visitor"), ""},
		"a rename, and another field": {call("settings.region", "us"), []string{"roles.1.name", "chair"}, wholeNamings("chair", "guest"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			at := editPath(d.aTemplate("whole").ID)
			me, they := d.as("admin"), d.as("operator")
			sent := with(me.get(at).form(at), tt.mine...)
			tt.theirs(they, at)
			p := me.post(at, sent).want(http.StatusConflict)
			if tt.want == nil {
				if p = me.post(at, p.form(at)).want(http.StatusUnprocessableEntity); p.message(tt.field) == "" {
					t.Errorf("no message at %s: %s", tt.field, p.problem())
				}
				return
			}
			me.post(at, p.form(at)).want(http.StatusSeeOther)
			got := d.boxedTemplates()["whole"]
			if diff := cmp.Diff(tt.want, roleNamings(t, got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if key := got.Settings.Recording.Upload.Credentials.Key; key != "AKIA-kept-0000001" || len(got.Destinations.RTMP["yt"].URLs) != 1 {
				t.Error("a secret is lost")
			}
		})
	}
}
