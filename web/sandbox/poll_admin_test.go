package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestAnswersRefused: what a client could not send.
func TestAnswersRefused(t *testing.T) {
	b := newBox(t, Options{})
	p := b.polled(`{"type":"quiz","questions":[
		{"once":true,"options":[{"text":"a"},{"text":"b"}]}, {"skippable":false,"answer_min_len":3,"answer_max_len":5},
		{"type":"multiple-choice","options":[{},{}]}, {"duration":10}]}`)
	b.says(p, `{"user_id":"u-7","question":1,"options":[1]}`)
	for body, want := range map[string]*apiError{
		`{"user_id":"u-7","question":1,"options":[2]}`:               errAnsweredOnce,
		`{"user_id":"u-7","question":1,"options":[1,2]}`:             errOptionCount,
		`{"user_id":"u-7","question":1,"text":"a"}`:                  errOptionCount,
		`{"user_id":"u-7","question":3,"options":[]}`:                errOptionCount,
		`{"user_id":"u-7","question":3,"options":[2,2]}`:             errOptionNotFound,
		`{"user_id":"u-7","question":3,"options":[3]}`:               errOptionNotFound,
		`{"user_id":"u-7","question":3,"options":[0]}`:               errOptionNotFound,
		`{"user_id":"u-7","question":2,"skipped":true}`:              errNotSkippable,
		`{"user_id":"u-7","question":2,"text":"ab"}`:                 badParam("text must have 3 to 5 characters"),
		`{"user_id":"u-7","question":2,"text":"äöüßéè"}`:             badParam("text must have 3 to 5 characters"),
		`{"user_id":"u-7","question":4,"text":"a","duration":10001}`: errQuestionOver,
		`{"user_id":"u-7","question":4,"text":"a","duration":-1}`:    badParam("duration less than 0"),
		`{"user_id":"u-7","question":5,"text":"a"}`:                  errQuestionNotFound,
		`{"user_id":"u-7"}`:                                 errQuestionNotFound,
		`{"user_id":"u-8","question":2,"text":"abc"}`:       errVoterNotFound,
		`{"question":2,"text":"abc"}`:                       errVoterNotFound,
		`{"peer_id":"nobody","user_id":"u-7","question":2}`: errVoterNotFound,
		`{"user_id":7,"question":2}`:                        badParam("user_id must be a string"),
	} {
		details := []any{}
		for _, d := range want.Details {
			details = append(details, d)
		}
		equal(t, body, b.answer(want.Code, p, body), failure(want.Code, want.Message, details...))
	}
	equal(t, "kept", len(b.items("/polls/"+p.poll+"/responses?all=true", "responses")), 1)
	b.answer(200, p, `{"user_id":"u-7","question":4,"text":"a","duration":10000}`)
}

// TestPollPermission: a role that has neither of the permissions can't answer.
func TestPollPermission(t *testing.T) {
	b := newBox(t, Options{Seed: SeedEmpty})
	p := polled{poll: b.newPoll(`{"questions":[{}]}`)}
	p.room = b.make(`{"polls":["` + p.poll + `"]}`)
	var may, mayNot string
	b.change(func(tx *tx) {
		for _, role := range tx.defaultTemplate.roles {
			id := tx.join(tx.rooms.at(p.room), joining{role: role}).ID
			if tx.defaultTemplate.allowsPolls(role) {
				may = id
			} else {
				mayNot = id
			}
		}
	})
	b.says(p, `{"peer_id":"`+may+`","question":1,"text":"a"}`)
	equal(t, "refused", b.answer(403, p, `{"peer_id":"`+mayNot+`","question":1,"text":"a"}`), failure(403, errPollPermission.Message))
}

func TestStartAndStop(t *testing.T) {
	b := newBox(t, Options{})
	id := b.newPoll(`{"start":"manual","duration":60,"questions":[{}]}`)
	room := b.make(`{"name":"started"}`)
	in := `{"room_id":"` + room + `"}`
	start, stop := "/polls/"+id+"/start", "/polls/"+id+"/stop"
	equal(t, "no session", b.made(409, "POST", start, in), failure(409, errNoPollSession.Message))
	equal(t, "no room", b.made(404, "POST", start, `{}`), failure(404, "Room not found"))
	equal(t, "no poll", b.made(404, "POST", "/polls/"+absentID+"/start", in), failure(404, "Poll not found"))
	equal(t, "no id", b.made(400, "POST", start, `{"room_id":1}`), badParamFailure("room_id must be a string"))
	p := polled{poll: id, room: room, peer: b.visits(room, "u-7")}
	equal(t, "not running", b.made(409, "POST", stop, in), failure(409, errPollNotRunning.Message))
	equal(t, "no answers", b.answer(409, p, `{"user_id":"u-7","question":1,"text":"a"}`), failure(409, errPollNotRunning.Message))
	b.made(200, "POST", start, in)
	equal(t, "twice", b.made(409, "POST", start, in), failure(409, errPollStarted.Message))
	b.says(p, `{"user_id":"u-7","question":1,"text":"a"}`)
	b.elapse(10 * time.Second)
	equal(t, "stopped", b.made(200, "POST", stop, in)["stopped_at"], any("2025-03-04T09:30:10.123Z"))
	equal(t, "over", b.answer(409, p, `{"user_id":"u-7","question":1,"text":"b"}`), failure(409, errPollNotRunning.Message))
	b.elapse(time.Hour) // its own end comes too late
	equal(t, "still", b.items("/polls/"+id+"/sessions", "responses")[0].(object)["stopped_at"], any("2025-03-04T09:30:10.123Z"))
}

// TestLeftVoter: who has left can't answer any more.
func TestLeftVoter(t *testing.T) {
	b := newBox(t, Options{})
	p := b.polled(`{"questions":[{}]}`)
	b.visits(p.room, "u-8")
	b.change(func(tx *tx) { tx.leave(tx.peers.at(p.peer), leftByItself, "") })
	equal(t, "refused", b.answer(404, p, `{"user_id":"u-7","question":1,"text":"a"}`), failure(404, errVoterNotFound.Message))
}

// TestPollsAfterRestart: polls, their runs, answers and scores are kept, and go on.
func TestPollsAfterRestart(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	p := b.polled("{" + drill)
	b.says(p, `{"user_id":"u-7","question":1,"options":[1]}`)
	b.says(p, `{"user_id":"u-7","question":1,"options":[2]}`)
	b.do("DELETE", "/polls/"+p.poll+"/questions/2", "")
	seen := func() (all []object) {
		for _, path := range []string{"", "/sessions", "/responses?all=true", "/results"} {
			all = append(all, b.call(200, "GET", "/polls/"+p.poll+path, ""))
		}
		return all
	}
	want := seen()
	for range 2 { // from the changes, then from the whole
		b.kill()
		b = newBox(t, Options{Dir: dir})
		equal(t, "state", seen(), want)
	}
	third := b.answer(200, p, `{"user_id":"u-7","question":1,"options":[1]}`)
	equal(t, "original", third["original_response"], want[2]["responses"].([]any)[0].(object)["original_response"])
	results := b.items("/polls/"+p.poll+"/results", "results")
	equal(t, "one score, the newest", []any{len(results), results[0].(object)["score"]}, []any{1, 0.0})
	b.elapse(90 * time.Second)
	equal(t, "ended", b.items("/polls/"+p.poll+"/sessions", "responses")[0].(object)["stopped_at"], any("2025-03-04T09:31:30.123Z"))
}

// TestBrokenPollStates: a state whose polls or calls lead nowhere is refused.
func TestBrokenPollStates(t *testing.T) {
	for line, want := range map[string]string{
		`{"poll_run":{"id":"a","poll_id":"b"}}`:         "poll session a without its poll or session",
		`{"poll_response":{"id":"c","run_id":"d"}}`:     "poll response c without its poll session",
		`{"poll_result":{"id":"e","poll_id":"f"}}`:      "poll result e without its poll",
		`{"sip_call":{"id":"g","peer_id":"h"}}`:         "SIP call g without its peer",
		`{"poll":{"id":"i","duration":"not a number"}}`: "poll: json",
	} {
		dir := t.TempDir()
		b := newBox(t, Options{Dir: dir})
		b.kill()
		file, err := os.OpenFile(filepath.Join(dir, stateName), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = file.WriteString(line + "\n")
		if err := errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := New(Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestFailedAnswerLeavesNothing: a change that is taken back also takes back which answer stands.
func TestFailedAnswerLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	p := b.polled("{" + drill)
	b.says(p, `{"user_id":"u-7","question":1,"options":[2]}`)
	b.kill() // nothing can be written any more
	b.answer(500, p, `{"user_id":"u-7","question":1,"options":[1]}`)
	equal(t, "answers", len(b.items("/polls/"+p.poll+"/responses?all=true", "responses")), 1)
	equal(t, "standing", len(b.items("/polls/"+p.poll+"/responses", "responses")), 1)
	equal(t, "score", b.items("/polls/"+p.poll+"/results", "results")[0].(object)["score"], any(5.0))
}

// TestVotesAtOnce: answers of many at once are all counted once.
func TestVotesAtOnce(t *testing.T) {
	b := newBox(t, Options{})
	p := b.polled("{" + drill)
	var wg sync.WaitGroup
	for i := range 8 {
		user := fmt.Sprintf("u-%d", 30+i)
		b.visits(p.room, user)
		for n := range 4 {
			wg.Go(func() {
				body := fmt.Sprintf(`{"user_id":%q,"question":1,"options":[%d]}`, user, 1+n%2)
				if w := b.orders("POST", "/polls/"+p.poll+"/responses", body); w.Code != 200 {
					t.Errorf("answer: status %d: %s", w.Code, w.Body)
				}
				if w := b.do("GET", "/polls/"+p.poll+"/sessions", ""); w.Code != 200 {
					t.Errorf("sessions: status %d: %s", w.Code, w.Body)
				}
			})
		}
	}
	wg.Wait()
	run := b.items("/polls/"+p.poll+"/sessions", "responses")[0].(object)
	equal(t, "counts", []any{run["total_responses"], run["unique_participants"]}, []any{8.0, 8.0})
	equal(t, "all", len(b.items("/polls/"+p.poll+"/responses?all=true&limit=100", "responses")), 32)
	equal(t, "scores", len(b.items("/polls/"+p.poll+"/results?limit=100", "results")), 8)
}

// FuzzPollBodies: no body makes the sandbox fail.
func FuzzPollBodies(f *testing.F) {
	for _, body := range []string{
		"{" + drill, `{}`, `{"questions":[{"answer":{"options":[1e3]}}]}`, `{"index":1,"options":[null]}`, `[`, `{"attachment":[[]]}`, `{"digits":["1",null]}`,
		`{"user_id":"u-7","question":1,"options":[2],"duration":1e9}`,
	} {
		f.Add(body)
	}
	b := newBox(f, Options{})
	p := b.polled("{" + drill)
	_, code := b.codeFor(`{}`)
	management, auth := b.token, b.exchanged(`{"code":"`+code+`"}`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, path := range []string{"", "/" + p.poll, "/" + p.poll + "/questions/1", "/" + p.poll + "/questions/1/options/1"} {
			if w := b.do("POST", "/polls"+path, body); w.Code != 200 && w.Code != 400 && w.Code != 404 {
				t.Errorf("POST %s %s: status %d", path, body, w.Code)
			}
		}
		b.do("POST", "/polls/"+p.poll, "{"+drill)
		for _, path := range []string{"/token", "/sip/outbound/trunks", "/sip/outbound/call", "/sip/dtmf"} {
			if b.token = management; path == "/sip/dtmf" {
				b.token = auth
			}
			if w := b.do("POST", path, body); w.Code >= 500 {
				t.Errorf("POST %s %s: status %d", path, body, w.Code)
			}
		}
		b.token = management
		for _, path := range []string{"/polls/" + p.poll + "/responses", "/polls/" + p.poll + "/start", "/sip/calls"} {
			if w := b.orders("POST", path, body); w.Code >= 500 {
				t.Errorf("POST %s %s: status %d", path, body, w.Code)
			}
		}
	})
}
