package hms

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
)

// PollMode is how one vote is counted.
type PollMode string

// The documented modes.
const (
	PollByUserID PollMode = "userid"
	PollByPeerID PollMode = "peerid"
)

// PollType tells polls from quizzes, which have right answers.
type PollType string

// The documented types.
const (
	PollTypePoll PollType = "poll"
	PollTypeQuiz PollType = "quiz"
)

// PollStart is when a poll starts in the rooms that it is linked with.
type PollStart string

// The documented values.
const (
	PollStartAuto   PollStart = "auto" // with the session
	PollStartManual PollStart = "manual"
)

// QuestionType is how a question is answered.
type QuestionType string

// The types of the samples and of the vendor's client SDKs; the reference has no list.
const (
	QuestionSingleChoice   QuestionType = "single-choice"
	QuestionMultipleChoice QuestionType = "multiple-choice"
	QuestionShortAnswer    QuestionType = "short-answer"
	QuestionLongAnswer     QuestionType = "long-answer"
)

// Poll is a poll or a quiz (documentation: Polls, "Create a poll").
type Poll struct {
	ID        string         `json:"id"`
	Title     string         `json:"title"`
	Duration  int            `json:"duration"` // seconds; 0: until it is stopped or the session ends
	Anonymous bool           `json:"anonymous"`
	Mode      PollMode       `json:"mode"`
	Type      PollType       `json:"type"`
	Start     PollStart      `json:"start"`
	Questions []PollQuestion `json:"questions,omitzero"`
}

// PollQuestion is one question of a poll. Its Index, from 1, stands for it in paths, and moves when one before is deleted.
type PollQuestion struct {
	Index        int              `json:"index"`
	Text         string           `json:"text"`
	Type         QuestionType     `json:"type"`
	Format       string           `json:"format"` // text
	Attachment   []PollAttachment `json:"attachment,omitzero"`
	Skippable    bool             `json:"skippable"`
	Duration     int              `json:"duration"` // seconds that it is shown
	Once         bool             `json:"once"`     // an answer can't be changed
	Weight       int              `json:"weight"`   // score
	AnswerMinLen int              `json:"answer_min_len"`
	AnswerMaxLen int              `json:"answer_max_len"`
	Answer       *PollAnswer      `json:"answer,omitzero"`
	Options      []PollOption     `json:"options,omitzero"`
}

// PollAttachment is a file shown with a question.
type PollAttachment struct {
	Type string `json:"type,omitzero"` // of the media
	URL  string `json:"url"`
}

// PollAnswer is the right answer of a quiz question.
type PollAnswer struct {
	Hidden  bool   `json:"hidden"`
	Options []int  `json:"options,omitzero"` // indexes
	Text    string `json:"text"`
	Case    bool   `json:"case"` // false: upper and lower case are the same
	Trim    bool   `json:"trim"`
}

// PollOption is one choice of a question; its Index counts from 1.
type PollOption struct {
	Index  int    `json:"index"`
	Text   string `json:"text"`
	Weight int    `json:"weight"`
}

func (p Poll) key() string { return p.ID }

// pollWire is a poll as it comes.
type pollWire struct {
	plainPoll
	Duration whole `json:"duration"`
}

type plainPoll Poll

func (w pollWire) value() Poll {
	poll := Poll(w.plainPoll)
	poll.Duration = int(w.Duration)
	return poll
}

// UnmarshalJSON reads a poll with all the quirks of the API's answers.
func (p *Poll) UnmarshalJSON(b []byte) (err error) {
	*p, err = decode[Poll, pollWire](b)
	return err
}

// pollQuestionWire is a question as it comes.
type pollQuestionWire struct {
	plainPollQuestion
	Index        whole `json:"index"`
	Duration     whole `json:"duration"`
	Weight       whole `json:"weight"`
	AnswerMinLen whole `json:"answer_min_len"`
	AnswerMaxLen whole `json:"answer_max_len"`
}

type plainPollQuestion PollQuestion

func (w pollQuestionWire) value() PollQuestion {
	question := PollQuestion(w.plainPollQuestion)
	question.Index, question.Duration, question.Weight = int(w.Index), int(w.Duration), int(w.Weight)
	question.AnswerMinLen, question.AnswerMaxLen = int(w.AnswerMinLen), int(w.AnswerMaxLen)
	return question
}

// UnmarshalJSON reads a question with all the quirks of the API's answers.
func (q *PollQuestion) UnmarshalJSON(b []byte) (err error) {
	*q, err = decode[PollQuestion, pollQuestionWire](b)
	return err
}

// UnmarshalJSON reads an attachment: an object by the samples, a mere URL by the table.
func (a *PollAttachment) UnmarshalJSON(b []byte) error {
	*a = PollAttachment{}
	if json.Unmarshal(b, &a.URL) == nil {
		return nil
	}
	type plain PollAttachment
	return json.Unmarshal(b, (*plain)(a))
}

// pollAnswerWire is a right answer as it comes.
type pollAnswerWire struct {
	plainPollAnswer
	Options positions `json:"options"`
}

type plainPollAnswer PollAnswer

func (w pollAnswerWire) value() PollAnswer {
	answer := PollAnswer(w.plainPollAnswer)
	answer.Options = ints(w.Options)
	return answer
}

// UnmarshalJSON reads a right answer with all the quirks of the API's answers.
func (a *PollAnswer) UnmarshalJSON(b []byte) (err error) {
	*a, err = decode[PollAnswer, pollAnswerWire](b)
	return err
}

// pollOptionWire is a choice as it comes.
type pollOptionWire struct {
	plainPollOption
	Index  whole `json:"index"`
	Weight whole `json:"weight"`
}

type plainPollOption PollOption

func (w pollOptionWire) value() PollOption {
	option := PollOption(w.plainPollOption)
	option.Index, option.Weight = int(w.Index), int(w.Weight)
	return option
}

// UnmarshalJSON reads a choice with all the quirks of the API's answers.
func (o *PollOption) UnmarshalJSON(b []byte) (err error) {
	*o, err = decode[PollOption, pollOptionWire](b)
	return err
}

// CreatePoll makes a poll. It is sent once: a repetition would make another. Rooms are linked with it by RoomParams.Polls.
func (c *Client) CreatePoll(ctx context.Context, p PollParams) (Poll, error) {
	return fetch(ctx, c, request{
		op: "CreatePoll", method: http.MethodPost, segments: []string{"polls"}, params: p,
	}, decodeOne[Poll, pollWire])
}

// Poll returns one poll; an error that Is ErrNotFound when there is none. There is no list of polls.
func (c *Client) Poll(ctx context.Context, id string) (Poll, error) {
	return fetch(ctx, c, request{
		op: "Poll", method: http.MethodGet, segments: []string{"polls", id}, repeat: true,
	}, decodeOne[Poll, pollWire])
}

// UpdatePoll replaces a poll as a whole: what p leaves out is lost. Start from Poll.Params. The same poll twice is the same
// as once, so it is safe to repeat.
func (c *Client) UpdatePoll(ctx context.Context, id string, p PollParams) (Poll, error) {
	return fetch(ctx, c, request{
		op: "UpdatePoll", method: http.MethodPost, segments: []string{"polls", id}, params: p, repeat: true,
	}, decodeOne[Poll, pollWire])
}

// UpdatePollQuestion replaces the question with this index as a whole. It is safe to repeat.
func (c *Client) UpdatePollQuestion(
	ctx context.Context, pollID string, question int, p PollQuestionParams,
) (PollQuestion, error) {
	return fetch(ctx, c, request{
		op: "UpdatePollQuestion", method: http.MethodPost, segments: questionPath(pollID, question), params: p, repeat: true,
	}, decodeIndexed[PollQuestion, pollQuestionWire])
}

// DeletePollQuestion deletes a question; those after it move down by one. It is sent once for that: a repetition would
// delete the next.
func (c *Client) DeletePollQuestion(ctx context.Context, pollID string, question int) error {
	_, err := fetch(ctx, c, request{
		op: "DeletePollQuestion", method: http.MethodDelete, segments: questionPath(pollID, question),
	}, nothing)
	return err
}

// UpdatePollOption replaces the option with this index as a whole. It is safe to repeat.
func (c *Client) UpdatePollOption(
	ctx context.Context, pollID string, question, option int, p PollOptionParams,
) (PollOption, error) {
	return fetch(ctx, c, request{
		op: "UpdatePollOption", method: http.MethodPost, segments: optionPath(pollID, question, option), params: p, repeat: true,
	}, decodeIndexed[PollOption, pollOptionWire])
}

// DeletePollOption deletes an option; those after it move down by one. It is sent once for that: a repetition would delete
// the next.
func (c *Client) DeletePollOption(ctx context.Context, pollID string, question, option int) error {
	_, err := fetch(ctx, c, request{
		op: "DeletePollOption", method: http.MethodDelete, segments: optionPath(pollID, question, option),
	}, nothing)
	return err
}

func questionPath(pollID string, question int) []string {
	return []string{"polls", pollID, "questions", strconv.Itoa(question)}
}

func optionPath(pollID string, question, option int) []string {
	return append(questionPath(pollID, question), "options", strconv.Itoa(option))
}

// indexed is a part of a poll, which has a position rather than an id.
type indexed interface {
	position() int
}

func (q PollQuestion) position() int { return q.Index }

func (o PollOption) position() int { return o.Index }

// decodeIndexed reads a part of a poll, which must have its position.
func decodeIndexed[T indexed, W wire[T]](body []byte) (T, error) {
	value, err := decode[T, W](body)
	if err == nil && value.position() == 0 {
		err = errIncomplete
	}
	return value, err
}
