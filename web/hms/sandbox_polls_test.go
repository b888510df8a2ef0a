package hms_test

import (
	"errors"
	"fmt"
	"time"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// quiz is a quiz of two questions; Red and Blue are right.
func quiz() hms.PollParams {
	colours := func(texts ...string) (options []hms.PollOptionParams) {
		for i, text := range texts {
			options = append(options, hms.PollOptionParams{Index: i + 1, Text: text})
		}
		return options
	}
	return hms.PollParams{
		Title: "Triage", Duration: new(600), Mode: hms.PollByUserID, Type: hms.PollTypeQuiz, Start: hms.PollStartManual,
		Questions: []hms.PollQuestionParams{
			{
				Index: 1, Text: "Which first?", Type: hms.QuestionSingleChoice, Weight: new(2), Options: colours("Red", "Green", "Blue"),
				Answer:     &hms.PollAnswer{Options: []int{1}, Text: "Red", Trim: true},
				Attachment: []hms.PollAttachment{{Type: "image/png", URL: "https://files.example.org/q1.png"}},
			},
			{Index: 2, Text: "Which last?", Type: hms.QuestionSingleChoice, Options: colours("Red", "Blue"), Answer: &hms.PollAnswer{Options: []int{2}}},
		},
	}
}

func questionTexts(poll hms.Poll) (texts []string) {
	for _, question := range poll.Questions {
		texts = append(texts, fmt.Sprint(question.Index, " ", question.Text))
	}
	return texts
}

func playPolls(a *account) {
	ctx := a.t.Context()
	made := must(a.CreatePoll(ctx, quiz()))
	a.equal("made", []any{made.Title, made.Duration, made.Type, made.Start, questionTexts(made)}, []any{
		"Triage", 600, hms.PollTypeQuiz, hms.PollStartManual, []string{"1 Which first?", "2 Which last?"},
	})
	first := made.Questions[0]
	a.equal("question", []any{first.Weight, first.Skippable, len(first.Options)}, []any{2, true, 3})
	a.equal("right answer", *first.Answer, hms.PollAnswer{Options: []int{1}, Text: "Red", Trim: true})
	mime := "image/png"
	if a.reads[sandbox.ReadingPollAttachmentURLs] {
		mime = ""
	}
	a.equal("attachment", first.Attachment, []hms.PollAttachment{{Type: mime, URL: "https://files.example.org/q1.png"}})
	a.equal("read", must(a.Poll(ctx, made.ID)), made)

	params := made.Params()
	params.Title, params.Anonymous = "Triage 2", new(true)
	updated := must(a.UpdatePoll(ctx, made.ID, params))
	want := made
	want.Title, want.Anonymous = "Triage 2", true
	a.equal("rewritten", updated, want)

	second := updated.Questions[1].Params()
	second.Text, second.Weight = "Which then?", new(5)
	changed := must(a.UpdatePollQuestion(ctx, made.ID, 2, second))
	a.equal("question rewritten", []any{changed.Index, changed.Text, changed.Weight}, []any{2, "Which then?", 5})
	option := must(a.UpdatePollOption(ctx, made.ID, 2, 1, hms.PollOptionParams{Index: 1, Text: "Crimson", Weight: new(3)}))
	a.equal("option rewritten", option, hms.PollOption{Index: 1, Text: "Crimson", Weight: 3})
	appendToPoll(a, made.ID)
	deleteFromPoll(a, made.ID)
}

// appendToPoll adds an option and a question, and one without a type.
func appendToPoll(a *account, id string) {
	ctx := a.t.Context()
	_, err := a.UpdatePollOption(ctx, id, 2, 3, hms.PollOptionParams{Index: 3, Text: "White"})
	_, also := a.UpdatePollQuestion(ctx, id, 3, hms.PollQuestionParams{Index: 3, Text: "Why?", Type: hms.QuestionLongAnswer})
	if a.reads[sandbox.ReadingPollNoAppend] {
		a.refused("another option", err, 404, "")
		a.refused("another question", also, 404, "")
		params := must(a.Poll(ctx, id)).Params()
		params.Questions[1].Options = append(params.Questions[1].Options, hms.PollOptionParams{Index: 3, Text: "White"})
		params.Questions = append(params.Questions, hms.PollQuestionParams{Index: 3, Text: "Why?", Type: hms.QuestionLongAnswer})
		must(a.UpdatePoll(ctx, id, params))
	} else {
		succeeds(errors.Join(err, also))
	}
	_, err = a.UpdatePollQuestion(ctx, id, 3, hms.PollQuestionParams{Index: 3, Text: "Why not?"})
	if a.reads[sandbox.ReadingPollTypeRequired] {
		a.refused("without a type", err, 400, "")
	} else {
		succeeds(err)
	}
}

// deleteFromPoll deletes an option and a question: what follows moves down.
func deleteFromPoll(a *account, id string) {
	ctx := a.t.Context()
	succeeds(a.DeletePollOption(ctx, id, 2, 2))
	options := must(a.Poll(ctx, id)).Questions[1].Options
	a.equal("options", []any{len(options), options[1].Index, options[1].Text}, []any{2, 2, "White"})
	succeeds(a.DeletePollQuestion(ctx, id, 1))
	left := must(a.Poll(ctx, id)).Questions
	a.equal("questions", []any{len(left), left[0].Index, left[0].Text}, []any{2, 1, "Which then?"})
	a.refused("no option", a.DeletePollOption(ctx, id, 1, 7), 404, "")
	a.refused("no question", a.DeletePollQuestion(ctx, id, 7), 404, "")
	_, err := a.Poll(ctx, absentID)
	a.equal("no poll", errors.Is(err, hms.ErrNotFound), true)
}

func playPollAnswers(a *account) {
	ctx := a.t.Context()
	poll := must(a.CreatePoll(ctx, quiz()))
	room := must(a.CreateRoom(ctx, hms.RoomParams{Name: "a", TemplateID: classroomID, Polls: []string{poll.ID}}))
	a.equal("linked", must(a.Room(ctx, room.ID)).Polls, []string{poll.ID})
	a.join(room.ID, "teacher", "asha")
	a.admin("/polls/"+poll.ID+"/start", fmt.Sprintf(`{"room_id":%q}`, room.ID))
	answer := func(peerID string, question, option int) string {
		a.pass(time.Second)
		body := fmt.Sprintf(`{"peer_id":%q,"question":%d,"options":[%d],"duration":5000}`, peerID, question, option)
		return a.admin("/polls/"+poll.ID+"/responses", body)["id"].(string)
	}
	bo := a.join(room.ID, "student", "bo")
	wrong := answer(bo, 1, 2)
	right := answer(bo, 1, 1)
	for i := range 10 {
		answer(a.join(room.ID, "student", fmt.Sprintf("student-%d", i)), 2, 1+i%2)
	}
	sessions := must(a.ListPollSessions(ctx, poll.ID, 0, ""))
	run := sessions.Data[0]
	a.equal("sessions", []any{len(sessions.Data), run.PollID, run.StoppedAt.IsZero()}, []any{1, poll.ID, true})
	a.equal("who answered", []int{run.TotalResponses, run.UniqueParticipants}, []int{11, 11})
	a.admin("/polls/"+poll.ID+"/stop", fmt.Sprintf(`{"room_id":%q}`, room.ID))
	over := every(a.AllPollSessions(ctx, poll.ID))
	a.equal("over", []any{len(over), over[0].StoppedAt.After(over[0].StartedAt)}, []any{1, true})

	readResponses(a, poll.ID, wrong, right)
	readResults(a, poll.ID)
}

// tookMillis is what the API says of five seconds.
func (a *account) tookMillis() int {
	if a.reads[sandbox.ReadingPollSeconds] {
		return 5
	}
	return 5000
}

func readResponses(a *account, pollID, wrong, right string) {
	ctx := a.t.Context()
	page := must(a.ListPollResponses(ctx, pollID, hms.PollQuery{All: new(true), Limit: 10}))
	next := must(a.ListPollResponses(ctx, pollID, hms.PollQuery{All: new(true), Limit: 10, Start: page.Last}))
	a.equal("two pages", []int{len(page.Data), len(next.Data)}, []int{10, 2})
	standing := every(a.AllPollResponses(ctx, pollID, hms.PollQuery{All: new(false), Limit: 10}))
	a.equal("without the replaced one", len(standing), 11)
	first := every(a.AllPollResponses(ctx, pollID, hms.PollQuery{Question: 1, All: new(false)}))
	a.equal("to the first question", []any{len(first), first[0].ID}, []any{1, right})

	got := must(a.PollResponse(ctx, pollID, right))
	want := hms.PollResponse{
		ID: right, PollID: pollID, SessionID: got.SessionID, Duration: a.tookMillis(), Question: 1, Text: "Red", Update: true,
		OriginalResponse: wrong, SentAt: sandboxStart.Add(2 * time.Second), PeerID: got.PeerID, UserID: "bo",
	}
	if a.reads[sandbox.ReadingPollResponseOptions] {
		want.Options = []int{1}
	}
	a.equal("response", got, want)
	a.equal("listed", first[0], got)
	_, err := a.PollResponse(ctx, pollID, absentID)
	a.equal("no response", errors.Is(err, hms.ErrNotFound), true)
}

func readResults(a *account, pollID string) {
	ctx := a.t.Context()
	first := must(a.ListPollResults(ctx, pollID, hms.PollQuery{Question: 1}))
	result := first.Data[0]
	a.equal("of the first question", []any{len(first.Data), result}, []any{1, hms.PollResult{
		ID: result.ID, PollID: pollID, SessionID: result.SessionID, Question: 1, Duration: a.tookMillis(), PeerID: result.PeerID, UserID: "bo", Score: 2,
	}})
	scores := 0
	all := every(a.AllPollResults(ctx, pollID, hms.PollQuery{Limit: 10}))
	for _, result := range all {
		scores += result.Score
	}
	a.equal("all", []int{len(all), scores}, []int{11, 2 + 5})
	a.equal("one", must(a.PollResult(ctx, pollID, result.ID)), result)
	_, err := a.PollResult(ctx, pollID, absentID)
	a.equal("no result", errors.Is(err, hms.ErrNotFound), true)
}
