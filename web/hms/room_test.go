package hms_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

func TestDecodeRoom(t *testing.T) {
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	upload := &hms.UploadInfo{
		Type: "s3", Location: "lectures", Prefix: "y1", Options: &hms.UploadOptions{Region: "eu-west-3"},
		Credentials: &hms.Credentials{Key: "k", Secret: "s"},
	}
	cases := []struct {
		name, body string
		want       hms.Room
	}{
		{
			"created",
			`{"id":"r1","name":"physics","enabled":true,"description":"d","customer_id":"c1","app_id":"a1","recording_info":{"enabled":false},"template_id":"t1","template":"class","region":"eu","created_at":"2026-02-03T04:05:06.218Z","updated_at":"2026-02-03T04:05:06.21Z"}`,
			hms.Room{
				ID: "r1", Name: "physics", Enabled: true, Description: "d", CustomerID: "c1", AppID: "a1", TemplateID: "t1", Template: "class", Region: "eu",
				RecordingInfo: &hms.RecordingInfo{}, CreatedAt: at.Add(218 * time.Millisecond), UpdatedAt: at.Add(210 * time.Millisecond),
			},
		},
		{
			"updated",
			`{"id":"r1","recording_source_template":false,"enabled_source_template":true,"recording_info":{"enabled":true,"upload_info":{"type":"s3","location":"lectures","prefix":"y1","credentials":{"key":"k","secret":"s"},"options":{"region":"eu-west-3"}}},"customer":"c1","polls":["p1","p2"],"webhook":{"url":"https://h.example.org","headers":{"X-A":"b"}}}`,
			hms.Room{
				ID: "r1", EnabledSourceTemplate: true, RecordingInfo: &hms.RecordingInfo{Enabled: true, UploadInfo: upload},
				Polls: []string{"p1", "p2"}, Webhook: &hms.Webhook{URL: "https://h.example.org", Headers: map[string]string{"X-A": "b"}},
			},
		},
		{
			"listed", `{"id":"r1","recording":{"enabled":true},"updated_at":"0001-01-01T00:00:00Z","large_room":true,"size":19000,"max_duration_seconds":7200,"key":"c1:physics"}`,
			hms.Room{ID: "r1", RecordingInfo: &hms.RecordingInfo{Enabled: true}, LargeRoom: true, Size: 19000, MaxDurationSeconds: 7200},
		},
		{"disabled", `{"id":"r1","recording":null,"template_id":"","template":"","region":""}`, hms.Room{ID: "r1"}},
		{"both recording keys", `{"id":"r1","recording":{"enabled":true},"recording_info":{"enabled":false}}`, hms.Room{ID: "r1", RecordingInfo: &hms.RecordingInfo{}}},
		{"all null", `{"id":"r1","name":null,"enabled":null,"description":null,"recording_info":null,"recording":null,"size":null,"max_duration_seconds":null,"polls":null,"webhook":null,"created_at":null,"updated_at":null}`, hms.Room{ID: "r1"}},
		{"zero times", `{"id":"r1","created_at":"","updated_at":"0001-01-01T00:00:00.000Z"}`, hms.Room{ID: "r1"}},
		{"nine decimals", `{"id":"r1","created_at":"2026-02-03T04:05:06.318846205Z","updated_at":"2026-02-03T04:05:06Z"}`, hms.Room{ID: "r1", CreatedAt: at.Add(318846205), UpdatedAt: at}},
		{"another zone", `{"id":"r1","created_at":"2026-02-03T05:05:06+01:00"}`, hms.Room{ID: "r1", CreatedAt: at}},
		{"numbers with a point", `{"id":"r1","size":120.0,"max_duration_seconds":3.6e3}`, hms.Room{ID: "r1", Size: 120, MaxDurationSeconds: 3600}},
		{"unknown keys", `{"id":"r1","new":{"a":[1]}}`, hms.Room{ID: "r1"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			got := hms.Room{Name: "left from before", Size: 7}
			if err := json.Unmarshal([]byte(tc.body), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			again, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			var back hms.Room
			if err := json.Unmarshal(again, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, back); diff != "" {
				t.Errorf("not the same after encoding: %s", diff)
			}
		})
	}
	for _, body := range []string{
		`{"size":1.5}`, `{"size":1e300}`, `{"size":"5"}`, `{"created_at":"yesterday"}`, `{"created_at":5}`, `{"polls":{}}`, `[]`,
	} {
		if err := json.Unmarshal([]byte(body), new(hms.Room)); err == nil {
			t.Errorf("%s was read", body)
		}
	}
}

// pages serves a list of rooms as the API does: pages of limit by the cursor start.
func pages(names []string, echoed int, atEnd string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		from := 0
		if start := q.Get("start"); start != "" {
			from = slices.Index(names, start) + 1
		}
		if from >= len(names) {
			fmt.Fprint(w, atEnd)
			return
		}
		page := names[from:min(from+echoed, len(names))]
		var items []string
		for _, name := range page {
			items = append(items, fmt.Sprintf(`{"id":%q,"name":%q}`, name, name))
		}
		fmt.Fprintf(w, `{"limit":%d,"data":[%s],"last":%q}`, echoed, strings.Join(items, ","), page[len(page)-1])
	}
}

func TestAllRooms(t *testing.T) {
	names := func(n int) []string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf("room-%03d", i))
		}
		return list
	}
	for _, n := range []int{0, 1, 9, 10, 11, 20, 25} {
		for _, end := range []string{`{"limit":10,"data":null,"last":""}`, `{"limit":10,"data":[]}`, `{"limit":10,"last":null}`, `{"data":null}`} {
			client := serve(t, pages(names(n), 10, end))
			var got []string
			for room, err := range client.AllRooms(t.Context(), hms.RoomQuery{}) {
				if err != nil {
					t.Fatalf("%d rooms, end %s: %v", n, end, err)
				}
				got = append(got, room.Name)
			}
			if diff := cmp.Diff(names(n), got); diff != "" {
				t.Errorf("%d rooms, end %s: %s", n, end, diff)
			}
		}
	}
}

func TestAllRoomsEnds(t *testing.T) {
	full := func(last string) string {
		return `{"limit":1,"data":[{"id":"x"}],"last":` + last + `}`
	}
	cases := []struct {
		name    string
		answer  func(start string) string
		start   string
		rooms   int
		fails   bool
		request int32
	}{
		{"full page, last empty", func(string) string { return full(`""`) }, "", 1, false, 1},
		{"full page, last null", func(string) string { return full(`null`) }, "", 1, false, 1},
		{"cursor stands still", func(string) string { return full(`"a"`) }, "", 1, true, 2},
		{"cursor stands still at the given start", func(string) string { return full(`"s"`) }, "s", 0, true, 1},
		{"cursor goes round", func(start string) string { return full(map[string]string{"": `"a"`, "a": `"b"`, "b": `"a"`}[start]) }, "", 2, true, 3},
		{"no page at all", func(string) string { return `{}` }, "", 0, true, 1},
		{"an error in the midst", func(start string) string {
			if start == "" {
				return full(`"a"`)
			}
			return `{"code":500,"message":"internal"}`
		}, "", 1, true, 2},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var requests atomic.Int32
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				fmt.Fprint(w, tc.answer(r.URL.Query().Get("start")))
			})
			rooms, fails := 0, false
			for _, err := range client.AllRooms(t.Context(), hms.RoomQuery{Start: tc.start}) {
				if fails {
					t.Error("it went on after an error")
				}
				if fails = err != nil; !fails {
					rooms++
				}
			}
			if rooms != tc.rooms || fails != tc.fails || requests.Load() != tc.request {
				t.Errorf("%d rooms, failed %t, %d requests", rooms, fails, requests.Load())
			}
		})
	}
}

func TestAllRoomsStopsWhenTold(t *testing.T) {
	var requests atomic.Int32
	inner := pages([]string{"a", "b", "c"}, 1, `{"data":[]}`)
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		inner(w, r)
	})
	for range client.AllRooms(t.Context(), hms.RoomQuery{}) {
		break
	}
	if requests.Load() != 1 {
		t.Errorf("%d requests, want 1", requests.Load())
	}
}

func TestFindRoom(t *testing.T) {
	const none = `{"limit":100,"data":[],"last":""}`
	const hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // of abc
	page := func(names ...string) string {
		var items []string
		for _, name := range names {
			items = append(items, fmt.Sprintf(`{"id":"id-%s","name":%q}`, name, name))
		}
		return `{"limit":100,"data":[` + strings.Join(items, ",") + `],"last":"x"}`
	}
	const down = `{"code":500,"message":"internal"}`
	cases := []struct {
		name              string
		enabled, disabled string
		want              string // id; "": not there; "?": unknown
	}{
		{"nowhere", none, none, ""},
		{"enabled", page("abc"), none, "id-abc"},
		{"disabled", none, page("abc"), "id-abc"},
		{"another case", page("aBC"), none, "id-aBC"},
		{"partial matches only", page("abcd", "xabc"), page("abc2"), ""},
		{"among partial matches", page("abcd", "ABC"), none, "id-ABC"},
		{"hashed name", page(hash), none, "id-" + hash},
		{"hashed name with a mark", page("SHA256:" + hash), none, "id-SHA256:" + hash},
		{"other hash", page("SHA256:" + hash[1:] + "0"), none, ""},
		{"enabled fails", down, none, "?"},
		{"disabled fails", none, down, "?"},
		{"enabled fails, disabled has it", down, page("abc"), "id-abc"},
		{"disabled fails, enabled has it", page("abc"), down, "id-abc"},
		{"no list", `{}`, none, "?"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				q := r.URL.Query()
				if q.Get("name") != "Abc" && q.Get("name") != "abc" {
					t.Errorf("asked for name %q", q.Get("name"))
				}
				fmt.Fprint(w, map[string]string{"true": tc.enabled, "false": tc.disabled}[q.Get("enabled")])
			})
			name := "Abc"
			if strings.Contains(tc.name, "hash") {
				name = "abc"
			}
			var call hms.Call
			room, err := client.FindRoom(hms.WithCall(t.Context(), &call), name)
			got := room.ID
			switch {
			case errors.Is(err, hms.ErrNotFound):
				got = ""
			case err != nil:
				got = "?"
			}
			if got != tc.want {
				t.Errorf("got %q, %v; want %q", got, err, tc.want)
			}
			if call.Op != "FindRoom" || call.Path != "/rooms" || call.Attempts != 2 || call.Status != 200 {
				t.Errorf("the call says %+v", call)
			}
			if tc.want != "" && tc.want != "?" && !strings.Contains(string(call.Body), tc.want) {
				t.Errorf("the call is not the one that found the room: %s", call.Body)
			}
		})
	}
}
