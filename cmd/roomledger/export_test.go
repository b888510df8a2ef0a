package main

import (
	"archive/zip"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"roomledger/db"
	"roomledger/db/dbtest"
	"roomledger/db/seal"
)

// exportable makes a data directory with a few rows in it.
func exportable(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	d := dbtest.OpenDir(t, dir)
	err := d.InTx(t.Context(), func(tx *db.Tx) error {
		var err error
		for _, row := range []db.Row{
			{Operation: "a", Action: "room.create", Phase: db.PhaseIntent, ActorName: "ann@example.org", TargetName: "Physics 1"},
			{Operation: "b", Action: "user.signin", Phase: db.PhaseNote, ActorName: "ann@example.org", Error: "wrong password"},
			{Operation: "a", Action: "room.create", Phase: db.PhaseDone, ActorName: "ann@example.org", TargetName: "Physics 1"},
		} {
			err = errors.Join(err, tx.Append(&row))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestExportFlags(t *testing.T) {
	t.Parallel()
	dir := exportable(t)
	for _, tc := range []struct {
		flags  []string
		want   string // the numbers of the rows
		reason string // of the export's own row
	}{
		{[]string{"-outcome", "failed"}, "2", "outcome=failed"},
		{[]string{"-action", "room.*", "-actor", "ann@example.org"}, "1 3", "actor=ann%40example.org&action=room.%2A"},
		{[]string{"-target", "physics 1"}, "1 3", "target=physics+1"},
		{[]string{"-q", "phys"}, "1 3", "q=phys"},
		{[]string{"-to", "2001-01-01"}, "", "to=2001-01-01"},
		{[]string{"-operation", "a"}, "1 3", "operation=a"},
	} {
		r := cli(t, nil, "", append([]string{"export", "-data", dir, "-format", "csv"}, tc.flags...)...)
		r.want(t, exitFine, "")
		records, err := csv.NewReader(strings.NewReader(r.out)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, record := range records[1:] {
			got = append(got, record[0])
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%q exports the rows %q, want %q", tc.flags, got, tc.want)
		}
		proven := cli(t, nil, "", append([]string{"export", "-data", dir}, tc.flags...)...)
		proven.want(t, exitFine, "")
		if r := intact(t, strings.NewReader(proven.out)); r.Proved != int64(len(got)) || !r.Extract {
			t.Errorf("%q: %d rows are proven, want %d", tc.flags, r.Proved, len(got))
		}
		whole := cli(t, nil, "", "export", "-data", dir)
		whole.want(t, exitFine, "")
		if !strings.Contains(whole.out, `"reason":"`+tc.reason+`"`) || intact(t, strings.NewReader(whole.out)).Extract {
			t.Errorf("%q: no row has the reason %q", tc.flags, tc.reason)
		}
	}
	cli(t, nil, "", "export", "-data", dir, "-operation", "nope").want(t, exitNo, "not found")
}

func TestExportOfEvidence(t *testing.T) {
	t.Parallel()
	dir := exportable(t)
	for _, flags := range [][]string{nil, {"-operation", "a"}, {"-outcome", "failed"}} {
		r := cli(t, nil, "", append([]string{"export", "-data", dir, "-format", "evidence"}, flags...)...)
		r.want(t, exitFine, "")
		z, err := zip.NewReader(strings.NewReader(r.out), int64(len(r.out)))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range z.File {
			names = append(names, f.Name)
		}
		if !slices.Equal(names, []string{"README.txt", "key.pub", "checkpoint.txt", "rows.jsonl"}) {
			t.Errorf("the pack has %q", names)
		}
		rows, err := z.Open("rows.jsonl")
		if err != nil {
			t.Fatal(err)
		}
		if report := intact(t, rows); report.Extract != (flags != nil) {
			t.Errorf("%q: extract is %t", flags, report.Extract)
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
		verified(t, z, r.out)
	}
}

// verified checks a pack with the command that its text names.
func verified(t *testing.T, z *zip.Reader, pack string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, z); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "evidence.zip")
	if err := os.WriteFile(path, []byte(pack), 0o600); err != nil {
		t.Fatal(err)
	}
	key, kept := filepath.Join(dir, "key.pub"), filepath.Join(dir, "checkpoint.txt")
	cli(t, nil, "", "verify", "-export", path, "-key", key, "-checkpoint", kept).want(t, exitFine, "")
}

// intact is the report about an export, in which nothing may be wrong.
func intact(t *testing.T, export io.Reader) seal.Report {
	t.Helper()
	report, err := seal.CheckExport(export, seal.Trust{})
	if err != nil || !report.Intact() {
		t.Errorf("the export is not intact: %+v, %v", report.Faults, err)
	}
	return report
}
