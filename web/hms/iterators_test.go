package hms_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

// walked is an iterator of one list, yielding the ids of its things.
type walked func(context.Context, *hms.Client) iter.Seq2[string, error]

// ids turns an iterator of things into one of their ids.
func ids[T any](things iter.Seq2[T, error], id func(T) string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for thing, err := range things {
			if !yield(id(thing), err) {
				return
			}
		}
	}
}

// lists are the cursor lists, by the key that their items stand under.
var lists = []struct {
	name, key string
	walk      walked
}{
	{"sessions", "data", func(ctx context.Context, c *hms.Client) iter.Seq2[string, error] {
		return ids(c.AllSessions(ctx, hms.SessionQuery{}), func(s hms.Session) string { return s.ID })
	}},
	{"recordings", "data", func(ctx context.Context, c *hms.Client) iter.Seq2[string, error] {
		return ids(c.AllRecordings(ctx, hms.JobQuery{}), func(r hms.Recording) string { return r.ID })
	}},
	{"assets", "data", func(ctx context.Context, c *hms.Client) iter.Seq2[string, error] {
		return ids(c.AllAssets(ctx, hms.AssetQuery{}), func(a hms.Asset) string { return a.ID })
	}},
	{"live streams", "data", func(ctx context.Context, c *hms.Client) iter.Seq2[string, error] {
		return ids(c.AllLiveStreams(ctx, hms.JobQuery{}), func(s hms.LiveStream) string { return s.ID })
	}},
	{"external streams", "data", func(ctx context.Context, c *hms.Client) iter.Seq2[string, error] {
		return ids(c.AllExternalStreams(ctx, hms.JobQuery{}), func(s hms.ExternalStream) string { return s.ID })
	}},
	{"poll sessions", "responses", func(ctx context.Context, c *hms.Client) iter.Seq2[string, error] {
		return ids(c.AllPollSessions(ctx, "q1"), func(s hms.PollSession) string { return s.ID })
	}},
	{"poll responses", "responses", func(ctx context.Context, c *hms.Client) iter.Seq2[string, error] {
		return ids(c.AllPollResponses(ctx, "q1", hms.PollQuery{}), func(r hms.PollResponse) string { return r.ID })
	}},
	{"poll results", "results", func(ctx context.Context, c *hms.Client) iter.Seq2[string, error] {
		return ids(c.AllPollResults(ctx, "q1", hms.PollQuery{}), func(r hms.PollResult) string { return r.ID })
	}},
	{"events", "events", func(ctx context.Context, c *hms.Client) iter.Seq2[string, error] {
		return ids(c.AllEvents(ctx, hms.EventQuery{RoomID: "r1"}), func(e hms.Event) string { return e.ID })
	}},
}

// inTheirWords rewrites a page of style A as the list called key has it.
func inTheirWords(page, key string) string {
	page = strings.Replace(page, `"data"`, `"`+key+`"`, 1)
	if key == "events" {
		page = strings.Replace(page, `"last"`, `"next"`, 1)
	}
	return page
}

// walk drains a list that is served by answer, and says what came of it.
func walk(t *testing.T, list walked, answer func(r *http.Request) string) (got []string, failed bool, requests int32) {
	t.Helper()
	var count atomic.Int32
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		io.WriteString(w, answer(r))
	})
	for id, err := range list(t.Context(), client) {
		if failed {
			t.Error("it went on after an error")
		}
		if failed = err != nil; !failed {
			got = append(got, id)
		}
	}
	return got, failed, count.Load()
}

func TestIteratorsWalkAllPages(t *testing.T) {
	const full = `{"limit":2,"data":[{"id":"a"},{"id":"b"}],"last":"b"}`
	cases := []struct {
		name     string
		pages    map[string]string // by cursor
		want     []string
		fails    bool
		requests int32
	}{
		{"two pages", map[string]string{"": full, "b": `{"limit":2,"data":[{"id":"c"}],"last":""}`}, []string{"a", "b", "c"}, false, 2},
		{"null at the end", map[string]string{"": full, "b": `{"limit":2,"data":null}`}, []string{"a", "b"}, false, 2},
		{"[] at the end", map[string]string{"": full, "b": `{"limit":2,"data":[],"last":""}`}, []string{"a", "b"}, false, 2},
		{"null at once", map[string]string{"": `{"limit":10,"data":null}`}, nil, false, 1},
		{"the same cursor again", map[string]string{"": full, "b": full}, []string{"a", "b"}, true, 2},
		{"no list", map[string]string{"": `{}`}, nil, true, 1},
		{"an error in the midst", map[string]string{"": full, "b": `{"code":500,"message":"no"}`}, []string{"a", "b"}, true, 2},
	}
	for _, list := range lists {
		for _, tc := range cases {
			t.Run(list.name+"/"+tc.name, func(t *testing.T) {
				got, failed, requests := walk(t, list.walk, func(r *http.Request) string {
					if limit := r.URL.Query().Get("limit"); limit != "100" {
						t.Errorf("asked for %s a page", limit)
					}
					return inTheirWords(tc.pages[r.URL.Query().Get("start")], list.key)
				})
				if diff := cmp.Diff(tc.want, got); diff != "" || failed != tc.fails || requests != tc.requests {
					t.Errorf("failed %t, %d requests: %s", failed, requests, diff)
				}
			})
		}
	}
}

// A page of style A that isn't full is the last one, whatever its cursor says; the pages of events say how many they have.
func TestShortPages(t *testing.T) {
	pages := map[string]string{
		"":  `{"limit":10,"data":[{"id":"a"}],"last":"a"}`,
		"a": `{"limit":10,"data":[{"id":"b"}],"last":""}`,
	}
	for _, list := range lists {
		want := []string{"a"}
		if list.key == "events" {
			want = []string{"a", "b"}
		}
		got, failed, _ := walk(t, list.walk, func(r *http.Request) string {
			return inTheirWords(pages[r.URL.Query().Get("start")], list.key)
		})
		if diff := cmp.Diff(want, got); diff != "" || failed {
			t.Errorf("%s: failed %t: %s", list.name, failed, diff)
		}
	}
}

func TestWebhookPagesAreTurned(t *testing.T) {
	page := func(current int, next bool, names ...string) string {
		var events []string
		for _, name := range names {
			events = append(events, fmt.Sprintf(`{"event_id":%q}`, name))
		}
		return fmt.Sprintf(`{"events":[%s],"pagination":{"current_page":%d,"has_next":%t}}`, strings.Join(events, ","), current, next)
	}
	cases := []struct {
		name     string
		from     int
		pages    map[string]string // by number
		want     []string
		fails    bool
		requests int32
	}{
		{"two", 0, map[string]string{"1": page(1, true, "a", "b"), "2": page(2, false, "c")}, []string{"a", "b", "c"}, false, 2},
		{"from the second on", 2, map[string]string{"2": page(2, true, "b"), "3": page(3, false, "c")}, []string{"b", "c"}, false, 2},
		{"null at the end", 0, map[string]string{"1": page(1, true, "a"), "2": `{"events":null,"pagination":{"has_next":true}}`}, []string{"a"}, false, 2},
		{"the page isn't turned", 0, map[string]string{"1": page(1, true, "a"), "2": page(1, true, "a")}, []string{"a"}, true, 2},
		{"its number isn't said", 0, map[string]string{"1": page(0, true, "a"), "2": page(0, false, "b")}, []string{"a", "b"}, false, 2},
		{"no list", 0, map[string]string{"1": `{}`}, nil, true, 1},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			got, failed, requests := walk(t, func(ctx context.Context, c *hms.Client) iter.Seq2[string, error] {
				return ids(c.AllWebhookEvents(ctx, hms.WebhookQuery{Page: tc.from}), func(e hms.WebhookEvent) string { return e.EventID })
			}, func(r *http.Request) string { return tc.pages[r.URL.Query().Get("page")] })
			if diff := cmp.Diff(tc.want, got); diff != "" || failed != tc.fails || requests != tc.requests {
				t.Errorf("failed %t, %d requests: %s", failed, requests, diff)
			}
		})
	}
}
