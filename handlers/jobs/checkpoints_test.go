package jobs_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roomledger/db"
	"roomledger/db/dbtest"
	"roomledger/db/seal"
	"roomledger/handlers/jobs"
	"roomledger/handlers/ledger"
)

// signedOffice is an office whose history is signed, without an API.
type signedOffice struct {
	t      *testing.T
	db     *db.DB
	ledger *ledger.Ledger
	jobs   *jobs.Jobs
	log    *strings.Builder
}

func newSignedOffice(t *testing.T, file, address string) *signedOffice {
	t.Helper()
	o := &signedOffice{t: t, db: dbtest.Open(t), log: &strings.Builder{}}
	o.ledger = ledger.New(ledger.Config{DB: o.db, Workspace: db.Workspace{ID: workspace}, Key: []byte("a key for tests, thirty-two byte"), Signer: testSigner(t)})
	log := slog.New(slog.NewTextHandler(o.log, nil))
	o.jobs = jobs.New(o.ledger, o.db, workspace, log)
	o.jobs.Witnesses = jobs.NewWitnesses(o.db, testSigner(t).Keys(), log, file, address)
	return o
}

func (o *signedOffice) note(n int) {
	o.t.Helper()
	for range n {
		if err := o.ledger.Note(o.t.Context(), ledger.Change{Actor: ledger.System}, "test.look", ledger.Target{}, "", nil); err != nil {
			o.t.Fatal(err)
		}
	}
}

// policies decides when a checkpoint is due.
func (o *signedOffice) policies(rows, minutes int) {
	o.t.Helper()
	err := o.db.InTx(o.t.Context(), func(tx *db.Tx) error {
		return tx.SetPolicies(db.Policies{CheckpointRows: rows, CheckpointMinutes: minutes})
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// sizes are those of the checkpoints there are, the newest first.
func (o *signedOffice) sizes() (sizes []int64) {
	o.t.Helper()
	list, err := o.db.Checkpoints(o.t.Context(), 0, 100)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, c := range list {
		sizes = append(sizes, c.Size)
	}
	return sizes
}

func (o *signedOffice) newest() int64 { return append(o.sizes(), 0)[0] }

func TestCheckpointsAreMadeInTime(t *testing.T) {
	o := newSignedOffice(t, "", "")
	o.policies(10, 10)
	look := func(want int64) {
		t.Helper()
		jobs.Checkpoint(o.jobs, t.Context())
		if got := o.newest(); got != want {
			t.Errorf("signed up to %d, want %d", got, want)
		}
	}
	look(0) // there is nothing to sign
	o.note(1)
	look(1) // the first row doesn't wait
	look(1)
	o.note(9)
	look(1) // nine rows came, and just now
	o.note(1)
	look(11)
	o.note(1)
	look(11)
	o.policies(10, 0)
	look(12) // its time has come
	look(12)
	o.note(2)
	o.policies(2, 1440)
	look(14) // fewer rows are enough now
	if o.log.Len() > 0 {
		t.Error(o.log)
	}
}

func TestTheEndIsSigned(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kept.txt")
	o := newSignedOffice(t, file, "")
	o.note(3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	jobs.LastCheckpoint(o.jobs, ctx)
	if got := o.newest(); got != 3 {
		t.Errorf("signed up to %d", got)
	}
	if got := keptSizes(t, file); len(got) != 1 || got[0] != 3 {
		t.Errorf("kept elsewhere: %v", got)
	}
}

// keptSizes are the sizes of the checkpoints in a file.
func keptSizes(t *testing.T, file string) (sizes []int64) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range seal.SplitNotes(text) {
		c, err := testSigner(t).Keys().Open(one)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, c.Size)
	}
	return sizes
}

// TestFileElsewhere goes on in the same file after a restart, and doesn't write what is there.
func TestFileElsewhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kept.txt")
	o := newSignedOffice(t, file, "")
	o.policies(1, 10)
	for range 3 {
		o.note(1)
		jobs.Checkpoint(o.jobs, t.Context())
		o.jobs.Witnesses = jobs.NewWitnesses(o.db, testSigner(t).Keys(), slog.New(slog.DiscardHandler), file, "")
		jobs.Checkpoint(o.jobs, t.Context())
	}
	if got := keptSizes(t, file); len(got) != 3 || got[2] != 3 {
		t.Errorf("kept: %v", got)
	}
	if err := o.jobs.Witnesses.Agree(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestFileOfAnotherHistory(t *testing.T) {
	dir := t.TempDir()
	first := newSignedOffice(t, filepath.Join(dir, "kept.txt"), "")
	first.note(5)
	jobs.Checkpoint(first.jobs, t.Context())
	kept, err := os.ReadFile(filepath.Join(dir, "kept.txt"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, text string
		rows       int
		says       string
	}{
		{"more rows than there are", string(kept), 2, "fewer than 5 rows"},
		{"as many rows", string(kept), 5, "aren't those of the checkpoint"},
		{"nobody's that we know", strings.Replace(string(kept), "\n5\n", "\n1\n", 1), 5, "is by the key of this installation"},
		{"nothing", "\n", 5, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "kept.txt")
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			o := newSignedOffice(t, file, "")
			o.note(tt.rows)
			for range 2 { // told in the log once
				o.policies(1, 10)
				o.note(1)
				jobs.Checkpoint(o.jobs, t.Context())
			}
			state := o.jobs.Witnesses.State()[0]
			if tt.says == "" {
				if state.Problem != "" || state.Size != int64(tt.rows+2) {
					t.Errorf("%+v", state)
				}
				return
			}
			if !strings.Contains(state.Problem, tt.says) || strings.Count(o.log.String(), "checkpoint not kept elsewhere") != 1 {
				t.Errorf("%+v, logged %s", state, o.log)
			}
			if text, err := os.ReadFile(file); err != nil || string(text) != tt.text {
				t.Errorf("the file was written: %s, %v", text, err)
			}
		})
	}
}

// TestAddressElsewhere posts to a server that fails at first, and then sends elsewhere.
func TestAddressElsewhere(t *testing.T) {
	var mu sync.Mutex
	var got []string
	answers := []int{503, 200, 302, 204}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s %s, %v", r.Method, r.Header, err)
		}
		got = append(got, string(body))
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(answers[len(got)-1])
	}))
	defer server.Close()
	o := newSignedOffice(t, "", server.URL+"/in?token=hush")
	o.policies(1, 10)
	for i, want := range []string{"it answered 503", "", "it answered 302", ""} {
		o.note(1)
		jobs.Checkpoint(o.jobs, t.Context())
		jobs.Checkpoint(o.jobs, t.Context()) // not offered twice
		state := o.jobs.Witnesses.State()[0]
		if state.Problem != want || (want == "") != (state.Size == int64(i+1)) {
			t.Errorf("checkpoint %d: %+v, want %q", i+1, state, want)
		}
	}
	if len(got) != 4 {
		t.Errorf("%d posts", len(got))
	}
	server.Close()
	o.note(1)
	jobs.Checkpoint(o.jobs, t.Context())
	if state := o.jobs.Witnesses.State()[0]; !strings.Contains(state.Problem, "refused") || strings.Contains(state.Problem+state.Name+o.log.String(), "hush") {
		t.Errorf("%+v, logged %s", state, o.log)
	}
}

// TestAddressThatHangs is given up after a while.
func TestAddressThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := jobs.NewWitnesses(nil, nil, slog.New(slog.DiscardHandler), "", "http://witness.example.org/")
		jobs.Through(w, func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		start := time.Now()
		jobs.Tell(w, t.Context(), db.Checkpoint{Size: 1, Note: "x"})
		if state := w.State()[0]; state.Problem == "" || time.Since(start) != 10*time.Second {
			t.Errorf("%+v after %s", state, time.Since(start))
		}
	})
}
