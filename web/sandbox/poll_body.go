package sandbox

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
)

// The lengths of text answers of a question that doesn't say, as in the documents' samples.
const (
	answerMinLen = 1
	answerMaxLen = 1024
)

// readPoll returns the poll that r's body describes, without an id.
func (s *Server) readPoll(r *http.Request) (*poll, error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	p := &poll{
		Title:     either(f.text("title"), ""),
		Duration:  either(f.integer("duration"), 0),
		Anonymous: either(f.flag("anonymous"), false),
		Mode:      either(f.text("mode"), modeUserID),
		Type:      either(f.text("type"), typePoll),
		Start:     either(f.text("start"), startAuto),
		Questions: []question{},
	}
	for i, in := range f.objects("questions") {
		p.Questions = append(p.Questions, in.question(i+1))
	}
	if err := s.refusalOf(f, func(c *pollCheck) { c.poll(p) }); err != nil {
		return nil, err
	}
	slices.SortFunc(p.Questions, func(a, b question) int { return cmp.Compare(a.Index, b.Index) })
	return p, nil
}

// question reads a question whose place is known, from 1.
func (f fields) question(place int) question {
	return question{
		Index:        either(f.integer("index"), place),
		Text:         either(f.text("text"), ""),
		Format:       either(f.text("format"), "text"),
		Attachment:   f.attachments(),
		Skippable:    either(f.flag("skippable"), true),
		Duration:     either(f.integer("duration"), 0),
		Once:         either(f.flag("once"), false),
		Weight:       either(f.integer("weight"), 1),
		AnswerMinLen: either(f.integer("answer_min_len"), answerMinLen),
		AnswerMaxLen: either(f.integer("answer_max_len"), answerMaxLen),
		Type:         either(f.text("type"), ""),
		Answer:       f.rightAnswer(),
		Options:      f.options(),
	}
}

// attachments reads both forms that the documents have: objects, and mere URLs.
func (f fields) attachments() []attachment {
	items := f.items("attachment", "an array")
	if items == nil {
		return nil
	}
	all := make([]attachment, len(items))
	for i, item := range items {
		if !isNull(item) && json.Unmarshal(item, &all[i].URL) == nil {
			continue
		}
		in := f.inside("attachment", i, item)
		all[i] = attachment{Type: either(in.text("type"), ""), URL: either(in.text("url"), "")}
	}
	return all
}

func (f fields) rightAnswer() *rightAnswer {
	in, ok := f.object("answer")
	if !ok {
		return nil
	}
	return &rightAnswer{
		Hidden:  either(in.flag("hidden"), false),
		Options: in.integers("options"),
		Text:    either(in.text("text"), ""),
		Case:    either(in.flag("case"), false),
		Trim:    either(in.flag("trim"), false),
	}
}

func (f fields) options() []option {
	items := f.objects("options")
	if items == nil {
		return nil
	}
	all := make([]option, len(items))
	for i, in := range items {
		all[i] = in.option(i + 1)
	}
	return all
}

func (f fields) option(place int) option {
	return option{Index: either(f.integer("index"), place), Text: either(f.text("text"), ""), Weight: either(f.integer("weight"), 1)}
}
