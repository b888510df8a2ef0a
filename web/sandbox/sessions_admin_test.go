package sandbox

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestJoin(t *testing.T) {
	b := newBox(t, Options{})
	room := b.make(`{}`)
	got := b.operate(200, "POST", "/rooms/"+room+"/join", `{"name":"Asha","user_id":"u-7","role":"student","metadata":"m","stay":"10m"}`)
	id := got["id"].(string)
	equal(t, "peer", got, object{
		"id": id, "name": "Asha", "user_id": "u-7", "metadata": "m", "role": "student", "joined_at": startNanos, "tracks": got["tracks"],
	})
	equal(t, "as the API shows it", b.call(200, "GET", "/active-rooms/"+room+"/peers/"+id, ""), got)
	b.elapse(10*time.Minute - time.Second)
	b.call(200, "GET", "/active-rooms/"+room, "")
	b.elapse(time.Second)
	b.refused(errRoomNotActive, "GET", "/active-rooms/"+room, "")
}

func TestJoinRefuses(t *testing.T) {
	b := newBox(t, Options{})
	room, closed := b.make(`{}`), b.make(`{}`)
	b.call(200, "POST", "/rooms/"+closed, `{"enabled":false}`)
	for _, tc := range []struct {
		room, body string
		status     int
		want       object
	}{
		{absentID, `{"role":"student"}`, 404, failure(404, "Room not found")},
		{closed, `{"role":"student"}`, 403, failure(403, "Room is disabled")},
		{room, `{"role":"headmaster"}`, 404, failure(404, "Role not found")},
		{room, ``, 404, failure(404, "Role not found")},
		{room, `{"role":7}`, 400, badParamFailure("role must be a string")},
		{room, `{"role":"student","stay":"soon"}`, 400, badParamFailure("stay must be a length of time such as 1m30s, at most 12h")},
		{room, `{"role":"student","stay":"13h"}`, 400, badParamFailure("stay must be a length of time such as 1m30s, at most 12h")},
		{room, `{"role":"student","stay":"-1s"}`, 400, badParamFailure("stay must be a length of time such as 1m30s, at most 12h")},
		{
			room, `{"role":"student","fail":"rain"}`, 400,
			badParamFailure("fail must be one of role not allowed, network disconnection, duplicate peer id"),
		},
		{room, `[]`, 400, failure(400, "request body must be a JSON object")},
	} {
		equal(t, tc.body, b.operate(tc.status, "POST", "/rooms/"+tc.room+"/join", tc.body), tc.want)
	}
	equal(t, "nobody got in", b.call(200, "GET", "/sessions", "")["data"], any([]any{}))
}

// TestJoinWithToken: the role and the user of an auth token count, and it opens no other room.
func TestJoinWithToken(t *testing.T) {
	b := newBox(t, Options{})
	room, other := b.make(`{}`), b.make(`{}`)
	claims := func(change string, value any) jwt.MapClaims {
		c := goodClaims(testStart)
		c["type"], c["room_id"], c["role"], c["user_id"] = "app", room, "teacher", "u-9"
		if c[change] = value; value == nil {
			delete(c, change)
		}
		return c
	}
	join := func(status int, room string, c jwt.MapClaims, secret string) object {
		t.Helper()
		return b.operate(status, "POST", "/rooms/"+room+"/join", fmt.Sprintf(`{"name":"Asha","role":"student","user_id":"own","token":%q}`, sign(t, c, secret)))
	}
	got := join(200, room, claims("iat", testStart.Unix()), DemoSecret)
	equal(t, "role and user", []any{got["role"], got["user_id"]}, []any{"teacher", "u-9"})
	equal(t, "no user in it", join(200, room, claims("user_id", nil), DemoSecret)["user_id"], any("own"))

	refused := "not an auth token of version 2"
	for _, tc := range []struct {
		room, secret string
		claims       jwt.MapClaims
		detail       string
	}{
		{other, DemoSecret, claims("version", 2), "not an auth token for this room"},
		{room, DemoSecret, claims("type", "management"), refused},
		{room, DemoSecret, claims("version", 1), refused},
		{room, DemoSecret, claims("access_key", absentID), "not found"},
		{room, DemoSecret, claims("exp", testStart.Unix()), "token is expired"},
		{room, "other", claims("version", 2), "signature is invalid"},
	} {
		equal(t, tc.detail, join(401, tc.room, tc.claims, tc.secret), failure(401, "Token validation error", tc.detail))
	}
	equal(t, "not a token", b.operate(401, "POST", "/rooms/"+room+"/join", `{"token":"x.y"}`), failure(401, "Token validation error", "token is malformed"))
}

func TestTracks(t *testing.T) {
	b := newBox(t, Options{})
	room := b.make(`{}`)
	student, teacher := b.joined(room, "student", 0), b.joined(room, "teacher", 0)
	muted := func(peer, kind, source string) any {
		for _, item := range b.call(200, "GET", "/active-rooms/"+room+"/peers/"+peer, "")["tracks"].(object) {
			if tr := item.(object); tr["type"] == kind && tr["source"] == source {
				return tr["mute"]
			}
		}
		return nil
	}
	b.operate(200, "POST", "/peers/"+student+"/tracks", `{"type":"audio","mute":true}`)
	equal(t, "muted", []any{muted(student, "audio", "regular"), muted(student, "video", "regular")}, []any{true, false})
	b.operate(200, "POST", "/peers/"+student+"/tracks", `{"type":"audio"}`)
	equal(t, "as it was", muted(student, "audio", "regular"), any(true))
	b.operate(200, "POST", "/peers/"+teacher+"/tracks", `{"source":"screen","mute":true}`)
	equal(t, "screen", muted(teacher, "video", "screen"), any(true))
	b.operate(200, "POST", "/peers/"+teacher+"/tracks", `{"source":"screen","stop":true}`)
	equal(t, "stopped", muted(teacher, "video", "screen"), nil)

	equal(t, "no such track", b.operate(404, "POST", "/peers/"+teacher+"/tracks", `{"source":"screen","stop":true}`), failure(404, errNoTrack.Message))
	equal(t, "not allowed", b.operate(403, "POST", "/peers/"+student+"/tracks", `{"source":"screen"}`), failure(403, errMayNotPublish.Message))
	equal(t, "nobody", b.operate(404, "POST", "/peers/x/tracks", `{}`), failure(404, "Peer not found"))
	equal(t, "no type", b.operate(400, "POST", "/peers/"+student+"/tracks", `{"type":"smell"}`), badParamFailure("type must be one of audio, video"))
	equal(t, "no leaving", b.operate(404, "POST", "/peers/x/leave", ""), failure(404, "Peer not found"))
}

// TestActiveRoomBodies: the bodies of calls are judged before the room is looked for.
func TestActiveRoomBodies(t *testing.T) {
	b := newBox(t, Options{})
	for _, c := range activeCalls(absentID, "p")[3:] {
		for body, want := range map[string]object{
			``:           failure(400, "request body must not be empty"),
			`[]`:         failure(400, "request body must be a JSON object"),
			`{"reason":`: failure(400, "request body contains badly-formed JSON (at position 10)"),
		} {
			equal(t, c[1]+" "+body, b.call(400, "POST", c[1], body), want)
		}
	}
	at := "/active-rooms/" + absentID
	for _, tc := range [][2]string{
		{"/peers/p", "name"},
		{"/peers/p", "role"},
		{"/peers/p", "metadata"},
		{"/send-message", "message"},
		{"/send-message", "peer_id"},
		{"/send-message", "role"},
		{"/send-message", "type"},
		{"/remove-peers", "peer_id"},
		{"/remove-peers", "role"},
		{"/remove-peers", "reason"},
		{"/end-room", "reason"},
	} {
		equal(t, tc[0]+" "+tc[1], b.call(400, "POST", at+tc[0], `{"`+tc[1]+`":{}}`), badParamFailure(tc[1]+" must be a string"))
	}
	equal(t, "lock", b.call(400, "POST", at+"/end-room", `{"lock":"yes"}`), badParamFailure("lock must be a boolean"))
}

// TestPhonePeers: who dials in is told apart by webhooks.
func TestPhonePeers(t *testing.T) {
	b := newBox(t, Options{Mute: true})
	room := b.hall(`"size":1`)
	b.change(func(tx *tx) {
		who := joining{name: "+4930123", role: "student", kind: "sip"}
		if _, err := tx.admit(tx.rooms.at(room), who); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.admit(tx.rooms.at(room), who); err != errRoomFull {
			t.Errorf("the second: %v", err)
		}
	})
	equal(t, "joined", b.told(room, "peer.join.success")[0].Data["type"], any("sip"))
	equal(t, "refused", b.told(room, "peer.join.failure")[0].Data["type"], any("sip"))
}

// TestTracksAreKept: the statistics of a session are asked for when it is over.
func TestTracksAreKept(t *testing.T) {
	b := newBox(t, Options{})
	room := b.make(`{}`)
	id := b.joined(room, "teacher", quarter)
	b.operate(200, "POST", "/peers/"+id+"/tracks", `{"source":"screen"}`)
	b.elapse(time.Minute)
	b.operate(200, "POST", "/peers/"+id+"/tracks", `{"source":"screen","stop":true}`)
	b.elapse(quarter)
	err := b.view(func(st *state) error {
		var ends []string
		for _, tr := range st.peers.at(id).Tracks {
			ends = append(ends, tr.Type+" "+tr.Source+" "+tr.StoppedAt.Sub(tr.StartedAt).String())
		}
		equal(t, "tracks", ends, []string{"audio regular 15m0s", "video regular 15m0s", "video screen 1m0s"})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFullRoleUnderLoad: of many who want in at once no more get in than there is room for.
func TestFullRoleUnderLoad(t *testing.T) {
	b := newBox(t, Options{Mute: true})
	room := b.hall(`"size":30`)
	var mu sync.Mutex
	statuses := map[int]int{}
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			role := []string{"teacher", "student"}[i%2]
			r := httptest.NewRequest("POST", adminPath+"/rooms/"+room+"/join", strings.NewReader(`{"role":"`+role+`"}`))
			r.Header.Set("Authorization", "Bearer "+b.token)
			w := httptest.NewRecorder()
			b.ServeHTTP(w, r)
			b.do("GET", "/active-rooms/"+room+"/peers", "")
			b.do("GET", "/sessions", "")
			mu.Lock()
			defer mu.Unlock()
			statuses[w.Code]++
		})
	}
	wg.Wait()
	equal(t, "in the room", len(b.peerIDs(room, "")), statuses[200])
	equal(t, "teachers", len(b.peerIDs(room, "?role=teacher")), 2)
	equal(t, "students", statuses[200]-2 <= 28, true)
	equal(t, "told", len(b.told(room, "peer.join.success")), statuses[200])
	equal(t, "refusals told", len(b.told(room, "peer.join.failure")), 60-statuses[200])
	equal(t, "one session", len(b.told(room, "session.open.success")), 1)
}

// TestLargeSession: the end of a session of thousands is one change, and leaves nobody behind.
func TestLargeSession(t *testing.T) {
	b := newBox(t, Options{})
	room := b.make(`{"large_room":true,"template_id":"` + webinarID + `"}`)
	b.change(func(tx *tx) {
		for range 3000 {
			tx.join(tx.rooms.at(room), joining{role: "attendee"})
		}
	})
	session := b.sessionOf(room)
	b.call(200, "POST", "/active-rooms/"+room+"/end-room", `{}`)
	b.elapse(time.Second)
	got := b.call(200, "GET", "/sessions/"+session, "")
	equal(t, "peers", len(got["peers"].(object)), 3000)
	for _, item := range got["peers"].(object) {
		if item.(object)["left_at"] != any("2025-03-04T09:30:00.623Z") {
			t.Fatalf("%v", item)
		}
	}
}

// seenOf is what a client can see of the sessions, active rooms, messages and scenarios of b.
func seenOf(b *box, rooms ...string) []any {
	b.t.Helper()
	seen := []any{b.call(200, "GET", "/sessions?limit=100", ""), b.operate(200, "GET", "/scenarios", "")}
	for _, room := range rooms {
		seen = append(seen, b.operate(200, "GET", "/rooms/"+room+"/messages", ""))
		for _, path := range []string{"", "/peers"} {
			w := b.do("GET", "/active-rooms/"+room+path, "")
			seen = append(seen, w.Code, w.Body.String())
		}
	}
	return seen
}

// TestSessionsAfterRestart: what was going on goes on, and what was asked for is done.
func TestSessionsAfterRestart(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir, Mute: true})
	ending, playing, over := b.hall(""), b.hall(""), b.hall("")
	b.enters(ending, "Asha", "teacher")
	b.joined(over, "student", time.Second)
	scenario := b.operate(200, "POST", "/scenarios", `{"room_id":"`+playing+`","name":"lesson","seed":3}`)["id"].(string)
	b.elapse(3 * time.Minute)
	kicked := b.enters(playing, "Intruder", "student")
	b.call(200, "POST", "/active-rooms/"+playing+"/send-message", `{"message":"hello"}`)
	b.call(200, "POST", "/active-rooms/"+playing+"/remove-peers", `{"peer_id":"`+kicked+`"}`)
	b.call(200, "POST", "/active-rooms/"+ending+"/end-room", `{"reason":"r"}`)
	want := seenOf(b, ending, playing, over)
	for range 2 {
		b.kill()
		b = newBox(t, Options{Dir: dir, Mute: true})
		equal(t, "state", seenOf(b, ending, playing, over), want)
	}
	b.elapse(submitDelay)
	b.refused(errRoomNotActive, "GET", "/active-rooms/"+ending, "")
	b.refused(errPeerNotFound, "GET", "/active-rooms/"+playing+"/peers/"+kicked, "")
	b.elapse(time.Hour)
	equal(t, "scenario", b.operate(200, "GET", "/scenarios/"+scenario, "")["state"], any(scenarioFinished))
	equal(t, "running", len(idsOf(b.call(200, "GET", "/sessions?active=true", ""))), 0)
}

// TestBrokenSessions: a state whose objects don't fit together is refused.
func TestBrokenSessions(t *testing.T) {
	for _, tc := range []struct{ name, line, want string }{
		{"message of no room", `{"message":[{"id":"` + absentID + `","room_id":"x"}]}`, "without its room"},
		{"scenario of no script", `{"scenario":[{"id":"` + absentID + `","room_id":"x"}]}`, "without its script"},
		{"scenario beyond its script", `{"room":[` + keptRoom + `],"script":[{"id":"s","steps":[]}],"scenario":[{"id":"s","room_id":"` + absentID + `","next":1}]}`, "at step 1 of 0"},
		{"scenario that waits for nothing", `{"room":[` + keptRoom + `],"script":[{"id":"s"}],"scenario":[{"id":"s","room_id":"` + absentID + `","state":"playing"}]}`, "at step 0 of 0"},
		{"step of no time", `{"script":[{"id":"s","steps":[{"at":"soon","do":"join"}]}]}`, "line 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			writeState := `{"template":{"default":true,"doc":{"id":"` + absentID + `","name":"n","roles":{"r":{}}}}}` + "\n" + tc.line + "\n"
			wantBroken(t, dir, writeState, tc.want)
		})
	}
}

const keptRoom = `{"id":"` + absentID + `","name":"a","template_id":"` + absentID + `"}`

// TestRefusedJoinIsKept: that a join was refused is an event, which a restart must not lose.
func TestRefusedJoinIsKept(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir, Mute: true})
	room := b.hall("")
	b.operate(404, "POST", "/rooms/"+room+"/join", `{"role":"headmaster"}`)
	want := b.told(room)
	b.kill()
	b = newBox(t, Options{Dir: dir, Mute: true})
	equal(t, "told", b.told(room), want)
	equal(t, "types", kinds(want), []string{"peer.join.failure"})
}

// TestSessionsThatFail: a change that can't be kept is a 500, and not made.
func TestSessionsThatFail(t *testing.T) {
	b := newBox(t, Options{Dir: t.TempDir()})
	room := b.make(`{}`)
	peer := b.joined(room, "student", 0)
	want := seenOf(b, room)
	b.kill()
	for _, c := range activeCalls(room, peer)[3:] {
		equal(t, c[1], b.call(500, c[0], c[1], c[2]), failure(500, "internal server error"))
	}
	for path, body := range map[string]string{
		"/rooms/" + room + "/join": `{"role":"student"}`, "/peers/" + peer + "/leave": "", "/peers/" + peer + "/tracks": `{"mute":true}`,
		"/scenarios": `{"room_id":"` + room + `","name":"standup"}`,
	} {
		equal(t, path, b.operate(500, "POST", path, body), failure(500, "internal server error"))
	}
	equal(t, "state", seenOf(b, room), want)
}

// FuzzSessionBodies: no body of any call makes a panic or a 500.
func FuzzSessionBodies(f *testing.F) {
	bodies := []string{
		`{}`, `{"name":"n","role":"teacher","metadata":"m"}`, `{"message":"m","peer_id":"p","role":"r","type":"t"}`, `{"reason":"r","lock":true}`,
		`{"type":"video","source":"screen","mute":true,"stop":false}`, `{"token":"a.b.c","stay":"1s","fail":"network disconnection"}`,
		`{"room_id":"$","name":"webinar","seed":-9}`, `{"room_id":"$","steps":[{"at":"1s","do":"join","peer":"A","role":"teacher"},{"do":"end"}]}`,
		`{"steps":[null]}`, `{"steps":[{"at":"-1s"}]}`, `{"role":`, ``,
	}
	for i, body := range bodies {
		f.Add(uint8(i), body)
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		b := newBox(t, Options{Mute: true})
		room := b.hall("")
		peer := b.joined(room, "student", 0)
		body = strings.ReplaceAll(body, "$", room)
		paths := []string{
			basePath + "/active-rooms/" + room + "/peers/" + peer, basePath + "/active-rooms/" + room + "/send-message",
			basePath + "/active-rooms/" + room + "/remove-peers", basePath + "/active-rooms/" + room + "/end-room",
			adminPath + "/rooms/" + room + "/join", adminPath + "/peers/" + peer + "/leave", adminPath + "/peers/" + peer + "/tracks",
			adminPath + "/scenarios",
		}
		r := httptest.NewRequest("POST", paths[int(which)%len(paths)], strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+b.token)
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%s %s: %d %s", r.URL.Path, body, w.Code, w.Body)
		}
		b.elapse(time.Minute)
		b.call(200, "GET", "/sessions", "")
	})
}

func TestAdminRoutesHelp(t *testing.T) {
	for _, rt := range sessionAdmin() {
		if rt.help == "" || strings.Contains(rt.help, "\n") {
			t.Errorf("%s %s: help %q", rt.method, rt.path, rt.help)
		}
	}
	for name, a := range actions {
		if a.about == "" || a.do == nil || slices.Contains(slices.Collect(maps.Keys(a.among)), "") {
			t.Errorf("action %s is not whole", name)
		}
	}
}
