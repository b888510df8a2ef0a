package db

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// searched are the operations that a search finds, newest first.
func searched(t *testing.T, d *DB, q string) []string {
	t.Helper()
	list, err := d.Operations(t.Context(), OperationQuery{Q: q})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, o := range list {
		ids = append(ids, o.ID)
	}
	return ids
}

// why adds operations that were made for reasons: one in two rows, one that was looked up for another reason than it was made for,
// and a note.
func why(t *testing.T, d *DB) {
	t.Helper()
	row := func(operation, phase, reason string) Row {
		r := note("room.create", operation)
		r.Phase, r.Reason, r.TargetID = phase, reason, "65a0b3c4d5e6f708192a3b4c"
		return r
	}
	add(
		t, d,
		row("twice", PhaseIntent, "Kurs für GROSSE Größen"), row("twice", PhaseDone, "Kurs für GROSSE Größen"),
		row("settled", PhaseIntent, "Moved to the lab"), row("settled", PhaseSettled, "Asked by Ann. Is as asked for."),
		row("note", PhaseNote, `because of ticket "4711"`), row("open", PhaseIntent, "größer geht nicht"), row("none", PhaseNote, ""),
	)
	export := note("history.export", "export")
	export.Reason = "q=größe 4711"
	add(t, d, export)
}

// reasonSearches are words and what they find in what why adds.
var reasonSearches = map[string][]string{
	"größe": {"open", "twice"}, "GRÖSSE": nil, "oved to": {"settled"}, "by Ann": {"settled"}, "lab ann": {"settled"}, `"the lab asked"`: nil,
	"4711": {"note"}, "größen room.create": {"twice"}, "nobody": nil, "lab 4711": nil,
}

// A word of a reason finds the operation, whatever the index has been fed, and after the read models are made anew.
func TestReasonsAreSearched(t *testing.T) {
	d := open(t, t.TempDir())
	why(t, d)
	check := func(when string) {
		t.Helper()
		for q, want := range reasonSearches {
			if diff := gocmp.Diff(want, searched(t, d, q)); diff != "" {
				t.Errorf("%s, %q (-want +got):\n%s", when, q, diff)
			}
		}
	}
	check("not fed")
	if _, err := d.FeedSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("fed")
	rebuild(t, d)
	check("rebuilt")
}

// A database of before there were reasons in operations gets them.
func TestReasonsOfAnOlderDatabase(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	why(t, d)
	must(t, func() error { _, err := d.FeedSearch(t.Context()); return err }())
	want := models(t, d)
	do(t, d, func(tx *Tx) error {
		for _, text := range []string{"ALTER TABLE operations DROP COLUMN reason", "DELETE FROM goose_db_version WHERE version_id = 8"} {
			if _, err := tx.Exec(text); err != nil {
				return err
			}
		}
		return nil
	})
	must(t, d.Close())
	d = open(t, dir)
	if diff := gocmp.Diff(want, models(t, d)); diff != "" {
		t.Errorf("(-new +migrated):\n%s", diff)
	}
	must(t, func() error { _, err := d.FeedSearch(t.Context()); return err }())
	for q, want := range reasonSearches {
		if diff := gocmp.Diff(want, searched(t, d, q)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", q, diff)
		}
	}
}
