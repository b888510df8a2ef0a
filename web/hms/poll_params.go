package hms

// PollParams is the body of a poll's creation or replacement. What is nil, or an empty text, is left out of the request.
type PollParams struct {
	Title     string               `json:"title,omitzero"`
	Duration  *int                 `json:"duration,omitzero"` // seconds; 0: until it is stopped or the session ends
	Anonymous *bool                `json:"anonymous,omitzero"`
	Mode      PollMode             `json:"mode,omitzero"`  // "": PollByUserID
	Type      PollType             `json:"type,omitzero"`  // "": PollTypePoll
	Start     PollStart            `json:"start,omitzero"` // "": PollStartAuto
	Questions []PollQuestionParams `json:"questions,omitzero"`
}

// PollQuestionParams is a question to be written.
type PollQuestionParams struct {
	Index        int                `json:"index"` // from 1
	Text         string             `json:"text,omitzero"`
	Type         QuestionType       `json:"type,omitzero"`
	Format       string             `json:"format,omitzero"` // "": text
	Attachment   []PollAttachment   `json:"attachment,omitzero"`
	Skippable    *bool              `json:"skippable,omitzero"` // nil: true
	Duration     *int               `json:"duration,omitzero"`  // seconds
	Once         *bool              `json:"once,omitzero"`
	Weight       *int               `json:"weight,omitzero"` // nil: 1
	AnswerMinLen *int               `json:"answer_min_len,omitzero"`
	AnswerMaxLen *int               `json:"answer_max_len,omitzero"`
	Answer       *PollAnswer        `json:"answer,omitzero"`
	Options      []PollOptionParams `json:"options,omitzero"`
}

// PollOptionParams is a choice to be written.
type PollOptionParams struct {
	Index  int    `json:"index"` // from 1
	Text   string `json:"text,omitzero"`
	Weight *int   `json:"weight,omitzero"`
}

// Params returns what writes the poll again as it is: to be changed and given to UpdatePoll.
func (p Poll) Params() PollParams {
	params := PollParams{
		Title: p.Title, Duration: new(p.Duration), Anonymous: new(p.Anonymous), Mode: p.Mode, Type: p.Type, Start: p.Start,
	}
	for _, question := range p.Questions {
		params.Questions = append(params.Questions, question.Params())
	}
	return params
}

// Params returns what writes the question again as it is.
func (q PollQuestion) Params() PollQuestionParams {
	params := PollQuestionParams{
		Index: q.Index, Text: q.Text, Type: q.Type, Format: q.Format, Attachment: q.Attachment,
		Skippable: new(q.Skippable), Duration: new(q.Duration), Once: new(q.Once), Weight: new(q.Weight),
		AnswerMinLen: new(q.AnswerMinLen), AnswerMaxLen: new(q.AnswerMaxLen), Answer: q.Answer,
	}
	for _, option := range q.Options {
		params.Options = append(params.Options, option.Params())
	}
	return params
}

// Params returns what writes the choice again as it is.
func (o PollOption) Params() PollOptionParams {
	return PollOptionParams{Index: o.Index, Text: o.Text, Weight: new(o.Weight)}
}
