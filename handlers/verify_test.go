package handlers_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"roomledger/db"
	"roomledger/db/seal"
	"roomledger/handlers/jobs"
	"roomledger/handlers/ledger"
)

// note puts a row on record.
func (d *desk) note(what string) {
	d.t.Helper()
	if err := d.ledger.Note(d.t.Context(), ledger.Change{Actor: ledger.System}, what, ledger.Target{Kind: "user", Name: "somebody"}, "", nil); err != nil {
		d.t.Fatal(err)
	}
}

func TestVerifyHistory(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.note("test.one")
	b := d.as(db.RoleAuditor)
	if text := b.get("/history/verify").want(http.StatusOK).Find("main").Text(); !strings.Contains(text, "Nobody has verified") || !strings.Contains(text, "Nothing is signed yet") {
		t.Errorf("before: %s", text)
	}
	kept := b.get("/history/checkpoint").want(http.StatusOK).body
	d.note("test.two")
	v := b.get("/history/verify").form("/history/verify")
	v.Set("checkpoint", strings.ReplaceAll(strings.TrimSpace(kept), "\n", "\r\n"))
	if p := b.post("/history/verify", v).want(http.StatusSeeOther); p.location != "/history/verify" {
		t.Errorf("leads to %s", p.location)
	}
	text := strings.Join(strings.Fields(b.get("/history/verify").want(http.StatusOK).Find(".verdict").Text()), " ")
	for _, want := range []string{"intact 2 rows read 2 checkpoints agree, up to row 1.", "1 of them was brought along", "By auditor@example.org"} {
		if !strings.Contains(text, want) {
			t.Errorf("the result lacks %q: %s", want, text)
		}
	}
}

func TestVerifyFindsAChangedRow(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for range 3 {
		d.note("test.look")
	}
	changed := d.rows()[1].Operation
	d.meddle("DROP TRIGGER history_no_update", "UPDATE history SET actor_name = 'else' WHERE seq = 2")
	b := d.as(db.RoleAuditor)
	b.post("/history/verify", nil).want(http.StatusSeeOther)
	verdict := b.get("/history/verify").want(http.StatusOK).Find(".verdict")
	text := strings.Join(strings.Fields(verdict.Text()), " ")
	for _, want := range []string{"altered 3 rows read Row 2 was changed", "Trigger history_no_update is missing"} {
		if !strings.Contains(text, want) {
			t.Errorf("the result lacks %q: %s", want, text)
		}
	}
	if href := verdict.Find("li a").AttrOr("href", ""); href != "/history/"+changed {
		t.Errorf("the row's operation is linked as %q", href)
	}
	rows := d.rows()
	if last := rows[len(rows)-1]; last.Action != "history.verify" || !strings.Contains(last.Error, "row 2 was changed") {
		t.Errorf("on record: %+v", last)
	}
}

// TestVerifyPageOutlivesTampering changes and then removes the rows that tell of the newest verification.
func TestVerifyPageOutlivesTampering(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleAuditor)
	b.post("/history/verify", b.get("/history/verify").form("/history/verify")).want(http.StatusSeeOther)
	for _, by := range []string{
		"DROP TRIGGER history_no_update; UPDATE history SET \"after\" = 'x' WHERE action = 'history.verify'",
		"DROP TRIGGER history_no_delete; DELETE FROM history WHERE action = 'history.verify'",
	} {
		d.meddle(by)
		if text := b.get("/history/verify").want(http.StatusOK).Find(".verdict").Text(); !strings.Contains(text, "can't be read any more") {
			t.Errorf("after %s it says %s", by, text)
		}
	}
}

func TestVerifyRefusesWhatIsNoCheckpoint(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleAuditor)
	before := d.state()
	p := b.post("/history/verify", url.Values{"checkpoint": {"7 rows <i>"}}).want(http.StatusUnprocessableEntity)
	if !strings.Contains(p.message("checkpoint"), "Paste a whole checkpoint") || p.form("/history/verify").Get("checkpoint") != "7 rows <i>" {
		t.Errorf("told %q", p.message("checkpoint"))
	}
	d.same(before)
}

func TestVerifyOneAtATime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleAuditor)
	end := d.app.HoldVerification()
	before := d.state()
	b.post("/history/verify", nil).want(http.StatusConflict)
	d.same(before)
	end()
	b.post("/history/verify", nil).want(http.StatusSeeOther)
}

func TestCheckpointsOnDemand(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleAuditor)
	b.get("/history/checkpoint").want(http.StatusNotFound)
	keys, err := seal.ParseKeys(b.get("/history/key").want(http.StatusOK).body)
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	for size := range int64(3) {
		d.note("test.look")
		for range 2 { // the second time there is nothing to sign
			p := b.get("/history/checkpoint").want(http.StatusOK)
			c, err := keys.Open(p.body)
			if err != nil || c.Size != size+1 || p.header.Get("Content-Type") != "text/plain; charset=utf-8" {
				t.Fatalf("%+v, %v", c, err)
			}
			notes = append(notes, p.body)
		}
	}
	if p := b.get("/history/checkpoint?size=2").want(http.StatusOK); p.body != notes[2] {
		t.Errorf("of two rows: %s", p.body)
	}
	for _, size := range []string{"4", "0", "-1", "x"} {
		b.get("/history/checkpoint?size=" + size).want(http.StatusNotFound)
	}
}

// TestCheckpointPages lists more checkpoints than a page has.
func TestCheckpointPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.as(db.RoleAuditor)
	for range 45 {
		d.note("test.look")
		b.get("/history/checkpoint").want(http.StatusOK)
	}
	var sizes []string
	for at := "/history/verify"; at != ""; {
		p := b.get(at).want(http.StatusOK)
		for _, s := range p.Find("tbody td.num").EachIter() {
			sizes = append(sizes, s.Text())
		}
		at = p.Find(`a[rel="next"]`).AttrOr("href", "")
	}
	if len(sizes) != 45 || sizes[0] != "45" || sizes[44] != "1" {
		t.Errorf("listed: %v", sizes)
	}
}

func TestNotReadyWithAnotherHistory(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(t *testing.T, d *desk, kept string)
		want string
	}{
		{"as it was", func(*testing.T, *desk, string) {}, ""},
		{"the last row changed", func(_ *testing.T, d *desk, _ string) {
			d.meddle("DROP TRIGGER history_no_update", "UPDATE history SET reason = 'x' WHERE seq = (SELECT max(seq) FROM history)")
		}, "history isn't intact"},
		{"an older copy", func(t *testing.T, d *desk, kept string) {
			ahead, err := testSigner(t).Checkpoint(50, seal.Hash{1})
			if err == nil {
				err = os.WriteFile(kept, []byte(ahead), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "history isn't intact"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			kept := filepath.Join(t.TempDir(), "kept.txt")
			d.app.Jobs.Witnesses = jobs.NewWitnesses(d.db, testSigner(t).Keys(), slog.New(slog.DiscardHandler), kept, "")
			d.note("test.look")
			tt.do(t, d, kept)
			p := d.stranger().get("/readyz")
			status := http.StatusOK
			if tt.want != "" {
				status = http.StatusServiceUnavailable
			}
			if p.want(status); !strings.Contains(p.body, tt.want) {
				t.Errorf("says %q", p.body)
			}
		})
	}
}

// TestAnotherHistoryIsToldOnPages puts a checkpoint of more rows than there are into the file that is kept elsewhere.
func TestAnotherHistoryIsToldOnPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	kept := filepath.Join(t.TempDir(), "kept.txt")
	ahead, err := testSigner(t).Checkpoint(50, seal.Hash{1})
	if err == nil {
		err = os.WriteFile(kept, []byte(ahead), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.app.Jobs.Witnesses = jobs.NewWitnesses(d.db, testSigner(t).Keys(), slog.New(slog.DiscardHandler), kept, "https://witness.example.org/secret")
	b := d.as(db.RoleAuditor)
	for _, path := range []string{"/", "/history/verify"} {
		text := b.get(path).want(http.StatusOK).Find("main").Text()
		if !strings.Contains(text, "there are fewer than "+strconv.Itoa(50)+" rows") || strings.Contains(text, "/secret") {
			t.Errorf("%s tells %s", path, text)
		}
	}
	if text := d.as(db.RoleViewer).get("/").Find("main").Text(); strings.Contains(text, "fewer than") {
		t.Error("a viewer is told")
	}
}
