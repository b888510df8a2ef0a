package hms

import (
	"encoding/json"
	"errors"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"time"
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

// pageWire is a page as it comes. Each list stands under one of the keys only: those of polls have names of their own.
type pageWire[W any] struct {
	Limit     whole  `json:"limit"`
	Data      []W    `json:"data"`
	Responses []W    `json:"responses"`
	Results   []W    `json:"results"`
	Last      string `json:"last"`
}

// items is the list, under whichever key it came.
func (p pageWire[W]) items() []W {
	return slices.Concat(p.Data, p.Responses, p.Results)
}

// decodePage reads a list whose items have the wire type W. The list may be null or missing.
func decodePage[T any, W wire[T]](body []byte) (Page[T], error) {
	var in pageWire[W]
	if err := json.Unmarshal(body, &in); err != nil {
		return Page[T]{}, err
	}
	items := in.items()
	if len(items) == 0 && !isPage(body) {
		return Page[T]{}, errIncomplete
	}
	return Page[T]{Limit: int(in.Limit), Last: in.Last, Data: values[T](items)}, nil
}

// values reads a list of wires; it is never nil.
func values[T any, W wire[T]](items []W) []T {
	list := make([]T, len(items))
	for i, item := range items {
		list[i] = item.value()
	}
	return list
}

// decodeStopped reads the list of what an operation stopped.
func decodeStopped[T any, W wire[T]](body []byte) ([]T, error) {
	page, err := decodePage[T, W](body)
	return page.Data, err
}

// isPage says whether body has any key of a page. Taking something else, like {} or null, for the end of a list could
// make us believe that a name is free.
func isPage(body []byte) bool {
	return hasKey(body, "limit", "data", "responses", "results", "last")
}

// hasKey says whether body is an object with one of these keys at least.
func hasKey(body []byte, keys ...string) bool {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return false
	}
	return slices.ContainsFunc(keys, func(key string) bool {
		_, ok := members[key]
		return ok
	})
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

// setText adds a filter to v, unless it is empty.
func setText(v url.Values, key, value string) {
	if value != "" {
		v.Set(key, value)
	}
}

// setFlag adds a filter to v, unless it is nil.
func setFlag(v url.Values, key string, value *bool) {
	if value != nil {
		v.Set(key, strconv.FormatBool(*value))
	}
}

// setPeriod adds both ends of a period to v, where they are set, in UTC with milliseconds. The end is rounded up, so that
// it stays inclusive for what was made within its last millisecond.
func setPeriod(v url.Values, after, before time.Time) {
	const layout = "2006-01-02T15:04:05.000Z"
	if !after.IsZero() {
		v.Set("after", after.UTC().Format(layout))
	}
	if !before.IsZero() {
		v.Set("before", before.Add(time.Millisecond-1).UTC().Format(layout))
	}
}
