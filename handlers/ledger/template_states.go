package ledger

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// untold are the members of a template that not every answer tells: lists leave its recording configurations out, and whether it is
// the default one is said now and then. What is known of them goes on; that they are read for the first time is no change.
var untold = []string{recordings, "default"}

// withUntold is a template with what it doesn't tell, taken from another state of it.
func withUntold(content, from string) string {
	if !slices.ContainsFunc(untold, func(key string) bool { return strings.Contains(from, `"`+key+`":`) }) {
		return content
	}
	tree, ok := parseObject(content)
	known, _ := parseObject(from)
	missing := slices.DeleteFunc(slices.Clone(untold), func(key string) bool {
		_, tells := tree[key]
		_, knows := known[key]
		return tells || !knows
	})
	if !ok || len(missing) == 0 {
		return content
	}
	for _, key := range missing {
		tree[key] = known[key]
	}
	return encode(tree)
}

func tellsRecordings(content string) bool {
	if !strings.Contains(content, `"`+recordings+`":`) {
		return false
	}
	tree, _ := parseObject(content)
	_, tells := tree[recordings]
	return tells
}

// tellsNews says whether a template that was read is something that isn't on record: another state than the known one, "" for
// none, or what the known one doesn't tell.
func tellsNews(known, read string) bool {
	if known == "" || known == read {
		return known == ""
	}
	if withUntold(read, known) == known {
		return false // nearly always
	}
	return !sameTemplate(known, read) || learnt(known, read) != ""
}

// sameTemplate says whether two contents are one state of a template, as far as both tell.
func sameTemplate(a, b string) bool {
	return compared("template", withUntold(a, b)) == compared("template", withUntold(b, a))
}

// learnt is, in words, what only the reading of a state tells, or tells otherwise than is known; "" where that is nothing.
func learnt(known, read string) string {
	was, _ := parseObject(known)
	is, _ := parseObject(read)
	switch marked, told := is["default"].(bool); {
	case told && marked && was["default"] != true:
		return "100ms says that it is the default template."
	case told && !marked && was["default"] == true:
		return "100ms says that it isn't the default template any more."
	case tellsRecordings(read) && !tellsRecordings(known):
		return "Its recording configurations were read for the first time: lists leave them out."
	}
	return ""
}

// stepTemplate is step for a template.
func (w *walk) stepTemplate(s State) bool {
	if w.last == nil {
		s.First = true
		w.last = &s
		return true
	}
	if !sameTemplate(w.last.Content, s.Content) {
		w.last.First = false
		return false
	}
	s.First, s.Content = true, withUntold(w.last.Content, s.Content)
	w.last = &s
	return true
}

// dated is a template with the time when it was made, taken from an earlier state of it where an answer didn't tell.
func dated(content, earlier string) string {
	tree, ok := parseObject(content)
	was, _ := parseObject(earlier)
	if !ok || !timeAt(tree, "createdAt").IsZero() || timeAt(was, "createdAt").IsZero() {
		return content
	}
	tree["createdAt"] = was["createdAt"]
	return encode(tree)
}

// timeAt is a time of the API; zero where there is none, which it may write as the year 1.
func timeAt(tree map[string]any, key string) time.Time {
	at, err := time.Parse(time.RFC3339, textAt(tree, key))
	if err != nil {
		return time.Time{}
	}
	return at
}

func textAt(tree map[string]any, key string) string {
	text, _ := tree[key].(string)
	return text
}

// formVersion is the mark of a template for forms: the number of its version on record, and the mark of its content.
func formVersion(n int, mark string) string { return fmt.Sprintf("%d-%s", n, mark) }

// contentMark is a keyed hash of all of a template, secrets and unknown fields too.
func (l *Ledger) contentMark(tree map[string]any) string {
	own := maps.Clone(tree)
	configs, _ := parseObject(encode(map[string]any{recordings: tree[recordings]}))
	maps.Copy(own, configs)
	return l.Mark(comparedTree("template", own))[:32]
}
