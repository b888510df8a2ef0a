package db

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db/seal"
)

// keyOf is a signer whose key is made of one byte.
func keyOf(t testing.TB, b byte) *seal.Signer {
	t.Helper()
	s, err := seal.NewSigner(ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(b)), ed25519.SeedSize))))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// cutoff is the time from which rows are kept in these tests.
var cutoff = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// happened appends rows that are written so: an operation's letter, what the row is (( opens, ) closes, . is a note), and
// one of old, new.
func happened(t testing.TB, d *DB, text string) {
	t.Helper()
	for i, word := range strings.Fields(text) {
		row := note("room.create", word[:1])
		row.Phase = map[byte]string{'(': PhaseIntent, ')': PhaseDone, '.': PhaseNote}[word[1]]
		row.Time = cutoff.Add(time.Duration(i-1000) * time.Minute)
		if word[2:] == "new" {
			row.Time = cutoff.Add(time.Duration(i) * time.Minute)
		}
		row.TargetKind, row.TargetID, row.After = "room", "r"+word[:1], `{"n":`+strconv.Itoa(i)+`}`
		add(t, d, row)
	}
}

// teller is a projection: each outcome tells of a room whose description is its After, or of a version of a template.
type teller struct{}

var tell teller

func (teller) Room(_, outcome *Row) (Room, bool) {
	return Room{
		Workspace: outcome.Workspace, ID: outcome.TargetID, Name: outcome.TargetID, Description: outcome.After, Data: outcome.After,
		SeenAt: outcome.Time,
	}, outcome.TargetKind == "room" && outcome.Phase != PhaseNote && outcome.TargetID != "rx"
}

func (teller) Versions(_, outcome *Row, last *TemplateVersion) []TemplateVersion {
	v := TemplateVersion{
		Workspace: outcome.Workspace, ID: outcome.TargetID, N: 1, Seq: outcome.Seq, Time: outcome.Time, SeenAt: outcome.Time,
		Operation: outcome.Operation, Action: outcome.Action, Actor: outcome.ActorName, Mark: outcome.After, Data: outcome.After,
	}
	if last != nil && last.Mark == v.Mark {
		last.SeenAt = v.SeenAt
		return []TemplateVersion{*last}
	}
	if last != nil {
		v.N = last.N + 1
	}
	return []TemplateVersion{v}
}

func (teller) Template(v TemplateVersion) Template {
	return Template{
		Workspace: v.Workspace, ID: v.ID, Name: "template " + v.Data, Versions: v.N, ChangedAt: v.Time, SeenAt: v.SeenAt,
		Operation: v.Operation, Action: v.Action, RoleNames: []string{"host"},
	}
}

func pruning(t testing.TB, rows int) Pruning {
	sign := func(upto int64, root seal.Hash) (string, error) {
		return keyOf(t, 'k').Tombstone(seal.Tombstone{Upto: upto, Root: root, Time: "2026-06-01T00:00:00Z", Policy: "a test"})
	}
	return Pruning{Before: cutoff, Rows: rows, Sign: sign, Project: tell}
}

func prune(t testing.TB, d *DB, p Pruning) (done Pruned) {
	t.Helper()
	do(t, d, func(tx *Tx) (err error) {
		done, err = tx.Prune(t.Context(), cutoff, p)
		return err
	})
	return done
}

// verified is what a check of the file finds, with the key that signs in these tests.
func verified(t testing.TB, d *DB) seal.Report {
	t.Helper()
	r, err := Verify(t.Context(), d.path, seal.Trust{Keys: keyOf(t, 'k').Keys()})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPruneEndsInTime(t *testing.T) {
	for name, c := range map[string]struct {
		rows int
		text string
		want Pruned
	}{
		"nothing there":                    {9, "", Pruned{}},
		"the newest stays":                 {9, "a.old", Pruned{}},
		"the operation of the newest too":  {9, "a.old b(old b)old", Pruned{1, 1, 1}},
		"all that is old":                  {9, "a.old b(old b)old c.new", Pruned{1, 3, 2}},
		"none is old":                      {9, "a.new b.new", Pruned{}},
		"none without an outcome":          {9, "a.old b(old c.old d.new", Pruned{1, 1, 1}},
		"none with an outcome that stays":  {9, "a.old b(old c.old b)new d.new", Pruned{1, 1, 1}},
		"overlapping":                      {9, "a(old b(old a)old c(old b)old c)old d.new", Pruned{1, 6, 3}},
		"overlapping what stays":           {9, "x.old a(old b(old a)old c(old b)old c)new d.new", Pruned{1, 1, 1}},
		"a clock that was set back":        {9, "a.old b.new c.old d.new", Pruned{1, 1, 1}},
		"no more than asked for":           {2, "a.old b.old c.old d.new", Pruned{1, 2, 2}},
		"more, for none may be cut in two": {1, "a(old b(old a)old b)old c.old d.new", Pruned{1, 4, 2}},
		"less, for none may be cut in two": {2, "a.old b(old b)old d.new", Pruned{1, 3, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, t.TempDir())
			happened(t, d, c.text)
			if diff := cmp.Diff(c.want, prune(t, d, pruning(t, c.rows))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r := verified(t, d); !r.Intact() || r.Pruned != c.want.Upto {
				t.Errorf("what is left: %+v", r)
			}
		})
	}
}

// dump is a table as text, but for columns that count nothing.
func dump(t testing.TB, d *DB, text string) []string {
	t.Helper()
	rows, err := d.readers.QueryContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	list, err := collect(rows, func(row scanner) (string, error) {
		values, places := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			places[i] = &values[i]
		}
		err := row.Scan(places...)
		return strings.TrimSpace(fmt.Sprintln(values...)), err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestPruneLeavesTheRest(t *testing.T) {
	d := open(t, t.TempDir())
	happened(t, d, "a(old b(old a)old b)old c.old d(new e.new d)new")
	do(t, d, func(tx *Tx) error {
		_, _, err := tx.Checkpoint(cutoff, keyOf(t, 'k').Checkpoint)
		return err
	})
	guards := dump(t, d, "SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'history' ORDER BY name")
	prune(t, d, pruning(t, 3))
	prune(t, d, pruning(t, 3))
	if diff := cmp.Diff([]string{"6", "7", "8"}, dump(t, d, "SELECT cast(seq AS TEXT) FROM history ORDER BY seq")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(guards, dump(t, d, "SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'history' ORDER BY name")); diff != "" {
		t.Errorf("guards (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"d", "e"}, dump(t, d, "SELECT id FROM operations ORDER BY seq")); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"2026-06-01 6 7"}, dump(t, d, "SELECT * FROM days")); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"2026-06-01 sandbox room.create done 2"}, dump(t, d, "SELECT * FROM day_counts WHERE n <> 0")); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if r := verified(t, d); !r.Intact() || r.Rows != 3 || r.Size != 8 || r.Pruned != 5 || r.Checkpoints != 1 {
		t.Errorf("what is left: %+v", r)
	}
	k, err := d.Kept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if k.First != 6 || k.Last != 8 || k.Pruned != 5 || !k.PrunedAt.Equal(cutoff) || k.Since.Before(cutoff) {
		t.Errorf("kept: %+v", k)
	}
	add(t, d, note("user.signin", "f"))
	if r := verified(t, d); !r.Intact() || r.Rows != 4 {
		t.Errorf("after another row: %+v", r)
	}
}

func TestPruneDaysThatOverlap(t *testing.T) {
	d := open(t, t.TempDir())
	day := func(id string, n int) Row {
		row := note("user.signin", id)
		row.Time = cutoff.AddDate(0, 0, n)
		return row
	}
	add(t, d, day("a", -3), day("b", -2), day("c", -3), day("d", -1), day("e", -3), day("f", -2), day("g", 1))
	prune(t, d, pruning(t, 4))
	want := []string{"2026-05-29 5 5", "2026-05-30 6 6", "2026-06-02 7 7"}
	if diff := cmp.Diff(want, dump(t, d, "SELECT * FROM days ORDER BY day")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPruneForgetsTokens(t *testing.T) {
	d := open(t, t.TempDir())
	happened(t, d, "a.old b.new")
	do(t, d, func(tx *Tx) error {
		_, err := tx.Exec("INSERT INTO form_tokens VALUES ('w', 'u', 't1', 'h', 'a', ?), ('w', 'u', 't2', 'h', 'b', ?)",
			stored(cutoff.Add(-time.Hour)), stored(cutoff.Add(time.Hour)))
		return err
	})
	prune(t, d, pruning(t, 9))
	if diff := cmp.Diff([]string{"t2"}, dump(t, d, "SELECT token FROM form_tokens")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPruneFails(t *testing.T) {
	const text = "a.old b(old b)old c.new"
	for name, c := range map[string]struct {
		spoil string // what somebody did to the file
		sign  error
		want  string
	}{
		"no tombstone":        {sign: errors.New("the key is gone"), want: "the key is gone"},
		"a changed row":       {spoil: "DROP TRIGGER history_no_update; UPDATE history SET reason = 'none' WHERE seq = 2", want: "row 2 is not what its leaf says"},
		"a missing guard":     {spoil: "DROP TRIGGER history_no_delete", want: "history_no_delete"},
		"a missing row":       {spoil: "DROP TRIGGER history_no_delete; DELETE FROM history WHERE seq = 1; CREATE TRIGGER history_no_delete BEFORE DELETE ON history BEGIN SELECT 1; END", want: "history begins with row 2"},
		"a tombstone of more": {spoil: "INSERT INTO tombstones VALUES (9, '', '')", want: "its tombstones end with 9"},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, t.TempDir())
			happened(t, d, text)
			do(t, d, func(tx *Tx) error { _, err := tx.Exec(c.spoil + ";"); return err })
			before := dump(t, d, "SELECT seq FROM history UNION ALL SELECT seq FROM operations UNION ALL SELECT count(*) FROM sqlite_schema")
			p := pruning(t, 9)
			if c.sign != nil {
				p.Sign = func(int64, seal.Hash) (string, error) { return "", c.sign }
			}
			err := d.InTx(t.Context(), func(tx *Tx) error {
				_, err := tx.Prune(t.Context(), cutoff, p)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			after := dump(t, d, "SELECT seq FROM history UNION ALL SELECT seq FROM operations UNION ALL SELECT count(*) FROM sqlite_schema")
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("something was done (-before +after):\n%s", diff)
			}
		})
	}
}

// What somebody does to a tombstone is found.
func TestTombstonesAreGuarded(t *testing.T) {
	lift := "DROP TRIGGER tombstones_no_update; DROP TRIGGER tombstones_no_delete; DROP TRIGGER tombstones_no_replace; DROP TRIGGER history_no_delete; "
	forged, err := keyOf(t, 'f').Tombstone(seal.Tombstone{Upto: 4, Time: "2026-06-01T00:00:00Z", Policy: "forged"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ spoil, want string }{
		"untouched":           {"SELECT 1", ""},
		"gone":                {lift + "DELETE FROM tombstones", "row 1 is missing"},
		"another one's":       {lift + "INSERT INTO tombstones VALUES (4, '', '" + forged + "'); DELETE FROM history WHERE seq = 4", "not signed by a trusted key"},
		"moved":               {lift + "UPDATE tombstones SET upto = 4; DELETE FROM history WHERE seq = 4", "is signed for 3"},
		"rows beyond it gone": {lift + "DELETE FROM history WHERE seq = 4", "row 4 is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, t.TempDir())
			happened(t, d, "a.old b(old b)old c.new d.new")
			prune(t, d, pruning(t, 9))
			guards := dump(t, d, "SELECT sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name")
			do(t, d, func(tx *Tx) error { _, err := tx.Exec(c.spoil); return err })
			do(t, d, func(tx *Tx) error { // and covers the traces
				for _, guard := range guards {
					if _, err := tx.Exec(strings.Replace(guard, "CREATE TRIGGER", "CREATE TRIGGER IF NOT EXISTS", 1)); err != nil {
						return err
					}
				}
				return nil
			})
			var told []string
			r := verified(t, d)
			for _, f := range r.Faults {
				told = append(told, f.Text)
			}
			text := strings.Join(told, "\n")
			if r.Intact() != (c.want == "") || !strings.Contains(text, c.want) {
				t.Errorf("found %q, want %q", text, c.want)
			}
		})
	}
}

func TestOperationsBefore(t *testing.T) {
	d := open(t, t.TempDir())
	happened(t, d, "a.old b(old b)old c.new")
	n, err := d.OperationsBefore(t.Context(), cutoff)
	if n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// Somebody who looks into the file doesn't find what was removed.
func TestPrunedIsGoneFromTheFile(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	row := note("user.signin", "a")
	row.Time, row.Reason = cutoff.Add(-time.Hour), strings.Repeat("a needle in the haystack ", 400)
	add(t, d, row, note("user.signin", "b"))
	prune(t, d, pruning(t, 9))
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(content, []byte("needle")) {
		t.Error("it is still there")
	}
}
