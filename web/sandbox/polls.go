package sandbox

import (
	"fmt"
	"net/http"
)

// poll is a stored poll, which is also how it is answered (documentation: Polls, "Poll object").
type poll struct {
	ID        string     `json:"id"`
	Title     string     `json:"title"`
	Duration  int        `json:"duration"` // in seconds; 0: until it is stopped or the session ends
	Anonymous bool       `json:"anonymous"`
	Mode      string     `json:"mode"`
	Type      string     `json:"type"`
	Start     string     `json:"start"`
	Questions []question `json:"questions"`
}

// What a poll counts one vote by, what it is, and when it starts.
const (
	modeUserID  = "userid"
	modePeerID  = "peerid"
	typePoll    = "poll"
	typeQuiz    = "quiz"
	startAuto   = "auto"
	startManual = "manual"
)

// The types of questions.
const (
	singleChoice   = "single-choice"
	multipleChoice = "multiple-choice"
	shortAnswer    = "short-answer"
	longAnswer     = "long-answer"
)

// question is one question of a poll. Its index is its place in the poll, from 1.
type question struct {
	Index        int          `json:"index"`
	Text         string       `json:"text"`
	Format       string       `json:"format"`
	Attachment   []attachment `json:"attachment,omitzero"`
	Skippable    bool         `json:"skippable"`
	Duration     int          `json:"duration"` // in seconds that it is shown; 0: no limit
	Once         bool         `json:"once"`     // an answer can't be changed
	Weight       int          `json:"weight"`   // the score of a right answer
	AnswerMinLen int          `json:"answer_min_len"`
	AnswerMaxLen int          `json:"answer_max_len"`
	Type         string       `json:"type"`
	Answer       *rightAnswer `json:"answer,omitzero"`
	Options      []option     `json:"options,omitzero"`
}

// attachment is a file shown beside a question.
type attachment struct {
	Type string `json:"type,omitzero"` // a MIME type
	URL  string `json:"url"`
}

// rightAnswer is what a quiz takes for right.
type rightAnswer struct {
	Hidden  bool   `json:"hidden"`
	Options []int  `json:"options,omitzero"` // by index
	Text    string `json:"text,omitzero"`
	Case    bool   `json:"case"` // upper and lower case differ
	Trim    bool   `json:"trim"` // white space around an answer doesn't count
}

// option is something to choose. Its index is its place in the question, from 1.
type option struct {
	Index  int    `json:"index"`
	Text   string `json:"text"`
	Weight int    `json:"weight"`
}

func (p *poll) key() string   { return p.ID }
func (p *poll) order() string { return p.ID }

// pollState is what the state holds about polls.
type pollState struct {
	polls     *table[*poll]
	pollRuns  *table[*pollRun]
	runsOf    lists[*pollRun]      // by poll
	runsIn    lists[*pollRun]      // by session
	responses *table[*response]    // of all polls
	answersTo lists[*response]     // by poll
	answersIn lists[*response]     // by run
	standing  map[string]*response // the one answer that counts, by response.slot
	results   *table[*result]
	resultsOf lists[*result]     // by poll
	scored    map[string]*result // by response.slot
}

func newPollState(st *state) pollState {
	return pollState{
		standing:  map[string]*response{},
		scored:    map[string]*result{},
		polls:     newTable[*poll](st, "poll", nil),
		pollRuns:  newTable(st, "poll_run", st.movedPollRun),
		responses: newTable(st, "poll_response", st.movedResponse),
		results:   newTable(st, "poll_result", st.movedResult),
	}
}

func (ps *pollState) pollKinds() []keeper {
	return []keeper{ps.polls, ps.pollRuns, ps.responses, ps.results}
}

// checkPolls is check for what belongs to polls.
func (st *state) checkPolls() error {
	for _, run := range st.pollRuns.list {
		if st.polls.at(run.PollID) == nil || st.sessions.at(run.SessionID) == nil {
			return fmt.Errorf("the sandbox's state has poll session %s without its poll or session", run.ID)
		}
	}
	for _, re := range st.responses.list {
		if st.pollRuns.at(re.RunID) == nil {
			return fmt.Errorf("the sandbox's state has poll response %s without its poll session", re.ID)
		}
	}
	for _, re := range st.results.list {
		if st.polls.at(re.PollID) == nil {
			return fmt.Errorf("the sandbox's state has poll result %s without its poll", re.ID)
		}
	}
	return nil
}

var (
	pollKeys     = []string{"title", "duration", "anonymous", "mode", "type", "start", "questions"}
	questionKeys = []string{
		"index", "text", "type", "format", "attachment", "skippable", "duration", "once", "weight", "answer_min_len", "answer_max_len",
		"answer", "options",
	}
	optionKeys = []string{"index", "text", "weight"}
)

func pollRoutes() []route {
	const (
		onePoll     = "/polls/{poll_id}"
		oneQuestion = onePoll + "/questions/{question_id}"
		oneOption   = oneQuestion + "/options/{option_id}"
	)
	return []route{
		{method: "POST", path: "/polls", page: "Polls: create", handle: (*Server).createPoll, body: pollKeys},
		{method: "GET", path: onePoll, page: "Polls: get", handle: (*Server).poll},
		{method: "POST", path: onePoll, page: "Polls: update", handle: (*Server).rewritePoll, body: pollKeys},
		{method: "POST", path: oneQuestion, page: "Polls: update a question", handle: (*Server).rewriteQuestion, body: questionKeys},
		{method: "DELETE", path: oneQuestion, page: "Polls: delete a question", handle: (*Server).deleteQuestion},
		{method: "POST", path: oneOption, page: "Polls: update an option", handle: (*Server).rewriteOption, body: optionKeys},
		{method: "DELETE", path: oneOption, page: "Polls: delete an option", handle: (*Server).deleteOption},
		{method: "GET", path: onePoll + "/sessions", page: "Polls: list sessions", handle: (*Server).listPollSessions, query: []string{"start", "limit"}},
		{method: "GET", path: onePoll + "/sessions/{session_id}", page: "Polls: list sessions", handle: (*Server).pollSession},
		{
			method: "GET", path: onePoll + "/responses", page: "Polls: list responses", handle: (*Server).listResponses,
			query: []string{"start", "limit", "all", "question"},
		},
		{method: "GET", path: onePoll + "/responses/{response_id}", page: "Polls: get a response", handle: (*Server).response},
		{
			method: "GET", path: onePoll + "/results", page: "Polls: list results", handle: (*Server).listResults,
			query: []string{"start", "limit", "question"},
		},
		{method: "GET", path: onePoll + "/results/{result_id}", page: "Polls: get a result", handle: (*Server).result},
	}
}

// pollOf returns the poll that r names.
func (st *state) pollOf(r *http.Request) (*poll, error) {
	p := st.polls.at(r.PathValue("poll_id"))
	if p == nil {
		return nil, errPollNotFound
	}
	return p, nil
}

func (s *Server) createPoll(r *http.Request) (reply any, err error) {
	p, err := s.readPoll(r)
	if err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		p.ID = tx.newID()
		tx.polls.put(tx, p)
		reply = tx.shownPoll(p)
		return nil
	})
}

func (s *Server) poll(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		p, err := st.pollOf(r)
		if err != nil {
			return err
		}
		reply = st.shownPoll(p)
		return nil
	})
}

// rewritePoll puts the body in the place of all that the poll was.
func (s *Server) rewritePoll(r *http.Request) (reply any, err error) {
	next, err := s.readPoll(r)
	if err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		p, err := tx.pollOf(r)
		if err != nil {
			return err
		}
		next.ID = p.ID
		tx.polls.put(tx, next)
		reply = tx.shownPoll(next)
		return nil
	})
}

// shownPoll is a poll as it is answered.
func (st *state) shownPoll(p *poll) any {
	if !st.conf.reads(ReadingPollAttachmentURLs) {
		return p
	}
	shown := make([]any, len(p.Questions))
	for i, q := range p.Questions {
		shown[i] = st.shownQuestion(q)
	}
	return struct {
		*poll
		Questions []any `json:"questions"`
	}{p, shown}
}

// shownQuestion is a question as it is answered.
func (st *state) shownQuestion(q question) any {
	if q.Attachment == nil || !st.conf.reads(ReadingPollAttachmentURLs) {
		return q
	}
	urls := make([]string, len(q.Attachment))
	for i, a := range q.Attachment {
		urls[i] = a.URL
	}
	return struct {
		question
		Attachment []string `json:"attachment"`
	}{q, urls}
}

// withQuestions is the poll with other questions, which are counted anew.
func (p *poll) withQuestions(questions []question) *poll {
	next := *p
	next.Questions = questions
	for i := range next.Questions {
		next.Questions[i].Index = i + 1
	}
	return &next
}

// questionAt returns the question of p at a place, from 1.
func (p *poll) questionAt(place int) (question, error) {
	if place < 1 || place > len(p.Questions) {
		return question{}, errQuestionNotFound
	}
	return p.Questions[place-1], nil
}

// withQuestion is the poll with q at its place, which may be the one after the last.
func (p *poll) withQuestion(q question) *poll {
	return p.withQuestions(placed(p.Questions, q.Index, q))
}
