package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"roomledger/db"
)

// One can walk from operation to operation on the same room, there and back, and nowhere else.
func TestOperationsBeside(t *testing.T) {
	d := newDesk(t)
	ops := past()
	ops = append(ops, ops[0], ops[3])
	for i := range ops {
		ops[i].TargetName = strings.Repeat("m", i+1)
	}
	d.happened(ops...)
	b := d.as("auditor")
	walk := func(from, rel string) []string {
		var there []string
		for at := from; at != ""; {
			there = append(there, strings.TrimLeft(at[strings.LastIndex(at, "-"):], "-"))
			at = b.get(at).want(http.StatusOK).Find(`nav.beside a[rel="`+rel+`"]`).AttrOr("href", "")
		}
		return there
	}
	if diff := cmp.Diff([]string{"m", "mmm", "mmmmm"}, walk("/history/op-000-m", "next")); diff != "" {
		t.Errorf("onwards (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"mmmmmm", "mmmm"}, walk("/history/op-005-mmmmmm", "prev")); diff != "" {
		t.Errorf("backwards (-want +got):\n%s", diff)
	}
	p := b.get("/history/op-002-mmm").want(http.StatusOK)
	all := map[string]int{}
	p.Find("nav.beside .all a").Each(func(_ int, a *goquery.Selection) {
		all[a.Text()] = len(targets(b.get(a.AttrOr("href", "")).want(http.StatusOK)))
	})
	if diff := cmp.Diff(map[string]int{"this target": 3, "ann@example.org": 3, "room.disable": 1}, all); diff != "" {
		t.Errorf("what all of its kind are (-want +got):\n%s", diff)
	}
}

func TestOperationAsCurl(t *testing.T) {
	d := newDesk(t)
	b := d.as("operator")
	v := fill(b, "name", "ward-7", "recording", "on", "storage", "own", "upload_info.type", "s3", "upload_info.location", "ward-recordings",
		"upload_info.credentials.key", "AKIAEXAMPLEKEY77", "upload_info.credentials.secret", "short", "webhook.url", "https://hooks.example.org/in?token=otter-lantern-41-x")
	b.post("/rooms/new", v).want(http.StatusSeeOther)
	op := d.rows()[0].Operation
	p := b.get("/history/" + op).want(http.StatusOK)
	got := p.Find(`pre[aria-label="curl"]`).Text()
	for _, want := range []string{
		`curl -X POST "${HMS_API_URL:-https://api.100ms.live/v2}/rooms"`, `"key": "'"$STORAGE_KEY"'"`, `"secret": "'"$STORAGE_SECRET"'"`,
		`"url": "https://hooks.example.org/in?'"$WEBHOOK_QUERY"'"`, `"name": "ward-7"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the command lacks %s\n%s", want, got)
		}
	}
	if strings.Contains(got, "hmac-sha256") || strings.Contains(got, "[secret]") {
		t.Errorf("a mark is left in\n%s", got)
	}
	if copied := p.Find(`[aria-label="Copy curl"]`).AttrOr("data-copy", ""); copied != got {
		t.Errorf("what is copied is\n%s", copied)
	}
	help := p.Find("section .help").Text()
	if !strings.Contains(help, "hmac-sha256:… stands for a secret") || !strings.Contains(help, "[secret] stands for") || strings.Contains(help, "[hidden] stands for") {
		t.Errorf("the marks are explained as %q", help)
	}
	if made := p.Find("table.diff tbody tr"); made.Length() < 5 || !strings.Contains(p.Find("h2").Text(), "What was made") {
		t.Errorf("what was made is shown in %d lines", made.Length())
	}
	signIn := d.stranger()
	signIn.signIn(b.who.Email, testPassword).want(http.StatusSeeOther)
	rows := d.rows()
	p = b.get("/history/" + rows[len(rows)-1].Operation).want(http.StatusOK)
	if p.Find(`pre[aria-label="curl"], table.diff`).Length() != 0 {
		t.Error("a sign-in has a request or a difference")
	}
}

// Names lead to the pages of people for those who may see them.
func TestOperationLinksPeople(t *testing.T) {
	d := newDesk(t)
	admin, auditor := d.as("admin"), d.as("auditor")
	admin.change(auditor.who, "role", db.RoleOperator).want(http.StatusSeeOther)
	at := "/history/" + d.rows()[0].Operation
	links := func(b *browser) (list []string) {
		p := b.get(at).want(http.StatusOK)
		for _, u := range []db.User{admin.who, auditor.who} {
			if p.Find(`dd a[href="/settings/people/`+u.ID+`"]`).Length() == 1 {
				list = append(list, u.Email)
			}
		}
		return list
	}
	if diff := cmp.Diff([]string{"admin@example.org", "auditor@example.org"}, links(admin)); diff != "" {
		t.Errorf("an admin's links (-want +got):\n%s", diff)
	}
	auditor = d.as("auditor") // a new role ended the session
	if diff := cmp.Diff([]string{"auditor@example.org"}, links(auditor)); diff != "" {
		t.Errorf("the links of the one who was changed (-want +got):\n%s", diff)
	}
	if got := links(d.as("operator")); len(got) > 0 {
		t.Errorf("somebody else's links are %q", got)
	}
	p := admin.get(at)
	if !strings.Contains(p.Find("table.diff").Text(), "auditor") || !strings.Contains(p.Find("h2").Text(), "What changed") {
		t.Errorf("the change of the role is shown as %q", p.Find("table.diff").Text())
	}
}

// What a person did stands on their page, for those who may read history.
func TestPersonsHistory(t *testing.T) {
	d := newDesk(t)
	admin, viewer := d.as("admin"), d.as("viewer")
	path := "/settings/people/" + admin.who.ID
	for id, want := range map[string]string{admin.who.ID: "What you did", viewer.who.ID: "What they did"} {
		if got := admin.get("/settings/people/" + id).want(http.StatusOK).Find("h2").Text(); !strings.Contains(got, want) {
			t.Errorf("headings %q, want %q", got, want)
		}
	}
	for range 10 {
		admin.change(viewer.who, "role", db.RoleAuditor).want(http.StatusSeeOther)
		admin.change(viewer.who, "role", db.RoleViewer).want(http.StatusSeeOther)
	}
	p := admin.get(path).want(http.StatusOK)
	all := p.Find(`a[href="/history?actor=admin%40example.org"]`)
	if len(targets(p)) != 8 || all.Text() != "All 20" || len(targets(admin.get(all.AttrOr("href", "")).want(http.StatusOK))) != 20 {
		t.Errorf("the page lists %d and leads to %q", len(targets(p)), all.Text())
	}
	viewer = d.as("viewer")
	own := viewer.get("/settings/people/" + viewer.who.ID).want(http.StatusOK)
	if len(targets(own)) != 0 || strings.Contains(own.Find("h2").Text(), " did") {
		t.Error("a viewer reads history on their own page")
	}
}

// An operation whose rows somebody has altered is shown all the same: that is what an auditor comes for.
func TestOperationThatCannotBeRead(t *testing.T) {
	d := newDesk(t)
	row := db.Row{
		Time: time.Now(), Workspace: d.app.Workspace.ID, Operation: "op-torn", ActorName: "ann@example.org", ActorKind: "user",
		Action: "room.seen", Phase: db.PhaseNote, TargetKind: "room", TargetName: "ward-1", Before: `{"size":3}`, After: `{"size":`,
	}
	if err := d.db.InTx(t.Context(), func(tx *db.Tx) error { return tx.Append(&row) }); err != nil {
		t.Fatal(err)
	}
	p := d.as(db.RoleAuditor).get("/history/op-torn").want(http.StatusOK)
	if text := p.Find("main .problem").Text(); !strings.Contains(text, "can't be read") || p.Find(`main .problem a[href="/history/verify"]`).Length() != 1 {
		t.Errorf("the page says %q", text)
	}
	if !strings.Contains(d.log.String(), "op-torn") {
		t.Error("the log doesn't tell")
	}
}
