package sandbox

import (
	"math"
	"net/http"
	"time"
)

// responseReply is an answer as it is answered (documentation: Polls, "List responses").
type responseReply struct {
	ID        string    `json:"id"`
	PollID    string    `json:"poll_id"`
	SessionID string    `json:"session_id"`
	Duration  int       `json:"duration"`
	Question  int       `json:"question"`
	Skipped   bool      `json:"skipped"`
	Text      string    `json:"text"`
	Options   []int     `json:"options,omitzero"` // only with ReadingPollResponseOptions
	Update    bool      `json:"update"`
	Original  string    `json:"original_response,omitzero"`
	Retries   int       `json:"retries"`
	SentAt    time.Time `json:"sent_at"`
	PeerID    string    `json:"peer_id,omitzero"`
	UserID    string    `json:"user_id,omitzero"`
}

func (st *state) shownResponse(re *response) any {
	reply := responseReply{
		ID: re.ID, PollID: re.PollID, SessionID: re.SessionID, Duration: st.shownTook(re.Took), Question: re.Question, Skipped: re.Skipped,
		Text: re.Text, Update: re.Original != "", Original: re.Original, SentAt: re.SentAt, PeerID: re.PeerID, UserID: re.UserID,
	}
	if st.conf.reads(ReadingPollResponseOptions) {
		reply.Options = re.Options
	}
	return reply
}

// resultReply is a score as it is answered (documentation: Polls, "List results").
type resultReply struct {
	ID        string `json:"id"`
	PollID    string `json:"poll_id"`
	SessionID string `json:"session_id"`
	Question  int    `json:"question"`
	Duration  int    `json:"duration"`
	PeerID    string `json:"peer_id,omitzero"`
	UserID    string `json:"user_id,omitzero"`
	Score     int    `json:"score"`
}

func (st *state) shownResult(re *result) any {
	return resultReply{
		ID: re.ID, PollID: re.PollID, SessionID: re.SessionID, Question: re.Question, Duration: st.shownTook(re.Took),
		PeerID: re.PeerID, UserID: re.UserID, Score: re.Score,
	}
}

// shownTook is how long an answer took, given in milliseconds.
func (st *state) shownTook(ms int) int {
	if st.conf.reads(ReadingPollSeconds) {
		return ms / 1000
	}
	return ms
}

// responsesPage and resultsPage are the pages of polls, which have another key and order than those of other lists.
type (
	responsesPage struct {
		Last      string `json:"last"`
		Limit     int    `json:"limit"`
		Responses any    `json:"responses"`
	}
	resultsPage struct {
		Last    string `json:"last"`
		Limit   int    `json:"limit"`
		Results any    `json:"results"`
	}
)

// answerQuery is what a list of a poll's sessions, responses or results is asked for.
type answerQuery struct {
	limit    int
	start    string
	all      bool // superseded responses too
	question int  // 0: of all
}

func (s *Server) readAnswerQuery(r *http.Request) (answerQuery, error) {
	q := s.query(r)
	aq := answerQuery{limit: q.limit(limitDefault), start: q.id("start"), question: q.number("question", 0, 1, math.MaxInt32)}
	aq.all, _ = q.flag("all")
	if q.bad {
		return answerQuery{}, errBadQuery
	}
	return aq, nil
}

// wants says whether an answer to a question is asked for.
func (q answerQuery) wants(question int) bool { return q.question == 0 || q.question == question }

// listOf answers with a page of what belongs to the poll that r names.
func (s *Server) listOf(r *http.Request, found func(*state, *poll, answerQuery) any) (reply any, err error) {
	q, err := s.readAnswerQuery(r)
	if err != nil {
		return nil, err
	}
	return reply, s.view(func(st *state) error {
		p, err := st.pollOf(r)
		if err != nil {
			return err
		}
		reply = found(st, p, q)
		return nil
	})
}

func (s *Server) listPollSessions(r *http.Request) (any, error) {
	return s.listOf(r, func(st *state, p *poll, q answerQuery) any {
		found := st.runsOf[p.ID].before(q.start).newest(q.limit, func(*pollRun) bool { return true })
		shown := pageOf(st.conf, q.limit, q.start, found, st.shownRun)
		return responsesPage{shown.Last, shown.Limit, shown.Data}
	})
}

func (s *Server) listResponses(r *http.Request) (any, error) {
	return s.listOf(r, func(st *state, p *poll, q answerQuery) any {
		found := st.answersTo[p.ID].before(q.start).newest(q.limit, func(re *response) bool {
			return q.wants(re.Question) && (q.all || !re.Superseded)
		})
		shown := pageOf(st.conf, q.limit, q.start, found, st.shownResponse)
		return responsesPage{shown.Last, shown.Limit, shown.Data}
	})
}

func (s *Server) listResults(r *http.Request) (any, error) {
	return s.listOf(r, func(st *state, p *poll, q answerQuery) any {
		found := st.resultsOf[p.ID].before(q.start).newest(q.limit, func(re *result) bool { return q.wants(re.Question) })
		shown := pageOf(st.conf, q.limit, q.start, found, st.shownResult)
		return resultsPage{shown.Last, shown.Limit, shown.Data}
	})
}

// pollSession answers with one poll session. It is named by the session, as in the path.
func (s *Server) pollSession(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		p, err := st.pollOf(r)
		if err != nil {
			return err
		}
		run := st.runOf(p.ID, r.PathValue("session_id"))
		if run == nil {
			return errPollSessionNotFound
		}
		reply = st.shownRun(run)
		return nil
	})
}

// response answers with one response, a superseded one too.
func (s *Server) response(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		p, err := st.pollOf(r)
		if err != nil {
			return err
		}
		re := st.responses.at(r.PathValue("response_id"))
		if re == nil || re.PollID != p.ID {
			return errResponseNotFound
		}
		reply = st.shownResponse(re)
		return nil
	})
}

func (s *Server) result(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		p, err := st.pollOf(r)
		if err != nil {
			return err
		}
		re := st.results.at(r.PathValue("result_id"))
		if re == nil || re.PollID != p.ID {
			return errResultNotFound
		}
		reply = st.shownResult(re)
		return nil
	})
}
