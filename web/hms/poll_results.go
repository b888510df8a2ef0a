package hms

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// PollSession is one running of a poll in a session (documentation: Polls, "Poll sessions").
type PollSession struct {
	ID                 string    `json:"id"`
	PollID             string    `json:"poll_id"`
	SessionID          string    `json:"session_id"`
	StartedAt          time.Time `json:"started_at"`
	StoppedAt          time.Time `json:"stopped_at,omitzero"` // zero: not yet
	TotalResponses     int       `json:"total_responses"`
	UniqueParticipants int       `json:"unique_participants"`
}

// pollSessionWire is a poll session as it comes.
type pollSessionWire struct {
	plainPollSession
	StartedAt          moment `json:"started_at"`
	StoppedAt          moment `json:"stopped_at"`
	TotalResponses     whole  `json:"total_responses"`
	UniqueParticipants whole  `json:"unique_participants"`
}

type plainPollSession PollSession

func (w pollSessionWire) value() PollSession {
	session := PollSession(w.plainPollSession)
	session.StartedAt, session.StoppedAt = time.Time(w.StartedAt), time.Time(w.StoppedAt)
	session.TotalResponses, session.UniqueParticipants = int(w.TotalResponses), int(w.UniqueParticipants)
	return session
}

// UnmarshalJSON reads a poll session with all the quirks of the API's answers.
func (s *PollSession) UnmarshalJSON(b []byte) (err error) {
	*s, err = decode[PollSession, pollSessionWire](b)
	return err
}

// PollResponse is what somebody answered to a question (documentation: Polls, "Poll responses").
type PollResponse struct {
	ID               string    `json:"id"`
	PollID           string    `json:"poll_id"`
	SessionID        string    `json:"session_id"`
	Duration         int       `json:"duration"` // to answer; the unit is not documented, and looks like milliseconds
	Question         int       `json:"question"` // its index
	Skipped          bool      `json:"skipped"`
	Text             string    `json:"text"`
	Options          []int     `json:"options,omitzero"` // undocumented: the indexes that were chosen
	Update           bool      `json:"update"`           // it replaces an earlier one
	OriginalResponse string    `json:"original_response,omitzero"`
	Retries          int       `json:"retries"`
	SentAt           time.Time `json:"sent_at"`
	PeerID           string    `json:"peer_id,omitzero"` // not of anonymous polls, as the next
	UserID           string    `json:"user_id,omitzero"`
}

func (r PollResponse) key() string { return r.ID }

// pollResponseWire is a response as it comes.
type pollResponseWire struct {
	plainPollResponse
	Duration amount    `json:"duration"`
	Question whole     `json:"question"`
	Options  positions `json:"options"`
	Option   positions `json:"option"` // another undocumented name
	Retries  whole     `json:"retries"`
	SentAt   moment    `json:"sent_at"`
}

type plainPollResponse PollResponse

func (w pollResponseWire) value() PollResponse {
	response := PollResponse(w.plainPollResponse)
	response.Duration, response.Question, response.Retries = int(w.Duration), int(w.Question), int(w.Retries)
	response.Options = ints(w.Options)
	if response.Options == nil {
		response.Options = ints(w.Option)
	}
	response.SentAt = time.Time(w.SentAt)
	return response
}

// UnmarshalJSON reads a response with all the quirks of the API's answers.
func (r *PollResponse) UnmarshalJSON(b []byte) (err error) {
	*r, err = decode[PollResponse, pollResponseWire](b)
	return err
}

// PollResult is what somebody scored in a question (documentation: Polls, "Poll results").
type PollResult struct {
	ID        string `json:"id"`
	PollID    string `json:"poll_id"`
	SessionID string `json:"session_id"`
	Question  int    `json:"question"` // its index
	Duration  int    `json:"duration"` // as in PollResponse
	PeerID    string `json:"peer_id,omitzero"`
	UserID    string `json:"user_id,omitzero"`
	Score     int    `json:"score"`
}

func (r PollResult) key() string { return r.ID }

// pollResultWire is a result as it comes.
type pollResultWire struct {
	plainPollResult
	Question whole  `json:"question"`
	Duration amount `json:"duration"`
	Score    whole  `json:"score"`
}

type plainPollResult PollResult

func (w pollResultWire) value() PollResult {
	result := PollResult(w.plainPollResult)
	result.Question, result.Duration, result.Score = int(w.Question), int(w.Duration), int(w.Score)
	return result
}

// UnmarshalJSON reads a result with all the quirks of the API's answers.
func (r *PollResult) UnmarshalJSON(b []byte) (err error) {
	*r, err = decode[PollResult, pollResultWire](b)
	return err
}

// PollQuery filters what was answered in a poll. Sessions of a poll have no filter but the page.
type PollQuery struct {
	Question int    // its index; 0: all
	All      *bool  // responses only; false: not those that were replaced
	Limit    int    // 10-100
	Start    string // Page.Last of the page before
}

func (q PollQuery) values() url.Values {
	v := url.Values{}
	if q.Question != 0 {
		v.Set("question", strconv.Itoa(q.Question))
	}
	setFlag(v, "all", q.All)
	setPage(v, q.Limit, q.Start)
	return v
}

// ListPollSessions returns one page of the sessions in which a poll ran. limit is 10-100, or 0 for the API's default of
// 10; start is Page.Last of the page before, or "".
func (c *Client) ListPollSessions(ctx context.Context, pollID string, limit int, start string) (Page[PollSession], error) {
	return c.listPollSessions(ctx, "ListPollSessions", pollID, limit, start)
}

func (c *Client) listPollSessions(
	ctx context.Context, op, pollID string, limit int, start string,
) (Page[PollSession], error) {
	return fetch(ctx, c, request{
		op: op, method: http.MethodGet, segments: []string{"polls", pollID, "sessions"},
		query: PollQuery{Limit: limit, Start: start}.values(), repeat: true,
	}, decodePage[PollSession, pollSessionWire])
}

// AllPollSessions walks the sessions in which a poll ran. An error is the last thing it yields.
func (c *Client) AllPollSessions(ctx context.Context, pollID string) iter.Seq2[PollSession, error] {
	return all("", func(start string) (Page[PollSession], error) {
		return c.listPollSessions(ctx, "AllPollSessions", pollID, maxLimit, start)
	})
}

// ListPollResponses returns one page of the answers that q selects.
func (c *Client) ListPollResponses(ctx context.Context, pollID string, q PollQuery) (Page[PollResponse], error) {
	return c.listPollResponses(ctx, "ListPollResponses", pollID, q)
}

func (c *Client) listPollResponses(
	ctx context.Context, op, pollID string, q PollQuery,
) (Page[PollResponse], error) {
	return fetch(ctx, c, request{
		op: op, method: http.MethodGet, segments: []string{"polls", pollID, "responses"}, query: q.values(), repeat: true,
	}, decodePage[PollResponse, pollResponseWire])
}

// AllPollResponses walks the answers that q selects, in the largest pages unless q.Limit says otherwise. An error is the
// last thing it yields.
func (c *Client) AllPollResponses(ctx context.Context, pollID string, q PollQuery) iter.Seq2[PollResponse, error] {
	q.Limit = cmp.Or(q.Limit, maxLimit)
	return all(q.Start, func(start string) (Page[PollResponse], error) {
		page := q
		page.Start = start
		return c.listPollResponses(ctx, "AllPollResponses", pollID, page)
	})
}

// PollResponse returns one answer; an error that Is ErrNotFound when there is none.
func (c *Client) PollResponse(ctx context.Context, pollID, responseID string) (PollResponse, error) {
	return fetch(ctx, c, request{
		op: "PollResponse", method: http.MethodGet, segments: []string{"polls", pollID, "responses", responseID}, repeat: true,
	}, decodeOne[PollResponse, pollResponseWire])
}

// ListPollResults returns one page of the scores that q selects; q.All means nothing here.
func (c *Client) ListPollResults(ctx context.Context, pollID string, q PollQuery) (Page[PollResult], error) {
	return c.listPollResults(ctx, "ListPollResults", pollID, q)
}

func (c *Client) listPollResults(ctx context.Context, op, pollID string, q PollQuery) (Page[PollResult], error) {
	q.All = nil
	return fetch(ctx, c, request{
		op: op, method: http.MethodGet, segments: []string{"polls", pollID, "results"}, query: q.values(), repeat: true,
	}, decodePage[PollResult, pollResultWire])
}

// AllPollResults walks the scores that q selects, in the largest pages unless q.Limit says otherwise. An error is the last
// thing it yields.
func (c *Client) AllPollResults(ctx context.Context, pollID string, q PollQuery) iter.Seq2[PollResult, error] {
	q.Limit = cmp.Or(q.Limit, maxLimit)
	return all(q.Start, func(start string) (Page[PollResult], error) {
		page := q
		page.Start = start
		return c.listPollResults(ctx, "AllPollResults", pollID, page)
	})
}

// PollResult returns one score; an error that Is ErrNotFound when there is none.
func (c *Client) PollResult(ctx context.Context, pollID, resultID string) (PollResult, error) {
	return fetch(ctx, c, request{
		op: "PollResult", method: http.MethodGet, segments: []string{"polls", pollID, "results", resultID}, repeat: true,
	}, decodeOne[PollResult, pollResultWire])
}
