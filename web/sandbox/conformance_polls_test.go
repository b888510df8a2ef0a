package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

var pollRows = slices.Concat(pollCallRows, pollKeyRows(), pollListRows, pollQuirkRows, tokenRows, sipRows)

// The pages of the documents.
const (
	pagePollCreate    = "Polls: create"
	pagePollUpdate    = "Polls: update"
	pagePollObject    = "Polls: poll object"
	pagePollQuestion  = "Polls: update a question"
	pagePollOption    = "Polls: update an option"
	pagePollSessions  = "Polls: list sessions"
	pagePollResponses = "Polls: list responses"
	pagePollResults   = "Polls: list results"
)

// drillQuestions and drill are a quiz with all its keys, as it is answered but for the id.
const (
	drillQuestions = `[{"index":1,"text":"Which exit?","format":"text","attachment":[{"type":"image/jpeg","url":"https://files.example.net/plan.jpg"}],` +
		`"skippable":true,"duration":30,"once":false,"weight":5,"answer_min_len":2,"answer_max_len":40,"type":"single-choice",` +
		`"answer":{"hidden":true,"options":[2],"text":"East","case":false,"trim":true},` +
		`"options":[{"index":1,"text":"West","weight":1},{"index":2,"text":"East","weight":3}]},` +
		`{"index":2,"text":"Who leads?","format":"text","skippable":false,"duration":0,"once":true,"weight":2,"answer_min_len":1,"answer_max_len":20,` +
		`"type":"short-answer","answer":{"hidden":false,"text":"Warden","case":false,"trim":true}}]`
	drill = `"title":"Fire drill","duration":90,"anonymous":false,"mode":"userid","type":"quiz","start":"auto","questions":` + drillQuestions + `}`
)

// exact makes a call and compares the whole answer as it stands on the wire. named are pairs of a name in want and what
// stands there.
func (b *box) exact(status int, method, path, body, want string, named ...string) {
	b.t.Helper()
	w := b.do(method, path, body)
	if w.Code != status {
		b.t.Fatalf("%s %s: status %d, want %d: %s", method, path, w.Code, status, w.Body)
	}
	equal(b.t, method+" "+path, strings.TrimSpace(w.Body.String()), strings.NewReplacer(named...).Replace(want))
}

// bare is the error shape without details, decoded.
func bare(code int, message string) object {
	return object{"code": float64(code), "message": message}
}

// orders makes a call below adminPath.
func (b *box) orders(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, adminPath+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+b.token)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

// made makes a call below adminPath that has to be answered with a status.
func (b *box) made(status int, method, path, body string) object {
	b.t.Helper()
	w := b.orders(method, path, body)
	if w.Code != status {
		b.t.Fatalf("%s %s %s: status %d, want %d: %s", method, path, body, w.Code, status, w.Body)
	}
	return b.decoded(w.Body.String())
}

func (b *box) newPoll(body string) (id string) {
	b.t.Helper()
	return b.call(200, "POST", "/polls", body)["id"].(string)
}

// visits lets somebody with a user id into a room and returns the peer's id.
func (b *box) visits(roomID, userID string) (id string) {
	b.t.Helper()
	b.change(func(tx *tx) {
		id = tx.join(tx.rooms.at(roomID), joining{name: "Bo", userID: userID, role: "student"}).ID
	})
	return id
}

// polled is a room in which a poll runs, with one who answers.
type polled struct {
	poll, room, session, peer string
}

func (b *box) polled(body string) (p polled) {
	b.t.Helper()
	p.poll = b.newPoll(body)
	p.room = b.make(fmt.Sprintf(`{"polls":[%q]}`, p.poll))
	p.peer = b.visits(p.room, "u-7")
	b.change(func(tx *tx) { p.session = tx.running[p.room].ID })
	return p
}

// answer answers a question as a client would.
func (b *box) answer(status int, p polled, body string) object {
	b.t.Helper()
	return b.made(status, "POST", "/polls/"+p.poll+"/responses", body)
}

func (b *box) says(p polled, body string) (id string) {
	b.t.Helper()
	return b.answer(200, p, body)["id"].(string)
}

// items are those of a list, by the key of polls.
func (b *box) items(path, key string) []any {
	b.t.Helper()
	items, _ := b.call(200, "GET", path, "")[key].([]any)
	return items
}

var pollCallRows = []row{
	{kind: anEndpoint, call: "POST /polls", page: pagePollCreate, test: func(b *box) {
		p := b.polled("{" + drill)
		b.exact(200, "GET", "/polls/"+p.poll, "", `{"id":"POLL",`+drill, "POLL", p.poll)
		w := b.do("POST", "/polls", "{"+drill)
		id := b.decoded(w.Body.String())["id"].(string)
		equal(b.t, "answer", strings.TrimSpace(w.Body.String()), `{"id":"`+id+`",`+drill)
		equal(b.t, "an object id", isID(id), true)
	}},
	{kind: anEndpoint, call: "GET /polls/{poll_id}", page: "Polls: get", test: func(b *box) {
		id := b.newPoll("{" + drill)
		b.exact(200, "GET", "/polls/"+id, "", `{"id":"POLL",`+drill, "POLL", id)
		b.refused(errPollNotFound, "GET", "/polls/"+absentID, "")
	}},
	{kind: anEndpoint, call: "POST /polls/{poll_id}", page: pagePollUpdate, test: func(b *box) {
		id := b.newPoll("{" + drill)
		b.exact(
			200, "POST", "/polls/"+id, `{"id":"x","title":"Short"}`,
			`{"id":"POLL","title":"Short","duration":0,"anonymous":false,"mode":"userid","type":"poll","start":"auto","questions":[]}`, "POLL", id,
		)
		equal(b.t, "kept", b.call(200, "GET", "/polls/"+id, "")["title"], any("Short"))
		b.refused(errPollNotFound, "POST", "/polls/"+absentID, `{}`)
	}},
	{kind: anEndpoint, call: "POST /polls/{poll_id}/questions/{question_id}", page: pagePollQuestion, test: func(b *box) {
		id := b.newPoll("{" + drill)
		b.exact(
			200, "POST", "/polls/"+id+"/questions/2", `{"index":2,"text":"When?","type":"long-answer"}`,
			`{"index":2,"text":"When?","format":"text","skippable":true,"duration":0,"once":false,"weight":1,`+
				`"answer_min_len":1,"answer_max_len":1024,"type":"long-answer"}`,
		)
		questions := b.call(200, "GET", "/polls/"+id, "")["questions"].([]any)
		equal(b.t, "kept", []any{len(questions), questions[1].(object)["text"]}, []any{2, "When?"})
		for _, place := range []string{"0", "4", "-1", "first"} {
			b.refused(errQuestionNotFound, "POST", "/polls/"+id+"/questions/"+place, `{}`)
		}
		b.refused(errPollNotFound, "POST", "/polls/"+absentID+"/questions/1", `{}`)
	}},
	{kind: anEndpoint, call: "DELETE /polls/{poll_id}/questions/{question_id}", page: "Polls: delete a question", test: func(b *box) {
		id := b.newPoll("{" + drill)
		w := b.do("DELETE", "/polls/"+id+"/questions/1", "")
		equal(b.t, "answer", []any{w.Code, w.Body.String()}, []any{204, ""})
		left := b.call(200, "GET", "/polls/"+id, "")["questions"].([]any)
		equal(b.t, "left", []any{len(left), left[0].(object)["text"], left[0].(object)["index"]}, []any{1, "Who leads?", 1.0})
		b.refused(errQuestionNotFound, "DELETE", "/polls/"+id+"/questions/2", "")
		b.refused(errPollNotFound, "DELETE", "/polls/"+absentID+"/questions/1", "")
	}},
	{kind: anEndpoint, call: "POST /polls/{poll_id}/questions/{question_id}/options/{option_id}", page: pagePollOption, test: func(b *box) {
		path := "/polls/" + b.newPoll("{"+drill) + "/questions/"
		b.exact(200, "POST", path+"1/options/2", `{"text":"North"}`, `{"index":2,"text":"North","weight":1}`)
		for _, place := range []string{"0", "4", "two"} {
			b.refused(errOptionNotFound, "POST", path+"1/options/"+place, `{}`)
		}
		b.refused(errQuestionNotFound, "POST", path+"3/options/1", `{}`)
		b.refused(errPollNotFound, "POST", "/polls/"+absentID+"/questions/1/options/1", `{}`)
	}},
	{kind: anEndpoint, call: "DELETE /polls/{poll_id}/questions/{question_id}/options/{option_id}", page: "Polls: delete an option", test: func(b *box) {
		id := b.newPoll("{" + drill)
		path := "/polls/" + id + "/questions/1/options/"
		w := b.do("DELETE", path+"1", "")
		equal(b.t, "answer", []any{w.Code, w.Body.String()}, []any{204, ""})
		left := b.call(200, "GET", "/polls/"+id, "")["questions"].([]any)[0].(object)
		equal(b.t, "left", left["options"], any([]any{object{"index": 1.0, "text": "East", "weight": 3.0}}))
		equal(b.t, "the right answer", left["answer"].(object)["options"], any([]any{1.0}))
		b.refused(errOptionNotFound, "DELETE", path+"2", "")
		b.refused(errQuestionNotFound, "DELETE", "/polls/"+id+"/questions/9/options/1", "")
		b.do("DELETE", path+"1", "")
		left = b.call(200, "GET", "/polls/"+id, "")["questions"].([]any)[0].(object)
		equal(b.t, "nothing right", left["answer"].(object)["options"], any([]any{}))
	}},
	{kind: anEndpoint, call: "GET /polls/{poll_id}/sessions", page: pagePollSessions, test: func(b *box) {
		p := b.polled("{" + drill)
		run := b.items("/polls/"+p.poll+"/sessions", "responses")[0].(object)["id"].(string)
		named := []string{"RUN", run, "POLL", p.poll, "SESSION", p.session}
		b.exact(
			200, "GET", "/polls/"+p.poll+"/sessions", "",
			`{"last":"RUN","limit":10,"responses":[{"id":"RUN","poll_id":"POLL","session_id":"SESSION","started_at":"2025-03-04T09:30:00.123Z",`+
				`"stopped_at":null,"total_responses":0,"unique_participants":0}]}`, named...,
		)
		b.says(p, `{"user_id":"u-7","question":1,"options":[1]}`)
		b.says(p, `{"user_id":"u-7","question":1,"options":[2]}`)
		b.says(p, `{"user_id":"u-7","question":2,"text":"Dana"}`)
		b.elapse(2 * time.Minute)
		b.exact(
			200, "GET", "/polls/"+p.poll+"/sessions", "",
			`{"last":"RUN","limit":10,"responses":[{"id":"RUN","poll_id":"POLL","session_id":"SESSION","started_at":"2025-03-04T09:30:00.123Z",`+
				`"stopped_at":"2025-03-04T09:31:30.123Z","total_responses":2,"unique_participants":1}]}`, named...,
		)
		b.refused(errPollNotFound, "GET", "/polls/"+absentID+"/sessions", "")
	}},
	{kind: anEndpoint, call: "GET /polls/{poll_id}/sessions/{session_id}", page: pagePollSessions, test: func(b *box) {
		p := b.polled("{" + drill)
		one := b.call(200, "GET", "/polls/"+p.poll+"/sessions/"+p.session, "")
		equal(b.t, "one", any(one), b.items("/polls/"+p.poll+"/sessions", "responses")[0])
		b.refused(errPollSessionNotFound, "GET", "/polls/"+p.poll+"/sessions/"+absentID, "")
		b.refused(errPollNotFound, "GET", "/polls/"+absentID+"/sessions/"+p.session, "")
	}},
	{kind: anEndpoint, call: "GET /polls/{poll_id}/responses", page: pagePollResponses, test: func(b *box) {
		p := b.polled("{" + drill)
		first := b.says(p, `{"user_id":"u-7","question":1,"options":[1],"duration":640}`)
		b.elapse(1500 * time.Millisecond)
		second := b.says(p, `{"peer_id":"`+p.peer+`","question":1,"options":[2]}`)
		b.exact(
			200, "GET", "/polls/"+p.poll+"/responses", "",
			`{"last":"SECOND","limit":10,"responses":[{"id":"SECOND","poll_id":"POLL","session_id":"SESSION","duration":1500,"question":1,"skipped":false,`+
				`"text":"East","update":true,"original_response":"FIRST","retries":0,"sent_at":"2025-03-04T09:30:01.623456789Z","peer_id":"PEER","user_id":"u-7"}]}`,
			"SECOND", second, "FIRST", first, "POLL", p.poll, "SESSION", p.session, "PEER", p.peer,
		)
		b.refused(errPollNotFound, "GET", "/polls/"+absentID+"/responses", "")
	}},
	{kind: anEndpoint, call: "GET /polls/{poll_id}/responses/{response_id}", page: "Polls: get a response", test: func(b *box) {
		p := b.polled("{" + drill)
		id := b.says(p, `{"user_id":"u-7","question":1,"skipped":true,"duration":9}`)
		b.exact(
			200, "GET", "/polls/"+p.poll+"/responses/"+id, "",
			`{"id":"ID","poll_id":"POLL","session_id":"SESSION","duration":9,"question":1,"skipped":true,"text":"","update":false,"retries":0,`+
				`"sent_at":"2025-03-04T09:30:00.123456789Z","peer_id":"PEER","user_id":"u-7"}`,
			"ID", id, "POLL", p.poll, "SESSION", p.session, "PEER", p.peer,
		)
		other := b.newPoll(`{}`)
		b.refused(errResponseNotFound, "GET", "/polls/"+other+"/responses/"+id, "")
		b.refused(errResponseNotFound, "GET", "/polls/"+p.poll+"/responses/"+absentID, "")
		b.refused(errPollNotFound, "GET", "/polls/"+absentID+"/responses/"+id, "")
	}},
	{kind: anEndpoint, call: "GET /polls/{poll_id}/results", page: pagePollResults, test: func(b *box) {
		p := b.polled("{" + drill)
		b.says(p, `{"user_id":"u-7","question":1,"options":[2],"duration":2750}`)
		id := b.items("/polls/"+p.poll+"/results", "results")[0].(object)["id"].(string)
		b.exact(
			200, "GET", "/polls/"+p.poll+"/results", "",
			`{"last":"ID","limit":10,"results":[{"id":"ID","poll_id":"POLL","session_id":"SESSION","question":1,"duration":2750,"peer_id":"PEER",`+
				`"user_id":"u-7","score":5}]}`,
			"ID", id, "POLL", p.poll, "SESSION", p.session, "PEER", p.peer,
		)
		b.refused(errPollNotFound, "GET", "/polls/"+absentID+"/results", "")
	}},
	{kind: anEndpoint, call: "GET /polls/{poll_id}/results/{result_id}", page: "Polls: get a result", test: func(b *box) {
		p := b.polled("{" + drill)
		b.says(p, `{"user_id":"u-7","question":2,"text":" wARDEN "}`)
		one := b.items("/polls/"+p.poll+"/results", "results")[0].(object)
		equal(b.t, "score", one["score"], any(2.0))
		id := one["id"].(string)
		equal(b.t, "one", b.call(200, "GET", "/polls/"+p.poll+"/results/"+id, ""), one)
		b.refused(errResultNotFound, "GET", "/polls/"+p.poll+"/results/"+absentID, "")
		b.refused(errResultNotFound, "GET", "/polls/"+b.newPoll(`{}`)+"/results/"+id, "")
		b.refused(errPollNotFound, "GET", "/polls/"+absentID+"/results/"+id, "")
	}},
}

// decoded is a JSON object.
func (b *box) decoded(text string) (out object) {
	b.t.Helper()
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		b.t.Fatal(err)
	}
	return out
}

// keptKey is a key of a body: a value that is kept, and one that is refused.
type keptKey struct{ key, kept, wrong, why string }

// keptRows say that a call keeps the keys of its body. send makes it with a body.
func keptRows(call, page string, send func(b *box, status int, body string) object, keys []keptKey) []row {
	var rows []row
	for _, k := range keys {
		rows = append(rows, row{kind: aParameter, call: call, what: k.key, page: page, test: func(b *box) {
			var want any
			if err := json.Unmarshal([]byte(k.kept), &want); err != nil {
				b.t.Fatal(err)
			}
			equal(b.t, "kept", send(b, 200, fmt.Sprintf(`{%q:%s}`, k.key, k.kept))[k.key], want)
			equal(b.t, "refused", send(b, 400, fmt.Sprintf(`{%q:%s}`, k.key, k.wrong)), badParamFailure(k.why))
		}})
	}
	return rows
}

func pollKeyRows() []row {
	pollKeys := []keptKey{
		{"title", `"Break"`, `5`, "title must be a string"},
		{"duration", `75`, `-1`, "duration less than 0"},
		{"anonymous", `true`, `"yes"`, "anonymous must be a boolean"},
		{"mode", `"peerid"`, `"room"`, "mode must be one of userid, peerid"},
		{"type", `"quiz"`, `"vote"`, "type must be one of poll, quiz"},
		{"start", `"manual"`, `"later"`, "start must be one of auto, manual"},
		{"questions", drillQuestions, `{}`, "questions must be an array of objects"},
	}
	questionKeys := []keptKey{
		{"index", `1`, `2`, "index must be 1, as in the path"},
		{"text", `"Why?"`, `[]`, "text must be a string"},
		{"type", `"multiple-choice"`, `"essay"`, "type must be one of single-choice, multiple-choice, short-answer, long-answer"},
		{"format", `"html"`, `1`, "format must be a string"},
		{"attachment", `[{"type":"video/mp4","url":"https://files.example.net/v"}]`, `"x"`, "attachment must be an array"},
		{"skippable", `false`, `0`, "skippable must be a boolean"},
		{"duration", `20`, `2.5`, "duration must be an integer"},
		{"once", `true`, `"true"`, "once must be a boolean"},
		{"weight", `4`, `-4`, "weight less than 0"},
		{"answer_min_len", `3`, `-3`, "answer_min_len less than 0"},
		{"answer_max_len", `9`, `0`, "answer_max_len less than answer_min_len"},
		{"answer", `{"hidden":true,"text":"Tea","case":true,"trim":true}`, `{"options":[3]}`, "answer.options must be indexes of options"},
		{"options", `[{"index":1,"text":"Tea","weight":2}]`, `[{"index":2}]`, "options must have the indexes 1 to 1, each once"},
	}
	optionKeys := []keptKey{
		{"index", `1`, `3`, "index must be 1, as in the path"},
		{"text", `"Coffee"`, `true`, "text must be a string"},
		{"weight", `7`, `-7`, "weight less than 0"},
	}
	create := func(b *box, status int, body string) object { return b.call(status, "POST", "/polls", body) }
	below := func(path string) func(*box, int, string) object {
		return func(b *box, status int, body string) object {
			return b.call(status, "POST", "/polls/"+b.newPoll("{"+drill)+path, body)
		}
	}
	const question = "/questions/{question_id}"
	return slices.Concat(
		keptRows("POST /polls", pagePollCreate, create, pollKeys),
		keptRows("POST /polls/{poll_id}", pagePollUpdate, below(""), pollKeys),
		keptRows("POST /polls/{poll_id}"+question, pagePollQuestion, below("/questions/1"), questionKeys),
		keptRows("POST /polls/{poll_id}"+question+"/options/{option_id}", pagePollOption, below("/questions/1/options/1"), optionKeys),
	)
}

// TestPollBodies: what the rows about single keys don't reach.
func TestPollBodies(t *testing.T) {
	b := newBox(t, Options{})
	for body, why := range map[string]string{
		`{"questions":[null]}`:                           "questions[0] must be an object",
		`{"questions":[{},{"index":1}]}`:                 "questions must have the indexes 1 to 2, each once",
		`{"questions":[{"index":2}]}`:                    "questions must have the indexes 1 to 1, each once",
		`{"questions":[{"options":[{},{"weight":-1}]}]}`: "questions[0].options[1].weight less than 0",
		`{"questions":[{"options":[5]}]}`:                "questions[0].options[0] must be an object",
		`{"questions":[{"answer":{"options":["1"]}}]}`:   "questions[0].answer.options must be an array of integers",
		`{"questions":[{"answer":{"options":[null]}}]}`:  "questions[0].answer.options must be an array of integers",
		`{"questions":[{"answer":[]}]}`:                  "questions[0].answer must be an object",
		`{"questions":[{"attachment":[null]}]}`:          "questions[0].attachment[0] must be an object",
		`{"questions":[{"attachment":[{"url":1}]}]}`:     "questions[0].attachment[0].url must be a string",
		`{"questions":[{"type":"quiz"},{"weight":-99}]}`: "questions[0].type must be one of single-choice, multiple-choice, short-answer, long-answer",
		`{"duration":99999999999999999999,"mode":""}`:    "duration greater than 2147483647",
		`{"mode":""}`: "mode must be one of userid, peerid",
		`{"questions":[{"duration":-9,"options":[{}]}]}`:   "questions[0].duration less than 0",
		`{"questions":[{"answer":{"options":[0]},"x":1}]}`: "questions[0].answer.options must be indexes of options",
	} {
		equal(t, body, b.call(400, "POST", "/polls", body), badParamFailure(why))
	}
	b.refused(errEmptyBody, "POST", "/polls", "")
	b.refused(errNotAnObject, "POST", "/polls", "[]")
}
