package web

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func newFlashes(secure bool) *Flashes {
	return NewFlashes("flash", bytes.Repeat([]byte("h"), 32), bytes.Repeat([]byte("b"), 32), secure)
}

// setFlash returns the cookie a browser gets.
func setFlash(t *testing.T, f *Flashes, flash Flash) *http.Cookie {
	t.Helper()
	w := httptest.NewRecorder()
	if err := f.Set(w, flash); err != nil {
		t.Fatal(err)
	}
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies, want 1", len(cookies))
	}
	return cookies[0]
}

// takeFlash sends the cookies and says whether the browser is told to forget one.
func takeFlash(t *testing.T, f *Flashes, cookies ...*http.Cookie) (flash Flash, ok, forgotten bool) {
	t.Helper()
	r, w := request(t, "GET", "/"), httptest.NewRecorder()
	for _, c := range cookies {
		r.AddCookie(c)
	}
	flash, ok = f.Take(w, r)
	for _, c := range w.Result().Cookies() {
		forgotten = forgotten || c.Name == f.name && c.MaxAge < 0 && c.Path == "/"
	}
	return flash, ok, forgotten
}

func TestFlashRoundTrip(t *testing.T) {
	for _, secure := range []bool{false, true} {
		f := newFlashes(secure)
		want := Flash{Kind: "done", Text: "Räume gemacht.", Link: "/history/op1", Word: "See the record"}
		c := setFlash(t, f, want)
		if c.Name != CookieName("flash", secure) || !c.HttpOnly || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" ||
			c.MaxAge != flashAge || c.Domain != "" {
			t.Errorf("cookie %v", c)
		}
		if strings.Contains(c.Value, "gemacht") {
			t.Error("the text stands in the cookie for all to read")
		}
		got, ok, forgotten := takeFlash(t, f, c)
		if diff := cmp.Diff(want, got); diff != "" || !ok || !forgotten {
			t.Errorf("ok %t, forgotten %t %s", ok, forgotten, diff)
		}
	}
}

func TestFlashForgery(t *testing.T) {
	f := newFlashes(false)
	good := setFlash(t, f, Flash{Kind: "done", Text: "Made."})
	others := NewFlashes("flash", bytes.Repeat([]byte("x"), 32), bytes.Repeat([]byte("b"), 32), false)
	elsewhere := NewFlashes("session", bytes.Repeat([]byte("h"), 32), bytes.Repeat([]byte("b"), 32), false)
	last := "A"
	if strings.HasSuffix(good.Value, last) {
		last = "B"
	}
	for name, value := range map[string]string{
		"empty":                 "",
		"plain text":            "Made.",
		"one letter changed":    last + good.Value[1:],
		"cut":                   good.Value[:len(good.Value)/2],
		"another key":           setFlash(t, others, Flash{Text: "Forged."}).Value,
		"another cookie's name": setFlash(t, elsewhere, Flash{Text: "Moved."}).Value,
		"huge":                  strings.Repeat("A", 100_000),
	} {
		flash, ok, forgotten := takeFlash(t, f, &http.Cookie{Name: "flash", Value: value})
		if ok || flash != (Flash{}) || !forgotten {
			t.Errorf("%s: %v, ok %t, forgotten %t", name, flash, ok, forgotten)
		}
	}
}

func TestNoFlash(t *testing.T) {
	if _, ok, forgotten := takeFlash(t, newFlashes(false)); ok || forgotten {
		t.Errorf("without a cookie: ok %t, forgotten %t", ok, forgotten)
	}
}

func TestFlashSizes(t *testing.T) {
	f := newFlashes(true)
	long := Flash{Kind: "fail", Text: strings.Repeat("é", 5000), Link: "/history/" + strings.Repeat("0", 26), Word: "See the record"}
	got, ok, _ := takeFlash(t, f, setFlash(t, f, long))
	if !ok || len(got.Text) > flashText || !utf8.ValidString(got.Text) || !strings.HasSuffix(got.Text, "é…") {
		t.Errorf("ok %t, text of %d bytes ends in %q", ok, len(got.Text), got.Text[max(0, len(got.Text)-5):])
	}
	w := httptest.NewRecorder()
	if err := f.Set(w, Flash{Link: strings.Repeat("a", 5000)}); err == nil || len(w.Header()) != 0 {
		t.Errorf("a link that doesn't fit: %v, %v", err, w.Header())
	}
}
