package hms_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

func TestAnswersThatAreErrors(t *testing.T) {
	const js, html = "application/json", "text/html; charset=utf-8"
	type want struct {
		Status, Code int
		Texts        []string
		Wait         time.Duration
		Maybe, Auth  bool
		NotFound     bool
	}
	cases := []struct {
		name        string
		status      int
		contentType string
		body        string
		header      map[string]string
		want        want
	}{
		{"main shape", 401, js, `{"code":401,"message":"Token validation error","details":["not found"]}`, nil, want{Status: 401, Code: 401, Texts: []string{"Token validation error", "not found"}, Auth: true}},
		{"validation shape", 400, js, `{"code":400,"message":"Invalid body param","details":["Invalid body param: room size greater than 20000"]}`, nil, want{Status: 400, Code: 400, Texts: []string{"Invalid body param", "Invalid body param: room size greater than 20000"}}},
		{"short shape", 400, js, `{"code":400,"message":"invalid digit"}`, nil, want{Status: 400, Code: 400, Texts: []string{"invalid digit"}}},
		{"error key", 409, js, `{"error":"beam already started"}`, nil, want{Status: 409, Texts: []string{"beam already started"}}},
		{"error object", 400, js, `{"error":{"message":"bad size"}}`, nil, want{Status: 400, Texts: []string{"bad size"}}},
		{"older shape", 404, js, `{"code":404,"message":"Error: Session not found","data":{"description":"Error: Session not found"}}`, nil, want{Status: 404, Code: 404, Texts: []string{"Error: Session not found"}, NotFound: true}},
		{"description alone", 404, js, `{"data":{"description":"gone"}}`, nil, want{Status: 404, Texts: []string{"gone"}, NotFound: true}},
		{"repeated texts", 400, js, `{"message":"a","details":["a","b","b",""]}`, nil, want{Status: 400, Texts: []string{"a", "b"}}},
		{"details as text", 400, js, `{"message":"a","details":"b"}`, nil, want{Status: 400, Texts: []string{"a", "b"}}},
		{"details as objects", 400, js, `{"message":"a","details":[{"field":"size","message":"b"},7,null]}`, nil, want{Status: 400, Texts: []string{"a", "b"}}},
		{"types all wrong", 400, js, `{"code":"400","message":{"x":1},"details":true}`, nil, want{Status: 400, Code: 400}},
		{"code of letters", 400, js, `{"code":"E_SIZE","message":"a"}`, nil, want{Status: 400, Texts: []string{"a"}}},
		{"bare text", 400, js, `"no"`, nil, want{Status: 400, Texts: []string{"no"}}},
		{"null", 400, js, `null`, nil, want{Status: 400}},
		{"control characters", 400, js, `{"message":"a\nb\u0000c\u001b[31m"}`, nil, want{Status: 400, Texts: []string{"a b c [31m"}}},
		{"plain JSON type missing", 400, "", `{"message":"a"}`, nil, want{Status: 400, Texts: []string{"a"}}},
		{"HTML page", 502, html, `<html><h1>Bad Gateway</h1></html>`, nil, want{Status: 502, Texts: []string{"answered with text/html instead of JSON"}, Maybe: true}},
		{"HTML that claims nothing", 400, "", `<html><h1>Bad</h1></html>`, nil, want{Status: 400, Texts: []string{"answered with text/html instead of JSON"}}},
		{"empty", 500, js, ``, nil, want{Status: 500, Texts: []string{"answered with an empty body"}, Maybe: true}},
		{"broken JSON", 400, js, `{"message":"a`, nil, want{Status: 400, Texts: []string{"answered with broken JSON"}}},
		{"permissions", 403, js, `{"code":403,"message":"insufficient permissions"}`, nil, want{Status: 403, Code: 403, Texts: []string{"insufficient permissions"}, Auth: true}},
		{"state", 403, js, `{"code":403,"message":"Room is disabled"}`, nil, want{Status: 403, Code: 403, Texts: []string{"Room is disabled"}}},
		{"wait in the text", 429, js, `{"code":429,"message":"rate limit exceeded, retry after 45 seconds"}`, nil, want{Status: 429, Code: 429, Texts: []string{"rate limit exceeded, retry after 45 seconds"}, Wait: 45 * time.Second}},
		{"wait in the header wins", 429, js, `{"message":"retry after 45 seconds"}`, map[string]string{"Retry-After": "7"}, want{Status: 429, Texts: []string{"retry after 45 seconds"}, Wait: 7 * time.Second}},
		{"wait as a date, by the server's clock", 429, js, `{}`, map[string]string{"Retry-After": "Tue, 03 Mar 2026 10:00:30 GMT", "Date": "Tue, 03 Mar 2026 10:00:10 GMT"}, want{Status: 429, Wait: 20 * time.Second}},
		{"wait in the past", 429, js, `{}`, map[string]string{"Retry-After": "Tue, 03 Mar 2026 10:00:00 GMT", "Date": "Tue, 03 Mar 2026 10:00:10 GMT"}, want{Status: 429}},
		{"absurd wait", 429, js, `{}`, map[string]string{"Retry-After": "99999999"}, want{Status: 429, Wait: 24 * time.Hour}},
		{"senseless wait", 429, js, `{}`, map[string]string{"Retry-After": "-5"}, want{Status: 429}},
		{"down, without a word", 503, js, `{}`, nil, want{Status: 503, Maybe: true}},
		{"down, come back later", 503, js, `{}`, map[string]string{"Retry-After": "3"}, want{Status: 503, Wait: 3 * time.Second}},
		{"timed out", 408, js, `{"message":"timed out"}`, nil, want{Status: 408, Texts: []string{"timed out"}, Maybe: true}},
		{"see other", 303, "", ``, nil, want{Status: 303, Texts: []string{"answered with an empty body"}, Maybe: true}},

		{"200 with an error", 200, js, `{"code":400,"message":"Bucket location is missing"}`, nil, want{Status: 400, Code: 400, Texts: []string{"Bucket location is missing"}}},
		{"200 with a server error", 200, js, `{"code":500,"message":"internal"}`, nil, want{Status: 500, Code: 500, Texts: []string{"internal"}, Maybe: true}},
		{"200 with a limit", 200, js, `{"code":429,"message":"retry after 2 seconds"}`, nil, want{Status: 429, Code: 429, Texts: []string{"retry after 2 seconds"}, Wait: 2 * time.Second}},
		{"200 with an error key", 200, js, `{"error":"no","data":[]}`, nil, want{Status: 200, Texts: []string{"no"}, Maybe: true}},
		{"200 with an HTML page", 200, html, `<html>sign in</html>`, nil, want{Status: 200, Texts: []string{"answered with text/html instead of JSON"}, Maybe: true}},
		{"200 with broken JSON", 200, js, `{"id":"r1",`, nil, want{Status: 200, Texts: []string{"answered with broken JSON"}, Maybe: true}},
		{"200 with more after it", 200, js, `{"id":"r1"}{}`, nil, want{Status: 200, Texts: []string{"answered with broken JSON"}, Maybe: true}},
		{"200 with nothing", 200, js, ``, nil, want{Status: 200, Texts: []string{"answered with an empty body"}, Maybe: true}},
		{"200 without an id", 200, js, `{"name":"x"}`, nil, want{Status: 200, Maybe: true}},
		{"200 null", 200, js, `null`, nil, want{Status: 200, Maybe: true}},
		{"200 with another type", 200, js, `{"id":"r1","size":"many"}`, nil, want{Status: 200, Maybe: true}},
		{"204", 204, "", ``, nil, want{Status: 204, Texts: []string{"answered with an empty body"}, Maybe: true}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				for key, value := range tc.header {
					w.Header().Set(key, value)
				}
				w.Header()["Content-Type"] = nil // no guessing by the test server
				if tc.contentType != "" {
					w.Header().Set("Content-Type", tc.contentType)
				}
				w.WriteHeader(tc.status)
				io.WriteString(w, tc.body)
			})
			_, err := client.UpdateRoom(t.Context(), "r1", hms.RoomParams{Size: new(3)})
			failed := asError(t, err)
			got := want{
				failed.Status, failed.Code, failed.Texts(), failed.RetryAfter,
				failed.MaybeDone(), failed.IsAuth(), errors.Is(err, hms.ErrNotFound),
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if len(err.Error()) > 300 {
				t.Errorf("the text is long: %s", err)
			}
		})
	}
}

func TestReadingNeverMaybeDone(t *testing.T) {
	client := serve(t, reply(http.StatusInternalServerError, "application/json", `{}`))
	if _, err := client.Room(t.Context(), "r1"); asError(t, err).MaybeDone() {
		t.Error("a GET may have changed something")
	}
}

// A collection that isn't there means a wrong address; were it "not found", a name would look free.
func TestMissingCollectionIsNotNotFound(t *testing.T) {
	client := serve(t, reply(http.StatusNotFound, "text/plain", "404 page not found"))
	if _, err := client.FindRoom(t.Context(), "a"); err == nil || errors.Is(err, hms.ErrNotFound) {
		t.Errorf("FindRoom: %v", err)
	}
	if _, err := client.CreateRoom(t.Context(), hms.RoomParams{Name: "a"}); err == nil || errors.Is(err, hms.ErrNotFound) {
		t.Errorf("CreateRoom: %v", err)
	}
	if _, err := client.Room(t.Context(), "r1"); !errors.Is(err, hms.ErrNotFound) {
		t.Errorf("Room: %v", err)
	}
}

func TestErrorsMaskSecrets(t *testing.T) {
	params := hms.RoomParams{
		RecordingInfo: &hms.RecordingInfo{UploadInfo: &hms.UploadInfo{
			Type: "s3", Location: "lectures", Credentials: &hms.Credentials{Key: "AKIATEST", Secret: "AKIATEST+more/of=it"},
		}},
		Webhook: &hms.Webhook{URL: "https://hooks.example.org/in?sig=topsecretvalue", Headers: map[string]string{"X-Auth": "header-value"}},
	}
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"message":"bad key AKIATEST","details":["AKIATEST+more/of=it","sig=topsecretvalue",`+
			`"header-value","`+r.Header.Get("Authorization")+`"]}`)
	})
	_, err := client.CreateRoom(t.Context(), params)
	want := []string{"bad key [hidden]", "[hidden]", "Bearer [hidden]"}
	if diff := cmp.Diff(want, asError(t, err).Texts()); diff != "" {
		t.Error(diff)
	}
}

func TestErrorTextHasNoQuery(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	client, err := hms.New(hms.Config{BaseURL: server.URL, AccessKey: testKey, Secret: testSecret, Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.ListRooms(t.Context(), hms.RoomQuery{Name: "confidential"})
	if err == nil || strings.Contains(err.Error(), "confidential") {
		t.Errorf("got %v", err)
	}
}

// cut closes the connection without an answer, or in the midst of one when some of it is given.
func cut(t *testing.T, w http.ResponseWriter, some string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	io.WriteString(conn, some)
	conn.Close()
}

func TestBrokenConnections(t *testing.T) {
	t.Run("cut without an answer", func(t *testing.T) {
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) { cut(t, w, "") })
		_, err := client.CreateRoom(t.Context(), hms.RoomParams{})
		if failed := asError(t, err); failed.Status != 0 || !failed.MaybeDone() || failed.Attempts != 1 {
			t.Errorf("got %+v, maybe done %t", failed, failed.MaybeDone())
		}
	})
	t.Run("cut within the answer", func(t *testing.T) {
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			cut(t, w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":")
		})
		_, err := client.CreateRoom(t.Context(), hms.RoomParams{})
		failed := asError(t, err)
		if failed.Status != 200 || !failed.MaybeDone() || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %+v, maybe done %t", failed, failed.MaybeDone())
		}
	})
	t.Run("cut within a refusal", func(t *testing.T) {
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			cut(t, w, "HTTP/1.1 429 No\r\nRetry-After: 4\r\nContent-Length: 100\r\n\r\n{")
		})
		_, err := client.CreateRoom(t.Context(), hms.RoomParams{})
		failed := asError(t, err)
		if failed.Status != 429 || failed.MaybeDone() || failed.RetryAfter != 4*time.Second {
			t.Errorf("got %+v, maybe done %t", failed, failed.MaybeDone())
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := listener.Addr().String()
		listener.Close()
		client, err := hms.New(hms.Config{BaseURL: "http://" + address, AccessKey: testKey, Secret: testSecret})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.CreateRoom(t.Context(), hms.RoomParams{})
		if failed := asError(t, err); failed.Status != 0 || failed.MaybeDone() || failed.Attempts != 1 {
			t.Errorf("got %+v, maybe done %t", failed, failed.MaybeDone())
		}
	})
	t.Run("huge", func(t *testing.T) {
		client := serve(t, reply(200, "application/json", `{"id":"`+strings.Repeat("x", 4<<20)+`"}`))
		var call hms.Call
		_, err := client.CreateRoom(hms.WithCall(t.Context(), &call), hms.RoomParams{})
		failed := asError(t, err)
		if failed.Status != 200 || !failed.MaybeDone() || !strings.Contains(err.Error(), "larger than 4 MiB") {
			t.Errorf("got %v, maybe done %t", failed, failed.MaybeDone())
		}
		if len(call.Body) != 4<<20 {
			t.Errorf("kept %d bytes", len(call.Body))
		}
	})
}

func TestGivenUp(t *testing.T) {
	arrived := make(chan struct{}, 10)
	slow := func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // only then does the server notice that the client has gone
		arrived <- struct{}{}
		<-r.Context().Done()
	}
	t.Run("given up meanwhile", func(t *testing.T) {
		client := serve(t, slow)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			<-arrived
			cancel()
		}()
		_, err := client.CreateRoom(ctx, hms.RoomParams{Name: "a"})
		if failed := asError(t, err); !errors.Is(err, context.Canceled) || !failed.MaybeDone() || failed.Attempts != 1 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("given up before", func(t *testing.T) {
		client := serve(t, slow)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := client.CreateRoom(ctx, hms.RoomParams{Name: "a"})
		if failed := asError(t, err); !errors.Is(err, context.Canceled) || failed.MaybeDone() || failed.Attempts != 0 {
			t.Errorf("got %v", err)
		}
	})
}

func TestErrorText(t *testing.T) {
	cases := []struct {
		err  hms.Error
		want string
	}{
		{hms.Error{Method: "POST", Path: "/rooms", Status: 400, Message: "a", Details: []string{"a", "b"}, Attempts: 1}, "POST /rooms: 400 Bad Request: a: b"},
		{hms.Error{Method: "GET", Path: "/rooms", Err: io.ErrUnexpectedEOF, Attempts: 3}, "GET /rooms: no answer: unexpected EOF (3 attempts)"},
		{hms.Error{Method: "GET", Path: "/rooms", Err: context.Canceled}, "GET /rooms: not sent: context canceled"},
		{hms.Error{Method: "GET", Path: "/rooms", Status: 599, Attempts: 1}, "GET /rooms: 599"},
	}
	for _, tc := range cases {
		if got := tc.err.Error(); got != tc.want {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
}

func TestTextsAreBounded(t *testing.T) {
	detail := strings.Repeat("é", 400) // 800 bytes, and the limit falls within a rune
	body := `{"message":"x` + detail + `","details":["` + strings.Repeat(`y","z`, 50) + `"]}`
	client := serve(t, reply(http.StatusBadRequest, "application/json", body))
	_, err := client.CreateRoom(t.Context(), hms.RoomParams{})
	failed := asError(t, err)
	if want := "x" + strings.Repeat("é", 249) + "…"; failed.Message != want {
		t.Errorf("message %q", failed.Message)
	}
	if len(failed.Details) > 20 || len(err.Error()) > 400 {
		t.Errorf("%d details, %d bytes of text", len(failed.Details), len(err.Error()))
	}
}
