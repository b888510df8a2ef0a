package sandbox

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// kill ends b as the end of its process would: the files are let go, nothing is written.
func (b *box) kill() {
	b.t.Helper()
	if err := b.Close(); err != nil {
		b.t.Fatal(err)
	}
}

// snapshotOf is all that a client can see of b.
func snapshotOf(b *box) []any {
	b.t.Helper()
	seen := []any{b.rooms(), b.walk("/rooms", url.Values{"enabled": {"false"}}, "id"), b.call(200, "GET", "/templates", "")}
	for _, rm := range b.rooms() {
		if rm.Enabled {
			seen = append(seen, b.call(200, "GET", "/room-codes/room/"+rm.ID, ""))
		}
	}
	return seen
}

// work makes changes of every kind.
func work(b *box) {
	b.call(200, "POST", "/rooms", fullBody)
	for i := range 20 {
		id := b.make(fmt.Sprintf(`{"name":"kept-%d"}`, i))
		b.call(200, "POST", "/room-codes/room/"+id, "")
		code := b.call(200, "POST", "/room-codes/room/"+id+"/role/student", "")["code"]
		b.call(200, "POST", "/room-codes/code", fmt.Sprintf(`{"code":%q,"enabled":false}`, code))
		if i%4 == 0 {
			b.call(200, "POST", "/rooms/"+id, fmt.Sprintf(`{"name":"renamed-%d","enabled":false}`, i))
		}
		b.advance(90 * time.Second)
	}
	b.call(200, "POST", "/rooms", `{"name":"WARD.7","recording_info":null}`)
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	work(b)
	want := snapshotOf(b)
	for range 2 { // from the journal, then from the snapshot
		b.kill()
		b = newBox(t, Options{Dir: dir, Seed: SeedEmpty})
		equal(t, "state", snapshotOf(b), want)
	}
	rooms := b.rooms()
	b.kill()
	b = newBox(t, Options{Dir: dir})
	if id := b.make(`{}`); id <= rooms[len(rooms)-1].ID {
		t.Errorf("id %s is not after those of before", id)
	}
}

// TestTornLine: a change whose line was cut off was never answered; those before it are there, and those after it too.
func TestTornLine(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	b.make(`{"name":"whole"}`)
	b.kill()
	path := filepath.Join(dir, journalName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < len(text); cut += 40 {
		if err := os.WriteFile(path, append(text, text[:cut]...), 0o600); err != nil {
			t.Fatal(err)
		}
		b = newBox(t, Options{Dir: dir})
		equal(t, "rooms", len(b.rooms()), 1)
		b.kill()
	}
	b = newBox(t, Options{Dir: dir})
	b.make(`{"name":"later"}`)
	b.kill()
	b = newBox(t, Options{Dir: dir})
	equal(t, "rooms", len(b.rooms()), 2)
}

// TestOldJournalBesideNewSnapshot: a crash in the middle of compaction loses and repeats nothing.
func TestOldJournalBesideNewSnapshot(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	work(b)
	want := snapshotOf(b)
	b.kill()
	path := filepath.Join(dir, journalName)
	journal, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	newBox(t, Options{Dir: dir}).kill()
	if err := os.WriteFile(path, journal, 0o600); err != nil {
		t.Fatal(err)
	}
	equal(t, "state", snapshotOf(newBox(t, Options{Dir: dir})), want)
}

func TestBrokenState(t *testing.T) {
	for _, tc := range []struct{ name, file, text, want string }{
		{"in the middle", journalName, "{}\n{broken\n{}\n", "line 2"},
		{"snapshot cut off", snapshotName, "{}\n{", "line 2 is cut off"},
		{"no template", snapshotName, `{"template":{"doc":{"id":"x"}}}` + "\n", "line 1"},
		{"room of no template", journalName, `{"room":{"id":"` + absentID + `","name":"a","template_id":"x"}}` + "\n", "without its template"},
		{"code of no room", journalName, `{"codes":[{"code":"abc-defg-hij","room_id":"x"}]}` + "\n", "without its room"},
		{"no default template", snapshotName, `{"template":{"doc":{"id":"` + absentID + `","name":"n","roles":{"r":{}}}}}` + "\n", "no default template"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, tc.file), []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := New(Options{Dir: dir})
			if err == nil {
				t.Fatal("no error", s.Close())
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%q does not say %q", err, tc.want)
			}
		})
	}
}

func TestOneSandboxPerDirectory(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	if second, err := New(Options{Dir: dir}); err == nil {
		t.Fatal("two sandboxes share a directory", second.Close())
	}
	b.kill()
	newBox(t, Options{Dir: dir}).kill()
}

// TestJournalThatFails: a change that can't be kept is refused and not made.
func TestJournalThatFails(t *testing.T) {
	b := newBox(t, Options{Dir: t.TempDir()})
	id := b.make(`{"name":"before"}`)
	b.call(200, "POST", "/room-codes/room/"+id, "")
	want := snapshotOf(b)
	code := want[3].(object)["data"].([]any)[0].(object)["code"]
	b.kill()
	for _, call := range []struct{ path, body string }{
		{"/rooms", `{"name":"after"}`},
		{"/rooms/" + id, `{"description":"after"}`},
		{"/room-codes/room/" + id + "/role/teacher", ""},
		{"/room-codes/code", fmt.Sprintf(`{"code":%q,"enabled":false}`, code)},
	} {
		equal(t, call.path, b.call(500, "POST", call.path, call.body), failure(500, "internal server error"))
	}
	equal(t, "state", snapshotOf(b), want)
}

// TestFailedWrite: half a line on disk must not spoil the lines after it.
func TestFailedWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), journalName)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	readOnly, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := readOnly.Close(); err != nil {
			t.Error(err)
		}
	}()
	j := &journal{file: readOnly}
	for range 2 { // the file can't be cut back either, so the second try is refused as well
		if j.append(change{}) == nil {
			t.Error("writing to a read-only file did not fail")
		}
	}
	equal(t, "size", j.size, int64(0))
}
