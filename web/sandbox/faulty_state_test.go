package sandbox

import (
	"errors"
	"net/http"
	"os"
	"testing"
	"time"
)

// breakFile makes every write of b's state fail until the function that it returns is called, as a full disk does.
func (b *box) breakFile() (mend func()) {
	b.t.Helper()
	full, err := os.Open(b.state.journal.file.Name()) // for reading only
	if err != nil {
		b.t.Fatal(err)
	}
	good := b.state.journal.file
	swap := func(file *os.File, why error) {
		b.state.mu.Lock()
		defer b.state.mu.Unlock()
		b.state.journal.file, b.state.journal.err = file, why
	}
	swap(full, errors.New("no space left on device"))
	return func() {
		swap(good, nil)
		if err := full.Close(); err != nil {
			b.t.Error(err)
		}
	}
}

// TestFullDisk: what can't be kept doesn't happen, not even in a time that is moved on by months, and happens once it can be.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	room := b.make(`{"name":"a"}`)
	peer := b.joined(room, "student", time.Hour)
	mend := b.breakFile()
	if err := b.Advance(90 * 24 * time.Hour); err == nil {
		t.Error("the time moved on without being kept")
	}
	equal(t, "time", b.clock.now(), testStart.Add(time.Hour))
	equal(t, "still there", b.call(200, "GET", "/active-rooms/"+room, "")["session"].(object)["peers"], any([]any{peer}))
	equal(t, "refused", b.call(500, "POST", "/active-rooms/"+room+"/end-room", `{}`), failure(500, "internal server error"))
	mend()
	b.elapse(time.Hour)
	b.call(404, "GET", "/active-rooms/"+room, "")
	b.kill()
	b = newBox(t, Options{Dir: dir})
	b.call(404, "GET", "/active-rooms/"+room, "")
}

// TestOutcomeOnFullDisk: a webhook that arrived isn't sent again because its outcome can't be kept.
func TestOutcomeOnFullDisk(t *testing.T) {
	b := newBox(t, Options{Dir: t.TempDir()})
	hook := newReceiver(t)
	b.happens(b.hooked("a", hook), "session.open.success", nil)
	equal(t, "came", len(hook.types()), 1)
	mend := func() {}
	hook.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mend = b.breakFile()
		hook.ServeHTTP(w, r)
	})
	b.change(func(tx *tx) { tx.happen(tx.rooms.list[0], "session.close.success", nil) })
	for range 3 {
		if b.Advance(time.Minute) == nil {
			t.Error("nothing went wrong")
		}
		b.advance(2 * stepRetry)
	}
	mend()
	b.elapse(time.Minute)
	equal(t, "came", len(hook.types()), 2)
	equal(t, "arrived", b.names(nil), []string{"session.close.success", "session.open.success"})
}

// TestAfterClose: nothing changes any more, with a file or without, and moving the time comes to an end.
func TestAfterClose(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		b := newBox(t, Options{Dir: dir, Mute: true, WebhookURL: "http://127.0.0.1:1/"})
		room := b.make(`{"name":"a"}`)
		b.joined(room, "student", time.Hour) // with webhooks that are due
		b.kill()
		if err := b.Advance(24 * time.Hour); !errors.Is(err, errClosed) {
			t.Errorf("in %q: %v", dir, err)
		}
		b.call(500, "POST", "/rooms", `{"name":"b"}`)
		b.call(200, "GET", "/active-rooms/"+room, "")
		equal(t, "rooms", len(b.rooms()), 1)
		b.kill()
	}
}

// TestCloseWhileSending: Close ends tries whose receiver doesn't answer; they come again with the next start.
func TestCloseWhileSending(t *testing.T) {
	dir := t.TempDir()
	arrived, hang := make(chan struct{}), make(chan struct{})
	hook := newReceiver(t)
	hook.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	})
	b := newBox(t, Options{Dir: dir})
	room := b.hooked("a", hook)
	b.change(func(tx *tx) { tx.happen(tx.rooms.at(room), "session.open.success", nil) })
	b.sendDue(b.clock.now())
	<-arrived
	b.kill()
	close(hang)
	hook.Config.Handler = hook
	b = newBox(t, Options{Dir: dir})
	b.elapse(0)
	equal(t, "came", hook.types(), []string{"session.open.success"})
	equal(t, "arrived", b.names(nil), []string{"session.open.success"})
}

// TestEndOfTime: the clock can't be moved so far or so fast that times and ids go round.
func TestEndOfTime(t *testing.T) {
	b := newBox(t, Options{})
	for _, body := range []string{`{"advance":"2562047h"}`, `{"speed":1e300}`, `{"speed":1000001}`, `{"speed":-1}`} {
		status, _ := b.admin("POST", "/clock", body)
		equal(t, body, status, 400)
	}
	equal(t, "time", b.clock.now(), testStart)
	if err := b.SetSpeed(speedMax); err != nil {
		t.Fatal(err)
	}
	b.advance(200 * 365 * 24 * time.Hour)
	equal(t, "at the end", b.clock.now(), endOfTime)
	if _, ok := b.clock.until(endOfTime.Add(time.Hour)); ok {
		t.Error("something waits for a time after the end")
	}
	if err := b.SetSpeed(1e-300); err != nil {
		t.Fatal(err)
	}
	slow := newClock(b.now, 0, 1e-300)
	if wait, ok := slow.until(b.now().Add(time.Hour)); ok && wait < time.Hour {
		t.Errorf("a clock that hardly moves is there after %v", wait)
	}
}

// TestAgendaStaysShort: objects that change again and again before their time don't pile up.
func TestAgendaStaysShort(t *testing.T) {
	var a agenda[*peer]
	for i := range 10_000 {
		a.set("somebody", &peer{}, testStart.Add(time.Duration(i)))
		a.set("somebody else", &peer{}, testStart.Add(time.Hour))
	}
	if len(a.queue) > 4+overtakenMax {
		t.Errorf("%d entries for two objects", len(a.queue))
	}
	first, ok := a.take(testStart.Add(time.Minute))
	equal(t, "first", first.key, "somebody")
	equal(t, "due", ok, true)
	if _, ok := a.take(testStart.Add(time.Minute)); ok {
		t.Error("it is due twice")
	}
}

// TestShrinksWhileRunning: a file that is mostly of objects that were put over again is written anew without a restart.
func TestShrinksWhileRunning(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	id := b.make(`{"name":"a"}`)
	again := func(times int) {
		b.change(func(tx *tx) {
			for range times {
				tx.rooms.put(tx, tx.rooms.at(id))
			}
		})
	}
	again(2000)
	b.state.mu.Lock()
	b.state.journal.objects += shrinkFrom - 2000 // as if it were that many
	b.state.mu.Unlock()
	before := sizeOf(t, b.state.journal.path)
	again(shrinkTimes * 100)
	if after := sizeOf(t, b.state.journal.path); after > before/10 {
		t.Errorf("%d bytes became %d", before, after)
	}
	b.make(`{"name":"later"}`)
	want := snapshotOf(b)
	b.kill()
	b = newBox(t, Options{Dir: dir})
	equal(t, "state", snapshotOf(b), want)
}
