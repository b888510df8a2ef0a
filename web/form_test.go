package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const urlencoded = "application/x-www-form-urlencoded"

func TestParseForm(t *testing.T) {
	typed := "multipart/form-data; boundary=B"
	part := func(head, body string) string { return "--B\r\n" + head + "\r\n\r\n" + body + "\r\n" }
	field := `Content-Disposition: form-data; name="name"`
	tests := []struct {
		name, kind, body string
		want             url.Values
		status           int
	}{
		{"plain", urlencoded, "name=Weekly+sync&size=", url.Values{"name": {"Weekly sync"}, "size": {""}}, 0},
		{"charset", urlencoded + "; charset=UTF-8", "name=%C3%A9", url.Values{"name": {"é"}}, 0},
		{"repeated, in order", urlencoded, "h=1&h=2&h=1", url.Values{"h": {"1", "2", "1"}}, 0},
		{"empty", urlencoded, "", url.Values{}, 0},
		{"null byte and broken UTF-8 are for the form's rules", urlencoded, "name=%00%ff", url.Values{"name": {"\x00\xff"}}, 0},
		{"multipart", typed, part(field, "Weekly\r\nsync") + "--B--\r\n", url.Values{"name": {"Weekly\r\nsync"}}, 0},
		{"file left empty", typed, part(field+`; filename=""`, "") + "--B--\r\n", url.Values{"name": {""}}, 0},

		{"no content type", "", "name=a", nil, 415},
		{"json", "application/json", `{"name":"a"}`, nil, 415},
		{"text", "text/plain", "name=a", nil, 415},
		{"unreadable content type", ";;", "name=a", nil, 415},
		{"other charset", urlencoded + "; charset=utf-16", "name=a", nil, 415},
		{"no boundary", "multipart/form-data", "name=a", nil, 415},
		{"a file", typed, part(field+`; filename="a.txt"`, "x") + "--B--\r\n", nil, 415},
		{"bad escape", urlencoded, "password=hush%zz", nil, 400},
		{"semicolon", urlencoded, "password=hush;b=2", nil, 400},
		{"no last boundary", typed, part(field, "a"), nil, 400},
		{"broken off in a part", typed, "--B\r\n" + field + "\r\n\r\nWeek", nil, 400},
		{"broken off in a head", typed, "--B\r\nContent-Disp", nil, 400},
		{"not multipart at all", typed, "name=a", nil, 400},
		{"part without a name", typed, part("Content-Type: text/plain", "a") + "--B--\r\n", nil, 400},
		{"too large", urlencoded, "name=" + strings.Repeat("a", FormBytes), nil, 413},
		{"too many fields", urlencoded, strings.Repeat("a=&", FormFields), nil, 413},
		{"too many parts", typed, strings.Repeat(part(field, ""), FormFields+1) + "--B--\r\n", nil, 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), "POST", "/rooms/new?name=from+the+query", strings.NewReader(tt.body))
			if tt.kind != "" {
				r.Header.Set("Content-Type", tt.kind)
			}
			got, err := ParseForm(httptest.NewRecorder(), r)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			checkError(t, err, tt.status)
		})
	}
}

// checkError wants an *Error of that status with words for the person and no secrets for the log; 0 wants none.
func checkError(t *testing.T, err error, status int) {
	t.Helper()
	if status == 0 {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != status {
		t.Fatalf("got %v, want an *Error of status %d", err, status)
	}
	if e.What == "" || e.Do == "" || strings.Contains(e.Error(), "hush") {
		t.Errorf("%#v: no words, or too many", e)
	}
}

func TestParseFormAtItsLimits(t *testing.T) {
	for name, body := range map[string]string{
		"bytes":  "name=" + strings.Repeat("a", FormBytes-len("name=")),
		"fields": strings.Repeat("a=&", FormFields-1) + "a=",
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", urlencoded)
		if _, err := ParseForm(httptest.NewRecorder(), r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseFormReadsWhatFormsWrite(t *testing.T) {
	var body bytes.Buffer
	mw := multipart.NewWriter(&body)
	for i := range 3 {
		if err := mw.WriteField("header", fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := mw.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/", &body)
	r.Header.Set("Content-Type", mw.FormDataContentType())
	got, err := ParseForm(httptest.NewRecorder(), r)
	if diff := cmp.Diff(url.Values{"header": {"0", "1", "2"}}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestParseFormRefusesBeforeReading(t *testing.T) {
	tests := []struct {
		name   string
		method string
		change func(*http.Request)
		status int
	}{
		{"get", "GET", func(*http.Request) {}, 405},
		{"put", "PUT", func(*http.Request) {}, 405},
		{"compressed", "POST", func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 415},
		{"announced as huge", "POST", func(r *http.Request) { r.ContentLength = 1 << 40 }, 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request(t, tt.method, "/")
			r.Header.Set("Content-Type", urlencoded)
			r.Body = io.NopCloser(readerFunc(func([]byte) (int, error) { t.Error("the body was read"); return 0, io.EOF }))
			tt.change(r)
			w := httptest.NewRecorder()
			_, err := ParseForm(w, r)
			checkError(t, err, tt.status)
			if got := w.Header().Get("Allow"); (got == "POST") != (tt.status == 405) {
				t.Errorf("Allow: %q", got)
			}
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestParseFormWhenTheBodyFails(t *testing.T) {
	tests := []struct {
		err    error
		status int
	}{
		{io.ErrUnexpectedEOF, 400},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, 408},
	}
	for _, tt := range tests {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/", readerFunc(func([]byte) (int, error) { return 0, tt.err }))
		r.Header.Set("Content-Type", urlencoded)
		_, err := ParseForm(httptest.NewRecorder(), r)
		checkError(t, err, tt.status)
	}
}

func FuzzParseForm(f *testing.F) {
	f.Add(urlencoded, "a=1&b=%20")
	f.Add("multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--B--\r\n")
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		values, err := ParseForm(httptest.NewRecorder(), r)
		if e, ok := errors.AsType[*Error](err); (err != nil) != ok || ok && (e.Status < 400 || e.Status > 499) || (values == nil) != ok {
			t.Errorf("values %v, error %v", values, err)
		}
	})
}
