package web

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestCompress(t *testing.T) {
	long := strings.Repeat("<p>rooms and ledgers</p>", 200)
	answer := func(status int, kind, body string, headers ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if kind != "" {
				w.Header().Set("Content-Type", kind)
			}
			w.Header().Set("ETag", `"v1"`)
			for i := 0; i < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	const html = "text/html; charset=utf-8"
	tests := []struct {
		name           string
		method, accept string
		remote         string
		handler        http.HandlerFunc
		zipped         bool
	}{
		{"page", "GET", "br, gzip", "", answer(200, html, long), true},
		{"error page", "GET", "gzip", "", answer(422, html, long), true},
		{"kind not said", "GET", "gzip", "", answer(200, "", "<!doctype html>"+long), true},
		{"json", "GET", "*", "", answer(200, "application/json", long), true},
		{"low quality", "GET", "gzip;q=0.1", "", answer(200, html, long), true},
		{"refused", "GET", "gzip;q=0, *", "", answer(200, html, long), false},
		{"unreadable quality", "GET", "gzip;q=x", "", answer(200, html, long), false},
		{"other encodings", "GET", "br", "", answer(200, html, long), false},
		{"no header", "GET", "", "", answer(200, html, long), false},
		{"this machine", "GET", "gzip", "127.0.0.1:999", answer(200, html, long), false},
		{"small", "GET", "gzip", "", answer(200, html, "short"), false},
		{"empty", "GET", "gzip", "", answer(200, html, ""), false},
		{"picture", "GET", "gzip", "", answer(200, "image/png", long), false},
		{"unknown bytes", "GET", "gzip", "", answer(200, "", "\x00\x01"+long), false},
		{"encoded already", "GET", "gzip", "", answer(200, html, long, "Content-Encoding", "br"), false},
		{"a part", "GET", "gzip", "", answer(206, html, long, "Content-Range", "bytes 0-1/9"), false},
		{"head", "HEAD", "gzip", "", answer(200, html, long), false},
		{"broken kind", "GET", "gzip", "", answer(200, "///", long), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plain := get(t, tt.handler, request(t, tt.method, "/"))
			r := request(t, tt.method, "/")
			r.Header.Set("Accept-Encoding", tt.accept)
			if tt.remote != "" {
				r.RemoteAddr = tt.remote
			}
			w := get(t, Chain(tt.handler, Clients(nil), Compress), r)
			zipped := w.Header().Get("Content-Encoding") == "gzip"
			if zipped != tt.zipped || w.Code != plain.Code {
				t.Fatalf("zipped %t, status %d; want %t, %d", zipped, w.Code, tt.zipped, plain.Code)
			}
			if !zipped {
				if w.Body.String() != plain.Body.String() || w.Header().Get("ETag") != `"v1"` {
					t.Error("the answer is not as the handler gave it")
				}
				return
			}
			if got := unzip(t, w.Body); got != plain.Body.String() {
				t.Errorf("unzipped it differs: %d bytes, want %d", len(got), plain.Body.Len())
			}
			if w.Header().Get("Vary") != "Accept-Encoding" || w.Header().Get("ETag") != `W/"v1"` {
				t.Errorf("headers %v: want Vary and a weak ETag", w.Header())
			}
		})
	}
}

func unzip(t *testing.T, r io.Reader) string {
	t.Helper()
	zr, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A stream's first line has to reach the client while the handler still runs.
func TestCompressStreams(t *testing.T) {
	read := make(chan struct{})
	log, _ := jsonLog()
	srv := httptest.NewServer(Chain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		w.WriteHeader(http.StatusOK)
		io.WriteString(w, "first\n")
		rc := http.NewResponseController(w)
		if err := errors.Join(rc.SetWriteDeadline(time.Time{}), rc.Flush()); err != nil {
			t.Errorf("not through all the wrappers: %v", err)
		}
		select {
		case <-read:
		case <-r.Context().Done():
		}
		io.WriteString(w, "second\n")
	}), Logs(log, nil), Compress))
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // a stream that is held back must fail, not hang
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := srv.Client().Do(req) // the client unzips by itself
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if !res.Uncompressed {
		t.Error("the stream was not zipped")
	}
	lines := bufio.NewReader(res.Body)
	if line, err := lines.ReadString('\n'); line != "first\n" {
		t.Errorf("first line %q, %v", line, err)
	}
	close(read)
	if rest, err := io.ReadAll(lines); string(rest) != "second\n" || err != nil {
		t.Errorf("rest %q, %v", rest, err)
	}
}

func TestCompressLeavesRoomForTheErrorPage(t *testing.T) {
	log, _ := jsonLog()
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "half a page"); panic("fault") })
	r := request(t, "GET", "/")
	r.Header.Set("Accept-Encoding", "gzip")
	w := get(t, Chain(h, Recover(log, plainPage), Compress), r)
	if w.Code != 500 || strings.Contains(w.Body.String(), "half") {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
}

type deadWriter struct{ http.ResponseWriter }

func (deadWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestCompressTellsOfALostEnd(t *testing.T) {
	r := request(t, "GET", "/")
	r.Header.Set("Accept-Encoding", "gzip")
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("panicked with %v, want http.ErrAbortHandler", v)
		}
	}()
	h := Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "small") }))
	h.ServeHTTP(deadWriter{httptest.NewRecorder()}, r)
}
