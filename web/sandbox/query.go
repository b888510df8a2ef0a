package sandbox

import (
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// The documented page sizes of lists.
const (
	limitDefault      = 10
	limitCodesDefault = 20 // seen in the documents' sample
	limitMin          = 10
	limitMax          = 100
)

// query reads the parameters of a list one by one and remembers whether one was unusable.
type query struct {
	values url.Values
	bad    bool
	clamp  bool // limits out of range are brought into it
}

// query returns the parameters of r.
func (s *Server) query(r *http.Request) query {
	return query{values: r.URL.Query(), clamp: s.state.conf.reads(ReadingClampLimits)}
}

func (q *query) limit(fallback int) int {
	return q.limitWithin(fallback, limitMin, limitMax)
}

// limitWithin reads a limit that has bounds of its own.
func (q *query) limitWithin(fallback, least, most int) int {
	n, fits := q.bounded("limit", fallback, least, most)
	if !fits && !q.clamp {
		q.bad = true
	}
	return n
}

// bounded reads a whole number and brings it within bounds, if it doesn't fit there.
func (q *query) bounded(key string, fallback, least, most int) (n int, fits bool) {
	text := q.values.Get(key)
	if text == "" {
		return fallback, true
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		q.bad = true
	}
	return min(max(n, least), most), n >= least && n <= most
}

// flag reads true or false, as those words alone.
func (q *query) flag(key string) (value, sent bool) {
	switch q.values.Get(key) {
	case "":
		return false, false
	case "true":
		return true, true
	case "false":
		return false, true
	}
	q.bad = true
	return false, false
}

func (q *query) time(key string) time.Time {
	text := q.values.Get(key)
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		q.bad = true
	}
	return t
}

func (q *query) id(key string) string {
	text := q.values.Get(key)
	if text != "" && !isID(text) {
		q.bad = true
	}
	return text
}

// number reads a whole number within bounds.
func (q *query) number(key string, fallback, least, most int) int {
	n, fits := q.bounded(key, fallback, least, most)
	q.bad = q.bad || !fits
	return n
}

// page is a list's answer.
type page struct {
	Limit int    `json:"limit"` // as asked for
	Data  any    `json:"data"`
	Last  string `json:"last"` // the cursor of the next page; empty when there is nothing on this one
}

// pageOf answers with a page of what was found. After the last page data is null, see choices.go.
func pageOf[T entity](c conf, limit int, start string, found []T, shown func(T) any) page {
	if len(found) == 0 && start != "" && !c.reads(ReadingEmptyLists) {
		return page{Limit: limit}
	}
	items := make([]any, len(found))
	last := ""
	for i, v := range found {
		items[i], last = shown(v), v.key()
	}
	return page{Limit: limit, Data: items, Last: last}
}
