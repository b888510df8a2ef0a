package main

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
)

// asking runs a command on a desk that is there, as it is meant.
type asking func(t *testing.T, dir string)

// calls has one for each command, and for each verb of one: a command without one fails the test.
var calls = map[string]asking{
	"serve":         startChanged,
	"sandbox":       told("sandbox", "-help"),
	"user add":      asked(otherPassword, "user", "add", "-email", "vera@example.org", "-role", "viewer", "-reason", "on the list", "-password-stdin"),
	"user list":     asked("", "user", "list"),
	"user disable":  asked("", "user", "disable", "-email", otherEmail, "-reason", "on the list"),
	"user password": asked("a third and different one", "user", "password", "-email", otherEmail, "-reason", "on the list", "-password-stdin"),
	"export":        asked("", "export"),
	"verify":        asked("", "verify"),
	"backup":        backedUp,
	"restore":       restored,
	"rebuild":       asked("", "rebuild"),
	"version":       asked("", "version"),
}

// asked runs a command in the desk's directory.
func asked(stdin string, args ...string) asking {
	return func(t *testing.T, dir string) {
		t.Helper()
		cli(t, environment{"USER": "ops"}, stdin, append(slices.Clone(args), "-data", dir)...).want(t, exitFine, "")
	}
}

// backedUp makes a backup beside the desk.
func backedUp(t *testing.T, dir string) {
	t.Helper()
	asked("", "backup", filepath.Join(t.TempDir(), "copy.db"))(t, dir)
}

// restored puts a copy of the desk in its place, which is signed to its end as a backup is.
func restored(t *testing.T, dir string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, db.FileName))
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), db.FileName)
	if err := os.WriteFile(copied, content, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), db.Options{Dir: filepath.Dir(copied)})
	if err != nil {
		t.Fatal(err)
	}
	err = d.InTx(t.Context(), func(tx *db.Tx) error {
		_, _, err := tx.Checkpoint(time.Now(), signerOf(t, dir).Checkpoint)
		return err
	})
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	asked("", "restore", copied, "-force", "-reason", "on the list")(t, dir)
}

// told runs a command that goes on until it is stopped, for its help alone.
func told(args ...string) asking {
	return func(t *testing.T, _ string) {
		t.Helper()
		cli(t, nil, "", args...).want(t, exitFine, "")
	}
}

// startChanged starts the program without a key that it had, and with another account.
func startChanged(t *testing.T, dir string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, "keys", "hmac.key")); err != nil {
		t.Fatal(err)
	}
	_, env := account(t, asItIs)
	serving(t, dir, env).end()
}

// TestCommandsAreOnRecord runs every command: each leaves in history what its row says, and nothing else.
func TestCommandsAreOnRecord(t *testing.T) {
	t.Parallel()
	desk := t.TempDir() // copied for each: making one takes longer than most commands
	serving(t, desk, withAdmin(nil)).end()
	cli(t, nil, otherPassword, "user", "add", "-data", desk, "-email", otherEmail, "-role", "viewer", "-password-stdin").want(t, exitFine, "")
	known := map[string]bool{}
	for _, c := range commands() {
		all := []verb{{name: c.name, records: c.records, unrecorded: c.unrecorded}}
		if len(c.verbs) > 0 {
			all = slices.Clone(c.verbs)
			for i := range all {
				all[i].name = c.name + " " + all[i].name
			}
		}
		for _, v := range all {
			known[v.name] = true
			t.Run(v.name, func(t *testing.T) {
				t.Parallel()
				wantOnRecord(t, v, desk)
			})
		}
	}
	for name := range maps.Keys(calls) {
		if !known[name] {
			t.Errorf("the call of %s has no command", name)
		}
	}
}

func wantOnRecord(t *testing.T, v verb, desk string) {
	t.Helper()
	if (len(v.records) == 0) == (v.unrecorded == "") {
		t.Fatal("it has to name either the actions it records or why it records none")
	}
	run, ok := calls[v.name]
	if !ok {
		t.Fatal("it has no call: say how it is used, so that what it leaves in history can be seen")
	}
	dir := t.TempDir()
	copyDesk(t, dir, desk)
	before := len(readRecord(t, dir).rows)
	run(t, dir)
	rows := readRecord(t, dir).rows
	if v.name == "serve" { // the first admin is made where there is nobody yet
		before, rows = 0, append(slices.Clone(rows[:2]), rows[before:]...)
	}
	actions := map[string]bool{}
	for _, row := range rows[before:] {
		actions[row.Action] = true
		wantSource(t, v, row)
	}
	want := slices.Sorted(slices.Values(v.records))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(actions))); diff != "" {
		t.Errorf("what it left in history (-want +got):\n%s", diff)
	}
}

// copyDesk copies a data directory that nobody uses, with files that only their owner may read.
func copyDesk(t *testing.T, to, from string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wantSource wants a row to say who did this, and why where that was said.
func wantSource(t *testing.T, v verb, row db.Row) {
	t.Helper()
	kind := "cli"
	if v.name == "serve" {
		kind = "system"
	}
	if row.ActorKind != kind || row.ActorName == "" || row.ActorID == "" {
		t.Errorf("the %s of %s is by %+v", row.Phase, row.Action, row)
	}
	asks := !slices.Contains([]string{"history.export", "history.backup", "history.rebuild"}, row.Action)
	if kind == "cli" && asks && row.Reason != "on the list" {
		t.Errorf("the reason of the %s of %s is %q", row.Phase, row.Action, row.Reason)
	}
}

// TestLostKeys has a command find that a key is missing: that is news, once.
func TestLostKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	serving(t, dir, withAdmin(nil)).end()
	for _, key := range []string{"hmac.key", "signing.key"} {
		if err := os.Remove(filepath.Join(dir, "keys", key)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		asked("", "user", "list")(t, dir)
	}
	serving(t, dir, nil).end()
	var told []string
	for _, row := range readRecord(t, dir).rows {
		if row.Action == "keys.make" {
			told = append(told, row.ActorName+": "+row.TargetName)
		}
	}
	if diff := cmp.Diff([]string{"ops: hmac.key, signing.key"}, told); diff != "" {
		t.Errorf("what is on record of the keys (-want +got):\n%s", diff)
	}
}

func TestReasonOnTheCommandLine(t *testing.T) {
	t.Parallel()
	cli(t, nil, "", "user", "disable", "-data", t.TempDir(), "-email", otherEmail, "-reason", "a\x00b").want(t, exitUsage, "-reason: Type the reason again")
}
