package sandbox

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// wantBroken starts a sandbox on a state that it has to refuse.
func wantBroken(t *testing.T, dir, text, want string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, stateName), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{Dir: dir})
	if err == nil {
		t.Fatal("no error", s.Close())
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("%q does not say %q", err, want)
	}
}

// plays begins a scenario and returns its answer.
func (b *box) plays(room, keys string) object {
	b.t.Helper()
	return b.operate(200, "POST", "/scenarios", `{"room_id":"`+room+`",`+keys+`}`)
}

// TestBuiltInScenarios: each plays to its end in every seeded template, does all that there is an action for, and leaves no
// session behind.
func TestBuiltInScenarios(t *testing.T) {
	people := map[string]int{"lesson": 13, "webinar": 62, "standup": 6, "flaky-call": 4, "failed-recording": 2, "appointment": 2}
	for _, sc := range builtIns {
		for _, template := range []string{classroomID, webinarID} {
			t.Run(sc.name+" "+template, func(t *testing.T) {
				b := newBox(t, Options{Mute: true})
				room := b.hall(`"template_id":"` + template + `"`)
				id := b.plays(room, `"name":"`+sc.name+`","seed":5`)["id"].(string)
				b.elapse(2 * time.Hour)
				got := b.operate(200, "GET", "/scenarios/"+id, "")
				equal(t, "state", []any{got["state"], got["next"]}, []any{scenarioFinished, float64(len(got["steps"].([]any)))})
				for _, why := range mishaps(got) {
					t.Error(why)
				}
				sessions := b.call(200, "GET", "/sessions", "")["data"].([]any)
				equal(t, "sessions", len(sessions), 1)
				equal(t, "active", sessions[0].(object)["active"], any(false))
				names := map[any]bool{}
				for _, p := range sessions[0].(object)["peers"].(object) {
					names[p.(object)["name"]] = true
				}
				equal(t, "people", len(names), people[sc.name])
			})
		}
	}
}

// TestFlakyCall: each loss of a connection is reported by its client, then the peer is gone.
func TestFlakyCall(t *testing.T) {
	b := newBox(t, Options{Mute: true})
	room := b.hall("")
	b.plays(room, `"name":"flaky-call","seed":5`)
	b.elapse(time.Hour)
	var reported, lost []object
	for _, e := range b.told(room, "client.disconnected", "peer.leave.success") {
		who := only(e.Data, "peer_id", "session_id", "user_name", "role")
		switch {
		case e.Type == "client.disconnected":
			equal(t, "error", only(e.Data, "error_name", "action"), object{"error_name": "WebSocketConnectionLost", "action": "RECONNECT_SIGNAL"})
			reported = append(reported, who)
		case e.Data["reason"] != leftByItself:
			lost = append(lost, who)
			equal(t, "reported by then", reported, lost)
		}
	}
	equal(t, "losses", len(lost), 4)
	equal(t, "reports", len(reported), 4)
}

// mishaps are the steps of a scenario that could not be done though there is an action for them.
func mishaps(sc object) (all []string) {
	list, _ := sc["mishaps"].([]any)
	for _, item := range list {
		m := item.(object)
		st := sc["steps"].([]any)[int(m["step"].(float64))].(object)
		if _, known := actions[st["do"].(string)]; known {
			all = append(all, fmt.Sprintf("%v: %v", st, m["why"]))
		}
	}
	return all
}

// TestScenarioSeeds: the same seed makes the same steps, another one others, and without one it can be read what it was.
func TestScenarioSeeds(t *testing.T) {
	b := newBox(t, Options{})
	room := b.make(`{}`)
	steps := func(keys string) any { return b.plays(room, keys)["steps"] }
	for _, sc := range builtIns {
		first := steps(`"name":"` + sc.name + `","seed":1`)
		equal(t, sc.name, steps(`"name":"`+sc.name+`","seed":1`), first)
		if fmt.Sprint(steps(`"name":"`+sc.name+`","seed":2`)) == fmt.Sprint(first) {
			t.Errorf("%s: two seeds make the same", sc.name)
		}
	}
	got := b.plays(room, `"name":"standup"`)
	equal(t, "again", steps(fmt.Sprintf(`"name":"standup","seed":%v`, got["seed"])), got["steps"])
	equal(t, "zero is a seed", b.plays(room, `"name":"standup","seed":0`)["seed"], any(0.0))
}

func TestOwnScenario(t *testing.T) {
	b := newBox(t, Options{Mute: true})
	room := b.hall(`"template_id":"` + webinarID + `"`)
	got := b.plays(room, `"steps":[
		{"at":"2m","do":"message","peer":"Bo","message":"hi","role":"host"},
		{"do":"join","peer":"Asha","role":"host","user_id":"u-1","metadata":"m"},
		{"at":"1m","do":"join","peer":"Bo","role":"attendee"},
		{"at":"3m","do":"role","peer":"Bo","role":"speaker","by":"Asha"},
		{"at":"4m","do":"mute","peer":"Bo"},
		{"at":"5m","do":"unmute","peer":"Bo"},
		{"at":"5m","do":"mute","peer":"Bo","type":"video"},
		{"at":"6m","do":"share","peer":"Asha"},
		{"at":"7m","do":"unshare","peer":"Asha"},
		{"at":"8m","do":"kick","peer":"Bo","reason":"noise"},
		{"at":"9m","do":"leave","peer":"Bo"},
		{"at":"10m","do":"role","peer":"Asha","role":"headmaster"},
		{"at":"11m","do":"end","by":"Asha","reason":"done","lock":true}
	]`)
	equal(t, "the first step", got["steps"].([]any)[0], any(object{"at": "0s", "do": "join", "peer": "Asha", "role": "host", "user_id": "u-1", "metadata": "m"}))
	b.elapse(3 * time.Minute)
	session := b.sessionOf(room)
	b.elapse(time.Hour)
	equal(t, "told", kinds(b.told(room)), []string{
		"session.open.success", "peer.join.success", "track.add.success", "track.add.success", // Asha
		"peer.join.success",
		"role.change.success", "track.add.success", "track.add.success",
		"track.update.success", "track.update.success", "track.update.success",
		"track.add.success", "track.remove.success", // the screen
		"track.remove.success", "track.remove.success", "peer.leave.success", // Bo
		"role.change.failure",
		"room.end.success", "track.remove.success", "track.remove.success", "peer.leave.success", "session.close.success",
	})
	change := b.told(room, "role.change.success")[0].Data
	asha := b.told(room, "peer.join.success")[0].Data["peer_id"]
	equal(t, "asked by", change["role_change_requested_by"], asha)
	equal(t, "ended by", b.told(room, "room.end.success")[0].Data, b.about(room, object{
		"session_id": session, "session_started_at": startNanos, "lock_room": true, "reason": "done", "source": "peer",
		"peer_id": asha, "user_id": "u-1", "user_name": "Asha", "role": "host",
	}))
	equal(t, "kicked", b.told(room, "peer.leave.success")[0].Data["message"], any("noise"))
	sent := b.operate(200, "GET", "/rooms/"+room+"/messages", "")["messages"].([]any)[0].(object)
	equal(t, "sent", []any{sent["message"], sent["role"], sent["type"], sent["sent_at"]}, []any{"hi", "host", "chat", "2025-03-04T09:32:00.123456789Z"})
	equal(t, "mishaps", b.operate(200, "GET", "/scenarios/"+got["id"].(string), "")["mishaps"], any([]any{
		object{"step": 10.0, "why": "nobody of this name is in the room"}, object{"step": 11.0, "why": "Role not found"},
	}))
}

// TestScenarioMishaps: what can't be done is noted and left out.
func TestScenarioMishaps(t *testing.T) {
	for _, tc := range []struct{ step, why string }{
		{`{"do":"leave","peer":"X"}`, errAbsent.Error()},
		{`{"do":"mute","peer":"X"}`, errAbsent.Error()},
		{`{"do":"share","peer":"X"}`, errAbsent.Error()},
		{`{"do":"kick","peer":"X"}`, errAbsent.Error()},
		{`{"do":"message","peer":"X"}`, errAbsent.Error()},
		{`{"do":"role","peer":"X","role":"teacher"}`, errAbsent.Error()},
		{`{"do":"role","peer":"A","role":"teacher","by":"X"}`, errAbsent.Error()},
		{`{"do":"end","by":"X"}`, errAbsent.Error()},
		{`{"do":"unshare","peer":"A"}`, errNoTrack.Message},
		{`{"do":"unmute","peer":"Mute"}`, errNoTrack.Message},
		{`{"do":"share","peer":"A"}`, errMayNotPublish.Message},
		{`{"do":"join","peer":"B","role":"headmaster"}`, errRoleNotFound.Message},
	} {
		b := newBox(t, Options{})
		room := b.make(`{}`)
		b.change(func(tx *tx) {
			p := tx.join(tx.rooms.at(room), joining{name: "Mute", role: "student"})
			tx.stopTracks(p, func(track) bool { return true })
		})
		id := b.plays(room, `"steps":[{"do":"join","peer":"A","role":"student"},`+tc.step+`]`)["id"].(string)
		b.elapse(time.Minute)
		equal(t, tc.step, b.operate(200, "GET", "/scenarios/"+id, "")["mishaps"], any([]any{object{"step": 1.0, "why": tc.why}}))
	}
	b := newBox(t, Options{})
	id := b.plays(b.make(`{}`), `"steps":[{"do":"end"}]`)["id"].(string)
	b.elapse(0)
	equal(t, "nothing to end", b.operate(200, "GET", "/scenarios/"+id, "")["mishaps"], any([]any{object{"step": 0.0, "why": "room not active"}}))
}

// TestActionOfANewerVersion: a script may name what this version can't do.
func TestActionOfANewerVersion(t *testing.T) {
	b := newBox(t, Options{})
	room := b.make(`{}`)
	b.change(func(tx *tx) {
		tx.play(tx.rooms.at(room), "", nil, []step{{Do: "levitate"}, {Do: "join", Peer: "A", Role: "student"}})
	})
	b.elapse(0)
	got := b.operate(200, "GET", "/scenarios", "")["scenarios"].([]any)[0].(object)
	equal(t, "mishaps", got["mishaps"], any([]any{object{"step": 0.0, "why": `there is no action "levitate"`}}))
	equal(t, "it goes on", len(b.peerIDs(room, "")), 1)
}

func TestScenarioRefuses(t *testing.T) {
	b := newBox(t, Options{})
	room := b.make(`{}`)
	many := strings.TrimSuffix(strings.Repeat(`{"do":"end"},`, stepsMax+1), ",")
	for _, tc := range []struct {
		keys   string
		status int
		want   object
	}{
		{`"name":"picnic"`, 400, failure(400, errNoScript.Message)},
		{`"seed":1`, 400, failure(400, errNameOrSteps.Message)},
		{`"name":"lesson","steps":[{"do":"end"}]`, 400, failure(400, errNameOrSteps.Message)},
		{`"steps":[]`, 400, failure(400, errNameOrSteps.Message)},
		{`"steps":[` + many + `]`, 400, failure(400, "a scenario has at most 1000 steps")},
		{`"steps":{}`, 400, badParamFailure("steps must be an array of objects")},
		{`"steps":[null]`, 400, badParamFailure("steps[0] must be an object")},
		{`"steps":[{}]`, 400, badParamFailure("steps[0].do is required")},
		{`"steps":[{"do":"end"},{"do":"leave"}]`, 400, badParamFailure("steps[1].peer is required")},
		{`"steps":[{"do":"join","peer":"A"}]`, 400, badParamFailure("steps[0].role is required")},
		{`"steps":[{"do":"end","at":"13h"}]`, 400, badParamFailure("steps[0].at must be a length of time such as 1m30s, at most 12h")},
		{`"steps":[{"do":"mute","peer":"A","type":"smell"}]`, 400, badParamFailure("steps[0].type must be one of audio, video")},
		{`"steps":[{"do":"end","lock":1}]`, 400, badParamFailure("steps[0].lock must be a boolean")},
		{`"name":"lesson","seed":"x"`, 400, badParamFailure("seed must be an integer")},
	} {
		equal(t, tc.keys, b.operate(tc.status, "POST", "/scenarios", `{"room_id":"`+room+`",`+tc.keys+`}`), tc.want)
	}
	unknown := b.operate(400, "POST", "/scenarios", `{"room_id":"`+room+`","steps":[{"do":"levitate"}]}`)["details"].([]any)[0].(string)
	equal(t, "unknown", strings.HasPrefix(unknown, "Invalid body param: steps[0].do must be one of end, "), true)
	equal(t, "no room", b.operate(404, "POST", "/scenarios", `{"name":"lesson"}`), failure(404, "Room not found"))
	equal(t, "none", b.operate(200, "GET", "/scenarios", "")["scenarios"], any([]any{}))
	equal(t, "no scenario", b.operate(404, "GET", "/scenarios/x", ""), failure(404, "Scenario not found"))
	equal(t, "no messages", b.operate(404, "GET", "/rooms/x/messages", ""), failure(404, "Room not found"))
}

func TestStopScenario(t *testing.T) {
	b := newBox(t, Options{})
	room := b.make(`{}`)
	id := b.plays(room, `"name":"lesson","seed":1`)["id"].(string)
	b.elapse(time.Minute)
	before := b.peerIDs(room, "")
	b.operate(204, "DELETE", "/scenarios/"+id, "")
	b.elapse(time.Hour)
	equal(t, "who was in stays", b.peerIDs(room, ""), before)
	equal(t, "state", b.operate(200, "GET", "/scenarios/"+id, "")["state"], any(scenarioStopped))
	equal(t, "again", b.operate(409, "DELETE", "/scenarios/"+id, ""), failure(409, "this scenario is over"))
	equal(t, "another", b.operate(404, "DELETE", "/scenarios/x", ""), failure(404, "Scenario not found"))
}

func TestListScenarios(t *testing.T) {
	b := newBox(t, Options{})
	room := b.make(`{}`)
	first, second := b.plays(room, `"name":"standup","seed":4`), b.plays(room, `"steps":[{"at":"90s","do":"end"}]`)
	firstNow := b.operate(200, "GET", "/scenarios/"+first["id"].(string), "")
	equal(t, "lists have no steps, one has", len(firstNow["steps"].([]any)) > 1, true)
	delete(firstNow, "steps")
	got := b.operate(200, "GET", "/scenarios", "")
	equal(t, "scenarios", got["scenarios"], any([]any{
		object{"id": second["id"], "room_id": room, "state": "playing", "started_at": startNanos, "next": 0.0, "next_at": "2025-03-04T09:31:30.123456789Z"},
		firstNow,
	}))
	equal(t, "the first", []any{firstNow["name"], firstNow["seed"], firstNow["next"]}, []any{"standup", 4.0, 1.0})
	equal(t, "built-in", slices.Sorted(maps.Keys(got["built_in"].(object))), []string{"appointment", "failed-recording", "flaky-call", "lesson", "standup", "webinar"})
	equal(t, "actions", slices.Sorted(maps.Keys(got["actions"].(object))), slices.Sorted(maps.Keys(actions)))
}

// TestCast: who leads and who listens is told from the roles' own rules.
func TestCast(t *testing.T) {
	role := func(endRoom bool, most int) (r roleRules) {
		if r.maxPeerCount = most; endRoom {
			r.permissions = []string{"endRoom"}
		}
		return r
	}
	for _, tc := range []struct {
		rules       map[string]roleRules
		lead, crowd string
	}{
		{nil, "", ""},
		{map[string]roleRules{"a": role(false, 0)}, "a", "a"},
		{map[string]roleRules{"a": role(true, 1)}, "a", "a"},
		{map[string]roleRules{"a": role(false, 3), "b": role(true, 2), "c": role(false, 0)}, "b", "c"},
		{map[string]roleRules{"a": role(true, 1), "b": role(false, 2), "c": role(false, 1)}, "a", "b"},
		{map[string]roleRules{"a": role(true, -1), "b": role(false, -1)}, "", ""},
	} {
		lead, crowd := cast(tc.rules)
		equal(t, fmt.Sprint(tc.rules), []string{lead, crowd}, []string{tc.lead, tc.crowd})
	}
	b := newBox(t, Options{})
	room := b.make(`{}`)
	for _, role := range []string{"teacher", "assistant", "student"} {
		b.call(200, "POST", "/templates/"+classroomID+"/roles/"+role, `{"maxPeerCount":-1}`)
	}
	equal(t, "nobody", b.operate(400, "POST", "/scenarios", `{"room_id":"`+room+`","name":"lesson"}`), failure(400, errNoCast.Message))
}
