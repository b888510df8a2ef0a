package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// admin makes a call below adminPath and returns its status and its body, nil where there is none.
func (b *box) admin(method, path, body string) (status int, reply object) {
	b.t.Helper()
	r := httptest.NewRequest(method, adminPath+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+b.token)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	if w.Code == http.StatusNoContent {
		return w.Code, nil
	}
	if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return w.Code, reply
}

// hooked makes a room whose webhook is hook.
func (b *box) hooked(name string, hook *receiver) (id string) {
	b.t.Helper()
	return b.make(fmt.Sprintf(`{"name":%q,"webhook":{"url":%q}}`, name, hook.URL))
}

// happens makes something happen in a room, and sends what is to be sent.
func (b *box) happens(roomID, kind string, data object) (made *event) {
	b.t.Helper()
	b.change(func(tx *tx) { made = tx.happen(tx.rooms.at(roomID), kind, data) })
	b.elapse(0)
	return made
}

// toldOnce is the body of the only webhook that a new receiver gets for something that happens.
func (b *box) toldOnce(kind string, data object) object {
	b.t.Helper()
	hook := newReceiver(b.t)
	b.happens(b.hooked("told", hook), kind, data)
	if len(hook.got) != 1 {
		b.t.Fatalf("%d webhooks came", len(hook.got))
	}
	return hook.got[0]
}

// read runs f on the state.
func (b *box) read(f func(*state)) {
	b.t.Helper()
	if err := b.view(func(st *state) error { f(st); return nil }); err != nil {
		b.t.Fatal(err)
	}
}

// deliveryOf returns the only delivery.
func (b *box) deliveryOf() (d delivery) {
	b.t.Helper()
	b.read(func(st *state) {
		if len(st.deliveries.list) != 1 {
			b.t.Fatalf("%d deliveries", len(st.deliveries.list))
		}
		d = *st.deliveries.list[0]
	})
	return d
}

// checkEventKeys makes sure that each event that a sandbox holds has the keys of the documents and no others, of the right types.
func checkEventKeys(b *box) {
	b.t.Helper()
	var events []event
	b.read(func(st *state) {
		for _, e := range st.events.list {
			events = append(events, *e)
		}
	})
	if len(events) == 0 {
		b.t.Error("there are no events")
	}
	for _, e := range events {
		text, err := json.Marshal(e.Data)
		if err != nil {
			b.t.Fatal(err)
		}
		var data object
		if err := json.Unmarshal(text, &data); err != nil {
			b.t.Fatal(err)
		}
		if err := checkKeys(e.Type, data); err != nil {
			b.t.Errorf("%s: %v", e.Type, err)
		}
	}
}

func checkKeys(kind string, data object) error {
	t, known := eventTypes[kind]
	if !known {
		return errors.New("no such event is documented")
	}
	var errs []error
	for _, key := range t.keys {
		value, has := data[key.name]
		switch {
		case !has && !key.optional:
			errs = append(errs, fmt.Errorf("%s is missing", key.name))
		case has && !key.holds(value):
			errs = append(errs, fmt.Errorf("%s is %v", key.name, value))
		}
	}
	for name := range data {
		if !slices.ContainsFunc(t.keys, func(k eventKey) bool { return k.name == name }) {
			errs = append(errs, fmt.Errorf("%s is not documented", name))
		}
	}
	return errors.Join(errs...)
}

// holds says whether a decoded value is of the type of a key.
func (k eventKey) holds(value any) (ok bool) {
	switch k.kind {
	case "s":
		_, ok = value.(string)
	case "i":
		_, ok = value.(float64)
	case "b":
		_, ok = value.(bool)
	case "a":
		_, ok = value.([]any)
	case "o":
		_, ok = value.(object)
	case "t":
		text, _ := value.(string)
		_, err := time.Parse(time.RFC3339, text)
		ok = err == nil
	}
	return ok
}

// TestEventKeys: whatever happens, and whatever is made to happen by hand, has the documented keys.
func TestEventKeys(t *testing.T) {
	b := newBox(t, Options{Mute: true})
	b.admin("POST", "/webhook", `{"url":"http://127.0.0.1:9/hook"}`)
	id := b.make(`{"name":"keys"}`)
	peer := b.joined(id, "teacher", time.Hour)
	b.joined(id, "student", time.Minute)
	for kind := range eventTypes {
		body := fmt.Sprintf(`{"room_id":%q,"type":%q,"data":{"peer_id":%q}}`, id, kind, peer)
		if !eventTypes[kind].has("peer_id") {
			body = fmt.Sprintf(`{"room_id":%q,"type":%q}`, id, kind)
		}
		status, _ := b.admin("POST", "/events", body)
		equal(t, kind, status, 200)
	}
	b.elapse(2 * time.Hour)
	checkEventKeys(b)
}

// has says whether an event of this type may have a key.
func (t eventType) has(key string) bool {
	return slices.ContainsFunc(t.keys, func(k eventKey) bool { return k.name == key })
}

func TestCheckKeysFinds(t *testing.T) {
	for _, tc := range []struct {
		kind string
		data object
		want string
	}{
		{"session.stir.success", object{}, "no such event"},
		{"session.open.success", object{"room_id": "r", "room_name": "n", "session_id": "s", "template_id": "t"}, "session_started_at is missing"},
		{"track.recording.started.success", object{"x": 1.0, "track_type": 3.0}, "x is not documented"},
		{"track.recording.started.success", object{"track_type": 3.0}, "track_type is 3"},
	} {
		err := checkKeys(tc.kind, tc.data)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s %v: %v does not say %q", tc.kind, tc.data, err, tc.want)
		}
	}
}

// TestCloseBreaksOff: Close doesn't wait for a receiver that takes its time; the try isn't counted, and is made again later.
// Requests are answered meanwhile.
func TestCloseBreaksOff(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	arrived := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then the end of the connection is noticed
		close(arrived)
		<-r.Context().Done()
	}))
	defer slow.Close()
	id := b.make(`{"webhook":{"url":"` + slow.URL + `"}}`)
	b.change(func(tx *tx) { tx.happen(tx.rooms.at(id), "room.end.success", nil) })
	var advancing sync.WaitGroup
	advancing.Go(func() { _ = b.Advance(0) }) // after Close the time can't be kept any more
	<-arrived
	b.call(200, "GET", "/rooms/"+id, "")
	b.kill()
	advancing.Wait()

	b = newBox(t, Options{Dir: dir})
	hook := newReceiver(t)
	b.change(func(tx *tx) {
		next := *tx.deliveries.list[0]
		equal(t, "attempts", next.Attempts, 0)
		next.URL = hook.URL
		tx.deliveries.put(tx, &next)
	})
	b.elapse(0)
	equal(t, "sent again", hook.types(), []string{"room.end.success"})
	equal(t, "attempts", b.deliveryOf().Attempts, 1)
}

// TestSendsAtOnce: only so many tries are on their way at once, and all get their turn.
func TestSendsAtOnce(t *testing.T) {
	var mu sync.Mutex
	var now, most, all int
	gate := make(chan struct{})
	crowded := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		now++
		all++
		most = max(most, now)
		if all == sendsAtOnce {
			close(gate)
		}
		mu.Unlock()
		<-gate
		mu.Lock()
		now--
		mu.Unlock()
	}))
	defer crowded.Close()
	b := newBox(t, Options{})
	id := b.make(`{"webhook":{"url":"` + crowded.URL + `"}}`)
	b.change(func(tx *tx) {
		for range 2 * sendsAtOnce {
			tx.happen(tx.rooms.at(id), "room.end.success", nil)
		}
	})
	b.elapse(0)
	equal(t, "all came", all, 2*sendsAtOnce)
	equal(t, "at once", most, sendsAtOnce)
}

// TestReasons: what the history says of a try that failed.
func TestReasons(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(200)
	}))
	defer cut.Close()
	for _, tc := range []struct {
		hook, want string
		o          Options
	}{
		{newReceiver(t, 503).URL, "status code 503", Options{}},
		{gone.URL, "connection failed", Options{}},
		{cut.URL, "connection failed", Options{}},
		{"http://[::1", "invalid url or headers", Options{}},
		{gone.URL, "url is not https", Options{HIPAA: true}},
		{gone.URL, "sending is switched off", Options{Mute: true}},
	} {
		b := newBox(t, tc.o)
		id := b.make(`{}`)
		b.change(func(tx *tx) {
			next := *tx.rooms.at(id)
			next.Webhook = &webhook{URL: tc.hook}
			tx.rooms.put(tx, &next)
		})
		b.happens(id, "room.end.success", nil)
		equal(t, tc.hook, b.deliveryOf().Reason, tc.want)
	}
	equal(t, "slow", failedToAnswer(http.ErrHandlerTimeout), "connection failed")
	equal(t, "slow", failedToAnswer(&timeoutError{}), "timeout")
}

type timeoutError struct{}

func (*timeoutError) Error() string   { return "slow" }
func (*timeoutError) Timeout() bool   { return true }
func (*timeoutError) Temporary() bool { return true }

// TestRedirect: a redirect is a failure, and isn't followed.
func TestRedirect(t *testing.T) {
	b := newBox(t, Options{})
	target := newReceiver(t)
	from := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusTemporaryRedirect))
	defer from.Close()
	id := b.make(`{"webhook":{"url":"` + from.URL + `"}}`)
	b.happens(id, "room.end.success", nil)
	equal(t, "followed", len(target.types()), 0)
	equal(t, "reason", b.deliveryOf().Reason, "status code 307")
}

// TestForgotten: events and deliveries end after thirty days, in memory and in the file.
func TestForgotten(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	id := b.hooked("old", newReceiver(t))
	sizes := func(want int) {
		t.Helper()
		b.read(func(st *state) {
			equal(t, "events", st.events.size(), want)
			equal(t, "deliveries", st.deliveries.size(), want)
			equal(t, "of the room", len(st.roomDeliveries[id]), want)
		})
	}
	for range 10 {
		b.happens(id, "room.end.success", nil)
	}
	b.elapse(eventAge)
	b.happens(id, "room.end.success", nil)
	sizes(11)
	b.elapse(time.Nanosecond)
	b.happens(id, "room.end.success", nil)
	sizes(2)
	for range 2 { // loaded and forgotten, then not even written any more
		b.kill()
		b = newBox(t, Options{Dir: dir})
		sizes(2)
	}
}

func TestForgetKeeps(t *testing.T) {
	st := newState(conf{})
	err := st.inTx(testStart, func(tx *tx) error {
		for range 5 {
			tx.events.put(tx, &event{ID: tx.newUUID(), Seq: tx.newID(), At: testStart})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	newest := st.events.list[4]
	forget(st.events, 2, testStart)
	equal(t, "kept", st.events.size(), 2)
	if st.events.at(newest.ID) != newest || st.events.list[1] != newest {
		t.Error("the newest is gone")
	}
	forget(st.events, 2, testStart.Add(1))
	equal(t, "too old", st.events.size(), 0)
}
