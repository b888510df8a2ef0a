package db

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWorkspaces(t *testing.T) {
	d := open(t, t.TempDir())
	want := []Workspace{
		{ID: "z", Name: "Sandbox", APIURL: "http://127.0.0.1/v2", Sandbox: true},
		{ID: "a", Name: "Kept", APIURL: "https://api.example.com/v2"},
	}
	do(t, d, func(tx *Tx) error {
		old := want[0]
		old.Name, old.Sandbox = "Old", false
		return errors.Join(tx.PutWorkspace(old), tx.PutWorkspace(want[1]), tx.PutWorkspace(want[0]))
	})
	got, err := d.Workspaces(t.Context())
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestIndexState(t *testing.T) {
	d := open(t, t.TempDir())
	at := time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	check := func(workspace string, wantAt time.Time, want string) {
		t.Helper()
		gotAt, got, err := d.IndexState(t.Context(), workspace)
		if !gotAt.Equal(wantAt) || got != want || err != nil {
			t.Errorf("%s: read at %s, problem %q, error %v", workspace, gotAt, got, err)
		}
	}
	set := func(at time.Time, problem string) {
		do(t, d, func(tx *Tx) error { return tx.SetIndexState("ws", at, problem) })
	}
	check("ws", time.Time{}, "")
	set(time.Time{}, "refused")
	check("ws", time.Time{}, "refused")
	set(at, "")
	check("ws", at, "")
	set(time.Time{}, "no answer")
	check("ws", at, "no answer")
	check("other", time.Time{}, "")
}

func TestFormTokens(t *testing.T) {
	d := open(t, t.TempDir())
	use := func(workspace, user, token, operation string) error {
		return d.InTx(t.Context(), func(tx *Tx) error { return tx.UseFormToken(workspace, user, token, "hash "+operation, operation) })
	}
	for _, c := range []struct {
		workspace, user, token, operation string
		want                              error
	}{
		{"ws", "u1", "t", "one", nil},
		{"ws", "u1", "t", "two", ErrTokenUsed},
		{"ws", "u2", "t", "three", nil},
		{"other", "u1", "t", "four", nil},
		{"ws", "u1", "t2", "five", nil},
	} {
		if err := use(c.workspace, c.user, c.token, c.operation); !errors.Is(err, c.want) {
			t.Errorf("%s: error is %v, want %v", c.operation, err, c.want)
		}
	}
	hash, operation, err := d.FormToken(t.Context(), "ws", "u1", "t")
	if hash != "hash one" || operation != "one" || err != nil {
		t.Errorf("token gives %q, %q, error %v", hash, operation, err)
	}
	if _, _, err := d.FormToken(t.Context(), "ws", "u3", "t"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unused: %v", err)
	}
	do(t, d, func(tx *Tx) error { return tx.DropFormTokens(time.Now().Add(-time.Hour)) })
	if err := use("ws", "u1", "t", "six"); !errors.Is(err, ErrTokenUsed) {
		t.Errorf("a young one was dropped: %v", err)
	}
	do(t, d, func(tx *Tx) error { return tx.DropFormTokens(time.Now().Add(time.Hour)) })
	if err := use("ws", "u1", "t", "seven"); err != nil {
		t.Errorf("an old one was kept: %v", err)
	}
}

// Of many who send a form at the same time, one uses up its token.
func TestFormTokenOnce(t *testing.T) {
	d := open(t, t.TempDir())
	var used atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			err := d.InTx(t.Context(), mark("t"))
			if err == nil {
				used.Add(1)
			} else if !errors.Is(err, ErrTokenUsed) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if used.Load() != 1 {
		t.Errorf("used %d times", used.Load())
	}
}
