package hms

import (
	"encoding/json"
	"errors"
	"iter"
	"net/url"
	"strconv"
)

// maxLimit is the largest page the API gives.
const maxLimit = 100

var errCursor = errors.New("the list's cursor goes round in circles")

// Page is one page of a list, newest first.
type Page[T any] struct {
	Limit int    // the size asked for, as the API understood it; 0 when it doesn't say
	Data  []T    // fewer than Limit: there is no further page
	Last  string // where the next page starts; empty when the API sees none
}

// more says whether there may be a further page.
func (p Page[T]) more() bool {
	return p.Last != "" && len(p.Data) > 0 && len(p.Data) >= p.Limit
}

// pageWire is a page as it comes.
type pageWire[W any] struct {
	Limit whole  `json:"limit"`
	Data  []W    `json:"data"`
	Last  string `json:"last"`
}

// decodePage reads a list whose items have the wire type W. The list may be null or missing.
func decodePage[T any, W wire[T]](body []byte) (Page[T], error) {
	var in pageWire[W]
	if err := json.Unmarshal(body, &in); err != nil {
		return Page[T]{}, err
	}
	if len(in.Data) == 0 && !isPage(body) {
		return Page[T]{}, errIncomplete
	}
	page := Page[T]{Limit: int(in.Limit), Last: in.Last, Data: make([]T, len(in.Data))}
	for i, item := range in.Data {
		page.Data[i] = item.value()
	}
	return page, nil
}

// isPage says whether body has any key of a page. Taking something else, like {} or null, for the end of a list could
// make us believe that a name is free.
func isPage(body []byte) bool {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(body, &keys); err != nil {
		return false
	}
	for _, key := range []string{"limit", "data", "last"} {
		if _, ok := keys[key]; ok {
			return true
		}
	}
	return false
}

// all walks a list page by page from the cursor start. An error ends it: what was yielded before isn't the whole list.
func all[T any](start string, list func(start string) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		seen := map[string]bool{start: true} // cursors that were followed: a server that repeats one would keep us for ever
		for start := start; ; {
			page, err := list(start)
			if err == nil && seen[page.Last] && page.more() {
				err = errCursor
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Data {
				if !yield(item, nil) {
					return
				}
			}
			if !page.more() {
				return
			}
			seen[page.Last] = true
			start = page.Last
		}
	}
}

// setPage adds the query of a page to v; 0 and "" leave the choice to the API.
func setPage(v url.Values, limit int, start string) {
	if limit != 0 {
		v.Set("limit", strconv.Itoa(limit))
	}
	if start != "" {
		v.Set("start", start)
	}
}
