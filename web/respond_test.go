package web

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"testing"

	"github.com/a-h/templ"
)

func component(text string, err error) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, writeErr := io.WriteString(w, text)
		return errors.Join(err, writeErr)
	})
}

func TestRender(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Disposition", "attachment")
	w.Header().Set("Cache-Control", "immutable")
	if err := Render(w, request(t, "GET", "/"), 422, component("<p>é</p>", nil)); err != nil {
		t.Fatal(err)
	}
	h := w.Header()
	if w.Code != 422 || w.Body.String() != "<p>é</p>" || h.Get("Content-Length") != "9" || h.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("got %d %v %q", w.Code, h, w.Body)
	}
	if h.Get("Content-Disposition") != "" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("an error page keeps the headers of the download it replaces: %v", h)
	}
}

func TestRenderWritesNothingOfABrokenPage(t *testing.T) {
	w := httptest.NewRecorder()
	fault := errors.New("no such field")
	err := Render(w, request(t, "GET", "/"), 200, component("half", fault))
	if !errors.Is(err, fault) || w.Body.Len() != 0 || len(w.Header()) != 0 {
		t.Errorf("got %v, header %v, body %q", err, w.Header(), w.Body)
	}
	// The next page must not begin with what is left of this one.
	if err := Render(w, request(t, "GET", "/"), 200, component("whole", nil)); err != nil || w.Body.String() != "whole" {
		t.Errorf("got %v, body %q", err, w.Body)
	}
}

func TestRenderWhenTheReaderIsGone(t *testing.T) {
	err := Render(deadWriter{httptest.NewRecorder()}, request(t, "GET", "/"), 200, component("page", nil))
	if !errors.Is(err, context.Canceled) || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v, want a context.Canceled with its cause", err)
	}
}

func TestRedirect(t *testing.T) {
	tests := []struct {
		path string
		ok   bool
	}{
		{"/", true},
		{"/rooms/65a1?live=1&q=a%20b", true},
		{"/rooms?next=https://example.com/", true},
		{"/räume", true},
		{"", false},
		{"rooms", false},
		{"https://evil.example/", false},
		{"HTTPS:evil.example", false},
		{"//evil.example", false},
		{"///evil.example", false},
		{`/\evil.example`, false},
		{`\\evil.example`, false},
		{"/\t/evil.example", false},
		{"/\n/evil.example", false},
		{"/rooms\r\nSet-Cookie: a=b", false},
		{"/\x00", false},
		{"/%zz", false},
		{"javascript:alert(1)", false},
		{" /rooms", false},
		{"?next=/", false},
	}
	for _, tt := range tests {
		w := httptest.NewRecorder()
		err := Redirect(w, request(t, "POST", "/rooms/new"), tt.path)
		if (err == nil) != tt.ok || (w.Code == 303) != tt.ok || (w.Header().Get("Location") != "") != tt.ok {
			t.Errorf("%q: %d to %q, %v; want ok %t", tt.path, w.Code, w.Header().Get("Location"), err, tt.ok)
		}
	}
}
