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
	path := filepath.Join(dir, stateName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line := text[strings.LastIndex(strings.TrimSuffix(string(text), "\n"), "\n")+1:]
	for cut := 1; cut < len(line); cut += 40 {
		if err := os.WriteFile(path, append(text, line[:cut]...), 0o600); err != nil {
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

// TestRewritten: a file that is mostly of objects that were put over again is written anew, and says the same.
func TestRewritten(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	work(b)
	for i := range 300 {
		b.call(200, "POST", "/rooms", fmt.Sprintf(`{"name":"again","description":"%d"}`, i))
	}
	want := snapshotOf(b)
	b.kill()
	path := filepath.Join(dir, stateName)
	before := sizeOf(t, path)
	b = newBox(t, Options{Dir: dir})
	equal(t, "state", snapshotOf(b), want)
	if after := sizeOf(t, path); after > before*2/3 {
		t.Errorf("%d bytes became %d", before, after)
	}
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// olderState is a state as it was kept before it was one file.
var olderState = map[string]string{
	"snapshot.jsonl": `{"template":{"default":true,"doc":{"id":"65c3a2480b7d4e2f9a6c1d30","name":"starter","roles":{"host":{},"guest":{}}}}}
{"room":{"id":"67c6c6280b7d4e2f9a6c1d31","name":"Old","enabled":true,"template_id":"65c3a2480b7d4e2f9a6c1d30","region":"auto","created_at":"2025-03-04T09:30:00Z","updated_at":"2025-03-04T09:30:00Z"},"codes":[{"code":"bbb-bbbb-bbb","room_id":"67c6c6280b7d4e2f9a6c1d31","role":"guest","enabled":true,"created_at":"2025-03-04T09:30:00Z","updated_at":"2025-03-04T09:30:00Z"},{"code":"aaa-aaaa-aaa","room_id":"67c6c6280b7d4e2f9a6c1d31","role":"host","enabled":true,"created_at":"2025-03-04T09:31:00Z","updated_at":"2025-03-04T09:31:00Z"}]}
`,
	"journal.jsonl": `{"room":{"id":"67c6c6280b7d4e2f9a6c1d31","name":"Newer","enabled":true,"template_id":"65c3a2480b7d4e2f9a6c1d30","region":"auto","created_at":"2025-03-04T09:30:00Z","updated_at":"2025-03-04T09:40:00Z"}}
{"room":{"id":"cut off`,
}

func TestOlderFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range olderState {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		b := newBox(t, Options{Dir: dir})
		equal(t, "rooms", b.walk("/rooms", url.Values{}, "name"), []string{"Newer"})
		codes := b.call(200, "GET", "/room-codes/room/"+b.rooms()[0].ID, "")["data"].([]any)
		equal(t, "codes", []any{codes[0].(object)["code"], codes[1].(object)["code"]}, []any{"aaa-aaaa-aaa", "bbb-bbbb-bbb"})
		b.kill()
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "files", files, []string{filepath.Join(dir, stateName)})
}

func TestBrokenState(t *testing.T) {
	template := `{"template":{"default":true,"doc":{"id":"` + absentID + `","name":"n","roles":{"r":{}}}}}` + "\n"
	for _, tc := range []struct{ name, text, want string }{
		{"in the middle", "{}\n{broken\n{}\n", "line 2"},
		{"no template", `{"template":{"doc":{"id":"x"}}}` + "\n", "line 1"},
		{"of a newer version", template + `{"hologram":[{}]}` + "\n", "hologram"},
		{"room of no template", template + `{"room":{"id":"` + absentID + `","name":"a","template_id":"x"}}` + "\n", "without its template"},
		{"code of no room", template + `{"codes":[{"code":"abc-defg-hij","room_id":"x"}]}` + "\n", "without its room"},
		{"session of no room", template + `{"session":[{"id":"` + absentID + `","room_id":"x"}]}` + "\n", "without its room"},
		{"peer of no session", template + `{"peer":[{"id":"p","seq":"1","session_id":"x"}]}` + "\n", "without its session"},
		{"no default template", `{"template":{"doc":{"id":"` + absentID + `","name":"n","roles":{"r":{}}}}}` + "\n", "no default template"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, stateName), []byte(tc.text), 0o600); err != nil {
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
	path := filepath.Join(t.TempDir(), stateName)
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
		if j.append(nil) == nil {
			t.Error("writing to a read-only file did not fail")
		}
	}
	equal(t, "size", j.size, int64(0))
}
