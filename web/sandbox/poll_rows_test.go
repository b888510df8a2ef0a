package sandbox

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"
)

// crowd is a poll that 12 people have answered, one of them twice and one on the second question. asked gives a list's ids, newest first.
func (b *box) crowd() (p polled, asked []string) {
	b.t.Helper()
	p = b.polled("{" + drill)
	for i := range 12 {
		user := fmt.Sprintf("u-%d", 20+i)
		b.visits(p.room, user)
		asked = append(asked, b.says(p, fmt.Sprintf(`{"user_id":%q,"question":1,"options":[1]}`, user)))
	}
	asked = append(asked, b.says(p, `{"user_id":"u-25","question":1,"options":[2]}`), b.says(p, `{"user_id":"u-20","question":2,"text":"Lee"}`))
	slices.Reverse(asked)
	return p, asked
}

// pages follows a list of polls to its end and returns the ids of its pages.
func (b *box) pages(path, key string, query url.Values) (pages [][]string) {
	b.t.Helper()
	for range 100 {
		answer := b.call(200, "GET", path+"?"+query.Encode(), "")
		items, _ := answer[key].([]any)
		if len(items) == 0 {
			equal(b.t, "after the last page", answer, object{"last": "", "limit": answer["limit"], key: nil})
			return pages
		}
		var ids []string
		for _, item := range items {
			ids = append(ids, item.(object)["id"].(string))
		}
		equal(b.t, "last", answer["last"], any(ids[len(ids)-1]))
		pages = append(pages, ids)
		query.Set("start", ids[len(ids)-1])
	}
	b.t.Fatal("the list has no end")
	return nil
}

// badQueries makes calls whose parameter has to be refused.
func (b *box) badQueries(path string, queries ...string) {
	b.t.Helper()
	for _, q := range queries {
		b.refused(errBadQuery, "GET", path+"?"+q, "")
	}
}

const (
	callSessions  = "GET /polls/{poll_id}/sessions"
	callResponses = "GET /polls/{poll_id}/responses"
	callResults   = "GET /polls/{poll_id}/results"
)

var pollListRows = []row{
	{kind: aParameter, call: callSessions, what: "limit", page: pagePollSessions, test: func(b *box) {
		path, ids := b.ranInSessions(12)
		equal(b.t, "pages", b.pages(path, "responses", url.Values{}), [][]string{ids[:10], ids[10:]})
		equal(b.t, "one page", b.pages(path, "responses", url.Values{"limit": {"12"}}), [][]string{ids})
		b.badQueries(path, "limit=9", "limit=101", "limit=x")
	}},
	{kind: aParameter, call: callSessions, what: "start", page: pagePollSessions, test: func(b *box) {
		path, ids := b.ranInSessions(11)
		equal(b.t, "the oldest", b.items(path+"?start="+ids[9], "responses")[0].(object)["id"], any(ids[10]))
		b.badQueries(path, "start=x")
	}},
	{kind: aParameter, call: callResponses, what: "limit", page: pagePollResponses, test: func(b *box) {
		p, asked := b.crowd()
		path := "/polls/" + p.poll + "/responses"
		standing := slices.Delete(slices.Clone(asked), 8, 9) // u-25's first
		equal(b.t, "pages", b.pages(path, "responses", url.Values{}), [][]string{standing[:10], standing[10:]})
		equal(b.t, "longer", b.pages(path, "responses", url.Values{"limit": {"11"}}), [][]string{standing[:11], standing[11:]})
		b.badQueries(path, "limit=9", "limit=101", "limit=x")
	}},
	{kind: aParameter, call: callResponses, what: "start", page: pagePollResponses, test: func(b *box) {
		p, asked := b.crowd()
		path := "/polls/" + p.poll + "/responses"
		equal(b.t, "the oldest", b.items(path+"?start="+asked[12], "responses")[0].(object)["id"], any(asked[13]))
		b.badQueries(path, "start=x")
	}},
	{kind: aParameter, call: callResponses, what: "all", page: pagePollResponses, test: func(b *box) {
		p, asked := b.crowd()
		path := "/polls/" + p.poll + "/responses"
		standing := slices.Delete(slices.Clone(asked), 8, 9)
		equal(b.t, "all", b.pages(path, "responses", url.Values{"all": {"true"}, "limit": {"20"}}), [][]string{asked})
		equal(b.t, "not all", b.pages(path, "responses", url.Values{"all": {"false"}, "limit": {"20"}}), [][]string{standing})
		equal(b.t, "the usual", b.pages(path, "responses", url.Values{"limit": {"20"}}), [][]string{standing})
		b.badQueries(path, "all=1", "all=TRUE")
	}},
	{kind: aParameter, call: callResponses, what: "question", page: pagePollResponses, test: func(b *box) {
		p, asked := b.crowd()
		path := "/polls/" + p.poll + "/responses"
		equal(b.t, "the second", b.pages(path, "responses", url.Values{"question": {"2"}}), [][]string{asked[:1]})
		equal(b.t, "the first", len(b.items(path+"?question=1&limit=20", "responses")), 12)
		equal(b.t, "none", b.call(200, "GET", path+"?question=3", ""), object{"last": "", "limit": 10.0, "responses": []any{}})
		b.badQueries(path, "question=0", "question=-1", "question=one")
	}},
	{kind: aParameter, call: callResults, what: "limit", page: pagePollResults, test: func(b *box) {
		p, _ := b.crowd()
		path := "/polls/" + p.poll + "/results"
		pages := b.pages(path, "results", url.Values{"limit": {"10"}})
		equal(b.t, "pages", []int{len(pages), len(pages[0]), len(pages[1])}, []int{2, 10, 3})
		b.badQueries(path, "limit=9", "limit=101", "limit=x")
	}},
	{kind: aParameter, call: callResults, what: "start", page: pagePollResults, test: func(b *box) {
		p, _ := b.crowd()
		path := "/polls/" + p.poll + "/results"
		all := b.pages(path, "results", url.Values{"limit": {"100"}})[0]
		equal(b.t, "from the third", b.pages(path, "results", url.Values{"start": {all[2]}}), [][]string{all[3:]})
		b.badQueries(path, "start=x")
	}},
	{kind: aParameter, call: callResults, what: "question", page: pagePollResults, test: func(b *box) {
		p, _ := b.crowd()
		path := "/polls/" + p.poll + "/results"
		only := b.items(path+"?question=2", "results")
		equal(b.t, "one", []any{len(only), only[0].(object)["user_id"], only[0].(object)["score"]}, []any{1, "u-20", 0.0})
		b.badQueries(path, "question=0", "question=x")
	}},
}

// ranInSessions runs a poll in some sessions and returns the path of their list, and the ids that it has to show.
func (b *box) ranInSessions(n int) (path string, ids []string) {
	b.t.Helper()
	p := b.polled(`{"title":"Each time"}`)
	for range n - 1 {
		b.change(func(tx *tx) { tx.endSession(tx.running[p.room], "over") })
		b.elapse(time.Minute)
		b.visits(p.room, "u-7")
	}
	b.change(func(tx *tx) {
		for _, run := range slices.Backward(tx.runsOf[p.poll]) {
			ids = append(ids, run.ID)
		}
	})
	return "/polls/" + p.poll + "/sessions", ids
}

var pollQuirkRows = []row{
	{kind: aQuirk, call: "POST /polls", what: "defaults are filled in", page: pagePollObject, test: func(b *box) {
		id := b.newPoll(`{}`)
		b.exact(
			200, "GET", "/polls/"+id, "",
			`{"id":"POLL","title":"","duration":0,"anonymous":false,"mode":"userid","type":"poll","start":"auto","questions":[]}`, "POLL", id,
		)
		id = b.newPoll(`{"questions":[{"answer":{},"options":[{"text":"A"}]}]}`)
		b.exact(
			200, "GET", "/polls/"+id, "",
			`{"id":"POLL","title":"","duration":0,"anonymous":false,"mode":"userid","type":"poll","start":"auto","questions":[`+
				`{"index":1,"text":"","format":"text","skippable":true,"duration":0,"once":false,"weight":1,"answer_min_len":1,"answer_max_len":1024,`+
				`"type":"single-choice","answer":{"hidden":false,"case":false,"trim":false},"options":[{"index":1,"text":"A","weight":1}]}]}`,
			"POLL", id,
		)
	}},
	{kind: aQuirk, call: "POST /polls", what: "indexes order questions and options", page: pagePollObject, test: func(b *box) {
		id := b.newPoll(`{"questions":[{"index":2,"text":"b"},{"index":1,"text":"a","options":[{"index":2,"text":"z"},{"index":1,"text":"y"}]}]}`)
		questions := b.call(200, "GET", "/polls/"+id, "")["questions"].([]any)
		equal(b.t, "first", questions[0].(object)["text"], any("a"))
		equal(b.t, "its first", questions[0].(object)["options"].([]any)[0].(object)["text"], any("y"))
	}},
	{kind: aQuirk, call: "POST /polls/{poll_id}/questions/{question_id}", what: "the index after the last adds", page: pagePollQuestion, test: func(b *box) {
		id := b.newPoll("{" + drill)
		b.call(200, "POST", "/polls/"+id+"/questions/3", `{"text":"What next?"}`)
		b.call(200, "POST", "/polls/"+id+"/questions/3/options/1", `{"text":"Go home"}`)
		questions := b.call(200, "GET", "/polls/"+id, "")["questions"].([]any)
		equal(b.t, "added", questions[2].(object)["options"], any([]any{object{"index": 1.0, "text": "Go home", "weight": 1.0}}))
	}},
	{kind: aQuirk, call: "POST /polls", what: "an attachment may be a list of URLs", page: pagePollObject, test: func(b *box) {
		id := b.newPoll(`{"questions":[{"attachment":["https://files.example.net/a"]}]}`)
		got := b.call(200, "GET", "/polls/"+id, "")["questions"].([]any)[0].(object)["attachment"]
		equal(b.t, "attachment", got, any([]any{object{"url": "https://files.example.net/a"}}))
	}},
	{kind: aQuirk, call: "POST /rooms", what: "unknown poll ids are accepted and never start", page: "Polls: link polls with a room", test: func(b *box) {
		id := b.make(`{"polls":["` + absentID + `","nonsense"]}`)
		b.visits(id, "u-1")
		b.change(func(tx *tx) { equal(b.t, "runs", tx.pollRuns.size(), 0) })
	}},
	{kind: aQuirk, call: "POST /rooms/{room_id}", what: "polls that start by hand don't start with the session", page: "Polls: link polls with a room", test: func(b *box) {
		p := b.polled(`{"start":"manual"}`)
		equal(b.t, "sessions", b.items("/polls/"+p.poll+"/sessions", "responses"), []any{})
		b.made(200, "POST", "/polls/"+p.poll+"/start", `{"room_id":"`+p.room+`"}`)
		equal(b.t, "sessions", len(b.items("/polls/"+p.poll+"/sessions", "responses")), 1)
	}},
	{kind: aQuirk, call: callSessions, what: "without a duration a poll ends with the session", page: pagePollObject, test: func(b *box) {
		p := b.polled(`{"duration":0}`)
		b.elapse(time.Hour)
		equal(b.t, "runs", b.items("/polls/"+p.poll+"/sessions", "responses")[0].(object)["stopped_at"], nil)
		b.change(func(tx *tx) { tx.endSession(tx.running[p.room], "over") })
		equal(b.t, "stopped", b.items("/polls/"+p.poll+"/sessions", "responses")[0].(object)["stopped_at"], any("2025-03-04T10:30:00.123Z"))
	}},
	{kind: aQuirk, call: "GET /polls/{poll_id}", what: "polls can neither be listed nor deleted", page: pagePollObject, test: func(b *box) {
		id := b.newPoll(`{}`)
		for _, call := range [][2]string{{"GET", "/polls"}, {"DELETE", "/polls/" + id}} {
			equal(b.t, call[1], b.call(405, call[0], call[1], ""), failure(405, "method not allowed"))
		}
	}},
	{kind: aQuirk, call: callSessions, what: "reading by POST is refused", page: pagePollSessions, test: func(b *box) {
		p := b.polled(`{}`)
		for _, path := range []string{"/sessions", "/responses", "/results"} {
			equal(b.t, path, b.call(405, "POST", "/polls/"+p.poll+path, "{}"), failure(405, "method not allowed"))
		}
	}},
	{kind: aQuirk, call: callResponses, what: "anonymous polls don't keep who answered", page: pagePollObject, test: func(b *box) {
		p := b.polled(`{"anonymous":true,"type":"quiz","questions":[{"type":"long-answer"}]}`)
		first := b.says(p, `{"user_id":"u-7","question":1,"text":"no"}`)
		second := b.answer(200, p, `{"peer_id":"`+p.peer+`","question":1,"text":"yes"}`)
		equal(b.t, "still one voter", second["original_response"], any(first))
		for _, item := range []object{second, b.items("/polls/"+p.poll+"/results", "results")[0].(object)} {
			_, hasPeer := item["peer_id"]
			_, hasUser := item["user_id"]
			equal(b.t, "ids", []bool{hasPeer, hasUser}, []bool{false, false})
		}
	}},
	{kind: aQuirk, call: callResponses, what: "a user has one vote, whatever the peer", page: pagePollObject, test: func(b *box) {
		p := b.polled(`{"mode":"userid","questions":[{}]}`)
		b.visits(p.room, "u-7")
		b.says(p, `{"user_id":"u-7","question":1,"text":"a"}`)
		second := b.visits(p.room, "u-7")
		equal(b.t, "update", b.answer(200, p, `{"peer_id":"`+second+`","question":1,"text":"b"}`)["update"], any(true))
	}},
	{kind: aQuirk, call: callResponses, what: "a peer has one vote, whoever it is", page: pagePollObject, test: func(b *box) {
		p := b.polled(`{"mode":"peerid","questions":[{}]}`)
		second := b.visits(p.room, "u-7")
		b.says(p, `{"peer_id":"`+p.peer+`","question":1,"text":"a"}`)
		equal(b.t, "update", b.answer(200, p, `{"peer_id":"`+second+`","question":1,"text":"b"}`)["update"], any(false))
		equal(b.t, "of one peer", b.answer(200, p, `{"peer_id":"`+second+`","question":1,"text":"c"}`)["update"], any(true))
	}},
	{kind: aQuirk, call: callResults, what: "polls that are no quiz have no results", page: pagePollResults, test: func(b *box) {
		p := b.polled(`{"questions":[{"answer":{"text":"a"}}]}`)
		b.says(p, `{"user_id":"u-7","question":1,"text":"a"}`)
		equal(b.t, "results", b.call(200, "GET", "/polls/"+p.poll+"/results", ""), object{"last": "", "limit": 10.0, "results": []any{}})
	}},
	{kind: aReading, what: string(ReadingPollTypeRequired), page: pagePollObject, box: otherwise(ReadingPollTypeRequired), test: func(b *box) {
		equal(b.t, "missing", b.call(400, "POST", "/polls", `{"questions":[{}]}`), badParamFailure(
			"questions[0].type must be one of single-choice, multiple-choice, short-answer, long-answer"))
		b.newPoll(`{"questions":[{"type":"short-answer"}]}`)
	}},
	{kind: aReading, what: string(ReadingPollNoAppend), page: pagePollQuestion, box: otherwise(ReadingPollNoAppend), test: func(b *box) {
		id := b.newPoll("{" + drill)
		b.refused(errQuestionNotFound, "POST", "/polls/"+id+"/questions/3", `{}`)
		b.refused(errOptionNotFound, "POST", "/polls/"+id+"/questions/1/options/3", `{}`)
		b.call(200, "POST", "/polls/"+id+"/questions/2", `{}`)
	}},
	{kind: aReading, what: string(ReadingPollAttachmentURLs), page: pagePollObject, box: otherwise(ReadingPollAttachmentURLs), test: func(b *box) {
		id := b.newPoll(`{"title":"T","questions":[{},{"attachment":[{"type":"image/png","url":"https://files.example.net/a"}]}]}`)
		want := any([]any{"https://files.example.net/a"})
		got := b.call(200, "GET", "/polls/"+id, "")
		equal(b.t, "poll", []any{got["id"], got["title"], got["questions"].([]any)[1].(object)["attachment"]}, []any{id, "T", want})
		_, has := got["questions"].([]any)[0].(object)["attachment"]
		equal(b.t, "without", has, false)
		question := b.call(200, "POST", "/polls/"+id+"/questions/1", `{"text":"Q","attachment":["https://files.example.net/a"]}`)
		equal(b.t, "question", []any{question["attachment"], question["text"]}, []any{want, "Q"})
	}},
	{kind: aReading, what: string(ReadingPollSeconds), page: pagePollResponses, box: otherwise(ReadingPollSeconds), test: func(b *box) {
		p := b.polled("{" + drill)
		equal(b.t, "response", b.answer(200, p, `{"user_id":"u-7","question":1,"options":[1],"duration":4999}`)["duration"], any(4.0))
		equal(b.t, "result", b.items("/polls/"+p.poll+"/results", "results")[0].(object)["duration"], any(4.0))
	}},
	{kind: aReading, what: string(ReadingPollResponseOptions), page: pagePollResponses, box: otherwise(ReadingPollResponseOptions), test: func(b *box) {
		p := b.polled(`{"questions":[{"type":"multiple-choice","options":[{"text":"a"},{"text":"b"},{"text":"c"}]},{}]}`)
		got := b.answer(200, p, `{"user_id":"u-7","question":1,"options":[3,1]}`)
		equal(b.t, "choice", []any{got["options"], got["text"]}, []any{[]any{3.0, 1.0}, "c, a"})
		_, has := b.answer(200, p, `{"user_id":"u-7","question":2,"text":"x"}`)["options"]
		equal(b.t, "text", has, false)
	}},
}

// TestDeletedOption: a question without a right answer has nothing to move there.
func TestDeletedOption(t *testing.T) {
	b := newBox(t, Options{})
	id := b.newPoll(`{"questions":[{"options":[{"text":"a"},{"text":"b"},{"text":"c"}]}]}`)
	b.do("DELETE", "/polls/"+id+"/questions/1/options/2", "")
	want := any([]any{object{"index": 1.0, "text": "a", "weight": 1.0}, object{"index": 2.0, "text": "c", "weight": 1.0}})
	equal(t, "options", b.call(200, "GET", "/polls/"+id, "")["questions"].([]any)[0].(object)["options"], want)
}

// TestScores: what a right answer is.
func TestScores(t *testing.T) {
	choice := func(kind, right string) string {
		return fmt.Sprintf(`{"type":%q,"weight":3,"options":[{"text":"Red"},{"text":"Blue"},{"text":"Green"}],"answer":%s}`, kind, right)
	}
	for _, tc := range []struct {
		name, question, answer string
		score                  float64
	}{
		{"the option", choice("single-choice", `{"options":[2]}`), `"options":[2]`, 3},
		{"another option", choice("single-choice", `{"options":[2]}`), `"options":[1]`, 0},
		{"an option by its text", choice("single-choice", `{"text":"blue"}`), `"options":[2]`, 3},
		{"all options", choice("multiple-choice", `{"options":[1,3,3]}`), `"options":[3,1]`, 3},
		{"some options", choice("multiple-choice", `{"options":[1,3]}`), `"options":[3]`, 0},
		{"too many options", choice("multiple-choice", `{"options":[1,3]}`), `"options":[1,2,3]`, 0},
		{"any case", `{"answer":{"text":"Paris"}}`, `"text":"PARIS"`, 1},
		{"another case", `{"answer":{"text":"Paris","case":true}}`, `"text":"PARIS"`, 0},
		{"white space", `{"answer":{"text":"Paris"}}`, `"text":" Paris"`, 0},
		{"white space that doesn't count", `{"answer":{"text":"Paris","trim":true}}`, `"text":" Paris\n"`, 1},
		{"skipped", `{"answer":{"text":""}}`, `"skipped":true`, 0},
		{"nothing is right", `{}`, `"text":"x"`, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBox(t, Options{})
			p := b.polled(`{"type":"quiz","questions":[` + tc.question + `]}`)
			b.says(p, `{"user_id":"u-7","question":1,`+tc.answer+`}`)
			results := b.items("/polls/"+p.poll+"/results", "results")
			equal(t, "score", results[0].(object)["score"], any(tc.score))
		})
	}
}
