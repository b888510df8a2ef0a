package sandbox

import (
	"net/http"
	"slices"
	"strconv"
)

// rewriteQuestion puts the body in the place of a question, or adds it after the last.
func (s *Server) rewriteQuestion(r *http.Request) (reply any, err error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	place := placeOf(r, "question_id")
	q := f.question(place)
	return reply, s.update(func(tx *tx) error {
		p, err := tx.pollOf(r)
		if err != nil {
			return err
		}
		if !tx.hasPlace(place, len(p.Questions)) {
			return errQuestionNotFound
		}
		if err := s.refusalOf(f, func(c *pollCheck) { c.question(&q, place) }); err != nil {
			return err
		}
		tx.polls.put(tx, p.withQuestion(q))
		reply = tx.shownQuestion(q)
		return nil
	})
}

// placed returns a copy of all with v at its place, from 1, which may be the one after the last.
func placed[T any](all []T, place int, v T) []T {
	return append(slices.Clone(all[:place-1]), slices.Concat([]T{v}, all[min(place, len(all)):])...)
}

// hasPlace says whether something can be put at a place, from 1, among so many.
func (st *state) hasPlace(place, count int) bool {
	if place == count+1 {
		return !st.conf.reads(ReadingPollNoAppend)
	}
	return place >= 1 && place <= count
}

// placeOf returns the place, from 1, that the path of r names; 0 for what is no number.
func placeOf(r *http.Request, name string) int {
	place, err := strconv.Atoi(r.PathValue(name))
	if err != nil {
		return 0
	}
	return place
}

// deleteQuestion takes a question out; later ones move down by one.
func (s *Server) deleteQuestion(r *http.Request) (any, error) {
	return answer{status: http.StatusNoContent}, s.update(func(tx *tx) error {
		p, err := tx.pollOf(r)
		if err != nil {
			return err
		}
		q, err := p.questionAt(placeOf(r, "question_id"))
		if err != nil {
			return err
		}
		tx.polls.put(tx, p.withQuestions(slices.Delete(slices.Clone(p.Questions), q.Index-1, q.Index)))
		return nil
	})
}

// rewriteOption puts the body in the place of an option, or adds it after the last.
func (s *Server) rewriteOption(r *http.Request) (reply any, err error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	place := placeOf(r, "option_id")
	o := f.option(place)
	return reply, s.update(func(tx *tx) error {
		p, q, err := tx.questionOf(r)
		if err != nil {
			return err
		}
		if !tx.hasPlace(place, len(q.Options)) {
			return errOptionNotFound
		}
		if err := s.refusalOf(f, func(c *pollCheck) { c.option(o, place) }); err != nil {
			return err
		}
		q.Options = placed(q.Options, place, o)
		tx.polls.put(tx, p.withQuestion(q))
		reply = o
		return nil
	})
}

// questionOf returns the poll and the question that r names.
func (st *state) questionOf(r *http.Request) (*poll, question, error) {
	p, err := st.pollOf(r)
	if err != nil {
		return nil, question{}, err
	}
	q, err := p.questionAt(placeOf(r, "question_id"))
	return p, q, err
}

// deleteOption takes an option out; later ones move down by one, also where the right answer names them.
func (s *Server) deleteOption(r *http.Request) (any, error) {
	return answer{status: http.StatusNoContent}, s.update(func(tx *tx) error {
		p, q, err := tx.questionOf(r)
		if err != nil {
			return err
		}
		place := placeOf(r, "option_id")
		if place < 1 || place > len(q.Options) {
			return errOptionNotFound
		}
		tx.polls.put(tx, p.withQuestion(q.withoutOption(place)))
		return nil
	})
}

func (q question) withoutOption(place int) question {
	q.Options = slices.Delete(slices.Clone(q.Options), place-1, place)
	for i := range q.Options {
		q.Options[i].Index = i + 1
	}
	if q.Answer == nil || q.Answer.Options == nil {
		return q
	}
	right := *q.Answer
	right.Options = slices.DeleteFunc(slices.Clone(right.Options), func(i int) bool { return i == place })
	for i, at := range right.Options {
		if at > place {
			right.Options[i]--
		}
	}
	q.Answer = &right
	return q
}
