package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// response is an answer to a question, or the note that somebody skipped it.
type response struct {
	ID         string    `json:"id"`
	RunID      string    `json:"run_id"`
	PollID     string    `json:"poll_id"`
	SessionID  string    `json:"session_id"`
	Took       int       `json:"took"` // in milliseconds, from when the question was shown
	Question   int       `json:"question"`
	Skipped    bool      `json:"skipped,omitzero"`
	Text       string    `json:"text,omitzero"`
	Options    []int     `json:"options,omitzero"`  // chosen, by index
	Original   string    `json:"original,omitzero"` // the first answer of the same voter; empty: this is it
	Superseded bool      `json:"superseded,omitzero"`
	SentAt     time.Time `json:"sent_at"`
	Voter      string    `json:"voter"`            // tells the answers of one voter, and not who it is
	PeerID     string    `json:"peer_id,omitzero"` // empty in an anonymous poll, like the user's
	UserID     string    `json:"user_id,omitzero"`
}

func (re *response) key() string   { return re.ID }
func (re *response) order() string { return re.ID }

// slot is what only one answer stands for: a voter's word on one question.
func (re *response) slot() string {
	return fmt.Sprintf("%s/%d/%s", re.RunID, re.Question, re.Voter)
}

func (st *state) movedResponse(old, next **response) {
	st.answersTo.move(old, next, func(re *response) string { return re.PollID })
	st.answersIn.move(old, next, func(re *response) string { return re.RunID })
	if old != nil && st.standing[(*old).slot()] == *old {
		delete(st.standing, (*old).slot())
	}
	if next != nil && !(*next).Superseded {
		st.standing[(*next).slot()] = *next
	}
}

// result is what an answer to a question of a quiz scored; of an answer that was changed, what the newest did.
type result struct {
	ID        string `json:"id"`
	PollID    string `json:"poll_id"`
	SessionID string `json:"session_id"`
	Question  int    `json:"question"`
	Took      int    `json:"took"` // in milliseconds
	PeerID    string `json:"peer_id,omitzero"`
	UserID    string `json:"user_id,omitzero"`
	Score     int    `json:"score"`
	Slot      string `json:"slot"` // of the answer
}

func (re *result) key() string   { return re.ID }
func (re *result) order() string { return re.ID }

func (st *state) movedResult(old, next **result) {
	st.resultsOf.move(old, next, func(re *result) string { return re.PollID })
	if old != nil {
		delete(st.scored, (*old).Slot)
	}
	if next != nil {
		st.scored[(*next).Slot] = *next
	}
}

// ballot is an answer as somebody sends it.
type ballot struct {
	question int
	options  []int
	text     string
	skipped  bool
	took     *int // in milliseconds; nil: since the poll started
}

// vote takes down what a peer answers in a run. It refuses what a client could not send.
func (tx *tx) vote(p *poll, run *pollRun, by *peer, b ballot) (*response, error) {
	q, err := p.questionAt(b.question)
	if err != nil {
		return nil, err
	}
	re := &response{
		ID: tx.newID(), RunID: run.ID, PollID: p.ID, SessionID: run.SessionID, Question: q.Index, Skipped: b.skipped, SentAt: tx.now,
		Voter: p.voter(run, by), Took: either(b.took, int(tx.now.Sub(run.StartedAt).Milliseconds())),
	}
	if err := q.accepts(b, re.Took); err != nil {
		return nil, err
	}
	if !p.Anonymous {
		re.PeerID, re.UserID = by.ID, by.UserID
	}
	if !b.skipped {
		re.Text, re.Options = q.said(b), b.options
	}
	if err := tx.supersede(q, re); err != nil {
		return nil, err
	}
	tx.responses.put(tx, re)
	if p.Type == typeQuiz {
		tx.score(q, re)
	}
	return re, nil
}

// voter tells one vote from another, by the mode of the poll. Somebody without a user id of the customer counts as a peer.
func (p *poll) voter(run *pollRun, by *peer) string {
	who := "peer " + by.ID
	if p.Mode == modeUserID && by.UserID != "" {
		who = "user " + by.UserID
	}
	sum := sha256.Sum256([]byte(run.ID + " " + who))
	return hex.EncodeToString(sum[:12])
}

// supersede makes re follow the voter's answer so far, where there is one.
func (tx *tx) supersede(q question, re *response) error {
	before := tx.standing[re.slot()]
	if before == nil {
		return nil
	}
	if q.Once {
		return errAnsweredOnce
	}
	re.Original = before.ID
	if before.Original != "" {
		re.Original = before.Original
	}
	old := *before
	old.Superseded = true
	tx.responses.put(tx, &old)
	return nil
}

// accepts refuses an answer that the question doesn't take.
func (q question) accepts(b ballot, took int) error {
	switch {
	case q.Duration > 0 && took > min(q.Duration, seconds(sessionMax))*1000:
		return errQuestionOver
	case b.skipped && !q.Skippable:
		return errNotSkippable
	case b.skipped:
		return nil
	case q.isChoice():
		return q.acceptsOptions(b.options)
	}
	if n := utf8.RuneCountInString(b.text); n < q.AnswerMinLen || n > q.AnswerMaxLen {
		return badParam(fmt.Sprintf(textAnswerLength, q.AnswerMinLen, q.AnswerMaxLen))
	}
	return nil
}

func (q question) isChoice() bool { return q.Type == singleChoice || q.Type == multipleChoice }

func (q question) acceptsOptions(chosen []int) error {
	if len(chosen) == 0 || (q.Type == singleChoice && len(chosen) > 1) {
		return errOptionCount
	}
	for i, at := range chosen {
		if at < 1 || at > len(q.Options) || slices.Contains(chosen[:i], at) {
			return errOptionNotFound
		}
	}
	return nil
}

// said is an answer as a text: of options theirs.
func (q question) said(b ballot) string {
	if !q.isChoice() {
		return b.text
	}
	texts := make([]string, len(b.options))
	for i, at := range b.options {
		texts[i] = q.Options[at-1].Text
	}
	return strings.Join(texts, ", ")
}

// score notes what an answer is worth, in the place of what the voter's answer before was.
func (tx *tx) score(q question, re *response) {
	next := &result{
		ID: tx.newID(), PollID: re.PollID, SessionID: re.SessionID, Question: re.Question, Took: re.Took, PeerID: re.PeerID, UserID: re.UserID,
		Slot: re.slot(),
	}
	if before := tx.scored[next.Slot]; before != nil {
		next.ID = before.ID
	}
	if q.isRight(re) {
		next.Score = q.Weight
	}
	tx.results.put(tx, next)
}

// isRight compares an answer with the right one: by options where that names some, else by text.
func (q question) isRight(re *response) bool {
	right := q.Answer
	if right == nil || re.Skipped {
		return false
	}
	if q.isChoice() && len(right.Options) > 0 {
		return slices.Equal(sortedOnce(re.Options), sortedOnce(right.Options))
	}
	given, want := re.Text, right.Text
	if right.Trim {
		given, want = strings.TrimSpace(given), strings.TrimSpace(want)
	}
	if right.Case {
		return given == want
	}
	return strings.EqualFold(given, want)
}

func sortedOnce(numbers []int) []int {
	return slices.Compact(slices.Sorted(slices.Values(numbers)))
}
