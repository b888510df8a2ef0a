package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// receiver is a webhook's receiver that answers as it is told, and 200 after that.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	answers []int
	got     []object
	texts   [][]byte // of the bodies
	headers []http.Header
}

func newReceiver(t testing.TB, answers ...int) *receiver {
	t.Helper()
	r := &receiver{answers: answers}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// tlsReceiver is one with https, which b trusts from now on.
func (b *box) tlsReceiver() *receiver {
	r := &receiver{}
	r.Server = httptest.NewTLSServer(r)
	b.t.Cleanup(r.Close)
	b.sender.Transport = r.Client().Transport
	return r
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	var body object
	if err != nil || json.Unmarshal(text, &body) != nil {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.got, rc.texts, rc.headers = append(rc.got, body), append(rc.texts, text), append(rc.headers, r.Header)
	if len(rc.answers) > 0 {
		w.WriteHeader(rc.answers[0])
		rc.answers = rc.answers[1:]
	}
}

// types are the events that came, in their order.
func (rc *receiver) types() []string {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	types := make([]string, 0, len(rc.got))
	for _, body := range rc.got {
		types = append(types, body["type"].(string))
	}
	return types
}

// elapse moves the sandbox's time ahead.
func (b *box) elapse(d time.Duration) {
	b.t.Helper()
	if err := b.Advance(d); err != nil {
		b.t.Fatal(err)
	}
}

// change runs f as one change of the state, as a call of the API would.
func (b *box) change(f func(*tx)) {
	b.t.Helper()
	if err := b.update(func(tx *tx) error { f(tx); return nil }); err != nil {
		b.t.Fatal(err)
	}
}

// joined lets somebody into a room and returns the peer's id.
func (b *box) joined(roomID, role string, stays time.Duration) (id string) {
	b.t.Helper()
	b.change(func(tx *tx) {
		who := joining{name: "Asha", userID: "u-1", role: role}
		if stays > 0 {
			who.leavesAt = tx.now.Add(stays)
		}
		id = tx.join(tx.rooms.at(roomID), who).ID
	})
	return id
}

func TestWhatIsDueHappensInOrder(t *testing.T) {
	b := newBox(t, Options{})
	hook := newReceiver(t)
	id := b.make(`{"name":"due","webhook":{"url":"` + hook.URL + `","headers":{"X-Key":"k1"}}}`)
	b.joined(id, "teacher", time.Minute)
	b.joined(id, "student", 30*time.Second)
	b.elapse(0)
	equal(t, "at once", len(hook.types()), 3)
	b.elapse(time.Hour)
	all := []string{
		"session.open.success", "peer.join.success", "peer.join.success",
		"peer.leave.success", "peer.leave.success", "session.close.success",
		"recording.success", // what the classroom's sessions record by themselves
	}
	got := hook.types()
	slices.Sort(got)
	want := slices.Sorted(slices.Values(all))
	equal(t, "events", got, want)
	equal(t, "header", hook.headers[0].Get("X-Key"), "k1")
	last := hook.got[slices.Index(hook.types(), "session.close.success")] // those of one moment come in any order
	equal(t, "the end", last["timestamp"], any(testStart.Add(time.Minute).Truncate(time.Second).Format(time.RFC3339)))
	equal(t, "its length", last["data"].(object)["session_duration"], any(60.0))
}

// TestRetries: a webhook is tried again after 1, 3 and 10 seconds, and given up then.
func TestRetries(t *testing.T) {
	for _, tc := range []struct {
		answers []int
		wait    time.Duration
		tries   int
	}{
		{nil, 0, 1},
		{[]int{500}, 999 * time.Millisecond, 1},
		{[]int{500}, time.Second, 2},
		{[]int{500, 302, 204}, 13 * time.Second, 3}, // 200 alone is success
		{[]int{500, 302, 204}, 14 * time.Second, 4},
		{[]int{500, 500, 500, 500, 500}, time.Hour, 4},
	} {
		b := newBox(t, Options{})
		hook := newReceiver(t, tc.answers...)
		id := b.make(`{"webhook":{"url":"` + hook.URL + `"}}`)
		b.change(func(tx *tx) { tx.happen(tx.rooms.at(id), "room.end.success", object{}) })
		b.elapse(tc.wait)
		equal(t, "tries", len(hook.types()), tc.tries)
	}
}

// TestTimeAfterRestart: what was to come still comes, and the time doesn't go back.
func TestTimeAfterRestart(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	id := b.make(`{"name":"kept"}`)
	b.elapse(time.Hour)
	b.joined(id, "teacher", time.Minute)
	b.kill()
	b = newBox(t, Options{Dir: dir})
	equal(t, "time", b.clock.now(), testStart.Add(time.Hour))
	b.elapse(time.Minute)
	err := b.view(func(st *state) error {
		equal(t, "sessions", len(st.running), 0)
		equal(t, "end", st.sessions.list[0].UpdatedAt, testStart.Add(time.Hour+time.Minute))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestByItself: without a clock of a test the time goes on by itself, at the speed that was asked for.
func TestByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		running := func() (n int) {
			s.state.mu.RLock()
			defer s.state.mu.RUnlock()
			return len(s.state.running)
		}
		begin := func() {
			err := s.update(func(tx *tx) error {
				rm := &room{ID: tx.newID(), Name: tx.newUUID(), Enabled: true, TemplateID: tx.defaultTemplate.id, Region: "auto"}
				tx.rooms.put(tx, rm)
				tx.join(rm, joining{role: "teacher", leavesAt: tx.now.Add(time.Minute)})
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		begin()
		time.Sleep(59 * time.Second)
		equal(t, "before", running(), 1)
		time.Sleep(2 * time.Second)
		equal(t, "after", running(), 0)

		if err := s.SetSpeed(60); err != nil {
			t.Fatal(err)
		}
		begin()
		time.Sleep(1100 * time.Millisecond)
		equal(t, "sixty times as fast", running(), 0)

		if err := s.SetSpeed(0); err != nil {
			t.Fatal(err)
		}
		begin()
		time.Sleep(time.Hour)
		equal(t, "standing still", running(), 1)
		if err := s.SetSpeed(1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(61 * time.Second)
		equal(t, "going on", running(), 0)
		if s.SetSpeed(-1) == nil {
			t.Error("a negative speed is taken")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestTimeEnds: the time stops where ids would begin anew, however fast it goes, and can't be moved beyond.
func TestTimeEnds(t *testing.T) {
	b := newBox(t, Options{})
	equal(t, "refused", b.operate(400, "POST", "/clock", `{"advance":"2000000h"}`), failure(400, errTimeEnds.Message))
	id := b.make(`{}`)
	if b.SetSpeed(1e300) == nil {
		t.Error("any speed is taken")
	}
	if err := b.SetSpeed(speedMax); err != nil {
		t.Fatal(err)
	}
	b.advance(2 * time.Hour)
	equal(t, "time", b.operate(200, "GET", "/clock", "")["time"], any("2106-01-01T00:00:00Z"))
	equal(t, "rooms", len(b.walk("/rooms", url.Values{"start": {b.make(`{}`)}}, "id")), 1)
	equal(t, "still there", b.call(200, "GET", "/rooms/"+id, "")["id"], any(id))
}

// TestPanicInAChange: what a change had put before it broke is taken back, and the sandbox goes on.
func TestPanicInAChange(t *testing.T) {
	b := newBox(t, Options{Dir: t.TempDir()})
	id := b.make(`{"name":"whole"}`)
	b.mux = b.newMux(append(routes(), route{method: "POST", path: "/break", handle: func(s *Server, _ *http.Request) (any, error) {
		return nil, s.update(func(tx *tx) error {
			next := *tx.rooms.at(id)
			next.Name = "half"
			tx.rooms.put(tx, &next)
			panic("broken")
		})
	}}))
	b.call(500, "POST", "/break", "")
	equal(t, "name", b.call(200, "GET", "/rooms/"+id, "")["name"], any("whole"))
	b.make(`{"name":"half"}`)
}
