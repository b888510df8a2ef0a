package db

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"roomledger/db/seal"
)

// A history of 300 rows in a file, with checkpoints at these sizes: what the tests of verifying tamper with.
const (
	sampleRows = 300
	sampleBad  = 177 // the row that is tampered with: not in the first chunk, between the second and the third checkpoint
)

var sampleSizes = []int{60, 150, 299}

// sampleSigner signs with a key made of one letter.
func sampleSigner(t testing.TB, letter string) *seal.Signer {
	t.Helper()
	s, err := seal.NewSigner(ed25519.NewKeyFromSeed([]byte(strings.Repeat(letter, ed25519.SeedSize))))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sampleRow is a row that has a value in every column.
func sampleRow(n int) Row {
	return Row{
		Time: time.Date(2026, 5, 1, 8, 0, n, 0, time.UTC), Workspace: "w", Operation: fmt.Sprintf("operation-%03d", n), Batch: "b7",
		ActorID: "u1", ActorName: "ann@example.org", ActorKind: "user", IP: "192.0.2.9", UserAgent: "curl/8", RequestID: "r7",
		Action: "room.create", Phase: PhaseNote, TargetKind: "room", TargetID: "65a0", TargetName: "ward-7", Reason: "7",
		Request: `{"name":"ward-7"}`, Response: `{"id":"65a0"}`, Before: `{}`, After: `{"name":"räum"}`, APIMethod: "POST", APIPath: "/rooms",
		APIStatus: 200, LatencyMS: 31, Attempts: 1, Error: "none",
	}
}

// writeSample writes a history of n rows into a new directory and returns the path of the file. Nobody has it open.
func writeSample(t testing.TB, n int, s *seal.Signer) string {
	t.Helper()
	dir := t.TempDir()
	layEmpty(t, dir)
	d, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	do(t, d, func(tx *Tx) error {
		for i := 1; i <= n; i++ {
			row := sampleRow(i)
			if err := tx.Append(&row); err != nil {
				return err
			}
			if !slices.Contains(sampleSizes, i) {
				continue
			}
			if _, _, err := tx.Checkpoint(row.Time, s.Checkpoint); err != nil {
				return err
			}
		}
		return nil
	})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, FileName)
}

func signSample(t testing.TB, d *DB, s *seal.Signer) (c Checkpoint) {
	t.Helper()
	do(t, d, func(tx *Tx) (err error) {
		c, _, err = tx.Checkpoint(time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC), s.Checkpoint)
		return err
	})
	return c
}

// duplicate copies a file into a directory of its own, under the name of a database.
func duplicate(t testing.TB, from string) string {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestVerifyIntact(t *testing.T) {
	signer := sampleSigner(t, "a")
	path := writeSample(t, sampleRows, signer)
	before := filesBeside(t, path)
	r, err := Verify(t.Context(), path, seal.Trust{Keys: signer.Keys()})
	if err != nil || !r.Intact() {
		t.Fatalf("%+v, %v", r, err)
	}
	if r.Rows != sampleRows || r.Size != sampleRows || r.Checkpoints != 3 || r.Signed != 299 || !r.Pinned || r.Unchecked {
		t.Errorf("%+v", r)
	}
	if after := filesBeside(t, path); after != before {
		t.Errorf("verifying left %s, there was %s", after, before)
	}
	r, err = Verify(t.Context(), path, seal.Trust{})
	if err != nil || !r.Intact() || r.Pinned || !r.Unchecked {
		t.Errorf("without a key: %+v, %v", r, err)
	}
}

// TestVerifyNoUTF8 checks a row that holds the byte which stands between rows where they are read together.
func TestVerifyNoUTF8(t *testing.T) {
	d := open(t, t.TempDir())
	row := sampleRow(2)
	row.UserAgent = "a\xffb"
	add(t, d, sampleRow(1), row, sampleRow(3))
	r, err := d.Verify(t.Context(), seal.Trust{})
	if err != nil || !r.Intact() || r.Rows != 3 {
		t.Errorf("%+v, %v", r, err)
	}
}

// filesBeside are the names and contents beside a file.
func filesBeside(t *testing.T, path string) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(path), e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&list, "%s %x\n", e.Name(), seal.LeafHash(b))
	}
	return list.String()
}

// TestVerifyInUse checks a database that somebody appends to, whose newest rows are in the WAL alone.
func TestVerifyInUse(t *testing.T) {
	d := open(t, t.TempDir())
	signer := sampleSigner(t, "a")
	for i := range 10 {
		add(t, d, sampleRow(i+1))
	}
	c := signSample(t, d, signer)
	for _, verify := range []func() (seal.Report, error){
		func() (seal.Report, error) {
			return d.Verify(t.Context(), seal.Trust{Keys: signer.Keys(), Kept: []string{c.Note}})
		},
		func() (seal.Report, error) {
			return Verify(t.Context(), d.path, seal.Trust{Keys: signer.Keys(), Kept: []string{c.Note}})
		},
	} {
		r, err := verify()
		if err != nil || !r.Intact() || r.Rows != 10 || r.Checkpoints != 2 {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// TestVerifyAfterACrash checks a file with the WAL that a process left behind, and leaves both as they are.
func TestVerifyAfterACrash(t *testing.T) {
	d := open(t, t.TempDir())
	add(t, d, sampleRow(1), sampleRow(2))
	path := duplicate(t, d.path)
	if err := os.Rename(duplicate(t, d.path+"-wal"), path+"-wal"); err != nil {
		t.Fatal(err)
	}
	before := filesBeside(t, path)
	r, err := Verify(t.Context(), path, seal.Trust{})
	if err != nil || !r.Intact() || r.Rows != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	if after := filesBeside(t, path); after != before {
		t.Errorf("verifying left %s, there was %s", after, before)
	}
}

func TestVerifyWhileAppending(t *testing.T) {
	d := open(t, t.TempDir())
	signer := sampleSigner(t, "a")
	add(t, d, sampleRow(0))
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			row := sampleRow(i)
			if err := d.InTx(context.Background(), func(tx *Tx) error { return tx.Append(&row) }); err != nil {
				stopped <- err
				return
			}
		}
	}()
	for range 20 {
		r, err := d.Verify(t.Context(), seal.Trust{Keys: signer.Keys()})
		if err != nil && !strings.Contains(err.Error(), "changes too fast") || !r.Intact() {
			t.Errorf("%+v, %v", r, err)
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestVerifyDamagedPage spoils the head of a page that holds rows.
func TestVerifyDamagedPage(t *testing.T) {
	signer := sampleSigner(t, "a")
	path := writeSample(t, sampleRows, signer)
	damage("operation-177b7u1", true)(t, path)
	r, err := Verify(t.Context(), path, seal.Trust{Keys: signer.Keys()})
	if err != nil || r.Intact() || r.FirstBad() < 160 || r.FirstBad() > 177 || !says(r, "can't be read") {
		t.Errorf("first bad row %d: %+v, %v", r.FirstBad(), r.Faults, err)
	}
}

// TestVerifyOtherHistory puts whole databases in the place of the one that was kept.
func TestVerifyOtherHistory(t *testing.T) {
	signer, other := sampleSigner(t, "a"), sampleSigner(t, "b")
	kept := []string{keptOf(t, writeSample(t, sampleRows, signer))}
	older := writeSample(t, 200, signer)
	elsewhere := writeSample(t, 299, other)
	tests := []struct {
		name, path string
		trust      seal.Trust
		bad        int64
		says       string
	}{
		{"an older copy by itself", older, seal.Trust{Keys: signer.Keys()}, 0, ""},
		{"an older copy", older, seal.Trust{Keys: signer.Keys(), Kept: kept}, 201, "an older copy"},
		{"an older copy, without a key", older, seal.Trust{Kept: kept}, 201, "an older copy"},
		{"another installation's", elsewhere, seal.Trust{Keys: signer.Keys()}, 0, "not signed by a trusted key"},
		{"another key for what was kept", older, seal.Trust{Keys: other.Keys(), Kept: kept}, 0, "the checkpoint that was kept: not signed by a trusted key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Verify(t.Context(), tt.path, tt.trust)
			if err != nil || r.Intact() != (tt.says == "") || r.FirstBad() != tt.bad || tt.says != "" && !says(r, tt.says) {
				t.Errorf("first bad row %d: %+v, %v", r.FirstBad(), r.Faults, err)
			}
		})
	}
}

func TestVerifyWhatIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte("not a database, but long enough to look like something of the kind"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{text, empty, dir, filepath.Join(dir, "none.db")} {
		if r, err := Verify(t.Context(), path, seal.Trust{}); err == nil {
			t.Errorf("%s: %+v", path, r)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestVerifyCancelled(t *testing.T) {
	path := writeSample(t, sampleRows, sampleSigner(t, "a"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Verify(ctx, path, seal.Trust{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestHeadAndAgrees(t *testing.T) {
	signer := sampleSigner(t, "a")
	path := writeSample(t, sampleRows, signer)
	c, err := signer.Keys().Open(keptOf(t, path))
	if err != nil {
		t.Fatal(err)
	}
	wrong := c
	wrong.Root[3]++
	longer := c
	longer.Size = 301
	cut, changed := duplicate(t, path), duplicate(t, path)
	statements("DELETE FROM history WHERE seq > 250")(t, cut)
	statements("UPDATE history SET reason = 'other' WHERE seq = 300")(t, changed)
	check := func(name, path string, ask func(*DB) error, want error) {
		t.Helper()
		d := open(t, filepath.Dir(path))
		if err := ask(d); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	head := func(d *DB) error { return d.Head(t.Context()) }
	check("head", path, head, nil)
	check("head of an empty history", filepath.Join(t.TempDir(), FileName), head, nil)
	check("head after a cut", cut, head, ErrAltered)
	check("head after a change", changed, head, ErrAltered)
	check("the same", path, func(d *DB) error { return d.Agrees(t.Context(), c) }, nil)
	check("another root", path, func(d *DB) error { return d.Agrees(t.Context(), wrong) }, ErrAltered)
	check("more rows", path, func(d *DB) error { return d.Agrees(t.Context(), longer) }, ErrAltered)
}
