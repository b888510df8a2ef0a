package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestWorkspaceWebhook(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	none := object{"url": "", "headers": object{}, "secret": false}
	_, got := b.admin("GET", "/webhook", "")
	equal(t, "at first", got, none)
	want := object{"url": "https://hooks.example.org/all", "headers": object{"X-Key": "k"}, "secret": true}
	_, got = b.admin("POST", "/webhook", `{"url":"https://hooks.example.org/all","headers":{"X-Key":"k"},"secret":"s"}`)
	equal(t, "set", got, want)
	b.kill()
	b = newBox(t, Options{Dir: dir})
	_, got = b.admin("GET", "/webhook", "")
	equal(t, "after a restart", got, want)
	for _, body := range []string{`{"url":"hooks.example.org"}`, `{"url":"ftp://x"}`, `{"url":5}`, `{"headers":{"a":1}}`, `[]`} {
		status, _ := b.admin("POST", "/webhook", body)
		equal(t, body, status, 400)
	}
	_, got = b.admin("POST", "/webhook", `{"url":"","secret":""}`)
	equal(t, "taken away", got, none)
}

func TestAdminDeliveries(t *testing.T) {
	b := newBox(t, Options{})
	_, a, c := history(b)
	_, got := b.admin("GET", "/deliveries?limit=1&room_id="+a, "")
	shown := got["data"].([]any)[0].(object)
	equal(t, "newest", []any{shown["type"], shown["status"], shown["attempts"], shown["headers"]}, []any{"session.close.success", "success", 1.0, nil})
	_, got = b.admin("GET", "/deliveries?room_id="+a+"&start="+got["last"].(string), "")
	equal(t, "older", len(got["data"].([]any)), 2)
	_, got = b.admin("GET", "/deliveries?room_id="+c, "")
	equal(t, "tries", got["data"].([]any)[0].(object)["attempts"], any(4.0))
	status, _ := b.admin("GET", "/deliveries?limit=0", "")
	equal(t, "limit", status, 400)
}

func TestMakeEvent(t *testing.T) {
	b := newBox(t, Options{})
	hook := newReceiver(t)
	id, silent := b.hooked("told", hook), b.make(`{"name":"silent"}`)
	peer := b.joined(id, "student", time.Hour)
	status, _ := b.admin("POST", "/events", fmt.Sprintf(`{"room_id":%q,"type":"peer.leave.failure","data":{"peer_id":%q,"duration":7}}`, id, peer))
	equal(t, "told", status, 200)
	status, _ = b.admin("POST", "/events", fmt.Sprintf(`{"room_id":%q,"type":"hologram.open.success","data":{"x":[1]}}`, id))
	equal(t, "of no known type", status, 200)
	status, _ = b.admin("POST", "/events", fmt.Sprintf(`{"room_id":%q,"type":"room.end.success"}`, silent))
	equal(t, "nobody is told", status, 204)
	b.elapse(0)
	for _, body := range hook.got {
		data := body["data"].(object)
		switch body["type"] {
		case "peer.leave.failure":
			equal(t, "of the peer", []any{data["role"], data["user_id"], data["duration"]}, []any{"student", "u-1", 7.0})
			delete(data, "duration")
		case "hologram.open.success":
			equal(t, "data", data, object{"x": []any{1.0}, "room_id": id, "room_name": "told"})
		}
	}
	equal(t, "webhooks", len(hook.got), 4)
	for body, want := range map[string]int{
		`{"type":"x"}`: 404, `{"room_id":"` + id + `"}`: 400, `{"room_id":1}`: 400, `{"room_id":"x","type":"y","data":[]}`: 400, ``: 400,
	} {
		status, _ := b.admin("POST", "/events", body)
		equal(t, body, status, want)
	}
}

func TestStopReplayRefuses(t *testing.T) {
	b := newBox(t, Options{})
	for body, want := range map[string]int{`{"status":"Canceled"}`: 404, `{"status":"canceled"}`: 400, `{"status":1}`: 400, ``: 400} {
		status, _ := b.admin("POST", "/replays/x", body)
		equal(t, body, status, want)
	}
}

// TestSentByThemselves: without a clock of a test webhooks go by themselves, also more than may be on their way at once.
func TestSentByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{Mute: true})
		if err != nil {
			t.Fatal(err)
		}
		err = s.update(func(tx *tx) error {
			rm := &room{ID: tx.newID(), Name: "many", Enabled: true, TemplateID: tx.defaultTemplate.id, Webhook: &webhook{URL: "http://127.0.0.1:9"}}
			tx.rooms.put(tx, rm)
			for range 3 * sendsAtOnce {
				tx.happen(rm, "room.end.success", nil)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		tries := func(want int) {
			t.Helper()
			synctest.Wait()
			s.state.mu.RLock()
			defer s.state.mu.RUnlock()
			for _, d := range s.state.deliveries.list {
				equal(t, "tries", d.Attempts, want)
			}
		}
		tries(1)
		time.Sleep(1001 * time.Millisecond)
		tries(2)
		time.Sleep(time.Minute)
		tries(4)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestBrokenEvents(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	b.kill()
	path := filepath.Join(dir, stateName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		`{"delivery":[{"id":"` + absentID + `","room_id":"x"}]}`:                                              "without its room",
		`{"replay":[{"id":"w","seq":"1"}]}`:                                                                   "without its plan",
		`{"replay":[{"id":"w","seq":"1","status":"Running","total":1}],"replay_plan":[{"id":"w","seq":"1"}]}`: "without its plan",
	} {
		if err := os.WriteFile(path, append(text, line+"\n"...), 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := New(Options{Dir: dir}); err == nil {
			t.Error(line, "is taken", s.Close())
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q does not say %q", line, err, want)
		}
	}
}
