package db

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// mark writes a token that tells what was committed.
func mark(token string) func(*Tx) error {
	return func(tx *Tx) error { return tx.UseFormToken("w", "u", token, "", "") }
}

// marks lists the tokens that were committed.
func marks(t *testing.T, d *DB) []string {
	t.Helper()
	list, err := query(t.Context(), d, scanText, "SELECT token FROM form_tokens ORDER BY token")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestInTxUndoesOneAlone(t *testing.T) {
	d := open(t, t.TempDir())
	wrong := errors.New("wrong")
	fails := map[string]func(*Tx) error{
		"error": func(tx *Tx) error { return errors.Join(mark("never")(tx), wrong) },
		"panic": func(tx *Tx) error {
			if err := mark("never")(tx); err != nil {
				return err
			}
			panic("wrong")
		},
		"statement": func(tx *Tx) error {
			_, err := tx.Exec("INSERT INTO nowhere VALUES (1)")
			return err
		},
	}
	var want []string
	var wg sync.WaitGroup
	for i := range 60 {
		token := fmt.Sprintf("good %02d", i)
		want = append(want, token)
		wg.Go(func() {
			if err := d.InTx(t.Context(), mark(token)); err != nil {
				t.Errorf("%s: %v", token, err)
			}
		})
		for name, fn := range fails {
			wg.Go(func() {
				err := d.InTx(t.Context(), fn)
				if err == nil || name == "error" && !errors.Is(err, wrong) {
					t.Errorf("%s: error is %v", name, err)
				}
			})
		}
	}
	wg.Wait()
	if diff := cmp.Diff(want, marks(t, d)); diff != "" {
		t.Error(diff)
	}
}

// batch runs fns in one transaction: it lets them queue up behind one that waits. It must run in a synctest bubble.
func batch(t *testing.T, d *DB, fns ...func(*Tx) error) []error {
	t.Helper()
	hold := make(chan struct{})
	results := make([]error, len(fns))
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := d.InTx(t.Context(), func(*Tx) error { <-hold; return nil }); err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	for i, fn := range fns {
		wg.Go(func() { results[i] = d.InTx(t.Context(), fn) })
		synctest.Wait() // so that they run in this order
	}
	close(hold)
	wg.Wait()
	return results
}

func TestInTxSharesOneCommit(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := open(t, dir)
		results := batch(t, d, mark("a"), mark("b"), func(tx *Tx) error {
			var n int
			if err := tx.QueryRow("SELECT count(*) FROM form_tokens").Scan(&n); err != nil {
				return err
			}
			if committed := marks(t, d); n != 2 || len(committed) != 0 {
				t.Errorf("the transaction holds %d, committed are %v", n, committed)
			}
			return mark("c")(tx)
		})
		if err := errors.Join(results...); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a", "b", "c"}, marks(t, d)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestInTxCommitFails(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := open(t, dir)
		orphan := func(tx *Tx) error {
			if _, err := tx.Exec("PRAGMA defer_foreign_keys = on"); err != nil {
				return err
			}
			_, err := tx.Exec("INSERT INTO room_data (n, data) VALUES (7, '')")
			return err
		}
		for i, err := range batch(t, d, mark("a"), orphan, mark("b")) {
			if err == nil || !strings.Contains(err.Error(), "FOREIGN KEY") {
				t.Errorf("%d: error is %v", i, err)
			}
		}
		if err := d.InTx(t.Context(), mark("after")); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"after"}, marks(t, d)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestInTxLosesTheTransaction(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := open(t, dir)
		rude := func(tx *Tx) error {
			_, err := tx.Exec("ROLLBACK")
			return err
		}
		for i, err := range batch(t, d, mark("a"), rude, mark("b")) {
			if err == nil {
				t.Errorf("%d: no error", i)
			}
		}
		do(t, d, mark("after"))
		if diff := cmp.Diff([]string{"after"}, marks(t, d)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestInTxSurvivesGoexit(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := open(t, dir)
		for i, err := range batch(t, d, mark("a"), func(*Tx) error { runtime.Goexit(); return nil }, mark("b")) {
			if !errors.Is(err, errUnfinished) {
				t.Errorf("%d: error is %v", i, err)
			}
		}
		do(t, d, mark("after"))
	})
}

func TestInTxCancelled(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := open(t, dir)
		ctx, cancel := context.WithCancel(t.Context())
		running, hold := make(chan struct{}), make(chan struct{})
		started, skipped := make(chan error, 1), make(chan error, 1)
		go func() {
			started <- d.InTx(ctx, func(tx *Tx) error {
				close(running)
				<-hold
				return mark("started")(tx)
			})
		}()
		<-running
		go func() { skipped <- d.InTx(ctx, mark("skipped")) }()
		synctest.Wait()
		cancel()
		if err := <-skipped; !errors.Is(err, context.Canceled) {
			t.Errorf("skipped: %v", err)
		}
		close(hold)
		if err := <-started; err != nil {
			t.Errorf("started: %v", err)
		}
		if err := d.InTx(ctx, mark("late")); !errors.Is(err, context.Canceled) {
			t.Errorf("late: %v", err)
		}
		if diff := cmp.Diff([]string{"started"}, marks(t, d)); diff != "" {
			t.Error(diff)
		}
	})
}

// A job can be taken into a batch and be given up before its turn.
func TestInTxAbandonedInABatch(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := open(t, dir)
		ctx, cancel := context.WithCancel(t.Context())
		hold, next, in := make(chan struct{}), make(chan struct{}), make(chan struct{})
		wait := func(c chan struct{}) func(*Tx) error {
			return func(*Tx) error { <-c; return nil }
		}
		var wg sync.WaitGroup
		run := func(ctx context.Context, want error, fn func(*Tx) error) {
			wg.Go(func() {
				if err := d.InTx(ctx, fn); !errors.Is(err, want) {
					t.Errorf("error is %v, want %v", err, want)
				}
			})
			synctest.Wait()
		}
		run(t.Context(), nil, wait(hold))
		run(t.Context(), nil, func(*Tx) error { close(in); <-next; return nil })
		run(ctx, context.Canceled, mark("abandoned"))
		close(hold)
		<-in
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(next)
		wg.Wait()
		if got := marks(t, d); len(got) != 0 {
			t.Errorf("committed: %v", got)
		}
	})
}

func TestInTxAndClose(t *testing.T) {
	d := open(t, t.TempDir())
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if err := d.InTx(t.Context(), mark(fmt.Sprint(i))); err != nil && !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
		})
	}
	for range 2 {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
	if err := d.InTx(t.Context(), mark("late")); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// tryToShorten makes the writer take the WAL for long.
func tryToShorten(d *DB) func(*Tx) error {
	return func(tx *Tx) error {
		d.writer.shorten = 1
		return mark("shorten")(tx)
	}
}

func TestWALIsShortened(t *testing.T) {
	d := open(t, t.TempDir())
	do(t, d, tryToShorten(d))
	if err := d.Close(); err != nil { // the writer is done with what follows a commit
		t.Fatal(err)
	}
	if d.writer.shorten != walLimit {
		t.Errorf("the WAL is tried again at %d bytes, want %d", d.writer.shorten, walLimit)
	}
}

func TestWALWaitsForReaders(t *testing.T) {
	d := open(t, t.TempDir())
	do(t, d, mark("a"))
	reading, err := d.readers.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var token string
	if err := reading.QueryRow("SELECT token FROM form_tokens").Scan(&token); err != nil {
		t.Fatal(err)
	}
	do(t, d, tryToShorten(d))
	do(t, d, mark("later")) // begins when the try is over
	if err := reading.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if d.writer.shorten <= walLimit {
		t.Errorf("the WAL is tried again at %d bytes, want more than %d", d.writer.shorten, walLimit)
	}
}
