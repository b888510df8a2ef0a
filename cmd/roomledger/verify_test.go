package main

import (
	"archive/zip"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roomledger/db"
	"roomledger/db/seal"
	"roomledger/web"
)

// sealed is a history of some rows in a data directory that nobody serves, and files made from it.
type sealed struct {
	t                    *testing.T
	data                 string
	key                  string // a file with the public key
	first, all           string // files with checkpoints
	export, proof, pack  string
	exported, provenText string
}

// newSealed makes people, so that there are rows, and signs twice.
func newSealed(t *testing.T) *sealed {
	t.Helper()
	dir := t.TempDir()
	s := &sealed{t: t, data: filepath.Join(dir, "data")}
	r := serving(t, s.data, withAdmin(nil))
	r.end()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	signing, err := web.LoadSigningKey(filepath.Join(s.data, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := seal.NewSigner(signing)
	if err != nil {
		t.Fatal(err)
	}
	s.key = file("key.txt", signer.Public()+"\n")
	s.first = file("first.txt", s.sign(signer))
	for i := range 2 {
		args := []string{"user", "add", "-data", s.data, "-email", fmt.Sprintf("p%d@example.org", i), "-role", "viewer", "-password-stdin"}
		cli(t, nil, "four words for tests\n", args...).want(t, exitFine, "")
	}
	note := s.sign(signer)
	s.all = file("all.txt", note)
	s.writeExports(seal.End{Checkpoint: note, Key: signer.Public()})
	s.export, s.proof, s.pack = file("history.jsonl", s.exported), file("proof.jsonl", s.provenText), filepath.Join(dir, "pack.zip")
	s.writePack(s.exported, note)
	return s
}

func (s *sealed) open() *db.DB {
	s.t.Helper()
	d, err := db.Open(s.t.Context(), db.Options{Dir: s.data})
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func (s *sealed) sign(signer *seal.Signer) (note string) {
	s.t.Helper()
	d := s.open()
	err := d.InTx(s.t.Context(), func(tx *db.Tx) error {
		c, _, err := tx.Checkpoint(time.Now(), signer.Checkpoint)
		note = c.Note
		return err
	})
	if err := errors.Join(err, d.Close()); err != nil {
		s.t.Fatal(err)
	}
	return note
}

// writeExports writes all rows, and the second with its proof.
func (s *sealed) writeExports(end seal.End) {
	s.t.Helper()
	d := s.open()
	size, err := d.HistoryLen(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	var all, proof []byte
	err = d.EachLeaf(s.t.Context(), db.Extract{Size: size, Proofs: true}, func(leaf db.Leaf) error {
		var fields seal.Fields
		if err := seal.ParseLeaf(leaf.Bytes, &fields); err != nil {
			return err
		}
		all = seal.AppendLine(all, &fields, seal.LeafHash(leaf.Bytes), nil)
		if leaf.Seq == 2 {
			proof = seal.AppendLine(proof, &fields, leaf.Hash, &seal.Proof{Size: size, Hashes: leaf.Proof})
		}
		return nil
	})
	if err := errors.Join(err, d.Close()); err != nil {
		s.t.Fatal(err)
	}
	s.exported = string(seal.AppendEnd(all, end))
	end.Extract = true
	s.provenText = string(seal.AppendEnd(proof, end))
}

// writePack writes an evidence pack with these rows and this checkpoint; "": none.
func (s *sealed) writePack(rows, checkpoint string) {
	s.t.Helper()
	f, err := os.Create(s.pack)
	if err != nil {
		s.t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.Create("rows.jsonl")
	if err == nil {
		_, err = w.Write([]byte(rows))
	}
	if err == nil && checkpoint != "" {
		if w, err = z.Create("checkpoint.txt"); err == nil {
			_, err = w.Write([]byte(checkpoint))
		}
	}
	if err := errors.Join(err, z.Close(), f.Close()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *sealed) verify(args ...string) ran {
	s.t.Helper()
	return cli(s.t, nil, "", append([]string{"verify"}, args...)...)
}

// says fails unless a command ended with this code and printed these texts, and nothing as an error.
func (r ran) says(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.code != code || r.err != "" {
		t.Errorf("exit code %d, want %d: %s", r.code, code, r.err)
	}
	for _, text := range texts {
		if !strings.Contains(r.out, text) {
			t.Errorf("it lacks %q:\n%s", text, r.out)
		}
	}
}

// tree lists what is in a directory, with the size and time of each file.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && !e.IsDir() {
			fmt.Fprintln(&list, path, info.Size(), info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}

func TestVerifyCommand(t *testing.T) {
	t.Parallel()
	s := newSealed(t)
	alone := filepath.Join(t.TempDir(), "nowhere")
	backup := filepath.Join(t.TempDir(), "backup.db")
	copyFile(t, backup, filepath.Join(s.data, db.FileName))
	before := tree(t, filepath.Dir(s.data))
	const own = "pinned by this installation's own"
	for _, tt := range []struct {
		name string
		args []string
		says []string
	}{
		{"data", []string{"-data", s.data}, []string{"intact: 6 rows\n", "checkpoints: 2 agree, the last over 6 rows", own}},
		{"data, kept", []string{"-data", s.data, "-checkpoint", s.first}, []string{"checkpoints: 3 agree"}},
		{"backup", []string{"-data", s.data, "-file", backup, "-checkpoint", s.all}, []string{"intact: 6 rows", own}},
		{"backup, key", []string{"-data", alone, "-file", backup, "-key", s.key}, []string{"pinned by " + s.key}},
		{"backup, no key", []string{"-data", alone, "-file", backup}, []string{"key: none was given"}},
		{"export", []string{"-data", alone, "-export", s.export}, []string{"intact: 6 rows", "key: not pinned"}},
		{"export, key and kept", []string{"-data", alone, "-export", s.export, "-key", s.key, "-checkpoint", s.first}, []string{"checkpoints: 2 agree", "pinned by " + s.key}},
		{"pack", []string{"-data", alone, "-export", s.pack, "-key", s.key}, []string{"intact: 6 rows"}},
		{"proof", []string{"-data", alone, "-proof", s.proof, "-key", s.key, "-checkpoint", s.first}, []string{"intact: 1 row is proven", "whether others were left out", "not compared: 1 kept checkpoint"}},
	} {
		t.Run(tt.name, func(t *testing.T) { s.verify(tt.args...).says(t, exitFine, tt.says...) })
	}
	if after := tree(t, filepath.Dir(s.data)); after != before {
		t.Errorf("verifying wrote:\n%s\nthere was:\n%s", after, before)
	}
	if _, err := os.Stat(alone); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory was made: %v", err)
	}
}

func copyFile(t *testing.T, to, from string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestVerifyCommandFindsTampering(t *testing.T) {
	t.Parallel()
	s, other := newSealed(t), newSealed(t)
	changed, older := filepath.Join(t.TempDir(), "changed.db"), filepath.Join(t.TempDir(), "older.db")
	copyFile(t, changed, filepath.Join(s.data, db.FileName))
	copyFile(t, older, filepath.Join(s.data, db.FileName))
	tamper(t, changed, "DROP TRIGGER history_no_update", "UPDATE history SET reason = 'x' WHERE seq = 3")
	tamper(t, older, "PRAGMA recursive_triggers = 0", "DROP TRIGGER history_no_delete", "DROP TRIGGER leaves_no_delete", "DROP TRIGGER checkpoints_no_delete",
		"DELETE FROM history WHERE seq > 3", "DELETE FROM leaves WHERE seq > 3", "DELETE FROM checkpoints WHERE size > 3")
	edited := filepath.Join(t.TempDir(), "edited.jsonl")
	copyFile(t, edited, s.export)
	b := strings.Replace(s.exported, `"phase":"done"`, `"phase":"note"`, 1)
	if err := os.WriteFile(edited, []byte(b), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := func(pack, rows, checkpoint string) string {
		s.pack = filepath.Join(t.TempDir(), pack)
		s.writePack(rows, checkpoint)
		return s.pack
	}
	note := read(t, s.all)
	packed, without := whole("pack.zip", b, note), whole("without.zip", s.exported, "")
	exchanged := whole("exchanged.zip", s.exported, read(t, other.first))
	damaged := filepath.Join(t.TempDir(), "damaged.zip")
	zipped, err := os.ReadFile(other.pack)
	if err != nil {
		t.Fatal(err)
	}
	clear(zipped[500:540])
	if err := os.WriteFile(damaged, zipped, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		says []string
	}{
		{"changed row", []string{"-data", s.data, "-file", changed}, []string{"ALTERED. The first bad row is 3.", "row 3 was changed", "history_no_update is missing"}},
		{"cut off", []string{"-data", s.data, "-file", older, "-checkpoint", s.all}, []string{"ALTERED. The first bad row is 4.", "older copy"}},
		{"another key", []string{"-data", s.data, "-key", other.key}, []string{"ALTERED.\n", "not signed by a trusted key"}},
		{"another installation", []string{"-data", s.data, "-file", filepath.Join(other.data, db.FileName)}, []string{"ALTERED.\n", "not signed by a trusted key"}},
		{"export", []string{"-data", s.data, "-export", edited}, []string{"ALTERED. The first bad row is 2."}},
		{"pack", []string{"-data", s.data, "-export", packed}, []string{"ALTERED. The first bad row is 2."}},
		{"pack without a checkpoint", []string{"-data", s.data, "-export", without}, []string{"ALTERED.", "checkpoint.txt in the pack is missing"}},
		{"pack with another checkpoint", []string{"-data", s.data, "-export", exchanged}, []string{"ALTERED.", "not signed by a trusted key"}},
		{"damaged pack", []string{"-data", s.data, "-export", damaged}, []string{"ALTERED.", "rows.jsonl in the pack is damaged"}},
		{"proof", []string{"-data", s.data, "-proof", edited}, []string{"ALTERED. The first bad row is 2."}},
		{"no export at all", []string{"-data", s.data, "-export", s.key}, []string{"ALTERED. The first bad row is 1.", "line 1 is not a line of an export"}},
	} {
		t.Run(tt.name, func(t *testing.T) { s.verify(tt.args...).says(t, exitNo, tt.says...) })
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// tamper changes a database file.
func tamper(t *testing.T, path string, statements ...string) {
	t.Helper()
	pool, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=DELETE")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range statements {
		_, one := pool.ExecContext(t.Context(), text)
		err = errors.Join(err, one)
	}
	if err := errors.Join(err, pool.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyCommandRefuses(t *testing.T) {
	t.Parallel()
	s := newSealed(t)
	none, newer := filepath.Join(t.TempDir(), "none"), filepath.Join(t.TempDir(), "newer.db")
	copyFile(t, newer, filepath.Join(s.data, db.FileName))
	tamper(t, newer, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
	for _, tt := range []struct {
		name      string
		args      []string
		complaint string
	}{
		{"two things", []string{"-file", "a", "-export", "b"}, "one of -file, -export and -proof"},
		{"no data", []string{"-data", none}, "none"},
		{"no file", []string{"-file", none}, "none"},
		{"no export", []string{"-export", none}, "none"},
		{"a directory", []string{"-file", filepath.Dir(s.data)}, "not a file"},
		{"no database", []string{"-file", s.key}, "key.txt"},
		{"a newer version's", []string{"-data", s.data, "-file", newer}, "written by a newer version of the program"},
		{"no key", []string{"-data", s.data, "-key", none}, "none"},
		{"a key that isn't", []string{"-data", s.data, "-key", s.all}, "a public key is one line"},
		{"no checkpoint", []string{"-data", s.data, "-checkpoint", none}, "none"},
		{"a checkpoint that isn't", []string{"-data", s.data, "-checkpoint", s.key}, "not a signed checkpoint"},
	} {
		t.Run(tt.name, func(t *testing.T) { s.verify(tt.args...).want(t, exitUsage, tt.complaint) })
	}
}

// TestVerifyWhileServing checks a database that a server has open, and what it keeps elsewhere.
func TestVerifyWhileServing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	kept := filepath.Join(t.TempDir(), "kept.txt")
	r := serving(t, dir, withAdmin(environment{"ROOMLEDGER_CHECKPOINT_FILE": kept}))
	b := newBrowser(t)
	b.signIn(t, r.base, adminEmail, adminPassword)
	b.want(t, http.StatusSeeOther, r.base+"/history/verify", url.Values{})
	cli(t, nil, "", "verify", "-data", dir).says(t, exitFine, "intact: ")
	r.end()
	cli(t, nil, "", "verify", "-data", dir, "-checkpoint", kept).says(t, exitFine, "intact: ")
}
