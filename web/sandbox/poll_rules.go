package sandbox

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// pollCheck remembers the first rule that a poll breaks.
type pollCheck struct {
	conf conf
	err  error
}

// refusalOf returns why what was read out of f is refused: for its types, or for the rules.
func (s *Server) refusalOf(f fields, rules func(*pollCheck)) error {
	if *f.err != nil {
		return *f.err
	}
	c := &pollCheck{conf: s.state.conf}
	rules(c)
	return c.err
}

func (c *pollCheck) require(holds bool, text string, args ...any) {
	if !holds && c.err == nil {
		c.err = badParam(fmt.Sprintf(text, args...))
	}
}

func (c *pollCheck) oneOf(path, value string, allowed ...string) {
	c.require(slices.Contains(allowed, value), textPollOneOf, path, strings.Join(allowed, ", "))
}

// count checks a number of seconds, points or characters.
func (c *pollCheck) count(path string, value int) {
	c.require(value >= 0, textPollNegative, path)
	c.require(value <= math.MaxInt32, textPollTooGreat, path, math.MaxInt32)
}

func (c *pollCheck) poll(p *poll) {
	c.count("duration", p.Duration)
	c.oneOf("mode", p.Mode, modeUserID, modePeerID)
	c.oneOf("type", p.Type, typePoll, typeQuiz)
	c.oneOf("start", p.Start, startAuto, startManual)
	c.places("questions", len(p.Questions), func(i int) int { return p.Questions[i].Index })
	for i := range p.Questions {
		c.questionInside(fmt.Sprintf("questions[%d].", i), &p.Questions[i])
	}
}

// places checks that n things stand at the places 1 to n, in any order.
func (c *pollCheck) places(path string, n int, index func(int) int) {
	taken := map[int]bool{}
	for i := range n {
		at := index(i)
		c.require(at >= 1 && at <= n && !taken[at], textPollPlaces, path, n)
		taken[at] = true
	}
}

// question checks a question that is to stand at a place.
func (c *pollCheck) question(q *question, place int) {
	c.require(q.Index == place, textPollPlace, place)
	c.questionInside("", q)
}

// questionInside checks a question but for its place, and completes it.
func (c *pollCheck) questionInside(path string, q *question) {
	if q.Type == "" && !c.conf.reads(ReadingPollTypeRequired) {
		q.Type = shortAnswer
		if len(q.Options) > 0 {
			q.Type = singleChoice
		}
	}
	c.oneOf(path+"type", q.Type, singleChoice, multipleChoice, shortAnswer, longAnswer)
	c.count(path+"duration", q.Duration)
	c.count(path+"weight", q.Weight)
	c.count(path+"answer_min_len", q.AnswerMinLen)
	c.count(path+"answer_max_len", q.AnswerMaxLen)
	c.require(q.AnswerMaxLen >= q.AnswerMinLen, textPollLengths, path)
	c.places(path+"options", len(q.Options), func(i int) int { return q.Options[i].Index })
	for i, o := range q.Options {
		c.count(fmt.Sprintf("%soptions[%d].weight", path, i), o.Weight)
	}
	slices.SortFunc(q.Options, func(a, b option) int { return cmp.Compare(a.Index, b.Index) })
	if q.Answer == nil {
		return
	}
	for _, at := range q.Answer.Options {
		c.require(at >= 1 && at <= len(q.Options), textPollAnswer, path)
	}
}

// option checks an option that is to stand at a place.
func (c *pollCheck) option(o option, place int) {
	c.require(o.Index == place, textPollPlace, place)
	c.count("weight", o.Weight)
}
