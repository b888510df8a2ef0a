package handlers_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/db/seal"
	"roomledger/handlers/ledger"
)

func policies(days, rows, minutes string) url.Values {
	return url.Values{"keep_days": {days}, "checkpoint_rows": {rows}, "checkpoint_minutes": {minutes}}
}

func (d *desk) wantPolicies(want db.Policies) {
	d.t.Helper()
	got, err := d.db.Policies(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		d.t.Errorf("policies (-want +got):\n%s", diff)
	}
}

func TestPoliciesAreChanged(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleAdmin)
	form := b.get("/settings/policies").want(http.StatusOK).form("/settings/policies")
	if diff := cmp.Diff(policies("0", "1000", "10"), form); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	b.post("/settings/policies", policies("0", " 2,500 ", "5")).want(http.StatusSeeOther)
	d.wantPolicies(db.Policies{CheckpointRows: 2500, CheckpointMinutes: 5})
	rows := d.rows()
	last := rows[len(rows)-1]
	if last.Action != "settings.update" || last.After != `{"keep_days":0,"checkpoint_rows":2500,"checkpoint_minutes":5}` ||
		rows[len(rows)-2].Before != `{"keep_days":0,"checkpoint_rows":1000,"checkpoint_minutes":10}` {
		t.Errorf("history has %+v", rows)
	}
}

func TestPoliciesBroken(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleAdmin)
	for name, c := range map[string]struct {
		form  url.Values
		field string
	}{
		"too few days":     {policies("29", "1000", "10"), "keep_days"},
		"too many days":    {policies("99999999999999999999", "1000", "10"), "keep_days"},
		"less than none":   {policies("-1", "1000", "10"), "keep_days"},
		"no number":        {policies("", "1000", "10"), "keep_days"},
		"no rows":          {policies("0", "0", "10"), "checkpoint_rows"},
		"too many rows":    {policies("0", "1000001", "10"), "checkpoint_rows"},
		"no minutes":       {policies("0", "1000", "soon"), "checkpoint_minutes"},
		"too many minutes": {policies("0", "1000", "1441"), "checkpoint_minutes"},
		"twice":            {url.Values{"keep_days": {"0", "30"}, "checkpoint_rows": {"1"}, "checkpoint_minutes": {"1"}}, "keep_days"},
	} {
		p := b.post("/settings/policies", c.form).want(http.StatusUnprocessableEntity)
		if p.message(c.field) == "" || p.Find(`[role="alert"] a[href="#`+c.field+`"]`).Length() != 1 {
			t.Errorf("%s: no message at %s: %s", name, c.field, p.problem())
		}
		if got := p.Find("#keep_days").AttrOr("value", ""); got != c.form.Get("keep_days") {
			t.Errorf("%s: the input isn't kept: %q", name, got)
		}
	}
	if len(d.rows()) > 0 {
		t.Errorf("history has %+v", d.rows())
	}
}

// Who lets history go says so twice, and for the same number of days.
func TestShorterHistoryIsAgreedTo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.old(400, 100)
	b := d.as(db.RoleAdmin)
	p := b.post("/settings/policies", policies("365", "1000", "10")).want(http.StatusConflict)
	if !strings.Contains(p.problem(), "now about 1 operation:") || p.Find("#confirm").AttrOr("value", "") != "365" {
		t.Errorf("it asks %s", p.problem())
	}
	other := policies("90", "1000", "10")
	other.Set("confirm", "365")
	b.post("/settings/policies", other).want(http.StatusConflict)
	d.wantPolicies(db.DefaultPolicies())
	yes := p.form("/settings/policies")
	yes.Set("confirm", "365")
	b.post("/settings/policies", yes).want(http.StatusSeeOther)
	d.wantPolicies(db.Policies{KeepDays: 365, CheckpointRows: 1000, CheckpointMinutes: 10})
	b.post("/settings/policies", policies("400", "1000", "10")).want(http.StatusSeeOther) // longer takes no yes
	b.post("/settings/policies", policies("30", "1000", "10")).want(http.StatusConflict)
	b.post("/settings/policies", policies("0", "1000", "10")).want(http.StatusSeeOther)
	d.wantPolicies(db.DefaultPolicies())
}

// old adds rows that are so many days old.
func (d *desk) old(days ...int) {
	d.t.Helper()
	err := d.db.InTx(d.t.Context(), func(tx *db.Tx) error {
		for _, n := range days {
			row := db.Row{
				Time: time.Now().AddDate(0, 0, -n), Workspace: "sandbox", Operation: db.NewID(), ActorKind: "system", Action: "test.look",
				Phase: db.PhaseNote,
			}
			if err := tx.Append(&row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func TestHistoryIsPruned(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.old(400, 380, 100, 0)
	b := d.as(db.RoleAdmin)
	for _, p := range []page{b.get("/history/prune"), b.post("/history/prune", url.Values{})} {
		if p.want(http.StatusConflict); !strings.Contains(p.problem(), "kept for good") {
			t.Errorf("without a policy it says %s", p.problem())
		}
	}
	err := d.db.InTx(t.Context(), func(tx *db.Tx) error {
		return tx.SetPolicies(db.Policies{KeepDays: 365, CheckpointRows: 1, CheckpointMinutes: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	if p := b.get("/history/prune").want(http.StatusOK); !strings.Contains(p.problem(), "now about 2 operations.") {
		t.Errorf("it asks %s", p.problem())
	}
	b.post("/history/prune", url.Values{}).want(http.StatusSeeOther)
	p := b.get("/settings/policies").want(http.StatusOK)
	if !strings.Contains(p.body, "Removed 2 rows of history.") || !strings.Contains(p.problem(), "Rows up to 2 were removed") {
		t.Errorf("it says %s", p.problem())
	}
	b.post("/history/prune", url.Values{}).want(http.StatusSeeOther)
	if p := b.get("/settings/policies"); !strings.Contains(p.body, "There was nothing to remove") {
		t.Errorf("it says %s", p.problem())
	}
	rows := d.rows()
	if len(rows) != 4 || rows[0].Seq != 3 || rows[3].Action != "history.prune" || rows[3].ActorName != "admin@example.org" {
		t.Errorf("history is %+v", rows)
	}
	b.get("/history").want(http.StatusOK)
	d.verify(filepath.Join(d.dir, db.FileName))
}

// verify wants an intact database.
func (d *desk) verify(path string) {
	d.t.Helper()
	r, err := db.Verify(d.t.Context(), path, seal.Trust{Keys: testSigner(d.t).Keys()})
	if err != nil || !r.Intact() {
		d.t.Errorf("%s: %+v, %v", path, r, err)
	}
}

func TestBackupIsDownloaded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if err := d.ledger.Note(t.Context(), ledger.Change{Actor: ledger.System}, "test.look", ledger.Target{}, "", nil); err != nil {
		t.Fatal(err)
	}
	p := d.as(db.RoleAdmin).get("/history/backup").want(http.StatusOK)
	if name := p.header.Get("Content-Disposition"); !strings.Contains(name, ".db") || p.header.Get("Content-Type") != "application/vnd.sqlite3" {
		t.Errorf("it is called %s, %s", name, p.header.Get("Content-Type"))
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, []byte(p.body), 0o600); err != nil {
		t.Fatal(err)
	}
	d.verify(path)
	if n, err := db.LastRowOf(t.Context(), path); n != 2 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	if left, err := filepath.Glob(filepath.Join(d.dir, "."+db.FileName+"*")); len(left) > 0 || err != nil {
		t.Errorf("left %q, %v", left, err)
	}
}
